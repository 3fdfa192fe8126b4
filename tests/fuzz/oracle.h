/* What the meter may answer: written from the standard and the object model, without a look at the server.
 *
 * Source  DLMS UA 1000-2 clause 9 (APDUs), object-model.md 0.1, 1.1 to 1.5 (rights), 10.4, 10.5, 10.10 (forms).
 */
#ifndef FUZZ_ORACLE_H
#define FUZZ_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum answer {
    ANSWER_NONE,
    ANSWER_EXCEPTION,
    ANSWER_GET_DATA,
    ANSWER_GET_ERROR,
    ANSWER_GET_BLOCK,
    ANSWER_GET_LIST,
    ANSWER_SET_OK,
    ANSWER_SET_ERROR,
    ANSWER_SET_BLOCK,
    ANSWER_SET_LAST_BLOCK,
    ANSWER_SET_LAST_BLOCK_LIST,
    ANSWER_SET_LIST,
    ANSWER_ACTION_OK,
    ANSWER_ACTION_ERROR,
    ANSWER_ACTION_BLOCK,
    ANSWER_ACTION_LIST,
    ANSWER_ACTION_NEXT,
    ANSWER_ACCEPTED,
    ANSWER_REJECTED,
    ANSWER_RELEASED,
    ANSWER_MALFORMED, /* of no form that the standard knows */
    ANSWER_COUNT
};

enum oracle_client { ORACLE_PUBLIC, ORACLE_READER, ORACLE_ADMINISTRATOR, ORACLE_NOBODY };

const char *oracle_name(enum answer answer);

/* The kind of an answer; its whole form is checked, and that it belongs to the request's invoke-id. */
enum answer oracle_classify(const uint8_t *request, size_t request_size, const uint8_t *answer, size_t size);

/* True when the standard has this answer to this request, from an association that is open (`client`) or not
 * (ORACLE_NOBODY), and the object model grants what it gives. */
bool oracle_allows(enum oracle_client client, const uint8_t *request, size_t request_size, const uint8_t *answer,
                   size_t size);

/* True when the answer tells of a success by which the meter may have changed. */
bool oracle_may_have_changed(const uint8_t *answer, size_t size);

/* True when an AARQ names mechanism 1 and holds the password; always, when there is none (`size` 0). */
bool oracle_authentic(const uint8_t *aarq, size_t aarq_size, const uint8_t *password, size_t size);

/* CRC-16/X-25 by bits (the standard's definition; slow and obvious). */
uint16_t oracle_crc(const uint8_t *octets, size_t size);

#endif
