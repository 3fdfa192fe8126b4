/* Register, class_id 3, version 0. Nobody may reset one: object-model.md 1.4. */
#include "model/model.h"

enum { VALUE = 2, SCALER_UNIT = 3 };

static enum status get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out)
{
    const struct quantity_form *form = &quantity_forms[o->shows];
    if (attribute == VALUE) {
        axdr_number(out, (enum axdr_tag)form->type, meter_quantity(r->device, (enum quantity)o->shows));
    } else {
        axdr_structure(out, 2);
        axdr_number(out, AXDR_INTEGER, form->scaler);
        axdr_number(out, AXDR_ENUM, form->unit);
    }
    return STATUS_OK;
}

static enum status set(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute, struct axdr_reader *in)
{
    struct meter *m = r->device;
    if (o->shows != QUANTITY_REFERENCE_VOLTAGE || attribute != VALUE) {
        return STATUS_DENIED;
    }
    if (model_already(r, o, attribute, in)) {
        return STATUS_OK;
    }
    int64_t voltage_v = axdr_get_number(in, (enum axdr_tag)quantity_forms[o->shows].type);
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    if (voltage_v < REFERENCE_VOLTAGE_MIN_V || voltage_v > REFERENCE_VOLTAGE_MAX_V) {
        return STATUS_RANGE;
    }
    m->reference_voltage_v = (uint16_t)voltage_v;
    return STATUS_OK;
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
