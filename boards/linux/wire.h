/* The endpoints of one serial port of the meter, and who is on its line.
 *
 * One client at a time is on the line. The newest connection replaces the one before (object-model.md decision 19);
 * octets on a terminal or a serial line count as a connection when another endpoint had the line.
 *
 * Over rfc2217, an octet passes between the UARTs of the client and of the meter as they are set when it is taken from
 * the connection or given to it (uart.h).
 */
#ifndef BOARDS_LINUX_WIRE_H
#define BOARDS_LINUX_WIRE_H

#include <ev.h>

#include "boards/linux/door.h"
#include "boards/linux/machine.h"
#include "boards/linux/telnet.h"
#include "host/cli.h"

struct wire_door {
    struct wire *wire;
    struct door door;
    ev_io watcher;
    bool gone; /* the serial line has failed */
};

struct wire {
    struct board *board;
    enum board_port port;
    const char *name;
    bool verbose;
    bool at_rate; /* every endpoint runs at the baud rate of the line */
    struct ev_loop *loop;
    void (*serve)(void *context); /* brings the meter to the present, and lets it look at its ports */
    void *context;
    struct wire_door doors[CLI_ENDPOINTS_MAX];
    unsigned door_count;
    struct wire_door *client; /* whose client is on the line, NULL: nobody is */
    ev_io *reader;            /* of that client */
    ev_io connection;         /* it, if it is a socket */
    ev_io writer;
    struct telnet telnet; /* of a client over rfc2217... */
    struct queue out;     /* ...and what it is being sent */
};

/* Opens the endpoints and prints a line about each. False, having said why, when one cannot be opened; wire_close is
 * due either way. */
bool wire_open(struct wire *w, const struct cli_port *port);
void wire_close(struct wire *w);

/* True when the meter will soon have to wait for wire_flush. */
bool wire_is_filling(const struct wire *w);

/* Sets the line as the meter wants it and sends what has left the meter, as far as it goes now; the rest follows by
 * itself. Returns true when the line has become idle: the meter may be waiting for that. */
bool wire_flush(struct wire *w);

#endif
