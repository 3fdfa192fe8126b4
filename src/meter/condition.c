#include "meter/condition.h"

#include <stddef.h>
#include <string.h>

#include "meter/event.h"
#include "meter/metrology.h"

/* Own choices, where object-model.md 3 names no number. */
enum {
    LOADED_MA = 250, /* a power factor or an imbalance of less says nothing: 0.05 Ib */
    POWER_FACTOR_HYSTERESIS_MILLI = 20,
    FREQUENCY_HYSTERESIS_CHZ = 5,
    BATTERY_HYSTERESIS_CV = 5,
    BACK_PERCENT = 98 /* of a limit of current, power or imbalance */
};

enum judgement { UNKNOWN, BETWEEN, BEYOND, BACK };

typedef enum judgement judge(const struct condition_limits *l, const struct condition_input *in);

/* Judges ----------------------------------------------------------------------------------- */

static enum judgement judged(bool beyond, bool back)
{
    if (beyond) {
        return BEYOND;
    }
    return back ? BACK : BETWEEN;
}

/* A hysteresis never takes more than a quarter of what lies between two limits from either side: some of it is always
 * back. */
static int32_t within_band(int32_t hysteresis, int32_t low, int32_t high)
{
    return hysteresis < (high - low) / 4 ? hysteresis : (high - low) / 4;
}

static bool normal(const struct condition_limits *l, const struct condition_input *in)
{
    int32_t hysteresis_dv =
        within_band(in->reference_voltage_v * l->hysteresis_percent / 10, l->under_voltage_dv, l->over_voltage_dv);
    return in->voltage_dv >= l->under_voltage_dv + hysteresis_dv &&
           in->voltage_dv <= l->over_voltage_dv - hysteresis_dv;
}

static enum judgement under_voltage(const struct condition_limits *l, const struct condition_input *in)
{
    bool missing = in->voltage_dv < l->missing_voltage_dv;
    return judged(!missing && in->voltage_dv < l->under_voltage_dv, normal(l, in));
}

static enum judgement over_voltage(const struct condition_limits *l, const struct condition_input *in)
{
    return judged(in->voltage_dv > l->over_voltage_dv, normal(l, in));
}

static enum judgement missing_voltage(const struct condition_limits *l, const struct condition_input *in)
{
    return judged(in->voltage_dv < l->missing_voltage_dv, normal(l, in));
}

static enum judgement over(int64_t value, int64_t limit)
{
    return judged(value > limit, value * 100 < limit * BACK_PERCENT);
}

static enum judgement over_current(const struct condition_limits *l, const struct condition_input *in)
{
    return over(in->current_ma, l->over_current_ma);
}

static enum judgement reversal(const struct condition_limits *l, const struct condition_input *in)
{
    return over(-in->active_w, l->reverse_power_w);
}

static enum judgement over_power(const struct condition_limits *l, const struct condition_input *in)
{
    return over(in->active_w, l->over_power_w);
}

/* Only with a load, and at a voltage of 0.8 to 1.2 Un. */
static enum judgement low_power_factor(const struct condition_limits *l, const struct condition_input *in)
{
    int64_t power_factor = in->power_factor_milli < 0 ? -in->power_factor_milli : in->power_factor_milli;
    bool told = in->current_ma >= LOADED_MA && in->voltage_dv >= in->reference_voltage_v * INT64_C(8) &&
                in->voltage_dv <= in->reference_voltage_v * INT64_C(12);
    if (!told) {
        return BETWEEN;
    }
    bool low = power_factor < l->power_factor_milli;
    return judged(low, power_factor > l->power_factor_milli + POWER_FACTOR_HYSTERESIS_MILLI);
}

static bool frequency_known(const struct condition_input *in)
{
    return (in->window_flags & METROLOGY_NO_VOLTAGE) == 0;
}

/* Back is the same for both. */
static bool usual_frequency(const struct condition_limits *l, const struct condition_input *in)
{
    int32_t hysteresis_chz = within_band(FREQUENCY_HYSTERESIS_CHZ, l->under_frequency_chz, l->over_frequency_chz);
    return in->frequency_chz >= l->under_frequency_chz + hysteresis_chz &&
           in->frequency_chz <= l->over_frequency_chz - hysteresis_chz;
}

static enum judgement under_frequency(const struct condition_limits *l, const struct condition_input *in)
{
    if (!frequency_known(in)) {
        return BETWEEN;
    }
    return judged(in->frequency_chz < l->under_frequency_chz, usual_frequency(l, in));
}

static enum judgement over_frequency(const struct condition_limits *l, const struct condition_input *in)
{
    if (!frequency_known(in)) {
        return BETWEEN;
    }
    return judged(in->frequency_chz > l->over_frequency_chz, usual_frequency(l, in));
}

static enum judgement imbalance(const struct condition_limits *l, const struct condition_input *in)
{
    bool line_larger = in->current_ma > in->neutral_ma;
    int64_t larger_ma = line_larger ? in->current_ma : in->neutral_ma;
    int64_t smaller_ma = line_larger ? in->neutral_ma : in->current_ma;
    if (!in->neutral_known || larger_ma < LOADED_MA) {
        return BETWEEN;
    }
    return over((larger_ma - smaller_ma) * 100, larger_ma * l->imbalance_percent);
}

static enum judgement sensed(const struct condition_input *in, enum board_sensor sensor)
{
    static const uint8_t judgements[] = { [SENSOR_UNKNOWN] = UNKNOWN, [SENSOR_QUIET] = BACK, [SENSOR_ACTIVE] = BEYOND };
    return (enum judgement)judgements[in->sensors[sensor]];
}

static enum judgement terminal_cover(const struct condition_limits *l, const struct condition_input *in)
{
    (void)l;
    return sensed(in, BOARD_TERMINAL_COVER);
}

static enum judgement meter_cover(const struct condition_limits *l, const struct condition_input *in)
{
    (void)l;
    return sensed(in, BOARD_METER_COVER);
}

static enum judgement magnet(const struct condition_limits *l, const struct condition_input *in)
{
    (void)l;
    return sensed(in, BOARD_MAGNET);
}

static enum judgement battery_low(const struct condition_limits *l, const struct condition_input *in)
{
    (void)l;
    if (!in->battery_known) {
        return UNKNOWN;
    }
    return judged(in->battery_cv < in->battery_low_cv, in->battery_cv >= in->battery_low_cv + BATTERY_HYSTERESIS_CV);
}

static enum judgement battery_worn(const struct condition_limits *l, const struct condition_input *in)
{
    (void)l;
    if (!in->battery_checked) {
        return UNKNOWN;
    }
    return in->battery_worn ? BEYOND : BACK;
}

static enum judgement clock_invalid(const struct condition_limits *l, const struct condition_input *in)
{
    (void)l;
    return in->clock_invalid ? BEYOND : BACK;
}

static enum judgement net_full(const struct condition_limits *l, const struct condition_input *in)
{
    (void)l;
    return in->net_full ? BEYOND : BACK;
}

static enum judgement flagged(const struct condition_input *in, enum metrology_flag flag)
{
    return (in->window_flags & flag) != 0 ? BEYOND : BACK;
}

static enum judgement clipped(const struct condition_limits *l, const struct condition_input *in)
{
    (void)l;
    return flagged(in, METROLOGY_CLIPPED);
}

static enum judgement samples_missed(const struct condition_limits *l, const struct condition_input *in)
{
    (void)l;
    return flagged(in, METROLOGY_SAMPLE_MISSED);
}

/* The meter is alive, so there is a voltage: it is the measuring system that does not see it. */
static enum judgement zero_crossings_lost(const struct condition_limits *l, const struct condition_input *in)
{
    (void)l;
    return flagged(in, METROLOGY_NO_VOLTAGE);
}

/* The table ---------------------------------------------------------------------------------- */

enum { NO_END = 0, FIXED = UINT16_MAX };

struct row {
    judge *judge;
    uint8_t begin, end; /* enum event, or NO_END */
    uint8_t sub_code;
    uint16_t delay_at; /* offset of the delay in the limits, or FIXED */
    uint16_t delay_s;
    uint16_t restore_s; /* if FIXED, else that of the limits */
};

#define LIMIT(member)                offsetof(struct condition_limits, member), 0, 0
#define CONSTANT(delay_s, restore_s) FIXED, delay_s, restore_s

/* Covers 1 s, magnet 3 s and 10 s, battery 60 s: object-model.md 3. The measuring system: own choice; a gap in the
 * samples counts at once, a code at the limit or a lost voltage may be a surge or the beginning of an outage. */
static const struct row rows[CONDITION_COUNT] = {
    [CONDITION_UNDER_VOLTAGE] = { under_voltage, EVENT_UNDER_VOLTAGE, EVENT_NORMAL_VOLTAGE, 0, LIMIT(under_voltage_s) },
    [CONDITION_OVER_VOLTAGE] = { over_voltage, EVENT_OVER_VOLTAGE, EVENT_NORMAL_VOLTAGE, 0, LIMIT(over_voltage_s) },
    [CONDITION_MISSING_VOLTAGE] = { missing_voltage, EVENT_MISSING_VOLTAGE, EVENT_NORMAL_VOLTAGE, 0,
                                    LIMIT(missing_voltage_s) },
    [CONDITION_OVER_CURRENT] = { over_current, EVENT_OVER_CURRENT, EVENT_OVER_CURRENT_END, 0, LIMIT(over_current_s) },
    [CONDITION_REVERSAL] = { reversal, EVENT_REVERSAL, EVENT_REVERSAL_END, 0, LIMIT(reverse_power_s) },
    [CONDITION_LOW_POWER_FACTOR] = { low_power_factor, EVENT_LOW_POWER_FACTOR, EVENT_LOW_POWER_FACTOR_END, 0,
                                     LIMIT(power_factor_s) },
    [CONDITION_OVER_POWER] = { over_power, EVENT_OVER_POWER, EVENT_OVER_POWER_END, 0, LIMIT(over_power_s) },
    [CONDITION_UNDER_FREQUENCY] = { under_frequency, EVENT_FREQUENCY, EVENT_FREQUENCY_END, 0,
                                    LIMIT(under_frequency_s) },
    [CONDITION_OVER_FREQUENCY] = { over_frequency, EVENT_FREQUENCY, EVENT_FREQUENCY_END, 0, LIMIT(over_frequency_s) },
    [CONDITION_IMBALANCE] = { imbalance, EVENT_IMBALANCE, EVENT_IMBALANCE_END, 0, LIMIT(imbalance_s) },
    [CONDITION_TERMINAL_COVER] = { terminal_cover, EVENT_TERMINAL_COVER_OPEN, EVENT_TERMINAL_COVER_CLOSED, 0,
                                   CONSTANT(1, 1) },
    [CONDITION_METER_COVER] = { meter_cover, EVENT_METER_COVER_OPEN, EVENT_METER_COVER_CLOSED, 0, CONSTANT(1, 1) },
    [CONDITION_MAGNET] = { magnet, EVENT_MAGNET, EVENT_MAGNET_GONE, 0, CONSTANT(3, 10) },
    [CONDITION_BATTERY_LOW] = { battery_low, EVENT_BATTERY_LOW, NO_END, 0, CONSTANT(60, 60) },
    [CONDITION_BATTERY_WORN] = { battery_worn, EVENT_BATTERY_REPLACE, NO_END, 0, CONSTANT(1, 1) },
    [CONDITION_CLOCK_INVALID] = { clock_invalid, EVENT_CLOCK_INVALID, NO_END, 0, CONSTANT(1, 1) },
    [CONDITION_CLIPPED] = { clipped, EVENT_MEASUREMENT_ERROR, NO_END, 1, CONSTANT(3, 60) },
    [CONDITION_SAMPLES_MISSED] = { samples_missed, EVENT_MEASUREMENT_ERROR, NO_END, 2, CONSTANT(1, 60) },
    [CONDITION_ZERO_CROSSINGS_LOST] = { zero_crossings_lost, EVENT_MEASUREMENT_ERROR, NO_END, 3, CONSTANT(3, 60) },
    [CONDITION_NET_FULL] = { net_full, EVENT_MEASUREMENT_ERROR, NO_END, 4, CONSTANT(1, 1) },
};

/* The machine -------------------------------------------------------------------------------- */

void condition_init(struct conditions *c)
{
    *c = (struct conditions){
        .limits = {
            .under_voltage_dv = 2070,
            .under_voltage_s = 60,
            .over_voltage_dv = 2530,
            .over_voltage_s = 60,
            .missing_voltage_dv = 1150,
            .missing_voltage_s = 10,
            .over_current_ma = 110000,
            .over_current_s = 60,
            .reverse_power_w = 23,
            .reverse_power_s = 60,
            .power_factor_milli = 500,
            .power_factor_s = 300,
            .over_power_w = 25300,
            .over_power_s = 60,
            .under_frequency_chz = 4900,
            .under_frequency_s = 60,
            .over_frequency_chz = 5100,
            .over_frequency_s = 60,
            .imbalance_percent = 20,
            .imbalance_s = 300,
            .hysteresis_percent = 2,
            .restore_s = 10,
        },
    };
}

void condition_resume(struct conditions *c, uint32_t active)
{
    c->active = active & ((UINT32_C(1) << CONDITION_COUNT) - 1);
    memset(c->seconds, 0, sizeof c->seconds);
    c->age_s = 0;
    for (unsigned i = 0; i < CONDITION_STATISTICS; i++) {
        bool going_on = condition_active(c, (enum condition)i);
        c->run_s[i] = going_on ? c->statistics[i].duration_s : 0;
        c->extreme_dv[i] = c->statistics[i].magnitude_dv;
    }
}

void condition_begin(struct conditions *c, enum condition condition)
{
    c->active |= UINT32_C(1) << condition;
}

static uint16_t wanted_s(const struct conditions *c, const struct row *row, bool active)
{
    if (active) {
        return row->delay_at == FIXED ? row->restore_s : c->limits.restore_s;
    }
    if (row->delay_at == FIXED) {
        return row->delay_s;
    }
    uint16_t delay_s;
    memcpy(&delay_s, (const uint8_t *)&c->limits + row->delay_at, sizeof delay_s);
    return delay_s;
}

/* The run goes on as long as it is beyond, or active; what counts of it ends with the last second beyond. */
static void follow(struct conditions *c, enum condition i, enum judgement judgement, int64_t voltage_dv)
{
    bool active = condition_active(c, i);
    uint16_t now_dv = (uint16_t)(voltage_dv < UINT16_MAX ? voltage_dv : UINT16_MAX);
    bool worse = i == CONDITION_OVER_VOLTAGE ? now_dv > c->extreme_dv[i] : now_dv < c->extreme_dv[i];
    if (judgement != BEYOND && !active) {
        c->run_s[i] = 0;
        return;
    }
    if (judgement == BEYOND && (worse || c->run_s[i] == 0)) {
        c->extreme_dv[i] = now_dv;
    }
    c->run_s[i]++;
}

static void add_change(struct condition_changes *changes, uint8_t event, uint8_t sub_code)
{
    for (unsigned i = 0; i < changes->count; i++) {
        if (changes->list[i].event == event && changes->list[i].sub_code == sub_code) {
            return; /* conditions that end together end once */
        }
    }
    changes->list[changes->count].event = event;
    changes->list[changes->count].sub_code = sub_code;
    changes->count++;
}

/* Between its begin and its end the statistics hold what was known at the last second beyond the limit. */
static void record(struct conditions *c, enum condition i, enum judgement judgement, bool began)
{
    struct condition_statistic *s = &c->statistics[i];
    s->count += began;
    if (began || (condition_active(c, i) && judgement == BEYOND)) {
        c->latest = (uint8_t)i;
        s->duration_s = c->run_s[i];
        s->magnitude_dv = c->extreme_dv[i];
    }
}

/* True when it began or ended. */
static bool step_one(struct conditions *c, enum condition i, enum judgement judgement)
{
    bool active = condition_active(c, i);
    if (judgement != (active ? BACK : BEYOND)) {
        c->seconds[i] = 0;
        return false;
    }
    if (c->seconds[i] < UINT16_MAX) {
        c->seconds[i]++;
    }
    if (c->seconds[i] < wanted_s(c, &rows[i], active)) {
        return false;
    }
    c->seconds[i] = 0;
    c->active ^= UINT32_C(1) << i;
    return true;
}

bool condition_step(struct conditions *c, const struct condition_input *in, struct condition_changes *changes)
{
    bool changed = false;
    changes->count = 0;
    if (c->age_s < CONDITION_INHIBIT_S) {
        c->age_s++;
        return false;
    }
    for (enum condition i = 0; i < CONDITION_COUNT; i++) {
        enum judgement judgement = rows[i].judge(&c->limits, in);
        if (judgement == UNKNOWN) {
            continue;
        }
        if (i < CONDITION_STATISTICS) {
            follow(c, i, judgement, in->voltage_dv);
        }
        bool turned = step_one(c, i, judgement);
        bool active = condition_active(c, i);
        if (i < CONDITION_STATISTICS) {
            record(c, i, judgement, turned && active);
        }
        uint8_t event = active ? rows[i].begin : rows[i].end;
        if (turned && event != NO_END) {
            add_change(changes, event, rows[i].sub_code);
        }
        changed |= turned;
    }
    return changed;
}
