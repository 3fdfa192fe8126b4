/* No load: the meter is connected, the current circuit is open, and neither registers nor test outputs may move. Eight
 * hours at 1.15 Un, sample by sample, through a front end with offset, crosstalk and noise; 48 minutes (the longest
 * that a standard asks for) at other voltages, and with a meter that was never calibrated.
 *
 * Source  metrology.md 1.3, 4.1.
 */
#include <math.h>
#include <stdio.h>

#include "tests/accuracy/bed.h"

static void check(const struct frontend_parameters *p, const struct metrology_calibration *c, double voltage_v,
                  double seconds, const char *name)
{
    struct bed b;
    struct frontend_signal idle = bed_load(voltage_v, 0, 0);
    bed_init(&b, p, c);
    bed_set(&b, &idle);
    struct bed_reading r = bed_run(&b, seconds);
    uint64_t registered = 0;
    for (int k = 0; k < ENERGY_COUNT; k++) {
        registered += b.energy.registers[k].milli + b.energy.registers[k].rest_nj;
    }
    bed_check((double)registered, 0, "%s, %g V, %g h: registers", name, voltage_v, seconds / 3600);
    bed_check((double)(b.pulses[BOARD_LED_ACTIVE] + b.pulses[BOARD_LED_REACTIVE]), 0, "pulses");
    bed_check(1000 * r.active_w, 150, "mean power that was not booked, mW");
    bed_check(seconds - r.seconds, 0.25, "time that no window covers, s");
}

/* The same when there was a load before. */
static void check_after_load(const struct frontend_parameters *p, const struct metrology_calibration *c)
{
    struct bed b;
    struct frontend_signal load = bed_load(230, 50, 45);
    bed_init(&b, p, c);
    bed_measure(&b, &load, 60);
    load.current_a = 0;
    bed_measure(&b, &load, 20); /* until the smoothed power is below the threshold */
    uint64_t pulses = b.pulses[BOARD_LED_ACTIVE] + b.pulses[BOARD_LED_REACTIVE];
    double booked = bed_active_wh(&b) + bed_reactive_varh(&b);
    struct bed_reading r = bed_run(&b, 48 * 60);
    bed_check(bed_active_wh(&b) + bed_reactive_varh(&b) - booked, 0, "after a load of 50 A, 230 V, 0.8 h: Wh + varh");
    bed_check((double)(b.pulses[BOARD_LED_ACTIVE] + b.pulses[BOARD_LED_REACTIVE] - pulses), 0, "pulses");
    bed_check((r.flags & METROLOGY_NO_LOAD) ? 0 : 1, 0, "no load is flagged (0)");
}

int main(void)
{
    struct frontend_parameters p = bed_faulty(false, 21);
    p.neutral.noise = 0; /* it is not billed, and its noise takes time */
    struct metrology_calibration c = bed_calibrate(&p);
    bed_title("no load", "");
    check(&p, &c, 230 * 1.15, 8 * 3600, "calibrated");
    check(&p, &c, 230 * 0.8, 48 * 60, "calibrated");
    check(&p, &c, 230, 48 * 60, "calibrated");
    check(&p, &c, 230 * 1.2, 48 * 60, "calibrated");
    check_after_load(&p, &c);
    check(&p, &metrology_nominal, 230 * 1.15, 48 * 60, "not calibrated");
    bed_set_noise(&p, 80);
    c = bed_calibrate(&p);
    check(&p, &c, 230 * 1.15, 48 * 60, "noise 80 dB");
    return bed_result();
}
