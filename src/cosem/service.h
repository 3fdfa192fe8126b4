/* What the xDLMS services GET, SET and ACTION have in common: descriptors, results, answers, blocks.
 *
 * Internal to cosem: server.c hands a request to service_get, service_set or service_action, and each of them
 * leaves its answer in the server. `type` and `id` are the octets behind the tag (the kind of request,
 * invoke-id-and-priority), `in` is the rest of the APDU. `running` is the transfer that was under way: it has ended
 * unless the service goes on with it.
 *
 * Source  DLMS UA 1000-2 clauses 9.3.6 to 9.3.8 (services), 9.5 (APDUs); object-model.md 10.10.
 */
#ifndef COSEM_SERVICE_H
#define COSEM_SERVICE_H

#include <string.h>

#include "cosem/server.h"

/* Data-Access-Result; Action-Result has the same numbers as far as it goes, with these two names:
 * 15 long-action-aborted, 16 no-long-action-in-progress. */
enum service_result {
    RESULT_SUCCESS = 0,
    RESULT_HARDWARE_FAULT = 1,
    RESULT_TEMPORARY_FAILURE = 2,
    RESULT_READ_WRITE_DENIED = 3,
    RESULT_OBJECT_UNDEFINED = 4,
    RESULT_CLASS_INCONSISTENT = 9,
    RESULT_TYPE_UNMATCHED = 12,
    RESULT_SCOPE_VIOLATED = 13,
    RESULT_BLOCK_UNAVAILABLE = 14,
    RESULT_LONG_GET_ABORTED = 15,
    RESULT_NO_LONG_GET = 16,
    RESULT_LONG_SET_ABORTED = 17,
    RESULT_NO_LONG_SET = 18,
    RESULT_BLOCK_NUMBER_INVALID = 19,
    RESULT_OTHER_REASON = 250,
    RESULT_LONG_ACTION_ABORTED = 15,
    RESULT_NO_LONG_ACTION = 16
};

enum service_result service_data_access_result(enum status status);
enum service_result service_action_result(enum status status);

/* service-error of an exception-response; state-error is always service-not-allowed. */
enum service_error {
    ERROR_OPERATION_NOT_POSSIBLE = 1,
    ERROR_SERVICE_NOT_SUPPORTED = 2,
    ERROR_OTHER_REASON = 3,
    ERROR_PDU_TOO_LONG = 4
};

/* Where values are written: in front of it there is room for the longest header, GET-response-with-datablock. */
enum { COSEM_VALUE_AT = 12, COSEM_VALUE_MAX = COSEM_PDU_MAX + COSEM_ELEMENT_MAX + COSEM_HEADER_MAX - COSEM_VALUE_AT };

/* One attribute or method that a request names. */
struct service_descriptor {
    uint16_t class_id;
    const uint8_t *obis;
    uint8_t index;
    bool selected;
    struct cosem_selector selector;
};

enum service_kind { SERVICE_GET, SERVICE_SET, SERVICE_ACTION };

/* The next descriptor, with index 1 and no more if there is none; an attribute's is followed by its access selection.
 */
void service_next(struct axdr_reader *in, enum service_kind kind, struct service_descriptor *d);

/* What must have been negotiated for it. */
static inline uint32_t service_needed(enum service_kind kind, const struct service_descriptor *d)
{
    static const uint32_t service[] = { CONFORMANCE_GET, CONFORMANCE_SET, CONFORMANCE_ACTION };
    static const uint32_t attribute_0[] = { CONFORMANCE_ATTRIBUTE_0_GET, CONFORMANCE_ATTRIBUTE_0_SET, 0 };
    uint32_t needed = service[kind];
    if (d->selected) {
        needed |= CONFORMANCE_SELECTIVE_ACCESS;
    }
    return d->index == 0 ? needed | attribute_0[kind] : needed;
}

/* Passes over one descriptor, or over a list of them, and checks that they are well-formed. `span` gets them
 * without their count, `needed` what must have been negotiated for them, list and service included. Returns how many
 * they are. */
size_t service_descriptors(struct axdr_reader *in, enum service_kind kind, bool list, struct axdr_reader *span,
                           uint32_t *needed);

/* Passes over values: one, or a list of `count`. `span` gets them without their count. Malformed unless they are
 * exactly the rest of `in`. */
void service_values(struct axdr_reader *in, bool list, size_t count, struct axdr_reader *span);

/* A reader over the next of the values in `values`. */
struct axdr_reader service_next_value(struct axdr_reader *values);

/* The object that is named, if it is in the client's object_list and of that class. */
static inline enum service_result service_find(const struct cosem_server *s, const struct service_descriptor *d,
                                               const struct cosem_object **o)
{
    *o = cosem_find(s->association.device->objects, d->obis);
    if (*o == NULL || !cosem_listed(*o, s->association.type->client)) {
        return RESULT_OBJECT_UNDEFINED;
    }
    return (*o)->ic->id == d->class_id ? RESULT_SUCCESS : RESULT_CLASS_INCONSISTENT;
}

/* Begins the request that a handler is given. */
static inline void service_begin(struct cosem_server *s, struct cosem_request *r)
{
    *r = (struct cosem_request){ .device = s->association.device->meter, .association = &s->association };
}

/* The answer is `size` octets of the value area, from `at`, behind a header. */
static inline void service_answer(struct cosem_server *s, const uint8_t *header, size_t header_size, size_t at,
                                  size_t size)
{
    s->reply_at = COSEM_VALUE_AT + at - header_size;
    s->reply_size = header_size + size;
    memcpy(s->response + s->reply_at, header, header_size);
}

/* The answer is exception-response. */
void service_exception(struct cosem_server *s, enum service_error error);

/* A block of a SET or ACTION. */
struct service_block {
    bool last;
    uint32_t number;
    const uint8_t *octets;
    size_t size;
};

/* Reads a block, which must be the rest of `in`. */
void service_block(struct axdr_reader *in, struct service_block *b);

/* Keeps descriptors as the beginning of a transfer in blocks. */
void service_keep(struct cosem_server *s, bool list, size_t count, const struct axdr_reader *descriptors);

/* Adds a block to what is kept, of a transfer that goes on unless the block is the last. STATUS_RANGE: not its next
 * number; STATUS_SPACE: too long. The transfer has ended then. */
enum status service_take(struct cosem_server *s, enum cosem_transfer_kind running, const struct service_block *b);

/* The most raw data in a block whose header, without the length of the raw data, has `overhead` octets. */
size_t service_raw_max(size_t pdu, size_t overhead);

void service_get(struct cosem_server *s, uint8_t type, uint8_t id, struct axdr_reader *in,
                 enum cosem_transfer_kind running);
void service_set(struct cosem_server *s, uint8_t type, uint8_t id, struct axdr_reader *in,
                 enum cosem_transfer_kind running);
void service_action(struct cosem_server *s, uint8_t type, uint8_t id, struct axdr_reader *in,
                    enum cosem_transfer_kind running);

#endif
