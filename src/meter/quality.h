/* Voltage quality: the share of averages of ten minutes that are outside the reference voltage +-10 %, week by week.
 *
 * Weeks begin on Monday 00:00 UTC, averages on multiples of ten minutes. When more than 5 % of the 1,008 averages of a
 * week were outside, the voltage of that week is bad: event 92, once in a week, at the end of the average that makes it
 * so. An average over fewer than nine of its ten minutes (after a power failure, when the clock was set) does not
 * count.
 *
 * Source  object-model.md 3, event 92; the idea is that of EN 50160 clause 4.2.2.2.
 * Context pure; main loop only.
 */
#ifndef METER_QUALITY_H
#define METER_QUALITY_H

#include <stdbool.h>
#include <stdint.h>

enum { QUALITY_AVERAGE_S = 600, QUALITY_OUTSIDE_MAX = 50 /* of 1,008: the 51st is more than 5 % */ };

/* Owned by the caller, who keeps `week` and `outside` over a power failure. */
struct quality {
    uint32_t week;    /* since the one that began on 2000-01-03 */
    uint16_t outside; /* averages of it */
    int64_t average;  /* the running one: number since 2000-01-01 */
    int64_t sum_dv;
    uint16_t seconds;
};

enum quality_result {
    QUALITY_NOTHING,
    QUALITY_COUNTED, /* `week` or `outside` has changed */
    QUALITY_BAD      /* and the week is bad from now on */
};

/* To be called once for each second, with the UTC at its end. */
enum quality_result quality_step(struct quality *q, int64_t utc_s, int64_t voltage_dv, uint16_t reference_voltage_v);

#endif
