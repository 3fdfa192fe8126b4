/* The part of metrology that runs once for each window: from the sums to what is measured, and to what is booked. Only
 * metrology.c calls it.
 */
#ifndef METER_WINDOW_H
#define METER_WINDOW_H

#include "meter/metrology.h"

/* The sums are those of a whole window. Fills *w, steers the oscillator, chooses the channel for the next window. */
void window_end(struct metrology *m, struct metrology_window *w);

/* The sums are those of a part of a window, perhaps of nothing: see metrology_close. */
void window_end_early(struct metrology *m, struct metrology_window *w);

#endif
