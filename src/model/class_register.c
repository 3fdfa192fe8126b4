/* Register, class_id 3, version 0. Nobody may reset one: object-model.md 1.4. */
#include "model/model.h"

enum { VALUE = 2, SCALER_UNIT = 3 };

static enum status get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out)
{
    if (attribute == VALUE) {
        model_put_shown(out, r->device, o);
    } else {
        model_put_scaler_unit(out, (enum quantity)o->shows);
    }
    return STATUS_OK;
}

static enum status set_reference_voltage(struct meter *m, int64_t voltage_v)
{
    if (voltage_v < REFERENCE_VOLTAGE_MIN_V || voltage_v > REFERENCE_VOLTAGE_MAX_V) {
        return STATUS_RANGE;
    }
    m->reference_voltage_v = (uint16_t)voltage_v;
    return STATUS_OK;
}

static enum status set(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute, struct axdr_reader *in)
{
    struct meter *m = r->device;
    if (model_already(r, o, attribute, in)) {
        return STATUS_OK;
    }
    int64_t value = axdr_get_number(in, (enum axdr_tag)quantity_forms[o->shows].type);
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    if (o->shows == QUANTITY_REFERENCE_VOLTAGE) {
        return set_reference_voltage(m, value);
    }
    if (o->shows == QUANTITY_DEMAND_PERIOD) {
        return meter_configure_demands(m, (uint32_t)value, m->demands[0].periods);
    }
    if (o->shows == QUANTITY_BILLING_LOCKOUT) {
        return setting_set_number(m, SETTING_BILLING_LOCKOUT, value);
    }
    return STATUS_DENIED;
}

const struct cosem_class class_register = {
    .id = 3,
    .version = 0,
    .attributes = 3,
    .methods = 1,
    .name = "Register",
    .get = get,
    .set = set,
};
