#include "cosem/service.h"

enum service_result service_data_access_result(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return RESULT_SUCCESS;
    case STATUS_FAILED:
        return RESULT_HARDWARE_FAULT;
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
    /* class-id 2, instance-id 6, attribute-id or method-id 1, for an attribute whether there is a selection 1 */
    const uint8_t *octets = axdr_get_octets(in, kind == SERVICE_ACTION ? 9 : 10);
    d->selected = false;
    d->index = 1;
    if (octets == NULL) {
        return;
    }
    d->class_id = (uint16_t)(octets[0] << 8 | octets[1]);
    d->obis = octets + 2;
    d->index = octets[8];
    d->selected = kind != SERVICE_ACTION && octets[9] != 0;
    if (d->selected) {
        d->selector.kind = axdr_get_u8(in);
        size_t from = in->at;
        axdr_skip(in);
        d->selector.data = in->data + from;
        d->selector.size = in->at - from;
    }
}

size_t service_descriptors(struct axdr_reader *in, enum service_kind kind, bool list, struct axdr_reader *span,
                           uint32_t *needed)
{
    size_t count = list ? axdr_get_length(in) : 1;
    size_t from = in->at;
    *needed = list ? (uint32_t)CONFORMANCE_MULTIPLE_REFERENCES : 0;
    for (size_t i = 0; i < count && !axdr_failed(in); i++) {
        struct service_descriptor d;
        service_next(in, kind, &d);
        *needed |= service_needed(kind, &d);
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

/* Answers -------------------------------------------------------------------- */

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

void service_keep(struct cosem_server *s, bool list, size_t count, const struct axdr_reader *descriptors)
{
    struct cosem_transfer *t = &s->transfer;
    t->list = list;
    t->block = 0;
    t->count = count;
    t->descriptors = descriptors->size;
    t->kept_used = descriptors->size;
    memcpy(t->kept, descriptors->data, descriptors->size);
}

enum status service_take(struct cosem_server *s, enum cosem_transfer_kind running, const struct service_block *b)
{
    struct cosem_transfer *t = &s->transfer;
    if (b->number != t->block + 1) {
        return STATUS_RANGE;
    }
    if (b->size > sizeof t->kept - t->kept_used) {
        return STATUS_SPACE;
    }
    memcpy(t->kept + t->kept_used, b->octets, b->size);
    t->kept_used += b->size;
    t->block = b->number;
    t->kind = b->last ? TRANSFER_NONE : running;
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
