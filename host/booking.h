/* Quantities of a load as a window of measurement: what the virtual meter books where no samples are made. */
#ifndef HOST_BOOKING_H
#define HOST_BOOKING_H

#include "host/quantities.h"
#include "meter/metrology.h"

/* One second at these quantities, with exactly its energy, under the same starting threshold as the metrology core. */
void booking_second(const struct quantities *q, struct metrology_window *w);

#endif
