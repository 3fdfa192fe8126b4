/* Attributes as parsed values, with their scaler and unit. */
#ifndef HOST_CLIENT_VALUES_H
#define HOST_CLIENT_VALUES_H

#include "host/client/data.h"
#include "host/client/form.h"
#include "host/client/session.h"

/* An attribute, parsed. Free both after DONE. */
struct value {
    struct buffer octets;
    struct data data;
};

/* `selector` NULL: everything. */
enum session_outcome values_get(struct session *s, const struct reference *r, const struct buffer *selector,
                                struct value *v);
void values_free(struct value *v);

/* The scaler_unit that belongs to an attribute of class 3, 4 or 5; none for others, and when it cannot be read.
 * FAILED only when the association is lost. */
enum session_outcome values_scale(struct session *s, const struct reference *r, struct form_scale *scale);

/* A whole number of an attribute, as of class 18. */
enum session_outcome values_whole(struct session *s, const struct reference *r, int64_t *whole);

#endif
