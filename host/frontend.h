/* A simulated analogue front end: voltages and currents at the terminals in, converter codes out.
 *
 * For the virtual meter and for tests; double is allowed here. The signal is given by its definition (amplitude,
 * frequency, harmonics, shape), the front end by its faults (gain, skew, offset, crosstalk, noise, resolution,
 * decimator, clock). The same seed gives the same codes.
 *
 *     v(t) = sqrt(2) V [ sin(a)       + sum over h of fraction * sin(h a + phase) ]      a = angle of the voltage
 *     i(t) = sqrt(2) I [ shape(a - p) + sum over h of fraction * sin(h a + phase) ]      p = lag of the current
 *
 * Source  metrology.md 2.3 (scale), 4.2 (faults), 4.3 (signals).
 */
#ifndef HOST_FRONTEND_H
#define HOST_FRONTEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "board/board.h"

#define FRONTEND_VOLTS_PER_CODE   (450.0 / 8388608.0)
#define FRONTEND_AMPERES_PER_CODE (187.5 / 8388608.0)

#define FRONTEND_HARMONICS_MAX  8
#define FRONTEND_DECIMATION     16 /* converter clocks per sample when the decimator is on */
#define FRONTEND_DECIMATOR_TAPS (3 * FRONTEND_DECIMATION)

/* The current's fundamental, by its angle. The amplitude is that of the full sine, of which all but the square cut
 * pieces out: 230 V, "5 A" phase-fired is 575 W. */
enum frontend_shape {
    FRONTEND_SINE,
    FRONTEND_PHASE_FIRED, /* off from each zero crossing to the next crest (90 degrees) */
    FRONTEND_BURST,       /* two cycles on, two off */
    FRONTEND_HALF_WAVE,   /* positive half cycles only */
    FRONTEND_SQUARE       /* its rms value is the given one */
};

struct frontend_harmonic {
    unsigned order;   /* 0 ends the list */
    double fraction;  /* of the fundamental's rms value */
    double phase_deg; /* at its own frequency, where the voltage's fundamental crosses zero upwards */
};

/* What is at the terminals. */
struct frontend_signal {
    double frequency_hz;
    double drift_hz_per_s; /* from frontend_set on */
    double voltage_v;      /* rms */
    double current_a;      /* rms; negative: export */
    double neutral_a;      /* rms of the current in the neutral conductor, same form; normally current_a */
    double phase_deg;      /* positive: the current lags */
    enum frontend_shape shape;
    struct frontend_harmonic voltage_harmonics[FRONTEND_HARMONICS_MAX];
    struct frontend_harmonic current_harmonics[FRONTEND_HARMONICS_MAX];
};

/* What one channel does to it. */
struct frontend_channel {
    double gain;   /* 1: nominal */
    double offset; /* V or A */
    double noise;  /* rms per sample, white, V or A */
    double skew_s; /* it is sampled that much too late */
};

struct frontend_parameters {
    uint32_t rate_hz;
    struct frontend_channel voltage, current, neutral;
    double crosstalk_s; /* current seen for each volt, A/V, in both current channels */
    double clock_ppm;   /* the sample clock is fast by this */
    unsigned bits;      /* of the converter: 24, or fewer, left-justified */
    bool decimator;     /* sinc3, 16 converter clocks for a sample; else one clock and a flat response */
    uint64_t seed;
};

#define FRONTEND_CHANNELS 3 /* voltage, current, neutral */

/* Owned by the caller; the fields are frontend.c's. */
struct frontend {
    struct frontend_parameters parameters;
    struct frontend_signal signal;
    bool plain;       /* a sine through a flat front end: two products for each code */
    double clock_s;   /* one converter clock */
    double frequency; /* Hz, now: it drifts */
    double angle;     /* of the voltage, in cycles, 0..4 (a burst is 4 cycles long), when the count was 0 */
    unsigned count;   /* converter clocks since then; the vector is computed anew at the end */
    double vector[2]; /* cos and sin of the angle now */
    double turn[2];   /* cos and sin of what it turns in a clock */
    double skew[FRONTEND_CHANNELS][2]; /* cos and sin of what the channel is late by */
    double lag[2];                     /* cos and sin of the current's lag */
    double mix[FRONTEND_CHANNELS][2];  /* what the channel takes of the vector in codes, if it is plain */
    double base[FRONTEND_CHANNELS];    /* offset, codes */
    double codes[FRONTEND_CHANNELS];   /* codes for 1 V or 1 A */
    double taps[FRONTEND_DECIMATOR_TAPS];
    double coming[FRONTEND_CHANNELS][3]; /* what past clocks have put into the next samples */
    uint64_t random;
};

/* No faults: gain 1, 24 bits, flat, no noise. */
struct frontend_parameters frontend_nominal(uint32_t rate_hz);

/* Starts at angle 0 with nothing at the terminals. */
void frontend_init(struct frontend *f, const struct frontend_parameters *parameters);

/* Changes what is at the terminals from the next sample on; the angle goes on without a step. */
void frontend_set(struct frontend *f, const struct frontend_signal *signal);

void frontend_read(struct frontend *f, struct board_sample *samples, size_t count);

/* The nominal front end for values that somebody else sampled: rounded, and clipped at full scale. */
int32_t frontend_voltage_code(double volts);
int32_t frontend_current_code(double amperes);

#endif
