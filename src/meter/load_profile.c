#include "meter/load_profile.h"

/* In the octet that is kept, bits that no status has: the row of a period that has ended is not written yet; the newest
 * row is of later than now, because the clock was set back. */
#define DUE    0x40u
#define BEHIND 0x10u

static const uint32_t load_periods_s[] = { 0, 60, 300, 600, 900, 1800, 3600 };
static const uint32_t daily_periods_s[] = { 0, 3600, CALENDAR_DAY_S };

const struct load_profile_kind load_profile_1 = {
    .profile = { .rows = LOAD_PROFILE_ROWS, .columns_max = PROFILE_COLUMNS_MAX },
    .periods_s = load_periods_s,
    .periods = sizeof load_periods_s / sizeof load_periods_s[0],
};

const struct load_profile_kind load_profile_daily = {
    .profile = { .rows = DAILY_PROFILE_ROWS, .columns_max = PROFILE_COLUMNS_MAX },
    .periods_s = daily_periods_s,
    .periods = sizeof daily_periods_s / sizeof daily_periods_s[0],
};

/* The grid -------------------------------------------------------------------- */

static int64_t deviation_s(const struct clock *c, int64_t utc_s)
{
    return clock_local(c, utc_s, 0).deviation_min * CALENDAR_MINUTE_S;
}

/* How far into a period of local time an instant is. */
static int64_t into_s(const struct clock *c, int64_t period_s, int64_t utc_s)
{
    return (utc_s - deviation_s(c, utc_s) + CALENDAR_DAY_S) % period_s; /* a day up: never negative */
}

/* An instant of the grid as it is at `utc_s`. If daylight saving begins or ends between the two, and this has moved the
 * grid, the one that has the same local time. */
static int64_t regrid(const struct clock *c, int64_t period_s, int64_t grid_s, int64_t utc_s)
{
    if (into_s(c, period_s, grid_s) == 0) {
        return grid_s;
    }
    int64_t moved_s = grid_s + deviation_s(c, grid_s) - deviation_s(c, utc_s);
    return into_s(c, period_s, moved_s) == 0 ? moved_s : grid_s;
}

/* The first instant after `early_s`, up to `late_s`, at which local time has another deviation. */
static int64_t switch_s(const struct clock *c, int64_t early_s, int64_t late_s)
{
    int64_t before_s = deviation_s(c, early_s);
    while (late_s - early_s > 1) {
        int64_t middle_s = early_s + (late_s - early_s) / 2;
        if (deviation_s(c, middle_s) == before_s) {
            early_s = middle_s;
        } else {
            late_s = middle_s;
        }
    }
    return late_s;
}

/* The beginning of the period that an instant is in. Local time that daylight saving skips is the first instant after
 * it: there may be no midnight. */
static int64_t grid_start_s(const struct clock *c, int64_t period_s, int64_t utc_s)
{
    int64_t start_s = regrid(c, period_s, utc_s - into_s(c, period_s, utc_s), utc_s);
    return into_s(c, period_s, start_s) == 0 ? start_s : switch_s(c, start_s, utc_s);
}

/* And its end. */
static int64_t grid_end_s(const struct clock *c, int64_t period_s, int64_t utc_s)
{
    int64_t end_s = regrid(c, period_s, utc_s - into_s(c, period_s, utc_s) + period_s, utc_s);
    if (into_s(c, period_s, end_s) != 0) {
        return switch_s(c, utc_s, end_s);
    }
    return end_s > utc_s ? end_s : end_s + period_s;
}

/* Periods --------------------------------------------------------------------- */

/* What is done when the period that runs ends. */
enum pending {
    NOTHING,
    RETURNED,  /* the power returned in the period that is now */
    DOWN_NEXT, /* the power went in the period right after it */
    JUMPED     /* it ends at once, whatever the clock shows: the clock has lost its time */
};

static bool off(const struct load_profile *l)
{
    return l->profile.count == 0 || l->profile.period_s == 0;
}

static bool deviates(const struct load_profile *l, int64_t length_s)
{
    int64_t over_s = length_s - (int64_t)l->profile.period_s;
    return over_s * 10 > l->profile.period_s || over_s * -10 > l->profile.period_s;
}

/* What is known of the period already goes into the flags, which outlive the power; the beginning does not. */
static void begin(struct load_profile *l, const struct clock *c, int64_t start_s, uint8_t flags)
{
    l->start_s = start_s;
    l->shifted_s = 0;
    l->pending = NOTHING;
    l->flags = (uint8_t)(flags | (c->invalid ? LOAD_PROFILE_CIV : 0));
    if (off(l)) {
        return;
    }
    l->ends_s = grid_end_s(c, l->profile.period_s, start_s);
    if (grid_start_s(c, l->profile.period_s, start_s) != start_s) {
        l->flags |= LOAD_PROFILE_CAD;
        l->flags |= deviates(l, l->ends_s - start_s) ? LOAD_PROFILE_DNV : 0;
    }
}

/* The flags are those of the row, until the next period begins. */
static enum status end(struct load_profile *l, const struct clock *c, int64_t end_s, profile_reader *reader,
                       void *context)
{
    struct calendar_time stamp = clock_local(c, end_s, 0);
    l->flags |= l->fault;
    if (deviates(l, end_s - l->start_s - l->shifted_s)) {
        l->flags |= LOAD_PROFILE_DNV;
    }
    if ((l->flags & LOAD_PROFILE_CIV) != 0) {
        l->flags |= LOAD_PROFILE_DNV;
    }
    /* as the clock was in the period: it may have been set, or lost, by now */
    stamp.status = (uint8_t)((stamp.status & ~CALENDAR_STATUS_INVALID) |
                             ((l->flags & LOAD_PROFILE_CIV) != 0 ? CALENDAR_STATUS_INVALID : 0));
    if ((stamp.status & CALENDAR_STATUS_DST) != 0) {
        l->flags |= LOAD_PROFILE_DST;
    }
    return profile_capture(&l->profile, end_s, &stamp, NULL, reader, context);
}

/* Periods that nothing was seen of have no rows; the one after them says that something is missing. */
static void begin_next(struct load_profile *l, const struct clock *c)
{
    enum pending pending = (enum pending)l->pending;
    int64_t start_s = grid_start_s(c, l->profile.period_s, c->utc_s);
    bool missing = start_s > l->ends_s;
    if (pending == JUMPED) {
        begin(l, c, c->utc_s, LOAD_PROFILE_PDN | LOAD_PROFILE_CAD);
    } else if (pending == DOWN_NEXT) {
        begin(l, c, l->ends_s, LOAD_PROFILE_PDN);
        l->pending = c->utc_s >= l->ends_s ? RETURNED : NOTHING;
    } else if (pending == RETURNED) {
        begin(l, c, missing ? start_s : l->ends_s, LOAD_PROFILE_PDN);
    } else {
        begin(l, c, missing ? start_s : l->ends_s, missing ? LOAD_PROFILE_CAD : 0);
    }
}

bool load_profile_ends(const struct load_profile *l, const struct clock *c)
{
    return !off(l) && (c->utc_s >= l->ends_s || l->pending == JUMPED);
}

/* Two rows at the most, after a failure of the power. */
enum status load_profile_step(struct load_profile *l, const struct clock *c, profile_reader *reader, void *context)
{
    enum status status = STATUS_OK;
    l->flags |= (uint8_t)(l->fault | (c->invalid && l->pending != JUMPED ? LOAD_PROFILE_CIV : 0));
    while (load_profile_ends(l, c)) {
        enum status one = end(l, c, l->ends_s, reader, context);
        status = status == STATUS_OK ? one : status;
        begin_next(l, c);
    }
    return status;
}

uint8_t load_profile_kept(const struct load_profile *l, const struct clock *c)
{
    return (uint8_t)(l->flags | (load_profile_ends(l, c) ? DUE : 0) | (l->profile.last_s > c->utc_s ? BEHIND : 0));
}

/* Events ---------------------------------------------------------------------- */

void load_profile_begin(struct load_profile *l, const struct clock *c)
{
    begin(l, c, c->utc_s, 0);
}

enum status load_profile_clock_set(struct load_profile *l, const struct clock *c, int64_t before_s,
                                   profile_reader *reader, void *context)
{
    int64_t by_s = c->utc_s - before_s;
    enum status status = STATUS_OK;
    if (by_s == 0 || off(l)) {
        return status;
    }
    l->shifted_s += by_s;
    if (l->shifted_s >= -(int64_t)c->jump_limit_s && l->shifted_s <= c->jump_limit_s) {
        return load_profile_step(l, c, reader, context);
    }
    if (before_s > l->start_s) {
        l->shifted_s -= by_s;
        l->flags |= LOAD_PROFILE_CAD;
        status = end(l, c, before_s, reader, context);
    }
    begin(l, c, c->utc_s, LOAD_PROFILE_CAD);
    return status;
}

/* The power went at `last_s`, after which nothing was written. */
static void resume(struct load_profile *l, const struct clock *c, int64_t last_s, uint8_t flags, bool lost)
{
    int64_t start_s = grid_start_s(c, l->profile.period_s, last_s);
    bool closed = l->profile.last_s == last_s && last_s != start_s; /* by a jump of the clock right before */
    if (closed || (lost && last_s == start_s)) {
        begin(l, c, c->utc_s, LOAD_PROFILE_PDN | LOAD_PROFILE_CAD);
        return;
    }
    begin(l, c, start_s, 0);
    l->flags = (uint8_t)(flags | LOAD_PROFILE_PDN);
    l->pending = c->utc_s >= l->ends_s ? RETURNED : NOTHING;
    if (lost) {
        l->flags |= LOAD_PROFILE_CAD;
        l->ends_s = last_s;
        l->pending = JUMPED;
    }
}

/* The last checkpoint may be the one of the end of a period, with its row written or not; or rows were written after
 * it, by a start that did not come to its checkpoint. */
void load_profile_power_up(struct load_profile *l, const struct clock *c, int64_t last_s, uint8_t kept)
{
    uint8_t flags = (uint8_t)(kept & ~(DUE | BEHIND));
    bool lost = c->utc_s < last_s || (c->invalid && (kept & LOAD_PROFILE_CIV) == 0);
    if (off(l)) {
        load_profile_begin(l, c);
        return;
    }
    int64_t start_s = grid_start_s(c, l->profile.period_s, last_s);
    bool behind = (kept & BEHIND) != 0;
    bool written = behind ? l->profile.last_s == start_s : l->profile.last_s >= start_s;
    if ((kept & DUE) != 0 && !written) {
        begin(l, c, grid_start_s(c, l->profile.period_s, start_s - 1), 0);
        l->flags = flags;
        l->ends_s = start_s;
        l->pending = lost ? JUMPED : DOWN_NEXT;
    } else if (!behind && l->profile.last_s > last_s) {
        begin(l, c, lost ? c->utc_s : grid_start_s(c, l->profile.period_s, c->utc_s), LOAD_PROFILE_PDN);
    } else {
        resume(l, c, last_s, (kept & DUE) != 0 ? 0 : flags, lost);
    }
}

enum status load_profile_mount(struct load_profile *l, struct board *board, const struct load_profile_kind *kind,
                               const struct board_region *region)
{
    *l = (struct load_profile){ .kind = kind };
    return profile_mount(&l->profile, board, &kind->profile, region, l->columns);
}

enum status load_profile_configure(struct load_profile *l, const struct clock *c, const struct profile_column *columns,
                                   uint8_t count, uint32_t period_s)
{
    enum status status = STATUS_RANGE;
    for (unsigned i = 0; i < l->kind->periods; i++) {
        if (l->kind->periods_s[i] == period_s) {
            status = profile_restart(&l->profile, columns, count, period_s);
            break;
        }
    }
    if (status == STATUS_OK) {
        load_profile_begin(l, c);
    }
    return status;
}
