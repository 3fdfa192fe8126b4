/* Metrology: from samples of voltage and current to power, rms values, phase, frequency and energy.
 *
 * Integer arithmetic throughout: the same bits on every machine. Windows of 10 cycles (200 ms), cut at
 * sub-sample accuracy by a phase-locked NCO, tile time without a gap. See docs and DESIGN.md.
 *
 * Source  design: metrology.md 2.2. Definitions: active power as mean of v*i; reactive energy from the
 *         fundamental (IEC 62053-24); signs and quadrants as IEC 62053-23 annex.
 * Context main loop only.
 */
#ifndef METER_METROLOGY_H
#define METER_METROLOGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "board/board.h"

/* What the factory found out about one meter's front end. All zero but the gains: the nominal front end. */
struct metrology_calibration;

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
    uint32_t voltage_uv;       /* rms, the mean removed */
    uint64_t current_na;       /* rms of the billed channel, the mean removed */
    uint64_t neutral_na;       /* rms of the neutral channel */
    int64_t active_uw;         /* + import, - export */
    int64_t reactive_uvar;     /* of the fundamental; + current lags */
    uint64_t apparent_uva;     /* V * I */
    int32_t power_factor_ppm;  /* P / S with the sign of P; 1,000,000 at no load */
    uint32_t frequency_uhz;
    uint32_t phase_udeg;       /* 0..359,999,999; current lagging is positive: decision 17 */
    uint8_t quadrant;          /* 1..4 */
    uint8_t flags;             /* METROLOGY_* */
    struct energy_increment energy; /* after the creep threshold: what the registers get */
};

enum metrology_flag {
    METROLOGY_CLIPPED = 1,        /* a code at the converter's limit */
    METROLOGY_SAMPLE_MISSED = 2,  /* the board reported a gap; it was bridged */
    METROLOGY_NO_VOLTAGE = 4,     /* below 0.2 Un: the frequency is the last known */
    METROLOGY_NEUTRAL_BILLED = 8, /* the neutral channel is the larger by more than the limit */
    METROLOGY_NO_LOAD = 16        /* below the starting threshold, active and reactive: nothing is booked */
};

struct metrology;

void metrology_init(struct metrology *m, const struct metrology_calibration *calibration, uint32_t rate_hz);

/* Takes samples up to the end of a window. Returns how many were taken; when a window ended with the last of
 * them, *ended is true and *w is filled. */
size_t metrology_add(struct metrology *m, const struct board_sample *samples, size_t count,
                     struct metrology_window *w, bool *ended);

/* Tells of samples that were lost just before the next one. */
void metrology_missed(struct metrology *m, uint32_t samples);

#endif
