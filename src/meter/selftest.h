/* Self-test: the meter looks after itself while it meters, in slices of SELFTEST_SLICE octets a second.
 *
 *     program   CRC-32 over the whole program memory, at boot and then every hour                    event 12
 *     RAM       a walking bit through an area of its own, each cell written in one second and looked
 *               at in the next; and guards at both ends of struct meter, against what writes past it   event 13
 *     memory    a write to flash that failed, wherever (memory_failed)                                 event 14
 *     watchdog  the last restart was its work                                                        event 15
 *
 * The measuring system (event 16) is among the conditions. A fault is told of once until it is gone: the program and
 * the RAM when a whole pass found nothing, the memory with the next restart.
 *
 * Source  object-model.md 3, 4; events 12 to 15.
 * Context main loop only.
 */
#ifndef METER_SELFTEST_H
#define METER_SELFTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct meter;

enum { SELFTEST_SLICE = 1024, SELFTEST_AREA = 64, SELFTEST_HOUR_S = 3600 };

#define SELFTEST_GUARD UINT32_C(0x5AC33CA5)

/* Owned by the meter. */
struct selftest {
    volatile uint8_t area[SELFTEST_AREA];
    uint8_t turn; /* what stands in the area */
    size_t at;    /* of the program: what comes next */
    uint32_t crc; /* of what came before */
    uint16_t wait_s;
    uint16_t good_s; /* for how long the RAM has been good since it was not */
    bool program_bad, ram_bad, memory_bad;
};

void selftest_init(struct meter *m);

/* Events are wanted from now on: tells of a watchdog. */
void selftest_power_up(struct meter *m);

/* To be called once for each second. */
void selftest_step(struct meter *m);

#endif
