/* Metrology: from samples of voltage and current to power, rms values, phase, frequency and energy.
 *
 * Integer arithmetic throughout: the same bits on every machine. A numerically controlled oscillator follows the
 * fundamental of the voltage; windows are 10 of its cycles (200 ms), cut at sub-sample accuracy, so they tile time
 * without gap or overlap. The first 25 windows after a start or a loss of the voltage are 1 cycle long.
 *
 * Definitions. Active power: mean of v*i, without the product of the means. RMS values: AC, the mean removed.
 * Reactive power: of the fundamental, V1 I1 sin(phi) (IEC 62053-24). Apparent: V * I. Signs and quadrants as in the
 * annex of IEC 62053-23.
 *
 * Source  metrology.md 2.2, 2.3; object-model.md decisions 9 and 17.
 * Context main loop only.
 */
#ifndef METER_METROLOGY_H
#define METER_METROLOGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "board/board.h"
#include "meter/creep.h"
#include "meter/pll.h"

#define METROLOGY_RATE_MIN_HZ 2000u
#define METROLOGY_RATE_MAX_HZ 32000u

/* What the factory found out about one channel. */
struct metrology_channel {
    uint32_t gain_ppb;     /* true value / nominal reading: 1,000,000,000 for the nominal front end; 0.5..2 of it */
    int32_t delay_ns;      /* the samples are delayed by this; up to one sample period either way */
    uint32_t noise_code2;  /* current channels: mean square read with the circuit open, codes squared, ... */
    int32_t in_phase_ps;   /* ... and the current read for each volt then, pA/V: in phase ... */
    int32_t quadrature_ps; /* ... and lagging by 90 degrees */
};

/* What the factory found out about one meter's front end. */
struct metrology_calibration {
    struct metrology_channel voltage, current, neutral;
    uint8_t decimator_order; /* of the converter's sinc filter, whose droop is undone: 0 (flat) .. 4 */
};

/* The front end of metrology.md 2.3, as it was meant to be, with a flat response. */
extern const struct metrology_calibration metrology_nominal;

/* Energy of a stretch of time, by where it is booked, in nJ (nWs), all >= 0. */
struct energy_increment {
    int64_t active_import_nj;
    int64_t active_export_nj;
    int64_t reactive_q_nj[4]; /* quadrants I..IV */
    int64_t apparent_import_nj;
    int64_t apparent_export_nj;
};

/* What one window measured. */
struct metrology_window {
    uint32_t duration_us;
    uint32_t voltage_uv;      /* rms, the mean removed */
    uint64_t current_na;      /* rms of the billed channel, the mean removed */
    uint64_t neutral_na;      /* rms of the neutral channel */
    int64_t active_uw;        /* + import, - export */
    int64_t reactive_uvar;    /* of the fundamental; + current lags */
    uint64_t apparent_uva;    /* V * I */
    int32_t power_factor_ppm; /* P / S with the sign of P; 1,000,000 at no load */
    uint32_t frequency_uhz;
    uint32_t phase_udeg;            /* 0..359,999,999; current lagging is positive: decision 17; 0 at no load */
    uint8_t quadrant;               /* 1..4; 1 at no load */
    uint8_t flags;                  /* METROLOGY_* */
    struct energy_increment energy; /* after the creep threshold: what the registers get */
};

enum metrology_flag {
    METROLOGY_CLIPPED = 1,        /* a code at the converter's limit */
    METROLOGY_SAMPLE_MISSED = 2,  /* the board reported a gap; it was bridged */
    METROLOGY_NO_VOLTAGE = 4,     /* below 0.2 Un: the frequency is the last known */
    METROLOGY_NEUTRAL_BILLED = 8, /* the neutral channel is the larger by more than the limit */
    METROLOGY_NO_LOAD = 16        /* below the starting threshold, active and reactive: nothing is booked */
};

/* Sums over a window of the filtered codes v (voltage), i (current of the billed channel) and o (of the other one),
 * and of v and i times the oscillator's cosine c and sine s. */
enum metrology_sum {
    METROLOGY_V,
    METROLOGY_I,
    METROLOGY_O,
    METROLOGY_VV,
    METROLOGY_II,
    METROLOGY_OO,
    METROLOGY_VI,
    METROLOGY_VO,
    METROLOGY_VC,
    METROLOGY_VS,
    METROLOGY_IC,
    METROLOGY_IS,
    METROLOGY_SUMS
};

/* Undoes a channel's droop and delay: three taps, Q24, in the transposed form. */
struct metrology_filter {
    int32_t newest, middle, oldest; /* taps */
    int64_t next, after_next;       /* what past samples have put into coming outputs */
};

/* One current channel. */
struct metrology_path {
    size_t offset; /* of its codes in struct board_sample */
    struct metrology_filter filter;
    int64_t energy_scale;  /* nJ for a code squared and sample, Q64 */
    int64_t current_scale; /* nA for a code, Q47 */
    uint32_t noise_code2;
    int64_t in_phase; /* codes of the current for one of the voltage, Q40 */
    int64_t quadrature;
};

/* Mean and fundamental of a channel, codes. */
struct metrology_wave {
    int32_t mean, cosine, sine;
};

/* Owned by the caller; the fields are metrology.c's. */
struct metrology {
    struct metrology_filter voltage;
    int64_t voltage_scale; /* uV for a code, Q47 */
    struct metrology_path billed, other;
    bool neutral_billed;
    uint32_t wrong_us; /* for how long the other channel should have been billed */

    struct pll pll;
    uint32_t phase;      /* of the oscillator at the next output of the filters, 2^32 is one cycle */
    uint32_t left;       /* whole samples until the window ends */
    uint32_t last_share; /* how much of the sample after them belongs to it, Q16 */

    int64_t sums[METROLOGY_SUMS]; /* of the running window */
    uint32_t weight;              /* samples in it so far, Q16 */
    uint8_t flags;                /* of it */

    bool primed;                /* the filters have seen a sample */
    struct board_sample newest; /* the last one that they saw */
    uint32_t missing;           /* samples to bridge before the next one */

    uint64_t active_rest, reactive_rest, apparent_rest; /* energy below 1 nJ, Q64 */
    uint32_t duration_rest;                             /* time below 1 us, in 1 / (65536 rate) us */
    struct creep active, reactive;
    int64_t apparent_maybe_nj;

    struct metrology_window last;
    struct metrology_wave voltage_wave, current_wave; /* of the last window, what a gap is bridged with */
};

/* Starts at 50 Hz. STATUS_RANGE, with *m untouched, if the rate or a value of the calibration is outside its
 * limits. */
enum status metrology_init(struct metrology *m, const struct metrology_calibration *calibration, uint32_t rate_hz);

/* Takes samples up to the end of a window. Returns how many were taken; when a window ended, *ended is true and *w
 * is filled. Call again until all are taken: a call may end a window and take no sample (a gap is bridged). */
size_t metrology_add(struct metrology *m, const struct board_sample *samples, size_t count, struct metrology_window *w,
                     bool *ended);

/* Tells of samples that were lost just before the next one. Up to one second is bridged: the fundamentals of the last
 * window go on through the gap, so neither time nor energy is lost. What is longer is not measured, and not billed. */
void metrology_missed(struct metrology *m, uint32_t samples);

/* Ends the running window where it stands, for the end of a recording or of the supply. Active energy is exact; the
 * other values are those of the last whole window. Afterwards only metrology_init is allowed. */
void metrology_close(struct metrology *m, struct metrology_window *w);

#endif
