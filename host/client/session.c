#include "host/client/session.h"

#include <stdio.h>
#include <string.h>

#include "cosem/axdr.h"
#include "host/client/words.h"

enum {
    EXCEPTION = 0xD8,
    SERVICE_ERROR = 0x0E,
    GET_REQUEST = 0xC0,
    SET_REQUEST = 0xC1,
    ACTION_REQUEST = 0xC3,
    GET_RESPONSE = 0xC4,
    SET_RESPONSE = 0xC5,
    ACTION_RESPONSE = 0xC7,
    INVOKE = 0xC1, /* high priority, confirmed, number 1: requests never overlap */
    NORMAL = 1,
    BLOCK = 2,
    BLOCKS_MAX = 1 << 20,
    REQUEST_MAX = 1 << 16,
    DESCRIPTOR_SIZE = 9,
    BLOCK_HEAD_MAX = 3 + DESCRIPTOR_SIZE + 1 + 1 + 4 + 3
};

/* Conformance bits, 24 of them, bit 0 the highest. */
#define CONFORMANCE_BLOCK_GET    0x001000u
#define CONFORMANCE_BLOCK_SET    0x000800u
#define CONFORMANCE_BLOCK_ACTION 0x000400u
#define CONFORMANCE_GET          0x000010u
#define CONFORMANCE_SET          0x000008u
#define CONFORMANCE_SELECTIVE    0x000004u
#define CONFORMANCE_ACTION       0x000001u
#define CONFORMANCE                                                                                                    \
    (CONFORMANCE_BLOCK_GET | CONFORMANCE_BLOCK_SET | CONFORMANCE_BLOCK_ACTION | CONFORMANCE_GET | CONFORMANCE_SET |    \
     CONFORMANCE_SELECTIVE | CONFORMANCE_ACTION)

const char *session_name(const struct reference *r, char text[40])
{
    const uint8_t *o = r->obis;
    snprintf(text, 40, "%u/%u.%u.%u.%u.%u.%u:%u", r->ic, o[0], o[1], o[2], o[3], o[4], o[5], r->index);
    return text;
}

static enum session_outcome fail(struct session *s, const char *what)
{
    trouble_is(s->trouble, "The answer of the meter is malformed: %s.", what);
    return SESSION_FAILED;
}

/* Association ------------------------------------------------------------------------------------- */

static void put_tlv(struct buffer *b, uint8_t tag, const uint8_t *octets, size_t size)
{
    buffer_add_u8(b, tag);
    buffer_add_length(b, size);
    buffer_add(b, octets, size);
}

static void put_aarq(struct buffer *aarq, const uint8_t *password, size_t size)
{
    static const uint8_t context[] = { 0x06, 0x07, 0x60, 0x85, 0x74, 0x05, 0x08, 0x01, 0x01 };
    static const uint8_t lls[] = { 0x60, 0x85, 0x74, 0x05, 0x08, 0x02, 0x01 };
    const uint8_t initiate[] = {
        0x04,
        0x0E,
        0x01,
        0x00,
        0x00,
        0x00,
        0x06,
        0x5F,
        0x1F,
        0x04,
        0x00,
        CONFORMANCE >> 16,
        CONFORMANCE >> 8 & 0xFF,
        CONFORMANCE & 0xFF,
        0xFF,
        0xFF,
    };
    struct buffer content = buffer_of(REQUEST_MAX);
    put_tlv(&content, 0xA1, context, sizeof context);
    if (password != NULL) {
        struct buffer value = buffer_of(REQUEST_MAX);
        put_tlv(&value, 0x80, password, size);
        put_tlv(&content, 0x8A, (const uint8_t[]){ 0x07, 0x80 }, 2);
        put_tlv(&content, 0x8B, lls, sizeof lls);
        put_tlv(&content, 0xAC, value.octets, value.size);
        buffer_free(&value);
    }
    put_tlv(&content, 0xBE, initiate, sizeof initiate);
    put_tlv(aarq, 0x60, content.octets, content.size);
    aarq->overflow = aarq->overflow || content.overflow;
    buffer_free(&content);
}

struct aare {
    uint8_t result;
    uint8_t source; /* A1: service user, A2: provider */
    uint8_t diagnostic;
    const uint8_t *user; /* the xDLMS APDU in it, NULL: none */
    size_t user_size;
};

static bool parse_aare(const struct buffer *answer, struct aare *a)
{
    struct axdr_reader in;
    *a = (struct aare){ .result = 0xFF };
    axdr_reader_init(&in, answer->octets, answer->size);
    axdr_get_u8(&in);
    if (axdr_get_length(&in) != axdr_left(&in)) {
        return false;
    }
    while (axdr_left(&in) > 0 && !axdr_failed(&in)) {
        uint8_t tag = axdr_get_u8(&in);
        size_t size = axdr_get_length(&in);
        const uint8_t *value = axdr_get_octets(&in, size);
        if (value == NULL) {
            return false;
        }
        if (tag == 0xA2 && size == 3) {
            a->result = value[2];
        } else if (tag == 0xA3 && size == 5) {
            a->source = value[0];
            a->diagnostic = value[4];
        } else if (tag == 0xBE && size > 2 && value[0] == 0x04 && value[1] == size - 2) {
            a->user = value + 2;
            a->user_size = size - 2;
        }
    }
    return !axdr_failed(&in) && a->result != 0xFF;
}

/* InitiateResponse: 08, optional quality of service, version, conformance (BER, with one or two octets of tag), PDU,
 * VAA. */
static bool parse_initiate(struct session *s, const struct aare *a)
{
    struct axdr_reader in;
    axdr_reader_init(&in, a->user, a->user_size);
    axdr_get_u8(&in);
    if (axdr_get_u8(&in) != 0) {
        axdr_get_u8(&in);
    }
    uint8_t version = axdr_get_u8(&in);
    uint8_t tag = axdr_get_u8(&in);
    uint8_t next = axdr_get_u8(&in);
    if (next == 0x1F) {
        next = axdr_get_u8(&in);
    }
    uint32_t conformance = axdr_get_u32(&in);
    size_t pdu_max = axdr_get_u16(&in);
    if (axdr_failed(&in) || version != 6 || tag != 0x5F || next != 4) {
        return false;
    }
    s->conformance = conformance & 0xFFFFFF;
    s->pdu_max = pdu_max == 0 ? REQUEST_MAX : pdu_max;
    return s->pdu_max > BLOCK_HEAD_MAX;
}

static bool refused_association(struct session *s, const struct aare *a)
{
    if (a->user != NULL && a->user_size >= 4 && a->user[0] == SERVICE_ERROR) {
        return trouble_is(s->trouble, "The meter refused the association: %s.", words_initiate_error(a->user[3]));
    }
    return trouble_is(s->trouble, "The meter refused the association (%s): %s.",
                      a->result == 1 ? "permanently" : "for now", words_diagnostic(a->source, a->diagnostic));
}

bool session_open(struct session *s, struct link *l, const uint8_t *password, size_t size, struct trouble *t)
{
    *s = (struct session){ .link = l, .trouble = t, .answer = buffer_of(LINK_ANSWER_MAX) };
    struct buffer aarq = buffer_of(REQUEST_MAX);
    struct aare a;
    put_aarq(&aarq, password, size);
    bool answered = !aarq.overflow && link_exchange(l, aarq.octets, aarq.size, &s->answer);
    buffer_free(&aarq);
    if (!answered) {
        return trouble_is(t, "There is not enough memory.");
    }
    if (s->answer.octets[0] == EXCEPTION) {
        return trouble_is(t, "The meter answers the association request with an exception.");
    }
    if (s->answer.octets[0] != 0x61 || !parse_aare(&s->answer, &a)) {
        return trouble_is(t, "The answer to the association request is no AARE.");
    }
    if (a.result != 0) {
        return refused_association(s, &a);
    }
    if (a.diagnostic == 14) {
        return trouble_is(t, "The meter wants high level security (HLS), which this client does not have.");
    }
    if (a.user == NULL || a.user[0] != 0x08 || !parse_initiate(s, &a)) {
        return trouble_is(t, "The AARE of the meter has no valid InitiateResponse.");
    }
    return true;
}

void session_free(struct session *s)
{
    buffer_free(&s->answer);
}

/* Services ---------------------------------------------------------------------------------------- */

static enum session_outcome refuse(struct session *s, const struct reference *r, uint8_t code, const char *word)
{
    char name[40];
    s->code = code;
    trouble_is(s->trouble, "%s: the meter refused: %s.", session_name(r, name), word);
    return SESSION_REFUSED;
}

static enum session_outcome refuse_exception(struct session *s, const struct reference *r)
{
    const struct buffer *a = &s->answer;
    char name[40];
    s->code = SESSION_NO_CODE;
    trouble_is(s->trouble, "%s: the meter answers with an exception: %s.", session_name(r, name),
               words_exception(a->size > 1 ? a->octets[1] : 0, a->size > 2 ? a->octets[2] : 0));
    return SESSION_REFUSED;
}

/* One request; the answer's reader stands behind its invoke-id, and *type is its choice. */
static enum session_outcome exchange(struct session *s, const struct reference *r, struct buffer *request,
                                     uint8_t expected, struct axdr_reader *in, uint8_t *type)
{
    if (request->overflow) {
        trouble_is(s->trouble, "The request is longer than the meter takes.");
        return SESSION_FAILED;
    }
    if (!link_exchange(s->link, request->octets, request->size, &s->answer)) {
        return SESSION_FAILED;
    }
    if (s->answer.octets[0] == EXCEPTION || s->answer.octets[0] == SERVICE_ERROR) {
        return refuse_exception(s, r);
    }
    axdr_reader_init(in, s->answer.octets, s->answer.size);
    uint8_t tag = axdr_get_u8(in);
    *type = axdr_get_u8(in);
    uint8_t invoke = axdr_get_u8(in);
    if (axdr_failed(in) || tag != expected || (invoke & 0x0F) != (INVOKE & 0x0F)) {
        return fail(s, "it is no answer to this request");
    }
    return SESSION_DONE;
}

static struct buffer begin_request(uint8_t service, uint8_t type, const struct reference *r)
{
    struct buffer b = buffer_of(REQUEST_MAX + BLOCK_HEAD_MAX);
    buffer_add(&b, (const uint8_t[]){ service, type, INVOKE }, 3);
    if (r != NULL) {
        buffer_add_u16(&b, r->ic);
        buffer_add(&b, r->obis, 6);
        buffer_add_u8(&b, r->index);
    }
    return b;
}

/* A block's raw octets, which must be all that is left. */
static const uint8_t *take_raw(struct axdr_reader *in, size_t *size)
{
    *size = axdr_get_length(in);
    return *size == axdr_left(in) ? axdr_get_octets(in, *size) : NULL;
}

/* The block in `in`; *last tells whether more follow. */
static enum session_outcome take_get_block(struct session *s, const struct reference *r, struct axdr_reader *in,
                                           uint32_t number, struct buffer *data, bool *last)
{
    *last = axdr_get_u8(in) != 0;
    uint32_t found = axdr_get_u32(in);
    if (axdr_get_u8(in) != 0 && !axdr_failed(in)) {
        uint8_t code = axdr_get_u8(in);
        return refuse(s, r, code, words_access_result(code));
    }
    size_t size;
    const uint8_t *raw = take_raw(in, &size);
    if (raw == NULL) {
        return fail(s, "the length of a block");
    }
    if (found != number) {
        return fail(s, "the number of a block");
    }
    if (size == 0 && !*last) {
        return fail(s, "an empty block that is not the last");
    }
    buffer_add(data, raw, size);
    if (data->overflow) {
        return fail(s, "the value has no end");
    }
    return SESSION_DONE;
}

static enum session_outcome get_blocks(struct session *s, const struct reference *r, struct axdr_reader *in,
                                       struct buffer *data)
{
    for (uint32_t number = 1; number < BLOCKS_MAX; number++) {
        bool last;
        uint8_t type = 0;
        enum session_outcome outcome = take_get_block(s, r, in, number, data, &last);
        if (outcome != SESSION_DONE || last) {
            return outcome;
        }
        if (s->progress != NULL) {
            s->progress(s->context, data->octets, data->size);
        }
        struct buffer request = begin_request(GET_REQUEST, BLOCK, NULL);
        buffer_add_u32(&request, number);
        outcome = exchange(s, r, &request, GET_RESPONSE, in, &type);
        buffer_free(&request);
        if (outcome != SESSION_DONE) {
            return outcome;
        }
        if (type != BLOCK) {
            return fail(s, "no block where one must follow");
        }
    }
    return fail(s, "its blocks have no end");
}

/* Get-Data-Result: 00 Data, or 01 data-access-result. */
static enum session_outcome take_result(struct session *s, const struct reference *r, struct axdr_reader *in,
                                        struct buffer *data)
{
    uint8_t choice = axdr_get_u8(in);
    if (choice == 1) {
        uint8_t code = axdr_get_u8(in);
        return axdr_failed(in) ? fail(s, "it is too short") : refuse(s, r, code, words_access_result(code));
    }
    if (choice != 0 || axdr_failed(in)) {
        return fail(s, "its result is neither data nor an error");
    }
    size_t size = axdr_left(in);
    if (data != NULL) {
        buffer_add(data, axdr_get_octets(in, size), size);
    }
    return SESSION_DONE;
}

enum session_outcome session_get(struct session *s, const struct reference *r, const struct buffer *selector,
                                 struct buffer *data)
{
    struct buffer request = begin_request(GET_REQUEST, NORMAL, r);
    struct axdr_reader in;
    uint8_t type = 0;
    buffer_clear(data);
    buffer_add_u8(&request, selector != NULL);
    if (selector != NULL) {
        buffer_add(&request, selector->octets, selector->size);
    }
    enum session_outcome outcome = exchange(s, r, &request, GET_RESPONSE, &in, &type);
    buffer_free(&request);
    if (outcome != SESSION_DONE) {
        return outcome;
    }
    if (type == NORMAL) {
        return take_result(s, r, &in, data);
    }
    return type == BLOCK ? get_blocks(s, r, &in, data) : fail(s, "its kind");
}

/* Requests in blocks ------------------------------------------------------------------------------ */

/* What differs between SET and ACTION. */
struct sending {
    uint8_t service;
    uint8_t response;
    uint8_t first_block;
    uint8_t further_block;
    uint8_t acknowledged; /* the answer's choice to all blocks but the last */
    uint32_t conformance;
};

static const struct sending set_sending = {
    SET_REQUEST, SET_RESPONSE, 2, 3, 2, CONFORMANCE_BLOCK_SET,
};
static const struct sending action_sending = {
    ACTION_REQUEST, ACTION_RESPONSE, 4, 6, 4, CONFORMANCE_BLOCK_ACTION,
};

/* Sends the data in as many blocks as it takes; `in` is then the answer to the last. */
static enum session_outcome send_blocks(struct session *s, const struct sending *k, const struct reference *r,
                                        const struct buffer *data, struct axdr_reader *in, uint8_t *type)
{
    size_t room = s->pdu_max - BLOCK_HEAD_MAX;
    uint32_t number = 1;
    for (size_t at = 0; at < data->size; number++) {
        size_t part = data->size - at < room ? data->size - at : room;
        bool last = at + part == data->size;
        bool first = number == 1;
        struct buffer request = begin_request(k->service, first ? k->first_block : k->further_block, first ? r : NULL);
        if (first && k->service == SET_REQUEST) {
            buffer_add_u8(&request, 0); /* no access selection */
        }
        buffer_add_u8(&request, last);
        buffer_add_u32(&request, number);
        buffer_add_length(&request, part);
        buffer_add(&request, data->octets + at, part);
        enum session_outcome outcome = exchange(s, r, &request, k->response, in, type);
        buffer_free(&request);
        if (outcome != SESSION_DONE || last || *type != k->acknowledged) {
            return outcome;
        }
        if (axdr_get_u32(in) != number) {
            return fail(s, "the number of a block");
        }
        at += part;
    }
    return SESSION_DONE;
}

static enum session_outcome send_data(struct session *s, const struct sending *k, const struct reference *r,
                                      const struct buffer *data, struct axdr_reader *in, uint8_t *type)
{
    struct buffer request = begin_request(k->service, NORMAL, r);
    if (k->service == SET_REQUEST) {
        buffer_add_u8(&request, 0); /* no access selection */
    } else {
        buffer_add_u8(&request, data != NULL);
    }
    if (data != NULL) {
        buffer_add(&request, data->octets, data->size);
    }
    enum session_outcome outcome = SESSION_FAILED;
    if (request.size <= s->pdu_max) {
        outcome = exchange(s, r, &request, k->response, in, type);
    } else if (data != NULL && (s->conformance & k->conformance) != 0) {
        outcome = send_blocks(s, k, r, data, in, type);
    } else {
        trouble_is(s->trouble, "The meter takes %zu octets in one request, this one has %zu, and it takes no blocks.",
                   s->pdu_max, request.size);
    }
    buffer_free(&request);
    return outcome;
}

enum session_outcome session_set(struct session *s, const struct reference *r, const struct buffer *data)
{
    struct axdr_reader in;
    uint8_t type = 0;
    enum session_outcome outcome = send_data(s, &set_sending, r, data, &in, &type);
    if (outcome != SESSION_DONE) {
        return outcome;
    }
    uint8_t code = axdr_get_u8(&in); /* of a normal response and of that to the last block alike */
    if (axdr_failed(&in) || (type != NORMAL && type != 3)) {
        return fail(s, "its kind");
    }
    return code == 0 ? SESSION_DONE : refuse(s, r, code, words_access_result(code));
}

/* Return parameters in blocks: the octets of the Data alone. */
static enum session_outcome take_parameter_blocks(struct session *s, const struct reference *r, struct axdr_reader *in,
                                                  struct buffer *data)
{
    for (uint32_t number = 1; number < BLOCKS_MAX; number++) {
        uint8_t type = 0;
        size_t size;
        bool last = axdr_get_u8(in) != 0;
        uint32_t found = axdr_get_u32(in);
        const uint8_t *raw = take_raw(in, &size);
        if (raw == NULL || found != number) {
            return fail(s, "a block of return parameters");
        }
        if (data != NULL) {
            buffer_add(data, raw, size);
            if (data->overflow) {
                return fail(s, "the value has no end");
            }
        }
        if (last) {
            return SESSION_DONE;
        }
        struct buffer request = begin_request(ACTION_REQUEST, 2, NULL);
        buffer_add_u32(&request, number);
        enum session_outcome outcome = exchange(s, r, &request, ACTION_RESPONSE, in, &type);
        buffer_free(&request);
        if (outcome != SESSION_DONE) {
            return outcome;
        }
        if (type != BLOCK) {
            return fail(s, "no block where one must follow");
        }
    }
    return fail(s, "its blocks have no end");
}

enum session_outcome session_call(struct session *s, const struct reference *r, const struct buffer *parameter,
                                  struct buffer *data)
{
    struct axdr_reader in;
    uint8_t type = 0;
    if (data != NULL) {
        buffer_clear(data);
    }
    enum session_outcome outcome = send_data(s, &action_sending, r, parameter, &in, &type);
    if (outcome != SESSION_DONE) {
        return outcome;
    }
    if (type == BLOCK) {
        return take_parameter_blocks(s, r, &in, data);
    }
    uint8_t code = axdr_get_u8(&in);
    if (axdr_failed(&in) || type != NORMAL) {
        return fail(s, "its kind");
    }
    if (code != 0) {
        return refuse(s, r, code, words_action_result(code));
    }
    /* Return parameters are optional, and some meters leave the octet out that says so. */
    return axdr_left(&in) > 0 && axdr_get_u8(&in) != 0 ? take_result(s, r, &in, data) : SESSION_DONE;
}
