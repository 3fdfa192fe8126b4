/* meter/meter, meter/quantity and meter/average: windows in, quantities out; and sines at the converter of a board.
 * Expected values are worked out by hand from the voltages, currents and times that are given. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "meter/demands.h"
#include "test_board.h"

#define NJ_PER_MWH INT64_C(3600000000)
#define NJ_PER_WH  (1000 * NJ_PER_MWH)
#define RATE_HZ    8000

static const struct identity identity = { .serial_number = "12345678" };

static struct board board;
static struct meter meter;

static int start(void **state)
{
    (void)state;
    board = (struct board){ .rtc_kept = true, .rtc_s = 1000 };
    return meter_init(&meter, &board, &identity, &metrology_nominal, RATE_HZ) == STATUS_OK ? 0 : -1;
}

static void quantity_is(enum quantity quantity, int64_t expected)
{
    int64_t value = meter_quantity(&meter, quantity);
    if (value != expected) {
        print_error("quantity %d: %lld, expected %lld\n", (int)quantity, (long long)value, (long long)expected);
    }
    assert_true(value == expected);
}

/* Energy ----------------------------------------------------------------------------------------------------- */

static void book(struct energy_increment energy)
{
    struct metrology_window w = { .duration_us = 1000000, .energy = energy };
    meter_add_window(&meter, &w);
}

static void energies_are_truncated_to_whole_units(void **state)
{
    (void)state;
    book((struct energy_increment){ .active_import_nj = 2 * NJ_PER_WH - 1,
                                    .active_export_nj = NJ_PER_WH,
                                    .apparent_import_nj = 7 * NJ_PER_WH,
                                    .apparent_export_nj = 8 * NJ_PER_WH + 999 * NJ_PER_MWH });
    quantity_is(QUANTITY_ACTIVE_ENERGY_IMPORT, 1);
    quantity_is(QUANTITY_ACTIVE_ENERGY_EXPORT, 1);
    quantity_is(QUANTITY_ACTIVE_ENERGY_ABSOLUTE, 2); /* the sum of what is shown, not 2.999 */
    quantity_is(QUANTITY_ACTIVE_ENERGY_NET, 0);
    quantity_is(QUANTITY_APPARENT_ENERGY_IMPORT, 7);
    quantity_is(QUANTITY_APPARENT_ENERGY_EXPORT, 8);
    book((struct energy_increment){ .active_import_nj = 1 }); /* nothing was lost by the truncation */
    quantity_is(QUANTITY_ACTIVE_ENERGY_IMPORT, 2);
    quantity_is(QUANTITY_ACTIVE_ENERGY_NET, 1);
}

static void reactive_energies_are_sums_of_their_quadrants(void **state)
{
    (void)state;
    book((struct energy_increment){ .reactive_q_nj = { 10 * NJ_PER_WH + NJ_PER_WH / 2, 200 * NJ_PER_WH + NJ_PER_WH / 2,
                                                       3000 * NJ_PER_WH, 40000 * NJ_PER_WH } });
    quantity_is(QUANTITY_REACTIVE_ENERGY_Q1, 10);
    quantity_is(QUANTITY_REACTIVE_ENERGY_Q2, 200);
    quantity_is(QUANTITY_REACTIVE_ENERGY_Q3, 3000);
    quantity_is(QUANTITY_REACTIVE_ENERGY_Q4, 40000);
    quantity_is(QUANTITY_REACTIVE_ENERGY_IMPORT, 210);
    quantity_is(QUANTITY_REACTIVE_ENERGY_EXPORT, 43000);
    quantity_is(QUANTITY_REACTIVE_ENERGY_ABSOLUTE, 43210);
}

static void registers_roll_over_at_a_million_kwh(void **state)
{
    (void)state;
    meter.energy.registers[ENERGY_ACTIVE_IMPORT].milli = UINT64_C(999999999999); /* 999 999.999 kWh and 999 mWh */
    meter.energy.registers[ENERGY_ACTIVE_EXPORT].milli = 5000;
    quantity_is(QUANTITY_ACTIVE_ENERGY_IMPORT, 999999999);
    quantity_is(QUANTITY_ACTIVE_ENERGY_ABSOLUTE, 4); /* 999 999 999 + 5, rolled over */
    quantity_is(QUANTITY_ACTIVE_ENERGY_NET, 999999994);
    book((struct energy_increment){ .active_import_nj = NJ_PER_MWH });
    quantity_is(QUANTITY_ACTIVE_ENERGY_IMPORT, 0);
    quantity_is(QUANTITY_ACTIVE_ENERGY_ABSOLUTE, 5);
    quantity_is(QUANTITY_ACTIVE_ENERGY_NET, 999999995); /* goes on from what was counted */
}

static void net_energy_saturates(void **state)
{
    (void)state;
    meter.energy.registers[ENERGY_ACTIVE_IMPORT].milli = UINT64_C(1000000000000);
    quantity_is(QUANTITY_ACTIVE_ENERGY_NET, 999999999);
    meter.energy.registers[ENERGY_ACTIVE_EXPORT].milli = UINT64_C(1000000001000);
    quantity_is(QUANTITY_ACTIVE_ENERGY_NET, -1);
    meter.energy.registers[ENERGY_ACTIVE_EXPORT].milli = UINT64_C(18446744073709551615);
    quantity_is(QUANTITY_ACTIVE_ENERGY_NET, -999999999);
}

/* Instantaneous values --------------------------------------------------------------------------------------- */

/* 230 V, 5 A lagging by 60 degrees: 575 W, 995.929 var. */
static struct metrology_window lagging(void)
{
    return (struct metrology_window){ .duration_us = 200000,
                                      .voltage_uv = 230000000,
                                      .current_na = 5000000000,
                                      .neutral_na = 4999400000,
                                      .active_uw = 575000000,
                                      .reactive_uvar = 995929000,
                                      .apparent_uva = 1150000000,
                                      .frequency_uhz = 50012345,
                                      .phase_udeg = 60000000 };
}

static void add(const struct metrology_window *w, unsigned times)
{
    while (times-- > 0) {
        meter_add_window(&meter, w);
    }
}

static void a_second_of_equal_windows(void **state)
{
    (void)state;
    struct metrology_window w = lagging();
    add(&w, 4);
    quantity_is(QUANTITY_VOLTAGE, 0); /* not yet */
    add(&w, 1);
    quantity_is(QUANTITY_VOLTAGE, 2300);
    quantity_is(QUANTITY_CURRENT, 5000);
    quantity_is(QUANTITY_NEUTRAL_CURRENT, 4999);
    quantity_is(QUANTITY_ACTIVE_POWER_IMPORT, 575);
    quantity_is(QUANTITY_ACTIVE_POWER_EXPORT, 0);
    quantity_is(QUANTITY_ACTIVE_POWER_NET, 575);
    quantity_is(QUANTITY_ACTIVE_POWER_ABSOLUTE, 575);
    quantity_is(QUANTITY_REACTIVE_POWER_IMPORT, 996);
    quantity_is(QUANTITY_REACTIVE_POWER_EXPORT, 0);
    quantity_is(QUANTITY_APPARENT_POWER_IMPORT, 1150);
    quantity_is(QUANTITY_APPARENT_POWER_EXPORT, 0);
    quantity_is(QUANTITY_POWER_FACTOR, 500);
    quantity_is(QUANTITY_POWER_FACTOR_EXPORT, 1000);
    quantity_is(QUANTITY_FREQUENCY, 5001);
    quantity_is(QUANTITY_PHASE_ANGLE, 600);
    quantity_is(QUANTITY_QUADRANT, 1);
}

static void export_is_the_other_direction(void **state)
{
    (void)state;
    struct metrology_window w = lagging();
    w.active_uw = -575500000;
    w.reactive_uvar = -995929000;
    w.phase_udeg = 240000000;
    add(&w, 5);
    quantity_is(QUANTITY_ACTIVE_POWER_IMPORT, 0);
    quantity_is(QUANTITY_ACTIVE_POWER_EXPORT, 576); /* 575.5, half away from zero, in each of them */
    quantity_is(QUANTITY_ACTIVE_POWER_NET, -576);
    quantity_is(QUANTITY_ACTIVE_POWER_ABSOLUTE, 576);
    quantity_is(QUANTITY_REACTIVE_POWER_IMPORT, 0);
    quantity_is(QUANTITY_REACTIVE_POWER_EXPORT, 996);
    quantity_is(QUANTITY_APPARENT_POWER_IMPORT, 0);
    quantity_is(QUANTITY_APPARENT_POWER_EXPORT, 1150);
    quantity_is(QUANTITY_POWER_FACTOR, -500);
    quantity_is(QUANTITY_POWER_FACTOR_EXPORT, 500);
    quantity_is(QUANTITY_PHASE_ANGLE, 2400);
    quantity_is(QUANTITY_QUADRANT, 3);
}

static void the_other_two_quadrants(void **state)
{
    (void)state;
    struct metrology_window w = lagging();
    w.active_uw = -575000000;
    add(&w, 5);
    quantity_is(QUANTITY_QUADRANT, 2);
    w.active_uw = 575000000;
    w.reactive_uvar = -995929000;
    add(&w, 5);
    quantity_is(QUANTITY_QUADRANT, 4);
}

static void values_are_means_by_duration(void **state)
{
    (void)state;
    struct metrology_window a = lagging();
    struct metrology_window b = lagging();
    a.duration_us = 256000;
    b.duration_us = 768000;
    b.voltage_uv = 200000000;
    b.current_na = 1000000000;
    b.active_uw = -425000000;
    b.frequency_uhz = 49000000;
    add(&a, 1);
    add(&b, 1);
    quantity_is(QUANTITY_VOLTAGE, 2075);          /* (230 + 3 * 200) / 4 */
    quantity_is(QUANTITY_CURRENT, 2000);          /* (5 + 3 * 1) / 4 */
    quantity_is(QUANTITY_ACTIVE_POWER_NET, -175); /* (575 - 3 * 425) / 4 */
    quantity_is(QUANTITY_FREQUENCY, 4925);        /* (50.012345 + 3 * 49) / 4 = 49.253 */
    quantity_is(QUANTITY_POWER_FACTOR, -152);     /* -175 / 1150 */
}

static void each_second_starts_anew(void **state)
{
    (void)state;
    struct metrology_window w = lagging();
    add(&w, 5);
    w.voltage_uv = 100000000;
    add(&w, 4);
    quantity_is(QUANTITY_VOLTAGE, 2300);
    add(&w, 1);
    quantity_is(QUANTITY_VOLTAGE, 1000);
}

static void angles_around_zero_have_their_mean_there(void **state)
{
    (void)state;
    struct metrology_window w = lagging();
    for (int i = 0; i < 5; i++) {
        w.phase_udeg = i % 2 == 0 ? 359800000 : 100000; /* -0.2 three times, 0.1 twice: -0.08 */
        add(&w, 1);
    }
    quantity_is(QUANTITY_PHASE_ANGLE, 3599);
    for (int i = 0; i < 5; i++) {
        w.phase_udeg = i % 2 == 0 ? 359990000 : 0; /* -0.006 is shown as 0.0, never as 360.0 */
        add(&w, 1);
    }
    quantity_is(QUANTITY_PHASE_ANGLE, 0);
    for (int i = 0; i < 5; i++) {
        w.phase_udeg = i % 2 == 0 ? 179900000 : 180300000; /* 180.06 */
        add(&w, 1);
    }
    quantity_is(QUANTITY_PHASE_ANGLE, 1801);
}

static void below_the_starting_threshold_there_is_no_power(void **state)
{
    (void)state;
    struct metrology_window w = lagging();
    w.flags = METROLOGY_NO_LOAD;
    w.current_na = 6000000;
    w.active_uw = -1200000;
    w.reactive_uvar = -900000;
    w.apparent_uva = 1400000;
    add(&w, 5);
    quantity_is(QUANTITY_VOLTAGE, 2300);
    quantity_is(QUANTITY_CURRENT, 6);
    quantity_is(QUANTITY_ACTIVE_POWER_ABSOLUTE, 0);
    quantity_is(QUANTITY_REACTIVE_POWER_EXPORT, 0);
    quantity_is(QUANTITY_APPARENT_POWER_IMPORT, 0);
    quantity_is(QUANTITY_APPARENT_POWER_EXPORT, 0);
    quantity_is(QUANTITY_POWER_FACTOR, 1000);
    quantity_is(QUANTITY_POWER_FACTOR_EXPORT, 1000);
    quantity_is(QUANTITY_PHASE_ANGLE, 0);
    quantity_is(QUANTITY_QUADRANT, 1);
}

static void a_load_for_part_of_the_second(void **state)
{
    (void)state;
    struct metrology_window on = lagging();
    struct metrology_window off = lagging();
    off.flags = METROLOGY_NO_LOAD;
    add(&off, 2);
    add(&on, 3);
    quantity_is(QUANTITY_ACTIVE_POWER_IMPORT, 345); /* 3/5 of 575 */
    quantity_is(QUANTITY_POWER_FACTOR, 500);
    quantity_is(QUANTITY_PHASE_ANGLE, 600); /* of the load that there was */
}

static void what_is_beyond_its_type_saturates(void **state)
{
    (void)state;
    meter.average.values = (struct average_values){ .voltage_uv = INT64_C(6553600000),
                                                    .current_na = INT64_C(5000000000000000),
                                                    .active_uw = INT64_C(-3000000000000000),
                                                    .apparent_uva = 1000000,
                                                    .frequency_uhz = 700000000 };
    quantity_is(QUANTITY_VOLTAGE, UINT16_MAX);
    quantity_is(QUANTITY_CURRENT, UINT32_MAX);
    quantity_is(QUANTITY_ACTIVE_POWER_NET, INT32_MIN);
    quantity_is(QUANTITY_ACTIVE_POWER_EXPORT, 3000000000);
    quantity_is(QUANTITY_POWER_FACTOR, -1000);
    quantity_is(QUANTITY_FREQUENCY, UINT16_MAX);
}

static void every_quantity_keeps_to_its_type(void **state)
{
    (void)state;
    static const struct {
        int type;
        int64_t least, most;
    } types[] = { { 5, INT32_MIN, INT32_MAX }, { 6, 0, UINT32_MAX },  { 16, INT16_MIN, INT16_MAX },
                  { 17, 0, UINT8_MAX },        { 18, 0, UINT16_MAX }, { 22, 0, UINT8_MAX } };
    for (int extreme = -1; extreme <= 1; extreme++) {
        int64_t e = extreme * INT64_C(9000000000000000);
        meter.average.values = (struct average_values){ e, e, e, e, -e, e, e, e };
        for (int q = 0; q < QUANTITY_COUNT; q++) {
            size_t t = 0;
            while (t < 6 && types[t].type != quantity_forms[q].type) {
                t++;
            }
            assert_true(t < 6);
            int64_t value = meter_quantity(&meter, (enum quantity)q);
            assert_true(value >= types[t].least && value <= types[t].most);
        }
    }
}

static void ratings_are_those_of_the_data_sheet(void **state)
{
    (void)state;
    quantity_is(QUANTITY_METER_CONSTANT_ACTIVE, 1000);
    quantity_is(QUANTITY_METER_CONSTANT_REACTIVE, 1000);
    quantity_is(QUANTITY_NOMINAL_VOLTAGE, 230);
    quantity_is(QUANTITY_BASIC_CURRENT, 5);
    quantity_is(QUANTITY_NOMINAL_FREQUENCY, 50);
    quantity_is(QUANTITY_MAXIMUM_CURRENT, 100);
    quantity_is(QUANTITY_REFERENCE_VOLTAGE, 230);
}

/* Samples ---------------------------------------------------------------------------------------------------- */

static const double pi = 3.14159265358979323846;

/* Sines at the terminals; the front end is the nominal one. */
struct source {
    double voltage_v, current_a, lag_deg, frequency_hz;
    uint64_t at;        /* the next sample */
    size_t waiting;     /* samples that the converter has queued */
    uint32_t lost;      /* samples that were lost before them */
    size_t largest_ask; /* the most that were asked for at once */
};

static int32_t code(double value, double full_scale)
{
    return (int32_t)lrint(value / full_scale * 8388608.0);
}

static size_t give(void *context, struct board_sample *samples, size_t max, uint32_t *missed)
{
    struct source *s = context;
    size_t count = s->waiting < max ? s->waiting : max;
    s->largest_ask = max > s->largest_ask ? max : s->largest_ask;
    *missed = s->lost;
    s->at += s->lost;
    s->lost = 0;
    for (size_t i = 0; i < count; i++, s->at++) {
        double angle = 2 * pi * fmod(s->frequency_hz * (double)s->at / RATE_HZ, 1.0);
        double current = s->current_a * sqrt(2) * sin(angle - s->lag_deg * pi / 180);
        samples[i] = (struct board_sample){ .voltage = code(s->voltage_v * sqrt(2) * sin(angle), 450),
                                            .current = code(current, 187.5),
                                            .neutral = code(current, 187.5) };
    }
    s->waiting -= count;
    return count;
}

static void run(struct source *s, unsigned milliseconds)
{
    board.samples = give;
    board.context = s;
    for (unsigned ms = 0; ms < milliseconds; ms += 10) {
        s->waiting += RATE_HZ / 100;
        meter_step(&meter);
    }
}

static void samples_become_instantaneous_values(void **state)
{
    (void)state;
    struct source s = { .voltage_v = 230, .current_a = 5, .lag_deg = 60, .frequency_hz = 50 };
    run(&s, 5000);
    quantity_is(QUANTITY_VOLTAGE, 2300);
    quantity_is(QUANTITY_CURRENT, 5000);
    quantity_is(QUANTITY_NEUTRAL_CURRENT, 5000);
    quantity_is(QUANTITY_ACTIVE_POWER_IMPORT, 575);
    quantity_is(QUANTITY_ACTIVE_POWER_EXPORT, 0);
    quantity_is(QUANTITY_REACTIVE_POWER_IMPORT, 996);
    quantity_is(QUANTITY_APPARENT_POWER_IMPORT, 1150);
    quantity_is(QUANTITY_POWER_FACTOR, 500);
    quantity_is(QUANTITY_FREQUENCY, 5000);
    quantity_is(QUANTITY_PHASE_ANGLE, 600);
    quantity_is(QUANTITY_QUADRANT, 1);
    assert_int_equal(s.largest_ask, METER_BLOCK_SAMPLES);
}

static void samples_become_energy_and_pulses(void **state)
{
    (void)state;
    /* 240 V, 60 A, power factor 0.8 export and leading: P = -11520 W, Q = 8640 var, 12.8 and 9.6 Wh in 4 s */
    struct source s = { .voltage_v = 240, .current_a = 60, .lag_deg = 180 - 36.8698976, .frequency_hz = 50 };
    run(&s, 4000);
    double export_wh = (double)meter.energy.registers[ENERGY_ACTIVE_EXPORT].milli / 1000;
    double q2_varh = (double)meter.energy.registers[ENERGY_REACTIVE_Q2].milli / 1000;
    assert_true(fabs(export_wh - 12.8) < 0.7); /* the window that runs is not booked yet: up to 0.64 Wh */
    assert_true(fabs(q2_varh - 9.6) < 0.5);
    assert_int_equal(meter.energy.registers[ENERGY_ACTIVE_IMPORT].milli, 0);
    quantity_is(QUANTITY_QUADRANT, 2);
    /* each output has given a pulse for every whole unit, but for what the last window has planned */
    assert_in_range(board.pulses[BOARD_LED_ACTIVE], (unsigned)export_wh - 1, (unsigned)export_wh);
    assert_in_range(board.pulses[BOARD_LED_REACTIVE], (unsigned)q2_varh - 1, (unsigned)q2_varh);
    assert_true(board.last_delay_us[BOARD_LED_ACTIVE] < 250000);
}

static void the_size_of_the_steps_changes_nothing(void **state)
{
    (void)state;
    struct source s = { .voltage_v = 230, .current_a = 5, .lag_deg = 60, .frequency_hz = 50 };
    run(&s, 2000);
    struct energy in_small_steps = meter.energy;
    start(NULL);
    struct source again = { .voltage_v = 230, .current_a = 5, .lag_deg = 60, .frequency_hz = 50 };
    board.samples = give;
    board.context = &again;
    again.waiting = 2 * RATE_HZ;
    meter_step(&meter);
    assert_int_equal(again.waiting, 0);
    for (int kind = 0; kind < ENERGY_COUNT; kind++) {
        assert_true(meter.energy.registers[kind].milli == in_small_steps.registers[kind].milli);
        assert_true(meter.energy.registers[kind].rest_nj == in_small_steps.registers[kind].rest_nj);
    }
}

static void lost_samples_are_told_to_metrology(void **state)
{
    (void)state;
    struct source s = { .voltage_v = 230, .current_a = 50, .lag_deg = 0, .frequency_hz = 50 };
    run(&s, 2000);
    s.lost = RATE_HZ / 2;
    run(&s, 1500);
    /* 4 s in all, half a second of them bridged: 11.5 kW * 4 s = 12.78 Wh; the running window may be missing */
    double import_wh = (double)meter.energy.registers[ENERGY_ACTIVE_IMPORT].milli / 1000;
    assert_true(import_wh > 12.78 - 0.70 && import_wh < 12.78 + 0.02);
}

static void booked_windows_give_pulses(void **state)
{
    (void)state;
    struct energy_increment e = { .active_import_nj = 2 * NJ_PER_WH, .active_export_nj = NJ_PER_WH / 2 };
    e.reactive_q_nj[0] = e.reactive_q_nj[1] = e.reactive_q_nj[2] = e.reactive_q_nj[3] = NJ_PER_WH / 4;
    for (int i = 0; i < 4; i++) {
        book(e);
    }
    assert_int_equal(board.pulses[BOARD_LED_ACTIVE], 10); /* import and export */
    assert_int_equal(board.pulses[BOARD_LED_REACTIVE], 4);
}

/* A steady load has pulses at even distances in time, however long the samples waited for a step. */
static void pulses_are_timed_from_the_end_of_their_window(void **state)
{
    (void)state;
    struct source s = { .voltage_v = 230, .current_a = 100, .lag_deg = 0, .frequency_hz = 50 };
    board.samples = give;
    board.context = &s;
    double last_s = 0;
    for (unsigned i = 0; i < 3 * RATE_HZ / 61; i++) {
        unsigned before = board.pulses[BOARD_LED_ACTIVE];
        s.waiting = 61; /* windows end anywhere in a block */
        meter_step(&meter);
        double now_s = (double)s.at / RATE_HZ;
        if (board.pulses[BOARD_LED_ACTIVE] > before) {
            double at_s = now_s + board.last_delay_us[BOARD_LED_ACTIVE] * 1e-6;
            double periods = (at_s - last_s) / 0.1565217; /* 23 kW: a pulse every 156.52 ms */
            if (now_s > 1.5) {
                assert_true(fabs(periods - round(periods)) < 0.002); /* two samples */
            }
            last_s = at_s;
        }
    }
    assert_true(board.pulses[BOARD_LED_ACTIVE] >= 15);
}

/* Identity, time, configuration ------------------------------------------------------------------------------ */

static void the_device_name_has_letters_type_and_serial_number(void **state)
{
    (void)state;
    assert_string_equal(meter.logical_device_name, "BLY112345678");
    struct identity longest = { .serial_number = "ABCD567890123456" };
    meter_init(&meter, &board, &longest, &metrology_nominal, RATE_HZ);
    assert_string_equal(meter.logical_device_name, "BLY1567890123456"); /* 16 octets: the last 12 of the number */
    assert_string_equal(meter.identity.serial_number, "ABCD567890123456");
}

static void a_serial_number_without_an_end_is_cut(void **state)
{
    (void)state;
    struct identity endless;
    memset(&endless, '7', sizeof endless);
    meter_init(&meter, &board, &endless, &metrology_nominal, RATE_HZ);
    assert_int_equal(strlen(meter.identity.serial_number), 16);
    assert_string_equal(meter.logical_device_name, "BLY1777777777777");
}

static void the_factory_may_say_the_year(void **state)
{
    (void)state;
    assert_int_equal(meter.identity.manufacture_year, IDENTITY_MANUFACTURE_YEAR);
    struct identity said = { .serial_number = "12345678", .manufacture_year = 2031 };
    meter_init(&meter, &board, &said, &metrology_nominal, RATE_HZ);
    assert_int_equal(meter.identity.manufacture_year, 2031);
}

static void a_rate_that_metrology_does_not_take_is_refused(void **state)
{
    (void)state;
    assert_int_equal(meter_init(&meter, &board, &identity, &metrology_nominal, 0), STATUS_RANGE);
}

static void a_step_follows_the_clock(void **state)
{
    (void)state;
    board.rtc_s = 123456;
    board.rtc_hundredths = 7;
    meter_step(&meter);
    assert_int_equal(meter.clock.utc_s, 123456);
    assert_int_equal(meter.clock.hundredths, 7);
    meter_configuration_changed(&meter);
    assert_int_equal(meter.configuration_changes, 1);
    assert_int_equal(meter.configuration_changed_s, 123456);
}

/* Demand ----------------------------------------------------------------------------------------------------- */

/* Books a second of energy as the virtual meter does at high speed: first the window, then the clock's tick. */
static void book_second(struct energy_increment energy)
{
    book(energy);
    board.rtc_s++;
    meter_step(&meter);
}

/* A meter that has never run. */
static void start_at(int64_t utc_s)
{
    board = (struct board){ .rtc_kept = true, .rtc_s = utc_s };
    assert_int_equal(meter_init(&meter, &board, &identity, &metrology_nominal, RATE_HZ), STATUS_OK);
}

/* Energy up to the boundary belongs to the period that ends there: 9 Wh in the last second before it. */
static void a_period_gets_the_energy_up_to_its_end(void **state)
{
    (void)state;
    start_at(0);
    for (unsigned s = 0; s < 899; s++) {
        book_second((struct energy_increment){ 0 });
    }
    book_second((struct energy_increment){ .active_import_nj = 9 * NJ_PER_WH });
    quantity_is(QUANTITY_LAST_DEMAND_ACTIVE_IMPORT, 36); /* 9 Wh in a quarter of an hour */
    quantity_is(QUANTITY_CURRENT_DEMAND_ACTIVE_IMPORT, 0);
    book_second((struct energy_increment){ .active_import_nj = 5 * NJ_PER_WH });
    quantity_is(QUANTITY_LAST_DEMAND_ACTIVE_IMPORT, 36);
    quantity_is(QUANTITY_CURRENT_DEMAND_ACTIVE_IMPORT, 20);
    quantity_is(QUANTITY_MAXIMUM_DEMAND_ACTIVE_IMPORT, 36);
}

static void each_demand_has_its_direction(void **state)
{
    (void)state;
    start_at(0);
    book((struct energy_increment){ .active_import_nj = NJ_PER_WH,
                                    .active_export_nj = 2 * NJ_PER_WH,
                                    .reactive_q_nj = { NJ_PER_WH, 2 * NJ_PER_WH, 4 * NJ_PER_WH, 8 * NJ_PER_WH } });
    board.rtc_s = 900;
    meter_step(&meter);
    quantity_is(QUANTITY_LAST_DEMAND_ACTIVE_IMPORT, 4);
    quantity_is(QUANTITY_LAST_DEMAND_ACTIVE_EXPORT, 8);
    quantity_is(QUANTITY_LAST_DEMAND_REACTIVE_IMPORT, 12); /* quadrants I and II */
    quantity_is(QUANTITY_LAST_DEMAND_REACTIVE_EXPORT, 48); /* III and IV */
    meter_reset_maxima(&meter);
    quantity_is(QUANTITY_MAXIMUM_DEMAND_REACTIVE_EXPORT, 0);
    quantity_is(QUANTITY_CUMULATIVE_DEMAND_ACTIVE_IMPORT, 4);
    quantity_is(QUANTITY_CUMULATIVE_DEMAND_ACTIVE_EXPORT, 8);
    quantity_is(QUANTITY_CUMULATIVE_DEMAND_REACTIVE_IMPORT, 12);
    quantity_is(QUANTITY_CUMULATIVE_DEMAND_REACTIVE_EXPORT, 48);
}

/* Whatever the loads, the demands of the minutes are those of the register, to half a watt each. */
static void demand_conserves_energy(void **state)
{
    (void)state;
    uint32_t seed = 7;
    int64_t demands_w = 0;
    start_at(0);
    assert_int_equal(meter_set_demand_period(&meter, 60), STATUS_OK);
    for (unsigned s = 1; s <= 100 * 60; s++) {
        seed = seed * 1664525u + 1013904223u;
        book_second((struct energy_increment){ .active_import_nj = seed >> 2 });
        if (s % 60 == 0) {
            demands_w += meter_quantity(&meter, QUANTITY_LAST_DEMAND_ACTIVE_IMPORT);
        }
    }
    int64_t register_milli = (int64_t)meter.energy.registers[ENERGY_ACTIVE_IMPORT].milli;
    assert_in_range(llabs(demands_w * 1000 / 60 - register_milli), 0, 100 * 1000 / 60 / 2);
}

static void a_chip_that_goes_back_by_itself_ends_the_period(void **state)
{
    (void)state;
    start_at(3600);
    board.rtc_s = 3600 + 420;
    meter_step(&meter);
    board.rtc_s = 3600 + 120;
    meter_step(&meter);
    assert_int_equal(meter.demands[0].last.status & DEMAND_CLOCK_SET, DEMAND_CLOCK_SET);
    assert_int_equal(meter.demands[0].last.at_s, 3600 + 420);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(energies_are_truncated_to_whole_units, start),
        cmocka_unit_test_setup(reactive_energies_are_sums_of_their_quadrants, start),
        cmocka_unit_test_setup(registers_roll_over_at_a_million_kwh, start),
        cmocka_unit_test_setup(net_energy_saturates, start),
        cmocka_unit_test_setup(a_second_of_equal_windows, start),
        cmocka_unit_test_setup(export_is_the_other_direction, start),
        cmocka_unit_test_setup(the_other_two_quadrants, start),
        cmocka_unit_test_setup(values_are_means_by_duration, start),
        cmocka_unit_test_setup(each_second_starts_anew, start),
        cmocka_unit_test_setup(angles_around_zero_have_their_mean_there, start),
        cmocka_unit_test_setup(below_the_starting_threshold_there_is_no_power, start),
        cmocka_unit_test_setup(a_load_for_part_of_the_second, start),
        cmocka_unit_test_setup(what_is_beyond_its_type_saturates, start),
        cmocka_unit_test_setup(every_quantity_keeps_to_its_type, start),
        cmocka_unit_test_setup(ratings_are_those_of_the_data_sheet, start),
        cmocka_unit_test_setup(samples_become_instantaneous_values, start),
        cmocka_unit_test_setup(samples_become_energy_and_pulses, start),
        cmocka_unit_test_setup(the_size_of_the_steps_changes_nothing, start),
        cmocka_unit_test_setup(lost_samples_are_told_to_metrology, start),
        cmocka_unit_test_setup(booked_windows_give_pulses, start),
        cmocka_unit_test_setup(pulses_are_timed_from_the_end_of_their_window, start),
        cmocka_unit_test_setup(the_device_name_has_letters_type_and_serial_number, start),
        cmocka_unit_test_setup(a_serial_number_without_an_end_is_cut, start),
        cmocka_unit_test_setup(the_factory_may_say_the_year, start),
        cmocka_unit_test_setup(a_rate_that_metrology_does_not_take_is_refused, start),
        cmocka_unit_test_setup(a_step_follows_the_clock, start),
        cmocka_unit_test_setup(a_period_gets_the_energy_up_to_its_end, start),
        cmocka_unit_test_setup(each_demand_has_its_direction, start),
        cmocka_unit_test_setup(demand_conserves_energy, start),
        cmocka_unit_test_setup(a_chip_that_goes_back_by_itself_ends_the_period, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
