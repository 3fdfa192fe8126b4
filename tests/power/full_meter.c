#include "tests/power/full_meter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "meter/demands.h"
#include "model/model.h"

#define START_S INT64_C(836179200) /* 2026-07-01T00:00:00Z */

struct board full_board;
struct app full_app;

static struct meter *const m = &full_app.meter;

struct profile *full_meter_profile(unsigned i)
{
    struct profile *const first[] = { &m->load_profiles[0].profile, &m->load_profiles[1].profile, &m->billing.profile };
    return i < 3 ? first[i] : &m->events.profiles[i - 3];
}

enum memory_region full_meter_region(unsigned i)
{
    static const uint8_t regions[FULL_METER_PROFILES] = {
        MEMORY_LOAD_PROFILE,      MEMORY_DAILY_PROFILE, MEMORY_BILLING,
        MEMORY_STANDARD_LOG,      MEMORY_FRAUD_LOG,     MEMORY_POWER_QUALITY_LOG,
        MEMORY_COMMUNICATION_LOG, MEMORY_ALARM_LOG,     MEMORY_POWER_FAILURE_LOG,
    };
    return (enum memory_region)regions[i];
}

enum status full_meter_power_up(void)
{
    static const struct identity identity = { .serial_number = "12345678" };
    nor_power_on(test_board_flash(&full_board));
    return app_init(&full_app, &full_board, &identity, &metrology_nominal, 8000);
}

void full_meter_pass(uint32_t seconds, int64_t active_nj)
{
    struct metrology_window w = {
        .duration_us = 1000000,
        .voltage_uv = 230000000,
        .energy = { .active_import_nj = active_nj, .reactive_q_nj = { active_nj / 4 }, .apparent_import_nj = active_nj }
    };
    meter_add_window(m, &w);
    full_board.rtc_s += seconds;
    app_step(&full_app);
}

void full_meter_second(int64_t active_nj)
{
    full_meter_pass(1, active_nj);
}

/* More than a lap: where the first block stood another one does, and a block is erased ahead of it. */
static bool is_full(const struct flashlog *log)
{
    return log->head > log->region.blocks + log->region.blocks / 2u;
}

/* Rows as the clock would have them captured, without the seconds in between. */
static void fill_load_profile(struct profile *p, uint32_t period_s)
{
    bool is_daily = period_s == CALENDAR_DAY_S;
    int64_t stamp_s = full_board.rtc_s - (is_daily ? 2000 : 40000) * (int64_t)period_s;
    while (!is_full(&p->log)) {
        struct calendar_time stamp = clock_local(&m->clock, stamp_s, 0);
        stamp_s += period_s;
        assert_int_equal(profile_capture(p, stamp_s, &stamp, NULL, m->column_reader, m), STATUS_OK);
        assert_int_equal(profile_step(p), STATUS_OK);
    }
}

static void fill_logs(void)
{
    static const enum event events[] = { EVENT_DST_SWITCHED, EVENT_MAGNET, EVENT_BAD_VOLTAGE, EVENT_LOCAL_ATTEMPT };
    static const uint8_t logs[] = { EVENT_LOG_STANDARD, EVENT_LOG_FRAUD, EVENT_LOG_POWER_QUALITY,
                                    EVENT_LOG_COMMUNICATION };
    for (unsigned i = 0; i < sizeof events / sizeof events[0]; i++) {
        while (!is_full(&m->events.profiles[logs[i]].log)) {
            event_raise(m, events[i], 0);
        }
    }
    while (!is_full(&m->events.profiles[EVENT_LOG_ALARM].log)) {
        assert_int_equal(event_set_alarm(m, ALARM_DESCRIPTOR_1, 0), STATUS_OK);
        assert_int_equal(event_set_alarm(m, ALARM_REGISTER_1, 0), STATUS_OK);
        event_raise(m, EVENT_WATCHDOG, 0);
    }
    while (!is_full(&m->events.profiles[EVENT_LOG_POWER_FAILURE].log)) {
        event_power_failure(m);
    }
}

/* Texts, times, rules and the masks of events. */
static bool is_number(enum setting s)
{
    static const uint8_t others[] = {
        SETTING_CLOCK_DST_BEGIN,    SETTING_CLOCK_DST_END,          SETTING_UTILITY_ID,    SETTING_METERING_POINT,
        SETTING_SECRET_READER,      SETTING_SECRET_ADMINISTRATOR,   SETTING_OPTICAL_P1,    SETTING_OPTICAL_P2,
        SETTING_OPTICAL_W5,         SETTING_OPTICAL_DEVICE_ADDRESS, SETTING_STANDARD_MASK, SETTING_FRAUD_MASK,
        SETTING_POWER_QUALITY_MASK, SETTING_COMMUNICATION_MASK,     SETTING_ALARM_MASK,    SETTING_BATTERY_INSTALLED,
    };
    for (unsigned i = 0; i < sizeof others; i++) {
        if (s == others[i]) {
            return false;
        }
    }
    return true;
}

/* As long as they may be. */
static void fill_display(void)
{
    struct display_entry entries[DISPLAY_LIST_MAX];
    for (unsigned i = 0; i < DISPLAY_LIST_MAX; i++) {
        entries[i] = (struct display_entry){ 3, { 1, 0, 1, 8, 0, 255 }, 2 };
    }
    for (unsigned i = 0; i < DISPLAY_LISTS; i++) {
        assert_int_equal(display_list_set(&m->display_setup, (enum display_list)i, entries, DISPLAY_LIST_MAX),
                         STATUS_OK);
    }
}

/* Every number as it is, every text as long as it may be; then one of them again and again. */
static void fill_settings(void)
{
    struct settings *s = &m->memory.settings;
    static const uint8_t text[IDENTITY_METERING_POINT_MAX] = "a metering point of a long name";
    for (unsigned i = 0; i < SETTING_COUNT; i++) {
        if (is_number((enum setting)i)) {
            int64_t value = setting_number(m, (enum setting)i);
            assert_int_equal(setting_set_number(m, (enum setting)i, value), STATUS_OK);
        }
    }
    assert_int_equal(setting_set_octets(m, SETTING_METERING_POINT, text, sizeof text), STATUS_OK);
    for (uint32_t i = 0; s->newest < 3u * s->region.blocks; i++) {
        uint8_t value[IDENTITY_UTILITY_MAX] = { (uint8_t)i, (uint8_t)(i >> 8) };
        assert_int_equal(setting_set_octets(m, SETTING_UTILITY_ID, value, sizeof value), STATUS_OK);
    }
}

static void fill_billing(void)
{
    assert_int_equal(setting_set_number(m, SETTING_BILLING_LOCKOUT, 0), STATUS_OK);
    while (!is_full(&m->billing.profile.log)) {
        full_meter_pass(60, FULL_METER_NJ_PER_WH * 10);
        assert_int_equal(billing_request(m, BILLING_BY_INTERFACE), STATUS_OK);
    }
}

void full_meter_begin(void)
{
    full_board = (struct board){ .rtc_kept = true, .rtc_s = START_S };
    assert_int_equal(full_meter_power_up(), STATUS_OK);
    assert_int_equal(meter_set_demand_period(m, 60), STATUS_OK);
    assert_int_equal(meter_set_demand_periods(m, DEMAND_PERIODS_MAX), STATUS_OK);
    fill_load_profile(full_meter_profile(0), LOAD_PROFILE_PERIOD_S);
    fill_load_profile(full_meter_profile(1), CALENDAR_DAY_S);
    fill_logs();
    fill_billing();
    fill_display();
    fill_settings();
    while (!is_full(&m->demand_log)) {
        full_meter_pass(60, FULL_METER_NJ_PER_WH * 10);
    }
    while (!is_full(&m->memory.checkpoint.log)) {
        memory_checkpoint(m, false);
    }
    for (unsigned i = 0; i < 130; i++) { /* two windows of demand */
        full_meter_pass(60, FULL_METER_NJ_PER_WH * 10);
    }
    assert_false(m->memory.failing);
}
