#include "host/booking.h"

#include <math.h>
#include <stdlib.h>

enum {
    SECOND_US = 1000000,
    NJ_PER_UWS = 1000,
    STARTING_UW = 2000000, /* metrology.md 2.2 (10): a load starts above 2.0 W (var) */
};

static uint8_t quadrant(const struct quantities *q)
{
    if (q->active_uw >= 0) {
        return q->reactive_uvar >= 0 ? 1 : 4;
    }
    return q->reactive_uvar >= 0 ? 2 : 3;
}

/* Current against voltage, 0..360 degrees, lagging positive. */
static uint32_t phase_udeg(const struct quantities *q)
{
    int64_t udeg = llround(quantities_phase_deg(q) * 1e6);
    return (uint32_t)(udeg < 0 ? udeg + 360000000 : udeg);
}

void booking_second(const struct quantities *q, struct metrology_window *w)
{
    double apparent_va = quantities_apparent_va(q);
    bool active_flows = llabs(q->active_uw) >= STARTING_UW;
    bool reactive_flows = llabs(q->reactive_uvar) >= STARTING_UW;
    *w = (struct metrology_window){
        .duration_us = SECOND_US,
        .voltage_uv = q->voltage_uv,
        .current_na = (uint64_t)llround(quantities_current_a(q) * 1e9),
        .active_uw = q->active_uw,
        .reactive_uvar = q->reactive_uvar,
        .apparent_uva = (uint64_t)llround(apparent_va * 1e6),
        .power_factor_ppm = 1000000,
        .frequency_uhz = q->frequency_uhz,
        .quadrant = 1,
    };
    w->neutral_na = w->current_na;
    if (!active_flows && !reactive_flows) {
        w->flags |= METROLOGY_NO_LOAD;
    } else {
        w->quadrant = quadrant(q);
        w->phase_udeg = phase_udeg(q);
        w->power_factor_ppm = (int32_t)llround((double)q->active_uw / apparent_va);
    }
    if (active_flows) {
        int64_t *way = q->active_uw > 0 ? &w->energy.active_import_nj : &w->energy.active_export_nj;
        int64_t *apparent = q->active_uw > 0 ? &w->energy.apparent_import_nj : &w->energy.apparent_export_nj;
        *way = llabs(q->active_uw) * NJ_PER_UWS;
        *apparent = (int64_t)w->apparent_uva * NJ_PER_UWS;
    }
    if (reactive_flows) {
        w->energy.reactive_q_nj[w->quadrant - 1] = llabs(q->reactive_uvar) * NJ_PER_UWS;
    }
    if (q->voltage_uv < 46000000) { /* 0.2 Un */
        w->flags |= METROLOGY_NO_VOLTAGE;
    }
}
