/* Supervision: each second of metering time the conditions, the voltage quality, covers and magnet, the clock, the
 * self-test; and what becomes of them in events and records.
 *
 * Seconds are those of the samples, so a clock that is set changes no delay.
 *
 * Source  object-model.md 1.9, 1.10, 3, 8.5, decisions 11 and 15.
 * Context main loop only.
 */
#ifndef METER_SUPERVISION_H
#define METER_SUPERVISION_H

#include <stdbool.h>
#include <stdint.h>

#include "board/board.h"
#include "meter/condition.h"
#include "meter/quality.h"
#include "meter/selftest.h"

struct memory_last;
struct meter;
struct metrology_window;

/* How often a cover was opened or a magnet was there. Times with the supply only. */
struct supervision_sensor {
    uint32_t count;
    uint32_t last_s;     /* UTC when it last began */
    uint32_t duration_s; /* of the last one, or the one that goes on */
    uint32_t total_s;
};

/* Owned by the meter: read freely, change the limits only through the settings. */
struct supervision {
    struct conditions conditions;
    struct quality quality;
    struct selftest selftest;
    struct supervision_sensor sensors[BOARD_SENSOR_COUNT];

    uint32_t us;          /* metering time that has not been looked at yet */
    uint8_t window_flags; /* of the windows in it */
    uint16_t battery_s;   /* of an hour: the battery is measured in its first minute */
    int64_t minute_s;     /* UTC when the minute last changed; 0: none yet */
};

/* Defaults. */
void supervision_init(struct meter *m);

/* At power-up, after the registers and the operating time: what was active before, and how long it has lasted. */
void supervision_recall(struct meter *m, const struct memory_last *last);

/* When the settings are loaded, the logs mounted and the reader set: the events of a start: 1 (stamped when the supply
 * went), 2, 6, 15, and the log of long failures. */
void supervision_power_up(struct meter *m);

/* A window was booked. */
void supervision_window(struct meter *m, const struct metrology_window *w);

/* All seconds that have passed; often, after the registers and the clock are renewed. */
void supervision_step(struct meter *m);

/* The clock was set, and showed `before_s` until then: events 4 and 5, if that was a jump. */
void supervision_clock_set(struct meter *m, int64_t before_s);

#endif
