#include "boards/linux/virtual_meter.h"

#include <math.h>
#include <stdlib.h>

#include "boards/linux/state.h"
#include "host/booking.h"
#include "host/local_time.h"
#include "meter/memory.h"

enum { SECOND_US = 1000000, SAMPLED_STEP_US = 20000 };
enum { FAILS_BELOW_UV = 80000000, RETURNS_ABOVE_UV = 90000000 };

bool virtual_meter_is_supplied(const struct virtual_meter *m)
{
    return !m->switched_off && (m->board.powered ? m->mains_uv >= FAILS_BELOW_UV : m->mains_uv > RETURNS_ABOVE_UV);
}

static void power_up(struct virtual_meter *m)
{
    machine_power(&m->board, true);
    m->board.restarting = false;
    enum status status = app_init(&m->app, &m->board, &m->identity, &metrology_nominal, MACHINE_RATE_HZ);
    m->failed = status != STATUS_OK;
    if (m->failed) {
        machine_power(&m->board, false);
        m->switched_off = true;
    }
}

static void power_down(struct virtual_meter *m)
{
    m->board.failing = true;
    app_step(&m->app); /* the last gasp */
    machine_power(&m->board, false);
    machine_keep_times(&m->board);
}

/* An image was activated. */
static void restart_if_asked(struct virtual_meter *m)
{
    if (m->board.restarting) {
        power_down(m);
        power_up(m);
    }
}

static void apply_load(struct virtual_meter *m, struct quantities *q)
{
    load_at(m->load, virtual_meter_local_s(m), q);
    m->mains_uv = q->voltage_uv;
    if (m->sampled != m->board.sampling) {
        machine_sample(&m->board, m->sampled);
    }
    if (m->board.sampling) {
        machine_apply(&m->board, q);
    }
}

/* The load has been there before the meter began. */
static void begin(struct virtual_meter *m, const struct identity *identity, const struct load *load, bool sampled)
{
    struct quantities q;
    m->identity = *identity;
    m->load = load;
    m->sampled = sampled;
    m->switched_off = m->failed = false;
    apply_load(m, &q);
    m->board.powered = false;
    if (virtual_meter_is_supplied(m)) {
        power_up(m);
    }
}

void virtual_meter_init(struct virtual_meter *m, const struct identity *identity, const struct load *load,
                        int64_t start_local_s, bool sampled)
{
    machine_init(&m->board, start_local_s - LOCAL_TIME_DEVIATION_S);
    begin(m, identity, load, sampled);
}

void virtual_meter_init_on(struct virtual_meter *m, struct state *state, const struct machine_times *times,
                           const struct identity *identity, const struct load *load, bool sampled)
{
    machine_init(&m->board, 0);
    m->board.times = *times;
    state_flash(state, &m->board.flash);
    m->board.state = state;
    begin(m, identity, load, sampled);
}

void virtual_meter_end(struct virtual_meter *m)
{
    if (m->board.powered) {
        power_down(m);
    }
    machine_end(&m->board);
}

uint32_t virtual_meter_step_us(const struct virtual_meter *m)
{
    return m->board.sampling ? SAMPLED_STEP_US : SECOND_US;
}

int64_t virtual_meter_local_s(const struct virtual_meter *m)
{
    return m->board.times.world_us / SECOND_US;
}

/* At the beginning of a second. Without samples the supply fails at once, else after the step that shows the meter the
 * low voltage: 20 ms. */
static void begin_second(struct virtual_meter *m)
{
    struct quantities q;
    apply_load(m, &q);
    if (m->board.sampling) {
        return;
    }
    if (m->board.powered && !virtual_meter_is_supplied(m)) {
        power_down(m);
    } else if (!m->board.powered && virtual_meter_is_supplied(m)) {
        power_up(m);
    }
    if (m->board.powered) {
        struct metrology_window w;
        booking_second(&q, &w);
        w.neutral_na = (uint64_t)llround(machine_neutral_a(&m->board, (double)w.current_na / 1e9) * 1e9);
        meter_add_window(&m->app.meter, &w);
    }
}

void virtual_meter_step(struct virtual_meter *m)
{
    if (m->board.elapsed_us % SECOND_US == 0) {
        begin_second(m);
    }
    if (!m->board.powered && virtual_meter_is_supplied(m)) {
        power_up(m);
    }
    machine_advance(&m->board, virtual_meter_step_us(m));
    if (m->board.powered) {
        app_step(&m->app);
        if (!virtual_meter_is_supplied(m)) {
            power_down(m);
        } else {
            restart_if_asked(m);
        }
    } else if (m->app.meter.supply.down) {
        meter_step(&m->app.meter); /* button and display, on the battery */
    }
}

bool virtual_meter_serve(struct virtual_meter *m)
{
    if (!m->board.powered) {
        machine_silence(&m->board);
        return false;
    }
    bool moved = app_step(&m->app);
    restart_if_asked(m);
    return moved;
}

void virtual_meter_switch(struct virtual_meter *m, bool on)
{
    m->switched_off = !on;
    if (m->board.powered && !on) {
        power_down(m);
    } else if (!m->board.powered && virtual_meter_is_supplied(m)) { /* whoever has switched it on finds it alive */
        power_up(m);
    }
}

void virtual_meter_save(struct virtual_meter *m)
{
    if (m->board.powered) {
        memory_checkpoint(&m->app.meter, false);
    }
}

bool virtual_meter_starts_on(const struct virtual_meter *m, const uint8_t *flash)
{
    struct virtual_meter *trial = malloc(sizeof *trial);
    if (trial == NULL) {
        return false;
    }
    machine_init(&trial->board, 0);
    trial->board.times = m->board.times;
    trial->identity = m->identity;
    bool starts = part_reserve(&trial->board.flash, flash);
    if (starts) {
        part_replace(&trial->board.flash, flash);
        starts =
            app_init(&trial->app, &trial->board, &trial->identity, &metrology_nominal, MACHINE_RATE_HZ) == STATUS_OK;
    }
    machine_end(&trial->board);
    free(trial);
    return starts;
}

void virtual_meter_restore(struct virtual_meter *m, const uint8_t *memory)
{
    struct machine_times kept;
    int64_t host_us;
    power_down(m);
    if (state_times(memory, &kept, &host_us)) {
        m->board.times.chip_us = kept.chip_us;
        m->board.times.chip_valid = kept.chip_valid;
        m->board.times.trim_ppb = kept.trim_ppb;
        m->board.chip_rest = 0;
    }
    state_replace(m->board.state, memory, &m->board.flash);
    power_up(m);
    machine_keep_times(&m->board);
}
