/* What outlives the power: a meter that is started again on the same flash, after a warning and without one. */
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

#define NJ_PER_WH INT64_C(3600000000000)
#define NOON      INT64_C(852073200) /* 2026-12-31T23:00:00Z, midnight of the default local time */

static const struct identity identity = { .serial_number = "12345678" };

static struct board board;
static struct meter meter;

static void power_up(void)
{
    assert_int_equal(meter_init(&meter, &board, &identity, &metrology_nominal, 8000), STATUS_OK);
}

static int start(void **state)
{
    (void)state;
    board = (struct board){ .rtc_kept = true, .rtc_s = NOON };
    power_up();
    return 0;
}

static void power_down(void)
{
    board.failing = true;
    meter_step(&meter);
    assert_true(meter.supply.down);
    board.failing = false;
}

/* One second in which `active_nj` and `reactive_nj` (quadrant I) are booked, in so many windows. */
static void second(int64_t active_nj, int64_t reactive_nj, unsigned windows)
{
    for (unsigned i = 0; i < windows; i++) {
        struct metrology_window w = { .duration_us = 1000000 / windows,
                                      .energy = { .active_import_nj = active_nj / windows,
                                                  .reactive_q_nj = { reactive_nj / windows } } };
        meter_add_window(&meter, &w);
    }
    board.rtc_s++;
    meter_step(&meter);
}

static uint64_t nwh(enum energy_kind kind)
{
    const struct energy_register *r = &meter.energy.registers[kind];
    return r->milli * 1000000u + r->rest_nj / 3600u;
}

/* Energy ------------------------------------------------------------------------ */

static void with_a_warning_nothing_is_lost(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= 50; i++) {
        second(i * INT64_C(123456789012) % (7 * NJ_PER_WH), i * INT64_C(98765432109) % NJ_PER_WH, 5);
        struct energy before = meter.energy;
        uint32_t operating_s = meter.supply.operating_s;
        power_down();
        power_up();
        assert_memory_equal(&before, &meter.energy, sizeof before);
        assert_int_equal(meter.supply.operating_s, operating_s);
    }
}

/* Samples of 325 V and 20 A peak in phase, 50 Hz: metrology.md 2.3 has 450 V and 187.5 A at full scale. */
static size_t sine(void *context, struct board_sample *samples, size_t max, uint32_t *missed)
{
    static const double pi = 3.14159265358979323846;
    uint32_t *left = context;
    static uint32_t phase;
    size_t count = *left < max ? *left : max;
    for (size_t i = 0; i < count; i++, phase++) {
        double s = sin(2 * pi * (phase % 160) / 160);
        samples[i] = (struct board_sample){ .voltage = (int32_t)lround(325 / 450.0 * 8388607 * s),
                                            .current = (int32_t)lround(20 / 187.5 * 8388607 * s) };
        samples[i].neutral = samples[i].current;
    }
    *left -= (uint32_t)count;
    *missed = 0;
    return count;
}

/* The power goes in the middle of a window: what was sampled until then counts. 3,250 W to within the accuracy class.
 */
static void what_was_sampled_before_the_warning_is_booked(void **state)
{
    uint32_t left = 0;
    (void)state;
    board.samples = sine;
    board.context = &left;
    uint64_t total = 0;
    for (unsigned i = 0; i < 40; i++) {
        left = 8000 + 97 * i; /* ends somewhere in a window */
        total += left;
        meter_step(&meter);
        power_down();
        power_up();
    }
    uint64_t expected = total * UINT64_C(3250000000) / 8000 / 3600 * 1000; /* nWh */
    assert_true(llabs((int64_t)(nwh(ENERGY_ACTIVE_IMPORT) - expected)) < (int64_t)(expected / 100));
}

/* 100 A at 230 V is 6.39 Wh a second. What the window that runs has seen counts as lost, too. */
static void without_a_warning_at_most_ten_watt_hours_are_lost(void **state)
{
    static const unsigned windows[] = { 1, 5 };
    const int64_t second_nj = INT64_C(23000000000000);
    (void)state;
    for (unsigned w = 0; w < 2; w++) {
        for (unsigned run = 1; run <= 40; run++) {
            for (unsigned s = 0; s < run; s++) {
                second(w == 0 ? second_nj : second_nj / 2, second_nj / 2, windows[w]);
            }
            uint64_t active = nwh(ENERGY_ACTIVE_IMPORT);
            uint64_t reactive = nwh(ENERGY_REACTIVE_Q1);
            uint64_t running = (uint64_t)second_nj / 3600u / windows[w];
            power_up();
            assert_true(nwh(ENERGY_ACTIVE_IMPORT) <= active && nwh(ENERGY_REACTIVE_Q1) <= reactive);
            assert_true(active + running - nwh(ENERGY_ACTIVE_IMPORT) <= UINT64_C(10000000000));
            assert_true(reactive + running / 2 - nwh(ENERGY_REACTIVE_Q1) <= UINT64_C(10000000000));
        }
    }
}

/* The window that runs may hold twice as much as the one before it. */
static void nor_when_the_load_doubles(void **state)
{
    const int64_t window_nj = INT64_C(2300000000000); /* 200 ms at 11.5 kW */
    (void)state;
    for (unsigned run = 1; run <= 40; run++) {
        for (unsigned i = 0; i < run; i++) {
            struct metrology_window w = { .duration_us = 200000, .energy = { .active_import_nj = window_nj } };
            meter_add_window(&meter, &w);
        }
        uint64_t measured = nwh(ENERGY_ACTIVE_IMPORT) + 2 * (uint64_t)window_nj / 3600u;
        power_up();
        assert_true(measured - nwh(ENERGY_ACTIVE_IMPORT) <= UINT64_C(10000000000));
    }
}

/* 1.05 s of samples: at the warning only whole windows of them were booked, 0.9 s. */
static void the_operating_time_goes_up_to_the_warning(void **state)
{
    uint32_t left = 8400;
    (void)state;
    board.samples = sine;
    board.context = &left;
    meter_step(&meter);
    assert_int_equal(meter.supply.operating_s, 0);
    power_down();
    power_up();
    assert_int_equal(meter.supply.operating_s, 1);
}

/* However small the load was, the window that runs may be one of 33 kW. */
static void without_a_warning_the_window_that_runs_counts_too(void **state)
{
    const int64_t running_nj = 33000 * INT64_C(200000000); /* of 200 ms */
    (void)state;
    for (unsigned run = 1; run <= 240; run++) {
        int64_t small_nj = (run % 3 + 1) * NJ_PER_WH / 20;
        second(small_nj, small_nj / (run % 2 + 1), 1);
        struct board before = board;
        struct energy energy = meter.energy;
        struct memory_last last;
        memory_restore(&meter, &last); /* as a start would */
        for (unsigned i = 0; i < ENERGY_COUNT; i++) {
            uint64_t lost_milli = energy.registers[i].milli - meter.energy.registers[i].milli;
            assert_true(lost_milli + (uint64_t)running_nj / 3600000000u <= 10000);
        }
        meter.energy = energy;
        board = before;
    }
}

static void a_rotten_checkpoint_leaves_the_one_before(void **state)
{
    (void)state;
    second(NJ_PER_WH, 0, 1);
    memory_checkpoint(&meter, false);
    second(NJ_PER_WH, 0, 1);
    memory_checkpoint(&meter, false);
    struct nor *nor = test_board_flash(&board);
    struct board_region region = memory_region(MEMORY_CHECKPOINTS);
    size_t newest = 0; /* the last octet that is not blank */
    for (size_t i = 0; i < (size_t)region.blocks * BOARD_FLASH_BLOCK; i++) {
        newest = nor->octets[region.first * BOARD_FLASH_BLOCK + i] != 0xFF ? i : newest;
    }
    nor->octets[region.first * BOARD_FLASH_BLOCK + newest - 20] ^= 0x10;
    power_up();
    assert_int_equal(nwh(ENERGY_ACTIVE_IMPORT), 1000000000);
}

static void pulses_go_on_where_the_registers_are(void **state)
{
    (void)state;
    second(3 * NJ_PER_WH / 4, 0, 1);
    assert_int_equal(board.pulses[BOARD_LED_ACTIVE], 0);
    power_down();
    power_up();
    second(NJ_PER_WH / 4, 0, 1);
    second(0, 0, 1);
    assert_int_equal(board.pulses[BOARD_LED_ACTIVE], 1);
}

/* To the last nWs. */
static void pulses_begin_with_the_rest_of_the_registers(void **state)
{
    (void)state;
    second(NJ_PER_WH - 1, NJ_PER_WH - 1, 1);
    power_down();
    power_up();
    second(1, 1, 1);
    second(0, 0, 1);
    assert_int_equal(board.pulses[BOARD_LED_ACTIVE], 1);
    assert_int_equal(board.pulses[BOARD_LED_REACTIVE], 1);
}

/* A test output as it is: a pulse comes when its time has come, and none after the supply has gone. */
struct output {
    uint32_t left; /* samples; first, as sine() wants it */
    uint64_t taken;
    uint64_t due_us[64]; /* what is still to come */
    unsigned waiting, given;
};

static size_t sine_to_output(void *context, struct board_sample *samples, size_t max, uint32_t *missed)
{
    struct output *o = context;
    size_t count = sine(&o->left, samples, max, missed);
    o->taken += count;
    return count;
}

static void pulse_to_output(void *context, enum board_led led, uint32_t delay_us)
{
    struct output *o = context;
    if (led == BOARD_LED_ACTIVE) {
        assert_true(o->waiting < 64);
        o->due_us[o->waiting++] = o->taken * 125 + delay_us;
    }
}

static void give(struct output *o)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < o->waiting; i++) {
        if (o->due_us[i] <= o->taken * 125) {
            o->given++;
        } else {
            o->due_us[kept++] = o->due_us[i];
        }
    }
    o->waiting = kept;
}

/* 3,250 W is a pulse in 1.1 s; 200 outages, each somewhere in a window. Then what is owed has half a minute to come. */
static void pulses_and_registers_agree_after_any_number_of_outages(void **state)
{
    struct output o = { 0 };
    (void)state;
    board.samples = sine_to_output;
    board.pulse = pulse_to_output;
    board.context = &o;
    for (unsigned i = 0; i < 200; i++) {
        for (unsigned block = 0; block < 150; block++) {
            o.left = 61;
            meter_step(&meter);
            give(&o);
        }
        o.left = 8 * i;
        power_down();
        give(&o);
        o.waiting = 0;
        board.rtc_s += 5;
        power_up();
    }
    for (unsigned block = 0; block < 4000; block++) {
        o.left = 61;
        meter_step(&meter);
        give(&o);
    }
    uint64_t register_nwh = nwh(ENERGY_ACTIVE_IMPORT) + nwh(ENERGY_ACTIVE_EXPORT);
    assert_in_range(register_nwh / 1000000, 150000, 400000); /* mWh */
    assert_in_range(register_nwh - UINT64_C(1000000000) * o.given, 0,
                    UINT64_C(1180000000)); /* a window's 0.18 Wh more */
}

/* What is owed is not forgotten by a checkpoint before it was given, nor given twice. */
static void pulses_that_are_owed_outlive_two_outages(void **state)
{
    (void)state;
    struct metrology_window w = { .duration_us = 200000, .energy = { .active_import_nj = 3 * NJ_PER_WH } };
    meter_add_window(&meter, &w); /* three that nobody saw: the warning comes at once */
    power_down();
    power_up();
    memory_checkpoint(&meter, false);
    power_up();
    board.pulses[BOARD_LED_ACTIVE] = 0;
    for (unsigned i = 0; i < 10; i++) {
        second(0, 0, 1);
    }
    assert_int_equal(board.pulses[BOARD_LED_ACTIVE], 3);
    power_down();
    power_up();
    second(0, 0, 1);
    assert_int_equal(board.pulses[BOARD_LED_ACTIVE], 3);
}

/* Settings ---------------------------------------------------------------------- */

static void settings_survive(void **state)
{
    static const uint8_t name[] = "metering point 7";
    struct calendar_time rule = calendar_unspecified;
    (void)state;
    rule.month = 4;
    rule.day = 10;
    assert_int_equal(setting_set_number(&meter, SETTING_CLOCK_ZONE, -840), STATUS_OK);
    assert_int_equal(setting_set_number(&meter, SETTING_CLOCK_DST_DEVIATION, -120), STATUS_OK);
    assert_int_equal(setting_set_number(&meter, SETTING_CLOCK_DST_ENABLED, 1), STATUS_OK);
    assert_int_equal(setting_set_time(&meter, SETTING_CLOCK_DST_BEGIN, &rule), STATUS_OK);
    assert_int_equal(setting_set_octets(&meter, SETTING_METERING_POINT, name, sizeof name), STATUS_OK);
    assert_int_equal(setting_set_octets(&meter, SETTING_SECRET_READER, name, METER_SECRET_MAX), STATUS_OK);
    assert_int_equal(setting_set_number(&meter, SETTING_BLUETOOTH_INFORMATION_RECEIVE, 32), STATUS_OK);
    assert_int_equal(setting_set_number(&meter, SETTING_CONFIGURATION_CHANGES, UINT32_MAX), STATUS_OK);
    assert_int_equal(meter_set_demand_periods(&meter, 60), STATUS_OK);
    assert_int_equal(meter_set_demand_period(&meter, 3600), STATUS_OK);
    power_up();
    assert_int_equal(meter.clock.zone_min, -840);
    assert_int_equal(meter.clock.dst_deviation_min, -120);
    assert_true(meter.clock.dst_enabled);
    assert_int_equal(meter.clock.dst_begin.day, 10);
    assert_int_equal(meter.clock.dst_end.day, CALENDAR_DAY_LAST); /* as it was */
    assert_int_equal(meter.metering_point.size, sizeof name);
    assert_memory_equal(meter.metering_point.octets, name, sizeof name);
    assert_memory_equal(meter.secrets[METER_SECRET_READER].octets, name, METER_SECRET_MAX);
    assert_int_equal(meter.secrets[METER_SECRET_ADMINISTRATOR].size, 8);
    assert_int_equal(meter.ports.hdlc[BOARD_BLUETOOTH].information_receive, 32);
    assert_int_equal(meter.ports.hdlc[BOARD_OPTICAL].information_receive, 1030);
    assert_true(meter.configuration_changes == UINT32_MAX);
    assert_int_equal(meter.demands[3].periods, 60);
    assert_int_equal(meter.demands[0].period_s, 3600);
    assert_int_equal(setting_set_octets(&meter, SETTING_METERING_POINT, name, 0), STATUS_OK);
    power_up();
    assert_int_equal(meter.metering_point.size, 0);
}

static void every_setting_has_a_key_of_its_own(void **state)
{
#define SETTING(name, key, kind, member, least, most) key,
    static const uint16_t keys[] = {
#include "meter/setting.def"
    };
#undef SETTING
    (void)state;
    for (unsigned i = 0; i < SETTING_COUNT; i++) {
        for (unsigned k = 0; k < i; k++) {
            assert_int_not_equal(keys[i], keys[k]);
        }
        assert_true(keys[i] < MEMORY_KEY_MAXIMA);
    }
}

static void what_is_outside_its_limits_changes_nothing(void **state)
{
    (void)state;
    struct meter before = meter;
    uint32_t operations = test_board_flash(&board)->operations;
    struct calendar_time rule = meter.clock.dst_begin;
    static const uint8_t long_text[65];
    assert_int_equal(setting_set_number(&meter, SETTING_CLOCK_ZONE, -841), STATUS_RANGE);
    assert_int_equal(setting_set_number(&meter, SETTING_CLOCK_ZONE, 841), STATUS_RANGE);
    assert_int_equal(setting_set_number(&meter, SETTING_CLOCK_DST_DEVIATION, -121), STATUS_RANGE);
    assert_int_equal(setting_set_number(&meter, SETTING_CLOCK_DST_DEVIATION, 121), STATUS_RANGE);
    assert_int_equal(setting_set_number(&meter, SETTING_CLOCK_DST_ENABLED, 2), STATUS_RANGE);
    assert_int_equal(setting_set_number(&meter, SETTING_REFERENCE_VOLTAGE, 65536 + 230), STATUS_RANGE);
    assert_int_equal(setting_set_number(&meter, SETTING_CONFIGURATION_CHANGES, INT64_C(0x100000000)), STATUS_RANGE);
    assert_int_equal(setting_set_number(&meter, SETTING_POWER_FACTOR_LIMIT, 980), STATUS_RANGE);
    assert_int_equal(setting_set_octets(&meter, SETTING_SECRET_READER, long_text, 0), STATUS_RANGE);
    assert_int_equal(setting_set_octets(&meter, SETTING_SECRET_READER, long_text, 17), STATUS_RANGE);
    assert_int_equal(setting_set_octets(&meter, SETTING_METERING_POINT, long_text, 65), STATUS_RANGE);
    rule.month = CALENDAR_ANY;
    assert_int_equal(setting_set_time(&meter, SETTING_CLOCK_DST_BEGIN, &rule), STATUS_RANGE);
    rule = meter.clock.dst_begin;
    rule.hundredths = 1;
    assert_int_equal(setting_set_time(&meter, SETTING_CLOCK_DST_END, &rule), STATUS_RANGE);
    assert_int_equal(setting_set_time(&meter, SETTING_BATTERY_INSTALLED, &meter.clock.dst_begin), STATUS_RANGE);
    assert_int_equal(meter_set_demand_period(&meter, 120), STATUS_RANGE);
    assert_int_equal(meter_set_demand_periods(&meter, 0), STATUS_RANGE);
    assert_int_equal(meter_set_demand_periods(&meter, 61), STATUS_RANGE);
    assert_memory_equal(&before, &meter, sizeof before);
    assert_int_equal(test_board_flash(&board)->operations, operations);
}

/* A value of another program, or of a memory that went bad and kept its CRC: the default, and the meter says so. */
static void what_stands_there_and_cannot_be_is_the_default(void **state)
{
    static const uint8_t silly[4] = { 0xFF, 0xFF, 0xFF, 0x7F };
    (void)state;
    assert_int_equal(settings_set(&meter.memory.settings, 0x0101, silly, sizeof silly), STATUS_OK); /* zone */
    assert_int_equal(settings_set(&meter.memory.settings, 0x0102, silly, sizeof silly), STATUS_OK); /* DST begin */
    assert_int_equal(settings_set(&meter.memory.settings, 0x0401, silly, 0), STATUS_OK); /* reader's secret */
    power_up();
    assert_int_equal(meter.clock.zone_min, -60);
    assert_int_equal(meter.clock.dst_begin.month, 3);
    assert_int_equal(meter.secrets[METER_SECRET_READER].size, 8);
    assert_true(meter.memory.failing);
}

/* Secrets ------------------------------------------------------------------------ */

/* Flips a bit of the last record in the settings that holds these octets. */
static void rot(const void *octets, size_t size)
{
    struct board_region region = memory_region(MEMORY_SETTINGS);
    uint8_t *first = test_board_flash(&board)->octets + region.first * BOARD_FLASH_BLOCK;
    uint8_t *found = NULL;
    for (uint8_t *at = first; at + size <= first + region.blocks * BOARD_FLASH_BLOCK; at++) {
        found = memcmp(at, octets, size) == 0 ? at : found;
    }
    assert_non_null(found);
    found[size - 1] ^= 1;
}

static const enum setting secret_settings[] = { SETTING_SECRET_READER, SETTING_SECRET_ADMINISTRATOR,
                                                SETTING_OPTICAL_P1 };

/* The secret as it counts: 0 octets open nothing. */
static void secret_is(enum setting s, const char *text)
{
    const struct port_password *p1 = &meter.ports.local[BOARD_OPTICAL].passwords[PORT_PASSWORD_P1];
    const struct meter_secret *secret = &meter.secrets[s == SETTING_SECRET_ADMINISTRATOR];
    size_t size = s == SETTING_OPTICAL_P1 ? p1->size : secret->size;
    assert_int_equal(size, strlen(text));
    assert_memory_equal(s == SETTING_OPTICAL_P1 ? (const uint8_t *)p1->text : secret->octets, text, size);
}

static void set_secret(enum setting s, const char *text)
{
    assert_int_equal(setting_set_octets(&meter, s, (const uint8_t *)text, strlen(text)), STATUS_OK);
}

/* docs/SECURITY.md: never the factory's, whatever else stands there, and for as long as no other one is set. */
static void a_secret_that_has_rotted_opens_nothing(void **state)
{
    static const char *const of_factory[] = { "00000001", "00000002", "00000001" };
    static const char own[] = "of the owner";
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned was_reset = 0; was_reset < 2; was_reset++) {
            enum setting s = secret_settings[i];
            start(state);
            secret_is(s, of_factory[i]);
            if (was_reset == 1) { /* the factory's stands in flash, too, before it */
                set_secret(s, "another");
                assert_int_equal(setting_reset_secret(&meter, s), STATUS_OK);
                power_up();
                secret_is(s, of_factory[i]);
            }
            set_secret(s, own);
            power_up();
            secret_is(s, own);
            assert_false(memory_failed(&meter));
            rot(own, sizeof own - 1);
            for (unsigned starts = 0; starts < 3; starts++) {
                power_up();
                secret_is(s, "");
                secret_is(secret_settings[(i + 1) % 3], of_factory[(i + 1) % 3]);
                assert_true(memory_failed(&meter));
                second(NJ_PER_WH, 0, 1);
            }
            set_secret(s, "anew");
            power_up();
            secret_is(s, "anew");
            rot("anew", 4);
            power_up();
            secret_is(s, "");
            assert_int_equal(setting_reset_secret(&meter, s), STATUS_OK);
            power_up();
            secret_is(s, of_factory[i]);
        }
    }
}

/* Of the last record of all rot is not found, so that is none of a secret. */
static void a_secret_that_was_just_set_rots(void **state)
{
    for (unsigned was_reset = 0; was_reset < 2; was_reset++) {
        const char *last = was_reset == 1 ? "00000002" : "later";
        start(state);
        set_secret(SETTING_SECRET_ADMINISTRATOR, "former");
        if (was_reset == 1) {
            assert_int_equal(setting_reset_secret(&meter, SETTING_SECRET_ADMINISTRATOR), STATUS_OK);
        } else {
            set_secret(SETTING_SECRET_ADMINISTRATOR, last);
        }
        uint32_t operations = test_board_flash(&board)->operations;
        set_secret(SETTING_SECRET_ADMINISTRATOR, last); /* is there already */
        assert_int_equal(test_board_flash(&board)->operations, operations);
        rot(last, strlen(last));
        power_up();
        secret_is(SETTING_SECRET_ADMINISTRATOR, "former");
        assert_true(memory_failed(&meter));
    }
}

/* The mark that it is the owner's rots: the secret says so itself. Both must rot between two starts. */
static void a_mark_of_secrets_that_has_rotted_is_made_anew(void **state)
{
    static const uint8_t key[] = { 0x06, 0x07, 4 }; /* SPEC.md, and its size */
    static const char own[] = "of the owner";
    (void)state;
    set_secret(SETTING_SECRET_ADMINISTRATOR, own);
    second(NJ_PER_WH, 0, 1);
    rot(key, sizeof key);
    power_up();
    secret_is(SETTING_SECRET_ADMINISTRATOR, own);
    rot(own, sizeof own - 1);
    power_up();
    secret_is(SETTING_SECRET_ADMINISTRATOR, "");
}

static void rot_of_another_setting_shuts_nobody_out(void **state)
{
    static const char id[] = "a utility";
    (void)state;
    assert_int_equal(setting_set_octets(&meter, SETTING_UTILITY_ID, (const uint8_t *)id, sizeof id - 1), STATUS_OK);
    second(NJ_PER_WH, 0, 1);
    power_up();
    assert_int_equal(meter.utility_id.size, sizeof id - 1);
    rot(id, sizeof id - 1);
    power_up();
    assert_int_equal(meter.utility_id.size, 0);
    assert_true(memory_failed(&meter));
    secret_is(SETTING_SECRET_ADMINISTRATOR, "00000002");
}

/* From the factory's to the owner's and back: at any cut it is the one or the other. */
static void a_cut_while_a_secret_is_set_shuts_nobody_out(void **state)
{
    static const char *const secrets[] = { "of the owner", "00000002" };
    for (unsigned i = 0; i < 2; i++) {
        bool was_cut = true;
        for (uint32_t operation = 1; was_cut; operation++) {
            start(state);
            if (i == 1) {
                set_secret(SETTING_SECRET_ADMINISTRATOR, secrets[0]);
            }
            nor_cut(test_board_flash(&board), operation, (enum nor_tear)(operation % 4), operation);
            (void)setting_set_octets(&meter, SETTING_SECRET_ADMINISTRATOR, (const uint8_t *)secrets[i],
                                     strlen(secrets[i]));
            was_cut = test_board_flash(&board)->off;
            nor_power_on(test_board_flash(&board));
            power_up();
            bool first = meter.secrets[METER_SECRET_ADMINISTRATOR].size == strlen(secrets[0]);
            secret_is(SETTING_SECRET_ADMINISTRATOR, secrets[first ? 0 : 1]);
            assert_false(memory_failed(&meter));
            assert_true(was_cut || operation >= 3);
        }
    }
}

static void a_flash_that_takes_nothing_refuses_settings(void **state)
{
    (void)state;
    board.flash_dead = true;
    assert_int_equal(setting_set_number(&meter, SETTING_CLOCK_ZONE, 0), STATUS_FAILED);
    assert_int_equal(meter.clock.zone_min, -60);
    assert_int_equal(meter_reset_maxima(&meter), STATUS_FAILED);
    assert_int_equal(meter.maxima_reset_s, 0);
    second(20 * NJ_PER_WH, 0, 1); /* metering goes on */
    assert_true(meter.memory.failing);
    assert_int_equal(nwh(ENERGY_ACTIVE_IMPORT), 20000000000);
}

static void another_version_is_left_alone(void **state)
{
    (void)state;
    struct nor *nor = test_board_flash(&board);
    uint8_t *header = nor->octets + memory_region(MEMORY_SETTINGS).first * BOARD_FLASH_BLOCK;
    header[1] = 1; /* the records without digest */
    /* CRC-32 of the first 12 octets, by bits */
    uint32_t crc = 0xFFFFFFFF;
    for (unsigned i = 0; i < 12; i++) {
        crc ^= header[i];
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320u : 0);
        }
    }
    crc = ~crc;
    for (unsigned i = 0; i < 4; i++) {
        header[12 + i] = header[16 + 12 + i] = (uint8_t)(crc >> 8 * i);
    }
    memcpy(header + 16, header, 12);
    uint32_t operations = nor->operations;
    assert_int_equal(meter_init(&meter, &board, &identity, &metrology_nominal, 8000), STATUS_INCONSISTENT);
    assert_int_equal(nor->operations, operations);
}

/* Supply ------------------------------------------------------------------------ */

static void failures_are_counted_with_their_durations(void **state)
{
    (void)state;
    assert_int_equal(meter.supply.starts, 1);
    assert_int_equal(meter.supply.failures, 0);
    power_down();
    board.rtc_s += 179;
    power_up();
    assert_int_equal(meter.supply.failures, 1);
    assert_int_equal(meter.supply.long_failures, 0);
    assert_int_equal(meter.supply.last_failure_s, NOON);
    power_down();
    board.rtc_s += 180;
    power_up();
    assert_int_equal(meter.supply.long_failures, 1);
    assert_int_equal(meter.supply.last_long_s, 180);
    power_down();
    board.rtc_s += 5;
    power_up();
    assert_int_equal(meter.supply.starts, 4);
    assert_int_equal(meter.supply.failures, 3);
    assert_int_equal(meter.supply.long_failures, 1);
    assert_int_equal(meter.supply.last_long_s, 180);
    assert_int_equal(meter.supply.off_total_s, 179 + 180 + 5);
    assert_int_equal(meter.supply.battery_use_s, 179 + 180 + 5);
    assert_int_equal(meter.supply.last_failure_s, NOON + 179 + 180);
}

/* The power comes and goes before a new checkpoint is written: the time without it is counted once. */
static void a_start_that_is_cut_counts_no_time_twice(void **state)
{
    (void)state;
    power_down();
    board.rtc_s += 100;
    power_up();
    power_up();
    board.rtc_s += 20;
    power_up();
    assert_int_equal(meter.supply.failures, 3);
    assert_int_equal(meter.supply.off_total_s, 120);
}

static void set_clock(int64_t change_s)
{
    int64_t before_s = meter.clock.utc_s;
    struct calendar_time t = clock_local(&meter.clock, before_s + change_s, 0);
    assert_int_equal(clock_set(&meter.clock, &board, &t), STATUS_OK);
    meter_clock_set(&meter, before_s);
}

/* What was counted ends later than the next failure begins: 10 minutes, the clock 3 hours back, 2 hours. And where the
 * two overlap, and where the next one ends at the same time. */
static void failures_after_the_clock_was_set_back(void **state)
{
    static const struct {
        int64_t back_s, off_s;
    } cases[] = { { 3 * 3600, 7200 }, { 3 * 3600, 3 * 3600 }, { 660, 7200 }, { 600, 60 }, { 600, 600 }, { 1, 200 } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        start(state);
        power_down();
        board.rtc_s += 600;
        power_up();
        second(0, 0, 1);
        set_clock(-cases[i].back_s);
        second(0, 0, 1);
        int64_t went_s = meter.clock.utc_s;
        power_down();
        board.rtc_s += cases[i].off_s;
        power_up();
        assert_int_equal(meter.supply.failures, 2);
        assert_int_equal(meter.supply.off_total_s, 600 + cases[i].off_s);
        assert_int_equal(meter.supply.battery_use_s, 600 + cases[i].off_s);
        assert_int_equal(meter.supply.last_failure_s, went_s);
        assert_int_equal(meter.supply.last_off_s, cases[i].off_s);
        assert_int_equal(meter.supply.long_failures, 1 + (cases[i].off_s >= 180));
        power_up(); /* and that is counted once, too */
        board.rtc_s += 20;
        power_up();
        assert_int_equal(meter.supply.off_total_s, 600 + cases[i].off_s + 20);
    }
}

/* The chip went back by itself: doubtful until somebody sets the clock, whatever the supply does. */
static void a_doubtful_clock_stays_doubtful(void **state)
{
    (void)state;
    second(0, 0, 1);
    board.rtc_s -= 100;
    meter_step(&meter);
    assert_true(meter.clock.doubtful);
    power_down();
    power_up();
    assert_true(meter.clock.doubtful);
    assert_int_equal(clock_now(&meter.clock).status & CALENDAR_STATUS_DOUBTFUL, CALENDAR_STATUS_DOUBTFUL);
    set_clock(100);
    assert_false(meter.clock.doubtful);
    power_up();
    assert_false(meter.clock.doubtful);
}

static void a_lost_clock_gives_no_durations(void **state)
{
    (void)state;
    power_down();
    board.rtc_kept = false;
    board.rtc_s = 0;
    power_up();
    assert_true(meter.clock.invalid);
    assert_int_equal(meter.supply.failures, 1);
    assert_int_equal(meter.supply.off_total_s, 0);
    assert_int_equal(meter.supply.last_failure_s, NOON);
}

static void the_battery_is_new_at_the_first_start_and_when_it_is_replaced(void **state)
{
    (void)state;
    assert_int_equal(meter.supply.battery_installed.year, 2027);
    assert_int_equal(meter.supply.battery_installed.month, 1);
    assert_int_equal(supply_battery_remaining_s(&meter), 2 * 366 * 86400);
    power_down();
    board.rtc_s += 366 * 86400;
    power_up();
    assert_int_equal(supply_battery_remaining_s(&meter), 366 * 86400);
    struct calendar_time now = clock_now(&meter.clock);
    assert_int_equal(supply_replace_battery(&meter, &now), STATUS_OK);
    power_up();
    assert_int_equal(meter.supply.battery_use_s, 0);
    assert_int_equal(supply_battery_remaining_s(&meter), 2 * 366 * 86400);
    board.rtc_s += (int64_t)3600 * 86400; /* its life ends before its use */
    meter_step(&meter);
    assert_int_equal(supply_battery_remaining_s(&meter), 53 * 86400);
}

/* Demand: the worked examples of metrology.md 5, at 4 kW -------------------------- */

#define NJ_OF_4KW INT64_C(4000000000000)

static void run_to(int64_t at_s)
{
    while (board.rtc_s < NOON + at_s) {
        second(NJ_OF_4KW, 0, 1);
    }
}

static void shift_clock(int32_t shift_s)
{
    int64_t before_s = meter.clock.utc_s;
    assert_int_equal(clock_shift(&meter.clock, &board, shift_s), STATUS_OK);
    meter_clock_set(&meter, before_s);
}

static void last_is(uint32_t value, uint8_t status, int64_t at_s)
{
    const struct demand_average *last = &meter.demands[DEMAND_ACTIVE_IMPORT].last;
    assert_int_equal(last->value, value);
    assert_int_equal(last->status, status);
    assert_int_equal(last->at_s, NOON + at_s);
}

static void an_outage_within_a_period(void **state)
{
    (void)state;
    run_to(6 * 60);
    power_down();
    board.rtc_s += 2 * 60;
    power_up();
    run_to(15 * 60);
    last_is(3467, DEMAND_POWER_DOWN, 15 * 60);
}

static void an_outage_over_the_end_of_a_period(void **state)
{
    (void)state;
    run_to(12 * 60);
    power_down();
    board.rtc_s += 5 * 60;
    power_up();
    last_is(3200, DEMAND_POWER_DOWN | DEMAND_INCOMPLETE, 15 * 60);
    run_to(30 * 60);
    last_is(3467, DEMAND_POWER_DOWN, 30 * 60);
    assert_int_equal(meter.demands[DEMAND_ACTIVE_IMPORT].maximum.value, 3467);
}

/* The period ended without power; the start that found it is cut after its first checkpoint. */
static void a_period_that_ended_without_power_ends_once(void **state)
{
    (void)state;
    run_to(12 * 60);
    power_down();
    board.rtc_s += 5 * 60;
    power_up();
    memory_checkpoint(&meter, false);
    power_up();
    last_is(3200, DEMAND_POWER_DOWN | DEMAND_INCOMPLETE, 15 * 60);
    assert_int_equal(meter.demands[DEMAND_ACTIVE_IMPORT].maximum.value, 3200);
    run_to(30 * 60);
    last_is(3467, DEMAND_POWER_DOWN, 30 * 60);
}

/* A sliding window of 15 minutes in steps of 5, the outage from 12:00 to 17:30: by hand. 0..5 and 5..10 have 333.3
 * Wh, 10..15 has 133.3, 15..20 has 166.7. */
static void a_sliding_window_goes_on_over_restarts(void **state)
{
    (void)state;
    assert_int_equal(meter_set_demand_period(&meter, 300), STATUS_OK);
    assert_int_equal(meter_set_demand_periods(&meter, 3), STATUS_OK);
    run_to(12 * 60);
    power_down();
    board.rtc_s += 330;
    power_up();
    last_is(3200, DEMAND_POWER_DOWN | DEMAND_INCOMPLETE, 15 * 60);
    run_to(20 * 60);
    last_is(2533, DEMAND_POWER_DOWN | DEMAND_INCOMPLETE, 20 * 60);
    run_to(35 * 60);
    last_is(4000, 0, 35 * 60);
    power_up(); /* a cut just after the end of a period, without a warning */
    last_is(4000, 0, 35 * 60);
    run_to(40 * 60);
    last_is(4000, DEMAND_POWER_DOWN, 40 * 60);
}

static void maxima_and_their_sums_survive(void **state)
{
    (void)state;
    run_to(900);
    assert_int_equal(meter_reset_maxima(&meter), STATUS_OK);
    for (unsigned i = 0; i < 450; i++) {
        second(2 * NJ_OF_4KW, 0, 1);
    }
    for (unsigned i = 0; i < 450; i++) {
        second(0, 0, 1);
    }
    assert_int_equal(meter_reset_maximum(&meter, DEMAND_REACTIVE_EXPORT), STATUS_OK);
    power_up();
    const struct demand *d = &meter.demands[DEMAND_ACTIVE_IMPORT];
    assert_int_equal(d->cumulative, 4000);
    assert_int_equal(d->maximum.value, 4000);
    assert_true(d->maximum.captured);
    assert_int_equal(d->maximum.at_s, NOON + 1800);
    assert_int_equal(meter.maxima_reset_s, NOON + 1800);
}

/* The registers fell back behind the beginning of the period (their checkpoints are gone): no demand of 10^6 kW. */
static void a_window_ahead_of_its_register_begins_anew(void **state)
{
    (void)state;
    run_to(1000);
    struct board_region region = memory_region(MEMORY_CHECKPOINTS);
    memset(test_board_flash(&board)->octets + region.first * BOARD_FLASH_BLOCK, 0xFF,
           (size_t)region.blocks * BOARD_FLASH_BLOCK);
    power_up();
    assert_int_equal(nwh(ENERGY_ACTIVE_IMPORT), 0);
    run_to(1800);
    assert_in_range(meter.demands[DEMAND_ACTIVE_IMPORT].last.value, 3500, 3600); /* 800 s of 900 */
    assert_int_equal(meter.demands[DEMAND_ACTIVE_IMPORT].last.status, DEMAND_INCOMPLETE);
}

/* What the status of the running period was at the last checkpoint is not that of the next one. */
static void the_status_of_a_period_ends_with_it(void **state)
{
    (void)state;
    run_to(6 * 60);
    shift_clock(-5);
    run_to(15 * 60);
    last_is(4022, DEMAND_SHORT_OR_LONG, 15 * 60); /* 905 s of 900 */
    power_up();                                   /* without a warning, before anything else is written */
    run_to(30 * 60);
    last_is(4000, DEMAND_POWER_DOWN, 30 * 60);
}

/* The clock chip has gone back meanwhile: 100 s of the period that ran then would be in one that ends at its time. */
static void a_window_ahead_of_the_clock_begins_anew(void **state)
{
    (void)state;
    run_to(1000);
    power_down();
    board.rtc_s = NOON + 800;
    power_up();
    run_to(900);
    last_is(444, DEMAND_INCOMPLETE, 900); /* 100 s of 900 */
    run_to(1800);
    last_is(4000, 0, 1800);
    assert_int_equal(meter.demands[DEMAND_ACTIVE_IMPORT].maximum.value, 4000);
}

/* One demand's periods are ended early again and again: the rows of another one are far back in the ring. */
static void a_window_is_found_behind_the_rows_of_others(void **state)
{
    (void)state;
    assert_int_equal(meter_set_demand_period(&meter, 60), STATUS_OK);
    assert_int_equal(meter_set_demand_periods(&meter, 60), STATUS_OK);
    run_to(3600);
    for (int64_t i = 1; i <= 200; i++) {
        demand_next_period(&meter.demands[DEMAND_ACTIVE_EXPORT], &meter.clock,
                           meter_demand_milli(&meter, DEMAND_ACTIVE_EXPORT));
        run_to(3600 + i / 4);
    }
    power_down();
    power_up();
    run_to(3660);
    last_is(4000, DEMAND_POWER_DOWN, 3660);
}

/* Rot ------------------------------------------------------------------------------ */

/* A bit of the newest row but `age` in the ring of demand periods. False: there is none. */
static bool rot_row(uint32_t age)
{
    uint8_t head[4];
    uint32_t sequence = meter.demand_log.next - 1 - age;
    struct board_region region = memory_region(MEMORY_DEMAND);
    if (age >= meter.demand_log.next - meter.demand_log.oldest) {
        return false;
    }
    for (unsigned i = 0; i < 4; i++) {
        head[i] = (uint8_t)(sequence >> 8 * i);
    }
    uint8_t *octets = test_board_flash(&board)->octets + region.first * BOARD_FLASH_BLOCK;
    for (unsigned block = 0; block < region.blocks; block++, octets += BOARD_FLASH_BLOCK) {
        for (unsigned slot = 64; slot + 31 <= BOARD_FLASH_BLOCK; slot += 31) { /* SPEC.md */
            if (memcmp(octets + slot, head, 4) == 0) {
                octets[slot + 4 + 9] ^= 1; /* its register */
                return true;
            }
        }
    }
    return false;
}

/* A load of 4 kW, whatever row has rotted meanwhile: no average can be more. */
static void check_rotten_row(uint32_t period_s, uint32_t periods, uint32_t age)
{
    start(NULL);
    assert_int_equal(meter_set_demand_period(&meter, period_s), STATUS_OK);
    assert_int_equal(meter_set_demand_periods(&meter, periods), STATUS_OK);
    run_to(period_s * (periods + 5) + 100 % period_s);
    power_down();
    assert_true(rot_row(age));
    board.rtc_s += 10;
    power_up();
    power_up(); /* whatever a start has written */
    int64_t now_s = board.rtc_s - NOON;
    run_to(now_s + 5);
    power_up(); /* without a warning */
    for (uint32_t i = 0; i < periods + 2; i++) {
        run_to(now_s + period_s * (i + 1));
        assert_in_range(meter.demands[DEMAND_ACTIVE_IMPORT].last.value, 0, 4000);
        assert_int_equal(meter.demands[DEMAND_ACTIVE_IMPORT].maximum.value, 4000);
    }
    assert_int_equal(meter.demands[DEMAND_ACTIVE_IMPORT].last.value, 4000);
}

static void a_rotten_row_makes_no_maximum(void **state)
{
    (void)state;
    for (uint32_t age = 0; age < 24; age++) {
        check_rotten_row(300, 3, age);
        check_rotten_row(300, 1, age);
        check_rotten_row(60, 4, age);
    }
}

/* The newest rows of all demands have rotted, so that nothing in the ring says that there were any. */
static void rotten_newest_rows_make_no_maximum(void **state)
{
    (void)state;
    run_to(29 * 60);
    power_down();
    for (uint32_t age = 4; age-- > 0;) {
        assert_true(rot_row(age));
    }
    power_up();
    power_up(); /* the new rows have the numbers of the rotten ones */
    run_to(30 * 60);
    last_is(267, DEMAND_POWER_DOWN | DEMAND_INCOMPLETE, 30 * 60); /* a minute of 15 */
    run_to(45 * 60);
    last_is(4000, 0, 45 * 60);
}

/* Two periods of one demand are ended early, and the row of the first has rotted; those of the others are older. */
static void a_rotten_row_ends_the_window_that_it_is_in(void **state)
{
    struct demand *d = &meter.demands[DEMAND_REACTIVE_IMPORT];
    (void)state;
    assert_int_equal(meter_set_demand_period(&meter, 300), STATUS_OK);
    assert_int_equal(meter_set_demand_periods(&meter, 3), STATUS_OK);
    for (unsigned s = 1; s <= 25 * 60; s++) {
        second(0, NJ_OF_4KW, 1);
        if (s == 21 * 60 || s == 22 * 60) {
            demand_next_period(d, &meter.clock, meter_demand_milli(&meter, DEMAND_REACTIVE_IMPORT));
        }
        if (s == 23 * 60) {
            power_down();
            assert_true(rot_row(1));
            power_up();
        }
    }
    assert_int_equal(d->last.value, 800); /* 3 minutes of 15 */
    assert_int_equal(d->last.status, DEMAND_POWER_DOWN | DEMAND_SHORT_OR_LONG | DEMAND_INCOMPLETE);
}

/* A window of 15 minutes; the row of its second period has rotted: what goes on is what began after it. */
static void a_rotten_row_leaves_the_window_after_it(void **state)
{
    (void)state;
    assert_int_equal(meter_set_demand_period(&meter, 300), STATUS_OK);
    assert_int_equal(meter_set_demand_periods(&meter, 3), STATUS_OK);
    run_to(22 * 60);
    power_down();
    assert_true(rot_row(7)); /* of four demands, that of active import at 15:00 */
    power_up();
    run_to(25 * 60);
    last_is(1333, DEMAND_POWER_DOWN | DEMAND_INCOMPLETE, 25 * 60); /* 20:00 to 25:00 */
    run_to(35 * 60);
    last_is(4000, DEMAND_POWER_DOWN, 35 * 60);
}

/* The clock jumps back, and the row of the window that begins then has rotted: the one before it, whose period would
 * end at the same time, is over. */
static void a_rotten_row_of_a_jump_makes_no_maximum(void **state)
{
    (void)state;
    run_to(14 * 60);
    shift_clock(-12 * 60);
    run_to(3 * 60);
    power_down();
    assert_true(rot_row(3)); /* of four demands, that of active import */
    power_up();
    run_to(15 * 60);
    last_is(3200, DEMAND_INCOMPLETE, 15 * 60); /* 12 minutes of 15 */
    run_to(30 * 60);
    last_is(4000, 0, 30 * 60);
}

/* The clock is moved back before each restart: by 60 s in all, in a period of 60 s. */
static void shifts_and_restarts_do_not_lengthen_a_period(void **state)
{
    (void)state;
    for (unsigned warned = 0; warned < 2; warned++) {
        start(NULL);
        assert_int_equal(meter_set_demand_period(&meter, 60), STATUS_OK);
        run_to(150);
        for (unsigned i = 0; i < 6; i++) {
            shift_clock(-10);
            for (unsigned s = 0; s < 10; s++) {
                second(NJ_OF_4KW, 0, 1);
            }
            if (warned != 0) {
                power_down();
            }
            power_up();
        }
        run_to(300);
        assert_in_range(meter.demands[DEMAND_ACTIVE_IMPORT].maximum.value, 4000, 4667); /* 70 s of 60 */
    }
}

/* The status that says of a shift is in the ring, and the window is none the longer for its row. */
static void a_shift_within_a_window_leaves_the_window(void **state)
{
    (void)state;
    assert_int_equal(meter_set_demand_period(&meter, 300), STATUS_OK);
    assert_int_equal(meter_set_demand_periods(&meter, 3), STATUS_OK);
    run_to(16 * 60);
    shift_clock(6);
    run_to(22 * 60);
    shift_clock(-6);
    shift_clock(3);
    for (unsigned i = 0; i < 6; i++) {
        second(NJ_OF_4KW, 0, 1);
    }
    power_up(); /* without a warning: that costs up to 10 Wh */
    run_to(25 * 60);
    const struct demand_average *last = &meter.demands[DEMAND_ACTIVE_IMPORT].last;
    assert_in_range(last->value, 3987 - 40, 3987); /* 897 s of 900 */
    assert_int_equal(last->status, DEMAND_POWER_DOWN | DEMAND_SHORT_OR_LONG);
}

/* Clock ------------------------------------------------------------------------- */

static void the_crystal_is_trimmed_for_its_error_and_the_temperature(void **state)
{
    (void)state;
    struct identity fast = identity;
    fast.crystal_cppm = 1250; /* 12.5 ppm */
    board = (struct board){ .rtc_kept = true, .rtc_s = NOON, .has_temperature = true, .tenths_c = 250 };
    assert_int_equal(meter_init(&meter, &board, &fast, &metrology_nominal, 8000), STATUS_OK);
    board.rtc_s += 60;
    meter_step(&meter);
    assert_int_equal(board.trim_ppb, -12500);
    board.tenths_c = -50; /* 30 degrees below the turnover point: 30.6 ppm slow */
    board.rtc_s += 60;
    meter_step(&meter);
    assert_int_equal(board.trim_ppb, -12500 + 30600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(with_a_warning_nothing_is_lost, start),
        cmocka_unit_test_setup(what_was_sampled_before_the_warning_is_booked, start),
        cmocka_unit_test_setup(without_a_warning_at_most_ten_watt_hours_are_lost, start),
        cmocka_unit_test_setup(nor_when_the_load_doubles, start),
        cmocka_unit_test_setup(the_operating_time_goes_up_to_the_warning, start),
        cmocka_unit_test_setup(without_a_warning_the_window_that_runs_counts_too, start),
        cmocka_unit_test_setup(a_rotten_checkpoint_leaves_the_one_before, start),
        cmocka_unit_test_setup(pulses_go_on_where_the_registers_are, start),
        cmocka_unit_test_setup(pulses_begin_with_the_rest_of_the_registers, start),
        cmocka_unit_test_setup(pulses_and_registers_agree_after_any_number_of_outages, start),
        cmocka_unit_test_setup(pulses_that_are_owed_outlive_two_outages, start),
        cmocka_unit_test_setup(settings_survive, start),
        cmocka_unit_test_setup(every_setting_has_a_key_of_its_own, start),
        cmocka_unit_test_setup(what_is_outside_its_limits_changes_nothing, start),
        cmocka_unit_test_setup(what_stands_there_and_cannot_be_is_the_default, start),
        cmocka_unit_test_setup(a_secret_that_has_rotted_opens_nothing, start),
        cmocka_unit_test_setup(a_secret_that_was_just_set_rots, start),
        cmocka_unit_test_setup(a_mark_of_secrets_that_has_rotted_is_made_anew, start),
        cmocka_unit_test_setup(rot_of_another_setting_shuts_nobody_out, start),
        cmocka_unit_test_setup(a_cut_while_a_secret_is_set_shuts_nobody_out, start),
        cmocka_unit_test_setup(a_flash_that_takes_nothing_refuses_settings, start),
        cmocka_unit_test_setup(another_version_is_left_alone, start),
        cmocka_unit_test_setup(failures_are_counted_with_their_durations, start),
        cmocka_unit_test_setup(a_start_that_is_cut_counts_no_time_twice, start),
        cmocka_unit_test(failures_after_the_clock_was_set_back),
        cmocka_unit_test_setup(a_doubtful_clock_stays_doubtful, start),
        cmocka_unit_test_setup(a_lost_clock_gives_no_durations, start),
        cmocka_unit_test_setup(the_battery_is_new_at_the_first_start_and_when_it_is_replaced, start),
        cmocka_unit_test_setup(an_outage_within_a_period, start),
        cmocka_unit_test_setup(an_outage_over_the_end_of_a_period, start),
        cmocka_unit_test_setup(a_period_that_ended_without_power_ends_once, start),
        cmocka_unit_test_setup(a_sliding_window_goes_on_over_restarts, start),
        cmocka_unit_test_setup(maxima_and_their_sums_survive, start),
        cmocka_unit_test_setup(a_window_ahead_of_its_register_begins_anew, start),
        cmocka_unit_test_setup(the_status_of_a_period_ends_with_it, start),
        cmocka_unit_test_setup(a_window_ahead_of_the_clock_begins_anew, start),
        cmocka_unit_test_setup(a_window_is_found_behind_the_rows_of_others, start),
        cmocka_unit_test(a_rotten_row_makes_no_maximum),
        cmocka_unit_test_setup(rotten_newest_rows_make_no_maximum, start),
        cmocka_unit_test_setup(a_rotten_row_ends_the_window_that_it_is_in, start),
        cmocka_unit_test_setup(a_rotten_row_of_a_jump_makes_no_maximum, start),
        cmocka_unit_test_setup(a_rotten_row_leaves_the_window_after_it, start),
        cmocka_unit_test(shifts_and_restarts_do_not_lengthen_a_period),
        cmocka_unit_test_setup(a_shift_within_a_window_leaves_the_window, start),
        cmocka_unit_test_setup(the_crystal_is_trimmed_for_its_error_and_the_temperature, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
