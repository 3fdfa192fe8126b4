/* One meter with its ports, wired to a board.
 *
 * Context main loop only.
 */
#ifndef APP_APP_H
#define APP_APP_H

#include <stdbool.h>

#include "app/port.h"
#include "meter/meter.h"

/* Owned by the caller, who never moves it: its parts know each other. */
struct app {
    struct meter meter;
    struct cosem_device device;
    struct sign_on_settings sign_on[BOARD_PORT_COUNT];
    struct lockout p1_lockouts[BOARD_PORT_COUNT];
    struct port ports[BOARD_PORT_COUNT];
    bool in_use[BOARD_PORT_COUNT]; /* as the log of communication knows it */
    bool associated[BOARD_PORT_COUNT];
    bool restarting;     /* an image was activated... */
    uint32_t restart_ms; /* ...and this is since when its restart waits for the answers */
};

/* STATUS_RANGE as meter_init; nothing else may be called then. */
enum status app_init(struct app *a, struct board *board, const struct identity *identity,
                     const struct metrology_calibration *calibration, uint32_t rate_hz);

/* Steps the meter and its ports; bounded work. Returns true if a port did anything or an image transfer has more to do,
 * so call again soon. */
bool app_step(struct app *a);

#endif
