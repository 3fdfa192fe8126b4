#include "model/profiles.h"

#include <assert.h>

#include "meter/load_profiles.h"
#include "model/capture.h"

/* clang-format off */
static const struct model_column load_columns[] = {
    { 8, { 0, 0,   1,  0, 0, 255 }, 2 },
    { 1, { 0, 0,  96, 10, 1, 255 }, 2 },
    { 3, { 1, 0,   1,  8, 0, 255 }, 2 },
    { 3, { 1, 0,   2,  8, 0, 255 }, 2 },
    { 3, { 1, 0,   3,  8, 0, 255 }, 2 },
    { 3, { 1, 0,   4,  8, 0, 255 }, 2 },
    { 3, { 1, 0,  32,  7, 0, 255 }, 2 },
    { 3, { 1, 0,  31,  7, 0, 255 }, 2 },
};

static const struct model_column daily_columns[] = {
    { 8, { 0, 0,   1,  0, 0, 255 }, 2 },
    { 1, { 0, 0,  96, 10, 2, 255 }, 2 },
    { 3, { 1, 0,   1,  8, 0, 255 }, 2 },
    { 3, { 1, 0,   2,  8, 0, 255 }, 2 },
    { 3, { 1, 0,   3,  8, 0, 255 }, 2 },
    { 3, { 1, 0,   4,  8, 0, 255 }, 2 },
    { 3, { 1, 0,  15,  8, 0, 255 }, 2 },
    { 3, { 1, 0, 128,  8, 0, 255 }, 2 },
    { 3, { 1, 0,  16,  8, 0, 255 }, 2 },
};

static const struct model_column billing_columns[] = {
    { 8, { 0, 0,   1,  0, 0, 255 }, 2 },
    { 1, { 0, 0,  96, 10, 3, 255 }, 2 },
    { 1, { 0, 0,   0,  1, 0, 255 }, 2 },
    { 3, { 1, 0,   1,  8, 0, 255 }, 2 },
    { 3, { 1, 0,   2,  8, 0, 255 }, 2 },
    { 3, { 1, 0,   3,  8, 0, 255 }, 2 },
    { 3, { 1, 0,   4,  8, 0, 255 }, 2 },
    { 3, { 1, 0,  15,  8, 0, 255 }, 2 },
    { 3, { 1, 0, 128,  8, 0, 255 }, 2 },
    { 3, { 1, 0,  16,  8, 0, 255 }, 2 },
    { 4, { 1, 0,   1,  6, 0, 255 }, 2 },
    { 4, { 1, 0,   1,  6, 0, 255 }, 5 },
    { 3, { 1, 0,   1,  2, 0, 255 }, 2 },
    { 4, { 1, 0,   2,  6, 0, 255 }, 2 },
    { 4, { 1, 0,   2,  6, 0, 255 }, 5 },
    { 3, { 1, 0,   2,  2, 0, 255 }, 2 },
    { 4, { 1, 0,   3,  6, 0, 255 }, 2 },
    { 4, { 1, 0,   3,  6, 0, 255 }, 5 },
    { 3, { 1, 0,   3,  2, 0, 255 }, 2 },
    { 4, { 1, 0,   4,  6, 0, 255 }, 2 },
    { 4, { 1, 0,   4,  6, 0, 255 }, 5 },
    { 3, { 1, 0,   4,  2, 0, 255 }, 2 },
};

static const struct model_column standard_log_columns[] = {
    { 8, { 0, 0,   1,  0,  0, 255 }, 2 },
    { 1, { 0, 0,  96, 11,  0, 255 }, 2 },
    { 1, { 0, 0,  96, 11, 10, 255 }, 2 },
};

static const struct model_column fraud_log_columns[] = {
    { 8, { 0, 0,   1,  0, 0, 255 }, 2 },
    { 1, { 0, 0,  96, 11, 1, 255 }, 2 },
    { 3, { 1, 0,   1,  8, 0, 255 }, 2 },
};

static const struct model_column power_quality_log_columns[] = {
    { 8, { 0, 0,   1,  0, 0, 255 }, 2 },
    { 1, { 0, 0,  96, 11, 4, 255 }, 2 },
    { 3, { 1, 0,  32,  7, 0, 255 }, 2 },
    { 3, { 1, 0,  31,  7, 0, 255 }, 2 },
    { 3, { 1, 0,  13,  7, 0, 255 }, 2 },
    { 3, { 1, 0,   1,  8, 0, 255 }, 2 },
};

static const struct model_column communication_log_columns[] = {
    { 8, { 0, 0,   1,  0, 0, 255 }, 2 },
    { 1, { 0, 0,  96, 11, 5, 255 }, 2 },
};

static const struct model_column alarm_log_columns[] = {
    { 8, { 0, 0,   1,  0, 0, 255 }, 2 },
    { 1, { 0, 0,  96, 11, 9, 255 }, 2 },
    { 1, { 0, 0,  97, 98, 0, 255 }, 2 },
    { 1, { 0, 0,  97, 98, 1, 255 }, 2 },
};

static const struct model_column power_failure_log_columns[] = {
    { 8, { 0, 0,   1,  0,  0, 255 }, 2 },
    { 3, { 0, 0,  96,  7, 19, 255 }, 2 },
};
/* clang-format on */

static struct profile *load(struct meter *m)
{
    return &m->load_profiles[METER_LOAD_PROFILE].profile;
}

static struct profile *daily(struct meter *m)
{
    return &m->load_profiles[METER_DAILY_PROFILE].profile;
}

static struct profile *billing(struct meter *m)
{
    return &m->billing.profile;
}

/* Tells of the change, and of captures that are switched on or off with it. */
static enum status configure(struct meter *m, enum meter_load_profile which, const struct profile_column *columns,
                             uint8_t count, uint32_t period_s)
{
    static const struct {
        uint8_t change, on, off;
    } events[METER_LOAD_PROFILES] = {
        [METER_LOAD_PROFILE] = { EVENT_CHANGE_LOAD_PROFILE, EVENT_LOAD_PROFILE_ON, EVENT_LOAD_PROFILE_OFF },
        [METER_DAILY_PROFILE] = { EVENT_CHANGE_DAILY_PROFILE, EVENT_DAILY_PROFILE_ON, EVENT_DAILY_PROFILE_OFF },
    };
    bool was_on = m->load_profiles[which].profile.period_s != 0;
    enum status status = meter_configure_load_profile(m, which, columns, count, period_s);
    if (status != STATUS_OK) {
        return status;
    }
    event_note_change(m, (enum event_change)events[which].change);
    if (was_on != (period_s != 0)) {
        event_raise(m, (enum event)(was_on ? events[which].off : events[which].on), 0);
    }
    return STATUS_OK;
}

static enum status configure_load(struct meter *m, const struct profile_column *columns, uint8_t count,
                                  uint32_t period_s)
{
    return configure(m, METER_LOAD_PROFILE, columns, count, period_s);
}

static enum status configure_daily(struct meter *m, const struct profile_column *columns, uint8_t count,
                                   uint32_t period_s)
{
    return configure(m, METER_DAILY_PROFILE, columns, count, period_s);
}

/* A billing is captured when it takes place. */
static enum status configure_billing(struct meter *m, const struct profile_column *columns, uint8_t count,
                                     uint32_t period_s)
{
    enum status status = period_s == 0 ? billing_restart(m, columns, count) : STATUS_RANGE;
    if (status == STATUS_OK) {
        event_note_change(m, EVENT_CHANGE_BILLING_PROFILE);
    }
    return status;
}

static enum status cleared(struct meter *m, enum status status)
{
    if (status == STATUS_OK) {
        event_raise(m, EVENT_PROFILE_CLEARED, 0);
    }
    return status;
}

/* The period that runs goes on. */
static enum status reset_load(struct meter *m)
{
    return cleared(m, meter_clear_load_profile(m, METER_LOAD_PROFILE));
}

static enum status reset_daily(struct meter *m)
{
    return cleared(m, meter_clear_load_profile(m, METER_DAILY_PROFILE));
}

static enum status reset_billing(struct meter *m)
{
    return cleared(m, billing_clear(m));
}

static enum status end_of_billing(struct meter *m)
{
    return billing_request(m, BILLING_BY_INTERFACE);
}

/* The three functions of a log. */
#define LOG(name, kind)                                                                                                \
    static struct profile *name(struct meter *m)                                                                       \
    {                                                                                                                  \
        return &m->events.profiles[kind];                                                                              \
    }                                                                                                                  \
    static enum status configure_##name(struct meter *m, const struct profile_column *columns, uint8_t count,          \
                                        uint32_t period_s)                                                             \
    {                                                                                                                  \
        return period_s == 0 ? event_configure(m, kind, columns, count) : STATUS_RANGE;                                \
    }                                                                                                                  \
    static enum status reset_##name(struct meter *m)                                                                   \
    {                                                                                                                  \
        return event_clear(m, kind);                                                                                   \
    }
LOG(standard_log, EVENT_LOG_STANDARD)
LOG(fraud_log, EVENT_LOG_FRAUD)
LOG(power_quality_log, EVENT_LOG_POWER_QUALITY)
LOG(communication_log, EVENT_LOG_COMMUNICATION)
LOG(alarm_log, EVENT_LOG_ALARM)
LOG(power_failure_log, EVENT_LOG_POWER_FAILURE)
#undef LOG

#define COLUMNS(list) .columns = (list), .count = sizeof(list) / sizeof(list)[0]

const struct model_profile_row model_profiles[PROFILE_COUNT] = {
    [PROFILE_LOAD] = { load, configure_load, reset_load, .period_s = LOAD_PROFILE_PERIOD_S, COLUMNS(load_columns) },
#define LOG(name)                                                                                                      \
    {                                                                                                                  \
        name, configure_##name, reset_##name, COLUMNS(name##_columns)                                                  \
    }
    [PROFILE_STANDARD_LOG] = LOG(standard_log),
    [PROFILE_FRAUD_LOG] = LOG(fraud_log),
    [PROFILE_POWER_QUALITY_LOG] = LOG(power_quality_log),
    [PROFILE_COMMUNICATION_LOG] = LOG(communication_log),
    [PROFILE_ALARM_LOG] = LOG(alarm_log),
    [PROFILE_POWER_FAILURE_LOG] = LOG(power_failure_log),
#undef LOG
    [PROFILE_DAILY] = { daily, configure_daily, reset_daily, .period_s = CALENDAR_DAY_S, COLUMNS(daily_columns) },
    [PROFILE_BILLING] = { billing, configure_billing, reset_billing, end_of_billing, COLUMNS(billing_columns) },
};

static void begin_new(struct meter *m, const struct model_profile_row *row)
{
    struct profile_column columns[BILLING_COLUMNS_MAX];
    enum status status = STATUS_OK;
    for (unsigned i = 0; i < row->count && status == STATUS_OK; i++) {
        const struct selector_column named = {
            .class_id = row->columns[i].class_id,
            .obis = row->columns[i].obis,
            .attribute = row->columns[i].attribute,
        };
        status = capture_resolve(m, &named, &columns[i]);
        assert(status == STATUS_OK);
    }
    if (status != STATUS_OK || row->configure(m, columns, row->count, row->period_s) != STATUS_OK) {
        m->memory.failing = true;
    }
}

void model_profiles_begin(struct meter *m)
{
    for (unsigned i = 0; i < PROFILE_COUNT; i++) {
        const struct profile *p = model_profiles[i].of(m);
        if (p->count == 0 && !p->foreign) {
            begin_new(m, &model_profiles[i]);
        }
    }
    meter_start(m, capture_read);
}
