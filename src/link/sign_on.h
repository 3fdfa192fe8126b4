/* Sign-on on the optical port: IEC 62056-21, the way from 300 baud 7E1 to HDLC at 9600 8N1 (mode E) or to mode C.
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
 * ACK_LF         LF              CONFIRMING      V = Y = '2': HDLC
 *                                MODE_C          V = '0', Y = '0' or '2': the read-out; Y = '1': programming mode
 *                                IDLE            anything else, or Z above the offer
 *
 *                                                at the new speed
 * CONFIRMING     (sent)          BINARY          the six octets of the acknowledgement back, 7E1
 * BINARY                                         HDLC, 8N1
 * MODE_C         (ended)         IDLE            link/mode_c, 7E1
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
#include "base/port_settings.h"
#include "link/mode_c.h"

/* Who is on the line, and how. Texts are 0-terminated.
 *
 * The identification is /XXXZ\2Ident: three letters, the last one lower case if the reaction time is the fast one, Z
 * the highest speed that is accepted, "\2" for the binary mode. */
struct sign_on_settings {
    const struct local_port_settings *local; /* read when a sign-on begins, and passwords when they are needed */
    const char *manufacturer;                /* three capital letters */
    const char *product;                     /* up to SIGN_ON_PRODUCT_MAX characters are sent */
    const char *serial_number;               /* an address beside the one in `local`; leading zeros never count */
    struct lockout *p1_lockout;              /* of the password P1; outlives sign-ons */
    const struct mode_c_upper *upper;        /* of mode C */
    void *context;                           /* handed to it */
};

enum { SIGN_ON_PRODUCT_MAX = 16, SIGN_ON_MESSAGE_MAX = 1 + 3 + 1 + 2 + SIGN_ON_PRODUCT_MAX + 2 };

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
    SIGN_ON_MODE_C,
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
    bool fast;                    /* as the identification said */
    char offered;                 /* Z, likewise */
    uint8_t field_size;           /* octets of the message so far; PORT_ADDRESS_MAX + 1: too many */
    char field[PORT_ADDRESS_MAX]; /* the device address, or V, Z, Y */
    uint8_t message[SIGN_ON_MESSAGE_MAX];
    uint8_t message_size;
    uint8_t message_sent;
    struct mode_c mode_c;
};

/* `paced`: keep the reaction times of a real line. */
void sign_on_init(struct sign_on *s, const struct sign_on_settings *settings, bool paced);

/* Back to idle at 300 baud (class 19 default_baud) 7E1, or to HDLC if that is the direct mode: the wire is gone, a
 * break was seen, or HDLC has ended. */
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

/* Whether a client is at it, in ASCII. */
bool sign_on_busy(const struct sign_on *s);

#endif
