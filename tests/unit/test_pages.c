/* model/pages: each screen against the number in struct meter that it shows, formatted here a second time. */
#include "model/pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drawn.h"
#include "model/model.h"
#include "test_board.h"

/* 2026-07-01T10:07:30Z, a Wednesday: 11:07:30 standard time in Budapest. */
#define START_S INT64_C(836215650)

static struct board board;
static struct meter meter;
static struct cosem_device device;

static int start(void **state)
{
    static const struct identity identity = { .serial_number = "BL0012345678" };
    (void)state;
    board = (struct board){ .rtc_kept = true, .rtc_s = START_S };
    if (meter_init(&meter, &board, &identity, &metrology_nominal, 8000) != STATUS_OK) {
        return -1;
    }
    model_init(&device, &meter);
    return 0;
}

static uint64_t random_state = 88172645463325252u;

static uint64_t any(uint64_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % below;
}

static struct display_entry entry(uint8_t class_id, uint8_t a, uint8_t c, uint8_t d, uint8_t e, int8_t attribute)
{
    return (struct display_entry){ class_id, { a, 0, c, d, e, 255 }, attribute };
}

/* As it is on the glass. */
static void screen_is(struct display_entry e, unsigned screen, unsigned screens, const char *value, uint32_t marks)
{
    struct display_page page;
    struct lcd lcd = { 0 };
    char read[24];
    assert_int_equal(pages_show(&device, &e, screen, &page), screens);
    lcd_put_value(&lcd, page.value + page.first);
    lcd.marks |= page.marks | (page.negative ? LCD_MINUS : 0u);
    drawn_value(&lcd, read);
    assert_string_equal(read, value);
    assert_int_equal(lcd.marks & ~(uint32_t)(LCD_MINUS | LCD_COLON_4 | LCD_COLON_6), marks);
}

static void register_is(uint8_t c, uint8_t d, const char *value, uint32_t mark)
{
    screen_is(entry(3, 1, c, d, 0, 2), 0, 1, value, mark);
}

/* Of a register in units of 0.001: so many digits before and behind the point, the rest is cut off. */
static const char *fixed(int64_t milli, int digits, int decimals)
{
    static char text[32];
    int64_t one = decimals == 0 ? 1000 : decimals == 1 ? 100 : decimals == 2 ? 10 : 1;
    long long shown = llabs((long long)milli) / one;
    long long scale = decimals == 0 ? 1 : decimals == 1 ? 10 : decimals == 2 ? 100 : 1000;
    const char *sign = milli < 0 && shown > 0 ? "-" : "";
    if (decimals == 0) {
        snprintf(text, sizeof text, "%s%0*lld", sign, digits, shown);
    } else {
        snprintf(text, sizeof text, "%s%0*lld.%0*lld", sign, digits, shown / scale, decimals, shown % scale);
    }
    return text;
}

static int64_t wh(enum energy_kind kind)
{
    return (int64_t)(meter.energy.registers[kind].milli / 1000 % 1000000000u);
}

static void energies_are(int decimals)
{
    static const struct {
        uint8_t c;
        enum energy_kind kinds[4];
        unsigned count;
        uint32_t mark;
    } sums[] = {
        { 1, { ENERGY_ACTIVE_IMPORT }, 1, LCD_KWH },
        { 2, { ENERGY_ACTIVE_EXPORT }, 1, LCD_KWH },
        { 3, { ENERGY_REACTIVE_Q1, ENERGY_REACTIVE_Q2 }, 2, LCD_KVARH },
        { 4, { ENERGY_REACTIVE_Q3, ENERGY_REACTIVE_Q4 }, 2, LCD_KVARH },
        { 5, { ENERGY_REACTIVE_Q1 }, 1, LCD_KVARH },
        { 6, { ENERGY_REACTIVE_Q2 }, 1, LCD_KVARH },
        { 7, { ENERGY_REACTIVE_Q3 }, 1, LCD_KVARH },
        { 8, { ENERGY_REACTIVE_Q4 }, 1, LCD_KVARH },
        { 9, { ENERGY_APPARENT_IMPORT }, 1, LCD_KVAH },
        { 10, { ENERGY_APPARENT_EXPORT }, 1, LCD_KVAH },
        { 15, { ENERGY_ACTIVE_IMPORT, ENERGY_ACTIVE_EXPORT }, 2, LCD_KWH },
        { 128, { ENERGY_REACTIVE_Q1, ENERGY_REACTIVE_Q2, ENERGY_REACTIVE_Q3, ENERGY_REACTIVE_Q4 }, 4, LCD_KVARH },
    };
    for (unsigned i = 0; i < sizeof sums / sizeof sums[0]; i++) {
        int64_t sum = 0;
        for (unsigned k = 0; k < sums[i].count; k++) {
            sum += wh(sums[i].kinds[k]);
        }
        register_is(sums[i].c, 8, fixed(sum % 1000000000, 6, decimals), sums[i].mark);
    }
    int64_t net = (int64_t)(meter.energy.registers[ENERGY_ACTIVE_IMPORT].milli / 1000) -
                  (int64_t)(meter.energy.registers[ENERGY_ACTIVE_EXPORT].milli / 1000);
    net = net > 999999999 ? 999999999 : net < -999999999 ? -999999999 : net;
    register_is(16, 8, fixed(net, 6, decimals), LCD_KWH);
}

static void energies(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 600; round++) {
        for (enum energy_kind kind = 0; kind < ENERGY_COUNT; kind++) {
            meter.energy.registers[kind].milli = any(UINT64_C(1) << any(42));
        }
        meter.display_setup.decimals.energy = (uint8_t)(round % 3);
        energies_are((int)round % 3);
    }
    meter.display_setup.decimals.energy = 2;
    meter.energy.registers[ENERGY_ACTIVE_IMPORT].milli = 999999999999;
    meter.energy.registers[ENERGY_ACTIVE_EXPORT].milli = 0;
    register_is(1, 8, "999999.99", LCD_KWH);
    register_is(16, 8, "999999.99", LCD_KWH);
    meter.energy.registers[ENERGY_ACTIVE_IMPORT].milli = 1000000000000;
    register_is(1, 8, "000000.00", LCD_KWH);
    meter.energy.registers[ENERGY_ACTIVE_EXPORT].milli = 2000000000000;
    register_is(16, 8, "-999999.99", LCD_KWH);
}

static void powers(int64_t uw, int64_t uvar, int64_t uva, int decimals)
{
    int64_t w = (llabs(uw) + 500000) / 1000000;
    int64_t var = (llabs(uvar) + 500000) / 1000000;
    int64_t va = (uva + 500000) / 1000000;
    meter.average.values.active_uw = uw;
    meter.average.values.reactive_uvar = uvar;
    meter.average.values.apparent_uva = uva;
    register_is(1, 7, fixed(uw > 0 ? w : 0, 3, decimals), LCD_KW);
    register_is(2, 7, fixed(uw < 0 ? w : 0, 3, decimals), LCD_KW);
    register_is(16, 7, fixed(uw < 0 ? -w : w, 3, decimals), LCD_KW);
    register_is(15, 7, fixed(w, 3, decimals), LCD_KW);
    register_is(3, 7, fixed(uvar > 0 ? var : 0, 3, decimals), LCD_KVAR);
    register_is(4, 7, fixed(uvar < 0 ? var : 0, 3, decimals), LCD_KVAR);
    register_is(9, 7, fixed(uw >= 0 ? va : 0, 3, decimals), LCD_KVA);
    register_is(10, 7, fixed(uw < 0 ? va : 0, 3, decimals), LCD_KVA);
}

static void instantaneous_values(void **state)
{
    (void)state;
    struct average_values *now = &meter.average.values;
    for (unsigned round = 0; round < 600; round++) {
        int64_t voltage_dv = (int64_t)any(3000);
        int64_t current_ma = (int64_t)any(130000);
        int64_t frequency_chz = 4500 + (int64_t)any(1000);
        now->voltage_uv = voltage_dv * 100000;
        now->current_na = current_ma * 1000000;
        now->neutral_na = current_ma * 500000;
        now->frequency_uhz = frequency_chz * 10000;
        register_is(32, 7, fixed(voltage_dv * 100, 3, 1), LCD_V);
        register_is(12, 7, fixed(voltage_dv * 100, 3, 1), LCD_V);
        register_is(31, 7, fixed(current_ma, 3, 3), LCD_AMPERE);
        register_is(91, 7, fixed((current_ma + 1) / 2, 3, 3), LCD_AMPERE);
        register_is(14, 7, fixed(frequency_chz * 10, 2, 2), LCD_HZ);
        meter.display_setup.decimals.demand = (uint8_t)(round % 4);
        powers((int64_t)any(60000000000u) - 30000000000, (int64_t)any(60000000000u) - 30000000000,
               (int64_t)any(60000000000u), (int)round % 4);
    }
    powers(0, 0, 0, 599 % 4);
    register_is(13, 7, "1.000", 0);
    now->apparent_uva = 1000000;
    now->active_uw = -499000;
    register_is(13, 7, "-0.499", 0);
    now->phase_udeg = 36900000;
    screen_is(entry(3, 1, 81, 7, 4, 2), 0, 1, "036.9", LCD_DEGREE);
}

static void demands(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 200; round++) {
        int decimals = (int)any(4);
        meter.display_setup.decimals.demand = (uint8_t)decimals;
        for (enum demand_kind i = 0; i < DEMAND_COUNT; i++) {
            struct demand *d = &meter.demands[i];
            uint8_t c = (uint8_t)(i + 1);
            uint32_t mark = i < 2 ? LCD_KW : LCD_KVAR;
            d->maximum = (struct demand_average){ .value = (uint32_t)any(100000), .captured = true, .at_s = START_S };
            d->last.value = (uint32_t)any(100000);
            d->cumulative = any(99999999);
            screen_is(entry(4, 1, c, 6, 0, 2), 0, 1, fixed(d->maximum.value, 3, decimals), mark);
            screen_is(entry(4, 1, c, 6, 0, 5), 0, 2, "26.07.01", LCD_DATE);
            screen_is(entry(4, 1, c, 6, 0, 5), 1, 2, "11:07:30", LCD_TIME);
            screen_is(entry(5, 1, c, 4, 0, 3), 0, 1, fixed(d->last.value, 3, decimals), mark);
            register_is(c, 5, fixed(d->last.value, 3, decimals), mark);
            register_is(c, 2, fixed((int64_t)d->cumulative, 3, decimals), mark);
        }
    }
    start(state);
    screen_is(entry(4, 1, 1, 6, 0, 5), 0, 2, "--.--.--", LCD_DATE);
    screen_is(entry(4, 1, 1, 6, 0, 5), 1, 2, "--:--:--", LCD_TIME);
    meter.demands[0].cumulative = 100000000; /* nine digits: the last decimal goes */
    register_is(1, 2, "100000.00", LCD_KW);
    meter.demands[0].cumulative = UINT32_MAX;
    register_is(1, 2, "4294967.2", LCD_KW);
}

static struct display_entry of_last_month(uint8_t class_id, uint8_t c, uint8_t d, int8_t attribute)
{
    return (struct display_entry){ class_id, { 1, 0, c, d, 0, 1 }, attribute };
}

/* What the billing found, whatever has been counted since. */
static void the_last_month(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < DEMAND_COUNT; i++) {
        screen_is(of_last_month(4, (uint8_t)(i + 1), 6, 5), 0, 2, "--.--.--", LCD_DATE);
        meter.demands[i].maximum =
            (struct demand_average){ .value = 1000u * i + 234, .captured = true, .at_s = START_S - 86400 };
        meter.demands[i].cumulative = 50000;
    }
    for (enum energy_kind kind = 0; kind < ENERGY_COUNT; kind++) {
        meter.energy.registers[kind].milli = 1000000u * (kind + 1u);
    }
    assert_int_equal(billing_request(&meter, BILLING_BY_INTERFACE), STATUS_OK);
    for (enum energy_kind kind = 0; kind < ENERGY_COUNT; kind++) {
        meter.energy.registers[kind].milli += 77777777;
    }
    static const struct {
        uint8_t c;
        const char *value;
        uint32_t mark;
    } energies[] = { { 1, "000001.00", LCD_KWH },   { 2, "000002.00", LCD_KWH },  { 3, "000007.00", LCD_KVARH },
                     { 4, "000011.00", LCD_KVARH }, { 15, "000003.00", LCD_KWH }, { 128, "000018.00", LCD_KVARH },
                     { 16, "-000001.00", LCD_KWH } };
    for (unsigned i = 0; i < sizeof energies / sizeof energies[0]; i++) {
        screen_is(of_last_month(3, energies[i].c, 8, 2), 0, 1, energies[i].value, energies[i].mark);
    }
    static const char *const maxima[] = { "000.234", "001.234", "002.234", "003.234" };
    static const char *const sums[] = { "050.234", "051.234", "052.234", "053.234" };
    for (uint8_t i = 0; i < DEMAND_COUNT; i++) {
        uint32_t mark = i < 2 ? LCD_KW : LCD_KVAR;
        screen_is(of_last_month(4, (uint8_t)(i + 1), 6, 2), 0, 1, maxima[i], mark);
        screen_is(of_last_month(4, (uint8_t)(i + 1), 6, 5), 0, 2, "26.06.30", LCD_DATE);
        screen_is(of_last_month(4, (uint8_t)(i + 1), 6, 5), 1, 2, "11:07:30", LCD_TIME);
        screen_is(of_last_month(3, (uint8_t)(i + 1), 2, 2), 0, 1, sums[i], mark);
    }
    screen_is(entry(1, 0, 0, 1, 0, 2), 0, 1, "01", 0);
    screen_is(entry(1, 1, 0, 9, 6, 2), 0, 1, "11:07:30", 0);
    screen_is(entry(1, 1, 0, 9, 7, 2), 0, 1, "26.07.01", 0);
    meter.billing.last.count = 1234;
    screen_is(entry(1, 0, 0, 1, 0, 2), 0, 1, "34", 0);
}

static void when_billings_are_due(void **state)
{
    struct display_entry schedule = entry(22, 0, 15, 0, 0, 4);
    (void)state;
    screen_is(schedule, 0, 2, "--.--.01", LCD_DATE);
    screen_is(schedule, 1, 2, "00:00:00", LCD_TIME);
    assert_int_equal(billing_set_schedule(&meter, 28, 23), STATUS_OK);
    screen_is(schedule, 0, 2, "--.--.28", LCD_DATE);
    screen_is(schedule, 1, 2, "23:00:00", LCD_TIME);
}

static void times_and_texts(void **state)
{
    (void)state;
    screen_is(entry(1, 1, 0, 9, 1, 2), 0, 1, "11:07:30", 0);
    screen_is(entry(1, 1, 0, 9, 2, 2), 0, 1, "26.07.01", 0);
    screen_is(entry(8, 0, 1, 0, 0, 2), 0, 2, "26.07.01", LCD_DATE);
    screen_is(entry(8, 0, 1, 0, 0, 2), 1, 2, "11:07:30", LCD_TIME);
    screen_is(entry(8, 0, 1, 0, 0, 3), 0, 1, "-60", 0);
    screen_is(entry(1, 0, 96, 1, 0, 2), 0, 1, "12345678", 0); /* the last eight */
    screen_is(entry(1, 0, 96, 1, 2, 2), 0, 1, "bLAtHY1", 0);
    screen_is(entry(1, 0, 96, 1, 4, 2), 0, 1, "2026", 0);
    screen_is(entry(1, 1, 96, 50, 0, 2), 0, 1, "1", 0);
    screen_is(entry(1, 0, 97, 97, 0, 2), 0, 1, "00000000", 0);
}

static void what_cannot_be_shown(void **state)
{
    static const struct {
        uint8_t class_id, a, c, d, e;
        int8_t attribute;
    } bad[] = {
        { 3, 1, 1, 8, 1, 2 },                               /* no such object */
        { 1, 1, 1, 8, 0, 2 },                               /* of another class */
        { 0, 1, 1, 8, 0, 2 },         { 3, 1, 1, 8, 0, 0 }, /* no such attribute */
        { 3, 1, 1, 8, 0, 4 },         { 3, 1, 1, 8, 0, -1 },  { 3, 1, 1, 8, 0, 127 },
        { 3, 1, 1, 8, 0, 1 },                                 /* a logical name */
        { 3, 1, 1, 8, 0, 3 },                                 /* a structure */
        { 1, 0, 96, 50, 1, 2 },       { 1, 1, 0, 2, 8, 2 },   /* octets that are neither text nor time */
        { 8, 0, 1, 0, 0, 8 + 1 + 1 }, { 15, 0, 40, 0, 0, 6 }, /* classes that are not shown */
        { 19, 0, 20, 0, 0, 3 },       { 19, 0, 20, 0, 0, 7 }, /* a password */
        { 23, 0, 22, 0, 0, 2 },       { 7, 0, 21, 0, 1, 2 },  { 9, 0, 10, 0, 1, 2 },
    };
    (void)state;
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct display_page page;
        struct display_entry e = entry(bad[i].class_id, bad[i].a, bad[i].c, bad[i].d, bad[i].e, bad[i].attribute);
        assert_int_equal(pages_show(&device, &e, 0, &page), 0);
        assert_false(pages_showable(&device, &e));
    }
}

/* Whatever attribute of whatever object is asked for, nothing is written beyond a page. */
static void every_attribute_there_is(void **state)
{
    (void)state;
    memset(meter.metering_point.octets, 'x', sizeof meter.metering_point.octets);
    meter.metering_point.size = sizeof meter.metering_point.octets;
    for (unsigned i = 0; i < model_objects.count; i++) {
        const struct cosem_object *o = &model_objects.rows[i];
        for (int attribute = INT8_MIN; attribute <= INT8_MAX; attribute++) {
            struct display_entry e = { .class_id = (uint8_t)o->ic->id, .attribute = (int8_t)attribute };
            struct display_page page;
            memcpy(e.obis, o->obis, sizeof e.obis);
            unsigned screens = pages_show(&device, &e, 0, &page);
            assert_true(screens <= 2);
            assert_true(strlen(page.value) <= DISPLAY_TEXT_MAX);
            assert_true(strlen(page.code) < sizeof page.code);
        }
    }
}

static void codes(void **state)
{
    static const struct {
        uint8_t obis[6];
        const char *code;
    } named[] = {
        { { 1, 0, 1, 8, 0, 255 }, "1.8.0" },
        { { 1, 0, 1, 8, 0, 1 }, "1.8.0*1" },
        { { 1, 0, 128, 8, 0, 1 }, "128.8.0*1" },
        { { 1, 0, 1, 8, 0, 101 }, "1.8.0*101" },
        { { 0, 0, 96, 1, 0, 255 }, "0.0.0" },
        { { 0, 0, 97, 97, 0, 255 }, "F.F" },
        { { 0, 0, 0, 1, 0, 255 }, "0.1.0" },
        { { 0, 0, 15, 0, 0, 255 }, "0.1.2" },
        { { 255, 255, 255, 255, 255, 254 }, "255.255.255*254" },
    };
    (void)state;
    for (unsigned i = 0; i < sizeof named / sizeof named[0]; i++) {
        struct display_entry e = { .class_id = 3, .attribute = 2 };
        struct display_page page;
        memcpy(e.obis, named[i].obis, sizeof e.obis);
        pages_show(&device, &e, 0, &page);
        assert_string_equal(page.code, named[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(energies, start),
        cmocka_unit_test_setup(instantaneous_values, start),
        cmocka_unit_test_setup(demands, start),
        cmocka_unit_test_setup(the_last_month, start),
        cmocka_unit_test_setup(when_billings_are_due, start),
        cmocka_unit_test_setup(times_and_texts, start),
        cmocka_unit_test_setup(what_cannot_be_shown, start),
        cmocka_unit_test_setup(every_attribute_there_is, start),
        cmocka_unit_test_setup(codes, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
