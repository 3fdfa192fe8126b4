/* A whole meter with a full part that is damaged: blocks that do not erase or program, rot in every region, a part that
 * takes nothing any more. Nothing crashes; what is intact can be read, every attribute of every object with GET and
 * every row; what was lost is told of (event 14, alarm and error registers, bit 10); and the meter goes on metering. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/model.h"
#include "tests/power/full_meter.h"

enum { MEMORY_BIT = 10, ROWS_MAX = 10000, ROTTEN_BITS = 20000 };

static struct meter *const m = &full_app.meter;
static struct nor *nor;

/* The meter as it was before the damage. */
static struct {
    uint8_t octets[MEMORY_BLOCKS * BOARD_FLASH_BLOCK];
    struct board board;
    struct app app;
} saved;

/* Every row of every profile, by a hash, and the energy. */
struct view {
    struct profile_range ranges[FULL_METER_PROFILES];
    uint64_t rows[FULL_METER_PROFILES][ROWS_MAX];
    uint32_t intact[FULL_METER_PROFILES];
};

static struct view before;
static struct view now;

/* Reading -------------------------------------------------------------------------- */

static enum status read_attribute(const struct cosem_object *o, uint8_t attribute)
{
    static struct cosem_association association;
    uint8_t octets[COSEM_PDU_MAX + COSEM_ELEMENT_MAX];
    enum status status;
    association = (struct cosem_association){ .type = &model_associations[CLIENT_ADMINISTRATOR],
                                              .device = &full_app.device,
                                              .client_sap = 48 };
    struct cosem_request r = { .device = m, .association = &association };
    do {
        struct axdr_writer out;
        axdr_writer_init(&out, octets, sizeof octets, COSEM_PDU_MAX);
        r.more = false;
        status = o->ic->get(&r, o, attribute, &out);
    } while (status == STATUS_OK && r.more);
    return status;
}

/* All that a client may read is there. */
static void read_all(const char *what)
{
    for (size_t i = 0; i < model_objects.count; i++) {
        const struct cosem_object *o = &model_objects.rows[i];
        for (uint8_t n = 2; n <= o->ic->attributes; n++) {
            if (!cosem_may_access(o, CLIENT_ADMINISTRATOR, n, RIGHT_GET)) {
                continue;
            }
            enum status status = read_attribute(o, n);
            if (status != STATUS_OK) {
                const uint8_t *c = o->obis;
                print_error("%s: %u-%u:%u.%u.%u*%u attribute %u cannot be read: %d\n", what, c[0], c[1], c[2], c[3],
                            c[4], c[5], n, status);
                fail();
            }
        }
    }
}

static uint64_t hash_of(const uint8_t *octets, size_t size)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ octets[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

static void look(struct view *v)
{
    for (unsigned i = 0; i < FULL_METER_PROFILES; i++) {
        struct profile *p = full_meter_profile(i);
        struct profile_range all = v->ranges[i] = profile_all(p);
        v->intact[i] = 0;
        assert_true(all.end - all.first <= ROWS_MAX);
        for (uint32_t sequence = all.first; sequence < all.end; sequence++) {
            uint8_t octets[FLASHLOG_ROW_MAX] = { 0 };
            struct profile_row row;
            bool is_there = profile_read(p, &all, sequence, octets, &row) == STATUS_OK;
            v->rows[i][sequence - all.first] = is_there ? hash_of(octets, p->log.row_size) : 0;
            v->intact[i] += is_there;
        }
    }
}

/* No row is another than it was, and none is gone but `lost` of one profile (FULL_METER_PROFILES: of none) and those
 * that newer ones have replaced. */
static void same_rows(const char *what, unsigned damaged, uint32_t lost)
{
    look(&now);
    for (unsigned i = 0; i < FULL_METER_PROFILES; i++) {
        uint32_t gone = 0;
        uint32_t end = before.ranges[i].end - lost; /* the numbers of the newest, if lost, are given anew */
        for (uint32_t s = before.ranges[i].first; s < before.ranges[i].end; s++) {
            if (s < now.ranges[i].first || now.ranges[i].generation != before.ranges[i].generation) {
                continue;
            }
            uint64_t hash = s < now.ranges[i].end ? now.rows[i][s - now.ranges[i].first] : 0;
            bool anew = hash != 0 && i == damaged && s >= end && hash != before.rows[i][s - before.ranges[i].first];
            gone += hash == 0 || anew;
            if (hash != 0 && !anew && hash != before.rows[i][s - before.ranges[i].first]) {
                print_error("%s: row %u of profile %u is another\n", what, s, i);
                fail();
            }
        }
        if (gone > (i == damaged ? lost : 0)) {
            print_error("%s: %u rows of profile %u are gone\n", what, gone, i);
            fail();
        }
    }
}

static uint32_t rows_of_block(unsigned i)
{
    const struct flashlog *log = &full_meter_profile(i)->log;
    return FLASHLOG_BLOCK_ROWS(log->row_size, log->descriptor_size);
}

/* The machine ------------------------------------------------------------------------- */

static void restore(void)
{
    memcpy(nor->octets, saved.octets, sizeof saved.octets);
    nor->bad_erase = nor->bad_program = NOR_NO_BLOCK;
    nor->silent = false;
    full_board = saved.board;
    full_app = saved.app;
}

static int begin(void **state)
{
    (void)state;
    full_meter_begin();
    nor = test_board_flash(&full_board);
    look(&before);
    for (unsigned i = 0; i < FULL_METER_PROFILES; i++) {
        assert_int_equal(before.intact[i], before.ranges[i].end - before.ranges[i].first);
        assert_true(before.intact[i] >= full_meter_profile(i)->kind->rows);
    }
    memcpy(saved.octets, nor->octets, sizeof saved.octets);
    saved.board = full_board;
    saved.app = full_app;
    return 0;
}

/* Energy that is there by now, mWh. */
static uint64_t energy(void)
{
    return m->energy.registers[ENERGY_ACTIVE_IMPORT].milli;
}

static void meters(unsigned seconds)
{
    uint64_t from = energy();
    for (unsigned i = 0; i < seconds; i++) {
        full_meter_second(FULL_METER_NJ_PER_WH);
    }
    assert_int_equal(energy() - from, seconds * UINT64_C(1000));
}

static uint32_t word(enum alarm_word w)
{
    return m->events.alarm.words[w];
}

static void was_told(const char *what)
{
    if (!memory_failed(m)) {
        print_error("%s: not told\n", what);
        fail();
    }
    assert_true((word(ALARM_ERROR_REGISTER) >> MEMORY_BIT & 1u) != 0);
}

static void is_told(const char *what)
{
    was_told(what);
    assert_true((word(ALARM_REGISTER_1) >> MEMORY_BIT & 1u) != 0);
    assert_true((word(ALARM_DESCRIPTOR_1) >> MEMORY_BIT & 1u) != 0);
}

/* The newest rows of the standard log have it. */
static void is_logged(void)
{
    struct profile *p = full_meter_profile(3);
    struct profile_range all = profile_all(p);
    bool found = false;
    for (uint32_t s = all.end - 20; s < all.end && !found; s++) {
        uint8_t octets[FLASHLOG_ROW_MAX];
        struct profile_row row;
        found = profile_read(p, &all, s, octets, &row) == STATUS_OK && row.fixed[4] == EVENT_MEMORY_ERROR;
    }
    assert_true(found);
}

static void clear_alarms(void)
{
    assert_int_equal(event_set_alarm(m, ALARM_DESCRIPTOR_1, 0), STATUS_OK);
    assert_int_equal(event_set_alarm(m, ALARM_REGISTER_1, 0), STATUS_OK);
    assert_int_equal(event_set_alarm(m, ALARM_ERROR_REGISTER, 0), STATUS_OK);
}

/* Rot ---------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum memory_region region;
    unsigned profile; /* FULL_METER_PROFILES: none */
} regions[] = {
    { "settings", MEMORY_SETTINGS, FULL_METER_PROFILES },
    { "checkpoints", MEMORY_CHECKPOINTS, FULL_METER_PROFILES },
    { "demand", MEMORY_DEMAND, FULL_METER_PROFILES },
    { "load profile", MEMORY_LOAD_PROFILE, 0 },
    { "daily profile", MEMORY_DAILY_PROFILE, 1 },
    { "billing", MEMORY_BILLING, 2 },
    { "standard log", MEMORY_STANDARD_LOG, 3 },
    { "fraud log", MEMORY_FRAUD_LOG, 4 },
    { "power quality log", MEMORY_POWER_QUALITY_LOG, 5 },
    { "communication log", MEMORY_COMMUNICATION_LOG, 6 },
    { "alarm log", MEMORY_ALARM_LOG, 7 },
    { "power failure log", MEMORY_POWER_FAILURE_LOG, 8 },
};
enum { REGIONS = sizeof regions / sizeof regions[0] };

static const char *said(unsigned i, unsigned block, const char *what)
{
    static char text[80];
    snprintf(text, sizeof text, "%s, block %u, %s", regions[i].name, block, what);
    return text;
}

/* Every block of a small region, and 24 of a large one, from its end, where the newest may be, too. */
static void rot_one(unsigned i, unsigned block, uint32_t bits)
{
    struct board_region region = memory_region(regions[i].region);
    const char *what = said(i, block, bits == 1 ? "one bit" : "all of it");
    restore();
    uint64_t from = energy();
    nor_rot(nor, region.first + block, bits, block * 31u + bits);
    assert_int_equal(full_meter_power_up(), STATUS_OK);
    uint32_t lost = 1;
    if (bits > 1 && regions[i].profile < FULL_METER_PROFILES) {
        lost = rows_of_block(regions[i].profile);
    }
    read_all(what);
    same_rows(what, regions[i].profile, lost);
    /* a checkpoint that has rotted costs what one is for, or a block of them */
    uint64_t wh = 0;
    if (regions[i].region == MEMORY_CHECKPOINTS) {
        wh = bits == 1 ? 10 : 360;
    }
    assert_in_range(energy(), from - wh * 1000 - 10000, from);
    meters(130);
    read_all(what);
    assert_int_equal(nor->violations, 0);
}

static void rot_costs_what_has_rotted(void **state)
{
    (void)state;
    for (unsigned i = 0; i < REGIONS; i++) {
        unsigned blocks = memory_region(regions[i].region).blocks;
        unsigned step = blocks > 24 ? blocks / 24 : 1;
        for (unsigned block = 0; block < blocks; block += step) {
            rot_one(i, block, 1);
            rot_one(i, block, ROTTEN_BITS);
        }
    }
}

/* The blocks that count most: the one that is being filled, and in the settings that of the newest records. */
static void rot_of_the_newest_block(void **state)
{
    (void)state;
    const struct flashlog *logs[REGIONS];
    logs[1] = &m->memory.checkpoint.log;
    logs[2] = &m->demand_log;
    for (unsigned i = 3; i < REGIONS; i++) {
        logs[i] = &full_meter_profile(regions[i].profile)->log;
    }
    for (unsigned i = 0; i < REGIONS; i++) {
        restore();
        unsigned block = i == 0 ? m->memory.settings.head : logs[i]->head % logs[i]->region.blocks;
        rot_one(i, block, 1);
        rot_one(i, block, ROTTEN_BITS);
    }
}

/* Blocks that fail --------------------------------------------------------------------- */

/* The ring of a region but the settings. */
static const struct flashlog *log_of(unsigned i)
{
    if (regions[i].profile < FULL_METER_PROFILES) {
        return &full_meter_profile(regions[i].profile)->log;
    }
    return regions[i].region == MEMORY_CHECKPOINTS ? &m->memory.checkpoint.log : &m->demand_log;
}

/* Lets the meter write a row to a region, by what it does in its life. */
static void write_row(unsigned i)
{
    static uint32_t counter;
    uint8_t value[4] = { 0 };
    memcpy(value, &(uint32_t){ ++counter }, sizeof value);
    switch ((unsigned)regions[i].region) {
    case MEMORY_SETTINGS:
        (void)setting_set_octets(m, SETTING_UTILITY_ID, value, sizeof value);
        break;
    case MEMORY_CHECKPOINTS:
        memory_checkpoint(m, false);
        memory_step(m);
        break;
    case MEMORY_DEMAND:
        full_meter_pass(60, FULL_METER_NJ_PER_WH);
        break;
    case MEMORY_LOAD_PROFILE:
        full_meter_pass(LOAD_PROFILE_PERIOD_S, FULL_METER_NJ_PER_WH);
        break;
    case MEMORY_DAILY_PROFILE:
        full_meter_pass(CALENDAR_DAY_S, FULL_METER_NJ_PER_WH);
        break;
    case MEMORY_BILLING:
        (void)billing_request(m, BILLING_BY_INTERFACE);
        break;
    case MEMORY_POWER_FAILURE_LOG:
        event_power_failure(m);
        break;
    default: {
        static const enum event events[] = { EVENT_DST_SWITCHED, EVENT_MAGNET, EVENT_BAD_VOLTAGE, EVENT_LOCAL_ATTEMPT,
                                             EVENT_WATCHDOG };
        (void)event_set_alarm(m, ALARM_DESCRIPTOR_1, 0);
        (void)event_set_alarm(m, ALARM_REGISTER_1, 0);
        event_raise(m, events[regions[i].region - MEMORY_STANDARD_LOG], 0);
        break;
    }
    }
}

/* Writes to a region until it has come round past the next few blocks. */
static void use(unsigned i)
{
    if (regions[i].region == MEMORY_SETTINGS) {
        for (uint32_t end = m->memory.settings.newest + 40, tries = 0; m->memory.settings.newest < end; tries++) {
            assert_true(tries < 40000);
            write_row(i);
        }
        return;
    }
    for (uint32_t end = log_of(i)->head + 4, tries = 0; log_of(i)->head < end; tries++) {
        assert_true(tries < 4000);
        write_row(i);
    }
}

/* Of the settings: the next one that will be written. */
static unsigned next_free_block(void)
{
    const struct settings *s = &m->memory.settings;
    unsigned block = s->head;
    do {
        block = (block + 1u) % s->region.blocks;
    } while (s->serial[block] != 0);
    return block;
}

/* How the part fails, one block of each region. */
static void a_block_that_fails_costs_nothing_and_is_told(void **state)
{
    (void)state;
    static const char *const ways[] = { "does not erase", "says it erases", "does not program", "says it programs" };
    for (unsigned i = 0; i < REGIONS; i++) {
        for (unsigned way = 0; way < 4; way++) {
            restore();
            clear_alarms();
            struct board_region region = memory_region(regions[i].region);
            unsigned block = i == 0 ? next_free_block() : (log_of(i)->head + 3) % region.blocks;
            *(way < 2 ? &nor->bad_erase : &nor->bad_program) = (uint16_t)(region.first + block);
            nor->silent = way % 2 != 0;
            const char *what = said(i, block, ways[way]);
            use(i);
            meters(10);
            is_told(what);
            is_logged();
            read_all(what);
            same_rows(what, FULL_METER_PROFILES, 0);
            uint64_t mwh = energy();
            memory_checkpoint(m, true);
            assert_int_equal(full_meter_power_up(), STATUS_OK);
            assert_int_equal(energy(), mwh);
            read_all(what);
            same_rows(what, FULL_METER_PROFILES, 0);
            meters(130);
        }
    }
}

/* A part that takes nothing ------------------------------------------------------------- */

/* Whatever the meter does now, it is read as before, told, and metered. */
static void lives_on(const char *what)
{
    for (unsigned i = 0; i < REGIONS; i++) {
        for (unsigned n = 0; n < 30; n++) {
            write_row(i);
        }
    }
    meters(200);
    read_all(what);
}

static void a_part_that_takes_nothing_is_told(void **state)
{
    (void)state;
    restore();
    clear_alarms();
    full_board.flash_dead = true;
    event_raise(m, EVENT_DST_SWITCHED, 0); /* something that the log should have */
    meters(10);
    is_told("the part");
    assert_int_equal(m->events.logs[EVENT_LOG_STANDARD].code, EVENT_MEMORY_ERROR);
    read_all("nothing is taken");
    same_rows("nothing is taken", FULL_METER_PROFILES, 0);
    uint32_t count = m->events.logs[EVENT_LOG_STANDARD].count;
    lives_on("nothing is taken");
    same_rows("nothing is taken", FULL_METER_PROFILES, 0);
    assert_true(m->events.logs[EVENT_LOG_STANDARD].count > count);
    assert_int_equal(full_meter_power_up(), STATUS_OK);
    read_all("nothing is taken, started again");
    same_rows("nothing is taken, started again", FULL_METER_PROFILES, 0);
    meters(200);
    is_told("the part");
    read_all("nothing is taken, going on");
}

/* It fills up what is blank and then stays as it is: full for ever. */
static void a_part_that_erases_nothing_is_told(void **state)
{
    (void)state;
    for (unsigned silent = 0; silent < 2; silent++) {
        restore();
        clear_alarms();
        nor->bad_erase = NOR_EVERY_BLOCK;
        nor->silent = silent != 0;
        for (unsigned n = 0; n < 12; n++) {
            lives_on("nothing erases"); /* clears the alarms again, while the settings take it */
        }
        was_told("the part");
        look(&now);
        assert_int_equal(now.intact[0], now.ranges[0].end - now.ranges[0].first);
        assert_int_equal(full_meter_power_up(), STATUS_OK);
        read_all("nothing erases, started again");
        look(&now);
        assert_int_equal(now.intact[0], now.ranges[0].end - now.ranges[0].first);
        meters(2000);
        is_told("the part");
        read_all("nothing erases, going on");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rot_costs_what_has_rotted),
        cmocka_unit_test(rot_of_the_newest_block),
        cmocka_unit_test(a_block_that_fails_costs_nothing_and_is_told),
        cmocka_unit_test(a_part_that_takes_nothing_is_told),
        cmocka_unit_test(a_part_that_erases_nothing_is_told),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
