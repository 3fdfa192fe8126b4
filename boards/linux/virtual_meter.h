/* One virtual meter: the portable meter, its machine and its load. A process holds as many as it likes. */
#ifndef BOARDS_LINUX_VIRTUAL_METER_H
#define BOARDS_LINUX_VIRTUAL_METER_H

#include "app/app.h"
#include "boards/linux/machine.h"
#include "host/load.h"

struct virtual_meter {
    struct board board;
    struct app app;
    const struct load *load; /* may be shared */
    int64_t start_local_s;   /* local time at the start, see local_time.h */
};

/* `sampled`: the load is synthesised sample by sample and measured; else it is booked second by second. */
void virtual_meter_init(struct virtual_meter *m, const struct identity *identity, const struct load *load,
                        int64_t start_local_s, bool sampled);

/* Metering time passes by one step: 20 ms with samples, 1 s without. The grid of steps is that of the metering time,
 * so what the meter measures does not depend on when this is called. */
uint32_t virtual_meter_step_us(const struct virtual_meter *m);
void virtual_meter_step(struct virtual_meter *m);

/* Local time, in whole seconds. */
int64_t virtual_meter_local_s(const struct virtual_meter *m);

#endif
