/* The starting threshold: tells a small load from the noise of an idle meter.
 *
 * The power is smoothed (0.8 s); registration starts above one threshold and stops below a lower one when the
 * current is below half the starting current too. What flowed while the smoothed value was on its way up is kept and
 * booked when it arrives, so a load is billed from its first window.
 *
 * Source  metrology.md 2.2 (10).
 */
#ifndef METER_CREEP_H
#define METER_CREEP_H

#include <stdbool.h>
#include <stdint.h>

struct creep_threshold {
    int64_t start; /* uW or uvar */
    int64_t stop;
};

struct creep {
    bool running;
    bool rising;      /* the smoothed value is on its way up */
    int64_t smoothed; /* magnitude, uW or uvar */
    int64_t maybe_nj; /* energy since it began to rise */
};

/* Takes a window and returns the energy to book, with its sign: all of it, none, or more than the window's own. */
int64_t creep_pass(struct creep *c, const struct creep_threshold *threshold, int64_t power, int64_t energy_nj,
                   uint32_t duration_us, bool idle);

#endif
