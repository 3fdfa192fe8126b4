/* The metrology core as a whole: tiling of time, signs, flags, channels, gaps, calibration, and input that no mains
 * ever gives. How exact it is, is the matter of tests/accuracy.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/frontend.h"
#include "meter/metrology.h"

enum { RATE_HZ = 8000, WINDOWS_MAX = 400, SAMPLES_MAX = 80000 };

static struct board_sample samples[SAMPLES_MAX];
static struct metrology_window windows[WINDOWS_MAX];

static struct frontend_signal load(double current_a, double phase_deg)
{
    return (struct frontend_signal){
        .frequency_hz = 50, .voltage_v = 230, .current_a = current_a, .neutral_a = current_a, .phase_deg = phase_deg
    };
}

static void start_frontend(struct frontend *f, const struct frontend_signal *signal)
{
    struct frontend_parameters p = frontend_nominal(RATE_HZ);
    frontend_init(f, &p);
    frontend_set(f, signal);
}

static void start_metrology(struct metrology *m)
{
    assert_int_equal(metrology_init(m, &metrology_nominal, RATE_HZ), STATUS_OK);
}

/* Gives the samples in pieces and keeps the windows; returns how many. */
static unsigned give(struct metrology *m, const struct board_sample *s, size_t count, size_t piece)
{
    unsigned ended_windows = 0;
    while (count > 0) {
        size_t now = count < piece ? count : piece;
        bool ended;
        size_t taken = metrology_add(m, s, now, &windows[ended_windows], &ended);
        assert_in_range(taken, 0, now);
        assert_true(taken > 0 || ended);
        ended_windows += ended;
        assert_true(ended_windows < WINDOWS_MAX);
        s += taken;
        count -= taken;
    }
    return ended_windows;
}

static struct metrology_window last_of(struct metrology *m, struct frontend *f, double seconds)
{
    unsigned count = (unsigned)(seconds * RATE_HZ);
    assert_true(count <= SAMPLES_MAX);
    frontend_read(f, samples, count);
    unsigned ended = give(m, samples, count, 400);
    assert_true(ended > 0);
    return windows[ended - 1];
}

static struct metrology_window settled(double current_a, double phase_deg)
{
    struct frontend f;
    struct metrology m;
    struct frontend_signal signal = load(current_a, phase_deg);
    start_frontend(&f, &signal);
    start_metrology(&m);
    return last_of(&m, &f, 4);
}

static void near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance)) {
        print_error("%.9g is not %.9g +- %g\n", value, expected, tolerance);
        fail();
    }
}

static int64_t sum_of(const struct energy_increment *e)
{
    return e->active_import_nj + e->active_export_nj + e->reactive_q_nj[0] + e->reactive_q_nj[1] + e->reactive_q_nj[2] +
           e->reactive_q_nj[3] + e->apparent_import_nj + e->apparent_export_nj;
}

/* The energy of all windows and of the part that metrology_close ends is that of all samples, from the first to the
 * last, although the oscillator has to find the frequency first. */
static void windows_tile_time_without_loss(void **state)
{
    (void)state;
    static const double FREQUENCIES[] = { 45.3, 50, 54.9 };
    for (unsigned k = 0; k < 3; k++) {
        struct frontend f;
        struct metrology m;
        struct frontend_signal signal = load(10, 35);
        signal.frequency_hz = FREQUENCIES[k];
        start_frontend(&f, &signal);
        start_metrology(&m);
        const unsigned count = 40017;
        frontend_read(&f, samples, count);
        double joules = 0;
        for (unsigned n = 0; n < count; n++) {
            joules +=
                samples[n].voltage * FRONTEND_VOLTS_PER_CODE * samples[n].current * FRONTEND_AMPERES_PER_CODE / RATE_HZ;
        }
        unsigned ended = give(&m, samples, count, 1000);
        metrology_close(&m, &windows[ended]);
        uint64_t duration_us = 0;
        int64_t energy_nj = 0;
        for (unsigned n = 0; n <= ended; n++) {
            duration_us += windows[n].duration_us;
            energy_nj += windows[n].energy.active_import_nj - windows[n].energy.active_export_nj;
        }
        near((double)energy_nj * 1e-9, joules, joules * 1e-6);
        near((double)duration_us, count * 125.0, 1);
    }
}

/* What is removed from a part of a window is the offset, not the part's own mean. */
static void an_offset_does_not_change_the_energy_of_a_part(void **state)
{
    (void)state;
    double joules[2];
    for (int with_offset = 0; with_offset < 2; with_offset++) {
        struct frontend f;
        struct metrology m;
        struct frontend_parameters p = frontend_nominal(RATE_HZ);
        struct frontend_signal signal = load(10, 35);
        p.voltage.offset = 10 * with_offset;
        p.current.offset = -2 * with_offset;
        frontend_init(&f, &p);
        frontend_set(&f, &signal);
        start_metrology(&m);
        frontend_read(&f, samples, 16450); /* 50 samples, 0.3 cycles, after a window */
        give(&m, samples, 16450, 1000);
        metrology_close(&m, &windows[0]);
        joules[with_offset] = (double)windows[0].energy.active_import_nj * 1e-9;
        assert_true(joules[with_offset] > 1);
    }
    near(joules[1], joules[0], joules[0] * 1e-5);
}

static void windows_are_ten_cycles_after_25_of_one(void **state)
{
    (void)state;
    struct frontend f;
    struct metrology m;
    struct frontend_signal signal = load(1, 0);
    start_frontend(&f, &signal);
    start_metrology(&m);
    frontend_read(&f, samples, SAMPLES_MAX);
    unsigned ended = give(&m, samples, SAMPLES_MAX, SAMPLES_MAX);
    for (unsigned k = 0; k < ended; k++) {
        if (k < 25) {
            assert_in_range(windows[k].duration_us, 14000, 25000);
        } else {
            assert_in_range(windows[k].duration_us, 199900, 200100);
        }
    }
}

static void how_samples_are_grouped_does_not_matter(void **state)
{
    (void)state;
    struct frontend f;
    struct metrology m;
    static struct metrology_window first[WINDOWS_MAX];
    static const size_t PIECES[] = { SAMPLES_MAX, 1, 7, 160, 1600, 4001 };
    struct frontend_signal signal = load(3, 20);
    signal.frequency_hz = 50.7;
    start_frontend(&f, &signal);
    frontend_read(&f, samples, 20000);
    unsigned expected = 0;
    for (unsigned k = 0; k < sizeof PIECES / sizeof PIECES[0]; k++) {
        start_metrology(&m);
        memset(windows, 0, sizeof windows);
        unsigned ended = give(&m, samples, 20000, PIECES[k]);
        if (k == 0) {
            expected = ended;
            memcpy(first, windows, sizeof first);
        }
        assert_int_equal(ended, expected);
        for (unsigned n = 0; n < ended; n++) {
            assert_int_equal(windows[n].active_uw, first[n].active_uw);
            assert_int_equal(windows[n].frequency_uhz, first[n].frequency_uhz);
            assert_int_equal(sum_of(&windows[n].energy), sum_of(&first[n].energy));
        }
    }
}

/* IEC 62053-23 annex; phase and its sign: object-model.md decision 17. */
static void signs_are_those_of_the_four_quadrants(void **state)
{
    (void)state;
    static const struct {
        double phase_deg;
        unsigned quadrant;
        double p, q;
    } CASES[] = {
        { 36.8699, 1, 920, 690 }, { 143.1301, 2, -920, 690 }, { 216.8699, 3, -920, -690 }, { 323.1301, 4, 920, -690 }
    };
    for (unsigned k = 0; k < 4; k++) {
        struct metrology_window w = settled(5, CASES[k].phase_deg);
        near((double)w.active_uw * 1e-6, CASES[k].p, 0.01);
        near((double)w.reactive_uvar * 1e-6, CASES[k].q, 0.01);
        near((double)w.apparent_uva * 1e-6, 1150, 0.01);
        near(w.power_factor_ppm, CASES[k].p / 1150 * 1e6, 20);
        near(w.phase_udeg * 1e-6, CASES[k].phase_deg, 0.001);
        near(w.voltage_uv * 1e-6, 230, 0.001);
        near((double)w.current_na * 1e-9, 5, 0.0001);
        near(w.frequency_uhz * 1e-6, 50, 0.0001);
        assert_int_equal(w.quadrant, CASES[k].quadrant);
        bool import = CASES[k].p > 0;
        for (unsigned q = 0; q < 4; q++) {
            near((double)w.energy.reactive_q_nj[q], q + 1 == CASES[k].quadrant ? 690e9 * 0.2 : 0, 20e6);
        }
        near((double)w.energy.active_import_nj, import ? 920e9 * 0.2 : 0, 20e6);
        near((double)w.energy.active_export_nj, import ? 0 : 920e9 * 0.2, 20e6);
        near((double)w.energy.apparent_import_nj, import ? 1150e9 * 0.2 : 0, 20e6);
        near((double)w.energy.apparent_export_nj, import ? 0 : 1150e9 * 0.2, 20e6);
        assert_int_equal(w.flags, 0);
    }
}

static void no_load_is_flagged_and_books_nothing(void **state)
{
    (void)state;
    struct metrology_window w = settled(0.002, 40);
    assert_int_equal(w.flags, METROLOGY_NO_LOAD);
    assert_int_equal(sum_of(&w.energy), 0);
    assert_int_equal(w.power_factor_ppm, 1000000);
    assert_int_equal(w.phase_udeg, 0);
    assert_int_equal(w.quadrant, 1);
    near((double)w.active_uw * 1e-6, 0.46 * cos(40 * acos(-1.0) / 180), 0.001); /* still measured */
}

/* An ideal coil: the sign of its active power is that of rounding and must not choose the quadrant. */
static void reactive_energy_alone_belongs_to_import(void **state)
{
    (void)state;
    for (int sign = 1; sign >= -1; sign -= 2) {
        struct metrology_window w = settled(5, sign * 90.00001);
        assert_int_equal(w.quadrant, sign > 0 ? 1 : 4);
        near((double)w.energy.reactive_q_nj[w.quadrant - 1], 230e9, 1e6);
        assert_int_equal(w.energy.active_import_nj + w.energy.active_export_nj, 0);
        near((double)w.energy.apparent_import_nj, 230e9, 1e6);
    }
}

static void without_voltage_the_frequency_holds_and_the_current_is_seen(void **state)
{
    (void)state;
    struct frontend f;
    struct metrology m;
    struct frontend_signal signal = load(5, 0);
    signal.frequency_hz = 50.5;
    start_frontend(&f, &signal);
    start_metrology(&m);
    last_of(&m, &f, 2);
    signal.voltage_v = 0;
    frontend_set(&f, &signal);
    struct metrology_window w = last_of(&m, &f, 2);
    assert_true(w.flags & METROLOGY_NO_VOLTAGE);
    near(w.frequency_uhz * 1e-6, 50.5, 0.001);
    near((double)w.current_na * 1e-9, 5, 0.01);
    signal.voltage_v = 230;
    signal.frequency_hz = 48;
    frontend_set(&f, &signal);
    w = last_of(&m, &f, 2);
    assert_int_equal(w.flags, 0);
    near(w.frequency_uhz * 1e-6, 48, 0.001);
}

static void a_jump_of_the_frequency_is_followed(void **state)
{
    (void)state;
    struct frontend f;
    struct metrology m;
    struct frontend_signal signal = load(5, 60);
    start_frontend(&f, &signal);
    start_metrology(&m);
    for (double frequency = 45; frequency <= 55; frequency += 2.5) {
        signal.frequency_hz = frequency == 50 ? 55.1 : frequency;
        frontend_set(&f, &signal);
        struct metrology_window w = last_of(&m, &f, 3);
        near(w.frequency_uhz * 1e-6, signal.frequency_hz, 0.001);
        near((double)w.active_uw * 1e-6, 575, 0.05);
    }
}

static void the_limits_of_the_converter_are_flagged(void **state)
{
    (void)state;
    static const struct {
        int32_t code;
        bool clipped;
    } CASES[] = { { 8388607, true },   { -8388608, true },   { 0x7fff00, true }, /* 16 bits, left-justified */
                  { 0x7ffeff, false }, { -0x7ffeff, false }, { INT32_MAX, true }, { INT32_MIN, true } };
    for (unsigned k = 0; k < sizeof CASES / sizeof CASES[0]; k++) {
        for (int channel = 0; channel < 3; channel++) {
            struct frontend f;
            struct metrology m;
            struct frontend_signal signal = load(5, 0);
            start_frontend(&f, &signal);
            start_metrology(&m);
            last_of(&m, &f, 2);
            frontend_read(&f, samples, 1700);
            *(channel == 0   ? &samples[20].voltage
              : channel == 1 ? &samples[20].current
                             : &samples[20].neutral) = CASES[k].code;
            unsigned ended = give(&m, samples, 1700, 1700);
            assert_int_equal(ended, 1);
            assert_int_equal(windows[0].flags, CASES[k].clipped ? METROLOGY_CLIPPED : 0);
        }
    }
}

/* Samples until the channel that is billed changes. */
static double seconds_until(struct metrology *m, struct frontend *f, bool neutral_billed)
{
    for (unsigned k = 1; k < 200; k++) {
        struct metrology_window w = last_of(m, f, 0.21);
        if (((w.flags & METROLOGY_NEUTRAL_BILLED) != 0) == neutral_billed) {
            return k * 0.21;
        }
    }
    return 1e9;
}

static void the_channel_of_the_larger_power_is_billed_after_five_seconds(void **state)
{
    (void)state;
    struct frontend f;
    struct metrology m;
    struct frontend_signal signal = load(5, 30);
    start_frontend(&f, &signal);
    start_metrology(&m);
    struct metrology_window w = last_of(&m, &f, 8);
    assert_int_equal(w.flags, 0);

    signal.current_a = 4; /* a part returns past the line's sensor */
    frontend_set(&f, &signal);
    near(seconds_until(&m, &f, true), 5.2, 0.5);
    w = last_of(&m, &f, 1);
    double watts = 230 * 5 * cos(acos(-1.0) / 6);
    near((double)w.active_uw * 1e-6, watts, 0.05);
    near((double)w.reactive_uvar * 1e-6, 575, 0.05);
    near((double)w.energy.active_import_nj * 1e-9, watts * 0.2, 0.05);
    near((double)w.current_na * 1e-9, 5, 0.001);
    near((double)w.neutral_na * 1e-9, 5, 0.001);

    signal.current_a = 4.72; /* 5.6 %: within the hysteresis */
    frontend_set(&f, &signal);
    assert_true(last_of(&m, &f, 8).flags & METROLOGY_NEUTRAL_BILLED);
    signal.current_a = 4.8;
    frontend_set(&f, &signal);
    near(seconds_until(&m, &f, false), 5.2, 0.5);
    w = last_of(&m, &f, 1);
    near((double)w.current_na * 1e-9, 4.8, 0.001);
    near((double)w.neutral_na * 1e-9, 5, 0.001);
}

static void both_power_and_current_must_differ(void **state)
{
    (void)state;
    static const struct {
        double line_a, neutral_a;
        bool neutral_billed;
    } CASES[] = { { 5, 5.3, false }, { 5, 5.4, true }, { 1, 1.19, false }, { 1, 1.21, true },
                  { 5, 0, false },   { 5, 4, false },  { 0, 5, true } };
    for (unsigned k = 0; k < sizeof CASES / sizeof CASES[0]; k++) {
        struct frontend f;
        struct metrology m;
        struct frontend_signal signal = load(CASES[k].line_a, 0);
        signal.neutral_a = CASES[k].neutral_a;
        start_frontend(&f, &signal);
        start_metrology(&m);
        struct metrology_window w = last_of(&m, &f, 10);
        assert_int_equal(w.flags, CASES[k].neutral_billed ? METROLOGY_NEUTRAL_BILLED : 0);
        near((double)w.current_na * 1e-9, CASES[k].neutral_billed ? CASES[k].neutral_a : CASES[k].line_a, 0.001);
        near((double)w.neutral_na * 1e-9, CASES[k].neutral_a, 0.001);
        if (CASES[k].neutral_billed) {
            signal.current_a = CASES[k].neutral_a - 0.15; /* the line has it again */
            frontend_set(&f, &signal);
            w = last_of(&m, &f, 6);
            assert_int_equal(w.flags, 0);
        }
    }
}

static void a_gap_is_bridged_and_flagged(void **state)
{
    (void)state;
    struct frontend f;
    struct metrology m;
    struct frontend_signal signal = load(5, 45);
    struct board_sample lost;
    start_frontend(&f, &signal);
    start_metrology(&m);
    last_of(&m, &f, 4);
    for (unsigned k = 0; k < 300; k++) {
        frontend_read(&f, &lost, 1);
    }
    metrology_missed(&m, 300);
    struct metrology_window w = last_of(&m, &f, 0.21);
    assert_int_equal(w.flags, METROLOGY_SAMPLE_MISSED);
    near(w.duration_us, 200000, 1);
    near((double)w.active_uw * 1e-6, 1150 * sqrt(0.5), 0.01);
    near((double)w.reactive_uvar * 1e-6, 1150 * sqrt(0.5), 0.01);
    near((double)w.neutral_na * 1e-9, 5, 0.001);
    w = last_of(&m, &f, 0.5);
    assert_int_equal(w.flags, 0);
    near(w.frequency_uhz * 1e-6, 50, 0.001);
}

/* The oscillator must not follow what it makes itself. */
static void a_gap_does_not_move_the_frequency(void **state)
{
    (void)state;
    struct frontend f;
    struct metrology m;
    struct frontend_signal signal = load(5, 0);
    signal.frequency_hz = 52;
    start_frontend(&f, &signal);
    start_metrology(&m);
    last_of(&m, &f, 0.25); /* the frequency is found, the phase not yet */
    metrology_missed(&m, RATE_HZ);
    bool ended;
    do {
        metrology_add(&m, NULL, 0, &windows[0], &ended);
        if (ended) {
            near(windows[0].frequency_uhz * 1e-6, 52, 0.05);
            near(m.pll.step / 4294967296.0 * RATE_HZ, 52, 0.05);
        }
    } while (ended);
}

static void at_most_a_second_is_bridged(void **state)
{
    (void)state;
    static const uint32_t GAPS[] = { 8000, 8001, 100000, UINT32_MAX };
    for (unsigned k = 0; k < sizeof GAPS / sizeof GAPS[0]; k++) {
        struct frontend f;
        struct metrology m;
        struct frontend_signal signal = load(5, 0);
        start_frontend(&f, &signal);
        start_metrology(&m);
        last_of(&m, &f, 4);
        metrology_missed(&m, GAPS[k]);
        metrology_missed(&m, 10); /* and another before the next sample */
        uint64_t duration_us = 0;
        unsigned count = 4 * RATE_HZ;
        frontend_read(&f, samples, count);
        unsigned ended = give(&m, samples, count, 500);
        for (unsigned n = 0; n < ended; n++) {
            duration_us += windows[n].duration_us;
        }
        near((double)duration_us, 5e6, 0.25e6);
        near((double)windows[ended - 1].active_uw * 1e-6, 1150, 0.01);
        assert_int_equal(windows[ended - 1].flags, 0);
    }
    struct metrology m;
    bool ended;
    start_metrology(&m);
    metrology_missed(&m, 5000); /* nothing has been measured yet */
    assert_int_equal(metrology_add(&m, samples, 1, &windows[0], &ended), 1);
    assert_int_equal(metrology_add(&m, samples, 0, &windows[0], &ended), 0);
    assert_false(ended);
}

/* The droop of a sinc3 filter at harmonic h is 1 - 3 (pi f / rate)^2 / 6; a delay is one for all harmonics. */
static void the_filter_undoes_droop_and_delay_of_a_harmonic(void **state)
{
    (void)state;
    const double pi = acos(-1.0);
    struct metrology_calibration c = metrology_nominal;
    c.decimator_order = 3;
    c.voltage.delay_ns = 40000;
    struct frontend_parameters p = frontend_nominal(RATE_HZ);
    p.decimator = true;
    p.voltage.skew_s = 40e-6;
    for (unsigned order = 3; order <= 11; order += 4) {
        struct frontend f;
        struct metrology m;
        struct frontend_signal signal = load(50, 0);
        signal.voltage_harmonics[0] = (struct frontend_harmonic){ order, 0.1, 0 };
        signal.current_harmonics[0] = (struct frontend_harmonic){ order, 0.4, 60 };
        frontend_init(&f, &p);
        frontend_set(&f, &signal);
        assert_int_equal(metrology_init(&m, &c, RATE_HZ), STATUS_OK);
        struct metrology_window w = last_of(&m, &f, 3);
        double part = order * pi * 50 / RATE_HZ;
        double fourth_order = 20 * part * part * part * part; /* what three taps leave */
        near((double)w.active_uw * 1e-6 / 11500, 1 + 0.04 * cos(pi / 3), 0.04 * fourth_order + 20e-6);
        near((double)w.current_na * 1e-9 / 50, sqrt(1.16), 0.16 * fourth_order + 20e-6);
        near((double)w.reactive_uvar * 1e-6, 0, 0.5);
    }
}

struct means {
    double current_a, active_w, reactive_var;
};

static struct means mean_of(const struct frontend_parameters *p, const struct metrology_calibration *c,
                            const struct frontend_signal *signal)
{
    enum { COUNT = 50 };
    struct frontend f;
    struct metrology m;
    struct means sum = { 0 };
    frontend_init(&f, p);
    frontend_set(&f, signal);
    assert_int_equal(metrology_init(&m, c, RATE_HZ), STATUS_OK);
    last_of(&m, &f, 1);
    for (unsigned k = 0; k < COUNT; k++) {
        struct metrology_window w = last_of(&m, &f, 0.21);
        sum.current_a += (double)w.current_na * 1e-9 / COUNT;
        sum.active_w += (double)w.active_uw * 1e-6 / COUNT;
        sum.reactive_var += (double)w.reactive_uvar * 1e-6 / COUNT;
        near(w.voltage_uv * 1e-6, 230, 0.001);
    }
    return sum;
}

/* 100 uA/V make 23 mA and 5.29 W at 230 V. */
static void gains_noise_and_crosstalk_are_taken_off(void **state)
{
    (void)state;
    struct metrology_calibration c = metrology_nominal;
    struct frontend_parameters p = frontend_nominal(RATE_HZ);
    p.voltage.gain = 1 / 1.5;
    p.current.gain = 1 / 0.8;
    p.current.noise = 0.02;
    p.crosstalk_s = 1e-4;
    c.voltage.gain_ppb = 1500000000;
    c.current.gain_ppb = 800000000;
    c.current.in_phase_ps = 100000000;
    c.current.noise_code2 = (uint32_t)lround(pow(0.02 / 0.8 / FRONTEND_AMPERES_PER_CODE, 2));
    struct frontend_signal signal = load(0.05, 90);
    struct means r = mean_of(&p, &c, &signal);
    near(r.current_a, sqrt(0.05 * 0.05 + 0.023 * 0.023), 0.001); /* 0.0586 with the noise */
    near(r.active_w, 0, 0.1);
    near(r.reactive_var, 11.5, 0.1);

    p.crosstalk_s = 0;
    c.current.in_phase_ps = 0;
    c.current.quadrature_ps = 100000000;
    signal = load(0.023, 90); /* crosstalk that lags by 90 degrees is a current that does */
    r = mean_of(&p, &c, &signal);
    near(r.active_w, 0, 0.1);
    near(r.reactive_var, 0, 0.1);
}

static void a_bad_calibration_is_refused(void **state)
{
    (void)state;
    struct metrology m;
    memset(&m, 0x5a, sizeof m);
    struct metrology before = m;
    struct metrology_calibration c[8];
    for (unsigned k = 0; k < 8; k++) {
        c[k] = metrology_nominal;
    }
    c[0].voltage.gain_ppb = 499999999;
    c[1].current.gain_ppb = 2000000001;
    c[2].neutral.gain_ppb = 0;
    c[3].voltage.delay_ns = 125001;
    c[4].current.delay_ns = -125001;
    c[5].neutral.delay_ns = INT32_MIN;
    c[6].decimator_order = 5;
    c[7].voltage.gain_ppb = UINT32_MAX;
    for (unsigned k = 0; k < 8; k++) {
        assert_int_equal(metrology_init(&m, &c[k], RATE_HZ), STATUS_RANGE);
    }
    assert_int_equal(metrology_init(&m, &metrology_nominal, METROLOGY_RATE_MIN_HZ - 1), STATUS_RANGE);
    assert_int_equal(metrology_init(&m, &metrology_nominal, METROLOGY_RATE_MAX_HZ + 1), STATUS_RANGE);
    assert_int_equal(metrology_init(&m, &metrology_nominal, 0), STATUS_RANGE);
    assert_memory_equal(&m, &before, sizeof m);
}

static void an_empty_recording_ends_in_nothing(void **state)
{
    (void)state;
    struct metrology m;
    struct metrology_window w;
    bool ended;
    start_metrology(&m);
    metrology_close(&m, &w);
    assert_int_equal(w.duration_us, 0);
    assert_int_equal(sum_of(&w.energy), 0);

    struct board_sample one = { 100, 200, 300 };
    start_metrology(&m);
    assert_int_equal(metrology_add(&m, &one, 1, &w, &ended), 1);
    metrology_close(&m, &w);
    assert_int_equal(w.duration_us, 125);
}

/* Codes that make every sum as large as it can get, and frequencies that are none. The sanitizers watch. */
enum { PATTERNS = 9 };

static struct board_sample pattern(unsigned kind, unsigned k, uint32_t rate_hz, uint32_t *random)
{
    const int32_t high = 8388607;
    const int32_t low = -8388608;
    *random = *random * 1664525u + 1013904223u;
    bool up = *random >> 31;
    switch (kind) {
    case 0: /* a full-scale square of the longest windows */
        return k / (rate_hz / PLL_MIN_HZ / 2) % 2 ? (struct board_sample){ high, high, high }
                                                  : (struct board_sample){ low, low, low };
    case 1:
        return (struct board_sample){ high, low, high };
    case 2:
        return (struct board_sample){ low, low, low };
    case 3:
        return up ? (struct board_sample){ high, low, high } : (struct board_sample){ low, low, high };
    case 4: /* what the equaliser makes the most of */
        return k % 2 ? (struct board_sample){ high, high, low } : (struct board_sample){ low, low, high };
    case 5:
        return (struct board_sample){ 0, 0, 0 };
    case 6: /* seconds of one sign, then the other: the means of the last window are the opposite of this one's */
        return k / 30000 % 2 ? (struct board_sample){ high, high, high } : (struct board_sample){ low, high, low };
    case 7: /* not codes at all */
        return (struct board_sample){ (int32_t)*random, (int32_t)(*random * 3), INT32_MIN };
    default: /* the frequency runs away */
        return (k * (uint64_t)k / 200000) % 2 ? (struct board_sample){ high, high, high }
                                              : (struct board_sample){ low, low, low };
    }
}

static void nothing_overflows(void **state)
{
    (void)state;
    static const uint32_t RATES[] = { METROLOGY_RATE_MIN_HZ, 8000, METROLOGY_RATE_MAX_HZ };
    struct metrology_channel extreme = { 2000000000, 0, UINT32_MAX, INT32_MAX, INT32_MIN };
    struct metrology_channel other = { 500000000, 0, 0, INT32_MIN, INT32_MAX };
    for (unsigned r = 0; r < 3; r++) {
        for (unsigned kind = 0; kind < PATTERNS; kind++) {
            struct metrology m;
            struct metrology_calibration c = { kind % 2 ? other : extreme, extreme, other, kind % 2 ? 3 : 4 };
            int32_t delay_ns = (int32_t)(1000000000 / RATES[r] / (1 + kind % 3));
            c.voltage.delay_ns = delay_ns;
            c.current.delay_ns = -delay_ns;
            uint32_t random = kind;
            uint64_t duration_us = 0;
            unsigned given = 0;
            assert_int_equal(metrology_init(&m, &c, RATES[r]), STATUS_OK);
            for (unsigned k = 0; k < 100000; k++) {
                struct board_sample s = pattern(kind, k, RATES[r], &random);
                struct metrology_window w;
                size_t taken;
                bool ended;
                if (random % 30011 == 0) {
                    metrology_missed(&m, random);
                    given += RATES[r];
                }
                do {
                    taken = metrology_add(&m, &s, 1, &w, &ended);
                    if (ended) {
                        duration_us += w.duration_us;
                        assert_in_range(w.duration_us, 1000000 / PLL_MAX_HZ - 1000, 10 * 1000000 / PLL_MIN_HZ + 1000);
                        assert_in_range(w.quadrant, 1, 4);
                        assert_true(w.phase_udeg < 360000000);
                        assert_in_range(w.power_factor_ppm + 1000000, 0, 2000000);
                        assert_true(w.energy.active_import_nj >= 0 && w.energy.active_export_nj >= 0);
                    }
                } while (taken == 0);
                given++;
            }
            struct metrology_window w;
            metrology_close(&m, &w);
            duration_us += w.duration_us;
            assert_true(duration_us <= (uint64_t)given * 1000000 / RATES[r] + 1);
            assert_true(duration_us >= (uint64_t)100000 * 1000000 / RATES[r] - 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_tile_time_without_loss),
        cmocka_unit_test(an_offset_does_not_change_the_energy_of_a_part),
        cmocka_unit_test(windows_are_ten_cycles_after_25_of_one),
        cmocka_unit_test(how_samples_are_grouped_does_not_matter),
        cmocka_unit_test(signs_are_those_of_the_four_quadrants),
        cmocka_unit_test(no_load_is_flagged_and_books_nothing),
        cmocka_unit_test(reactive_energy_alone_belongs_to_import),
        cmocka_unit_test(without_voltage_the_frequency_holds_and_the_current_is_seen),
        cmocka_unit_test(a_jump_of_the_frequency_is_followed),
        cmocka_unit_test(the_limits_of_the_converter_are_flagged),
        cmocka_unit_test(the_channel_of_the_larger_power_is_billed_after_five_seconds),
        cmocka_unit_test(both_power_and_current_must_differ),
        cmocka_unit_test(a_gap_is_bridged_and_flagged),
        cmocka_unit_test(a_gap_does_not_move_the_frequency),
        cmocka_unit_test(at_most_a_second_is_bridged),
        cmocka_unit_test(the_filter_undoes_droop_and_delay_of_a_harmonic),
        cmocka_unit_test(gains_noise_and_crosstalk_are_taken_off),
        cmocka_unit_test(a_bad_calibration_is_refused),
        cmocka_unit_test(an_empty_recording_ends_in_nothing),
        cmocka_unit_test(nothing_overflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
