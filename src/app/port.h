/* One serial port of the meter: board octets <-> sign-on or HDLC <-> the server of that link.
 *
 * The optical port begins with a sign-on, Bluetooth with HDLC. When HDLC ends on the optical port it is
 * kept open for 5 s, then the port is back at 300 baud 7E1 (object-model.md 6).
 */
#ifndef APP_PORT_H
#define APP_PORT_H

#include "board/board.h"
#include "cosem/server.h"
#include "link/hdlc.h"
#include "link/sign_on.h"

struct port;

void port_init(struct port *p, struct board *board, enum board_port number, struct cosem_device *device,
               const struct hdlc_settings *hdlc, const struct sign_on_settings *sign_on);

/* Moves octets both ways and lets time pass. Returns true if it did anything. */
bool port_step(struct port *p);

#endif
