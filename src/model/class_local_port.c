/* IEC local port setup, class_id 19, version 1. The passwords are told to nobody. */
#include <string.h>

#include "model/model.h"

enum {
    DEFAULT_MODE = 2,
    DEFAULT_BAUD = 3,
    PROP_BAUD = 4,
    RESPONSE_TIME = 5,
    DEVICE_ADDR = 6,
    PASS_P1 = 7,
    PASS_P2 = 8,
    PASS_W5 = 9
};

enum { RESPONSE_200_MS = 1 };

/* By attribute. The optical port is the only one that has them. */
static const uint16_t settings[] = {
    [DEFAULT_MODE] = SETTING_OPTICAL_DIRECT,
    [DEFAULT_BAUD] = SETTING_OPTICAL_OPENING_SPEED,
    [PROP_BAUD] = SETTING_OPTICAL_OFFERED_SPEED,
    [RESPONSE_TIME] = SETTING_OPTICAL_FAST,
    [DEVICE_ADDR] = SETTING_OPTICAL_DEVICE_ADDRESS,
    [PASS_P1] = SETTING_OPTICAL_P1,
    [PASS_P2] = SETTING_OPTICAL_P2,
    [PASS_W5] = SETTING_OPTICAL_W5,
};

/* response_time is 0 for the fast one. */
static int64_t shown(uint8_t attribute, int64_t number)
{
    return attribute == RESPONSE_TIME ? RESPONSE_200_MS - number : number;
}

static enum status get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out)
{
    const struct meter *m = r->device;
    const struct local_port_settings *p = &m->ports.local[o->shows];
    if (attribute >= PASS_P1) {
        return STATUS_DENIED;
    }
    if (attribute == DEVICE_ADDR) {
        axdr_octet_string(out, (const uint8_t *)p->device_address, p->device_address_size);
    } else {
        axdr_number(out, AXDR_ENUM, shown(attribute, setting_number(m, (enum setting)settings[attribute])));
    }
    return STATUS_OK;
}

static bool is_address_character(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == ' ';
}

/* What a data set of IEC 62056-21 can carry. */
static bool is_value_character(uint8_t c)
{
    return c >= ' ' && c <= '~' && c != '(' && c != ')' && c != '*' && c != '/' && c != '!';
}

/* An octet-string of characters of one kind. */
static enum status set_text(struct meter *m, struct axdr_reader *in, bool (*allowed)(uint8_t c), enum setting setting)
{
    size_t size = 0;
    const uint8_t *text = axdr_get_octet_string(in, &size);
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    for (size_t i = 0; i < size; i++) {
        if (!allowed(text[i])) {
            return STATUS_RANGE;
        }
    }
    return setting_set_octets(m, setting, text, size);
}

/* model_already cannot tell of a password. */
static bool is_password(const struct port_password *p, const struct axdr_reader *in)
{
    struct axdr_reader copy = *in;
    size_t size = 0;
    const uint8_t *text = axdr_get_octet_string(&copy, &size);
    return !axdr_failed(&copy) && size == p->size && memcmp(text, p->text, size) == 0;
}

static enum status set(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute, struct axdr_reader *in)
{
    struct meter *m = r->device;
    enum setting setting = (enum setting)settings[attribute];
    if (model_already(r, o, attribute, in)) {
        return STATUS_OK;
    }
    if (attribute >= PASS_P1) {
        r->unchanged = is_password(&m->ports.local[o->shows].passwords[attribute - PASS_P1], in);
        return set_text(m, in, is_value_character, setting);
    }
    if (attribute == DEVICE_ADDR) {
        return set_text(m, in, is_address_character, setting);
    }
    int64_t value = axdr_get_number(in, AXDR_ENUM);
    return axdr_failed(in) ? axdr_status(in) : setting_set_number(m, setting, shown(attribute, value));
}

const struct cosem_class class_local_port = {
    .id = 19,
    .version = 1,
    .attributes = 9,
    .methods = 0,
    .name = "IEC local port setup",
    .get = get,
    .set = set,
};
