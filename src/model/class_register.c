/* Register, class_id 3, version 0. Nobody may reset one: object-model.md 1.4. */
#include "meter/demands.h"
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

/* Quantities that are a setting of the same name. */
#define SETTABLE(name)                                                                                                 \
    {                                                                                                                  \
        QUANTITY_##name, SETTING_##name                                                                                \
    }
static const struct settable {
    uint16_t quantity; /* enum quantity */
    uint16_t setting;  /* enum setting */
} settables[] = {
    SETTABLE(REFERENCE_VOLTAGE),     SETTABLE(CLOCK_JUMP_LIMIT),      SETTABLE(LONG_FAILURE),
    SETTABLE(BATTERY_LOW),           SETTABLE(UNDER_VOLTAGE_LIMIT),   SETTABLE(UNDER_VOLTAGE_DELAY),
    SETTABLE(OVER_VOLTAGE_LIMIT),    SETTABLE(OVER_VOLTAGE_DELAY),    SETTABLE(MISSING_VOLTAGE_LIMIT),
    SETTABLE(MISSING_VOLTAGE_DELAY), SETTABLE(OVER_CURRENT_LIMIT),    SETTABLE(OVER_CURRENT_DELAY),
    SETTABLE(REVERSE_POWER_LIMIT),   SETTABLE(REVERSE_POWER_DELAY),   SETTABLE(POWER_FACTOR_LIMIT),
    SETTABLE(POWER_FACTOR_DELAY),    SETTABLE(OVER_POWER_LIMIT),      SETTABLE(OVER_POWER_DELAY),
    SETTABLE(UNDER_FREQUENCY_LIMIT), SETTABLE(UNDER_FREQUENCY_DELAY), SETTABLE(OVER_FREQUENCY_LIMIT),
    SETTABLE(OVER_FREQUENCY_DELAY),  SETTABLE(IMBALANCE_LIMIT),       SETTABLE(IMBALANCE_DELAY),
    SETTABLE(VOLTAGE_HYSTERESIS),    SETTABLE(RESTORE_DELAY),         SETTABLE(BILLING_LOCKOUT),
};
#undef SETTABLE

static enum status set_setting(struct meter *m, uint16_t quantity, int64_t value)
{
    for (size_t i = 0; i < sizeof settables / sizeof settables[0]; i++) {
        if (settables[i].quantity == quantity) {
            return setting_set_number(m, (enum setting)settables[i].setting, value);
        }
    }
    return STATUS_DENIED;
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
    return o->shows == QUANTITY_DEMAND_PERIOD ? meter_set_demand_period(m, (uint32_t)value)
                                              : set_setting(m, o->shows, value);
}

const struct cosem_class class_register = {
    .id = 3,
    .version = 0,
    .attributes = 3,
    .methods = 1,
    .name = "Register",
    .get = get,
    .set = set,
    .capturable = 1u << VALUE,
};
