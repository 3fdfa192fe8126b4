#include "meter/supply.h"

#include "meter/meter.h"
#include "store/flash.h"

enum { SECOND_US = 1000000 };

/* SPEC.md: the record. */
enum { LAYOUT = 1, COUNTS = 9, RECORD = 1 + 4 * COUNTS };

void supply_init(struct supply *s)
{
    *s = (struct supply){
        .long_failure_s = SUPPLY_LONG_FAILURE_S,
        .battery_installed = calendar_unspecified,
        .battery_low_cv = BATTERY_LOW_CV,
    };
}

static void keep(struct meter *m)
{
    const struct supply *s = &m->supply;
    const uint32_t counts[COUNTS] = { s->starts,      s->failures,       s->long_failures,
                                      s->last_long_s, s->last_failure_s, s->last_off_s,
                                      s->off_total_s, s->battery_use_s,  s->counted };
    uint8_t record[RECORD] = { LAYOUT };
    for (size_t i = 0; i < COUNTS; i++) {
        flash_put32(record + 1 + 4 * i, counts[i]);
    }
    if (settings_set(&m->memory.settings, MEMORY_KEY_SUPPLY, record, sizeof record) != STATUS_OK) {
        m->memory.failing = true;
    }
}

static void recall(struct meter *m)
{
    struct supply *s = &m->supply;
    uint32_t *const counts[COUNTS] = { &s->starts,      &s->failures,       &s->long_failures,
                                       &s->last_long_s, &s->last_failure_s, &s->last_off_s,
                                       &s->off_total_s, &s->battery_use_s,  &s->counted };
    uint8_t record[RECORD];
    size_t size = 0;
    if (settings_get(&m->memory.settings, MEMORY_KEY_SUPPLY, record, sizeof record, &size) != STATUS_OK ||
        size != RECORD || record[0] != LAYOUT) {
        return;
    }
    for (size_t i = 0; i < COUNTS; i++) {
        *counts[i] = flash_get32(record + 1 + 4 * i);
    }
}

/* How long the power was off. After a start that was itself cut, before it wrote a checkpoint: since that start. Which
 * checkpoint it is says its number, not its time: the clock may have been set back since. */
static uint32_t off_s(const struct meter *m, const struct memory_last *last)
{
    const struct supply *s = &m->supply;
    bool counted = s->starts > 0 && s->counted == m->memory.checkpoint.log.next;
    int64_t from_s = counted ? (int64_t)s->last_failure_s + s->last_off_s : last->at_s;
    bool known = last->found && !last->invalid && !m->clock.invalid && m->clock.utc_s > from_s;
    return known ? (uint32_t)(m->clock.utc_s - from_s) : 0;
}

uint32_t supply_power_up(struct meter *m, const struct memory_last *last)
{
    struct supply *s = &m->supply;
    recall(m);
    bool first = s->starts == 0 && !last->found;
    uint32_t duration_s = off_s(m, last);
    s->starts++;
    s->counted = m->memory.checkpoint.log.next;
    if (!first) {
        s->failures++;
        s->off_total_s += duration_s;
        s->battery_use_s += duration_s;
        s->last_failure_s = m->clock.invalid ? (uint32_t)last->at_s : (uint32_t)m->clock.utc_s - duration_s;
        s->last_off_s = duration_s;
        if (duration_s >= s->long_failure_s) {
            s->long_failures++;
            s->last_long_s = duration_s;
        }
    }
    keep(m);
    if (first && !m->clock.invalid) {
        struct calendar_time now = clock_now(&m->clock);
        (void)setting_set_time(m, SETTING_BATTERY_INSTALLED, &now);
    }
    return first ? 0 : duration_s;
}

void supply_operate(struct supply *s, uint32_t us)
{
    s->operating_us += us;
    s->operating_s += s->operating_us / SECOND_US;
    s->operating_us %= SECOND_US;
}

enum status supply_replace_battery(struct meter *m, const struct calendar_time *installed)
{
    enum status status = setting_set_time(m, SETTING_BATTERY_INSTALLED, installed);
    if (status == STATUS_OK) {
        m->supply.battery_use_s = 0;
        keep(m);
    }
    return status;
}

int64_t supply_battery_change_s(const struct meter *m)
{
    int64_t installed_s = 0;
    if (clock_utc(&m->clock, &m->supply.battery_installed, &installed_s) != STATUS_OK) {
        return m->clock.utc_s + supply_battery_remaining_s(m);
    }
    return installed_s + SUPPLY_BATTERY_LIFE_S;
}

uint32_t supply_battery_remaining_s(const struct meter *m)
{
    int64_t installed_s = 0;
    int64_t left_s = SUPPLY_BATTERY_USE_S - (int64_t)m->supply.battery_use_s;
    if (clock_utc(&m->clock, &m->supply.battery_installed, &installed_s) == STATUS_OK) {
        int64_t life_s = installed_s + SUPPLY_BATTERY_LIFE_S - m->clock.utc_s;
        left_s = life_s < left_s ? life_s : left_s;
    }
    return left_s > 0 ? (uint32_t)left_s : 0;
}
