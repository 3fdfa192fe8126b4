/* Sign-on: the transcript tests/golden/sign_on.txt, whole and in pieces.
 *
 * Statements of this transcript:
 *   set FIELD TEXT     identification, device_address
 *   paced 0|1          from now on
 *   direct off|SPEED   class 19 default_mode and the speed of the direct mode
 *   reset
 * Events: line BAUD FORMAT, after "binary, " or "ascii, " when HDLC begins or ends; left N: octets not taken
 */
#include "link/sign_on.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "transcript.h"

struct station {
    struct sign_on sign_on;
    struct sign_on_settings settings;
    char identification[64];
    char device_address[40];
    uint32_t now_ms;
    size_t read_size;
    size_t write_size;
    bool binary;               /* when last looked at */
    struct line_settings line; /* likewise */
    struct transcript_log log;
};

static void look_at_line(struct station *s)
{
    const struct line_settings *line = sign_on_line(&s->sign_on);
    bool binary = sign_on_binary(&s->sign_on);
    char text[64];
    if (binary == s->binary && line->baud == s->line.baud && line->format == s->line.format) {
        return;
    }
    const char *mode = binary == s->binary ? "" : binary ? "binary, " : "ascii, ";
    snprintf(text, sizeof text, "%sline %u %s", mode, line->baud, line->format == LINE_7E1 ? "7E1" : "8N1");
    transcript_event(&s->log, text);
    s->line = *line;
    s->binary = binary;
}

static void start(void *context)
{
    struct station *s = context;
    snprintf(s->identification, sizeof s->identification, "%s", "BLY5\\2BLATHY1");
    snprintf(s->device_address, sizeof s->device_address, "%s", "0042");
    s->settings = (struct sign_on_settings){ .identification = s->identification,
                                             .device_address = s->device_address,
                                             .serial_number = "0000BLY1234" };
    sign_on_init(&s->sign_on, &s->settings, false);
    s->binary = sign_on_binary(&s->sign_on);
    s->line = *sign_on_line(&s->sign_on);
    assert_int_equal(s->line.baud, 300);
    assert_int_equal(s->line.format, LINE_7E1);
}

static void drain(struct station *s)
{
    uint8_t octets[64];
    size_t n;
    while ((n = sign_on_transmit(&s->sign_on, octets, s->write_size, s->now_ms)) > 0) {
        assert_true(n <= s->write_size);
        transcript_sent(&s->log, octets, n);
        look_at_line(s);
    }
}

static void receive(void *context, const uint8_t *octets, size_t size)
{
    struct station *s = context;
    while (size > 0 && !sign_on_binary(&s->sign_on)) {
        size_t given = size < s->read_size ? size : s->read_size;
        size_t taken = sign_on_receive(&s->sign_on, octets, given, s->now_ms);
        assert_true(taken > 0 && taken <= given);
        octets += taken;
        size -= taken;
        look_at_line(s);
        drain(s);
    }
    if (size > 0) {
        char text[32];
        snprintf(text, sizeof text, "left %zu", size);
        assert_int_equal(sign_on_receive(&s->sign_on, octets, size, s->now_ms), 0);
        transcript_event(&s->log, text);
    }
}

static void let_time_pass(void *context, uint32_t ms)
{
    struct station *s = context;
    s->now_ms += ms;
    sign_on_tick(&s->sign_on, s->now_ms);
    look_at_line(s);
    drain(s);
}

static bool command(void *context, const char *word, const char *arguments)
{
    struct station *s = context;
    if (strcmp(word, "reset") == 0) {
        sign_on_reset(&s->sign_on);
        look_at_line(s);
    } else if (strcmp(word, "paced") == 0) {
        s->sign_on.paced = arguments[0] == '1';
    } else if (strcmp(word, "direct") == 0) {
        s->settings.direct = strcmp(arguments, "off") != 0;
        s->settings.direct_speed = (uint8_t)atoi(arguments);
    } else if (strcmp(word, "set") == 0 && strncmp(arguments, "identification ", 15) == 0) {
        snprintf(s->identification, sizeof s->identification, "%s", arguments + 15);
    } else if (strcmp(word, "set") == 0 && strncmp(arguments, "device_address", 14) == 0) {
        snprintf(s->device_address, sizeof s->device_address, "%s", arguments[14] == ' ' ? arguments + 15 : "");
    } else {
        return false;
    }
    return true;
}

static void conversation(void **state)
{
    (void)state;
    static struct station s;
    static const struct transcript_station replayed = { &s.log, start, receive, let_time_pass, command };
    static const size_t sizes[][2] = { { 64, 64 }, { 1, 64 }, { 3, 5 }, { 64, 1 } };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        s.read_size = sizes[i][0];
        s.write_size = sizes[i][1];
        s.now_ms = 0xFFFFF000u; /* the clock wraps on the way */
        transcript_replay("sign_on", &replayed, &s);
    }
}

/* IEC 62056-21 6.3.1: digits, letters and the space make a device address. */
static void address_is_of_digits_letters_and_spaces(void **state)
{
    (void)state;
    for (int c = 1; c < 128; c++) {
        const char address[] = { (char)c, '\0' };
        const uint8_t request[] = { '/', '?', (uint8_t)c, '!', '\r', '\n' };
        const struct sign_on_settings settings = { "BLY5\\2BLATHY1", address, "", false, 0 };
        struct sign_on s;
        uint8_t octets[64];
        sign_on_init(&s, &settings, false);
        assert_int_equal(sign_on_receive(&s, request, sizeof request, 0), sizeof request);
        bool answered = sign_on_transmit(&s, octets, sizeof octets, 0) > 0;
        assert_int_equal(answered, (isalnum(c) || c == ' '));
    }
}

/* The timeouts do not depend on sign_on_tick being called in time. */
static void octets_bring_the_time_with_them(void **state)
{
    (void)state;
    const struct sign_on_settings settings = { "BLY5\\2BLATHY1", "", "", false, 0 };
    const uint8_t request[] = { '/', '?', '!', '\r', '\n' };
    struct sign_on s;
    uint8_t octets[64];
    for (uint32_t gap_ms = 1500; gap_ms <= 1501; gap_ms++) {
        sign_on_init(&s, &settings, false);
        sign_on_receive(&s, request, 2, 0);
        sign_on_receive(&s, request + 2, 3, gap_ms);
        assert_int_equal(sign_on_transmit(&s, octets, sizeof octets, gap_ms) > 0, gap_ms == 1500);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversation),
        cmocka_unit_test(address_is_of_digits_letters_and_spaces),
        cmocka_unit_test(octets_bring_the_time_with_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
