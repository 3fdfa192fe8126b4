/* Data, class_id 1, version 0. */
#include <assert.h>
#include <string.h>

#include "model/model.h"

static void put_text(struct axdr_writer *out, const char *text)
{
    axdr_octet_string(out, (const uint8_t *)text, strlen(text));
}

static void put_count(struct axdr_writer *out, uint32_t count)
{
    axdr_number(out, AXDR_DOUBLE_LONG_UNSIGNED, count);
}

static void put_octet(struct axdr_writer *out, uint8_t octet)
{
    axdr_number(out, AXDR_UNSIGNED, octet);
}

/* Octets of a date-time. */
static void put_part(struct axdr_writer *out, struct calendar_time t, size_t first, size_t size)
{
    uint8_t octets[CALENDAR_OCTETS];
    calendar_encode(&t, octets);
    axdr_octet_string(out, octets + first, size);
}

/* In local time; not specified if it has not come yet (0). */
static struct calendar_time instant(const struct meter *m, int64_t utc_s)
{
    return utc_s == 0 ? calendar_unspecified : clock_local(&m->clock, utc_s, 0);
}

static void put_instant(struct axdr_writer *out, const struct meter *m, int64_t utc_s)
{
    put_part(out, instant(m, utc_s), 0, CALENDAR_OCTETS);
}

static const struct event_log *log_of(const struct meter *m, enum event_log_kind kind)
{
    return &m->events.logs[kind];
}

static void put_mask(struct axdr_writer *out, const struct event_log *log)
{
    axdr_bit_string(out, log->mask.octets, EVENT_CODES);
}

static enum status get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out)
{
    const struct meter *m = r->device;
    (void)attribute; /* there is but one */
#define DATA(name, put)                                                                                                \
    case DATA_##name:                                                                                                  \
        (put);                                                                                                         \
        break;
    switch ((enum model_data)o->shows) {
#include "model/data.def"
    }
#undef DATA
    return STATUS_OK;
}

static enum status set_octets(struct meter *m, enum setting setting, struct axdr_reader *in)
{
    size_t size = 0;
    const uint8_t *octets = axdr_get_octet_string(in, &size);
    return axdr_failed(in) ? axdr_status(in) : setting_set_octets(m, setting, octets, size);
}

static enum status set_battery_installed(struct meter *m, struct axdr_reader *in)
{
    struct calendar_time t;
    enum status status = model_get_date_time(in, &t);
    return status == STATUS_OK ? supply_replace_battery(m, &t) : status;
}

static enum status set_boolean(struct meter *m, enum setting setting, struct axdr_reader *in)
{
    bool value = axdr_get_boolean(in);
    return axdr_failed(in) ? axdr_status(in) : setting_set_number(m, setting, value);
}

/* All the bits of a mask. Two octets of length would be for more bits than there are. */
static enum status set_mask(struct meter *m, enum setting setting, struct axdr_reader *in)
{
    if (axdr_peek(in) != AXDR_BIT_STRING) {
        return STATUS_TYPE;
    }
    (void)axdr_get_u8(in);
    size_t bits = axdr_get_length(in);
    const uint8_t *octets = bits == EVENT_CODES ? axdr_get_octets(in, EVENT_MASK_OCTETS) : NULL;
    return octets == NULL ? STATUS_RANGE : setting_set_octets(m, setting, octets, EVENT_MASK_OCTETS);
}

/* The registers take what is there already too: nothing is cleared then, and it is no change. */
static enum status set_alarm(struct cosem_request *r, uint16_t shown, struct axdr_reader *in)
{
    uint32_t written = (uint32_t)axdr_get_number(in, AXDR_DOUBLE_LONG_UNSIGNED);
    r->unchanged = shown != DATA_ALARM_FILTER_1 && shown != DATA_ALARM_FILTER_2; /* an acknowledgement, no parameter */
    return axdr_failed(in) ? axdr_status(in)
                           : event_set_alarm(r->device, (enum alarm_word)(shown - DATA_ALARM_REGISTER_1), written);
}

static_assert(DATA_ERROR_REGISTER - DATA_ALARM_REGISTER_1 == ALARM_ERROR_REGISTER, "alarms are in the same order");
static_assert(DATA_ALARM_MASK - DATA_STANDARD_MASK == SETTING_ALARM_MASK - SETTING_STANDARD_MASK, "masks too");

static enum status set(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute, struct axdr_reader *in)
{
    struct meter *m = r->device;
    if (model_already(r, o, attribute, in)) {
        return STATUS_OK;
    }
    if (o->shows >= DATA_ALARM_REGISTER_1 && o->shows <= DATA_ERROR_REGISTER) {
        return set_alarm(r, o->shows, in);
    }
    if (o->shows >= DATA_STANDARD_MASK && o->shows <= DATA_ALARM_MASK) {
        return set_mask(m, (enum setting)(SETTING_STANDARD_MASK + o->shows - DATA_STANDARD_MASK), in);
    }
    switch (o->shows) {
    case DATA_UTILITY_ID:
        return set_octets(m, SETTING_UTILITY_ID, in);
    case DATA_METERING_POINT:
        return set_octets(m, SETTING_METERING_POINT, in);
    case DATA_BILLING_BUTTON:
        return set_boolean(m, SETTING_BILLING_BUTTON, in);
    case DATA_BATTERY_INSTALLED:
        return set_battery_installed(m, in);
    default:
        return STATUS_DENIED;
    }
}

const struct cosem_class class_data = {
    .id = 1,
    .version = 0,
    .attributes = 2,
    .methods = 0,
    .name = "Data",
    .get = get,
    .set = set,
    .capturable = 1u << 2,
};
