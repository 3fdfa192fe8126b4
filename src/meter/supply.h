/* The supply: failures, what they cost, and the battery that keeps the clock meanwhile.
 *
 * A failure is known when the power is back: the last gasp says when it went, or, after a cut without warning, the last
 * checkpoint does. Every start but the first counts as one.
 *
 * Source  object-model.md 1.10, 8.5, decision 15; docs/BATTERY.md.
 * Context main loop only.
 */
#ifndef METER_SUPPLY_H
#define METER_SUPPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/calendar.h"

struct meter;
struct memory_last;

/* The battery lasts so long without the supply, or ten years with it: data sheet. */
#define SUPPLY_BATTERY_USE_S  63244800  /* 732 days */
#define SUPPLY_BATTERY_LIFE_S 315619200 /* 3,653 days */

/* Owned by the meter: read freely. Times are UTC since 2000-01-01; 0: never. */
struct supply {
    bool down; /* the last gasp is done: nothing is measured or written any more */

    uint32_t starts;
    uint32_t failures;
    uint32_t long_failures;
    uint32_t last_long_s;    /* how long the last long one was */
    uint32_t last_failure_s; /* when the last one began */
    uint32_t last_off_s;     /* and how long it was */
    uint32_t off_total_s;
    uint32_t battery_use_s; /* without supply, since this battery was installed */
    uint32_t counted;       /* the checkpoint after that with which the last failure was counted */

    uint32_t operating_s; /* with supply; kept in the checkpoints */
    uint32_t operating_us;

    uint32_t long_failure_s;                /* a failure as long as this is a long one */
    struct calendar_time battery_installed; /* local time */
    uint16_t battery_low_cv;                /* 0.01 V */
};

void supply_init(struct supply *s);

/* The power is back, registers and clock are read: counts the failure and keeps the counts in flash. Returns how long
 * it was, 0 if that cannot be known or there was none. */
uint32_t supply_power_up(struct meter *m, const struct memory_last *last);

/* Metering time has passed. */
void supply_operate(struct supply *s, uint32_t us);

/* A new battery, as of a local time: its use begins anew. */
enum status supply_replace_battery(struct meter *m, const struct calendar_time *installed);

/* What is left of the battery: of its use and of its life, whichever ends first. And when that will be, if the supply
 * stays. */
uint32_t supply_battery_remaining_s(const struct meter *m);
int64_t supply_battery_change_s(const struct meter *m);

#endif
