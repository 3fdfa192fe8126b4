#include "meter/quantity.h"

#include "config.h"
#include "meter/demands.h"

/* Registers roll over together, on the wire and on the display: decision 9. */
#define ENERGY_END INT64_C(1000000000)

#define POWER_FACTOR_ONE 1000

#define QUANTITY(name, type, scaler, unit, value) { QUANTITY_##type, scaler, UNIT_##unit },
const struct quantity_form quantity_forms[QUANTITY_COUNT] = {
#include "meter/quantity.def"
};
#undef QUANTITY

static int64_t clamped(int64_t value, int64_t least, int64_t most)
{
    if (value < least) {
        return least;
    }
    return value > most ? most : value;
}

/* Half away from zero. */
static int64_t rounded(int64_t value, int64_t divisor)
{
    return (value + (value < 0 ? -divisor / 2 : divisor / 2)) / divisor;
}

static int64_t positive(int64_t value)
{
    return value > 0 ? value : 0;
}

static int64_t magnitude(int64_t value)
{
    return value < 0 ? -value : value;
}

static int64_t rolled(int64_t energy)
{
    return energy % ENERGY_END;
}

/* Where a value comes from: the meter now, or what a billing found. */
struct source {
    const struct meter *m;
    bool billed;
};

static uint64_t total(const struct source *s, enum energy_kind kind)
{
    return s->billed ? s->m->billing.last.energy[kind] : s->m->energy.registers[kind].milli / 1000;
}

static int64_t whole(const struct source *s, enum energy_kind kind)
{
    return s->billed ? rolled((int64_t)s->m->billing.last.energy[kind]) : energy_whole(&s->m->energy, kind);
}

/* The difference of what was really counted, so it does not jump when one of its parts rolls over. */
static int64_t net(const struct source *s)
{
    int64_t net_wh = (int64_t)total(s, ENERGY_ACTIVE_IMPORT) - (int64_t)total(s, ENERGY_ACTIVE_EXPORT);
    return clamped(net_wh, 1 - ENERGY_END, ENERGY_END - 1);
}

static const struct average_values *now(const struct meter *m)
{
    return &m->average.values;
}

static int64_t active_w(const struct meter *m)
{
    return rounded(now(m)->active_uw, 1000000);
}

static int64_t reactive_var(const struct meter *m)
{
    return rounded(now(m)->reactive_uvar, 1000000);
}

static int64_t apparent_va(const struct meter *m)
{
    return rounded(now(m)->apparent_uva, 1000000);
}

static bool exporting(const struct meter *m)
{
    return now(m)->active_uw < 0;
}

static int64_t power_factor(const struct meter *m)
{
    int64_t apparent_uva = now(m)->apparent_uva;
    if (apparent_uva <= 0) {
        return POWER_FACTOR_ONE; /* no load */
    }
    return clamped(rounded(now(m)->active_uw * POWER_FACTOR_ONE, apparent_uva), -POWER_FACTOR_ONE, POWER_FACTOR_ONE);
}

static int64_t quadrant(const struct meter *m)
{
    if (now(m)->reactive_uvar >= 0) {
        return exporting(m) ? 2 : 1;
    }
    return exporting(m) ? 3 : 4;
}

static int64_t current_demand(const struct meter *m, enum demand_kind kind)
{
    return demand_current(&m->demands[kind], meter_demand_milli(m, kind));
}

static int64_t maximum_demand(const struct source *s, enum demand_kind kind)
{
    return s->billed ? s->m->billing.last.maxima[kind].value : s->m->demands[kind].maximum.value;
}

static int64_t cumulative_demand(const struct source *s, enum demand_kind kind)
{
    return (int64_t)(s->billed ? s->m->billing.last.sums[kind] : s->m->demands[kind].cumulative);
}

/* What the machine does not have reads 0. */
static int64_t battery_cv(const struct meter *m)
{
    uint16_t hundredths_v = 0;
    return board_battery(m->board, &hundredths_v) ? hundredths_v : 0;
}

static int64_t temperature_tenths_c(const struct meter *m)
{
    int16_t tenths_c = 0;
    return board_temperature(m->board, &tenths_c) ? tenths_c : 0;
}

static const struct condition_limits *limits(const struct meter *m)
{
    return &m->supervision.conditions.limits;
}

static const struct condition_statistic *last(const struct meter *m, enum condition condition)
{
    return &m->supervision.conditions.statistics[condition];
}

static const struct supervision_sensor *sensor(const struct meter *m, enum board_sensor sensor)
{
    return &m->supervision.sensors[sensor];
}

static int64_t computed(const struct source *s, enum quantity quantity)
{
    const struct meter *m = s->m;
#define QUANTITY(name, type, scaler, unit, value)                                                                      \
    case QUANTITY_##name:                                                                                              \
        return value;
    switch (quantity) {
#include "meter/quantity.def"
    case QUANTITY_COUNT:
        break;
    }
#undef QUANTITY
    return 0;
}

static int64_t within_type(int64_t value, enum quantity_type type)
{
    switch (type) {
    case QUANTITY_DOUBLE_LONG:
        return clamped(value, INT32_MIN, INT32_MAX);
    case QUANTITY_DOUBLE_LONG_UNSIGNED:
        return clamped(value, 0, UINT32_MAX);
    case QUANTITY_LONG:
        return clamped(value, INT16_MIN, INT16_MAX);
    case QUANTITY_LONG_UNSIGNED:
        return clamped(value, 0, UINT16_MAX);
    case QUANTITY_UNSIGNED:
    case QUANTITY_ENUM:
        return clamped(value, 0, UINT8_MAX);
    }
    return 0;
}

int64_t meter_quantity(const struct meter *m, enum quantity quantity)
{
    const struct source now = { .m = m };
    return within_type(computed(&now, quantity), (enum quantity_type)quantity_forms[quantity].type);
}

int64_t meter_quantity_billed(const struct meter *m, enum quantity quantity)
{
    const struct source last = { .m = m, .billed = true };
    return within_type(computed(&last, quantity), (enum quantity_type)quantity_forms[quantity].type);
}
