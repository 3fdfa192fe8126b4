/* HDLC, the data link of a serial port, server side.
 *
 * Octets in, octets out: no socket, no clock, no APDU is looked into. Frames are offsets into the one
 * response that the layer above gave, so a window of several frames and their retransmission need no copies.
 *
 * Source  IEC 62056-46 (DLMS UA 1000-2 clause 8): frame type 3, three address forms, normal response mode.
 * Context main loop only.
 */
#ifndef LINK_HDLC_H
#define LINK_HDLC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

/* What class 23 (IEC HDLC setup) sets for a port. */
struct hdlc_settings {
    uint8_t window_transmit;       /* 1..HDLC_WINDOW_MAX: the most that is offered */
    uint8_t window_receive;        /* 1..HDLC_WINDOW_MAX */
    uint16_t information_transmit; /* 32..HDLC_INFORMATION_MAX octets */
    uint16_t information_receive;  /* 32..HDLC_INFORMATION_MAX octets */
    uint16_t inter_octet_ms;       /* 20..6000 */
    uint16_t inactivity_s;         /* 0: never */
    uint16_t device_address;       /* lower (physical) address, 16..16381 */
    uint16_t serial_address;       /* a second lower address that is accepted, 0: none */
};

/* The layer above, as functions that are given `context`. */
struct hdlc_upper {
    /* A client was connected (SNRM); an earlier connection was closed before. */
    void (*opened)(void *context, uint16_t client);
    void (*closed)(void *context);
    /* One whole LLC SDU without its LLC header. Returns the size of the answer, 0 for none; `*response` stays
     * valid until the next call. */
    size_t (*request)(void *context, const uint8_t *apdu, size_t size, uint32_t now_ms, const uint8_t **response);
};

struct hdlc;

void hdlc_init(struct hdlc *h, const struct hdlc_settings *settings, const struct hdlc_upper *upper, void *context);

/* Forgets the link without a word, as when the wire is gone. Closes the layer above if it was open. */
void hdlc_reset(struct hdlc *h);

/* Takes octets as they come: several frames at once or parts of one. */
void hdlc_receive(struct hdlc *h, const uint8_t *octets, size_t size, uint32_t now_ms);

/* Fills `octets` with what is to be sent, and returns how many (0: nothing). */
size_t hdlc_transmit(struct hdlc *h, uint8_t *octets, size_t max);

/* Lets time pass: inter-octet and inactivity timeouts. Call at least every 10 ms while anything is under way. */
void hdlc_tick(struct hdlc *h, uint32_t now_ms);

/* True between SNRM/UA and the end of the link. */
bool hdlc_connected(const struct hdlc *h);

#endif
