/* Registers and test outputs: starting, changing loads, dips and interruptions of the voltage, lost samples,
 * over-current, energy over long times, and the evenness of the pulses.
 *
 * Source  metrology.md 1.3, 1.4, 2.2 (9) to (11), 4.1.
 */
#include <math.h>
#include <stdio.h>

#include "tests/accuracy/bed.h"

#define UN      230.0
#define J_IN_WH 3600.0

static struct frontend_parameters parameters;
static struct metrology_calibration calibration;

static void start_bed(struct bed *b)
{
    bed_init(b, &parameters, &calibration);
}

/* Starting ------------------------------------------------------------------- */

struct first_pulse {
    double at_s[BOARD_LED_COUNT];
};

static void note_pulse(void *context, enum board_led led, double at_s)
{
    struct first_pulse *first = context;
    if (first->at_s[led] == 0) {
        first->at_s[led] = at_s;
    }
}

static void check_start(double voltage_v, double current_a, double phase_deg, const char *name)
{
    struct bed b;
    struct first_pulse first = { { 0 } };
    bool reactive = fabs(phase_deg) == 90;
    enum board_led led = reactive ? BOARD_LED_REACTIVE : BOARD_LED_ACTIVE;
    double power = voltage_v * fabs(current_a);
    struct frontend_signal load = bed_load(voltage_v, 0, phase_deg);
    start_bed(&b);
    bed_measure(&b, &load, 58); /* idle for a minute */
    b.hooks = (struct bed_hooks){ .pulse = note_pulse, .context = &first };
    load.current_a = current_a;
    bed_set(&b, &load);

    bed_run(&b, 30);
    double booked_wh = reactive ? bed_reactive_varh(&b) : bed_active_wh(&b);
    bed_check(100 * (booked_wh * J_IN_WH / (power * 30) - 1), 1.5, "%s: first 30 s are registered, %%", name);
    bed_run(&b, 3600 - 30);
    booked_wh = reactive ? bed_reactive_varh(&b) : bed_active_wh(&b);
    bed_check(bed_percent(booked_wh, power), 0.5, "an hour, %%");
    bed_check(first.at_s[led] - 60, 1.2 * J_IN_WH / power, "first pulse after, s");
}

static void starting(void)
{
    bed_title("starting current", "");
    check_start(UN, 0.02, 0, "20 mA, import");
    check_start(UN, -0.02, 0, "20 mA, export");
    check_start(0.8 * UN, 0.02, 0, "20 mA at 0.8 Un");
    check_start(UN, 0.025, 90, "25 mA, inductive");
    check_start(UN, 0.025, -90, "25 mA, capacitive");

    struct bed b;
    struct frontend_signal load = bed_load(UN, 0.004, 0);
    start_bed(&b);
    bed_measure(&b, &load, 1800);
    bed_check(bed_active_wh(&b), 0, "4 mA, half an hour: Wh");
}

/* Loads that change, voltages that fail ------------------------------------------ */

static void load_steps(double on_s, double off_s)
{
    struct bed b;
    struct frontend_signal off = bed_load(UN, 0, 0);
    struct frontend_signal on = bed_load(UN, 100, 0);
    double seconds = 0;
    start_bed(&b);
    bed_set(&b, &off);
    bed_run(&b, 2);
    while (seconds < 300) {
        bed_set(&b, &on);
        bed_run(&b, on_s);
        bed_set(&b, &off);
        bed_run(&b, off_s);
        seconds += on_s;
    }
    bed_run(&b, 1);
    double expected_wh = UN * 100 * seconds / J_IN_WH;
    bed_check(bed_percent(bed_active_wh(&b), expected_wh), 0.02, "100 A %g s on, %g s off, %g s in all: %%", on_s,
              off_s, seconds);
}

/* A resistor of 2.3 ohms (100 A at Un): what the voltage does, the current does too. */
static double run_resistor(struct bed *b, double part, double seconds)
{
    struct frontend_signal load = bed_load(UN * part, 100 * part, 0);
    bed_set(b, &load);
    bed_run(b, seconds);
    return UN * 100 * part * part * seconds;
}

static void dips(void)
{
    struct bed b;
    double joules = 0;
    start_bed(&b);
    joules += run_resistor(&b, 1, 10);
    for (int k = 0; k < 3; k++) {
        joules += run_resistor(&b, 0, 1);
        joules += run_resistor(&b, 1, 0.05);
    }
    joules += run_resistor(&b, 1, 10);
    joules += run_resistor(&b, 0, 0.02);
    joules += run_resistor(&b, 1, 10);
    joules += run_resistor(&b, 0.5, 60);
    joules += run_resistor(&b, 1, 10);
    joules += run_resistor(&b, 0, 1);
    bed_check(bed_active_wh(&b) - joules / J_IN_WH, 1, "interruptions and dips at 100 A: Wh");

    /* up to 0.8 Un and down again, slowly */
    struct bed ramp;
    joules = 0;
    start_bed(&ramp);
    for (int k = 0; k <= 160; k++) {
        joules += run_resistor(&ramp, 0.8 * (k <= 80 ? k : 160 - k) / 80, 0.5);
    }
    run_resistor(&ramp, 0, 1);
    bed_check(bed_percent(bed_active_wh(&ramp), joules / J_IN_WH), 0.2, "0 .. 0.8 Un .. 0: %%");
}

static void wake_up(void)
{
    struct bed b;
    start_bed(&b);
    struct frontend_signal load = bed_load(UN, 5, 0);
    static const double FREQUENCIES[] = { 45, 50, 55 };
    for (unsigned k = 0; k < 3; k++) {
        start_bed(&b);
        load.frequency_hz = FREQUENCIES[k];
        bed_set(&b, &load);
        bed_run(&b, 1);
        struct bed_reading r = bed_run(&b, 1);
        bed_check(1000 * r.frequency_error_hz, 1, "a second after a start at %g Hz: f, mHz", FREQUENCIES[k]);
        bed_check(bed_percent(r.active_w, 1150), 0.05, "P, %%");
    }
    load.frequency_hz = 50;
    bed_set(&b, &load); /* a step of 5 Hz, to where windows of ten cycles do not see it */
    bed_run(&b, 2);
    bed_check(1000 * bed_run(&b, 1).frequency_error_hz, 1, "after a step from 55 Hz to 50 Hz: f, mHz");
}

static void gaps(void)
{
    static const unsigned LOST[] = { 1, 8, 40, 400, 1600, 8000 };
    for (unsigned k = 0; k < sizeof LOST / sizeof LOST[0]; k++) {
        struct bed b;
        struct frontend_signal load = bed_load(UN, 100, 30);
        start_bed(&b);
        bed_measure(&b, &load, 10);
        double before_wh = bed_active_wh(&b);
        double before_s = (double)b.metered_us * 1e-6;
        for (int gap = 0; gap < 20; gap++) {
            bed_run(&b, 1.9371);
            bed_lose(&b, LOST[k]);
        }
        bed_run(&b, 2);
        double seconds = (double)b.metered_us * 1e-6 - before_s;
        double watts = (bed_active_wh(&b) - before_wh) * J_IN_WH / seconds;
        bed_check(bed_percent(watts, UN * 100 * cos(30 * 3.14159265358979 / 180)), 0.02, "20 gaps of %u samples: P, %%",
                  LOST[k]);
        bed_check(seconds - (20 * (1.9371 + LOST[k] / 8000.0) + 2), 0.21, "time, s");
    }
}

static void over_current(void)
{
    struct bed b;
    struct frontend_signal load = bed_load(UN, 5, 0);
    start_bed(&b);
    struct bed_reading before = bed_measure(&b, &load, 20);
    load.current_a = 3000; /* 30 Imax, a half cycle */
    bed_set(&b, &load);
    struct bed_reading during = bed_run(&b, 0.01);
    load.current_a = 5;
    bed_set(&b, &load);
    during.flags |= bed_run(&b, 0.5).flags;
    struct bed_reading after = bed_run(&b, 20);
    bed_check((during.flags & METROLOGY_CLIPPED) ? 0 : 1, 0, "30 Imax for a half cycle is flagged (0)");
    bed_check((after.flags & METROLOGY_CLIPPED) ? 1 : 0, 0, "and no longer afterwards (0)");
    bed_check(bed_percent(after.active_w, before.active_w), 0.01, "shift at 5 A afterwards, %%");
}

/* Energy and pulses ----------------------------------------------------------------- */

static void conservation(void)
{
    struct bed b;
    struct frontend_signal load = bed_load(UN, 100, 0);
    struct frontend_parameters nominal = bed_nominal();
    bed_init(&b, &nominal, &metrology_nominal);
    bed_set(&b, &load);
    bed_run(&b, 600);
    double metered_s = (double)b.metered_us * 1e-6;
    bed_check(1e6 * (bed_active_wh(&b) * J_IN_WH / (UN * 100 * metered_s) - 1), 10,
              "100 A, 600 s from a cold start: ppm");
    bed_check(600 - metered_s, 0.2, "time that no window covers, s");
}

struct train {
    double last_s, sum, squares, latest_s;
    unsigned count;
    struct bed *bed;
    double worst_lag_s;
    unsigned wrong_counts;
};

static void on_pulse(void *context, enum board_led led, double at_s)
{
    struct train *t = context;
    if (led != BOARD_LED_ACTIVE) {
        return;
    }
    t->worst_lag_s = fmax(t->worst_lag_s, at_s - (double)t->bed->metered_us * 1e-6);
    if (t->last_s > 0) {
        double period = at_s - t->last_s;
        t->sum += period;
        t->squares += period * period;
        t->count++;
    }
    t->last_s = at_s;
}

static void on_window(void *context, const struct metrology_window *w, double end_s)
{
    struct train *t = context;
    (void)w;
    (void)end_s;
    t->wrong_counts += t->bed->pulses[BOARD_LED_ACTIVE] != (uint64_t)floor(bed_active_wh(t->bed) + 1e-9);
}

static void check_train(const struct frontend_signal *load, double seconds, const char *name)
{
    struct bed b;
    struct train t = { .bed = &b };
    start_bed(&b);
    b.hooks = (struct bed_hooks){ .window = on_window, .context = &t };
    bed_set(&b, load);
    bed_run(&b, 2);
    b.hooks.pulse = on_pulse;
    bed_run(&b, seconds);
    double mean = t.sum / t.count;
    double variance = t.squares / t.count - mean * mean;
    bed_check(1e6 * sqrt(fmax(variance, 0)) / mean, 100, "%s: jitter of %u periods of %.4g s, ppm", name, t.count,
              mean);
    bed_check(t.worst_lag_s, 0.23, "the latest pulse after its window, s");
    bed_check(t.wrong_counts, 0, "windows after which pulses and register differ");
}

static void pulses(void)
{
    bed_title("pulses", "");
    struct frontend_signal load = bed_load(UN, 100, 0);
    check_train(&load, 60, "100 A");
    load = bed_load(UN, 5, 0);
    check_train(&load, 300, "5 A");
    load = bed_load(UN, -5, 60);
    check_train(&load, 300, "-5 A PF 0.5");
    load.frequency_hz = 49.87;
    check_train(&load, 300, "-5 A PF 0.5, 49.87 Hz");
    load = bed_load(UN, 0.5, 0);
    check_train(&load, 1000, "0.5 A");
    load = bed_load(UN, 5, 0);
    load.frequency_hz = 49.87;
    load.shape = FRONTEND_PHASE_FIRED;
    parameters.decimator = true;
    calibration = bed_calibrate(&parameters);
    check_train(&load, 120, "5 A phase-fired, 49.87 Hz");
}

int main(void)
{
    parameters = bed_faulty(false, 31);
    calibration = bed_calibrate(&parameters);
    parameters.seed++;
    starting();
    bed_title("changing loads, failing voltages, lost samples", "");
    load_steps(10, 10);
    load_steps(5, 5);
    load_steps(5, 0.5);
    dips();
    wake_up();
    gaps();
    over_current();
    conservation();
    pulses();
    return bed_result();
}
