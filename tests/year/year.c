/* A year of a household with outages, daylight saving and two changes of the clock, second by second; every row of the
 * load profile, the daily profile and the billing against what the load model said.
 *
 * What is expected comes from the load alone: this program adds up what it draws while there is supply, keeps the time
 * that the clock should show, and notes what the registers must be at the end of each period. It knows nothing of how
 * the meter does that.
 *
 *     year [SEED]
 *
 * And the wear of the flash in a year at full load, 230 V and 100 A, with the settings as delivered or with those that
 * write most: the widest rows and a demand window of 60 periods, both every minute.
 *
 *     year --wear [worst]
 *
 * The last line says how much time of a processor it took; nothing depends on it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "boards/linux/virtual_meter.h"
#include "meter/demands.h"
#include "meter/load_profiles.h"
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

/* A billing. The maxima are averages over a quarter of an hour. */
struct bill {
    int64_t stamp_s;
    uint32_t count;
    uint32_t values[REGISTERS];
    uint32_t maxima_w[REGISTERS];
    int64_t maxima_s[REGISTERS]; /* the ends of their quarters, UTC; 0: there was no demand */
    uint64_t sums_w[REGISTERS];
};

enum { BILLS_MAX = BILLING_ROWS };

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
static struct bill bills[BILLS_MAX];
static uint32_t bill_count;
static struct bill running;               /* maxima so far, and the sums of those that have been billed */
static uint64_t quarter_milli[REGISTERS]; /* the registers when the quarter began, mWh */
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

static uint64_t milli(unsigned i)
{
    return truth_uws[i] / UINT64_C(3600000);
}

static void begin_demand(void)
{
    for (unsigned i = 0; i < REGISTERS; i++) {
        quarter_milli[i] = milli(i);
    }
}

/* A quarter of the grid has ended: energy over 900 s, however much of them there was. A jump of the clock ends one
 * without regard to its maximum. */
static void pass_demand(void)
{
    if (local_of(clock_s) % QUARTER_S != 0) {
        return;
    }
    for (unsigned i = 0; i < REGISTERS; i++) {
        uint32_t w = (uint32_t)((4 * (milli(i) - quarter_milli[i]) + 500) / 1000);
        if (w > running.maxima_w[i]) {
            running.maxima_w[i] = w;
            running.maxima_s[i] = clock_s;
        }
    }
    begin_demand();
}

static void note_bill(void)
{
    if (bill_count == BILLS_MAX) {
        fail("billings", BILLS_MAX, bill_count + 1);
    }
    running.stamp_s = last_bill_s;
    running.count++;
    for (unsigned i = 0; i < REGISTERS; i++) {
        running.values[i] = (uint32_t)(truth_uws[i] / UINT64_C(3600000000));
        running.sums_w[i] += running.maxima_w[i];
    }
    bills[bill_count++] = running;
    memset(running.maxima_w, 0, sizeof running.maxima_w);
    memset(running.maxima_s, 0, sizeof running.maxima_s);
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
        note_bill();
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
        for (size_t i = 0; i < REGISTERS; i++) {
            r->values[i] = big_endian(row.columns + 1 + 4 * i);
        }
    }
}

/* The column of a billing row that shows this attribute. */
static const uint8_t *column(const struct profile *p, const struct profile_row *row, uint8_t c, uint8_t d,
                             int8_t attribute)
{
    const uint8_t obis[6] = { c != 0, 0, c, d, 0, 255 };
    const uint8_t *at = row->columns;
    for (uint8_t i = 0; i < p->count; at += p->columns[i++].width) {
        if (memcmp(p->columns[i].obis, obis, sizeof obis) == 0 && p->columns[i].attribute == attribute) {
            return at;
        }
    }
    printf("FAILED: a billing has no column %u.%u.0 attribute %d\n", c, d, attribute);
    exit(1);
}

/* UTC of a date-time with its deviation. */
static int64_t instant(const uint8_t *octets)
{
    struct calendar_time t;
    equal("a time of a maximum", STATUS_OK, calendar_decode(octets, &t));
    return calendar_seconds(&t) + 60 * (int64_t)t.deviation_min;
}

static void compare_bill(struct profile *p, const struct bill *expected, const struct profile_row *row)
{
    equal("stamp of a billing", expected->stamp_s, row->stamp_s);
    equal("counter of billings", expected->count, big_endian(column(p, row, 0, 1, 2)));
    for (unsigned i = 0; i < REGISTERS; i++) {
        uint8_t c = (uint8_t)(1 + i); /* value group C: +A, -A, +R, -R */
        equal("energy of a billing", expected->values[i], big_endian(column(p, row, c, 8, 2)));
        equal("maximum of a billing", expected->maxima_w[i], big_endian(column(p, row, c, 6, 2)));
        equal("sum of maxima", (int64_t)expected->sums_w[i], big_endian(column(p, row, c, 2, 2)));
        if (expected->maxima_s[i] != 0) {
            equal("time of a maximum", expected->maxima_s[i], instant(column(p, row, c, 6, 5)));
        }
    }
}

/* As a client reads them; all there is, since they fit. */
static void compare_bills(void)
{
    struct profile *p = &meter.app.meter.billing.profile;
    struct profile_range all = profile_all(p);
    equal("billings", bill_count, all.end - all.first);
    for (uint32_t i = 0; i < bill_count; i++) {
        uint8_t octets[FLASHLOG_ROW_MAX];
        struct profile_row row;
        equal("a billing can be read", STATUS_OK, profile_read(p, &all, all.first + i, octets, &row));
        compare_bill(p, &bills[i], &row);
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
    begin_demand();
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
    pass_demand();
    pass_bill(supplied);
}

static void power_on(const char *specification)
{
    static const struct identity identity = { .serial_number = "20260101" };
    char message[LOAD_MESSAGE_MAX];
    equal("the load", LOAD_OPENED, load_open(&load, specification, 1, message));
    virtual_meter_init(&meter, &identity, &load, START_LOCAL_S, false);
    meter.board.flash.erases = erases;
}

static void begin(const char *seed)
{
    char specification[64];
    random_state = strtoull(seed, NULL, 10);
    snprintf(specification, sizeof specification, "household:%s", seed);
    power_on(specification);
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

/* Wear ----------------------------------------------------------------------------- */

enum { RATED_ERASES = 100000, YEARS = 20 };

static uint32_t most_erases(const struct board_region *region)
{
    uint32_t most = 0;
    for (unsigned i = region->first; i < region->first + region->blocks; i++) {
        most = erases[i] > most ? erases[i] : most;
    }
    return most;
}

static void print_wear(void)
{
    static const char *const names[MEMORY_REGIONS] = {
        [MEMORY_SETTINGS] = "settings",
        [MEMORY_CHECKPOINTS] = "checkpoints",
        [MEMORY_DEMAND] = "demand",
        [MEMORY_LOAD_PROFILE] = "load profile",
        [MEMORY_DAILY_PROFILE] = "daily profile",
        [MEMORY_BILLING] = "billing",
        [MEMORY_STANDARD_LOG] = "standard log",
        [MEMORY_FRAUD_LOG] = "fraud log",
        [MEMORY_POWER_QUALITY_LOG] = "power quality log",
        [MEMORY_COMMUNICATION_LOG] = "communication log",
        [MEMORY_ALARM_LOG] = "alarm log",
        [MEMORY_POWER_FAILURE_LOG] = "power failure log",
        [MEMORY_IMAGE_A] = "image A",
        [MEMORY_IMAGE_B] = "image B",
        [MEMORY_IMAGE_STATE] = "image states",
    };
    puts("erases of the most worn block in a year, in 20 years, of the rated 100,000:");
    for (unsigned i = 0; i < MEMORY_REGIONS; i++) {
        struct board_region region = memory_region((enum memory_region)i);
        uint32_t most = most_erases(&region);
        if (most > 0) {
            printf("  %-18s %7u %7u %5.1f %%\n", names[i], most, YEARS * most, 100.0 * YEARS * most / RATED_ERASES);
        }
        if (YEARS * most * 2 >= RATED_ERASES) {
            fail("less than half of the rated erases", RATED_ERASES / 2, YEARS * most);
        }
    }
}

/* 16 columns, the widest that fit together: a date-time in some of them. */
static void write_most(void)
{
    struct profile_column columns[PROFILE_COLUMNS_MAX];
    for (unsigned i = 0; i < PROFILE_COLUMNS_MAX; i++) {
        columns[i] = i < 6 ? (struct profile_column){ 4, { 1, 0, 1, 6, 0, 255 }, 5, 9, CALENDAR_OCTETS }
                           : (struct profile_column){ 3, { 1, 0, 1, 8, 0, 255 }, 2, 6, 4 };
    }
    equal("the load profile", STATUS_OK,
          meter_configure_load_profile(&meter.app.meter, METER_LOAD_PROFILE, columns, PROFILE_COLUMNS_MAX, 60));
    equal("the demand period", STATUS_OK, meter_set_demand_period(&meter.app.meter, 60));
    equal("the demand periods", STATUS_OK, meter_set_demand_periods(&meter.app.meter, DEMAND_PERIODS_MAX));
}

static int wear(bool worst)
{
    power_on("constant:230,100,1");
    if (worst) {
        write_most();
    }
    for (uint32_t s = 0; s < DAYS * DAY_S; s++) {
        virtual_meter_step(&meter);
    }
    equal("nothing was refused by the flash", 0, meter.app.meter.memory.failing);
    printf("a year at 230 V, 100 A, %s: %u Wh\n",
           worst ? "load profile of 16 columns and demand every minute" : "settings as delivered",
           (uint32_t)meter_quantity(&meter.app.meter, QUANTITY_ACTIVE_ENERGY_IMPORT));
    print_wear();
    virtual_meter_end(&meter);
    load_close(&load);
    return 0;
}

/* ------------------------------------------------------------------------------------ */

static int household(const char *seed)
{
    static struct outage outages[OUTAGES];
    uint32_t next_quarter = 0;
    uint32_t next_day = 0;
    unsigned o = 0;
    begin(seed);
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
    compare_bills();
    printf("%u rows of the load profile, %u of the daily profile, %u billings; %d outages, %" PRId64
           " s; import %u Wh\n",
           quarter.found.count, day.found.count, bill_count, OUTAGES, off_seconds,
           (uint32_t)(truth_uws[IMPORT] / UINT64_C(3600000000)));
    print_wear();
    virtual_meter_end(&meter);
    load_close(&load);
    return 0;
}

int main(int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : "1";
    bool worst = argc > 2 && strcmp(argv[2], "worst") == 0;
    int result = strcmp(first, "--wear") == 0 ? wear(worst) : household(first);
    printf("%.1f s of processor time\n", (double)clock() / CLOCKS_PER_SEC);
    puts("1 passed, 0 failed");
    return result;
}
