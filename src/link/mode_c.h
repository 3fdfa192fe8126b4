/* IEC 62056-21 mode C: the read-out and the programming mode, after a sign-on chose one of them.
 *
 * Octets in, octets out; no meter is known here: the layer above gives lines and values as text. The read-out is
 * made line by line while it leaves. BCC is the exclusive or of all that follows STX or SOH, up to and with ETX.
 *
 *   read-out      STX line CR LF ... ! CR LF ETX BCC
 *   programming   SOH P0 STX (serial number) ETX BCC, then for each command of the client
 *     P1 (password)        ACK; wrong: (ER03), the third time in 15 minutes, whatever sessions
 *                          they were in, break, and so is any for the next 15
 *     R1 1.8.0(), R5       (value*unit); (ER02) no such code; (ER03) no password yet
 *     W with any digit     (ER03): nothing can be written
 *     B0                   the end, at once and without an answer
 *     P0                   nothing: the probe echoes
 *     anything else        (ER01)
 *     a wrong BCC          NAK, the third time in a row break
 *   where (...) stands for STX (...) ETX BCC, and break for SOH B0 ETX BCC, which ends the session.
 *
 * state         octet   next
 * WAITING       ACK     ENDED          after the read-out; NAK has it repeated, once
 * WAITING       NAK     WAITING, ENDED
 * WAITING       SOH     ENDED          a break
 * WAITING       STX     WAITING_ECHO   our own read-out: the probe echoes; over with ETX and one octet more
 * COMMAND       SOH     BODY           in programming mode
 * COMMAND       STX     COMMAND_ECHO   likewise
 * BODY          ETX     CHECK
 * BODY          SOH     BODY           begins anew
 * CHECK         any     COMMAND        the command is answered
 *
 * A '/' in WAITING and COMMAND ends the session and is left to the sign-on; other octets change nothing. So ends
 * WAITING after 1.5 s, COMMAND after 60 s; a command or an echo in it with a gap of 1.5 s is dropped.
 * While an answer waits to be sent no octets are taken. The parity bit of what comes is ignored.
 *
 * Source  IEC 62056-21 clause 6; object-model.md 6. The error texts are this meter's own.
 * Context main loop only.
 */
#ifndef LINK_MODE_C_H
#define LINK_MODE_C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/lockout.h"
#include "base/port_settings.h"

enum { MODE_C_COMMAND_MAX = 48 };

/* The layer above, as functions that are given `context`. Each writes at most READOUT_LINE_MAX characters of 7 bits and
 * returns how many. */
struct mode_c_upper {
    /* The line of the read-out with this number, the first is 0, without CR LF; 0 after the last. */
    size_t (*line)(void *context, unsigned number, char *text);
    /* What stands behind a code as 1.8.0, with brackets; 0 if there is no such code. */
    size_t (*value)(void *context, const char *code, size_t size, char *text);
    /* A wrong password; `locked`: one too many. */
    void (*refused)(void *context, bool locked);
};

enum mode_c_state {
    MODE_C_ENDED,
    MODE_C_WAITING,
    MODE_C_WAITING_ECHO,
    MODE_C_WAITING_ECHO_CHECK,
    MODE_C_COMMAND,
    MODE_C_COMMAND_ECHO,
    MODE_C_COMMAND_ECHO_CHECK,
    MODE_C_BODY,
    MODE_C_CHECK
};

/* What a session runs on. `password` and the texts may change at any time. */
struct mode_c_terms {
    const struct mode_c_upper *upper;
    void *context;
    const struct port_password *password; /* P1 */
    struct lockout *lockout;              /* of it */
    const char *serial_number;            /* 0-terminated, at most READOUT_LINE_MAX - 2 are sent */
    uint32_t baud;                        /* of the line, 0: it is not paced */
    uint32_t reaction_ms;                 /* before each answer; 0 if it is not paced */
};

/* Callers use the functions only. */
struct mode_c {
    struct mode_c_terms terms;
    enum mode_c_state state;
    uint32_t since_ms; /* the latest octet, either way */
    uint32_t due_ms;   /* when the answer may go out */
    uint32_t sent;     /* octets of the answer */
    uint16_t line;     /* of the read-out, the next */
    bool reading_out;  /* lines are left */
    bool repeated;
    bool admitted;        /* the password was right */
    uint8_t wrong_checks; /* in a row */
    uint8_t command_check;
    uint8_t command_size; /* octets of the command so far; MODE_C_COMMAND_MAX + 1: too many */
    char command[MODE_C_COMMAND_MAX];
    uint8_t out_check;
    uint8_t out_size; /* a piece of the answer */
    uint8_t out_sent;
    char out[1 + READOUT_LINE_MAX + 2 + 5]; /* STX, a line, its end; the end of the read-out */
};

/* Begin a session: the read-out or P0 will be due after the reaction time. */
void mode_c_read_out(struct mode_c *m, const struct mode_c_terms *terms, uint32_t now_ms);
void mode_c_program(struct mode_c *m, const struct mode_c_terms *terms, uint32_t now_ms);

/* As sign_on_receive, sign_on_transmit, sign_on_tick. */
size_t mode_c_receive(struct mode_c *m, const uint8_t *octets, size_t size, uint32_t now_ms);
size_t mode_c_transmit(struct mode_c *m, uint8_t *octets, size_t max, uint32_t now_ms);
void mode_c_tick(struct mode_c *m, uint32_t now_ms);

/* Something waits to be sent. */
bool mode_c_answers(const struct mode_c *m);

/* The session is over, and everything has been sent. */
bool mode_c_ended(const struct mode_c *m);

#endif
