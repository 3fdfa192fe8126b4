/* The test bed of the accuracy tests: a simulated front end, the real metrology core, registers and pulse outputs. */
#ifndef TESTS_ACCURACY_BED_H
#define TESTS_ACCURACY_BED_H

#include <stdbool.h>
#include <stdint.h>

#include "host/frontend.h"
#include "meter/energy.h"
#include "meter/metrology.h"
#include "meter/pulse.h"

enum { BED_RATE_HZ = 8000 };

/* Means over a run, weighted by time. */
struct bed_reading {
    double seconds;
    double voltage_v, current_a, neutral_a;
    double active_w, reactive_var, apparent_va;
    double frequency_hz;       /* of the last window */
    double frequency_error_hz; /* the worst of the windows against the signal's frequency */
    unsigned flags;            /* of all windows */
};

/* Called for each window and for each pulse; NULL for none. */
struct bed_hooks {
    void (*window)(void *context, const struct metrology_window *w, double end_s);
    void (*pulse)(void *context, enum board_led led, double at_s);
    void *context;
};

struct bed {
    struct frontend frontend;
    struct metrology metrology;
    struct energy energy;
    struct pulse outputs[BOARD_LED_COUNT];
    uint64_t pulses[BOARD_LED_COUNT];
    uint64_t metered_us; /* time of all windows */
    struct bed_hooks hooks;
};

/* Front ends: as it was meant to be, and with the faults of metrology.md 4.2, flat or with the sinc3 decimator. */
struct frontend_parameters bed_nominal(void);
struct frontend_parameters bed_faulty(bool decimator, uint64_t seed);

/* Noise so many dB below full scale in a band of 2 kHz, on all channels. */
void bed_set_noise(struct frontend_parameters *p, double below_full_scale_db);

/* The factory's procedure with three loads (metrology.md 2.2 (13)): no current for noise and crosstalk, Ib at PF 0.5
 * inductive for the delay, Ib at PF 1 for the gains. */
struct metrology_calibration bed_calibrate(const struct frontend_parameters *p);

/* A cold start: nothing at the terminals, registers at zero. */
void bed_init(struct bed *b, const struct frontend_parameters *p, const struct metrology_calibration *c);

/* A load: 50 Hz, sine. */
struct frontend_signal bed_load(double voltage_v, double current_a, double phase_deg);

void bed_set(struct bed *b, const struct frontend_signal *signal);

/* Runs for that long; the mean leaves out nothing. */
struct bed_reading bed_run(struct bed *b, double seconds);

/* The next samples of the converter get lost, and the board says so. */
void bed_lose(struct bed *b, unsigned samples);

/* Sets the load, lets it settle for 2 s, and measures. */
struct bed_reading bed_measure(struct bed *b, const struct frontend_signal *signal, double seconds);

/* Registers. */
double bed_active_wh(const struct bed *b);     /* import + export */
double bed_reactive_varh(const struct bed *b); /* all quadrants */

/* Prints a row "what, goal, measured" and counts what is beyond the goal. */
void bed_title(const char *title, const char *unit);
void bed_check(double measured, double goal, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The exit code of the program. */
int bed_result(void);

/* Relative errors in %. */
double bed_percent(double measured, double expected);

#endif
