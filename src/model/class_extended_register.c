/* Extended register, class_id 4, version 0: the maximum of a demand. A reset of one is an MD reset of it alone. */
#include "meter/demands.h"
#include "model/model.h"

enum { VALUE = 2, SCALER_UNIT = 3, STATUS = 4, CAPTURE_TIME = 5 };

static enum demand_kind kind_of(const struct cosem_object *o)
{
    return (enum demand_kind)(o->shows - QUANTITY_MAXIMUM_DEMAND_ACTIVE_IMPORT);
}

static enum status get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out)
{
    const struct meter *m = r->device;
    const struct demand_average *maximum = &m->demands[kind_of(o)].maximum;
    switch (attribute) {
    case VALUE:
        model_put_quantity(out, r->device, (enum quantity)o->shows);
        break;
    case SCALER_UNIT:
        model_put_scaler_unit(out, (enum quantity)o->shows);
        break;
    case STATUS:
        axdr_number(out, AXDR_UNSIGNED, maximum->status);
        break;
    case CAPTURE_TIME:
        model_put_capture_time(out, r->device, maximum);
        break;
    default:
        return STATUS_UNDEFINED;
    }
    return STATUS_OK;
}

static enum status act(struct cosem_request *r, const struct cosem_object *o, uint8_t method, struct axdr_reader *in,
                       struct axdr_writer *out)
{
    enum status status = model_get_zero(in);
    (void)method; /* there is but one: reset */
    (void)out;
    r->unchanged = true;
    return status == STATUS_OK ? meter_reset_maximum(r->device, kind_of(o)) : status;
}

const struct cosem_class class_extended_register = {
    .id = 4,
    .version = 0,
    .attributes = 5,
    .methods = 1,
    .name = "Extended register",
    .get = get,
    .act = act,
};
