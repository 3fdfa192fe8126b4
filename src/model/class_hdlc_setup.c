/* IEC HDLC setup, class_id 23, version 1. The windows and information fields are the most that is offered at SNRM. */
#include "model/model.h"

enum {
    COMM_SPEED = 2,
    WINDOW_SIZE_TRANSMIT = 3,
    WINDOW_SIZE_RECEIVE = 4,
    MAX_INFO_FIELD_LENGTH_TRANSMIT = 5,
    MAX_INFO_FIELD_LENGTH_RECEIVE = 6,
    INTER_OCTET_TIME_OUT = 7,
    INACTIVITY_TIME_OUT = 8,
    DEVICE_ADDRESS = 9,
    ATTRIBUTES = 9
};

/* By attribute. */
static const struct form {
    enum axdr_tag tag;
    uint16_t least;
    uint16_t most;
} forms[ATTRIBUTES + 1] = {
    [COMM_SPEED] = { AXDR_ENUM, 0, PORT_SPEED_MAX },
    [WINDOW_SIZE_TRANSMIT] = { AXDR_UNSIGNED, 1, HDLC_WINDOW_MAX },
    [WINDOW_SIZE_RECEIVE] = { AXDR_UNSIGNED, 1, HDLC_WINDOW_MAX },
    [MAX_INFO_FIELD_LENGTH_TRANSMIT] = { AXDR_LONG_UNSIGNED, HDLC_INFORMATION_MIN, HDLC_INFORMATION_MAX },
    [MAX_INFO_FIELD_LENGTH_RECEIVE] = { AXDR_LONG_UNSIGNED, HDLC_INFORMATION_MIN, HDLC_INFORMATION_MAX },
    [INTER_OCTET_TIME_OUT] = { AXDR_LONG_UNSIGNED, 20, 6000 },
    [INACTIVITY_TIME_OUT] = { AXDR_LONG_UNSIGNED, 0, UINT16_MAX },
    [DEVICE_ADDRESS] = { AXDR_LONG_UNSIGNED, 16, 16381 },
};

static uint16_t value_of(const struct ports *p, enum board_port port, uint8_t attribute)
{
    const struct hdlc_settings *h = &p->hdlc[port];
    switch (attribute) {
    case COMM_SPEED:
        return p->local[port].direct_speed;
    case WINDOW_SIZE_TRANSMIT:
        return h->window_transmit;
    case WINDOW_SIZE_RECEIVE:
        return h->window_receive;
    case MAX_INFO_FIELD_LENGTH_TRANSMIT:
        return h->information_transmit;
    case MAX_INFO_FIELD_LENGTH_RECEIVE:
        return h->information_receive;
    case INTER_OCTET_TIME_OUT:
        return h->inter_octet_ms;
    case INACTIVITY_TIME_OUT:
        return h->inactivity_s;
    default:
        return h->device_address;
    }
}

static void change(struct ports *p, enum board_port port, uint8_t attribute, uint16_t value)
{
    struct hdlc_settings *h = &p->hdlc[port];
    switch (attribute) {
    case COMM_SPEED:
        p->local[port].direct_speed = (uint8_t)value;
        break;
    case WINDOW_SIZE_TRANSMIT:
        h->window_transmit = (uint8_t)value;
        break;
    case WINDOW_SIZE_RECEIVE:
        h->window_receive = (uint8_t)value;
        break;
    case MAX_INFO_FIELD_LENGTH_TRANSMIT:
        h->information_transmit = value;
        break;
    case MAX_INFO_FIELD_LENGTH_RECEIVE:
        h->information_receive = value;
        break;
    case INTER_OCTET_TIME_OUT:
        h->inter_octet_ms = value;
        break;
    case INACTIVITY_TIME_OUT:
        h->inactivity_s = value;
        break;
    default:
        h->device_address = value;
        break;
    }
}

static enum status get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out)
{
    const struct meter *m = r->device;
    axdr_number(out, forms[attribute].tag, value_of(&m->ports, (enum board_port)o->shows, attribute));
    return STATUS_OK;
}

static enum status set(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute, struct axdr_reader *in)
{
    struct meter *m = r->device;
    enum board_port port = (enum board_port)o->shows;
    int64_t value = axdr_get_number(in, forms[attribute].tag);
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    if (value < forms[attribute].least || value > forms[attribute].most) {
        return STATUS_RANGE;
    }
    r->unchanged = value == value_of(&m->ports, port, attribute);
    change(&m->ports, port, attribute, (uint16_t)value);
    return STATUS_OK;
}

const struct cosem_class class_hdlc_setup = {
    .id = 23,
    .version = 1,
    .attributes = ATTRIBUTES,
    .methods = 0,
    .name = "IEC HDLC setup",
    .get = get,
    .set = set,
};
