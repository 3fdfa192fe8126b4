/* model/selector against requests as two public clients write them, and what object-model.md 10.7 makes of each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/selector.h"
#include "test_board.h"

#define DAY_S  INT64_C(86400)
#define HOUR_S INT64_C(3600)

static const int64_t new_year_2026_s = (26 * 365 + 7) * DAY_S; /* 7 leap days since 2000, UTC */

/* Pieces of what clients send. */
#define STAMP        "0000010000FF"
#define CLOCK_COLUMN "02041200080906" STAMP "0F02120000"
#define FROM         "090C07EA0101FF00000000FFC400" /* 2026-01-01 00:00, UTC+1 */
#define TO           "090C07EA0102FF00000000FFC400" /* a day later */
#define ANY          "090CFFFFFFFFFFFFFFFFFF8000FF"
#define ALL          "0100"

static struct board board;
static struct clock meter_clock;
static struct selector_rows rows;

/* Clock, status, import, export, import again. */
static const struct captured {
    uint16_t class_id;
    uint8_t obis[6];
    int8_t attribute;
} captured[] = {
    { 8, { 0, 0, 1, 0, 0, 255 }, 2 }, { 1, { 0, 0, 96, 10, 1, 255 }, 2 }, { 3, { 1, 0, 1, 8, 0, 255 }, 2 },
    { 3, { 1, 0, 2, 8, 0, 255 }, 2 }, { 3, { 1, 0, 1, 8, 0, 255 }, 2 },
};

enum { COLUMNS = sizeof captured / sizeof captured[0], EVERY = (1 << COLUMNS) - 1 };

static bool is_column(const void *profile, uint32_t column, const struct selector_column *named)
{
    const struct captured *c = (const struct captured *)profile + column;
    return c->class_id == named->class_id && memcmp(c->obis, named->obis, 6) == 0 && c->attribute == named->attribute &&
           named->data_index == 0;
}

static bool any_column(const void *profile, uint32_t column, const struct selector_column *named)
{
    (void)profile;
    return named->data_index == column;
}

static const struct selector_columns columns = { COLUMNS, captured, is_column };

static int start(void **state)
{
    (void)state;
    board = (struct board){ .rtc_kept = true, .rtc_s = new_year_2026_s };
    clock_init(&meter_clock, &board);
    memset(&rows, 0xA5, sizeof rows);
    return 0;
}

static uint8_t digit(char c)
{
    assert_true((c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'));
    return (uint8_t)(c <= '9' ? c - '0' : c - 'A' + 10);
}

static enum status decode_for(const struct selector_columns *of, uint8_t kind, const char *hex)
{
    uint8_t octets[200];
    size_t size = strlen(hex) / 2;
    assert_true(size <= sizeof octets);
    for (size_t i = 0; i < size; i++) {
        octets[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
    }
    const struct cosem_selector selector = { kind, octets, size };
    return selector_decode(&selector, &meter_clock, of, &rows);
}

static enum status decode(uint8_t kind, const char *hex)
{
    return decode_for(&columns, kind, hex);
}

static void check_rows(uint32_t first, uint32_t last, int64_t from_s, int64_t to_s, uint32_t mask)
{
    assert_int_equal(rows.first, first);
    assert_int_equal(rows.last, last);
    assert_int_equal(rows.from_s, from_s);
    assert_int_equal(rows.to_s, to_s);
    assert_int_equal(rows.mask, mask);
}

static void check_range(int64_t from_s, int64_t to_s, uint32_t mask)
{
    check_rows(1, UINT32_MAX, from_s, to_s, mask);
}

static void check_entries(uint32_t first, uint32_t last, uint32_t mask)
{
    check_rows(first, last, INT64_MIN, INT64_MAX, mask);
}

static void check_refused(enum status expected, uint8_t kind, const char *hex)
{
    struct selector_rows before;
    memset(&rows, 0xA5, sizeof rows);
    before = rows;
    assert_int_equal(decode(kind, hex), expected);
    assert_memory_equal(&rows, &before, sizeof rows);
}

static void without_selector_everything(void **state)
{
    (void)state;
    assert_int_equal(selector_decode(NULL, &meter_clock, &columns, &rows), STATUS_OK);
    check_entries(1, UINT32_MAX, EVERY);
    const struct selector_columns most = { SELECTOR_COLUMNS_MAX, NULL, any_column };
    assert_int_equal(selector_decode(NULL, &meter_clock, &most, &rows), STATUS_OK);
    check_entries(1, UINT32_MAX, UINT32_MAX);
}

static void no_other_selector(void **state)
{
    (void)state;
    check_refused(STATUS_RANGE, 0, "0204" CLOCK_COLUMN FROM TO ALL);
    check_refused(STATUS_RANGE, 3, "0204" CLOCK_COLUMN FROM TO ALL);
}

/* By range ------------------------------------------------------------------------------------------------------ */

/* gurux_dlms 1.0.203, readRowsByRange. */
static void a_day_in_local_time(void **state)
{
    (void)state;
    assert_int_equal(decode(1, "02040204120008090600000100"
                               "00FF0F02120000090C07EA0101FF00000000FFC400090C07EA0102FF00000000FFC4000100"),
                     STATUS_OK);
    check_range(new_year_2026_s - HOUR_S, new_year_2026_s + DAY_S - HOUR_S, EVERY);
}

/* The same, one column named; 1.0.1.8.0 is captured twice. */
static void a_day_of_one_column(void **state)
{
    (void)state;
    assert_int_equal(decode(1, "0204" CLOCK_COLUMN FROM TO "0101020412000309060100010800FF0F02120000"), STATUS_OK);
    check_range(new_year_2026_s - HOUR_S, new_year_2026_s + DAY_S - HOUR_S, 1 << 2 | 1 << 4);
}

/* In the order of the profile, each once. */
static void columns_named_in_any_order(void **state)
{
    (void)state;
    assert_int_equal(
        decode(1, "0204" CLOCK_COLUMN FROM TO "0103020412000309060100020800FF0F02120000" CLOCK_COLUMN CLOCK_COLUMN),
        STATUS_OK);
    assert_int_equal(rows.mask, 1 << 3 | 1);
}

static void the_matcher_gets_every_field(void **state)
{
    (void)state;
    const struct selector_columns most = { SELECTOR_COLUMNS_MAX, NULL, any_column };
    assert_int_equal(decode_for(&most, 1, "0204" CLOCK_COLUMN FROM TO "0101020412FFFE09060102030405060FFE12001F"),
                     STATUS_OK);
    assert_int_equal(rows.mask, UINT32_C(1) << 31);
}

static void date_time_with_its_own_tag(void **state)
{
    (void)state;
    assert_int_equal(decode(1, "0204" CLOCK_COLUMN "1907EA0101FF000000008000FF"
                               "1907EA01020500000000000000" ALL),
                     STATUS_OK);
    check_range(new_year_2026_s - HOUR_S, new_year_2026_s + DAY_S, EVERY); /* the meter's zone; UTC */
}

static void unspecified_times_are_no_limit(void **state)
{
    (void)state;
    assert_int_equal(decode(1, "0204" CLOCK_COLUMN ANY TO ALL), STATUS_OK);
    check_range(INT64_MIN, new_year_2026_s + DAY_S - HOUR_S, EVERY);
    assert_int_equal(decode(1, "0204" CLOCK_COLUMN FROM ANY ALL), STATUS_OK);
    check_range(new_year_2026_s - HOUR_S, INT64_MAX, EVERY);
    assert_int_equal(decode(1, "0204" CLOCK_COLUMN ANY "19FFFFFFFFFFFFFFFF00000000" ALL), STATUS_OK);
    check_range(INT64_MIN, INT64_MAX, EVERY);
}

static void times_unspecified_in_part(void **state)
{
    (void)state;
    static const char *const partly[] = {
        "090CFFFF0101FF00000000FFC400", "090C07EAFF01FF00000000FFC400", "090C07EA01FFFF00000000FFC400",
        "090C07EA0101FFFF000000FFC400", "090C07EA0101FF00FF0000FFC400", "090C07EA0101FF0000FF00FFC400",
        "090CFFFFFFFF01FFFFFFFF8000FF", "090C07EA01FEFF00000000FFC400",
    };
    for (size_t i = 0; i < sizeof partly / sizeof partly[0]; i++) {
        char hex[200];
        (void)snprintf(hex, sizeof hex, "0204" CLOCK_COLUMN "%s" TO ALL, partly[i]);
        check_refused(STATUS_RANGE, 1, hex);
        (void)snprintf(hex, sizeof hex, "0204" CLOCK_COLUMN FROM "%s" ALL, partly[i]);
        check_refused(STATUS_RANGE, 1, hex);
    }
}

static void times_that_do_not_exist(void **state)
{
    (void)state;
    check_refused(STATUS_RANGE, 1, "0204" CLOCK_COLUMN "090C07EA0D01FF00000000FFC400" TO ALL);
    check_refused(STATUS_RANGE, 1, "0204" CLOCK_COLUMN FROM "090C07EA021DFF00000000FFC400" ALL);
    check_refused(STATUS_RANGE, 1, "0204" CLOCK_COLUMN FROM "090C07EA0101FF1800000000C400" ALL);
    check_refused(STATUS_TYPE, 1, "0204" CLOCK_COLUMN "090B07EA0101FF00000000FFC4" TO ALL);
    check_refused(STATUS_TYPE, 1, "0204" CLOCK_COLUMN "0900" TO ALL);
    check_refused(STATUS_TYPE, 1, "0204" CLOCK_COLUMN "060000000A" TO ALL);
    check_refused(STATUS_TYPE, 1, "0204" CLOCK_COLUMN FROM "00" ALL);
}

/* 2026-10-25, Budapest: 02:00 to 03:00 occurs at 00:00 UTC and at 01:00 UTC. */
static void the_hour_that_occurs_twice(void **state)
{
    (void)state;
    const int64_t midnight_s = new_year_2026_s + 297 * DAY_S;
    meter_clock.dst_enabled = true;
    assert_int_equal(decode(1, "0204" CLOCK_COLUMN "090C07EA0A19FF02000000"
                               "8000FF"
                               "090C07EA0A19FF021E0000"
                               "8000FF" ALL),
                     STATUS_OK);
    check_range(midnight_s, midnight_s + HOUR_S * 3 / 2, EVERY); /* both passes */
    assert_int_equal(decode(1, "0204" CLOCK_COLUMN "090C07EA0A19FF02000000"
                               "800000"
                               "090C07EA0A19FF021E0000"
                               "800080" ALL),
                     STATUS_OK);
    check_range(midnight_s + HOUR_S, midnight_s + HOUR_S / 2, EVERY); /* as their status says: no row */
}

static void only_by_the_clock(void **state)
{
    (void)state;
    check_refused(STATUS_RANGE, 1,
                  "0204"
                  "020412000309060000010000FF0F02120000" FROM TO ALL);
    check_refused(STATUS_RANGE, 1,
                  "0204"
                  "02041200080906000001000AFF0F02120000" FROM TO ALL);
    check_refused(STATUS_RANGE, 1,
                  "0204"
                  "020412000809060000010000FF0F03120000" FROM TO ALL);
    check_refused(STATUS_RANGE, 1,
                  "0204"
                  "020412000809060000010000FF0F02120001" FROM TO ALL);
    check_refused(STATUS_RANGE, 1,
                  "0204"
                  "020412000009060000000000000F00120000" FROM TO ALL);
    check_refused(STATUS_TYPE, 1,
                  "0204"
                  "02041200080905000001000000"
                  "0F02120000" FROM TO ALL);
    check_refused(STATUS_TYPE, 1,
                  "0204"
                  "020411080906" STAMP "0F02120000" FROM TO ALL);
    check_refused(STATUS_TYPE, 1,
                  "0204"
                  "02041200080906" STAMP "1102120000" FROM TO ALL);
    check_refused(STATUS_TYPE, 1,
                  "0204"
                  "02031200080906" STAMP "0F02" FROM TO ALL);
    check_refused(STATUS_TYPE, 1,
                  "0204"
                  "00" FROM TO ALL);
}

static void columns_that_cannot_be(void **state)
{
    (void)state;
    check_refused(STATUS_RANGE, 1, "0204" CLOCK_COLUMN FROM TO "0101020412000309060100030800FF0F02120000");
    check_refused(STATUS_RANGE, 1,
                  "0204" CLOCK_COLUMN FROM TO "0102" CLOCK_COLUMN "020412000309060100030800FF0F02120000");
    check_refused(STATUS_TYPE, 1,
                  "0204" CLOCK_COLUMN FROM TO "0101"
                  "110F");
    check_refused(STATUS_TYPE, 1, "0204" CLOCK_COLUMN FROM TO "00");
    check_refused(STATUS_TYPE, 1, "0203" CLOCK_COLUMN FROM TO);
    check_refused(STATUS_TYPE, 1, "0205" CLOCK_COLUMN FROM TO ALL "00");
    check_refused(STATUS_TYPE, 1, "00");
    check_refused(STATUS_TYPE, 1,
                  "0204060000000106000000021200011200"
                  "00");
}

/* By entry ------------------------------------------------------------------------------------------------------ */

/* gurux_dlms 1.0.203, readRowsByEntry: rows 2 to 6, every column; the third column alone, for which it writes how many
 * columns it wants. */
static void entries_as_a_client_asks_for_them(void **state)
{
    (void)state;
    assert_int_equal(decode(2, "02040600000002060000000612000112"
                               "0000"),
                     STATUS_OK);
    check_entries(2, 6, EVERY);
    assert_int_equal(decode(2, "02040600000002060000000612000312"
                               "0001"),
                     STATUS_OK);
    check_entries(2, 6, 1 << 2);
    assert_int_equal(decode(2, "02040600000002060000000612000312"
                               "0002"),
                     STATUS_OK);
    check_entries(2, 6, 1 << 2 | 1 << 3);
}

static void entries_at_their_limits(void **state)
{
    (void)state;
    assert_int_equal(decode(2, "0204060000000106000000001200011200"
                               "00"),
                     STATUS_OK);
    check_entries(1, UINT32_MAX, EVERY);
    assert_int_equal(decode(2, "020406FFFFFFFF06FFFFFFFF120005120005"), STATUS_OK);
    check_entries(UINT32_MAX, UINT32_MAX, 1 << 4);
    assert_int_equal(decode(2, "0204060000000306000000021200021200"
                               "04"),
                     STATUS_OK);
    check_entries(3, 2, 1 << 1 | 1 << 2 | 1 << 3); /* the wrong way round: no row */
    assert_int_equal(decode(2, "020406000000010600000001120002"
                               "12FFFF"),
                     STATUS_OK);
    check_entries(1, 1, EVERY & ~1U);
    assert_int_equal(decode(2, "020406000000010600000001120005"
                               "120004"),
                     STATUS_OK);
    check_entries(1, 1, 1 << 4); /* four columns from the fifth on: there is one */
    const struct selector_columns most = { SELECTOR_COLUMNS_MAX, NULL, any_column };
    assert_int_equal(decode_for(&most, 2, "020406000000010600000000120020120000"), STATUS_OK);
    check_entries(1, UINT32_MAX, UINT32_C(1) << 31);
    assert_int_equal(decode_for(&most, 2, "020406000000010600000000120001120020"), STATUS_OK);
    check_entries(1, UINT32_MAX, UINT32_MAX);
}

static void entries_that_cannot_be(void **state)
{
    (void)state;
    check_refused(STATUS_RANGE, 2, "020406000000000600000000120001120000");
    check_refused(STATUS_RANGE, 2, "020406000000000600000005120001120000");
    check_refused(STATUS_RANGE, 2, "020406000000010600000005120000120000");
    check_refused(STATUS_RANGE, 2, "020406000000010600000005120006120000");
    check_refused(STATUS_RANGE, 2, "02040600000001060000000512FFFF12FFFF");
    check_refused(STATUS_TYPE, 2, "02041200010600000005120001120000");
    check_refused(STATUS_TYPE, 2,
                  "0204060000000105000000051200011200"
                  "00");
    check_refused(STATUS_TYPE, 2,
                  "02040600000001060000000506000000011200"
                  "00");
    check_refused(STATUS_TYPE, 2,
                  "0203060000000106000000051200"
                  "01");
    check_refused(STATUS_TYPE, 2,
                  "0104060000000106000000051200011200"
                  "00");
    check_refused(STATUS_TYPE, 2, "00");
    check_refused(STATUS_TYPE, 2, "0204" CLOCK_COLUMN FROM TO ALL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_selector_everything, start),
        cmocka_unit_test_setup(no_other_selector, start),
        cmocka_unit_test_setup(a_day_in_local_time, start),
        cmocka_unit_test_setup(a_day_of_one_column, start),
        cmocka_unit_test_setup(columns_named_in_any_order, start),
        cmocka_unit_test_setup(the_matcher_gets_every_field, start),
        cmocka_unit_test_setup(date_time_with_its_own_tag, start),
        cmocka_unit_test_setup(unspecified_times_are_no_limit, start),
        cmocka_unit_test_setup(times_unspecified_in_part, start),
        cmocka_unit_test_setup(times_that_do_not_exist, start),
        cmocka_unit_test_setup(the_hour_that_occurs_twice, start),
        cmocka_unit_test_setup(only_by_the_clock, start),
        cmocka_unit_test_setup(columns_that_cannot_be, start),
        cmocka_unit_test_setup(entries_as_a_client_asks_for_them, start),
        cmocka_unit_test_setup(entries_at_their_limits, start),
        cmocka_unit_test_setup(entries_that_cannot_be, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
