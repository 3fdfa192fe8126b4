/* The starting threshold. Powers in uW, windows of 200 ms; smoothing by 0.8 s moves a fifth of the way in each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "meter/creep.h"

enum { WINDOW_US = 200000, W = 1000000 };

static const struct creep_threshold THRESHOLD = { .start = 2 * W, .stop = 3 * W / 2 };

static int64_t pass(struct creep *c, int64_t power_uw, bool idle)
{
    return creep_pass(c, &THRESHOLD, power_uw, power_uw * WINDOW_US / 1000, WINDOW_US, idle);
}

static void a_load_above_the_threshold_is_booked_from_its_first_window(void **state)
{
    (void)state;
    for (int sign = 1; sign >= -1; sign -= 2) {
        struct creep c = { 0 };
        int64_t booked = 0;
        int64_t power = sign * (4 * W + 600000);
        unsigned windows = 0;
        for (; windows < 20; windows++) {
            booked += pass(&c, power, false);
        }
        assert_true(c.running);
        assert_int_equal(booked, windows * power * WINDOW_US / 1000);
    }
}

/* 4.6 W: 0.92, 1.656, 2.2448 W after one, two, three windows. */
static void it_starts_when_the_smoothed_power_reaches_the_threshold(void **state)
{
    (void)state;
    struct creep c = { 0 };
    assert_int_equal(pass(&c, 4 * W + 600000, false), 0);
    assert_int_equal(c.smoothed, 920000);
    assert_int_equal(pass(&c, 4 * W + 600000, false), 0);
    assert_int_equal(c.smoothed, 1656000);
    assert_int_equal(pass(&c, 4 * W + 600000, false), 3 * INT64_C(920000000));
    assert_int_equal(c.smoothed, 2244800);
}

static void noise_books_nothing_for_ever_and_is_not_kept(void **state)
{
    (void)state;
    struct creep c = { 0 };
    srand(1);
    for (unsigned k = 0; k < 200000; k++) {
        assert_int_equal(pass(&c, rand() % (2 * W) - W, true), 0);
        assert_true(llabs(c.maybe_nj) < INT64_C(200000000) * 100);
    }
    /* and what a load then books is its own */
    int64_t booked = 0;
    for (unsigned k = 0; k < 10; k++) {
        booked += pass(&c, 100 * W, false);
    }
    assert_true(llabs(booked - 10 * INT64_C(20000000000)) < INT64_C(2000000000));
}

static void between_the_thresholds_it_stays_as_it_is(void **state)
{
    (void)state;
    struct creep c = { 0 };
    for (unsigned k = 0; k < 100; k++) {
        assert_int_equal(pass(&c, 1750000, true), 0);
    }
    for (unsigned k = 0; k < 100; k++) {
        pass(&c, 3 * W, true);
    }
    for (unsigned k = 0; k < 100; k++) {
        assert_int_equal(pass(&c, 1750000, true), 350000000);
    }
}

static void it_stops_below_the_lower_one_only_without_current(void **state)
{
    (void)state;
    struct creep c = { 0 };
    for (unsigned k = 0; k < 100; k++) {
        pass(&c, 3 * W, false);
    }
    for (unsigned k = 0; k < 100; k++) {
        assert_int_equal(pass(&c, 1 * W, false), 200000000); /* a coil: much current, little power */
    }
    for (unsigned k = 0; k < 100; k++) {
        pass(&c, 0, true);
    }
    assert_false(c.running);
    assert_int_equal(pass(&c, 1 * W, true), 0);
}

static void short_windows_smooth_as_long(void **state)
{
    (void)state;
    struct creep c = { 0 };
    int64_t booked = 0;
    unsigned windows = 0;
    while (booked == 0) {
        booked += creep_pass(&c, &THRESHOLD, 4600000, 92000000, 20000, false);
        windows++;
    }
    assert_in_range(windows, 22, 24); /* 0.8 s * ln(4.6 / 2.6) = 0.456 s */
    assert_int_equal(booked, windows * INT64_C(92000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_load_above_the_threshold_is_booked_from_its_first_window),
        cmocka_unit_test(it_starts_when_the_smoothed_power_reaches_the_threshold),
        cmocka_unit_test(noise_books_nothing_for_ever_and_is_not_kept),
        cmocka_unit_test(between_the_thresholds_it_stays_as_it_is),
        cmocka_unit_test(it_stops_below_the_lower_one_only_without_current),
        cmocka_unit_test(short_windows_smooth_as_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
