/* A whole meter, cut at every flash operation of whatever it is doing, with every way of tearing it; then it is started
 * again. What a client could read is, attribute by attribute, what it would have read if the power had gone just
 * before, or just after: old or new, never a third. What was promised (a SET that was answered) is new. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/app.h"
#include "host/image_file.h"
#include "model/model.h"
#include "test_board.h"

enum { ATTRIBUTES_MAX = 4096, LOG_ROWS_MAX = 1024, SEEDS = 8, TEARS = 4 + SEEDS };

#define NJ_PER_WH INT64_C(3600000000000)
#define START_S   INT64_C(851990400) /* 2026-12-31T00:00:00Z */

/* 2027-01-01T00:00:00 local time: 2026-12-31T23:00:00Z */
#define MONTH_END_S INT64_C(852073200)

static struct identity identity = { .serial_number = "12345678" };

static struct board board;
static struct app app;
static uint32_t voltage_uv;  /* on the line, from second to second */
static bool looks_at_alarms; /* whether the scenario sets alarm words itself, and no event of it does */

/* What a client could read --------------------------------------------------------- */

/* A hash for each readable attribute of every object, a long value as a whole; and one for each row of the logs. */
struct view {
    uint32_t count;
    uint64_t hashes[ATTRIBUTES_MAX];
    uint32_t row_count;
    uint64_t rows[LOG_ROWS_MAX];
    uint32_t rows_of[EVENT_PROFILES]; /* how many of them are in each log */
};

static uint64_t hash_of(uint64_t hash, const uint8_t *octets, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ octets[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

/* What says that the power was away, or the clock set: a period that ends after the cut is the same one all the same.
 */
static uint8_t power_bits(const struct cosem_object *o, uint8_t attribute)
{
    if ((o->ic->id == 4 && attribute == 4) || (o->ic->id == 5 && attribute == 5)) {
        return DEMAND_POWER_DOWN | DEMAND_INCOMPLETE;
    }
    return o->obis[2] == 96 && o->obis[3] == 10 ? LOAD_PROFILE_PDN | LOAD_PROFILE_CAD : 0;
}

static uint64_t read_attribute(const struct cosem_object *o, uint8_t attribute)
{
    static struct cosem_association association;
    uint8_t octets[COSEM_PDU_MAX + COSEM_ELEMENT_MAX];
    uint64_t hash = UINT64_C(14695981039346656037);
    association = (struct cosem_association){ .type = &model_associations[CLIENT_ADMINISTRATOR],
                                              .device = &app.device,
                                              .client_sap = 48 };
    struct cosem_request r = { .device = &app.meter, .association = &association };
    do {
        struct axdr_writer out;
        axdr_writer_init(&out, octets, sizeof octets, COSEM_PDU_MAX);
        r.more = false;
        enum status status = o->ic->get(&r, o, attribute, &out);
        octets[out.used - 1] &= (uint8_t) ~(unsigned)power_bits(o, attribute);
        hash = hash_of(hash, octets, out.used) + (uint64_t)(int64_t)status;
    } while (r.more);
    return hash;
}

/* An action may write several events, of which a cut leaves the first few: what follows from events is looked at row by
 * row. A list of present values has nothing of its own in its buffer. */
static bool follows(const struct cosem_object *o, uint8_t attribute)
{
    const uint8_t *c = o->obis;
    if (c[0] == 0 && c[2] == 21 && attribute == 2) {
        return true;
    }
    bool log = (c[0] == 0 && c[2] == 99 && c[3] == 98) || (c[0] == 1 && c[2] == 99 && c[3] == 97);
    bool code_or_count = c[0] == 0 && c[2] == 96 && (c[3] == 11 || (c[3] == 15 && c[4] != 0));
    return log || code_or_count || (c[0] == 0 && c[2] == 97 && !looks_at_alarms);
}

/* Every row is whole: profile_read has checked it. */
static void look_at_logs(struct view *v)
{
    v->row_count = 0;
    for (unsigned kind = 0; kind < EVENT_PROFILES; kind++) {
        struct profile *p = &app.meter.events.profiles[kind];
        struct profile_range all = profile_all(p);
        v->rows_of[kind] = 0;
        for (uint32_t sequence = all.first; sequence < all.end; sequence++) {
            uint8_t octets[FLASHLOG_ROW_MAX];
            struct profile_row row;
            enum status status = profile_read(p, &all, sequence, octets, &row);
            if (status == STATUS_UNDEFINED) { /* the place of a torn one */
                continue;
            }
            assert_int_equal(status, STATUS_OK);
            assert_true(v->row_count < LOG_ROWS_MAX);
            size_t before = (size_t)(row.columns - octets);
            uint64_t stamp = (uint64_t)row.stamp_s;
            v->rows_of[kind]++;
            v->rows[v->row_count++] = hash_of(stamp << 8 | kind, row.columns, p->log.row_size - before);
        }
    }
}

static bool has_row(const struct view *v, uint64_t row)
{
    for (uint32_t i = 0; i < v->row_count; i++) {
        if (v->rows[i] == row) {
            return true;
        }
    }
    return false;
}

/* Secrets cannot be read, but they must be whole, too. */
static void look(struct view *v)
{
    v->count = 0;
    look_at_logs(v);
    for (size_t i = 0; i < model_objects.count; i++) {
        const struct cosem_object *o = &model_objects.rows[i];
        for (uint8_t n = 2; n <= o->ic->attributes; n++) {
            if (cosem_may_access(o, CLIENT_ADMINISTRATOR, n, RIGHT_GET) && !follows(o, n)) {
                assert_true(v->count < ATTRIBUTES_MAX - METER_SECRET_COUNT);
                v->hashes[v->count++] = read_attribute(o, n);
            }
        }
    }
    for (unsigned i = 0; i < METER_SECRET_COUNT; i++) {
        const struct cosem_secret *s = &app.device.secrets[CLIENT_READER + i];
        v->hashes[v->count++] = hash_of(s->size, s->octets, s->size);
    }
}

static const char *name_of(uint32_t index, char text[64])
{
    uint32_t count = 0;
    for (size_t i = 0; i < model_objects.count; i++) {
        const struct cosem_object *o = &model_objects.rows[i];
        for (uint8_t n = 2; n <= o->ic->attributes; n++) {
            if (cosem_may_access(o, CLIENT_ADMINISTRATOR, n, RIGHT_GET) && !follows(o, n) && count++ == index) {
                const uint8_t *c = o->obis;
                snprintf(text, 64, "%u-%u:%u.%u.%u*%u attribute %u", c[0], c[1], c[2], c[3], c[4], c[5], n);
                return text;
            }
        }
    }
    return "a secret";
}

/* The machine ------------------------------------------------------------------------ */

/* The flash and the board as they were, so that each cut begins at the same point. */
static struct {
    uint8_t octets[MEMORY_BLOCKS * BOARD_FLASH_BLOCK];
    struct board board;
    struct app app;
    uint32_t operations;
} saved;

static void save(void)
{
    struct nor *nor = test_board_flash(&board);
    memcpy(saved.octets, nor->octets, sizeof saved.octets);
    saved.board = board;
    saved.app = app;
    saved.operations = nor->operations;
}

static void restore(void)
{
    struct nor *nor = test_board_flash(&board);
    memcpy(nor->octets, saved.octets, sizeof saved.octets);
    board = saved.board;
    app = saved.app;
}

static void power_up(void)
{
    nor_power_on(test_board_flash(&board));
    assert_int_equal(app_init(&app, &board, &identity, &metrology_nominal, 8000), STATUS_OK);
}

static void pass_second(int64_t active_nj)
{
    struct metrology_window w = {
        .duration_us = 1000000,
        .voltage_uv = voltage_uv,
        .frequency_uhz = 50000000,
        .energy = { .active_import_nj = active_nj, .reactive_q_nj = { active_nj / 4 }, .apparent_import_nj = active_nj }
    };
    meter_add_window(&app.meter, &w);
    board.rtc_s++;
    app_step(&app);
}

static void run_for(int64_t seconds)
{
    for (int64_t i = 0; i < seconds; i++) {
        pass_second((1 + i % 7) * NJ_PER_WH / 10);
    }
}

/* Scenarios ---------------------------------------------------------------------------- */

static enum status set(const uint8_t obis[6], uint8_t attribute, const uint8_t *value, size_t size)
{
    struct cosem_association association = { .type = &model_associations[CLIENT_ADMINISTRATOR], .device = &app.device };
    struct cosem_request r = { .device = &app.meter, .association = &association };
    const struct cosem_object *o = cosem_find(&model_objects, obis);
    struct axdr_reader in;
    axdr_reader_init(&in, value, size);
    return o->ic->set(&r, o, attribute, &in);
}

static enum status act(const uint8_t obis[6], uint8_t method, const uint8_t *value, size_t size)
{
    struct cosem_association association = { .type = &model_associations[CLIENT_ADMINISTRATOR], .device = &app.device };
    struct cosem_request r = { .device = &app.meter, .association = &association };
    const struct cosem_object *o = cosem_find(&model_objects, obis);
    uint8_t octets[64];
    struct axdr_reader in;
    struct axdr_writer out;
    axdr_reader_init(&in, value, size);
    axdr_writer_init(&out, octets, sizeof octets, sizeof octets);
    return o->ic->act(&r, o, method, &in, &out);
}

#define SET(attribute, obis, ...)                                                                                      \
    do {                                                                                                               \
        static const uint8_t name[6] = obis;                                                                           \
        static const uint8_t value[] = { __VA_ARGS__ };                                                                \
        return set(name, attribute, value, sizeof value);                                                              \
    } while (0)
#define OBIS(a, b, c, d, e, f)                                                                                         \
    {                                                                                                                  \
        a, b, c, d, e, f                                                                                               \
    }

static enum status checkpoint(void)
{
    memory_checkpoint(&app.meter, false);
    return app.meter.memory.failing ? STATUS_FAILED : STATUS_OK;
}

static enum status last_gasp(void)
{
    board.failing = true;
    app_step(&app);
    board.failing = false;
    return app.meter.memory.failing ? STATUS_FAILED : STATUS_OK;
}

static enum status second(void)
{
    pass_second(NJ_PER_WH);
    return STATUS_OK; /* nothing was promised to anybody */
}

static enum status set_number(void)
{
    SET(2, OBIS(1, 0, 0, 6, 4, 255), 0x12, 0, 240);
}

static enum status set_rule(void)
{
    SET(5, OBIS(0, 0, 1, 0, 0, 255), 0x09, 12, 0xFF, 0xFF, 4, 0xFE, 7, 2, 0, 0, 0, 0x80, 0, 0xFF);
}

static enum status set_text(void)
{
    SET(2, OBIS(0, 0, 96, 1, 10, 255), 0x09, 8, 'p', 'o', 'i', 'n', 't', ' ', '4', '2');
}

static enum status set_secret(void)
{
    SET(7, OBIS(0, 0, 40, 0, 2, 255), 0x09, 4, 'n', 'e', 'w', '!');
}

static enum status set_demand_period(void)
{
    SET(8, OBIS(1, 0, 1, 4, 0, 255), 0x06, 0, 0, 0x01, 0x2C);
}

static enum status set_capture_period(void)
{
    SET(4, OBIS(1, 0, 99, 1, 0, 255), 0x06, 0, 0, 0x01, 0x2C);
}

static enum status set_capture_objects(void)
{
    SET(3, OBIS(1, 0, 99, 2, 0, 255), 1, 1, 2, 4, 0x12, 0, 3, 9, 6, 1, 0, 1, 8, 0, 255, 15, 2, 0x12, 0, 0);
}

static enum status reset_profile(void)
{
    static const uint8_t obis[6] = { 1, 0, 99, 1, 0, 255 };
    static const uint8_t zero[] = { 15, 0 };
    return act(obis, 1, zero, sizeof zero);
}

/* And what it leads to in the step after it. */
static enum status set_clock(void)
{
    static const uint8_t obis[6] = { 0, 0, 1, 0, 0, 255 };
    static const uint8_t time[] = { 0x09, 12, 0x07, 0xEB, 1, 1, 0xFF, 3, 30, 0, 0, 0x80, 0, 0 };
    enum status status = set(obis, 2, time, sizeof time);
    app_step(&app);
    return status;
}

/* By an hour: the profile period that runs ends at the old time, and rows are out of order then. */
static enum status set_clock_back(void)
{
    static const uint8_t obis[6] = { 0, 0, 1, 0, 0, 255 };
    static const uint8_t time[] = { 0x09, 12, 0x07, 0xEA, 12, 31, 0xFF, 0, 20, 0, 0, 0x80, 0, 0 };
    enum status status = set(obis, 2, time, sizeof time);
    app_step(&app);
    return status;
}

static enum status run_script(uint8_t number)
{
    static const uint8_t obis[6] = { 0, 0, 10, 0, 1, 255 };
    const uint8_t script[] = { 0x12, 0, number };
    return act(obis, 1, script, sizeof script);
}

static enum status bill(void)
{
    return run_script(1);
}

static enum status reset_maxima(void)
{
    return run_script(2);
}

static uint32_t erases(void)
{
    const struct nor *nor = test_board_flash(&board);
    uint32_t sum = 0;
    for (unsigned i = 0; i < MEMORY_BLOCKS; i++) {
        sum += nor->erases[i];
    }
    return sum;
}

/* Up to the second in which a block is erased. */
static void seek_erase(void)
{
    uint32_t before;
    do {
        save();
        before = erases();
        pass_second(NJ_PER_WH);
    } while (before == erases());
    restore();
}

/* Up to the second in which a row of the load profile opens a block. */
static void seek_block(void)
{
    uint32_t head;
    set_capture_period();
    do {
        save();
        head = app.meter.load_profiles[0].profile.log.head;
        pass_second(NJ_PER_WH);
    } while (head == app.meter.load_profiles[0].profile.log.head);
    restore();
}

/* Up to the SET that compacts the journal. */
static void seek_compaction(void)
{
    static const uint8_t obis[6] = { 0, 0, 96, 1, 1, 255 };
    uint8_t value[] = { 0x09, 4, 'u', 't', 'i', 0 };
    uint32_t before;
    do {
        save();
        before = erases();
        value[5]++;
        assert_int_equal(set(obis, 2, value, sizeof value), STATUS_OK);
    } while (before == erases());
    restore();
}

/* To the last second of the month, in which nothing else ends than what ends at any midnight. */
static void seek_month(void)
{
    while (board.rtc_s < MONTH_END_S - 1) {
        pass_second(NJ_PER_WH / 100);
    }
}

/* Firmware images ---------------------------------------------------------------------- */

enum { PAYLOAD = 12, IMAGE_OCTETS = IMAGE_HEADER_SIZE + PAYLOAD + ECDSA_SIGNATURE_SIZE };
enum { IMAGE_BLOCKS = (IMAGE_OCTETS + IMAGE_BLOCK_SIZE - 1) / IMAGE_BLOCK_SIZE };

static const uint8_t image_transfer[6] = { 0, 0, 44, 0, 0, 255 };
static uint8_t image[IMAGE_OCTETS];

static void make_image(void)
{
    struct image_key key = { .secret = { 1, 2, 3 } };
    const struct image_header header = {
        .kind = IMAGE_TABLE, .version = { 7, 8, 9 }, .hardware = "HW-1.0", .identifier = "new"
    };
    assert_true(image_key_complete(&key));
    assert_true(image_file_build(header, (const uint8_t *)"welcome NEW\n", PAYLOAD, &key, image));
    memcpy(identity.image_key, key.point, sizeof identity.image_key);
}

static void idle(void)
{
    while (app_step(&app)) {
    }
}

static enum status initiate(void)
{
    static const uint8_t value[] = { 2, 2, 9, 3, 'n', 'e', 'w', 6, 0, 0, IMAGE_OCTETS >> 8, IMAGE_OCTETS & 0xFF };
    return act(image_transfer, 1, value, sizeof value);
}

static enum status send_block(uint8_t number)
{
    uint8_t value[11 + IMAGE_BLOCK_SIZE] = { 2, 2, 6, 0, 0, 0, number, 9, 0x81 };
    size_t at = (size_t)number * IMAGE_BLOCK_SIZE;
    size_t size = IMAGE_OCTETS - at < IMAGE_BLOCK_SIZE ? IMAGE_OCTETS - at : IMAGE_BLOCK_SIZE;
    value[9] = (uint8_t)size;
    memcpy(value + 10, image + at, size);
    return act(image_transfer, 2, value, 10 + size);
}

static enum status second_block(void)
{
    return send_block(1);
}

static enum status call_with_zero(uint8_t method)
{
    static const uint8_t zero[] = { 15, 0 };
    return act(image_transfer, method, zero, sizeof zero);
}

static enum status verify(void)
{
    (void)call_with_zero(3);
    idle();
    return call_with_zero(3);
}

static enum status activate(void)
{
    return call_with_zero(4);
}

static void seek_enabled(void)
{
    static const uint8_t yes[] = { 3, 1 };
    assert_int_equal(set(image_transfer, 5, yes, sizeof yes), STATUS_OK);
}

static void seek_initiated(void)
{
    seek_enabled();
    assert_int_equal(initiate(), STATUS_OK);
    idle();
}

static void seek_transferred(void)
{
    seek_initiated();
    for (unsigned number = 0; number < IMAGE_BLOCKS; number++) {
        assert_int_equal(send_block((uint8_t)number), STATUS_OK);
    }
}

static void seek_verified(void)
{
    seek_transferred();
    assert_int_equal(verify(), STATUS_OK);
}

/* To the second before the activation that waits: 2026-12-31T01:28:20 local time. */
static void seek_due(void)
{
    static const uint8_t schedule[6] = { 0, 0, 15, 0, 2, 255 };
    static const uint8_t time[] = { 1, 1, 2, 2, 9, 4, 1, 28, 20, 0, 9, 5, 0x07, 0xEA, 12, 31, 0xFF };
    seek_verified();
    assert_int_equal(set(schedule, 4, time, sizeof time), STATUS_OK);
    while (board.rtc_s < START_S + 1699) {
        pass_second(NJ_PER_WH / 100);
    }
}

/* To the second before the confirmation. */
static void seek_confirmation(void)
{
    seek_verified();
    assert_int_equal(activate(), STATUS_OK);
    power_up();
    for (unsigned i = 1; i < FIRMWARE_TRIAL_S; i++) {
        pass_second(NJ_PER_WH / 100);
    }
    assert_true(app.meter.firmware.slots.record.trial);
}

/* Conditions, alarms, logs ------------------------------------------------------------- */

/* Up to the second in which a condition begins or ends. */
static void seek_turn(enum condition condition, bool active)
{
    do {
        save();
        pass_second(NJ_PER_WH / 100);
    } while (condition_active(&app.meter.supervision.conditions, condition) != active);
    restore();
}

static void seek_sag(void)
{
    voltage_uv = 200000000;
    seek_turn(CONDITION_UNDER_VOLTAGE, true);
}

static void seek_normal_voltage(void)
{
    seek_sag();
    pass_second(NJ_PER_WH / 100);
    voltage_uv = 230000000;
    seek_turn(CONDITION_UNDER_VOLTAGE, false);
}

static void open_cover(void)
{
    board.has_sensor[BOARD_METER_COVER] = true;
    board.sensor_active[BOARD_METER_COVER] = true;
}

static void seek_cover(void)
{
    open_cover();
    seek_turn(CONDITION_METER_COVER, true);
}

static void seek_closed_cover(void)
{
    seek_cover();
    run_for(5);
    board.sensor_active[BOARD_METER_COVER] = false;
    seek_turn(CONDITION_METER_COVER, false);
}

static void look_at_alarms(void)
{
    looks_at_alarms = true;
}

/* Bits in register 1 and rows in the fraud log. */
static void have_alarms(void)
{
    look_at_alarms();
    open_cover();
    run_for(5);
    assert_true(app.meter.events.alarm.words[ALARM_REGISTER_1] != 0);
}

static enum status clear_alarms(void)
{
    SET(2, OBIS(0, 0, 97, 98, 0, 255), 6, 0, 0, 0, 0);
}

static enum status clear_descriptor(void)
{
    SET(2, OBIS(0, 0, 97, 98, 20, 255), 6, 0, 0, 0, 0);
}

static enum status set_filter(void)
{
    SET(2, OBIS(0, 0, 97, 98, 10, 255), 6, 0, 0, 0x20, 0x01);
}

/* All but events 40 and 44. */
static enum status set_mask(void)
{
    SET(2, OBIS(0, 0, 96, 50, 42, 255), 4, 0x82, 1, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x77, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xFF, 0xFF);
}

static enum status set_threshold(void)
{
    SET(2, OBIS(1, 0, 12, 31, 0, 255), 0x12, 0x07, 0xD0);
}

static enum status reset_log(void)
{
    static const uint8_t obis[6] = { 0, 0, 99, 98, 1, 255 };
    static const uint8_t zero[] = { 15, 0 };
    return act(obis, 1, zero, sizeof zero);
}

/* The reader's link, with a password that is not right. */
static void try_password(void)
{
    static const uint8_t aarq[] = { 0x60, 54, 0xa1, 9,    6,   7,    0x60, 0x85, 0x74, 5,   8,    1,    1,    0x8a,
                                    2,    7,  0x80, 0x8b, 7,   0x60, 0x85, 0x74, 5,    8,   2,    1,    0xac, 10,
                                    0x80, 8,  'w',  'r',  'o', 'n',  'g',  'o',  'n',  'e', 0xbe, 0x10, 4,    0x0e,
                                    1,    0,  0,    0,    6,   0x5f, 0x1f, 4,    0,    0,   0x7e, 0x1f, 0,    0 };
    static struct cosem_server server;
    const uint8_t *aare = NULL;
    cosem_server_init(&server, &app.device);
    cosem_server_open(&server, 32);
    assert_true(cosem_server_request(&server, aarq, sizeof aarq, 0, &aare) > 20);
    assert_int_equal(aare[17], 1); /* rejected-permanent */
}

static void four_wrong_passwords(void)
{
    for (int i = 0; i < 4; i++) {
        try_password();
    }
    assert_int_equal(app.meter.refused_logins, 4);
    assert_false(app.device.lockouts[CLIENT_READER].locked);
}

static enum status fifth_wrong_password(void)
{
    try_password();
    assert_true(app.device.lockouts[CLIENT_READER].locked);
    return STATUS_OK;
}

/* What app_step says of a client at each of the ports. */
static enum status session(void)
{
    event_raise(&app.meter, EVENT_LOCAL_ATTEMPT, 0);
    event_raise(&app.meter, EVENT_LOCAL_SESSION, 0);
    event_raise(&app.meter, EVENT_REMOTE_SESSION, 0);
    return STATUS_OK;
}

/* `to`: where in a quarter of an hour, so that the last second of it ends a period or does not. */
static const struct scenario {
    const char *name;
    int64_t to;
    enum status (*action)(void);
    void (*prepare)(void);
} scenarios[] = {
    { "checkpoint", 400, checkpoint, NULL },
    { "last gasp", 410, last_gasp, NULL },
    { "SET of a number", 400, set_number, NULL },
    { "SET of a rule", 400, set_rule, NULL },
    { "SET of a text", 400, set_text, NULL },
    { "SET of a secret", 400, set_secret, NULL },
    { "SET of the demand period", 400, set_demand_period, NULL },
    { "SET of the capture period", 400, set_capture_period, NULL },
    { "SET of the capture objects", 400, set_capture_objects, NULL },
    { "reset of a profile", 400, reset_profile, NULL },
    { "SET of the clock", 400, set_clock, NULL },
    { "MD reset", 400, reset_maxima, NULL },
    { "clock set back", 3300, set_clock_back, NULL },
    { "billing by command", 400, bill, NULL },
    { "capture, end of a demand period", 899, second, NULL },
    { "billing by schedule at midnight", 400, second, seek_month },
    { "erase ahead", 400, second, seek_erase },
    { "next block of the load profile", 400, second, seek_block },
    { "compaction of the settings", 400, set_text, seek_compaction },
    { "image: initiate", 400, initiate, seek_enabled },
    { "image: a block", 400, second_block, seek_initiated },
    { "image: verify", 400, verify, seek_transferred },
    { "image: activate", 400, activate, seek_verified },
    { "image: activation at its time", 400, second, seek_due },
    { "image: confirmation", 400, second, seek_confirmation },
    { "condition begins", 400, second, seek_sag },
    { "condition ends", 400, second, seek_normal_voltage },
    { "cover opened", 400, second, seek_cover },
    { "cover closed", 400, second, seek_closed_cover },
    { "alarm register cleared by SET", 400, clear_alarms, have_alarms },
    { "alarm descriptor cleared by SET", 400, clear_descriptor, have_alarms },
    { "SET of an alarm filter", 400, set_filter, have_alarms },
    { "SET of an event mask", 400, set_mask, look_at_alarms },
    { "SET of a threshold", 400, set_threshold, look_at_alarms },
    { "reset of a log", 400, reset_log, have_alarms },
    { "lock-out", 400, fifth_wrong_password, four_wrong_passwords },
    { "sessions", 400, session, NULL },
};

static void begin(const struct scenario *s)
{
    board = (struct board){ .rtc_kept = true, .rtc_s = START_S };
    voltage_uv = 0;
    looks_at_alarms = false;
    power_up();
    run_for(900 + s->to);
    if (s->prepare != NULL) {
        s->prepare();
    }
    if (s->action != checkpoint) { /* or an outage would seem shorter to who is cut after a checkpoint of the action */
        memory_checkpoint(&app.meter, false);
    }
}

/* The view after a start that follows the action at once, or does not have it. */
static void start_and_look(struct view *v)
{
    power_up();
    look(v);
}

static void cut(uint32_t operation, unsigned how)
{
    static const enum nor_tear tears[] = { NOR_TEAR_NOTHING, NOR_TEAR_ONE_OCTET, NOR_TEAR_HALF, NOR_TEAR_ALL_BUT_ONE };
    nor_cut(test_board_flash(&board), operation, how < 4 ? tears[how] : NOR_TEAR_BITS, how);
}

static void check(const struct scenario *s, uint32_t operation, unsigned how, bool promised, const struct view *old,
                  const struct view *new)
{
    static struct view now;
    look(&now);
    for (uint32_t i = 0; i < now.count; i++) {
        bool is_new = now.hashes[i] == new->hashes[i];
        if (!is_new && (promised || now.hashes[i] != old->hashes[i])) {
            char text[64];
            print_error("%s, operation %u, tear %u: %s is %s\n", s->name, operation, how, name_of(i, text),
                        promised ? "not as promised" : "neither old nor new");
            fail();
        }
    }
    for (unsigned kind = 0; kind < EVENT_LOGS; kind++) { /* a log with a past is never empty: 255 is in it at least */
        if (now.rows_of[kind] == 0 && app.meter.events.logs[kind].count > 0) {
            print_error("%s, operation %u, tear %u: log %u is empty after %u events\n", s->name, operation, how, kind,
                        app.meter.events.logs[kind].count);
            fail();
        }
    }
    for (uint32_t i = 0; i < now.row_count; i++) {
        if (!has_row(old, now.rows[i]) && !has_row(new, now.rows[i])) {
            print_error("%s, operation %u, tear %u: row %u of the logs is neither old nor new\n", s->name, operation,
                        how, i);
            fail();
        }
    }
}

/* Returns how many cuts there were. */
static uint32_t cut_everywhere(const struct scenario *s, uint32_t *operations)
{
    static struct view old;
    static struct view new;
    begin(s);
    save();
    start_and_look(&old);
    restore();
    struct nor *nor = test_board_flash(&board);
    uint32_t before = nor->operations;
    assert_int_equal(s->action(), STATUS_OK);
    *operations = nor->operations - before;
    int64_t after_s = board.rtc_s;
    start_and_look(&new);
    assert_int_equal(old.count, new.count);
    restore(); /* the old view at the time of the new one */
    board.rtc_s = after_s;
    start_and_look(&old);
    for (uint32_t operation = 1; operation <= *operations; operation++) {
        for (unsigned how = 0; how < TEARS; how++) {
            restore();
            cut(operation, how);
            bool promised = s->action() == STATUS_OK && !nor->off;
            board.rtc_s = after_s;
            power_up();
            check(s, operation, how, promised, &old, &new);
            assert_int_equal(nor->violations, 0);
        }
    }
    return *operations * TEARS;
}

static void old_or_new_never_a_third(void **state)
{
    uint32_t all_operations = 0;
    uint32_t all_cuts = 0;
    (void)state;
    make_image();
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        uint32_t operations = 0;
        uint32_t cuts = cut_everywhere(&scenarios[i], &operations);
        printf("%-34s %4u operations %6u cuts\n", scenarios[i].name, operations, cuts);
        assert_true(operations > 0);
        all_operations += operations;
        all_cuts += cuts;
    }
    printf("%-34s %4u operations %6u cuts\n", "all", all_operations, all_cuts);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(old_or_new_never_a_third) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
