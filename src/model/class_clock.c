/* Clock, class_id 8, version 0. The time itself is no parameter: setting it is no change of the configuration. */
#include "model/model.h"

enum {
    TIME = 2,
    TIME_ZONE = 3,
    STATUS = 4,
    DST_BEGIN = 5,
    DST_END = 6,
    DST_DEVIATION = 7,
    DST_ENABLED = 8,
    CLOCK_BASE = 9
};

enum {
    ADJUST_TO_QUARTER = 1,
    ADJUST_TO_MEASURING_PERIOD = 2,
    ADJUST_TO_MINUTE = 3,
    ADJUST_TO_PRESET_TIME = 4,
    PRESET_ADJUSTING_TIME = 5,
    SHIFT_TIME = 6
};

#define BASE_CRYSTAL 1
#define QUARTER_S    900

static void put_now(const struct clock *c, struct axdr_writer *out)
{
    struct calendar_time t = clock_now(c);
    model_put_date_time(out, &t);
}

static enum status get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out)
{
    const struct meter *m = r->device;
    const struct clock *c = &m->clock;
    (void)o;
    switch (attribute) {
    case TIME:
        put_now(c, out);
        break;
    case TIME_ZONE:
        axdr_number(out, AXDR_LONG, c->zone_min);
        break;
    case STATUS:
        axdr_number(out, AXDR_UNSIGNED, clock_now(c).status);
        break;
    case DST_BEGIN:
        model_put_date_time(out, &c->dst_begin);
        break;
    case DST_END:
        model_put_date_time(out, &c->dst_end);
        break;
    case DST_DEVIATION:
        axdr_number(out, AXDR_INTEGER, c->dst_deviation_min);
        break;
    case DST_ENABLED:
        axdr_boolean(out, c->dst_enabled);
        break;
    case CLOCK_BASE:
        axdr_number(out, AXDR_ENUM, BASE_CRYSTAL);
        break;
    default:
        return STATUS_UNDEFINED;
    }
    return STATUS_OK;
}

static enum status set_time(struct meter *m, struct axdr_reader *in)
{
    struct calendar_time t;
    int64_t before_s = m->clock.utc_s;
    enum status status = model_get_date_time(in, &t);
    if (status == STATUS_OK) {
        status = clock_set(&m->clock, m->board, &t);
    }
    if (status == STATUS_OK) {
        meter_clock_set(m, before_s);
    }
    return status;
}

static enum status set_rule(struct meter *m, struct axdr_reader *in, enum setting setting)
{
    struct calendar_time rule;
    enum status status = model_get_date_time(in, &rule);
    return status != STATUS_OK ? status : setting_set_time(m, setting, &rule);
}

static enum status set_number(struct meter *m, struct axdr_reader *in, enum axdr_tag tag, enum setting setting)
{
    int64_t value = axdr_get_number(in, tag);
    return axdr_failed(in) ? axdr_status(in) : setting_set_number(m, setting, value);
}

static enum status set(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute, struct axdr_reader *in)
{
    struct meter *m = r->device;
    if (attribute == TIME) {
        r->unchanged = true;
        return set_time(m, in);
    }
    if (model_already(r, o, attribute, in)) {
        return STATUS_OK;
    }
    switch (attribute) {
    case TIME_ZONE:
        return set_number(m, in, AXDR_LONG, SETTING_CLOCK_ZONE);
    case DST_BEGIN:
        return set_rule(m, in, SETTING_CLOCK_DST_BEGIN);
    case DST_END:
        return set_rule(m, in, SETTING_CLOCK_DST_END);
    case DST_DEVIATION:
        return set_number(m, in, AXDR_INTEGER, SETTING_CLOCK_DST_DEVIATION);
    case DST_ENABLED:
        return set_number(m, in, AXDR_BOOLEAN, SETTING_CLOCK_DST_ENABLED);
    default:
        return STATUS_DENIED;
    }
}

static enum status adjust(struct meter *m, struct axdr_reader *in, int32_t grid_s)
{
    enum status status = model_get_zero(in);
    return status != STATUS_OK ? status : clock_adjust(&m->clock, m->board, grid_s);
}

/* That of load profile 1; a quarter if it is off. */
static int32_t measuring_period_s(const struct meter *m)
{
    uint32_t period_s = m->load_profiles[METER_LOAD_PROFILE].profile.period_s;
    return period_s == 0 ? QUARTER_S : (int32_t)period_s;
}

static enum status adjust_to_preset(struct meter *m, struct axdr_reader *in)
{
    enum status status = model_get_zero(in);
    return status != STATUS_OK ? status : clock_adjust_to_preset(&m->clock, m->board);
}

/* structure { preset_time, validity_interval_start, validity_interval_end } */
static enum status preset(struct clock *c, struct axdr_reader *in)
{
    struct calendar_time times[3];
    if (axdr_get_structure(in) != 3) {
        return axdr_failed(in) ? axdr_status(in) : STATUS_TYPE;
    }
    for (unsigned i = 0; i < 3; i++) {
        enum status status = model_get_date_time(in, &times[i]);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return clock_set_preset(c, &times[0], &times[1], &times[2]);
}

static enum status shift(struct meter *m, struct axdr_reader *in)
{
    int32_t shift_s = (int32_t)axdr_get_number(in, AXDR_LONG);
    return axdr_failed(in) ? axdr_status(in) : clock_shift(&m->clock, m->board, shift_s);
}

static enum status call(struct meter *m, uint8_t method, struct axdr_reader *in)
{
    switch (method) {
    case ADJUST_TO_QUARTER:
        return adjust(m, in, QUARTER_S);
    case ADJUST_TO_MEASURING_PERIOD:
        return adjust(m, in, measuring_period_s(m));
    case ADJUST_TO_MINUTE:
        return adjust(m, in, CALENDAR_MINUTE_S);
    case ADJUST_TO_PRESET_TIME:
        return adjust_to_preset(m, in);
    case PRESET_ADJUSTING_TIME:
        return preset(&m->clock, in);
    case SHIFT_TIME:
        return shift(m, in);
    default:
        return STATUS_UNDEFINED;
    }
}

static enum status act(struct cosem_request *r, const struct cosem_object *o, uint8_t method, struct axdr_reader *in,
                       struct axdr_writer *out)
{
    struct meter *m = r->device;
    int64_t before_s = m->clock.utc_s;
    (void)o;
    (void)out;
    r->unchanged = true;
    enum status status = call(m, method, in);
    if (status == STATUS_OK && m->clock.utc_s != before_s) {
        meter_clock_set(m, before_s);
    }
    return status;
}

const struct cosem_class class_clock = {
    .id = 8,
    .version = 0,
    .attributes = 9,
    .methods = 6,
    .name = "Clock",
    .get = get,
    .set = set,
    .act = act,
    .capturable = 1u << TIME,
};
