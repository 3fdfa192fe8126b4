/* meter/demand against the worked examples of metrology.md 5, and against averages by brute force: energies of single
 * seconds, added up over the window by their times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "meter/demand.h"
#include "test_board.h"

/* 2026-07-01T00:00:00 in Budapest, without daylight saving. */
#define MIDNIGHT_S INT64_C(836175600)

#define AT(hour, minute, second) (MIDNIGHT_S + ((hour)*60 + (minute)) * 60 + (second))

static struct clock clock_of_meter;
static uint64_t energy_nwh; /* nobody divides before the register does */
static struct demand demand;

static uint32_t milli(void)
{
    return (uint32_t)(energy_nwh / 1000000u);
}

static void begin(int64_t utc_s, uint32_t period_s, uint32_t periods)
{
    clock_of_meter = (struct clock){ .utc_s = utc_s, .zone_min = -60, .jump_limit_s = CLOCK_JUMP_LIMIT_S };
    demand_init(&demand, &clock_of_meter, milli(), DEMAND_PERIOD_S, DEMAND_PERIODS);
    assert_int_equal(demand_configure(&demand, &clock_of_meter, milli(), period_s, periods), STATUS_OK);
}

static int start(void **state)
{
    (void)state;
    energy_nwh = UINT64_C(0xFFFFFFFF) * 1000000u; /* the low half of the register wraps in every test */
    begin(AT(10, 0, 0), 900, 1);
    return 0;
}

/* A load that is on until then. */
static void load(uint32_t watt, int64_t until_s)
{
    while (clock_of_meter.utc_s < until_s) {
        clock_of_meter.utc_s++;
        energy_nwh += (uint64_t)watt * 1000000000u / 3600u;
        demand_step(&demand, &clock_of_meter, milli());
    }
}

static void set_clock(int64_t utc_s)
{
    int64_t before_s = clock_of_meter.utc_s;
    clock_of_meter.utc_s = utc_s;
    demand_clock_set(&demand, &clock_of_meter, before_s, milli());
}

static void last_is(uint32_t watt, unsigned status, int64_t at_s)
{
    assert_int_equal(demand.last.value, watt);
    assert_int_equal(demand.last.status, status);
    assert_true(demand.last.captured);
    assert_int_equal(demand.last.at_s, at_s);
}

static void maximum_is(uint32_t watt, int64_t at_s)
{
    assert_int_equal(demand.maximum.value, watt);
    assert_true(demand.maximum.captured);
    assert_int_equal(demand.maximum.at_s, at_s);
}

static void current_is(uint32_t watt)
{
    assert_int_equal(demand_current(&demand, milli()), watt);
}

/* Worked examples -------------------------------------------------------------------------------------------- */

/* 6, 3, 9, 1.2 kW in successive 5 minutes. */
static void sliding_example(void **state)
{
    (void)state;
    begin(AT(10, 0, 0), 300, 3);
    load(6000, AT(10, 5, 0));
    load(3000, AT(10, 10, 0));
    load(9000, AT(10, 12, 0));
    current_is(4200);
    load(9000, AT(10, 15, 0));
    last_is(6000, 0, AT(10, 15, 0));
    maximum_is(6000, AT(10, 15, 0));
    assert_int_equal(demand_start_s(&demand), AT(10, 5, 0));
    load(1200, AT(10, 17, 30));
    current_is(4200);
    load(1200, AT(10, 20, 0));
    last_is(4400, 0, AT(10, 20, 0));
    maximum_is(6000, AT(10, 15, 0));
}

static void block_example(void **state)
{
    (void)state;
    load(6000, AT(10, 5, 0));
    load(3000, AT(10, 10, 0));
    load(9000, AT(10, 15, 0));
    last_is(6000, 0, AT(10, 15, 0));
    assert_int_equal(demand_start_s(&demand), AT(10, 15, 0));
    load(1200, AT(10, 20, 0));
    current_is(400);
}

static void power_is_off_until(int64_t until_s)
{
    clock_of_meter.utc_s = until_s;
    demand_power_up(&demand, &clock_of_meter, milli());
}

static void outage_within_a_period_example(void **state)
{
    (void)state;
    load(4000, AT(10, 6, 0));
    power_is_off_until(AT(10, 8, 0));
    load(4000, AT(10, 15, 0));
    last_is(3467, DEMAND_POWER_DOWN, AT(10, 15, 0)); /* 13 minutes of 15: 3466.67 */
    load(4000, AT(10, 30, 0));
    last_is(4000, 0, AT(10, 30, 0));
}

static void outage_over_a_boundary_example(void **state)
{
    (void)state;
    load(4000, AT(10, 12, 0));
    power_is_off_until(AT(10, 17, 0));
    last_is(3200, DEMAND_POWER_DOWN | DEMAND_INCOMPLETE, AT(10, 15, 0));
    load(4000, AT(10, 30, 0));
    last_is(3467, DEMAND_POWER_DOWN, AT(10, 30, 0));
    maximum_is(3467, AT(10, 30, 0));
}

static void clock_forward_example(void **state)
{
    (void)state;
    load(4000, AT(10, 7, 0));
    set_clock(AT(10, 20, 0));
    last_is(1867, DEMAND_CLOCK_SET, AT(10, 7, 0)); /* 466.67 Wh in 15 minutes */
    assert_false(demand.maximum.captured);
    load(4000, AT(10, 30, 0));
    last_is(2667, DEMAND_INCOMPLETE, AT(10, 30, 0)); /* 10 minutes of 15 */
    maximum_is(2667, AT(10, 30, 0));
}

static void clock_backward_example(void **state)
{
    (void)state;
    load(4000, AT(10, 7, 0));
    set_clock(AT(10, 2, 0));
    last_is(1867, DEMAND_CLOCK_SET, AT(10, 7, 0));
    load(4000, AT(10, 15, 0));
    last_is(3467, DEMAND_INCOMPLETE, AT(10, 15, 0)); /* 13 minutes of 15 */
    load(4000, AT(10, 30, 0));
    last_is(4000, 0, AT(10, 30, 0));
}

/* Outages ---------------------------------------------------------------------------------------------------- */

static void periods_without_power_are_zero(void **state)
{
    (void)state;
    begin(AT(10, 0, 0), 300, 3);
    load(6000, AT(10, 15, 0));
    power_is_off_until(AT(10, 26, 0)); /* 10:15, 10:20 whole, 10:25 begun */
    last_is(2000, DEMAND_POWER_DOWN | DEMAND_INCOMPLETE, AT(10, 25, 0));
    load(6000, AT(10, 30, 0));
    last_is(1600, DEMAND_POWER_DOWN | DEMAND_INCOMPLETE, AT(10, 30, 0)); /* 4 minutes of 15 */
    maximum_is(6000, AT(10, 15, 0));
}

static void after_an_outage_of_days_the_window_is_empty(void **state)
{
    (void)state;
    begin(AT(10, 0, 0), 60, 60);
    load(6000, AT(10, 30, 0));
    power_is_off_until(AT(10, 0, 30) + 100 * CALENDAR_DAY_S);
    last_is(0, DEMAND_POWER_DOWN | DEMAND_INCOMPLETE, AT(10, 0, 0) + 100 * CALENDAR_DAY_S);
    maximum_is(3000, AT(10, 30, 0));
    load(6000, AT(11, 0, 0) + 100 * CALENDAR_DAY_S);
    assert_int_equal(demand.last.value, 5950); /* 59.5 minutes of 60 */
}

/* Boundaries ------------------------------------------------------------------------------------------------- */

static void rounding_is_half_up(void **state)
{
    (void)state;
    begin(AT(10, 0, 0), 3600, 1);
    clock_of_meter.utc_s = AT(11, 0, 0);
    energy_nwh += UINT64_C(1000499) * 1000000u; /* 1000.499 Wh in an hour */
    demand_step(&demand, &clock_of_meter, milli());
    last_is(1000, 0, AT(11, 0, 0));
    clock_of_meter.utc_s = AT(12, 0, 0);
    energy_nwh += UINT64_C(1000500) * 1000000u;
    demand_step(&demand, &clock_of_meter, milli());
    last_is(1001, 0, AT(12, 0, 0));
}

static void grid_is_that_of_local_time(void **state)
{
    (void)state;
    clock_of_meter = (struct clock){ .utc_s = AT(10, 7, 0),
                                     .zone_min = -345,
                                     .jump_limit_s = CLOCK_JUMP_LIMIT_S }; /* Nepal, UTC+5:45 */
    demand_init(&demand, &clock_of_meter, milli(), DEMAND_PERIOD_S, DEMAND_PERIODS);
    assert_int_equal(demand_configure(&demand, &clock_of_meter, milli(), 3600, 1), STATUS_OK);
    assert_int_equal(demand.ends_s, AT(10, 15, 0));
    clock_of_meter.zone_min = 210; /* Newfoundland, UTC-3:30: from the next period on */
    load(0, AT(10, 15, 0));
    assert_int_equal(demand.ends_s, AT(10, 30, 0));
    load(0, AT(10, 30, 0));
    last_is(0, DEMAND_SHORT_OR_LONG, AT(10, 30, 0));
    load(0, AT(11, 30, 0));
    last_is(0, 0, AT(11, 30, 0));
}

/* The first Sundays of daylight saving and of winter, one hour each side. */
static void daylight_saving_has_no_effect(void **state)
{
    static const int64_t switches_s[] = { INT64_C(828061200), INT64_C(846205200) }; /* 2026-03-29, 10-25, 01:00 UTC */
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct board board = { .rtc_kept = true, .rtc_s = switches_s[i] - 3600 };
        clock_init(&clock_of_meter, &board);
        clock_of_meter.dst_enabled = true;
        demand_init(&demand, &clock_of_meter, milli(), DEMAND_PERIOD_S, DEMAND_PERIODS);
        assert_int_equal(demand_configure(&demand, &clock_of_meter, milli(), 3600, 1), STATUS_OK);
        assert_int_not_equal(clock_local(&clock_of_meter, switches_s[i] - 1, 0).deviation_min,
                             clock_local(&clock_of_meter, switches_s[i], 0).deviation_min);
        for (unsigned hour = 0; hour < 2; hour++) {
            load(2000, switches_s[i] + 3600 * (int64_t)hour);
            last_is(2000, 0, switches_s[i] + 3600 * (int64_t)hour);
        }
    }
}

/* Brute force ------------------------------------------------------------------------------------------------ */

enum { SECONDS = 4 * 3600 };

static uint64_t seconds_milli[SECONDS];

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Every average at every boundary of four hours, from the energies of the seconds in its window. */
static void check_random_loads(uint32_t period_s, uint32_t periods, uint32_t seed)
{
    uint32_t largest = 0;
    begin(AT(10, 0, 0), period_s, periods);
    for (uint32_t s = 0; s < SECONDS; s++) {
        uint32_t spread = next_random(&seed) % 8 == 0 ? 12000 : 40; /* up to 43 kW, but mostly little */
        seconds_milli[s] = next_random(&seed) % spread;
        energy_nwh += seconds_milli[s] * 1000000u;
        clock_of_meter.utc_s++;
        demand_step(&demand, &clock_of_meter, milli());
        uint32_t window_s = period_s * periods;
        uint32_t whole_s = (s + 1) % period_s == 0 ? 0 : (s + 1) % period_s; /* of the running period */
        uint32_t from = s + 1 > whole_s + window_s ? s + 1 - whole_s - window_s : 0;
        uint64_t sum_milli = 0;
        if (whole_s != 0) {
            continue;
        }
        for (uint32_t i = from; i <= s; i++) {
            sum_milli += seconds_milli[i];
        }
        uint32_t expected = (uint32_t)((double)sum_milli * 3.6 / window_s + 0.5);
        largest = expected > largest ? expected : largest;
        unsigned status = s + 1 < window_s ? DEMAND_INCOMPLETE : 0;
        last_is(expected, status, AT(10, 0, 0) + s + 1);
        assert_int_equal(demand.maximum.value, largest);
    }
}

static void random_loads(void **state)
{
    (void)state;
    check_random_loads(60, 60, 1);
    check_random_loads(60, 1, 2);
    check_random_loads(300, 3, 3);
    check_random_loads(600, 7, 4);
    check_random_loads(900, 2, 5);
    check_random_loads(1800, 60, 6); /* never full */
    check_random_loads(3600, 4, 7);
}

/* The clock -------------------------------------------------------------------------------------------------- */

static void small_shifts_lengthen_and_shorten(void **state)
{
    (void)state;
    load(4000, AT(10, 7, 0));
    set_clock(AT(10, 7, 10));
    load(4000, AT(10, 15, 0));
    last_is(3956, DEMAND_SHORT_OR_LONG, AT(10, 15, 0)); /* 890 s of 900 */
    load(4000, AT(10, 15, 3));
    set_clock(AT(10, 14, 58)); /* over the boundary and back: it is not closed again */
    load(4000, AT(10, 30, 0));
    last_is(4022, DEMAND_SHORT_OR_LONG, AT(10, 30, 0)); /* 905 s of 900 */
    maximum_is(4022, AT(10, 30, 0));
    load(4000, AT(10, 44, 58));
    set_clock(AT(10, 45, 2));                           /* forward over the boundary: closed at once, at its time */
    last_is(3991, DEMAND_SHORT_OR_LONG, AT(10, 45, 0)); /* 898 s of 900 */
    load(4000, AT(11, 0, 0));
    last_is(3991, 0, AT(11, 0, 0));
}

static void small_shifts_of_one_period_add_up_to_a_jump(void **state)
{
    (void)state;
    load(4000, AT(10, 7, 0));
    set_clock(AT(10, 6, 54));
    assert_false(demand.last.at_s == AT(10, 7, 0));
    load(4000, AT(10, 7, 0));
    set_clock(AT(10, 6, 54));
    last_is(1893, DEMAND_SHORT_OR_LONG | DEMAND_CLOCK_SET, AT(10, 7, 0)); /* 426 s of 900 */
    assert_false(demand.maximum.captured);
}

/* Whatever the limit of a jump is, no period is lengthened by more than 10 s: 70 s of 60 are 4667 W. */
static void a_wide_limit_makes_no_false_maximum(void **state)
{
    static const int64_t shifts_s[] = { -840, -59, -30, -11 };
    (void)state;
    for (unsigned i = 0; i < sizeof shifts_s / sizeof shifts_s[0]; i++) {
        begin(AT(10, 0, 0), 60, 1);
        clock_of_meter.jump_limit_s = 900;
        load(4000, AT(10, 20, 40));
        set_clock(AT(10, 20, 40) + shifts_s[i]);
        last_is(2667, DEMAND_CLOCK_SET, AT(10, 20, 40)); /* 40 s of 60 */
        load(4000, AT(10, 40, 0));
        last_is(4000, 0, AT(10, 40, 0));
        maximum_is(4000, AT(10, 1, 0));
    }
    begin(AT(10, 0, 0), 60, 1);
    clock_of_meter.jump_limit_s = 900;
    load(4000, AT(10, 20, 40));
    set_clock(AT(10, 20, 30));
    load(4000, AT(10, 21, 0));
    last_is(4667, DEMAND_SHORT_OR_LONG, AT(10, 21, 0));
    load(4000, AT(10, 21, 5));
    set_clock(AT(10, 30, 5)); /* what is shortened is low */
    last_is(0, 0, AT(10, 30, 0));
    maximum_is(4667, AT(10, 21, 0));
}

static void a_jump_begins_a_new_window(void **state)
{
    (void)state;
    begin(AT(10, 0, 0), 300, 3);
    load(6000, AT(10, 15, 0));
    load(9000, AT(10, 18, 0));
    set_clock(AT(20, 0, 0));
    last_is(5800, DEMAND_CLOCK_SET, AT(10, 18, 0)); /* 13 of 15 minutes: (2 * 500 + 450) Wh * 4 */
    maximum_is(6000, AT(10, 15, 0));
    load(3000, AT(20, 5, 0));
    last_is(1000, DEMAND_INCOMPLETE, AT(20, 5, 0)); /* nothing from before */
}

static void shifts_of_two_periods_do_not_add_up(void **state)
{
    (void)state;
    load(4000, AT(10, 14, 0));
    set_clock(AT(10, 14, 8));
    load(4000, AT(10, 16, 0));
    set_clock(AT(10, 16, 8));
    last_is(3964, DEMAND_SHORT_OR_LONG, AT(10, 15, 0)); /* 892 s of 900 */
    load(4000, AT(10, 30, 0));
    last_is(3964, DEMAND_SHORT_OR_LONG, AT(10, 30, 0));
}

static void ten_seconds_are_none_and_eleven_are_a_jump(void **state)
{
    (void)state;
    load(4000, AT(10, 7, 0));
    set_clock(AT(10, 7, 11));
    last_is(1867, DEMAND_CLOCK_SET, AT(10, 7, 0));
    load(4000, AT(10, 14, 0));
    set_clock(AT(10, 13, 50));
    last_is(1867, DEMAND_CLOCK_SET, AT(10, 7, 0));
    load(4000, AT(10, 16, 0));
    set_clock(AT(10, 15, 49));
    last_is(267, DEMAND_CLOCK_SET, AT(10, 16, 0)); /* a minute of 15 */
}

static void no_maximum_while_the_clock_is_invalid(void **state)
{
    (void)state;
    clock_of_meter.invalid = true;
    load(4000, AT(10, 30, 0));
    last_is(4000, DEMAND_CLOCK_INVALID, AT(10, 30, 0));
    energy_nwh += UINT64_C(1000000000000); /* 1 kWh, and no step since the period began */
    demand_next_period(&demand, &clock_of_meter, milli());
    last_is(4000, DEMAND_SHORT_OR_LONG | DEMAND_CLOCK_INVALID, AT(10, 30, 0));
    assert_false(demand.maximum.captured);
    load(4000, AT(10, 40, 0));
    clock_of_meter.invalid = false; /* it was set to the very second that it showed */
    set_clock(AT(10, 40, 1));
    load(4000, AT(10, 45, 0));
    last_is(3996, DEMAND_CLOCK_INVALID | DEMAND_SHORT_OR_LONG, AT(10, 45, 0));
    load(4000, AT(11, 0, 0));
    maximum_is(4000, AT(11, 0, 0));
}

/* Settings and methods ----------------------------------------------------------------------------------------- */

static void settings_end_the_period_and_leave_the_maximum(void **state)
{
    (void)state;
    load(4000, AT(10, 15, 0));
    load(9000, AT(10, 29, 0));
    assert_int_equal(demand_configure(&demand, &clock_of_meter, milli(), 600, 2), STATUS_OK);
    last_is(8400, DEMAND_SHORT_OR_LONG, AT(10, 29, 0)); /* 14 minutes of 15 */
    maximum_is(4000, AT(10, 15, 0));
    assert_int_equal(demand_start_s(&demand), AT(10, 29, 0));
    load(6000, AT(10, 30, 0));
    last_is(300, DEMAND_INCOMPLETE, AT(10, 30, 0)); /* a minute of 20 */
    load(6000, AT(10, 50, 0));
    last_is(6000, 0, AT(10, 50, 0));
}

static void settings_outside_their_limits(void **state)
{
    static const struct {
        uint32_t period_s, periods;
    } wrong[] = { { 0, 1 },          { 59, 1 },  { 120, 1 },  { 86400, 1 },
                  { UINT32_MAX, 1 }, { 900, 0 }, { 900, 61 }, { 900, 256 + 1 } };
    (void)state;
    load(4000, AT(10, 7, 0));
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(demand_configure(&demand, &clock_of_meter, milli(), wrong[i].period_s, wrong[i].periods),
                         STATUS_RANGE);
    }
    load(4000, AT(10, 15, 0));
    last_is(4000, 0, AT(10, 15, 0));
}

static void next_period_ends_early_and_goes_on_with_the_grid(void **state)
{
    (void)state;
    load(4000, AT(10, 12, 0));
    demand_next_period(&demand, &clock_of_meter, milli());
    last_is(3200, DEMAND_SHORT_OR_LONG, AT(10, 12, 0));
    maximum_is(3200, AT(10, 12, 0));
    assert_int_equal(demand_start_s(&demand), AT(10, 12, 0));
    load(4000, AT(10, 15, 0));
    last_is(800, DEMAND_SHORT_OR_LONG, AT(10, 15, 0));
    load(4000, AT(10, 30, 0));
    last_is(4000, 0, AT(10, 30, 0));
}

static void reset_begins_from_zero_and_leaves_the_maximum(void **state)
{
    (void)state;
    load(4000, AT(10, 20, 0));
    demand_reset(&demand, &clock_of_meter, milli());
    last_is(0, 0, AT(10, 20, 0));
    current_is(0);
    assert_int_equal(demand_start_s(&demand), AT(10, 20, 0));
    maximum_is(4000, AT(10, 15, 0));
    load(4000, AT(10, 30, 0));
    last_is(2667, DEMAND_INCOMPLETE, AT(10, 30, 0));
}

static void maxima_are_added_up_at_their_resets(void **state)
{
    (void)state;
    load(4000, AT(10, 15, 0));
    load(3000, AT(10, 30, 0));
    maximum_is(4000, AT(10, 15, 0));
    demand_reset_maximum(&demand);
    assert_int_equal(demand.maximum.value, 0);
    assert_false(demand.maximum.captured);
    assert_int_equal(demand.cumulative, 4000);
    load(2500, AT(10, 45, 0));
    maximum_is(2500, AT(10, 45, 0));
    demand_reset_maximum(&demand);
    demand_reset_maximum(&demand); /* nothing new */
    assert_int_equal(demand.cumulative, 6500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(sliding_example, start),
        cmocka_unit_test_setup(block_example, start),
        cmocka_unit_test_setup(outage_within_a_period_example, start),
        cmocka_unit_test_setup(outage_over_a_boundary_example, start),
        cmocka_unit_test_setup(clock_forward_example, start),
        cmocka_unit_test_setup(clock_backward_example, start),
        cmocka_unit_test_setup(periods_without_power_are_zero, start),
        cmocka_unit_test_setup(after_an_outage_of_days_the_window_is_empty, start),
        cmocka_unit_test_setup(rounding_is_half_up, start),
        cmocka_unit_test_setup(grid_is_that_of_local_time, start),
        cmocka_unit_test_setup(daylight_saving_has_no_effect, start),
        cmocka_unit_test_setup(random_loads, start),
        cmocka_unit_test_setup(small_shifts_lengthen_and_shorten, start),
        cmocka_unit_test_setup(small_shifts_of_one_period_add_up_to_a_jump, start),
        cmocka_unit_test_setup(a_wide_limit_makes_no_false_maximum, start),
        cmocka_unit_test_setup(a_jump_begins_a_new_window, start),
        cmocka_unit_test_setup(shifts_of_two_periods_do_not_add_up, start),
        cmocka_unit_test_setup(ten_seconds_are_none_and_eleven_are_a_jump, start),
        cmocka_unit_test_setup(no_maximum_while_the_clock_is_invalid, start),
        cmocka_unit_test_setup(settings_end_the_period_and_leave_the_maximum, start),
        cmocka_unit_test_setup(settings_outside_their_limits, start),
        cmocka_unit_test_setup(next_period_ends_early_and_goes_on_with_the_grid, start),
        cmocka_unit_test_setup(reset_begins_from_zero_and_leaves_the_maximum, start),
        cmocka_unit_test_setup(maxima_are_added_up_at_their_resets, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
