/* An endpoint that is open: a listening socket, a pseudo terminal or a serial line. */
#ifndef BOARDS_LINUX_DOOR_H
#define BOARDS_LINUX_DOOR_H

#include <stdbool.h>

#include "host/endpoint.h"
#include "host/serial.h"

struct door {
    const struct endpoint *endpoint;
    int fd;               /* non-blocking: a listening socket, the master of a pseudo terminal, a serial line */
    int slave;            /* of a pseudo terminal: kept open, so that it outlives its clients */
    const char *file;     /* to be removed at the end, NULL if none */
    struct serial serial; /* ENDPOINT_SERIAL only */
};

/* Opens an endpoint that is not ENDPOINT_OFF, and prints a line about it. False, having said why, when it cannot be. */
bool door_open(struct door *d, const struct endpoint *e, const char *port);
void door_close(struct door *d);

/* True when clients of this door connect and leave. */
bool door_listens(const struct door *d);

#endif
