/* Quantities that are booked against the metrology core, which measures samples of the same load. */
#include "host/booking.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "host/frontend.h"
#include "host/load.h"

enum { RATE_HZ = 8000, SETTLE_S = 4, MEASURE_S = 4 };

/* Whole seconds of the load through front end and core: the last window, and the energy after it has settled. */
static void measure(const struct quantities *q, struct metrology_window *last, struct energy_increment *energy)
{
    struct frontend_parameters parameters = frontend_nominal(RATE_HZ);
    struct frontend frontend;
    frontend_init(&frontend, &parameters);
    struct frontend_signal signal = { .frequency_hz = q->frequency_uhz / 1e6,
                                      .voltage_v = q->voltage_uv / 1e6,
                                      .current_a = quantities_current_a(q),
                                      .neutral_a = quantities_current_a(q),
                                      .phase_deg = quantities_phase_deg(q) };
    frontend_set(&frontend, &signal);
    struct metrology m;
    assert_int_equal(metrology_init(&m, &metrology_nominal, RATE_HZ), STATUS_OK);
    *energy = (struct energy_increment){ 0 };
    *last = (struct metrology_window){ 0 };
    for (unsigned n = 0; n < (SETTLE_S + MEASURE_S) * RATE_HZ; n++) {
        struct board_sample sample;
        bool ended = false;
        struct metrology_window w;
        frontend_read(&frontend, &sample, 1);
        metrology_add(&m, &sample, 1, &w, &ended);
        if (ended) {
            *last = w;
        }
        if (ended && n >= SETTLE_S * RATE_HZ) {
            energy->active_import_nj += w.energy.active_import_nj;
            energy->active_export_nj += w.energy.active_export_nj;
            energy->apparent_import_nj += w.energy.apparent_import_nj;
            energy->apparent_export_nj += w.energy.apparent_export_nj;
            for (unsigned i = 0; i < 4; i++) {
                energy->reactive_q_nj[i] += w.energy.reactive_q_nj[i];
            }
        }
    }
}

/* Within 50 ppm of the apparent power, and 0.2 of that of one window at either end. */
static void near_power(int64_t booked_nj, int64_t measured_nj, double apparent_w)
{
    double booked_w = (double)booked_nj / 1e9;
    double measured_w = (double)measured_nj / 1e9 / MEASURE_S;
    if (fabs(booked_w - measured_w) > apparent_w * (50e-6 + 0.21 / MEASURE_S) * (booked_nj == 0 ? 0.001 : 1.0)) {
        fail_msg("booked %f, measured %f", booked_w, measured_w);
    }
}

static void booked_as_measured(void **state)
{
    (void)state;
    static const char *const loads[] = {
        "constant:230,5,1",     "constant:230,5,0.5",   "constant:230,5,-0.5", "constant:230,-5,0.5",
        "constant:230,-5,-1",   "constant:230,100,0.8", "constant:207,0.02,1", "constant:230,0.02,0.1",
        "constant:230,0.005,1", "constant:230,0,1",     "constant:0,0,1",      "constant:40,10,0.9",
    };
    for (size_t i = 0; i < sizeof loads / sizeof loads[0]; i++) {
        struct load load;
        char message[LOAD_MESSAGE_MAX];
        assert_int_equal(load_open(&load, loads[i], 1, message), LOAD_OPENED);
        struct quantities q;
        load_at(&load, 0, &q);
        struct metrology_window booked;
        struct metrology_window measured;
        struct energy_increment energy;
        booking_second(&q, &booked);
        measure(&q, &measured, &energy);
        print_message("%s\n", loads[i]);
        assert_int_equal(booked.flags, measured.flags);
        assert_int_equal(booked.quadrant, measured.quadrant);
        double apparent_w = quantities_apparent_va(&q);
        assert_true(fabs((double)booked.voltage_uv - measured.voltage_uv) <= q.voltage_uv * 20e-6 + 30);
        assert_true(fabs((double)booked.current_na - (double)measured.current_na) <=
                    (double)booked.current_na * 1e-4 + 20e3);
        assert_true(fabs((double)(booked.active_uw - measured.active_uw)) / 1e6 <= apparent_w * 50e-6 + 1e-3);
        assert_true(abs(booked.power_factor_ppm - measured.power_factor_ppm) <= 100);
        assert_true(fabs(remainder(booked.phase_udeg / 1e6 - measured.phase_udeg / 1e6, 360.0)) <= 0.01);
        near_power(booked.energy.active_import_nj, energy.active_import_nj, apparent_w);
        near_power(booked.energy.active_export_nj, energy.active_export_nj, apparent_w);
        near_power(booked.energy.apparent_import_nj, energy.apparent_import_nj, apparent_w);
        near_power(booked.energy.apparent_export_nj, energy.apparent_export_nj, apparent_w);
        for (unsigned quadrant = 0; quadrant < 4; quadrant++) {
            near_power(booked.energy.reactive_q_nj[quadrant], energy.reactive_q_nj[quadrant], apparent_w);
        }
    }
}

static void a_second_holds_exactly_its_energy(void **state)
{
    (void)state;
    struct quantities q = {
        .voltage_uv = 230000000, .frequency_uhz = 50000000, .active_uw = 4216000123, .reactive_uvar = -418000001
    };
    struct metrology_window w;
    booking_second(&q, &w);
    assert_int_equal(w.duration_us, 1000000);
    assert_int_equal(w.energy.active_import_nj, 4216000123000);
    assert_int_equal(w.energy.reactive_q_nj[3], 418000001000);
    assert_int_equal(w.energy.active_export_nj, 0);
    assert_int_equal(w.energy.apparent_import_nj / 1000000, 4236670); /* sqrt(4216^2 + 418^2) = 4236.671 VA */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(booked_as_measured),
        cmocka_unit_test(a_second_holds_exactly_its_energy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
