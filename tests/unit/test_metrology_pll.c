/* The oscillator against a mains that is known: its phase at the centre of each window. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "meter/pll.h"

enum { RATE_HZ = 8000 };

static const double cycle = 4294967296.0;

/* Mains and oscillator side by side; phases in cycles. */
struct pair {
    struct pll pll;
    double mains, oscillator, frequency_hz, drift_hz_per_s;
    double window_phase; /* at the centre of the last window */
};

static struct pair start(double frequency_hz, double phase)
{
    struct pair p = { .mains = phase, .frequency_hz = frequency_hz };
    pll_init(&p.pll, RATE_HZ);
    return p;
}

static double window(struct pair *p)
{
    double samples = p->pll.cycles * cycle / p->pll.step;
    double half_s = samples / RATE_HZ / 2;
    double centre = p->mains + half_s * (p->frequency_hz + p->drift_hz_per_s * half_s / 2);
    p->window_phase = remainder(centre - (p->oscillator + p->pll.cycles / 2.0), 1);
    p->mains += 2 * half_s * (p->frequency_hz + p->drift_hz_per_s * half_s);
    p->frequency_hz += p->drift_hz_per_s * 2 * half_s;
    p->oscillator += p->pll.cycles;
    pll_follow(&p->pll, (uint32_t)(int64_t)(p->window_phase * cycle), (uint32_t)(samples * 65536));
    return 2 * half_s;
}

static void it_locks_within_a_second_from_45_to_55_hz_at_any_phase(void **state)
{
    (void)state;
    for (double frequency = 45; frequency <= 55; frequency += 0.25) {
        for (double phase = 0; phase < 1; phase += 0.05) {
            struct pair p = start(frequency, phase);
            double seconds = 0;
            while (seconds < 1) {
                seconds += window(&p);
            }
            assert_true(fabs(p.pll.frequency_uhz - frequency * 1e6) < 100);
            assert_true(fabs(p.window_phase) < 0.002);
            assert_int_equal(p.pll.cycles, PLL_CYCLES);
        }
    }
}

static void it_follows_a_drift(void **state)
{
    (void)state;
    struct pair p = start(50, 0.3);
    for (unsigned k = 0; k < 60; k++) {
        window(&p);
    }
    p.drift_hz_per_s = 0.2;
    for (unsigned k = 0; k < 100; k++) {
        window(&p);
        assert_true(fabs(p.pll.frequency_uhz * 1e-6 - p.frequency_hz) < 0.05); /* a window behind */
        assert_true(fabs(p.window_phase) < 0.08);
    }
}

static void it_stays_within_its_limits_whatever_it_is_told(void **state)
{
    (void)state;
    struct pll p;
    pll_init(&p, RATE_HZ);
    uint32_t random = 1;
    for (unsigned k = 0; k < 10000; k++) {
        random = random * 1664525u + 1013904223u;
        pll_follow(&p, random, 1 + (random >> 5));
        assert_in_range(p.step, (uint32_t)(PLL_MIN_HZ * cycle / RATE_HZ) - 1, (uint32_t)(PLL_MAX_HZ * cycle / RATE_HZ));
    }
}

static void without_voltage_it_goes_on_and_then_looks_for_it(void **state)
{
    (void)state;
    struct pair p = start(51, 0.9);
    for (unsigned k = 0; k < 60; k++) {
        window(&p);
    }
    uint32_t frequency_uhz = p.pll.frequency_uhz;
    pll_hold(&p.pll);
    pll_hold(&p.pll);
    assert_int_equal(p.pll.frequency_uhz, frequency_uhz);
    assert_int_equal(p.pll.cycles, PLL_CYCLES);
    assert_true(fabs(p.pll.step / cycle * RATE_HZ - 51) < 1e-4);
    p.frequency_hz = 47; /* beyond what windows of ten cycles could tell */
    for (unsigned k = 0; k < PLL_SHORT_WINDOWS; k++) {
        window(&p);
        assert_int_equal(p.pll.cycles, 1);
    }
    window(&p);
    assert_int_equal(p.pll.cycles, PLL_CYCLES);
    assert_true(fabs(p.pll.frequency_uhz * 1e-6 - 47) < 1e-3);
}

static void coasting_takes_no_notice_of_the_phase(void **state)
{
    (void)state;
    struct pair p = start(50.5, 0.1);
    for (unsigned k = 0; k < 60; k++) {
        window(&p);
    }
    pll_coast(&p.pll);
    assert_int_equal(p.pll.step, p.pll.natural_step);
    assert_int_equal(p.pll.cycles, PLL_CYCLES);
    p.mains += 0.25; /* what the gap did to it */
    window(&p);
    assert_true(fabs(p.pll.frequency_uhz * 1e-6 - 50.5) < 1e-3); /* not (0.25 cycles / 0.2 s) away */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_locks_within_a_second_from_45_to_55_hz_at_any_phase),
        cmocka_unit_test(it_follows_a_drift),
        cmocka_unit_test(it_stays_within_its_limits_whatever_it_is_told),
        cmocka_unit_test(without_voltage_it_goes_on_and_then_looks_for_it),
        cmocka_unit_test(coasting_takes_no_notice_of_the_phase),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
