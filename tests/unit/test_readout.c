/* model/readout: the list and the codes of IEC 62056-21 mode C, texts written down by hand from what was booked. */
#include "model/readout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/model.h"
#include "test_board.h"

#define NJ_PER_WH INT64_C(3600000000000)

/* 2026-07-01T10:07:30Z, a Wednesday: 11:07:30 standard time in Budapest. */
#define START_S INT64_C(836215650)

static struct board board;
static struct meter meter;
static struct cosem_device device;

static int start(void **state)
{
    static const struct identity identity = { .serial_number = "0012345678" };
    (void)state;
    board = (struct board){ .rtc_kept = true, .rtc_s = START_S };
    if (meter_init(&meter, &board, &identity, &metrology_nominal, 8000) != STATUS_OK) {
        return -1;
    }
    model_init(&device, &meter);
    return 0;
}

static void book(struct energy_increment energy)
{
    energy_add(&meter.energy, &energy);
}

static void line_is(unsigned number, const char *expected)
{
    char text[READOUT_LINE_MAX + 1];
    memset(text, 'x', sizeof text);
    size_t size = readout_line(&device, number, text);
    assert_true(size <= READOUT_LINE_MAX);
    text[size] = '\0';
    assert_string_equal(text, expected);
}

/* "" stands for a code that there is not. */
static void value_is(const char *code, const char *expected)
{
    char text[READOUT_LINE_MAX + 1];
    memset(text, 'x', sizeof text);
    size_t size = readout_value(&device, code, strlen(code), text);
    assert_true(size <= READOUT_LINE_MAX);
    text[size] = '\0';
    assert_string_equal(text, expected);
}

/* All different, so that no two can be mistaken for one another; truncated to 10 Wh. */
static void the_list(void **state)
{
    (void)state;
    book((struct energy_increment){
        .active_import_nj = 1234569 * NJ_PER_WH,
        .active_export_nj = 2000000 * NJ_PER_WH + NJ_PER_WH - 1,
        .reactive_q_nj = { 10010 * NJ_PER_WH, 20020 * NJ_PER_WH, 40040 * NJ_PER_WH, 80089 * NJ_PER_WH },
        .apparent_import_nj = 100000 * NJ_PER_WH,
        .apparent_export_nj = 9 * NJ_PER_WH });
    static const char *const lines[] = {
        "0.0.0(0012345678)",
        "0.9.1(11:07:30)",
        "0.9.2(26.07.01)",
        "1.8.0(001234.56*kWh)",
        "2.8.0(002000.00*kWh)",
        "3.8.0(000030.03*kvarh)",
        "4.8.0(000120.12*kvarh)",
        "5.8.0(000010.01*kvarh)",
        "6.8.0(000020.02*kvarh)",
        "7.8.0(000040.04*kvarh)",
        "8.8.0(000080.08*kvarh)",
        "9.8.0(000100.00*kVAh)",
        "10.8.0(000000.00*kVAh)",
        "15.8.0(003234.56*kWh)",
        "16.8.0(-000765.43*kWh)",
        "128.8.0(000150.15*kvarh)",
        "F.F(00000000)",
        "",
        "",
    };
    for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        line_is(i, lines[i]);
    }
    line_is(UINT16_MAX, "");
}

static void every_line_can_be_read_by_its_code(void **state)
{
    (void)state;
    char text[READOUT_LINE_MAX + 1];
    size_t size;
    unsigned lines = 0;
    while ((size = readout_line(&device, lines, text)) > 0) {
        text[size] = '\0';
        char code[READOUT_LINE_MAX];
        size_t code_size = strcspn(text, "(");
        memcpy(code, text, code_size);
        code[code_size] = '\0';
        value_is(code, text + code_size);
        lines++;
    }
    assert_int_equal(lines, 17);
}

static void registers_roll_over_as_on_the_display(void **state)
{
    (void)state;
    for (int i = 0; i < 999; i++) { /* in pieces that an increment can hold */
        book((struct energy_increment){ .active_import_nj = 1000000 * NJ_PER_WH });
    }
    book((struct energy_increment){ .active_import_nj = 999999 * NJ_PER_WH });
    value_is("1.8.0", "(999999.99*kWh)");
    book((struct energy_increment){ .active_import_nj = NJ_PER_WH });
    value_is("1.8.0", "(000000.00*kWh)");
}

static void net_is_truncated_towards_zero(void **state)
{
    (void)state;
    book((struct energy_increment){ .active_export_nj = 9 * NJ_PER_WH });
    value_is("16.8.0", "(000000.00*kWh)");
    book((struct energy_increment){ .active_export_nj = NJ_PER_WH });
    value_is("16.8.0", "(-000000.01*kWh)");
}

/* Instantaneous values have the decimals of the display: V 3.1, A 3.3, kW 3.3, Hz 2.2, power factor 1.3. */
static void instantaneous_values(void **state)
{
    (void)state;
    struct metrology_window w = { .duration_us = 1000000,
                                  .voltage_uv = 230450000,
                                  .current_na = 4321400000,
                                  .neutral_na = 12000000,
                                  .active_uw = -995844000,
                                  .reactive_uvar = 12345000,
                                  .apparent_uva = 995844000,
                                  .frequency_uhz = 49985000,
                                  .phase_udeg = 179300000,
                                  .power_factor_ppm = -1000000 };
    meter_add_window(&meter, &w);
    meter_add_window(&meter, &w);
    value_is("32.7.0", "(230.5*V)");
    value_is("31.7.0", "(004.321*A)");
    value_is("91.7.0", "(000.012*A)");
    value_is("1.7.0", "(000.000*kW)");
    value_is("2.7.0", "(000.996*kW)");
    value_is("16.7.0", "(-000.996*kW)");
    value_is("3.7.0", "(000.012*kvar)");
    value_is("10.7.0", "(000.996*kVA)");
    value_is("14.7.0", "(49.99*Hz)");
    value_is("13.7.0", "(-1.000)");
    value_is("81.7.4", "(179.3*deg)");
}

static void ratings(void **state)
{
    (void)state;
    value_is("0.3.0", "(1000)"); /* imp/kWh */
    value_is("0.3.1", "(1000)");
    value_is("0.6.0", "(230.0*V)");
    value_is("0.6.1", "(005.000*A)");
    value_is("0.6.2", "(50.00*Hz)");
    value_is("0.6.3", "(100.000*A)");
}

/* Objects of 0-0, texts, numbers without a unit; a maximum with its time. */
static void other_values(void **state)
{
    (void)state;
    value_is("0.0.0", "(0012345678)");
    value_is("96.1.0", "(0012345678)");
    value_is("96.1.2", "(BLATHY1)");
    value_is("96.1.4", "(2026)");
    value_is("96.2.0", "(0)");
    value_is("96.2.1", "(0000000000)");
    value_is("96.50.0", "(1)");
    value_is("1.0.0", "(2607011107)");
    value_is("0.2.0", "(MTR-0.1.0)");
    value_is("1.8.0*255", "(000000.00*kWh)");
    value_is("1.6.0", "(000.000*kW)(0000000000)");
    meter.demands[DEMAND_ACTIVE_IMPORT].maximum =
        (struct demand_average){ .value = 12345, .captured = true, .at_s = START_S };
    value_is("1.6.0", "(012.345*kW)(2607011107)");
    meter.utility_id.size = 12;
    memcpy(meter.utility_id.octets, "AB(1)*/2!\"#~", 12);
    value_is("96.1.1", "(AB_1___2_\"#~)");
    meter.utility_id.octets[3] = 0x80;
    meter.utility_id.size = 11; /* of no length that a time has */
    value_is("96.1.1", "");
    meter.utility_id.size = 0;
    value_is("96.1.1", "()");
}

static void what_is_no_code(void **state)
{
    (void)state;
    static const char *const codes[] = { "",        "1",           "1.8",     "1.8.",      ".8.0",
                                         "1..0",    "1.8.0.",      "1.8.0.0", "1.8.1",     "256.8.0",
                                         "257.8.0", "1.264.0",     "1.8.256", "0001.8.0",  "1.8.0 ",
                                         " 1.8.0",  "-1.8.0",      "1,8,0",   "F.F.0",     "F",
                                         "f.f",     "0.0.1",       "0.2.8", /* binary */
                                         "40.0.0",  "20.0.0",      "21.0.0",  "96.50.1",   "96.50.3",
                                         "1.8.0*",  "1.8.0*255*1", "1.8*0",   "1*8.0",     "1.8.0*256",
                                         "0.0.0*1", "1.0.1.8.0",   "a.b.c",   "1.8.0\x01", "99999999999999999999.8.0" };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        value_is(codes[i], "");
    }
}

/* Whatever a Reader may read as a register of any kind of electricity can be read by its code. */
static void every_register_has_a_code(void **state)
{
    (void)state;
    unsigned registers = 0;
    for (unsigned i = 0; i < model_objects.count; i++) {
        const struct cosem_object *o = &model_objects.rows[i];
        if (o->ic->id < 3 || o->ic->id > 5 || o->obis[0] != 1) {
            continue;
        }
        char code[16];
        char text[READOUT_LINE_MAX];
        int size = snprintf(code, sizeof code, "%u.%u.%u", o->obis[2], o->obis[3], o->obis[4]);
        assert_true(readout_value(&device, code, (size_t)size, text) > 2);
        registers++;
    }
    assert_true(registers > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_list, start),
        cmocka_unit_test_setup(every_line_can_be_read_by_its_code, start),
        cmocka_unit_test_setup(registers_roll_over_as_on_the_display, start),
        cmocka_unit_test_setup(net_is_truncated_towards_zero, start),
        cmocka_unit_test_setup(instantaneous_values, start),
        cmocka_unit_test_setup(ratings, start),
        cmocka_unit_test_setup(other_values, start),
        cmocka_unit_test_setup(what_is_no_code, start),
        cmocka_unit_test_setup(every_register_has_a_code, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
