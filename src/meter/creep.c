#include "meter/creep.h"

enum { SMOOTHING_US = 800000 };

static void smooth(struct creep *c, int64_t power, uint32_t duration_us)
{
    int64_t distance = (power < 0 ? -power : power) - c->smoothed;
    c->rising = distance > 0;
    c->smoothed += distance * duration_us / ((int64_t)SMOOTHING_US + duration_us);
}

int64_t creep_pass(struct creep *c, const struct creep_threshold *threshold, int64_t power, int64_t energy_nj,
                   uint32_t duration_us, bool idle)
{
    smooth(c, power, duration_us);
    if (c->running) {
        c->running = c->smoothed >= threshold->stop || !idle;
        c->maybe_nj = 0;
        return c->running ? energy_nj : 0;
    }
    c->maybe_nj = energy_nj + (c->rising ? c->maybe_nj : 0);
    c->running = c->smoothed >= threshold->start;
    return c->running ? c->maybe_nj : 0;
}
