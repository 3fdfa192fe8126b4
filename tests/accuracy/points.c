/* Intrinsic error: the load points of a type test, with the nominal front end and with a faulty one after its
 * calibration. The goals are far inside class 1 (active) and class 2 (reactive).
 *
 * Source  metrology.md 1.1, 1.2, 4.1.
 */
#include <math.h>
#include <stdio.h>

#include "tests/accuracy/bed.h"

#define UN 230.0

struct point {
    double current_a, phase_deg, seconds;
    double goal_percent; /* of the active, or of the reactive power */
};

/* A front end with its calibration. */
struct meter {
    const char *name;
    struct frontend_parameters parameters;
    struct metrology_calibration calibration;
};

static double degrees(double radians)
{
    return radians * 180 / 3.14159265358979323846;
}

static void check_active(const struct meter *m, const struct point *p)
{
    for (int sign = 1; sign >= -1; sign -= 2) {
        struct bed b;
        struct frontend_signal load = bed_load(UN, sign * p->current_a, p->phase_deg);
        bed_init(&b, &m->parameters, &m->calibration);
        struct bed_reading r = bed_measure(&b, &load, p->seconds);
        double expected = UN * sign * p->current_a * cos(p->phase_deg / degrees(1));
        bed_check(bed_percent(r.active_w, expected), p->goal_percent, "%s P %+g A, current lags %g", m->name,
                  sign * p->current_a, p->phase_deg);
        if (p->current_a >= 0.5) {
            bed_check(bed_percent(r.current_a, p->current_a), 0.05, "%s I", m->name);
        }
        bed_check(bed_percent(r.voltage_v, UN), 0.01, "%s U", m->name);
        bed_check(1000 * r.frequency_error_hz, 1, "%s f, worst window, mHz", m->name);
    }
}

static void check_reactive(const struct meter *m, const struct point *p)
{
    struct bed b;
    struct frontend_signal load = bed_load(UN, p->current_a, p->phase_deg);
    bed_init(&b, &m->parameters, &m->calibration);
    struct bed_reading r = bed_measure(&b, &load, p->seconds);
    double expected = UN * p->current_a * sin(p->phase_deg / degrees(1));
    bed_check(bed_percent(r.reactive_var, expected), p->goal_percent, "%s Q %g A, current lags %.4g", m->name,
              p->current_a, p->phase_deg);
}

static void check_all(const struct meter *m)
{
    static const double CURRENTS[] = { 0.5, 1, 2.5, 5, 10, 25, 50, 100 };
    const double capacitive = -degrees(acos(0.8));

    bed_title("active", "error %");
    check_active(m, &(struct point){ 0.02, 0, 783, 0.3 });
    check_active(m, &(struct point){ 0.25, 0, 60, 0.05 });
    for (unsigned k = 0; k < sizeof CURRENTS / sizeof CURRENTS[0]; k++) {
        check_active(m, &(struct point){ CURRENTS[k], 0, 60, 0.02 });
        check_active(m, &(struct point){ CURRENTS[k], 60, 60, 0.03 });
        check_active(m, &(struct point){ CURRENTS[k], capacitive, 60, 0.03 });
    }
    check_active(m, &(struct point){ 5, degrees(acos(0.25)), 60, 0.05 });

    bed_title("reactive", "error %");
    check_reactive(m, &(struct point){ 0.025, 90, 783, 0.5 });
    check_reactive(m, &(struct point){ 0.025, -90, 783, 0.5 });
    static const double SINES[] = { 1, 0.5, 0.25 };
    for (unsigned s = 0; s < 3; s++) {
        double phase = degrees(asin(SINES[s]));
        check_reactive(m, &(struct point){ 0.25, phase, 60, 0.1 });
        check_reactive(m, &(struct point){ 0.25, -phase, 60, 0.1 });
        for (unsigned k = 0; k < sizeof CURRENTS / sizeof CURRENTS[0]; k++) {
            check_reactive(m, &(struct point){ CURRENTS[k], phase, 60, 0.05 });
            check_reactive(m, &(struct point){ CURRENTS[k], -phase, 60, 0.05 });
        }
    }
    check_reactive(m, &(struct point){ 5, 150, 60, 0.05 });
    check_reactive(m, &(struct point){ 5, 210, 60, 0.05 });
}

/* The spread from one measurement to the next, and the worst of 20 meters, each with its own noise, its own
 * calibration and its own faults. */
static void check_many(void)
{
    static const struct point POINTS[] = {
        { 0.02, 0, 60, 0.3 }, { 0.25, 0, 60, 0.05 }, { 5, 0, 60, 0.02 }, { 5, 60, 60, 0.03 }
    };
    enum { METERS = 20, KINDS = sizeof POINTS / sizeof POINTS[0] };
    double worst[KINDS] = { 0 };
    double sum = 0, squares = 0;
    for (unsigned seed = 1; seed <= METERS; seed++) {
        struct frontend_parameters p = bed_faulty(false, seed * 7919);
        p.voltage.gain = 0.98 + 0.002 * seed;
        p.current.gain = 1.02 - 0.002 * seed;
        p.voltage.skew_s = (6.0 * seed - 63) * 1e-6;
        struct metrology_calibration c = bed_calibrate(&p);
        p.seed += 1000003; /* not the noise that it was calibrated with */
        for (unsigned k = 0; k < KINDS; k++) {
            struct bed b;
            struct frontend_signal load = bed_load(UN, POINTS[k].current_a, POINTS[k].phase_deg);
            bed_init(&b, &p, &c);
            struct bed_reading r = bed_measure(&b, &load, POINTS[k].seconds);
            double expected = UN * POINTS[k].current_a * cos(POINTS[k].phase_deg / degrees(1));
            double error = bed_percent(r.active_w, expected);
            worst[k] = fmax(worst[k], fabs(error));
            if (k == 2) {
                sum += error;
                squares += error * error;
            }
        }
    }
    bed_title("20 meters, gains +-2 %, skew +-60 us, 60 s for each point", "error %");
    for (unsigned k = 0; k < KINDS; k++) {
        bed_check(worst[k], POINTS[k].goal_percent, "worst P %g A, current lags %g", POINTS[k].current_a,
                  POINTS[k].phase_deg);
    }
    double mean = sum / METERS;
    bed_check(sqrt(squares / METERS - mean * mean), 0.01, "standard deviation at Ib, PF 1");
}

int main(void)
{
    struct meter nominal = { "nominal", bed_nominal(), metrology_nominal };
    struct meter flat = { "faulty", bed_faulty(false, 1), metrology_nominal };
    flat.calibration = bed_calibrate(&flat.parameters);
    flat.parameters.seed = 2;
    check_all(&nominal);
    check_all(&flat);
    check_many();
    return bed_result();
}
