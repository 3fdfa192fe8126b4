/* The SET service: one attribute or a list of them, at once or in blocks. A value that comes in blocks is applied
 * when it is whole, so a transfer that breaks off changes nothing. */
#include "cosem/service.h"

enum { NORMAL = 1, FIRST_BLOCK = 2, BLOCK = 3, WITH_LIST = 4, LIST_FIRST_BLOCK = 5 };
enum {
    SET_RESPONSE = 0xc5,
    RESPONSE_NORMAL = 1,
    RESPONSE_BLOCK = 2,
    RESPONSE_LAST_BLOCK = 3,
    RESPONSE_LAST_BLOCK_LIST = 4,
    RESPONSE_LIST = 5
};

/* What came, however it came. */
struct set {
    uint8_t id;
    bool list;
    size_t count;
    struct axdr_reader descriptors;
    struct axdr_reader values;
    bool in_blocks;
    uint32_t block; /* the number of the last one */
};

static enum service_result set_one(struct cosem_server *s, const struct service_descriptor *d,
                                   struct axdr_reader *value)
{
    const struct cosem_object *o;
    enum service_result found = service_find(s, d, &o);
    if (found != RESULT_SUCCESS) {
        return found;
    }
    /* No class has a logical name that can be set, or a selective SET. */
    if (d->index == 1 || o->ic->set == NULL || !cosem_may_access(o, s->association.type->client, d->index, RIGHT_SET)) {
        return RESULT_READ_WRITE_DENIED;
    }
    if (d->selected) {
        return RESULT_SCOPE_VIOLATED;
    }
    struct cosem_request request;
    service_begin(s, &request);
    enum status status = o->ic->set(&request, o, d->index, value);
    if (status == STATUS_OK && !request.unchanged) {
        association_changed(&s->association);
    }
    return service_data_access_result(status);
}

static void put_header(const struct set *q, struct axdr_writer *out)
{
    axdr_put_u8(out, SET_RESPONSE);
    if (q->in_blocks) {
        axdr_put_u8(out, q->list ? RESPONSE_LAST_BLOCK_LIST : RESPONSE_LAST_BLOCK);
    } else {
        axdr_put_u8(out, q->list ? RESPONSE_LIST : RESPONSE_NORMAL);
    }
    axdr_put_u8(out, q->id);
    if (q->list) {
        axdr_put_length(out, q->count);
    }
}

/* The answer is written straight into the response: a value never comes from there. */
static void perform(struct cosem_server *s, struct set *q)
{
    struct axdr_writer out;
    axdr_writer_init(&out, s->response, s->association.pdu, s->association.pdu);
    put_header(q, &out);
    if (q->count + (q->in_blocks ? 4 : 0) > out.size - out.used) { /* the results cannot be told: do nothing */
        service_exception(s, ERROR_OPERATION_NOT_POSSIBLE);
        return;
    }
    for (size_t i = 0; i < q->count; i++) {
        struct service_descriptor d;
        service_next(&q->descriptors, SERVICE_SET, &d);
        struct axdr_reader value = service_next_value(&q->values);
        axdr_put_u8(&out, (uint8_t)set_one(s, &d, &value));
    }
    if (q->in_blocks) {
        axdr_put_u32(&out, q->block);
    }
    s->reply_at = 0;
    s->reply_size = out.used;
}

static void acknowledge(struct cosem_server *s, uint8_t id, uint32_t number)
{
    uint8_t apdu[7];
    struct axdr_writer out;
    axdr_writer_init(&out, apdu, sizeof apdu, sizeof apdu);
    axdr_put_u8(&out, SET_RESPONSE);
    axdr_put_u8(&out, RESPONSE_BLOCK);
    axdr_put_u8(&out, id);
    axdr_put_u32(&out, number);
    service_answer(s, apdu, out.used, 0, 0);
}

static void answer_failure(struct cosem_server *s, uint8_t id, enum service_result result, uint32_t number)
{
    uint8_t apdu[8];
    struct axdr_writer out;
    axdr_writer_init(&out, apdu, sizeof apdu, sizeof apdu);
    axdr_put_u8(&out, SET_RESPONSE);
    axdr_put_u8(&out, RESPONSE_LAST_BLOCK);
    axdr_put_u8(&out, id);
    axdr_put_u8(&out, (uint8_t)result);
    axdr_put_u32(&out, number);
    service_answer(s, apdu, out.used, 0, 0);
}

static void take_block(struct cosem_server *s, uint8_t id, const struct service_block *b)
{
    struct cosem_transfer *t = &s->transfer;
    enum status status = service_take(s, TRANSFER_SET, b);
    if (status != STATUS_OK) {
        answer_failure(s, id, status == STATUS_RANGE ? RESULT_BLOCK_NUMBER_INVALID : RESULT_LONG_SET_ABORTED,
                       b->number);
        return;
    }
    if (!b->last) {
        acknowledge(s, id, b->number);
        return;
    }
    struct set q = { .id = id, .list = t->list, .count = t->count, .in_blocks = true, .block = b->number };
    struct axdr_reader rest;
    axdr_reader_init(&q.descriptors, t->kept, t->descriptors);
    axdr_reader_init(&rest, t->kept + t->descriptors, t->kept_used - t->descriptors);
    service_values(&rest, t->list, t->count, &q.values);
    if (axdr_failed(&rest)) {
        answer_failure(s, id, RESULT_TYPE_UNMATCHED, b->number);
        return;
    }
    perform(s, &q);
}

static void set_whole(struct cosem_server *s, uint8_t id, bool list, struct axdr_reader *in)
{
    struct set q = { .id = id, .list = list };
    uint32_t needed;
    q.count = service_descriptors(in, SERVICE_SET, list, &q.descriptors, &needed);
    service_values(in, list, q.count, &q.values);
    if (axdr_failed(in) || !association_may(&s->association, needed)) {
        service_exception(s, ERROR_SERVICE_NOT_SUPPORTED);
        return;
    }
    perform(s, &q);
}

static void set_first_block(struct cosem_server *s, uint8_t id, bool list, struct axdr_reader *in)
{
    uint32_t needed;
    struct axdr_reader descriptors;
    size_t count = service_descriptors(in, SERVICE_SET, list, &descriptors, &needed);
    struct service_block b;
    service_block(in, &b);
    if (axdr_failed(in) || !association_may(&s->association, needed | CONFORMANCE_BLOCK_SET)) {
        service_exception(s, ERROR_SERVICE_NOT_SUPPORTED);
        return;
    }
    service_keep(s, list, count, &descriptors);
    take_block(s, id, &b);
}

static void set_block(struct cosem_server *s, uint8_t id, struct axdr_reader *in, enum cosem_transfer_kind running)
{
    struct service_block b;
    service_block(in, &b);
    if (axdr_failed(in) || !association_may(&s->association, CONFORMANCE_SET | CONFORMANCE_BLOCK_SET)) {
        service_exception(s, ERROR_SERVICE_NOT_SUPPORTED);
    } else if (running != TRANSFER_SET) {
        answer_failure(s, id, RESULT_NO_LONG_SET, b.number);
    } else {
        take_block(s, id, &b);
    }
}

void service_set(struct cosem_server *s, uint8_t type, uint8_t id, struct axdr_reader *in,
                 enum cosem_transfer_kind running)
{
    if (type == NORMAL || type == WITH_LIST) {
        set_whole(s, id, type == WITH_LIST, in);
    } else if (type == FIRST_BLOCK || type == LIST_FIRST_BLOCK) {
        set_first_block(s, id, type == LIST_FIRST_BLOCK, in);
    } else if (type == BLOCK) {
        set_block(s, id, in, running);
    } else {
        service_exception(s, ERROR_SERVICE_NOT_SUPPORTED);
    }
}
