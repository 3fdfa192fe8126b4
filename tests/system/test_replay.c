/* Load files through the whole meter: its registers against the integral of the file, computed here from its text.
 *
 *   test_replay                a file written here, sample by sample; and of the real one, if it is there, the first
 *                              hour sample by sample and all of it by the second
 *   test_replay whole          all of the real one, sample by sample
 */
#include "boards/linux/virtual_meter.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define REAL_FILE "../shared/data/household-2006-12-16.csv"

/* What the registers must hold: Wh and varh. */
struct integral {
    double import_wh, export_wh;
    double quadrant_varh[4];
    unsigned rows;
    /* A window of 200 ms is booked as a whole: where the direction changes within one, the smaller part is set off
     * against the larger. */
    double set_off_wh, set_off_varh;
};

struct row {
    double kw, kvar;
    unsigned quadrant; /* 0..3 */
};

static void parse_row(const char *line, struct row *row)
{
    double kw;
    double kvar;
    if (sscanf(line, "%*[^;];%*[^;];%lf;%lf;", &kw, &kvar) == 2) { /* else "?": both hold */
        row->kw = kw;
        row->kvar = kvar;
        row->quadrant = kw >= 0.0 ? (kvar >= 0.0 ? 0 : 3) : (kvar >= 0.0 ? 1 : 2);
    }
}

/* Sums up to `rows` rows of 60 s. */
static void integrate(const char *path, unsigned rows, struct integral *sum)
{
    const double window_h = 0.2 / 3600.0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char line[512];
    struct row row = { 0.0, 0.0, 0 };
    *sum = (struct integral){ 0 };
    assert_non_null(fgets(line, sizeof line, file)); /* the header */
    while (sum->rows < rows && fgets(line, sizeof line, file) != NULL) {
        struct row before = row;
        parse_row(line, &row);
        *(row.kw >= 0.0 ? &sum->import_wh : &sum->export_wh) += fabs(row.kw) * 1000.0 / 60.0;
        sum->quadrant_varh[row.quadrant] += fabs(row.kvar) * 1000.0 / 60.0;
        if (sum->rows > 0 && row.quadrant != before.quadrant) {
            sum->set_off_wh += fmin(fabs(row.kw), fabs(before.kw)) * 1000.0 * window_h;
            sum->set_off_varh += (fabs(row.kvar) + fabs(before.kvar)) * 1000.0 * window_h;
        }
        sum->rows++;
    }
    fclose(file);
}

static double register_wh(const struct virtual_meter *m, enum energy_kind kind)
{
    const struct energy_register *r = &m->app.meter.energy.registers[kind];
    return (double)r->milli / 1e3 + r->rest_nj / 3.6e12;
}

/* 0.01 % and 1 Wh (varh), and what may be set off. */
static void check(const char *what, double measured, double expected, double set_off)
{
    print_message("%-12s %14.6f  %14.6f  %+9.1f ppm\n", what, measured, expected,
                  expected != 0.0 ? (measured / expected - 1.0) * 1e6 : 0.0);
    assert_true(fabs(measured - expected) <= fabs(expected) * 1e-4 + 1.0 + set_off);
}

static void check_registers(const struct virtual_meter *m, const struct integral *sum)
{
    double import_wh = register_wh(m, ENERGY_ACTIVE_IMPORT);
    double export_wh = register_wh(m, ENERGY_ACTIVE_EXPORT);
    double varh[4];
    for (unsigned q = 0; q < 4; q++) {
        static const char *const names[4] = { "Q1 varh", "Q2 varh", "Q3 varh", "Q4 varh" };
        varh[q] = register_wh(m, (enum energy_kind)(ENERGY_REACTIVE_Q1 + q));
        check(names[q], varh[q], sum->quadrant_varh[q], sum->set_off_varh);
    }
    check("import Wh", import_wh, sum->import_wh, sum->set_off_wh);
    check("export Wh", export_wh, sum->export_wh, sum->set_off_wh);
    check("net Wh", import_wh - export_wh, sum->import_wh - sum->export_wh, 0.0);
    const double *want = sum->quadrant_varh;
    check("net varh", varh[0] + varh[1] - varh[2] - varh[3], want[0] + want[1] - want[2] - want[3], 0.0);
}

static void replay(const char *path, unsigned rows, bool sampled)
{
    struct integral sum;
    integrate(path, rows, &sum);

    static struct virtual_meter m;
    struct load load;
    char message[LOAD_MESSAGE_MAX];
    char specification[256];
    snprintf(specification, sizeof specification, "csv:%s", path);
    assert_int_equal(load_open(&load, specification, 1, message), LOAD_OPENED);
    int64_t begin_s;
    int64_t end_s;
    assert_true(load_span(&load, &begin_s, &end_s));
    const struct identity identity = { .serial_number = "10000001" };
    virtual_meter_init(&m, &identity, &load, begin_s, sampled);
    while (m.board.elapsed_us < sum.rows * 60000000ull) {
        virtual_meter_step(&m);
    }
    print_message("%s, %u rows, %s: register, integral\n", path, sum.rows,
                  sampled ? "sample by sample" : "by the second");
    check_registers(&m, &sum);
    virtual_meter_end(&m);
    load_close(&load);
}

/* Every kind of row: steps of power, all quadrants, small loads, missing values. */
static void a_file_of_all_quadrants(void **state)
{
    (void)state;
    enum { ROWS = 30 };
    char path[] = "/tmp/blathy-replay-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    fprintf(file, "Date;Time;Global_active_power;Global_reactive_power;Voltage;Global_intensity\n");
    uint32_t random = 2463534242u;
    for (unsigned row = 0; row < ROWS; row++) {
        random = random * 1664525u + 1013904223u;
        double kw = (double)(int)(random >> 12 & 0x7FFF) / 2.0 / 1000.0 - (row % 3 == 0 ? 12.0 : 0.0);
        double kvar = (double)(int)(random >> 4 & 0x1FFF) / 2.0 / 1000.0 - 2.0;
        if (row % 7 == 5) {
            fprintf(file, "29/2/2024;23:%02u:00;?;?;?;?\n", row + 15);
        } else {
            fprintf(file, "29/2/2024;23:%02u:00;%.3f;%.3f;%.2f;0\n", row + 15, kw, kvar, 220.0 + (random >> 27));
        }
    }
    fclose(file);
    replay(path, ROWS, true);
    replay(path, ROWS, false);
    unlink(path);
}

static void the_real_file(void **state)
{
    if (access(REAL_FILE, R_OK) != 0) {
        print_message("%s is not there\n", REAL_FILE);
        skip();
    }
    bool whole = *state != NULL;
    if (whole) {
        replay(REAL_FILE, UINT32_MAX, true);
    } else {
        replay(REAL_FILE, 60, true);
        replay(REAL_FILE, UINT32_MAX, false);
    }
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1) {
        const struct CMUnitTest whole[] = { cmocka_unit_test_prestate(the_real_file, (void *)1) };
        return cmocka_run_group_tests(whole, NULL, NULL);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_of_all_quadrants),
        cmocka_unit_test(the_real_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
