/* Sign-on on the optical port: IEC 62056-21 mode E, the way from 300 baud 7E1 to HDLC at 9600 8N1.
 *
 * Octets in, octets out. The caller gives octets while sign_on_binary() is false, and applies sign_on_line()
 * to its port whenever it changes and all octets before have left. The parity bit of what comes is ignored, what
 * goes out has none: the line adds it.
 *
 * state          octet           next            at 300 baud 7E1
 * IDLE           /               SLASH           from every state below, a '/' begins anew
 * SLASH          ?               ADDRESS
 * ADDRESS        0-9 A-Z a-z ' ' ADDRESS         a device address of up to 32 characters, leading zeros do not count
 * ADDRESS        !               REQUEST_CR
 * REQUEST_CR     CR              REQUEST_LF
 * REQUEST_LF     LF              IDENTIFYING     or IDLE, if the address is that of another device
 * IDENTIFYING    (sent)          SELECTING       "/XXXZ\2Ident" CR LF after the reaction time
 * SELECTING      ACK             ACK_V
 * SELECTING      /               SLASH_OR_ECHO
 * SELECTING      other           SELECTING
 * SLASH_OR_ECHO  ?               ADDRESS
 * SLASH_OR_ECHO  other           ECHO            our own identification: the probe echoes
 * ECHO           LF              SELECTING
 * ECHO           /, ACK          as in SELECTING
 * ECHO           other           ECHO
 * ACK_V          V               ACK_Z
 * ACK_Z          Z               ACK_Y
 * ACK_Y          Y               ACK_CR
 * ACK_CR         CR              ACK_LF
 * ACK_LF         LF              CONFIRMING      V = Y = '2' and Z not above the offer: HDLC; anything else: IDLE
 *
 *                                                at the new speed
 * CONFIRMING     (sent)          BINARY          the six octets of the acknowledgement back, 7E1
 * BINARY                                         HDLC, 8N1
 *
 * Any octet that is not listed leads to IDLE. So do 1.5 s without an octet within a message, and 60 s in SELECTING.
 * While a message waits to be sent no octets are taken.
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

/* Texts are 0-terminated. All of it may change at any time; a running sign-on goes on with the new values. */
struct sign_on_settings {
    const char *identification; /* after "/": "BLY5\2BLATHY1", 4..21 characters: a lower case third letter promises
                                   a reaction time of 20 instead of 200 ms, the fourth is the highest speed Z */
    const char *device_address; /* answered beside the empty one; leading zeros do not count */
    const char *serial_number;  /* likewise */
    bool direct;                /* class 19 default_mode 1: HDLC at once, without a sign-on... */
    uint8_t direct_speed;       /* ...at this speed, coded as class 23 comm_speed: 0 (300) .. 5 (9600), 6 (19200) */
};

enum { SIGN_ON_ADDRESS_MAX = 32, SIGN_ON_MESSAGE_MAX = 24 };

enum sign_on_state {
    SIGN_ON_IDLE,
    SIGN_ON_SLASH,
    SIGN_ON_ADDRESS,
    SIGN_ON_REQUEST_CR,
    SIGN_ON_REQUEST_LF,
    SIGN_ON_IDENTIFYING,
    SIGN_ON_SELECTING,
    SIGN_ON_SLASH_OR_ECHO,
    SIGN_ON_ECHO,
    SIGN_ON_ACK_V,
    SIGN_ON_ACK_Z,
    SIGN_ON_ACK_Y,
    SIGN_ON_ACK_CR,
    SIGN_ON_ACK_LF,
    SIGN_ON_CONFIRMING,
    SIGN_ON_BINARY
};

/* Callers use the functions only. */
struct sign_on {
    const struct sign_on_settings *settings;
    struct line_settings line;
    uint32_t since_ms; /* the latest octet, either way */
    uint32_t due_ms;   /* when the message may go out */
    enum sign_on_state state;
    bool paced;
    uint8_t field_size;              /* octets of the message so far; SIGN_ON_ADDRESS_MAX + 1: too many */
    char field[SIGN_ON_ADDRESS_MAX]; /* the device address, or V, Z, Y */
    uint8_t message[SIGN_ON_MESSAGE_MAX];
    uint8_t message_size;
    uint8_t message_sent;
};

/* `paced`: keep the reaction times of a real line. */
void sign_on_init(struct sign_on *s, const struct sign_on_settings *settings, bool paced);

/* Back to idle at 300 baud 7E1, or to HDLC if that is the direct mode: the wire is gone, a break was seen, or
 * HDLC has ended. */
void sign_on_reset(struct sign_on *s);

/* Takes octets until the last one that belongs to the sign-on or must be answered first, and returns how many. */
size_t sign_on_receive(struct sign_on *s, const uint8_t *octets, size_t size, uint32_t now_ms);

/* Fills `octets` with what is to be sent now, and returns how many (0: nothing yet). */
size_t sign_on_transmit(struct sign_on *s, uint8_t *octets, size_t max, uint32_t now_ms);

/* Lets time pass. Call at least once a second. */
void sign_on_tick(struct sign_on *s, uint32_t now_ms);

/* How the line must be set now. */
const struct line_settings *sign_on_line(const struct sign_on *s);

/* True from the confirmation of mode E on: octets belong to HDLC. */
bool sign_on_binary(const struct sign_on *s);

#endif
