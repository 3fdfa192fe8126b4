/* The meter's memory: where everything stands in flash, and the snapshot of what changes all the time.
 *
 * A checkpoint holds the energy registers and what goes with them. It is written before more than 10 Wh or 10 varh
 * would be lost, at the end of every demand and profile period before anything else is written (so that no row is ever
 * ahead of the registers), and as the last gasp of a power failure. SPEC.md describes every octet.
 *
 * Source  architecture.md 5; object-model.md 8.5, decision 10.
 * Context main loop only.
 */
#ifndef METER_MEMORY_H
#define METER_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "meter/demand.h"
#include "store/checkpoint.h"
#include "store/settings.h"

struct meter;

/* Regions of the part, in their order. A new one goes to the end, a size never changes: both are the format. */
enum memory_region {
    MEMORY_SETTINGS,
    MEMORY_CHECKPOINTS,
    MEMORY_DEMAND,
    MEMORY_LOAD_PROFILE,
    MEMORY_DAILY_PROFILE,
    MEMORY_BILLING,
    MEMORY_STANDARD_LOG,
    MEMORY_FRAUD_LOG,
    MEMORY_POWER_QUALITY_LOG,
    MEMORY_COMMUNICATION_LOG,
    MEMORY_ALARM_LOG,
    MEMORY_POWER_FAILURE_LOG,
    MEMORY_IMAGE_A,
    MEMORY_IMAGE_B,
    MEMORY_IMAGE_STATE,
    MEMORY_REGIONS
};

struct board_region memory_region(enum memory_region region);

/* Keys of settings that are not parameters (setting.def): structures of their own. */
enum memory_key {
    MEMORY_KEY_MAXIMA = 0x1001,  /* meter/demand.h */
    MEMORY_KEY_SUPPLY = 0x1002,  /* meter/supply.h */
    MEMORY_KEY_BILLING = 0x1003, /* meter/billing.h */
    MEMORY_KEY_ALARMS = 0x1004,  /* meter/alarm.h */
    MEMORY_KEY_EVENTS = 0x1005,  /* meter/supervision.h, meter/event.h, and the keys after it up to 0x100F */
    MEMORY_KEY_DISPLAY = 0x1010  /* the lists of the display, and the keys after it up to 0x103F */
};

/* Owned by the meter. */
struct memory {
    struct settings settings;
    struct checkpoint checkpoint;
    int64_t active_nj; /* booked since the last checkpoint */
    int64_t reactive_nj;
    bool failing; /* something was not kept since power-up: memory_failed says more */
};

/* What a power failure left behind. */
struct memory_last {
    bool found;                          /* there was a checkpoint */
    bool gasp;                           /* it was the last gasp: nothing is missing since */
    bool invalid;                        /* the clock was invalid then */
    int64_t at_s;                        /* UTC */
    uint8_t demand_status[DEMAND_COUNT]; /* of the periods that ran at the last gasp, else 0 */
    uint8_t load_profile_kept[2];        /* what load_profile_kept said */
    uint8_t pulses_owed[BOARD_LED_COUNT];
    bool voltage_known;  /* a sag, swell or cut went on; */
    uint8_t voltage;     /* which of them, */
    uint32_t voltage_s;  /* its duration so far, */
    uint16_t voltage_dv; /* and its magnitude */
};

/* At power-up. STATUS_INCONSISTENT: what stands there is of another version, nothing may be written. */
enum status memory_mount(struct meter *m);

/* Registers and the state that goes with them, as they were at the last checkpoint. */
void memory_restore(struct meter *m, struct memory_last *last);

/* Writes a checkpoint. */
void memory_checkpoint(struct meter *m, bool gasp);

/* Energy has been booked in a window of this size: a checkpoint, if one is due. */
void memory_booked(struct meter *m, int64_t active_nj, int64_t reactive_nj);

/* True if the flash did not take something since power-up, even where another block did. */
bool memory_failed(const struct meter *m);

/* When there is time: what can be erased ahead. One erase at the most. */
void memory_step(struct meter *m);

#endif
