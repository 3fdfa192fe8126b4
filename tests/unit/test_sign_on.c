/* Sign-on and mode C: the transcripts tests/golden/sign_on.txt and mode_c.txt, whole and in pieces.
 *
 * Statements of these transcripts:
 *   set FIELD TEXT     product, device_address, pass_p1, default_baud, prop_baud, response_time
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
    struct local_port_settings local;
    struct sign_on_settings settings;
    struct lockout lockout;
    char product[32];
    uint32_t now_ms;
    size_t read_size;
    size_t write_size;
    bool binary;               /* when last looked at */
    struct line_settings line; /* likewise */
    struct transcript_log log;
};

/* What mode C reads. */
static const char *const lines[] = { "0.0.0(12345678)", "1.8.0(001234.56*kWh)" };

static size_t line(void *context, unsigned number, char *text)
{
    struct station *s = context;
    assert_ptr_equal(s, s->settings.context);
    if (number >= sizeof lines / sizeof lines[0]) {
        return 0;
    }
    memcpy(text, lines[number], strlen(lines[number]));
    return strlen(lines[number]);
}

static size_t value(void *context, const char *code, size_t size, char *text)
{
    static const char known[] = "(001234.56*kWh)";
    (void)context;
    if (size != 5 || memcmp(code, "1.8.0", 5) != 0) {
        return 0;
    }
    memcpy(text, known, sizeof known - 1);
    return sizeof known - 1;
}

static unsigned refusals; /* that locked */

static void refused(void *context, bool locked)
{
    (void)context;
    refusals += locked;
}

static const struct mode_c_upper upper = { line, value, refused };

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
    snprintf(s->product, sizeof s->product, "%s", "BLATHY1");
    s->local = (struct local_port_settings){ .offered_speed = 5,
                                             .device_address_size = 4,
                                             .device_address = "0042",
                                             .passwords[PORT_PASSWORD_P1] = { 8, "00000000" } };
    s->lockout = (struct lockout){ 0 };
    s->settings = (struct sign_on_settings){ .local = &s->local,
                                             .manufacturer = "BLY",
                                             .product = s->product,
                                             .serial_number = "0000BLY1234",
                                             .p1_lockout = &s->lockout,
                                             .upper = &upper,
                                             .context = s };
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

static bool set_field(struct station *s, const char *arguments)
{
    char name[20];
    size_t size = strcspn(arguments, " ");
    const char *value = arguments + size + (arguments[size] == ' ');
    snprintf(name, sizeof name, "%.*s", (int)size, arguments);
    if (strcmp(name, "product") == 0) {
        snprintf(s->product, sizeof s->product, "%s", value);
    } else if (strcmp(name, "device_address") == 0) {
        s->local.device_address_size = (uint8_t)strlen(value);
        memcpy(s->local.device_address, value, strlen(value));
    } else if (strcmp(name, "pass_p1") == 0) {
        s->local.passwords[PORT_PASSWORD_P1].size = (uint8_t)strlen(value);
        memcpy(s->local.passwords[PORT_PASSWORD_P1].text, value, strlen(value));
    } else if (strcmp(name, "default_baud") == 0) {
        s->local.opening_speed = (uint8_t)atoi(value);
    } else if (strcmp(name, "prop_baud") == 0) {
        s->local.offered_speed = (uint8_t)atoi(value);
    } else if (strcmp(name, "response_time") == 0) {
        s->local.fast = atoi(value) == 0;
    } else {
        return false;
    }
    return true;
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
        s->local.direct = strcmp(arguments, "off") != 0;
        s->local.direct_speed = (uint8_t)atoi(arguments);
    } else if (strcmp(word, "set") == 0) {
        return set_field(s, arguments);
    } else {
        return false;
    }
    return true;
}

static void replay(const char *name)
{
    static struct station s;
    static const struct transcript_station replayed = { &s.log, start, receive, let_time_pass, command };
    static const size_t sizes[][2] = { { 64, 64 }, { 1, 64 }, { 3, 5 }, { 64, 1 } };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        s.read_size = sizes[i][0];
        s.write_size = sizes[i][1];
        s.now_ms = 0xFFFFF000u; /* the clock wraps on the way */
        transcript_replay(name, &replayed, &s);
    }
}

static void sign_on(void **state)
{
    (void)state;
    replay("sign_on");
}

static void mode_c(void **state)
{
    (void)state;
    replay("mode_c");
}

/* IEC 62056-21 6.3.1: digits, letters and the space make a device address. */
static void address_is_of_digits_letters_and_spaces(void **state)
{
    (void)state;
    static struct station s;
    s.write_size = 64;
    for (int c = 1; c < 128; c++) {
        const uint8_t request[] = { '/', '?', (uint8_t)c, '!', '\r', '\n' };
        start(&s);
        s.local.device_address_size = 1;
        s.local.device_address[0] = (char)c;
        s.log.sent_size = 0;
        assert_int_equal(sign_on_receive(&s.sign_on, request, sizeof request, s.now_ms), sizeof request);
        drain(&s);
        assert_int_equal(s.log.sent_size > 0, isalnum(c) || c == ' ');
    }
}

/* The timeouts do not depend on sign_on_tick being called in time. */
static void octets_bring_the_time_with_them(void **state)
{
    (void)state;
    static const uint8_t request[] = { '/', '?', '!', '\r', '\n' };
    static struct station s;
    uint8_t octets[64];
    for (uint32_t gap_ms = 1500; gap_ms <= 1501; gap_ms++) {
        start(&s);
        sign_on_receive(&s.sign_on, request, 2, 0);
        sign_on_receive(&s.sign_on, request + 2, 3, gap_ms);
        assert_int_equal(sign_on_transmit(&s.sign_on, octets, sizeof octets, gap_ms) > 0, gap_ms == 1500);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sign_on),
        cmocka_unit_test(mode_c),
        cmocka_unit_test(address_is_of_digits_letters_and_spaces),
        cmocka_unit_test(octets_bring_the_time_with_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
