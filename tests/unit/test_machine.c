/* The clock chip of the virtual meter: its crystal, its trim and its battery, against worked examples. */
#include "boards/linux/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { START_S = 800000000, DAY_S = 86400 };

/* A day later, the chip is ahead by so many hundredths of a second. */
static int64_t ahead_after_a_day_cs(struct board *b)
{
    int64_t utc_s;
    uint8_t hundredths;
    for (unsigned s = 0; s < DAY_S; s++) {
        for (unsigned step = 0; step < 50; step++) {
            machine_advance(b, 20000);
        }
    }
    assert_true(board_rtc_get(b, &utc_s, &hundredths));
    int64_t ahead_cs = (utc_s - START_S - DAY_S) * 100 + hundredths;
    board_rtc_set(b, START_S, 0);
    return ahead_cs;
}

static void the_crystal_of_a_new_machine_is_exact(void **state)
{
    (void)state;
    struct board b;
    machine_init(&b, START_S);
    assert_int_equal(ahead_after_a_day_cs(&b), 0);
    assert_int_equal(b.times.world_us / 1000000, START_S + 3600 + DAY_S);
}

static void an_offset_and_the_temperature_move_the_clock(void **state)
{
    (void)state;
    struct board b;
    machine_init(&b, START_S);
    b.times.crystal_ppb = 20000;
    assert_int_equal(ahead_after_a_day_cs(&b), 172); /* 20 ppm of 86,400 s are 1.728 s */
    b.times.crystal_ppb = -20000;
    assert_int_equal(ahead_after_a_day_cs(&b), -173);
    b.times.crystal_ppb = 0;
    b.times.tenths_c = 450; /* 20 K off: -0.034 * 400 = -13.6 ppm: -1.175 s */
    assert_int_equal(ahead_after_a_day_cs(&b), -118);
    b.times.tenths_c = -250; /* 50 K off: -85 ppm: -7.344 s */
    assert_int_equal(ahead_after_a_day_cs(&b), -735);
    board_rtc_trim(&b, 85000);
    assert_int_equal(ahead_after_a_day_cs(&b), 0);
}

static void the_trim_has_the_range_of_the_chip(void **state)
{
    (void)state;
    struct board b;
    machine_init(&b, START_S);
    board_rtc_trim(&b, 1000000);
    assert_int_equal(machine_chip_error_ppb(&b.times), 200000);
    board_rtc_trim(&b, -1000000);
    assert_int_equal(machine_chip_error_ppb(&b.times), -200000);
}

/* The trim changes the pace from then on, and moves no time. */
static void a_trim_is_no_jump(void **state)
{
    (void)state;
    struct board b;
    machine_init(&b, START_S);
    for (int hour = 0; hour < 24; hour++) {
        board_rtc_trim(&b, hour % 2 == 0 ? 100000 : -100000);
        int64_t before_us = b.times.chip_us;
        for (int s = 0; s < 3600; s++) {
            machine_advance(&b, 1000000);
        }
        assert_int_equal(b.times.chip_us - before_us, 3600000000 + (hour % 2 == 0 ? 360000 : -360000));
    }
}

static void without_power_the_battery_decides(void **state)
{
    (void)state;
    struct board b;
    int64_t utc_s;
    uint8_t hundredths;
    machine_init(&b, START_S);
    b.times.battery_hundredths_v = 0;
    machine_advance(&b, 20000);
    assert_true(board_rtc_get(&b, &utc_s, &hundredths)); /* it runs on the supply */
    b.times.battery_hundredths_v = 300;
    machine_power(&b, false);
    machine_advance(&b, 1000000);
    machine_power(&b, true);
    assert_true(board_rtc_get(&b, &utc_s, &hundredths));
    assert_int_equal(utc_s, START_S + 1);
    machine_power(&b, false);
    b.times.battery_hundredths_v = 149; /* taken out meanwhile */
    machine_advance(&b, 1000000);
    b.times.battery_hundredths_v = 300;
    machine_power(&b, true);
    assert_false(board_rtc_get(&b, &utc_s, &hundredths));
    board_rtc_set(&b, START_S, 50);
    assert_true(board_rtc_get(&b, &utc_s, &hundredths));
    assert_int_equal(utc_s, START_S);
    assert_int_equal(hundredths, 50);
}

static void times_go_on_while_nothing_runs(void **state)
{
    (void)state;
    struct machine_times t = { .world_us = 5000000,
                               .chip_us = 4000000,
                               .chip_valid = true,
                               .crystal_ppb = 50000,
                               .tenths_c = 250,
                               .trim_ppb = -40000,
                               .battery_hundredths_v = 300 };
    machine_rest(&t, INT64_C(100000000000)); /* 100,000 s, 10 ppm fast: 1 s */
    assert_int_equal(t.world_us, INT64_C(100005000000));
    assert_int_equal(t.chip_us, INT64_C(100005000000));
    t.battery_hundredths_v = 0;
    machine_rest(&t, 1000000);
    assert_false(t.chip_valid);
    assert_int_equal(t.trim_ppb, 0);
    assert_int_equal(t.world_us, INT64_C(100006000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_crystal_of_a_new_machine_is_exact),
        cmocka_unit_test(an_offset_and_the_temperature_move_the_clock),
        cmocka_unit_test(the_trim_has_the_range_of_the_chip),
        cmocka_unit_test(a_trim_is_no_jump),
        cmocka_unit_test(without_power_the_battery_decides),
        cmocka_unit_test(times_go_on_while_nothing_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
