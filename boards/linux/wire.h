/* The endpoints of one serial port of the meter: TCP connections and pseudo terminals on an event loop.
 *
 * One client at a time is on the line. The newest connection replaces the one before (object-model.md decision 19);
 * octets on a pseudo terminal count as a connection when another endpoint had the line.
 */
#ifndef BOARDS_LINUX_WIRE_H
#define BOARDS_LINUX_WIRE_H

#include <ev.h>

#include "boards/linux/machine.h"
#include "host/cli.h"

/* One endpoint. */
struct wire_door {
    ev_io watcher;    /* on the listening socket or the master of the pseudo terminal */
    int slave;        /* kept open, so that the terminal outlives its clients */
    const char *link; /* to be removed at the end, NULL if none */
};

struct wire {
    struct board *board;
    enum board_port port;
    const char *name;
    bool verbose;
    struct ev_loop *loop;
    void (*serve)(void *context); /* lets the meter look at its ports */
    void *context;
    struct wire_door doors[CLI_ENDPOINTS_MAX];
    unsigned door_count;
    ev_io connection; /* of the TCP client that is on the line */
    ev_io *reader;    /* of whoever is on the line, NULL if nobody */
    ev_io writer;
};

/* Opens the endpoints and prints a line about each. False, having said why, when one cannot be opened; wire_close is
 * due either way. */
bool wire_open(struct wire *w, const struct cli_port *port);
void wire_close(struct wire *w);

/* True when the meter will soon have to wait for wire_flush. */
bool wire_is_filling(const struct wire *w);

/* Sends what the meter has queued, as far as it goes now; the rest follows by itself. */
void wire_flush(struct wire *w);

#endif
