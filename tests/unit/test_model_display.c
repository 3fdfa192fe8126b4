/* The objects of the display as a client sees them: class 7 as lists, times and decimals. Octets written by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client.h"
#include "model/model.h"
#include "model/readout.h"
#include "test_board.h"

#define OK     "C5 01 C1 00"
#define DENIED "C5 01 C1 03"
#define TYPE   "C5 01 C1 0C"
#define OTHER  "C5 01 C1 FA"

#define LIST(e)   "00 07 00 00 15 00 " e " FF "
#define TIMING    "00 01 00 00 60 32 01 FF 02 "
#define DECIMALS  "00 01 00 00 60 32 02 FF 02 "
#define OBJECT(c) "02 04 12 00 " c " 0F 02 12 00 00 "
#define IMPORT    OBJECT("03 09 06 01 00 01 08 00 FF")
#define SERIAL    OBJECT("01 09 06 00 00 60 01 00 FF")
#define FULL_TEST OBJECT("01 09 06 00 00 60 32 03 FF")

static struct board board;
static struct meter meter;
static struct cosem_device device;
static struct cosem_server server;
static const struct identity identity = { .serial_number = "12345678" };

static void restart(void)
{
    assert_int_equal(meter_init(&meter, &board, &identity, &metrology_nominal, 8000), STATUS_OK);
    model_init(&device, &meter);
    cosem_server_init(&server, &device);
    client_open(&server, 48, "00000002", 1024);
}

static int start(void **state)
{
    (void)state;
    board = (struct board){ .rtc_kept = true, .rtc_s = 836215650 };
    restart();
    return 0;
}

static void shows(const char *request, const char *value)
{
    char answer[512];
    snprintf(answer, sizeof answer, "C4 01 C1 00 %s", value);
    client_exchange(&server, request, answer);
}

static void does(const char *request, const char *answer)
{
    client_exchange(&server, request, answer);
}

static void times_and_decimals(void **state)
{
    (void)state;
    shows("C0 01 C1 " TIMING "00", "02 06 11 05 11 3C 11 3C 11 05 11 05 11 1E");
    shows("C0 01 C1 " DECIMALS "00", "02 02 11 02 11 03");
    does("C1 01 C1 " TIMING "00 02 06 11 01 11 02 11 00 11 00 11 03 11 3C", OK);
    does("C1 01 C1 " DECIMALS "00 02 02 11 00 11 01", OK);
    restart();
    shows("C0 01 C1 " TIMING "00", "02 06 11 01 11 02 11 00 11 00 11 03 11 3C");
    shows("C0 01 C1 " DECIMALS "00", "02 02 11 00 11 01");
    char text[READOUT_LINE_MAX];
    size_t size = readout_value(&device, "1.8.0", 5, text);
    assert_memory_equal(text, "(000000*kWh)", size);
    size = readout_value(&device, "1.7.0", 5, text);
    assert_memory_equal(text, "(000.0*kW)", size);
}

static void times_and_decimals_that_are_refused(void **state)
{
    (void)state;
    does("C1 01 C1 " TIMING "00 02 06 11 00 11 3C 11 3C 11 05 11 05 11 1E", OTHER);
    does("C1 01 C1 " TIMING "00 02 06 11 05 11 3C 11 3C 11 05 11 05 11 3D", OTHER);
    does("C1 01 C1 " TIMING "00 02 05 11 05 11 3C 11 3C 11 05 11 05", TYPE);
    does("C1 01 C1 " TIMING "00 02 07 11 05 11 3C 11 3C 11 05 11 05 11 1E 11 00", TYPE);
    does("C1 01 C1 " TIMING "00 02 06 11 05 11 3C 11 3C 11 05 11 05 0F 1E", TYPE);
    does("C1 01 C1 " TIMING "00 01 06 11 05 11 3C 11 3C 11 05 11 05 11 1E", TYPE);
    does("C1 01 C1 " TIMING "00 11 05", TYPE);
    does("C1 01 C1 " DECIMALS "00 02 02 11 03 11 03", OTHER);
    does("C1 01 C1 " DECIMALS "00 02 02 11 02 11 04", OTHER);
    does("C1 01 C1 " DECIMALS "00 02 01 11 02", TYPE);
    does("C1 01 C1 00 01 00 00 60 32 03 FF 02 00 03 01", DENIED);
    shows("C0 01 C1 " TIMING "00", "02 06 11 05 11 3C 11 3C 11 05 11 05 11 1E");
    shows("C0 01 C1 " DECIMALS "00", "02 02 11 02 11 03");
    assert_int_equal(meter.configuration_changes, 0);
}

static void a_list_and_its_values(void **state)
{
    (void)state;
    does("C1 01 C1 " LIST("01") "03 00 01 03 " IMPORT FULL_TEST SERIAL, OK);
    meter.energy.registers[ENERGY_ACTIVE_IMPORT].milli = UINT64_C(1000) * 0x1234;
    for (unsigned round = 0; round < 2; round++) {
        shows("C0 01 C1 " LIST("01") "03 00", "01 03 02 04 12 00 03 09 06 01 00 01 08 00 FF 0F 02 12 00 00 "
                                              "02 04 12 00 01 09 06 00 00 60 32 03 FF 0F 02 12 00 00 "
                                              "02 04 12 00 01 09 06 00 00 60 01 00 FF 0F 02 12 00 00");
        shows("C0 01 C1 " LIST("01") "02 00", round == 0
                                                  ? "01 01 02 03 06 00 00 12 34 03 00 09 08 31 32 33 34 35 36 37 38"
                                                  : "01 01 02 03 06 00 00 00 00 03 00 09 08 31 32 33 34 35 36 37 38");
        restart(); /* the list is kept; the register, set behind its back, is not */
    }
    assert_int_equal(meter.configuration_changes, 1);
}

static void the_other_attributes(void **state)
{
    (void)state;
    shows("C0 01 C1 " LIST("02") "01 00", "09 06 00 00 15 00 02 FF");
    shows("C0 01 C1 " LIST("02") "04 00", "06 00 00 00 00");
    shows("C0 01 C1 " LIST("02") "05 00", "16 01");
    shows("C0 01 C1 " LIST("02") "06 00", "02 04 12 00 00 09 06 00 00 00 00 00 00 0F 00 12 00 00");
    shows("C0 01 C1 " LIST("02") "07 00", "06 00 00 00 01");
    shows("C0 01 C1 " LIST("02") "08 00", "06 00 00 00 01");
    does("C3 01 C1 " LIST("02") "01 01 0F 00", "C7 01 C1 03 00");
    does("C3 01 C1 " LIST("02") "02 01 0F 00", "C7 01 C1 03 00");
    does("C1 01 C1 " LIST("02") "04 00 06 00 00 00 3C", DENIED);
}

static void lists_that_are_refused(void **state)
{
    (void)state;
    does("C1 01 C1 " LIST("01") "03 00 01 01 " OBJECT("03 09 06 01 00 01 08 07 FF"), OTHER); /* no such object */
    does("C1 01 C1 " LIST("01") "03 00 01 01 " OBJECT("04 09 06 01 00 01 08 00 FF"), OTHER); /* of another class */
    does("C1 01 C1 " LIST("01") "03 00 01 01 02 04 12 01 03 09 06 01 00 01 08 00 FF 0F 02 12 00 00", OTHER);
    does("C1 01 C1 " LIST("01") "03 00 01 01 02 04 12 00 03 09 06 01 00 01 08 00 FF 0F 04 12 00 00", OTHER);
    does("C1 01 C1 " LIST("01") "03 00 01 01 02 04 12 00 03 09 06 01 00 01 08 00 FF 0F 02 12 00 01", OTHER);
    does("C1 01 C1 " LIST("01") "03 00 01 01 02 04 12 00 13 09 06 00 00 14 00 00 FF 0F 07 12 00 00", OTHER);
    does("C1 01 C1 " LIST("01") "03 00 01 02 " IMPORT OBJECT("01 09 06 00 00 60 32 01 FF"), OTHER);
    does("C1 01 C1 " LIST("01") "03 00 01 01 02 03 12 00 03 09 06 01 00 01 08 00 FF 0F 02", TYPE);
    does("C1 01 C1 " LIST("01") "03 00 01 01 02 04 12 00 03 09 05 01 00 01 08 00 0F 02 12 00 00", TYPE);
    does("C1 01 C1 " LIST("01") "03 00 01 01 02 04 11 03 09 06 01 00 01 08 00 FF 0F 02 12 00 00", TYPE);
    does("C1 01 C1 " LIST("01") "03 00 01 01 00", TYPE);
    does("C1 01 C1 " LIST("01") "03 00 00", TYPE);
    assert_false(meter.display_setup.own[DISPLAY_LIST_SCROLL].set);
    assert_int_equal(meter.configuration_changes, 0);
}

/* 80 entries, and one too many: in blocks, as a client sends them. */
static size_t in_blocks(unsigned entries, uint8_t result[1])
{
    static const uint8_t entry[18] = { 2, 4, 0x12, 0, 3, 9, 6, 1, 0, 1, 8, 0, 255, 0x0f, 2, 0x12, 0, 0 };
    static const uint8_t head[] = { 0xc1, 2, 0xc1, 0, 7, 0, 0, 0x15, 0, 2, 255, 3, 0 };
    uint8_t value[2 + 81 * sizeof entry] = { 1, (uint8_t)entries };
    size_t size = 2;
    for (unsigned i = 0; i < entries; i++, size += sizeof entry) {
        memcpy(value + size, entry, sizeof entry);
    }
    const uint8_t *response = NULL;
    size_t half = size / 2;
    for (unsigned block = 1; block <= 2; block++) {
        uint8_t apdu[COSEM_PDU_MAX];
        size_t used = 0;
        const uint8_t *from = block == 1 ? value : value + half;
        size_t count = block == 1 ? half : size - half;
        if (block == 1) {
            memcpy(apdu, head, sizeof head);
            used = sizeof head;
        } else {
            memcpy(apdu, (const uint8_t[]){ 0xc1, 3, 0xc1 }, 3);
            used = 3;
        }
        const uint8_t numbers[] = { block == 2, 0, 0, 0, (uint8_t)block, 0x82, (uint8_t)(count >> 8), (uint8_t)count };
        memcpy(apdu + used, numbers, sizeof numbers);
        used += sizeof numbers;
        memcpy(apdu + used, from, count);
        used = cosem_server_request(&server, apdu, used + count, 0, &response);
        assert_int_equal(response[0], 0xc5);
        size = block == 1 ? size : used;
    }
    result[0] = response[3];
    return size;
}

static void as_long_as_a_list_can_be(void **state)
{
    uint8_t result;
    uint8_t value[2048];
    static const uint8_t obis[6] = { 0, 0, 0x15, 0, 2, 255 };
    (void)state;
    in_blocks(DISPLAY_LIST_MAX, &result);
    assert_int_equal(result, 0);
    assert_int_equal(display_list_count(&meter.display_setup, DISPLAY_LIST_BUTTON), DISPLAY_LIST_MAX);
    assert_int_equal(client_get(&server, 7, obis, 3, value, sizeof value), 2 + DISPLAY_LIST_MAX * 18);
    assert_int_equal(client_get(&server, 7, obis, 2, value, sizeof value), 4 + DISPLAY_LIST_MAX * 5);
    in_blocks(DISPLAY_LIST_MAX + 1, &result);
    assert_int_equal(result, 250);
    assert_int_equal(display_list_count(&meter.display_setup, DISPLAY_LIST_BUTTON), DISPLAY_LIST_MAX);
}

/* Another link may set the list between two blocks of an answer: what follows would be of another list. */
static void a_list_that_changes_while_it_is_read(void **state)
{
    static const struct display_entry other[] = { { 3, { 1, 0, 1, 8, 0, 255 }, 2 } };
    (void)state;
    client_open(&server, 32, "00000001", 200);
    const uint8_t *response = NULL;
    uint8_t get[64];
    size_t size = octets_of("C0 01 C1 " LIST("02") "03 00", get, sizeof get);
    cosem_server_request(&server, get, size, 0, &response);
    assert_int_equal(response[1], 2);
    assert_int_equal(display_list_set(&meter.display_setup, DISPLAY_LIST_BUTTON, other, 1), STATUS_OK);
    size = octets_of("C0 02 C1 00 00 00 01", get, sizeof get);
    size = cosem_server_request(&server, get, size, 0, &response);
    assert_true(size >= 10);
    assert_int_equal(response[3], 1); /* the last block... */
    assert_int_equal(response[8], 1); /* ...and an error */
}

static void an_empty_list(void **state)
{
    (void)state;
    does("C1 01 C1 " LIST("03") "03 00 01 00", OK);
    shows("C0 01 C1 " LIST("03") "03 00", "01 00");
    shows("C0 01 C1 " LIST("03") "02 00", "01 01 02 00");
    does("C1 01 C1 " LIST("00") "03 00 01 00", OK);
    char text[READOUT_LINE_MAX];
    assert_int_equal(readout_line(&device, 0, text), 0);
}

static void the_read_out_list_is_that_of_mode_c(void **state)
{
    char text[READOUT_LINE_MAX];
    (void)state;
    does("C1 01 C1 " LIST("00") "03 00 01 03 " SERIAL OBJECT("04 09 06 01 00 01 06 00 FF") FULL_TEST, OK);
    assert_int_equal(readout_line(&device, 0, text), 15);
    assert_memory_equal(text, "0.0.0(12345678)", 15);
    assert_int_equal(readout_line(&device, 1, text), 29);
    assert_memory_equal(text, "1.6.0(000.000*kW)(0000000000)", 29);
    assert_int_equal(readout_line(&device, 2, text), 0);
}

static void the_reader_sets_nothing(void **state)
{
    (void)state;
    client_open(&server, 32, "00000001", 1024);
    does("C1 01 C1 " LIST("01") "03 00 01 00", "D8 01 02");
    shows("C0 01 C1 " DECIMALS "00", "02 02 11 02 11 03");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(times_and_decimals, start),
        cmocka_unit_test_setup(times_and_decimals_that_are_refused, start),
        cmocka_unit_test_setup(a_list_and_its_values, start),
        cmocka_unit_test_setup(the_other_attributes, start),
        cmocka_unit_test_setup(lists_that_are_refused, start),
        cmocka_unit_test_setup(as_long_as_a_list_can_be, start),
        cmocka_unit_test_setup(a_list_that_changes_while_it_is_read, start),
        cmocka_unit_test_setup(an_empty_list, start),
        cmocka_unit_test_setup(the_read_out_list_is_that_of_mode_c, start),
        cmocka_unit_test_setup(the_reader_sets_nothing, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
