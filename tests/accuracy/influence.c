/* Influence quantities: a front end with its faults and the sinc3 decimator, calibrated once at 50 Hz with three
 * loads, then voltage, frequency, wave forms and the front end itself are varied.
 *
 * Source  metrology.md 1.4, 4.1, 4.2.
 */
#include <math.h>
#include <stdio.h>

#include "tests/accuracy/bed.h"

#define PI 3.14159265358979323846
#define UN 230.0

struct meter {
    struct frontend_parameters parameters;
    struct metrology_calibration calibration;
};

static struct meter meter_with(struct frontend_parameters p)
{
    struct meter m = { p, bed_calibrate(&p) };
    m.parameters.seed += 1000003;
    return m;
}

static struct bed_reading measure(const struct meter *m, const struct frontend_signal *signal, double seconds)
{
    struct bed b;
    bed_init(&b, &m->parameters, &m->calibration);
    return bed_measure(&b, signal, seconds);
}

static double active_error(const struct meter *m, const struct frontend_signal *signal, double expected_w,
                           double seconds)
{
    return bed_percent(measure(m, signal, seconds).active_w, expected_w);
}

/* The key points again, through the decimator. */
static void intrinsic(const struct meter *m, const char *name)
{
    static const double CURRENTS[] = { 0.25, 0.5, 5, 100 };
    bed_title(name, "error %");
    for (unsigned k = 0; k < sizeof CURRENTS / sizeof CURRENTS[0]; k++) {
        double i = CURRENTS[k];
        struct frontend_signal load = bed_load(UN, i, 0);
        bed_check(active_error(m, &load, UN * i, 20), i < 0.5 ? 0.05 : 0.02, "P %g A PF 1", i);
        load.phase_deg = 60;
        struct bed_reading r = measure(m, &load, 20);
        if (i >= 0.5) {
            bed_check(bed_percent(r.active_w, UN * i / 2), 0.03, "P %g A PF 0.5 inductive", i);
        }
        bed_check(bed_percent(r.reactive_var, UN * i * sin(PI / 3)), i < 0.5 ? 0.1 : 0.05, "Q %g A", i);
        bed_check(bed_percent(r.voltage_v, UN), 0.01, "U");
    }
    struct frontend_signal load = bed_load(UN, -5, 60);
    bed_check(active_error(m, &load, -UN * 2.5, 20), 0.03, "P -5 A PF 0.5 inductive");
    load = bed_load(UN, 0.02, 0);
    bed_check(active_error(m, &load, UN * 0.02, 60), 0.3, "P 20 mA PF 1");
    load.phase_deg = 90;
    load.current_a = 0.025;
    bed_check(bed_percent(measure(m, &load, 60).reactive_var, UN * 0.025), 0.5, "Q 25 mA");
}

static void voltage_and_frequency(const struct meter *m)
{
    static const double VOLTAGES[] = { 0.8, 0.9, 1.1, 1.15, 1.2 };
    static const double FREQUENCIES[] = { 45, 47.5, 49, 51, 52.5, 55 };
    for (int half = 0; half < 2; half++) {
        struct frontend_signal load = bed_load(UN, 5, half ? 60 : 0);
        double watts = UN * 5 * (half ? 0.5 : 1);
        double reference = active_error(m, &load, watts, 20);
        bed_title(half ? "shift from 230 V, 50 Hz; 5 A PF 0.5 inductive" : "shift from 230 V, 50 Hz; 5 A PF 1",
                  "shift %");
        for (unsigned k = 0; k < sizeof VOLTAGES / sizeof VOLTAGES[0]; k++) {
            load.voltage_v = UN * VOLTAGES[k];
            bed_check(active_error(m, &load, watts * VOLTAGES[k], 20) - reference, 0.01, "%g Un", VOLTAGES[k]);
        }
        load.voltage_v = UN;
        for (unsigned k = 0; k < sizeof FREQUENCIES / sizeof FREQUENCIES[0]; k++) {
            load.frequency_hz = FREQUENCIES[k];
            struct bed_reading r = measure(m, &load, 20);
            bed_check(bed_percent(r.active_w, watts) - reference, 0.01, "%g Hz", FREQUENCIES[k]);
            bed_check(1000 * r.frequency_error_hz, 1, "f, worst window, mHz");
            if (half) {
                bed_check(bed_percent(r.reactive_var, UN * 5 * sin(PI / 3)), 0.05, "Q at %g Hz", FREQUENCIES[k]);
            }
        }
        load.frequency_hz = 49.5;
        load.drift_hz_per_s = 0.02;
        bed_check(active_error(m, &load, watts, 30) - reference, 0.01, "drift 0.02 Hz/s");
        load.frequency_hz = 47;
        load.drift_hz_per_s = 0.2;
        bed_check(active_error(m, &load, watts, 30) - reference, 0.03, "drift 0.2 Hz/s");
    }
}

static void harmonics(const struct meter *m)
{
    bed_title("harmonics", "error %");
    for (int phase = 0; phase < 360; phase += 90) { /* of the current's, against the voltage's */
        struct frontend_signal s = bed_load(UN, 50, 0);
        s.voltage_harmonics[0] = (struct frontend_harmonic){ 5, 0.1, 0 };
        s.current_harmonics[0] = (struct frontend_harmonic){ 5, 0.4, phase };
        bed_check(active_error(m, &s, UN * 50 * (1 + 0.04 * cos(phase * PI / 180)), 20), 0.02,
                  "5th, 10 %% and 40 %%, %d degrees", phase);
    }

    /* OIML R46: quadriform and peaked */
    static const unsigned ORDERS[] = { 3, 5, 7, 11, 13 };
    static const double VOLTAGES[] = { 0.038, 0.024, 0.017, 0.01, 0.008 };
    static const double CURRENTS[] = { 0.3, 0.18, 0.14, 0.09, 0.05 };
    static const double PHASES[2][5] = { { 0, 0, 0, 0, 0 }, { 180, 0, 180, 180, 0 } };
    for (int peaked = 0; peaked < 2; peaked++) {
        struct frontend_signal s = bed_load(UN, 50, 0);
        double part = 1;
        for (int k = 0; k < 5; k++) {
            s.voltage_harmonics[k] = (struct frontend_harmonic){ ORDERS[k], VOLTAGES[k], 180 - PHASES[peaked][k] };
            s.current_harmonics[k] = (struct frontend_harmonic){ ORDERS[k], CURRENTS[k], PHASES[peaked][k] };
            part += VOLTAGES[k] * CURRENTS[k] * cos((180 - 2 * PHASES[peaked][k]) * PI / 180);
        }
        bed_check(active_error(m, &s, UN * 50 * part, 20), 0.02, peaked ? "peaked" : "quadriform");
    }

    /* superimposed high orders: 2 % of U, and 10 % of I at Itr */
    for (unsigned order = 15; order <= 40; order += 5) {
        struct frontend_signal s = bed_load(UN, 0.5, 0);
        s.voltage_harmonics[0] = (struct frontend_harmonic){ order, 0.02, 0 };
        s.current_harmonics[0] = (struct frontend_harmonic){ order, 0.1, 0 };
        bed_check(active_error(m, &s, UN * 0.5 * 1.002, 20), 0.05, "order %u, 2 %% and 10 %%", order);
    }
}

static void wave_forms(const struct meter *m)
{
    static const struct {
        const char *name;
        enum frontend_shape shape;
        double current_a, part;
    } FORMS[] = {
        { "phase-fired at 90 degrees, 0.5 Ib", FRONTEND_PHASE_FIRED, 2.5, 0.5 },
        { "burst, 2 cycles on, 2 off, 0.5 Ib", FRONTEND_BURST, 2.5, 0.5 },
        { "half-wave, Imax", FRONTEND_HALF_WAVE, 100, 0.5 },
        { "square", FRONTEND_SQUARE, 5, 0.9003163161571061 /* 2 sqrt(2) / pi */ },
    };
    bed_title("wave forms, 49.87 Hz", "error %");
    for (unsigned k = 0; k < sizeof FORMS / sizeof FORMS[0]; k++) {
        struct frontend_signal s = bed_load(UN, FORMS[k].current_a, 0);
        s.frequency_hz = 49.87;
        s.shape = FORMS[k].shape;
        bed_check(active_error(m, &s, UN * FORMS[k].current_a * FORMS[k].part, 40), 0.1, "%s", FORMS[k].name);
    }
}

static void front_ends(void)
{
    struct frontend_parameters p = bed_faulty(true, 11);
    p.bits = 16;
    p.voltage.noise = 0.7 * 256 * FRONTEND_VOLTS_PER_CODE;
    p.current.noise = 0.7 * 256 * FRONTEND_AMPERES_PER_CODE;
    struct meter m = meter_with(p);
    intrinsic(&m, "16-bit converter, 0.7 LSB of noise, sinc3");

    bed_title("other front ends, calibrated: 5 A", "error %");
    static const double SKEWS[] = { -60e-6, 60e-6 };
    for (int k = 0; k < 2; k++) {
        p = bed_faulty(true, 12);
        p.voltage.skew_s = SKEWS[k];
        m = meter_with(p);
        struct frontend_signal load = bed_load(UN, 5, 60);
        bed_check(active_error(&m, &load, UN * 2.5, 20), 0.03, "skew %g us, PF 0.5 inductive", SKEWS[k] * 1e6);
        load.frequency_hz = 55;
        bed_check(active_error(&m, &load, UN * 2.5, 20), 0.04, "the same at 55 Hz");
        load = bed_load(UN, 50, 0);
        load.voltage_harmonics[0] = (struct frontend_harmonic){ 5, 0.1, 0 };
        load.current_harmonics[0] = (struct frontend_harmonic){ 5, 0.4, 90 };
        bed_check(active_error(&m, &load, UN * 50, 20), 0.02, "the same, 5th harmonic at 90 degrees");
    }
    p = bed_faulty(true, 13);
    bed_set_noise(&p, 80);
    m = meter_with(p);
    struct frontend_signal load = bed_load(UN, 5, 0);
    bed_check(active_error(&m, &load, UN * 5, 20), 0.02, "noise 80 dB below full scale");
}

static void rates(void)
{
    static const uint32_t RATES[] = { METROLOGY_RATE_MIN_HZ, 4000, 6400, 12800, METROLOGY_RATE_MAX_HZ };
    bed_title("other sample rates, nominal front end, 49.9 Hz, 5 A PF 0.5 inductive", "error %");
    for (unsigned k = 0; k < sizeof RATES / sizeof RATES[0]; k++) {
        struct meter m = { bed_nominal(), metrology_nominal };
        m.parameters.rate_hz = RATES[k];
        struct frontend_signal load = bed_load(UN, 5, 60);
        load.frequency_hz = 49.9;
        struct bed_reading r = measure(&m, &load, 10);
        bed_check(bed_percent(r.active_w, UN * 2.5), 0.01, "P at %u samples/s", RATES[k]);
        bed_check(bed_percent(r.reactive_var, UN * 5 * sin(PI / 3)), 0.01, "Q");
        bed_check(1000 * r.frequency_error_hz, 1, "f, worst window, mHz");
    }
}

/* The sample clock is the only measure of time: energy and frequency are off by as much as it is, power is not. */
static void clock_error(void)
{
    bed_title("sample clock fast by 50 ppm", "error ppm");
    struct frontend_parameters p = bed_nominal();
    p.clock_ppm = 50;
    struct meter m = { p, metrology_nominal };
    struct frontend_signal load = bed_load(UN, 5, 0);
    struct bed_reading r = measure(&m, &load, 60);
    bed_check(1e6 * (r.active_w / 1150 - 1), 5, "active power");
    bed_check(1e6 * (r.frequency_hz / 50 - 1) + 50, 1, "frequency, beyond -50 ppm");
}

int main(void)
{
    struct meter m = meter_with(bed_faulty(true, 1));
    intrinsic(&m, "24-bit converter, 90 dB, sinc3");
    voltage_and_frequency(&m);
    harmonics(&m);
    wave_forms(&m);
    front_ends();
    rates();
    clock_error();
    return bed_result();
}
