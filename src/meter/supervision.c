#include "meter/supervision.h"

#include "meter/event.h"
#include "meter/memory.h"
#include "meter/meter.h"
#include "store/flash.h"

enum { SECOND_US = 1000000, BATTERY_WAIT_S = 3600, BATTERY_MEASURED_S = 60, DST_STEP_MAX_S = 2 * 60 };

#define NET_MAX_WH INT64_C(999999999) /* what does not roll over but stops: decision 9 */

/* Records: SPEC.md. */
enum {
    KEY_CONDITIONS = MEMORY_KEY_EVENTS,
    KEY_SENSORS = MEMORY_KEY_EVENTS + 10,
    LAYOUT = 1,
    STATISTIC = 10,
    CONDITIONS_RECORD = 1 + 4 + STATISTIC * CONDITION_STATISTICS + 6 + 4,
    SENSOR = 16,
    SENSORS_RECORD = 1 + SENSOR * BOARD_SENSOR_COUNT + 4
};

/* Sensors ---------------------------------------------------------------------------------------------- */

static const struct {
    uint8_t sensor;
    uint8_t condition;
    uint8_t begin, end;
} sensed[] = {
    { BOARD_METER_COVER, CONDITION_METER_COVER, EVENT_METER_COVER_OPEN, EVENT_METER_COVER_CLOSED },
    { BOARD_TERMINAL_COVER, CONDITION_TERMINAL_COVER, EVENT_TERMINAL_COVER_OPEN, EVENT_TERMINAL_COVER_CLOSED },
    { BOARD_MAGNET, CONDITION_MAGNET, EVENT_MAGNET, EVENT_MAGNET_GONE },
};

static void time_sensors(struct supervision *s, uint32_t passed_s)
{
    for (unsigned i = 0; i < sizeof sensed / sizeof sensed[0]; i++) {
        if (condition_active(&s->conditions, (enum condition)sensed[i].condition)) {
            s->sensors[sensed[i].sensor].duration_s += passed_s;
            s->sensors[sensed[i].sensor].total_s += passed_s;
        }
    }
}

/* Records ---------------------------------------------------------------------------------------------- */

/* A record is written when something begins or ends. It holds the operating time up to which it tells; that of the
 * newest checkpoint then says how long what was active has gone on. So nothing has to be written while it lasts, and
 * the last gasp is one checkpoint. */
static uint32_t told_s(const struct meter *m)
{
    return m->supply.operating_s - m->supervision.us / SECOND_US;
}

static void keep(struct meter *m, uint16_t key, const uint8_t *record, size_t size)
{
    if (settings_set(&m->memory.settings, key, record, size) != STATUS_OK) {
        m->memory.failing = true;
    }
}

static bool recall(const struct meter *m, uint16_t key, uint8_t *record, size_t wanted)
{
    size_t size = 0;
    return settings_get(&m->memory.settings, key, record, wanted, &size) == STATUS_OK && size == wanted &&
           record[0] == LAYOUT;
}

static void keep_conditions(struct meter *m)
{
    const struct supervision *s = &m->supervision;
    uint8_t record[CONDITIONS_RECORD] = { LAYOUT };
    uint8_t *at = record + 5;
    flash_put32(record + 1, s->conditions.active);
    for (unsigned i = 0; i < CONDITION_STATISTICS; i++, at += STATISTIC) {
        flash_put32(at, s->conditions.statistics[i].count);
        flash_put32(at + 4, s->conditions.statistics[i].duration_s);
        flash_put16(at + 8, s->conditions.statistics[i].magnitude_dv);
    }
    flash_put32(at, s->quality.week);
    flash_put16(at + 4, s->quality.outside);
    flash_put32(at + 6, told_s(m));
    keep(m, KEY_CONDITIONS, record, sizeof record);
}

/* Up to when the record tells; 0: there is none. */
static uint32_t recall_conditions(struct meter *m, const struct memory_last *last)
{
    struct supervision *s = &m->supervision;
    struct condition_statistic *statistics = s->conditions.statistics;
    uint8_t record[CONDITIONS_RECORD];
    const uint8_t *at = record + 5;
    if (!recall(m, KEY_CONDITIONS, record, sizeof record)) {
        return 0;
    }
    uint32_t active = flash_get32(record + 1);
    for (unsigned i = 0; i < CONDITION_STATISTICS; i++, at += STATISTIC) {
        statistics[i].count = flash_get32(at);
        statistics[i].duration_s = flash_get32(at + 4);
        statistics[i].magnitude_dv = flash_get16(at + 8);
    }
    s->quality.week = flash_get32(at);
    s->quality.outside = flash_get16(at + 4);
    uint32_t until_s = flash_get32(at + 6);
    if (last->voltage_known && (active >> last->voltage & 1) != 0 && m->supply.operating_s > until_s) {
        statistics[last->voltage].duration_s = last->voltage_s;
        statistics[last->voltage].magnitude_dv = last->voltage_dv;
        s->conditions.latest = last->voltage;
    }
    condition_resume(&s->conditions, active);
    return until_s;
}

static void keep_sensors(struct meter *m)
{
    uint8_t record[SENSORS_RECORD] = { LAYOUT };
    uint8_t *at = record + 1;
    for (unsigned i = 0; i < BOARD_SENSOR_COUNT; i++, at += SENSOR) {
        const struct supervision_sensor *sensor = &m->supervision.sensors[i];
        flash_put32(at, sensor->count);
        flash_put32(at + 4, sensor->last_s);
        flash_put32(at + 8, sensor->duration_s);
        flash_put32(at + 12, sensor->total_s);
    }
    flash_put32(at, told_s(m));
    keep(m, KEY_SENSORS, record, sizeof record);
}

/* Likewise. */
static uint32_t recall_sensors(struct meter *m)
{
    uint8_t record[SENSORS_RECORD];
    const uint8_t *at = record + 1;
    if (!recall(m, KEY_SENSORS, record, sizeof record)) {
        return 0;
    }
    for (unsigned i = 0; i < BOARD_SENSOR_COUNT; i++, at += SENSOR) {
        struct supervision_sensor *sensor = &m->supervision.sensors[i];
        sensor->count = flash_get32(at);
        sensor->last_s = flash_get32(at + 4);
        sensor->duration_s = flash_get32(at + 8);
        sensor->total_s = flash_get32(at + 12);
    }
    return flash_get32(at);
}

/* Beginning ------------------------------------------------------------------------------------------------ */

void supervision_init(struct meter *m)
{
    m->supervision = (struct supervision){ 0 };
    condition_init(&m->supervision.conditions);
    selftest_init(m);
}

void supervision_recall(struct meter *m, const struct memory_last *last)
{
    uint32_t *operating_s = &m->supply.operating_s;
    uint32_t conditions_s = recall_conditions(m, last);
    uint32_t sensors_s = recall_sensors(m);
    /* A cut without a warning took the time since the checkpoint; a record that is newer knows better. */
    *operating_s = conditions_s > *operating_s ? conditions_s : *operating_s;
    *operating_s = sensors_s > *operating_s ? sensors_s : *operating_s;
    if (sensors_s > 0) {
        time_sensors(&m->supervision, *operating_s - sensors_s);
    }
}

/* Told of at once: it may be set before the conditions are judged. */
static void tell_of_a_lost_clock(struct meter *m)
{
    struct conditions *c = &m->supervision.conditions;
    if (m->clock.invalid && !condition_active(c, CONDITION_CLOCK_INVALID)) {
        event_raise(m, EVENT_CLOCK_INVALID, 0);
        condition_begin(c, CONDITION_CLOCK_INVALID);
        keep_conditions(m);
    }
}

void supervision_power_up(struct meter *m)
{
    const struct supply *supply = &m->supply;
    event_power_up(m);
    if (supply->failures > 0) {
        event_raise_at(m, EVENT_POWER_DOWN, 0, supply->last_failure_s);
    }
    event_raise(m, EVENT_POWER_UP, 0);
    if (supply->failures > 0 && supply->last_off_s >= supply->long_failure_s) {
        event_power_failure(m);
    }
    tell_of_a_lost_clock(m);
    selftest_power_up(m);
}

/* One second ----------------------------------------------------------------------------------------------- */

static void take_input(struct meter *m, struct condition_input *in)
{
    struct supervision *s = &m->supervision;
    int64_t net_wh = meter_quantity(m, QUANTITY_ACTIVE_ENERGY_NET);
    *in = (struct condition_input){
        .voltage_dv = meter_quantity(m, QUANTITY_VOLTAGE),
        .current_ma = meter_quantity(m, QUANTITY_CURRENT),
        .neutral_ma = meter_quantity(m, QUANTITY_NEUTRAL_CURRENT),
        .active_w = meter_quantity(m, QUANTITY_ACTIVE_POWER_NET),
        .power_factor_milli = meter_quantity(m, QUANTITY_POWER_FACTOR),
        .frequency_chz = meter_quantity(m, QUANTITY_FREQUENCY),
        .reference_voltage_v = m->reference_voltage_v,
        .neutral_known = board_neutral(m->board),
        .battery_low_cv = m->supply.battery_low_cv,
        .clock_invalid = m->clock.invalid,
        .net_full = net_wh == NET_MAX_WH || net_wh == -NET_MAX_WH,
        .window_flags = s->window_flags,
    };
    for (unsigned i = 0; i < BOARD_SENSOR_COUNT; i++) {
        bool active = false;
        if (board_sensor(m->board, (enum board_sensor)i, &active)) {
            in->sensors[i] = active ? SENSOR_ACTIVE : SENSOR_QUIET;
        }
    }
}

/* The battery is measured for a minute every hour, and at the start: it is not to be used up by that. */
static void measure_battery(struct meter *m, struct condition_input *in)
{
    struct supervision *s = &m->supervision;
    if (s->conditions.age_s < CONDITION_INHIBIT_S) {
        return;
    }
    s->battery_s = (uint16_t)((s->battery_s + 1u) % BATTERY_WAIT_S);
    in->battery_checked = s->battery_s <= BATTERY_MEASURED_S;
    if (in->battery_checked) {
        in->battery_known = board_battery(m->board, &in->battery_cv);
        in->battery_worn = supply_battery_remaining_s(m) == 0;
    }
}

/* True if an event began or ended one of them. */
static bool count_sensors(struct meter *m, uint8_t event)
{
    for (unsigned i = 0; i < sizeof sensed / sizeof sensed[0]; i++) {
        struct supervision_sensor *sensor = &m->supervision.sensors[sensed[i].sensor];
        if (event == sensed[i].begin) {
            sensor->count++;
            sensor->last_s = (uint32_t)m->clock.utc_s;
            sensor->duration_s = 0;
            return true;
        }
        if (event == sensed[i].end) {
            return true;
        }
    }
    return false;
}

/* Events first, then the counters of covers, what is active last: a cut of the power in between may log and count one
 * twice, but never loses it. */
static void watch_conditions(struct meter *m)
{
    struct supervision *s = &m->supervision;
    struct condition_input in;
    struct condition_changes changes;
    bool moved = false;
    take_input(m, &in);
    measure_battery(m, &in);
    bool changed = condition_step(&s->conditions, &in, &changes);
    for (unsigned i = 0; i < changes.count; i++) {
        moved |= count_sensors(m, changes.list[i].event);
        event_raise(m, (enum event)changes.list[i].event, changes.list[i].sub_code);
    }
    time_sensors(s, 1);
    if (moved) {
        keep_sensors(m);
    }
    if (changed) {
        keep_conditions(m);
    }
}

static void watch_quality(struct meter *m)
{
    struct supervision *s = &m->supervision;
    if (s->conditions.age_s < CONDITION_INHIBIT_S || m->clock.invalid) {
        return;
    }
    int64_t voltage_dv = meter_quantity(m, QUANTITY_VOLTAGE);
    enum quality_result result = quality_step(&s->quality, m->clock.utc_s, voltage_dv, m->reference_voltage_v);
    if (result != QUALITY_NOTHING) {
        keep_conditions(m);
    }
    if (result == QUALITY_BAD) {
        event_raise(m, EVENT_BAD_VOLTAGE, 0);
    }
}

static bool summer(const struct clock *c, int64_t utc_s)
{
    return (clock_local(c, utc_s, 0).status & CALENDAR_STATUS_DST) != 0;
}

/* Looked at when a minute has passed: local time costs more than anything else that is done every second. Both ends
 * are judged by the same rules, so only the course of time is a switch, not a client's. */
static void watch_clock(struct meter *m)
{
    struct supervision *s = &m->supervision;
    const struct clock *c = &m->clock;
    int64_t before_s = s->minute_s;
    if (before_s != 0 && c->utc_s / CALENDAR_MINUTE_S == before_s / CALENDAR_MINUTE_S) {
        return;
    }
    s->minute_s = c->utc_s;
    bool passed = before_s != 0 && c->utc_s > before_s && c->utc_s - before_s <= DST_STEP_MAX_S;
    if (passed && summer(c, before_s) != summer(c, c->utc_s)) {
        int64_t last_s = c->utc_s - 1;
        while (summer(c, last_s) == summer(c, c->utc_s)) {
            last_s--; /* no further than before_s */
        }
        event_raise_at(m, EVENT_DST_SWITCHED, 0, last_s);
    }
}

static void step_second(struct meter *m)
{
    watch_conditions(m);
    m->supervision.window_flags = 0;
    watch_quality(m);
    watch_clock(m);
    selftest_step(m);
}

void supervision_window(struct meter *m, const struct metrology_window *w)
{
    m->supervision.us += w->duration_us;
    m->supervision.window_flags |= w->flags;
}

void supervision_step(struct meter *m)
{
    if (m->column_reader == NULL) {
        return; /* the meter has not been started */
    }
    while (m->supervision.us >= SECOND_US) {
        m->supervision.us -= SECOND_US;
        step_second(m);
    }
}

void supervision_clock_set(struct meter *m, int64_t before_s)
{
    int64_t change_s = m->clock.utc_s - before_s;
    m->supervision.minute_s = 0;
    if (change_s > m->clock.jump_limit_s || change_s < -(int64_t)m->clock.jump_limit_s) {
        event_raise_at(m, EVENT_CLOCK_BEFORE, 0, before_s);
        event_raise(m, EVENT_CLOCK_AFTER, 0);
    }
}
