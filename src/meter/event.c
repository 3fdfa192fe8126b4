#include "meter/event.h"

#include <string.h>

#include "meter/memory.h"
#include "meter/meter.h"
#include "store/flash.h"

struct row {
    uint8_t code; /* enum event */
    uint8_t log;  /* enum event_log_kind */
    uint8_t bit_1, bit_2;
    bool maskable;
};

#define NO_ALARM                                       ALARM_NONE
#define EVENT(name, code, log, bit_1, bit_2, maskable) { code, EVENT_LOG_##log, bit_1, bit_2, maskable },
static const struct row rows[] = {
#include "meter/event.def"
};
#undef EVENT

/* In front of the columns of a row: counter 4, code 1, sub-code 2. The same stands in the settings while a log is
 * cleared, behind the number of the layout (SPEC.md). */
enum { FIXED = 7, LAYOUT = 1, RECORD = 1 + FIXED };

struct log_kind {
    struct profile_kind kind;
    enum memory_region region;
};

static const struct log_kind log_kinds[EVENT_PROFILES] = {
    [EVENT_LOG_STANDARD] = { { STANDARD_LOG_ROWS, LOG_COLUMNS_MAX, FIXED }, MEMORY_STANDARD_LOG },
    [EVENT_LOG_FRAUD] = { { FRAUD_LOG_ROWS, LOG_COLUMNS_MAX, FIXED }, MEMORY_FRAUD_LOG },
    [EVENT_LOG_POWER_QUALITY] = { { POWER_QUALITY_LOG_ROWS, LOG_COLUMNS_MAX, FIXED }, MEMORY_POWER_QUALITY_LOG },
    [EVENT_LOG_COMMUNICATION] = { { COMMUNICATION_LOG_ROWS, LOG_COLUMNS_MAX, FIXED }, MEMORY_COMMUNICATION_LOG },
    [EVENT_LOG_ALARM] = { { ALARM_LOG_ROWS, LOG_COLUMNS_MAX, FIXED }, MEMORY_ALARM_LOG },
    [EVENT_LOG_POWER_FAILURE] = { { POWER_FAILURE_LOG_ROWS, LOG_COLUMNS_MAX, 0 }, MEMORY_POWER_FAILURE_LOG },
};

/* Beginning --------------------------------------------------------------------------------------------- */

static uint16_t key_of(enum event_log_kind kind)
{
    return (uint16_t)(MEMORY_KEY_EVENTS + 1 + kind);
}

static void put_fixed(const struct event_log *log, uint8_t octets[FIXED])
{
    flash_put32(octets, log->count);
    octets[4] = log->code;
    flash_put16(octets + 5, log->sub_code);
}

static void get_fixed(struct event_log *log, const uint8_t octets[FIXED])
{
    log->count = flash_get32(octets);
    log->code = octets[4];
    log->sub_code = flash_get16(octets + 5);
}

void event_init(struct events *e)
{
    *e = (struct events){ 0 };
    alarm_init(&e->alarm);
    for (unsigned i = 0; i < EVENT_LOGS; i++) {
        e->logs[i].mask.size = EVENT_MASK_OCTETS;
        memset(e->logs[i].mask.octets, 0xFF, EVENT_MASK_OCTETS);
    }
    /* The supervision of the frequency is there, but not delivered switched on: object-model.md 1.9. */
    e->logs[EVENT_LOG_POWER_QUALITY].mask.octets[EVENT_FREQUENCY / 8] =
        (uint8_t) ~(0x80u >> EVENT_FREQUENCY % 8 | 0x80u >> EVENT_FREQUENCY_END % 8);
}

/* Counter and codes: those of the newest row that can be read, or what was kept when the log was cleared. */
static void recall(struct meter *m, enum event_log_kind kind)
{
    struct event_log *log = &m->events.logs[kind];
    struct profile *p = &m->events.profiles[kind];
    uint8_t octets[FLASHLOG_ROW_MAX];
    size_t size = 0;
    if (settings_get(&m->memory.settings, key_of(kind), octets, RECORD, &size) == STATUS_OK && size == RECORD &&
        octets[0] == LAYOUT) {
        get_fixed(log, octets + 1);
    }
    struct profile_range all = profile_all(p);
    for (uint32_t sequence = all.end; sequence-- > all.first;) {
        struct profile_row row;
        if (profile_read(p, &all, sequence, octets, &row) == STATUS_OK) {
            get_fixed(log, row.fixed);
            return;
        }
    }
    if (log->count > 0 && all.first == all.end) {
        m->events.cut |= (uint8_t)(1u << kind);
    }
}

static void note(struct meter *m, enum status status)
{
    if (status != STATUS_OK) {
        m->memory.failing = true;
    }
}

enum status event_mount(struct meter *m)
{
    enum status result = STATUS_OK;
    alarm_load(&m->events.alarm, &m->memory.settings);
    for (enum event_log_kind i = 0; i < EVENT_PROFILES; i++) {
        const struct log_kind *k = &log_kinds[i];
        struct board_region region = memory_region(k->region);
        enum status status = profile_mount(&m->events.profiles[i], m->board, &k->kind, &region, m->events.columns[i]);
        if (i < EVENT_LOGS) {
            recall(m, i);
        }
        if (status != STATUS_OK && status != STATUS_UNDEFINED) {
            m->memory.failing = true;
            result = status;
        }
    }
    return result;
}

/* Raising --------------------------------------------------------------------------------------------------- */

static bool passes(const struct event_mask *mask, uint8_t code)
{
    return (mask->octets[code / 8] & 0x80u >> code % 8) != 0;
}

static void capture(struct meter *m, enum event_log_kind kind, const uint8_t *fixed, int64_t at_s)
{
    struct calendar_time stamp = clock_local(&m->clock, at_s, 0);
    note(m, profile_capture(&m->events.profiles[kind], at_s, &stamp, fixed, m->column_reader, m));
}

static void log_event(struct meter *m, enum event_log_kind kind, uint8_t code, uint16_t sub_code, int64_t at_s)
{
    struct event_log *log = &m->events.logs[kind];
    uint8_t fixed[FIXED];
    log->code = code;
    log->sub_code = sub_code;
    log->count++;
    put_fixed(log, fixed);
    capture(m, kind, fixed, at_s);
}

/* Every enum event but EVENT_LOG_CLEARED has a row. */
static const struct row *find(enum event event)
{
    const struct row *last = rows + sizeof rows / sizeof rows[0] - 1;
    const struct row *row = rows;
    while (row < last && row->code != event) {
        row++;
    }
    return row;
}

void event_raise_at(struct meter *m, enum event event, uint16_t sub_code, int64_t at_s)
{
    struct events *e = &m->events;
    const struct row *row = find(event);
    enum status status;
    if (m->column_reader == NULL) {
        return; /* the meter has not been started */
    }
    if (row->maskable && !passes(&e->logs[row->log].mask, row->code)) {
        return;
    }
    log_event(m, (enum event_log_kind)row->log, row->code, sub_code, at_s);
    bool reported = alarm_raise(&e->alarm, &m->memory.settings, row->bit_1, row->bit_2, &status);
    note(m, status);
    if (reported && passes(&e->logs[EVENT_LOG_ALARM].mask, row->code)) {
        log_event(m, EVENT_LOG_ALARM, row->code, 0, at_s);
    }
}

void event_raise(struct meter *m, enum event event, uint16_t sub_code)
{
    event_raise_at(m, event, sub_code, m->clock.utc_s);
}

void event_power_up(struct meter *m)
{
    for (enum event_log_kind kind = 0; kind < EVENT_LOGS; kind++) {
        if (m->events.cut >> kind & 1) {
            log_event(m, kind, EVENT_LOG_CLEARED, 0, m->clock.utc_s);
        }
    }
    m->events.cut = 0;
}

void event_power_failure(struct meter *m)
{
    capture(m, EVENT_LOG_POWER_FAILURE, NULL, m->clock.utc_s);
}

/* Clients ------------------------------------------------------------------------------------------------------ */

enum status event_configure(struct meter *m, enum event_log_kind kind, const struct profile_column *columns,
                            uint8_t count)
{
    enum status status = STATUS_OK;
    if (kind < EVENT_LOGS) {
        uint8_t record[RECORD] = { LAYOUT };
        put_fixed(&m->events.logs[kind], record + 1);
        status = settings_set(&m->memory.settings, key_of(kind), record, sizeof record);
    }
    if (status == STATUS_OK) {
        status = profile_restart(&m->events.profiles[kind], columns, count, 0);
    }
    if (status == STATUS_OK && kind < EVENT_LOGS && m->column_reader != NULL) {
        log_event(m, kind, EVENT_LOG_CLEARED, 0, m->clock.utc_s);
    }
    return status;
}

enum status event_clear(struct meter *m, enum event_log_kind kind)
{
    const struct profile *p = &m->events.profiles[kind];
    return p->count == 0 ? STATUS_DENIED : event_configure(m, kind, p->columns, p->count);
}

enum status event_set_alarm(struct meter *m, enum alarm_word word, uint32_t written)
{
    bool cleared;
    enum status status = alarm_set(&m->events.alarm, &m->memory.settings, word, written, &cleared);
    if (status != STATUS_OK) {
        return status;
    }
    if (word == ALARM_FILTER_WORD_1 || word == ALARM_FILTER_WORD_2) {
        event_note_change(m, EVENT_CHANGE_ALARM_FILTER);
    }
    if (cleared && word == ALARM_ERROR_REGISTER) {
        event_raise(m, EVENT_ERRORS_CLEARED, 0);
    }
    if (cleared && (word == ALARM_REGISTER_1 || word == ALARM_REGISTER_2)) {
        event_raise(m, EVENT_ALARMS_CLEARED, 0);
    }
    return STATUS_OK;
}

void event_note_change(struct meter *m, enum event_change change)
{
    if (m->column_reader == NULL) {
        return; /* what the meter sets before it is started is no client's change */
    }
    m->events.noted |= (uint16_t)(1u << change);
    if (change == EVENT_CHANGE_SECRETS) {
        event_raise(m, EVENT_SECRET_CHANGED, 0);
    }
}

void event_changed(struct meter *m, bool first)
{
    struct events *e = &m->events;
    if (first) {
        e->logged = 0;
    }
    if (first && e->noted == 0) {
        e->noted = 1u << EVENT_CHANGE_OTHER;
    }
    for (unsigned change = 0; change <= EVENT_CHANGE_SECRETS; change++) {
        if ((e->noted & ~e->logged) >> change & 1) {
            event_raise(m, EVENT_CONFIGURATION_CHANGED, (uint16_t)change);
        }
    }
    e->logged |= e->noted;
    e->noted = 0;
}

void event_login_refused(struct meter *m, bool locked)
{
    note(m, setting_set_number(m, SETTING_REFUSED_LOGINS, (int64_t)m->refused_logins + 1));
    if (locked) {
        event_raise(m, EVENT_LOGIN_FAILED, 0);
        event_raise(m, EVENT_LOCKED_OUT, 0);
    }
}

void event_step(struct meter *m)
{
    struct profile *p = &m->events.profiles[m->events.turn];
    m->events.turn = (uint8_t)((m->events.turn + 1u) % EVENT_PROFILES);
    if (p->count != 0) {
        note(m, profile_step(p));
    }
}
