/* The GET service: one attribute or a list of them, at once or in blocks.
 *
 * A list is what a single attribute is, several times over: Get-Data-Result after Get-Data-Result, written into the
 * value area until the PDU is full. What was written beyond the end of a block opens the next one.
 */
#include "cosem/service.h"

enum { NORMAL = 1, NEXT = 2, WITH_LIST = 3 };
enum { GET_RESPONSE = 0xc4, RESPONSE_NORMAL = 1, RESPONSE_BLOCK = 2, RESPONSE_LIST = 3 };
enum { CHOICE_DATA = 0, CHOICE_RESULT = 1 };

enum { RESPONSE_HEADER = 3 };    /* C4 01 id, before the Get-Data-Result */
enum { BLOCK_OVERHEAD = 9 };     /* C4 02 id last nr4 00, before the length of the raw data */
enum { DATA_CHOICE_OCTETS = 1 }; /* in front of a single value, not part of the raw data of its blocks */

static void answer_result(struct cosem_server *s, uint8_t id, enum service_result result)
{
    const uint8_t apdu[] = { GET_RESPONSE, RESPONSE_NORMAL, id, CHOICE_RESULT, (uint8_t)result };
    service_answer(s, apdu, sizeof apdu, 0, 0);
}

/* Answers the end of a block transfer that failed. */
static void answer_block_result(struct cosem_server *s, uint8_t id, uint32_t number, enum service_result result)
{
    uint8_t apdu[10];
    struct axdr_writer out;
    axdr_writer_init(&out, apdu, sizeof apdu, sizeof apdu);
    axdr_put_u8(&out, GET_RESPONSE);
    axdr_put_u8(&out, RESPONSE_BLOCK);
    axdr_put_u8(&out, id);
    axdr_put_u8(&out, 1); /* last */
    axdr_put_u32(&out, number);
    axdr_put_u8(&out, CHOICE_RESULT);
    axdr_put_u8(&out, (uint8_t)result);
    s->transfer.kind = TRANSFER_NONE;
    service_answer(s, apdu, out.used, 0, 0);
}

/* Producing -------------------------------------------------------------------- */

/* Calls the handler once for the attribute under way. */
static enum status produce_more(struct cosem_transfer *t, struct axdr_writer *out)
{
    t->request.more = false;
    if (t->attribute == 1) {
        axdr_octet_string(out, t->object->obis, sizeof t->object->obis);
        return STATUS_OK;
    }
    enum status status = t->object->ic->get(&t->request, t->object, t->attribute, out);
    if (status != STATUS_OK) {
        return status;
    }
    /* A handler that stops where there is room would stop there for ever. */
    return out->overflow || (t->request.more && axdr_room(out)) ? STATUS_SPACE : STATUS_OK;
}

/* The first call: if it fails, nothing of the attribute has been written. */
static enum status begin_attribute(struct cosem_server *s, uint8_t attribute, struct axdr_writer *out)
{
    struct cosem_transfer *t = &s->transfer;
    size_t mark = out->used;
    t->attribute = attribute;
    service_begin(s, &t->request);
    enum status status = produce_more(t, out);
    if (status != STATUS_OK) {
        out->used = mark;
        out->overflow = false;
        t->request.more = false;
    }
    return status;
}

/* A member of attribute 0. */
static void begin_member(struct cosem_server *s, uint8_t attribute, struct axdr_writer *out)
{
    struct cosem_transfer *t = &s->transfer;
    t->attribute = attribute;
    if (!cosem_may_access(t->object, s->association.type->client, attribute, RIGHT_GET) ||
        begin_attribute(s, attribute, out) != STATUS_OK) {
        axdr_null(out);
    }
}

static enum service_result begin_object(struct cosem_server *s, const struct service_descriptor *d,
                                        struct axdr_writer *out)
{
    if (d->selected) {
        return RESULT_SCOPE_VIOLATED;
    }
    s->transfer.last = s->transfer.object->ic->attributes;
    axdr_structure(out, s->transfer.last);
    begin_member(s, 1, out);
    return RESULT_SUCCESS;
}

static bool takes_selector(const struct cosem_class *ic, const struct service_descriptor *d)
{
    return d->index < 16 && (ic->selective >> d->index & 1) != 0 && d->selector.kind >= 1 &&
           d->selector.kind <= ic->selectors;
}

/* A selector that the attribute does not take: scope-of-access-violated. Answering with the whole value, as some
 * meters do, would hand a client something that it did not ask for and cannot tell from what it did. */
static enum service_result begin_value(struct cosem_server *s, const struct service_descriptor *d,
                                       struct axdr_writer *out)
{
    struct cosem_transfer *t = &s->transfer;
    if (!cosem_may_access(t->object, s->association.type->client, d->index, RIGHT_GET)) {
        return RESULT_READ_WRITE_DENIED;
    }
    if (d->selected && !takes_selector(t->object->ic, d)) {
        return RESULT_SCOPE_VIOLATED;
    }
    t->last = d->index;
    t->attribute = d->index;
    if (d->selected) {
        t->selector = d->selector;
        t->request.selector = &t->selector;
    }
    return service_data_access_result(produce_more(t, out));
}

static bool item_finished(const struct cosem_transfer *t)
{
    return !t->request.more && t->attribute == t->last;
}

/* Begins a Get-Data-Result. */
static void begin_item(struct cosem_server *s, const struct service_descriptor *d, struct axdr_writer *out)
{
    struct cosem_transfer *t = &s->transfer;
    size_t mark = out->used;
    service_begin(s, &t->request);
    axdr_put_u8(out, CHOICE_DATA);
    enum service_result result = service_find(s, d, &t->object);
    if (result == RESULT_SUCCESS) {
        result = d->index == 0 ? begin_object(s, d, out) : begin_value(s, d, out);
    }
    if (result != RESULT_SUCCESS) {
        out->used = mark;
        out->overflow = false;
        axdr_put_u8(out, CHOICE_RESULT);
        axdr_put_u8(out, (uint8_t)result);
        t->object = NULL;
    } else if (item_finished(t)) {
        t->object = NULL;
    }
}

/* Goes on with the item under way. */
static enum status continue_item(struct cosem_server *s, struct axdr_writer *out)
{
    struct cosem_transfer *t = &s->transfer;
    if (t->request.more) {
        enum status status = produce_more(t, out);
        if (status != STATUS_OK) {
            return status;
        }
    } else {
        begin_member(s, (uint8_t)(t->attribute + 1), out);
    }
    if (item_finished(t)) {
        t->object = NULL;
    }
    return STATUS_OK;
}

static bool finished(const struct cosem_transfer *t)
{
    return t->object == NULL && t->items_left == 0;
}

/* Writes until the writer is full or everything is said. An error: of a value that has been sent in part. */
static enum status produce(struct cosem_server *s, struct axdr_writer *out)
{
    enum status status = STATUS_OK;
    while (status == STATUS_OK && axdr_room(out) && !finished(&s->transfer)) {
        if (s->transfer.object != NULL) {
            status = continue_item(s, out);
        } else {
            struct service_descriptor d;
            service_next(&s->transfer.items, SERVICE_GET, &d);
            s->transfer.items_left--;
            begin_item(s, &d, out);
        }
    }
    return status;
}

/* Answering -------------------------------------------------------------------- */

/* The descriptors and the selector have to outlive the request. */
static void keep_items(struct cosem_transfer *t)
{
    const uint8_t *from = t->items.data;
    memcpy(t->kept, from, t->items.size);
    t->items.data = t->kept;
    if (t->request.selector != NULL) {
        t->selector.data = t->kept + (t->selector.data - from);
    }
}

static void answer_block(struct cosem_server *s, uint8_t id)
{
    struct cosem_transfer *t = &s->transfer;
    uint8_t *value = s->response + COSEM_VALUE_AT;
    size_t raw_max = service_raw_max(s->association.pdu, BLOCK_OVERHEAD);
    t->block++;
    if (t->used - t->sent < raw_max && !finished(t)) {
        struct axdr_writer out;
        memmove(value, value + t->sent, t->used - t->sent);
        axdr_writer_init(&out, value, COSEM_VALUE_MAX, raw_max);
        out.used = t->used - t->sent;
        if (produce(s, &out) != STATUS_OK) {
            answer_block_result(s, id, t->block, RESULT_LONG_GET_ABORTED);
            return;
        }
        t->sent = 0;
        t->used = out.used;
    }
    size_t left = t->used - t->sent;
    size_t raw = left < raw_max ? left : raw_max;
    bool last = raw == left && finished(t);
    uint8_t header[COSEM_VALUE_AT];
    struct axdr_writer out;
    axdr_writer_init(&out, header, sizeof header, sizeof header);
    axdr_put_u8(&out, GET_RESPONSE);
    axdr_put_u8(&out, RESPONSE_BLOCK);
    axdr_put_u8(&out, id);
    axdr_put_u8(&out, last);
    axdr_put_u32(&out, t->block);
    axdr_put_u8(&out, CHOICE_DATA);
    axdr_put_length(&out, raw);
    service_answer(s, header, out.used, t->sent, raw);
    t->sent += raw;
    t->kind = last ? TRANSFER_NONE : TRANSFER_GET;
}

static void answer_long(struct cosem_server *s, uint8_t id, size_t used)
{
    struct cosem_transfer *t = &s->transfer;
    if (!association_may(&s->association, CONFORMANCE_BLOCK_GET)) {
        answer_result(s, id, RESULT_BLOCK_UNAVAILABLE);
        return;
    }
    t->block = 0;
    t->sent = t->list ? 0 : DATA_CHOICE_OCTETS;
    t->used = used;
    keep_items(t);
    answer_block(s, id);
}

/* Answers with the Get-Data-Results that `out` has begun with, at once if they fit. */
static void answer(struct cosem_server *s, uint8_t id, struct axdr_writer *out)
{
    struct cosem_transfer *t = &s->transfer;
    if (!finished(t)) {
        (void)produce(s, out); /* an error comes only of a value that was sent in part */
    }
    if (finished(t) && out->used <= out->limit) {
        const uint8_t header[] = { GET_RESPONSE, t->list ? RESPONSE_LIST : RESPONSE_NORMAL, id };
        service_answer(s, header, sizeof header, 0, out->used);
    } else {
        answer_long(s, id, out->used);
    }
}

static void begin_answer(struct cosem_server *s, struct axdr_writer *out)
{
    size_t most = s->association.pdu - (size_t)RESPONSE_HEADER;
    axdr_writer_init(out, s->response + COSEM_VALUE_AT, COSEM_VALUE_MAX, most);
}

/* As a list of one, but its descriptor is read once: this is what clients do most. */
static void get_one(struct cosem_server *s, uint8_t id, struct axdr_reader *in)
{
    struct cosem_transfer *t = &s->transfer;
    struct service_descriptor d;
    t->items = *in;
    service_next(in, SERVICE_GET, &d);
    if (axdr_failed(in) || axdr_left(in) > 0 || !association_may(&s->association, service_needed(SERVICE_GET, &d))) {
        service_exception(s, ERROR_SERVICE_NOT_SUPPORTED);
        return;
    }
    t->list = false;
    t->items_left = 0;
    struct axdr_writer out;
    begin_answer(s, &out);
    begin_item(s, &d, &out);
    answer(s, id, &out);
}

static void get_list(struct cosem_server *s, uint8_t id, struct axdr_reader *in)
{
    struct cosem_transfer *t = &s->transfer;
    uint32_t needed;
    size_t count = service_descriptors(in, SERVICE_GET, true, &t->items, &needed);
    if (axdr_failed(in) || axdr_left(in) > 0 || !association_may(&s->association, needed)) {
        service_exception(s, ERROR_SERVICE_NOT_SUPPORTED);
        return;
    }
    t->list = true;
    t->items_left = count;
    t->object = NULL;
    struct axdr_writer out;
    begin_answer(s, &out);
    axdr_put_length(&out, count);
    answer(s, id, &out);
}

static void get_next(struct cosem_server *s, uint8_t id, struct axdr_reader *in, enum cosem_transfer_kind running)
{
    uint32_t number = axdr_get_u32(in);
    if (axdr_failed(in) || axdr_left(in) > 0 || !association_may(&s->association, CONFORMANCE_BLOCK_GET)) {
        service_exception(s, ERROR_SERVICE_NOT_SUPPORTED);
    } else if (running != TRANSFER_GET) {
        answer_block_result(s, id, number, RESULT_NO_LONG_GET);
    } else if (number != s->transfer.block) {
        answer_block_result(s, id, number, RESULT_BLOCK_NUMBER_INVALID);
    } else {
        answer_block(s, id);
    }
}

void service_get(struct cosem_server *s, uint8_t type, uint8_t id, struct axdr_reader *in,
                 enum cosem_transfer_kind running)
{
    if (type == NORMAL) {
        get_one(s, id, in);
    } else if (type == WITH_LIST) {
        get_list(s, id, in);
    } else if (type == NEXT) {
        get_next(s, id, in, running);
    } else {
        service_exception(s, ERROR_SERVICE_NOT_SUPPORTED);
    }
}
