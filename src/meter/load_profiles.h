/* Load profile 1 and the daily profile of the meter: where their rows come from and what they keep.
 *
 * The function that reads a column comes from above (the object model); until it is there nothing is captured. It is
 * given the meter.
 *
 * Source  object-model.md 8.3, decision 12.
 * Context main loop only.
 */
#ifndef METER_LOAD_PROFILES_H
#define METER_LOAD_PROFILES_H

#include "meter/meter.h"

/* At power-up, after registers, clock and settings. STATUS_INCONSISTENT as profile_mount. */
enum status load_profiles_power_up(struct meter *m, const struct memory_last *last);

/* From now on columns can be read: what the failure of the power has left to be written is written. */
void load_profiles_begin(struct meter *m, profile_reader *reader);

/* True when a period ends now: the registers are saved first. */
bool load_profiles_end(const struct meter *m);

/* Writes the rows that are due. */
void load_profiles_step(struct meter *m);

/* ERR and DNV of an AMR status while the error register tells of a fault that a client has not cleared, or something
 * was not kept since power-up; else 0. */
uint8_t load_profiles_fault(const struct meter *m);

/* The registers must be saved as of the old time before, and again after it. */
void load_profiles_clock_set(struct meter *m, int64_t before_s);

/* New columns or another period of one of them: its rows are gone. As load_profile_configure. */
enum status meter_configure_load_profile(struct meter *m, enum meter_load_profile which,
                                         const struct profile_column *columns, uint8_t count, uint32_t period_s);

/* All its rows are gone; the period that runs goes on. As profile_clear. */
enum status meter_clear_load_profile(struct meter *m, enum meter_load_profile which);

#endif
