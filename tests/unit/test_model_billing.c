/* Billing as a client sees it, APDU by APDU: octets of the object model, sections 1.7, 2, 8.1, 8.6 and 10.9, of DLMS UA
 * 1000-1, and worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client.h"
#include "model/model.h"
#include "test_board.h"

/* 2026-07-01T10:07:30Z, a Wednesday: 11:07:30 in winter time, UTC+1. */
#define START_S INT64_C(836215650)

#define OK     "C5 01 C1 00"
#define DENIED "C5 01 C1 03"
#define TYPE   "C5 01 C1 0C"
#define OTHER  "C5 01 C1 FA"

#define DONE       "C7 01 C1 00 00"
#define ACT_BUSY   "C7 01 C1 02 00"
#define ACT_DENIED "C7 01 C1 03 00"
#define ACT_TYPE   "C7 01 C1 0C 00"
#define ACT_OTHER  "C7 01 C1 FA 00"

#define SCHEDULE  "00 16 00 00 0F 00 00 FF "
#define SCRIPTS   "00 09 00 00 0A 00 01 FF "
#define RESET     "00 09 00 00 0A 00 00 FF "
#define PROFILE   "00 07 00 00 62 01 00 FF "
#define COUNTER   "00 01 00 00 00 01 00 FF "
#define AVAILABLE "00 01 00 00 00 01 01 FF "
#define STAMP     "00 01 00 00 00 01 02 FF "
#define CAUSE     "00 01 00 00 60 32 0B FF "
#define BUTTON    "00 01 00 00 60 32 0A FF "
#define STATUS    "00 01 00 00 60 0A 03 FF "
#define LOCKOUT   "00 03 01 00 00 09 0C FF "
#define DAYS      "00 03 01 00 00 09 00 FF "
#define CHANGES   "C0 01 C1 00 01 00 00 60 02 00 FF 02 00"
#define NEVER     "09 0C FF FF FF FF FF FF FF FF FF 80 00 FF"

static struct board board;
static struct meter meter;
static struct cosem_device device;
static struct cosem_server server;

static void open_administrator(void)
{
    client_open(&server, 48, "00000002", 1024);
}

static void open_reader(void)
{
    client_open(&server, 32, "00000001", 1024);
}

static void power_up(void)
{
    static const struct identity identity = { .serial_number = "12345678", .manufacture_year = 2027 };
    assert_int_equal(meter_init(&meter, &board, &identity, &metrology_nominal, 8000), STATUS_OK);
    model_init(&device, &meter);
    cosem_server_init(&server, &device);
    open_administrator();
}

static int start(void **state)
{
    (void)state;
    board = (struct board){ .rtc_kept = true, .rtc_s = START_S };
    power_up();
    meter_step(&meter);
    return 0;
}

static void clock_is_at(int64_t utc_s)
{
    board.rtc_s = utc_s;
    meter_step(&meter);
}

/* GET must answer this value. */
static void shows(const char *request, const char *value)
{
    char answer[1600] = "C4 01 C1 00 ";
    strcat(answer, value);
    client_exchange(&server, request, answer);
}

static void does(const char *request, const char *answer)
{
    client_exchange(&server, request, answer);
}

/* 100 Wh and 25 varh in the quarter of an hour up to 11:15: 400 W and 100 var; then 11:15:50. */
static void demand_of_a_quarter(void)
{
    struct metrology_window w = { .duration_us = 1000000,
                                  .energy = { .active_import_nj = INT64_C(360000000000000),
                                              .reactive_q_nj = { INT64_C(90000000000000) } } };
    meter_add_window(&meter, &w);
    clock_is_at(START_S + 450);
    clock_is_at(START_S + 500);
}

/* Before anything was billed ------------------------------------------------------------------------------------- */

static void before_the_first_billing(void **state)
{
    (void)state;
    demand_of_a_quarter();
    shows("C0 01 C1 " COUNTER "02 00", "06 00 00 00 00");
    shows("C0 01 C1 00 01 01 00 00 01 00 FF 02 00", "06 00 00 00 00");
    shows("C0 01 C1 " AVAILABLE "02 00", "11 00");
    shows("C0 01 C1 " STAMP "02 00", NEVER);
    shows("C0 01 C1 00 01 01 00 00 01 02 FF 02 00", NEVER);
    shows("C0 01 C1 " CAUSE "02 00", "16 00");
    shows("C0 01 C1 " BUTTON "02 00", "03 01");
    shows("C0 01 C1 " STATUS "02 00", "11 00");
    shows("C0 01 C1 " LOCKOUT "02 00", "12 00 3C");
    shows("C0 01 C1 " LOCKOUT "03 00", "02 02 0F 00 16 07");
    shows("C0 01 C1 " DAYS "02 00", "12 00 00");
    shows("C0 01 C1 " DAYS "03 00", "02 02 0F 00 16 04");
    shows("C0 01 C1 00 01 01 00 00 09 06 FF 02 00", NEVER);
    shows("C0 01 C1 00 01 01 00 00 09 07 FF 02 00", NEVER);
    static const char *const periods[] = { "65", "01" };
    for (unsigned i = 0; i < 2; i++) {
        char request[80];
        snprintf(request, sizeof request, "C0 01 C1 00 03 01 00 01 08 00 %s 02 00", periods[i]);
        shows(request, "06 00 00 00 00");
        snprintf(request, sizeof request, "C0 01 C1 00 03 01 00 10 08 00 %s 02 00", periods[i]);
        shows(request, "05 00 00 00 00");
        snprintf(request, sizeof request, "C0 01 C1 00 04 01 00 01 06 00 %s 05 00", periods[i]);
        shows(request, NEVER);
    }
    shows("C0 01 C1 " PROFILE "02 00", "01 00");
    shows("C0 01 C1 " PROFILE "04 00", "06 00 00 00 00");
    shows("C0 01 C1 " PROFILE "05 00", "16 01");
    shows("C0 01 C1 " PROFILE "06 00", "02 04 12 00 08 09 06 00 00 01 00 00 FF 0F 02 12 00 00");
    shows("C0 01 C1 " PROFILE "07 00", "06 00 00 00 00");
    shows("C0 01 C1 " PROFILE "08 00", "06 00 00 00 0D");
}

/* Object-model.md 2: 22 columns. */
static void the_default_columns(void **state)
{
    (void)state;
    uint8_t value[800];
    static const uint8_t profile[6] = { 0, 0, 98, 1, 0, 255 };
    static const uint8_t expected[22][9] = {
        { 0, 8, 0, 0, 1, 0, 0, 255, 2 },  { 0, 1, 0, 0, 96, 10, 3, 255, 2 }, { 0, 1, 0, 0, 0, 1, 0, 255, 2 },
        { 0, 3, 1, 0, 1, 8, 0, 255, 2 },  { 0, 3, 1, 0, 2, 8, 0, 255, 2 },   { 0, 3, 1, 0, 3, 8, 0, 255, 2 },
        { 0, 3, 1, 0, 4, 8, 0, 255, 2 },  { 0, 3, 1, 0, 15, 8, 0, 255, 2 },  { 0, 3, 1, 0, 128, 8, 0, 255, 2 },
        { 0, 3, 1, 0, 16, 8, 0, 255, 2 }, { 0, 4, 1, 0, 1, 6, 0, 255, 2 },   { 0, 4, 1, 0, 1, 6, 0, 255, 5 },
        { 0, 3, 1, 0, 1, 2, 0, 255, 2 },  { 0, 4, 1, 0, 2, 6, 0, 255, 2 },   { 0, 4, 1, 0, 2, 6, 0, 255, 5 },
        { 0, 3, 1, 0, 2, 2, 0, 255, 2 },  { 0, 4, 1, 0, 3, 6, 0, 255, 2 },   { 0, 4, 1, 0, 3, 6, 0, 255, 5 },
        { 0, 3, 1, 0, 3, 2, 0, 255, 2 },  { 0, 4, 1, 0, 4, 6, 0, 255, 2 },   { 0, 4, 1, 0, 4, 6, 0, 255, 5 },
        { 0, 3, 1, 0, 4, 2, 0, 255, 2 },
    };
    assert_int_equal(client_get(&server, 7, profile, 3, value, sizeof value), 2 + 22 * 18);
    assert_int_equal(value[1], 22);
    for (unsigned i = 0; i < 22; i++) {
        const uint8_t *c = value + 2 + i * 18;
        const uint8_t *e = expected[i];
        const uint8_t column[18] = { 2,    4,    0x12, e[0], e[1], 9,    6,    e[2], e[3],
                                     e[4], e[5], e[6], e[7], 15,   e[8], 0x12, 0,    0 };
        assert_memory_equal(c, column, sizeof column);
    }
}

/* A billing ----------------------------------------------------------------------------------------------------------
 */

#define ROW_CLOCK "09 0C 07 EA 07 01 03 0B 0F 32 00 FF C4 00 " /* 2026-07-01 11:15:50 */
#define AT_11_15  "09 0C 07 EA 07 01 03 0B 0F 00 00 FF C4 00 "
#define ROW(count)                                                                                                     \
    "02 16 " ROW_CLOCK "11 00 06 00 00 00 " count " "                                                                  \
    "06 00 00 00 64 06 00 00 00 00 06 00 00 00 19 06 00 00 00 00 06 00 00 00 64 06 00 00 00 19 05 00 00 00 64 "        \
    "06 00 00 01 90 " AT_11_15 "06 00 00 01 90 "                                                                       \
    "06 00 00 00 00 " NEVER " 06 00 00 00 00 "                                                                         \
    "06 00 00 00 64 " AT_11_15 "06 00 00 00 64 "                                                                       \
    "06 00 00 00 00 " NEVER " 06 00 00 00 00"

static void billed_by_command(void **state)
{
    (void)state;
    demand_of_a_quarter();
    does("C3 01 C1 " SCRIPTS "01 01 12 00 01", DONE);
    shows("C0 01 C1 " PROFILE "02 00", "01 01 " ROW("01"));
    shows("C0 01 C1 " PROFILE "07 00", "06 00 00 00 01");
    shows("C0 01 C1 " COUNTER "02 00", "06 00 00 00 01");
    shows("C0 01 C1 " AVAILABLE "02 00", "11 01");
    shows("C0 01 C1 " STAMP "02 00", "09 0C 07 EA 07 01 03 0B 0F 32 00 FF C4 00");
    shows("C0 01 C1 " CAUSE "02 00", "16 02");
    shows("C0 01 C1 00 01 01 00 00 09 06 FF 02 00", "09 0C 07 EA 07 01 03 0B 0F 32 00 FF C4 00");
    shows("C0 01 C1 00 01 01 00 00 09 07 FF 02 00", "09 0C 07 EA 07 01 03 0B 0F 32 00 FF C4 00");
    shows("C0 01 C1 00 04 01 00 01 06 00 FF 02 00", "06 00 00 00 00"); /* begun anew */
    shows("C0 01 C1 00 04 01 00 01 06 00 FF 05 00", NEVER);
    shows("C0 01 C1 00 03 01 00 01 02 00 FF 02 00", "06 00 00 01 90");
    shows(CHANGES, "06 00 00 00 00"); /* no change of the configuration */
}

/* The history does not move with what is consumed after it, and goes with neither rows nor power. */
static void the_last_period_can_be_read(void **state)
{
    (void)state;
    demand_of_a_quarter();
    does("C3 01 C1 " SCRIPTS "01 01 12 00 01", DONE);
    struct metrology_window w = { .duration_us = 1000000, .energy = { .active_import_nj = INT64_C(36000000000000) } };
    meter_add_window(&meter, &w);
    clock_is_at(START_S + 450 + 900);
    does("C3 01 C1 " PROFILE "01 01 0F 00", DONE);
    for (unsigned power = 0; power < 2; power++) {
        static const char *const periods[] = { "65", "01" };
        for (unsigned i = 0; i < 2; i++) {
            static const struct {
                const char *object, *attribute, *value;
            } shown[] = {
                { "00 03 01 00 01 08 00", "02", "06 00 00 00 64" },
                { "00 03 01 00 02 08 00", "02", "06 00 00 00 00" },
                { "00 03 01 00 03 08 00", "02", "06 00 00 00 19" },
                { "00 03 01 00 0F 08 00", "02", "06 00 00 00 64" },
                { "00 03 01 00 10 08 00", "02", "05 00 00 00 64" },
                { "00 03 01 00 80 08 00", "02", "06 00 00 00 19" },
                { "00 03 01 00 80 08 00", "03", "02 02 0F 00 16 20" },
                { "00 04 01 00 01 06 00", "02", "06 00 00 01 90" },
                { "00 04 01 00 01 06 00", "03", "02 02 0F 00 16 1B" },
                { "00 04 01 00 01 06 00", "04", "11 01" },
                { "00 04 01 00 01 06 00", "05", "09 0C 07 EA 07 01 03 0B 0F 00 00 FF C4 00" },
                { "00 04 01 00 02 06 00", "05", NEVER },
                { "00 03 01 00 03 02 00", "02", "06 00 00 00 64" },
            };
            for (unsigned k = 0; k < sizeof shown / sizeof shown[0]; k++) {
                char request[80];
                snprintf(request, sizeof request, "C0 01 C1 %s %s %s 00", shown[k].object, periods[i],
                         shown[k].attribute);
                shows(request, shown[k].value);
            }
        }
        shows("C0 01 C1 00 03 01 00 01 08 00 FF 02 00", "06 00 00 00 6E");
        shows("C0 01 C1 " PROFILE "07 00", "06 00 00 00 00");
        shows("C0 01 C1 " COUNTER "02 00", "06 00 00 00 01");
        power_up();
    }
    does("C3 01 C1 00 04 01 00 01 06 00 65 01 01 0F 00", ACT_DENIED); /* nobody resets the past */
    does("C1 01 C1 00 04 01 00 01 06 00 01 02 00 06 00 00 00 00", DENIED);
}

static void capture_is_a_billing_too(void **state)
{
    (void)state;
    demand_of_a_quarter();
    does("C3 01 C1 " PROFILE "02 01 11 00", ACT_TYPE);
    does("C3 01 C1 " PROFILE "02 01 0F 01", ACT_OTHER);
    does("C3 01 C1 " PROFILE "02 01 0F 00", DONE);
    shows("C0 01 C1 " PROFILE "02 00", "01 01 " ROW("01"));
    does("C3 01 C1 " PROFILE "02 01 0F 00", ACT_BUSY);
    shows("C0 01 C1 " COUNTER "02 00", "06 00 00 00 01");
}

static void locked_out_is_a_temporary_failure(void **state)
{
    (void)state;
    demand_of_a_quarter();
    does("C3 01 C1 " SCRIPTS "01 01 12 00 02", DONE);
    does("C3 01 C1 " SCRIPTS "01 01 12 00 02", ACT_BUSY);
    does("C3 01 C1 " SCRIPTS "01 01 12 00 01", ACT_BUSY);
    does("C3 01 C1 " PROFILE "02 01 0F 00", ACT_BUSY);
    does("C3 01 C1 00 04 01 00 01 06 00 FF 01 01 0F 00", DONE); /* of one maximum: no billing reset */
    clock_is_at(START_S + 500 + 59);
    does("C3 01 C1 " SCRIPTS "01 01 12 00 01", ACT_BUSY);
    clock_is_at(START_S + 500 + 60);
    does("C3 01 C1 " SCRIPTS "01 01 12 00 01", DONE);
    does("C1 01 C1 " LOCKOUT "02 00 12 00 00", OK);
    does("C3 01 C1 " SCRIPTS "01 01 12 00 01", DONE);
    does("C3 01 C1 " SCRIPTS "01 01 12 00 01", DONE);
    shows("C0 01 C1 " COUNTER "02 00", "06 00 00 00 03");
    does("C1 01 C1 " LOCKOUT "02 00 12 FF FF", OK);
    does("C1 01 C1 " LOCKOUT "02 00 06 00 00 00 3C", TYPE);
    does("C3 01 C1 " SCRIPTS "01 01 12 00 01", ACT_BUSY);
    shows("C0 01 C1 " LOCKOUT "02 00", "12 FF FF");
}

static void the_reader_resets_maxima_but_does_not_bill(void **state)
{
    (void)state;
    demand_of_a_quarter();
    open_reader();
    does("C3 01 C1 " SCRIPTS "01 01 12 00 01", ACT_DENIED);
    does("C3 01 C1 " SCRIPTS "01 01 12 00 03", ACT_DENIED);
    does("C3 01 C1 " PROFILE "01 01 0F 00", ACT_DENIED);
    does("C3 01 C1 " PROFILE "02 01 0F 00", ACT_DENIED);
    shows("C0 01 C1 " COUNTER "02 00", "06 00 00 00 00");
    does("C3 01 C1 " SCRIPTS "01 01 12 00 02", DONE);
    shows("C0 01 C1 " PROFILE "07 00", "06 00 00 00 00"); /* no row */
    shows("C0 01 C1 00 03 01 00 01 02 00 FF 02 00", "06 00 00 01 90");
}

static void what_the_scripts_do(void **state)
{
    (void)state;
#define MAXIMA                                                                                                         \
    "02 05 16 02 12 00 04 09 06 01 00 01 06 00 FF 0F 01 0F 00 "                                                        \
    "02 05 16 02 12 00 04 09 06 01 00 02 06 00 FF 0F 01 0F 00 "                                                        \
    "02 05 16 02 12 00 04 09 06 01 00 03 06 00 FF 0F 01 0F 00 "                                                        \
    "02 05 16 02 12 00 04 09 06 01 00 04 06 00 FF 0F 01 0F 00"
    shows("C0 01 C1 " SCRIPTS "02 00",
          "01 02 02 02 12 00 01 01 05 02 05 16 02 12 00 07 09 06 00 00 62 01 00 FF 0F 02 0F 00 " MAXIMA
          " 02 02 12 00 02 01 04 " MAXIMA);
}

static void the_button_is_enabled_or_not(void **state)
{
    (void)state;
    does("C1 01 C1 " BUTTON "02 00 03 00", OK);
    shows("C0 01 C1 " BUTTON "02 00", "03 00");
    assert_int_equal(billing_request(&meter, BILLING_BY_BUTTON), STATUS_DENIED);
    does("C1 01 C1 " BUTTON "02 00 16 01", TYPE);
    does("C1 01 C1 " CAUSE "02 00 16 01", DENIED);
    does("C1 01 C1 " COUNTER "02 00 06 00 00 00 09", DENIED);
    does("C1 01 C1 " BUTTON "02 00 03 01", OK);
    assert_int_equal(billing_request(&meter, BILLING_BY_BUTTON), STATUS_OK);
    shows("C0 01 C1 " CAUSE "02 00", "16 03");
}

/* The schedule
 * --------------------------------------------------------------------------------------------------------- */

#define TIMES(time, date) "01 01 02 02 09 04 " time " 09 05 " date

static void the_schedule(void **state)
{
    (void)state;
    shows("C0 01 C1 " SCHEDULE "01 00", "09 06 00 00 0F 00 00 FF");
    shows("C0 01 C1 " SCHEDULE "02 00", "02 02 09 06 00 00 0A 00 01 FF 12 00 01");
    shows("C0 01 C1 " SCHEDULE "03 00", "16 01");
    shows("C0 01 C1 " SCHEDULE "04 00", TIMES("00 00 00 00", "FF FF FF 01 FF"));
    does("C1 01 C1 " SCHEDULE "04 00 " TIMES("17 00 00 00", "FF FF FF 1C FF"), OK);
    shows("C0 01 C1 " SCHEDULE "04 00", TIMES("17 00 00 00", "FF FF FF 1C FF"));
    shows(CHANGES, "06 00 00 00 01");
    does("C1 01 C1 " SCHEDULE "04 00 " TIMES("0D 00 00 FF", "FF FF FF 02 FF"), OK); /* hundredths open */
    shows("C0 01 C1 " SCHEDULE "04 00", TIMES("0D 00 00 00", "FF FF FF 02 FF"));
    power_up();
    meter_step(&meter);
    shows("C0 01 C1 " SCHEDULE "04 00", TIMES("0D 00 00 00", "FF FF FF 02 FF"));
    clock_is_at(START_S - 450 + 2 * 3600 + 86400); /* 2026-07-02T13:00:00+01:00 */
    shows("C0 01 C1 " STAMP "02 00", "09 0C 07 EA 07 02 04 0D 00 00 00 FF C4 00");
    shows("C0 01 C1 " CAUSE "02 00", "16 00");
    clock_is_at(START_S + 5 * 86400);
    shows("C0 01 C1 " DAYS "02 00", "12 00 04"); /* 2 to 6 July */
}

static void the_same_schedule_is_no_change(void **state)
{
    (void)state;
    does("C1 01 C1 " SCHEDULE "04 00 " TIMES("00 00 00 00", "FF FF FF 01 FF"), OK);
    does("C1 01 C1 " SCHEDULE "04 00 " TIMES("00 00 00 FF", "FF FF FF 01 FF"), OK);
    shows(CHANGES, "06 00 00 00 00");
}

static void times_that_cannot_be_executed_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *value, *answer;
    } bad[] = {
        { TIMES("00 00 00 00", "FF FF FF 00 FF"), OTHER }, /* day 0 */
        { TIMES("00 00 00 00", "FF FF FF 1D FF"), OTHER }, /* 29 */
        { TIMES("00 00 00 00", "FF FF FF FF FF"), OTHER }, /* every day */
        { TIMES("00 00 00 00", "FF FF FF FE FF"), OTHER }, /* the last day */
        { TIMES("00 00 00 00", "FF FF FF FD FF"), OTHER },
        { TIMES("00 00 00 00", "07 EA FF 01 FF"), OTHER }, /* one year */
        { TIMES("00 00 00 00", "FF FF 07 01 FF"), OTHER }, /* one month */
        { TIMES("00 00 00 00", "FF FF FE 01 FF"), OTHER },
        { TIMES("00 00 00 00", "FF FF FF 01 01"), OTHER }, /* Mondays */
        { TIMES("18 00 00 00", "FF FF FF 01 FF"), OTHER }, /* hour 24 */
        { TIMES("FF 00 00 00", "FF FF FF 01 FF"), OTHER }, /* every hour */
        { TIMES("00 01 00 00", "FF FF FF 01 FF"), OTHER },
        { TIMES("00 FF 00 00", "FF FF FF 01 FF"), OTHER },
        { TIMES("00 00 01 00", "FF FF FF 01 FF"), OTHER },
        { TIMES("00 00 FF 00", "FF FF FF 01 FF"), OTHER },
        { TIMES("00 00 00 01", "FF FF FF 01 FF"), OTHER },
        { "01 00", OTHER },
        { "01 02 02 02 09 04 00 00 00 00 09 05 FF FF FF 01 FF 02 02 09 04 00 00 00 00 09 05 FF FF FF 02 FF", OTHER },
        { "01 01 02 02 09 03 00 00 00 09 05 FF FF FF 01 FF", OTHER },
        { "01 01 02 02 09 04 00 00 00 00 09 04 FF FF FF 01", OTHER },
        { "01 01 02 02 09 04 00 00 00 00 09 06 FF FF FF 01 FF FF", OTHER },
        { "01 01 02 02 09 00 09 00", OTHER },
        { "01 01 02 01 09 04 00 00 00 00", TYPE },
        { "01 01 02 03 09 04 00 00 00 00 09 05 FF FF FF 01 FF 11 00", TYPE },
        { "01 01 02 02 1B 00 00 00 00 1A FF FF FF 01 FF", TYPE },
        { "01 01 02 02 09 05 FF FF FF 01 FF 06 00 00 00 00", TYPE },
        { "01 01 09 04 00 00 00 00", TYPE },
        { "02 02 09 04 00 00 00 00 09 05 FF FF FF 01 FF", TYPE },
        { "09 0C FF FF FF 01 FF 00 00 00 00 80 00 FF", TYPE },
        { "00", TYPE },
    };
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char request[400] = "C1 01 C1 " SCHEDULE "04 00 ";
        strcat(request, bad[i].value);
        does(request, bad[i].answer);
    }
    does("C1 01 C1 " SCHEDULE "02 00 02 02 09 06 00 00 0A 00 01 FF 12 00 02", DENIED);
    does("C1 01 C1 " SCHEDULE "03 00 16 02", DENIED);
    shows("C0 01 C1 " SCHEDULE "04 00", TIMES("00 00 00 00", "FF FF FF 01 FF"));
    shows(CHANGES, "06 00 00 00 00");
    open_reader();
    does("C1 01 C1 " SCHEDULE "04 00 " TIMES("00 00 00 00", "FF FF FF 02 FF"), "D8 01 02"); /* it never sets */
}

/* The profile
 * ------------------------------------------------------------------------------------------------------------ */

#define COLUMN(class, obis, attribute) "02 04 12 00 " class " 09 06 " obis " 0F " attribute " 12 00 00 "
#define CLOCK_COLUMN                   COLUMN("08", "00 00 01 00 00 FF", "02")
#define COUNTER_COLUMN                 COLUMN("01", "00 00 00 01 00 FF", "02")
#define PAST_COLUMN                    COLUMN("04", "01 00 01 06 00 65", "05")

static void other_columns_can_be_captured(void **state)
{
    (void)state;
    demand_of_a_quarter();
    does("C3 01 C1 " SCRIPTS "01 01 12 00 01", DONE);
    does("C1 01 C1 " PROFILE "03 00 01 03 " COUNTER_COLUMN CLOCK_COLUMN PAST_COLUMN, OK);
    shows("C0 01 C1 " PROFILE "07 00", "06 00 00 00 00"); /* the rows are gone, the last period is not */
    shows("C0 01 C1 00 03 01 00 01 08 00 65 02 00", "06 00 00 00 64");
    shows("C0 01 C1 " COUNTER "02 00", "06 00 00 00 01");
    clock_is_at(START_S + 1000); /* 11:24:10 */
    does("C3 01 C1 " SCRIPTS "01 01 12 00 01", DONE);
    shows("C0 01 C1 " PROFILE "02 00", "01 01 02 03 06 00 00 00 02 09 0C 07 EA 07 01 03 0B 18 0A 00 FF C4 00 " NEVER);
    does("C1 01 C1 " PROFILE "03 00 01 03 " COUNTER_COLUMN CLOCK_COLUMN PAST_COLUMN,
         OK); /* the same: nothing is cleared */
    shows("C0 01 C1 " PROFILE "07 00", "06 00 00 00 01");
}

static void columns_that_cannot_be_are_refused(void **state)
{
    (void)state;
    demand_of_a_quarter();
    does("C3 01 C1 " SCRIPTS "01 01 12 00 01", DONE);
    static const struct {
        const char *value, *answer;
    } bad[] = {
        { "01 00", OTHER },
        { "01 01 " COLUMN("03", "01 00 01 08 00 02", "02"), "C5 01 C1 04" }, /* no such object */
        { "01 01 " COLUMN("03", "01 00 01 06 00 FF", "02"), "C5 01 C1 09" }, /* of another class */
        { "01 01 " COLUMN("07", "00 00 62 01 00 FF", "02"), DENIED },        /* a buffer */
        { "01 01 " COLUMN("16", "00 00 0F 00 00 FF", "04"), DENIED },        /* a structure */
        { "01 01 " COLUMN("03", "01 00 01 08 00 FF", "03"), DENIED },
        { "01 02 " CLOCK_COLUMN CLOCK_COLUMN, OTHER },
        { "01 01 02 03 12 00 08 09 06 00 00 01 00 00 FF 0F 02", TYPE },
        { "06 00 00 00 00", TYPE },
    };
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char request[400] = "C1 01 C1 " PROFILE "03 00 ";
        strcat(request, bad[i].value);
        does(request, bad[i].answer);
    }
    does("C1 01 C1 " PROFILE "04 00 06 00 00 03 84", DENIED);
    does("C1 01 C1 " PROFILE "08 00 06 00 00 00 01", DENIED);
    shows("C0 01 C1 " PROFILE "07 00", "06 00 00 00 01");
    shows("C0 01 C1 " PROFILE "02 00", "01 01 " ROW("01"));
}

/* A client sets the clock over the first of August. */
static void the_clock_is_set_over_a_date(void **state)
{
    (void)state;
    does("C1 01 C1 00 08 00 00 01 00 00 FF 02 00 09 0C 07 EA 08 02 07 0C 00 00 00 FF C4 00", OK);
    shows("C0 01 C1 " COUNTER "02 00", "06 00 00 00 01");
    shows("C0 01 C1 " CAUSE "02 00", "16 04");
    shows("C0 01 C1 " STAMP "02 00", "09 0C 07 EA 08 02 07 0C 00 00 00 FF C4 00");
    does("C1 01 C1 00 08 00 00 01 00 00 FF 02 00 09 0C 07 EA 07 1F 05 0C 00 00 00 FF C4 00", OK);
    does("C1 01 C1 00 08 00 00 01 00 00 FF 02 00 09 0C 07 EA 08 02 07 0C 00 00 00 FF C4 00", OK);
    shows("C0 01 C1 " COUNTER "02 00", "06 00 00 00 01");
    shows("C0 01 C1 " STATUS "02 00", "11 20");
}

/* Global reset: profiles, then logs, and nothing else; with the meter cover open only. Counter and energies stay. */
static void a_laboratory_clears_profiles_and_logs(void **state)
{
    (void)state;
    demand_of_a_quarter();
    does("C3 01 C1 " SCRIPTS "01 01 12 00 01", DONE);
    const struct profile *load = &meter.load_profiles[METER_LOAD_PROFILE].profile;
    const struct profile *bills = &meter.billing.profile;
    const struct profile *standard = &meter.events.profiles[EVENT_LOG_STANDARD];
    assert_true(profile_all(load).end > profile_all(load).first);
    assert_int_equal(profile_all(bills).end - profile_all(bills).first, 1);
    does("C3 01 C1 " RESET "01 01 12 00 01", ACT_DENIED); /* no such sensor */
    board.has_sensor[BOARD_METER_COVER] = true;
    does("C3 01 C1 " RESET "01 01 12 00 01", ACT_DENIED); /* closed */
    assert_true(profile_all(load).end > profile_all(load).first);
    board.sensor_active[BOARD_METER_COVER] = true;
    does("C3 01 C1 " RESET "01 01 12 00 00", ACT_OTHER);
    does("C3 01 C1 " RESET "01 01 12 00 03", ACT_OTHER);
    does("C3 01 C1 " RESET "01 01 11 01", ACT_TYPE);
    does("C3 01 C1 " RESET "01 01 12 00 01", DONE);
    assert_int_equal(profile_all(load).end, profile_all(load).first);
    assert_int_equal(profile_all(bills).end, profile_all(bills).first);
    assert_true(profile_all(standard).end - profile_all(standard).first > 1);
    shows("C0 01 C1 " COUNTER "02 00", "06 00 00 00 01");
    shows("C0 01 C1 00 03 01 00 01 08 00 FF 02 00", "06 00 00 00 64");
    does("C3 01 C1 " RESET "01 01 12 00 02", DONE);
    assert_int_equal(profile_all(standard).end - profile_all(standard).first, 1); /* log cleared */
    open_reader();
    does("C3 01 C1 " RESET "01 01 12 00 01", "C7 01 C1 04 00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(before_the_first_billing, start),
        cmocka_unit_test_setup(the_default_columns, start),
        cmocka_unit_test_setup(billed_by_command, start),
        cmocka_unit_test_setup(the_last_period_can_be_read, start),
        cmocka_unit_test_setup(capture_is_a_billing_too, start),
        cmocka_unit_test_setup(locked_out_is_a_temporary_failure, start),
        cmocka_unit_test_setup(the_reader_resets_maxima_but_does_not_bill, start),
        cmocka_unit_test_setup(what_the_scripts_do, start),
        cmocka_unit_test_setup(the_button_is_enabled_or_not, start),
        cmocka_unit_test_setup(the_schedule, start),
        cmocka_unit_test_setup(the_same_schedule_is_no_change, start),
        cmocka_unit_test_setup(times_that_cannot_be_executed_are_refused, start),
        cmocka_unit_test_setup(other_columns_can_be_captured, start),
        cmocka_unit_test_setup(columns_that_cannot_be_are_refused, start),
        cmocka_unit_test_setup(the_clock_is_set_over_a_date, start),
        cmocka_unit_test_setup(a_laboratory_clears_profiles_and_logs, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
