/* The ACTION service: one method or a list of them, parameters and return parameters at once or in blocks.
 *
 * A method is called once, whatever the size of what it returns: that is limited by the value area, and what does
 * not fit is answered by success with data-access-result other-reason in the place of the return parameters.
 */
#include "cosem/service.h"

enum { NORMAL = 1, NEXT_BLOCK = 2, WITH_LIST = 3, FIRST_BLOCK = 4, LIST_FIRST_BLOCK = 5, BLOCK = 6 };
enum {
    ACTION_RESPONSE = 0xc7,
    RESPONSE_NORMAL = 1,
    RESPONSE_WITH_BLOCK = 2,
    RESPONSE_LIST = 3,
    RESPONSE_NEXT_BLOCK = 4
};
enum { CHOICE_DATA = 0, CHOICE_RESULT = 1 };

enum { RESPONSE_HEADER = 3 }; /* C7 01 id */
enum { BLOCK_OVERHEAD = 8 };  /* C7 02 id last nr4, before the length of the raw data */
/* Action-Response-With-Optional-Data: result, whether there is more, which choice. The raw data of a single method's
 * blocks are the return parameters alone: its result was success, errors are never long. */
enum { DATA_AT = 3 };
enum { RESULT_OCTETS_MAX = 4 }; /* result, 01, 01, data-access-result */

/* What came, however it came. */
struct action {
    uint8_t id;
    bool list;
    size_t count;
    struct axdr_reader descriptors;
    struct axdr_reader values; /* empty: the single method was given no parameter */
};

static enum status call(struct cosem_server *s, const struct cosem_object *o, uint8_t method, struct axdr_reader *value,
                        struct axdr_writer *out)
{
    if (o->ic->act == NULL || !cosem_may_call(o, s->association.type->client, method)) {
        return STATUS_DENIED;
    }
    struct cosem_request request;
    service_begin(s, &request);
    enum status status = o->ic->act(&request, o, method, value, out);
    if (status == STATUS_OK && !request.unchanged) {
        association_changed(&s->association);
    }
    return status;
}

/* Calls one method and writes its Action-Response-With-Optional-Data. */
static void act_one(struct cosem_server *s, const struct service_descriptor *d, struct axdr_reader *value,
                    struct axdr_writer *out)
{
    size_t mark = out->used;
    axdr_put_u8(out, RESULT_SUCCESS);
    axdr_put_u8(out, 1);
    axdr_put_u8(out, CHOICE_DATA);
    size_t data = out->used;
    const struct cosem_object *o;
    enum service_result result = service_find(s, d, &o);
    if (result == RESULT_SUCCESS) {
        result = service_action_result(call(s, o, d->index, value, out));
    }
    if (result == RESULT_SUCCESS && !out->overflow && out->used > data) {
        return;
    }
    bool lost = result == RESULT_SUCCESS && out->overflow;
    out->used = mark;
    out->overflow = false;
    axdr_put_u8(out, (uint8_t)result);
    axdr_put_u8(out, lost);
    if (lost) {
        axdr_put_u8(out, CHOICE_RESULT);
        axdr_put_u8(out, RESULT_OTHER_REASON);
    }
}

static void answer_block(struct cosem_server *s, uint8_t id)
{
    struct cosem_transfer *t = &s->transfer;
    size_t raw_max = service_raw_max(s->association.pdu, BLOCK_OVERHEAD);
    size_t left = t->used - t->sent;
    size_t raw = left < raw_max ? left : raw_max;
    uint8_t header[COSEM_VALUE_AT];
    struct axdr_writer out;
    axdr_writer_init(&out, header, sizeof header, sizeof header);
    t->block++;
    axdr_put_u8(&out, ACTION_RESPONSE);
    axdr_put_u8(&out, RESPONSE_WITH_BLOCK);
    axdr_put_u8(&out, id);
    axdr_put_u8(&out, raw == left);
    axdr_put_u32(&out, t->block);
    axdr_put_length(&out, raw);
    service_answer(s, header, out.used, t->sent, raw);
    t->sent += raw;
    t->kind = raw == left ? TRANSFER_NONE : TRANSFER_ACTION_RESPONSE;
}

static void perform(struct cosem_server *s, struct action *q)
{
    struct cosem_transfer *t = &s->transfer;
    size_t most = s->association.pdu - (size_t)RESPONSE_HEADER;
    bool long_allowed = association_may(&s->association, CONFORMANCE_BLOCK_ACTION);
    struct axdr_writer out;
    axdr_writer_init(&out, s->response + COSEM_VALUE_AT, long_allowed ? COSEM_VALUE_MAX : most, most);
    if (q->list) {
        axdr_put_length(&out, q->count);
    }
    if (q->count * RESULT_OCTETS_MAX > out.size - out.used) { /* the results cannot be told: do nothing */
        service_exception(s, ERROR_OPERATION_NOT_POSSIBLE);
        return;
    }
    size_t whole = out.size;
    for (size_t i = 0; i < q->count; i++) {
        struct service_descriptor d;
        service_next(&q->descriptors, SERVICE_ACTION, &d);
        struct axdr_reader value;
        axdr_reader_init(&value, q->values.data, 0);
        if (axdr_left(&q->values) > 0) {
            value = service_next_value(&q->values);
        }
        out.size = whole - (q->count - 1 - i) * RESULT_OCTETS_MAX; /* the others' results must fit */
        act_one(s, &d, &value, &out);
    }
    if (out.used <= most) {
        const uint8_t header[] = { ACTION_RESPONSE, q->list ? RESPONSE_LIST : RESPONSE_NORMAL, q->id };
        service_answer(s, header, sizeof header, 0, out.used);
        return;
    }
    t->block = 0;
    t->sent = q->list ? 0 : DATA_AT;
    t->used = out.used;
    answer_block(s, q->id);
}

static void answer_failure(struct cosem_server *s, uint8_t id, enum service_result result)
{
    const uint8_t apdu[] = { ACTION_RESPONSE, RESPONSE_NORMAL, id, (uint8_t)result, 0 };
    service_answer(s, apdu, sizeof apdu, 0, 0);
}

static void take_block(struct cosem_server *s, uint8_t id, const struct service_block *b)
{
    struct cosem_transfer *t = &s->transfer;
    if (service_take(s, TRANSFER_ACTION, b) != STATUS_OK) {
        answer_failure(s, id, RESULT_LONG_ACTION_ABORTED);
        return;
    }
    if (!b->last) {
        uint8_t apdu[7];
        struct axdr_writer out;
        axdr_writer_init(&out, apdu, sizeof apdu, sizeof apdu);
        axdr_put_u8(&out, ACTION_RESPONSE);
        axdr_put_u8(&out, RESPONSE_NEXT_BLOCK);
        axdr_put_u8(&out, id);
        axdr_put_u32(&out, b->number);
        service_answer(s, apdu, out.used, 0, 0);
        return;
    }
    struct action q = { .id = id, .list = t->list, .count = t->count };
    struct axdr_reader rest;
    axdr_reader_init(&q.descriptors, t->kept, t->descriptors);
    axdr_reader_init(&rest, t->kept + t->descriptors, t->kept_used - t->descriptors);
    service_values(&rest, t->list, t->count, &q.values);
    if (axdr_failed(&rest)) {
        answer_failure(s, id, RESULT_TYPE_UNMATCHED);
        return;
    }
    perform(s, &q);
}

static void act_whole(struct cosem_server *s, uint8_t id, bool list, struct axdr_reader *in)
{
    struct action q = { .id = id, .list = list };
    uint32_t needed;
    q.count = service_descriptors(in, SERVICE_ACTION, list, &q.descriptors, &needed);
    bool given = list || axdr_get_u8(in) != 0;
    service_values(in, list, given ? q.count : 0, &q.values);
    if (axdr_failed(in) || !association_may(&s->association, needed)) {
        service_exception(s, ERROR_SERVICE_NOT_SUPPORTED);
        return;
    }
    perform(s, &q);
}

static void act_first_block(struct cosem_server *s, uint8_t id, bool list, struct axdr_reader *in)
{
    uint32_t needed;
    struct axdr_reader descriptors;
    size_t count = service_descriptors(in, SERVICE_ACTION, list, &descriptors, &needed);
    struct service_block b;
    service_block(in, &b);
    if (axdr_failed(in) || !association_may(&s->association, needed | CONFORMANCE_BLOCK_ACTION)) {
        service_exception(s, ERROR_SERVICE_NOT_SUPPORTED);
        return;
    }
    service_keep(s, list, count, &descriptors);
    take_block(s, id, &b);
}

static void act_block(struct cosem_server *s, uint8_t id, struct axdr_reader *in, enum cosem_transfer_kind running)
{
    struct service_block b;
    service_block(in, &b);
    if (axdr_failed(in) || !association_may(&s->association, CONFORMANCE_ACTION | CONFORMANCE_BLOCK_ACTION)) {
        service_exception(s, ERROR_SERVICE_NOT_SUPPORTED);
    } else if (running != TRANSFER_ACTION) {
        answer_failure(s, id, RESULT_NO_LONG_ACTION);
    } else {
        take_block(s, id, &b);
    }
}

static void send_next_block(struct cosem_server *s, uint8_t id, struct axdr_reader *in,
                            enum cosem_transfer_kind running)
{
    uint32_t number = axdr_get_u32(in);
    if (axdr_failed(in) || axdr_left(in) > 0 ||
        !association_may(&s->association, CONFORMANCE_ACTION | CONFORMANCE_BLOCK_ACTION)) {
        service_exception(s, ERROR_SERVICE_NOT_SUPPORTED);
    } else if (running != TRANSFER_ACTION_RESPONSE) {
        answer_failure(s, id, RESULT_NO_LONG_ACTION);
    } else if (number != s->transfer.block) {
        answer_failure(s, id, RESULT_LONG_ACTION_ABORTED);
    } else {
        answer_block(s, id);
    }
}

void service_action(struct cosem_server *s, uint8_t type, uint8_t id, struct axdr_reader *in,
                    enum cosem_transfer_kind running)
{
    if (type == NORMAL || type == WITH_LIST) {
        act_whole(s, id, type == WITH_LIST, in);
    } else if (type == FIRST_BLOCK || type == LIST_FIRST_BLOCK) {
        act_first_block(s, id, type == LIST_FIRST_BLOCK, in);
    } else if (type == BLOCK) {
        act_block(s, id, in, running);
    } else if (type == NEXT_BLOCK) {
        send_next_block(s, id, in, running);
    } else {
        service_exception(s, ERROR_SERVICE_NOT_SUPPORTED);
    }
}
