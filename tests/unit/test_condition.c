/* meter/condition and meter/quality. Each event at its delay and its end, from the numbers of object-model.md 1.9 and
 * 3; and random inputs against a brute force that looks back over the whole history in each second and knows no state
 * machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "meter/condition.h"
#include "meter/metrology.h"
#include "meter/quality.h"

static struct conditions c;
static struct condition_input in;
static struct condition_changes changes;

static const struct condition_input usual = {
    .voltage_dv = 2300,
    .current_ma = 5000,
    .neutral_ma = 5000,
    .active_w = 1150,
    .power_factor_milli = 1000,
    .frequency_chz = 5000,
    .reference_voltage_v = 230,
    .neutral_known = true,
    .battery_checked = true,
    .battery_known = true,
    .battery_cv = 360,
    .battery_low_cv = 300,
    .sensors = { SENSOR_QUIET, SENSOR_QUIET, SENSOR_QUIET },
};

static void pass_inhibition(void)
{
    for (int i = 0; i < CONDITION_INHIBIT_S; i++) {
        condition_step(&c, &in, &changes);
        assert_int_equal(changes.count, 0);
    }
}

static int start(void **state)
{
    (void)state;
    condition_init(&c);
    in = usual;
    pass_inhibition();
    return 0;
}

/* Runs until something happens, up to `limit` seconds, and returns in which second; 0: nothing did. */
static int run(int limit)
{
    for (int s = 1; s <= limit; s++) {
        condition_step(&c, &in, &changes);
        if (changes.count > 0) {
            return s;
        }
    }
    return 0;
}

/* Exactly this one event, exactly in that second. */
static void happens(int event, int at_s)
{
    int s = run(at_s + 100);
    if (s != at_s || changes.count != 1 || changes.list[0].event != event) {
        print_error("event %d in second %d, expected %d in %d\n", changes.list[0].event, s, event, at_s);
    }
    assert_int_equal(s, at_s);
    assert_int_equal(changes.count, 1);
    assert_int_equal(changes.list[0].event, event);
}

static void nothing_happens(int for_s)
{
    int s = run(for_s);
    if (s != 0) {
        print_error("event %d in second %d\n", changes.list[0].event, s);
    }
    assert_int_equal(s, 0);
}

/* Every condition: its begin, its end --------------------------------------------------------------------- */

/* `beyond` is just beyond the limit, `at` exactly on it, `held` within the hysteresis, `back` just out of it. */
static const struct one {
    const char *name;
    size_t member;
    int64_t beyond, at, held, back;
    int begin, delay_s, end, restore_s;
} table[] = {
#define IN(member) #member, offsetof(struct condition_input, member)
    { IN(voltage_dv), 2069, 2070, 2115, 2116, 76, 60, 85, 10 },
    { IN(voltage_dv), 2531, 2530, 2485, 2484, 79, 60, 85, 10 },
    { IN(current_ma), 110001, 110000, 107800, 107799, 70, 60, 71, 10 },
    { IN(active_w), -24, -23, -23, -22, 91, 60, 242, 10 },
    { IN(power_factor_milli), 499, 500, 520, 521, 240, 300, 241, 10 },
    { IN(power_factor_milli), -499, -500, -520, -521, 240, 300, 241, 10 },
    { IN(active_w), 25301, 25300, 24794, 24793, 243, 60, 244, 10 },
    { IN(frequency_chz), 4899, 4900, 4904, 4905, 245, 60, 246, 10 },
    { IN(frequency_chz), 5101, 5100, 5096, 5095, 245, 60, 246, 10 },
#undef IN
};

static void put(const struct one *o, int64_t value)
{
    memcpy((uint8_t *)&in + o->member, &value, sizeof value);
    in.neutral_ma = in.current_ma;
}

static void each_begins_and_ends_at_its_delay(void **state)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct one *o = &table[i];
        start(state);
        put(o, o->at);
        nothing_happens(1000); /* "over" is >, "under" is < */
        put(o, o->beyond);
        nothing_happens(o->delay_s - 1);
        put(o, o->back);
        nothing_happens(1000); /* a second too short; and the count begins anew */
        put(o, o->beyond);
        happens(o->begin, o->delay_s);
        nothing_happens(5000); /* once */
        put(o, o->held);
        nothing_happens(1000);
        put(o, o->back);
        nothing_happens(o->restore_s - 1);
        put(o, o->held);
        nothing_happens(1000);
        put(o, o->back);
        happens(o->end, o->restore_s);
        nothing_happens(1000);
        put(o, o->beyond);
        happens(o->begin, o->delay_s); /* and again */
    }
}

static void missing_voltage_after_ten_seconds(void **state)
{
    (void)state;
    in.voltage_dv = 1150; /* on the limit: still a sag */
    happens(76, 60);
    in.voltage_dv = 1149;
    happens(82, 10); /* without 85 */
    nothing_happens(1000);
    in.voltage_dv = 2300;
    happens(85, 10); /* one for both */
    nothing_happens(1000);
}

static void missing_voltage_alone_and_no_sag_with_it(void **state)
{
    (void)state;
    in.voltage_dv = 900;
    happens(82, 10);
    nothing_happens(3600);
    in.voltage_dv = 2000; /* back to a sag, which has not been told of */
    happens(76, 60);
    in.voltage_dv = 900; /* neither is told of again before the voltage was normal */
    nothing_happens(3600);
    in.voltage_dv = 2000;
    nothing_happens(3600);
    in.voltage_dv = 2300;
    happens(85, 10);
}

static void from_a_sag_straight_to_a_swell(void **state)
{
    (void)state;
    in.voltage_dv = 2000;
    happens(76, 60);
    in.voltage_dv = 2600;
    happens(79, 60);
    in.voltage_dv = 2300;
    happens(85, 10);
    nothing_happens(1000);
}

static void covers_magnet_and_battery(void **state)
{
    static const struct {
        int sensor, begin, delay_s, end, restore_s;
    } sensors[] = {
        { BOARD_TERMINAL_COVER, 40, 1, 41, 1 },
        { BOARD_METER_COVER, 44, 1, 45, 1 },
        { BOARD_MAGNET, 42, 3, 43, 10 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof sensors / sizeof sensors[0]; i++) {
        in.sensors[sensors[i].sensor] = SENSOR_ACTIVE;
        happens(sensors[i].begin, sensors[i].delay_s);
        nothing_happens(100);
        in.sensors[sensors[i].sensor] = SENSOR_UNKNOWN;
        nothing_happens(100);
        in.sensors[sensors[i].sensor] = SENSOR_QUIET;
        happens(sensors[i].end, sensors[i].restore_s);
    }
    in.battery_cv = 300; /* not below */
    nothing_happens(200);
    in.battery_cv = 299;
    happens(8, 60);
    in.battery_known = false;
    nothing_happens(200);
    in.battery_known = true;
    in.battery_cv = 304;
    nothing_happens(200);
    in.battery_cv = 299;
    nothing_happens(200);
    in.battery_cv = 305;
    nothing_happens(200); /* there is no event for it, but it is over */
    in.battery_cv = 299;
    nothing_happens(30);
    in.battery_known = false; /* what is not measured does not interrupt */
    nothing_happens(3000);
    in.battery_known = true;
    happens(8, 30);
    in.battery_worn = true;
    happens(7, 1);
    in.clock_invalid = true;
    happens(6, 1);
    nothing_happens(1000);
}

static void faults_of_the_measuring_system(void **state)
{
    static const struct {
        int flag, sub_code, delay_s;
    } faults[] = { { METROLOGY_CLIPPED, 1, 3 }, { METROLOGY_SAMPLE_MISSED, 2, 1 }, { METROLOGY_NO_VOLTAGE, 3, 3 } };
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        in.window_flags = (uint8_t)faults[i].flag;
        happens(16, faults[i].delay_s);
        assert_int_equal(changes.list[0].sub_code, faults[i].sub_code);
        nothing_happens(1000);
        in.window_flags = 0;
        nothing_happens(100);
    }
    in.net_full = true;
    happens(16, 1);
    assert_int_equal(changes.list[0].sub_code, 4);
    in.window_flags = METROLOGY_NEUTRAL_BILLED | METROLOGY_NO_LOAD;
    nothing_happens(1000);
}

static void a_power_factor_without_a_load_says_nothing(void **state)
{
    (void)state;
    in.power_factor_milli = 100;
    in.current_ma = in.neutral_ma = 249;
    nothing_happens(1000);
    in.current_ma = in.neutral_ma = 250;
    nothing_happens(299);
    in.voltage_dv = 1839; /* below 0.8 Un; but for less than the delay of a sag */
    nothing_happens(50);
    in.voltage_dv = 1840;
    c.limits.under_voltage_s = UINT16_MAX;
    happens(240, 300);
    in.current_ma = in.neutral_ma = 0; /* unknown is not over */
    in.power_factor_milli = 1000;
    nothing_happens(1000);
    in.current_ma = in.neutral_ma = 250;
    happens(241, 10);
}

static void a_power_factor_above_a_swell_says_nothing(void **state)
{
    (void)state;
    c.limits.over_voltage_dv = 5000;
    in.power_factor_milli = 100;
    in.voltage_dv = 2761; /* above 1.2 Un */
    nothing_happens(1000);
    in.voltage_dv = 2760;
    happens(240, 300);
    in.power_factor_milli = 1000;
    in.voltage_dv = 2761;
    nothing_happens(1000);
    in.voltage_dv = 2760;
    happens(241, 10);
}

/* Without a voltage the frequency is what it last was. */
static void a_frequency_without_a_voltage_says_nothing(void **state)
{
    static const int beyond_chz[] = { 4800, 5200 };
    for (size_t i = 0; i < 2; i++) {
        start(state);
        in.frequency_chz = beyond_chz[i];
        in.window_flags = METROLOGY_NO_VOLTAGE;
        happens(16, 3);
        nothing_happens(1000);
        in.window_flags = 0;
        happens(245, 60);
        in.frequency_chz = 5000;
        nothing_happens(5);
        in.window_flags = METROLOGY_NO_VOLTAGE;
        happens(16, 3);
        nothing_happens(1000);
        in.window_flags = 0;
        happens(246, 10);
    }
}

static void an_imbalance_of_small_currents_says_nothing(void **state)
{
    (void)state;
    in.neutral_ma = 0;
    in.current_ma = 249;
    nothing_happens(1000);
    in.current_ma = 0;
    in.neutral_ma = 249;
    nothing_happens(1000);
    in.neutral_ma = 250;
    happens(247, 300);
}

/* Whatever a client may set, if the limits leave something between them: the middle of it is normal, and for as long as
 * the delay asks for, around it too. */
static void what_begins_can_end(void **state)
{
    srand(5);
    for (int i = 0; i < 3000; i++) {
        start(state);
        int under = rand() % 4000;
        int over = under + 8 + rand() % (i % 2 ? 1000 : 20);
        int middle = (under + over) / 2;
        c.limits.missing_voltage_dv = 0;
        c.limits.under_voltage_dv = (uint16_t)under;
        c.limits.over_voltage_dv = (uint16_t)over;
        c.limits.hysteresis_percent = (uint8_t)(rand() % 21);
        in.reference_voltage_v = (uint16_t)(100 + rand() % 178);
        in.voltage_dv = over + 1;
        happens(79, 60);
        in.voltage_dv = middle + (over - under) / 8;
        happens(85, 10);
        c.limits.under_frequency_chz = (uint16_t)under;
        c.limits.over_frequency_chz = (uint16_t)over;
        in.frequency_chz = over + 1;
        happens(245, 60);
        in.frequency_chz = middle - (over - under) / 8;
        happens(246, 10);
    }
    start(state);
    c.limits.hysteresis_percent = 20; /* the default limits: 46 V apart, so 11.5 V from either */
    in.voltage_dv = 2000;
    happens(76, 60);
    in.voltage_dv = 2184;
    nothing_happens(1000);
    in.voltage_dv = 2185;
    happens(85, 10);
    start(state);
    c.limits.power_factor_milli = 979; /* the most that can be set */
    in.power_factor_milli = 978;
    happens(240, 300);
    in.power_factor_milli = 1000;
    happens(241, 10);
}

static void line_and_neutral_differ(void **state)
{
    (void)state;
    in.neutral_ma = 4000; /* exactly 20 % of the larger */
    nothing_happens(1000);
    in.neutral_ma = 3999;
    happens(247, 300);
    in.neutral_ma = 4020; /* 19.6 % */
    nothing_happens(1000);
    in.neutral_ma = 4021;
    happens(248, 10);
    in.neutral_ma = 7000;
    in.neutral_known = false;
    nothing_happens(1000);
    in.neutral_known = true;
    happens(247, 300);
    in.neutral_ma = 0;
    in.current_ma = 249;
    nothing_happens(1000);
}

static void a_delay_of_0_is_at_once(void **state)
{
    (void)state;
    c.limits.over_voltage_s = 0;
    c.limits.restore_s = 0;
    in.voltage_dv = 2531;
    happens(79, 1);
    in.voltage_dv = 2300;
    happens(85, 1);
    c.limits.over_voltage_s = UINT16_MAX;
    in.voltage_dv = 2531;
    happens(79, UINT16_MAX);
}

static void nothing_is_judged_for_five_seconds(void **state)
{
    (void)state;
    condition_init(&c);
    c.limits.under_voltage_s = 0;
    in.voltage_dv = 2000;
    happens(76, CONDITION_INHIBIT_S + 1);
}

static void what_was_active_ends_after_the_power_is_back(void **state)
{
    (void)state;
    in.voltage_dv = 2000;
    in.sensors[BOARD_METER_COVER] = SENSOR_ACTIVE;
    happens(44, 1);
    happens(76, 59);
    uint32_t active = c.active;
    struct conditions restarted;
    condition_init(&restarted);
    memcpy(restarted.statistics, c.statistics, sizeof c.statistics);
    c = restarted;
    condition_resume(&c, active);
    nothing_happens(1000); /* still there: not told of again */
    condition_resume(&c, active);
    in = usual;
    happens(45, CONDITION_INHIBIT_S + 1);
    happens(85, 9);
    nothing_happens(1000);
    condition_resume(&c, UINT32_MAX); /* of a later version, or rotten: nothing but what there is */
    assert_int_equal(c.active, (1u << CONDITION_COUNT) - 1);
}

/* Statistics ------------------------------------------------------------------------------------------------- */

static void statistics_are(enum condition i, uint32_t count, uint32_t duration_s, unsigned magnitude_dv)
{
    assert_int_equal(c.statistics[i].count, count);
    assert_int_equal(c.statistics[i].duration_s, duration_s);
    assert_int_equal(c.statistics[i].magnitude_dv, magnitude_dv);
}

static void sags_swells_and_cuts_are_counted(void **state)
{
    (void)state;
    in.voltage_dv = 1900;
    nothing_happens(59);
    in.voltage_dv = 2300;
    nothing_happens(100);
    statistics_are(CONDITION_UNDER_VOLTAGE, 0, 0, 0); /* too short for one */
    in.voltage_dv = 1950;
    happens(76, 60);
    in.voltage_dv = 1800;
    nothing_happens(100);
    in.voltage_dv = 2100; /* hysteresis: not below, not normal */
    nothing_happens(30);
    in.voltage_dv = 2000;
    nothing_happens(10);
    in.voltage_dv = 2300;
    happens(85, 10);
    statistics_are(CONDITION_UNDER_VOLTAGE, 1, 200, 1800); /* from the first second below to the last */
    in.voltage_dv = 2600;
    happens(79, 60);
    in.voltage_dv = 2700;
    nothing_happens(5);
    in.voltage_dv = 2300;
    happens(85, 10);
    statistics_are(CONDITION_OVER_VOLTAGE, 1, 65, 2700);
    in.voltage_dv = 1000;
    happens(82, 10);
    in.voltage_dv = 2300;
    happens(85, 10);
    statistics_are(CONDITION_MISSING_VOLTAGE, 1, 10, 1000);
    statistics_are(CONDITION_UNDER_VOLTAGE, 1, 200, 1800);
}

/* Flapping ------------------------------------------------------------------------------------------------------ */

static void flapping_for_a_day_logs_nothing_or_one_pair_in_each_cycle(void **state)
{
    (void)state;
    unsigned events = 0;
    for (int s = 0; s < 86400; s++) {
        in.voltage_dv = s % 2 ? 2300 : 2000;
        events += run(1) != 0;
    }
    assert_int_equal(events, 0); /* never for 60 s */
    in.voltage_dv = 2000;
    happens(76, 60);
    for (int s = 0; s < 86400; s++) {
        in.voltage_dv = s % 2 ? 2300 : 2000;
        events += run(1) != 0;
    }
    assert_int_equal(events, 0); /* once begun, never for 10 s back */
    start(state);
    for (int s = 0; s < 86400; s++) { /* the quickest that can be: 60 s and 10 s */
        in.voltage_dv = s % 70 < 60 ? 2000 : 2300;
        events += run(1) != 0;
    }
    assert_int_equal(events, 86400 / 70 * 2); /* 1,234 pairs, and 20 s left over */
    start(state);
    c.limits.under_voltage_s = 0;
    c.limits.restore_s = 10;
    events = 0;
    for (int s = 0; s < 86400; s++) {
        in.voltage_dv = s % 2 ? 2300 : 2000;
        events += run(1) != 0;
    }
    assert_int_equal(events, 1);
}

/* Brute force --------------------------------------------------------------------------------------------------- */

enum { HISTORY = 20000 };
static int voltages_dv[HISTORY];

/* The last `n` seconds up to `now`, none before `from`, are all within least..most. */
static int all_within(int now, int from, int n, int least, int most)
{
    if (now - n + 1 < from) {
        return 0;
    }
    for (int s = now - n + 1; s <= now; s++) {
        if (voltages_dv[s] < least || voltages_dv[s] > most) {
            return 0;
        }
    }
    return 1;
}

/* What has been told of in one run. */
struct told {
    int active[3], since_s[3], ended_s[3];
};

/* In words: of each kind one between two 85; a kind begins when the last `delay` seconds were all in its range; 85 when
 * any was told of and the last four seconds were all normal, all of them after it was told of. Returns how many events.
 */
static int expect(struct told *t, int s, int expected[4])
{
    static const struct {
        int event, delay_s, least, most;
    } kinds[] = { { 76, 7, 1150, 2069 }, { 79, 5, 2531, 9999 }, { 82, 3, 0, 1149 } };
    int count = 0;
    int ends = 0;
    for (int k = 0; k < 3; k++) {
        if (!t->active[k] && all_within(s, t->ended_s[k], kinds[k].delay_s, kinds[k].least, kinds[k].most)) {
            t->active[k] = 1;
            t->since_s[k] = s + 1;
            expected[count++] = kinds[k].event;
        } else if (t->active[k] && all_within(s, t->since_s[k], 4, 2116, 2484)) {
            t->active[k] = 0;
            t->ended_s[k] = s + 1;
            ends = 1;
        }
    }
    if (ends) {
        expected[count++] = 85;
    }
    return count;
}

static void check_random_voltages(unsigned seed)
{
    static const int levels_dv[] = { 2300, 2300, 2100, 2000, 1150, 1149, 2069, 2070, 2116, 2115, 2531, 2530, 2484 };
    struct told told = { 0 };
    int level_dv = 2300;
    c.limits.under_voltage_s = 7;
    c.limits.over_voltage_s = 5;
    c.limits.missing_voltage_s = 3;
    c.limits.restore_s = 4;
    srand(seed);
    for (int s = 0; s < HISTORY; s++) {
        int expected[4] = { 0 };
        if (rand() % 5 == 0) {
            level_dv = levels_dv[(unsigned)rand() % (sizeof levels_dv / sizeof levels_dv[0])];
        }
        in.voltage_dv = voltages_dv[s] = level_dv;
        int count = expect(&told, s, expected);
        condition_step(&c, &in, &changes);
        assert_int_equal(changes.count, count);
        for (int i = 0; i < count; i++) {
            assert_int_equal(changes.list[i].event, expected[i]);
        }
    }
}

static void random_voltages_against_brute_force(void **state)
{
    for (unsigned seed = 1; seed <= 50; seed++) {
        start(state);
        check_random_voltages(seed);
    }
}

/* Voltage quality ------------------------------------------------------------------------------------------------- */

enum { MONDAY_S = 2 * 86400, WEEK_S = 7 * 86400 };
static struct quality q;

/* So many averages at a voltage, from the time on; returns the last result that was not nothing. */
static enum quality_result averages(int64_t *utc_s, int count, int voltage_dv, int seconds)
{
    enum quality_result last = QUALITY_NOTHING;
    for (int i = 0; i < count; i++) {
        for (int s = 1; s <= 600; s++) {
            ++*utc_s;
            enum quality_result result = s <= seconds ? quality_step(&q, *utc_s, voltage_dv, 230) : QUALITY_NOTHING;
            last = result != QUALITY_NOTHING ? result : last;
        }
    }
    return last;
}

static void the_51st_average_outside_makes_a_bad_week(void **state)
{
    (void)state;
    int64_t utc_s = MONDAY_S + 5 * (int64_t)WEEK_S;
    q = (struct quality){ 0 };
    assert_int_equal(averages(&utc_s, 100, 2530, 600), QUALITY_NOTHING); /* exactly +10 % */
    assert_int_equal(averages(&utc_s, 100, 2070, 600), QUALITY_NOTHING);
    assert_int_equal(averages(&utc_s, 50, 2531, 600), QUALITY_COUNTED);
    assert_int_equal(averages(&utc_s, 100, 2300, 600), QUALITY_COUNTED); /* the 50th, which its end tells of */
    assert_int_equal(q.outside, 50);
    assert_int_equal(averages(&utc_s, 2, 2069, 600), QUALITY_BAD);
    assert_int_equal(averages(&utc_s, 100, 2000, 600), QUALITY_NOTHING); /* once in a week */
    averages(&utc_s, 1008 - 452, 2300, 600);
    assert_int_equal(averages(&utc_s, 51, 2000, 600), QUALITY_COUNTED); /* the next week */
    assert_int_equal(q.outside, 50);
    assert_int_equal(q.week, 6);
    assert_int_equal(averages(&utc_s, 1, 2300, 600), QUALITY_BAD);
}

static void averages_with_gaps_do_not_count(void **state)
{
    (void)state;
    int64_t utc_s = MONDAY_S;
    q = (struct quality){ 0 };
    averages(&utc_s, 20, 2000, 539);
    averages(&utc_s, 1, 2300, 600);
    assert_int_equal(q.outside, 0);
    averages(&utc_s, 20, 2000, 540);
    averages(&utc_s, 1, 2300, 600);
    assert_int_equal(q.outside, 20);
}

/* The first week begins on Monday, 2000-01-03; a clock that shows the two days before it was never set. */
static void nothing_counts_before_the_first_monday(void **state)
{
    (void)state;
    int64_t utc_s = 0;
    q = (struct quality){ 0 };
    averages(&utc_s, 2 * 144, 2000, 600);
    assert_int_equal(q.outside, 0);
    averages(&utc_s, 1, 2000, 600); /* its first second tells of the last one of Sunday */
    assert_int_equal(q.outside, 0);
    averages(&utc_s, 1, 2300, 600);
    assert_int_equal(q.outside, 1);
    assert_int_equal(q.week, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_begins_and_ends_at_its_delay, start),
        cmocka_unit_test_setup(missing_voltage_after_ten_seconds, start),
        cmocka_unit_test_setup(missing_voltage_alone_and_no_sag_with_it, start),
        cmocka_unit_test_setup(from_a_sag_straight_to_a_swell, start),
        cmocka_unit_test_setup(covers_magnet_and_battery, start),
        cmocka_unit_test_setup(faults_of_the_measuring_system, start),
        cmocka_unit_test_setup(a_power_factor_without_a_load_says_nothing, start),
        cmocka_unit_test_setup(a_power_factor_above_a_swell_says_nothing, start),
        cmocka_unit_test(a_frequency_without_a_voltage_says_nothing),
        cmocka_unit_test_setup(an_imbalance_of_small_currents_says_nothing, start),
        cmocka_unit_test(what_begins_can_end),
        cmocka_unit_test_setup(line_and_neutral_differ, start),
        cmocka_unit_test_setup(a_delay_of_0_is_at_once, start),
        cmocka_unit_test_setup(nothing_is_judged_for_five_seconds, start),
        cmocka_unit_test_setup(what_was_active_ends_after_the_power_is_back, start),
        cmocka_unit_test_setup(sags_swells_and_cuts_are_counted, start),
        cmocka_unit_test_setup(flapping_for_a_day_logs_nothing_or_one_pair_in_each_cycle, start),
        cmocka_unit_test_setup(random_voltages_against_brute_force, start),
        cmocka_unit_test(the_51st_average_outside_makes_a_bad_week),
        cmocka_unit_test(averages_with_gaps_do_not_count),
        cmocka_unit_test(nothing_counts_before_the_first_monday),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
