/* How the serial ports are set: what clients read and change by classes 19 and 23.
 *
 * Source  object-model.md 1.12, decisions 3 and 8.
 * Context main loop only.
 */
#ifndef METER_PORTS_H
#define METER_PORTS_H

#include "base/port_settings.h"
#include "board/board.h"

/* By enum board_port. A link takes its settings when it opens. */
struct ports {
    struct hdlc_settings hdlc[BOARD_PORT_COUNT];
    struct local_port_settings local[BOARD_PORT_COUNT];
};

/* The defaults. The serial number gives a second HDLC address. */
void ports_init(struct ports *p, const char *serial_number);

#endif
