/* app/app: one meter wired to a board, from the octets of its two ports to its registers. Frames are built here, with
 * a bitwise CRC-16/X-25 of its own; the first ones are the well-known ones of the DLMS literature. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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
    assert_true(sizeof(struct app) <= 20000); /* 100,000 of them in 2 GB */
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
        cmocka_unit_test_setup_teardown(two_meters_share_nothing, start, stop),
        cmocka_unit_test_setup_teardown(a_meter_is_small, start, stop),
        cmocka_unit_test_setup_teardown(a_bad_rate_is_refused, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
