/* Fourteen signals whose values are known without this meter: what is expected is integrated here, in double, from the
 * definition of the signal, or is a closed form; the front end is an ideal converter. Within 20 ppm.
 *
 * Source  IEC 62053-21 and -23 (test points, harmonics, burst, phase-fired, half-wave), IEEE Std 1459 (single-phase
 *         example), OIML R46 (quadriform and peaked currents); metrology.md 4.3.
 */
#include <math.h>
#include <stdio.h>

#include "tests/accuracy/bed.h"

#define PI 3.14159265358979323846

enum { TERMS = 6, POINTS_PER_CYCLE = 1 << 16, CYCLES = 4 };

struct term {
    unsigned order;
    double rms, phase_deg; /* of sin(order * angle + phase) */
};

enum form { SUM_OF_TERMS, PHASE_FIRED, BURST, HALF_WAVE, SQUARE };

struct signal {
    const char *name;
    struct term voltage[TERMS], current[TERMS];
    enum form form;             /* of the current; all but the first take its first term as the full sine */
    double closed_p, closed_q1; /* where there is a closed form; 0 for none */
};

#define VOLTAGE_230                                                                                                    \
    {                                                                                                                  \
        {                                                                                                              \
            1, 230, 0                                                                                                  \
        }                                                                                                              \
    }
static const struct signal SIGNALS[] = {
    { "sine, PF 1", VOLTAGE_230, { { 1, 5, 0 } }, SUM_OF_TERMS, 1150, 0 },
    { "sine, PF 0.5 inductive", VOLTAGE_230, { { 1, 5, -60 } }, SUM_OF_TERMS, 575, 995.9292143521045 },
    { "sine, PF 0.8 capacitive", VOLTAGE_230, { { 1, 5, 36.86989764584402 } }, SUM_OF_TERMS, 920, -690 },
    { "sine, sin phi 0.25 inductive", VOLTAGE_230, { { 1, 5, -14.47751218592992 } }, SUM_OF_TERMS, 0, 287.5 },
    { "sine, quadrant II", VOLTAGE_230, { { 1, 5, -150 } }, SUM_OF_TERMS, -995.9292143521045, 575 },
    { "sine, quadrant III", VOLTAGE_230, { { 1, 5, -210 } }, SUM_OF_TERMS, -995.9292143521045, -575 },
    { "5th harmonic 10 %, 40 %",
      { { 1, 230, 0 }, { 5, 23, 0 } },
      { { 1, 50, 0 }, { 5, 20, 0 } },
      SUM_OF_TERMS,
      11960,
      0 },
    { "phase-fired, 90 degrees", VOLTAGE_230, { { 1, 5, 0 } }, PHASE_FIRED, 575, 230 * 5 / PI },
    { "burst, 2 on 2 off", VOLTAGE_230, { { 1, 5, 0 } }, BURST, 575, 0 },
    { "half-wave", VOLTAGE_230, { { 1, 100, 0 } }, HALF_WAVE, 11500, 0 },
    { "IEEE 1459 example",
      { { 1, 100, 0 }, { 3, 8, -70 }, { 5, 15, 140 }, { 7, 5, 20 } },
      { { 1, 100, -30 }, { 3, 20, -165 }, { 5, 15, 233 }, { 7, 10, 288 } },
      SUM_OF_TERMS,
      0,
      5000 },
    { "square current in phase", VOLTAGE_230, { { 1, 5, 0 } }, SQUARE, 230 * 5 * 2 * 1.4142135623730951 / PI, 0 },
    { "quadriform",
      { { 1, 230, 0 }, { 3, 8.74, 0 }, { 5, 5.52, 0 }, { 7, 3.91, 0 }, { 11, 2.3, 0 }, { 13, 1.84, 0 } },
      { { 1, 50, 0 }, { 3, 15, 0 }, { 5, 9, 0 }, { 7, 7, 0 }, { 11, 4.5, 0 }, { 13, 2.5, 0 } },
      SUM_OF_TERMS,
      11723.1,
      0 },
    { "peaked",
      { { 1, 230, 0 }, { 3, 8.74, 180 }, { 5, 5.52, 0 }, { 7, 3.91, 180 }, { 11, 2.3, 180 }, { 13, 1.84, 0 } },
      { { 1, 50, 0 }, { 3, 15, 180 }, { 5, 9, 0 }, { 7, 7, 180 }, { 11, 4.5, 180 }, { 13, 2.5, 0 } },
      SUM_OF_TERMS,
      11723.1,
      0 },
};

static double sum_of(const struct term terms[TERMS], double angle)
{
    double sum = 0;
    for (unsigned k = 0; k < TERMS && terms[k].order > 0; k++) {
        sum += sqrt(2) * terms[k].rms * sin(terms[k].order * angle + terms[k].phase_deg * PI / 180);
    }
    return sum;
}

/* turns: the angle in cycles. */
static double current_at(const struct signal *s, double turns)
{
    double part = turns - floor(turns);
    double sine = sum_of(s->current, 2 * PI * part);
    switch (s->form) {
    case PHASE_FIRED:
        return fmod(part, 0.5) >= 0.25 ? sine : 0;
    case BURST:
        return fmod(turns, 4) < 2 ? sine : 0;
    case HALF_WAVE:
        return part < 0.5 ? sine : 0;
    case SQUARE:
        return part < 0.5 ? s->current[0].rms : -s->current[0].rms;
    case SUM_OF_TERMS:
    default:
        return sine;
    }
}

static double voltage_at(const struct signal *s, double turns)
{
    return sum_of(s->voltage, 2 * PI * (turns - floor(turns)));
}

struct expected {
    double v, i, p, q1, s;
};

/* The midpoint rule over four cycles; its error at the steps is below 1e-5 of a cycle and cancels. */
static struct expected integrate(const struct signal *s)
{
    double vv = 0, ii = 0, vi = 0, mean_i = 0, vs = 0, vc = 0, is = 0, ic = 0;
    const double n = (double)POINTS_PER_CYCLE * CYCLES;
    for (unsigned k = 0; k < POINTS_PER_CYCLE * CYCLES; k++) {
        double turns = (k + 0.5) / POINTS_PER_CYCLE;
        double v = voltage_at(s, turns);
        double i = current_at(s, turns);
        double sine = sin(2 * PI * turns);
        double cosine = cos(2 * PI * turns);
        vv += v * v / n;
        ii += i * i / n;
        vi += v * i / n;
        mean_i += i / n;
        vs += v * sine / n;
        vc += v * cosine / n;
        is += i * sine / n;
        ic += i * cosine / n;
    }
    /* v = 2 vs sin + 2 vc cos; v i* / 2 */
    return (struct expected){
        .v = sqrt(vv),
        .i = sqrt(ii - mean_i * mean_i),
        .p = vi,
        .q1 = 2 * (vc * is - vs * ic),
        .s = sqrt(vv * (ii - mean_i * mean_i)),
    };
}

/* 500 windows. Squares are added, not rms values: in a burst every second window has more current than its
 * neighbours (10 cycles, 4 to a period), and rms values do not add up to that of the whole. */
static struct expected measure(const struct signal *s, double frequency_hz)
{
    enum { WINDOWS = 500 };
    struct metrology m;
    struct expected sum = { 0 };
    double seconds = 0;
    metrology_init(&m, &metrology_nominal, BED_RATE_HZ);
    for (unsigned k = 0, windows = 0; windows < WINDOWS; k++) {
        double turns = k * frequency_hz / BED_RATE_HZ;
        struct board_sample sample = { .voltage = frontend_voltage_code(voltage_at(s, turns)),
                                       .current = frontend_current_code(current_at(s, turns)) };
        struct metrology_window w;
        bool ended;
        metrology_add(&m, &sample, 1, &w, &ended);
        if (ended && k >= 2 * BED_RATE_HZ) {
            double t = w.duration_us * 1e-6;
            double volts = w.voltage_uv * 1e-6;
            double amperes = (double)w.current_na * 1e-9;
            windows++;
            seconds += t;
            sum.v += t * volts * volts;
            sum.i += t * amperes * amperes;
            sum.p += t * 1e-6 * (double)w.active_uw;
            sum.q1 += t * 1e-6 * (double)w.reactive_uvar;
            sum.s += t * 1e-6 * (double)w.apparent_uva;
        }
    }
    return (struct expected){ .v = sqrt(sum.v / seconds),
                              .i = sqrt(sum.i / seconds),
                              .p = sum.p / seconds,
                              .q1 = sum.q1 / seconds,
                              .s = s->form == BURST ? sqrt(sum.v * sum.i) / seconds : sum.s / seconds };
}

int main(void)
{
    const double limit_ppm = 20;
    bed_title("reference signals", "error ppm");
    for (unsigned k = 0; k < sizeof SIGNALS / sizeof SIGNALS[0]; k++) {
        const struct signal *s = &SIGNALS[k];
        struct expected e = integrate(s);
        /* 49.87 Hz: no number of samples fits a cycle, so the steps fall everywhere between two samples. */
        struct expected r = measure(s, s->form == SUM_OF_TERMS ? 50 : 49.87);
        if (s->closed_p != 0) {
            bed_check(1e6 * (e.p / s->closed_p - 1), 0.1, "%s: P integrated / closed form", s->name);
        }
        if (s->closed_q1 != 0) {
            bed_check(1e6 * (e.q1 / s->closed_q1 - 1), 0.1, "%s: Q1 integrated / closed form", s->name);
        }
        bed_check(1e6 * (r.v / e.v - 1), limit_ppm, "%s V = %.6g", s->name, e.v);
        bed_check(1e6 * (r.i / e.i - 1), limit_ppm, "%s I = %.6g", s->name, e.i);
        bed_check(1e6 * (r.p / e.p - 1), limit_ppm, "%s P = %.6g", s->name, e.p);
        bed_check(1e6 * (r.q1 - e.q1) / e.s, limit_ppm, "%s Q1 = %.6g (of S)", s->name, e.q1);
        bed_check(1e6 * (r.s / e.s - 1), limit_ppm, "%s S = %.6g", s->name, e.s);
        bed_check(1e6 * (r.p / r.s / (e.p / e.s) - 1), limit_ppm, "%s PF = %.6g", s->name, e.p / e.s);
    }
    return bed_result();
}
