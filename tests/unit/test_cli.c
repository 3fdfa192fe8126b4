/* The command line: what each option means, and that mistakes are refused. */
#include "host/cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/local_time.h"
#include "host/number.h"

enum { WORDS_MAX = 16 };

/* Splits at blanks; the words stay in `text`. */
static int split(char *text, char **words)
{
    int count = 0;
    for (char *word = strtok(text, " "); word != NULL && count < WORDS_MAX; word = strtok(NULL, " ")) {
        words[count++] = word;
    }
    words[count] = NULL;
    return count;
}

static enum cli_outcome parse_run(char *text, struct cli_run *run)
{
    char *words[WORDS_MAX + 1];
    return cli_parse_run(split(text, words), words, run);
}

static void run_has_the_defaults_of_the_contract(void **state)
{
    (void)state;
    char text[] = "run";
    struct cli_run run;
    assert_int_equal(parse_run(text, &run), CLI_GO_ON);
    assert_int_equal(run.ports[BOARD_OPTICAL].count, 1);
    assert_int_equal(run.ports[BOARD_OPTICAL].endpoints[0].kind, ENDPOINT_TCP);
    assert_string_equal(run.ports[BOARD_OPTICAL].endpoints[0].host, "127.0.0.1");
    assert_string_equal(run.ports[BOARD_OPTICAL].endpoints[0].port, "4061");
    assert_int_equal(run.ports[BOARD_BLUETOOTH].count, 1);
    assert_string_equal(run.ports[BOARD_BLUETOOTH].endpoints[0].port, "4062");
    assert_string_equal(run.state, "./blathy-state");
    assert_null(run.serial_number);
    assert_string_equal(run.load, "household");
    assert_false(run.start_given);
    assert_int_equal(run.speed, 1);
    assert_int_equal(run.seed, 1);
    assert_int_equal(run.waveform, CLI_WAVEFORM_AUTO);
    assert_false(run.verbose);
    assert_false(run.pace);
}

static void run_takes_its_options(void **state)
{
    (void)state;
    char text[] = "run --optical tcp:[::1]:0 --optical pty:/tmp/x --load=constant:230,5,1 --start 2000-01-02T00:00:01 "
                  "--speed 60 --seed 9";
    struct cli_run run;
    assert_int_equal(parse_run(text, &run), CLI_GO_ON);
    assert_int_equal(run.ports[BOARD_OPTICAL].count, 2);
    assert_string_equal(run.ports[BOARD_OPTICAL].endpoints[0].host, "::1");
    assert_string_equal(run.ports[BOARD_OPTICAL].endpoints[0].port, "0");
    assert_int_equal(run.ports[BOARD_OPTICAL].endpoints[1].kind, ENDPOINT_PTY);
    assert_string_equal(run.ports[BOARD_OPTICAL].endpoints[1].path, "/tmp/x");
    assert_string_equal(run.load, "constant:230,5,1");
    assert_true(run.start_given);
    assert_int_equal(run.start_local_s, 86401);
    assert_int_equal(run.speed, 60);
    assert_int_equal(run.seed, 9);

    char more[] =
        "run --state /tmp/s --speed max --waveform always --serial AB345678 -v --pace --optical off --bluetooth off";
    assert_int_equal(parse_run(more, &run), CLI_GO_ON);
    assert_int_equal(run.speed, CLI_SPEED_MAX);
    assert_int_equal(run.waveform, CLI_WAVEFORM_ALWAYS);
    assert_string_equal(run.state, "/tmp/s");
    assert_string_equal(run.serial_number, "AB345678");
    assert_true(run.verbose);
    assert_true(run.pace);
    assert_int_equal(run.ports[BOARD_OPTICAL].count, 1);
    assert_int_equal(run.ports[BOARD_OPTICAL].endpoints[0].kind, ENDPOINT_OFF);
}

static void run_goes_on_without_what_is_not_there_yet(void **state)
{
    (void)state;
    char text[] = "run --http 127.0.0.1:8080 --scenario a.yaml --pcap x";
    struct cli_run run;
    assert_int_equal(parse_run(text, &run), CLI_GO_ON);
}

static void run_refuses_mistakes(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "run --nonsense",
        "run -x",
        "run --load",
        "run here",
        "run --optical tcp:127.0.0.1",
        "run --optical serial:",
        "run --speed 0",
        "run --speed 1.5",
        "run --speed fast",
        "run --speed 99999999999999999999999",
        "run --seed -1",
        "run --seed 0x10",
        "run --start yesterday",
        "run --serial 1234567",
        "run --serial 12345678901234567",
        "run --serial 1234_5678",
        "run --waveform sometimes",
        "run --http 8080",
        "run --state",
        "run --state=",
        "run --optical off --optical off --optical off --optical off --optical off",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[128];
        strcpy(text, cases[i]);
        struct cli_run run;
        assert_int_equal(parse_run(text, &run), CLI_WRONG);
    }
}

static void help_is_an_answer(void **state)
{
    (void)state;
    char text[] = "run --help";
    struct cli_run run;
    assert_int_equal(parse_run(text, &run), CLI_ANSWERED);
    char *words[] = { "measure", "-h", NULL };
    struct cli_measure measure;
    assert_int_equal(cli_parse_measure(2, words, &measure), CLI_ANSWERED);
}

static enum cli_outcome parse_measure(const char *line, struct cli_measure *measure)
{
    static char text[128]; /* the file's name is kept */
    strcpy(text, line);
    char *words[WORDS_MAX + 1];
    return cli_parse_measure(split(text, words), words, measure);
}

static void measure_takes_its_options(void **state)
{
    (void)state;
    struct cli_measure m;
    assert_int_equal(parse_measure("measure a.csv", &m), CLI_GO_ON);
    assert_string_equal(m.file, "a.csv");
    assert_int_equal(m.rate_hz, 8000);
    assert_false(m.codes || m.sinc3 || m.print_scale);
    assert_null(m.calibration_file);
    assert_int_equal(
        parse_measure("measure --format s24le a.raw --rate 4000 --frontend sinc3 --calibration c.json", &m), CLI_GO_ON);
    assert_string_equal(m.file, "a.raw");
    assert_int_equal(m.rate_hz, 4000);
    assert_true(m.codes && m.sinc3);
    assert_string_equal(m.calibration_file, "c.json");
    assert_int_equal(parse_measure("measure --print-scale", &m), CLI_GO_ON);
    assert_true(m.print_scale);

    static const char *const wrong[] = {
        "measure",
        "measure a b",
        "measure --print-scale a",
        "measure --rate 0 a",
        "measure --rate 8000.5 a",
        "measure --format wav a",
        "measure --frontend sinc4 a",
        "measure -v a",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(parse_measure(wrong[i], &m), CLI_WRONG);
    }
}

static void ctl_leaves_the_command_alone(void **state)
{
    (void)state;
    char text[] = "ctl --state /tmp/s time jump -15m --json";
    char *words[WORDS_MAX + 1];
    struct cli_ctl parsed;
    assert_int_equal(cli_parse_ctl(split(text, words), words, &parsed), CLI_GO_ON);
    assert_string_equal(parsed.state, "/tmp/s");
    assert_int_equal(parsed.count, 4);
    assert_string_equal(parsed.words[2], "-15m");
    assert_string_equal(parsed.words[3], "--json");
    assert_false(parsed.help);

    char bare[] = "ctl -h";
    assert_int_equal(cli_parse_ctl(split(bare, words), words, &parsed), CLI_GO_ON);
    assert_string_equal(parsed.state, "./blathy-state");
    assert_int_equal(parsed.count, 0);
    assert_true(parsed.help);

    char wrong[] = "ctl --json status";
    assert_int_equal(cli_parse_ctl(split(wrong, words), words, &parsed), CLI_WRONG);
}

static void endpoints_are_of_their_form(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        enum endpoint_kind kind;
        const char *host;
        const char *port;
        const char *path;
    } cases[] = {
        { "off", true, ENDPOINT_OFF, "", "", NULL },
        { "tcp:localhost:1", true, ENDPOINT_TCP, "localhost", "1", NULL },
        { "tcp:0.0.0.0:65535", true, ENDPOINT_TCP, "0.0.0.0", "65535", NULL },
        { "tcp:[fe80::1%eth0]:007", true, ENDPOINT_TCP, "fe80::1%eth0", "7", NULL },
        { "rfc2217:127.0.0.1:4061", true, ENDPOINT_RFC2217, "127.0.0.1", "4061", NULL },
        { "pty", true, ENDPOINT_PTY, "", "", NULL },
        { "pty:/tmp/a:b", true, ENDPOINT_PTY, "", "", "/tmp/a:b" },
        { "serial:/dev/ttyUSB0", true, ENDPOINT_SERIAL, "", "", "/dev/ttyUSB0" },
        { "unix:/tmp/s", true, ENDPOINT_UNIX, "", "", "/tmp/s" },
        { .text = "" },
        { .text = "off:" },
        { .text = "OFF" },
        { .text = "tcp" },
        { .text = "tcp:" },
        { .text = "tcp:host" },
        { .text = "tcp::1" },
        { .text = "tcp:[]:1" },
        { .text = "tcp:::1:4061" },
        { .text = "tcp:host:" },
        { .text = "tcp:host:65536" },
        { .text = "tcp:host:-1" },
        { .text = "tcp:host:1 " },
        { .text = "tcpx:host:1" },
        { .text = "pty:" },
        { .text = "serial" },
        { .text = "unix:" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct endpoint e;
        assert_int_equal(endpoint_parse(cases[i].text, &e), cases[i].good);
        if (cases[i].good) {
            assert_int_equal(e.kind, cases[i].kind);
            if (e.kind == ENDPOINT_TCP || e.kind == ENDPOINT_RFC2217) {
                assert_string_equal(e.host, cases[i].host);
                assert_string_equal(e.port, cases[i].port);
            } else if (cases[i].path != NULL) {
                assert_string_equal(e.path, cases[i].path);
            } else {
                assert_null(e.path);
            }
        }
    }
    char endless[400] = "tcp:";
    memset(endless + 4, 'a', 390);
    strcpy(endless + 394, ":1");
    struct endpoint e;
    assert_false(endpoint_parse(endless, &e));
}

static void local_times_are_iso_8601(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        int64_t local_s;
    } cases[] = {
        { "2000-01-01", true, 0 },
        { "2000-01-01T00:00", true, 0 },
        { "2000-01-01T23:59:59", true, 86399 },
        { "2000-01-01 23:59:59", true, 86399 },
        { "2000-03-01", true, 60 * 86400 },         /* 2000 was a leap year */
        { "2024-02-29T12:00:00", true, 762523200 }, /* date -u -d ... +%s, less 946684800 */
        { "2099-12-31T23:59:59", true, 3155759999 },
        { .text = "2023-02-29" },
        { .text = "2024-13-01" },
        { .text = "2024-00-10" },
        { .text = "2024-01-32" },
        { .text = "2024-01-01T24:00:00" },
        { .text = "2024-01-01T12:60" },
        { .text = "2024-01-01T12:00:60" },
        { .text = "2024-01-01T12:00:00Z" },
        { .text = "2024-01-01T12:00:00.5" },
        { .text = "2024-1-1" },
        { .text = "1999-12-31" },
        { .text = "24-01-01" },
        { .text = "2024-01-01T" },
        { .text = "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t local_s = 0;
        bool good = local_time_parse(cases[i].text, &local_s);
        if (good != cases[i].good || local_s != cases[i].local_s) {
            fail_msg("%s: %d, %lld", cases[i].text, good, (long long)local_s);
        }
    }
}

static void local_times_are_written_as_they_are_read(void **state)
{
    (void)state;
    char text[LOCAL_TIME_TEXT];
    int64_t local_s;
    local_time_write(0, text);
    assert_string_equal(text, "2000-01-01T00:00:00");
    assert_true(local_time_parse("2024-02-29T23:59:50", &local_s));
    local_time_write(local_s, text);
    assert_string_equal(text, "2024-02-29T23:59:50");
}

static void numbers_are_decimal(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "", " 1", "x", "0x1", "nan", "inf", "1e", "1e999", "--1", ".", "1.2.3", "1e5e5"
    };
    double value;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_null(number_read(wrong[i], &value));
    }
    const char *text = "-1.5e2,rest";
    assert_ptr_equal(number_read(text, &value), text + 6);
    assert_true(value == -150.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_has_the_defaults_of_the_contract),
        cmocka_unit_test(run_takes_its_options),
        cmocka_unit_test(run_goes_on_without_what_is_not_there_yet),
        cmocka_unit_test(run_refuses_mistakes),
        cmocka_unit_test(help_is_an_answer),
        cmocka_unit_test(measure_takes_its_options),
        cmocka_unit_test(ctl_leaves_the_command_alone),
        cmocka_unit_test(endpoints_are_of_their_form),
        cmocka_unit_test(local_times_are_iso_8601),
        cmocka_unit_test(local_times_are_written_as_they_are_read),
        cmocka_unit_test(numbers_are_decimal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
