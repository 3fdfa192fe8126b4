/* One serial port of the meter: board octets <-> sign-on or HDLC <-> the server of that link.
 *
 * The optical port begins with a sign-on, Bluetooth with HDLC. When HDLC ends on the optical port it is
 * kept open for 5 s, then the port is back at 300 baud 7E1 (object-model.md 6).
 *
 * Context main loop only. A step answers at most one frame or message.
 */
#ifndef APP_PORT_H
#define APP_PORT_H

#include "board/board.h"
#include "cosem/server.h"
#include "link/hdlc.h"
#include "link/sign_on.h"

enum { PORT_BUFFER_SIZE = 256 };

/* Callers use the functions only. */
struct port {
    struct board *board;
    enum board_port number;
    const struct hdlc_settings *settings;
    struct hdlc_settings hdlc_settings; /* as they are on this board: inter-octet time */
    struct sign_on sign_on;
    struct hdlc hdlc;
    struct cosem_server server;
    uint32_t session;          /* of the board, when last seen */
    struct line_settings line; /* as the board has it; 0 baud: not yet set */
    bool open;                 /* HDLC has begun */
    bool linked;               /* it had a link when last looked at */
    uint32_t free_ms;          /* since when HDLC has no link */
    uint32_t grace_ms;         /* for how long it may have none */
    uint16_t in_size;
    uint16_t in_taken;
    uint16_t out_size;
    uint16_t out_taken;
    uint8_t in[PORT_BUFFER_SIZE];
    uint8_t out[PORT_BUFFER_SIZE];
};

/* Both settings stay the caller's and may change at any time: HDLC takes them at the next SNRM,
 * the sign-on at once. */
void port_init(struct port *p, struct board *board, enum board_port number, struct cosem_device *device,
               const struct hdlc_settings *hdlc, const struct sign_on_settings *sign_on);

/* A client has signed on or has a link; and it has an association. */
bool port_in_use(const struct port *p);
bool port_associated(const struct port *p);

/* Everything that was to be said has left. */
bool port_silent(const struct port *p);

/* Moves octets both ways and lets time pass. Returns true if it did anything. */
bool port_step(struct port *p);

/* Whether somebody communicates: a link is connected, or a sign-on is going on. */
bool port_used(const struct port *p);

#endif
