/* UARTs that are set alike, almost alike and differently. What is heard follows from drawing the line. */
#include "boards/linux/uart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct uart u8n1 = { 9600, 8, UART_NONE, UART_STOP_1 };
static const struct uart u8e1 = { 9600, 8, UART_EVEN, UART_STOP_1 };
static const struct uart u7e1 = { 9600, 7, UART_EVEN, UART_STOP_1 };
static const struct uart u7o1 = { 9600, 7, UART_ODD, UART_STOP_1 };
static const struct uart u7n2 = { 9600, 7, UART_NONE, UART_STOP_2 };
static const struct uart u7m1 = { 9600, 7, UART_MARK, UART_STOP_1 };
static const struct uart u7s1 = { 9600, 7, UART_SPACE, UART_STOP_1 };
static const struct uart u5n1 = { 9600, 5, UART_NONE, UART_STOP_1 };
static const struct uart slow = { 300, 7, UART_EVEN, UART_STOP_1 };
static const struct uart near_fast = { 9850, 8, UART_NONE, UART_STOP_1 }; /* 2.6 % */
static const struct uart half = { 4800, 8, UART_NONE, UART_STOP_1 };

static void alike_every_octet_is_heard(void **state)
{
    (void)state;
    static const struct uart *const settings[] = { &u8n1, &u8e1, &u7e1, &u7o1, &u7n2, &u7m1, &u7s1, &u5n1, &slow };
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        for (unsigned octet = 0; octet < 256; octet++) {
            uint8_t heard[UART_HEARD_MAX];
            assert_int_equal(uart_hear(settings[i], settings[i], (uint8_t)octet, heard), 1);
            assert_int_equal(heard[0], octet & ((1u << settings[i]->data_bits) - 1));
        }
    }
    for (unsigned octet = 0; octet < 256; octet++) {
        uint8_t heard[UART_HEARD_MAX];
        assert_int_equal(uart_hear(&near_fast, &u8n1, (uint8_t)octet, heard), 1);
        assert_int_equal(heard[0], octet);
        assert_int_equal(uart_hear(&u8n1, &near_fast, (uint8_t)octet, heard), 1);
        assert_int_equal(heard[0], octet);
    }
}

/* 7E1 and 8N1 have ten bits each: the parity bit is the eighth one of data. */
static void parity_as_data(void **state)
{
    (void)state;
    for (unsigned octet = 0; octet < 256; octet++) {
        uint8_t heard[UART_HEARD_MAX];
        bool even = __builtin_popcount(octet) % 2 == 0;
        assert_int_equal(uart_hear(&u8n1, &u7e1, (uint8_t)octet, heard), 1);
        assert_int_equal(heard[0], even ? octet & 0x7F : 0);
        unsigned low = octet & 0x7F;
        assert_int_equal(uart_hear(&u7e1, &u8n1, (uint8_t)octet, heard), 1);
        assert_int_equal(heard[0], low | (__builtin_popcount(low) % 2 == 0 ? 0u : 0x80u));
    }
}

static void differently(void **state)
{
    (void)state;
    static const struct {
        const struct uart *sender;
        const struct uart *receiver;
        uint8_t octet;
        size_t count;
        uint8_t heard[UART_HEARD_MAX];
    } cases[] = {
        { &u7o1, &u7e1, '/', 1, { 0 } },   /* the wrong parity */
        { &u7s1, &u7e1, '!', 1, { '!' } }, /* two bits: an even parity bit is low as well */
        { &u7s1, &u7e1, '/', 1, { 0 } },
        { &u7m1, &u7e1, '/', 1, { '/' } },   /* five bits: it is high */
        { &u7n2, &u7e1, '/', 1, { '/' } },   /* a stop bit stands for it */
        { &u8e1, &u8n1, 0x01, 1, { 0x01 } }, /* the parity bit stands for the stop bit, */
        { &u8e1, &u8n1, 0x03, 1, { 0x00 } }, /* which is missing here */
        { &u8n1, &slow, 0x00, 0, { 0 } },    /* 0.9 ms, over before the middle of a start bit of 3.3 ms */
        { &u8n1, &slow, 0xFF, 0, { 0 } },
        { &slow, &u8n1, 0x7F, 1, { 0 } },          /* _---------: the start bit is a break to 9600 baud */
        { &slow, &u8n1, 0x55, 5, { 0 } },          /* _-_-_-_-_-: and so is every other bit */
        { &half, &u8n1, 0xFF, 1, { 0xFE } },       /* __--------: two bits low */
        { &half, &u8n1, 0x00, 1, { 0x00 } },       /* low for 18 bits */
        { &u8n1, &u5n1, 0x1F, 1, { 0x00 } },       /* bit 5 stands for the stop bit */
        { &u8n1, &u5n1, 0x3F, 2, { 0x1F, 0x1E } }, /* bits 6 and 7 begin another octet */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t heard[UART_HEARD_MAX];
        size_t count = uart_hear(cases[i].sender, cases[i].receiver, cases[i].octet, heard);
        if (count != cases[i].count || memcmp(heard, cases[i].heard, count) != 0) {
            fail_msg("case %zu: %zu heard, first %02X", i, count, heard[0]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alike_every_octet_is_heard),
        cmocka_unit_test(parity_as_data),
        cmocka_unit_test(differently),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
