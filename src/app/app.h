/* One meter with its ports, wired to a board. */
#ifndef APP_APP_H
#define APP_APP_H

#include "app/port.h"
#include "meter/meter.h"

struct app;

void app_init(struct app *a, struct board *board, const struct identity *identity,
              const struct metrology_calibration *calibration, uint32_t rate_hz);

/* Steps the meter and its ports; bounded work. Returns true if a port did anything, so call again soon. */
bool app_step(struct app *a);

#endif
