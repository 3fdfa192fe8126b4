/* meter/event, meter/alarm, meter/supervision and meter/selftest on a whole meter with a real ring of rows in a
 * simulated flash. What each event does is written down here once more, from object-model.md 3 and 4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/crc.h"
#include "meter/meter.h"
#include "model/profiles.h"
#include "test_board.h"

enum { RATE_HZ = 8000, NONE = 32 };
#define START_S (INT64_C(26) * 365 * 86400)

static const struct identity identity = { .serial_number = "12345678" };
static struct board board;
static struct meter meter;
static struct metrology_window window;

static void power_up(void)
{
    assert_int_equal(meter_init(&meter, &board, &identity, &metrology_nominal, RATE_HZ), STATUS_OK);
    model_profiles_begin(&meter);
}

static int start(void **state)
{
    (void)state;
    board = (struct board){
        .rtc_kept = true, .rtc_s = START_S, .has_neutral = true, .has_battery = true, .battery_cv = 360
    };
    for (unsigned i = 0; i < BOARD_SENSOR_COUNT; i++) {
        board.has_sensor[i] = true;
    }
    window = (struct metrology_window){ .duration_us = 1000000,
                                        .voltage_uv = 230000000,
                                        .current_na = 5000000000,
                                        .neutral_na = 5000000000,
                                        .active_uw = 1150000000,
                                        .apparent_uva = 1150000000,
                                        .frequency_uhz = 50000000,
                                        .energy.active_import_nj = 1150000000000 };
    power_up();
    return 0;
}

static void seconds(int count)
{
    for (int i = 0; i < count; i++) {
        board.rtc_s++;
        meter_add_window(&meter, &window);
        meter_step(&meter);
    }
}

static void power_down(void)
{
    board.failing = true;
    meter_step(&meter);
    board.failing = false;
}

/* Rows ------------------------------------------------------------------------------------------------------ */

static uint32_t rows_in(enum event_log_kind kind)
{
    struct profile_range all = profile_all(&meter.events.profiles[kind]);
    return all.end - all.first;
}

static uint8_t octets[FLASHLOG_ROW_MAX];

static struct profile_row row_of(enum event_log_kind kind, uint32_t age)
{
    struct profile *p = &meter.events.profiles[kind];
    struct profile_range all = profile_all(p);
    struct profile_row row;
    assert_true(age < all.end - all.first);
    assert_int_equal(profile_read(p, &all, all.end - 1 - age, octets, &row), STATUS_OK);
    return row;
}

/* Code in the newest row but `age`. */
static int code_of(enum event_log_kind kind, uint32_t age)
{
    return row_of(kind, age).columns[0];
}

static uint32_t number(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Every event ------------------------------------------------------------------------------------------------- */

#define STD   EVENT_LOG_STANDARD
#define FRAUD EVENT_LOG_FRAUD
#define PQ    EVENT_LOG_POWER_QUALITY
#define COMM  EVENT_LOG_COMMUNICATION

static const struct expected {
    enum event_log_kind log;
    int maskable;
    uint8_t code, bit_1, bit_2;
} expected[] = {
    { STD, 0, 1, NONE, 0 },       { STD, 0, 2, NONE, 1 },        { STD, 1, 3, NONE, NONE },
    { STD, 0, 4, NONE, NONE },    { STD, 0, 5, NONE, NONE },     { STD, 1, 6, 0, NONE },
    { STD, 1, 7, 1, NONE },       { STD, 1, 8, 1, NONE },        { STD, 1, 10, NONE, NONE },
    { STD, 1, 11, NONE, NONE },   { STD, 1, 12, 8, NONE },       { STD, 1, 13, 9, NONE },
    { STD, 1, 14, 10, NONE },     { STD, 1, 15, 12, NONE },      { STD, 1, 16, 11, NONE },
    { STD, 1, 17, NONE, NONE },   { STD, 1, 18, NONE, NONE },    { STD, 1, 21, NONE, NONE },
    { STD, 1, 22, NONE, NONE },   { STD, 1, 23, NONE, NONE },    { STD, 1, 24, NONE, NONE },
    { STD, 1, 25, NONE, NONE },   { COMM, 1, 26, NONE, NONE },   { COMM, 1, 27, NONE, NONE },
    { COMM, 1, 28, NONE, NONE },  { COMM, 1, 29, NONE, NONE },   { FRAUD, 1, 40, 13, NONE },
    { FRAUD, 1, 41, NONE, NONE }, { FRAUD, 1, 42, 13, NONE },    { FRAUD, 1, 43, NONE, NONE },
    { FRAUD, 1, 44, 13, NONE },   { FRAUD, 1, 45, NONE, NONE },  { FRAUD, 0, 46, 13, NONE },
    { STD, 0, 47, NONE, NONE },   { STD, 1, 51, NONE, NONE },    { COMM, 1, 53, NONE, 18 },
    { PQ, 1, 70, NONE, 23 },      { PQ, 1, 71, NONE, NONE },     { PQ, 1, 76, NONE, 25 },
    { PQ, 1, 79, NONE, 26 },      { PQ, 1, 82, NONE, 2 },        { PQ, 1, 85, NONE, 5 },
    { PQ, 1, 91, NONE, 10 },      { PQ, 1, 92, NONE, 14 },       { PQ, 1, 240, NONE, 24 },
    { PQ, 1, 241, NONE, NONE },   { PQ, 1, 242, NONE, NONE },    { PQ, 1, 243, NONE, NONE },
    { PQ, 1, 244, NONE, NONE },   { PQ, 1, 245, NONE, NONE },    { PQ, 1, 246, NONE, NONE },
    { FRAUD, 1, 247, 13, NONE },  { FRAUD, 1, 248, NONE, NONE }, { FRAUD, 0, 249, NONE, 13 },
    { STD, 1, 250, NONE, NONE },  { FRAUD, 1, 253, NONE, NONE }, { STD, 1, 254, NONE, NONE },
};

static uint32_t bit(uint8_t number)
{
    return number == NONE ? 0 : UINT32_C(1) << number;
}

static void all_pass(void)
{
    uint8_t ones[EVENT_MASK_OCTETS];
    memset(ones, 0xFF, sizeof ones);
    assert_int_equal(setting_set_octets(&meter, SETTING_POWER_QUALITY_MASK, ones, sizeof ones), STATUS_OK);
}

static void each_event_does_what_its_row_says(void **state)
{
    static const uint32_t filters[2] = { 0x00003F03, 0x07844427 };
    static const uint32_t errors = 0x00001F03;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const struct expected *x = &expected[i];
        start(state);
        all_pass();
        memset(&meter.events.alarm.words[ALARM_REGISTER_1], 0, 8); /* from the start: 2 */
        memset(&meter.events.alarm.words[ALARM_DESCRIPTOR_1], 0, 8);
        struct events before = meter.events;
        uint32_t rows[EVENT_LOGS];
        for (enum event_log_kind k = 0; k < EVENT_LOGS; k++) {
            rows[k] = rows_in(k);
        }
        board.rtc_s = START_S + 77;
        meter.clock.utc_s = START_S + 77;
        event_raise(&meter, (enum event)x->code, 1234);
        int reported = (bit(x->bit_1) & filters[0]) != 0 || (bit(x->bit_2) & filters[1]) != 0;
        for (enum event_log_kind k = 0; k < EVENT_LOGS; k++) {
            uint32_t more = k == x->log || (k == EVENT_LOG_ALARM && reported);
            assert_int_equal(rows_in(k), rows[k] + more);
            assert_int_equal(meter.events.logs[k].count, before.logs[k].count + more);
            assert_int_equal(meter.events.logs[k].code, more ? x->code : before.logs[k].code);
        }
        assert_int_equal(code_of(x->log, 0), x->code);
        struct profile_row row = row_of(x->log, 0);
        assert_int_equal(row.stamp_s, START_S + 77);
        if (x->log == STD) {
            assert_int_equal(row.columns[1] << 8 | row.columns[2], 1234);
        }
        const uint32_t *words = meter.events.alarm.words;
        assert_int_equal(words[ALARM_REGISTER_1], bit(x->bit_1));
        assert_int_equal(words[ALARM_REGISTER_2], bit(x->bit_2));
        assert_int_equal(words[ALARM_DESCRIPTOR_1], bit(x->bit_1) & filters[0]);
        assert_int_equal(words[ALARM_DESCRIPTOR_2], bit(x->bit_2) & filters[1]);
        assert_int_equal(words[ALARM_ERROR_REGISTER], bit(x->bit_1) & errors);
        if (reported) {
            row = row_of(EVENT_LOG_ALARM, 0);
            assert_int_equal(row.columns[0], x->code);
            assert_int_equal(number(row.columns + 1), bit(x->bit_1));
            assert_int_equal(number(row.columns + 5), bit(x->bit_2));
        }
    }
}

static void a_mask_stops_log_and_alarm_unless_it_must_not(void **state)
{
    static const uint8_t nothing[EVENT_MASK_OCTETS] = { 0 };
    static const enum setting masks[] = { [STD] = SETTING_STANDARD_MASK,
                                          [FRAUD] = SETTING_FRAUD_MASK,
                                          [PQ] = SETTING_POWER_QUALITY_MASK,
                                          [COMM] = SETTING_COMMUNICATION_MASK };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const struct expected *x = &expected[i];
        uint8_t one[EVENT_MASK_OCTETS];
        start(state);
        memset(one, 0xFF, sizeof one);
        one[x->code / 8] = (uint8_t)(0xFF ^ 0x80 >> x->code % 8);
        assert_int_equal(setting_set_octets(&meter, masks[x->log], one, sizeof one), STATUS_OK);
        struct events before = meter.events;
        event_raise(&meter, (enum event)x->code, 0);
        assert_int_equal(meter.events.logs[x->log].count, before.logs[x->log].count + !x->maskable);
        if (x->maskable) {
            assert_memory_equal(&meter.events.alarm, &before.alarm, sizeof before.alarm);
        }
        /* the mask of the alarm log stops its rows, not the descriptor */
        start(state);
        assert_int_equal(setting_set_octets(&meter, SETTING_ALARM_MASK, nothing, sizeof nothing), STATUS_OK);
        before = meter.events;
        event_raise(&meter, (enum event)x->code, 0);
        assert_int_equal(meter.events.logs[EVENT_LOG_ALARM].count, before.logs[EVENT_LOG_ALARM].count);
    }
}

static void the_frequency_is_delivered_masked(void **state)
{
    (void)state;
    uint32_t rows = rows_in(PQ);
    event_raise(&meter, EVENT_FREQUENCY, 0);
    event_raise(&meter, EVENT_FREQUENCY_END, 0);
    assert_int_equal(rows_in(PQ), rows);
    all_pass();
    event_raise(&meter, EVENT_FREQUENCY, 0);
    assert_int_equal(rows_in(PQ), rows + 1);
}

/* Alarms --------------------------------------------------------------------------------------------------------- */

static void alarms_follow_their_rules(void **state)
{
    uint32_t *words = meter.events.alarm.words;
    (void)state;
    event_raise(&meter, EVENT_METER_COVER_OPEN, 0);
    assert_int_equal(words[ALARM_REGISTER_1], 1u << 13);
    uint32_t rows = rows_in(EVENT_LOG_ALARM);
    event_raise(&meter, EVENT_METER_COVER_CLOSED, 0); /* (c) */
    event_raise(&meter, EVENT_METER_COVER_OPEN, 0);   /* (b) it does not rise */
    assert_int_equal(rows_in(EVENT_LOG_ALARM), rows);
    /* (d), (f), (g) */
    assert_int_equal(event_set_alarm(&meter, ALARM_REGISTER_1, 0xFFFFFFFF), STATUS_OK);
    assert_int_equal(words[ALARM_REGISTER_1], 1u << 13);
    assert_int_equal(code_of(STD, 0), 2); /* nothing was cleared */
    assert_int_equal(event_set_alarm(&meter, ALARM_REGISTER_1, 0x00001000), STATUS_OK);
    assert_int_equal(words[ALARM_REGISTER_1], 0);
    assert_int_equal(words[ALARM_DESCRIPTOR_1], 1u << 13);
    assert_int_equal(code_of(STD, 0), 11);
    event_raise(&meter, EVENT_MAGNET, 0); /* the next occurrence rises */
    assert_int_equal(rows_in(EVENT_LOG_ALARM), rows + 1);
    assert_int_equal(event_set_alarm(&meter, ALARM_DESCRIPTOR_1, 0), STATUS_OK);
    assert_int_equal(words[ALARM_DESCRIPTOR_1], 0);
    assert_int_equal(words[ALARM_REGISTER_1], 1u << 13);
    assert_int_equal(meter.events.logs[STD].count, 2); /* 2 and 11 */
    event_raise(&meter, EVENT_RAM_ERROR, 0);
    assert_int_equal(event_set_alarm(&meter, ALARM_ERROR_REGISTER, 0), STATUS_OK);
    assert_int_equal(words[ALARM_ERROR_REGISTER], 0);
    assert_int_equal(words[ALARM_REGISTER_1], 1u << 13 | 1u << 9);
    assert_int_equal(code_of(STD, 0), 10);
    /* a filter stops the descriptor only */
    assert_int_equal(event_set_alarm(&meter, ALARM_FILTER_WORD_2, 0), STATUS_OK);
    rows = rows_in(EVENT_LOG_ALARM);
    event_raise(&meter, EVENT_REVERSAL, 0);
    assert_int_equal(words[ALARM_REGISTER_2] & 1u << 10, 1u << 10);
    assert_int_equal(words[ALARM_DESCRIPTOR_2] & 1u << 10, 0);
    assert_int_equal(rows_in(EVENT_LOG_ALARM), rows);
    /* (h) */
    uint32_t before[ALARM_WORDS];
    memcpy(before, words, sizeof before);
    power_up();
    before[ALARM_REGISTER_2] |= 3; /* 1 and 2, which the filter now holds back */
    assert_memory_equal(before, words, sizeof before);
    /* a flash that does not take it: nothing changes, nothing is logged */
    board.flash_dead = true;
    assert_int_equal(event_set_alarm(&meter, ALARM_REGISTER_1, 0), STATUS_FAILED);
    assert_memory_equal(before, words, sizeof before);
}

static void nothing_is_written_when_nothing_changes(void **state)
{
    (void)state;
    seconds(10);
    struct nor *nor = test_board_flash(&board);
    const struct alarm *a = &meter.events.alarm;
    event_raise(&meter, EVENT_MAGNET, 0);
    uint32_t operations = nor->operations;
    enum status status;
    struct alarm same = *a;
    assert_false(alarm_raise(&same, &meter.memory.settings, 13, NONE, &status));
    assert_int_equal(status, STATUS_OK);
    assert_int_equal(event_set_alarm(&meter, ALARM_REGISTER_1, 0xFFFFFFFF), STATUS_OK);
    assert_int_equal(nor->operations, operations);
}

/* Logs --------------------------------------------------------------------------------------------------------------
 */

static void codes_and_counters_come_back(void **state)
{
    (void)state;
    event_raise(&meter, EVENT_CONFIGURATION_CHANGED, 13);
    event_raise(&meter, EVENT_MAGNET, 0);
    event_raise(&meter, EVENT_MAGNET_GONE, 0);
    event_raise(&meter, EVENT_OVER_CURRENT, 0);
    struct events before = meter.events;
    assert_int_equal(meter_init(&meter, &board, &identity, &metrology_nominal, RATE_HZ), STATUS_OK);
    for (unsigned k = 0; k < EVENT_LOGS; k++) {
        assert_int_equal(meter.events.logs[k].code, before.logs[k].code);
        assert_int_equal(meter.events.logs[k].count, before.logs[k].count);
        assert_int_equal(meter.events.logs[k].sub_code, before.logs[k].sub_code);
    }
    assert_int_equal(before.logs[STD].sub_code, 13);
}

static void a_cleared_log_begins_with_255_and_counts_on(void **state)
{
    for (enum event_log_kind k = 0; k < EVENT_LOGS; k++) {
        start(state);
        for (unsigned i = 0; i < 5; i++) {
            event_raise(&meter, EVENT_MAGNET, 0);
            event_raise(&meter, EVENT_OVER_CURRENT, 0);
            event_raise(&meter, EVENT_LOCAL_SESSION, 0);
        }
        uint32_t count = meter.events.logs[k].count;
        assert_int_equal(event_clear(&meter, k), STATUS_OK);
        assert_int_equal(rows_in(k), 1);
        assert_int_equal(code_of(k, 0), 255);
        assert_int_equal(meter.events.logs[k].count, count + 1);
        assert_int_equal(meter.events.logs[k].code, 255);
        event_raise(&meter, EVENT_BATTERY_LOW, 0);
        assert_int_equal(code_of(k, rows_in(k) - 1), 255);
        power_up();
        assert_true(meter.events.logs[k].count >= count + 1);
    }
    assert_int_equal(event_clear(&meter, EVENT_LOG_POWER_FAILURE), STATUS_OK);
    assert_int_equal(rows_in(EVENT_LOG_POWER_FAILURE), 0);
}

static void logs_keep_their_newest_rows(void **state)
{
    static const struct {
        enum event_log_kind log;
        enum event event;
        uint32_t rows;
    } logs[] = { { EVENT_LOG_STANDARD, EVENT_FIRMWARE_READY, 200 },
                 { EVENT_LOG_FRAUD, EVENT_MAGNET, 100 },
                 { EVENT_LOG_POWER_QUALITY, EVENT_OVER_CURRENT, 200 },
                 { EVENT_LOG_COMMUNICATION, EVENT_LOCAL_SESSION, 100 } };
    (void)state;
    for (size_t i = 0; i < sizeof logs / sizeof logs[0]; i++) {
        for (unsigned n = 0; n < 1000; n++) {
            meter.clock.utc_s = START_S + 1000 * (int64_t)i + n;
            event_raise(&meter, logs[i].event, 0);
            event_step(&meter);
        }
        assert_int_equal(rows_in(logs[i].log), logs[i].rows);
        assert_int_equal(row_of(logs[i].log, logs[i].rows - 1).stamp_s, START_S + 1000 * i + 1000 - logs[i].rows);
    }
    assert_false(meter.memory.failing);
    assert_int_equal(test_board_flash(&board)->violations, 0);
}

/* A cut of the power at every flash operation of an event: its row is there or not, and the counter with it. */
static void cuts_during_an_event(void **state)
{
    for (uint32_t cut = 1; cut < 40; cut++) {
        start(state);
        struct nor *nor = test_board_flash(&board);
        uint32_t count = meter.events.logs[FRAUD].count;
        nor_cut(nor, cut, NOR_TEAR_HALF, cut);
        event_raise(&meter, EVENT_MAGNET, 0);
        (void)event_clear(&meter, EVENT_LOG_COMMUNICATION);
        bool was_cut = nor->off;
        nor_power_on(nor);
        assert_int_equal(meter_init(&meter, &board, &identity, &metrology_nominal, RATE_HZ), STATUS_OK);
        uint32_t rows = rows_in(FRAUD);
        assert_true(rows == 0 || rows == 1);
        assert_int_equal(meter.events.logs[FRAUD].count, count + rows);
        if (!was_cut) {
            assert_int_equal(rows, 1);
            assert_true(cut > 5);
            return;
        }
    }
    fail();
}

static unsigned how_often(enum event_log_kind kind, int code)
{
    unsigned count = 0;
    for (uint32_t age = 0; age < rows_in(kind); age++) {
        count += code_of(kind, age) == code;
    }
    return count;
}

/* A cut at every flash operation of a sag that begins and a cover that is opened: what goes on after the restart is
 * told of at least once, at the most twice, and its end once. */
static void a_cut_never_loses_what_begins(void **state)
{
    bool was_cut = true;
    for (uint32_t cut = 1; was_cut; cut++) {
        start(state);
        seconds(20);
        window.voltage_uv = 200000000;
        seconds(58);
        nor_cut(test_board_flash(&board), cut, (enum nor_tear)(cut % 4), cut);
        board.sensor_active[BOARD_METER_COVER] = true;
        seconds(4);
        was_cut = test_board_flash(&board)->off;
        nor_power_on(test_board_flash(&board));
        power_up();
        seconds(90);
        assert_in_range(how_often(PQ, 76), 1, was_cut ? 2 : 1);
        assert_in_range(how_often(FRAUD, 44), 1, was_cut ? 2 : 1);
        assert_in_range(meter.supervision.sensors[BOARD_METER_COVER].count, 1, how_often(FRAUD, 44));
        assert_int_equal(meter.events.alarm.words[ALARM_REGISTER_1] & 1u << 13, 1u << 13);
        assert_int_equal(meter.events.alarm.words[ALARM_REGISTER_2] & 1u << 25, 1u << 25);
        window.voltage_uv = 230000000;
        board.sensor_active[BOARD_METER_COVER] = false;
        seconds(20);
        assert_int_equal(how_often(PQ, 85), 1);
        assert_int_equal(how_often(FRAUD, 45), 1);
        assert_true(was_cut || cut > 8);
        assert_true(cut < 100);
    }
}

/* Changes of the configuration ----------------------------------------------------------------------------------------
 */

static unsigned told(uint16_t *sub_codes)
{
    unsigned count = 0;
    for (uint32_t age = 0; age < rows_in(STD); age++) {
        struct profile_row row = row_of(STD, age);
        if (row.columns[0] == 47) {
            sub_codes[count++] = (uint16_t)(row.columns[1] << 8 | row.columns[2]);
        }
    }
    return count;
}

static void one_event_47_for_each_group_in_an_association(void **state)
{
    uint16_t sub_codes[10] = { 0 };
    (void)state;
    assert_int_equal(setting_set_number(&meter, SETTING_OVER_CURRENT_LIMIT, 90000), STATUS_OK);
    event_changed(&meter, true);
    assert_int_equal(told(sub_codes), 1);
    assert_int_equal(sub_codes[0], 5);
    assert_int_equal(setting_set_number(&meter, SETTING_OVER_CURRENT_DELAY, 9), STATUS_OK);
    event_changed(&meter, false);
    assert_int_equal(told(sub_codes), 1);
    assert_int_equal(setting_set_octets(&meter, SETTING_SECRET_READER, (const uint8_t *)"x", 1), STATUS_OK);
    event_changed(&meter, false);
    assert_int_equal(told(sub_codes), 2);
    assert_int_equal(sub_codes[0], 13);
    assert_int_equal(code_of(FRAUD, 0), 249);
    assert_int_equal(event_set_alarm(&meter, ALARM_FILTER_WORD_1, 1), STATUS_OK);
    event_changed(&meter, false);
    assert_int_equal(told(sub_codes), 3);
    assert_int_equal(sub_codes[0], 11);
    assert_int_equal(setting_set_number(&meter, SETTING_OVER_CURRENT_DELAY, 10), STATUS_OK);
    event_changed(&meter, true); /* another association */
    assert_int_equal(told(sub_codes), 4);
    assert_int_equal(setting_set_number(&meter, SETTING_OVER_CURRENT_DELAY, 65536), STATUS_RANGE);
    event_changed(&meter, false);
    assert_int_equal(told(sub_codes), 4);
}

/* Through the meter
 * ---------------------------------------------------------------------------------------------------- */

static void the_start_is_told_of(void **state)
{
    (void)state;
    assert_int_equal(rows_in(STD), 1);
    assert_int_equal(code_of(STD, 0), 2);
    seconds(100);
    power_down();
    board.rtc_s += 179;
    power_up();
    assert_int_equal(code_of(STD, 0), 2);
    assert_int_equal(code_of(STD, 1), 1);
    assert_int_equal(row_of(STD, 1).stamp_s, START_S + 100);
    assert_int_equal(rows_in(EVENT_LOG_POWER_FAILURE), 0);
    power_down();
    board.rtc_s += 3600;
    board.watchdog = true;
    power_up();
    assert_int_equal(code_of(STD, 0), 15);
    assert_int_equal(code_of(STD, 1), 2);
    assert_int_equal(rows_in(EVENT_LOG_POWER_FAILURE), 1);
    assert_int_equal(number(row_of(EVENT_LOG_POWER_FAILURE, 0).columns), 3600);
}

static void a_sag_is_logged_with_its_values(void **state)
{
    (void)state;
    seconds(20);
    window.voltage_uv = 200000000;
    seconds(61);
    assert_int_equal(rows_in(PQ), 1);
    struct profile_row row = row_of(PQ, 0);
    assert_int_equal(row.columns[0], 76);
    assert_int_equal(row.columns[1] << 8 | row.columns[2], 2000);
    assert_int_equal(number(row.columns + 3), 5000);
    window.voltage_uv = 230000000;
    power_up(); /* not told of again, but its end is */
    seconds(40);
    assert_int_equal(rows_in(PQ), 2);
    assert_int_equal(code_of(PQ, 0), 85);
    assert_int_equal(meter.supervision.conditions.statistics[CONDITION_UNDER_VOLTAGE].count, 1);
    assert_int_equal(meter.supervision.conditions.statistics[CONDITION_UNDER_VOLTAGE].magnitude_dv, 2000);
}

static void covers_are_counted_and_timed(void **state)
{
    (void)state;
    seconds(10);
    board.sensor_active[BOARD_TERMINAL_COVER] = true;
    seconds(30);
    assert_int_equal(code_of(FRAUD, 0), 40);
    board.sensor_active[BOARD_TERMINAL_COVER] = false;
    seconds(10);
    assert_int_equal(code_of(FRAUD, 0), 41);
    power_up();
    const struct supervision_sensor *s = &meter.supervision.sensors[BOARD_TERMINAL_COVER];
    assert_int_equal(s->count, 1);
    assert_int_equal(s->last_s, START_S + 11);
    assert_int_equal(s->duration_s, 30);
    assert_int_equal(s->total_s, s->duration_s);
}

/* Magnet and meter cover for 5,000 s with an outage in every hundred: a tamperer gains nothing by interrupting. */
static void durations_go_on_over_outages(void **state)
{
    const struct supervision_sensor *magnet = &meter.supervision.sensors[BOARD_MAGNET];
    const struct supervision_sensor *cover = &meter.supervision.sensors[BOARD_METER_COVER];
    (void)state;
    seconds(10);
    board.sensor_active[BOARD_MAGNET] = true; /* begins in its third second, which counts */
    for (int i = 0; i < 50; i++) {
        seconds(100);
        board.sensor_active[BOARD_METER_COVER] = i >= 19; /* from 2,000 s on */
        power_down();
        board.rtc_s += 7;
        power_up();
        assert_int_equal(magnet->count, 1);
        assert_int_equal(magnet->duration_s, 100 * (i + 1) - 2);
        assert_int_equal(magnet->total_s, magnet->duration_s);
    }
    /* the cover was opened while the power was off, and is judged 5 s after each start, but once only */
    assert_int_equal(cover->count, 1);
    assert_int_equal(cover->duration_s, 3000 - 5);
    board.sensor_active[BOARD_MAGNET] = board.sensor_active[BOARD_METER_COVER] = false;
    seconds(50);
    power_up();
    assert_int_equal(magnet->duration_s, 4998 + 5 + 9); /* not judged for 5 s, and it is gone after 10 */
    assert_int_equal(cover->duration_s, 2995 + 5);
    assert_int_equal(magnet->total_s, magnet->duration_s);
}

/* Sag, swell, cut: what it was, what is worse, what is neither beyond nor normal. */
static void a_sag_goes_on_over_outages(void **state)
{
    static const struct {
        uint32_t first_uv, held_uv, worse_uv, worst_uv;
        int begin;
    } cases[] = { { 200000000, 210000000, 180000000, 170000000, 76 },
                  { 260000000, 250000000, 270000000, 280000000, 79 },
                  { 110000000, 210000000, 100000000, 90000000, 82 } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        start(state);
        const struct condition_statistic *sag = &meter.supervision.conditions.statistics[i];
        seconds(10);
        window.voltage_uv = cases[i].first_uv;
        seconds(100);
        window.voltage_uv = cases[i].worse_uv;
        seconds(50);
        window.voltage_uv = cases[i].held_uv;
        seconds(20);
        power_down();
        power_up();
        assert_int_equal(sag->duration_s, 150);
        assert_int_equal(sag->magnitude_dv, cases[i].worse_uv / 100000);
        seconds(1);
        power_down(); /* in the first seconds after a start nothing is judged, and nothing is lost */
        power_up();
        assert_int_equal(sag->duration_s, 150);
        window.voltage_uv = cases[i].worst_uv;
        seconds(15);
        power_down();
        power_up();
        assert_int_equal(sag->count, 1);
        assert_int_equal(sag->duration_s, 160);
        assert_int_equal(sag->magnitude_dv, cases[i].worst_uv / 100000);
        window.voltage_uv = 230000000;
        seconds(30);
        power_up();
        assert_int_equal(sag->duration_s, 160);
        assert_int_equal(how_often(PQ, cases[i].begin), 1);
        assert_int_equal(how_often(PQ, 85), 1);
    }
}

static void turn_something(void)
{
    static const uint32_t voltages_uv[] = { 230000000, 230000000, 200000000, 260000000, 210000000 };
    unsigned which = (unsigned)rand() % 8;
    if (which < BOARD_SENSOR_COUNT) {
        board.sensor_active[which] = rand() % 2 == 0;
    } else {
        window.voltage_uv = voltages_uv[rand() % 5];
    }
    window.duration_us = rand() % 4 == 0 ? 7000000 : 1000000; /* as at high speed: seconds that are judged together */
    seconds(rand() % 90);
}

/* Counts are right, durations are at most `lost_s` too short. */
static void durations_are(const struct supervision *was, uint32_t lost_s)
{
    const struct supervision *is = &meter.supervision;
    for (unsigned k = 0; k < BOARD_SENSOR_COUNT; k++) {
        assert_int_equal(is->sensors[k].count, was->sensors[k].count);
        assert_int_equal(is->sensors[k].last_s, was->sensors[k].last_s);
        assert_in_range(was->sensors[k].duration_s - is->sensors[k].duration_s, 0, lost_s);
        assert_in_range(was->sensors[k].total_s - is->sensors[k].total_s, 0, lost_s);
    }
    for (unsigned k = 0; k < CONDITION_STATISTICS; k++) {
        assert_int_equal(is->conditions.statistics[k].count, was->conditions.statistics[k].count);
        assert_true(is->conditions.statistics[k].duration_s <= was->conditions.statistics[k].duration_s);
    }
}

/* What stood in RAM at the warning stands there after it, whatever began and ended before. Without a warning it is
 * never more than that, and at most what has passed since the last checkpoint less. */
static void with_a_warning_no_duration_is_lost(void **state)
{
    (void)state;
    srand(11);
    all_pass();
    window.energy.active_import_nj = 0; /* no checkpoint but those of the periods */
    for (int i = 0; i < 1500; i++) {
        turn_something();
        bool warned = rand() % 3 != 0;
        memory_checkpoint(&meter, false);
        uint32_t checkpoint_s = meter.supply.operating_s;
        for (int more = rand() % 4; more > 0; more--) {
            turn_something();
        }
        struct supervision before = meter.supervision;
        uint32_t operating_s = meter.supply.operating_s;
        if (warned) {
            power_down();
        }
        power_up();
        durations_are(&before, warned ? 0 : operating_s - checkpoint_s);
        unsigned latest = before.conditions.latest;
        if (warned) {
            assert_int_equal(meter.supply.operating_s, operating_s);
            assert_memory_equal(&meter.supervision.conditions.statistics[latest], &before.conditions.statistics[latest],
                                sizeof before.conditions.statistics[latest]);
        }
    }
    assert_false(meter.memory.failing);
}

/* A cut at every flash operation of a cover that is closed: its times are those of the open cover, never of the meter's
 * whole life, and never negative. */
static void a_cut_while_a_cover_is_closed(void **state)
{
    bool was_cut = true;
    for (uint32_t cut = 1; was_cut; cut++) {
        start(state);
        window.energy.active_import_nj = 0;
        seconds(10);
        board.sensor_active[BOARD_METER_COVER] = true;
        seconds(30);
        memory_checkpoint(&meter, false);
        seconds(10);
        nor_cut(test_board_flash(&board), cut, (enum nor_tear)(cut % 4), cut);
        board.sensor_active[BOARD_METER_COVER] = false;
        seconds(2);
        was_cut = test_board_flash(&board)->off;
        nor_power_on(test_board_flash(&board));
        power_up();
        seconds(10);
        const struct supervision_sensor *s = &meter.supervision.sensors[BOARD_METER_COVER];
        assert_int_equal(s->count, 1);
        assert_in_range(s->duration_s, 30 + 5, 40 + 5); /* judged again 5 s after the start */
        assert_int_equal(s->total_s, s->duration_s);
        assert_true(cut < 30);
    }
}

/* A record of another layout: nothing is known, so nothing is made up. */
static void without_its_record_a_sensor_has_no_times(void **state)
{
    static const uint8_t unknown[] = { 9, 1, 2, 3 };
    (void)state;
    seconds(1000);
    board.sensor_active[BOARD_MAGNET] = true;
    seconds(100);
    assert_int_equal(settings_set(&meter.memory.settings, 0x100F, unknown, sizeof unknown), STATUS_OK);
    power_down();
    power_up();
    assert_int_equal(meter.supervision.sensors[BOARD_MAGNET].total_s, 0);
    assert_int_equal(meter.supply.operating_s, 1100);
}

static void a_lost_clock_is_told_of_at_once_and_once(void **state)
{
    (void)state;
    seconds(20);
    power_down();
    board.rtc_kept = false;
    board.rtc_s = 0;
    power_up();
    assert_int_equal(code_of(STD, 0), 6);
    assert_int_equal(meter.events.alarm.words[ALARM_REGISTER_1] & 1, 1);
    seconds(20);
    power_up();
    seconds(20);
    assert_int_equal(how_often(STD, 6), 1);
    board.rtc_kept = true; /* set: the next loss is another one */
    meter.clock.invalid = false;
    seconds(20);
    power_down();
    board.rtc_kept = false;
    power_up();
    assert_int_equal(how_often(STD, 6), 2);
}

/* Rows that rot are no reset. The ones that are gone are the whole log. */
static void a_log_that_has_rotted_was_not_cleared(void **state)
{
    (void)state;
    event_raise(&meter, EVENT_MAGNET_GONE, 0);
    assert_int_equal(event_clear(&meter, FRAUD), STATUS_OK);
    for (unsigned i = 0; i < 300; i++) {
        event_raise(&meter, EVENT_MAGNET, 0);
        event_step(&meter);
    }
    assert_int_equal(how_often(FRAUD, 255), 0); /* out of reach by now */
    struct board_region region = memory_region(MEMORY_FRAUD_LOG);
    uint8_t *blocks = test_board_flash(&board)->octets + region.first * BOARD_FLASH_BLOCK;
    for (unsigned b = 0; b < region.blocks; b++) {
        for (unsigned i = 1024; i < BOARD_FLASH_BLOCK; i++) {
            blocks[b * BOARD_FLASH_BLOCK + i] = 0; /* not the headers, and some rows of each block */
        }
        memset(blocks + b * BOARD_FLASH_BLOCK + FLASHLOG_HEADER + meter.events.profiles[FRAUD].log.descriptor_size, 0,
               1024 - FLASHLOG_HEADER - meter.events.profiles[FRAUD].log.descriptor_size);
    }
    power_up();
    assert_int_equal(meter.events.logs[FRAUD].code, 43); /* what was kept at the reset */
    assert_int_equal(meter.events.logs[FRAUD].count, 1);
    assert_in_range(rows_in(FRAUD), 1, 100);
}

/* The chip leaps over the switch: nobody saw it pass. */
static void a_leap_over_the_switch_is_no_switch(void **state)
{
    (void)state;
    int64_t spring_s = calendar_seconds(&(struct calendar_time){ .year = 2026, .month = 3, .day = 29, .hour = 1 });
    meter.clock.dst_enabled = true;
    board.rtc_s = spring_s - 200;
    seconds(70);
    board.rtc_s = spring_s + 60;
    seconds(70);
    assert_int_equal(how_often(STD, 3), 0);
}

/* A minute every hour is measured: enough for the 60 s that the event asks for, so it is told of in the first. */
static void a_low_battery_is_told_of_in_the_first_minute(void **state)
{
    (void)state;
    board.battery_cv = 299;
    seconds(5 + 59);
    assert_int_equal(how_often(STD, 8), 0);
    seconds(1);
    assert_int_equal(how_often(STD, 8), 1);
}

static void the_quality_of_the_voltage_needs_a_clock(void **state)
{
    for (int valid = 0; valid < 2; valid++) {
        start(state);
        if (valid == 0) {
            board.rtc_kept = false;
            power_up();
        }
        window.voltage_uv = 200000000;
        seconds(53 * 600);
        assert_int_equal(how_often(PQ, 92), valid);
        assert_int_equal(meter.supervision.quality.outside, valid ? 51 : 0);
    }
}

static void clock_and_battery(void **state)
{
    (void)state;
    seconds(10);
    meter.clock.dst_enabled = true;
    board.battery_cv = 299;
    seconds(4000);
    assert_int_equal(code_of(STD, 0), 8);
    meter.clock.utc_s += 20;
    board.rtc_s += 20;
    meter_clock_set(&meter, meter.clock.utc_s - 20);
    assert_int_equal(code_of(STD, 0), 5);
    assert_int_equal(code_of(STD, 1), 4);
    assert_int_equal(row_of(STD, 0).stamp_s - row_of(STD, 1).stamp_s, 20);
    uint32_t rows = rows_in(STD);
    meter_clock_set(&meter, meter.clock.utc_s - 10); /* up to the limit: nothing */
    assert_int_equal(rows_in(STD), rows);
    /* 2025-12-25 is START_S: to the last Sunday of March 2026, 01:00 UTC, without a set that is told of */
    int64_t spring_s = calendar_seconds(&(struct calendar_time){ .year = 2026, .month = 3, .day = 29, .hour = 1 });
    board.rtc_s = spring_s - 5;
    seconds(10);
    assert_int_equal(code_of(STD, 0), 3);
    assert_int_equal(row_of(STD, 0).stamp_s, spring_s - 1);
    board.rtc_kept = false;
    power_up();
    seconds(10);
    assert_int_equal(code_of(STD, 0), 6);
    assert_int_equal(meter.events.alarm.words[ALARM_REGISTER_1] & 3, 3);
}

/* Self-test
 * ------------------------------------------------------------------------------------------------------------- */

static void a_program_that_has_changed(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof board.program; i++) {
        board.program[i] = (uint8_t)(i * 31);
    }
    board.program_crc = crc32_add(0, board.program, sizeof board.program);
    board.has_program = true;
    seconds(2 * 3600 + 100);
    assert_int_equal(code_of(STD, 0), 2);
    board.program[4999] ^= 0x10;
    seconds(3600 + 10);
    assert_int_equal(code_of(STD, 0), 12);
    assert_int_equal(meter.events.alarm.words[ALARM_ERROR_REGISTER], 1u << 8);
    uint32_t rows = rows_in(STD);
    seconds(2 * 3600);
    assert_int_equal(rows_in(STD), rows);
    power_up(); /* and at boot */
    seconds(10);
    assert_int_equal(code_of(STD, 0), 12);
}

static void ram_that_does_not_hold(void **state)
{
    (void)state;
    seconds(100);
    assert_int_equal(code_of(STD, 0), 2);
    meter.supervision.selftest.area[17] ^= 0x04;
    seconds(1);
    assert_int_equal(code_of(STD, 0), 13);
    assert_int_equal(meter.events.alarm.words[ALARM_ERROR_REGISTER], 1u << 9);
    uint32_t rows = rows_in(STD);
    for (int i = 0; i < 100; i++) { /* a cell that is stuck: once */
        meter.supervision.selftest.area[17] &= 0xFB;
        seconds(1);
    }
    assert_int_equal(rows_in(STD), rows);
    seconds(100);
    meter.guard_after++; /* something wrote past the end */
    seconds(2);
    assert_int_equal(rows_in(STD), rows + 1);
    seconds(100);
    meter.guard_before = 0;
    seconds(2);
    assert_int_equal(rows_in(STD), rows + 2);
}

static void flash_that_fails(void **state)
{
    (void)state;
    seconds(10);
    board.flash_dead = true;
    event_raise(&meter, EVENT_MAGNET, 0);
    seconds(10);
    assert_int_equal(meter.events.logs[STD].code, 14); /* in RAM: the row cannot be written */
    assert_int_equal(meter.events.alarm.words[ALARM_ERROR_REGISTER], 1u << 10);
    assert_int_equal(meter.events.alarm.words[ALARM_DESCRIPTOR_1], 1u << 10 | 1u << 13);
    uint32_t count = meter.events.logs[STD].count;
    seconds(100);
    assert_int_equal(meter.events.logs[STD].count, count);
}

static void the_measuring_system(void **state)
{
    (void)state;
    seconds(10);
    window.flags = METROLOGY_CLIPPED;
    seconds(5);
    assert_int_equal(code_of(STD, 0), 16);
    assert_int_equal(row_of(STD, 0).columns[2], 1);
    assert_int_equal(meter.events.alarm.words[ALARM_ERROR_REGISTER], 1u << 11);
    window.flags = 0; /* what one second held is not held against the next */
    seconds(100);
    window.flags = METROLOGY_CLIPPED;
    seconds(5);
    assert_int_equal(how_often(STD, 16), 2);
}

/* Beyond 999,999.999 kWh, either way. */
static void a_net_register_that_is_full(void **state)
{
    for (int exporting = 0; exporting < 2; exporting++) {
        start(state);
        seconds(10);
        meter.energy.registers[exporting ? ENERGY_ACTIVE_EXPORT : ENERGY_ACTIVE_IMPORT].milli = UINT64_C(1000001000000);
        seconds(5);
        assert_int_equal(code_of(STD, 0), 16);
        assert_int_equal(row_of(STD, 0).columns[2], 4);
    }
}

/* Architecture 6: the default, and an event. It is told once, at the first start after it; a cut right after that start
 * has written its own records loses nothing. */
static void a_rotten_setting_raises_event_14(void **state)
{
    static const char id[] = "rot of this is told";
    struct nor *nor = test_board_flash(&board);
    (void)state;
    assert_int_equal(setting_set_octets(&meter, SETTING_UTILITY_ID, (const uint8_t *)id, sizeof id - 1), STATUS_OK);
    seconds(10);
    power_down();
    power_up();
    seconds(10);
    assert_int_equal(meter.events.alarm.words[ALARM_ERROR_REGISTER], 0);
    power_down();
    size_t at = 0;
    while (memcmp(nor->octets + at, id, sizeof id - 1) != 0) {
        at++;
    }
    nor->octets[at] ^= 0x10;
    power_up();
    power_up(); /* cut before its first second */
    uint32_t events = meter.events.logs[STD].count;
    seconds(1);
    assert_int_equal(meter.events.logs[STD].count, events + 1);
    assert_int_equal(code_of(STD, 0), 14);
    assert_int_equal(meter.events.alarm.words[ALARM_ERROR_REGISTER], 1u << 10);
    assert_int_equal(meter.utility_id.size, 0);
    power_down();
    power_up();
    events = meter.events.logs[STD].count;
    seconds(10);
    assert_int_equal(meter.events.logs[STD].count, events);
}

/* The contact, and a cover that has a sensor and is open: nothing less. Both passwords, an event 249 for each. */
static void the_passwords_of_the_factory_come_back_with_the_cover_open_only(void **state)
{
    for (unsigned i = 0; i < 8; i++) {
        bool all = i == 7;
        start(state);
        for (unsigned k = 0; k < METER_SECRET_COUNT; k++) {
            assert_int_equal(
                setting_set_octets(&meter, (enum setting)(SETTING_SECRET_READER + k), (const uint8_t *)"mine", 4),
                STATUS_OK);
        }
        uint32_t rows = rows_in(FRAUD);
        board.reset_contact = (i & 1) != 0;
        board.has_sensor[BOARD_METER_COVER] = (i & 2) != 0;
        board.sensor_active[BOARD_METER_COVER] = (i & 4) != 0;
        power_up();
        assert_int_equal(meter.secrets[METER_SECRET_READER].size, all ? 8 : 4);
        assert_int_equal(meter.secrets[METER_SECRET_ADMINISTRATOR].size, all ? 8 : 4);
        assert_int_equal(rows_in(FRAUD) - rows, all ? 2 : 0);
        if (all) {
            assert_int_equal(code_of(FRAUD, 0), 249);
            assert_int_equal(code_of(FRAUD, 1), 249);
        }
    }
}

static void nothing_before_the_start(void **state)
{
    start(state);
    assert_int_equal(meter_init(&meter, &board, &identity, &metrology_nominal, RATE_HZ), STATUS_OK);
    uint32_t rows = rows_in(STD);
    event_raise(&meter, EVENT_MAGNET, 0);
    seconds(100);
    assert_int_equal(rows_in(STD), rows);
    assert_int_equal(rows_in(FRAUD), 0);
}

/* Flapping --------------------------------------------------------------------------------------------------- */

enum { DAY_S = 86400, RATED_ERASES = 100000 };

/* What a day has cost: new rows by the counters of the logs, programmings, erases of all blocks, and the most of one.
 */
struct cost {
    uint32_t quality, fraud, alarm, operations, erases, worst;
};

static struct cost cost_so_far(void)
{
    const struct nor *nor = test_board_flash(&board);
    struct cost cost = { .quality = meter.events.logs[PQ].count,
                         .fraud = meter.events.logs[FRAUD].count,
                         .alarm = meter.events.logs[EVENT_LOG_ALARM].count,
                         .operations = nor->operations };
    for (unsigned i = 0; i < MEMORY_BLOCKS; i++) {
        cost.erases += nor->erases[i];
        cost.worst = nor->erases[i] > cost.worst ? nor->erases[i] : cost.worst;
    }
    return cost;
}

/* A day in which the voltage is low, or the cover open, for the first `on_s` of each `cycle_s`. */
static struct cost day(const char *name, int on_s, int cycle_s, bool cover)
{
    void *unused = NULL;
    start(&unused);
    window.energy.active_import_nj = 0; /* no checkpoint of energies in the sum */
    seconds(60);
    struct cost before = cost_so_far();
    for (int s = 0; s < DAY_S; s++) {
        bool on = cycle_s > 0 && s % cycle_s < on_s;
        window.voltage_uv = on && !cover ? 200000000 : 230000000;
        board.sensor_active[BOARD_METER_COVER] = on && cover;
        seconds(1);
    }
    struct cost after = cost_so_far();
    after.quality -= before.quality;
    after.fraud -= before.fraud;
    after.alarm -= before.alarm;
    after.operations -= before.operations;
    after.erases -= before.erases;
    after.worst -= before.worst;
    printf("%-34s %5u quality, %5u fraud, %u alarm rows; %6u flash operations, %4u erases, %3u of one block\n", name,
           after.quality, after.fraud, after.alarm, after.operations, after.erases, after.worst);
    return after;
}

/* A row each for begin and end, and the record of the conditions; what a block holds does not matter that much. */
static void a_day_of_flapping_is_bounded_by_the_delays(void **state)
{
    (void)state;
    struct cost quiet = day("quiet", 0, 0, false);
    struct cost every_second = day("voltage, every second", 1, 2, false);
    assert_int_equal(every_second.quality, 0);
    assert_int_equal(every_second.alarm, 0);
    assert_int_equal(every_second.operations, quiet.operations);
    assert_int_equal(every_second.erases, quiet.erases);
    struct cost just_too_short = day("voltage, 59 s low and 11 s normal", 59, 70, false);
    assert_int_equal(just_too_short.quality, 1); /* 92: the averages of ten minutes are 205 V */
    assert_true(just_too_short.operations - quiet.operations <= DAY_S / 600);
    struct cost no_end = day("voltage, 60 s low and 9 s normal", 60, 69, false);
    assert_int_equal(no_end.quality, 2);
    assert_int_equal(no_end.alarm, 2);
    struct cost fastest = day("voltage, 60 s low and 10 s normal", 60, 70, false);
    assert_int_equal(fastest.quality, DAY_S / 70 * 2 + 1); /* 1,234 pairs: the most that the delays allow */
    assert_int_equal(fastest.alarm, 3);                    /* 76, 85 and 92, once until somebody clears the register */
    assert_true(fastest.operations - quiet.operations <= fastest.quality * 5 / 2);
    assert_true(fastest.worst * 365u * 20u < RATED_ERASES); /* for 20 years */
    struct cost cover = day("cover, 1 s open and 1 s closed", 1, 2, true);
    assert_int_equal(cover.fraud, DAY_S); /* each is evidence: section 3 gives covers no more than a debounce of 1 s */
    assert_int_equal(cover.alarm, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_event_does_what_its_row_says),
        cmocka_unit_test(a_mask_stops_log_and_alarm_unless_it_must_not),
        cmocka_unit_test_setup(the_frequency_is_delivered_masked, start),
        cmocka_unit_test_setup(alarms_follow_their_rules, start),
        cmocka_unit_test_setup(nothing_is_written_when_nothing_changes, start),
        cmocka_unit_test_setup(codes_and_counters_come_back, start),
        cmocka_unit_test(a_cleared_log_begins_with_255_and_counts_on),
        cmocka_unit_test_setup(logs_keep_their_newest_rows, start),
        cmocka_unit_test(cuts_during_an_event),
        cmocka_unit_test(a_cut_never_loses_what_begins),
        cmocka_unit_test_setup(one_event_47_for_each_group_in_an_association, start),
        cmocka_unit_test_setup(the_start_is_told_of, start),
        cmocka_unit_test_setup(a_sag_is_logged_with_its_values, start),
        cmocka_unit_test_setup(covers_are_counted_and_timed, start),
        cmocka_unit_test_setup(durations_go_on_over_outages, start),
        cmocka_unit_test(a_sag_goes_on_over_outages),
        cmocka_unit_test_setup(with_a_warning_no_duration_is_lost, start),
        cmocka_unit_test(a_cut_while_a_cover_is_closed),
        cmocka_unit_test_setup(without_its_record_a_sensor_has_no_times, start),
        cmocka_unit_test_setup(a_lost_clock_is_told_of_at_once_and_once, start),
        cmocka_unit_test_setup(a_log_that_has_rotted_was_not_cleared, start),
        cmocka_unit_test_setup(a_leap_over_the_switch_is_no_switch, start),
        cmocka_unit_test_setup(a_low_battery_is_told_of_in_the_first_minute, start),
        cmocka_unit_test(the_quality_of_the_voltage_needs_a_clock),
        cmocka_unit_test_setup(clock_and_battery, start),
        cmocka_unit_test_setup(a_program_that_has_changed, start),
        cmocka_unit_test_setup(ram_that_does_not_hold, start),
        cmocka_unit_test_setup(flash_that_fails, start),
        cmocka_unit_test_setup(the_measuring_system, start),
        cmocka_unit_test_setup(a_rotten_setting_raises_event_14, start),
        cmocka_unit_test(a_net_register_that_is_full),
        cmocka_unit_test(the_passwords_of_the_factory_come_back_with_the_cover_open_only),
        cmocka_unit_test(nothing_before_the_start),
        cmocka_unit_test(a_day_of_flapping_is_bounded_by_the_delays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
