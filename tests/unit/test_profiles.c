/* Profile generic as a client sees it, APDU by APDU: octets of object-model.md 1.8, 2 and 10.7, of DLMS UA 1000-1
 * class_id 7, and worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client.h"
#include "meter/load_profiles.h"
#include "model/model.h"
#include "test_board.h"

/* 2026-07-01T10:00:00Z, a Wednesday: 11:00:00 in Budapest without daylight saving, which is off. */
#define START_S INT64_C(836215200)

#define NJ_PER_WH INT64_C(3600000000000)

#define LOAD  "00 07 01 00 63 01 00 FF"
#define DAILY "00 07 01 00 63 02 00 FF"

#define GET(object, attribute)              "C0 01 C1 " object " " attribute " 00"
#define SELECT(object, selector)            "C0 01 C1 " object " 02 01 " selector
#define SET(object, attribute, value)       "C1 01 C1 " object " " attribute " 00 " value
#define ACTION(object, method)              "C3 01 C1 " object " " method " 01 0F 00"
#define COLUMN(class, obis, attribute)      "02 04 12 00 " class " 09 06 " obis " FF 0F " attribute " 12 00 00 "
#define CLOCK                               COLUMN("08", "00 00 01 00 00", "02")
#define IMPORT                              COLUMN("03", "01 00 01 08 00", "02")
#define BY_RANGE(from, to, columns)         "01 02 04 " CLOCK "09 0C " from " 09 0C " to " " columns
#define BY_ENTRY(from, to, column, column2) "02 02 04 06 " from " 06 " to " 12 " column " 12 " column2
#define ANY                                 ".. .. .. .. .. .. .. .. .. .. .. .."

#define DONE            "C5 01 C1 00"
#define DENIED          "C5 01 C1 03"
#define NONE            "C5 01 C1 04"
#define CLASS           "C5 01 C1 09"
#define TYPE            "C5 01 C1 0C"
#define OTHER           "C5 01 C1 FA"
#define REFUSED(result) "C4 01 C1 01 " result

static struct board board;
static struct meter meter;
static struct cosem_device device;
static struct cosem_server server;

static void power_up(void)
{
    static const struct identity identity = { .serial_number = "12345678", .manufacture_year = 2027 };
    assert_int_equal(meter_init(&meter, &board, &identity, &metrology_nominal, 8000), STATUS_OK);
    model_init(&device, &meter);
    cosem_server_init(&server, &device);
    client_open(&server, 48, "00000002", 1024);
}

static int start(void **state)
{
    (void)state;
    board = (struct board){ .rtc_kept = true, .rtc_s = START_S };
    power_up();
    return 0;
}

/* 230.0 V, 1.000 A for a quarter of an hour, in which 250 Wh are booked. */
static void pass_quarters(unsigned quarters)
{
    struct metrology_window w = {
        .duration_us = 1000000,
        .voltage_uv = 230000000,
        .current_na = 1000000000,
        .energy = { .active_import_nj = 250 * NJ_PER_WH, .apparent_import_nj = 250 * NJ_PER_WH },
    };
    for (unsigned i = 0; i < quarters; i++) {
        meter_add_window(&meter, &w);
        board.rtc_s += 900;
        meter_step(&meter);
    }
}

static void shows(const char *request, const char *value)
{
    char answer[4096];
    snprintf(answer, sizeof answer, "C4 01 C1 00 %s", value);
    client_exchange(&server, request, answer);
}

static void does(const char *request, const char *answer)
{
    client_exchange(&server, request, answer);
}

static uint32_t rows_of(enum meter_load_profile which)
{
    struct profile_range all = profile_all(&meter.load_profiles[which].profile);
    return all.end - all.first;
}

/* Attributes ------------------------------------------------------------------ */

static void a_new_meter_has_its_defaults(void **state)
{
    (void)state;
    shows(GET(LOAD, "01"), "09 06 01 00 63 01 00 FF");
    shows(GET(LOAD, "02"), "01 00");
    shows(GET(LOAD, "03"),
          "01 08 " CLOCK COLUMN("01", "00 00 60 0A 01", "02") IMPORT COLUMN("03", "01 00 02 08 00", "02")
              COLUMN("03", "01 00 03 08 00", "02") COLUMN("03", "01 00 04 08 00", "02")
                  COLUMN("03", "01 00 20 07 00", "02") "02 04 12 00 03 09 06 01 00 1F 07 00 FF 0F 02 12 00 00");
    shows(GET(LOAD, "04"), "06 00 00 03 84");
    shows(GET(LOAD, "05"), "16 01");
    shows(GET(LOAD, "06"), "02 04 12 00 08 09 06 00 00 01 00 00 FF 0F 02 12 00 00");
    shows(GET(LOAD, "07"), "06 00 00 00 00");
    shows(GET(LOAD, "08"), "06 00 00 22 E0"); /* 8,928 */
    shows(GET(DAILY, "03"),
          "01 09 " CLOCK COLUMN("01", "00 00 60 0A 02", "02") IMPORT COLUMN("03", "01 00 02 08 00", "02")
              COLUMN("03", "01 00 03 08 00", "02") COLUMN("03", "01 00 04 08 00", "02")
                  COLUMN("03", "01 00 0F 08 00", "02")
                      COLUMN("03", "01 00 80 08 00", "02") "02 04 12 00 03 09 06 01 00 10 08 00 FF 0F 02 12 00 00");
    shows(GET(DAILY, "04"), "06 00 01 51 80");
    shows(GET(DAILY, "08"), "06 00 00 00 5D"); /* 93 */
    shows("C0 01 C1 00 03 01 00 00 08 04 FF 02 00", "06 00 00 03 84");
    shows("C0 01 C1 00 03 01 00 00 08 05 FF 02 00", "06 00 01 51 80");
    shows("C0 01 C1 00 03 01 00 00 08 04 FF 03 00", "02 02 0F 00 16 07");
}

/* 11:15 and 11:30, 250 Wh each. */
#define TIME_1 "07 EA 07 01 03 0B 0F 00 00 FF C4 00"
#define TIME_2 "07 EA 07 01 03 0B 1E 00 00 FF C4 00"
#define TIME_3 "07 EA 07 01 03 0B 2D 00 00 FF C4 00"
#define REST   "06 00 00 00 00 06 00 00 00 00 06 00 00 00 00 12 08 FC 06 00 00 03 E8"
#define ROW_1  "02 08 09 0C " TIME_1 " 11 00 06 00 00 00 FA " REST
#define ROW_2  "02 08 09 0C " TIME_2 " 11 00 06 00 00 01 F4 " REST
#define ROW_3  "02 08 09 0C " TIME_3 " 11 00 06 00 00 02 EE " REST

static void rows_are_as_captured(void **state)
{
    (void)state;
    pass_quarters(2);
    shows(GET(LOAD, "02"), "01 02 " ROW_1 " " ROW_2);
    shows(GET(LOAD, "07"), "06 00 00 00 02");
    client_open(&server, 32, "00000001", 1024);
    shows(GET(LOAD, "02"), "01 02 " ROW_1 " " ROW_2);
    client_open(&server, 16, "", 1024);
    does(GET(LOAD, "02"), REFUSED("04"));
}

static void rows_outlive_the_power(void **state)
{
    (void)state;
    pass_quarters(2);
    power_up();
    shows(GET(LOAD, "02"), "01 02 " ROW_1 " " ROW_2);
    pass_quarters(1);
    shows(GET(LOAD, "07"), "06 00 00 00 03");
    shows("C0 01 C1 00 01 00 00 60 0A 01 FF 02 00", "11 00");
    shows(SELECT(LOAD, BY_ENTRY("00 00 00 03", "00 00 00 00", "00 02", "00 02")), "01 01 02 01 11 80"); /* PDN */
}

static void a_day(void **state)
{
    (void)state;
    pass_quarters(13 * 4); /* to midnight */
    shows(GET(DAILY, "02"),
          "01 01 02 09 09 0C 07 EA 07 02 04 00 00 00 00 FF C4 00 11 24 06 00 00 32 C8 06 00 00 00 00 06 00 00 00 00 "
          "06 00 00 00 00 06 00 00 32 C8 06 00 00 00 00 05 00 00 32 C8"); /* 13 hours of 24: CAD, DNV */
}

/* Selective access ------------------------------------------------------------ */

static void rows_by_range(void **state)
{
    (void)state;
    pass_quarters(3);
    shows(SELECT(LOAD, BY_RANGE(TIME_1, TIME_3, "01 00")), "01 03 " ROW_1 " " ROW_2 " " ROW_3);
    shows(SELECT(LOAD, BY_RANGE(TIME_2, TIME_2, "01 00")), "01 01 " ROW_2);
    shows(SELECT(LOAD, BY_RANGE(TIME_3, TIME_1, "01 00")), "01 00");
    shows(SELECT(LOAD, BY_RANGE(TIME_2, TIME_3, "01 01 " IMPORT)), "01 02 02 01 06 00 00 01 F4 02 01 06 00 00 02 EE");
    shows(SELECT(LOAD, BY_RANGE(TIME_2, TIME_2, "01 02 " IMPORT CLOCK)),
          "01 01 02 02 09 0C " TIME_2 " 06 00 00 01 F4"); /* in the order of the profile */
    /* the data index as a long, as Gurux has it */
    shows(SELECT(LOAD, BY_RANGE(TIME_2, TIME_2, "01 01 02 04 12 00 03 09 06 01 00 01 08 00 FF 0F 02 10 00 00")),
          "01 01 02 01 06 00 00 01 F4");
    does(SELECT(LOAD, BY_RANGE(TIME_1, TIME_3, "01 01 " COLUMN("03", "01 00 05 08 00", "02"))), REFUSED("FA"));
    does(SELECT(LOAD, "01 00"), REFUSED("0C"));
    does(SELECT(LOAD, "03 00"), REFUSED("0D"));
    does("C0 01 C1 " LOAD " 03 01 " BY_ENTRY("00 00 00 01", "00 00 00 00", "00 01", "00 00"), REFUSED("0D"));
}

static void rows_by_entry(void **state)
{
    (void)state;
    pass_quarters(3);
    shows(SELECT(LOAD, BY_ENTRY("00 00 00 01", "00 00 00 00", "00 01", "00 00")), "01 03 " ROW_1 " " ROW_2 " " ROW_3);
    shows(SELECT(LOAD, BY_ENTRY("00 00 00 02", "00 00 00 02", "00 03", "00 03")), "01 01 02 01 06 00 00 01 F4");
    shows(SELECT(LOAD, BY_ENTRY("00 00 00 03", "00 00 FF FF", "00 01", "00 01")), "01 01 02 01 09 0C " TIME_3);
    shows(SELECT(LOAD, BY_ENTRY("00 00 00 04", "00 00 00 05", "00 01", "00 00")), "01 00");
    shows(SELECT(LOAD, BY_ENTRY("00 00 00 03", "00 00 00 02", "00 01", "00 00")), "01 00");
    does(SELECT(LOAD, BY_ENTRY("00 00 00 00", "00 00 00 00", "00 01", "00 00")), REFUSED("FA"));
    does(SELECT(LOAD, BY_ENTRY("00 00 00 01", "00 00 00 00", "00 09", "00 00")), REFUSED("FA"));
}

/* The clock was set back by an hour: the same time occurs twice, in two runs, and once more in an extra row. */
static void rows_of_a_time_that_occurs_twice(void **state)
{
    (void)state;
    pass_quarters(4);
    does("C1 01 C1 00 08 00 00 01 00 00 FF 02 00 09 0C 07 EA 07 01 FF 0B 00 00 00 80 00 FF", DONE);
    pass_quarters(2);
    shows(SELECT(LOAD, BY_RANGE(TIME_1, TIME_2, "01 02 " CLOCK IMPORT)),
          "01 04 02 02 09 0C " TIME_1 " 06 00 00 00 FA 02 02 09 0C " TIME_2 " 06 00 00 01 F4 02 02 09 0C " TIME_1
          " 06 00 00 04 E2 02 02 09 0C " TIME_2 " 06 00 00 05 DC");
    assert_int_equal(rows_of(METER_LOAD_PROFILE), 6); /* the jump was on the grid: no extra row */
}

/* Long reads ------------------------------------------------------------------ */

static uint8_t value[1u << 20];

static int buffer_of(const uint8_t obis[6])
{
    return client_get(&server, 7, obis, 2, value, sizeof value);
}

static const uint8_t load_obis[6] = { 1, 0, 99, 1, 0, 255 };

static void a_long_buffer_is_the_same_in_any_blocks(void **state)
{
    (void)state;
    static uint8_t first[1u << 20];
    static const uint16_t pdus[] = { 0, 512, 128, 64, 12 };
    pass_quarters(300);
    int size = 0;
    for (unsigned i = 0; i < sizeof pdus / sizeof pdus[0]; i++) {
        client_open(&server, 48, "00000002", pdus[i]);
        int one = buffer_of(load_obis);
        assert_int_equal(one, 4 + 300 * (2 + 14 + 2 + 4 * 5 + 3 + 5));
        if (i == 0) {
            size = one;
            memcpy(first, value, (size_t)one);
        }
        assert_int_equal(one, size);
        assert_memory_equal(value, first, (size_t)one);
    }
}

static const char *const next_block[] = { "C0 02 C1 00 00 00 01", "C0 02 C1 00 00 00 02" };

static void block(const char *request, size_t expected_size, const uint8_t **response)
{
    uint8_t apdu[64];
    size_t size = cosem_server_request(&server, apdu, octets_of(request, apdu, sizeof apdu), 0, response);
    assert_int_equal(size, expected_size);
}

/* Rows that come while it is read are not in it, those that were counted are. */
static void a_read_is_frozen(void **state)
{
    (void)state;
    const uint8_t *r = NULL;
    pass_quarters(10);
    client_open(&server, 48, "00000002", 256);
    block(GET(LOAD, "02"), 256, &r);
    assert_int_equal(r[11], 1); /* array of ten: 81 F3, 01 0A */
    assert_int_equal(r[12], 10);
    pass_quarters(5);
    block(next_block[0], 11 + 2 + 10 * 46 - 245, &r); /* 245 octets were in the first block */
    assert_int_equal(r[3], 1);                        /* the last */
}

static void a_read_whose_rows_are_gone_ends(void **state)
{
    (void)state;
    const uint8_t *r = NULL;
    pass_quarters(30);
    client_open(&server, 48, "00000002", 256);
    block(GET(LOAD, "02"), 256, &r);
    assert_int_equal(profile_clear(&meter.load_profiles[METER_LOAD_PROFILE].profile), STATUS_OK);
    does(next_block[0], "C4 02 C1 01 00 00 00 02 01 0F"); /* long-get-aborted */
    does(next_block[1], "C4 02 C1 01 00 00 00 02 01 10");
}

/* The ring goes round under a read that is never continued in time. */
static void a_read_that_is_overtaken_ends(void **state)
{
    (void)state;
    const uint8_t *r = NULL;
    does(SET(DAILY, "04", "06 00 00 0E 10"), DONE); /* an hour, 93 rows */
    pass_quarters(93 * 4);
    client_open(&server, 48, "00000002", 256);
    block(GET(DAILY, "02"), 256, &r);
    pass_quarters(93 * 4);
    block(next_block[0], 256, &r); /* spare blocks keep them for a while */
    pass_quarters(1000 * 4);
    does(next_block[1], "C4 02 C1 01 00 00 00 03 01 0F");
}

static void a_rotten_row_keeps_its_place(void **state)
{
    (void)state;
    pass_quarters(3);
    struct nor *nor = test_board_flash(&board);
    const struct flashlog *log = &meter.load_profiles[METER_LOAD_PROFILE].profile.log;
    uint32_t slots = (uint32_t)memory_region(MEMORY_LOAD_PROFILE).first * BOARD_FLASH_BLOCK;
    slots += (log->head % log->region.blocks) * BOARD_FLASH_BLOCK + FLASHLOG_HEADER + log->descriptor_size;
    nor->octets[slots + log->row_size + FLASHLOG_ROW_EXTRA + 20] ^= 0x10;
    shows(GET(LOAD, "02"), "01 03 " ROW_1 " 02 08 00 00 00 00 00 00 00 00 " ROW_3);
    shows(SELECT(LOAD, BY_ENTRY("00 00 00 02", "00 00 00 03", "00 01", "00 01")), "01 02 02 01 00 02 01 09 0C " TIME_3);
    shows(SELECT(LOAD, BY_RANGE(TIME_1, TIME_3, "01 01 " IMPORT)),
          "01 03 02 01 06 00 00 00 FA 02 01 00 02 01 06 00 00 02 EE");
    shows(SELECT(LOAD, BY_RANGE(TIME_2, TIME_3, "01 01 " IMPORT)), "01 01 02 01 06 00 00 02 EE");
}

/* SET ------------------------------------------------------------------------- */

static uint32_t changes(void)
{
    client_open(&server, 48, "00000002", 1024); /* what has changed counts when the association ends, or before */
    return meter.configuration_changes;
}

static void another_period_clears(void **state)
{
    (void)state;
    pass_quarters(2);
    uint32_t before = changes();
    does(SET(LOAD, "04", "06 00 00 03 84"), DONE); /* as it is */
    assert_int_equal(rows_of(METER_LOAD_PROFILE), 2);
    assert_int_equal(changes(), before);
    static const char *const periods[] = {
        SET(LOAD, "04", "06 00 00 00 3C"), SET(LOAD, "04", "06 00 00 01 2C"), SET(LOAD, "04", "06 00 00 02 58"),
        SET(LOAD, "04", "06 00 00 07 08"), SET(LOAD, "04", "06 00 00 0E 10"), SET(LOAD, "04", "06 00 00 00 00"),
    };
    for (unsigned i = 0; i < sizeof periods / sizeof periods[0]; i++) {
        does(periods[i], DONE);
        assert_int_equal(rows_of(METER_LOAD_PROFILE), 0);
    }
    assert_int_equal(changes(), before + 1);
    shows(GET(LOAD, "04"), "06 00 00 00 00");
    pass_quarters(4);
    assert_int_equal(rows_of(METER_LOAD_PROFILE), 0);
    power_up();
    shows(GET(LOAD, "04"), "06 00 00 00 00");
}

static void wrong_periods_change_nothing(void **state)
{
    (void)state;
    pass_quarters(2);
    does(SET(LOAD, "04", "06 00 00 00 01"), OTHER);
    does(SET(LOAD, "04", "06 00 00 00 78"), OTHER);
    does(SET(LOAD, "04", "06 00 01 51 80"), OTHER);
    does(SET(LOAD, "04", "06 FF FF FF FF"), OTHER);
    does(SET(DAILY, "04", "06 00 00 03 84"), OTHER);
    does(SET(LOAD, "04", "12 03 84"), TYPE);
    does(SET(LOAD, "04", "00"), TYPE);
    does(SET(LOAD, "02", "01 00"), DENIED);
    does(SET(LOAD, "05", "16 01"), DENIED);
    does(SET(LOAD, "08", "06 00 00 00 64"), DENIED);
    client_open(&server, 32, "00000001", 1024);
    does(SET(LOAD, "04", "06 00 00 00 3C"), "D8 01 02"); /* the Reader has no SET */
    client_open(&server, 48, "00000002", 1024);
    shows(GET(LOAD, "04"), "06 00 00 03 84");
    assert_int_equal(rows_of(METER_LOAD_PROFILE), 2);
}

static void other_columns_clear(void **state)
{
    (void)state;
    pass_quarters(2);
    does(SET(LOAD, "03", "01 02 " IMPORT CLOCK), DONE);
    shows(GET(LOAD, "07"), "06 00 00 00 00");
    shows(GET(LOAD, "06"), "02 04 12 00 08 09 06 00 00 01 00 00 FF 0F 02 12 00 00");
    pass_quarters(1);
    shows(GET(LOAD, "02"), "01 01 02 02 06 00 00 02 EE 09 0C " TIME_3);
    does(SET(LOAD, "03", "01 02 " IMPORT CLOCK), DONE); /* as it is */
    shows(GET(LOAD, "07"), "06 00 00 00 01");
    does(SET(LOAD, "03", "01 02 " CLOCK IMPORT), DONE); /* another order is another profile */
    shows(GET(LOAD, "07"), "06 00 00 00 00");
    does(SET(LOAD, "03", "01 01 " IMPORT), DONE); /* no clock */
    shows(GET(LOAD, "06"), "02 04 12 00 00 09 06 00 00 00 00 00 00 0F 00 12 00 00");
    pass_quarters(1);
    shows(SELECT(LOAD, BY_RANGE("07 EA 07 01 03 0C 00 00 00 FF C4 00", "07 EA 07 01 03 0C 00 00 00 FF C4 00", "01 00")),
          "01 01 02 01 06 00 00 03 E8"); /* rows have their times all the same */
    power_up();
    shows(GET(LOAD, "03"), "01 01 02 04 12 00 03 09 06 01 00 01 08 00 FF 0F 02 12 00 00");
}

static void wrong_columns_change_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *request, *answer;
    } cases[] = {
        { SET(LOAD, "03", "01 00"), OTHER },
        { SET(LOAD, "03", "00"), TYPE },
        { SET(LOAD, "03", "06 00 00 00 01"), TYPE },
        { SET(LOAD, "03", "01 01 06 00 00 00 01"), TYPE },
        { SET(LOAD, "03", "01 01 02 03 12 00 03 09 06 01 00 01 08 00 FF 0F 02"), TYPE },
        { SET(LOAD, "03", "01 01 02 04 11 03 09 06 01 00 01 08 00 FF 0F 02 12 00 00"), TYPE },
        { SET(LOAD, "03", "01 01 02 04 12 00 03 09 05 01 00 01 08 00 0F 02 12 00 00"), TYPE },
        { SET(LOAD, "03", "01 01 02 04 12 00 03 09 06 01 00 01 08 00 FF 11 02 12 00 00"), TYPE },
        { SET(LOAD, "03", "01 02 " IMPORT "00"), TYPE },
        { SET(LOAD, "03", "01 02 " CLOCK COLUMN("03", "01 00 63 08 00", "02")), NONE },
        { SET(LOAD, "03", "01 02 " CLOCK COLUMN("03", "01 00 01 08 01", "02")), NONE },
        { SET(LOAD, "03", "01 02 " CLOCK COLUMN("04", "01 00 01 08 00", "02")), CLASS },
        { SET(LOAD, "03", "01 02 " CLOCK COLUMN("03", "01 00 01 08 00", "00")), DENIED },
        { SET(LOAD, "03", "01 02 " CLOCK COLUMN("03", "01 00 01 08 00", "01")), DENIED },
        { SET(LOAD, "03", "01 02 " CLOCK COLUMN("03", "01 00 01 08 00", "03")), DENIED },
        { SET(LOAD, "03", "01 02 " CLOCK COLUMN("03", "01 00 01 08 00", "04")), DENIED },
        { SET(LOAD, "03", "01 02 " CLOCK COLUMN("03", "01 00 01 08 00", "7F")), DENIED },
        { SET(LOAD, "03", "01 02 " CLOCK COLUMN("03", "01 00 01 08 00", "80")), DENIED },
        { SET(LOAD, "03", "01 02 " CLOCK COLUMN("03", "01 00 01 08 00", "FE")), DENIED },
        { SET(LOAD, "03", "01 01 " COLUMN("08", "00 00 01 00 00", "03")), DENIED },
        { SET(LOAD, "03", "01 01 " COLUMN("07", "01 00 63 01 00", "02")), DENIED }, /* itself */
        { SET(LOAD, "03", "01 01 " COLUMN("07", "01 00 63 02 00", "02")), DENIED }, /* another buffer */
        { SET(LOAD, "03", "01 01 " COLUMN("0F", "00 00 28 00 00", "02")), DENIED },
        { SET(LOAD, "03", "01 01 " COLUMN("13", "00 00 14 00 00", "07")), DENIED }, /* a password */
        { SET(LOAD, "03", "01 01 02 04 12 00 03 09 06 01 00 01 08 00 FF 0F 02 12 00 01"), OTHER },
        { SET(LOAD, "03", "01 01 02 04 12 00 03 09 06 01 00 01 08 00 FF 0F 02 10 FF FF"), OTHER },
        { SET(LOAD, "03", "01 01 02 04 12 00 03 09 06 01 00 01 08 00 FF 0F 02 11 00"), TYPE },
        { SET(LOAD, "03", "01 01 " COLUMN("01", "00 00 60 01 01", "02")), OTHER }, /* a text that can be set */
        { SET(LOAD, "03", "01 01 " COLUMN("01", "00 00 60 01 0A", "02")), OTHER },
        { SET(LOAD, "03", "01 01 " COLUMN("01", "01 00 00 02 08", "02")), OTHER }, /* 32 octets */
        { SET(LOAD, "03", "01 02 " IMPORT IMPORT), OTHER },
        { SET(LOAD, "03", "01 03 " CLOCK IMPORT CLOCK), OTHER },
        { SET(LOAD, "03",
              "01 11 " IMPORT IMPORT IMPORT IMPORT IMPORT IMPORT IMPORT IMPORT IMPORT IMPORT IMPORT IMPORT IMPORT IMPORT
                  IMPORT IMPORT IMPORT),
          OTHER }, /* 17 */
    };
    pass_quarters(2);
    static struct profile before;
    before = meter.load_profiles[METER_LOAD_PROFILE].profile;
    uint32_t operations = test_board_flash(&board)->operations;
    uint32_t before_changes = changes();
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        does(cases[i].request, cases[i].answer);
    }
    assert_int_equal(changes(), before_changes);
    assert_memory_equal(&meter.load_profiles[METER_LOAD_PROFILE].profile, &before, sizeof before);
    assert_int_equal(test_board_flash(&board)->operations, operations);
    shows(GET(LOAD, "02"), "01 02 " ROW_1 " " ROW_2);
}

#define DATE(obis) COLUMN("01", obis, "02")
#define MAXIMUM(x) COLUMN("04", "01 00 " x " 06 00", "05")
#define LATEST(x)  COLUMN("05", "01 00 " x " 04 00", "06")

/* Twelve date-times are 144 octets of the 128 that a row may have; ten are 120. */
static void columns_that_are_too_wide(void **state)
{
    (void)state;
    does(SET(LOAD, "03",
             "01 0C " MAXIMUM("01") MAXIMUM("02") MAXIMUM("03") MAXIMUM("04") LATEST("01") LATEST("02") LATEST("03")
                 LATEST("04") DATE("00 00 60 02 01") DATE("00 00 60 02 0C") DATE("00 00 60 07 0E")
                     DATE("00 00 60 07 0A")),
         OTHER);
    shows(GET(LOAD, "08"), "06 00 00 22 E0");
    does(SET(LOAD, "03",
             "01 0A " MAXIMUM("01") MAXIMUM("02") MAXIMUM("03") MAXIMUM("04") LATEST("01") LATEST("02") LATEST("03")
                 LATEST("04") DATE("00 00 60 02 01") DATE("00 00 60 02 0C")),
         DONE);
    /* 29 rows of 137 octets in a block beside header and descriptor, 177 blocks: */
    unsigned in_block = (4096 - 64 - (7 + 13 * 10)) / (9 + 120 + 8);
    assert_int_equal(meter.load_profiles[METER_LOAD_PROFILE].profile.rows_max, (180 - 3) * in_block);
    pass_quarters(1);
    assert_int_equal(rows_of(METER_LOAD_PROFILE), 1);
}

#define FIRST "C1 02 C1 " LOAD " 03 00 00 00 00 00 01 15 01 02 " CLOCK
#define LAST  "C1 03 C1 01 00 00 00 02 12 " IMPORT

/* 01 02 and the clock in the first block, the register in the last. */
static void columns_in_blocks(void **state)
{
    (void)state;
    pass_quarters(2);
    does("C1 02 C1 " LOAD " 03 00 00 00 00 00 01 14 01 02 " CLOCK, "C5 02 C1 00 00 00 01");
    does("C1 03 C1 01 00 00 00 02 12 " IMPORT, "C5 03 C1 00 00 00 00 02");
    shows(GET(LOAD, "03"), "01 02 " CLOCK "02 04 12 00 03 09 06 01 00 01 08 00 FF 0F 02 12 00 00");
    assert_int_equal(rows_of(METER_LOAD_PROFILE), 0);
}

static void columns_in_blocks_that_never_end(void **state)
{
    (void)state;
    pass_quarters(2);
    does("C1 02 C1 " LOAD " 03 00 00 00 00 00 01 14 01 02 " CLOCK, "C5 02 C1 00 00 00 01");
    shows(GET(LOAD, "02"), "01 02 " ROW_1 " " ROW_2); /* another request: it is given up */
    does("C1 03 C1 01 00 00 00 02 12 " IMPORT, "C5 03 C1 12 00 00 00 02");
    does("C1 02 C1 " LOAD " 03 00 00 00 00 00 01 14 01 02 " CLOCK, "C5 02 C1 00 00 00 01");
    does("C1 03 C1 01 00 00 00 03 12 " IMPORT, "C5 03 C1 13 00 00 00 03");
    does("C1 02 C1 " LOAD " 03 00 00 00 00 00 01 14 01 02 " CLOCK, "C5 02 C1 00 00 00 01");
    does("C1 03 C1 01 00 00 00 02 11 02 04 12 00 03 09 06 01 00 01 08 00 FF 0F 02 12 00", "C5 03 C1 0C 00 00 00 02");
    does("C1 02 C1 " LOAD " 03 00 00 00 00 00 01 14 01 02 " CLOCK, "C5 02 C1 00 00 00 01");
    client_open(&server, 48, "00000002", 1024);
    shows(GET(LOAD, "02"), "01 02 " ROW_1 " " ROW_2);
    shows(GET(LOAD, "07"), "06 00 00 00 02");
}

static void a_dead_flash_changes_nothing(void **state)
{
    (void)state;
    pass_quarters(2);
    board.flash_dead = true;
    does(SET(LOAD, "04", "06 00 00 00 3C"), "C5 01 C1 01"); /* hardware-fault */
    does(SET(LOAD, "03", "01 01 " CLOCK), "C5 01 C1 01");
    does(ACTION(LOAD, "01"), "C7 01 C1 01 00");
    shows(GET(LOAD, "04"), "06 00 00 03 84");
    shows(GET(LOAD, "02"), "01 02 " ROW_1 " " ROW_2);
}

/* Methods --------------------------------------------------------------------- */

static void reset_forgets_the_rows(void **state)
{
    (void)state;
    pass_quarters(2);
    uint32_t before = changes();
    does("C3 01 C1 " LOAD " 01 01 12 00 00", "C7 01 C1 0C 00");
    does("C3 01 C1 " LOAD " 01 01 0F 01", "C7 01 C1 FA 00");
    does(ACTION(LOAD, "02"), "C7 01 C1 03 00"); /* the meter alone captures */
    does(ACTION(LOAD, "03"), "C7 01 C1 03 00");
    client_open(&server, 32, "00000001", 1024);
    does(ACTION(LOAD, "01"), "C7 01 C1 03 00");
    client_open(&server, 48, "00000002", 1024);
    shows(GET(LOAD, "07"), "06 00 00 00 02");
    does(ACTION(LOAD, "01"), "C7 01 C1 00 00");
    shows(GET(LOAD, "07"), "06 00 00 00 00");
    shows(GET(LOAD, "02"), "01 00");
    assert_int_equal(changes(), before);
    pass_quarters(1); /* the period went on */
    shows(GET(LOAD, "02"), "01 01 " ROW_3);
}

/* A row that is gone does not come back, wherever the power is cut: all rows are there, or none. */
static void reset_and_a_cut(void **state)
{
    (void)state;
    bool was_cut = true;
    for (uint32_t operation = 0; was_cut; operation++) { /* 0: after it */
        start(state);
        pass_quarters(2);
        if (operation > 0) {
            nor_cut(test_board_flash(&board), operation, (enum nor_tear)(operation % 4), operation);
        }
        (void)meter_clear_load_profile(&meter, METER_LOAD_PROFILE);
        was_cut = operation == 0 || test_board_flash(&board)->off;
        nor_power_on(test_board_flash(&board));
        board.rtc_s += 3;
        power_up();
        meter_step(&meter);
        uint32_t rows = rows_of(METER_LOAD_PROFILE);
        assert_true(rows == 0 || (rows == 2 && operation > 0));
        pass_quarters(1);
        assert_int_equal(rows_of(METER_LOAD_PROFILE), rows + 1);
    }
}

/* AMR status of the newest row, which the default columns have first. */
static uint8_t newest_status(void)
{
    uint8_t octets[FLASHLOG_ROW_MAX];
    struct profile *p = &meter.load_profiles[METER_LOAD_PROFILE].profile;
    struct profile_range all = profile_all(p);
    struct profile_row row;
    assert_int_equal(profile_read(p, &all, all.end - 1, octets, &row), STATUS_OK);
    return row.columns[0];
}

/* Object-model.md 8.4: ERR implies DNV. From the period in which it is found to that in which a client clears it. */
static void a_fault_of_the_meter_is_in_every_status(void **state)
{
    static const struct {
        enum event event;
        uint8_t status;
    } events[] = { { EVENT_CLOCK_INVALID, 0 },    { EVENT_BATTERY_REPLACE, 0 },     { EVENT_BATTERY_LOW, 0 },
                   { EVENT_PROGRAM_ERROR, 0x05 }, { EVENT_RAM_ERROR, 0x05 },        { EVENT_MEMORY_ERROR, 0x05 },
                   { EVENT_WATCHDOG, 0 },         { EVENT_MEASUREMENT_ERROR, 0x05 } };
    for (unsigned i = 0; i < sizeof events / sizeof events[0]; i++) {
        uint8_t status = events[i].status;
        start(state);
        pass_quarters(1);
        assert_int_equal(newest_status(), 0);
        event_raise(&meter, events[i].event, 0);
        meter_step(&meter);
        assert_int_not_equal(meter.events.alarm.words[ALARM_ERROR_REGISTER], 0);
        assert_int_equal(meter.load_profiles[METER_LOAD_PROFILE].flags, status);
        assert_int_equal(billing_status(&meter), status);
        pass_quarters(1);
        assert_int_equal(newest_status(), status);
        board.failing = true;
        meter_step(&meter);
        board.failing = false;
        power_up();
        pass_quarters(1);
        assert_int_equal(newest_status(), status | 0x80); /* PDN */
        pass_quarters(1);
        assert_int_equal(newest_status(), status);
        assert_int_equal(event_set_alarm(&meter, ALARM_ERROR_REGISTER, 0), STATUS_OK);
        assert_int_equal(billing_status(&meter) & 0x05, 0);
        pass_quarters(2);
        assert_int_equal(newest_status(), 0);
    }
}

/* A row that a jump of the clock writes has it, too. */
static void a_fault_and_a_jump_of_the_clock(void **state)
{
    (void)state;
    pass_quarters(1);
    board.rtc_s += 100;
    meter_step(&meter);
    event_raise(&meter, EVENT_RAM_ERROR, 0);
    int64_t before_s = meter.clock.utc_s;
    assert_int_equal(clock_shift(&meter.clock, &board, 300), STATUS_OK);
    meter_clock_set(&meter, before_s);
    assert_int_equal(newest_status(), 0x25); /* CAD */
}

static void the_clock_is_adjusted_to_the_measuring_period(void **state)
{
    (void)state;
    does(SET(LOAD, "04", "06 00 00 00 3C"), DONE); /* a minute */
    board.rtc_s = START_S + 65;
    meter_step(&meter);
    does("C3 01 C1 00 08 00 00 01 00 00 FF 02 01 0F 00", "C7 01 C1 00 00");
    assert_int_equal(meter.clock.utc_s, START_S + 60);
    does(SET(LOAD, "04", "06 00 00 00 00"), DONE); /* off: a quarter */
    does("C3 01 C1 00 08 00 00 01 00 00 FF 02 01 0F 00", "C7 01 C1 00 00");
    assert_int_equal(meter.clock.utc_s, START_S);
}

/* Every attribute ------------------------------------------------------------- */

static size_t hex(char *text, const uint8_t *octets, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        used += (size_t)sprintf(text + used, "%02X ", octets[i]);
    }
    return used;
}

/* What is a column if its class says that its attribute can be one: numbers, and octet-strings of up to 16 octets that
 * nobody can set. */
static bool is_column(const struct cosem_object *o, uint8_t attribute, const uint8_t *now, int size)
{
    static const struct {
        int class_id, attribute;
    } marked[] = { { 1, 2 }, { 3, 2 }, { 4, 2 }, { 4, 5 }, { 5, 2 }, { 5, 3 }, { 5, 6 }, { 8, 2 } };
    bool capturable = false;
    for (unsigned i = 0; i < sizeof marked / sizeof marked[0]; i++) {
        capturable |= marked[i].class_id == o->ic->id && marked[i].attribute == attribute;
    }
    bool number = size > 0 && strchr("\x03\x05\x06\x0F\x10\x11\x12\x14\x15\x16", now[0]) != NULL && now[0] != 0;
    bool text = size > 2 && now[0] == 9 && size <= 18 &&
                (o->ic->id == 8 || strchr("wb", o->access[CLIENT_ADMINISTRATOR][attribute - 1]) == NULL);
    return capturable && o->access[CLIENT_READER] != NULL && strchr("rb", o->access[CLIENT_READER][attribute - 1]) &&
           (number || text);
}

/* Each attribute of each object, as the only column: taken or not, and its row shows what a GET shows. */
static void every_attribute_as_a_column(void **state)
{
    (void)state;
    unsigned taken = 0;
    for (unsigned i = 0; i < model_objects.count; i++) {
        const struct cosem_object *o = &model_objects.rows[i];
        for (uint8_t n = 1; n <= o->ic->attributes; n++) {
            char request[256];
            char row[512] = "C4 01 C1 00 01 01 02 01 ";
            size_t used = (size_t)sprintf(request, "C1 01 C1 " LOAD " 03 00 01 01 02 04 12 00 %02X 09 06 ", o->ic->id);
            used += hex(request + used, o->obis, 6);
            sprintf(request + used, "0F %02X 12 00 00", n);
            does(SET(LOAD, "03", "01 02 " CLOCK IMPORT), DONE);
            int size = n == 1 ? 0 : client_get(&server, o->ic->id, o->obis, n, value, sizeof value);
            bool expected = is_column(o, n, value, size);
            uint8_t apdu[128];
            const uint8_t *r = NULL;
            assert_int_equal(cosem_server_request(&server, apdu, octets_of(request, apdu, sizeof apdu), 0, &r), 4);
            assert_int_equal(r[3] == 0, expected);
            if (!expected) {
                continue;
            }
            taken++;
            pass_quarters(1);
            size = client_get(&server, o->ic->id, o->obis, n, value, sizeof value);
            if (o->shows == DATA_LOAD_PROFILE_STATUS && o->ic->id == 1) {
                value[1] = 0; /* the row's own */
            }
            if (o->ic->id == 8) {
                value[size - 1] = 0;
            }
            hex(row + strlen(row), value, (size_t)size);
            row[strlen(row) - 1] = '\0';
            client_exchange(&server, GET(LOAD, "02"), row);
        }
    }
    assert_true(taken > 80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_new_meter_has_its_defaults, start),
        cmocka_unit_test_setup(rows_are_as_captured, start),
        cmocka_unit_test_setup(rows_outlive_the_power, start),
        cmocka_unit_test_setup(a_day, start),
        cmocka_unit_test_setup(rows_by_range, start),
        cmocka_unit_test_setup(rows_by_entry, start),
        cmocka_unit_test_setup(rows_of_a_time_that_occurs_twice, start),
        cmocka_unit_test_setup(a_long_buffer_is_the_same_in_any_blocks, start),
        cmocka_unit_test_setup(a_read_is_frozen, start),
        cmocka_unit_test_setup(a_read_whose_rows_are_gone_ends, start),
        cmocka_unit_test_setup(a_read_that_is_overtaken_ends, start),
        cmocka_unit_test_setup(a_rotten_row_keeps_its_place, start),
        cmocka_unit_test_setup(another_period_clears, start),
        cmocka_unit_test_setup(wrong_periods_change_nothing, start),
        cmocka_unit_test_setup(other_columns_clear, start),
        cmocka_unit_test_setup(wrong_columns_change_nothing, start),
        cmocka_unit_test_setup(columns_that_are_too_wide, start),
        cmocka_unit_test_setup(columns_in_blocks, start),
        cmocka_unit_test_setup(columns_in_blocks_that_never_end, start),
        cmocka_unit_test_setup(a_dead_flash_changes_nothing, start),
        cmocka_unit_test_setup(reset_forgets_the_rows, start),
        cmocka_unit_test_setup(reset_and_a_cut, start),
        cmocka_unit_test_setup(a_fault_of_the_meter_is_in_every_status, start),
        cmocka_unit_test_setup(a_fault_and_a_jump_of_the_clock, start),
        cmocka_unit_test_setup(the_clock_is_adjusted_to_the_measuring_period, start),
        cmocka_unit_test_setup(every_attribute_as_a_column, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
