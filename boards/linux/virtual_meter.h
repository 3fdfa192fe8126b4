/* One virtual meter: the portable meter, its machine, its load and its supply. A process holds as many as it likes.
 *
 * The supply follows the voltage of the load (object-model.md decision 15) and a switch. Before it goes the meter is
 * warned and has one step, its last gasp. While it is away nothing of the meter runs but what the battery keeps: clock,
 * button and display. When it is back, the meter begins anew on its flash.
 */
#ifndef BOARDS_LINUX_VIRTUAL_METER_H
#define BOARDS_LINUX_VIRTUAL_METER_H

#include "app/app.h"
#include "boards/linux/machine.h"
#include "host/load.h"

struct virtual_meter {
    struct board board;
    struct app app; /* as long as board.powered; without, its display */
    struct identity identity;
    const struct load *load; /* may be shared */
    uint32_t mains_uv;       /* at the terminals */
    bool switched_off;
    bool sampled; /* wanted from the next second on; board.sampling is what is */
    bool failed;  /* the meter does not start: its memory is of another version */
};

/* A meter with a blank memory, which ends with it. `sampled`: the load is synthesised sample by sample and measured;
 * else it is booked second by second. */
void virtual_meter_init(struct virtual_meter *m, const struct identity *identity, const struct load *load,
                        int64_t start_local_s, bool sampled);

/* A meter on the memory that the state keeps, with times as they are now. */
void virtual_meter_init_on(struct virtual_meter *m, struct state *state, const struct machine_times *times,
                           const struct identity *identity, const struct load *load, bool sampled);

/* The power goes, in order; gives back what was taken. */
void virtual_meter_end(struct virtual_meter *m);

/* Metering time passes by one step: 20 ms with samples, 1 s without. The grid of steps is that of the metering time,
 * so what the meter measures does not depend on when this is called. */
uint32_t virtual_meter_step_us(const struct virtual_meter *m);
void virtual_meter_step(struct virtual_meter *m);

/* Lets the meter deal with what its ports have; a dead one lets it come to nothing. Returns true if there may be more.
 */
bool virtual_meter_serve(struct virtual_meter *m);

/* The switch of the supply. */
void virtual_meter_switch(struct virtual_meter *m, bool on);

/* Saves the registers in the flash, while the meter runs; in a dead one they are. */
void virtual_meter_save(struct virtual_meter *m);

/* Whether the meter would start on this flash; tried on a copy. */
bool virtual_meter_starts_on(const struct virtual_meter *m, const uint8_t *flash);

/* The power of a running meter goes and comes back on another memory (state_replace), on which it starts; the clock
 * chip is as it was kept there. */
void virtual_meter_restore(struct virtual_meter *m, const uint8_t *memory);

/* Whether the supply is there, as the switch and the voltage are: between the limits it stays as it was. */
bool virtual_meter_is_supplied(const struct virtual_meter *m);

/* Local time at the terminals, in whole seconds: what the load goes by, whatever the meter's clock shows. */
int64_t virtual_meter_local_s(const struct virtual_meter *m);

#endif
