/* Instantaneous values: the mean of the windows of about one second, which is how often they are renewed.
 *
 * Source  object-model.md 1.5. Windows last 182..222 ms at 55..45 Hz, so five of them make a value.
 * Context main loop only.
 */
#ifndef METER_AVERAGE_H
#define METER_AVERAGE_H

#include <stdint.h>

#include "meter/metrology.h"

/* Power below the starting threshold counts as zero, as it does in the registers. */
struct average_values {
    int64_t voltage_uv;
    int64_t current_na;
    int64_t neutral_na;
    int64_t active_uw;
    int64_t reactive_uvar;
    int64_t apparent_uva;
    int64_t frequency_uhz;
    int64_t phase_udeg; /* 0..359,999,999; 0 at no load */
};

/* Owned by the caller: read `values`, change only through the functions below. */
struct average {
    struct average_values values; /* of the last second; all zero in the first */
    struct average_values sums;   /* of the running one: value times weight */
    int64_t weight;               /* of its windows: time in units of 256 us */
    int64_t loaded_weight;        /* of those above the starting threshold */
    uint32_t first_phase_udeg;    /* of the first of those: the others count by their distance from it */
};

void average_init(struct average *a);

void average_add(struct average *a, const struct metrology_window *w);

#endif
