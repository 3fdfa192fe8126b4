/* Extended register, class_id 4, version 0: the maximum of a demand, now or at the last billing. A reset of one is an
 * MD reset of it alone. */
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
    const struct demand_average *maximum =
        model_is_billed(o) ? &m->billing.last.maxima[kind_of(o)] : &m->demands[kind_of(o)].maximum;
    switch (attribute) {
    case VALUE:
        model_put_shown(out, m, o);
        break;
    case SCALER_UNIT:
        model_put_scaler_unit(out, (enum quantity)o->shows);
        break;
    case STATUS:
        axdr_number(out, AXDR_UNSIGNED, maximum->status);
        break;
    case CAPTURE_TIME:
        model_put_capture_time(out, m, maximum);
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
    .capturable = 1u << VALUE | 1u << CAPTURE_TIME,
};
