/* The profiles of the meter: one row for each, which an object of class 7 shows.
 *
 * Source  object-model.md 1.7, 1.8, 2.
 * Context main loop only.
 */
#ifndef MODEL_PROFILES_H
#define MODEL_PROFILES_H

#include "meter/meter.h"

/* What an object of class 7 shows. */
enum model_profile {
    PROFILE_LOAD,
    PROFILE_DAILY,
    PROFILE_BILLING,
    PROFILE_STANDARD_LOG,
    PROFILE_FRAUD_LOG,
    PROFILE_POWER_QUALITY_LOG,
    PROFILE_COMMUNICATION_LOG,
    PROFILE_ALARM_LOG,
    PROFILE_POWER_FAILURE_LOG,
    PROFILE_COUNT
};

/* A column by its name. */
struct model_column {
    uint16_t class_id;
    uint8_t obis[6];
    int8_t attribute;
};

struct model_profile_row {
    struct profile *(*of)(struct meter *m);

    /* New columns and period: profile_restart and what goes with it. STATUS_RANGE: a period that is not allowed. */
    enum status (*configure)(struct meter *m, const struct profile_column *columns, uint8_t count, uint32_t period_s);

    /* Methods 1 and 2, where an object lets a client call them. */
    enum status (*reset)(struct meter *m);
    enum status (*capture)(struct meter *m);

    /* of a new meter */
    uint32_t period_s;
    const struct model_column *columns;
    uint8_t count;
};

extern const struct model_profile_row model_profiles[PROFILE_COUNT];

/* At power-up: begins the profiles that are new with their default columns; rows can be captured from now on, and those
 * that the power failure has left to be written are written. */
void model_profiles_begin(struct meter *m);

#endif
