/* A running virtual meter: how its metering time follows real time, and what can be changed while it runs.
 *
 * These are the controls of `blathy ctl`; each takes effect at once, a load from the next second of metering time on.
 */
#ifndef BOARDS_LINUX_SIMULATION_H
#define BOARDS_LINUX_SIMULATION_H

#include <stdbool.h>
#include <stdint.h>

#include "boards/linux/snapshot.h"
#include "boards/linux/state.h"
#include "boards/linux/virtual_meter.h"
#include "host/cli.h"

enum { SIMULATION_LOAD_MAX = 1024 };

struct simulation {
    struct virtual_meter meter;
    struct state state;
    struct load load;
    char load_text[SIMULATION_LOAD_MAX]; /* as it was asked for */
    uint64_t seed;
    enum cli_waveform waveform;
    uint32_t speed; /* 1.., or CLI_SPEED_MAX */
    bool verbose;
    bool load_ended;          /* which was said */
    uint64_t began_us;        /* real time */
    uint64_t base_us;         /* real time at which the speed was set... */
    uint64_t base_elapsed_us; /* ...and metering time then */
};

/* Monotonic real time. */
uint64_t simulation_real_us(void);

/* Opens load and state, and powers the meter up. Anything but CLI_SUCCESS, having said why: there is nothing to end. */
enum cli_exit simulation_begin(struct simulation *s, const struct cli_run *options);

/* The power goes, in order. */
void simulation_end(struct simulation *s);

/* From here on metering time passes. */
void simulation_start(struct simulation *s);

/* Brings the metering time nearer to where it should be, for no longer than 2 ms. Returns true when it is there. */
bool simulation_advance(struct simulation *s);

void simulation_set_speed(struct simulation *s, uint32_t speed);

/* As load_open; unless opened nothing has changed. */
enum load_outcome simulation_set_load(struct simulation *s, const char *specification, char message[LOAD_MESSAGE_MAX]);

void simulation_switch(struct simulation *s, bool on);

/* Writes the memory with the registers as they are now; the meter goes on. False, with a message. */
bool simulation_snapshot(struct simulation *s, const char *name, char message[SNAPSHOT_MESSAGE_MAX]);

/* The power goes and comes back, on the memory and with the clock of a snapshot; the time of the world goes on. False,
 * with a message: nothing has changed. */
bool simulation_restore(struct simulation *s, const char *name, char message[SNAPSHOT_MESSAGE_MAX]);

/* Puts the clock chip ahead (or back). False: it would leave the years 2000 to 2099, or it has lost its time. */
bool simulation_jump(struct simulation *s, int64_t jump_s);

#endif
