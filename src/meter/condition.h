/* Supervised conditions: what must last for some time before it counts as an event, and be over for some time before it
 * ends. One state machine, and a row of a table for each condition.
 *
 *            beyond the limit for its delay              back for the restore delay
 *     quiet ------------------------------> active -----------------------------> quiet
 *            (begin event)                        (end event)
 *
 * Beyond and back have a hysteresis between them that counts for neither. "Over" is >, "under" is <. Conditions that
 * share their end event (under-, over- and missing voltage: "normal") share what is back too: each begins once at the
 * most until all of them end together. Missing voltage and under-voltage exclude each other.
 *
 * A delay of 0 or 1 begins at the first second. Delays are not kept over a power failure, what is active is
 * (condition_resume). For the first CONDITION_INHIBIT_S seconds nothing is judged.
 *
 * Source  object-model.md 1.9, 3.
 * Context pure; main loop only.
 */
#ifndef METER_CONDITION_H
#define METER_CONDITION_H

#include <stdbool.h>
#include <stdint.h>

#include "board/board.h"

enum { CONDITION_INHIBIT_S = 5 };

enum condition {
    CONDITION_UNDER_VOLTAGE, /* these three have statistics */
    CONDITION_OVER_VOLTAGE,
    CONDITION_MISSING_VOLTAGE,
    CONDITION_OVER_CURRENT,
    CONDITION_REVERSAL,
    CONDITION_LOW_POWER_FACTOR,
    CONDITION_OVER_POWER,
    CONDITION_UNDER_FREQUENCY,
    CONDITION_OVER_FREQUENCY,
    CONDITION_IMBALANCE,
    CONDITION_TERMINAL_COVER,
    CONDITION_METER_COVER,
    CONDITION_MAGNET,
    CONDITION_BATTERY_LOW,
    CONDITION_BATTERY_WORN,
    CONDITION_CLOCK_INVALID,
    CONDITION_CLIPPED, /* the measuring system: events 16 with a sub-code */
    CONDITION_SAMPLES_MISSED,
    CONDITION_ZERO_CROSSINGS_LOST,
    CONDITION_NET_FULL,
    CONDITION_COUNT
};
#define CONDITION_STATISTICS 3

/* What a client sets (setting.def); ranges are there. */
struct condition_limits {
    uint16_t under_voltage_dv, under_voltage_s; /* tenths of a volt */
    uint16_t over_voltage_dv, over_voltage_s;
    uint16_t missing_voltage_dv, missing_voltage_s;
    uint32_t over_current_ma;
    uint16_t over_current_s;
    uint32_t reverse_power_w;
    uint16_t reverse_power_s;
    int16_t power_factor_milli;
    uint16_t power_factor_s;
    uint32_t over_power_w;
    uint16_t over_power_s;
    uint16_t under_frequency_chz, under_frequency_s; /* hundredths of a hertz */
    uint16_t over_frequency_chz, over_frequency_s;
    uint8_t imbalance_percent; /* of the larger current */
    uint16_t imbalance_s;
    uint8_t hysteresis_percent; /* of the reference voltage; at the most a quarter of what lies between the limits */
    uint16_t restore_s;         /* covers, magnet and battery have their own */
};

enum condition_sensor { SENSOR_UNKNOWN, SENSOR_QUIET, SENSOR_ACTIVE };

/* One second. Quantities as a client reads them, so that an event agrees with what is shown. */
struct condition_input {
    int64_t voltage_dv;
    int64_t current_ma;
    int64_t neutral_ma;
    int64_t active_w; /* export is negative */
    int64_t power_factor_milli;
    int64_t frequency_chz;
    uint16_t reference_voltage_v;
    bool neutral_known;
    bool battery_checked; /* in this second */
    bool battery_known;   /* its voltage was measured */
    uint16_t battery_cv, battery_low_cv;
    bool battery_worn; /* used up, or too old */
    bool clock_invalid;
    bool net_full;                       /* the net energy has reached the end of its register */
    uint8_t sensors[BOARD_SENSOR_COUNT]; /* enum condition_sensor */
    uint8_t window_flags;                /* METROLOGY_*, of all windows of the second together */
};

/* Sags, swells and cuts: of the last one that began. While it lasts, what is known so far. */
struct condition_statistic {
    uint32_t count;
    uint32_t duration_s;   /* from the first second beyond the limit to the last one */
    uint16_t magnitude_dv; /* the lowest or highest voltage */
};

/* Owned by the caller: read freely, change the limits, the rest only through the functions below. */
struct conditions {
    struct condition_limits limits;
    struct condition_statistic statistics[CONDITION_STATISTICS];
    uint32_t active; /* a bit for each enum condition */

    uint8_t age_s;                     /* up to CONDITION_INHIBIT_S */
    uint16_t seconds[CONDITION_COUNT]; /* how long it has been beyond (if quiet) or back (if active) */
    uint32_t run_s[CONDITION_STATISTICS];
    uint16_t extreme_dv[CONDITION_STATISTICS];
    uint8_t latest; /* of the statistics: the one that changed last */
};

/* What began or ended in one second. */
struct condition_changes {
    uint8_t count;
    struct {
        uint8_t event; /* enum event, event.h */
        uint8_t sub_code;
    } list[CONDITION_COUNT];
};

/* Default limits, nothing active. */
void condition_init(struct conditions *c);

/* After a power failure: `active` was active then, and the statistics are as they were. */
void condition_resume(struct conditions *c, uint32_t active);

/* Active without a delay: what is certain at the start, and needs no second to be judged. */
void condition_begin(struct conditions *c, enum condition condition);

/* To be called once for each second. True if `active` or the statistics changed. */
bool condition_step(struct conditions *c, const struct condition_input *in, struct condition_changes *changes);

static inline bool condition_active(const struct conditions *c, enum condition condition)
{
    return (c->active >> condition & 1) != 0;
}

#endif
