/* A whole meter on the board of the unit tests, whose flash is full: every ring has come round, every setting is
 * there, and it writes as much as its settings allow. For power/full.c and power/meter_damage.c. */
#ifndef POWER_FULL_METER_H
#define POWER_FULL_METER_H

#include "app/app.h"
#include "test_board.h"

#define FULL_METER_NJ_PER_WH INT64_C(3600000000000)

extern struct board full_board;
extern struct app full_app;

/* From a blank part. */
void full_meter_begin(void);

/* From what stands in flash. */
enum status full_meter_power_up(void);

/* So many seconds at once, and a window of a second with so much energy in them; one second. */
void full_meter_pass(uint32_t seconds, int64_t active_nj);
void full_meter_second(int64_t active_nj);

/* Rows of every profile in its order, the logs last: enum model_profile is another order. */
enum { FULL_METER_PROFILES = 3 + EVENT_PROFILES };
struct profile *full_meter_profile(unsigned i);
enum memory_region full_meter_region(unsigned i);

#endif
