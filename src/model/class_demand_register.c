/* Demand register, class_id 5, version 0. Period and number of periods are one setting of all of them: object-model.md
 * 1.6; the methods act on the one that is called. */
#include "meter/demands.h"
#include "model/model.h"

enum {
    CURRENT_AVERAGE = 2,
    LAST_AVERAGE = 3,
    SCALER_UNIT = 4,
    STATUS = 5,
    CAPTURE_TIME = 6,
    START_TIME = 7,
    PERIOD = 8,
    NUMBER_OF_PERIODS = 9
};

enum { RESET = 1, NEXT_PERIOD = 2 };

static enum demand_kind demand_of(const struct cosem_object *o)
{
    return (enum demand_kind)(o->shows - QUANTITY_CURRENT_DEMAND_ACTIVE_IMPORT);
}

static void put_start_time(struct axdr_writer *out, const struct meter *m, const struct demand *d)
{
    struct calendar_time t = clock_local(&m->clock, demand_start_s(d), 0);
    model_put_date_time(out, &t);
}

static enum status get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out)
{
    const struct meter *m = r->device;
    const struct demand *d = &m->demands[demand_of(o)];
    switch (attribute) {
    case CURRENT_AVERAGE:
        model_put_quantity(out, m, (enum quantity)o->shows);
        break;
    case LAST_AVERAGE:
        axdr_number(out, AXDR_DOUBLE_LONG_UNSIGNED, d->last.value);
        break;
    case SCALER_UNIT:
        model_put_scaler_unit(out, (enum quantity)o->shows);
        break;
    case STATUS:
        axdr_number(out, AXDR_UNSIGNED, d->last.status);
        break;
    case CAPTURE_TIME:
        model_put_capture_time(out, m, &d->last);
        break;
    case START_TIME:
        put_start_time(out, m, d);
        break;
    case PERIOD:
        axdr_number(out, AXDR_DOUBLE_LONG_UNSIGNED, d->period_s);
        break;
    case NUMBER_OF_PERIODS:
        axdr_number(out, AXDR_LONG_UNSIGNED, d->periods);
        break;
    default:
        return STATUS_UNDEFINED;
    }
    return STATUS_OK;
}

static enum status set(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute, struct axdr_reader *in)
{
    struct meter *m = r->device;
    if (model_already(r, o, attribute, in)) {
        return STATUS_OK;
    }
    bool period = attribute == PERIOD;
    uint32_t value = (uint32_t)axdr_get_number(in, period ? AXDR_DOUBLE_LONG_UNSIGNED : AXDR_LONG_UNSIGNED);
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    return period ? meter_set_demand_period(m, value) : meter_set_demand_periods(m, value);
}

static enum status act(struct cosem_request *r, const struct cosem_object *o, uint8_t method, struct axdr_reader *in,
                       struct axdr_writer *out)
{
    struct meter *m = r->device;
    enum demand_kind kind = demand_of(o);
    void (*action)(struct demand * d, const struct clock *c, uint32_t milli) =
        method == RESET ? demand_reset : demand_next_period;
    enum status status = model_get_zero(in);
    (void)out;
    r->unchanged = true;
    if (status == STATUS_OK) {
        action(&m->demands[kind], &m->clock, meter_demand_milli(m, kind));
    }
    return status;
}

const struct cosem_class class_demand_register = {
    .id = 5,
    .version = 0,
    .attributes = 9,
    .methods = 2,
    .name = "Demand register",
    .get = get,
    .set = set,
    .act = act,
    .capturable = 1u << CURRENT_AVERAGE | 1u << LAST_AVERAGE | 1u << CAPTURE_TIME,
};
