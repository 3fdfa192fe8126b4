/* meter/clock against the time zones of the C library (tzdata), and against rules worked out by hand. */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "meter/clock.h"
#include "test_board.h"

#define HOUR_S INT64_C(3600)

static const time_t epoch = 946684800; /* 2000-01-01T00:00:00Z as POSIX counts */

static struct board board;
static struct clock meter_clock;

static int64_t utc(int year, int month, int day, int hour, int minute, int second)
{
    struct tm tm = {
        .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute, .tm_sec = second
    };
    return timegm(&tm) - epoch;
}

/* A clock that was set long ago and shows this time now. */
static int start(void **state)
{
    (void)state;
    board = (struct board){ .rtc_kept = true, .rtc_s = utc(2026, 7, 1, 10, 7, 30) };
    clock_init(&meter_clock, &board);
    return 0;
}

static void clock_is_at(int64_t utc_s)
{
    board.rtc_s = utc_s;
    clock_step(&meter_clock, &board);
}

/* Time zones ------------------------------------------------------------------------------------------------- */

static struct calendar_time rule(uint8_t month, uint8_t day, uint8_t hour, uint8_t minute)
{
    struct calendar_time t = calendar_unspecified;
    t.month = month;
    t.day = day;
    t.weekday = 7;
    t.hour = hour;
    t.minute = minute;
    return t;
}

static void set_zone(int zone_min, int dst_min, struct calendar_time begin, struct calendar_time end)
{
    meter_clock.zone_min = (int16_t)zone_min;
    meter_clock.dst_deviation_min = (int8_t)dst_min;
    meter_clock.dst_begin = begin;
    meter_clock.dst_end = end;
    meter_clock.dst_enabled = true;
}

static void check_against_libc(int64_t utc_s)
{
    time_t posix = epoch + utc_s;
    struct tm tm;
    localtime_r(&posix, &tm);
    struct calendar_time t = clock_local(&meter_clock, utc_s, 0);
    assert_int_equal(t.year, tm.tm_year + 1900);
    assert_int_equal(t.month, tm.tm_mon + 1);
    assert_int_equal(t.day, tm.tm_mday);
    assert_int_equal(t.weekday, tm.tm_wday == 0 ? 7 : tm.tm_wday);
    assert_int_equal(t.hour, tm.tm_hour);
    assert_int_equal(t.minute, tm.tm_min);
    assert_int_equal(t.second, tm.tm_sec);
    assert_int_equal(t.deviation_min, -tm.tm_gmtoff / 60);
    assert_int_equal(t.status, tm.tm_isdst > 0 ? 0x80 : 0);
}

/* What is shown leads back to the same instant: by the deviation, and by the status alone. */
static void check_round_trip(int64_t utc_s)
{
    struct calendar_time t = clock_local(&meter_clock, utc_s, 0);
    int64_t back_s = -1;
    assert_int_equal(clock_utc(&meter_clock, &t, &back_s), STATUS_OK);
    assert_int_equal(back_s, utc_s);
    t.deviation_min = CALENDAR_DEVIATION_ANY;
    assert_int_equal(clock_utc(&meter_clock, &t, &back_s), STATUS_OK);
    assert_int_equal(back_s, utc_s);
}

static void check_zone(const char *name, int first_year, int last_year)
{
    setenv("TZ", name, 1);
    tzset();
    int64_t first_s = utc(first_year, 1, 1, 0, 0, 0) - 13 * HOUR_S;
    for (int64_t utc_s = first_s; utc_s < utc(last_year + 1, 1, 1, 13, 0, 0); utc_s += HOUR_S / 2) {
        check_against_libc(utc_s);
        check_against_libc(utc_s - 1);
        check_round_trip(utc_s);
        check_round_trip(utc_s - 1);
    }
}

static void the_default_rules_are_those_of_budapest(void **state)
{
    (void)state;
    meter_clock.dst_enabled = true;
    check_zone("Europe/Budapest", 2000, 2050);
}

static void daylight_saving_is_off_at_first(void **state)
{
    (void)state;
    struct calendar_time t = clock_now(&meter_clock);
    assert_int_equal(t.hour, 11);
    assert_int_equal(t.deviation_min, -60);
    assert_int_equal(t.status, 0);
}

static void a_zone_without_daylight_saving(void **state)
{
    (void)state;
    meter_clock.zone_min = (int16_t)-345;
    check_zone("Asia/Kathmandu", 2020, 2021);
}

static void the_second_sunday_of_march_in_new_york(void **state)
{
    (void)state;
    set_zone(300, 60, rule(3, 8, 2, 0), rule(11, 1, 2, 0));
    check_zone("America/New_York", 2008, 2020);
}

static void summer_over_the_new_year_in_sydney(void **state)
{
    (void)state;
    set_zone(-600, 60, rule(10, 1, 2, 0), rule(4, 1, 3, 0));
    check_zone("Australia/Sydney", 2009, 2020);
}

static void half_an_hour_on_lord_howe(void **state)
{
    (void)state;
    set_zone(-630, 30, rule(10, 1, 2, 0), rule(4, 1, 2, 0));
    check_zone("Australia/Lord_Howe", 2009, 2020);
}

static void a_negative_daylight_saving_in_dublin(void **state)
{
    (void)state;
    /* Irish law has the winter as the exception: standard time is UTC+1. */
    set_zone(-60, -60, rule(10, CALENDAR_DAY_LAST, 2, 0), rule(3, CALENDAR_DAY_LAST, 1, 0));
    check_zone("Europe/Dublin", 2000, 2012);
}

static void a_rule_in_utc_has_deviation_0(void **state)
{
    (void)state;
    struct calendar_time begin = rule(3, CALENDAR_DAY_LAST, 1, 0);
    struct calendar_time end = rule(10, CALENDAR_DAY_LAST, 1, 0);
    begin.deviation_min = 0;
    end.deviation_min = 0;
    set_zone(-120, 60, begin, end);
    check_zone("Europe/Helsinki", 2000, 2012);
}

static void switches_of_one_year_only(void **state)
{
    (void)state;
    struct calendar_time begin = rule(3, 31, 2, 0);
    struct calendar_time end = rule(10, 27, 3, 0);
    begin.year = 2024;
    end.year = 2024;
    set_zone(-60, 60, begin, end);
    assert_int_equal(clock_local(&meter_clock, utc(2024, 3, 31, 0, 59, 59), 0).status, 0);
    assert_int_equal(clock_local(&meter_clock, utc(2024, 3, 31, 1, 0, 0), 0).status, 0x80);
    assert_int_equal(clock_local(&meter_clock, utc(2024, 10, 27, 0, 59, 59), 0).status, 0x80);
    assert_int_equal(clock_local(&meter_clock, utc(2024, 10, 27, 1, 0, 0), 0).status, 0);
    assert_int_equal(clock_local(&meter_clock, utc(2023, 7, 1, 0, 0, 0), 0).status, 0);
    assert_int_equal(clock_local(&meter_clock, utc(2025, 7, 1, 0, 0, 0), 0).status, 0);
}

/* Local midnight of the new year is ten hours before it in UTC, or after it. */
static void a_switch_at_the_new_year(void **state)
{
    (void)state;
    struct calendar_time begin = rule(1, 1, 0, 0);
    struct calendar_time end = rule(7, 1, 0, 0);
    begin.weekday = CALENDAR_ANY;
    end.weekday = CALENDAR_ANY;
    set_zone(-600, 60, begin, end);
    assert_int_equal(clock_local(&meter_clock, utc(2026, 12, 31, 13, 59, 59), 0).status, 0);
    assert_int_equal(clock_local(&meter_clock, utc(2026, 12, 31, 14, 0, 0), 0).status, 0x80);
    assert_int_equal(clock_local(&meter_clock, utc(2027, 6, 30, 13, 0, 0), 0).status, 0);
    set_zone(600, 60, begin, end);
    assert_int_equal(clock_local(&meter_clock, utc(2027, 1, 1, 9, 59, 59), 0).status, 0);
    assert_int_equal(clock_local(&meter_clock, utc(2027, 1, 1, 10, 0, 0), 0).status, 0x80);
}

/* From date-time to UTC -------------------------------------------------------------------------------------- */

static struct calendar_time local(int year, int month, int day, int hour, int minute, int second)
{
    struct calendar_time t = calendar_unspecified;
    t.year = (uint16_t)year;
    t.month = (uint8_t)month;
    t.day = (uint8_t)day;
    t.hour = (uint8_t)hour;
    t.minute = (uint8_t)minute;
    t.second = (uint8_t)second;
    return t;
}

static int64_t meaning(struct calendar_time t)
{
    int64_t utc_s = -1;
    assert_int_equal(clock_utc(&meter_clock, &t, &utc_s), STATUS_OK);
    return utc_s;
}

static void the_hour_that_occurs_twice(void **state)
{
    (void)state;
    meter_clock.dst_enabled = true;
    struct calendar_time t = local(2026, 10, 25, 2, 30, 0);
    assert_int_equal(meaning(t), utc(2026, 10, 25, 0, 30, 0)); /* nothing said: the first pass */
    t.status = 0;
    assert_int_equal(meaning(t), utc(2026, 10, 25, 1, 30, 0));
    t.status = 0x80;
    assert_int_equal(meaning(t), utc(2026, 10, 25, 0, 30, 0));
    t.deviation_min = -60; /* the deviation decides, whatever the status says */
    assert_int_equal(meaning(t), utc(2026, 10, 25, 1, 30, 0));
}

static void the_hour_that_never_occurs(void **state)
{
    (void)state;
    meter_clock.dst_enabled = true;
    struct calendar_time t = local(2026, 3, 29, 2, 30, 0);
    assert_int_equal(meaning(t), utc(2026, 3, 29, 1, 30, 0)); /* as standard time: shown as 03:30 */
    t.status = 0x80;
    assert_int_equal(meaning(t), utc(2026, 3, 29, 0, 30, 0));
}

static void a_status_that_cannot_be_is_not_followed(void **state)
{
    (void)state;
    meter_clock.dst_enabled = true;
    struct calendar_time t = local(2026, 1, 10, 12, 0, 0);
    t.status = 0x80;
    assert_int_equal(meaning(t), utc(2026, 1, 10, 11, 0, 0));
    t = local(2026, 7, 10, 12, 0, 0);
    t.status = 0;
    assert_int_equal(meaning(t), utc(2026, 7, 10, 10, 0, 0));
}

/* Setting ---------------------------------------------------------------------------------------------------- */

static void set_in_local_time_in_utc_and_without_deviation(void **state)
{
    (void)state;
    meter_clock.dst_enabled = true;
    struct calendar_time t = local(2026, 7, 1, 14, 0, 0);
    const int deviations[] = { -120, 0, CALENDAR_DEVIATION_ANY };
    const int hours[] = { 12, 14, 12 };
    for (int i = 0; i < 3; i++) {
        t.deviation_min = (int16_t)deviations[i];
        assert_int_equal(clock_set(&meter_clock, &board, &t), STATUS_OK);
        assert_int_equal(board.rtc_s, utc(2026, 7, 1, hours[i], 0, 0));
        assert_int_equal(meter_clock.utc_s, board.rtc_s);
        assert_int_equal(board.rtc_hundredths, 0);
    }
    t.hundredths = 25;
    assert_int_equal(clock_set(&meter_clock, &board, &t), STATUS_OK);
    assert_int_equal(board.rtc_hundredths, 25);
    assert_int_equal(clock_now(&meter_clock).hundredths, 25);
}

static void the_limits_of_the_clock(void **state)
{
    (void)state;
    struct calendar_time t = local(1999, 12, 31, 23, 59, 59);
    t.deviation_min = 0;
    assert_int_equal(clock_set(&meter_clock, &board, &t), STATUS_RANGE);
    t = local(2100, 1, 1, 0, 0, 0);
    t.deviation_min = 0;
    assert_int_equal(clock_set(&meter_clock, &board, &t), STATUS_RANGE);
    assert_int_equal(board.rtc_set, 0);
    t = local(2000, 1, 1, 0, 0, 0);
    t.deviation_min = 0;
    assert_int_equal(clock_set(&meter_clock, &board, &t), STATUS_OK);
    assert_int_equal(board.rtc_s, 0);
    t = local(2099, 12, 31, 23, 59, 59);
    t.deviation_min = 0;
    assert_int_equal(clock_set(&meter_clock, &board, &t), STATUS_OK);
    assert_int_equal(board.rtc_s, utc(2099, 12, 31, 23, 59, 59));
}

static void a_wildcard_in_the_time_is_refused(void **state)
{
    (void)state;
    struct calendar_time good = local(2026, 7, 1, 14, 0, 0);
    struct calendar_time bad[6] = { good, good, good, good, good, good };
    bad[0].year = CALENDAR_YEAR_ANY;
    bad[1].month = CALENDAR_ANY;
    bad[2].day = CALENDAR_DAY_LAST;
    bad[3].hour = CALENDAR_ANY;
    bad[4].minute = CALENDAR_ANY;
    bad[5].second = CALENDAR_ANY;
    for (int i = 0; i < 6; i++) {
        assert_int_equal(clock_set(&meter_clock, &board, &bad[i]), STATUS_RANGE);
    }
    assert_int_equal(board.rtc_set, 0);
}

/* The status ------------------------------------------------------------------------------------------------- */

static void a_chip_without_power_makes_the_clock_invalid_until_it_is_set(void **state)
{
    (void)state;
    board.rtc_kept = false;
    clock_init(&meter_clock, &board);
    assert_int_equal(clock_now(&meter_clock).status, 0x01);
    assert_int_equal(clock_adjust(&meter_clock, &board, 60), STATUS_BUSY);
    assert_int_equal(clock_shift(&meter_clock, &board, 60), STATUS_BUSY);
    assert_int_equal(board.rtc_set, 0);
    board.rtc_kept = true; /* something else wrote to the chip: that does not make its time right */
    clock_step(&meter_clock, &board);
    assert_int_equal(clock_now(&meter_clock).status, 0x01);
    struct calendar_time t = local(2026, 7, 1, 14, 0, 0);
    assert_int_equal(clock_set(&meter_clock, &board, &t), STATUS_OK);
    assert_int_equal(clock_now(&meter_clock).status, 0);
}

static void a_chip_with_a_time_that_cannot_be_is_invalid(void **state)
{
    (void)state;
    static const struct {
        int64_t utc_s;
        uint8_t hundredths;
    } impossible[] = { { -1, 0 }, { CLOCK_END_S, 0 }, { INT64_MAX, 0 }, { INT64_MIN, 0 }, { 1000, 100 } };
    for (size_t i = 0; i < sizeof impossible / sizeof impossible[0]; i++) {
        start(NULL);
        board.rtc_s = impossible[i].utc_s;
        board.rtc_hundredths = impossible[i].hundredths;
        clock_step(&meter_clock, &board);
        struct calendar_time t = clock_now(&meter_clock);
        assert_int_equal(t.status & 0x01, 0x01);
        assert_int_equal(t.year, 2000);
    }
}

static void a_chip_that_goes_back_is_doubtful_until_it_is_set(void **state)
{
    (void)state;
    clock_is_at(board.rtc_s + 86400); /* a long sleep is no reason for doubt */
    assert_int_equal(clock_now(&meter_clock).status, 0);
    clock_is_at(board.rtc_s - 2);
    assert_int_equal(clock_now(&meter_clock).status, 0x02);
    clock_is_at(board.rtc_s + 2);
    assert_int_equal(clock_now(&meter_clock).status, 0x02);
    assert_int_equal(clock_shift(&meter_clock, &board, -1), STATUS_OK);
    assert_int_equal(clock_now(&meter_clock).status, 0);
    clock_step(&meter_clock, &board); /* the set went back, too, but was asked for */
    assert_int_equal(clock_now(&meter_clock).status, 0);
}

/* Methods ---------------------------------------------------------------------------------------------------- */

static void adjust_goes_to_the_nearest(void **state)
{
    (void)state;
    static const struct {
        int grid_s;
        int from[3];
        int to[3];
    } cases[] = {
        { 900, { 10, 7, 29 }, { 10, 0, 0 } },  { 900, { 10, 7, 30 }, { 10, 15, 0 } },
        { 900, { 10, 52, 30 }, { 11, 0, 0 } }, { 900, { 10, 45, 0 }, { 10, 45, 0 } },
        { 900, { 22, 59, 59 }, { 23, 0, 0 } }, { 60, { 10, 7, 29 }, { 10, 7, 0 } },
        { 60, { 10, 7, 30 }, { 10, 8, 0 } },   { 60, { 10, 59, 45 }, { 11, 0, 0 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        start(NULL);
        board.rtc_hundredths = 77;
        clock_is_at(utc(2026, 7, 1, cases[i].from[0], cases[i].from[1], cases[i].from[2]));
        assert_int_equal(clock_adjust(&meter_clock, &board, cases[i].grid_s), STATUS_OK);
        assert_int_equal(board.rtc_s, utc(2026, 7, 1, cases[i].to[0], cases[i].to[1], cases[i].to[2]));
        assert_int_equal(board.rtc_hundredths, 0);
    }
}

static void quarters_are_those_of_local_time(void **state)
{
    (void)state;
    meter_clock.zone_min = (int16_t)7;
    clock_is_at(utc(2026, 7, 1, 10, 20, 0)); /* 10:13 local */
    assert_int_equal(clock_adjust(&meter_clock, &board, 900), STATUS_OK);
    assert_int_equal(board.rtc_s, utc(2026, 7, 1, 10, 22, 0));
}

static void adjust_at_the_first_moment_stays_inside_the_limits(void **state)
{
    (void)state;
    meter_clock.zone_min = (int16_t)840; /* local time is still in 1999 */
    clock_is_at(299);
    assert_int_equal(clock_adjust(&meter_clock, &board, 900), STATUS_OK);
    assert_int_equal(board.rtc_s, 0);
    clock_is_at(CLOCK_END_S - 1);
    assert_int_equal(clock_adjust(&meter_clock, &board, 900), STATUS_RANGE);
    assert_int_equal(clock_shift(&meter_clock, &board, 1), STATUS_RANGE);
    assert_int_equal(board.rtc_s, CLOCK_END_S - 1);
}

static void shift_moves_by_up_to_900_s(void **state)
{
    (void)state;
    int64_t before_s = board.rtc_s;
    board.rtc_hundredths = 42;
    clock_step(&meter_clock, &board);
    assert_int_equal(clock_shift(&meter_clock, &board, 901), STATUS_RANGE);
    assert_int_equal(clock_shift(&meter_clock, &board, -901), STATUS_RANGE);
    assert_int_equal(board.rtc_s, before_s);
    assert_int_equal(clock_shift(&meter_clock, &board, 900), STATUS_OK);
    assert_int_equal(board.rtc_s, before_s + 900);
    assert_int_equal(clock_shift(&meter_clock, &board, -900), STATUS_OK);
    assert_int_equal(board.rtc_s, before_s);
    assert_int_equal(board.rtc_hundredths, 42);
}

static void a_preset_time_is_applied_once_and_inside_its_interval(void **state)
{
    (void)state;
    struct calendar_time t = local(2026, 7, 1, 12, 0, 0);
    struct calendar_time from = local(2026, 7, 1, 11, 30, 0);
    struct calendar_time until = local(2026, 7, 1, 11, 40, 0);
    assert_int_equal(clock_adjust_to_preset(&meter_clock, &board), STATUS_BUSY);
    assert_int_equal(clock_set_preset(&meter_clock, &t, &from, &until), STATUS_OK);
    clock_is_at(utc(2026, 7, 1, 10, 29, 59));
    assert_int_equal(clock_adjust_to_preset(&meter_clock, &board), STATUS_BUSY);
    clock_is_at(utc(2026, 7, 1, 10, 40, 1));
    assert_int_equal(clock_adjust_to_preset(&meter_clock, &board), STATUS_BUSY);
    clock_is_at(utc(2026, 7, 1, 10, 40, 0));
    assert_int_equal(clock_adjust_to_preset(&meter_clock, &board), STATUS_OK);
    assert_int_equal(board.rtc_s, utc(2026, 7, 1, 11, 0, 0));
    clock_is_at(utc(2026, 7, 1, 10, 35, 0));
    assert_int_equal(clock_adjust_to_preset(&meter_clock, &board), STATUS_BUSY);
}

static void a_bad_preset_leaves_the_one_before(void **state)
{
    (void)state;
    struct calendar_time t = local(2026, 7, 1, 12, 0, 0);
    struct calendar_time from = local(2026, 7, 1, 11, 0, 0);
    struct calendar_time until = local(2026, 7, 1, 11, 40, 0);
    assert_int_equal(clock_set_preset(&meter_clock, &t, &from, &until), STATUS_OK);
    assert_int_equal(clock_set_preset(&meter_clock, &t, &until, &from), STATUS_RANGE);
    assert_int_equal(clock_set_preset(&meter_clock, &calendar_unspecified, &from, &until), STATUS_RANGE);
    assert_int_equal(clock_set_preset(&meter_clock, &t, &calendar_unspecified, &until), STATUS_RANGE);
    assert_int_equal(clock_set_preset(&meter_clock, &t, &from, &calendar_unspecified), STATUS_RANGE);
    struct calendar_time too_late = local(2100, 7, 1, 12, 0, 0);
    assert_int_equal(clock_set_preset(&meter_clock, &too_late, &from, &until), STATUS_RANGE);
    assert_int_equal(clock_adjust_to_preset(&meter_clock, &board), STATUS_OK);
    assert_int_equal(board.rtc_s, utc(2026, 7, 1, 11, 0, 0));
}

/* Settings --------------------------------------------------------------------------------------------------- */

static void the_widest_settings_round_trip_through_the_octets(void **state)
{
    (void)state;
    set_zone(-840, 120, rule(3, CALENDAR_DAY_LAST, 2, 0), rule(10, CALENDAR_DAY_LAST, 3, 0));
    int64_t utc_s = utc(2026, 7, 1, 10, 0, 0);
    struct calendar_time t = clock_local(&meter_clock, utc_s, 0);
    uint8_t octets[CALENDAR_OCTETS];
    calendar_encode(&t, octets);
    assert_int_equal(calendar_decode(octets, &t), STATUS_OK);
    assert_int_equal(meaning(t), utc_s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_default_rules_are_those_of_budapest, start),
        cmocka_unit_test_setup(daylight_saving_is_off_at_first, start),
        cmocka_unit_test_setup(a_zone_without_daylight_saving, start),
        cmocka_unit_test_setup(the_second_sunday_of_march_in_new_york, start),
        cmocka_unit_test_setup(summer_over_the_new_year_in_sydney, start),
        cmocka_unit_test_setup(half_an_hour_on_lord_howe, start),
        cmocka_unit_test_setup(a_negative_daylight_saving_in_dublin, start),
        cmocka_unit_test_setup(a_rule_in_utc_has_deviation_0, start),
        cmocka_unit_test_setup(switches_of_one_year_only, start),
        cmocka_unit_test_setup(a_switch_at_the_new_year, start),
        cmocka_unit_test_setup(the_hour_that_occurs_twice, start),
        cmocka_unit_test_setup(the_hour_that_never_occurs, start),
        cmocka_unit_test_setup(a_status_that_cannot_be_is_not_followed, start),
        cmocka_unit_test_setup(set_in_local_time_in_utc_and_without_deviation, start),
        cmocka_unit_test_setup(the_limits_of_the_clock, start),
        cmocka_unit_test_setup(a_wildcard_in_the_time_is_refused, start),
        cmocka_unit_test_setup(a_chip_without_power_makes_the_clock_invalid_until_it_is_set, start),
        cmocka_unit_test_setup(a_chip_with_a_time_that_cannot_be_is_invalid, start),
        cmocka_unit_test_setup(a_chip_that_goes_back_is_doubtful_until_it_is_set, start),
        cmocka_unit_test_setup(adjust_goes_to_the_nearest, start),
        cmocka_unit_test_setup(quarters_are_those_of_local_time, start),
        cmocka_unit_test_setup(adjust_at_the_first_moment_stays_inside_the_limits, start),
        cmocka_unit_test_setup(shift_moves_by_up_to_900_s, start),
        cmocka_unit_test_setup(a_preset_time_is_applied_once_and_inside_its_interval, start),
        cmocka_unit_test_setup(a_bad_preset_leaves_the_one_before, start),
        cmocka_unit_test_setup(the_widest_settings_round_trip_through_the_octets, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
