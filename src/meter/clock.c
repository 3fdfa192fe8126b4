#include "meter/clock.h"

#include "config.h"

/* Decision 14: Central Europe, switched off. */
#define DEFAULT_ZONE_MIN          (-60)
#define DEFAULT_DST_DEVIATION_MIN 60

/* Tuning fork crystals of 32,768 Hz: 0.034 ppm/K^2 around 25 degrees. */
#define TURNOVER_TENTHS_C 250
#define CURVATURE_PPB     34

static struct calendar_time last_sunday(uint8_t month, uint8_t hour)
{
    struct calendar_time rule = calendar_unspecified;
    rule.month = month;
    rule.day = CALENDAR_DAY_LAST;
    rule.weekday = 7;
    rule.hour = hour;
    rule.minute = 0;
    rule.second = 0;
    rule.hundredths = 0;
    return rule;
}

static bool within_limits(int64_t utc_s)
{
    return utc_s >= 0 && utc_s < CLOCK_END_S;
}

/* The chip's time, or the beginning of the epoch when it shows none that can be. */
static void read_chip(struct clock *c, struct board *board)
{
    bool kept = board_rtc_get(board, &c->utc_s, &c->hundredths);
    bool possible = within_limits(c->utc_s) && c->hundredths < 100;
    if (!possible) {
        c->utc_s = 0;
        c->hundredths = 0;
    }
    c->invalid = c->invalid || !kept || !possible;
}

void clock_init(struct clock *c, struct board *board)
{
    *c = (struct clock){
        .zone_min = DEFAULT_ZONE_MIN,
        .dst_deviation_min = DEFAULT_DST_DEVIATION_MIN,
        .dst_begin = last_sunday(3, 2),
        .dst_end = last_sunday(10, 3),
        .jump_limit_s = CLOCK_JUMP_LIMIT_S,
    };
    read_chip(c, board);
}

void clock_step(struct clock *c, struct board *board)
{
    int64_t before_s = c->utc_s;
    read_chip(c, board);
    if (!c->invalid && c->utc_s + 1 < before_s) { /* a second of slack: a chip may keep whole seconds only */
        c->doubtful = true;
    }
}

/* The latest instant up to `utc_s` at which a rule switches. `deviation_min` turns its local time into UTC. */
static bool latest_switch(const struct calendar_time *rule, int32_t deviation_min, int64_t utc_s, int64_t *at_s)
{
    if (rule->deviation_min != CALENDAR_DEVIATION_ANY) {
        deviation_min = rule->deviation_min;
    }
    uint16_t year = calendar_civil(utc_s).year; /* local time may be in the year before or after */
    for (int32_t candidate = year + 1; candidate >= year - 1; candidate--) {
        if (calendar_first_match(rule, (uint16_t)candidate, at_s)) {
            *at_s += deviation_min * CALENDAR_MINUTE_S;
            if (*at_s <= utc_s) {
                return true;
            }
        }
    }
    return false;
}

static bool dst_active(const struct clock *c, int64_t utc_s)
{
    int64_t begin_s = 0;
    int64_t end_s = 0;
    if (!c->dst_enabled || !latest_switch(&c->dst_begin, c->zone_min, utc_s, &begin_s)) {
        return false;
    }
    return !latest_switch(&c->dst_end, c->zone_min - c->dst_deviation_min, utc_s, &end_s) || begin_s > end_s;
}

static int16_t deviation_min(const struct clock *c, bool dst)
{
    return (int16_t)(c->zone_min - (dst ? c->dst_deviation_min : 0));
}

static uint8_t status_bits(const struct clock *c, bool dst)
{
    return (uint8_t)((c->invalid ? CALENDAR_STATUS_INVALID : 0) | (c->doubtful ? CALENDAR_STATUS_DOUBTFUL : 0) |
                     (dst ? CALENDAR_STATUS_DST : 0));
}

struct calendar_time clock_local(const struct clock *c, int64_t utc_s, uint8_t hundredths)
{
    bool dst = dst_active(c, utc_s);
    struct calendar_time t = calendar_civil(utc_s - deviation_min(c, dst) * CALENDAR_MINUTE_S);
    t.hundredths = hundredths;
    t.deviation_min = deviation_min(c, dst);
    t.status = status_bits(c, dst);
    return t;
}

struct calendar_time clock_now(const struct clock *c)
{
    return clock_local(c, c->utc_s, c->hundredths);
}

enum status clock_utc(const struct clock *c, const struct calendar_time *t, int64_t *utc_s)
{
    if (!calendar_complete(t)) {
        return STATUS_RANGE;
    }
    int64_t local_s = calendar_seconds(t);
    if (t->deviation_min != CALENDAR_DEVIATION_ANY) {
        *utc_s = local_s + t->deviation_min * CALENDAR_MINUTE_S;
        return STATUS_OK;
    }
    int64_t standard_s = local_s + deviation_min(c, false) * CALENDAR_MINUTE_S;
    int64_t dst_s = local_s + deviation_min(c, true) * CALENDAR_MINUTE_S;
    bool may_be_standard = !dst_active(c, standard_s);
    bool may_be_dst = dst_active(c, dst_s);
    bool dst = may_be_dst;
    if (may_be_dst == may_be_standard && t->status != CALENDAR_ANY) { /* both, or neither */
        dst = (t->status & CALENDAR_STATUS_DST) != 0;
    }
    *utc_s = dst ? dst_s : standard_s;
    return STATUS_OK;
}

static enum status set_utc(struct clock *c, struct board *board, int64_t utc_s, uint8_t hundredths)
{
    if (!within_limits(utc_s)) {
        return STATUS_RANGE;
    }
    board_rtc_set(board, utc_s, hundredths);
    c->utc_s = utc_s;
    c->hundredths = hundredths;
    c->invalid = false;
    c->doubtful = false;
    return STATUS_OK;
}

static uint8_t whole_if_unspecified(uint8_t hundredths)
{
    return hundredths == CALENDAR_ANY ? 0 : hundredths;
}

enum status clock_set(struct clock *c, struct board *board, const struct calendar_time *t)
{
    int64_t utc_s = 0;
    enum status status = clock_utc(c, t, &utc_s);
    return status != STATUS_OK ? status : set_utc(c, board, utc_s, whole_if_unspecified(t->hundredths));
}

enum status clock_adjust(struct clock *c, struct board *board, int32_t grid_s)
{
    if (c->invalid) {
        return STATUS_BUSY;
    }
    int64_t local_s = c->utc_s - deviation_min(c, dst_active(c, c->utc_s)) * CALENDAR_MINUTE_S;
    int64_t half_up_s = local_s + CALENDAR_DAY_S + grid_s / 2; /* a day up: never negative */
    int64_t nearest_s = half_up_s - half_up_s % grid_s - CALENDAR_DAY_S;
    return set_utc(c, board, c->utc_s + nearest_s - local_s, 0);
}

enum status clock_shift(struct clock *c, struct board *board, int32_t shift_s)
{
    if (shift_s < -CLOCK_SHIFT_LIMIT_S || shift_s > CLOCK_SHIFT_LIMIT_S) {
        return STATUS_RANGE;
    }
    return c->invalid ? STATUS_BUSY : set_utc(c, board, c->utc_s + shift_s, c->hundredths);
}

enum status clock_set_preset(struct clock *c, const struct calendar_time *t, const struct calendar_time *from,
                             const struct calendar_time *until)
{
    struct clock_preset preset = { .hundredths = whole_if_unspecified(t->hundredths), .armed = true };
    if (clock_utc(c, t, &preset.utc_s) != STATUS_OK || clock_utc(c, from, &preset.from_s) != STATUS_OK ||
        clock_utc(c, until, &preset.until_s) != STATUS_OK || !within_limits(preset.utc_s) ||
        preset.from_s > preset.until_s) {
        return STATUS_RANGE;
    }
    c->preset = preset;
    return STATUS_OK;
}

enum status clock_adjust_to_preset(struct clock *c, struct board *board)
{
    struct clock_preset *p = &c->preset;
    if (!p->armed || c->invalid || c->utc_s < p->from_s || c->utc_s > p->until_s) {
        return STATUS_BUSY;
    }
    p->armed = false;
    return set_utc(c, board, p->utc_s, p->hundredths);
}

void clock_compensate(const struct clock *c, struct board *board)
{
    int16_t tenths_c = TURNOVER_TENTHS_C;
    (void)board_temperature(board, &tenths_c);
    int32_t from_turnover = tenths_c - TURNOVER_TENTHS_C;
    int32_t slow_ppb = CURVATURE_PPB * from_turnover * from_turnover / 100;
    board_rtc_trim(board, slow_ppb - 10 * c->crystal_cppm);
}
