/* Energy registers: what the meter is for.
 *
 * Each is uint64 mWh (mvarh, mVAh) and a remainder below 1 mWh in nJ, so nothing is ever lost to rounding and
 * nothing wraps (2^64 mWh = 1.8e13 kWh). Sums are computed from the truncated Wh or varh of their parts, so
 * that every identity holds exactly for a client: object-model.md decision 9.
 */
#ifndef METER_ENERGY_H
#define METER_ENERGY_H

#include <stdint.h>

#include "meter/metrology.h"

struct energy_register {
    uint64_t milli;   /* mWh, mvarh or mVAh */
    uint32_t rest_nj; /* below 3,600,000,000 */
};

enum energy_kind {
    ENERGY_ACTIVE_IMPORT,
    ENERGY_ACTIVE_EXPORT,
    ENERGY_REACTIVE_Q1,
    ENERGY_REACTIVE_Q2,
    ENERGY_REACTIVE_Q3,
    ENERGY_REACTIVE_Q4,
    ENERGY_APPARENT_IMPORT,
    ENERGY_APPARENT_EXPORT,
    ENERGY_COUNT
};

struct energy {
    struct energy_register registers[ENERGY_COUNT];
};

void energy_init(struct energy *e);
void energy_add(struct energy *e, const struct energy_increment *increment);

/* Whole Wh (varh, VAh), truncated, modulo 10^9: what the wire and the display show. */
uint32_t energy_whole(const struct energy *e, enum energy_kind kind);

#endif
