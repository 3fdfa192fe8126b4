/* The Telnet server: conversations written from RFC 854 and RFC 2217, and random octets. */
#include "boards/linux/telnet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TEXT_MAX = 512 };

static struct telnet telnet;
static struct queue out;

static size_t to_octets(const char *hex, uint8_t *octets)
{
    size_t size = 0;
    for (int used; *hex != '\0'; hex += used) {
        unsigned octet;
        assert_int_equal(sscanf(hex, "%2x %n", &octet, &used), 1);
        octets[size++] = (uint8_t)octet;
    }
    return size;
}

/* The server takes `in`, answers `answer`, and gives `line` to the line: data, B for a break, P for a purge. */
static void exchange(const char *in, const char *answer, const char *line)
{
    uint8_t octets[TEXT_MAX];
    uint8_t expected[TEXT_MAX];
    char got[TEXT_MAX] = "";
    size_t size = to_octets(in, octets);
    for (size_t i = 0; i < size; i++) {
        char event[4] = "";
        switch (telnet_receive(&telnet, octets[i], &out)) {
        case TELNET_DATA:
            snprintf(event, sizeof event, "%02X", octets[i]);
            break;
        case TELNET_BREAK:
            strcpy(event, "B");
            break;
        case TELNET_PURGE:
            strcpy(event, "P");
            break;
        case TELNET_NOTHING:
            break;
        }
        strcat(got, event);
    }
    assert_string_equal(got, line);
    assert_int_equal(out.used, to_octets(answer, expected));
    assert_memory_equal(out.octets, expected, out.used);
    out.used = 0;
}

static int connect_client(void **state)
{
    (void)state;
    telnet_init(&telnet, &out);
    exchange("", "FF FB 00 FF FD 00 FF FB 03", ""); /* WILL and DO binary, WILL suppress-go-ahead */
    return 0;
}

static void options_are_negotiated_once(void **state)
{
    (void)state;
    exchange("FF FD 00 FF FB 00 FF FD 03", "", "");            /* consents */
    exchange("FF FB 2C", "FF FD 2C FF FA 2C 6B B0 FF F0", ""); /* WILL com-port: DO, and the modem's state */
    exchange("FF FB 2C FF FD 00", "", "");                     /* nothing new */
    exchange("FF FD 01 FF FB 18", "FF FC 01 FF FE 18", "");    /* echo and terminal type are refused */
    exchange("FF FE 01 FF FC 18", "", "");                     /* as they are anyway */
    exchange("FF FE 03 FF FC 00", "FF FC 03 FF FE 00", "");    /* an end is confirmed */
    exchange("FF FE 03 FF FC 00", "", "");
}

static void data_are_data(void **state)
{
    (void)state;
    exchange("7E A0 0D 00 0A FF FF 11", "", "7EA00D000AFF11");
    exchange("41 FF F1 42 FF F6 43", "", "414243"); /* NOP; AYT means nothing to a line */
    telnet_send(0xFE, &out);
    telnet_send(0xFF, &out);
    exchange("", "FE FF FF", "");
}

static void the_line_is_set(void **state)
{
    (void)state;
    exchange("FF FA 2C 01 00 00 01 2C FF F0", "FF FA 2C 65 00 00 01 2C FF F0", "");
    exchange("FF FA 2C 02 07 FF F0", "FF FA 2C 66 07 FF F0", "");
    exchange("FF FA 2C 03 03 FF F0", "FF FA 2C 67 03 FF F0", "");
    exchange("FF FA 2C 04 02 FF F0", "FF FA 2C 68 02 FF F0", "");
    assert_int_equal(telnet.uart.baud, 300);
    assert_int_equal(telnet.uart.data_bits, 7);
    assert_int_equal(telnet.uart.parity, UART_EVEN);
    assert_int_equal(telnet.uart.stop, UART_STOP_2);
    /* 0 asks; what cannot be is answered with what is */
    exchange("FF FA 2C 01 00 00 00 00 FF F0", "FF FA 2C 65 00 00 01 2C FF F0", "");
    exchange("FF FA 2C 01 FF FF FF FF FF FF FF FF FF F0", "FF FA 2C 65 00 00 01 2C FF F0", "");
    exchange("FF FA 2C 02 09 FF F0", "FF FA 2C 66 07 FF F0", "");
    exchange("FF FA 2C 03 06 FF F0", "FF FA 2C 67 03 FF F0", "");
    exchange("FF FA 2C 04 00 FF F0", "FF FA 2C 68 02 FF F0", "");
    /* an FF in a value is doubled both ways: 255 baud */
    exchange("FF FA 2C 01 00 00 00 FF FF FF F0", "FF FA 2C 65 00 00 00 FF FF FF F0", "");
    assert_int_equal(telnet.uart.baud, 255);
}

static void control_lines_and_break(void **state)
{
    (void)state;
    exchange("FF FA 2C 05 08 FF F0", "FF FA 2C 69 08 FF F0", "");
    exchange("FF FA 2C 05 07 FF F0", "FF FA 2C 69 08 FF F0", "");
    exchange("FF FA 2C 05 09 FF F0", "FF FA 2C 69 09 FF F0", "");
    exchange("FF FA 2C 05 07 FF F0", "FF FA 2C 69 09 FF F0", "");
    exchange("FF FA 2C 05 0C FF F0", "FF FA 2C 69 0C FF F0", "");
    exchange("FF FA 2C 05 0A FF F0", "FF FA 2C 69 0C FF F0", "");
    exchange("FF FA 2C 05 05 FF F0", "FF FA 2C 69 05 FF F0", "B");
    exchange("FF FA 2C 05 05 FF F0", "FF FA 2C 69 05 FF F0", ""); /* it is still the same one */
    exchange("FF FA 2C 05 04 FF F0", "FF FA 2C 69 05 FF F0", "");
    exchange("FF FA 2C 05 06 FF F0", "FF FA 2C 69 06 FF F0", "");
    exchange("FF FA 2C 05 05 FF F0", "FF FA 2C 69 05 FF F0", "B");
    exchange("FF FA 2C 05 01 FF F0", "FF FA 2C 69 01 FF F0", "");
    exchange("FF FA 2C 05 03 FF F0", "FF FA 2C 69 01 FF F0", ""); /* there is no flow control, */
    exchange("FF FA 2C 05 12 FF F0", "FF FA 2C 69 0E FF F0", ""); /* inbound neither */
    exchange("FF FA 2C 05 14 FF F0", "", "");
}

static void masks_purge_and_flow(void **state)
{
    (void)state;
    exchange("FF FA 2C 07 FF F0", "FF FA 2C 6B B0 FF F0", "");
    exchange("FF FA 2C 0B 10 FF F0", "FF FA 2C 6F 10 FF F0", "");
    exchange("FF FA 2C 07 FF F0", "FF FA 2C 6B 10 FF F0", "");
    exchange("FF FA 2C 0A FF FF FF F0", "FF FA 2C 6E 00 FF F0", "");
    exchange("FF FA 2C 0C 01 FF F0", "FF FA 2C 70 01 FF F0", "");
    exchange("FF FA 2C 0C 02 FF F0", "FF FA 2C 70 02 FF F0", "P");
    exchange("FF FA 2C 0C 03 FF F0", "FF FA 2C 70 03 FF F0", "P");
    exchange("FF FA 2C 00 FF F0", "FF FA 2C 64 42 6C 61 74 68 79 FF F0", "");
    exchange("FF FA 2C 08 FF F0", "", "");
    assert_true(telnet.suspended);
    exchange("FF FA 2C 09 FF F0", "", "");
    assert_false(telnet.suspended);
}

static void what_is_not_of_its_form_is_not_answered(void **state)
{
    (void)state;
    exchange("FF FA FF F0 FF FA 2C FF F0 FF FA 18 01 FF F0", "", "");
    exchange("FF FA 2C 01 FF F0 FF FA 2C 01 00 00 FF F0 FF FA 2C 01 00 00 01 2C 00 FF F0", "", "");
    exchange("FF FA 2C 02 FF F0 FF FA 2C 02 07 07 FF F0 FF FA 2C 63 07 FF F0 FF FA 2C 0C 04 FF F0", "", "");
    exchange("FF FA 2C 02 07 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 FF F0 41", "", "41");
    assert_int_equal(telnet.uart.data_bits, 8);
    assert_int_equal(telnet.uart.baud, 9600);
}

/* The room that telnet_room leaves holds every answer: to what has the longest ones for its size, and to random octets.
 */
static void answers_have_room(void **state)
{
    (void)state;
    static const char *const phrases[] = {
        "FF FB 2C FF FC 2C",
        "FF FD 2C FF FE 2C",
        "FF FA 2C 00 FF F0",
        "FF FA 2C 07 FF F0",
        "FF FD 01",
        "FF FA 2C 01 00 00 FF FF FF FF FF F0",
        "FF FF FF FA FA F0 F0 FB FC FD FE 2C 00 01 03 07 05 0C",
    };
    enum { PHRASES = sizeof phrases / sizeof phrases[0] };
    srand(1);
    for (unsigned i = 0; i < 5000; i++) {
        uint8_t phrase[TEXT_MAX];
        bool shuffled = i % PHRASES == PHRASES - 1;
        size_t size = to_octets(phrases[i % PHRASES], phrase);
        out.used = (size_t)rand() % QUEUE_MAX;
        size_t room = telnet_room(&out);
        for (size_t n = 0; n < room; n++) {
            telnet_receive(&telnet, phrase[shuffled ? (size_t)rand() % size : (n + i) % size], &out);
            assert_true(out.used < QUEUE_MAX);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(options_are_negotiated_once, connect_client),
        cmocka_unit_test_setup(data_are_data, connect_client),
        cmocka_unit_test_setup(the_line_is_set, connect_client),
        cmocka_unit_test_setup(control_lines_and_break, connect_client),
        cmocka_unit_test_setup(masks_purge_and_flow, connect_client),
        cmocka_unit_test_setup(what_is_not_of_its_form_is_not_answered, connect_client),
        cmocka_unit_test_setup(answers_have_room, connect_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
