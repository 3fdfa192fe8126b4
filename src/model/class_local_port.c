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

enum { MODE_SIGN_ON = 0, MODE_HDLC = 1 };
enum { RESPONSE_20_MS = 0, RESPONSE_200_MS = 1 };

static struct local_port_settings *settings_of(const struct cosem_request *r, const struct cosem_object *o)
{
    struct meter *m = r->device;
    return &m->ports.local[o->shows];
}

static enum status get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out)
{
    const struct local_port_settings *p = settings_of(r, o);
    switch (attribute) {
    case DEFAULT_MODE:
        axdr_number(out, AXDR_ENUM, p->direct ? MODE_HDLC : MODE_SIGN_ON);
        break;
    case DEFAULT_BAUD:
        axdr_number(out, AXDR_ENUM, p->opening_speed);
        break;
    case PROP_BAUD:
        axdr_number(out, AXDR_ENUM, p->offered_speed);
        break;
    case RESPONSE_TIME:
        axdr_number(out, AXDR_ENUM, p->fast ? RESPONSE_20_MS : RESPONSE_200_MS);
        break;
    case DEVICE_ADDR:
        axdr_octet_string(out, (const uint8_t *)p->device_address, p->device_address_size);
        break;
    default:
        return STATUS_DENIED;
    }
    return STATUS_OK;
}

static enum status get_enum(struct axdr_reader *in, uint8_t most, uint8_t *value)
{
    int64_t given = axdr_get_number(in, AXDR_ENUM);
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    if (given > most) {
        return STATUS_RANGE;
    }
    *value = (uint8_t)given;
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

/* An octet-string of up to `max` characters of one kind into its place. */
static enum status set_text(struct axdr_reader *in, bool (*allowed)(uint8_t c), char *text, size_t max, uint8_t *size)
{
    size_t given_size = 0;
    const uint8_t *given = axdr_get_octet_string(in, &given_size);
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    if (given_size > max) {
        return STATUS_RANGE;
    }
    for (size_t i = 0; i < given_size; i++) {
        if (!allowed(given[i])) {
            return STATUS_RANGE;
        }
    }
    memcpy(text, given, given_size);
    *size = (uint8_t)given_size;
    return STATUS_OK;
}

static enum status set_number(struct local_port_settings *p, uint8_t attribute, struct axdr_reader *in)
{
    static const uint8_t most[] = { [DEFAULT_MODE] = MODE_HDLC,
                                    [DEFAULT_BAUD] = PORT_SPEED_MAX,
                                    [PROP_BAUD] = PORT_SPEED_MAX,
                                    [RESPONSE_TIME] = RESPONSE_200_MS };
    uint8_t value = 0;
    enum status status = get_enum(in, most[attribute], &value);
    if (status != STATUS_OK) {
        return status;
    }
    switch (attribute) {
    case DEFAULT_MODE:
        p->direct = value == MODE_HDLC;
        break;
    case DEFAULT_BAUD:
        p->opening_speed = value;
        break;
    case PROP_BAUD:
        p->offered_speed = value;
        break;
    default:
        p->fast = value == RESPONSE_20_MS;
        break;
    }
    return STATUS_OK;
}

static enum status set_password(struct cosem_request *r, struct port_password *password, struct axdr_reader *in)
{
    struct port_password given = { 0 };
    enum status status = set_text(in, is_value_character, given.text, sizeof given.text, &given.size);
    if (status == STATUS_OK) {
        r->unchanged = given.size == password->size && memcmp(given.text, password->text, given.size) == 0;
        *password = given;
    }
    return status;
}

static enum status set(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute, struct axdr_reader *in)
{
    struct local_port_settings *p = settings_of(r, o);
    if (model_already(r, o, attribute, in)) {
        return STATUS_OK;
    }
    switch (attribute) {
    case DEVICE_ADDR:
        return set_text(in, is_address_character, p->device_address, sizeof p->device_address, &p->device_address_size);
    case PASS_P1:
        return set_password(r, &p->passwords[PORT_PASSWORD_P1], in);
    case PASS_P2:
        return set_password(r, &p->passwords[PORT_PASSWORD_P2], in);
    case PASS_W5:
        return set_password(r, &p->passwords[PORT_PASSWORD_W5], in);
    default:
        return set_number(p, attribute, in);
    }
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
