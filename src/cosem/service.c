#include "cosem/service.h"

#include <string.h>

enum service_result service_data_access_result(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return RESULT_SUCCESS;
    case STATUS_TYPE:
    case STATUS_MALFORMED:
        return RESULT_TYPE_UNMATCHED;
    case STATUS_DENIED:
        return RESULT_READ_WRITE_DENIED;
    case STATUS_UNDEFINED:
        return RESULT_OBJECT_UNDEFINED;
    case STATUS_BUSY:
        return RESULT_TEMPORARY_FAILURE;
    case STATUS_INCONSISTENT:
        return RESULT_CLASS_INCONSISTENT;
    case STATUS_RANGE:
    case STATUS_SPACE:
        break;
    }
    return RESULT_OTHER_REASON;
}

enum service_result service_action_result(enum status status)
{
    return service_data_access_result(status); /* the numbers are the same */
}

/* Descriptors and values ---------------------------------------------------- */

void service_next(struct axdr_reader *in, enum service_kind kind, struct service_descriptor *d)
{
    d->class_id = axdr_get_u16(in);
    d->obis = axdr_get_octets(in, 6);
    d->index = axdr_get_u8(in);
    d->selected = kind != SERVICE_ACTION && axdr_get_u8(in) != 0;
    if (d->selected) {
        d->selector.kind = axdr_get_u8(in);
        size_t from = in->at;
        axdr_skip(in);
        d->selector.data = in->data + from;
        d->selector.size = in->at - from;
    }
}

static uint32_t needed_for(enum service_kind kind, bool list)
{
    static const uint32_t service[] = {
        [SERVICE_GET] = CONFORMANCE_GET,
        [SERVICE_SET] = CONFORMANCE_SET,
        [SERVICE_ACTION] = CONFORMANCE_ACTION,
    };
    return service[kind] | (list ? (uint32_t)CONFORMANCE_MULTIPLE_REFERENCES : 0);
}

static uint32_t needed_by(enum service_kind kind, const struct service_descriptor *d)
{
    uint32_t needed = d->selected ? (uint32_t)CONFORMANCE_SELECTIVE_ACCESS : 0;
    if (d->index == 0 && kind != SERVICE_ACTION) {
        needed |= kind == SERVICE_GET ? CONFORMANCE_ATTRIBUTE_0_GET : CONFORMANCE_ATTRIBUTE_0_SET;
    }
    return needed;
}

size_t service_descriptors(struct axdr_reader *in, enum service_kind kind, bool list, struct axdr_reader *span,
                           uint32_t *needed)
{
    size_t count = list ? axdr_get_length(in) : 1;
    size_t from = in->at;
    *needed = needed_for(kind, list);
    for (size_t i = 0; i < count && !axdr_failed(in); i++) {
        struct service_descriptor d;
        service_next(in, kind, &d);
        *needed |= needed_by(kind, &d);
    }
    axdr_reader_init(span, in->data + from, in->at - from);
    return count;
}

void service_values(struct axdr_reader *in, bool list, size_t count, struct axdr_reader *span)
{
    if (list && axdr_get_length(in) != count) {
        in->malformed = true;
    }
    size_t from = in->at;
    for (size_t i = 0; i < count && !axdr_failed(in); i++) {
        axdr_skip(in);
    }
    if (axdr_left(in) > 0) {
        in->malformed = true;
    }
    axdr_reader_init(span, in->data + from, in->at - from);
}

struct axdr_reader service_next_value(struct axdr_reader *values)
{
    struct axdr_reader one;
    size_t from = values->at;
    axdr_skip(values);
    axdr_reader_init(&one, values->data + from, values->at - from);
    return one;
}

enum service_result service_find(const struct cosem_server *s, const struct service_descriptor *d,
                                 const struct cosem_object **o)
{
    *o = cosem_find(s->association.device->objects, d->obis);
    if (*o == NULL || !cosem_listed(*o, s->association.type->client)) {
        return RESULT_OBJECT_UNDEFINED;
    }
    return (*o)->ic->id == d->class_id ? RESULT_SUCCESS : RESULT_CLASS_INCONSISTENT;
}

struct cosem_request service_request(struct cosem_server *s)
{
    return (struct cosem_request){ .device = s->association.device->meter, .association = &s->association };
}

/* Answers -------------------------------------------------------------------- */

void service_answer(struct cosem_server *s, const uint8_t *header, size_t header_size, size_t at, size_t size)
{
    s->reply_at = COSEM_VALUE_AT + at - header_size;
    s->reply_size = header_size + size;
    memcpy(s->response + s->reply_at, header, header_size);
}

void service_exception(struct cosem_server *s, enum service_error error)
{
    const uint8_t apdu[] = { 0xd8, 1, (uint8_t)error };
    service_answer(s, apdu, sizeof apdu, 0, 0);
}

/* Blocks --------------------------------------------------------------------- */

void service_block(struct axdr_reader *in, struct service_block *b)
{
    b->last = axdr_get_u8(in) != 0;
    b->number = axdr_get_u32(in);
    b->size = axdr_get_length(in);
    b->octets = axdr_get_octets(in, b->size);
    if (axdr_left(in) > 0) {
        in->malformed = true;
    }
}

void service_keep(struct cosem_server *s, enum cosem_transfer_kind kind, bool list, size_t count,
                  const struct axdr_reader *descriptors)
{
    struct cosem_transfer *t = &s->transfer;
    t->kind = kind;
    t->list = list;
    t->block = 0;
    t->count = count;
    t->descriptors = descriptors->size;
    t->kept_used = descriptors->size;
    memcpy(t->kept, descriptors->data, descriptors->size);
}

enum status service_take(struct cosem_server *s, enum cosem_transfer_kind kind, const struct service_block *b)
{
    struct cosem_transfer *t = &s->transfer;
    enum status status = STATUS_OK;
    if (t->kind != kind) {
        status = STATUS_UNDEFINED;
    } else if (b->number != t->block + 1) {
        status = STATUS_RANGE;
    } else if (b->size > sizeof t->kept - t->kept_used) {
        status = STATUS_SPACE;
    }
    if (status != STATUS_OK) {
        t->kind = TRANSFER_NONE;
        return status;
    }
    memcpy(t->kept + t->kept_used, b->octets, b->size);
    t->kept_used += b->size;
    t->block = b->number;
    if (b->last) {
        t->kind = TRANSFER_NONE;
    }
    return STATUS_OK;
}

size_t service_raw_max(size_t pdu, size_t overhead)
{
    size_t room = pdu - overhead; /* for the length and the raw data */
    if (room - 1 <= 0x7f) {
        return room - 1;
    }
    return room - 2 <= 0xff ? room - 2 : room - 3;
}
