#include "host/local_time.h"

#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include "base/calendar.h"

#define EPOCH_2000 946684800 /* 2000-01-01T00:00:00 UTC, seconds of the Unix time */

enum field { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, FIELD_COUNT };

/* Reads `least` to `most` digits. Returns where they end, NULL when there are fewer. */
static const char *read_digits(const char *text, unsigned least, unsigned most, unsigned *value)
{
    unsigned count = 0;
    *value = 0;
    while (count < most && text[count] >= '0' && text[count] <= '9') {
        *value = *value * 10 + (unsigned)(text[count++] - '0');
    }
    return count >= least ? text + count : NULL;
}

/* False when there is no such time, or it lies before 2000. */
static bool to_seconds(const unsigned fields[FIELD_COUNT], int64_t *local_s)
{
    struct calendar_time t = calendar_unspecified;
    t.year = (uint16_t)fields[YEAR]; /* four digits; two for the others */
    t.month = (uint8_t)fields[MONTH];
    t.day = (uint8_t)fields[DAY];
    t.hour = (uint8_t)fields[HOUR];
    t.minute = (uint8_t)fields[MINUTE];
    t.second = (uint8_t)fields[SECOND];
    uint8_t octets[CALENDAR_OCTETS];
    calendar_encode(&t, octets);
    if (fields[YEAR] < 2000 || calendar_decode(octets, &t) != STATUS_OK) {
        return false;
    }
    *local_s = calendar_seconds(&t);
    return true;
}

bool local_time_parse(const char *text, int64_t *local_s)
{
    static const char before[FIELD_COUNT] = { '\0', '-', '-', 'T', ':', ':' };
    unsigned fields[FIELD_COUNT] = { 0 };
    for (enum field field = YEAR; field < FIELD_COUNT; field++) {
        if (*text == '\0' && (field == HOUR || field == SECOND)) {
            break; /* what is left out is 0 */
        }
        if (field != YEAR) {
            if (*text != before[field] && (field != HOUR || *text != ' ')) {
                return false;
            }
            text++;
        }
        unsigned digits = field == YEAR ? 4 : 2;
        text = read_digits(text, digits, digits, &fields[field]);
        if (text == NULL) {
            return false;
        }
    }
    return *text == '\0' && to_seconds(fields, local_s);
}

const char *local_time_read_stamp(const char *text, int64_t *local_s)
{
    static const struct {
        enum field field;
        char after;
    } order[FIELD_COUNT] = {
        { DAY, '/' }, { MONTH, '/' }, { YEAR, ';' }, { HOUR, ':' }, { MINUTE, ':' }, { SECOND, '\0' },
    };
    unsigned fields[FIELD_COUNT];
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        bool year = order[i].field == YEAR;
        text = read_digits(text, year ? 4 : 1, year ? 4 : 2, &fields[order[i].field]);
        if (text == NULL || (order[i].after != '\0' && *text++ != order[i].after)) {
            return NULL;
        }
    }
    return to_seconds(fields, local_s) ? text : NULL;
}

void local_time_write(int64_t local_s, char text[LOCAL_TIME_TEXT])
{
    struct calendar_time t = calendar_civil(local_s);
    snprintf(text, LOCAL_TIME_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u", t.year, t.month, t.day, t.hour, t.minute,
             t.second);
}

int64_t local_time_now(void)
{
    return (int64_t)time(NULL) - EPOCH_2000 + LOCAL_TIME_DEVIATION_S;
}
