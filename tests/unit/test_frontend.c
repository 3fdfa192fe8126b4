/* The simulated front end against the definitions of its signals and faults. The accuracy tests rest on it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/frontend.h"

enum { RATE_HZ = 8000, COUNT = 40000 };

static struct board_sample samples[COUNT];

static double volts(unsigned k)
{
    return samples[k].voltage * FRONTEND_VOLTS_PER_CODE;
}

static double amperes(unsigned k)
{
    return samples[k].current * FRONTEND_AMPERES_PER_CODE;
}

static void read_with(const struct frontend_parameters *p, const struct frontend_signal *s)
{
    struct frontend f;
    frontend_init(&f, p);
    frontend_set(&f, s);
    frontend_read(&f, samples, COUNT);
}

static void near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance)) {
        print_error("%.9g is not %.9g +- %g\n", value, expected, tolerance);
        fail();
    }
}

static double sine(double cycles)
{
    return sin(2 * acos(-1.0) * cycles);
}

static void a_sine_is_that_of_the_library(void **state)
{
    (void)state;
    struct frontend_parameters p = frontend_nominal(RATE_HZ);
    struct frontend_signal s = {
        .frequency_hz = 49.87, .voltage_v = 230, .current_a = 5, .neutral_a = 3, .phase_deg = 60
    };
    read_with(&p, &s);
    for (unsigned k = 0; k < COUNT; k++) {
        double cycles = 49.87 * k / RATE_HZ;
        near(volts(k), 230 * sqrt(2) * sine(cycles), FRONTEND_VOLTS_PER_CODE);
        near(amperes(k), 5 * sqrt(2) * sine(cycles - 1 / 6.0), FRONTEND_AMPERES_PER_CODE);
        near(samples[k].neutral * FRONTEND_AMPERES_PER_CODE, 3 * sqrt(2) * sine(cycles - 1 / 6.0),
             FRONTEND_AMPERES_PER_CODE);
    }
}

static void harmonics_and_faults_are_those_asked_for(void **state)
{
    (void)state;
    struct frontend_parameters p = frontend_nominal(RATE_HZ);
    p.voltage = (struct frontend_channel){ .gain = 1.02, .offset = 0.9, .skew_s = 30e-6 };
    p.current = (struct frontend_channel){ .gain = 0.98, .offset = -0.3, .skew_s = -10e-6 };
    p.crosstalk_s = 1e-3;
    struct frontend_signal s = { .frequency_hz = 50,
                                 .voltage_v = 230,
                                 .current_a = 5,
                                 .voltage_harmonics = { { 5, 0.1, 0 }, { 7, 0.02, 90 } },
                                 .current_harmonics = { { 3, 0.4, -30 } } };
    read_with(&p, &s);
    for (unsigned k = 0; k < COUNT; k++) {
        double v = 50 * ((double)k / RATE_HZ + 30e-6);
        double i = 50 * ((double)k / RATE_HZ - 10e-6);
        near(volts(k), 1.02 * (230 * sqrt(2) * (sine(v) + 0.1 * sine(5 * v) + 0.02 * sine(7 * v + 0.25)) + 0.9),
             2 * FRONTEND_VOLTS_PER_CODE);
        near(amperes(k), 0.98 * (sqrt(2) * (5 * (sine(i) + 0.4 * sine(3 * i - 1 / 12.0)) + 0.23 * sine(i)) - 0.3),
             2 * FRONTEND_AMPERES_PER_CODE);
    }
}

static void shapes_are_cut_where_they_are_defined_to_be(void **state)
{
    (void)state;
    struct frontend_parameters p = frontend_nominal(RATE_HZ);
    for (enum frontend_shape shape = FRONTEND_PHASE_FIRED; shape <= FRONTEND_SQUARE; shape++) {
        struct frontend_signal s = {
            .frequency_hz = 49.87, .voltage_v = 230, .current_a = 5, .phase_deg = 20, .shape = shape
        };
        read_with(&p, &s);
        for (unsigned k = 0; k < COUNT; k++) {
            double cycles = 49.87 * k / RATE_HZ - 20 / 360.0;
            double part = cycles - floor(cycles);
            bool cut = fmod(part * 4, 1) < 1e-6 || fmod(part * 4, 1) > 1 - 1e-6; /* on an edge: either */
            double full = 5 * sqrt(2) * sine(cycles);
            double expected = shape == FRONTEND_PHASE_FIRED ? (fmod(part, 0.5) > 0.25 ? full : 0)
                              : shape == FRONTEND_BURST     ? (fmod(cycles + 4, 4) < 2 ? full : 0)
                              : shape == FRONTEND_HALF_WAVE ? (full > 0 ? full : 0)
                                                            : (part < 0.5 ? 5 : -5);
            if (!cut) {
                near(amperes(k), expected, FRONTEND_AMPERES_PER_CODE);
            }
        }
    }
}

/* The decimator's gain at f is (sin(pi f / rate) / (16 sin(pi f / (16 rate))))^3. */
static void the_decimator_droops_like_a_sinc3(void **state)
{
    (void)state;
    const double pi = acos(-1.0);
    struct frontend_parameters p = frontend_nominal(RATE_HZ);
    p.decimator = true;
    for (unsigned order = 1; order <= 31; order += 10) {
        struct frontend_signal s = { .frequency_hz = 50, .voltage_v = 1, .current_harmonics = { { 0 } } };
        s.voltage_harmonics[0] = (struct frontend_harmonic){ order, 200, 0 };
        read_with(&p, &s);
        double squares = 0;
        for (unsigned k = COUNT - 16000; k < COUNT; k++) {
            squares += volts(k) * volts(k) / 16000;
        }
        double x = pi * 50 * order / RATE_HZ;
        double gain = pow(sin(x) / (16 * sin(x / 16)), 3);
        near(sqrt(squares), order == 1 ? 201 * gain : sqrt(200 * 200 * gain * gain + 1), 0.001);
    }
}

static void noise_has_the_rms_value_and_repeats_with_the_seed(void **state)
{
    (void)state;
    static struct board_sample again[COUNT];
    struct frontend f;
    struct frontend_parameters p = frontend_nominal(RATE_HZ);
    struct frontend_signal s = { .frequency_hz = 50 };
    p.current.noise = 0.006;
    p.seed = 42;
    read_with(&p, &s);
    double sum = 0, squares = 0, neighbours = 0;
    for (unsigned k = 0; k < COUNT; k++) {
        sum += amperes(k) / COUNT;
        squares += amperes(k) * amperes(k) / COUNT;
        neighbours += k > 0 ? amperes(k) * amperes(k - 1) / COUNT : 0;
        assert_int_equal(samples[k].voltage, 0);
    }
    near(sqrt(squares), 0.006, 0.006 * 0.02);
    near(sum, 0, 0.006 * 0.03);
    near(neighbours, 0, squares * 0.03); /* white */
    frontend_init(&f, &p);
    frontend_set(&f, &s);
    frontend_read(&f, again, 17);
    frontend_read(&f, again + 17, COUNT - 17);
    assert_memory_equal(again, samples, sizeof again);
    p.seed = 43;
    read_with(&p, &s);
    assert_memory_not_equal(again, samples, sizeof again);
}

static void the_angle_goes_on_when_the_signal_changes(void **state)
{
    (void)state;
    struct frontend f;
    struct frontend_parameters p = frontend_nominal(RATE_HZ);
    struct frontend_signal s = { .frequency_hz = 50, .voltage_v = 230, .current_a = 5 };
    frontend_init(&f, &p);
    double cycles = 0;
    for (unsigned change = 0; change < 100; change++) {
        s.frequency_hz = 45 + change % 11;
        s.voltage_v = 200 + change;
        frontend_set(&f, &s);
        frontend_read(&f, samples, 313);
        for (unsigned k = 0; k < 313; k++) {
            near(volts(k), s.voltage_v * sqrt(2) * sine(cycles), 0.001);
            cycles += s.frequency_hz / RATE_HZ;
        }
    }
}

static void a_drift_is_a_parabola_of_the_angle(void **state)
{
    (void)state;
    struct frontend_parameters p = frontend_nominal(RATE_HZ);
    struct frontend_signal s = { .frequency_hz = 50, .drift_hz_per_s = 0.5, .voltage_v = 230 };
    read_with(&p, &s);
    for (unsigned k = 0; k < COUNT; k++) {
        double t = (double)k / RATE_HZ;
        near(volts(k), 230 * sqrt(2) * sine(50 * t + 0.25 * t * t), 1.5); /* steps of 16 mHz, 256 clocks long */
    }
}

static void codes_are_rounded_and_clipped(void **state)
{
    (void)state;
    assert_int_equal(frontend_voltage_code(0), 0);
    assert_int_equal(frontend_voltage_code(225), 4194304);
    assert_int_equal(frontend_voltage_code(0.6 * FRONTEND_VOLTS_PER_CODE), 1);
    assert_int_equal(frontend_voltage_code(-0.6 * FRONTEND_VOLTS_PER_CODE), -1);
    assert_int_equal(frontend_voltage_code(450), 8388607);
    assert_int_equal(frontend_voltage_code(1e9), 8388607);
    assert_int_equal(frontend_voltage_code(-1e9), -8388608);
    assert_int_equal(frontend_current_code(-93.75), -4194304);

    struct frontend_parameters p = frontend_nominal(RATE_HZ);
    struct frontend_signal s = { .frequency_hz = 50, .voltage_v = 400 };
    p.bits = 16;
    read_with(&p, &s);
    int32_t highest = 0, lowest = 0;
    for (unsigned k = 0; k < COUNT; k++) {
        assert_int_equal(samples[k].voltage % 256, 0);
        highest = samples[k].voltage > highest ? samples[k].voltage : highest;
        lowest = samples[k].voltage < lowest ? samples[k].voltage : lowest;
    }
    assert_int_equal(highest, 0x7fff00);
    assert_int_equal(lowest, -0x800000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sine_is_that_of_the_library),
        cmocka_unit_test(harmonics_and_faults_are_those_asked_for),
        cmocka_unit_test(shapes_are_cut_where_they_are_defined_to_be),
        cmocka_unit_test(the_decimator_droops_like_a_sinc3),
        cmocka_unit_test(noise_has_the_rms_value_and_repeats_with_the_seed),
        cmocka_unit_test(the_angle_goes_on_when_the_signal_changes),
        cmocka_unit_test(a_drift_is_a_parabola_of_the_angle),
        cmocka_unit_test(codes_are_rounded_and_clipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
