#include "host/booking.h"

#include <math.h>
#include <stdlib.h>

enum {
    SECOND_US = 1000000,
    NJ_PER_UWS = 1000,
    STARTING_UW = 2000000, /* metrology.md 2.2 (10), as in meter/metrology.c */
    STARTING_UVAR = 2500000,
    NO_VOLTAGE_UV = 46000000 /* 0.2 Un */
};

void booking_second(const struct quantities *q, struct metrology_window *w)
{
    /* What is below the threshold is not registered, and its sign is that of noise. */
    int64_t active_uw = llabs(q->active_uw) >= STARTING_UW ? q->active_uw : 0;
    int64_t reactive_uvar = llabs(q->reactive_uvar) >= STARTING_UVAR ? q->reactive_uvar : 0;
    double apparent_va = quantities_apparent_va(q);
    static const uint8_t quadrants[2][2] = { { 1, 4 }, { 2, 3 } };
    *w = (struct metrology_window){
        .duration_us = SECOND_US,
        .voltage_uv = q->voltage_uv,
        .current_na = (uint64_t)llround(quantities_current_a(q) * 1e9),
        .active_uw = q->active_uw,
        .reactive_uvar = q->reactive_uvar,
        .apparent_uva = (uint64_t)llround(apparent_va * 1e6),
        .power_factor_ppm = 1000000,
        .frequency_uhz = q->frequency_uhz,
        .quadrant = quadrants[active_uw < 0][reactive_uvar < 0],
        .flags = q->voltage_uv < NO_VOLTAGE_UV ? METROLOGY_NO_VOLTAGE : 0,
    };
    w->neutral_na = w->current_na;
    if (active_uw == 0 && reactive_uvar == 0) {
        w->flags |= METROLOGY_NO_LOAD;
        return;
    }
    w->power_factor_ppm = (int32_t)llround((double)q->active_uw / apparent_va);
    w->phase_udeg = (uint32_t)((llround(quantities_phase_deg(q) * 1e6) + 360000000) % 360000000);
    struct energy_increment *e = &w->energy;
    *(active_uw < 0 ? &e->active_export_nj : &e->active_import_nj) = llabs(active_uw) * NJ_PER_UWS;
    *(active_uw < 0 ? &e->apparent_export_nj : &e->apparent_import_nj) = (int64_t)w->apparent_uva * NJ_PER_UWS;
    e->reactive_q_nj[w->quadrant - 1] = llabs(reactive_uvar) * NJ_PER_UWS;
}
