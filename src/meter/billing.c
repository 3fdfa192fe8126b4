#include "meter/billing.h"

#include <assert.h>

#include "meter/demands.h"
#include "meter/load_profiles.h"
#include "meter/meter.h"
#include "store/flash.h"

/* SPEC.md: the fixed part of a row. */
enum {
    AT_COUNT = 0,
    AT_CAUSE = 4,
    AT_DONE = 5,
    AT_DATE = 9,
    AT_ENERGY = 13,
    ENERGY_OCTETS = 5,
    AT_MAXIMA = AT_ENERGY + ENERGY_COUNT * ENERGY_OCTETS
};
static_assert(AT_MAXIMA + DEMAND_COUNT * DEMANDS_MAXIMUM == BILLING_FIXED, "the fixed part is what the header says");
static_assert(PROFILE_HEAD + BILLING_FIXED + PROFILE_PACKED_MAX <= FLASHLOG_ROW_MAX, "a row with all columns fits");

/* SPEC.md: the record in the settings, the newest billing with the head of its row. */
enum { LAYOUT = 1, AT_MARKS = 1, AT_SETTLED = 2, AT_STAMP = 6, AT_DEVIATION = 10, AT_STATUS = 12, AT_FIXED = 13 };
enum { RECORD = AT_FIXED + BILLING_FIXED };
enum { MARK_CLOCK_ADJUSTED = 1 };

#define NEVER INT64_C(-1000000000) /* a time and a minute long ago */

const struct profile_kind billing_kind = {
    .rows = BILLING_ROWS,
    .columns_max = BILLING_COLUMNS_MAX,
    .fixed = BILLING_FIXED,
};

void billing_init(struct billing *b)
{
    b->schedule = BILLING_DAY << 8 | BILLING_HOUR;
    b->lockout_s = BILLING_LOCKOUT_S;
    b->button_enabled = true;
}

/* Octets ------------------------------------------------------------------------- */

static void put_40(uint8_t *octets, uint64_t value)
{
    flash_put32(octets, (uint32_t)value);
    octets[4] = (uint8_t)(value >> 32);
}

static uint64_t get_40(const uint8_t *octets)
{
    return flash_get32(octets) | (uint64_t)octets[4] << 32;
}

static void encode(const struct billing_record *r, uint8_t fixed[BILLING_FIXED])
{
    flash_put32(fixed + AT_COUNT, r->count);
    fixed[AT_CAUSE] = r->cause;
    flash_put32(fixed + AT_DONE, r->done_s);
    flash_put32(fixed + AT_DATE, r->date_s);
    for (size_t i = 0; i < ENERGY_COUNT; i++) {
        put_40(fixed + AT_ENERGY + i * ENERGY_OCTETS, r->energy[i]);
    }
    for (size_t i = 0; i < DEMAND_COUNT; i++) {
        demands_put_maximum(fixed + AT_MAXIMA + i * DEMANDS_MAXIMUM, &r->maxima[i], r->sums[i]);
    }
}

/* All but the head. */
static void decode(const uint8_t fixed[BILLING_FIXED], struct billing_record *r)
{
    r->count = flash_get32(fixed + AT_COUNT);
    r->cause = fixed[AT_CAUSE];
    r->done_s = flash_get32(fixed + AT_DONE);
    r->date_s = flash_get32(fixed + AT_DATE);
    for (size_t i = 0; i < ENERGY_COUNT; i++) {
        r->energy[i] = get_40(fixed + AT_ENERGY + i * ENERGY_OCTETS);
    }
    for (size_t i = 0; i < DEMAND_COUNT; i++) {
        demands_get_maximum(fixed + AT_MAXIMA + i * DEMANDS_MAXIMUM, &r->maxima[i], &r->sums[i]);
    }
}

/* What is kept beside the rows. Nothing is written if nothing has changed. */
static enum status keep(struct meter *m)
{
    const struct billing *b = &m->billing;
    uint8_t record[RECORD] = { LAYOUT };
    record[AT_MARKS] = b->clock_adjusted ? MARK_CLOCK_ADJUSTED : 0;
    flash_put32(record + AT_SETTLED, b->settled_s);
    flash_put32(record + AT_STAMP, b->last.stamp_s);
    flash_put16(record + AT_DEVIATION, (uint16_t)b->last.deviation_min);
    record[AT_STATUS] = b->last.clock_status;
    encode(&b->last, record + AT_FIXED);
    enum status status = settings_set(&m->memory.settings, MEMORY_KEY_BILLING, record, sizeof record);
    m->memory.failing |= status != STATUS_OK;
    return status;
}

/* False if nothing has ever been kept. */
static bool recall(struct meter *m)
{
    struct billing *b = &m->billing;
    uint8_t record[RECORD];
    size_t size = 0;
    if (settings_get(&m->memory.settings, MEMORY_KEY_BILLING, record, sizeof record, &size) != STATUS_OK ||
        size != RECORD || record[0] != LAYOUT) {
        return false;
    }
    b->clock_adjusted = (record[AT_MARKS] & MARK_CLOCK_ADJUSTED) != 0;
    b->settled_s = flash_get32(record + AT_SETTLED);
    b->last.stamp_s = flash_get32(record + AT_STAMP);
    b->last.deviation_min = (int16_t)flash_get16(record + AT_DEVIATION);
    b->last.clock_status = record[AT_STATUS];
    decode(record + AT_FIXED, &b->last);
    return true;
}

/* Dates of the schedule ------------------------------------------------------------ */

static int64_t local_s(const struct clock *c, int64_t utc_s)
{
    return utc_s - clock_local(c, utc_s, 0).deviation_min * CALENDAR_MINUTE_S;
}

/* The local time now, as it is kept: never 0. */
static uint32_t local_now_s(const struct meter *m)
{
    int64_t now_s = local_s(&m->clock, m->clock.utc_s);
    return now_s > 0 ? (uint32_t)now_s : 1;
}

/* The latest date up to a local time. */
static int64_t date_up_to(uint16_t schedule, int64_t limit_s)
{
    struct calendar_time t = calendar_civil(limit_s);
    t.day = (uint8_t)(schedule >> 8);
    t.hour = (uint8_t)schedule;
    t.minute = 0;
    t.second = 0;
    if (calendar_seconds(&t) > limit_s) {
        t.year = (uint16_t)(t.year - (t.month == 1));
        t.month = (uint8_t)(t.month == 1 ? 12 : t.month - 1);
    }
    return calendar_seconds(&t);
}

/* The first instant at which local time is there or, where it is skipped, beyond. A date that occurs twice is the first
 * pass. */
static int64_t instant_of(const struct clock *c, int64_t date_s)
{
    int64_t standard_s = date_s + c->zone_min * CALENDAR_MINUTE_S;
    int64_t dst_s = standard_s - c->dst_deviation_min * CALENDAR_MINUTE_S;
    int64_t early_s = dst_s < standard_s ? dst_s : standard_s;
    int64_t late_s = dst_s < standard_s ? standard_s : dst_s;
    if (local_s(c, early_s) == date_s) {
        return early_s;
    }
    while (local_s(c, late_s) != date_s && late_s - early_s > 1) { /* early is before the date, late after it */
        int64_t middle_s = (early_s + late_s) / 2;
        if (local_s(c, middle_s) < date_s) {
            early_s = middle_s;
        } else {
            late_s = middle_s;
        }
    }
    return late_s;
}

struct date {
    int64_t date_s; /* local time */
    int64_t at_s;   /* UTC */
};

/* The latest date that has come. In the second pass of an hour a later local time may have been reached already. */
static struct date latest_date(const struct meter *m)
{
    const struct clock *c = &m->clock;
    int64_t date_s =
        date_up_to(m->billing.schedule, local_s(c, c->utc_s) + CLOCK_DST_DEVIATION_LIMIT_MIN * CALENDAR_MINUTE_S);
    int64_t at_s = instant_of(c, date_s);
    if (at_s > c->utc_s) {
        date_s = date_up_to(m->billing.schedule, date_s - 1);
        at_s = instant_of(c, date_s);
    }
    return (struct date){ date_s, at_s };
}

static bool is_due(const struct meter *m, const struct date *d)
{
    const struct billing *b = &m->billing;
    return !m->clock.invalid && b->settled_s != 0 && d->date_s > b->settled_s;
}

/* Rows ------------------------------------------------------------------------------ */

static bool read_row(struct meter *m, uint32_t sequence, struct billing_record *r)
{
    uint8_t octets[FLASHLOG_ROW_MAX];
    struct profile *p = &m->billing.profile;
    struct profile_range all = profile_all(p);
    struct profile_row row;
    if (profile_read(p, &all, sequence, octets, &row) != STATUS_OK) {
        return false;
    }
    r->stamp_s = (uint32_t)row.stamp_s;
    r->deviation_min = row.deviation_min;
    r->clock_status = row.clock_status;
    decode(row.fixed, r);
    return true;
}

/* A date that has its row, or had it last. */
static bool is_done(struct meter *m, int64_t date_s)
{
    struct profile_range all = profile_all(&m->billing.profile);
    bool done = m->billing.last.date_s == date_s;
    for (uint32_t i = all.first; i != all.end && !done; i++) {
        struct billing_record r;
        done = read_row(m, i, &r) && r.date_s == date_s;
    }
    return done;
}

static bool is_on_demand(const struct billing_record *r)
{
    return r->cause == BILLING_COMMAND || r->cause == BILLING_BUTTON;
}

/* What follows for the schedule from the newest billing. */
static void settle_date(struct billing *b)
{
    if (b->last.date_s != 0 && !is_on_demand(&b->last)) {
        b->settled_s = b->last.date_s;
    }
    b->clock_adjusted = false;
}

/* The event of the newest billing, then what is kept of it: a cut in between may log it twice, but never loses it. */
static void tell(struct meter *m)
{
    const struct billing_record *last = &m->billing.last;
    event_raise_at(m, is_on_demand(last) ? EVENT_BILLING_ON_DEMAND : EVENT_BILLING_BY_SCHEDULE, 0, last->done_s);
    (void)keep(m);
    demands_keep(m);
}

static struct billing_record found_now(const struct meter *m, enum billing_cause cause, int64_t stamp_s, int64_t date_s)
{
    struct calendar_time stamp = clock_local(&m->clock, stamp_s, 0);
    struct billing_record r = {
        .count = m->billing.last.count + 1,
        .cause = (uint8_t)cause,
        .stamp_s = (uint32_t)stamp_s,
        .deviation_min = stamp.deviation_min,
        .clock_status = stamp.status,
        .done_s = (uint32_t)m->clock.utc_s,
        .date_s = date_s != 0 ? (uint32_t)date_s : m->billing.last.date_s,
    };
    for (unsigned i = 0; i < ENERGY_COUNT; i++) {
        r.energy[i] = m->energy.registers[i].milli / 1000u;
    }
    for (unsigned i = 0; i < DEMAND_COUNT; i++) {
        r.maxima[i] = m->demands[i].maximum;
        r.sums[i] = m->demands[i].cumulative + r.maxima[i].value;
    }
    return r;
}

/* The order of decision 12. What the columns show is what is true after the counter and the sums have gone up. */
static enum status bill(struct meter *m, enum billing_cause cause, int64_t stamp_s, int64_t date_s)
{
    struct billing *b = &m->billing;
    const struct billing_record before = b->last;
    struct calendar_time stamp = clock_local(&m->clock, stamp_s, 0);
    uint8_t fixed[BILLING_FIXED];
    memory_checkpoint(m, false); /* no row is ahead of the registers */
    b->last = found_now(m, cause, stamp_s, date_s);
    encode(&b->last, fixed);
    for (unsigned i = 0; i < DEMAND_COUNT; i++) {
        m->demands[i].cumulative += m->demands[i].maximum.value;
    }
    b->capturing = true;
    enum status status = profile_capture(&b->profile, stamp_s, &stamp, fixed, m->column_reader, m);
    b->capturing = false;
    if (status == STATUS_OK) {
        b->power_down = false;
        settle_date(b);
        demands_billed(m, b->last.count, b->last.sums, b->last.done_s);
        tell(m);
        return STATUS_OK;
    }
    b->last = before;
    for (unsigned i = 0; i < DEMAND_COUNT; i++) {
        m->demands[i].cumulative -= m->demands[i].maximum.value;
    }
    m->memory.failing = true;
    return STATUS_FAILED;
}

/* One row for the latest date that has come and is not done. */
static void follow_schedule(struct meter *m, enum billing_cause cause)
{
    struct date d = latest_date(m);
    if (m->column_reader == NULL) {
        return;
    }
    m->billing.minute = m->clock.utc_s / CALENDAR_MINUTE_S;
    if (!is_due(m, &d)) {
        return;
    }
    if (is_done(m, d.date_s)) {
        m->billing.settled_s = (uint32_t)d.date_s;
        (void)keep(m);
        return;
    }
    (void)bill(m, cause, cause == BILLING_CLOCK_CHANGE ? m->clock.utc_s : d.at_s, d.date_s); /* again in a minute */
}

/* Dates ahead of the clock are to come, those of a time before the meter knew the time are not. */
static void look_ahead(struct meter *m)
{
    struct billing *b = &m->billing;
    uint32_t now_s = local_now_s(m);
    if (b->settled_s == 0 || b->settled_s > now_s) {
        b->settled_s = now_s;
    }
}

void billing_step(struct meter *m)
{
    struct billing *b = &m->billing;
    if (m->clock.invalid) {
        b->clock_was_valid = false;
    } else if (b->minute != m->clock.utc_s / CALENDAR_MINUTE_S) {
        follow_schedule(m, b->minute == NEVER ? BILLING_CAUGHT_UP : BILLING_SCHEDULE);
    }
}

static enum billing_cause cause_of_change(const struct meter *m, int64_t moved_s)
{
    if (!m->billing.clock_was_valid) {
        return BILLING_CAUGHT_UP;
    }
    bool jump = moved_s > m->clock.jump_limit_s || moved_s < -m->clock.jump_limit_s;
    return jump ? BILLING_CLOCK_CHANGE : BILLING_SCHEDULE;
}

void billing_clock_set(struct meter *m, int64_t before_s)
{
    struct billing *b = &m->billing;
    int64_t moved_s = m->clock.utc_s - before_s;
    for (unsigned i = 0; i < BILLING_SOURCES; i++) {
        b->reset_s[i] += moved_s;
    }
    if (m->clock.invalid || (moved_s == 0 && b->clock_was_valid)) {
        return;
    }
    enum billing_cause cause = cause_of_change(m, moved_s);
    b->clock_was_valid = true;
    b->clock_adjusted |= cause == BILLING_CLOCK_CHANGE;
    look_ahead(m);
    (void)keep(m);
    follow_schedule(m, cause);
}

/* Power-up --------------------------------------------------------------------------- */

static enum status mount(struct meter *m)
{
    struct board_region region = memory_region(MEMORY_BILLING);
    enum status status = profile_mount(&m->billing.profile, m->board, &billing_kind, &region, m->billing.columns);
    m->memory.failing |= status == STATUS_FAILED;
    return status == STATUS_INCONSISTENT ? status : STATUS_OK;
}

/* Brings everything up to the newest row. Where only the record of the newest billing is older, that has rotted: the
 * maxima are of the period that runs, and stay. */
static void roll_forward(struct meter *m)
{
    struct billing *b = &m->billing;
    struct profile_range all = profile_all(&b->profile);
    struct billing_record newest = { 0 };
    for (uint32_t i = all.end; i != all.first && !read_row(m, i - 1, &newest); i--) {
    }
    b->untold = newest.count > b->last.count && newest.count > m->maxima_billed;
    if (newest.count > b->last.count) {
        b->last = newest;
        settle_date(b);
    }
    if (b->last.count > m->maxima_billed) {
        demands_billed(m, b->last.count, b->last.sums, b->last.done_s);
    }
}

enum status billing_power_up(struct meter *m)
{
    struct billing *b = &m->billing;
    for (unsigned i = 0; i < BILLING_SOURCES; i++) {
        b->reset_s[i] = NEVER;
    }
    b->power_down = recall(m);
    enum status status = mount(m);
    if (status != STATUS_OK) {
        return status;
    }
    roll_forward(m);
    b->clock_was_valid = !m->clock.invalid;
    b->minute = NEVER;
    if (b->clock_was_valid) {
        look_ahead(m);
    }
    return STATUS_OK;
}

void billing_start(struct meter *m)
{
    if (m->billing.untold) {
        m->billing.untold = false;
        tell(m);
        return;
    }
    (void)keep(m);
    demands_keep(m);
}

/* On request ------------------------------------------------------------------------ */

bool billing_locked(const struct meter *m, enum billing_source source)
{
    const struct billing *b = &m->billing;
    return m->clock.utc_s - b->reset_s[source] < b->lockout_s;
}

enum status billing_request(struct meter *m, enum billing_source source)
{
    struct billing *b = &m->billing;
    struct date d = latest_date(m);
    if (source == BILLING_BY_BUTTON && !b->button_enabled) {
        return STATUS_DENIED;
    }
    if (billing_locked(m, source) || is_due(m, &d) || m->column_reader == NULL) {
        return STATUS_BUSY;
    }
    enum status status = bill(m, source == BILLING_BY_BUTTON ? BILLING_BUTTON : BILLING_COMMAND, m->clock.utc_s, 0);
    if (status == STATUS_OK) {
        b->reset_s[source] = m->clock.utc_s;
    }
    return status;
}

enum status billing_reset_maxima(struct meter *m)
{
    if (billing_locked(m, BILLING_BY_INTERFACE)) {
        return STATUS_BUSY;
    }
    enum status status = meter_reset_maxima(m);
    if (status == STATUS_OK) {
        m->billing.reset_s[BILLING_BY_INTERFACE] = m->clock.utc_s;
    }
    return status;
}

/* First the dates before now are done, then there are others: a cut between the two makes none due. */
enum status billing_set_schedule(struct meter *m, uint32_t day, uint32_t hour)
{
    struct billing *b = &m->billing;
    uint32_t settled_s = b->settled_s;
    if (day < 1 || day > BILLING_DAY_MAX || hour > 23) {
        return STATUS_RANGE;
    }
    if (b->schedule == (day << 8 | hour)) {
        return STATUS_OK;
    }
    b->settled_s = m->clock.invalid ? 0 : local_now_s(m);
    enum status status = keep(m);
    if (status == STATUS_OK) {
        status = setting_set_number(m, SETTING_BILLING_SCHEDULE, day << 8 | hour);
    }
    if (status != STATUS_OK) {
        b->settled_s = settled_s;
    }
    return status;
}

enum status billing_restart(struct meter *m, const struct profile_column *columns, uint8_t count)
{
    enum status status = keep(m); /* so that the newest billing does not depend on its row */
    return status != STATUS_OK ? status : profile_restart(&m->billing.profile, columns, count, 0);
}

enum status billing_clear(struct meter *m)
{
    enum status status = keep(m);
    return status != STATUS_OK ? status : profile_clear(&m->billing.profile);
}

/* Views ------------------------------------------------------------------------------ */

uint32_t billing_available(const struct meter *m)
{
    struct profile_range all = profile_all(&m->billing.profile);
    return all.end - all.first;
}

uint32_t billing_days(const struct meter *m)
{
    const struct billing_record *last = &m->billing.last;
    int64_t then_s = last->stamp_s - last->deviation_min * CALENDAR_MINUTE_S;
    int64_t days = local_s(&m->clock, m->clock.utc_s) / CALENDAR_DAY_S - then_s / CALENDAR_DAY_S;
    return last->count > 0 && days > 0 ? (uint32_t)days : 0;
}

/* In the row the daylight saving is that of its time. */
uint8_t billing_status(const struct meter *m)
{
    const struct billing *b = &m->billing;
    uint8_t clock_status = b->capturing ? b->last.clock_status : clock_now(&m->clock).status;
    unsigned status = (b->power_down ? LOAD_PROFILE_PDN : 0) | (b->clock_adjusted ? LOAD_PROFILE_CAD : 0) |
                      ((clock_status & CALENDAR_STATUS_DST) != 0 ? LOAD_PROFILE_DST : 0) |
                      (m->clock.invalid ? LOAD_PROFILE_CIV | LOAD_PROFILE_DNV : 0) | load_profiles_fault(m);
    return (uint8_t)status;
}

struct calendar_time billing_stamp(const struct meter *m)
{
    const struct billing_record *last = &m->billing.last;
    if (last->count == 0) {
        return calendar_unspecified;
    }
    struct calendar_time t = calendar_civil(last->stamp_s - last->deviation_min * CALENDAR_MINUTE_S);
    t.deviation_min = last->deviation_min;
    t.status = last->clock_status;
    return t;
}
