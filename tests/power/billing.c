/* The power is cut at every flash operation of a billing, of an MD reset, of a change of columns and of schedule, with
 * every way of tearing it, and again at every operation of the power-up after it. Then the meter holds what it held
 * before or what it holds after, never a third; a date of the schedule is billed once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "meter/demands.h"
#include "meter/meter.h"
#include "model/model.h"
#include "test_board.h"

#define START_S  INT64_C(838846800) /* 2026-07-31T21:00:00Z */
#define AUGUST_1 INT64_C(838854000) /* 2026-08-01T00:00:00+01:00 */

enum { TEARS = 8 };

static struct board board;
static struct meter meter;
static struct cosem_device device; /* for the columns */
static uint8_t saved[MEMORY_BLOCKS * BOARD_FLASH_BLOCK];

/* What a client can see of it. */
struct view {
    struct billing_record last;
    uint32_t rows;
    uint32_t newest; /* counter in the newest row */
    uint8_t columns;
    uint16_t schedule;
    struct demand_average maxima[DEMAND_COUNT];
    uint64_t sums[DEMAND_COUNT];
    uint32_t reset_s;
};

static enum status power_up(void)
{
    static const struct identity identity = { .serial_number = "12345678" };
    enum status status = meter_init(&meter, &board, &identity, &metrology_nominal, 8000);
    if (status == STATUS_OK) {
        model_init(&device, &meter);
    }
    return status;
}

static struct view look(void)
{
    struct view v;
    struct profile_range all = profile_all(&meter.billing.profile);
    uint8_t octets[FLASHLOG_ROW_MAX];
    struct profile_row row;
    memset(&v, 0, sizeof v);
    v.last = meter.billing.last;
    v.rows = all.end - all.first;
    if (v.rows > 0 && profile_read(&meter.billing.profile, &all, all.end - 1, octets, &row) == STATUS_OK) {
        v.newest = row.fixed[0];
    }
    v.columns = meter.billing.profile.count;
    v.schedule = meter.billing.schedule;
    for (unsigned i = 0; i < DEMAND_COUNT; i++) {
        v.maxima[i] = meter.demands[i].maximum;
        v.sums[i] = meter.demands[i].cumulative;
    }
    v.reset_s = meter.maxima_reset_s;
    return v;
}

static bool same_average(const struct demand_average *a, const struct demand_average *b)
{
    return a->value == b->value && a->status == b->status && a->captured == b->captured && a->at_s == b->at_s;
}

static bool same_record(const struct billing_record *a, const struct billing_record *b)
{
    bool same = a->count == b->count && a->cause == b->cause && a->stamp_s == b->stamp_s &&
                a->deviation_min == b->deviation_min && a->clock_status == b->clock_status && a->done_s == b->done_s &&
                a->date_s == b->date_s;
    for (unsigned i = 0; i < ENERGY_COUNT; i++) {
        same = same && a->energy[i] == b->energy[i];
    }
    for (unsigned i = 0; i < DEMAND_COUNT; i++) {
        same = same && same_average(&a->maxima[i], &b->maxima[i]) && a->sums[i] == b->sums[i];
    }
    return same;
}

static bool same(const struct view *a, const struct view *b)
{
    bool equal = same_record(&a->last, &b->last) && a->rows == b->rows && a->newest == b->newest &&
                 a->columns == b->columns && a->schedule == b->schedule && a->reset_s == b->reset_s;
    for (unsigned i = 0; i < DEMAND_COUNT; i++) {
        equal = equal && same_average(&a->maxima[i], &b->maxima[i]) && a->sums[i] == b->sums[i];
    }
    return equal;
}

/* How often the standard log tells of the newest billing, at its time. */
static unsigned told(void)
{
    struct profile *p = &meter.events.profiles[EVENT_LOG_STANDARD];
    struct profile_range all = profile_all(p);
    unsigned found = 0;
    for (uint32_t sequence = all.first; sequence < all.end; sequence++) {
        uint8_t octets[FLASHLOG_ROW_MAX];
        struct profile_row row;
        found += profile_read(p, &all, sequence, octets, &row) == STATUS_OK &&
                 row.stamp_s == meter.billing.last.done_s &&
                 (row.fixed[4] == EVENT_BILLING_ON_DEMAND || row.fixed[4] == EVENT_BILLING_BY_SCHEDULE);
    }
    return found;
}

/* True whatever was cut: nothing is ahead of the registers, no maximum is lost or added
 * twice, and the log tells of the newest billing. */
static void consistent(void)
{
    const struct billing_record *last = &meter.billing.last;
    for (unsigned i = 0; i < ENERGY_COUNT; i++) {
        assert_true(meter.energy.registers[i].milli / 1000 >= last->energy[i]);
    }
    for (unsigned i = 0; i < DEMAND_COUNT; i++) {
        assert_true(meter.demands[i].cumulative >= last->sums[i]);
    }
    assert_true(last->count == 0 || told() > 0);
}

static void consume_wh(int64_t import_wh, int64_t export_wh)
{
    struct metrology_window w = { .duration_us = 1000000,
                                  .energy = { .active_import_nj = import_wh * 3600000000000,
                                              .active_export_nj = export_wh * 3600000000000,
                                              .reactive_q_nj = { import_wh * 360000000000 } } };
    meter_add_window(&meter, &w);
}

static void save(void)
{
    memcpy(saved, test_board_flash(&board)->octets, sizeof saved);
}

static void restore(void)
{
    memcpy(test_board_flash(&board)->octets, saved, sizeof saved);
    assert_int_equal(power_up(), STATUS_OK);
    consume_wh(1, 1); /* not enough for a checkpoint */
}

static void time_is(int64_t utc_s)
{
    board.rtc_s = utc_s;
    meter_step(&meter);
}

/* A quarter of an hour of load, so that there are maxima. */
static void load(int64_t import_wh)
{
    int64_t end_s = meter.clock.utc_s / 900 * 900 + 900;
    consume_wh(import_wh, import_wh / 2);
    time_is(end_s - 1);
    time_is(end_s);
    memory_checkpoint(&meter, true);
}

/* What is cut --------------------------------------------------------------------------- */

static void bill(void)
{
    (void)billing_request(&meter, BILLING_BY_INTERFACE);
}

static void bill_twice(void)
{
    (void)billing_request(&meter, BILLING_BY_INTERFACE);
    if (!test_board_flash(&board)->off) {
        (void)billing_request(&meter, BILLING_BY_BUTTON);
    }
}

static void reset_maxima(void)
{
    (void)billing_reset_maxima(&meter);
}

static void change_columns(void)
{
    struct profile_column columns[BILLING_COLUMNS_MAX];
    uint8_t count = meter.billing.profile.count;
    memcpy(columns, meter.billing.profile.columns, sizeof columns);
    (void)billing_restart(&meter, columns, count == 22 ? 7 : 22);
}

static void clear(void)
{
    (void)billing_clear(&meter);
}

static void change_schedule(void)
{
    (void)billing_set_schedule(&meter, 17, 9);
}

/* ---------------------------------------------------------------------------------------- */

static unsigned cases;

/* Cuts every operation of the power-up, too, before the one that succeeds. */
static void recover(unsigned tear)
{
    struct nor *nor = test_board_flash(&board);
    for (uint32_t operation = 1;; operation++) {
        nor_power_on(nor);
        nor_cut(nor, operation, (enum nor_tear)(tear % 6), operation * 7919u + tear);
        (void)power_up();
        if (!nor->off) {
            break;
        }
    }
    nor_power_on(nor);
    nor->cut_at = 0;
    assert_int_equal(power_up(), STATUS_OK);
    consistent();
}

/* `steps` operations of a client, each of which may be done or not. */
static void cut(void (*act)(void), unsigned steps)
{
    struct nor *nor = test_board_flash(&board);
    struct view states[3];
    save();
    restore();
    states[0] = look();
    act();
    assert_int_equal(power_up(), STATUS_OK);
    states[steps] = look();
    if (steps == 2) {
        restore();
        bill();
        assert_int_equal(power_up(), STATUS_OK);
        states[1] = look();
    }
    assert_false(same(&states[0], &states[steps]));
    for (unsigned tear = 0; tear < TEARS; tear++) {
        for (uint32_t operation = 1;; operation++, cases++) {
            restore();
            nor_cut(nor, operation, (enum nor_tear)(tear < 6 ? tear : NOR_TEAR_BITS), operation * 31u + tear);
            act();
            if (!nor->off) {
                nor->cut_at = 0;
                break;
            }
            recover(tear);
            struct view v = look();
            bool known = false;
            for (unsigned i = 0; i <= steps; i++) {
                known = known || same(&v, &states[i]);
            }
            assert_true(known);
        }
    }
    assert_int_equal(nor->violations, 0);
    restore();
    act(); /* the scenario goes on from here */
    assert_int_equal(power_up(), STATUS_OK);
}

static int start(void **state)
{
    (void)state;
    board = (struct board){ .rtc_kept = true, .rtc_s = START_S };
    if (power_up() != STATUS_OK) {
        return -1;
    }
    time_is(START_S);
    load(250);
    return 0;
}

static void a_command_is_there_or_not(void **state)
{
    (void)state;
    cut(bill, 1);
    load(100);
    cut(bill, 1);
    cut(bill_twice, 2);
    for (unsigned i = 0; i < 14; i++) { /* up to a new block of the ring */
        load(10 + i);
        cut(bill, 1);
    }
}

static void an_md_reset_is_there_or_not(void **state)
{
    (void)state;
    cut(reset_maxima, 1);
    load(100);
    cut(bill, 1);
    load(40);
    cut(reset_maxima, 1);
    cut(bill, 1);
}

static void columns_and_schedule_are_the_old_or_the_new(void **state)
{
    (void)state;
    cut(bill, 1);
    load(50);
    cut(change_columns, 1);
    cut(bill, 1);
    cut(clear, 1);
    cut(change_schedule, 1);
    load(50);
    cut(bill, 1);
    cut(change_columns, 1);
}

/* The date itself, with all that ends with it: whatever is cut, the meter has billed it once when it has gone on. */
static void a_date_is_billed_once(void **state)
{
    (void)state;
    struct nor *nor = test_board_flash(&board);
    while (meter.clock.utc_s < AUGUST_1 - 900) {
        load(30);
    }
    save();
    for (unsigned tear = 0; tear < TEARS; tear++) {
        for (uint32_t operation = 1;; operation++, cases++) {
            board.rtc_s = AUGUST_1 - 900;
            restore();
            uint64_t sum_w = meter.demands[DEMAND_ACTIVE_IMPORT].cumulative;
            consume_wh(300, 0);
            time_is(AUGUST_1 - 1);
            nor_cut(nor, operation, (enum nor_tear)(tear < 6 ? tear : NOR_TEAR_BITS), operation * 31u + tear);
            time_is(AUGUST_1);
            bool was_cut = nor->off;
            recover(tear);
            time_is(AUGUST_1 + 1);
            time_is(AUGUST_1 + 61);
            const struct billing_record *last = &meter.billing.last;
            assert_int_equal(last->count, 1);
            assert_int_equal(billing_available(&meter), 1);
            assert_in_range(told(), 1, was_cut ? UINT32_MAX : 1);
            assert_int_equal(last->stamp_s, AUGUST_1);
            assert_int_equal(last->maxima[DEMAND_ACTIVE_IMPORT].value, 1204);
            assert_int_equal(last->sums[DEMAND_ACTIVE_IMPORT], sum_w + 1204);
            assert_int_equal(meter.demands[DEMAND_ACTIVE_IMPORT].cumulative, sum_w + 1204);
            assert_int_equal(meter.demands[DEMAND_ACTIVE_IMPORT].maximum.value, 0);
            consistent();
            if (!was_cut) {
                assert_int_equal(last->cause, BILLING_SCHEDULE);
                break;
            }
        }
    }
    assert_int_equal(nor->violations, 0);
}

static int end(void **state)
{
    (void)state;
    printf("billing: %u cuts\n", cases);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_command_is_there_or_not, start),
        cmocka_unit_test_setup(an_md_reset_is_there_or_not, start),
        cmocka_unit_test_setup(columns_and_schedule_are_the_old_or_the_new, start),
        cmocka_unit_test_setup(a_date_is_billed_once, start),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
