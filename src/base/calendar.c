#include "base/calendar.h"

#include <stddef.h>

#define ERA_YEARS  400
#define ERA_DAYS   146097
#define EPOCH_DAYS 730425 /* 0000-03-01 to 2000-01-01 */

#define DEVIATION_LIMIT_MIN 960 /* UTC+14 and two hours of daylight saving: the most that a clock can be set to */

const struct calendar_time calendar_unspecified = {
    .year = CALENDAR_YEAR_ANY,
    .month = CALENDAR_ANY,
    .day = CALENDAR_ANY,
    .weekday = CALENDAR_ANY,
    .hour = CALENDAR_ANY,
    .minute = CALENDAR_ANY,
    .second = CALENDAR_ANY,
    .hundredths = CALENDAR_ANY,
    .status = CALENDAR_ANY,
    .deviation_min = CALENDAR_DEVIATION_ANY,
};

static bool leap(uint16_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static uint8_t days_in_month(uint16_t year, uint8_t month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return (uint8_t)(days[month - 1] + (month == 2 && leap(year)));
}

/* Days since 2000-01-01. The year is counted from March, so that the leap day is its last: then the months have
 * 153 days in every five, and the years 146097 days in every 400. */
static int32_t days_from_date(uint16_t year, uint8_t month, uint8_t day)
{
    bool early = month < 3;
    int32_t march_year = (int32_t)year - early + ERA_YEARS; /* one era up: never negative */
    int32_t march_month = early ? month + 9 : month - 3;
    int32_t leap_days = march_year / 4 - march_year / 100 + march_year / 400;
    return march_year * 365 + leap_days + (153 * march_month + 2) / 5 + day - 1 - ERA_DAYS - EPOCH_DAYS;
}

static void date_from_days(int32_t days, struct calendar_time *t)
{
    int32_t from_march = days + EPOCH_DAYS + ERA_DAYS; /* one era up: never negative */
    int32_t era = from_march / ERA_DAYS;
    int32_t of_era = from_march % ERA_DAYS;
    int32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int32_t month = (5 * of_year + 2) / 153;
    bool early = month >= 10; /* January and February belong to the next year */
    t->day = (uint8_t)(of_year - (153 * month + 2) / 5 + 1);
    t->month = (uint8_t)(early ? month - 9 : month + 3);
    t->year = (uint16_t)(year + (era - 1) * ERA_YEARS + early);
}

static uint8_t weekday_of(int32_t days)
{
    int32_t since_monday = (days + 5) % 7; /* 2000-01-01 was a Saturday */
    return (uint8_t)((since_monday < 0 ? since_monday + 7 : since_monday) + 1);
}

struct calendar_time calendar_civil(int64_t seconds)
{
    struct calendar_time t = calendar_unspecified;
    int64_t days = seconds / CALENDAR_DAY_S;
    int32_t of_day = (int32_t)(seconds % CALENDAR_DAY_S);
    if (of_day < 0) {
        of_day += CALENDAR_DAY_S;
        days--;
    }
    date_from_days((int32_t)days, &t);
    t.weekday = weekday_of((int32_t)days);
    t.hour = (uint8_t)(of_day / 3600);
    t.minute = (uint8_t)(of_day / 60 % 60);
    t.second = (uint8_t)(of_day % 60);
    t.hundredths = 0;
    return t;
}

static bool complete_date(const struct calendar_time *t)
{
    return t->year != CALENDAR_YEAR_ANY && t->month <= 12 && t->day <= 31;
}

bool calendar_complete(const struct calendar_time *t)
{
    return complete_date(t) && t->hour != CALENDAR_ANY && t->minute != CALENDAR_ANY && t->second != CALENDAR_ANY;
}

int64_t calendar_seconds(const struct calendar_time *t)
{
    int32_t of_day = (t->hour * 60 + t->minute) * 60 + t->second;
    return (int64_t)days_from_date(t->year, t->month, t->day) * CALENDAR_DAY_S + of_day;
}

/* How many days from a day of weekday `from` on to the next of weekday `to`; 0..6. */
static int32_t days_until(uint8_t from, uint8_t to)
{
    return (to + 7 - from) % 7;
}

static int32_t matching_day(const struct calendar_time *rule, int32_t first, int32_t last)
{
    bool backwards = rule->day == CALENDAR_DAY_LAST || rule->day == CALENDAR_DAY_SECOND_LAST;
    bool second_last = rule->day == CALENDAR_DAY_SECOND_LAST;
    if (rule->weekday == CALENDAR_ANY) {
        if (backwards) {
            return second_last ? last - 1 : last;
        }
        return rule->day == CALENDAR_ANY ? first : first + rule->day - 1;
    }
    if (backwards) {
        int32_t day = last - days_until(rule->weekday, weekday_of(last));
        return second_last ? day - 7 : day;
    }
    int32_t day = rule->day == CALENDAR_ANY ? first : first + rule->day - 1;
    return day + days_until(weekday_of(day), rule->weekday);
}

static int32_t from_beginning(uint8_t field)
{
    return field == CALENDAR_ANY ? 0 : field;
}

bool calendar_first_match(const struct calendar_time *rule, uint16_t year, int64_t *seconds)
{
    if (rule->month < 1 || rule->month > 12 || (rule->year != CALENDAR_YEAR_ANY && rule->year != year)) {
        return false;
    }
    uint8_t length = days_in_month(year, rule->month);
    if (rule->day <= 31 && rule->day > length) {
        return false;
    }
    int32_t first = days_from_date(year, rule->month, 1);
    int32_t of_day =
        (from_beginning(rule->hour) * 60 + from_beginning(rule->minute)) * 60 + from_beginning(rule->second);
    *seconds = (int64_t)matching_day(rule, first, first + length - 1) * CALENDAR_DAY_S + of_day;
    return true;
}

void calendar_encode(const struct calendar_time *t, uint8_t octets[CALENDAR_OCTETS])
{
    octets[0] = (uint8_t)(t->year >> 8);
    octets[1] = (uint8_t)t->year;
    octets[2] = t->month;
    octets[3] = t->day;
    octets[4] = t->weekday;
    octets[5] = t->hour;
    octets[6] = t->minute;
    octets[7] = t->second;
    octets[8] = t->hundredths;
    octets[9] = (uint8_t)((uint16_t)t->deviation_min >> 8);
    octets[10] = (uint8_t)t->deviation_min;
    octets[11] = t->status;
}

static bool within(uint8_t value, uint8_t least, uint8_t most)
{
    return (value >= least && value <= most) || value == CALENDAR_ANY;
}

static bool date_fits(const struct calendar_time *t)
{
    bool special_month = t->month == CALENDAR_MONTH_DST_BEGIN || t->month == CALENDAR_MONTH_DST_END;
    bool special_day = t->day == CALENDAR_DAY_LAST || t->day == CALENDAR_DAY_SECOND_LAST;
    if (!(within(t->month, 1, 12) || special_month) || !(within(t->day, 1, 31) || special_day) ||
        !within(t->weekday, 1, 7)) {
        return false;
    }
    uint16_t year = t->year == CALENDAR_YEAR_ANY ? 2000 : t->year; /* 29 February exists in some year */
    if (t->month <= 12 && t->day <= 31 && t->day > days_in_month(year, t->month)) {
        return false;
    }
    return !complete_date(t) || t->weekday == CALENDAR_ANY ||
           t->weekday == weekday_of(days_from_date(t->year, t->month, t->day));
}

static bool time_fits(const struct calendar_time *t)
{
    return within(t->hour, 0, 23) && within(t->minute, 0, 59) && within(t->second, 0, 59) &&
           within(t->hundredths, 0, 99);
}

static bool deviation_fits(const struct calendar_time *t)
{
    return t->deviation_min == CALENDAR_DEVIATION_ANY ||
           (t->deviation_min >= -DEVIATION_LIMIT_MIN && t->deviation_min <= DEVIATION_LIMIT_MIN);
}

/* Two's complement without leaning on how a conversion out of range is done. */
static int16_t signed_16(uint8_t high, uint8_t low)
{
    int32_t value = high * 256 + low;
    return (int16_t)(value > INT16_MAX ? value - 65536 : value);
}

enum status calendar_decode(const uint8_t octets[CALENDAR_OCTETS], struct calendar_time *t)
{
    struct calendar_time decoded = {
        .year = (uint16_t)(octets[0] << 8 | octets[1]),
        .month = octets[2],
        .day = octets[3],
        .weekday = octets[4],
        .hour = octets[5],
        .minute = octets[6],
        .second = octets[7],
        .hundredths = octets[8],
        .status = octets[11],
        .deviation_min = signed_16(octets[9], octets[10]),
    };
    if (!date_fits(&decoded) || !time_fits(&decoded) || !deviation_fits(&decoded)) {
        return STATUS_RANGE;
    }
    *t = decoded;
    return STATUS_OK;
}
