/* Civil time: seconds since 2000-01-01T00:00:00 <-> year..second, the COSEM date-time, and rules with wildcards.
 *
 * Nothing here knows a time zone: a count of seconds is of whatever time it was made from. The zone is a matter of
 * meter/clock.
 *
 * Source  DLMS UA 1000-1 clause 4.1.6.1 (date and time formats, wildcards, last and second last day);
 *         proleptic Gregorian calendar.
 */
#ifndef BASE_CALENDAR_H
#define BASE_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

#define CALENDAR_MINUTE_S INT64_C(60)
#define CALENDAR_DAY_S    86400

/* Octets of a date-time, and of the date and the time inside it. */
#define CALENDAR_OCTETS      12u
#define CALENDAR_DATE_OCTETS 5u
#define CALENDAR_TIME_OCTETS 4u

/* "Not specified", and the special days and months. */
#define CALENDAR_YEAR_ANY        0xffffu
#define CALENDAR_ANY             0xffu
#define CALENDAR_DEVIATION_ANY   INT16_MIN
#define CALENDAR_DAY_LAST        0xfeu
#define CALENDAR_DAY_SECOND_LAST 0xfdu
#define CALENDAR_MONTH_DST_BEGIN 0xfeu
#define CALENDAR_MONTH_DST_END   0xfdu

/* clock_status, the last octet; CALENDAR_ANY: not specified. */
#define CALENDAR_STATUS_INVALID  0x01u
#define CALENDAR_STATUS_DOUBTFUL 0x02u
#define CALENDAR_STATUS_DST      0x80u

struct calendar_time {
    uint16_t year;         /* 0..65534 */
    uint8_t month;         /* 1..12 */
    uint8_t day;           /* 1..31 */
    uint8_t weekday;       /* 1 Monday .. 7 Sunday */
    uint8_t hour;          /* 0..23 */
    uint8_t minute;        /* 0..59 */
    uint8_t second;        /* 0..59 */
    uint8_t hundredths;    /* 0..99 */
    uint8_t status;        /* clock_status */
    int16_t deviation_min; /* local time + deviation = UTC: -60 for UTC+1; -960..960 */
};

/* Every field "not specified": the time of something that has not happened yet. */
extern const struct calendar_time calendar_unspecified;

/* The civil time of a count of seconds (years 0..65534), hundredths 0; deviation and status are not specified. */
struct calendar_time calendar_civil(int64_t seconds);

/* True if year, month, day, hour, minute and second are all specified (the weekday and the hundredths need not be). */
bool calendar_complete(const struct calendar_time *t);

/* The count of seconds of a complete time that exists. */
int64_t calendar_seconds(const struct calendar_time *t);

/* The first instant in `year` that a rule (a time with wildcards) designates: a day FE or FD with a weekday is the
 * last or second last such weekday of the month, any other day with a weekday is that weekday on or after the day,
 * and what is not specified counts from its beginning. The month must be specified.
 * False if the rule has none in that year. */
bool calendar_first_match(const struct calendar_time *rule, uint16_t year, int64_t *seconds);

void calendar_encode(const struct calendar_time *t, uint8_t octets[CALENDAR_OCTETS]);

/* STATUS_RANGE, with *t untouched, if a field is outside its limits, the month has no such day, or a complete date
 * has another weekday. */
enum status calendar_decode(const uint8_t octets[CALENDAR_OCTETS], struct calendar_time *t);

#endif
