/* The DLMS application association of a client, and its services GET, SET and ACTION, in blocks where it takes them.
 *
 * Logical names, no ciphering; authentication none or LLS.
 * Source  DLMS UA 1000-2 clause 9 (xDLMS APDUs, AARQ and AARE).
 */
#ifndef HOST_CLIENT_SESSION_H
#define HOST_CLIENT_SESSION_H

#include "host/client/buffer.h"
#include "host/client/link.h"
#include "host/client/trouble.h"

enum { SESSION_VALUE_MAX = 1 << 24, SESSION_PASSWORD_MAX = 64 };

/* REFUSED: the meter says no to this one request, and why is in the trouble; the association goes on. */
enum session_outcome { SESSION_DONE, SESSION_REFUSED, SESSION_FAILED };

/* An attribute or a method of an object. */
struct reference {
    uint16_t ic;
    uint8_t obis[6];
    uint8_t index;
};

struct session {
    struct link *link;
    struct trouble *trouble;
    uint32_t conformance; /* 24 bits, as negotiated */
    size_t pdu_max;       /* octets of an APDU that the meter takes */
    uint8_t code;         /* after REFUSED: data-access-result or action-result; SESSION_NO_CODE after an exception */
    struct buffer answer;
    /* Called with the octets of a long GET so far, when not NULL. */
    void (*progress)(void *context, const uint8_t *octets, size_t size);
    void *context;
};

#define SESSION_NO_CODE           0xFFu
#define SESSION_TEMPORARY_FAILURE 2u

/* AARQ, AARE. The password is octets; NULL: none. */
bool session_open(struct session *s, struct link *l, const uint8_t *password, size_t size, struct trouble *t);
void session_free(struct session *s);

/* The Data of an attribute, whole. `selector` is the access selection, NULL: everything. */
enum session_outcome session_get(struct session *s, const struct reference *r, const struct buffer *selector,
                                 struct buffer *data);
enum session_outcome session_set(struct session *s, const struct reference *r, const struct buffer *data);

/* `parameter` NULL: none. The return parameters, if there are any; `data` may be NULL. */
enum session_outcome session_call(struct session *s, const struct reference *r, const struct buffer *parameter,
                                  struct buffer *data);

/* "class/1.0.1.8.0.255:2" */
const char *session_name(const struct reference *r, char text[40]);

#endif
