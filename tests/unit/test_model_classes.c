/* The interface classes as a client sees them, APDU by APDU: octets of the object model,
 * sections 1.6, 1.12, 8.6, 10.6, 10.8 and 10.9, of DLMS UA 1000-1, and worked out by hand. */
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

/* 2026-07-01T10:07:30Z, a Wednesday: 12:07:30 summer time, 11:07:30 standard time in Budapest. */
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

static struct board board;
static struct meter meter;
static struct cosem_device device;
static struct cosem_server server;

static void open_administrator(void)
{
    client_open(&server, 48, "00000002", 1024);
}

static int start(void **state)
{
    static const struct identity identity = { .serial_number = "12345678", .manufacture_year = 2027 };
    (void)state;
    board = (struct board){ .rtc_kept = true, .rtc_s = START_S };
    enum status status = meter_init(&meter, &board, &identity, &metrology_nominal, 8000);
    model_init(&device, &meter);
    cosem_server_init(&server, &device);
    open_administrator();
    return status == STATUS_OK ? 0 : -1;
}

static void clock_is_at(int64_t utc_s)
{
    board.rtc_s = utc_s;
    meter_step(&meter);
}

/* GET must answer this value. */
static void shows(const char *request, const char *value)
{
    char answer[512] = "C4 01 C1 00 ";
    strcat(answer, value);
    client_exchange(&server, request, answer);
}

static void does(const char *request, const char *answer)
{
    client_exchange(&server, request, answer);
}

/* Class 15 -------------------------------------------------------------------------------------------------- */

#define ASSOCIATION(last) "00 0F 00 00 28 00 " last " FF "

static void partners_of_each_association(void **state)
{
    (void)state;
    shows("C0 01 C1 " ASSOCIATION("00") "03 00", "02 02 0F 30 12 00 01");
    shows("C0 01 C1 " ASSOCIATION("01") "03 00", "02 02 0F 10 12 00 01");
    shows("C0 01 C1 " ASSOCIATION("02") "03 00", "02 02 0F 20 12 00 01");
    client_open(&server, 1, "00000002", 1024); /* the alias is who is there */
    shows("C0 01 C1 " ASSOCIATION("00") "03 00", "02 02 0F 01 12 00 01");
    shows("C0 01 C1 " ASSOCIATION("03") "03 00", "02 02 0F 01 12 00 01");
    client_open(&server, 32, "00000001", 1024);
    shows("C0 01 C1 " ASSOCIATION("00") "03 00", "02 02 0F 20 12 00 01");
}

/* What the public client sees of an object without its rights; the object_list by a selector. */
#define WITHOUT_RIGHTS(class, version, obis) " 02 04 12 00 " class " 11 " version " 09 06 " obis " FF 02 02 01 00 01 00"
#define LISTED(selector)                     "C0 01 C1 " ASSOCIATION("00") "02 01 " selector
#define SAP_NAME                             " 09 06 00 00 29 00 00 FF"
#define SAP_ELEMENT                                                                                                    \
    " 02 04 12 00 11 11 00" SAP_NAME " 02 02 01 02 02 03 0F 01 16 01 00 02 03 0F 02 16 01 00 01 01 02 02 0F 01 16 00"
#define PRODUCT_ELEMENT                                                                                                \
    " 02 04 12 00 01 11 00 09 06 00 00 60 01 00 FF 02 02 01 02 02 03 0F 01 16 01 00 02 03 0F 02 16 01 00 01 00"

static void object_list_without_rights(void **state)
{
    (void)state;
    client_open(&server, 16, "", 1024);
    does(LISTED("01 00"),
         "C4 01 C1 00 01 09" WITHOUT_RIGHTS("08", "00", "00 00 01 00 00") WITHOUT_RIGHTS("0F", "01", "00 00 28 00 00")
             WITHOUT_RIGHTS("0F", "01", "00 00 28 00 01") WITHOUT_RIGHTS("11", "00", "00 00 29 00 00")
                 WITHOUT_RIGHTS("01", "00", "00 00 2A 00 00") WITHOUT_RIGHTS("01", "00", "00 00 60 01 00")
                     WITHOUT_RIGHTS("01", "00", "00 00 60 01 02") WITHOUT_RIGHTS("01", "00", "00 00 60 01 03")
                         WITHOUT_RIGHTS("01", "00", "01 00 00 02 00"));
}

static void object_list_of_some_classes(void **state)
{
    (void)state;
    client_open(&server, 16, "", 1024);
    shows(LISTED("02 01 02 12 00 11 12 00 08"),
          "01 02" WITHOUT_RIGHTS("08", "00", "00 00 01 00 00") WITHOUT_RIGHTS("11", "00", "00 00 29 00 00"));
    shows(LISTED("02 01 01 12 00 03"), "01 00"); /* there are registers, but not for this client */
    shows(LISTED("02 01 00"), "01 00");
}

static void object_list_of_some_objects(void **state)
{
    (void)state;
    client_open(&server, 16, "", 1024);
    shows(LISTED("04 02 02 12 00 11" SAP_NAME), "01 01" SAP_ELEMENT);
    shows(LISTED("04 02 02 12 00 01" SAP_NAME), "01 00");                /* of another class */
    shows(LISTED("04 02 02 12 00 0F 09 06 00 00 28 00 03 FF"), "01 00"); /* not for this client */
    shows(LISTED("03 01 03 02 02 12 00 01 09 06 00 00 60 01 00 FF 02 02 12 00 11" SAP_NAME
                 " 02 02 12 00 03 09 06 01 00 01 08 00 FF"),
          "01 02" SAP_ELEMENT PRODUCT_ELEMENT);
    shows(LISTED("03 01 00"), "01 00");
}

static void object_list_by_a_wrong_selector(void **state)
{
    (void)state;
    does(LISTED("00 00"), "C4 01 C1 01 0D"); /* scope-of-access-violated */
    does(LISTED("05 00"), "C4 01 C1 01 0D");
    does(LISTED("01 01 00"), "C4 01 C1 01 0C"); /* type-unmatched */
    does(LISTED("02 00"), "C4 01 C1 01 0C");
    does(LISTED("02 12 00 08"), "C4 01 C1 01 0C");
    does(LISTED("02 01 02 12 00 08 11 08"), "C4 01 C1 01 0C");
    does(LISTED("03 02 02 12 00 11" SAP_NAME), "C4 01 C1 01 0C");
    does(LISTED("03 01 01 12 00 11"), "C4 01 C1 01 0C");
    does(LISTED("04 01 01 02 02 12 00 11" SAP_NAME), "C4 01 C1 01 0C");
    does(LISTED("04 02 03 12 00 11" SAP_NAME " 00"), "C4 01 C1 01 0C");
    does(LISTED("04 02 02 12 00 11 09 05 00 00 29 00 00"), "C4 01 C1 01 0C");
    does(LISTED("04 02 02 11 11" SAP_NAME), "C4 01 C1 01 0C");
    does("C0 01 C1 " ASSOCIATION("00") "03 01 01 00", "C4 01 C1 01 0D"); /* no attribute for selectors */
}

static void object_list_by_selector_in_blocks(void **state)
{
    (void)state;
    client_open(&server, 16, "", 44);
    does(LISTED("02 01 02 12 00 11 12 00 08"),
         "C4 02 C1 00 00 00 00 01 00 22 01 02 02 04 12 00 08 11 00 09 06 00 00 01 00 00 FF 02 02 01 00 01 00 "
         "02 04 12 00 11 11 00 09 06 00 00");
    does("C0 02 C1 00 00 00 01", "C4 02 C1 01 00 00 00 02 00 0A 29 00 00 FF 02 02 01 00 01 00");
}

static void names_of_context_and_mechanism(void **state)
{
    (void)state;
    shows("C0 01 C1 " ASSOCIATION("00") "04 00", "02 07 11 02 11 10 12 02 F4 11 05 11 08 11 01 11 01");
    shows("C0 01 C1 " ASSOCIATION("00") "06 00", "02 07 11 02 11 10 12 02 F4 11 05 11 08 11 02 11 01");
    shows("C0 01 C1 " ASSOCIATION("01") "06 00", "02 07 11 02 11 10 12 02 F4 11 05 11 08 11 02 11 00");
}

static void context_as_negotiated(void **state)
{
    (void)state;
    shows("C0 01 C1 " ASSOCIATION("00") "05 00", "02 06 04 18 00 7E 1D 12 04 00 12 04 00 11 06 0F 00 09 00");
    client_open(&server, 48, "00000002", 300);
    shows("C0 01 C1 " ASSOCIATION("00") "05 00", "02 06 04 18 00 7E 1D 12 04 00 12 01 2C 11 06 0F 00 09 00");
    /* of the others, what they would get: get, block-get and selective access; the same and more without set */
    shows("C0 01 C1 " ASSOCIATION("01") "05 00", "02 06 04 18 00 10 14 12 04 00 12 04 00 11 06 0F 00 09 00");
    shows("C0 01 C1 " ASSOCIATION("02") "05 00", "02 06 04 18 00 76 15 12 04 00 12 04 00 11 06 0F 00 09 00");
}

static void status_is_that_of_the_caller(void **state)
{
    (void)state;
    shows("C0 01 C1 " ASSOCIATION("00") "08 00", "16 02");
    shows("C0 01 C1 " ASSOCIATION("03") "08 00", "16 02");
    shows("C0 01 C1 " ASSOCIATION("02") "08 00", "16 00");
}

static void there_is_no_security_setup(void **state)
{
    (void)state;
    shows("C0 01 C1 " ASSOCIATION("00") "09 00", "09 06 00 00 00 00 00 00");
}

static void a_secret_is_changed_for_the_next_association(void **state)
{
    (void)state;
    does("C1 01 C1 " ASSOCIATION("02") "07 00 09 03 61 62 63", OK);
    client_open(&server, 32, "abc", 1024);
    open_administrator();                                     /* which still has its own */
    does("C1 01 C1 " ASSOCIATION("00") "07 00 09 01 78", OK); /* the shortest, of one's own */
    shows("C0 01 C1 " ASSOCIATION("00") "08 00", "16 02");
    client_open(&server, 48, "x", 1024);
    does("C1 01 C1 " ASSOCIATION("03") "07 00 09 10 30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66", OK);
    client_open(&server, 48, "0123456789abcdef", 1024);
}

static void a_secret_has_1_to_16_octets(void **state)
{
    (void)state;
    struct cosem_secret before[CLIENT_COUNT];
    memcpy(before, device.secrets, sizeof before);
    does("C1 01 C1 " ASSOCIATION("02") "07 00 09 00", OTHER);
    does("C1 01 C1 " ASSOCIATION("02") "07 00 09 11 30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66 67", OTHER);
    does("C1 01 C1 " ASSOCIATION("02") "07 00 0A 03 61 62 63", TYPE);
    does("C1 01 C1 " ASSOCIATION("01") "07 00 09 03 61 62 63", DENIED);
    assert_memory_equal(before, device.secrets, sizeof before);
    assert_int_equal(meter.configuration_changes, 0);
}

static void a_secret_is_never_told(void **state)
{
    (void)state;
    static const char *const requests[] = { "C0 01 C1 " ASSOCIATION("00") "07 00",
                                            "C0 01 C1 " ASSOCIATION("02") "07 00",
                                            "C0 01 C1 " ASSOCIATION("03") "07 00" };
    for (int i = 0; i < 3; i++) {
        client_exchange(&server, requests[i], "C4 01 C1 01 03");
    }
}

/* Class 17, identification ---------------------------------------------------------------------------------- */

static void one_logical_device(void **state)
{
    (void)state;
    shows("C0 01 C1 00 11 00 00 29 00 00 FF 02 00", "01 01 02 02 12 00 01 09 0C 42 4C 59 31 31 32 33 34 35 36 37 38");
    shows("C0 01 C1 00 01 00 00 2A 00 00 FF 02 00", "09 0C 42 4C 59 31 31 32 33 34 35 36 37 38");
}

static void identification(void **state)
{
    (void)state;
    shows("C0 01 C1 00 01 00 00 60 01 00 FF 02 00", "09 08 31 32 33 34 35 36 37 38");
    shows("C0 01 C1 00 01 00 00 60 01 02 FF 02 00", "09 07 42 4C 41 54 48 59 31");
    shows("C0 01 C1 00 01 00 00 60 01 04 FF 02 00", "12 07 EB");
    for (unsigned i = 0; i < 32; i++) {
        meter.firmware.digest[i] = (uint8_t)(i * 7);
    }
    shows("C0 01 C1 00 01 01 00 00 02 08 FF 02 00",
          "09 20 00 07 0E 15 1C 23 2A 31 38 3F 46 4D 54 5B 62 69 70 77 7E 85 8C 93 9A A1 A8 AF B6 BD C4 CB D2 D9");
    uint8_t value[32];
    static const uint8_t firmware_id[6] = { 1, 0, 0, 2, 0, 255 };
    int size = client_get(&server, 1, firmware_id, 2, value, sizeof value);
    assert_true(size > 6);
    assert_memory_equal(value + 2, "MTR-", 4);
}

static void ids_can_be_set_up_to_their_lengths(void **state)
{
    (void)state;
    char request[400] = "C1 01 C1 00 01 00 00 60 01 01 FF 02 00 09 20";
    char value[200] = "09 20";
    for (int i = 0; i < 32; i++) {
        strcat(request, " 5A");
        strcat(value, " 5A");
    }
    shows("C0 01 C1 00 01 00 00 60 01 01 FF 02 00", "09 00");
    does(request, OK);
    shows("C0 01 C1 00 01 00 00 60 01 01 FF 02 00", value);
    memcpy(request + 42, "21", 2);
    strcat(request, " 5A");
    does(request, OTHER); /* 33 octets */
    shows("C0 01 C1 00 01 00 00 60 01 01 FF 02 00", value);
    does("C1 01 C1 00 01 00 00 60 01 01 FF 02 00 12 00 01", TYPE);
    does("C1 01 C1 00 01 00 00 60 01 01 FF 02 00 09 02 41 42", OK); /* shorter again */
    shows("C0 01 C1 00 01 00 00 60 01 01 FF 02 00", "09 02 41 42");

    char point[400] = "C1 01 C1 00 01 00 00 60 01 0A FF 02 00 09 40";
    char point_value[400] = "09 40";
    for (int i = 0; i < 64; i++) {
        strcat(point, " 7E");
        strcat(point_value, " 7E");
    }
    does(point, OK);
    shows("C0 01 C1 00 01 00 00 60 01 0A FF 02 00", point_value);
    memcpy(point + 42, "41", 2);
    strcat(point, " 7E");
    does(point, OTHER); /* 65 octets */
    shows("C0 01 C1 00 01 00 00 60 01 0A FF 02 00", point_value);
}

/* Class 3 --------------------------------------------------------------------------------------------------- */

#define REFERENCE "00 03 01 00 00 06 04 FF "

static void the_reference_voltage_can_be_set(void **state)
{
    (void)state;
    shows("C0 01 C1 " REFERENCE "02 00", "12 00 E6");
    shows("C0 01 C1 " REFERENCE "03 00", "02 02 0F 00 16 23");
    does("C1 01 C1 " REFERENCE "02 00 12 00 DC", OK);
    shows("C0 01 C1 " REFERENCE "02 00", "12 00 DC");
    does("C1 01 C1 " REFERENCE "02 00 12 00 63", OTHER); /* 99 V */
    does("C1 01 C1 " REFERENCE "02 00 12 01 16", OTHER); /* 278 V */
    does("C1 01 C1 " REFERENCE "02 00 10 00 E6", TYPE);
    does("C1 01 C1 " REFERENCE "03 00 02 02 0F 00 16 23", DENIED);
    shows("C0 01 C1 " REFERENCE "02 00", "12 00 DC");
    does("C1 01 C1 " REFERENCE "02 00 12 00 64", OK);
    does("C1 01 C1 " REFERENCE "02 00 12 01 15", OK);
}

static void a_register_shows_its_quantity(void **state)
{
    (void)state;
    meter.energy.registers[ENERGY_ACTIVE_EXPORT].milli = 305419896 * UINT64_C(1000); /* 0x12345678 Wh */
    shows("C0 01 C1 00 03 01 00 02 08 00 FF 02 00", "06 12 34 56 78");
    shows("C0 01 C1 00 03 01 00 10 08 00 FF 02 00", "05 ED CB A9 88");
    meter.average.values.active_uw = -1500000;
    meter.average.values.apparent_uva = 3000000;
    shows("C0 01 C1 00 03 01 00 0D 07 00 FF 02 00", "10 FE 0C"); /* -0.500 */
    shows("C0 01 C1 00 01 01 00 60 32 00 FF 02 00", "16 02");
}

static void nobody_resets_energy(void **state)
{
    (void)state;
    meter.energy.registers[ENERGY_ACTIVE_IMPORT].milli = 1000;
    does("C3 01 C1 00 03 01 00 01 08 00 FF 01 01 0F 00", ACT_DENIED);
    shows("C0 01 C1 00 03 01 00 01 08 00 FF 02 00", "06 00 00 00 01");
}

/* Class 8 --------------------------------------------------------------------------------------------------- */

#define CLOCK "00 08 00 00 01 00 00 FF "

static void the_clock_shows_local_time(void **state)
{
    (void)state;
    board.rtc_hundredths = 42;
    clock_is_at(START_S);
    shows("C0 01 C1 " CLOCK "02 00", "09 0C 07 EA 07 01 03 0B 07 1E 2A FF C4 00");
    shows("C0 01 C1 00 01 01 00 00 09 01 FF 02 00", "09 04 0B 07 1E 2A");
    shows("C0 01 C1 00 01 01 00 00 09 02 FF 02 00", "09 05 07 EA 07 01 03");
    does("C1 01 C1 " CLOCK "08 00 03 01", OK);
    shows("C0 01 C1 " CLOCK "02 00", "09 0C 07 EA 07 01 03 0C 07 1E 2A FF 88 80");
    shows("C0 01 C1 " CLOCK "04 00", "11 80");
}

static void the_defaults_of_the_clock(void **state)
{
    (void)state;
    shows("C0 01 C1 " CLOCK "03 00", "10 FF C4");
    shows("C0 01 C1 " CLOCK "04 00", "11 00");
    shows("C0 01 C1 " CLOCK "05 00", "09 0C FF FF 03 FE 07 02 00 00 00 80 00 FF");
    shows("C0 01 C1 " CLOCK "06 00", "09 0C FF FF 0A FE 07 03 00 00 00 80 00 FF");
    shows("C0 01 C1 " CLOCK "07 00", "0F 3C");
    shows("C0 01 C1 " CLOCK "08 00", "03 00");
    shows("C0 01 C1 " CLOCK "09 00", "16 01");
}

static void the_time_is_set_in_local_time_in_utc_or_without_deviation(void **state)
{
    (void)state;
    does("C1 01 C1 " CLOCK "08 00 03 01", OK);
    does("C1 01 C1 " CLOCK "02 00 09 0C 07 EA 07 02 04 0C 00 00 00 FF 88 80", OK);
    assert_int_equal(board.rtc_s, START_S - 450 + 86400); /* 2026-07-02 10:00:00 UTC */
    does("C1 01 C1 " CLOCK "02 00 09 0C 07 EA 07 02 04 0B 00 00 00 00 00 00", OK);
    assert_int_equal(board.rtc_s, START_S - 450 + 86400 + 3600);
    does("C1 01 C1 " CLOCK "02 00 09 0C 07 EA 07 02 FF 0C 00 00 FF 80 00 FF", OK);
    assert_int_equal(board.rtc_s, START_S - 450 + 86400);
    shows("C0 01 C1 " CLOCK "02 00", "09 0C 07 EA 07 02 04 0C 00 00 00 FF 88 80");
}

static void a_bad_time_is_refused(void **state)
{
    (void)state;
    does("C1 01 C1 " CLOCK "02 00 09 0C FF FF 07 02 04 0C 00 00 00 FF 88 80", OTHER);
    does("C1 01 C1 " CLOCK "02 00 09 0C 07 EA FF 02 04 0C 00 00 00 FF 88 80", OTHER);
    does("C1 01 C1 " CLOCK "02 00 09 0C 07 EA 07 FE 04 0C 00 00 00 FF 88 80", OTHER);
    does("C1 01 C1 " CLOCK "02 00 09 0C 07 EA 07 02 05 0C 00 00 00 FF 88 80", OTHER); /* a Thursday */
    does("C1 01 C1 " CLOCK "02 00 09 0C 07 EA 07 02 04 18 00 00 00 FF 88 80", OTHER);
    does("C1 01 C1 " CLOCK "02 00 09 0C 07 EA 07 02 04 FF 00 00 00 FF 88 80", OTHER);
    does("C1 01 C1 " CLOCK "02 00 09 0C 07 CF 0C 1F FF 0C 00 00 00 FF C4 00", OTHER); /* 1999 */
    does("C1 01 C1 " CLOCK "02 00 09 0C 08 34 01 02 FF 0C 00 00 00 FF C4 00", OTHER); /* 2100 */
    does("C1 01 C1 " CLOCK "02 00 09 0B 07 EA 07 02 04 0C 00 00 00 FF 88", OTHER);
    does("C1 01 C1 " CLOCK "02 00 06 00 00 00 00", TYPE);
    assert_int_equal(board.rtc_set, 0);
}

static void settings_of_the_clock_are_set(void **state)
{
    (void)state;
    does("C1 01 C1 " CLOCK "03 00 10 00 00", OK);
    shows("C0 01 C1 " CLOCK "02 00", "09 0C 07 EA 07 01 03 0A 07 1E 00 00 00 00");
    shows("C0 01 C1 " CLOCK "03 00", "10 00 00");
    does("C1 01 C1 " CLOCK "05 00 09 0C FF FF 0A 01 07 02 00 00 00 80 00 00", OK);
    shows("C0 01 C1 " CLOCK "05 00", "09 0C FF FF 0A 01 07 02 00 00 00 80 00 00");
    does("C1 01 C1 " CLOCK "06 00 09 0C FF FF 04 01 07 03 00 00 FF 80 00 00", OK);
    shows("C0 01 C1 " CLOCK "06 00", "09 0C FF FF 04 01 07 03 00 00 FF 80 00 00");
    does("C1 01 C1 " CLOCK "07 00 0F 1E", OK);
    shows("C0 01 C1 " CLOCK "07 00", "0F 1E");
}

static void bad_settings_of_the_clock_are_refused(void **state)
{
    (void)state;
    does("C1 01 C1 " CLOCK "03 00 10 03 49", OTHER);
    does("C1 01 C1 " CLOCK "03 00 12 00 00", TYPE);
    does("C1 01 C1 " CLOCK "05 00 09 0C FF FF FF FE 07 02 00 00 00 80 00 FF", OTHER);
    does("C1 01 C1 " CLOCK "06 00 09 0C FF FF 0D FE 07 02 00 00 00 80 00 FF", OTHER);
    does("C1 01 C1 " CLOCK "07 00 0F 79", OTHER);
    does("C1 01 C1 " CLOCK "07 00 11 3C", TYPE);
    does("C1 01 C1 " CLOCK "08 00 16 01", TYPE);
    does("C1 01 C1 " CLOCK "04 00 11 00", DENIED);
    does("C1 01 C1 " CLOCK "09 00 16 01", DENIED);
    the_defaults_of_the_clock(state);
    assert_int_equal(meter.configuration_changes, 0);
}

static void the_clock_is_adjusted(void **state)
{
    (void)state;
    does("C3 01 C1 " CLOCK "01 01 0F 00", DONE); /* 11:07:30 -> 11:15 */
    assert_int_equal(board.rtc_s, START_S + 450);
    clock_is_at(START_S - 1);
    does("C3 01 C1 " CLOCK "02 01 0F 00", DONE); /* 11:07:29 -> 11:00 */
    assert_int_equal(board.rtc_s, START_S - 450);
    clock_is_at(START_S);
    does("C3 01 C1 " CLOCK "03 00", DONE); /* 11:07:30 -> 11:08, and without a parameter */
    assert_int_equal(board.rtc_s, START_S + 30);
    does("C3 01 C1 " CLOCK "06 01 10 FC 7C", DONE); /* -900 s */
    assert_int_equal(board.rtc_s, START_S + 30 - 900);
    does("C3 01 C1 " CLOCK "06 01 10 03 84", DONE);
    assert_int_equal(board.rtc_s, START_S + 30);
    does("C3 01 C1 " CLOCK "06 01 10 03 85", ACT_OTHER);
    does("C3 01 C1 " CLOCK "06 01 0F 01", ACT_TYPE);
    does("C3 01 C1 " CLOCK "06 00", ACT_TYPE); /* no parameter at all */
    does("C3 01 C1 " CLOCK "01 01 0F 01", ACT_OTHER);
    does("C3 01 C1 " CLOCK "01 01 11 00", ACT_TYPE);
    assert_int_equal(board.rtc_s, START_S + 30);
}

#define AT(hour, minute) "09 0C 07 EA 07 01 03 " hour " " minute " 00 00 FF C4 00 "

static void a_time_is_preset(void **state)
{
    (void)state;
    does("C3 01 C1 " CLOCK "04 01 0F 00", ACT_BUSY);
    does("C3 01 C1 " CLOCK "05 01 02 03 " AT("0C", "00") AT("0B", "08") AT("0B", "09"), DONE);
    does("C3 01 C1 " CLOCK "04 01 0F 00", ACT_BUSY); /* it is 11:07:30 */
    clock_is_at(START_S + 90);                       /* 11:09:00 */
    does("C3 01 C1 " CLOCK "05 01 02 02 " AT("0D", "00") AT("0B", "08"), ACT_TYPE);
    does("C3 01 C1 " CLOCK "05 01 02 03 " AT("0D", "00") AT("0B", "08") AT("18", "09"), ACT_OTHER);
    does("C3 01 C1 " CLOCK "05 01 02 03 " AT("0D", "00") AT("0B", "08") "09 00", ACT_OTHER);
    does("C3 01 C1 " CLOCK "04 01 0F 00", DONE); /* the good one is still there */
    assert_int_equal(board.rtc_s, START_S - 450 + 3600);
    does("C3 01 C1 " CLOCK "04 01 0F 00", ACT_BUSY);
}

static void a_clock_that_lost_its_time_says_so(void **state)
{
    (void)state;
    board.rtc_kept = false;
    clock_is_at(0);
    shows("C0 01 C1 " CLOCK "04 00", "11 01");
    does("C3 01 C1 " CLOCK "03 01 0F 00", ACT_BUSY);
    does("C1 01 C1 " CLOCK "02 00 09 0C 07 EA 07 02 04 0C 00 00 00 FF C4 00", OK);
    shows("C0 01 C1 " CLOCK "04 00", "11 00");
}

static void the_reader_sets_nothing(void **state)
{
    (void)state;
    client_open(&server, 32, "00000001", 1024);
    does("C1 01 C1 " CLOCK "02 00 09 0C 07 EA 07 02 04 0C 00 00 00 FF C4 00", "D8 01 02");
    does("C3 01 C1 " CLOCK "01 01 0F 00", ACT_DENIED);
    client_open(&server, 16, "", 1024);
    does("C3 01 C1 " CLOCK "01 01 0F 00", "D8 01 02");
    assert_int_equal(board.rtc_set, 0);
}

/* Configuration changes ------------------------------------------------------------------------------------- */

#define CHANGES "C0 01 C1 00 01 00 00 60 02 00 FF 02 00"
#define CHANGED "C0 01 C1 00 01 00 00 60 02 01 FF 02 00"

static void changes_count_once_in_an_association(void **state)
{
    (void)state;
    shows(CHANGES, "06 00 00 00 00");
    shows(CHANGED, "09 0C FF FF FF FF FF FF FF FF FF 80 00 FF");
    does("C1 01 C1 " REFERENCE "02 00 12 00 DC", OK);
    shows(CHANGES, "06 00 00 00 01");
    shows(CHANGED, "09 0C 07 EA 07 01 03 0B 07 1E 00 FF C4 00");
    clock_is_at(START_S + 60);
    does("C1 01 C1 " CLOCK "07 00 0F 1E", OK);
    does("C1 01 C1 " ASSOCIATION("02") "07 00 09 01 61", OK);
    shows(CHANGES, "06 00 00 00 01");
    shows(CHANGED, "09 0C 07 EA 07 01 03 0B 07 1E 00 FF C4 00");
    open_administrator();
    does("C1 01 C1 00 01 00 00 60 01 01 FF 02 00 09 01 41", OK);
    shows(CHANGES, "06 00 00 00 02");
    shows(CHANGED, "09 0C 07 EA 07 01 03 0B 08 1E 00 FF C4 00");
}

/* Classes 19 and 23 ----------------------------------------------------------------------------------------- */

#define LOCAL_PORT "00 13 00 00 14 00 00 FF "
#define OPTICAL    "00 17 00 00 16 00 00 FF "
#define BLUETOOTH  "00 17 00 01 16 00 00 FF "

static void the_defaults_of_the_ports(void **state)
{
    (void)state;
    shows("C0 01 C1 " LOCAL_PORT "02 00", "16 00"); /* IEC 62056-21 */
    shows("C0 01 C1 " LOCAL_PORT "03 00", "16 00"); /* 300 baud */
    shows("C0 01 C1 " LOCAL_PORT "04 00", "16 05"); /* 9600 baud */
    shows("C0 01 C1 " LOCAL_PORT "05 00", "16 01"); /* 200 ms */
    shows("C0 01 C1 " LOCAL_PORT "06 00", "09 00");
    static const char *const setups[] = { OPTICAL, BLUETOOTH };
    static const char *const values[] = { "16 05",    "11 07",    "11 07",    "12 04 06",
                                          "12 04 06", "12 00 19", "12 00 78", "12 00 10" };
    for (unsigned i = 0; i < 2; i++) {
        for (unsigned n = 2; n <= 9; n++) {
            char request[64];
            snprintf(request, sizeof request, "C0 01 C1 %s%02X 00", setups[i], n);
            shows(request, values[n - 2]);
        }
    }
}

static void passwords_of_the_port_are_never_told(void **state)
{
    (void)state;
    shows("C0 01 C1 " LOCAL_PORT "02 00", "16 00");
    does("C0 01 C1 " LOCAL_PORT "07 00", "C4 01 C1 01 03");
    does("C0 01 C1 " LOCAL_PORT "08 00", "C4 01 C1 01 03");
    does("C0 01 C1 " LOCAL_PORT "09 00", "C4 01 C1 01 03");
    /* nor by attribute 0: null-data in their places */
    does("C0 01 C1 " LOCAL_PORT "00 00",
         "C4 01 C1 00 02 09 09 06 00 00 14 00 00 FF 16 00 16 00 16 05 16 01 09 00 00 00 00");
}

/* Each attribute with its limits: octets of the least and the greatest value, and of those just beyond, "" if the type
 * has none. */
struct limits {
    const char *attribute;
    const char *least, *greatest, *below, *above, *other_type;
};

static void check_limits(const char *setup, const struct limits *l)
{
    char request[64];
    char read[64];
    snprintf(read, sizeof read, "C0 01 C1 %s%s 00", setup, l->attribute);
    static const char *const results[] = { OK, OTHER, OTHER, TYPE, OK, OTHER, OTHER, TYPE };
    const char *const values[] = { l->least,    l->below, l->above, l->other_type,
                                   l->greatest, l->below, l->above, l->other_type };
    for (unsigned i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (values[i][0] != '\0') {
            snprintf(request, sizeof request, "C1 01 C1 %s%s 00 %s", setup, l->attribute, values[i]);
            does(request, results[i]);
        }
        shows(read, i < 4 ? l->least : l->greatest); /* what was refused has changed nothing */
    }
}

static void the_hdlc_setup_is_set_within_its_limits(void **state)
{
    (void)state;
    static const struct limits limits[] = {
        { "02", "16 00", "16 06", "", "16 07", "11 05" },         /* 300 to 19200 baud */
        { "03", "11 01", "11 07", "11 00", "11 08", "12 00 01" }, /* window */
        { "04", "11 01", "11 07", "11 00", "11 08", "0F 01" },
        { "05", "12 00 20", "12 04 06", "12 00 1F", "12 04 07", "11 80" }, /* 32 to 1030 octets */
        { "06", "12 00 20", "12 04 06", "12 00 1F", "12 04 07", "06 00 00 00 80" },
        { "07", "12 00 14", "12 17 70", "12 00 13", "12 17 71", "11 19" }, /* 20 to 6000 ms */
        { "08", "12 00 00", "12 FF FF", "", "", "10 00 78" },              /* seconds, 0: never */
        { "09", "12 00 10", "12 3F FD", "12 00 0F", "12 3F FE", "11 10" }, /* 16 to 16381 */
    };
    for (unsigned i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        check_limits(OPTICAL, &limits[i]);
        if (i > 0) {
            check_limits(BLUETOOTH, &limits[i]);
        }
    }
    does("C1 01 C1 " BLUETOOTH "02 00 16 05", DENIED);
}

static void the_two_hdlc_setups_are_apart(void **state)
{
    (void)state;
    does("C1 01 C1 " BLUETOOTH "09 00 12 00 20", OK);
    shows("C0 01 C1 " OPTICAL "09 00", "12 00 10");
    does("C1 01 C1 " OPTICAL "08 00 12 00 3C", OK);
    shows("C0 01 C1 " BLUETOOTH "08 00", "12 00 78");
    shows("C0 01 C1 " BLUETOOTH "09 00", "12 00 20");
    shows(CHANGES, "06 00 00 00 01");
}

static void the_local_port_is_set_within_its_limits(void **state)
{
    (void)state;
    static const struct limits limits[] = {
        { "02", "16 00", "16 01", "", "16 02", "11 00" },
        { "03", "16 00", "16 06", "", "16 07", "11 00" },
        { "04", "16 00", "16 06", "", "16 07", "12 00 05" },
        { "05", "16 00", "16 01", "", "16 02", "03 01" },
        { "06", "09 00", "09 04 20 39 41 7A", "", "09 01 2F", "0A 01 31" },      /* " 9Az"; "/" */
        { "06", "09 01 5A", "09 02 30 61", "09 01 5B", "09 01 40", "0A 01 31" }, /* "Z", "0a"; "[", "@" */
    };
    for (unsigned i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        check_limits(LOCAL_PORT, &limits[i]);
    }
    does("C1 01 C1 " LOCAL_PORT "06 00 09 20 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30"
         " 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30",
         OK); /* 32 */
    does("C1 01 C1 " LOCAL_PORT "06 00 09 21 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30"
         " 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30",
         OTHER);
}

static void passwords_of_the_port_are_texts_of_its_protocol(void **state)
{
    (void)state;
    const struct port_password *passwords = meter.ports.local[BOARD_OPTICAL].passwords;
    static const char *const attributes[] = { "07", "08", "09" };
    char request[128];
    for (unsigned i = 0; i < 3; i++) {
        static const char *const refused[] = { "28", "29", "2A", "2F", "21", "1F", "7F", "80" }; /* ( ) * / ! */
        for (unsigned n = 0; n < sizeof refused / sizeof refused[0]; n++) {
            snprintf(request, sizeof request, "C1 01 C1 " LOCAL_PORT "%s 00 09 02 31 %s", attributes[i], refused[n]);
            does(request, OTHER);
        }
        snprintf(request, sizeof request, "C1 01 C1 " LOCAL_PORT "%s 00 0A 01 31", attributes[i]);
        does(request, TYPE);
        snprintf(request, sizeof request,
                 "C1 01 C1 " LOCAL_PORT "%s 00 09 11 41 42 43 44 45 46 47 48 49 4A 4B 4C 4D 4E 4F 50 51",
                 attributes[i]);
        does(request, OTHER);
        assert_int_equal(passwords[i].size, i == 0 ? 8 : 0);
        snprintf(request, sizeof request,
                 "C1 01 C1 " LOCAL_PORT "%s 00 09 10 20 7E 43 44 45 46 47 48 49 4A 4B 4C 4D 4E 4F 50", attributes[i]);
        does(request, OK);
        assert_int_equal(passwords[i].size, 16);
        assert_memory_equal(passwords[i].text, " ~CDEFGHIJKLMNOP", 16);
        snprintf(request, sizeof request, "C1 01 C1 " LOCAL_PORT "%s 00 09 00", attributes[i]);
        does(request, OK);
        assert_int_equal(passwords[i].size, 0);
    }
}

static void what_was_there_already_is_no_change(void **state)
{
    (void)state;
    does("C1 01 C1 " REFERENCE "02 00 12 00 E6", OK);
    does("C1 01 C1 " CLOCK "03 00 10 FF C4", OK);
    does("C1 01 C1 " CLOCK "05 00 09 0C FF FF 03 FE 07 02 00 00 00 80 00 FF", OK);
    does("C1 01 C1 " CLOCK "08 00 03 00", OK);
    does("C1 01 C1 00 01 00 00 60 01 01 FF 02 00 09 00", OK);
    does("C1 01 C1 " ASSOCIATION("02") "07 00 09 08 30 30 30 30 30 30 30 31", OK);
    does("C1 01 C1 " LOCAL_PORT "04 00 16 05", OK);
    does("C1 01 C1 " LOCAL_PORT "07 00 09 08 30 30 30 30 30 30 30 31", OK);
    does("C1 01 C1 " OPTICAL "05 00 12 04 06", OK);
    shows(CHANGES, "06 00 00 00 00");
}

static void the_time_is_no_parameter(void **state)
{
    (void)state;
    does("C1 01 C1 " CLOCK "02 00 09 0C 07 EA 07 02 04 0C 00 00 00 FF C4 00", OK);
    does("C3 01 C1 " CLOCK "06 01 10 00 01", DONE);
    shows(CHANGES, "06 00 00 00 00");
}

/* Classes 3, 4, 5 and 9: demand ----------------------------------------------------------------------------- */

#define DEMAND(c)     "00 05 01 00 0" c " 04 00 FF "
#define MAXIMUM(c)    "00 04 01 00 0" c " 06 00 FF "
#define CUMULATIVE(c) "00 03 01 00 0" c " 02 00 FF "
#define LAST(c)       "00 03 01 00 0" c " 05 00 FF "
#define INTERVAL      "00 03 01 00 00 08 00 FF "
#define SCRIPTS       "00 09 00 00 0A 00 01 FF "
#define NEVER         "09 0C FF FF FF FF FF FF FF FF FF 80 00 FF"

/* 2026-07-01, a Wednesday, in winter time (daylight saving is disabled), UTC+1. */
#define TIME(hour, minute, second) "09 0C 07 EA 07 01 03 " hour " " minute " " second " 00 FF C4 00"

/* From 11:07:30 on: 100 Wh until 11:15:00, then 25 Wh. */
static void demand_of_a_quarter(void)
{
    struct metrology_window w = { .duration_us = 1000000, .energy = { .active_import_nj = INT64_C(360000000000000) } };
    meter_add_window(&meter, &w);
    clock_is_at(START_S + 450);
    w.energy.active_import_nj /= 4;
    meter_add_window(&meter, &w);
    clock_is_at(START_S + 500);
}

static void demand_before_anything_was_measured(void **state)
{
    (void)state;
    shows("C0 01 C1 " DEMAND("1") "02 00", "06 00 00 00 00");
    shows("C0 01 C1 " DEMAND("1") "03 00", "06 00 00 00 00");
    shows("C0 01 C1 " DEMAND("1") "04 00", "02 02 0F 00 16 1B");
    shows("C0 01 C1 " DEMAND("4") "04 00", "02 02 0F 00 16 1D");
    shows("C0 01 C1 " DEMAND("1") "05 00", "11 00");
    shows("C0 01 C1 " DEMAND("1") "06 00", NEVER);
    shows("C0 01 C1 " DEMAND("1") "07 00", TIME("0B", "07", "1E"));
    shows("C0 01 C1 " DEMAND("1") "08 00", "06 00 00 03 84");
    shows("C0 01 C1 " DEMAND("1") "09 00", "12 00 01");
    shows("C0 01 C1 " INTERVAL "02 00", "06 00 00 03 84");
    shows("C0 01 C1 " INTERVAL "03 00", "02 02 0F 00 16 07");
    shows("C0 01 C1 " MAXIMUM("2") "02 00", "06 00 00 00 00");
    shows("C0 01 C1 " MAXIMUM("2") "03 00", "02 02 0F 00 16 1B");
    shows("C0 01 C1 " MAXIMUM("2") "04 00", "11 00");
    shows("C0 01 C1 " MAXIMUM("2") "05 00", NEVER);
}

static void demand_and_its_maximum(void **state)
{
    (void)state;
    demand_of_a_quarter();
    shows("C0 01 C1 " DEMAND("1") "02 00", "06 00 00 00 64"); /* 25 Wh in a quarter of an hour */
    shows("C0 01 C1 " DEMAND("1") "03 00", "06 00 00 01 90"); /* 100 Wh */
    shows("C0 01 C1 " DEMAND("1") "05 00", "11 01");          /* it began at 11:07:30 */
    shows("C0 01 C1 " DEMAND("1") "06 00", TIME("0B", "0F", "00"));
    shows("C0 01 C1 " DEMAND("1") "07 00", TIME("0B", "0F", "00"));
    shows("C0 01 C1 " LAST("1") "02 00", "06 00 00 01 90");
    shows("C0 01 C1 " MAXIMUM("1") "02 00", "06 00 00 01 90");
    shows("C0 01 C1 " MAXIMUM("1") "04 00", "11 01");
    shows("C0 01 C1 " MAXIMUM("1") "05 00", TIME("0B", "0F", "00"));
    shows("C0 01 C1 " CUMULATIVE("1") "02 00", "06 00 00 00 00");
    shows("C0 01 C1 " DEMAND("2") "03 00", "06 00 00 00 00"); /* closed, too, but nothing was exported */
    shows("C0 01 C1 " DEMAND("2") "06 00", TIME("0B", "0F", "00"));
    shows("C0 01 C1 " MAXIMUM("2") "05 00", NEVER);
}

static void md_reset_adds_the_maxima_up(void **state)
{
    (void)state;
    demand_of_a_quarter();
    does("C3 01 C1 " SCRIPTS "01 01 12 00 03", ACT_OTHER);
    does("C3 01 C1 " SCRIPTS "01 01 12 00 00", ACT_OTHER);
    does("C3 01 C1 " SCRIPTS "01 01 11 02", ACT_TYPE);
    shows("C0 01 C1 " MAXIMUM("1") "02 00", "06 00 00 01 90");
    does("C3 01 C1 " SCRIPTS "01 01 12 00 02", DONE);
    shows("C0 01 C1 " MAXIMUM("1") "02 00", "06 00 00 00 00");
    shows("C0 01 C1 " MAXIMUM("1") "04 00", "11 00");
    shows("C0 01 C1 " MAXIMUM("1") "05 00", NEVER);
    shows("C0 01 C1 " CUMULATIVE("1") "02 00", "06 00 00 01 90");
    shows("C0 01 C1 " DEMAND("1") "02 00", "06 00 00 00 64"); /* the window runs on */
    shows(CHANGES, "06 00 00 00 00");
}

static void the_reader_resets_maxima_and_nothing_else(void **state)
{
    (void)state;
    demand_of_a_quarter();
    client_open(&server, 32, "00000001", 1024);
    does("C3 01 C1 " SCRIPTS "01 01 12 00 01", ACT_DENIED);
    does("C3 01 C1 " MAXIMUM("1") "01 01 0F 00", ACT_DENIED);
    does("C3 01 C1 " DEMAND("1") "01 01 0F 00", ACT_DENIED);
    does("C3 01 C1 " DEMAND("1") "02 01 0F 00", ACT_DENIED);
    shows("C0 01 C1 " MAXIMUM("1") "02 00", "06 00 00 01 90");
    does("C3 01 C1 " SCRIPTS "01 01 12 00 02", DONE);
    shows("C0 01 C1 " CUMULATIVE("1") "02 00", "06 00 00 01 90");
}

static void one_maximum_is_reset(void **state)
{
    (void)state;
    demand_of_a_quarter();
    does("C3 01 C1 " MAXIMUM("2") "01 01 0F 00", DONE);
    shows("C0 01 C1 " MAXIMUM("1") "02 00", "06 00 00 01 90");
    does("C3 01 C1 " MAXIMUM("1") "01 01 0F 01", ACT_OTHER);
    does("C3 01 C1 " MAXIMUM("1") "01 01 11 00", ACT_TYPE);
    does("C3 01 C1 " MAXIMUM("1") "01 01 0F 00", DONE);
    shows("C0 01 C1 " MAXIMUM("1") "02 00", "06 00 00 00 00");
    shows("C0 01 C1 " CUMULATIVE("1") "02 00", "06 00 00 01 90");
}

static void methods_of_a_demand(void **state)
{
    (void)state;
    demand_of_a_quarter();
    does("C3 01 C1 " DEMAND("1") "02 01 0F 00", DONE); /* next_period, at 11:15:50 */
    shows("C0 01 C1 " DEMAND("1") "03 00", "06 00 00 00 64");
    shows("C0 01 C1 " DEMAND("1") "05 00", "11 02");
    shows("C0 01 C1 " DEMAND("1") "06 00", TIME("0B", "0F", "32"));
    shows("C0 01 C1 " DEMAND("1") "07 00", TIME("0B", "0F", "32"));
    shows("C0 01 C1 " DEMAND("1") "02 00", "06 00 00 00 00");
    shows("C0 01 C1 " DEMAND("2") "06 00", TIME("0B", "0F", "00")); /* of its own */
    does("C3 01 C1 " DEMAND("1") "01 01 0F 00", DONE);              /* reset */
    shows("C0 01 C1 " DEMAND("1") "03 00", "06 00 00 00 00");
    shows("C0 01 C1 " DEMAND("1") "05 00", "11 00");
    shows("C0 01 C1 " MAXIMUM("1") "02 00", "06 00 00 01 90");
    does("C3 01 C1 " DEMAND("1") "01 01 0F 01", ACT_OTHER);
    shows(CHANGES, "06 00 00 00 00");
}

static void period_and_number_are_one_setting_of_all(void **state)
{
    (void)state;
    demand_of_a_quarter();
    does("C1 01 C1 " DEMAND("3") "08 00 06 00 00 01 2C", OK);
    does("C1 01 C1 " DEMAND("2") "09 00 12 00 03", OK);
    shows("C0 01 C1 " DEMAND("1") "08 00", "06 00 00 01 2C");
    shows("C0 01 C1 " DEMAND("4") "09 00", "12 00 03");
    shows("C0 01 C1 " INTERVAL "02 00", "06 00 00 01 2C");
    shows("C0 01 C1 " DEMAND("1") "06 00", TIME("0B", "0F", "32")); /* the running period ended */
    shows("C0 01 C1 " DEMAND("1") "07 00", TIME("0B", "0F", "32"));
    shows("C0 01 C1 " MAXIMUM("1") "02 00", "06 00 00 01 90");
    shows("C0 01 C1 " MAXIMUM("1") "05 00", TIME("0B", "0F", "00"));
    does("C1 01 C1 " INTERVAL "02 00 06 00 00 0E 10", OK);
    shows("C0 01 C1 " DEMAND("2") "08 00", "06 00 00 0E 10");
    shows("C0 01 C1 " DEMAND("2") "09 00", "12 00 03");
}

static void settings_of_the_demand_outside_their_limits(void **state)
{
    (void)state;
    does("C1 01 C1 " DEMAND("1") "08 00 06 00 00 00 00", OTHER);
    does("C1 01 C1 " DEMAND("1") "08 00 06 00 00 03 85", OTHER);
    does("C1 01 C1 " DEMAND("1") "08 00 06 FF FF FF FF", OTHER);
    does("C1 01 C1 " DEMAND("1") "08 00 12 00 3C", TYPE);
    does("C1 01 C1 " DEMAND("1") "09 00 12 00 00", OTHER);
    does("C1 01 C1 " DEMAND("1") "09 00 12 00 3D", OTHER);
    does("C1 01 C1 " DEMAND("1") "09 00 12 01 01", OTHER);
    does("C1 01 C1 " DEMAND("1") "09 00 11 02", TYPE);
    does("C1 01 C1 " INTERVAL "02 00 06 00 00 00 78", OTHER);
    does("C1 01 C1 " INTERVAL "02 00 12 00 3C", TYPE);
    does("C1 01 C1 " MAXIMUM("1") "02 00 06 00 00 00 00", DENIED);
    does("C1 01 C1 " CUMULATIVE("1") "02 00 06 00 00 00 00", DENIED);
    shows("C0 01 C1 " DEMAND("1") "08 00", "06 00 00 03 84");
    shows("C0 01 C1 " DEMAND("1") "09 00", "12 00 01");
    does("C1 01 C1 " DEMAND("1") "08 00 06 00 00 03 84", OK); /* what it is already */
    does("C1 01 C1 " DEMAND("1") "09 00 12 00 01", OK);
    shows("C0 01 C1 " DEMAND("1") "06 00", NEVER); /* and nothing was ended */
    shows(CHANGES, "06 00 00 00 00");
}

/* Set at 11:15:50: by the client's clock, and by a shift up to the limit of 10 s and beyond. */
static void setting_the_clock_ends_the_period(void **state)
{
    (void)state;
    demand_of_a_quarter();
    does("C3 01 C1 " CLOCK "06 01 10 00 0A", DONE);
    shows("C0 01 C1 " DEMAND("1") "05 00", "11 01");
    does("C1 01 C1 " CLOCK "02 00 09 0C 07 EA 07 01 03 0C 10 00 00 FF C4 00", OK);
    shows("C0 01 C1 " DEMAND("1") "05 00", "11 06");
    shows("C0 01 C1 " DEMAND("1") "06 00", TIME("0B", "10", "00"));
    shows("C0 01 C1 " DEMAND("1") "07 00", TIME("0C", "10", "00"));
    does("C3 01 C1 " CLOCK "06 01 10 FF F5", DONE); /* 11 s back */
    shows("C0 01 C1 " DEMAND("1") "05 00", "11 05");
    shows("C0 01 C1 " DEMAND("1") "06 00", TIME("0C", "10", "00"));
    does("C3 01 C1 " CLOCK "01 01 0F 00", DONE); /* to the quarter: 49 s back */
    shows("C0 01 C1 " DEMAND("1") "06 00", TIME("0C", "0F", "31"));
    shows("C0 01 C1 " MAXIMUM("1") "02 00", "06 00 00 01 90");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(partners_of_each_association, start),
        cmocka_unit_test_setup(object_list_without_rights, start),
        cmocka_unit_test_setup(object_list_of_some_classes, start),
        cmocka_unit_test_setup(object_list_of_some_objects, start),
        cmocka_unit_test_setup(object_list_by_a_wrong_selector, start),
        cmocka_unit_test_setup(object_list_by_selector_in_blocks, start),
        cmocka_unit_test_setup(names_of_context_and_mechanism, start),
        cmocka_unit_test_setup(context_as_negotiated, start),
        cmocka_unit_test_setup(status_is_that_of_the_caller, start),
        cmocka_unit_test_setup(there_is_no_security_setup, start),
        cmocka_unit_test_setup(a_secret_is_changed_for_the_next_association, start),
        cmocka_unit_test_setup(a_secret_has_1_to_16_octets, start),
        cmocka_unit_test_setup(a_secret_is_never_told, start),
        cmocka_unit_test_setup(one_logical_device, start),
        cmocka_unit_test_setup(identification, start),
        cmocka_unit_test_setup(ids_can_be_set_up_to_their_lengths, start),
        cmocka_unit_test_setup(the_reference_voltage_can_be_set, start),
        cmocka_unit_test_setup(a_register_shows_its_quantity, start),
        cmocka_unit_test_setup(nobody_resets_energy, start),
        cmocka_unit_test_setup(the_clock_shows_local_time, start),
        cmocka_unit_test_setup(the_defaults_of_the_clock, start),
        cmocka_unit_test_setup(the_time_is_set_in_local_time_in_utc_or_without_deviation, start),
        cmocka_unit_test_setup(a_bad_time_is_refused, start),
        cmocka_unit_test_setup(settings_of_the_clock_are_set, start),
        cmocka_unit_test_setup(bad_settings_of_the_clock_are_refused, start),
        cmocka_unit_test_setup(the_clock_is_adjusted, start),
        cmocka_unit_test_setup(a_time_is_preset, start),
        cmocka_unit_test_setup(a_clock_that_lost_its_time_says_so, start),
        cmocka_unit_test_setup(the_reader_sets_nothing, start),
        cmocka_unit_test_setup(changes_count_once_in_an_association, start),
        cmocka_unit_test_setup(the_defaults_of_the_ports, start),
        cmocka_unit_test_setup(passwords_of_the_port_are_never_told, start),
        cmocka_unit_test_setup(the_hdlc_setup_is_set_within_its_limits, start),
        cmocka_unit_test_setup(the_two_hdlc_setups_are_apart, start),
        cmocka_unit_test_setup(the_local_port_is_set_within_its_limits, start),
        cmocka_unit_test_setup(passwords_of_the_port_are_texts_of_its_protocol, start),
        cmocka_unit_test_setup(what_was_there_already_is_no_change, start),
        cmocka_unit_test_setup(the_time_is_no_parameter, start),
        cmocka_unit_test_setup(demand_before_anything_was_measured, start),
        cmocka_unit_test_setup(demand_and_its_maximum, start),
        cmocka_unit_test_setup(md_reset_adds_the_maxima_up, start),
        cmocka_unit_test_setup(the_reader_resets_maxima_and_nothing_else, start),
        cmocka_unit_test_setup(one_maximum_is_reset, start),
        cmocka_unit_test_setup(methods_of_a_demand, start),
        cmocka_unit_test_setup(period_and_number_are_one_setting_of_all, start),
        cmocka_unit_test_setup(settings_of_the_demand_outside_their_limits, start),
        cmocka_unit_test_setup(setting_the_clock_ends_the_period, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
