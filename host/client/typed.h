/* Values on the command line to A-XDR.
 *
 * TYPE:VALUE says the type: bool, i8, i16, i32, i64, u8, u16, u32, u64, enum, f32, f64, octets (hexadecimal), string
 * (an octet-string of text), text (a visible-string), utf8, bits, time (a date-time in an octet-string), date-time,
 * axdr (an encoded value, hexadecimal); or null. Otherwise the value is of the type that the attribute has now, in the
 * form in which it is shown: with its decimal point, ISO 8601, arrays and structures as JSON arrays.
 */
#ifndef HOST_CLIENT_TYPED_H
#define HOST_CLIENT_TYPED_H

#include "host/client/buffer.h"
#include "host/client/data.h"
#include "host/client/form.h"
#include "host/client/trouble.h"

/* `like` NULL: the type is not known. */
bool typed_parse(const char *text, const struct data *like, const struct form_scale *scale, struct buffer *out,
                 struct trouble *t);

#endif
