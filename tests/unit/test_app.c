/* app/app: one meter wired to a board, from the octets of its two ports to its registers. Frames are built here, with
 * a bitwise CRC-16/X-25 of its own; the first ones are the well-known ones of the DLMS literature. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/app.h"
#include "client.h"
#include "test_board.h"

static struct board board;
static struct app *app; /* on the heap, so that the sanitizer sees a step over its end */

static int start(void **state)
{
    static const struct identity identity = { .serial_number = "00012345678" };
    (void)state;
    board = (struct board){ .rtc_kept = true, .rtc_s = 1000 };
    app = malloc(sizeof *app);
    return app != NULL && app_init(app, &board, &identity, &metrology_nominal, 8000) == STATUS_OK ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    free(app);
    return 0;
}

static void run_ms(unsigned ms)
{
    for (unsigned i = 0; i < ms; i += 5) {
        board.time_ms += 5;
        while (app_step(app)) {
        }
    }
}

static void give(enum board_port port, const uint8_t *octets, size_t size)
{
    struct test_line *line = &board.to_meter[port];
    assert_true(line->size + size <= sizeof line->octets);
    memcpy(line->octets + line->size, octets, size);
    line->size += size;
}

static uint16_t crc(const uint8_t *octets, size_t size)
{
    uint16_t value = 0xffff;
    for (size_t i = 0; i < size; i++) {
        value ^= octets[i];
        for (int bit = 0; bit < 8; bit++) {
            value = (uint16_t)((value & 1) != 0 ? value >> 1 ^ 0x8408 : value >> 1);
        }
    }
    return (uint16_t)~value;
}

/* A frame: addresses, control and information as text. */
static void send_frame(enum board_port port, const char *head, const char *information)
{
    uint8_t f[300] = { 0x7e, 0xa0 };
    size_t head_size = octets_of(head, f + 3, sizeof f - 3);
    size_t size = 3 + head_size;
    uint8_t info[256];
    size_t info_size = octets_of(information, info, sizeof info);
    size_t length = 2 + head_size + (info_size > 0 ? 2 + info_size : 0) + 2;
    f[2] = (uint8_t)length;
    if (info_size > 0) {
        uint16_t hcs = crc(f + 1, size - 1);
        f[size++] = (uint8_t)hcs;
        f[size++] = (uint8_t)(hcs >> 8);
        memcpy(f + size, info, info_size);
        size += info_size;
    }
    uint16_t fcs = crc(f + 1, size - 1);
    f[size++] = (uint8_t)fcs;
    f[size++] = (uint8_t)(fcs >> 8);
    f[size++] = 0x7e;
    give(port, f, size);
}

/* What has come from the meter, from the given place on, is this; then it is forgotten. */
static void came(enum board_port port, size_t at, const char *text)
{
    uint8_t octets[256];
    size_t size = octets_of(text, octets, sizeof octets);
    assert_true(board.from_meter[port].size >= at + size);
    assert_memory_equal(board.from_meter[port].octets + at, octets, size);
    board.from_meter[port].size = 0;
}

static void bluetooth_speaks_hdlc_at_once(void **state)
{
    (void)state;
    uint8_t snrm[9];
    run_ms(10);
    assert_int_equal(board.line[BOARD_BLUETOOTH].baud, 9600);
    assert_int_equal(board.line[BOARD_BLUETOOTH].format, LINE_8N1);
    give(BOARD_BLUETOOTH, snrm, octets_of("7E A0 07 03 21 93 0F 01 7E", snrm, sizeof snrm));
    run_ms(10);
    /* an SNRM without parameters gets the defaults: 128, 128, 1, 1 */
    came(BOARD_BLUETOOTH, 8, "81 80 14 05 02 00 80 06 02 00 80 07 04 00 00 00 01 08 04 00 00 00 01");
    send_frame(BOARD_BLUETOOTH, "03 21 10",
               "E6 E6 00 60 1D A1 09 06 07 60 85 74 05 08 01 01 BE 10 04 0E 01 00 00 00 06 5F 1F 04 00 00 7E 1F FF FF");
    run_ms(10);
    came(BOARD_BLUETOOTH, 8,
         "E6 E7 00 61 29 A1 09 06 07 60 85 74 05 08 01 01 A2 03 02 01 00 A3 05 A1 03 02 01 00 "
         "BE 10 04 0E 08 00 06 5F 1F 04 00 00 10 14 04 00 00 07");
    send_frame(BOARD_BLUETOOTH, "03 21 32", "E6 E6 00 C0 01 C1 00 01 00 00 2A 00 00 FF 02 00");
    run_ms(10);
    /* BLY1 and the serial number */
    came(BOARD_BLUETOOTH, 8, "E6 E7 00 C4 01 C1 00 09 0F 42 4C 59 31 30 30 30 31 32 33 34 35 36 37 38");
}

static void what_the_meter_offers_is_negotiated(void **state)
{
    (void)state;
    send_frame(BOARD_BLUETOOTH, "03 21 93", "81 80 14 05 02 07 EE 06 02 07 EE 07 04 00 00 00 07 08 04 00 00 00 07");
    run_ms(10);
    /* 2030 proposed, 1030 offered; windows of 7 */
    came(BOARD_BLUETOOTH, 8, "81 80 14 05 02 04 06 06 02 04 06 07 04 00 00 00 07 08 04 00 00 00 07");
}

static void two_physical_addresses_are_answered(void **state)
{
    (void)state;
    send_frame(BOARD_BLUETOOTH, "00 02 00 21 21 93", ""); /* logical 1, physical 16 */
    run_ms(10);
    came(BOARD_BLUETOOTH, 3, "21 00 02 00 21 73");
    send_frame(BOARD_BLUETOOTH, "00 02 68 2D 21 93", ""); /* 5678 + 1000 = 52 * 128 + 22 */
    run_ms(10);
    came(BOARD_BLUETOOTH, 3, "21 00 02 68 2D 73");
    send_frame(BOARD_BLUETOOTH, "00 02 68 2F 21 93", ""); /* the one after */
    run_ms(500);
    assert_int_equal(board.from_meter[BOARD_BLUETOOTH].size, 0);
}

static void the_optical_port_signs_on(void **state)
{
    (void)state;
    run_ms(10);
    assert_int_equal(board.line[BOARD_OPTICAL].baud, 300);
    assert_int_equal(board.line[BOARD_OPTICAL].format, LINE_7E1);
    give(BOARD_OPTICAL, (const uint8_t *)"/?!\r\n", 5);
    run_ms(1500);
    static const char identification[] = "/BLY5\\2BLATHY1\r\n";
    assert_int_equal(board.from_meter[BOARD_OPTICAL].size, sizeof identification - 1);
    assert_memory_equal(board.from_meter[BOARD_OPTICAL].octets, identification, sizeof identification - 1);
    board.from_meter[BOARD_OPTICAL].size = 0;
    give(BOARD_OPTICAL, (const uint8_t *)"\x06\x32\x35\x32\r\n", 6);
    run_ms(1500);
    came(BOARD_OPTICAL, 0, "06 32 35 32 0D 0A");
    assert_int_equal(board.line[BOARD_OPTICAL].baud, 9600);
    assert_int_equal(board.line[BOARD_OPTICAL].format, LINE_8N1);
    send_frame(BOARD_OPTICAL, "03 21 93", "");
    run_ms(50);
    came(BOARD_OPTICAL, 3, "21 03 73");
}

static void the_serial_number_is_an_address_too(void **state)
{
    (void)state;
    run_ms(10);
    give(BOARD_OPTICAL, (const uint8_t *)"/?87654321!\r\n", 13);
    run_ms(1500);
    assert_int_equal(board.from_meter[BOARD_OPTICAL].size, 0);
    give(BOARD_OPTICAL, (const uint8_t *)"/?12345678!\r\n", 13); /* leading zeros do not count */
    run_ms(1500);
    assert_true(board.from_meter[BOARD_OPTICAL].size > 0);
}

/* The rest of a session of the Administrator; the numbers of its frames count up from 10. */
static void set_by_bluetooth(const char *descriptor_and_value)
{
    char information[200];
    send_frame(BOARD_BLUETOOTH, "03 61 93", "");
    run_ms(10);
    came(BOARD_BLUETOOTH, 3, "61 03 73");
    send_frame(BOARD_BLUETOOTH, "03 61 10",
               "E6 E6 00 60 36 A1 09 06 07 60 85 74 05 08 01 01 8A 02 07 80 8B 07 60 85 74 05 08 02 01 AC 0A 80 08 "
               "30 30 30 30 30 30 30 32 BE 10 04 0E 01 00 00 00 06 5F 1F 04 00 00 7E 1F 04 00");
    run_ms(10);
    came(BOARD_BLUETOOTH, 8, "E6 E7 00 61 29 A1 09 06 07 60 85 74 05 08 01 01 A2 03 02 01 00 A3 05 A1 03 02 01 00");
    snprintf(information, sizeof information, "E6 E6 00 C1 01 C1 %s", descriptor_and_value);
    send_frame(BOARD_BLUETOOTH, "03 61 32", information);
    run_ms(10);
    came(BOARD_BLUETOOTH, 8, "E6 E7 00 C5 01 C1 00");
}

/* One frame of disconnection and its answer. */
static void disconnect_bluetooth(void)
{
    send_frame(BOARD_BLUETOOTH, "03 61 53", "");
    run_ms(10);
    came(BOARD_BLUETOOTH, 3, "61 03 73");
}

/* Class 23: device_address of Bluetooth 16 -> 32, by Bluetooth itself. */
static void a_new_setting_of_hdlc_waits_for_the_end_of_the_link(void **state)
{
    (void)state;
    set_by_bluetooth("00 17 00 01 16 00 00 FF 09 00 12 00 20");
    send_frame(BOARD_BLUETOOTH, "03 61 51", ""); /* RR: the link goes on as it is */
    run_ms(10);
    came(BOARD_BLUETOOTH, 3, "61 03 51");
    disconnect_bluetooth();
    send_frame(BOARD_BLUETOOTH, "00 02 00 21 61 93", ""); /* logical 1, physical 16: nobody any more */
    run_ms(500);
    assert_int_equal(board.from_meter[BOARD_BLUETOOTH].size, 0);
    send_frame(BOARD_BLUETOOTH, "00 02 00 41 61 93", ""); /* physical 32 */
    run_ms(10);
    came(BOARD_BLUETOOTH, 3, "61 00 02 00 41 73");
}

/* What is offered at SNRM: information field 64 for what the meter sends. */
static void a_new_information_field_is_offered_at_the_next_snrm(void **state)
{
    (void)state;
    set_by_bluetooth("00 17 00 01 16 00 00 FF 05 00 12 00 40");
    send_frame(BOARD_BLUETOOTH, "03 61 93", "81 80 14 05 02 07 EE 06 02 07 EE 07 04 00 00 00 07 08 04 00 00 00 07");
    run_ms(10);
    came(BOARD_BLUETOOTH, 8, "81 80 14 05 02 00 40 06 02 04 06 07 04 00 00 00 07 08 04 00 00 00 07");
}

static void the_identification_is(const char *identification)
{
    give(BOARD_OPTICAL, (const uint8_t *)"/?!\r\n", 5);
    run_ms(1500);
    assert_int_equal(board.from_meter[BOARD_OPTICAL].size, strlen(identification));
    assert_memory_equal(board.from_meter[BOARD_OPTICAL].octets, identification, strlen(identification));
    board.from_meter[BOARD_OPTICAL].size = 0;
}

/* Class 19, set by Bluetooth while the optical port signs on. */
static void a_new_setting_of_the_sign_on_is_there_at_the_next_one(void **state)
{
    (void)state;
    run_ms(10);
    the_identification_is("/BLY5\\2BLATHY1\r\n");
    set_by_bluetooth("00 13 00 00 14 00 00 FF 04 00 16 04"); /* prop_baud 4800 */
    disconnect_bluetooth();
    set_by_bluetooth("00 13 00 00 14 00 00 FF 05 00 16 00");         /* response_time 20 ms */
    give(BOARD_OPTICAL, (const uint8_t *)"\x06\x32\x35\x32\r\n", 6); /* 9600, as it was offered */
    run_ms(1500);
    came(BOARD_OPTICAL, 0, "06 32 35 32 0D 0A");
    assert_int_equal(board.line[BOARD_OPTICAL].baud, 9600);
    run_ms(125000); /* no link: back to the sign-on */
    assert_int_equal(board.line[BOARD_OPTICAL].baud, 300);
    the_identification_is("/BLy4\\2BLATHY1\r\n");
}

/* default_mode 1: HDLC at once, at comm_speed; and back. */
static void the_optical_port_can_do_without_a_sign_on(void **state)
{
    (void)state;
    set_by_bluetooth("00 17 00 00 16 00 00 FF 02 00 16 04"); /* comm_speed 4800 */
    disconnect_bluetooth();
    set_by_bluetooth("00 13 00 00 14 00 00 FF 02 00 16 01");
    run_ms(10);
    assert_int_equal(board.line[BOARD_OPTICAL].baud, 4800);
    assert_int_equal(board.line[BOARD_OPTICAL].format, LINE_8N1);
    send_frame(BOARD_OPTICAL, "03 21 93", "");
    run_ms(10);
    came(BOARD_OPTICAL, 3, "21 03 73");
    disconnect_bluetooth();
    set_by_bluetooth("00 13 00 00 14 00 00 FF 02 00 16 00");
    run_ms(10);
    assert_int_equal(board.line[BOARD_OPTICAL].baud, 4800); /* the link goes on */
    send_frame(BOARD_OPTICAL, "03 21 53", "");
    run_ms(10);
    came(BOARD_OPTICAL, 3, "21 03 73");
    run_ms(6000);
    assert_int_equal(board.line[BOARD_OPTICAL].baud, 300);
    the_identification_is("/BLY5\\2BLATHY1\r\n");
}

/* A writer whose link has timed out leaves its place to another port. */
static void a_silent_writer_is_replaced(void **state)
{
    static const char aarq[] =
        "E6 E6 00 60 36 A1 09 06 07 60 85 74 05 08 01 01 8A 02 07 80 8B 07 60 85 74 05 08 02 01 "
        "AC 0A 80 08 30 30 30 30 30 30 30 32 BE 10 04 0E 01 00 00 00 06 5F 1F 04 00 00 7E 1F 04 00";
    (void)state;
    set_by_bluetooth("00 13 00 00 14 00 00 FF 02 00 16 01"); /* and goes on as a writer */
    send_frame(BOARD_OPTICAL, "03 61 93", "");
    run_ms(100);
    came(BOARD_OPTICAL, 3, "61 03 73");
    send_frame(BOARD_OPTICAL, "03 61 10", aarq);
    run_ms(10);
    /* rejected-transient, no-reason-given */
    came(BOARD_OPTICAL, 8, "E6 E7 00 61 17 A1 09 06 07 60 85 74 05 08 01 01 A2 03 02 01 02 A3 05 A1 03 02 01 01");
    for (int second = 0; second < 121; second++) { /* the inactivity time-out of Bluetooth; the other one is kept up */
        run_ms(1000);
        send_frame(BOARD_OPTICAL, "03 61 31", "");
        run_ms(10);
        came(BOARD_OPTICAL, 3, "61 03 31");
    }
    send_frame(BOARD_OPTICAL, "03 61 32", aarq);
    run_ms(10);
    came(BOARD_OPTICAL, 8, "E6 E7 00 61 29 A1 09 06 07 60 85 74 05 08 01 01 A2 03 02 01 00 A3 05 A1 03 02 01 00");
}

static void mode_c_reads_the_meter(void **state)
{
    (void)state;
    struct metrology_window w = { .duration_us = 1000000,
                                  .energy = { .active_import_nj = INT64_C(3600000000000) * 12345 } };
    meter_add_window(&app->meter, &w);
    run_ms(10);
    the_identification_is("/BLY5\\2BLATHY1\r\n");
    give(BOARD_OPTICAL, (const uint8_t *)"\x06\x30\x35\x30\r\n", 6);
    run_ms(1500);
    struct test_line *line = &board.from_meter[BOARD_OPTICAL];
    static const char begin[] = "\x02"
                                "0.0.0(00012345678)\r\n";
    static const char energy[] = "1.8.0(000012.34*kWh)\r\n2.8.0(";
    const size_t energy_at =
        1 + sizeof "0.0.0(00012345678)\r" + sizeof "0.9.1(00:00:00)\r" + sizeof "0.9.2(00.00.00)\r";
    static const char end[] = "F.F(00000000)\r\n!\r\n\x03";
    assert_true(line->size > sizeof begin + sizeof energy + sizeof end);
    assert_memory_equal(line->octets, begin, sizeof begin - 1);
    assert_memory_equal(line->octets + line->size - sizeof end, end, sizeof end - 1);
    assert_memory_equal(line->octets + energy_at, energy, sizeof energy - 1);
    uint8_t check = 0;
    for (size_t i = 1; i < line->size - 1; i++) {
        check ^= line->octets[i];
    }
    assert_int_equal(line->octets[line->size - 1], check);
    line->size = 0;
    assert_int_equal(board.line[BOARD_OPTICAL].baud, 9600);
    assert_int_equal(board.line[BOARD_OPTICAL].format, LINE_7E1);
    give(BOARD_OPTICAL, (const uint8_t *)"\x06", 1);
    run_ms(10);
    assert_int_equal(board.line[BOARD_OPTICAL].baud, 300);
}

/* P1 is 00000000, and its programming mode has begun. */
static void begin_programming(void)
{
    set_by_bluetooth("00 13 00 00 14 00 00 FF 07 00 09 08 30 30 30 30 30 30 30 30");
    the_identification_is("/BLY5\\2BLATHY1\r\n");
    give(BOARD_OPTICAL, (const uint8_t *)"\x06\x30\x35\x31\r\n", 6);
    run_ms(1500);
    came(BOARD_OPTICAL, 0, "01 50 30 02 28 30 30 30 31 32 33 34 35 36 37 38 29 03");
}

/* Class 19 attribute 7 opens the programming mode. */
static void the_password_of_mode_c_is_set_by_cosem(void **state)
{
    (void)state;
    begin_programming();
    give(BOARD_OPTICAL, (const uint8_t *)"\001P1\002(00000000)\003a", 16);
    run_ms(500);
    came(BOARD_OPTICAL, 0, "06");
    give(BOARD_OPTICAL, (const uint8_t *)"\001R1\0020.6.0()\003\x55", 14);
    run_ms(500);
    came(BOARD_OPTICAL, 0, "02 28 32 33 30 2E 30 2A 56 29 03"); /* (230.0*V) */
}

/* The third wrong one ends the session and is in the fraud log. */
static void wrong_passwords_of_mode_c_are_an_event(void **state)
{
    (void)state;
    begin_programming();
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(app->meter.events.logs[EVENT_LOG_FRAUD].code, 0);
        give(BOARD_OPTICAL, (const uint8_t *)"\001P1\002(99999999)\003a", 16);
        run_ms(500);
    }
    assert_int_equal(app->meter.events.logs[EVENT_LOG_FRAUD].count, 2); /* 46, then 253 */
    assert_int_equal(app->meter.events.logs[EVENT_LOG_FRAUD].code, 253);
    assert_int_equal(app->meter.refused_logins, 3);
}

static void two_meters_share_nothing(void **state)
{
    static const struct identity other_identity = { .serial_number = "87654321" };
    struct board *first = &board;
    struct app *other = malloc(sizeof *other);
    static struct board other_board;
    (void)state;
    other_board = (struct board){ .rtc_kept = true, .rtc_s = 2000 };
    assert_non_null(other);
    assert_int_equal(app_init(other, &other_board, &other_identity, &metrology_nominal, 8000), STATUS_OK);
    struct metrology_window w = { .duration_us = 1000000, .energy = { .active_import_nj = INT64_C(3600000000000) } };
    meter_add_window(&other->meter, &w);
    app_step(other);
    run_ms(10);
    assert_int_equal(meter_quantity(&other->meter, QUANTITY_ACTIVE_ENERGY_IMPORT), 1);
    assert_int_equal(meter_quantity(&app->meter, QUANTITY_ACTIVE_ENERGY_IMPORT), 0);
    assert_int_equal(other->meter.clock.utc_s, 2000);
    assert_int_equal(app->meter.clock.utc_s, 1000);
    assert_int_equal(first->pulses[BOARD_LED_ACTIVE], 0);
    assert_int_equal(other_board.pulses[BOARD_LED_ACTIVE], 1);
    free(other);
}

static void a_meter_is_small(void **state)
{
    (void)state;
    print_message("sizeof(struct app) = %zu\n", sizeof(struct app));
    assert_true(sizeof(struct app) <= 26843); /* 100,000 of them in 2.5 GiB */
}

static void a_bad_rate_is_refused(void **state)
{
    static const struct identity identity = { .serial_number = "12345678" };
    (void)state;
    assert_int_equal(app_init(app, &board, &identity, &metrology_nominal, 1), STATUS_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bluetooth_speaks_hdlc_at_once, start, stop),
        cmocka_unit_test_setup_teardown(what_the_meter_offers_is_negotiated, start, stop),
        cmocka_unit_test_setup_teardown(two_physical_addresses_are_answered, start, stop),
        cmocka_unit_test_setup_teardown(the_optical_port_signs_on, start, stop),
        cmocka_unit_test_setup_teardown(the_serial_number_is_an_address_too, start, stop),
        cmocka_unit_test_setup_teardown(a_new_setting_of_hdlc_waits_for_the_end_of_the_link, start, stop),
        cmocka_unit_test_setup_teardown(a_new_information_field_is_offered_at_the_next_snrm, start, stop),
        cmocka_unit_test_setup_teardown(a_new_setting_of_the_sign_on_is_there_at_the_next_one, start, stop),
        cmocka_unit_test_setup_teardown(the_optical_port_can_do_without_a_sign_on, start, stop),
        cmocka_unit_test_setup_teardown(a_silent_writer_is_replaced, start, stop),
        cmocka_unit_test_setup_teardown(mode_c_reads_the_meter, start, stop),
        cmocka_unit_test_setup_teardown(the_password_of_mode_c_is_set_by_cosem, start, stop),
        cmocka_unit_test_setup_teardown(wrong_passwords_of_mode_c_are_an_event, start, stop),
        cmocka_unit_test_setup_teardown(two_meters_share_nothing, start, stop),
        cmocka_unit_test_setup_teardown(a_meter_is_small, start, stop),
        cmocka_unit_test_setup_teardown(a_bad_rate_is_refused, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
