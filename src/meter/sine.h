/* Sine and cosine of the oscillator's phase, Q22.
 *
 * 1024 entries and linear interpolation: the largest error is 5e-6, the error of the fundamental below 1e-7
 * (tools/sine_table.py says why).
 */
#ifndef METER_SINE_H
#define METER_SINE_H

#include <stdint.h>

#define SINE_ENTRIES 1024u
#define SINE_SHIFT   22u /* 1.0 is 2^22 */

extern const int32_t sine_table[SINE_ENTRIES + 1];

/* phase: 2^32 is one cycle. */
static inline void sine_and_cosine(uint32_t phase, int32_t *sine, int32_t *cosine)
{
    uint32_t index = phase >> 22;
    const int32_t *s = &sine_table[index];
    const int32_t *c = &sine_table[(index + SINE_ENTRIES / 4) % SINE_ENTRIES];
    int32_t between = (int32_t)((phase >> 6) & 0xffffu); /* Q16 */
    *sine = s[0] + (((s[1] - s[0]) * between) >> 16);
    *cosine = c[0] + (((c[1] - c[0]) * between) >> 16);
}

#endif
