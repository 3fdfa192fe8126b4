/* What `blathy read` prints on stdout: a table for people, JSON or CSV for programs. */
#ifndef HOST_CLIENT_REPORT_H
#define HOST_CLIENT_REPORT_H

#include <jansson.h>
#include <stdbool.h>

#include "host/client/data.h"
#include "host/client/form.h"
#include "host/client/session.h"

enum report_format { REPORT_TABLE, REPORT_JSON, REPORT_CSV };

struct report {
    enum report_format format;
    json_t *array;    /* JSON: what there is so far */
    const char *head; /* CSV: the header that the running lines have */
    bool begun;       /* something was printed */
};

void report_begin(struct report *r, enum report_format format);

/* An attribute's value; `scale` NULL: none. */
void report_value(struct report *r, const struct reference *a, const struct data *d, const struct form_scale *scale);

/* Something was done: `what` in one word, `sentence` for people. `facts` (may be NULL; is taken over) for programs. */
void report_done(struct report *r, const struct reference *a, const char *what, const char *sentence, json_t *facts);

/* One row of an object list. */
struct report_object {
    struct reference object;
    uint8_t version;
    char attributes[24]; /* a letter for each: - r w b */
    char methods[24];    /* a letter for each: - x */
};
void report_object(struct report *r, const struct report_object *o);

/* A profile's buffer. */
struct report_column {
    struct reference attribute;
    uint16_t data_index; /* which part of it, 0: the whole */
    struct form_scale scale;
};
void report_rows(struct report *r, const struct reference *a, const struct report_column *columns, size_t count,
                 const struct data *rows);

/* Prints what is not printed yet. */
void report_end(struct report *r);

#endif
