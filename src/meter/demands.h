/* The four demands of the meter as one: their common setting, what they keep in flash, MD reset.
 *
 * The starts of their periods are rows of a ring, so that a window of up to 60 periods survives the power at the cost
 * of one small row for each period; the maxima and their sums are one record of the settings, so that an MD reset is
 * there as a whole or not at all. SPEC.md describes both.
 *
 * Source  object-model.md 1.6, 8.2, decisions 1, 2, 11.
 * Context main loop only.
 */
#ifndef METER_DEMANDS_H
#define METER_DEMANDS_H

#include "meter/meter.h"

/* A maximum and the sum of maxima as they stand in flash: SPEC.md. */
#define DEMANDS_MAXIMUM 14u
void demands_put_maximum(uint8_t octets[DEMANDS_MAXIMUM], const struct demand_average *maximum, uint64_t sum);
void demands_get_maximum(const uint8_t octets[DEMANDS_MAXIMUM], struct demand_average *maximum, uint64_t *sum);

/* The billing register that a demand is measured by, as demand.h wants it. */
uint32_t meter_demand_milli(const struct meter *m, enum demand_kind kind);

/* One setting of all demands, kept in flash: STATUS_RANGE as demand_configure, else as setting_set_number. */
enum status meter_set_demand_period(struct meter *m, uint32_t period_s);
enum status meter_set_demand_periods(struct meter *m, uint32_t periods);

/* MD reset of all demands, or of one: kept in flash, or STATUS_FAILED and nothing has changed. */
enum status meter_reset_maxima(struct meter *m);
enum status meter_reset_maximum(struct meter *m, enum demand_kind kind);

/* The billing `count` was written, at this time and with these sums of maxima, so the maxima begin anew. The count is
 * kept with them by demands_keep: a power-up that finds an older one than the newest row does it again. */
void demands_billed(struct meter *m, uint32_t count, const uint64_t sums[DEMAND_COUNT], uint32_t at_s);
void demands_keep(struct meter *m);

/* At power-up, after registers, clock and settings. STATUS_INCONSISTENT as flashlog_mount. */
enum status demands_power_up(struct meter *m, const struct memory_last *last);

/* The clock was set, and showed `before_s` until then. The registers must be saved. */
void demands_clock_set(struct meter *m, int64_t before_s);

/* Ends the periods that have ended and keeps what has changed. The registers must be saved. */
void demands_step(struct meter *m);

#endif
