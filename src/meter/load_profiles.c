#include "meter/load_profiles.h"

enum status load_profiles_power_up(struct meter *m, const struct memory_last *last)
{
    static const struct load_profile_kind *const kinds[] = { &load_profile_1, &load_profile_daily };
    static const enum memory_region regions[] = { MEMORY_LOAD_PROFILE, MEMORY_DAILY_PROFILE };
    for (unsigned i = 0; i < METER_LOAD_PROFILES; i++) {
        struct load_profile *l = &m->load_profiles[i];
        struct board_region region = memory_region(regions[i]);
        enum status status = load_profile_mount(l, m->board, kinds[i], &region);
        if (status != STATUS_OK && status != STATUS_UNDEFINED) {
            return status;
        }
        if (last->found) {
            load_profile_power_up(l, &m->clock, last->at_s, last->load_profile_kept[i]);
        } else {
            load_profile_begin(l, &m->clock);
        }
    }
    return STATUS_OK;
}

/* With a checkpoint, so that the rows are not written again. */
void load_profiles_begin(struct meter *m, profile_reader *reader)
{
    m->column_reader = reader;
    load_profiles_step(m);
    memory_checkpoint(m, false);
}

bool load_profiles_end(const struct meter *m)
{
    bool ends = false;
    for (unsigned i = 0; i < METER_LOAD_PROFILES && m->column_reader != NULL; i++) {
        ends |= load_profile_ends(&m->load_profiles[i], &m->clock);
    }
    return ends;
}

uint8_t load_profiles_fault(const struct meter *m)
{
    bool fault = (m->events.alarm.words[ALARM_ERROR_REGISTER] & ALARM_FAULTS) != 0 || m->memory.failing;
    return fault ? LOAD_PROFILE_ERR | LOAD_PROFILE_DNV : 0;
}

void load_profiles_step(struct meter *m)
{
    for (unsigned i = 0; i < METER_LOAD_PROFILES && m->column_reader != NULL; i++) {
        m->load_profiles[i].fault = load_profiles_fault(m);
        if (load_profile_step(&m->load_profiles[i], &m->clock, m->column_reader, m) != STATUS_OK) {
            m->memory.failing = true;
        }
    }
}

void load_profiles_clock_set(struct meter *m, int64_t before_s)
{
    for (unsigned i = 0; i < METER_LOAD_PROFILES && m->column_reader != NULL; i++) {
        m->load_profiles[i].fault = load_profiles_fault(m);
        if (load_profile_clock_set(&m->load_profiles[i], &m->clock, before_s, m->column_reader, m) != STATUS_OK) {
            m->memory.failing = true;
        }
    }
}

enum status meter_configure_load_profile(struct meter *m, enum meter_load_profile which,
                                         const struct profile_column *columns, uint8_t count, uint32_t period_s)
{
    enum status status = load_profile_configure(&m->load_profiles[which], &m->clock, columns, count, period_s);
    if (status == STATUS_OK) {
        memory_checkpoint(m, false); /* with the flags of the period that has begun */
    }
    return status;
}

enum status meter_clear_load_profile(struct meter *m, enum meter_load_profile which)
{
    memory_checkpoint(m, false); /* first: after it no power-up finds a row missing that was written */
    return profile_clear(&m->load_profiles[which].profile);
}
