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

/* By attribute: its type, and its setting for each port. */
static const struct form {
    uint8_t tag;                        /* enum axdr_tag */
    uint16_t setting[BOARD_PORT_COUNT]; /* enum setting */
} forms[ATTRIBUTES + 1] = {
#define BOTH_PORTS(name)                                                                                               \
    {                                                                                                                  \
        SETTING_OPTICAL_##name, SETTING_BLUETOOTH_##name                                                               \
    }
    [COMM_SPEED] = { AXDR_ENUM, BOTH_PORTS(SPEED) },
    [WINDOW_SIZE_TRANSMIT] = { AXDR_UNSIGNED, BOTH_PORTS(WINDOW_TRANSMIT) },
    [WINDOW_SIZE_RECEIVE] = { AXDR_UNSIGNED, BOTH_PORTS(WINDOW_RECEIVE) },
    [MAX_INFO_FIELD_LENGTH_TRANSMIT] = { AXDR_LONG_UNSIGNED, BOTH_PORTS(INFORMATION_TRANSMIT) },
    [MAX_INFO_FIELD_LENGTH_RECEIVE] = { AXDR_LONG_UNSIGNED, BOTH_PORTS(INFORMATION_RECEIVE) },
    [INTER_OCTET_TIME_OUT] = { AXDR_LONG_UNSIGNED, BOTH_PORTS(INTER_OCTET) },
    [INACTIVITY_TIME_OUT] = { AXDR_LONG_UNSIGNED, BOTH_PORTS(INACTIVITY) },
    [DEVICE_ADDRESS] = { AXDR_LONG_UNSIGNED, BOTH_PORTS(DEVICE_ADDRESS_HDLC) },
#undef BOTH_PORTS
};

static enum status get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out)
{
    const struct form *form = &forms[attribute];
    axdr_number(out, (enum axdr_tag)form->tag, setting_number(r->device, (enum setting)form->setting[o->shows]));
    return STATUS_OK;
}

static enum status set(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute, struct axdr_reader *in)
{
    const struct form *form = &forms[attribute];
    enum setting setting = (enum setting)form->setting[o->shows];
    int64_t value = axdr_get_number(in, (enum axdr_tag)form->tag);
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    r->unchanged = value == setting_number(r->device, setting);
    return setting_set_number(r->device, setting, value);
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
