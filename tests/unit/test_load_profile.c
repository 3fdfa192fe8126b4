/* The scheduled profiles: rows and their AMR status against object-model.md 8.3 and 8.4, case by case, and against a
 * count of the seconds in which the meter lived. The one column is the count of those seconds, as a register would be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "meter/load_profile.h"
#include "test_board.h"

/* 2026-07-01T00:00:00Z, a Wednesday. The clock has no zone unless a test gives it one. */
#define DAY_S        INT64_C(836179200)
#define AT(h, m, s)  (DAY_S + (h)*INT64_C(3600) + (m)*INT64_C(60) + (s))
#define MARCH_29_S   INT64_C(828057600) /* 2026-03-29T00:00:00Z, the day on which daylight saving begins */
#define OCTOBER_25_S INT64_C(846201600) /* and ends */

enum {
    ERR = LOAD_PROFILE_ERR,
    CIV = LOAD_PROFILE_CIV,
    DNV = LOAD_PROFILE_DNV,
    DST = LOAD_PROFILE_DST,
    CAD = LOAD_PROFILE_CAD,
    PDN = LOAD_PROFILE_PDN
};

static struct board board;
static struct clock clock_of_meter;
static struct load_profile profile;
static uint32_t lived_s; /* the register */

static const struct board_region region = { .first = 0, .blocks = 40 };

/* Column 0 is the register, column 1 the status word. */
static void read_column(void *context, const struct profile_column *column, uint8_t *contents)
{
    (void)context;
    if (column->width == 1) {
        contents[0] = profile.flags;
        return;
    }
    for (unsigned i = 0; i < 4; i++) {
        contents[i] = (uint8_t)(lived_s >> (24 - 8 * i));
    }
}

static const struct profile_column columns[] = {
    { .class_id = 8, .obis = { 0, 0, 1, 0, 0, 255 }, .attribute = 2, .tag = 9, .width = 0 },
    { .class_id = 3, .obis = { 1, 0, 1, 8, 0, 255 }, .attribute = 2, .tag = 6, .width = 4 },
    { .class_id = 1, .obis = { 0, 0, 96, 10, 1, 255 }, .attribute = 2, .tag = 17, .width = 1 },
};

static void begin_kind(const struct load_profile_kind *kind, int64_t at_s, uint32_t period_s)
{
    board = (struct board){ .rtc_kept = true, .rtc_s = at_s };
    (void)test_board_flash(&board);
    clock_init(&clock_of_meter, &board);
    clock_of_meter.zone_min = 0;
    lived_s = 0;
    assert_int_equal(load_profile_mount(&profile, &board, kind, &region), STATUS_UNDEFINED);
    load_profile_begin(&profile, &clock_of_meter);
    assert_int_equal(load_profile_configure(&profile, &clock_of_meter, columns, 3, period_s), STATUS_OK);
}

static void begin(int64_t at_s, uint32_t period_s)
{
    begin_kind(&load_profile_1, at_s, period_s);
}

static void step(void)
{
    assert_int_equal(load_profile_step(&profile, &clock_of_meter, read_column, NULL), STATUS_OK);
    (void)profile_step(&profile.profile);
}

static void run_to(int64_t to_s)
{
    while (clock_of_meter.utc_s < to_s) {
        clock_of_meter.utc_s++;
        lived_s++;
        step();
    }
}

static void set_clock(int64_t to_s)
{
    int64_t before_s = clock_of_meter.utc_s;
    clock_of_meter.utc_s = to_s;
    clock_of_meter.invalid = false;
    assert_int_equal(load_profile_clock_set(&profile, &clock_of_meter, before_s, read_column, NULL), STATUS_OK);
}

/* The power goes, with a last gasp, and returns. */
static void power_away(int64_t until_s)
{
    int64_t last_s = clock_of_meter.utc_s;
    uint8_t kept = load_profile_kept(&profile, &clock_of_meter);
    clock_of_meter.utc_s = until_s;
    assert_int_equal(load_profile_mount(&profile, &board, profile.kind, &region), STATUS_OK);
    load_profile_power_up(&profile, &clock_of_meter, last_s, kept);
    step();
}

struct expected {
    int64_t at_s;
    unsigned status;
    uint32_t lived_s;
};

static struct profile_row row_at(uint32_t i, uint8_t *octets)
{
    struct profile_range all = profile_all(&profile.profile);
    struct profile_row row;
    assert_true(i < all.end - all.first);
    assert_int_equal(profile_read(&profile.profile, &all, all.first + i, octets, &row), STATUS_OK);
    return row;
}

static uint32_t register_of(const struct profile_row *row)
{
    const uint8_t *c = row->columns;
    return (uint32_t)c[0] << 24 | (uint32_t)c[1] << 16 | (uint32_t)c[2] << 8 | c[3];
}

static void rows_are(const struct expected *expected, uint32_t count)
{
    uint8_t octets[FLASHLOG_ROW_MAX];
    struct profile_range all = profile_all(&profile.profile);
    for (uint32_t i = 0; i < count && i < all.end - all.first; i++) {
        struct profile_row row = row_at(i, octets);
        if (row.stamp_s != expected[i].at_s || row.columns[4] != expected[i].status ||
            register_of(&row) != expected[i].lived_s) {
            print_error("row %u: %lld, status %02X, %u s\n", i, (long long)(row.stamp_s - DAY_S), row.columns[4],
                        register_of(&row));
        }
        assert_int_equal(row.stamp_s, expected[i].at_s);
        assert_int_equal(row.columns[4], expected[i].status);
        assert_int_equal(register_of(&row), expected[i].lived_s);
        assert_true(((row.clock_status & CALENDAR_STATUS_INVALID) != 0) == ((row.columns[4] & CIV) != 0));
        assert_true(((row.clock_status & CALENDAR_STATUS_DST) != 0) == ((row.columns[4] & DST) != 0));
    }
    assert_int_equal(all.end - all.first, count);
}

#define ROWS_ARE(...)                                                                                                  \
    do {                                                                                                               \
        static const struct expected expected_rows[] = { __VA_ARGS__ };                                                \
        rows_are(expected_rows, sizeof expected_rows / sizeof expected_rows[0]);                                       \
    } while (0)

/* Case by case ---------------------------------------------------------------- */

static void rows_are_on_the_grid(void **state)
{
    (void)state;
    begin(AT(10, 0, 0), 900);
    run_to(AT(11, 0, 0));
    ROWS_ARE({ AT(10, 15, 0), 0, 900 }, { AT(10, 30, 0), 0, 1800 }, { AT(10, 45, 0), 0, 2700 },
             { AT(11, 0, 0), 0, 3600 });
}

static void the_first_period_is_flagged(void **state)
{
    (void)state;
    begin(AT(10, 6, 0), 900);
    run_to(AT(10, 30, 0));
    ROWS_ARE({ AT(10, 15, 0), CAD | DNV, 540 }, { AT(10, 30, 0), 0, 1440 });
    begin(AT(10, 1, 30), 900); /* 10 % short: not more than that */
    run_to(AT(10, 15, 0));
    ROWS_ARE({ AT(10, 15, 0), CAD, 810 });
    begin(AT(10, 1, 31), 900);
    run_to(AT(10, 15, 0));
    ROWS_ARE({ AT(10, 15, 0), CAD | DNV, 809 });
}

static void every_period_that_is_allowed(void **state)
{
    (void)state;
    static const uint32_t periods_s[] = { 60, 300, 600, 900, 1800, 3600 };
    for (unsigned i = 0; i < sizeof periods_s / sizeof periods_s[0]; i++) {
        uint8_t octets[FLASHLOG_ROW_MAX];
        begin(AT(10, 0, 0), periods_s[i]);
        run_to(AT(12, 0, 0));
        struct profile_range all = profile_all(&profile.profile);
        assert_int_equal(all.end - all.first, 7200 / periods_s[i]);
        assert_int_equal(row_at(0, octets).stamp_s, AT(10, 0, 0) + periods_s[i]);
    }
    static const uint32_t wrong_s[] = { 1, 59, 61, 120, 899, 901, 7200, 86400, UINT32_MAX };
    struct load_profile before = profile;
    for (unsigned i = 0; i < sizeof wrong_s / sizeof wrong_s[0]; i++) {
        assert_int_equal(load_profile_configure(&profile, &clock_of_meter, columns, 3, wrong_s[i]), STATUS_RANGE);
    }
    assert_memory_equal(&profile, &before, sizeof profile);
    begin_kind(&load_profile_daily, AT(10, 0, 0), 3600);
    assert_int_equal(load_profile_configure(&profile, &clock_of_meter, columns, 3, 900), STATUS_RANGE);
    assert_int_equal(load_profile_configure(&profile, &clock_of_meter, columns, 3, 86400), STATUS_OK);
    assert_int_equal(load_profile_configure(&profile, &clock_of_meter, columns, 3, 0), STATUS_OK);
}

static void nothing_is_captured_while_it_is_off(void **state)
{
    (void)state;
    begin(AT(10, 0, 0), 0);
    run_to(AT(11, 0, 0));
    set_clock(AT(13, 0, 0));
    power_away(AT(14, 0, 0));
    struct profile_range all = profile_all(&profile.profile);
    assert_int_equal(all.end - all.first, 0);
    assert_int_equal(load_profile_configure(&profile, &clock_of_meter, columns, 3, 900), STATUS_OK);
    run_to(AT(14, 15, 0));
    ROWS_ARE({ AT(14, 15, 0), 0, 4500 });
}

static void power_away_within_a_period(void **state)
{
    (void)state;
    begin(AT(10, 0, 0), 900);
    run_to(AT(10, 3, 0));
    power_away(AT(10, 9, 0));
    run_to(AT(10, 30, 0));
    ROWS_ARE({ AT(10, 15, 0), PDN, 540 }, { AT(10, 30, 0), 0, 1440 });
}

static void whole_periods_without_power_have_no_row(void **state)
{
    (void)state;
    begin(AT(10, 0, 0), 900);
    run_to(AT(10, 20, 0));
    power_away(AT(13, 40, 0));
    ROWS_ARE({ AT(10, 15, 0), 0, 900 }, { AT(10, 30, 0), PDN, 1200 });
    run_to(AT(14, 0, 0));
    ROWS_ARE({ AT(10, 15, 0), 0, 900 }, { AT(10, 30, 0), PDN, 1200 }, { AT(13, 45, 0), PDN, 1500 },
             { AT(14, 0, 0), 0, 2400 });
}

static void power_away_over_one_boundary(void **state)
{
    (void)state;
    begin(AT(10, 0, 0), 900);
    run_to(AT(10, 14, 59));
    power_away(AT(10, 15, 0));
    run_to(AT(10, 45, 0));
    ROWS_ARE({ AT(10, 15, 0), PDN, 899 }, { AT(10, 30, 0), PDN, 1799 }, { AT(10, 45, 0), 0, 2699 });
}

static void two_outages_in_one_period(void **state)
{
    (void)state;
    begin(AT(10, 0, 0), 900);
    run_to(AT(10, 3, 0));
    power_away(AT(10, 4, 0));
    run_to(AT(10, 5, 0));
    power_away(AT(10, 33, 0));
    run_to(AT(10, 34, 0));
    power_away(AT(10, 35, 0));
    run_to(AT(11, 0, 0));
    ROWS_ARE({ AT(10, 15, 0), PDN, 240 }, { AT(10, 45, 0), PDN, 900 }, { AT(11, 0, 0), 0, 1800 });
}

/* What was known of the period before the power went is not forgotten. */
static void flags_outlive_the_power(void **state)
{
    (void)state;
    begin(AT(10, 6, 0), 900);
    run_to(AT(10, 8, 0));
    power_away(AT(10, 9, 0));
    run_to(AT(10, 15, 0));
    ROWS_ARE({ AT(10, 15, 0), PDN | CAD | DNV, 480 });
}

/* The registers are saved at the end of a period, then the power goes, without a warning, before its row is written. */
static void a_row_that_was_due_is_written_at_power_up(void **state)
{
    (void)state;
    static const int64_t back_s[] = { AT(10, 16, 0), AT(10, 31, 0), AT(12, 0, 0) };
    for (unsigned i = 0; i < 3; i++) {
        begin(AT(10, 0, 0), 900);
        run_to(AT(10, 14, 59));
        clock_of_meter.utc_s++;
        lived_s++;
        assert_true(load_profile_ends(&profile, &clock_of_meter));
        power_away(back_s[i]);
        run_to(back_s[i] + 900);
        if (i == 0) {
            ROWS_ARE({ AT(10, 15, 0), 0, 900 }, { AT(10, 30, 0), PDN, 900 + 840 });
        } else if (i == 1) {
            ROWS_ARE({ AT(10, 15, 0), 0, 900 }, { AT(10, 30, 0), PDN, 900 }, { AT(10, 45, 0), PDN, 900 + 840 });
        } else {
            ROWS_ARE({ AT(10, 15, 0), 0, 900 }, { AT(10, 30, 0), PDN, 900 }, { AT(12, 15, 0), PDN, 1800 });
        }
    }
}

/* ERR stands in every row while the meter is at fault, in both that a start writes, too, and over an outage. */
static void a_fault_is_in_every_row(void **state)
{
    (void)state;
    begin(AT(10, 0, 0), 900);
    run_to(AT(10, 14, 59));
    clock_of_meter.utc_s++;
    lived_s++;
    int64_t last_s = clock_of_meter.utc_s;
    uint8_t kept = load_profile_kept(&profile, &clock_of_meter);
    clock_of_meter.utc_s = AT(10, 31, 0);
    assert_int_equal(load_profile_mount(&profile, &board, profile.kind, &region), STATUS_OK);
    load_profile_power_up(&profile, &clock_of_meter, last_s, kept);
    profile.fault = ERR | DNV;
    step();
    profile.fault = 0;
    power_away(AT(10, 40, 0));
    run_to(AT(11, 0, 0));
    ROWS_ARE({ AT(10, 15, 0), ERR | DNV, 900 }, { AT(10, 30, 0), PDN | ERR | DNV, 900 }, { AT(10, 45, 0), PDN, 1200 },
             { AT(11, 0, 0), 0, 2100 });
}

/* The same, but the row was written. */
static void a_row_is_not_written_twice(void **state)
{
    (void)state;
    begin(AT(10, 0, 0), 900);
    run_to(AT(10, 14, 59));
    clock_of_meter.utc_s++;
    lived_s++;
    uint8_t kept = load_profile_kept(&profile, &clock_of_meter);
    step();
    assert_int_equal(load_profile_mount(&profile, &board, &load_profile_1, &region), STATUS_OK);
    load_profile_power_up(&profile, &clock_of_meter, AT(10, 15, 0), kept);
    step();
    run_to(AT(10, 30, 0));
    ROWS_ARE({ AT(10, 15, 0), 0, 900 }, { AT(10, 30, 0), PDN, 1800 });
}

/* A start that writes rows, and loses the power again before its checkpoint. */
static void a_start_that_is_cut_writes_nothing_twice(void **state)
{
    (void)state;
    begin(AT(10, 0, 0), 900);
    run_to(AT(10, 14, 59));
    clock_of_meter.utc_s++;
    lived_s++;
    uint8_t kept = load_profile_kept(&profile, &clock_of_meter);
    for (unsigned i = 0; i < 3; i++) {
        clock_of_meter.utc_s = AT(10, 50, 0);
        assert_int_equal(load_profile_mount(&profile, &board, &load_profile_1, &region), STATUS_OK);
        load_profile_power_up(&profile, &clock_of_meter, AT(10, 15, 0), kept);
        step();
    }
    run_to(AT(11, 0, 0));
    ROWS_ARE({ AT(10, 15, 0), 0, 900 }, { AT(10, 30, 0), PDN, 900 }, { AT(11, 0, 0), PDN, 1500 });
}

/* While the clock is behind rows that are there already. */
static void a_row_is_due_after_the_clock_was_set_back(void **state)
{
    (void)state;
    begin(AT(10, 0, 0), 900);
    run_to(AT(10, 44, 0));
    set_clock(AT(10, 10, 0));
    run_to(AT(10, 14, 59));
    clock_of_meter.utc_s++;
    lived_s++;
    power_away(AT(10, 16, 0));
    run_to(AT(10, 20, 0));
    power_away(AT(10, 31, 0));
    ROWS_ARE({ AT(10, 15, 0), 0, 900 }, { AT(10, 30, 0), 0, 1800 }, { AT(10, 44, 0), CAD, 2640 },
             { AT(10, 15, 0), CAD | DNV, 2940 }, { AT(10, 30, 0), PDN, 2940 + 240 });
}

/* A jump closes the period at the old time; the next regular row says so, too. */
static void the_clock_jumps_forward(void **state)
{
    (void)state;
    begin(AT(10, 0, 0), 900);
    run_to(AT(10, 20, 0));
    set_clock(AT(13, 31, 0));
    run_to(AT(14, 0, 0));
    ROWS_ARE({ AT(10, 15, 0), 0, 900 }, { AT(10, 20, 0), CAD | DNV, 1200 }, { AT(13, 45, 0), CAD, 2040 },
             { AT(14, 0, 0), 0, 2940 });
}

/* Old rows stay, stamps occur twice. */
static void the_clock_jumps_back(void **state)
{
    (void)state;
    begin(AT(10, 0, 0), 900);
    run_to(AT(10, 44, 0));
    set_clock(AT(10, 10, 0));
    run_to(AT(10, 30, 0));
    ROWS_ARE({ AT(10, 15, 0), 0, 900 }, { AT(10, 30, 0), 0, 1800 }, { AT(10, 44, 0), CAD, 2640 },
             { AT(10, 15, 0), CAD | DNV, 2940 }, { AT(10, 30, 0), 0, 3840 });
}

static void a_jump_onto_the_grid_is_flagged_too(void **state)
{
    (void)state;
    begin(AT(10, 0, 0), 900);
    run_to(AT(10, 15, 0));
    set_clock(AT(12, 0, 0)); /* nothing has run that could be closed */
    run_to(AT(12, 15, 0));
    ROWS_ARE({ AT(10, 15, 0), 0, 900 }, { AT(12, 15, 0), CAD, 1800 });
}

static void small_changes_of_the_clock_are_no_jump(void **state)
{
    (void)state;
    begin(AT(10, 0, 0), 900);
    run_to(AT(10, 7, 0));
    set_clock(AT(10, 7, 10));
    run_to(AT(10, 29, 55));
    set_clock(AT(10, 30, 5)); /* over the boundary */
    run_to(AT(10, 30, 7));
    set_clock(AT(10, 29, 57)); /* and back: no second row */
    run_to(AT(10, 45, 0));
    ROWS_ARE({ AT(10, 15, 0), 0, 890 }, { AT(10, 30, 0), 0, 1785 }, { AT(10, 45, 0), 0, 2690 });
    begin(AT(10, 0, 0), 60); /* 10 s are more than a tenth of a minute */
    run_to(AT(10, 0, 30));
    set_clock(AT(10, 0, 36));
    run_to(AT(10, 1, 30));
    set_clock(AT(10, 1, 37));
    run_to(AT(10, 2, 0));
    ROWS_ARE({ AT(10, 1, 0), 0, 54 }, { AT(10, 2, 0), DNV, 107 });
}

static void small_changes_add_up_to_a_jump(void **state)
{
    (void)state;
    begin(AT(10, 0, 0), 900);
    run_to(AT(10, 5, 0));
    set_clock(AT(10, 5, 6));
    run_to(AT(10, 6, 0));
    set_clock(AT(10, 6, 6));
    run_to(AT(10, 15, 0));
    ROWS_ARE({ AT(10, 6, 0), CAD | DNV, 354 }, { AT(10, 15, 0), CAD | DNV, 888 });
}

static void the_limit_is_a_setting(void **state)
{
    (void)state;
    begin(AT(10, 0, 0), 900);
    clock_of_meter.jump_limit_s = 60;
    run_to(AT(10, 5, 0));
    set_clock(AT(10, 6, 0));
    run_to(AT(10, 15, 0));
    ROWS_ARE({ AT(10, 15, 0), 0, 840 });
}

static void an_invalid_clock(void **state)
{
    (void)state;
    begin(AT(10, 0, 0), 900);
    clock_of_meter.invalid = true;
    run_to(AT(10, 15, 0));
    run_to(AT(10, 20, 0));
    set_clock(AT(14, 0, 0));
    run_to(AT(14, 30, 0));
    ROWS_ARE({ AT(10, 15, 0), CIV | DNV, 900 }, { AT(10, 20, 0), CIV | DNV | CAD, 1200 }, { AT(14, 15, 0), CAD, 2100 },
             { AT(14, 30, 0), 0, 3000 });
}

/* The battery of the clock has died: the period is closed where the clock last was. */
static void the_clock_is_lost_with_the_power(void **state)
{
    (void)state;
    begin(AT(10, 0, 0), 900);
    run_to(AT(10, 20, 0));
    clock_of_meter.invalid = false;
    int64_t last_s = clock_of_meter.utc_s;
    uint8_t kept = load_profile_kept(&profile, &clock_of_meter);
    clock_of_meter.utc_s = 60;
    clock_of_meter.invalid = true;
    assert_int_equal(load_profile_mount(&profile, &board, &load_profile_1, &region), STATUS_OK);
    load_profile_power_up(&profile, &clock_of_meter, last_s, kept);
    step();
    run_to(900);
    ROWS_ARE({ AT(10, 15, 0), 0, 900 }, { AT(10, 20, 0), PDN | CAD | DNV, 1200 },
             { 900, PDN | CAD | CIV | DNV, 1200 + 840 });
}

static void give_zone(void)
{
    clock_of_meter.zone_min = -60;
    clock_of_meter.dst_enabled = true; /* with the default rules: last Sundays of March and October */
    load_profile_begin(&profile, &clock_of_meter);
}

/* Daylight saving adds no rows and leaves none out: 4 an hour, in UTC as it is. */
static void daylight_saving_adds_no_rows(void **state)
{
    (void)state;
    static const int64_t days_s[] = { MARCH_29_S, OCTOBER_25_S };
    for (unsigned d = 0; d < 2; d++) {
        begin(days_s[d] - 3600, 900);
        give_zone();
        run_to(days_s[d] + 3 * INT64_C(3600));
        struct profile_range all = profile_all(&profile.profile);
        assert_int_equal(all.end - all.first, 16);
        for (uint32_t i = 0; i < 16; i++) {
            uint8_t octets[FLASHLOG_ROW_MAX];
            struct profile_row row = row_at(i, octets);
            bool summer = (row.stamp_s >= days_s[d] + 3600) == (d == 0); /* both change at 01:00 UTC */
            assert_int_equal(row.stamp_s, days_s[d] - 3600 + 900 * (int64_t)(i + 1));
            assert_int_equal(row.columns[4], summer ? DST : 0);
            assert_int_equal(row.deviation_min, summer ? -120 : -60);
        }
    }
}

/* A local day has 23 or 25 hours then, and ends at midnight. */
static void daily_rows_end_at_local_midnight(void **state)
{
    (void)state;
    begin_kind(&load_profile_daily, MARCH_29_S - 3600 - 86400, 86400);
    give_zone();
    run_to(MARCH_29_S + 3 * INT64_C(86400));
    ROWS_ARE({ MARCH_29_S - 3600, 0, 86400 }, { MARCH_29_S + 22 * INT64_C(3600), DST, 86400 + 23 * INT64_C(3600) },
             { MARCH_29_S + 46 * INT64_C(3600), DST, 86400 + 47 * INT64_C(3600) },
             { MARCH_29_S + 70 * INT64_C(3600), DST, 86400 + 71 * INT64_C(3600) });
    begin_kind(&load_profile_daily, OCTOBER_25_S - 7200 - 86400, 86400);
    give_zone();
    run_to(OCTOBER_25_S + 2 * INT64_C(86400));
    ROWS_ARE({ OCTOBER_25_S - 7200, DST, 86400 }, { OCTOBER_25_S + 23 * INT64_C(3600), 0, 86400 + 25 * INT64_C(3600) },
             { OCTOBER_25_S + 47 * INT64_C(3600), 0, 86400 + 49 * INT64_C(3600) });
}

/* An outage over the change; the day in which the power returned began at its midnight. */
static void daily_rows_and_an_outage_over_a_change(void **state)
{
    (void)state;
    begin_kind(&load_profile_daily, MARCH_29_S - 3600 - 86400, 86400);
    give_zone();
    run_to(MARCH_29_S - 7200);
    power_away(MARCH_29_S + 12 * INT64_C(3600));
    run_to(MARCH_29_S + 46 * INT64_C(3600));
    ROWS_ARE({ MARCH_29_S - 3600, PDN, 82800 },
             { MARCH_29_S + 22 * INT64_C(3600), PDN | DST, 82800 + 10 * INT64_C(3600) },
             { MARCH_29_S + 46 * INT64_C(3600), DST, 82800 + 34 * INT64_C(3600) });
}

/* In any zone, with daylight saving of any size: one row at each local midnight. */
static void odd_zones(void **state)
{
    (void)state;
    static const int16_t zones_min[] = { -840, -765, -345, -330, 0, 1, 210, 570, 840 };
    static const int8_t deviations_min[] = { -120, -60, -30, 20, 30, 60, 120 };
    for (unsigned z = 0; z < sizeof zones_min / sizeof zones_min[0]; z++) {
        for (unsigned k = 0; k < sizeof deviations_min; k++) {
            begin_kind(&load_profile_daily, MARCH_29_S - 2 * INT64_C(86400), 86400);
            clock_of_meter.zone_min = zones_min[z];
            clock_of_meter.dst_enabled = true;
            clock_of_meter.dst_deviation_min = deviations_min[k];
            load_profile_begin(&profile, &clock_of_meter);
            for (int64_t s = MARCH_29_S - 2 * INT64_C(86400); s <= MARCH_29_S + 2 * INT64_C(86400); s += 60) {
                clock_of_meter.utc_s = s;
                step();
            }
            uint8_t octets[FLASHLOG_ROW_MAX];
            struct profile_range all = profile_all(&profile.profile);
            int day = 0;
            assert_in_range(all.end - all.first, 3, 5);
            for (uint32_t i = 0; i < all.end - all.first; i++) {
                struct profile_row row = row_at(i, octets);
                struct profile_day unknown = { 0 };
                struct calendar_time t;
                assert_int_equal(calendar_decode(profile_date_time(&row, &unknown), &t), STATUS_OK);
                assert_int_equal(t.hour * 3600 + t.minute * 60 + t.second, 0);
                assert_true(i == 0 || t.day == day + 1);
                day = t.day;
            }
        }
    }
}

/* Where daylight saving begins or ends at midnight, or with half an hour. A day begins with its first instant, which
 * may be 01:00. The instants are those of Python's zoneinfo: the first one of each local date (of Lord Howe, each
 * hour). */
struct zone_days {
    const char *name;
    int16_t zone_min;
    int8_t deviation_min;
    uint32_t period_s;
    struct calendar_time begin; /* month, day, weekday and hour of the rules */
    struct calendar_time end;
    uint32_t stamps[4]; /* the first one is where the meter is begun */
    uint8_t status[4];  /* of the period that ends there */
};

static const struct zone_days zones[] = {
    { "Havana 2026, spring",
      300,
      60,
      86400,
      { .month = 3, .day = 8, .hour = 0 },
      { .month = 11, .day = 1, .hour = 1 },
      { 826174800, 826261200, 826344000, 826430400 },
      { 0, DST, DST, DST } },
    { "Havana 2026, autumn",
      300,
      60,
      86400,
      { .month = 3, .day = 8, .hour = 0 },
      { .month = 11, .day = 1, .hour = 1 },
      { 846734400, 846820800, 846910800, 846997200 },
      { 0, DST, 0, 0 } },
    { "Sao Paulo 2018, spring",
      180,
      60,
      86400,
      { .month = 11, .day = 1, .hour = 0 },
      { .month = 2, .day = 15, .hour = 0 },
      { 594529200, 594615600, 594698400, 594784800 },
      { 0, DST, DST, DST } },
    { "Sao Paulo 2018, autumn",
      180,
      60,
      86400,
      { .month = 11, .day = 1, .hour = 0 },
      { .month = 2, .day = 15, .hour = 0 },
      { 572148000, 572238000, 572324400, 572410800 },
      { 0, 0, 0, 0 } },
    { "Beirut 2026, spring",
      -120,
      60,
      86400,
      { .month = 3, .day = CALENDAR_DAY_LAST, .hour = 0 },
      { .month = 10, .day = CALENDAR_DAY_LAST, .hour = 0 },
      { 827964000, 828050400, 828133200, 828219600 },
      { 0, DST, DST, DST } },
    { "Beirut 2026, autumn",
      -120,
      60,
      86400,
      { .month = 3, .day = CALENDAR_DAY_LAST, .hour = 0 },
      { .month = 10, .day = CALENDAR_DAY_LAST, .hour = 0 },
      { 846104400, 846194400, 846280800, 846367200 },
      { 0, 0, 0, 0 } },
    { "Lord Howe 2026, spring, days",
      -630,
      30,
      86400,
      { .month = 10, .day = 1, .hour = 2 },
      { .month = 4, .day = 1, .hour = 2 },
      { 844263000, 844349400, 844434000, 844520400 },
      { 0, 0, DST, DST } },
    { "Lord Howe 2026, spring, hours",
      -630,
      30,
      3600,
      { .month = 10, .day = 1, .hour = 2 },
      { .month = 4, .day = 1, .hour = 2 },
      { 844353000, 844356600, 844358400, 844362000 },
      { 0, DST, DST | DNV, DST } },
};

static struct calendar_time rule_of(const struct calendar_time *t)
{
    struct calendar_time rule = calendar_unspecified;
    rule.month = t->month;
    rule.day = t->day;
    rule.weekday = 7;
    rule.hour = t->hour;
    rule.minute = rule.second = rule.hundredths = 0;
    return rule;
}

/* A minute for a second, and away from `off_s` for 50 minutes if that is not 0. */
static void live_in(const struct zone_days *z, int64_t off_s)
{
    begin_kind(&load_profile_daily, z->stamps[0], z->period_s);
    clock_of_meter.zone_min = z->zone_min;
    clock_of_meter.dst_deviation_min = z->deviation_min;
    clock_of_meter.dst_begin = rule_of(&z->begin);
    clock_of_meter.dst_end = rule_of(&z->end);
    clock_of_meter.dst_enabled = true;
    load_profile_begin(&profile, &clock_of_meter);
    while (clock_of_meter.utc_s < z->stamps[3]) {
        if (clock_of_meter.utc_s == off_s) {
            power_away(off_s + 3000);
        } else {
            clock_of_meter.utc_s += 60;
            step();
        }
    }
}

static void days_that_begin_after_midnight(void **state)
{
    (void)state;
    for (const struct zone_days *z = zones; z < zones + sizeof zones / sizeof zones[0]; z++) {
        /* no outage; then one in each hour of the days */
        for (int64_t off_s = z->stamps[0]; off_s + 3600 <= z->stamps[3]; off_s += off_s == z->stamps[0] ? 120 : 3600) {
            live_in(z, off_s == z->stamps[0] ? 0 : off_s);
            struct profile_range all = profile_all(&profile.profile);
            for (uint32_t i = 0; i < 3; i++) {
                uint8_t octets[FLASHLOG_ROW_MAX];
                struct profile_row row = row_at(i, octets);
                if (row.stamp_s != z->stamps[i + 1]) {
                    print_error("%s: row %u at %lld, out at %lld\n", z->name, i, (long long)row.stamp_s,
                                (long long)off_s);
                }
                assert_int_equal(row.stamp_s, z->stamps[i + 1]);
                assert_int_equal(row.columns[4] & ~PDN, z->status[i + 1]);
            }
            assert_int_equal(all.end - all.first, 3);
        }
    }
}

/* Brute force ----------------------------------------------------------------- */

enum { HOURS = 6, LIFE_S = HOURS * 3600 };

static uint32_t random_state = 1;

static uint32_t next_random(uint32_t below)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)random_state * below >> 32);
}

static bool alive[LIFE_S + 1]; /* the meter saw this second */

static void restart_from(int64_t last_s, uint8_t kept, int64_t until_s)
{
    clock_of_meter.utc_s = until_s;
    assert_int_equal(load_profile_mount(&profile, &board, &load_profile_1, &region), STATUS_OK);
    load_profile_power_up(&profile, &clock_of_meter, last_s, kept);
    step();
}

/* Runs with outages, long and short, with a last gasp, or from the last checkpoint, which was at the end of a period,
 * before its row. */
static void live(uint32_t period_s)
{
    int64_t start_s = AT(8, 0, 0);
    begin(start_s, period_s);
    memset(alive, 0, sizeof alive);
    alive[0] = true;
    int64_t checkpoint_s = start_s;
    uint8_t kept = load_profile_kept(&profile, &clock_of_meter);
    while (clock_of_meter.utc_s < start_s + LIFE_S) {
        clock_of_meter.utc_s++;
        alive[clock_of_meter.utc_s - start_s] = true;
        bool ends = load_profile_ends(&profile, &clock_of_meter);
        if (ends) {
            checkpoint_s = clock_of_meter.utc_s;
            kept = load_profile_kept(&profile, &clock_of_meter);
        }
        bool cut = next_random(ends ? 8 : 700) == 0;
        if (!cut || next_random(2) == 0) {
            step();
        }
        if (cut) {
            if (next_random(2) == 0) { /* last gasp */
                checkpoint_s = clock_of_meter.utc_s;
                kept = load_profile_kept(&profile, &clock_of_meter);
            }
            int64_t until_s = clock_of_meter.utc_s + next_random(next_random(2) == 0 ? 60 : 3 * period_s);
            until_s = until_s < start_s + LIFE_S ? until_s : start_s + LIFE_S;
            alive[until_s - start_s] = true;
            restart_from(checkpoint_s, kept, until_s);
            checkpoint_s = until_s; /* each start ends with a checkpoint */
            kept = load_profile_kept(&profile, &clock_of_meter);
        }
    }
}

/* A period has a row if the meter saw any second of it, and PDN if it missed any. */
static uint32_t check_life(uint32_t period_s)
{
    uint32_t found = 0;
    uint8_t octets[FLASHLOG_ROW_MAX];
    for (uint32_t k = 0; k < LIFE_S / period_s; k++) {
        uint32_t seen = 0;
        for (uint32_t s = k * period_s; s < (k + 1) * period_s; s++) {
            seen += alive[s];
        }
        if (seen == 0) {
            continue;
        }
        struct profile_row row = row_at(found++, octets);
        assert_int_equal(row.stamp_s, AT(8, 0, 0) + (int64_t)(k + 1) * period_s);
        if ((row.columns[4] & PDN) == 0) { /* PDN without a missed second: the power was away for less than one */
            assert_int_equal(seen, period_s);
        }
        assert_int_equal(row.columns[4] & ~PDN, 0);
    }
    struct profile_range all = profile_all(&profile.profile);
    assert_int_equal(all.end - all.first, found);
    return found;
}

static void random_outages(void **state)
{
    (void)state;
    static const uint32_t periods_s[] = { 60, 300, 900, 3600 };
    uint32_t rows = 0;
    for (unsigned run = 0; run < 40; run++) {
        uint32_t period_s = periods_s[run % 4];
        live(period_s);
        rows += check_life(period_s);
    }
    assert_true(rows > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_on_the_grid),
        cmocka_unit_test(the_first_period_is_flagged),
        cmocka_unit_test(every_period_that_is_allowed),
        cmocka_unit_test(nothing_is_captured_while_it_is_off),
        cmocka_unit_test(power_away_within_a_period),
        cmocka_unit_test(whole_periods_without_power_have_no_row),
        cmocka_unit_test(power_away_over_one_boundary),
        cmocka_unit_test(two_outages_in_one_period),
        cmocka_unit_test(flags_outlive_the_power),
        cmocka_unit_test(a_row_that_was_due_is_written_at_power_up),
        cmocka_unit_test(a_fault_is_in_every_row),
        cmocka_unit_test(a_row_is_not_written_twice),
        cmocka_unit_test(a_start_that_is_cut_writes_nothing_twice),
        cmocka_unit_test(a_row_is_due_after_the_clock_was_set_back),
        cmocka_unit_test(the_clock_jumps_forward),
        cmocka_unit_test(the_clock_jumps_back),
        cmocka_unit_test(a_jump_onto_the_grid_is_flagged_too),
        cmocka_unit_test(small_changes_of_the_clock_are_no_jump),
        cmocka_unit_test(small_changes_add_up_to_a_jump),
        cmocka_unit_test(the_limit_is_a_setting),
        cmocka_unit_test(an_invalid_clock),
        cmocka_unit_test(the_clock_is_lost_with_the_power),
        cmocka_unit_test(daylight_saving_adds_no_rows),
        cmocka_unit_test(daily_rows_end_at_local_midnight),
        cmocka_unit_test(daily_rows_and_an_outage_over_a_change),
        cmocka_unit_test(odd_zones),
        cmocka_unit_test(days_that_begin_after_midnight),
        cmocka_unit_test(random_outages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
