#include "meter/demands.h"

#include "store/flash.h"

/* SPEC.md: a row of the ring. */
enum {
    ROW_KIND = 0,
    ROW_BEGUN = 1,
    ROW_STATUS = 2,
    ROW_LAST_STATUS = 3,
    ROW_START = 4,
    ROW_MILLI = 8,
    ROW_LAST_VALUE = 12,
    ROW_LAST_TIME = 16,
    ROW_PERIOD = 20,
    ROW_PERIODS = 22,
    ROW_SIZE = 23
};
enum { STATUS_CAPTURED = 0x80 }; /* beside enum demand_status */

/* SPEC.md: the record of the maxima. */
enum { LAYOUT = 1, AT_RESET = 1, AT_BILLED = 5, AT_MAXIMA = 9, RECORD = AT_MAXIMA + DEMAND_COUNT * DEMANDS_MAXIMUM };

uint32_t meter_demand_milli(const struct meter *m, enum demand_kind kind)
{
    const struct energy_register *r = m->energy.registers;
    switch (kind) {
    case DEMAND_ACTIVE_IMPORT:
        return (uint32_t)r[ENERGY_ACTIVE_IMPORT].milli;
    case DEMAND_ACTIVE_EXPORT:
        return (uint32_t)r[ENERGY_ACTIVE_EXPORT].milli;
    case DEMAND_REACTIVE_IMPORT:
        return (uint32_t)(r[ENERGY_REACTIVE_Q1].milli + r[ENERGY_REACTIVE_Q2].milli);
    case DEMAND_REACTIVE_EXPORT:
        return (uint32_t)(r[ENERGY_REACTIVE_Q3].milli + r[ENERGY_REACTIVE_Q4].milli);
    case DEMAND_COUNT:
        break;
    }
    return 0;
}

static uint8_t status_octet(const struct demand_average *a)
{
    return (uint8_t)(a->status | (a->captured ? STATUS_CAPTURED : 0));
}

static struct demand_average average_of(uint8_t status, uint32_t value, uint32_t at_s)
{
    return (struct demand_average){
        .value = value,
        .status = (uint8_t)(status & ~(unsigned)STATUS_CAPTURED),
        .captured = (status & STATUS_CAPTURED) != 0,
        .at_s = at_s,
    };
}

/* Maxima ------------------------------------------------------------------------ */

void demands_put_maximum(uint8_t octets[DEMANDS_MAXIMUM], const struct demand_average *maximum, uint64_t sum)
{
    octets[0] = status_octet(maximum);
    flash_put32(octets + 1, maximum->value);
    flash_put32(octets + 5, (uint32_t)maximum->at_s);
    flash_put32(octets + 9, (uint32_t)sum);
    octets[13] = (uint8_t)(sum >> 32);
}

void demands_get_maximum(const uint8_t octets[DEMANDS_MAXIMUM], struct demand_average *maximum, uint64_t *sum)
{
    *maximum = average_of(octets[0], flash_get32(octets + 1), flash_get32(octets + 5));
    *sum = flash_get32(octets + 9) | (uint64_t)octets[13] << 32;
}

static enum status keep_maxima(struct meter *m)
{
    uint8_t record[RECORD] = { LAYOUT };
    flash_put32(record + AT_RESET, m->maxima_reset_s);
    flash_put32(record + AT_BILLED, m->maxima_billed);
    for (size_t i = 0; i < DEMAND_COUNT; i++) {
        const struct demand *d = &m->demands[i];
        demands_put_maximum(record + AT_MAXIMA + i * DEMANDS_MAXIMUM, &d->maximum, d->cumulative);
    }
    return settings_set(&m->memory.settings, MEMORY_KEY_MAXIMA, record, sizeof record);
}

static void recall_maxima(struct meter *m)
{
    uint8_t record[RECORD];
    size_t size = 0;
    if (settings_get(&m->memory.settings, MEMORY_KEY_MAXIMA, record, sizeof record, &size) != STATUS_OK ||
        size != RECORD || record[0] != LAYOUT) {
        return;
    }
    m->maxima_reset_s = flash_get32(record + AT_RESET);
    m->maxima_billed = flash_get32(record + AT_BILLED);
    for (size_t i = 0; i < DEMAND_COUNT; i++) {
        struct demand *d = &m->demands[i];
        demands_get_maximum(record + AT_MAXIMA + i * DEMANDS_MAXIMUM, &d->maximum, &d->cumulative);
    }
}

/* Kept as `kinds` (a bit each) says, or nothing has changed. */
static enum status reset(struct meter *m, unsigned kinds)
{
    struct demand_average maxima[DEMAND_COUNT];
    uint64_t sums[DEMAND_COUNT];
    uint32_t before_s = m->maxima_reset_s;
    for (unsigned i = 0; i < DEMAND_COUNT; i++) {
        maxima[i] = m->demands[i].maximum;
        sums[i] = m->demands[i].cumulative;
        if ((kinds >> i & 1u) != 0) {
            demand_reset_maximum(&m->demands[i]);
        }
    }
    m->maxima_reset_s = (uint32_t)m->clock.utc_s;
    enum status status = keep_maxima(m);
    for (unsigned i = 0; i < DEMAND_COUNT && status != STATUS_OK; i++) {
        m->demands[i].maximum = maxima[i];
        m->demands[i].cumulative = sums[i];
        m->maxima_reset_s = before_s;
    }
    return status;
}

enum status meter_reset_maxima(struct meter *m)
{
    return reset(m, (1u << DEMAND_COUNT) - 1);
}

enum status meter_reset_maximum(struct meter *m, enum demand_kind kind)
{
    return reset(m, 1u << kind);
}

void demands_billed(struct meter *m, uint32_t count, const uint64_t sums[DEMAND_COUNT], uint32_t at_s)
{
    for (unsigned i = 0; i < DEMAND_COUNT; i++) {
        m->demands[i].maximum = (struct demand_average){ 0 };
        m->demands[i].cumulative = sums[i];
    }
    m->maxima_reset_s = at_s;
    m->maxima_billed = count;
}

void demands_keep(struct meter *m)
{
    for (unsigned i = 0; i < DEMAND_COUNT; i++) {
        m->demands[i].changed = false;
    }
    m->memory.failing |= keep_maxima(m) != STATUS_OK;
}

/* Windows ----------------------------------------------------------------------- */

static enum status keep_period(struct meter *m, enum demand_kind kind, const struct demand_period *p, uint8_t begun)
{
    const struct demand_average *last = &m->demands[kind].last;
    uint8_t row[ROW_SIZE];
    row[ROW_KIND] = (uint8_t)kind;
    row[ROW_BEGUN] = begun;
    row[ROW_STATUS] = p->status;
    row[ROW_LAST_STATUS] = status_octet(last);
    flash_put32(row + ROW_START, p->start_s);
    flash_put32(row + ROW_MILLI, p->start_milli);
    flash_put32(row + ROW_LAST_VALUE, last->value);
    flash_put32(row + ROW_LAST_TIME, (uint32_t)last->at_s);
    flash_put16(row + ROW_PERIOD, m->demand_period_s);
    row[ROW_PERIODS] = m->demand_periods;
    return flashlog_append(&m->demand_log, row);
}

/* How far the search for the windows has come. */
struct search {
    struct demand_average last[DEMAND_COUNT];
    uint32_t start_s[DEMAND_COUNT]; /* of the period found last */
    uint8_t wanted[DEMAND_COUNT];   /* periods that had begun; 0: not yet known */
    uint8_t found[DEMAND_COUNT];
    uint8_t complete;
    bool torn; /* a row cannot be read: what it said of which demand is lost */
};

static struct demand_period period_of(const uint8_t row[ROW_SIZE])
{
    return (struct demand_period){
        .start_s = flash_get32(row + ROW_START),
        .start_milli = flash_get32(row + ROW_MILLI),
        .status = row[ROW_STATUS],
    };
}

/* A window can go on if its settings are the present ones, and neither the registers nor the clock have gone back
 * behind the beginning of its newest period; and if that is its newest: a checkpoint from after its end is from a
 * period whose row is lost. Rows follow their checkpoint at once: a cut between the two is no later than a maximum
 * allows. */
static bool goes_on(const struct meter *m, enum demand_kind kind, const uint8_t row[ROW_SIZE],
                    const struct memory_last *last)
{
    struct demand_period p = period_of(row);
    bool same = flash_get16(row + ROW_PERIOD) == m->demand_period_s && row[ROW_PERIODS] == m->demand_periods &&
                row[ROW_BEGUN] >= 1 && row[ROW_BEGUN] <= m->demand_periods;
    bool newest =
        last->at_s <= demand_end_s(&m->clock, p.start_s, m->demand_period_s) + (int64_t)DEMAND_LENGTHENED_MAX_S;
    return same && newest && !m->clock.invalid && m->clock.utc_s >= p.start_s &&
           (int32_t)(meter_demand_milli(m, kind) - p.start_milli) >= 0;
}

static void take_row(struct meter *m, struct search *s, const uint8_t row[ROW_SIZE], const struct memory_last *last)
{
    uint8_t kind = row[ROW_KIND];
    if (kind >= DEMAND_COUNT || (s->wanted[kind] > 0 && s->found[kind] == s->wanted[kind])) {
        return;
    }
    struct demand_period p = period_of(row);
    if (s->wanted[kind] == 0) {
        bool window = !s->torn && goes_on(m, kind, row, last);
        s->last[kind] =
            average_of(row[ROW_LAST_STATUS], flash_get32(row + ROW_LAST_VALUE), flash_get32(row + ROW_LAST_TIME));
        s->wanted[kind] = window ? row[ROW_BEGUN] : 1;
        s->found[kind] = window ? 0 : 1;
    } else if (p.start_s == s->start_s[kind]) {
        return; /* the same period, before its clock was moved */
    }
    if (s->found[kind] < s->wanted[kind]) {
        demand_recall(&m->demands[kind], s->found[kind]++, &p);
        s->start_s[kind] = p.start_s;
    }
    s->complete = (uint8_t)(s->complete + (s->found[kind] == s->wanted[kind]));
}

/* The windows end here: with a period missing, the one before it would count for a time that is not its own. */
static void tear(struct search *s)
{
    s->torn = true;
    for (unsigned i = 0; i < DEMAND_COUNT; i++) {
        s->complete = (uint8_t)(s->complete + (s->found[i] < s->wanted[i]));
        s->wanted[i] = s->found[i];
    }
}

/* One pass from the newest row back, over so many that the windows of all kinds are found even when single periods were
 * ended early. */
static void recall_windows(struct meter *m, struct search *s, const struct memory_last *last)
{
    uint32_t first = flashlog_first(&m->demand_log, 2u * DEMAND_COUNT * DEMAND_PERIODS_MAX);
    for (uint32_t sequence = m->demand_log.next; sequence > first && s->complete < DEMAND_COUNT; sequence--) {
        uint8_t row[ROW_SIZE];
        if (flashlog_read(&m->demand_log, sequence - 1, row) == STATUS_OK) {
            take_row(m, s, row, last);
        } else {
            tear(s);
        }
    }
}

/* The maxima first: a period whose row is not there yet ends once more after a cut, at the same value, but one whose
 * row is there never does. */
static void keep(struct meter *m)
{
    bool changed = false;
    for (enum demand_kind i = 0; i < DEMAND_COUNT; i++) {
        changed |= m->demands[i].changed;
    }
    if (changed) {
        demands_keep(m);
    }
    for (enum demand_kind i = 0; i < DEMAND_COUNT; i++) {
        struct demand_period period;
        uint8_t begun;
        while (demand_unsaved(&m->demands[i], &period, &begun)) {
            m->memory.failing |= keep_period(m, i, &period, begun) != STATUS_OK;
        }
    }
}

static void power_up(struct meter *m, enum demand_kind kind, const struct search *s, const struct memory_last *last)
{
    struct demand *d = &m->demands[kind];
    if (s->wanted[kind] > 0) {
        d->last = s->last[kind];
    }
    if (d->unsaved == 0) { /* a window was recalled */
        d->window[d->running].status |= last->demand_status[kind];
        demand_recalled(d, &m->clock);
        demand_power_up(d, &m->clock, meter_demand_milli(m, kind));
    }
}

enum status demands_power_up(struct meter *m, const struct memory_last *last)
{
    struct board_region region = memory_region(MEMORY_DEMAND);
    struct search s = { 0 };
    enum status status = flashlog_mount(&m->demand_log, m->board, &region);
    if (status == STATUS_UNDEFINED || (status == STATUS_OK && m->demand_log.row_size != ROW_SIZE)) {
        status = flashlog_restart(&m->demand_log, ROW_SIZE, NULL, 0);
    }
    if (status != STATUS_OK && status != STATUS_FAILED) {
        return status;
    }
    for (enum demand_kind i = 0; i < DEMAND_COUNT; i++) {
        demand_init(&m->demands[i], &m->clock, meter_demand_milli(m, i), m->demand_period_s, m->demand_periods);
    }
    recall_maxima(m);
    recall_windows(m, &s, last);
    for (enum demand_kind i = 0; i < DEMAND_COUNT; i++) {
        power_up(m, i, &s, last);
    }
    keep(m); /* before there is a checkpoint from after the outage */
    return STATUS_OK;
}

void demands_clock_set(struct meter *m, int64_t before_s)
{
    for (enum demand_kind i = 0; i < DEMAND_COUNT; i++) {
        demand_clock_set(&m->demands[i], &m->clock, before_s, meter_demand_milli(m, i));
    }
    keep(m);
}

void demands_step(struct meter *m)
{
    for (enum demand_kind i = 0; i < DEMAND_COUNT; i++) {
        demand_step(&m->demands[i], &m->clock, meter_demand_milli(m, i));
    }
    keep(m);
}

/* Settings ---------------------------------------------------------------------- */

static enum status configure(struct meter *m, enum setting setting, uint32_t value)
{
    enum status status = setting_set_number(m, setting, value);
    for (enum demand_kind i = 0; i < DEMAND_COUNT && status == STATUS_OK; i++) {
        status = demand_configure(&m->demands[i], &m->clock, meter_demand_milli(m, i), m->demand_period_s,
                                  m->demand_periods);
    }
    return status;
}

enum status meter_set_demand_period(struct meter *m, uint32_t period_s)
{
    return demand_allows(period_s, m->demand_periods) ? configure(m, SETTING_DEMAND_PERIOD, period_s) : STATUS_RANGE;
}

enum status meter_set_demand_periods(struct meter *m, uint32_t periods)
{
    return demand_allows(m->demand_period_s, periods) ? configure(m, SETTING_DEMAND_PERIODS, periods) : STATUS_RANGE;
}
