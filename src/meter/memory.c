#include "meter/memory.h"

#include <assert.h>

#include "meter/meter.h"
#include "store/flash.h"

/* SPEC.md: the snapshot. */
enum { LAYOUT = 1 };
enum { AT_LAYOUT = 0, AT_MARKS = 1, AT_TIME = 2, AT_OPERATING = 6, AT_DEMAND = 10, AT_PROFILE = 14, AT_PULSES = 16 };
enum { AT_VOLTAGE = 18, AT_ENERGY = 24 };
#define ENERGY_OCTETS 10u /* 6 of mWh: 281,000,000 kWh; 4 of nWs */
enum { MARK_GASP = 1, MARK_INVALID = 2, MARK_DOUBTFUL = 4, MARK_VOLTAGE = 8 /* one for each statistic */ };
static_assert(AT_ENERGY + ENERGY_COUNT * ENERGY_OCTETS <= CHECKPOINT_SIZE, "the snapshot holds all registers");
static_assert(AT_PULSES + BOARD_LED_COUNT <= AT_VOLTAGE, "the snapshot holds all pulse outputs");
static_assert(AT_DEMAND + DEMAND_COUNT <= AT_PROFILE, "the snapshot holds all demands");

struct board_region memory_region(enum memory_region region)
{
    static const uint16_t blocks[MEMORY_REGIONS] = {
        [MEMORY_SETTINGS] = SETTINGS_BLOCKS,
        [MEMORY_CHECKPOINTS] = CHECKPOINT_BLOCKS,
        [MEMORY_DEMAND] = DEMAND_BLOCKS,
        [MEMORY_LOAD_PROFILE] = LOAD_PROFILE_BLOCKS,
        [MEMORY_DAILY_PROFILE] = DAILY_PROFILE_BLOCKS,
        [MEMORY_BILLING] = BILLING_BLOCKS,
        [MEMORY_STANDARD_LOG] = LOG_BLOCKS,
        [MEMORY_FRAUD_LOG] = LOG_BLOCKS,
        [MEMORY_POWER_QUALITY_LOG] = LOG_BLOCKS,
        [MEMORY_COMMUNICATION_LOG] = LOG_BLOCKS,
        [MEMORY_ALARM_LOG] = LOG_BLOCKS,
        [MEMORY_POWER_FAILURE_LOG] = LOG_BLOCKS,
        [MEMORY_IMAGE_A] = IMAGE_SLOT_BLOCKS,
        [MEMORY_IMAGE_B] = IMAGE_SLOT_BLOCKS,
        [MEMORY_IMAGE_STATE] = IMAGE_STATE_BLOCKS,
    };
    struct board_region found = { .blocks = blocks[region] };
    for (unsigned i = 0; i < region; i++) {
        found.first = (uint16_t)(found.first + blocks[i]);
    }
    return found;
}

enum status memory_mount(struct meter *m)
{
    struct memory *y = &m->memory;
    struct board_region settings = memory_region(MEMORY_SETTINGS);
    struct board_region checkpoints = memory_region(MEMORY_CHECKPOINTS);
    enum status status = settings_mount(&y->settings, m->board, &settings);
    if (status == STATUS_OK) {
        status = checkpoint_mount(&y->checkpoint, m->board, &checkpoints);
    }
    return status;
}

/* Checkpoints ------------------------------------------------------------------- */

static void put_energy(uint8_t *octets, const struct energy_register *r)
{
    flash_put32(octets, (uint32_t)r->milli);
    flash_put16(octets + 4, (uint16_t)(r->milli >> 32));
    flash_put32(octets + 6, r->rest_nj);
}

static void get_energy(const uint8_t *octets, struct energy_register *r)
{
    r->milli = flash_get32(octets) | (uint64_t)flash_get16(octets + 4) << 32;
    r->rest_nj = flash_get32(octets + 6);
}

/* The sag, swell or cut that goes on: where the voltage last was, if it is in more than one. */
static void put_voltage(uint8_t snapshot[CHECKPOINT_SIZE], const struct conditions *c)
{
    if (condition_active(c, (enum condition)c->latest)) {
        snapshot[AT_MARKS] |= (uint8_t)(MARK_VOLTAGE << c->latest);
        flash_put32(snapshot + AT_VOLTAGE, c->statistics[c->latest].duration_s);
        flash_put16(snapshot + AT_VOLTAGE + 4, c->statistics[c->latest].magnitude_dv);
    }
}

static void get_voltage(const uint8_t snapshot[CHECKPOINT_SIZE], struct memory_last *last)
{
    for (unsigned i = 0; i < CONDITION_STATISTICS; i++) {
        if ((snapshot[AT_MARKS] & MARK_VOLTAGE << i) != 0) {
            last->voltage_known = true;
            last->voltage = (uint8_t)i;
        }
    }
    last->voltage_s = flash_get32(snapshot + AT_VOLTAGE);
    last->voltage_dv = flash_get16(snapshot + AT_VOLTAGE + 4);
}

void memory_checkpoint(struct meter *m, bool gasp)
{
    uint8_t snapshot[CHECKPOINT_SIZE] = { LAYOUT };
    snapshot[AT_MARKS] = (uint8_t)((gasp ? MARK_GASP : 0) | (m->clock.invalid ? MARK_INVALID : 0) |
                                   (m->clock.doubtful ? MARK_DOUBTFUL : 0));
    flash_put32(snapshot + AT_TIME, (uint32_t)m->clock.utc_s);
    flash_put32(snapshot + AT_OPERATING, m->supply.operating_s);
    for (unsigned i = 0; i < DEMAND_COUNT; i++) {
        snapshot[AT_DEMAND + i] = demand_running_status(&m->demands[i]);
    }
    for (unsigned i = 0; i < METER_LOAD_PROFILES; i++) {
        snapshot[AT_PROFILE + i] = load_profile_kept(&m->load_profiles[i], &m->clock);
    }
    for (unsigned i = 0; i < BOARD_LED_COUNT; i++) {
        snapshot[AT_PULSES + i] = m->pulses[i].owed;
    }
    put_voltage(snapshot, &m->supervision.conditions);
    for (size_t i = 0; i < ENERGY_COUNT; i++) {
        put_energy(snapshot + AT_ENERGY + i * ENERGY_OCTETS, &m->energy.registers[i]);
    }
    if (checkpoint_save(&m->memory.checkpoint, snapshot) != STATUS_OK) {
        m->memory.failing = true;
    }
    m->memory.active_nj = 0;
    m->memory.reactive_nj = 0;
}

void memory_restore(struct meter *m, struct memory_last *last)
{
    uint8_t snapshot[CHECKPOINT_SIZE];
    *last = (struct memory_last){ 0 };
    if (checkpoint_load(&m->memory.checkpoint, snapshot) != STATUS_OK || snapshot[AT_LAYOUT] != LAYOUT) {
        return;
    }
    last->found = true;
    last->gasp = (snapshot[AT_MARKS] & MARK_GASP) != 0;
    last->invalid = (snapshot[AT_MARKS] & MARK_INVALID) != 0;
    last->at_s = flash_get32(snapshot + AT_TIME);
    m->clock.doubtful = (snapshot[AT_MARKS] & MARK_DOUBTFUL) != 0;
    m->supply.operating_s = flash_get32(snapshot + AT_OPERATING);
    for (unsigned i = 0; i < DEMAND_COUNT; i++) {
        last->demand_status[i] = last->gasp ? snapshot[AT_DEMAND + i] : 0;
    }
    for (unsigned i = 0; i < METER_LOAD_PROFILES; i++) {
        last->load_profile_kept[i] = snapshot[AT_PROFILE + i];
    }
    for (unsigned i = 0; i < BOARD_LED_COUNT; i++) {
        last->pulses_owed[i] = snapshot[AT_PULSES + i];
    }
    get_voltage(snapshot, last);
    for (size_t i = 0; i < ENERGY_COUNT; i++) {
        get_energy(snapshot + AT_ENERGY + i * ENERGY_OCTETS, &m->energy.registers[i]);
    }
}

/* What is measured in the window that runs is not booked yet, and it may be of more than the one before or than a full
 * one: twice the larger of these is counted for it. */
static bool is_due(int64_t since_nj, int64_t window_nj)
{
    int64_t larger_nj = window_nj > CHECKPOINT_WINDOW_NJ ? window_nj : CHECKPOINT_WINDOW_NJ;
    return since_nj > 0 && since_nj + 2 * larger_nj > CHECKPOINT_NJ;
}

void memory_booked(struct meter *m, int64_t active_nj, int64_t reactive_nj)
{
    struct memory *y = &m->memory;
    y->active_nj += active_nj;
    y->reactive_nj += reactive_nj;
    if (is_due(y->active_nj, active_nj) || is_due(y->reactive_nj, reactive_nj)) {
        memory_checkpoint(m, false);
    }
}

bool memory_failed(const struct meter *m)
{
    bool failed = m->memory.failing || m->memory.settings.failed || m->memory.checkpoint.log.failed ||
                  m->demand_log.failed || m->billing.profile.log.failed;
    for (unsigned i = 0; i < METER_LOAD_PROFILES; i++) {
        failed |= m->load_profiles[i].profile.log.failed;
    }
    for (unsigned i = 0; i < EVENT_PROFILES; i++) {
        failed |= m->events.profiles[i].log.failed;
    }
    return failed;
}

void memory_step(struct meter *m)
{
    struct flashlog *const logs[] = { &m->memory.checkpoint.log, &m->demand_log,
                                      &m->load_profiles[METER_LOAD_PROFILE].profile.log,
                                      &m->load_profiles[METER_DAILY_PROFILE].profile.log };
    for (unsigned i = 0; i < sizeof logs / sizeof logs[0]; i++) {
        if (!logs[i]->ready) {
            m->memory.failing |= flashlog_step(logs[i]) != STATUS_OK;
            return;
        }
    }
}
