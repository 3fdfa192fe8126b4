/* The server's side of a Telnet connection that carries a serial port: RFC 854, 855, 856, 858 and 2217.
 *
 * Octets in, octets out. The client sets the line of its side; it may purge, hold the line low (break) and ask for the
 * control lines. There is no flow control on the line, and its state is not notified.
 */
#ifndef BOARDS_LINUX_TELNET_H
#define BOARDS_LINUX_TELNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boards/linux/queue.h"
#include "boards/linux/uart.h"

enum {
    TELNET_PARAMETERS_MAX = 16, /* of a subnegotiation; longer ones are not answered */
    TELNET_OPTIONS = 3
};

enum telnet_state { TELNET_TEXT, TELNET_IAC, TELNET_OPTION, TELNET_PARAMETERS, TELNET_PARAMETERS_IAC };

struct telnet {
    enum telnet_state state;
    uint8_t command; /* DO, DONT, WILL or WONT */
    uint8_t size;    /* of the parameters; TELNET_PARAMETERS_MAX + 1: too many */
    uint8_t parameters[TELNET_PARAMETERS_MAX];
    bool here[TELNET_OPTIONS];  /* options in force on this side... */
    bool there[TELNET_OPTIONS]; /* ...and on that of the client */
    struct uart uart;           /* as the client has set it */
    bool holding;               /* it holds the line low */
    bool suspended;             /* it wants no data now */
    bool dtr;
    bool rts;
    uint8_t modem_mask;
};

enum telnet_event { TELNET_NOTHING, TELNET_DATA, TELNET_BREAK, TELNET_PURGE };

/* A new client, at 9600 8N1 until it says otherwise. Appends the first offers to `out`. */
void telnet_init(struct telnet *t, struct queue *out);

/* How many octets may be taken, so that there will be room for what they lead to. */
size_t telnet_room(const struct queue *out);

/* Takes an octet from the client and appends the answer, if one is due. TELNET_DATA: it is for the line; TELNET_PURGE:
 * what has been sent but is not yet on the line is to be forgotten. */
enum telnet_event telnet_receive(struct telnet *t, uint8_t octet, struct queue *out);

/* Appends an octet from the line. Needs room for two. */
void telnet_send(uint8_t octet, struct queue *out);

#endif
