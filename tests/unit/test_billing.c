/* Billing: every rule of object-model.md 8.1 by worked examples, the dates of the schedule by brute force. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "meter/demands.h"
#include "meter/meter.h"
#include "model/model.h"
#include "test_board.h"

/* Budapest, daylight saving enabled. */
#define JULY_10     INT64_C(836992800) /* 2026-07-10T10:00:00Z */
#define AUGUST_1    INT64_C(838850400) /* 2026-08-01T00:00:00 in summer time: 2026-07-31T22:00:00Z */
#define SEPTEMBER_1 (AUGUST_1 + 31 * INT64_C(86400))
#define OCTOBER_1   (SEPTEMBER_1 + 30 * INT64_C(86400))
#define NOVEMBER_1  (OCTOBER_1 + 31 * INT64_C(86400) + 3600) /* in winter time */

#define HOUR_S INT64_C(3600)
#define DAY_S  INT64_C(86400)

static struct board board;
static struct meter meter;
static struct cosem_device device; /* for the columns */

/* What the columns showed when they were read. */
static struct {
    unsigned calls;
    uint32_t count;
    uint64_t maximum_w;
    uint64_t sum_w;
} seen;

static void read_column(void *context, const struct profile_column *column, uint8_t *contents)
{
    const struct meter *m = context;
    memset(contents, 0xA5, column->width);
    if (!m->billing.capturing) {
        return; /* a log */
    }
    seen.calls++;
    seen.count = m->billing.last.count;
    seen.maximum_w = m->demands[DEMAND_ACTIVE_IMPORT].maximum.value;
    seen.sum_w = m->demands[DEMAND_ACTIVE_IMPORT].cumulative;
}

static void power_up(void)
{
    static const struct identity identity = { .serial_number = "12345678" };
    assert_int_equal(meter_init(&meter, &board, &identity, &metrology_nominal, 8000), STATUS_OK);
    model_init(&device, &meter);
    meter.column_reader = read_column;
}

static int start(void **state)
{
    (void)state;
    board = (struct board){ .rtc_kept = true, .rtc_s = JULY_10 };
    power_up();
    if (setting_set_number(&meter, SETTING_CLOCK_DST_ENABLED, 1) != STATUS_OK) {
        return -1;
    }
    meter_step(&meter);
    return 0;
}

static void time_is(int64_t utc_s)
{
    board.rtc_s = utc_s;
    meter_step(&meter);
}

static void outage_until(int64_t utc_s)
{
    board.rtc_s = utc_s;
    power_up();
    meter_step(&meter);
}

static void set_clock(int64_t utc_s)
{
    int64_t before_s = meter.clock.utc_s;
    struct calendar_time t = calendar_civil(utc_s);
    t.deviation_min = 0;
    assert_int_equal(clock_set(&meter.clock, &board, &t), STATUS_OK);
    meter_clock_set(&meter, before_s);
    meter_step(&meter);
}

static void consume_wh(int64_t wh)
{
    struct metrology_window w = { .duration_us = 1000000, .energy = { .active_import_nj = wh * 3600000000000 } };
    meter_add_window(&meter, &w);
}

/* The newest row must be this one. */
static void last_is(uint32_t count, enum billing_cause cause, int64_t stamp_s)
{
    struct profile *p = &meter.billing.profile;
    struct profile_range all = profile_all(p);
    uint8_t octets[FLASHLOG_ROW_MAX];
    struct profile_row row;
    assert_int_equal(meter.billing.last.count, count);
    assert_int_equal(meter.billing.last.cause, cause);
    assert_int_equal(meter.billing.last.stamp_s, stamp_s);
    assert_int_equal(all.end - all.first, count);
    assert_int_equal(profile_read(p, &all, all.end - 1, octets, &row), STATUS_OK);
    assert_int_equal(row.stamp_s, stamp_s);
    assert_int_equal(row.fixed[0], count);
    assert_int_equal(row.fixed[4], cause);
}

/* Rows of the standard log with this code. */
static unsigned logged(enum event event)
{
    struct profile *p = &meter.events.profiles[EVENT_LOG_STANDARD];
    struct profile_range all = profile_all(p);
    unsigned found = 0;
    for (uint32_t sequence = all.first; sequence < all.end; sequence++) {
        uint8_t octets[FLASHLOG_ROW_MAX];
        struct profile_row row;
        found += profile_read(p, &all, sequence, octets, &row) == STATUS_OK && row.fixed[4] == event;
    }
    return found;
}

static void rows_are(uint32_t count)
{
    assert_int_equal(billing_available(&meter), count);
    assert_int_equal(meter.billing.last.count, count);
}

/* What a billing is ------------------------------------------------------------------------------------------- */

static void a_month_ends_at_its_second(void **state)
{
    (void)state;
    time_is(AUGUST_1 - 1);
    rows_are(0);
    time_is(AUGUST_1);
    last_is(1, BILLING_SCHEDULE, AUGUST_1);
    time_is(AUGUST_1 + 1);
    time_is(AUGUST_1 + 3 * HOUR_S);
    rows_are(1);
    time_is(SEPTEMBER_1 - 1);
    rows_are(1);
    time_is(SEPTEMBER_1 + 40); /* late, but the stamp is the date */
    last_is(2, BILLING_SCHEDULE, SEPTEMBER_1);
    struct calendar_time t = billing_stamp(&meter);
    assert_int_equal(t.month, 9);
    assert_int_equal(t.day, 1);
    assert_int_equal(t.hour, 0);
    assert_int_equal(t.deviation_min, -120);
    assert_int_equal(t.status, CALENDAR_STATUS_DST);
}

/* Decision 12: what ends at midnight belongs to the month that ends. */
static void the_last_period_belongs_to_the_month(void **state)
{
    (void)state;
    time_is(AUGUST_1 - 900);
    consume_wh(100);
    time_is(AUGUST_1 - 1);
    time_is(AUGUST_1);
    assert_int_equal(meter.billing.last.maxima[DEMAND_ACTIVE_IMPORT].value, 400);
    assert_int_equal(meter.billing.last.maxima[DEMAND_ACTIVE_IMPORT].at_s, AUGUST_1);
    assert_int_equal(meter.billing.last.energy[ENERGY_ACTIVE_IMPORT], 100);
    assert_int_equal(meter.demands[DEMAND_ACTIVE_IMPORT].maximum.value, 0);
    assert_false(meter.demands[DEMAND_ACTIVE_IMPORT].maximum.captured);
}

static void counter_and_sums_go_up_before_the_row_and_maxima_to_0_after_it(void **state)
{
    (void)state;
    time_is(JULY_10 + 900);
    consume_wh(50);
    time_is(JULY_10 + 1800);
    seen.calls = 0;
    assert_int_equal(billing_request(&meter, BILLING_BY_INTERFACE), STATUS_OK);
    assert_int_equal(seen.calls, 21); /* the clock has no width */
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.maximum_w, 200);
    assert_int_equal(seen.sum_w, 200);
    assert_int_equal(meter.demands[DEMAND_ACTIVE_IMPORT].maximum.value, 0);
    assert_int_equal(meter.demands[DEMAND_ACTIVE_IMPORT].cumulative, 200);
    assert_int_equal(meter.maxima_reset_s, JULY_10 + 1800);
    last_is(1, BILLING_COMMAND, JULY_10 + 1800);
}

static void what_was_billed_can_be_read(void **state)
{
    (void)state;
    assert_int_equal(meter_quantity_billed(&meter, QUANTITY_ACTIVE_ENERGY_IMPORT), 0);
    meter.energy.registers[ENERGY_ACTIVE_IMPORT].milli = UINT64_C(1000000123999); /* rolled over: 123 Wh */
    meter.energy.registers[ENERGY_ACTIVE_EXPORT].milli = 500000;
    meter.energy.registers[ENERGY_REACTIVE_Q1].milli = 7000;
    meter.energy.registers[ENERGY_REACTIVE_Q2].milli = 9000;
    meter.energy.registers[ENERGY_REACTIVE_Q4].milli = 1000;
    int64_t now[QUANTITY_COUNT];
    for (enum quantity i = QUANTITY_ACTIVE_ENERGY_IMPORT; i <= QUANTITY_APPARENT_ENERGY_EXPORT; i++) {
        now[i] = meter_quantity(&meter, i);
    }
    assert_int_equal(billing_request(&meter, BILLING_BY_INTERFACE), STATUS_OK);
    consume_wh(1000);
    for (int power = 0; power < 2; power++) {
        for (enum quantity i = QUANTITY_ACTIVE_ENERGY_IMPORT; i <= QUANTITY_APPARENT_ENERGY_EXPORT; i++) {
            assert_int_equal(meter_quantity_billed(&meter, i), now[i]);
        }
        assert_int_equal(meter_quantity_billed(&meter, QUANTITY_ACTIVE_ENERGY_NET), 999999623);
        assert_int_equal(meter_quantity_billed(&meter, QUANTITY_REACTIVE_ENERGY_ABSOLUTE), 17);
        outage_until(JULY_10 + 7200);
    }
}

static void twelve_months_and_one_are_kept(void **state)
{
    (void)state;
    assert_int_equal(setting_set_number(&meter, SETTING_BILLING_LOCKOUT, 0), STATUS_OK);
    for (uint32_t i = 1; i <= 40; i++) {
        time_is(JULY_10 + i);
        assert_int_equal(billing_request(&meter, BILLING_BY_INTERFACE), STATUS_OK);
        assert_int_equal(billing_available(&meter), i < 13 ? i : 13);
    }
    outage_until(JULY_10 + 100);
    assert_int_equal(billing_available(&meter), 13);
    assert_int_equal(meter.billing.last.count, 40);
}

/* Rule 2: missed dates ---------------------------------------------------------------------------------------- */

static void an_outage_without_a_date_has_no_row(void **state)
{
    (void)state;
    outage_until(AUGUST_1 - 1);
    rows_are(0);
    time_is(AUGUST_1);
    last_is(1, BILLING_SCHEDULE, AUGUST_1);
    outage_until(AUGUST_1 + 5);
    rows_are(1);
}

static void a_missed_date_is_caught_up(void **state)
{
    (void)state;
    consume_wh(10);
    time_is(JULY_10 + 900);
    outage_until(AUGUST_1 + 5 * HOUR_S + 7);
    last_is(1, BILLING_CAUGHT_UP, AUGUST_1);
    assert_int_equal(meter.billing.last.done_s, AUGUST_1 + 5 * HOUR_S + 7);
    assert_int_equal(meter.maxima_reset_s, AUGUST_1 + 5 * HOUR_S + 7);
    outage_until(AUGUST_1 + 6 * HOUR_S);
    rows_are(1);
    time_is(SEPTEMBER_1);
    last_is(2, BILLING_SCHEDULE, SEPTEMBER_1);
}

static void three_missed_dates_are_one_row_of_the_latest(void **state)
{
    (void)state;
    time_is(AUGUST_1);
    outage_until(NOVEMBER_1 + 9 * DAY_S);
    last_is(2, BILLING_CAUGHT_UP, NOVEMBER_1);
    struct calendar_time t = billing_stamp(&meter);
    assert_int_equal(t.deviation_min, -60);
}

/* Rule 3: the clock is not valid -------------------------------------------------------------------------------- */

static void without_time_there_is_no_schedule(void **state)
{
    (void)state;
    time_is(JULY_10 + 5);
    board.rtc_kept = false;
    outage_until(0);
    assert_true(meter.clock.invalid);
    time_is(AUGUST_1 + HOUR_S); /* whatever it shows */
    rows_are(0);
    set_clock(AUGUST_1 + 9 * DAY_S);
    last_is(1, BILLING_CAUGHT_UP, AUGUST_1);
    time_is(SEPTEMBER_1);
    last_is(2, BILLING_SCHEDULE, SEPTEMBER_1);
}

static void no_date_was_missed_while_it_had_no_time(void **state)
{
    (void)state;
    board.rtc_kept = false;
    outage_until(0);
    set_clock(JULY_10 + 9 * DAY_S);
    rows_are(0);
}

static void a_new_meter_bills_no_time_before_its_own(void **state)
{
    (void)state;
    board = (struct board){ .rtc_kept = false };
    power_up();
    meter_step(&meter);
    time_is(90 * DAY_S);
    rows_are(0);
    set_clock(JULY_10);
    rows_are(0);
    time_is(AUGUST_1 - 7200 + 3 * HOUR_S); /* winter time, by default */
    last_is(1, BILLING_SCHEDULE, AUGUST_1 + HOUR_S);
}

static void a_command_needs_no_time(void **state)
{
    (void)state;
    board.rtc_kept = false;
    outage_until(1000);
    assert_int_equal(billing_request(&meter, BILLING_BY_INTERFACE), STATUS_OK);
    last_is(1, BILLING_COMMAND, 1000);
    assert_int_equal(meter.billing.last.clock_status & CALENDAR_STATUS_INVALID, CALENDAR_STATUS_INVALID);
    assert_int_equal(billing_status(&meter) & 6, 6);
}

/* Rule 4: the clock is set ---------------------------------------------------------------------------------------- */

static void set_forward_over_a_date_bills_at_the_new_time(void **state)
{
    (void)state;
    time_is(AUGUST_1 - 100);
    set_clock(AUGUST_1 + 200);
    last_is(1, BILLING_CLOCK_CHANGE, AUGUST_1 + 200);
    time_is(AUGUST_1 + 300);
    rows_are(1);
    set_clock(NOVEMBER_1 + 5 * DAY_S); /* over three */
    last_is(2, BILLING_CLOCK_CHANGE, NOVEMBER_1 + 5 * DAY_S);
    assert_int_equal(billing_status(&meter) & 0x20, 0); /* said in the row, a new period has begun */
}

static void set_forward_within_a_month_bills_nothing(void **state)
{
    (void)state;
    set_clock(AUGUST_1 - 1);
    rows_are(0);
    assert_int_equal(billing_status(&meter), 0x20 | 0x08);
    time_is(AUGUST_1);
    last_is(1, BILLING_SCHEDULE, AUGUST_1);
    assert_int_equal(billing_status(&meter), 0x08);
}

static void adjusted_over_a_date_is_the_schedule(void **state)
{
    (void)state;
    time_is(AUGUST_1 - 3);
    set_clock(AUGUST_1 + 2);
    last_is(1, BILLING_SCHEDULE, AUGUST_1);
    set_clock(AUGUST_1 - 4);
    time_is(AUGUST_1);
    time_is(AUGUST_1 + HOUR_S);
    rows_are(1);
}

static void set_backward_over_a_date_does_not_repeat_it(void **state)
{
    (void)state;
    time_is(AUGUST_1);
    time_is(AUGUST_1 + 2 * DAY_S);
    set_clock(AUGUST_1 - 5 * DAY_S);
    time_is(AUGUST_1);
    time_is(AUGUST_1 + DAY_S);
    rows_are(1);
    set_clock(AUGUST_1 - 5 * DAY_S);
    outage_until(AUGUST_1 + DAY_S); /* nor is it caught up */
    rows_are(1);
    set_clock(AUGUST_1 - 5 * DAY_S);
    set_clock(AUGUST_1 + DAY_S); /* nor a change of the clock */
    rows_are(1);
    time_is(SEPTEMBER_1);
    last_is(2, BILLING_SCHEDULE, SEPTEMBER_1);
}

static void set_backward_over_two_dates_repeats_neither(void **state)
{
    (void)state;
    time_is(AUGUST_1);
    time_is(SEPTEMBER_1);
    time_is(SEPTEMBER_1 + DAY_S);
    set_clock(AUGUST_1 - DAY_S);
    time_is(AUGUST_1);
    time_is(SEPTEMBER_1);
    rows_are(2);
    time_is(OCTOBER_1);
    last_is(3, BILLING_SCHEDULE, OCTOBER_1);
}

/* Rule 4 without rows, after a command or none: the date of the newest scheduled billing is known all the same. */
static void a_date_without_its_row_is_not_repeated(void **state)
{
    (void)state;
    for (uint32_t commands = 0; commands < 3; commands++) {
        for (unsigned columns = 0; columns < 2; columns++) {
            start(NULL);
            assert_int_equal(setting_set_number(&meter, SETTING_BILLING_LOCKOUT, 0), STATUS_OK);
            time_is(AUGUST_1);
            for (uint32_t i = 0; i < commands; i++) {
                time_is(AUGUST_1 + 60 + i);
                assert_int_equal(billing_request(&meter, BILLING_BY_INTERFACE), STATUS_OK);
            }
            assert_int_equal(columns == 0 ? billing_clear(&meter)
                                          : billing_restart(&meter, meter.billing.profile.columns, 3),
                             STATUS_OK);
            outage_until(AUGUST_1 + 300);
            set_clock(AUGUST_1 - 3300);
            time_is(AUGUST_1);
            time_is(AUGUST_1 + DAY_S);
            assert_int_equal(meter.billing.last.count, 1 + commands);
            time_is(SEPTEMBER_1);
            assert_int_equal(meter.billing.last.count, 2 + commands);
            assert_int_equal(meter.billing.last.cause, BILLING_SCHEDULE);
        }
    }
}

/* A command says of no date that it is the last one that is done. */
static void a_command_leaves_the_schedule_alone(void **state)
{
    (void)state;
    time_is(AUGUST_1);
    time_is(AUGUST_1 + 9 * DAY_S);
    assert_int_equal(billing_set_schedule(&meter, 5, 0), STATUS_OK); /* of this month it has passed */
    assert_int_equal(billing_request(&meter, BILLING_BY_INTERFACE), STATUS_OK);
    time_is(AUGUST_1 + 10 * DAY_S);
    rows_are(2);
    time_is(SEPTEMBER_1 + 4 * DAY_S);
    last_is(3, BILLING_SCHEDULE, SEPTEMBER_1 + 4 * DAY_S);
}

/* A wrong year, and the right one again: the months to come have had no billing. */
static void a_date_that_had_no_billing_has_one(void **state)
{
    (void)state;
    time_is(AUGUST_1);
    time_is(AUGUST_1 + DAY_S);
    set_clock(AUGUST_1 + 3653 * DAY_S); /* 2036-08-01T22:00Z: over that of August */
    assert_int_equal(meter.billing.last.cause, BILLING_CLOCK_CHANGE);
    rows_are(2);
    set_clock(AUGUST_1 + DAY_S);
    rows_are(2);
    time_is(SEPTEMBER_1);
    last_is(3, BILLING_SCHEDULE, SEPTEMBER_1);
}

static void neither_zone_nor_daylight_saving_repeats_a_date(void **state)
{
    (void)state;
    time_is(AUGUST_1);
    time_is(AUGUST_1 + 60);
    assert_int_equal(setting_set_number(&meter, SETTING_CLOCK_ZONE, 0), STATUS_OK); /* it is July 31, 23:01 */
    time_is(AUGUST_1 + 2 * HOUR_S);
    rows_are(1);
    assert_int_equal(setting_set_number(&meter, SETTING_CLOCK_ZONE, -300), STATUS_OK);
    time_is(AUGUST_1 + 3 * HOUR_S);
    assert_int_equal(setting_set_number(&meter, SETTING_CLOCK_DST_ENABLED, 0), STATUS_OK);
    time_is(AUGUST_1 + 9 * DAY_S);
    rows_are(1);
}

/* Daylight saving by brute force ------------------------------------------------------------------------------------
 */

#define SUMMER_2026 INT64_C(828061200) /* 2026-03-29T01:00:00Z */
#define WINTER_2026 INT64_C(846205200) /* 2026-10-25T01:00:00Z */
#define SUMMER_2027 INT64_C(859510800) /* 2027-03-28T01:00:00Z */
#define WINTER_2027 INT64_C(878259600) /* 2027-10-31T01:00:00Z */

/* Local time in Budapest from the middle of 2026 to that of 2027. */
static int64_t budapest(int64_t utc_s)
{
    bool summer = (utc_s >= SUMMER_2026 && utc_s < WINTER_2026) || (utc_s >= SUMMER_2027 && utc_s < WINTER_2027);
    return utc_s + (summer ? 7200 : 3600);
}

/* Months from 2000 on, and whether the date of this month has come. */
static bool has_come(int64_t local_s, uint32_t day, uint32_t hour, uint32_t *month)
{
    struct calendar_time t = calendar_civil(local_s);
    *month = t.year * 12u + t.month;
    return t.day > day || (t.day == day && t.hour >= hour);
}

/* Walks through a year: a billing is due when the local clock first shows the date or more in a month. */
static void walk(uint32_t day, uint32_t hour)
{
    uint32_t month;
    start(NULL);
    assert_int_equal(billing_set_schedule(&meter, day, hour), STATUS_OK);
    meter.billing.last.count = 0;
    uint32_t done = has_come(budapest(JULY_10), day, hour, &month) ? month : month - 1;
    for (int64_t now_s = JULY_10; now_s < JULY_10 + 366 * DAY_S; now_s += HOUR_S / 2) {
        uint32_t count = meter.billing.last.count;
        meter.clock.utc_s = now_s;
        billing_step(&meter);
        bool due = has_come(budapest(now_s), day, hour, &month) && month > done;
        assert_int_equal(meter.billing.last.count, count + due);
        if (due) {
            assert_int_equal(meter.billing.last.stamp_s, now_s);
            assert_int_equal(meter.billing.last.cause, BILLING_SCHEDULE);
            done = month;
        }
    }
    assert_in_range(meter.billing.last.count, 12, 13);
}

static void each_month_has_its_date_once_all_year(void **state)
{
    (void)state;
    for (uint32_t hour = 0; hour < 5; hour++) {
        walk(25, hour); /* 2026-10-25: 02:00 occurs twice */
        walk(28, hour); /* 2027-03-28: 02:00 does not */
    }
    walk(1, 0);
    walk(10, 12); /* now */
    walk(10, 13);
    walk(28, 23);
}

static void an_outage_over_the_end_of_daylight_saving(void **state)
{
    (void)state;
    assert_int_equal(billing_set_schedule(&meter, 25, 2), STATUS_OK);
    time_is(WINTER_2026 - 2 * HOUR_S); /* 01:00 */
    rows_are(1);                       /* of September */
    outage_until(WINTER_2026 + 600);   /* 02:10, the second pass */
    last_is(2, BILLING_CAUGHT_UP, WINTER_2026 - HOUR_S);
    time_is(WINTER_2026 + DAY_S);
    rows_are(2);
}

/* Rule 5: lock-out ----------------------------------------------------------------------------------------------------
 */

static void a_source_locks_itself_out(void **state)
{
    (void)state;
    assert_int_equal(billing_request(&meter, BILLING_BY_INTERFACE), STATUS_OK);
    assert_int_equal(billing_request(&meter, BILLING_BY_INTERFACE), STATUS_BUSY);
    assert_int_equal(billing_reset_maxima(&meter), STATUS_BUSY);
    assert_int_equal(billing_request(&meter, BILLING_BY_BUTTON), STATUS_OK);
    last_is(2, BILLING_BUTTON, JULY_10);
    time_is(JULY_10 + 59);
    assert_true(billing_locked(&meter, BILLING_BY_INTERFACE));
    assert_int_equal(billing_request(&meter, BILLING_BY_INTERFACE), STATUS_BUSY);
    assert_int_equal(billing_request(&meter, BILLING_BY_BUTTON), STATUS_BUSY);
    rows_are(2);
    time_is(JULY_10 + 60);
    assert_int_equal(billing_reset_maxima(&meter), STATUS_OK);
    assert_int_equal(billing_request(&meter, BILLING_BY_INTERFACE), STATUS_BUSY); /* by the MD reset */
    assert_int_equal(billing_request(&meter, BILLING_BY_BUTTON), STATUS_OK);
}

static void the_schedule_is_never_locked_out(void **state)
{
    (void)state;
    time_is(AUGUST_1 - 5);
    assert_int_equal(billing_request(&meter, BILLING_BY_INTERFACE), STATUS_OK);
    time_is(AUGUST_1);
    last_is(2, BILLING_SCHEDULE, AUGUST_1);
    time_is(AUGUST_1 + 55); /* and locks nobody out */
    assert_int_equal(billing_request(&meter, BILLING_BY_INTERFACE), STATUS_OK);
}

static void lock_out_follows_the_clock_and_its_time(void **state)
{
    (void)state;
    assert_int_equal(billing_request(&meter, BILLING_BY_INTERFACE), STATUS_OK);
    set_clock(JULY_10 + 9 * HOUR_S);
    assert_true(billing_locked(&meter, BILLING_BY_INTERFACE));
    set_clock(JULY_10 - 9 * HOUR_S);
    time_is(JULY_10 - 9 * HOUR_S + 59);
    assert_true(billing_locked(&meter, BILLING_BY_INTERFACE));
    assert_int_equal(setting_set_number(&meter, SETTING_BILLING_LOCKOUT, 59), STATUS_OK);
    assert_false(billing_locked(&meter, BILLING_BY_INTERFACE));
    assert_int_equal(setting_set_number(&meter, SETTING_BILLING_LOCKOUT, 0), STATUS_OK);
    assert_int_equal(billing_request(&meter, BILLING_BY_INTERFACE), STATUS_OK);
    assert_int_equal(billing_request(&meter, BILLING_BY_INTERFACE), STATUS_OK);
}

static void a_power_failure_ends_the_lock_out(void **state)
{
    (void)state;
    assert_int_equal(billing_request(&meter, BILLING_BY_INTERFACE), STATUS_OK);
    outage_until(JULY_10 + 1);
    assert_int_equal(billing_request(&meter, BILLING_BY_INTERFACE), STATUS_OK);
    last_is(2, BILLING_COMMAND, JULY_10 + 1);
    assert_int_equal(billing_status(&meter), 0x08);
}

static void the_button_can_be_disabled(void **state)
{
    (void)state;
    assert_int_equal(setting_set_number(&meter, SETTING_BILLING_BUTTON, 0), STATUS_OK);
    outage_until(JULY_10 + 1);
    assert_int_equal(billing_request(&meter, BILLING_BY_BUTTON), STATUS_DENIED);
    assert_int_equal(billing_request(&meter, BILLING_BY_INTERFACE), STATUS_OK);
    rows_are(1);
}

static void md_reset_is_no_billing(void **state)
{
    (void)state;
    consume_wh(25);
    time_is(JULY_10 + 900);
    assert_int_equal(meter.demands[DEMAND_ACTIVE_IMPORT].maximum.value, 100);
    assert_int_equal(billing_reset_maxima(&meter), STATUS_OK);
    rows_are(0);
    for (int power = 0; power < 2; power++) {
        assert_int_equal(meter.demands[DEMAND_ACTIVE_IMPORT].maximum.value, 0);
        assert_int_equal(meter.demands[DEMAND_ACTIVE_IMPORT].cumulative, 100);
        assert_int_equal(meter.maxima_reset_s, JULY_10 + 900);
        outage_until(JULY_10 + 1000);
    }
}

/* The schedule as a setting -------------------------------------------------------------------------------------------
 */

static void another_schedule_catches_nothing_up(void **state)
{
    (void)state;
    assert_int_equal(billing_set_schedule(&meter, 5, 0), STATUS_OK); /* of this month it has passed */
    time_is(JULY_10 + 60);
    outage_until(JULY_10 + DAY_S);
    rows_are(0);
    assert_int_equal(meter.billing.schedule, 5 << 8);
    time_is(AUGUST_1 + 4 * DAY_S);
    last_is(1, BILLING_SCHEDULE, AUGUST_1 + 4 * DAY_S);
    assert_int_equal(billing_set_schedule(&meter, 20, 13), STATUS_OK); /* and a second one in this month */
    time_is(AUGUST_1 + 19 * DAY_S + 13 * HOUR_S);
    last_is(2, BILLING_SCHEDULE, AUGUST_1 + 19 * DAY_S + 13 * HOUR_S);
}

static void a_schedule_set_without_time_catches_nothing_up(void **state)
{
    (void)state;
    board.rtc_kept = false;
    outage_until(1000);
    assert_int_equal(billing_set_schedule(&meter, 5, 0), STATUS_OK);
    set_clock(JULY_10);
    rows_are(0);
    time_is(AUGUST_1 + 4 * DAY_S);
    last_is(1, BILLING_SCHEDULE, AUGUST_1 + 4 * DAY_S);
}

static void there_is_no_other_day_or_hour(void **state)
{
    (void)state;
    assert_int_equal(billing_set_schedule(&meter, 0, 0), STATUS_RANGE);
    assert_int_equal(billing_set_schedule(&meter, 29, 0), STATUS_RANGE);
    assert_int_equal(billing_set_schedule(&meter, 255, 0), STATUS_RANGE);
    assert_int_equal(billing_set_schedule(&meter, 1, 24), STATUS_RANGE);
    assert_int_equal(billing_set_schedule(&meter, 257, 0), STATUS_RANGE);
    assert_int_equal(meter.billing.schedule, 1 << 8);
}

/* Rows and what is beside them
 * ------------------------------------------------------------------------------------------ */

static void the_last_billing_outlives_its_row(void **state)
{
    (void)state;
    struct profile_column two[2];
    consume_wh(3000);
    time_is(JULY_10 + 900);
    assert_int_equal(billing_request(&meter, BILLING_BY_INTERFACE), STATUS_OK);
    struct billing_record before = meter.billing.last;
    memcpy(two, meter.billing.profile.columns, sizeof two);
    assert_int_equal(billing_restart(&meter, two, 2), STATUS_OK);
    for (int power = 0; power < 2; power++) {
        assert_int_equal(billing_available(&meter), 0);
        assert_int_equal(meter.billing.last.count, 1);
        assert_int_equal(meter.billing.last.stamp_s, before.stamp_s);
        assert_int_equal(meter_quantity_billed(&meter, QUANTITY_ACTIVE_ENERGY_IMPORT), 3000);
        assert_int_equal(meter_quantity_billed(&meter, QUANTITY_MAXIMUM_DEMAND_ACTIVE_IMPORT), 12000);
        assert_int_equal(meter_quantity_billed(&meter, QUANTITY_CUMULATIVE_DEMAND_ACTIVE_IMPORT), 12000);
        outage_until(JULY_10 + 1000);
    }
    time_is(AUGUST_1);
    assert_int_equal(meter.billing.last.count, 2);
    assert_int_equal(billing_available(&meter), 1);
    assert_int_equal(billing_clear(&meter), STATUS_OK);
    assert_int_equal(billing_available(&meter), 0);
    outage_until(AUGUST_1 + 5);
    assert_int_equal(meter.billing.last.count, 2);
    assert_int_equal(meter.billing.profile.count, 2);
}

/* The newest record 1003 has rotted, its row and 1001 are whole: neither maxima nor their sums change. Settings with
 * the key stand in SPEC.md's form: key, octets, 0. */
static void rot_of_the_newest_billing_leaves_the_maxima(void **state)
{
    static const uint8_t head[4] = { 0x03, 0x10, 122, 0 };
    struct board_region region = memory_region(MEMORY_SETTINGS);
    const struct demand *d = &meter.demands[DEMAND_ACTIVE_IMPORT];
    (void)state;
    for (unsigned before = 0; before < 2; before++) { /* with an older billing, and with the first one */
        start(NULL);
        uint8_t *octets = test_board_flash(&board)->octets + region.first * BOARD_FLASH_BLOCK;
        size_t newest = 0;
        if (before != 0) {
            assert_int_equal(billing_request(&meter, BILLING_BY_BUTTON), STATUS_OK);
        }
        time_is(JULY_10 + 900);
        consume_wh(250);
        time_is(JULY_10 + 1800);
        assert_int_equal(billing_request(&meter, BILLING_BY_INTERFACE), STATUS_OK);
        consume_wh(1250);
        time_is(JULY_10 + 2700);
        assert_int_equal(billing_reset_maxima(&meter), STATUS_OK);
        consume_wh(750);
        time_is(JULY_10 + 3600);
        assert_int_equal(d->maximum.value, 3000);
        assert_int_equal(d->cumulative, 6000);
        memory_checkpoint(&meter, true);
        for (size_t i = 0; i + 122 < (size_t)region.blocks * BOARD_FLASH_BLOCK; i++) {
            newest = memcmp(octets + i, head, sizeof head) == 0 ? i : newest;
        }
        assert_true(newest > 0);
        octets[newest + 30] ^= 4;
        for (unsigned starts = 0; starts < 2; starts++) {
            outage_until(JULY_10 + 3700);
            assert_int_equal(d->maximum.value, 3000);
            assert_int_equal(d->maximum.at_s, JULY_10 + 3600);
            assert_int_equal(d->cumulative, 6000);
            assert_int_equal(meter.maxima_reset_s, JULY_10 + 2700);
            last_is(1 + before, BILLING_COMMAND, JULY_10 + 1800);
            assert_int_equal(logged(EVENT_BILLING_ON_DEMAND), 1 + before);
        }
        time_is(AUGUST_1);
        last_is(2 + before, BILLING_SCHEDULE, AUGUST_1);
        assert_int_equal(meter.billing.last.maxima[DEMAND_ACTIVE_IMPORT].value, 3000);
        assert_int_equal(d->cumulative, 9000);
    }
}

static void what_cannot_be_written_has_not_happened(void **state)
{
    (void)state;
    consume_wh(25);
    time_is(JULY_10 + 900);
    board.flash_dead = true;
    assert_int_equal(billing_request(&meter, BILLING_BY_INTERFACE), STATUS_FAILED);
    rows_are(0);
    assert_int_equal(meter.demands[DEMAND_ACTIVE_IMPORT].maximum.value, 100);
    assert_int_equal(meter.demands[DEMAND_ACTIVE_IMPORT].cumulative, 0);
    assert_false(billing_locked(&meter, BILLING_BY_INTERFACE));
    time_is(AUGUST_1);
    rows_are(0);
    assert_int_equal(billing_request(&meter, BILLING_BY_INTERFACE), STATUS_BUSY); /* the month comes first */
    board.flash_dead = false;
    time_is(AUGUST_1 + 60);
    last_is(1, BILLING_SCHEDULE, AUGUST_1);
}

static void days_since_the_last_billing(void **state)
{
    (void)state;
    assert_int_equal(billing_days(&meter), 0);
    time_is(AUGUST_1);
    assert_int_equal(billing_days(&meter), 0);
    time_is(AUGUST_1 + DAY_S - 1);
    assert_int_equal(billing_days(&meter), 0);
    time_is(AUGUST_1 + DAY_S);
    assert_int_equal(billing_days(&meter), 1);
    time_is(SEPTEMBER_1 - 1);
    assert_int_equal(billing_days(&meter), 30);
}

static void status_says_what_was_not_as_usual(void **state)
{
    (void)state;
    assert_int_equal(billing_status(&meter), 0x08);
    outage_until(JULY_10 + 5);
    assert_int_equal(billing_status(&meter), 0x88);
    set_clock(JULY_10 + 14); /* 9 s: within the limit */
    assert_int_equal(billing_status(&meter), 0x88);
    set_clock(JULY_10 + 25);
    assert_int_equal(billing_status(&meter), 0xA8);
    outage_until(NOVEMBER_1 - HOUR_S); /* October was missed, now it is winter */
    last_is(1, BILLING_CAUGHT_UP, OCTOBER_1);
    assert_int_equal(billing_status(&meter), 0x00);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_month_ends_at_its_second, start),
        cmocka_unit_test_setup(the_last_period_belongs_to_the_month, start),
        cmocka_unit_test_setup(counter_and_sums_go_up_before_the_row_and_maxima_to_0_after_it, start),
        cmocka_unit_test_setup(what_was_billed_can_be_read, start),
        cmocka_unit_test_setup(twelve_months_and_one_are_kept, start),
        cmocka_unit_test_setup(an_outage_without_a_date_has_no_row, start),
        cmocka_unit_test_setup(a_missed_date_is_caught_up, start),
        cmocka_unit_test_setup(three_missed_dates_are_one_row_of_the_latest, start),
        cmocka_unit_test_setup(without_time_there_is_no_schedule, start),
        cmocka_unit_test_setup(no_date_was_missed_while_it_had_no_time, start),
        cmocka_unit_test_setup(a_new_meter_bills_no_time_before_its_own, start),
        cmocka_unit_test_setup(a_command_needs_no_time, start),
        cmocka_unit_test_setup(set_forward_over_a_date_bills_at_the_new_time, start),
        cmocka_unit_test_setup(set_forward_within_a_month_bills_nothing, start),
        cmocka_unit_test_setup(adjusted_over_a_date_is_the_schedule, start),
        cmocka_unit_test_setup(set_backward_over_a_date_does_not_repeat_it, start),
        cmocka_unit_test_setup(set_backward_over_two_dates_repeats_neither, start),
        cmocka_unit_test(a_date_without_its_row_is_not_repeated),
        cmocka_unit_test_setup(a_command_leaves_the_schedule_alone, start),
        cmocka_unit_test_setup(a_date_that_had_no_billing_has_one, start),
        cmocka_unit_test_setup(neither_zone_nor_daylight_saving_repeats_a_date, start),
        cmocka_unit_test(each_month_has_its_date_once_all_year),
        cmocka_unit_test_setup(an_outage_over_the_end_of_daylight_saving, start),
        cmocka_unit_test_setup(a_source_locks_itself_out, start),
        cmocka_unit_test_setup(the_schedule_is_never_locked_out, start),
        cmocka_unit_test_setup(lock_out_follows_the_clock_and_its_time, start),
        cmocka_unit_test_setup(a_power_failure_ends_the_lock_out, start),
        cmocka_unit_test_setup(the_button_can_be_disabled, start),
        cmocka_unit_test_setup(md_reset_is_no_billing, start),
        cmocka_unit_test_setup(another_schedule_catches_nothing_up, start),
        cmocka_unit_test_setup(a_schedule_set_without_time_catches_nothing_up, start),
        cmocka_unit_test_setup(there_is_no_other_day_or_hour, start),
        cmocka_unit_test_setup(the_last_billing_outlives_its_row, start),
        cmocka_unit_test_setup(rot_of_the_newest_billing_leaves_the_maxima, start),
        cmocka_unit_test_setup(what_cannot_be_written_has_not_happened, start),
        cmocka_unit_test_setup(days_since_the_last_billing, start),
        cmocka_unit_test_setup(status_says_what_was_not_as_usual, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
