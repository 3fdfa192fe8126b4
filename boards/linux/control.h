/* The control socket of a running meter: DIR/ctl, a unix socket, one command for each connection.
 *
 * The client sends the words of a command (commands.h) and a line feed, the meter answers with an exit code as a digit,
 * a blank and text, and closes. Nothing waits for a client: one that sends too much is told so, one that is slow loses
 * its place when more than CONTROL_CLIENTS_MAX come.
 */
#ifndef BOARDS_LINUX_CONTROL_H
#define BOARDS_LINUX_CONTROL_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#include "boards/linux/commands.h"
#include "boards/linux/simulation.h"

enum { CONTROL_CLIENTS_MAX = 4 };

struct control;

struct control_client {
    struct control *control;
    ev_io reader; /* active: there is a client */
    size_t used;
    char line[COMMAND_LINE_MAX];
};

struct control {
    struct ev_loop *loop;
    struct simulation *simulation;
    void (*changed)(void *context); /* after each command */
    void *context;
    ev_io listener;
    unsigned next; /* the place that the next client gets */
    struct control_client clients[CONTROL_CLIENTS_MAX];
};

/* False, having said why, if there can be no socket; there is nothing to close then. */
bool control_open(struct control *c, struct ev_loop *loop, struct simulation *simulation,
                  void (*changed)(void *context), void *context);
void control_close(struct control *c);

/* Connects to the socket in a directory: a descriptor, or -1 with errno. */
int control_connect(const char *path);

#endif
