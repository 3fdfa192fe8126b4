/* Numbers of the standards in words: results, units, classes, what a logical name stands for.
 *
 * Source  DLMS UA 1000-2 clause 9.5 (results), DLMS UA 1000-1 clause 4.3.2 (units), 4 (classes), 6 (OBIS).
 */
#ifndef HOST_CLIENT_WORDS_H
#define HOST_CLIENT_WORDS_H

#include <stddef.h>
#include <stdint.h>

const char *words_access_result(uint8_t code);
const char *words_action_result(uint8_t code);

/* Of an exception-response: state-error and service-error. */
const char *words_exception(uint8_t state, uint8_t service);

/* Of an AARE. `source`: A1 the service user, A2 the provider. */
const char *words_diagnostic(uint8_t source, uint8_t code);
const char *words_initiate_error(uint8_t code);

/* "Wh"; "" for none and for what has no name. */
const char *words_unit(uint8_t unit);

/* "Register"; "" when unknown. */
const char *words_class(uint16_t ic);

/* What an object is; "" when unknown. Returns `text`. */
const char *words_object(const uint8_t obis[6], char *text, size_t size);

#endif
