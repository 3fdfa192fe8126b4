/* base/calendar against glibc's gmtime and timegm, and against counting days one by one. */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/calendar.h"

static const time_t epoch = 946684800; /* 2000-01-01T00:00:00Z as POSIX counts */

static void check_against_gmtime(int64_t seconds)
{
    time_t posix = epoch + seconds;
    struct tm tm;
    gmtime_r(&posix, &tm);
    struct calendar_time t = calendar_civil(seconds);
    assert_int_equal(t.year, tm.tm_year + 1900);
    assert_int_equal(t.month, tm.tm_mon + 1);
    assert_int_equal(t.day, tm.tm_mday);
    assert_int_equal(t.weekday, tm.tm_wday == 0 ? 7 : tm.tm_wday);
    assert_int_equal(t.hour, tm.tm_hour);
    assert_int_equal(t.minute, tm.tm_min);
    assert_int_equal(t.second, tm.tm_sec);
    assert_true(calendar_complete(&t));
    assert_int_equal(calendar_seconds(&t), seconds);
}

static void every_hour_is_that_of_gmtime(void **state)
{
    (void)state;
    for (int64_t hour = -24 * 365 * 10; hour < 24 * 366 * 110; hour++) {
        check_against_gmtime(hour * 3600);
    }
}

static void every_second_of_a_leap_day_is_that_of_gmtime(void **state)
{
    (void)state;
    struct tm tm = { .tm_year = 2024 - 1900, .tm_mon = 1, .tm_mday = 28 };
    int64_t first = timegm(&tm) - epoch;
    for (int64_t seconds = first; seconds < first + (int64_t)3 * 86400; seconds++) {
        check_against_gmtime(seconds);
    }
}

static void days_follow_each_other_from_year_0_to_4000(void **state)
{
    (void)state;
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    struct calendar_time t = { .year = 0, .month = 1, .day = 1 };
    int64_t day = calendar_seconds(&t) / 86400;
    for (int year = 0; year <= 4000; year++) {
        int leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
        for (int month = 1; month <= 12; month++) {
            for (int d = 1; d <= lengths[month - 1] + (month == 2 && leap); d++, day++) {
                t = calendar_civil(day * 86400 + 86399);
                assert_int_equal(t.year, year);
                assert_int_equal(t.month, month);
                assert_int_equal(t.day, d);
                assert_int_equal(calendar_seconds(&t), day * 86400 + 86399);
            }
        }
    }
}

static void the_last_year_of_the_form_round_trips(void **state)
{
    (void)state;
    struct calendar_time t = { .year = 65534, .month = 12, .day = 31, .hour = 23, .minute = 59, .second = 59 };
    check_against_gmtime(calendar_seconds(&t));
}

/* The day of the month (from 1, or beyond its end) that a rule designates, by looking at one day after the other. */
static int day_by_looking(int year, int month, uint8_t day, uint8_t weekday)
{
    int days[45];
    int length = 0;
    for (int d = 1; d <= 45; d++) {
        struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = d, .tm_hour = 12 };
        timegm(&tm); /* normalises and finds the weekday */
        days[d - 1] = tm.tm_wday == 0 ? 7 : tm.tm_wday;
        length += tm.tm_mon == month - 1;
    }
    if (day == 0xfe || day == 0xfd) {
        int seen = 0;
        for (int d = length; d >= 1; d--) {
            seen += weekday == 0xff || days[d - 1] == weekday;
            if (seen == (day == 0xfe ? 1 : 2)) {
                return d;
            }
        }
    }
    int start = day == 0xff ? 1 : day;
    if (start > length) {
        return 0;
    }
    while (weekday != 0xff && days[start - 1] != weekday) {
        start++;
    }
    return start;
}

static void check_rule(int year, int month, uint8_t day, uint8_t weekday)
{
    struct calendar_time rule = calendar_unspecified;
    rule.month = (uint8_t)month;
    rule.day = day;
    rule.weekday = weekday;
    rule.hour = 2;
    rule.minute = 30;
    int64_t seconds = -1;
    bool found = calendar_first_match(&rule, (uint16_t)year, &seconds);
    int expected = day_by_looking(year, month, day, weekday);
    assert_int_equal(found, expected != 0);
    if (found) {
        struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = expected, .tm_hour = 2, .tm_min = 30 };
        assert_int_equal(seconds, timegm(&tm) - epoch);
    }
}

static void rules_designate_the_day_that_looking_finds(void **state)
{
    (void)state;
    static const uint8_t days[] = { 1, 2, 7, 8, 15, 22, 25, 28, 29, 30, 31, 0xfd, 0xfe, 0xff };
    static const uint8_t weekdays[] = { 1, 2, 3, 4, 5, 6, 7, 0xff };
    for (int year = 2000; year < 2029; year++) { /* every shape of a year */
        for (int month = 1; month <= 12; month++) {
            for (size_t d = 0; d < sizeof days; d++) {
                for (size_t w = 0; w < sizeof weekdays; w++) {
                    check_rule(year, month, days[d], weekdays[w]);
                }
            }
        }
    }
}

static void a_rule_of_one_year_has_no_match_in_another(void **state)
{
    (void)state;
    struct calendar_time rule = { .year = 2024, .month = 3, .day = 31, .weekday = 7, .hour = 2 };
    int64_t seconds = -1;
    assert_true(calendar_first_match(&rule, 2024, &seconds));
    struct tm tm = { .tm_year = 2024 - 1900, .tm_mon = 2, .tm_mday = 31, .tm_hour = 2 };
    assert_int_equal(seconds, timegm(&tm) - epoch);
    assert_false(calendar_first_match(&rule, 2023, &seconds));
    assert_false(calendar_first_match(&rule, 2025, &seconds));
}

static void a_rule_without_a_month_has_no_match(void **state)
{
    (void)state;
    static const uint8_t months[] = { 0, 13, 0xfd, 0xfe, 0xff };
    for (size_t i = 0; i < sizeof months; i++) {
        struct calendar_time rule = calendar_unspecified;
        rule.month = months[i];
        int64_t seconds;
        assert_false(calendar_first_match(&rule, 2024, &seconds));
    }
}

/* 2024-07-14 (a Sunday) 18:05:59.07 in Budapest: UTC+2, daylight saving. */
static const uint8_t summer[CALENDAR_OCTETS] = { 0x07, 0xe8, 7, 14, 7, 18, 5, 59, 7, 0xff, 0x88, 0x80 };

static void octets_are_those_of_the_blue_book(void **state)
{
    (void)state;
    struct calendar_time t;
    assert_int_equal(calendar_decode(summer, &t), STATUS_OK);
    assert_int_equal(t.year, 2024);
    assert_int_equal(t.month, 7);
    assert_int_equal(t.day, 14);
    assert_int_equal(t.weekday, 7);
    assert_int_equal(t.hour, 18);
    assert_int_equal(t.minute, 5);
    assert_int_equal(t.second, 59);
    assert_int_equal(t.hundredths, 7);
    assert_int_equal(t.deviation_min, -120);
    assert_int_equal(t.status, CALENDAR_STATUS_DST);
    uint8_t octets[CALENDAR_OCTETS];
    calendar_encode(&t, octets);
    assert_memory_equal(octets, summer, sizeof octets);
}

static void nothing_specified_is_eleven_ff_around_8000(void **state)
{
    (void)state;
    static const uint8_t unspecified[CALENDAR_OCTETS] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                                          0xff, 0xff, 0xff, 0x80, 0x00, 0xff };
    uint8_t octets[CALENDAR_OCTETS];
    calendar_encode(&calendar_unspecified, octets);
    assert_memory_equal(octets, unspecified, sizeof octets);
    struct calendar_time t;
    assert_int_equal(calendar_decode(unspecified, &t), STATUS_OK);
    assert_false(calendar_complete(&t));
}

/* Every value of one octet of a date-time that is otherwise `base`. */
static void check_octet(const uint8_t base[CALENDAR_OCTETS], size_t at, int least, int most, const char *more)
{
    for (int value = 0; value <= 255; value++) {
        uint8_t octets[CALENDAR_OCTETS];
        memcpy(octets, base, sizeof octets);
        octets[at] = (uint8_t)value;
        bool good = (value >= least && value <= most) || (value != 0 && strchr(more, value) != NULL);
        struct calendar_time t = { .year = 1234 };
        assert_int_equal(calendar_decode(octets, &t), good ? STATUS_OK : STATUS_RANGE);
        assert_true(good || t.year == 1234);
    }
}

static void every_octet_is_checked(void **state)
{
    (void)state;
    static const uint8_t any_year[CALENDAR_OCTETS] = { 0xff, 0xff, 1, 14, 0xff, 18, 5, 59, 7, 0x80, 0x00, 0xff };
    check_octet(any_year, 2, 1, 12, "\xfd\xfe\xff");
    check_octet(any_year, 3, 1, 31, "\xfd\xfe\xff");
    check_octet(any_year, 4, 1, 7, "\xff");
    check_octet(any_year, 5, 0, 23, "\xff");
    check_octet(any_year, 6, 0, 59, "\xff");
    check_octet(any_year, 7, 0, 59, "\xff");
    check_octet(any_year, 8, 0, 99, "\xff");
    check_octet(any_year, 11, 0, 255, "");
    check_octet(summer, 4, 7, 7, "\xff"); /* 2024-07-14 is a Sunday */
    static const uint8_t february[CALENDAR_OCTETS] = { 0x07, 0xe7, 2, 1, 0xff, 0, 0, 0, 0, 0x80, 0x00, 0xff };
    check_octet(february, 3, 1, 28, "\xfd\xfe\xff");
    static const uint8_t any_february[CALENDAR_OCTETS] = { 0xff, 0xff, 2, 1, 0xff, 0, 0, 0, 0, 0x80, 0x00, 0xff };
    check_octet(any_february, 3, 1, 29, "\xfd\xfe\xff");
    static const uint8_t april[CALENDAR_OCTETS] = { 0xff, 0xff, 4, 1, 0xff, 0, 0, 0, 0, 0x80, 0x00, 0xff };
    check_octet(april, 3, 1, 30, "\xfd\xfe\xff");
}

static void deviations_reach_16_hours_either_way(void **state)
{
    (void)state;
    for (int deviation = INT16_MIN; deviation <= INT16_MAX; deviation++) {
        uint8_t octets[CALENDAR_OCTETS];
        memcpy(octets, summer, sizeof octets);
        octets[9] = (uint8_t)((unsigned)deviation >> 8);
        octets[10] = (uint8_t)deviation;
        bool good = (deviation >= -960 && deviation <= 960) || deviation == INT16_MIN;
        struct calendar_time t;
        assert_int_equal(calendar_decode(octets, &t), good ? STATUS_OK : STATUS_RANGE);
        assert_true(!good || t.deviation_min == deviation);
    }
}

static void a_time_is_complete_without_weekday_and_hundredths_only(void **state)
{
    (void)state;
    for (size_t at = 0; at < 9; at++) {
        uint8_t octets[CALENDAR_OCTETS];
        memcpy(octets, summer, sizeof octets);
        octets[at] = 0xff;
        octets[at == 0 ? 1 : at] = 0xff;
        if (at == 1) {
            continue; /* the year is one field */
        }
        struct calendar_time t;
        assert_int_equal(calendar_decode(octets, &t), STATUS_OK);
        assert_int_equal(calendar_complete(&t), at == 4 || at == 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_hour_is_that_of_gmtime),
        cmocka_unit_test(every_second_of_a_leap_day_is_that_of_gmtime),
        cmocka_unit_test(days_follow_each_other_from_year_0_to_4000),
        cmocka_unit_test(the_last_year_of_the_form_round_trips),
        cmocka_unit_test(rules_designate_the_day_that_looking_finds),
        cmocka_unit_test(a_rule_of_one_year_has_no_match_in_another),
        cmocka_unit_test(a_rule_without_a_month_has_no_match),
        cmocka_unit_test(octets_are_those_of_the_blue_book),
        cmocka_unit_test(nothing_specified_is_eleven_ff_around_8000),
        cmocka_unit_test(every_octet_is_checked),
        cmocka_unit_test(deviations_reach_16_hours_either_way),
        cmocka_unit_test(a_time_is_complete_without_weekday_and_hundredths_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
