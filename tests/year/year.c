/* A year of a household with outages, daylight saving and two changes of the clock, second by second; every row of the
 * load profile, the daily profile and the billing against what the load model said.
 *
 * What is expected comes from the load alone: this program adds up what it draws while there is supply, keeps the time
 * that the clock should show, and notes what the registers must be at the end of each period. It knows nothing of how
 * the meter does that.
 *
 *     year [SEED]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boards/linux/virtual_meter.h"
#include "meter/demands.h"
#include "model/model.h"

enum { DAYS = 365, DAY_S = 86400, QUARTER_S = 900, ZONE_S = 3600, OUTAGES = 40 };
enum { ROWS_MAX = 40000, STATUS_PDN = 0x80, STATUS_CAD = 0x20, STATUS_DST = 0x08, STATUS_DNV = 0x04 };

/* 2026-01-01T00:00:00 local time. */
#define START_LOCAL_S INT64_C(820454400)

/* 2026-03-29 and 2026-10-25, 01:00 UTC: last Sundays, by the calendar on the wall. */
#define DST_BEGIN_S INT64_C(828061200)
#define DST_END_S   INT64_C(846205200)

/* Registers that are looked at. */
enum { IMPORT, EXPORT, REACTIVE_IMPORT, REACTIVE_EXPORT, REGISTERS };

struct row {
    int64_t stamp_s; /* UTC of the meter's clock */
    uint8_t status;
    uint32_t values[REGISTERS];
};

struct rows {
    uint32_t count;
    struct row rows[ROWS_MAX];
};

/* One grid of periods as it should be. */
struct grid {
    int64_t period_s;
    int64_t start_s; /* of the period that runs */
    bool off_grid;   /* it began with a jump of the clock, or is cut by one */
    bool outage;     /* the power was away in it */
    bool supplied;   /* it was there in it */
    struct rows expected;
    struct rows found;
};

static struct virtual_meter meter;
static struct load load;
static int64_t clock_s; /* UTC that the meter's clock should show */
static uint64_t truth_uws[REGISTERS];
static struct grid quarter = { .period_s = QUARTER_S };
static struct grid day = { .period_s = DAY_S };
static struct rows bills;
static int64_t last_bill_s;
static uint64_t random_state;
static int64_t off_seconds;
static uint32_t erases[MEMORY_BLOCKS];

static void fail(const char *what, int64_t expected, int64_t found)
{
    printf("FAILED: %s: expected %" PRId64 ", found %" PRId64 "\n", what, expected, found);
    exit(1);
}

static void equal(const char *what, int64_t expected, int64_t found)
{
    if (expected != found) {
        fail(what, expected, found);
    }
}

static uint32_t chance(uint32_t below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 33) % below;
}

/* Expected --------------------------------------------------------------------- */

static bool is_dst(int64_t utc_s)
{
    return utc_s >= DST_BEGIN_S && utc_s < DST_END_S;
}

static int64_t local_of(int64_t utc_s)
{
    return utc_s + ZONE_S + (is_dst(utc_s) ? 3600 : 0);
}

static void note(struct rows *rows, int64_t stamp_s, uint8_t status)
{
    struct row *r = &rows->rows[rows->count++];
    if (rows->count > ROWS_MAX) {
        fail("rows", ROWS_MAX, rows->count);
    }
    *r = (struct row){ .stamp_s = stamp_s, .status = (uint8_t)(status | (is_dst(stamp_s) ? STATUS_DST : 0)) };
    for (unsigned i = 0; i < REGISTERS; i++) {
        r->values[i] = (uint32_t)(truth_uws[i] / UINT64_C(3600000000));
    }
}

static void end_period(struct grid *g, int64_t end_s, bool jump)
{
    int64_t length_s = end_s - g->start_s;
    int64_t usual_s = g->period_s;
    bool cut = g->off_grid || jump;
    bool deviates = llabs(length_s - usual_s) * 10 > usual_s;
    if (g->supplied) {
        note(&g->expected, end_s,
             (uint8_t)((cut ? STATUS_CAD : 0) | (deviates ? STATUS_DNV : 0) | (g->outage ? STATUS_PDN : 0)));
    }
}

static void begin_period(struct grid *g, int64_t start_s, bool off_grid)
{
    g->start_s = start_s;
    g->off_grid = off_grid;
    g->outage = g->supplied = false;
}

static void pass_grid(struct grid *g, bool supplied)
{
    g->outage |= !supplied;
    g->supplied |= supplied;
    if (local_of(clock_s) % g->period_s == 0) {
        end_period(g, clock_s, false);
        begin_period(g, clock_s, false);
    }
}

static void jump_grid(struct grid *g, int64_t before_s)
{
    end_period(g, before_s, true);
    begin_period(g, clock_s, local_of(clock_s) % g->period_s != 0);
}

/* A new month begins; without supply when it is back. */
static bool bill_due;
static void pass_bill(bool supplied)
{
    int64_t local_s = local_of(clock_s);
    struct calendar_time t = calendar_civil(local_s);
    if (t.day == 1 && local_s % DAY_S == 0) {
        last_bill_s = clock_s;
        bill_due = true;
    }
    if (bill_due && supplied) {
        note(&bills, last_bill_s, 0);
        bill_due = false;
    }
}

/* What starts below the threshold is not registered: data sheet, 4 per mille of the basic current. */
static void draw(const struct quantities *q)
{
    int64_t p = llabs(q->active_uw) >= 2000000 ? q->active_uw : 0;
    int64_t r = llabs(q->reactive_uvar) >= 2500000 ? q->reactive_uvar : 0;
    truth_uws[p < 0 ? EXPORT : IMPORT] += (uint64_t)llabs(p);
    truth_uws[r < 0 ? REACTIVE_EXPORT : REACTIVE_IMPORT] += (uint64_t)llabs(r);
}

/* Found -------------------------------------------------------------------------- */

static uint32_t big_endian(const uint8_t *octets)
{
    return (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 | (uint32_t)octets[2] << 8 | octets[3];
}

/* The default columns begin with clock, status and four energies. */
static void collect(struct grid *g, struct load_profile *l, uint32_t *next)
{
    struct profile_range all = profile_all(&l->profile);
    if (*next < all.first) {
        fail("rows were overwritten before they were read", *next, all.first);
    }
    for (; *next < all.end; (*next)++) {
        uint8_t octets[FLASHLOG_ROW_MAX];
        struct profile_row row;
        equal("a row can be read", STATUS_OK, profile_read(&l->profile, &all, *next, octets, &row));
        struct row *r = &g->found.rows[g->found.count++];
        *r = (struct row){ .stamp_s = row.stamp_s, .status = row.columns[0] };
        for (unsigned i = 0; i < REGISTERS; i++) {
            r->values[i] = big_endian(row.columns + 1 + 4 * i);
        }
    }
}

static void compare(const char *name, const struct rows *expected, const struct rows *found)
{
    for (uint32_t i = 0; i < expected->count && i < found->count; i++) {
        const struct row *e = &expected->rows[i];
        const struct row *f = &found->rows[i];
        if (memcmp(e, f, sizeof *e) != 0) {
            printf("%s, row %u: stamp %" PRId64 " / %" PRId64
                   ", status %02X / %02X, import %u / %u, reactive %u / %u\n",
                   name, i, e->stamp_s, f->stamp_s, e->status, f->status, e->values[IMPORT], f->values[IMPORT],
                   e->values[REACTIVE_IMPORT], f->values[REACTIVE_IMPORT]);
            fail("rows are as expected", 0, 1);
        }
    }
    equal(name, expected->count, found->count);
}

/* The year ------------------------------------------------------------------------- */

static enum status set_clock(int64_t utc_s)
{
    static const uint8_t obis[6] = { 0, 0, 1, 0, 0, 255 };
    struct cosem_association association = { .type = &model_associations[CLIENT_ADMINISTRATOR],
                                             .device = &meter.app.device };
    struct cosem_request r = { .device = &meter.app.meter, .association = &association };
    const struct cosem_object *o = cosem_find(&model_objects, obis);
    struct calendar_time t = calendar_civil(utc_s);
    uint8_t value[2 + CALENDAR_OCTETS] = { 0x09, CALENDAR_OCTETS };
    struct axdr_reader in;
    t.deviation_min = 0;
    calendar_encode(&t, value + 2);
    axdr_reader_init(&in, value, sizeof value);
    return o->ic->set(&r, o, 2, &in);
}

/* Ends of outages and their beginnings, in seconds of the year. */
struct outage {
    uint32_t from;
    uint32_t to;
};

static int by_time(const void *a, const void *b)
{
    uint32_t x = ((const struct outage *)a)->from;
    uint32_t y = ((const struct outage *)b)->from;
    return (x > y) - (x < y);
}

/* Seconds, minutes, hours and days; one over the beginning of a month. */
static void plan(struct outage outages[OUTAGES])
{
    static const uint32_t longest[] = { 60, 900, 4 * 3600, 3 * DAY_S };
    for (unsigned i = 0; i < OUTAGES; i++) {
        outages[i].from = 3600 + chance(DAYS * DAY_S - 5 * DAY_S);
        outages[i].to = outages[i].from + 1 + chance(longest[i % 4]);
    }
    outages[0] = (struct outage){ (31 + 28) * DAY_S - 7000, (31 + 28) * DAY_S + 5000 };
    qsort(outages, OUTAGES, sizeof outages[0], by_time);
    for (unsigned i = 1; i < OUTAGES; i++) { /* one after the other */
        if (outages[i].from <= outages[i - 1].to) {
            outages[i].from = outages[i - 1].to + 600;
        }
        if (outages[i].to <= outages[i].from) {
            outages[i].to = outages[i].from + 60;
        }
    }
}

static void jump(int64_t by_s)
{
    int64_t before_s = clock_s;
    clock_s += by_s;
    equal("the clock can be set", STATUS_OK, set_clock(clock_s));
    jump_grid(&quarter, before_s);
    jump_grid(&day, before_s);
}

static void pass_second(void)
{
    struct quantities q;
    bool supplied = !meter.switched_off;
    load_at(&load, virtual_meter_local_s(&meter), &q);
    if (supplied) {
        draw(&q);
    } else {
        off_seconds++;
    }
    virtual_meter_step(&meter);
    clock_s++;
    pass_grid(&quarter, supplied);
    pass_grid(&day, supplied);
    pass_bill(supplied);
}

static void begin(const char *seed)
{
    static const struct identity identity = { .serial_number = "20260101" };
    char specification[64];
    char message[LOAD_MESSAGE_MAX];
    random_state = strtoull(seed, NULL, 10);
    snprintf(specification, sizeof specification, "household:%s", seed);
    equal("the load", LOAD_OPENED, load_open(&load, specification, 1, message));
    virtual_meter_init(&meter, &identity, &load, START_LOCAL_S, false);
    meter.board.flash.erases = erases;
    equal("daylight saving", STATUS_OK, setting_set_number(&meter.app.meter, SETTING_CLOCK_DST_ENABLED, 1));
    clock_s = START_LOCAL_S - ZONE_S;
    begin_period(&quarter, clock_s, false);
    begin_period(&day, clock_s, false);
}

/* The registers as a client sees them. */
static void check_registers(void)
{
    static const enum quantity shown[REGISTERS] = { QUANTITY_ACTIVE_ENERGY_IMPORT, QUANTITY_ACTIVE_ENERGY_EXPORT,
                                                    QUANTITY_REACTIVE_ENERGY_IMPORT, QUANTITY_REACTIVE_ENERGY_EXPORT };
    for (unsigned i = 0; i < REGISTERS; i++) {
        equal("register", (int64_t)(truth_uws[i] / UINT64_C(3600000000)), meter_quantity(&meter.app.meter, shown[i]));
    }
}

static void print_wear(void)
{
    uint32_t most = 0;
    uint64_t all = 0;
    for (unsigned i = 0; i < MEMORY_BLOCKS; i++) {
        most = erases[i] > most ? erases[i] : most;
        all += erases[i];
    }
    printf("flash: %" PRIu64 " erases, %u of the most worn block; in 20 years %u, %.1f %% of 100,000\n", all, most,
           20 * most, 20.0 * most / 1000);
}

int main(int argc, char **argv)
{
    static struct outage outages[OUTAGES];
    uint32_t next_quarter = 0;
    uint32_t next_day = 0;
    unsigned o = 0;
    begin(argc > 1 ? argv[1] : "1");
    plan(outages);
    next_quarter = meter.app.meter.load_profiles[0].profile.log.next;
    next_day = meter.app.meter.load_profiles[1].profile.log.next;
    for (uint32_t s = 0; s < DAYS * DAY_S; s++) {
        if (o < OUTAGES && (s == outages[o].from || s == outages[o].to)) {
            virtual_meter_switch(&meter, s == outages[o].to);
            o += s == outages[o].to;
        }
        if (!meter.switched_off && (s == 120 * DAY_S + 44567 || s == 200 * DAY_S + 51234)) {
            jump(s < 150 * DAY_S ? 437 : -1234);
        }
        pass_second();
        if (!meter.switched_off && s % (30 * DAY_S) == DAY_S - 1) {
            collect(&quarter, &meter.app.meter.load_profiles[0], &next_quarter);
            collect(&day, &meter.app.meter.load_profiles[1], &next_day);
        }
    }
    equal("the clock", clock_s, meter.app.meter.clock.utc_s);
    collect(&quarter, &meter.app.meter.load_profiles[0], &next_quarter);
    collect(&day, &meter.app.meter.load_profiles[1], &next_day);
    check_registers();
    compare("load profile", &quarter.expected, &quarter.found);
    compare("daily profile", &day.expected, &day.found);
    printf("%u rows of the load profile, %u of the daily profile, %u billings; %d outages, %" PRId64
           " s; import %u Wh\n",
           quarter.found.count, day.found.count, bills.count, OUTAGES, off_seconds,
           (uint32_t)(truth_uws[IMPORT] / UINT64_C(3600000000)));
    print_wear();
    virtual_meter_end(&meter);
    load_close(&load);
    puts("1 passed, 0 failed");
    return 0;
}
