/* What a client sets about events, APDU by APDU, and what the meter notes about clients that it refuses: masks, alarms,
 * the battery's date, passwords. Octets of the object model, sections 1.9 to 1.11, 6.2 and 7, and worked out by hand.
 */
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

#define START_S INT64_C(836215650) /* 2026-07-01T10:07:30Z */

#define OK    "C5 01 C1 00"
#define TYPE  "C5 01 C1 0C"
#define OTHER "C5 01 C1 FA"

#define BATTERY_DATE   "00 01 00 00 60 06 05 FF "
#define BATTERY_USE    "00 03 00 00 60 06 00 FF "
#define STANDARD_MASK  "00 01 00 00 60 32 29 FF "
#define QUALITY_MASK   "00 01 00 00 60 32 28 FF "
#define ALARMS_1       "00 01 00 00 61 62 00 FF "
#define FILTER_1       "00 01 00 00 61 62 0A FF "
#define CHANGES        "00 01 00 00 60 02 00 FF "
#define FRAUD_CODE     "00 01 00 00 60 0B 01 FF "
#define REFUSED_LOGINS "00 01 00 00 60 32 1E FF "
#define DAILY_PROFILE  "00 07 01 00 63 02 00 FF "
#define ALL_BITS       "04 82 01 00 " /* 256 bits, the length in its long form: another form is another size */
#define NO_OCTETS_32   "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"

static struct board board;
static struct meter meter;
static struct cosem_device device;
static struct cosem_server server;

static void power_up(void)
{
    static const struct identity identity = { .serial_number = "12345678" };
    assert_int_equal(meter_init(&meter, &board, &identity, &metrology_nominal, 8000), STATUS_OK);
    model_init(&device, &meter);
    cosem_server_init(&server, &device);
}

static int start(void **state)
{
    (void)state;
    board = (struct board){ .rtc_kept = true, .rtc_s = START_S };
    power_up();
    client_open(&server, 48, "00000002", 1024);
    return 0;
}

static void reads(const char *object, const char *value)
{
    char request[64];
    char answer[256];
    snprintf(request, sizeof request, "C0 01 C1 %s 02 00", object);
    snprintf(answer, sizeof answer, "C4 01 C1 00 %s", value);
    client_exchange(&server, request, answer);
}

static void sets(const char *object, const char *value, const char *answer)
{
    char request[256];
    snprintf(request, sizeof request, "C1 01 C1 %s 02 00 %s", object, value);
    client_exchange(&server, request, answer);
}

/* An AARQ of the reader with this password, eight characters. True if it was accepted. */
static bool login(const char *password)
{
    uint8_t aarq[96];
    size_t size = octets_of("60 36 A1 09 06 07 60 85 74 05 08 01 01 8A 02 07 80 8B 07 60 85 74 05 08 02 01 AC 0A 80 08 "
                            "00 00 00 00 00 00 00 00 BE 10 04 0E 01 00 00 00 06 5F 1F 04 00 00 7E 1F 04 00",
                            aarq, sizeof aarq);
    const uint8_t *aare = NULL;
    memcpy(aarq + 30, password, 8);
    cosem_server_open(&server, 32);
    size = cosem_server_request(&server, aarq, size, board.time_ms, &aare);
    static const uint8_t accepted[] = { 0xa2, 3, 2, 1, 0 }; /* behind tag, length and the application context */
    assert_true(size > 18 && aare[0] == 0x61);
    return memcmp(aare + 13, accepted, sizeof accepted) == 0;
}

static void the_battery_has_a_date(void **state)
{
    (void)state;
    meter.supply.battery_use_s = 5000;
    reads(BATTERY_USE, "06 00 00 13 88");
    sets(BATTERY_DATE, "09 0C 07 EA 06 1E 02 0C 00 00 00 FF C4 00", OK);
    reads(BATTERY_DATE, "09 0C 07 EA 06 1E 02 0C 00 00 00 FF C4 00");
    reads(BATTERY_USE, "06 00 00 00 00");
    sets(BATTERY_DATE, "12 07 EA", TYPE);
    sets(BATTERY_DATE, "09 0C 07 EA 0D 1E 02 0C 00 00 00 FF C4 00", OTHER); /* month 13 */
    reads(BATTERY_DATE, "09 0C 07 EA 06 1E 02 0C 00 00 00 FF C4 00");
}

static void masks_are_set_whole(void **state)
{
    (void)state;
    sets(QUALITY_MASK, ALL_BITS NO_OCTETS_32, OK);
    reads(QUALITY_MASK, ALL_BITS NO_OCTETS_32);
    sets(QUALITY_MASK, "04 08 FF", OTHER); /* 8 bits */
    sets(QUALITY_MASK, "09 01 FF", TYPE);
    reads(QUALITY_MASK, ALL_BITS NO_OCTETS_32);
    power_up();
    client_open(&server, 48, "00000002", 1024);
    reads(QUALITY_MASK, ALL_BITS NO_OCTETS_32);
}

static void what_a_mask_holds_back_is_not_logged(void **state)
{
    (void)state;
    sets(STANDARD_MASK, ALL_BITS NO_OCTETS_32, OK);
    assert_int_equal(meter.events.logs[EVENT_LOG_STANDARD].code, 47); /* the change itself cannot be held back */
    uint32_t before = meter.events.logs[EVENT_LOG_STANDARD].count;
    event_raise(&meter, EVENT_BILLING_ON_DEMAND, 0);
    assert_int_equal(meter.events.logs[EVENT_LOG_STANDARD].code, 47);
    assert_int_equal(meter.events.logs[EVENT_LOG_STANDARD].count, before);
}

static void alarms_are_acknowledged(void **state)
{
    (void)state;
    uint32_t before = meter.events.alarm.words[ALARM_REGISTER_1];
    event_raise(&meter, EVENT_LOGIN_FAILED, 0); /* bit 13 */
    assert_int_equal(meter.events.alarm.words[ALARM_REGISTER_1], before | 0x2000);
    sets(ALARMS_1, "06 FF FF FF FF", OK); /* writing 1 leaves */
    assert_int_equal(meter.events.alarm.words[ALARM_REGISTER_1], before | 0x2000);
    sets(ALARMS_1, "06 FF FF DF FF", OK); /* writing 0 clears */
    assert_int_equal(meter.events.alarm.words[ALARM_REGISTER_1], before);
    sets(ALARMS_1, "12 00 00", TYPE);
}

static void a_filter_is_a_parameter_an_acknowledgement_is_none(void **state)
{
    (void)state;
    sets(ALARMS_1, "06 00 00 00 00", OK);
    reads(CHANGES, "06 00 00 00 00");
    sets(FILTER_1, "06 00 00 00 01", OK);
    reads(FILTER_1, "06 00 00 00 01");
    reads(CHANGES, "06 00 00 00 01");
}

static void wrong_passwords_are_counted(void **state)
{
    (void)state;
    assert_false(login("00000009"));
    assert_false(login("00000009"));
    client_open(&server, 32, "00000001", 1024);
    reads(REFUSED_LOGINS, "06 00 00 00 02");
    reads(FRAUD_CODE, "11 00");
}

/* Event 46, then 253. */
static void the_fifth_locks_out(void **state)
{
    (void)state;
    uint32_t before = meter.events.logs[EVENT_LOG_FRAUD].count;
    for (unsigned i = 0; i < 5; i++) {
        assert_false(login("00000009"));
    }
    assert_false(login("00000001")); /* the right one is of no use now */
    client_open(&server, 48, "00000002", 1024);
    reads(REFUSED_LOGINS, "06 00 00 00 05");
    reads(FRAUD_CODE, "11 FD");
    assert_int_equal(meter.events.logs[EVENT_LOG_FRAUD].count, before + 2);
    board.time_ms += 15 * 60 * 1000 + 1;
    assert_true(login("00000001"));
}

/* docs/SECURITY.md: the contact counts only with the meter cover open, and only at a power-up. */
static void the_reset_contact_brings_the_passwords_of_the_factory(void **state)
{
    (void)state;
    client_exchange(&server, "C1 01 C1 00 0F 00 00 28 00 02 FF 07 00 09 08 31 32 33 34 35 36 37 38", OK);
    power_up();
    assert_false(login("00000001"));
    assert_true(login("12345678"));
    board.reset_contact = true;
    board.has_sensor[BOARD_METER_COVER] = true;
    power_up();
    assert_true(login("12345678"));
    board.sensor_active[BOARD_METER_COVER] = true;
    power_up();
    assert_true(login("00000001"));
    assert_false(login("12345678"));
}

/* No password opens, not the factory's either; the contact brings it back. */
static void a_rotten_password_opens_nothing(void **state)
{
    (void)state;
    uint8_t *octets = test_board_flash(&board)->octets;
    client_exchange(&server, "C1 01 C1 00 0F 00 00 28 00 02 FF 07 00 09 08 31 32 33 34 35 36 37 38", OK);
    while (memcmp(octets, "12345678", 8) != 0) {
        octets++;
    }
    octets[2] ^= 8;
    power_up();
    assert_false(login("00000001"));
    assert_false(login("12345678"));
    board.reset_contact = true;
    board.has_sensor[BOARD_METER_COVER] = true;
    board.sensor_active[BOARD_METER_COVER] = true;
    power_up();
    assert_true(login("00000001"));
}

static void the_daily_profile_is_emptied(void **state)
{
    (void)state;
    meter_step(&meter);
    board.rtc_s += 86400;
    meter_step(&meter);
    client_exchange(&server, "C0 01 C1 " DAILY_PROFILE "07 00", "C4 01 C1 00 06 00 00 00 01");
    client_exchange(&server, "C3 01 C1 " DAILY_PROFILE "01 01 0F 00", "C7 01 C1 00 00");
    client_exchange(&server, "C0 01 C1 " DAILY_PROFILE "07 00", "C4 01 C1 00 06 00 00 00 00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_battery_has_a_date, start),
        cmocka_unit_test_setup(masks_are_set_whole, start),
        cmocka_unit_test_setup(what_a_mask_holds_back_is_not_logged, start),
        cmocka_unit_test_setup(alarms_are_acknowledged, start),
        cmocka_unit_test_setup(a_filter_is_a_parameter_an_acknowledgement_is_none, start),
        cmocka_unit_test_setup(wrong_passwords_are_counted, start),
        cmocka_unit_test_setup(the_fifth_locks_out, start),
        cmocka_unit_test_setup(a_rotten_password_opens_nothing, start),
        cmocka_unit_test_setup(the_reset_contact_brings_the_passwords_of_the_factory, start),
        cmocka_unit_test_setup(the_daily_profile_is_emptied, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
