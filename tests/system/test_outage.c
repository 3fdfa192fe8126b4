/* Outages of the load and of the switch, through the whole meter: when it dies, when it returns, what it keeps. */
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

enum { ROW_S = 60 };
static const struct identity identity = { .serial_number = "10000001" };

static double import_wh(const struct virtual_meter *m)
{
    const struct energy_register *r = &m->app.meter.energy.registers[ENERGY_ACTIVE_IMPORT];
    return (double)r->milli / 1e3 + r->rest_nj / 3.6e12;
}

static void pass(struct virtual_meter *m, double seconds)
{
    uint64_t end_us = m->board.elapsed_us + (uint64_t)(seconds * 1e6);
    while (m->board.elapsed_us < end_us) {
        virtual_meter_step(m);
    }
}

/* Rows of 3.6 kW at these voltages, a minute each; without voltage there is no power. */
static void open_rows(struct load *load, const double *volts, size_t count)
{
    char path[] = "/tmp/blathy-outage-XXXXXX";
    char specification[64];
    char message[LOAD_MESSAGE_MAX];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    fprintf(file, "Date;Time;Global_active_power;Global_reactive_power;Voltage;Global_intensity\n");
    for (size_t i = 0; i < count; i++) {
        fprintf(file, "1/3/2024;12:%02zu:00;%s;0;%.1f;0\n", i, volts[i] > 0 ? "3.6" : "0", volts[i]);
    }
    fclose(file);
    snprintf(specification, sizeof specification, "csv:%s", path);
    assert_int_equal(load_open(load, specification, 1, message), LOAD_OPENED);
    unlink(path);
}

/* Dead below 80 V, back above 90 V; between them as before. */
static void the_supply_follows_the_voltage(void **state)
{
    (void)state;
    static const struct {
        double volts;
        bool alive;
    } rows[] = { { 230, true }, { 85, true }, { 79.9, false }, { 85, false }, { 90, false }, { 90.1, true },
                 { 80, true },  { 0, false }, { 0, false },    { 230, true }, { 230, true } };
    enum { ROWS = sizeof rows / sizeof rows[0] };
    double volts[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        volts[i] = rows[i].volts;
    }
    for (int sampled = 0; sampled < 2; sampled++) {
        static struct virtual_meter m;
        struct load load;
        int64_t begin_s;
        int64_t end_s;
        double expected_wh = 0;
        open_rows(&load, volts, ROWS);
        assert_true(load_span(&load, &begin_s, &end_s));
        virtual_meter_init(&m, &identity, &load, begin_s, sampled);
        for (size_t i = 0; i < ROWS; i++) {
            pass(&m, ROW_S);
            assert_int_equal(m.board.powered, rows[i].alive);
            expected_wh += rows[i].alive ? 60 : 0;
        }
        const struct supply *s = &m.app.meter.supply;
        assert_int_equal(s->starts, 3);
        assert_int_equal(s->failures, 2);
        assert_true(llabs((long long)s->off_total_s - (180 + 120)) <= 2);
        assert_true(llabs((long long)s->last_off_s - 120) <= 1);
        /* A window of 200 ms that runs when the power goes is not booked, and the first ones are found out. */
        assert_true(fabs(import_wh(&m) - expected_wh) < (sampled ? 3 * 0.4 : 0.001));
        virtual_meter_end(&m);
        load_close(&load);
    }
}

static void a_dead_meter_is_silent_and_returns(void **state)
{
    (void)state;
    static struct virtual_meter m;
    struct load load;
    char message[LOAD_MESSAGE_MAX];
    const uint8_t sign_on[] = "/?!\r\n";
    assert_int_equal(load_open(&load, "constant:230,10,1", 1, message), LOAD_OPENED);
    virtual_meter_init(&m, &identity, &load, 800000000, false);
    struct machine_line *line = &m.board.lines[BOARD_OPTICAL];
    machine_line_attach(&m.board, BOARD_OPTICAL, true);
    pass(&m, 100);
    double before_wh = import_wh(&m);

    queue_put(&line->received, sign_on, sizeof sign_on - 1);
    virtual_meter_switch(&m, false);
    pass(&m, 100);
    queue_put(&line->received, sign_on, sizeof sign_on - 1);
    assert_false(virtual_meter_serve(&m));
    assert_int_equal(line->received.used, 0);
    assert_int_equal(line->sending.used, 0);

    virtual_meter_switch(&m, true);
    virtual_meter_step(&m);
    assert_true(m.board.powered);
    assert_true(fabs(import_wh(&m) - before_wh - 2300 / 3600.0) < 1e-6); /* the second that has passed */
    assert_int_equal(m.app.meter.supply.last_off_s, 100);
    assert_int_equal(m.app.meter.clock.utc_s, 800000000 - 3600 + 201);
    queue_put(&line->received, sign_on, sizeof sign_on - 1);
    for (int i = 0; i < 100 && line->sending.used == 0; i++) {
        virtual_meter_serve(&m);
    }
    assert_true(line->sending.used > 5);
    assert_memory_equal(line->sending.octets, "/BLY5", 5);
    virtual_meter_end(&m);
}

static void a_meter_may_begin_without_power(void **state)
{
    (void)state;
    static struct virtual_meter m;
    struct load dark;
    struct load light;
    char message[LOAD_MESSAGE_MAX];
    assert_int_equal(load_open(&dark, "constant:0,0,1", 1, message), LOAD_OPENED);
    assert_int_equal(load_open(&light, "constant:120,1,1", 1, message), LOAD_OPENED);
    for (int sampled = 0; sampled < 2; sampled++) {
        virtual_meter_init(&m, &identity, &dark, 800000000, sampled);
        pass(&m, 10);
        assert_false(m.board.powered);
        m.load = &light;
        pass(&m, 2);
        assert_true(m.board.powered);
        assert_int_equal(m.app.meter.supply.starts, 1);
        virtual_meter_end(&m);
    }
}

/* Hundreds of outages in a row: nothing is lost, nothing is counted twice. */
static void many_outages(void **state)
{
    (void)state;
    static struct virtual_meter m;
    struct load load;
    char message[LOAD_MESSAGE_MAX];
    assert_int_equal(load_open(&load, "constant:230,100,0.6", 1, message), LOAD_OPENED);
    virtual_meter_init(&m, &identity, &load, 800000000, false);
    double expected_wh = 0;
    for (unsigned i = 0; i < 500; i++) {
        pass(&m, 1 + i % 7);
        expected_wh += (1 + i % 7) * 230 * 100 * 0.6 / 3600;
        virtual_meter_switch(&m, false);
        pass(&m, i % 3);
        virtual_meter_switch(&m, true);
    }
    virtual_meter_step(&m);
    expected_wh += 230 * 100 * 0.6 / 3600;
    assert_int_equal(m.app.meter.supply.failures, 500);
    assert_true(fabs(import_wh(&m) - expected_wh) < 0.001);
    virtual_meter_end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_supply_follows_the_voltage),
        cmocka_unit_test(a_dead_meter_is_silent_and_returns),
        cmocka_unit_test(a_meter_may_begin_without_power),
        cmocka_unit_test(many_outages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
