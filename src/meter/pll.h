/* The oscillator that follows the fundamental of the voltage, and the frequency.
 *
 * The phase of the voltage against the oscillator is known once for each window, at its centre. From one centre to
 * the next the oscillator makes a known number of cycles, the change of phase adds the rest: that is the frequency.
 * The next window runs at it, plus what takes 0.3 of the phase away. Windows of one cycle find any frequency within
 * 25 Hz of the oscillator's; windows of ten keep it.
 *
 * Source  metrology.md 2.2 (7).
 */
#ifndef METER_PLL_H
#define METER_PLL_H

#include <stdbool.h>
#include <stdint.h>

#define PLL_NOMINAL_HZ 50u
/* The oscillator stays within these; they bound the length of a window. */
#define PLL_MIN_HZ 40u
#define PLL_MAX_HZ 70u

#define PLL_CYCLES        10u /* in a window: 200 ms at 50 Hz */
#define PLL_SHORT_WINDOWS 25u /* of one cycle, after a start or when the voltage comes back */

struct pll {
    uint32_t rate_hz;
    uint32_t step;          /* the oscillator's advance in a sample; 2^32 is one cycle */
    uint32_t natural_step;  /* that of the frequency, without the correction of the phase */
    uint32_t frequency_uhz; /* the last one measured; nominal before */
    uint8_t cycles;         /* in the running window */
    uint8_t short_windows;  /* still to come after it */
    bool locked;            /* the last window had a phase: */
    uint8_t last_cycles;
    uint32_t last_phase;
    uint32_t last_weight;
};

/* Starts at 50 Hz with a window of one cycle. */
void pll_init(struct pll *p, uint32_t rate_hz);

/* A window of `weight` samples (Q16, > 0) has ended in which the voltage led the oscillator by `phase` (2^32 is one
 * cycle). Sets step and cycles for the next. */
void pll_follow(struct pll *p, uint32_t phase, uint32_t weight);

/* A window has ended of which some is not known: goes on at the last frequency. */
void pll_coast(struct pll *p);

/* A window without voltage has ended: goes on at the last frequency; short windows when the voltage is back. */
void pll_hold(struct pll *p);

/* There is voltage, but hardly any at the oscillator's frequency: looks for it anew. */
void pll_restart(struct pll *p);

#endif
