#include "tests/accuracy/bed.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define PI 3.14159265358979323846

enum { BLOCK = 400 };

static unsigned failures;

struct frontend_parameters bed_nominal(void)
{
    return frontend_nominal(BED_RATE_HZ);
}

void bed_set_noise(struct frontend_parameters *p, double below_full_scale_db)
{
    /* The converter's figure holds in 2 kHz; a sample at 8 kS/s has twice the band. */
    double part = pow(10, -below_full_scale_db / 20) * sqrt(BED_RATE_HZ / 4000.0) / sqrt(2);
    p->voltage.noise = 450 * part;
    p->current.noise = 187.5 * part;
    p->neutral.noise = 187.5 * part;
}

struct frontend_parameters bed_faulty(bool decimator, uint64_t seed)
{
    struct frontend_parameters p = frontend_nominal(BED_RATE_HZ);
    p.voltage.gain = 1 / 1.013;
    p.voltage.offset = 0.9;
    p.voltage.skew_s = 18e-6;
    p.current.gain = 1 / 0.984;
    p.current.offset = 0.35;
    p.neutral.gain = 1.01;
    p.neutral.offset = -0.2;
    p.neutral.skew_s = -10e-6;
    p.crosstalk_s = 2e-7;
    p.decimator = decimator;
    p.seed = seed;
    bed_set_noise(&p, 90);
    return p;
}

static void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "test bed: %s\n", what);
        exit(2);
    }
}

void bed_init(struct bed *b, const struct frontend_parameters *p, const struct metrology_calibration *c)
{
    *b = (struct bed){ 0 };
    frontend_init(&b->frontend, p);
    energy_init(&b->energy);
    for (int led = 0; led < BOARD_LED_COUNT; led++) {
        pulse_init(&b->outputs[led], 0, 0);
    }
    require(metrology_init(&b->metrology, c, p->rate_hz) == STATUS_OK, "calibration refused");
}

struct frontend_signal bed_load(double voltage_v, double current_a, double phase_deg)
{
    return (struct frontend_signal){
        .frequency_hz = 50, .voltage_v = voltage_v, .current_a = current_a, .phase_deg = phase_deg
    };
}

void bed_set(struct bed *b, const struct frontend_signal *signal)
{
    frontend_set(&b->frontend, signal);
}

static void give_pulses(struct bed *b, enum board_led led, int64_t energy_nj, const struct metrology_window *w)
{
    uint32_t delay_us;
    pulse_plan(&b->outputs[led], energy_nj, w->duration_us);
    while (pulse_next(&b->outputs[led], &delay_us)) {
        b->pulses[led]++;
        if (b->hooks.pulse) {
            b->hooks.pulse(b->hooks.context, led, (double)b->metered_us * 1e-6 + delay_us * 1e-6);
        }
    }
}

static void end_window(struct bed *b, const struct metrology_window *w, struct bed_reading *sum)
{
    const struct energy_increment *e = &w->energy;
    b->metered_us += w->duration_us;
    energy_add(&b->energy, e);
    give_pulses(b, BOARD_LED_ACTIVE, e->active_import_nj + e->active_export_nj, w);
    give_pulses(b, BOARD_LED_REACTIVE,
                e->reactive_q_nj[0] + e->reactive_q_nj[1] + e->reactive_q_nj[2] + e->reactive_q_nj[3], w);
    if (b->hooks.window) {
        b->hooks.window(b->hooks.context, w, (double)b->metered_us * 1e-6);
    }

    double seconds = w->duration_us * 1e-6;
    sum->seconds += seconds;
    sum->voltage_v += seconds * 1e-6 * w->voltage_uv;
    sum->current_a += seconds * 1e-9 * (double)w->current_na;
    sum->neutral_a += seconds * 1e-9 * (double)w->neutral_na;
    sum->active_w += seconds * 1e-6 * (double)w->active_uw;
    sum->reactive_var += seconds * 1e-6 * (double)w->reactive_uvar;
    sum->apparent_va += seconds * 1e-6 * (double)w->apparent_uva;
    sum->frequency_hz = w->frequency_uhz * 1e-6;
    double error_hz = fabs(sum->frequency_hz - b->frontend.signal.frequency_hz);
    if (error_hz > sum->frequency_error_hz) {
        sum->frequency_error_hz = error_hz;
    }
    sum->flags |= w->flags;
}

struct bed_reading bed_run(struct bed *b, double seconds)
{
    struct bed_reading sum = { 0 };
    size_t left = (size_t)lround(seconds * b->frontend.parameters.rate_hz);
    while (left > 0) {
        struct board_sample samples[BLOCK];
        size_t count = left < BLOCK ? left : BLOCK;
        frontend_read(&b->frontend, samples, count);
        left -= count;
        for (size_t taken = 0; taken < count;) {
            struct metrology_window w;
            bool ended;
            taken += metrology_add(&b->metrology, samples + taken, count - taken, &w, &ended);
            if (ended) {
                end_window(b, &w, &sum);
            }
        }
    }
    sum.voltage_v /= sum.seconds;
    sum.current_a /= sum.seconds;
    sum.neutral_a /= sum.seconds;
    sum.active_w /= sum.seconds;
    sum.reactive_var /= sum.seconds;
    sum.apparent_va /= sum.seconds;
    return sum;
}

void bed_lose(struct bed *b, unsigned samples)
{
    for (unsigned k = 0; k < samples; k++) {
        struct board_sample lost;
        frontend_read(&b->frontend, &lost, 1);
    }
    metrology_missed(&b->metrology, samples);
}

struct bed_reading bed_measure(struct bed *b, const struct frontend_signal *signal, double seconds)
{
    bed_set(b, signal);
    bed_run(b, 2);
    return bed_run(b, seconds);
}

double bed_active_wh(const struct bed *b)
{
    double sum = 0;
    for (int k = ENERGY_ACTIVE_IMPORT; k <= ENERGY_ACTIVE_EXPORT; k++) {
        sum += (double)b->energy.registers[k].milli * 1e-3 + b->energy.registers[k].rest_nj / 3.6e12;
    }
    return sum;
}

double bed_reactive_varh(const struct bed *b)
{
    double sum = 0;
    for (int k = ENERGY_REACTIVE_Q1; k <= ENERGY_REACTIVE_Q4; k++) {
        sum += (double)b->energy.registers[k].milli * 1e-3 + b->energy.registers[k].rest_nj / 3.6e12;
    }
    return sum;
}

/* Calibration ---------------------------------------------------------------- */

static struct bed_reading with(const struct frontend_parameters *p, const struct metrology_calibration *c,
                               struct frontend_signal load, double seconds)
{
    struct bed b;
    bed_init(&b, p, c);
    return bed_measure(&b, &load, seconds);
}

/* Without current first: what that finds is taken off the other readings. */
struct metrology_calibration bed_calibrate(const struct frontend_parameters *p)
{
    struct metrology_calibration c = metrology_nominal;
    c.decimator_order = p->decimator ? 3 : 0;

    struct bed_reading idle = with(p, &c, bed_load(230, 0, 0), 120);
    double square_v = idle.voltage_v * idle.voltage_v;
    double code_a = FRONTEND_AMPERES_PER_CODE;
    c.current.noise_code2 = (uint32_t)lround(idle.current_a * idle.current_a / (code_a * code_a));
    c.current.in_phase_ps = (int32_t)lround(idle.active_w / square_v * 1e12);
    c.current.quadrature_ps = (int32_t)lround(idle.reactive_var / square_v * 1e12);

    struct bed_reading half = with(p, &c, bed_load(230, 5, 60), 20);
    double lag = acos(half.active_w / (half.voltage_v * half.current_a));
    c.voltage.delay_ns = (int32_t)lround((lag - PI / 3) / (2 * PI * 50) * 1e9);

    struct bed_reading full = with(p, &c, bed_load(230, 5, 0), 20);
    double gain_v = 230 / full.voltage_v;
    double gain_i = 1150 / full.active_w / gain_v; /* from the power: the crosstalk is off it */
    c.voltage.gain_ppb = (uint32_t)lround(1e9 * gain_v);
    c.current.gain_ppb = (uint32_t)lround(1e9 * gain_i);
    c.current.in_phase_ps = (int32_t)lround(c.current.in_phase_ps * gain_i / gain_v);
    c.current.quadrature_ps = (int32_t)lround(c.current.quadrature_ps * gain_i / gain_v);
    return c;
}

/* Report ----------------------------------------------------------------------- */

double bed_percent(double measured, double expected)
{
    return 100 * (measured / expected - 1);
}

void bed_title(const char *title, const char *unit)
{
    printf("\n%-62s %12s %12s\n", title, "goal", unit);
}

void bed_check(double measured, double goal, const char *format, ...)
{
    char what[80];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    bool good = fabs(measured) <= goal; /* not a number: bad */
    printf("  %-60s %12.6g %12.6g%s\n", what, goal, measured, good ? "" : "  FAILED");
    failures += !good;
}

int bed_result(void)
{
    printf("\n%u beyond the goal\n", failures);
    return failures > 0;
}
