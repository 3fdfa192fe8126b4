/* Where a port of the meter is offered, as the command line names it (interfaces: ENDPOINT). */
#ifndef HOST_ENDPOINT_H
#define HOST_ENDPOINT_H

#include <stdbool.h>

enum endpoint_kind { ENDPOINT_OFF, ENDPOINT_TCP, ENDPOINT_RFC2217, ENDPOINT_PTY, ENDPOINT_SERIAL, ENDPOINT_UNIX };

struct endpoint {
    enum endpoint_kind kind;
    const char *text; /* as it was given; outlives this struct */
    char host[256];   /* tcp, rfc2217: without the brackets of an IPv6 address */
    char port[6];     /* tcp, rfc2217: 0..65535 as decimal digits */
    const char *path; /* pty: the link, NULL if none; serial, unix: the file */
};

/* tcp:HOST:PORT, rfc2217:HOST:PORT, pty[:LINK], serial:DEVICE, unix:PATH or off. */
bool endpoint_parse(const char *text, struct endpoint *e);

/* HOST:PORT alone; an IPv6 host stands in brackets. Sets host and port only. */
bool endpoint_parse_address(const char *text, struct endpoint *e);

#endif
