/* A whole meter and its firmware: transfer and activation APDU by APDU (octets of DLMS UA 1000-1, class_id 18, 9 and
 * 22), trial, confirmation and the way back, the activation at a time, and what a new version shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "app/app.h"
#include "client.h"
#include "host/image_file.h"
#include "model/model.h"
#include "test_board.h"

/* 2026-07-01T10:07:30Z, a Wednesday: 11:07:30 in winter time, UTC+1. */
#define START_S INT64_C(836215650)

#define IMAGE     "00 12 00 00 2C 00 00 FF "
#define SCHEDULE  "00 16 00 00 0F 00 02 FF "
#define SCRIPTS   "00 09 00 00 0A 00 6B FF "
#define ENABLE    "C1 01 C1 " IMAGE "05 00 03 01"
#define STATUS(n) "C0 01 C1 " IMAGE "06 00", "C4 01 C1 00 16 0" n
#define VERIFY    "C3 01 C1 " IMAGE "03 01 0F 00"
#define ACTIVATE  "C3 01 C1 " IMAGE "04 01 0F 00"

#define SET_OK     "C5 01 C1 00"
#define SET_OTHER  "C5 01 C1 FA"
#define SET_TYPE   "C5 01 C1 0C"
#define DONE       "C7 01 C1 00 00"
#define ACT_BUSY   "C7 01 C1 02 00"
#define ACT_DENIED "C7 01 C1 03 00"
#define ACT_TYPE   "C7 01 C1 0C 00"
#define ACT_OTHER  "C7 01 C1 FA 00"

#define TABLE "welcome HELLO 2\npage 1.0.32.7.0.255\npage 9.9.9.9.9.9\npage 1.0.1.8.0.255\n"

static const struct image_version version_2 = { 2, 30, 456 };

static struct board board;
static struct app app;
static struct cosem_server server;
static struct identity identity = { .serial_number = "12345678", .firmware_signature = { 1, 2, 3 } };
static struct image_key own;
static struct image_key foreign;
static uint8_t image[IMAGE_SIZE(IMAGE_TABLE_MAX)];
static uint32_t image_octets;

static void exchange(const char *request, const char *answer)
{
    client_exchange(&server, request, answer);
}

static void open_client(uint16_t sap, const char *password)
{
    cosem_server_init(&server, &app.device);
    cosem_server_open(&server, sap);
    client_open(&server, sap, password, 1024);
}

static void power_up(void)
{
    assert_int_equal(app_init(&app, &board, &identity, &metrology_nominal, 8000), STATUS_OK);
    open_client(48, "00000002");
}

static void cut_the_power(void)
{
    power_up();
}

static void idle(void)
{
    while (app_step(&app)) {
    }
}

static void run_for(int64_t seconds)
{
    for (int64_t i = 0; i < seconds; i++) {
        board.rtc_s++;
        board.time_ms += 1000;
        idle();
    }
}

static int start(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof own.secret; i++) {
        own.secret[i] = (uint8_t)(i + 1);
        foreign.secret[i] = (uint8_t)(i + 2);
    }
    assert_true(image_key_complete(&own) && image_key_complete(&foreign));
    memcpy(identity.image_key, own.point, sizeof own.point);
    board = (struct board){ .rtc_kept = true, .rtc_s = START_S };
    power_up();
    idle();
    return 0;
}

static void make_image(const char *table, const struct image_version *version, const struct image_key *key)
{
    struct image_header header = {
        .kind = IMAGE_TABLE, .version = *version, .hardware = "HW-1.0", .identifier = "new"
    };
    assert_true(image_file_build(header, (const uint8_t *)table, (uint32_t)strlen(table), key, image));
    image_octets = (uint32_t)IMAGE_SIZE(strlen(table));
}

/* Requests of which a part is not constant. */
static void initiate(const char *answer)
{
    char request[100];
    snprintf(request, sizeof request, "C3 01 C1 " IMAGE "01 01 02 02 09 03 41 42 43 06 %08X", image_octets);
    exchange(request, answer);
    idle();
}

static void send_block(uint32_t number, uint32_t size, const char *answer)
{
    char request[600];
    int used = snprintf(request, sizeof request, "C3 01 C1 " IMAGE "02 01 02 02 06 %08X 09 %s%02X", number,
                        size > 127 ? "81" : "", size);
    for (uint32_t i = 0; i < size; i++) {
        used += snprintf(request + used, sizeof request - (size_t)used, "%02X", image[number * 128 + i]);
    }
    exchange(request, answer);
}

static void send_blocks(void)
{
    for (uint32_t at = 0; at < image_octets; at += 128) {
        send_block(at / 128, image_octets - at < 128 ? image_octets - at : 128, DONE);
    }
}

static void transfer(void)
{
    exchange(ENABLE, SET_OK);
    initiate(DONE);
    send_blocks();
    exchange(VERIFY, ACT_BUSY);
    exchange(STATUS("2"));
    idle();
}

/* And into the trial. */
static void update(void)
{
    make_image(TABLE, &version_2, &own);
    transfer();
    exchange(ACTIVATE, DONE);
    idle();
    assert_true(board.restarts > 0);
    power_up();
}

static void is_version_2(bool expected)
{
    if (expected) {
        exchange("C0 01 C1 00 01 01 00 00 02 00 FF 02 00", "C4 01 C1 00 09 0C 4D 54 52 2D 32 2E 33 30 2E 34 35 36");
    } else {
        assert_int_equal(strncmp(app.meter.firmware.id, "MTR-", 4), 0);
        assert_int_not_equal(strcmp(app.meter.firmware.id, "MTR-2.30.456"), 0);
    }
}

static uint8_t last_event(void)
{
    return app.meter.events.logs[EVENT_LOG_STANDARD].code;
}

/* Tests ------------------------------------------------------------------------------------------------------ */

static void a_new_meter_is_what_it_was_built_as(void **state)
{
    (void)state;
    is_version_2(false);
    assert_memory_equal(app.meter.firmware.digest, identity.firmware_signature, 32);
    exchange("C0 01 C1 " IMAGE "02 00", "C4 01 C1 00 06 00 00 00 80");
    exchange("C0 01 C1 " IMAGE "03 00", "C4 01 C1 00 04 00");
    exchange("C0 01 C1 " IMAGE "04 00", "C4 01 C1 00 06 00 00 00 00");
    exchange("C0 01 C1 " IMAGE "05 00", "C4 01 C1 00 03 00");
    exchange(STATUS("0"));
    exchange("C0 01 C1 " IMAGE "07 00", "C4 01 C1 00 01 00");
    exchange("C0 01 C1 " SCHEDULE "04 00", "C4 01 C1 00 01 00");
    exchange("C0 01 C1 00 01 00 00 60 02 0D FF 02 00", "C4 01 C1 00 09 0C FF FF FF FF FF FF FF FF FF 80 00 FF");
}

static void an_update_shows_itself(void **state)
{
    (void)state;
    update();
    exchange(STATUS("5"));
    is_version_2(true);
    struct image_file_facts facts;
    assert_int_equal(image_file_read(image, image_octets, &facts), STATUS_OK);
    assert_memory_equal(app.meter.firmware.digest, facts.header.payload_digest, 32);
    run_for(5); /* full test */
    assert_int_equal(app.meter.display.mode, DISPLAY_TEST);
    run_for(1);
    assert_int_equal(app.meter.display.mode, DISPLAY_WELCOME);
    run_for(5);
    const uint8_t voltage[] = { 1, 0, 32, 7, 0, 255 };
    const uint8_t energy[] = { 1, 0, 1, 8, 0, 255 };
    assert_memory_equal(app.meter.display.entry.obis, voltage, 6);
    run_for(5);
    assert_memory_equal(app.meter.display.entry.obis, energy, 6);
    run_for(5);
    assert_memory_equal(app.meter.display.entry.obis, voltage, 6);
}

static void the_list_of_a_client_is_stronger(void **state)
{
    (void)state;
    const char list[] = "00 07 00 00 15 00 01 FF 03 00 ";
    char request[200];
    snprintf(request, sizeof request, "C1 01 C1 %s01 01 02 04 12 00 03 09 06 01 00 0E 07 00 FF 0F 02 12 00 00", list);
    exchange(request, SET_OK);
    update();
    snprintf(request, sizeof request, "C0 01 C1 %s", list);
    exchange(request, "C4 01 C1 00 01 01 02 04 12 00 03 09 06 01 00 0E 07 00 FF 0F 02 12 00 00");
    snprintf(request, sizeof request,
             "C1 01 C1 %s01 02 02 04 12 00 03 09 06 01 00 20 07 00 FF 0F 02 12 00 00"
             "02 04 12 00 03 09 06 01 00 01 08 00 FF 0F 02 12 00 00",
             list);
    exchange(request, SET_OK); /* what is the default anyway is no list of its own */
    assert_false(app.meter.display_setup.own[DISPLAY_LIST_SCROLL].set);
}

static void a_minute_confirms(void **state)
{
    (void)state;
    update();
    int64_t begin_s = board.rtc_s;
    run_for(59);
    assert_true(app.meter.firmware.slots.record.trial);
    initiate(ACT_BUSY); /* the old version is the way back */
    run_for(2);
    exchange(STATUS("6"));
    assert_int_equal(last_event(), 18);
    assert_int_equal(app.meter.firmware.activated_s, begin_s + 60);
    exchange("C0 01 C1 00 01 00 00 60 02 0D FF 02 00", "C4 01 C1 00 09 0C 07 EA 07 01 03 0B 08 1E .. FF C4 00");
    uint32_t events = app.meter.events.logs[EVENT_LOG_STANDARD].count;
    for (unsigned i = 0; i < 5; i++) {
        cut_the_power();
        run_for(1);
        is_version_2(true);
    }
    assert_int_equal(app.meter.firmware.activated_s, begin_s + 60);
    run_for(100);
    assert_int_equal(app.meter.events.logs[EVENT_LOG_STANDARD].count, events + 2 * 5); /* 1 and 2 of each cut */
    initiate(DONE);
}

static void a_fault_does_not_confirm(void **state)
{
    (void)state;
    update();
    app.meter.supervision.selftest.program_bad = true;
    run_for(100);
    exchange(STATUS("5"));
    app.meter.supervision.selftest.program_bad = false;
    app.meter.supervision.selftest.ram_bad = true;
    run_for(100);
    exchange(STATUS("5"));
}

static void what_is_not_confirmed_goes_back(void **state)
{
    (void)state;
    update();
    for (unsigned i = 0; i < 2; i++) {
        run_for(59);
        is_version_2(true);
        cut_the_power();
    }
    run_for(59);
    is_version_2(true);
    cut_the_power();
    is_version_2(false);
    assert_memory_equal(app.meter.firmware.digest, identity.firmware_signature, 32);
    exchange(STATUS("7"));
    run_for(100);
    assert_int_equal(app.meter.firmware.activated_s, 0);
    assert_int_equal(app.meter.display_setup.welcome[0], 0);
    update(); /* and again */
    is_version_2(true);
}

static void events_tell_of_the_verification(void **state)
{
    (void)state;
    const struct image_version old = { 0, 0, 1 };
    make_image(TABLE, &version_2, &own);
    transfer();
    exchange(STATUS("3"));
    assert_int_equal(last_event(), 17);
    exchange(VERIFY, DONE);
    for (unsigned i = 0; i < 3; i++) {
        make_image(TABLE, i == 0 ? &old : &version_2, i == 1 ? &foreign : &own);
        if (i == 2) { /* the made-up signature of nobody */
            memset(image + image_octets - 64, 0, 64);
        }
        transfer();
        exchange(STATUS("4"));
        assert_int_equal(last_event(), 51);
        exchange(VERIFY, ACT_OTHER);
        exchange(ACTIVATE, ACT_DENIED);
        exchange("C3 01 C1 " SCRIPTS "01 01 12 00 01", ACT_DENIED);
        exchange("C0 01 C1 " IMAGE "07 00", "C4 01 C1 00 01 00");
    }
    assert_int_equal(board.restarts, 0);
    cut_the_power();
    is_version_2(false);
}

static void without_a_key_nothing_is_taken(void **state)
{
    (void)state;
    memset(identity.image_key, 0, sizeof identity.image_key);
    power_up();
    make_image(TABLE, &version_2, &own);
    transfer();
    exchange(STATUS("4"));
}

static void what_is_to_be_activated(void **state)
{
    (void)state;
    char answer[400];
    make_image("welcome A\n", &version_2, &own);
    transfer();
    int used = snprintf(answer, sizeof answer, "C4 01 C1 00 01 01 02 03 06 00 00 01 %02X 09 03 6E 65 77 09 40",
                        image_octets - 256);
    for (unsigned i = 0; i < 64; i++) {
        used += snprintf(answer + used, sizeof answer - (size_t)used, " %02X", image[image_octets - 64 + i]);
    }
    exchange("C0 01 C1 " IMAGE "07 00", answer);
    exchange("C0 01 C1 " SCRIPTS "02 00",
             "C4 01 C1 00 01 01 02 02 12 00 01 01 01 02 05 16 02 12 00 12 09 06 00 00 2C 00 00 "
             "FF 0F 04 0F 00");
    exchange("C3 01 C1 " SCRIPTS "01 01 12 00 02", ACT_OTHER);
    exchange("C3 01 C1 " SCRIPTS "01 01 0F 01", ACT_TYPE);
    exchange("C3 01 C1 " SCRIPTS "01 01 12 00 01", DONE);
    exchange(STATUS("5"));
    idle();
    assert_true(board.restarts > 0);
}

static void refusals_change_nothing(void **state)
{
    (void)state;
    make_image(TABLE, &version_2, &own);
    initiate(ACT_DENIED); /* not enabled */
    exchange(STATUS("0"));
    exchange("C1 01 C1 " IMAGE "05 00 11 01", SET_TYPE);
    exchange("C1 01 C1 " IMAGE "06 00 16 03", "C5 01 C1 03");
    exchange(ENABLE, SET_OK);
    exchange("C3 01 C1 " IMAGE "01 01 02 02 09 00 06 00 00 01 00", ACT_OTHER);    /* no identifier */
    exchange("C3 01 C1 " IMAGE "01 01 02 02 09 01 41 06 00 00 00 00", ACT_OTHER); /* of nothing */
    exchange("C3 01 C1 " IMAGE "01 01 02 02 09 01 41 06 00 07 F8 01", ACT_OTHER); /* one too many */
    exchange("C3 01 C1 " IMAGE "01 01 02 02 09 01 41 06 FF FF FF FF", ACT_OTHER);
    exchange("C3 01 C1 " IMAGE "01 01 02 02 0A 01 41 06 00 00 01 00", ACT_TYPE);
    exchange("C3 01 C1 " IMAGE "01 01 02 02 09 01 41 12 01 00", ACT_TYPE);
    exchange("C3 01 C1 " IMAGE "01 01 02 03 09 01 41 06 00 00 01 00 11 00", ACT_TYPE);
    exchange("C3 01 C1 " IMAGE "01 01 02 01 09 01 41", ACT_TYPE);
    exchange("C3 01 C1 " IMAGE "01 00", ACT_TYPE);
    exchange("C3 01 C1 " IMAGE "03 01 0F 01", ACT_OTHER);
    exchange("C3 01 C1 " IMAGE "05 01 0F 00", ACT_DENIED); /* there is no such method */
    exchange(STATUS("0"));
    send_block(0, 128, ACT_DENIED); /* not initiated */
    exchange(VERIFY, ACT_DENIED);
    exchange(ACTIVATE, ACT_DENIED);
    initiate(DONE);
    send_block(0, 127, ACT_OTHER);
    send_block(image_octets / 128, 128, ACT_OTHER); /* the last one is shorter */
    send_block(image_octets / 128 + 1, 128, ACT_OTHER);
    exchange("C3 01 C1 " IMAGE "02 01 02 02 06 00 00 00 00 0A 01 41", ACT_TYPE);
    exchange("C3 01 C1 " IMAGE "02 01 02 02 12 00 00 09 01 41", ACT_TYPE);
    exchange("C3 01 C1 " IMAGE "02 01 02 03 06 00 00 00 00 09 01 41 11 00", ACT_TYPE);
    exchange("C0 01 C1 " IMAGE "03 00", "C4 01 C1 00 04 04 00");
    exchange(VERIFY, ACT_DENIED); /* blocks are missing */
    exchange(STATUS("1"));
    send_block(1, 128, DONE);
    send_block(1, 128, DONE); /* the same again */
    image[128] ^= 1;
    send_block(1, 128, ACT_DENIED); /* another one */
    exchange("C0 01 C1 " IMAGE "03 00", "C4 01 C1 00 04 04 40");
    exchange("C0 01 C1 " IMAGE "04 00", "C4 01 C1 00 06 00 00 00 00");
    exchange("C1 01 C1 " IMAGE "05 00 03 00", SET_OK);
    send_block(0, 128, ACT_DENIED);
    exchange(VERIFY, ACT_DENIED);
    assert_int_equal(board.restarts, 0);
}

static void a_reader_only_reads(void **state)
{
    (void)state;
    make_image(TABLE, &version_2, &own);
    transfer();
    open_client(32, "00000001");
    exchange(STATUS("3"));
    exchange(ACTIVATE, ACT_DENIED);
    exchange("C3 01 C1 " SCRIPTS "01 01 12 00 01", ACT_DENIED);
    initiate(ACT_DENIED);
    exchange(STATUS("3"));
}

/* The largest image there can be: 4080 blocks. */
static void a_long_bitmap_comes_in_blocks(void **state)
{
    (void)state;
    static const uint8_t obis[6] = { 0, 0, 44, 0, 0, 255 };
    static const uint16_t pdus[] = { 64, 65, 66, 68, 72, 128, 133, 200, 1024 };
    uint8_t value[600];
    exchange(ENABLE, SET_OK);
    make_image(TABLE, &version_2, &own);
    image_octets = 4080 * 128;
    initiate(DONE);
    send_block(0, 128, DONE);
    send_block(5, 128, DONE); /* any octets */
    for (unsigned i = 0; i < sizeof pdus / sizeof pdus[0]; i++) {
        cosem_server_open(&server, 48);
        client_open(&server, 48, "00000002", pdus[i]);
        assert_int_equal(client_get(&server, 18, obis, 0, value, sizeof value), 2 + 8 + 5 + 514 + 5 + 2 + 2 + 2);
        assert_int_equal(client_get(&server, 18, obis, 3, value, sizeof value), 514);
        assert_memory_equal(value, ((const uint8_t[]){ 4, 0x82, 0x0F, 0xF0, 0x84, 0x00 }), 6);
        for (unsigned at = 6; at < 514; at++) {
            assert_int_equal(value[at], 0);
        }
    }
}

/* 2026-07-01, 11:07:30 local time. */
#define AT(time, date) "C1 01 C1 " SCHEDULE "04 00 01 01 02 02 09 04 " time " 09 05 " date

static void a_time_is_set_and_shown(void **state)
{
    (void)state;
    exchange("C0 01 C1 " SCHEDULE "02 00", "C4 01 C1 00 02 02 09 06 00 00 0A 00 6B FF 12 00 01");
    exchange("C0 01 C1 " SCHEDULE "03 00", "C4 01 C1 00 16 01");
    exchange(AT("0B 07 1E 00", "07 EA 07 01 03"), SET_OTHER); /* now */
    exchange(AT("0B 07 1F 00", "07 E9 07 01 FF"), SET_OTHER); /* past */
    exchange(AT("00 00 00 00", "FF FF FF 01 FF"), SET_OTHER); /* wildcards */
    exchange(AT("0B FF 00 00", "07 EA 07 02 FF"), SET_OTHER);
    exchange(AT("0B 07 1E 00", "07 EA 02 1D FF"), SET_OTHER); /* no such day */
    exchange(AT("0B 07 1F 00", "07 EA 07 01 04"), SET_OTHER); /* no Thursday */
    exchange("C1 01 C1 " SCHEDULE "04 00 01 01 02 02 09 03 0B 07 1F 09 05 07 EA 07 02 FF", SET_OTHER);
    exchange("C1 01 C1 " SCHEDULE "04 00 01 01 02 02 12 00 00 09 05 07 EA 07 02 FF", SET_TYPE);
    exchange("C1 01 C1 " SCHEDULE "04 00 01 02 02 02 09 04 0B 07 1F 00 09 05 07 EA 07 02 FF"
             " 02 02 09 04 0B 07 1F 00 09 05 07 EA 07 02 FF",
             SET_OTHER);
    exchange("C0 01 C1 " SCHEDULE "04 00", "C4 01 C1 00 01 00");
    exchange(AT("0B 08 00 FF", "07 EA 07 01 FF"), SET_OK);
    exchange("C0 01 C1 " SCHEDULE "04 00", "C4 01 C1 00 01 01 02 02 09 04 0B 08 00 00 09 05 07 EA 07 01 03");
    cut_the_power();
    exchange("C0 01 C1 " SCHEDULE "04 00", "C4 01 C1 00 01 01 02 02 09 04 0B 08 00 00 09 05 07 EA 07 01 03");
    exchange("C1 01 C1 " SCHEDULE "04 00 01 00", SET_OK);
    exchange("C0 01 C1 " SCHEDULE "04 00", "C4 01 C1 00 01 00");
}

static void activated_at_its_time(void **state)
{
    (void)state;
    make_image(TABLE, &version_2, &own);
    transfer();
    exchange(AT("0B 08 00 00", "07 EA 07 01 FF"), SET_OK);
    run_for(29);
    exchange(STATUS("3"));
    assert_int_equal(board.restarts, 0);
    run_for(1);
    exchange(STATUS("5"));
    assert_true(board.restarts > 0);
    exchange("C0 01 C1 " SCHEDULE "04 00", "C4 01 C1 00 01 00");
    power_up();
    is_version_2(true);
    run_for(100);
    exchange(STATUS("6"));
}

static void activated_after_an_outage_over_its_time(void **state)
{
    (void)state;
    make_image(TABLE, &version_2, &own);
    transfer();
    exchange(AT("0B 08 00 00", "07 EA 07 01 FF"), SET_OK);
    run_for(10);
    board.rtc_s += INT64_C(7) * 86400;
    cut_the_power();
    is_version_2(false);
    run_for(1);
    exchange(STATUS("5"));
    assert_true(board.restarts > 0);
    power_up();
    is_version_2(true);
}

static void a_time_that_finds_nothing_is_over(void **state)
{
    (void)state;
    exchange(AT("0B 08 00 00", "07 EA 07 01 FF"), SET_OK);
    run_for(31);
    exchange("C0 01 C1 " SCHEDULE "04 00", "C4 01 C1 00 01 00");
    make_image(TABLE, &version_2, &own);
    transfer();
    run_for(100);
    exchange(STATUS("3"));
    assert_int_equal(board.restarts, 0);
}

/* An answer that does not get away: the client is not waited for longer than 5 s. */
static void the_restart_waits_for_the_answer(void **state)
{
    (void)state;
    static const uint8_t snrm[] = { 0x7E, 0xA0, 0x07, 0x03, 0x21, 0x93, 0x0F, 0x01, 0x7E };
    struct test_line *line = &board.from_meter[BOARD_BLUETOOTH];
    make_image(TABLE, &version_2, &own);
    transfer();
    memcpy(board.to_meter[BOARD_BLUETOOTH].octets, snrm, sizeof snrm);
    board.to_meter[BOARD_BLUETOOTH].size = sizeof snrm;
    line->size = sizeof line->octets; /* full */
    idle();
    exchange(ACTIVATE, DONE);
    for (unsigned i = 0; i < 50; i++) {
        idle();
        assert_int_equal(board.restarts, 0);
        board.time_ms += 99;
    }
    struct app stuck = app;
    line->size = 0; /* taken at last */
    idle();
    assert_true(line->size > 0);
    assert_true(board.restarts > 0);
    board.restarts = 0;
    line->size = sizeof line->octets; /* never taken */
    app = stuck;
    idle();
    assert_int_equal(board.restarts, 0);
    board.time_ms += 100;
    idle();
    assert_true(board.restarts > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_new_meter_is_what_it_was_built_as, start),
        cmocka_unit_test_setup(an_update_shows_itself, start),
        cmocka_unit_test_setup(the_list_of_a_client_is_stronger, start),
        cmocka_unit_test_setup(a_minute_confirms, start),
        cmocka_unit_test_setup(a_fault_does_not_confirm, start),
        cmocka_unit_test_setup(what_is_not_confirmed_goes_back, start),
        cmocka_unit_test_setup(events_tell_of_the_verification, start),
        cmocka_unit_test_setup(without_a_key_nothing_is_taken, start),
        cmocka_unit_test_setup(what_is_to_be_activated, start),
        cmocka_unit_test_setup(refusals_change_nothing, start),
        cmocka_unit_test_setup(a_reader_only_reads, start),
        cmocka_unit_test_setup(a_long_bitmap_comes_in_blocks, start),
        cmocka_unit_test_setup(a_time_is_set_and_shown, start),
        cmocka_unit_test_setup(activated_at_its_time, start),
        cmocka_unit_test_setup(activated_after_an_outage_over_its_time, start),
        cmocka_unit_test_setup(a_time_that_finds_nothing_is_over, start),
        cmocka_unit_test_setup(the_restart_waits_for_the_answer, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
