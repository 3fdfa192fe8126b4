#include "host/quantities.h"

#include <math.h>

double quantities_apparent_va(const struct quantities *q)
{
    double active_w = (double)q->active_uw / 1e6;
    double reactive_var = (double)q->reactive_uvar / 1e6;
    return sqrt(active_w * active_w + reactive_var * reactive_var);
}

double quantities_current_a(const struct quantities *q)
{
    return q->voltage_uv == 0 ? 0.0 : quantities_apparent_va(q) / ((double)q->voltage_uv / 1e6);
}

double quantities_phase_deg(const struct quantities *q)
{
    return atan2((double)q->reactive_uvar, (double)q->active_uw) * (180.0 / 3.14159265358979323846);
}

bool quantities_measurable(const struct quantities *q)
{
    bool powered = q->active_uw != 0 || q->reactive_uvar != 0;
    return q->voltage_uv <= (uint32_t)(QUANTITIES_VOLTS_MAX * 1e6) && !(powered && q->voltage_uv == 0) &&
           quantities_current_a(q) <= QUANTITIES_AMPERES_MAX;
}
