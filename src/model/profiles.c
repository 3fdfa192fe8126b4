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

static enum status configure_load(struct meter *m, const struct profile_column *columns, uint8_t count,
                                  uint32_t period_s)
{
    return meter_configure_load_profile(m, METER_LOAD_PROFILE, columns, count, period_s);
}

static enum status configure_daily(struct meter *m, const struct profile_column *columns, uint8_t count,
                                   uint32_t period_s)
{
    return meter_configure_load_profile(m, METER_DAILY_PROFILE, columns, count, period_s);
}

/* A billing is captured when it takes place. */
static enum status configure_billing(struct meter *m, const struct profile_column *columns, uint8_t count,
                                     uint32_t period_s)
{
    return period_s == 0 ? billing_restart(m, columns, count) : STATUS_RANGE;
}

/* The period that runs goes on. */
static enum status reset_load(struct meter *m)
{
    return profile_clear(load(m));
}

static enum status reset_daily(struct meter *m)
{
    return profile_clear(daily(m));
}

static enum status end_of_billing(struct meter *m)
{
    return billing_request(m, BILLING_BY_INTERFACE);
}

#define COLUMNS(list) .columns = (list), .count = sizeof(list) / sizeof(list)[0]

const struct model_profile_row model_profiles[PROFILE_COUNT] = {
    [PROFILE_LOAD] = { load, configure_load, reset_load, .period_s = LOAD_PROFILE_PERIOD_S, COLUMNS(load_columns) },
    [PROFILE_DAILY] = { daily, configure_daily, reset_daily, .period_s = CALENDAR_DAY_S, COLUMNS(daily_columns) },
    [PROFILE_BILLING] = { billing, configure_billing, billing_clear, end_of_billing, COLUMNS(billing_columns) },
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
    m->column_reader = capture_read;
    load_profiles_step(m);
}
