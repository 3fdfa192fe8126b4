/* The meter's clock: UTC inside, local time with deviation and daylight saving outside.
 *
 * Signs are those of COSEM: local time + time_zone = UTC, so Budapest has -60 in winter, and -120 in summer after
 * daylight saving has taken its +60 away.
 *
 * Source  DLMS UA 1000-1, class_id 8 version 0; object-model.md 1.2, 8.6, decisions 11 and 14.
 * Context main loop only.
 */
#ifndef METER_CLOCK_H
#define METER_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/calendar.h"
#include "base/status.h"
#include "board/board.h"

/* The clock can be set to 2000-01-01T00:00:00Z up to, but not including, 2100-01-01T00:00:00Z. */
#define CLOCK_END_S INT64_C(3155760000)

#define CLOCK_ZONE_LIMIT_MIN          840 /* UTC+14 */
#define CLOCK_DST_DEVIATION_LIMIT_MIN 120
#define CLOCK_SHIFT_LIMIT_S           900

/* A time that waits for adjust_to_preset_time. */
struct clock_preset {
    int64_t utc_s;
    int64_t from_s;  /* UTC, when it may be applied, first */
    int64_t until_s; /* and last */
    uint8_t hundredths;
    bool armed;
};

/* Owned by the caller: read freely, change only through the functions below, and the settings through meter/setting.h;
 * they leave UTC alone. */
struct clock {
    int64_t utc_s; /* since 2000-01-01T00:00:00Z, as of the last step */
    uint8_t hundredths;
    bool invalid;  /* the chip lost its power, or shows a time that cannot be; until the clock is set */
    bool doubtful; /* the chip went back by itself; until the clock is set */
    bool dst_enabled;
    int8_t dst_deviation_min;       /* added to local time while daylight saving is active */
    int16_t zone_min;               /* local standard time + this = UTC */
    uint16_t jump_limit_s;          /* a larger change is a jump: decision 11 */
    int16_t crystal_cppm;           /* by so many 0.01 ppm the crystal is fast at 25 degrees; the factory's */
    uint32_t last_set_s;            /* UTC after the last change of the time by a client; 0: never */
    struct calendar_time dst_begin; /* in local standard time, unless it has a deviation of its own */
    struct calendar_time dst_end;   /* in local daylight saving time, likewise */
    struct clock_preset preset;
};

/* Default settings, and the time of the chip. */
void clock_init(struct clock *c, struct board *board);

/* Reads the chip. */
void clock_step(struct clock *c, struct board *board);

/* Any instant as local time, with deviation and status; the status tells how good the clock is now. */
struct calendar_time clock_local(const struct clock *c, int64_t utc_s, uint8_t hundredths);
struct calendar_time clock_now(const struct clock *c);

/* The instant that a date-time means. Its deviation decides if it has one. Otherwise it is local time, and in the
 * hour that occurs twice, or never, its status decides; if it has none, the first pass, or standard time.
 * STATUS_RANGE if it is not complete. */
enum status clock_utc(const struct clock *c, const struct calendar_time *t, int64_t *utc_s);

/* Sets the clock: it is valid from then on. STATUS_RANGE if the time is not complete or outside the limits. */
enum status clock_set(struct clock *c, struct board *board, const struct calendar_time *t);

/* Sets the clock to the nearest multiple of `grid_s` in local time, half rounds up; grid_s divides a day.
 * Or moves it by -CLOCK_SHIFT_LIMIT_S..CLOCK_SHIFT_LIMIT_S. STATUS_BUSY while the clock is invalid: a wrong time
 * does not become right by moving it. STATUS_RANGE outside the limits. */
enum status clock_adjust(struct clock *c, struct board *board, int32_t grid_s);
enum status clock_shift(struct clock *c, struct board *board, int32_t shift_s);

/* Keeps a time for clock_adjust_to_preset, up to the next failure of the supply; each replaces the one before.
 * STATUS_RANGE if one of the times is not complete, the new one is outside the limits, or the interval ends before it
 * begins. */
enum status clock_set_preset(struct clock *c, const struct calendar_time *t, const struct calendar_time *from,
                             const struct calendar_time *until);

/* Applies the preset time, once. STATUS_BUSY if there is none, the clock is outside its interval, or invalid. */
enum status clock_adjust_to_preset(struct clock *c, struct board *board);

/* Brings the clock chip's speed to what the factory's calibration and the temperature ask for; to be called every
 * minute. The crystal of a clock is slower than at 25 degrees by 0.034 ppm for each degree squared (its data sheet). */
void clock_compensate(const struct clock *c, struct board *board);

#endif
