/* Extended register, class_id 4, version 0: the maximum of a demand. A reset of one is an MD reset of it alone. */
#include "model/model.h"

enum { VALUE = 2, SCALER_UNIT = 3, STATUS = 4, CAPTURE_TIME = 5 };

static struct demand *demand_of(const struct cosem_request *r, const struct cosem_object *o)
{
    struct meter *m = r->device;
    return &m->demands[o->shows - QUANTITY_MAXIMUM_DEMAND_ACTIVE_IMPORT];
}

static enum status get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out)
{
    const struct demand_average *maximum = &demand_of(r, o)->maximum;
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
    if (status == STATUS_OK) {
        demand_reset_maximum(demand_of(r, o));
    }
    return status;
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
