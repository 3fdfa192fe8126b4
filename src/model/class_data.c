/* Data, class_id 1, version 0. */
#include <string.h>

#include "model/model.h"

static void put_text(struct axdr_writer *out, const char *text)
{
    axdr_octet_string(out, (const uint8_t *)text, strlen(text));
}

static void put_configuration_date(const struct meter *m, struct axdr_writer *out)
{
    struct calendar_time t = calendar_unspecified;
    if (m->configuration_changes > 0) {
        t = clock_local(&m->clock, m->configuration_changed_s, 0);
    }
    model_put_date_time(out, &t);
}

static void put_part_of_now(const struct meter *m, size_t first, size_t size, struct axdr_writer *out)
{
    uint8_t octets[CALENDAR_OCTETS];
    struct calendar_time t = clock_now(&m->clock);
    calendar_encode(&t, octets);
    axdr_octet_string(out, octets + first, size);
}

static void put_value(const struct meter *m, enum model_data shown, struct axdr_writer *out)
{
    switch (shown) {
    case DATA_DEVICE_NAME:
        put_text(out, m->logical_device_name);
        break;
    case DATA_SERIAL_NUMBER:
        put_text(out, m->identity.serial_number);
        break;
    case DATA_UTILITY_ID:
        axdr_octet_string(out, m->utility_id.octets, m->utility_id.size);
        break;
    case DATA_METERING_POINT:
        axdr_octet_string(out, m->metering_point.octets, m->metering_point.size);
        break;
    case DATA_METER_TYPE:
        put_text(out, IDENTITY_METER_TYPE);
        break;
    case DATA_HARDWARE_VERSION:
        put_text(out, IDENTITY_HARDWARE_VERSION);
        break;
    case DATA_MANUFACTURE_YEAR:
        axdr_number(out, AXDR_LONG_UNSIGNED, m->identity.manufacture_year);
        break;
    case DATA_FIRMWARE_ID:
        put_text(out, meter_firmware_id);
        break;
    case DATA_FIRMWARE_SIGNATURE:
        axdr_octet_string(out, m->identity.firmware_signature, sizeof m->identity.firmware_signature);
        break;
    case DATA_PARAMETER_RECORD:
        put_text(out, IDENTITY_PARAMETER_RECORD);
        break;
    case DATA_CONFIGURATION_CHANGES:
        axdr_number(out, AXDR_DOUBLE_LONG_UNSIGNED, m->configuration_changes);
        break;
    case DATA_CONFIGURATION_DATE:
        put_configuration_date(m, out);
        break;
    case DATA_LOCAL_TIME:
        put_part_of_now(m, CALENDAR_DATE_OCTETS, CALENDAR_TIME_OCTETS, out);
        break;
    case DATA_LOCAL_DATE:
        put_part_of_now(m, 0, CALENDAR_DATE_OCTETS, out);
        break;
    case DATA_QUADRANT:
        model_put_quantity(out, m, QUANTITY_QUADRANT);
        break;
    }
}

static enum status get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out)
{
    (void)attribute; /* there is but one */
    put_value(r->device, (enum model_data)o->shows, out);
    return STATUS_OK;
}

/* An octet-string of up to `max` octets into its place. */
static enum status set_octets(struct axdr_reader *in, uint8_t *octets, uint8_t *size, size_t max)
{
    size_t given_size = 0;
    const uint8_t *given = axdr_get_octet_string(in, &given_size);
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    if (given_size > max) {
        return STATUS_RANGE;
    }
    memcpy(octets, given, given_size);
    *size = (uint8_t)given_size;
    return STATUS_OK;
}

static enum status set(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute, struct axdr_reader *in)
{
    struct meter *m = r->device;
    if (model_already(r, o, attribute, in)) {
        return STATUS_OK;
    }
    if (o->shows == DATA_UTILITY_ID) {
        return set_octets(in, m->utility_id.octets, &m->utility_id.size, sizeof m->utility_id.octets);
    }
    if (o->shows == DATA_METERING_POINT) {
        return set_octets(in, m->metering_point.octets, &m->metering_point.size, sizeof m->metering_point.octets);
    }
    return STATUS_DENIED;
}

const struct cosem_class class_data = {
    .id = 1,
    .version = 0,
    .attributes = 2,
    .methods = 0,
    .name = "Data",
    .get = get,
    .set = set,
};
