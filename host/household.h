/* A believable household: appliances that come and go by the hour, on a mains voltage that wanders.
 *
 * A pure function of the seed and the local time, a second at a time and in constant time, so the same
 * seed draws the same load whatever the speed of the clock and wherever it starts.
 */
#ifndef HOST_HOUSEHOLD_H
#define HOST_HOUSEHOLD_H

#include "host/quantities.h"

/* `local_s`: local time in seconds since 2000-01-01T00:00:00. */
void household_at(uint64_t seed, int64_t local_s, struct quantities *q);

#endif
