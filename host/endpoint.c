#include "host/endpoint.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "host/number.h"

bool endpoint_parse_address(const char *text, struct endpoint *e)
{
    const char *colon = strrchr(text, ':');
    if (colon == NULL) {
        return false;
    }
    const char *host = text;
    size_t size = (size_t)(colon - text);
    if (host[0] == '[' && size > 2 && host[size - 1] == ']') {
        host++;
        size -= 2;
    } else if (strcspn(host, ":[]") < size) {
        return false; /* which colon parts host and port could only be guessed */
    }
    uint64_t port;
    if (size == 0 || size >= sizeof e->host || !number_whole(colon + 1, 0, 65535, &port)) {
        return false;
    }
    memcpy(e->host, host, size);
    e->host[size] = '\0';
    snprintf(e->port, sizeof e->port, "%u", (unsigned)(uint16_t)port);
    return true;
}

bool endpoint_parse(const char *text, struct endpoint *e)
{
    static const struct {
        const char *name;
        enum endpoint_kind kind;
    } kinds[] = {
        { "off", ENDPOINT_OFF }, { "tcp", ENDPOINT_TCP },       { "rfc2217", ENDPOINT_RFC2217 },
        { "pty", ENDPOINT_PTY }, { "serial", ENDPOINT_SERIAL }, { "unix", ENDPOINT_UNIX },
    };
    size_t size = strcspn(text, ":");
    const char *rest = text[size] == ':' ? text + size + 1 : NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strlen(kinds[i].name) != size || memcmp(kinds[i].name, text, size) != 0) {
            continue;
        }
        *e = (struct endpoint){ .kind = kinds[i].kind, .text = text, .path = rest };
        switch (e->kind) {
        case ENDPOINT_OFF:
            return rest == NULL;
        case ENDPOINT_TCP:
        case ENDPOINT_RFC2217:
            return rest != NULL && endpoint_parse_address(rest, e);
        case ENDPOINT_PTY:
            return rest == NULL || rest[0] != '\0';
        case ENDPOINT_SERIAL:
        case ENDPOINT_UNIX:
            return rest != NULL && rest[0] != '\0';
        }
    }
    return false;
}
