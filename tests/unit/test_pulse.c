/* The pulse outputs. A window's energy is given out evenly over the window that follows it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "meter/pulse.h"

#define WH INT64_C(3600000000000) /* nJ */

static uint32_t random_state = 7;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)random_state * limit) >> 32);
}

static void all_pulses_add_up_to_the_energy(void **state)
{
    (void)state;
    struct pulse p;
    uint64_t energy_nj = 2345678901234;
    uint64_t pulses = energy_nj / WH;
    pulse_init(&p, energy_nj, 0);
    for (unsigned k = 0; k < 100000; k++) {
        int64_t more_nj = (int64_t)random_below(UINT32_MAX) * random_below(4000);
        uint32_t duration_us = 1 + random_below(250000);
        uint32_t delay_us;
        pulse_plan(&p, more_nj, duration_us);
        while (pulse_next(&p, &delay_us)) {
            pulses++;
            assert_true(delay_us <= 2 * 250000);
        }
        energy_nj += (uint64_t)more_nj;
        assert_int_equal(pulses, energy_nj / WH);
    }
}

static void a_steady_load_gives_even_pulses(void **state)
{
    (void)state;
    struct pulse p;
    uint64_t now_us = 0;
    uint64_t last_us = 0;
    pulse_init(&p, 0, 0);
    for (unsigned k = 0; k < 5000; k++) { /* 1150 W in windows of 200 ms: 3.130435 s */
        uint32_t delay_us;
        now_us += 200000;
        pulse_plan(&p, INT64_C(230000000000), 200000);
        while (pulse_next(&p, &delay_us)) {
            uint64_t at_us = now_us + delay_us;
            if (last_us > 0) {
                assert_in_range(at_us - last_us, 3130434, 3130436);
            }
            last_us = at_us;
        }
    }
    assert_in_range(last_us, 996e6, 1000.2e6);
}

static void several_pulses_in_a_window_are_spread_over_it(void **state)
{
    (void)state;
    struct pulse p;
    uint32_t delay_us;
    pulse_init(&p, WH / 2, 0);
    pulse_plan(&p, 4 * WH, 1000000);
    static const uint32_t EXPECTED_US[] = { 125000, 375000, 625000, 875000 };
    for (unsigned k = 0; k < 4; k++) {
        assert_true(pulse_next(&p, &delay_us));
        assert_in_range(delay_us, EXPECTED_US[k] - 1, EXPECTED_US[k]);
    }
    assert_false(pulse_next(&p, &delay_us));
}

static void large_plans_do_not_overflow(void **state)
{
    (void)state;
    struct pulse p;
    uint32_t delay_us;
    uint32_t last_us = 0;
    unsigned pulses = 0;
    pulse_init(&p, 0, 0);
    pulse_plan(&p, 1000000 * WH, 3600000000u); /* 1 MWh in an hour */
    while (pulse_next(&p, &delay_us)) {
        assert_true(delay_us >= last_us && delay_us - last_us <= 3601);
        last_us = delay_us;
        pulses++;
    }
    assert_int_equal(pulses, 1000000);
}

/* A plan for 200 ms is still running when windows of 20 ms end. */
static void shorter_windows_do_not_overtake(void **state)
{
    (void)state;
    struct pulse p;
    uint64_t now_us = 0;
    uint64_t last_us = 0;
    pulse_init(&p, 0, 0);
    for (unsigned k = 0; k < 200; k++) {
        uint32_t duration_us = k / 25 % 2 == 0 ? 200000 : 20000;
        uint32_t delay_us;
        now_us += duration_us;
        pulse_plan(&p, INT64_C(50000000) * duration_us, duration_us); /* 50 kW: 72 ms */
        while (pulse_next(&p, &delay_us)) {
            uint64_t at_us = now_us + delay_us;
            assert_true(last_us == 0 || at_us >= last_us + 71999);
            assert_true(delay_us <= 200000);
            last_us = at_us;
        }
    }
}

static void no_energy_no_pulse(void **state)
{
    (void)state;
    struct pulse p;
    uint32_t delay_us;
    pulse_init(&p, WH - 1, 0);
    pulse_plan(&p, 0, 200000);
    assert_false(pulse_next(&p, &delay_us));
    pulse_plan(&p, 0, 0);
    assert_false(pulse_next(&p, &delay_us));
    pulse_plan(&p, 1, 200000);
    assert_true(pulse_next(&p, &delay_us));
    assert_false(pulse_next(&p, &delay_us));
}

/* Failures at any moment of a window. Pulses are kept here with their times, so what had come by then is known. */
static void what_a_failure_holds_back_comes_after_it(void **state)
{
    (void)state;
    uint64_t total_nj = 1234567890123;
    uint64_t given = total_nj / WH;
    struct pulse p;
    pulse_init(&p, total_nj, 0);
    for (unsigned run = 0; run < 2000; run++) {
        uint32_t delay_us;
        uint32_t planned_us[64];
        unsigned planned = 0;
        for (unsigned k = 1 + random_below(8); k > 0; k--) {
            int64_t energy_nj = (int64_t)random_below(UINT32_MAX) * random_below(1000); /* up to 1.2 Wh */
            given += planned;
            planned = 0;
            total_nj += (uint64_t)energy_nj;
            pulse_plan(&p, energy_nj, 200000);
            while (pulse_next(&p, &delay_us)) {
                planned_us[planned++] = delay_us;
            }
        }
        uint32_t elapsed_us = random_below(200000);
        int64_t more_nj = (int64_t)random_below(UINT32_MAX) * random_below(1000);
        for (unsigned i = 0; i < planned; i++) {
            given += planned_us[i] <= elapsed_us;
        }
        total_nj += (uint64_t)more_nj;
        pulse_stop(&p, more_nj, elapsed_us);
        assert_int_equal(given + p.owed, total_nj / WH);
        pulse_init(&p, total_nj % WH, p.owed);
        if (run % 100 == 0) {
            for (unsigned k = 0; k < 20; k++) {
                pulse_plan(&p, 0, 200000);
                while (pulse_next(&p, &delay_us)) {
                    given++;
                }
            }
            assert_int_equal(given, total_nj / WH);
        }
    }
}

/* 23 kW: 6.39 pulses a second of its own, and up to 6 more. No two within 60 ms, in short windows neither. */
static void pulses_that_are_owed_can_be_told_apart(void **state)
{
    (void)state;
    struct pulse p;
    uint64_t now_us = 0;
    uint64_t last_us = 0;
    unsigned pulses = 0;
    pulse_init(&p, 0, 10);
    for (unsigned k = 0; k < 50; k++) {
        uint32_t duration_us = k < 25 ? 20000 : 200000;
        uint32_t delay_us;
        pulse_plan(&p, INT64_C(23000000) * duration_us, duration_us);
        now_us += duration_us;
        while (pulse_next(&p, &delay_us)) {
            assert_true(pulses == 0 || now_us + delay_us - last_us >= 60000);
            last_us = now_us + delay_us;
            pulses++;
        }
    }
    assert_int_equal(pulses, 10 + 35); /* 5.5 s of 23 kW: 35.1 Wh */
    assert_int_equal(p.owed, 0);
}

static void more_than_255_pulses_are_not_owed(void **state)
{
    (void)state;
    struct pulse p;
    pulse_init(&p, 0, 255);
    assert_int_equal(p.owed, 255);
    pulse_stop(&p, 10 * WH, 0);
    assert_int_equal(p.owed, 255);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_pulses_add_up_to_the_energy),
        cmocka_unit_test(a_steady_load_gives_even_pulses),
        cmocka_unit_test(several_pulses_in_a_window_are_spread_over_it),
        cmocka_unit_test(large_plans_do_not_overflow),
        cmocka_unit_test(shorter_windows_do_not_overtake),
        cmocka_unit_test(no_energy_no_pulse),
        cmocka_unit_test(what_a_failure_holds_back_comes_after_it),
        cmocka_unit_test(pulses_that_are_owed_can_be_told_apart),
        cmocka_unit_test(more_than_255_pulses_are_not_owed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
