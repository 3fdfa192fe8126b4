#include "meter/demand.h"

static struct demand_period *running(struct demand *d)
{
    return &d->window[d->running];
}

static const struct demand_period *oldest(const struct demand *d)
{
    return &d->window[(d->running + d->periods + 1u - d->begun) % d->periods];
}

/* Half rounds up. */
uint32_t demand_current(const struct demand *d, uint32_t milli)
{
    uint64_t window_s = (uint64_t)d->period_s * d->periods;
    uint64_t energy_milli = (uint32_t)(milli - oldest(d)->start_milli);
    return (uint32_t)((energy_milli * 3600u + window_s * 500u) / (window_s * 1000u));
}

int64_t demand_start_s(const struct demand *d)
{
    return oldest(d)->start_s;
}

static uint8_t window_status(const struct demand *d)
{
    uint8_t status = d->begun < d->periods ? DEMAND_INCOMPLETE : 0;
    for (unsigned i = 0; i < d->begun; i++) {
        status |= d->window[(d->running + d->periods - i) % d->periods].status;
    }
    return status;
}

static void end_period(struct demand *d, int64_t at_s, uint32_t milli)
{
    d->last = (struct demand_average){
        .value = demand_current(d, milli),
        .status = window_status(d),
        .captured = true,
        .at_s = at_s,
    };
}

static void take_maximum(struct demand *d)
{
    bool valid = (d->last.status & DEMAND_CLOCK_INVALID) == 0;
    if (valid && d->last.value > d->maximum.value) {
        d->maximum = d->last;
        d->changed = true;
    }
}

/* How far into a period of the grid an instant is. */
static uint32_t into_period_s(const struct clock *c, int64_t utc_s, uint32_t period_s)
{
    int64_t local_s = utc_s - clock_local(c, utc_s, 0).deviation_min * CALENDAR_MINUTE_S;
    return (uint32_t)((local_s + CALENDAR_DAY_S) % period_s); /* a day up: never negative */
}

int64_t demand_end_s(const struct clock *c, int64_t start_s, uint32_t period_s)
{
    return start_s - into_period_s(c, start_s, period_s) + period_s;
}

/* `status` is what it is called when it begins within a period of the grid. */
static void begin_period(struct demand *d, const struct clock *c, int64_t start_s, uint32_t milli, uint8_t status)
{
    uint32_t into_s = into_period_s(c, start_s, d->period_s);
    d->running = (uint8_t)((d->running + 1u) % d->periods);
    d->begun = (uint8_t)(d->begun < d->periods ? d->begun + 1u : d->periods);
    d->unsaved = (uint8_t)(d->unsaved < d->begun ? d->unsaved + 1u : d->begun);
    *running(d) = (struct demand_period){
        .start_s = (uint32_t)start_s,
        .start_milli = milli,
        .status = (uint8_t)((into_s > 0 ? status : 0) | (c->invalid ? DEMAND_CLOCK_INVALID : 0)),
    };
    d->ends_s = start_s - into_s + d->period_s;
    d->shifted_s = 0;
}

static void begin_window(struct demand *d, const struct clock *c, uint32_t milli)
{
    d->begun = 0;
    begin_period(d, c, c->utc_s, milli, DEMAND_INCOMPLETE);
}

void demand_init(struct demand *d, const struct clock *c, uint32_t milli, uint32_t period_s, uint32_t periods)
{
    *d = (struct demand){ .period_s = period_s, .periods = (uint8_t)periods };
    begin_window(d, c, milli);
}

void demand_recall(struct demand *d, unsigned age, const struct demand_period *period)
{
    d->window[(d->running + d->periods - age) % d->periods] = *period;
    d->begun = (uint8_t)(age + 1);
    d->unsaved = 0;
}

/* By so much a period may be lengthened. */
static int64_t longer_max_s(const struct clock *c)
{
    return c->jump_limit_s < DEMAND_LENGTHENED_MAX_S ? c->jump_limit_s : DEMAND_LENGTHENED_MAX_S;
}

/* By how much its clock was moved is not kept: it may have been all that is allowed. */
void demand_recalled(struct demand *d, const struct clock *c)
{
    d->ends_s = demand_end_s(c, running(d)->start_s, d->period_s);
    d->shifted_s = (running(d)->status & DEMAND_SHORT_OR_LONG) != 0 ? -longer_max_s(c) : 0;
}

bool demand_unsaved(struct demand *d, struct demand_period *period, uint8_t *begun)
{
    if (d->unsaved == 0) {
        return false;
    }
    d->unsaved--;
    *period = d->window[(d->running + d->periods - d->unsaved) % d->periods];
    *begun = d->begun == d->periods ? d->periods : (uint8_t)(d->begun - d->unsaved);
    return true;
}

uint8_t demand_running_status(const struct demand *d)
{
    return d->window[d->running].status;
}

/* Whole windows that nothing was seen of are passed over: their averages would be those of the one after. */
static int64_t next_start_s(const struct demand *d, int64_t now_s)
{
    int64_t window_s = (int64_t)d->period_s * d->periods;
    int64_t beyond_s = now_s - d->ends_s - window_s;
    return d->ends_s + (beyond_s > 0 ? beyond_s - beyond_s % d->period_s : 0);
}

/* `status` is that of every period that ends. */
static void advance(struct demand *d, const struct clock *c, uint32_t milli, uint8_t status)
{
    while (c->utc_s >= d->ends_s) {
        running(d)->status |= status;
        end_period(d, d->ends_s, milli);
        take_maximum(d);
        begin_period(d, c, next_start_s(d, c->utc_s), milli, DEMAND_SHORT_OR_LONG);
    }
}

void demand_step(struct demand *d, const struct clock *c, uint32_t milli)
{
    if (c->invalid) {
        running(d)->status |= DEMAND_CLOCK_INVALID;
    }
    advance(d, c, milli, 0);
}

void demand_power_up(struct demand *d, const struct clock *c, uint32_t milli)
{
    advance(d, c, milli, DEMAND_POWER_DOWN | DEMAND_INCOMPLETE);
    running(d)->status |= DEMAND_POWER_DOWN;
}

void demand_clock_set(struct demand *d, const struct clock *c, int64_t before_s, uint32_t milli)
{
    if (c->utc_s == before_s) {
        return;
    }
    d->shifted_s += c->utc_s - before_s;
    if (d->shifted_s >= -longer_max_s(c) && d->shifted_s <= c->jump_limit_s) {
        if ((running(d)->status & DEMAND_SHORT_OR_LONG) == 0) {
            running(d)->status |= DEMAND_SHORT_OR_LONG;
            d->unsaved = d->unsaved > 0 ? d->unsaved : 1;
        }
        advance(d, c, milli, 0);
        return;
    }
    running(d)->status |= DEMAND_CLOCK_SET;
    end_period(d, before_s, milli);
    begin_window(d, c, milli);
}

static bool is_period(uint32_t period_s)
{
    static const uint16_t periods_s[] = { 60, 300, 600, 900, 1800, 3600 };
    for (unsigned i = 0; i < sizeof periods_s / sizeof periods_s[0]; i++) {
        if (periods_s[i] == period_s) {
            return true;
        }
    }
    return false;
}

bool demand_allows(uint32_t period_s, uint32_t periods)
{
    return is_period(period_s) && periods > 0 && periods <= DEMAND_PERIODS_MAX;
}

enum status demand_configure(struct demand *d, const struct clock *c, uint32_t milli, uint32_t period_s,
                             uint32_t periods)
{
    if (!demand_allows(period_s, periods)) {
        return STATUS_RANGE;
    }
    running(d)->status |= DEMAND_SHORT_OR_LONG;
    end_period(d, c->utc_s, milli);
    d->period_s = period_s;
    d->periods = (uint8_t)periods;
    begin_window(d, c, milli);
    return STATUS_OK;
}

void demand_next_period(struct demand *d, const struct clock *c, uint32_t milli)
{
    running(d)->status |= DEMAND_SHORT_OR_LONG;
    end_period(d, c->utc_s, milli);
    take_maximum(d);
    begin_period(d, c, c->utc_s, milli, DEMAND_SHORT_OR_LONG);
}

void demand_reset(struct demand *d, const struct clock *c, uint32_t milli)
{
    d->last = (struct demand_average){ .captured = true, .at_s = c->utc_s };
    begin_window(d, c, milli);
}

void demand_reset_maximum(struct demand *d)
{
    d->cumulative += d->maximum.value;
    d->maximum = (struct demand_average){ 0 };
    d->changed = true;
}
