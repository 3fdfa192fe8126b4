#include "meter/pll.h"

#include "meter/fixed.h"

static uint32_t step_at(const struct pll *p, uint32_t frequency_hz)
{
    return (uint32_t)(((uint64_t)frequency_hz << 32) / p->rate_hz);
}

static uint32_t limited(const struct pll *p, int64_t step)
{
    int64_t low = step_at(p, PLL_MIN_HZ);
    int64_t high = step_at(p, PLL_MAX_HZ);
    return (uint32_t)(step < low ? low : step > high ? high : step);
}

static void next_window(struct pll *p)
{
    p->cycles = PLL_CYCLES;
    if (p->short_windows > 0) {
        p->short_windows--;
        p->cycles = 1;
    }
}

void pll_coast(struct pll *p)
{
    p->step = p->natural_step;
    p->locked = false;
    next_window(p);
}

void pll_hold(struct pll *p)
{
    p->short_windows = 0;
    pll_coast(p);
    p->short_windows = PLL_SHORT_WINDOWS;
}

void pll_restart(struct pll *p)
{
    p->natural_step = step_at(p, PLL_NOMINAL_HZ);
    p->short_windows = PLL_SHORT_WINDOWS;
    pll_coast(p);
}

void pll_init(struct pll *p, uint32_t rate_hz)
{
    *p = (struct pll){ .rate_hz = rate_hz, .frequency_uhz = PLL_NOMINAL_HZ * 1000000u };
    pll_restart(p);
}

/* From the centre of the last window to that of this one. */
static void measure(struct pll *p, uint32_t phase, uint32_t weight)
{
    int64_t turned = ((int64_t)(p->last_cycles + p->cycles) << 31) + (int32_t)(phase - p->last_phase);
    uint32_t samples = p->last_weight + weight; /* twice the distance, Q16 */
    p->natural_step = limited(p, (turned << 17) / samples);
    p->frequency_uhz = (uint32_t)(fixed_scale(turned, (int64_t)p->rate_hz * 1000000, samples) >> 15);
}

void pll_follow(struct pll *p, uint32_t phase, uint32_t weight)
{
    if (p->locked) {
        measure(p, phase, weight);
    }
    p->locked = true;
    p->last_phase = phase;
    p->last_weight = weight;
    p->last_cycles = p->cycles;

    next_window(p);
    int64_t next_samples = ((int64_t)p->cycles << 32) / p->natural_step;
    p->step = limited(p, p->natural_step + (int64_t)(int32_t)phase * 3 / (10 * next_samples));
}
