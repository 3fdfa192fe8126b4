/* Loads against closed forms, against files written here, and against what a household is expected to look like. */
#include "host/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define HEADER "Date;Time;Global_active_power;Global_reactive_power;Voltage;Global_intensity;S1;S2;S3\n"

/* 2006-12-16T17:24:00 is 2541 days and 17:24 after 2000-01-01 (7 years, of which 2000 and 2004 leap: 2557 days to
 * 2007-01-01, less the 16 days from 16 December). */
enum { FIRST_S = 2541 * 86400 + 17 * 3600 + 24 * 60 };

static void open_constant(const char *specification, struct quantities *q)
{
    struct load l;
    char message[LOAD_MESSAGE_MAX];
    assert_int_equal(load_open(&l, specification, 1, message), LOAD_OPENED);
    load_at(&l, 12345, q);
    load_close(&l);
}

static void constant_loads_have_their_closed_form(void **state)
{
    (void)state;
    static const struct {
        const char *specification;
        uint32_t voltage_uv;
        int64_t active_uw;
        int64_t reactive_uvar;
    } cases[] = {
        { "constant:230,5,1", 230000000, 1150000000, 0 },
        { "constant:230,5,0.5", 230000000, 575000000, 995929214 },    /* 1150 * sqrt(3)/2 */
        { "constant:230,5,-0.8", 230000000, 920000000, -690000000 },  /* capacitive: quadrant IV */
        { "constant:230,-5,0.8", 230000000, -920000000, -690000000 }, /* the same turned round: III */
        { "constant:230,-5,-0.8", 230000000, -920000000, 690000000 }, /* II */
        { "constant:230,5,0", 230000000, 0, 1150000000 },
        { "constant:0,5,1", 0, 0, 0 },
        { "constant:230.5,1e-1,1", 230500000, 23050000, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct quantities q;
        open_constant(cases[i].specification, &q);
        assert_int_equal(q.voltage_uv, cases[i].voltage_uv);
        assert_int_equal(q.active_uw, cases[i].active_uw);
        assert_int_equal(q.reactive_uvar, cases[i].reactive_uvar);
        assert_int_equal(q.frequency_uhz, 50000000);
    }
}

static void misspelt_loads_are_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "constant",
        "constant:",
        "constant:230",
        "constant:230,5",
        "constant:230,5,1,1",
        "constant:230,5,1 ",
        "constant:230,5,",
        "constant:230,5,1.01",
        "constant:-1,5,1",
        "constant:400,5,1",
        "constant:230,200,1",
        "constant:nan,5,1",
        "constant:230,inf,1",
        "constant:0x10,5,1",
        "constant: 230,5,1",
        "household:",
        "household:-1",
        "household:abc",
        "household:99999999999999999999",
        "households",
        "file.csv",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct load l;
        char message[LOAD_MESSAGE_MAX] = "";
        assert_int_equal(load_open(&l, cases[i], 1, message), LOAD_MISSPELT);
        assert_non_null(strstr(message, "is not a load"));
    }
}

static void same_household(const struct quantities *a, const struct quantities *b, bool expected)
{
    bool same = a->voltage_uv == b->voltage_uv && a->active_uw == b->active_uw && a->reactive_uvar == b->reactive_uvar;
    assert_int_equal(same, expected);
}

static void a_household_depends_on_seed_and_time_alone(void **state)
{
    (void)state;
    struct load named;
    struct load seeded;
    struct load other;
    char message[LOAD_MESSAGE_MAX];
    assert_int_equal(load_open(&named, "household:7", 1, message), LOAD_OPENED);
    assert_int_equal(load_open(&seeded, "household", 7, message), LOAD_OPENED);
    assert_int_equal(load_open(&other, "household", 8, message), LOAD_OPENED);
    struct quantities forward[500];
    for (int i = 0; i < 500; i++) {
        load_at(&named, 700000000 + i * 37, &forward[i]);
    }
    for (int i = 499; i >= 0; i--) { /* backwards and with gaps */
        struct quantities q;
        load_at(&seeded, 700000000 + i * 37, &q);
        same_household(&q, &forward[i], true);
        load_at(&other, 700000000 + i * 37, &q);
        same_household(&q, &forward[i], false);
    }
}

/* Energy of one day in Wh, and how much of it fell between 18 and 22 and between 1 and 5 o'clock. */
static void day_of(const struct load *l, int64_t begin_s, double *day_wh, double *evening_wh, double *night_wh)
{
    enum { GRAIN_S = 5 };
    for (int64_t s = 0; s < 86400; s += GRAIN_S) {
        struct quantities q;
        load_at(l, begin_s + s, &q);
        assert_true(q.voltage_uv > 214000000 && q.voltage_uv < 246000000);
        assert_true(q.frequency_uhz > 49900000 && q.frequency_uhz < 50100000);
        assert_true(q.active_uw > 30000000 && q.active_uw < 9000000000);
        assert_true(llabs(q.reactive_uvar) < 1000000000);
        assert_true(quantities_measurable(&q));
        double wh = (double)q.active_uw * GRAIN_S / 3.6e9;
        *day_wh += wh;
        *evening_wh += s >= 18 * 3600 && s < 22 * 3600 ? wh : 0.0;
        *night_wh += s >= 3600 && s < 5 * 3600 ? wh : 0.0;
    }
}

static void households_live_by_day_and_sleep_by_night(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct load l;
        char message[LOAD_MESSAGE_MAX];
        assert_int_equal(load_open(&l, "household", seed, message), LOAD_OPENED);
        double day_wh = 0.0;
        double evening_wh = 0.0;
        double night_wh = 0.0;
        for (int64_t day = 8000; day < 8010; day++) {
            day_of(&l, day * 86400, &day_wh, &evening_wh, &night_wh);
        }
        assert_true(day_wh / 10 > 4000.0 && day_wh / 10 < 16000.0); /* 1,500 .. 6,000 kWh a year */
        assert_true(evening_wh > 2.0 * night_wh);
    }
}

static void before_the_epoch_is_a_time_too(void **state)
{
    (void)state;
    struct load l;
    char message[LOAD_MESSAGE_MAX];
    assert_int_equal(load_open(&l, "household", 1, message), LOAD_OPENED);
    struct quantities q;
    for (int64_t s = -100000; s < 100000; s += 7) {
        load_at(&l, s, &q);
        assert_true(q.active_uw > 0 && q.voltage_uv > 200000000);
    }
}

/* Writes a load file and opens it. */
static enum load_outcome open_text(const char *text, struct load *l, char *message)
{
    char path[] = "/tmp/blathy-load-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    char specification[64];
    snprintf(specification, sizeof specification, "csv:%s", path);
    enum load_outcome outcome = load_open(l, specification, 1, message);
    unlink(path);
    return outcome;
}

static void check_row(const struct load *l, int64_t local_s, int64_t watts, int64_t vars, uint32_t volts)
{
    struct quantities q;
    load_at(l, local_s, &q);
    assert_int_equal(q.active_uw, watts * 1000000);
    assert_int_equal(q.reactive_uvar, vars * 1000000);
    assert_int_equal(q.voltage_uv, volts * 1000000);
}

static void a_file_is_replayed_by_its_stamps(void **state)
{
    (void)state;
    struct load l;
    char message[LOAD_MESSAGE_MAX];
    assert_int_equal(open_text(HEADER "16/12/2006;17:24:00;4.216;0.418;234.000;18.400;0.000;1.000;17.000\n"
                                      "16/12/2006;17:25:00;5.360;-0.436;233.000;23.000;0.000;1.000;16.000\r\n"
                                      "16/12/2006;17:26:00;?;?;?;?;?;?;\n"
                                      "16/12/2006;17:29:00;-1.5;0;240\n",
                               &l, message),
                     LOAD_OPENED);
    int64_t begin_s;
    int64_t end_s;
    assert_true(load_span(&l, &begin_s, &end_s));
    assert_int_equal(begin_s, FIRST_S);
    assert_int_equal(end_s, FIRST_S + 6 * 60);
    check_row(&l, FIRST_S - 1000000, 4216, 418, 234); /* before the first */
    check_row(&l, FIRST_S, 4216, 418, 234);
    check_row(&l, FIRST_S + 59, 4216, 418, 234);
    check_row(&l, FIRST_S + 60, 5360, -436, 233);
    check_row(&l, FIRST_S + 120, 5360, -436, 233); /* "?" */
    check_row(&l, FIRST_S + 299, 5360, -436, 233); /* no row */
    check_row(&l, FIRST_S + 300, -1500, 0, 240);
    check_row(&l, FIRST_S + 100000000, -1500, 0, 240); /* after the last */
    load_close(&l);
}

static void broken_files_are_refused_with_the_line(void **state)
{
    (void)state;
    static const char first[] = "16/12/2006;17:24:00;4.216;0.418;234.840;18.4\n";
    static const struct {
        bool header;
        bool good_row;
        const char *rest;
        const char *where;
    } cases[] = {
        { false, false, "", "line 0" },
        { false, false, "Date,Time,Power\n", "line 1 " },
        { false, true, "", "line 1 " },
        { true, false, "", "line 1 " },
        { true, false, "16/12/2006;17:24:00;?;0.418;234.840\n", "line 2 " },
        { true, true, "\n16/12/2006;17:25:00;4.2;0.4\n", "line 4 " },
        { true, true, "16/12/2006;17:24:00;4.2;0.4;230\n", "line 3 " },
        { true, true, "16/12/2006;17:23:00;4.2;0.4;230\n", "line 3 " },
        { true, true, "16/12/2006 17:25:00;4.2;0.4;230\n", "line 3 " },
        { true, true, "31/02/2007;17:25:00;4.2;0.4;230\n", "line 3 " },
        { true, true, "16/13/2006;17:25:00;4.2;0.4;230\n", "line 3 " },
        { true, true, "16/12/2006;24:00:00;4.2;0.4;230\n", "line 3 " },
        { true, true, "16/12/2006;17:25:00;4,2;0.4;230\n", "line 3 " },
        { true, true, "16/12/2006;17:25:00;;0.4;230\n", "line 3 " },
        { true, true, "16/12/2006;17:25:00;4.2;0.4;230x\n", "line 3 " },
        { true, true, "16/12/2006;17:25:00;nan;0.4;230\n", "line 3 " },
        { true, true, "16/12/2006;17:25:00;4.2;0.4;-230\n", "line 3 " },
        { true, true, "16/12/2006;17:25:00;4.2;0.4;0\n", "line 3 " },  /* a power without a voltage */
        { true, true, "16/12/2006;17:25:00;49;0.4;230\n", "line 3 " }, /* 213 A */
        { true, true, "16/12/2006;17:25:00;1e300;0.4;230\n", "line 3 " },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        snprintf(text, sizeof text, "%s%s%s", cases[i].header ? HEADER : "", cases[i].good_row ? first : "",
                 cases[i].rest);
        struct load l;
        char message[LOAD_MESSAGE_MAX] = "";
        assert_int_equal(open_text(text, &l, message), LOAD_BROKEN);
        if (strstr(message, cases[i].where) == NULL) {
            fail_msg("case %zu says: %s", i, message);
        }
    }
}

static void a_line_without_an_end_is_refused(void **state)
{
    (void)state;
    char text[2000] = HEADER;
    memset(text + strlen(text), '1', sizeof text - strlen(text) - 1);
    struct load l;
    char message[LOAD_MESSAGE_MAX] = "";
    assert_int_equal(open_text(text, &l, message), LOAD_BROKEN);
    assert_non_null(strstr(message, "line 2 is too long"));
}

/* Damage of every kind: what is opened can be asked, what is not says where. */
static void damaged_files_are_refused_or_make_sense(void **state)
{
    (void)state;
    static const char good[] = HEADER "16/12/2006;17:24:00;4.216;0.418;234.840;18.400;0.000;1.000;17.000\n"
                                      "16/12/2006;17:25:00;?;?;?;?;?;?;\n"
                                      "16/12/2006;17:26:00;5.374;0.498;233.290;23.000;0.000;2.000;17.000\n";
    static const char odd[] = ";?.-:/e\r\n 0xZ\x7f\xff";
    uint32_t random = 1;
    unsigned opened = 0;
    for (unsigned round = 0; round < 1500; round++) {
        char text[sizeof good];
        memcpy(text, good, sizeof good);
        for (unsigned change = 0; change <= round % 3; change++) {
            random = random * 1664525u + 1013904223u;
            size_t at = (random >> 8) % (sizeof good - 1);
            if (round % 10 == 0) {
                text[at] = '\0'; /* the file ends there */
            } else {
                text[at] = odd[(random >> 28) % (sizeof odd - 1)];
            }
        }
        struct load l;
        char message[LOAD_MESSAGE_MAX] = "";
        if (open_text(text, &l, message) == LOAD_OPENED) {
            struct quantities q;
            load_at(&l, FIRST_S + 100, &q);
            assert_true(quantities_measurable(&q));
            load_close(&l);
            opened++;
        } else {
            assert_non_null(strstr(message, ": line "));
        }
    }
    assert_true(opened > 50 && opened < 1450);
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    struct load l;
    char message[LOAD_MESSAGE_MAX] = "";
    assert_int_equal(load_open(&l, "csv:/nowhere/at.all", 1, message), LOAD_BROKEN);
    assert_string_equal(message, "/nowhere/at.all: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constant_loads_have_their_closed_form),
        cmocka_unit_test(misspelt_loads_are_refused),
        cmocka_unit_test(a_household_depends_on_seed_and_time_alone),
        cmocka_unit_test(households_live_by_day_and_sleep_by_night),
        cmocka_unit_test(before_the_epoch_is_a_time_too),
        cmocka_unit_test(a_file_is_replayed_by_its_stamps),
        cmocka_unit_test(broken_files_are_refused_with_the_line),
        cmocka_unit_test(a_line_without_an_end_is_refused),
        cmocka_unit_test(damaged_files_are_refused_or_make_sense),
        cmocka_unit_test(a_missing_file_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
