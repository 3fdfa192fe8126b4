#include "host/frontend.h"

#include <math.h>
#include <string.h>

#define PI          3.14159265358979323846
#define CODE_LIMIT  8388608.0
#define RENEW_AFTER 256u /* clocks: the error of the rotation stays below 1e-13 */
#define BURST       4.0  /* cycles */

enum { VOLTAGE, CURRENT, NEUTRAL };

struct frontend_parameters frontend_nominal(uint32_t rate_hz)
{
    const struct frontend_channel nominal = { .gain = 1.0 };
    return (struct frontend_parameters){
        .rate_hz = rate_hz, .voltage = nominal, .current = nominal, .neutral = nominal, .bits = 24, .seed = 1
    };
}

static void unit_vector(double vector[2], double cycles)
{
    vector[0] = cos(2 * PI * cycles);
    vector[1] = sin(2 * PI * cycles);
}

/* The product of two vectors as complex numbers: the sum of their angles. */
static inline void rotate(double product[2], const double a[2], const double b[2])
{
    double re = a[0] * b[0] - a[1] * b[1];
    double im = a[1] * b[0] + a[0] * b[1];
    product[0] = re;
    product[1] = im;
}

static const struct frontend_channel *channel(const struct frontend *f, int k)
{
    return k == VOLTAGE ? &f->parameters.voltage : k == CURRENT ? &f->parameters.current : &f->parameters.neutral;
}

/* All that follows from frequency, signal and parameters. */
static void prepare(struct frontend *f)
{
    const double peaks[FRONTEND_CHANNELS] = { sqrt(2) * f->signal.voltage_v, sqrt(2) * f->signal.current_a,
                                              sqrt(2) * f->signal.neutral_a };
    unit_vector(f->vector, f->angle);
    unit_vector(f->turn, f->frequency * f->clock_s);
    unit_vector(f->lag, -f->signal.phase_deg / 360);
    for (int k = 0; k < FRONTEND_CHANNELS; k++) {
        unit_vector(f->skew[k], f->frequency * channel(f, k)->skew_s);
        double at[2] = { f->skew[k][0], f->skew[k][1] };
        double peak = peaks[k];
        if (k != VOLTAGE) {
            rotate(at, at, f->lag);
        }
        f->mix[k][0] = peak * at[1]; /* sin(a + b) = cos(a) sin(b) + sin(a) cos(b) */
        f->mix[k][1] = peak * at[0];
        if (k != VOLTAGE) {
            f->mix[k][0] += f->parameters.crosstalk_s * peaks[VOLTAGE] * f->skew[k][1];
            f->mix[k][1] += f->parameters.crosstalk_s * peaks[VOLTAGE] * f->skew[k][0];
        }
        f->mix[k][0] *= f->codes[k];
        f->mix[k][1] *= f->codes[k];
    }
}

/* Three moving means of one sample's length, one after the other. */
static void prepare_decimator(struct frontend *f)
{
    memset(f->taps, 0, sizeof f->taps);
    for (int a = 0; a < FRONTEND_DECIMATION; a++) {
        for (int b = 0; b < FRONTEND_DECIMATION; b++) {
            for (int c = 0; c < FRONTEND_DECIMATION; c++) {
                f->taps[a + b + c] += 1.0 / (FRONTEND_DECIMATION * FRONTEND_DECIMATION * FRONTEND_DECIMATION);
            }
        }
    }
}

void frontend_init(struct frontend *f, const struct frontend_parameters *parameters)
{
    memset(f, 0, sizeof *f);
    f->parameters = *parameters;
    f->random = parameters->seed;
    f->clock_s = 1 / (parameters->rate_hz * (1 + parameters->clock_ppm * 1e-6));
    if (parameters->decimator) {
        f->clock_s /= FRONTEND_DECIMATION;
        prepare_decimator(f);
    }
    for (int k = 0; k < FRONTEND_CHANNELS; k++) {
        double unit = k == VOLTAGE ? FRONTEND_VOLTS_PER_CODE : FRONTEND_AMPERES_PER_CODE;
        f->codes[k] = channel(f, k)->gain / unit;
        f->base[k] = channel(f, k)->offset * f->codes[k];
    }
    frontend_set(f, &(struct frontend_signal){ .frequency_hz = 50 });
}

static void advance_angle(struct frontend *f)
{
    double elapsed_s = f->count * f->clock_s;
    f->angle = fmod(f->angle + elapsed_s * (f->frequency + f->signal.drift_hz_per_s * elapsed_s / 2), BURST);
    f->frequency += f->signal.drift_hz_per_s * elapsed_s;
    f->count = 0;
}

void frontend_set(struct frontend *f, const struct frontend_signal *signal)
{
    advance_angle(f);
    f->signal = *signal;
    f->frequency = signal->frequency_hz;
    f->plain = !f->parameters.decimator && signal->shape == FRONTEND_SINE && signal->voltage_harmonics[0].order == 0 &&
               signal->current_harmonics[0].order == 0;
    prepare(f);
}

static inline void next_clock(struct frontend *f)
{
    rotate(f->vector, f->vector, f->turn);
    if (++f->count == RENEW_AFTER) {
        advance_angle(f);
        prepare(f);
    }
}

/* Noise of mean square 1: a sum of four even distributions, which is near enough to a normal one (splitmix64). */
static inline double noise(struct frontend *f)
{
    uint64_t z = f->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    unsigned sum = (unsigned)((z & 0xffff) + ((z >> 16) & 0xffff) + ((z >> 32) & 0xffff) + (z >> 48));
    return (sum - 4 * 32767.5) * (1 / (65536 * 0.57735026918962576));
}

static inline int32_t quantised(double code, unsigned bits)
{
    double step = (double)(UINT32_C(1) << (24 - bits));
    double limit = CODE_LIMIT - step;
    double limited = code < limit ? (code > -CODE_LIMIT ? code : -CODE_LIMIT) : limit;
    return (int32_t)(lrint(limited / step) * (long)step);
}

static inline struct board_sample convert(struct frontend *f, const double codes[FRONTEND_CHANNELS])
{
    int32_t out[FRONTEND_CHANNELS];
    for (int k = 0; k < FRONTEND_CHANNELS; k++) {
        double rms = channel(f, k)->noise;
        double code = codes[k] + f->base[k];
        if (rms > 0) {
            code += rms * f->codes[k] * noise(f);
        }
        out[k] = quantised(code, f->parameters.bits);
    }
    return (struct board_sample){ .voltage = out[VOLTAGE], .current = out[CURRENT], .neutral = out[NEUTRAL] };
}

static void power(double result[2], const double base[2], unsigned exponent)
{
    double square[2] = { base[0], base[1] };
    result[0] = 1;
    result[1] = 0;
    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1) {
            rotate(result, result, square);
        }
        rotate(square, square, square);
    }
}

static double harmonics(const struct frontend_harmonic list[FRONTEND_HARMONICS_MAX], const double vector[2])
{
    double sum = 0;
    for (unsigned k = 0; k < FRONTEND_HARMONICS_MAX && list[k].order > 0; k++) {
        double at[2];
        double phase = list[k].phase_deg / 180 * PI;
        power(at, vector, list[k].order);
        sum += list[k].fraction * (at[1] * cos(phase) + at[0] * sin(phase));
    }
    return sum;
}

/* vector: of the current's own angle; cycles: the same angle. */
static double shaped(enum frontend_shape shape, const double vector[2], double cycles)
{
    double sine = vector[1];
    switch (shape) {
    case FRONTEND_PHASE_FIRED:
        return sine * vector[0] < 0 ? sine : 0;
    case FRONTEND_BURST:
        return fmod(cycles + BURST, BURST) < BURST / 2 ? sine : 0;
    case FRONTEND_HALF_WAVE:
        return sine > 0 ? sine : 0;
    case FRONTEND_SQUARE:
        return sine < 0 ? -sqrt(0.5) : sqrt(0.5);
    case FRONTEND_SINE:
    default:
        return sine;
    }
}

/* What a channel sees in this clock, V or A. */
static double value_of(const struct frontend *f, int k)
{
    const struct frontend_signal *s = &f->signal;
    double at[2];
    double own[2];
    rotate(at, f->vector, f->skew[k]);
    if (k == VOLTAGE) {
        return sqrt(2) * s->voltage_v * (at[1] + harmonics(s->voltage_harmonics, at));
    }
    double amperes = k == CURRENT ? s->current_a : s->neutral_a;
    double seen = f->parameters.crosstalk_s * s->voltage_v * at[1];
    if (amperes != 0) {
        double cycles = f->angle + f->frequency * (f->count * f->clock_s + channel(f, k)->skew_s) - s->phase_deg / 360;
        rotate(own, at, f->lag);
        seen += amperes * (shaped(s->shape, own, cycles) + harmonics(s->current_harmonics, at));
    }
    return sqrt(2) * seen;
}

/* A converter clock: a sample of its own when the front end is flat, else one of 16. */
static void general_sample(struct frontend *f, double codes[FRONTEND_CHANNELS])
{
    if (!f->parameters.decimator) {
        for (int k = 0; k < FRONTEND_CHANNELS; k++) {
            codes[k] = value_of(f, k) * f->codes[k];
        }
        next_clock(f);
        return;
    }
    for (int clock = 0; clock < FRONTEND_DECIMATION; clock++) {
        for (int k = 0; k < FRONTEND_CHANNELS; k++) {
            double value = value_of(f, k);
            f->coming[k][0] += f->taps[clock + 2 * FRONTEND_DECIMATION] * value;
            f->coming[k][1] += f->taps[clock + FRONTEND_DECIMATION] * value;
            f->coming[k][2] += f->taps[clock] * value;
        }
        next_clock(f);
    }
    for (int k = 0; k < FRONTEND_CHANNELS; k++) {
        codes[k] = f->coming[k][0] * f->codes[k];
        f->coming[k][0] = f->coming[k][1];
        f->coming[k][1] = f->coming[k][2];
        f->coming[k][2] = 0;
    }
}

void frontend_read(struct frontend *f, struct board_sample *samples, size_t count)
{
    for (size_t n = 0; n < count; n++) {
        double codes[FRONTEND_CHANNELS];
        if (f->plain) {
            for (int k = 0; k < FRONTEND_CHANNELS; k++) {
                codes[k] = f->mix[k][0] * f->vector[0] + f->mix[k][1] * f->vector[1];
            }
            next_clock(f);
        } else {
            general_sample(f, codes);
        }
        samples[n] = convert(f, codes);
    }
}

int32_t frontend_voltage_code(double volts)
{
    return quantised(volts / FRONTEND_VOLTS_PER_CODE, 24);
}

int32_t frontend_current_code(double amperes)
{
    return quantised(amperes / FRONTEND_AMPERES_PER_CODE, 24);
}
