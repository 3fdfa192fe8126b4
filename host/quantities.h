/* What a load draws at one moment: the electrical quantities at the meter's terminals. */
#ifndef HOST_QUANTITIES_H
#define HOST_QUANTITIES_H

#include <stdbool.h>
#include <stdint.h>

struct quantities {
    uint32_t voltage_uv; /* rms */
    uint32_t frequency_uhz;
    int64_t active_uw;     /* + import, - export */
    int64_t reactive_uvar; /* + current lags */
};

#define QUANTITIES_VOLTS_MAX   318.0 /* rms of a sine that just fits the front end: 450 V peak */
#define QUANTITIES_AMPERES_MAX 132.0 /* and 187.5 A peak */

/* False for what the front end cannot take, and for a power without a voltage. */
bool quantities_measurable(const struct quantities *q);

/* Apparent power, rms current and its lag (-180..180 degrees) of a sine that carries these quantities. */
double quantities_apparent_va(const struct quantities *q);
double quantities_current_a(const struct quantities *q);
double quantities_phase_deg(const struct quantities *q);

#endif
