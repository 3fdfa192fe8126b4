/* A calibration record as a file: what the factory found out about one meter's front end, in JSON.
 *
 * {"voltage": {...}, "current": {...}, "neutral": {...}, "decimator_order": 0 or 3}, each channel with any of gain_ppb,
 * delay_ns, noise_code2, in_phase_ps, quadrature_ps as in meter/metrology.h. What is left out is nominal.
 */
#ifndef HOST_CALIBRATION_H
#define HOST_CALIBRATION_H

#include <stdbool.h>
#include <stddef.h>

#include "meter/metrology.h"

/* False, with a sentence in `message`, when the file cannot be read or is not of that form. */
bool calibration_load(struct metrology_calibration *c, const char *path, char *message, size_t size);

#endif
