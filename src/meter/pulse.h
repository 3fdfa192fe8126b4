/* The test outputs: one pulse for each Wh (varh) that was booked.
 *
 * When a window has ended, its energy is given out evenly over as long a time as it took; so the pulses follow the
 * registers by one window, without drift, and a steady load gives steady pulses. When windows get shorter, what is
 * still to be given out goes first. Pulses that a failure of the supply has held back are owed: they come after it, one
 * more in each 150 ms, so that they can still be told apart at full load.
 *
 * Source  metrology.md 2.2 (11); 1000 imp/kWh.
 */
#ifndef METER_PULSE_H
#define METER_PULSE_H

#include <stdbool.h>
#include <stdint.h>

struct pulse {
    int64_t rest_nj;   /* given out since the last pulse; below 1 Wh */
    int64_t plan_nj;   /* what the plan gives out */
    uint32_t plan_us;  /* over which time, */
    uint32_t start_us; /* from when on, after the end of the window */
    int64_t next_nj;   /* how far into the plan the next pulse comes */
    uint8_t owed;      /* pulses of before the last failure of the supply that are to come; no more than 255 */
};

/* rest_nj: what the registers hold beyond whole Wh (their sum, when the output counts several), so that the pulses
 * of all times add up to the registers. owed: that of before the failure. */
void pulse_init(struct pulse *p, uint64_t rest_nj, uint8_t owed);

/* A window has ended and booked this energy, >= 0. */
void pulse_plan(struct pulse *p, int64_t energy_nj, uint32_t duration_us);

/* The pulses of the plan one after the other, as delays after the end of the window; false when there are no more.
 * Take all before the next plan. */
bool pulse_next(struct pulse *p, uint32_t *delay_us);

/* The supply fails `elapsed_us` after the end of the window that was planned last; so much was booked since. What of
 * this plan has not come yet never will: it is owed. */
void pulse_stop(struct pulse *p, int64_t energy_nj, uint32_t elapsed_us);

#endif
