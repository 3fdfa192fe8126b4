#include "boards/linux/simulation.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "boards/linux/signature.h"
#include "host/image_key.h"
#include "host/local_time.h"

enum {
    SECOND_US = 1000000,
    SAMPLED_SPEED_MAX = 60,
    SLICE_US = 2000 /* metering works no longer than this before the ports are looked at */
};

uint64_t simulation_real_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND_US + (uint64_t)now.tv_nsec / 1000u;
}

/* Times at the start ------------------------------------------------------------------------------- */

/* Local time of a new memory's clock: as told, else where the load begins, else now. */
static int64_t first_local_s(const struct simulation *s, const struct cli_run *options)
{
    int64_t begin_s;
    int64_t end_s;
    if (options->start_given) {
        return options->start_local_s;
    }
    return load_span(&s->load, &begin_s, &end_s) ? begin_s : local_time_now();
}

/* Whether --start can be what the battery-backed clock reads now. */
static bool may_read(const struct machine_times *times, const struct cli_run *options)
{
    if (!options->start_given) {
        return false;
    }
    bool later = (options->start_local_s - LOCAL_TIME_DEVIATION_S) * SECOND_US >= times->chip_us;
    if (!times->chip_valid) {
        cli_say("--start is ignored: the meter's clock has lost its time, and waits for a client to set it.");
    } else if (!later) {
        cli_say(
            "--start is ignored: the meter's clock was later than that when its power went. It goes on from there.");
    }
    return later && times->chip_valid;
}

/* Times go on at the host's pace while the power is away, or as --start tells how long that was. */
static struct machine_times times_now(const struct simulation *s, const struct cli_run *options)
{
    struct machine_times times;
    int64_t kept_host_us;
    if (!state_times(s->state.map, &times, &kept_host_us)) { /* it is new */
        struct board fresh;
        machine_init(&fresh, first_local_s(s, options) - LOCAL_TIME_DEVIATION_S);
        return fresh.times;
    }
    if (may_read(&times, options)) {
        int64_t start_us = (options->start_local_s - LOCAL_TIME_DEVIATION_S) * SECOND_US;
        machine_rest(&times, start_us - times.chip_us);
        times.chip_us = times.chip_valid ? start_us : times.chip_us;
    } else {
        int64_t away_us = state_host_us() - kept_host_us;
        machine_rest(&times, away_us > 0 ? away_us : 0);
    }
    return times;
}

/* Begin and end ----------------------------------------------------------------------------------- */

static bool is_sampled(const struct simulation *s)
{
    bool sampled =
        s->waveform == CLI_WAVEFORM_AUTO ? s->speed <= SAMPLED_SPEED_MAX : s->waveform == CLI_WAVEFORM_ALWAYS;
    if (!sampled) {
        cli_say("The load is booked as measured quantities per second, without waveforms.");
    }
    return sampled;
}

/* DIR/image-key.pem, if there is one: the owner puts it there. */
static bool take_image_key(const char *directory, uint8_t key[ECDSA_KEY_SIZE])
{
    char path[PATH_MAX];
    int size = snprintf(path, sizeof path, "%s/image-key.pem", directory);
    return size >= (int)sizeof path || access(path, F_OK) != 0 || image_key_load_public(key, path);
}

static bool power_up(struct simulation *s, const struct cli_run *options)
{
    struct identity identity = { 0 };
    if (!take_image_key(options->state, identity.image_key)) {
        return false;
    }
    if (!signature_of_program(identity.firmware_signature)) {
        cli_say("The program cannot read itself for its signature: %s", strerror(errno));
        return false;
    }
    snprintf(identity.serial_number, sizeof identity.serial_number, "%s", s->state.serial_number);
    struct machine_times times = times_now(s, options);
    virtual_meter_init_on(&s->meter, &s->state, &times, &identity, &s->load, is_sampled(s));
    if (s->meter.failed) {
        cli_say("What stands in the memory in %s is of another version of the meter; nothing was changed. Name another "
                "--state.",
                options->state);
        virtual_meter_end(&s->meter);
    }
    return !s->meter.failed;
}

enum cli_exit simulation_begin(struct simulation *s, const struct cli_run *options)
{
    char message[LOAD_MESSAGE_MAX];
    enum load_outcome outcome = load_open(&s->load, options->load, options->seed, message);
    if (outcome != LOAD_OPENED) {
        cli_say("%s", message);
        return outcome == LOAD_MISSPELT ? CLI_USAGE : CLI_FAILURE;
    }
    s->seed = options->seed;
    s->waveform = options->waveform;
    s->speed = options->speed;
    s->verbose = options->verbose;
    snprintf(s->load_text, sizeof s->load_text, "%s", options->load);
    bool good = state_open(&s->state, options->state, options->serial_number);
    if (good && !power_up(s, options)) {
        state_take_back(&s->state);
        state_close(&s->state);
        good = false;
    }
    if (!good) {
        load_close(&s->load);
    }
    return good ? CLI_SUCCESS : CLI_FAILURE;
}

void simulation_end(struct simulation *s)
{
    virtual_meter_end(&s->meter);
    state_close(&s->state);
    load_close(&s->load);
}

void simulation_start(struct simulation *s)
{
    s->began_us = s->base_us = simulation_real_us();
    s->base_elapsed_us = s->meter.board.elapsed_us;
}

/* In between -------------------------------------------------------------------------------------- */

static void tell_of_the_end(struct simulation *s)
{
    int64_t begin_s;
    int64_t end_s;
    if (!s->load_ended && load_span(&s->load, &begin_s, &end_s) && virtual_meter_local_s(&s->meter) >= end_s) {
        s->load_ended = true;
        cli_say("The load file has ended; the load stays at its last row.");
    }
}

static void tell_of_the_power(const struct simulation *s, bool before)
{
    if (s->verbose && s->meter.board.powered != before) {
        cli_say(before ? "The power is off: the meter is dead." : "The power is on: the meter begins anew.");
    }
}

bool simulation_advance(struct simulation *s)
{
    struct board *board = &s->meter.board;
    uint64_t begin_us = simulation_real_us();
    uint64_t due_us = s->speed == CLI_SPEED_MAX ? UINT64_MAX : s->base_elapsed_us + (begin_us - s->base_us) * s->speed;
    bool there = true;
    while (due_us > board->elapsed_us && due_us - board->elapsed_us >= virtual_meter_step_us(&s->meter)) {
        if (simulation_real_us() - begin_us > SLICE_US) {
            there = false;
            break;
        }
        bool powered = board->powered;
        virtual_meter_step(&s->meter);
        tell_of_the_power(s, powered);
    }
    machine_keep_times(board);
    tell_of_the_end(s);
    return there;
}

void simulation_set_speed(struct simulation *s, uint32_t speed)
{
    s->base_us = simulation_real_us();
    s->base_elapsed_us = s->meter.board.elapsed_us;
    s->speed = speed;
    s->meter.sampled = is_sampled(s);
}

enum load_outcome simulation_set_load(struct simulation *s, const char *specification, char message[LOAD_MESSAGE_MAX])
{
    struct load load;
    enum load_outcome outcome = load_open(&load, specification, s->seed, message);
    if (outcome != LOAD_OPENED) {
        return outcome;
    }
    load_close(&s->load);
    s->load = load; /* where the meter looks for it */
    s->load_ended = false;
    snprintf(s->load_text, sizeof s->load_text, "%s", specification);
    return LOAD_OPENED;
}

void simulation_switch(struct simulation *s, bool on)
{
    bool powered = s->meter.board.powered;
    virtual_meter_switch(&s->meter, on);
    tell_of_the_power(s, powered);
}

bool simulation_snapshot(struct simulation *s, const char *name, char message[SNAPSHOT_MESSAGE_MAX])
{
    virtual_meter_save(&s->meter);
    return snapshot_write(&s->state, name, message);
}

bool simulation_restore(struct simulation *s, const char *name, char message[SNAPSHOT_MESSAGE_MAX])
{
    if (!s->meter.board.powered) {
        snprintf(message, SNAPSHOT_MESSAGE_MAX, "The meter is without power; switch it on first.");
        return false;
    }
    uint8_t *memory = snapshot_read(&s->state, name, message);
    bool good = memory != NULL;
    if (good && !virtual_meter_starts_on(&s->meter, state_flash_in(memory))) {
        snprintf(message, SNAPSHOT_MESSAGE_MAX,
                 "What stands in the snapshot %s is of another version of the meter; nothing was changed.", name);
        good = false;
    }
    if (good && !part_reserve(&s->meter.board.flash, state_flash_in(memory))) {
        snprintf(message, SNAPSHOT_MESSAGE_MAX, "There is no room on the disk for it; nothing was changed.");
        good = false;
    }
    if (good) {
        virtual_meter_restore(&s->meter, memory);
    }
    free(memory);
    return good;
}

bool simulation_jump(struct simulation *s, int64_t jump_s)
{
    struct machine_times *times = &s->meter.board.times;
    int64_t chip_us = times->chip_us + jump_s * SECOND_US;
    if (!times->chip_valid || chip_us < 0 || chip_us >= CLOCK_END_S * SECOND_US) {
        return false;
    }
    times->chip_us = chip_us;
    return true;
}
