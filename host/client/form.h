/* COSEM data as people and programs read it: text and JSON.
 *
 * Numbers are exact: a scaler shifts the decimal point of the digits. Date-times are ISO 8601, with the deviation as
 * zone where it is specified; what is not specified in them is shown as *. An octet-string is shown as a date-time or
 * a logical name when it is one, as text when it is printable, else in hexadecimal digits.
 */
#ifndef HOST_CLIENT_FORM_H
#define HOST_CLIENT_FORM_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/calendar.h"
#include "host/client/data.h"

struct form_scale {
    bool given;
    int8_t scaler; /* value = number * 10^scaler */
    uint8_t unit;  /* see words_unit() */
};

/* What scaler_unit says: structure {integer, enum}. */
struct form_scale form_scale_of(const struct data *scaler_unit);

/* Both on the heap; `scale` NULL: none. NULL when there is no memory. */
char *form_text(const struct data *d, const struct form_scale *scale);
json_t *form_json(const struct data *d, const struct form_scale *scale);

/* A date-time in either encoding; false for anything else. */
bool form_time(const struct data *d, struct calendar_time *t);

#endif
