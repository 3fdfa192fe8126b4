/* Columns of profiles: what a client may name, and how they are read.
 *
 * A column is an attribute of an object of the table that its class marks as capturable, that the Reader may read, and
 * whose values always have the same size: numbers, date-times, and octet-strings that nobody can set. Buffers of
 * profiles are none. The time of the clock is a column without width: it is the stamp of the row.
 *
 * Source  DLMS UA 1000-1, class_id 7, capture_objects; architecture.md 9.
 * Context main loop only.
 */
#ifndef MODEL_CAPTURE_H
#define MODEL_CAPTURE_H

#include "cosem/axdr.h"
#include "meter/profile.h"
#include "model/model.h"
#include "model/selector.h"

/* What the type and width of a column are now. STATUS_UNDEFINED: no such object; STATUS_INCONSISTENT: it is of another
 * class; STATUS_DENIED: not capturable, or not readable by the Reader; STATUS_RANGE: values whose size may change or is
 * above CAPTURE_OCTETS_MAX, or a data_index. */
enum status capture_resolve(struct meter *m, const struct selector_column *named, struct profile_column *column);

/* Reads an array of capture_object_definition. STATUS_TYPE: other elements; STATUS_RANGE: none, more than `most`, or
 * one twice; or as capture_resolve. */
enum status capture_decode(struct meter *m, struct axdr_reader *in, uint8_t most, struct profile_column *columns,
                           uint8_t *count);

/* The profile_reader of the meter, which is the context. An object that is not any more what it was reads 0. */
void capture_read(void *meter, const struct profile_column *column, uint8_t *contents);

/* One element of the array. */
void capture_put(struct axdr_writer *out, const struct profile_column *column);

#endif
