/* Sign-on on the optical port: IEC 62056-21 mode E, the way from 300 baud 7E1 to HDLC at 9600 8N1.
 *
 * Octets in, octets out. The caller gives octets while sign_on_binary() is false, and applies sign_on_line()
 * to its port whenever it changes and all octets before have left.
 *
 * Source  IEC 62056-21 clause 6 and annex E; timing as object-model.md 10.1.
 * Context main loop only.
 */
#ifndef LINK_SIGN_ON_H
#define LINK_SIGN_ON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/line.h"

struct sign_on_settings {
    const char *identification; /* after "/": "BLY5\2BLATHY1", up to 21 characters, 0-terminated */
    const char *device_address; /* answered beside the empty one; leading zeros do not count */
    const char *serial_number;  /* likewise */
    bool direct;                /* class 19 default_mode 1: HDLC at once, without a sign-on */
    bool paced;                 /* keep the reaction times of a real line */
};

struct sign_on;

void sign_on_init(struct sign_on *s, const struct sign_on_settings *settings);

/* Back to idle at 300 baud 7E1: the wire is gone, a break was seen, or HDLC has ended. */
void sign_on_reset(struct sign_on *s);

/* Takes octets until the last one that belongs to the sign-on, and returns how many were taken. */
size_t sign_on_receive(struct sign_on *s, const uint8_t *octets, size_t size, uint32_t now_ms);
size_t sign_on_transmit(struct sign_on *s, uint8_t *octets, size_t max, uint32_t now_ms);
void sign_on_tick(struct sign_on *s, uint32_t now_ms);

/* How the line must be set now. */
const struct line_settings *sign_on_line(const struct sign_on *s);

/* True from the confirmation of mode E on: octets belong to HDLC. */
bool sign_on_binary(const struct sign_on *s);

#endif
