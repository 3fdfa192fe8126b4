/* HDLC, the data link of a serial port, client side: connects, sends a request, gathers the answer, whatever the
 * other side does.
 *
 * Every request frame is polled (window 1 towards the meter, requests are short); the meter may use the window that
 * was negotiated. A frame without an answer is enquired for with RR, or sent again, by turns; a meter that has the
 * request already does not execute it twice (its N(S) is the old one).
 *
 * Bounds  four tries of a frame; a silence of `timeout_ms`; 64 KiB of octets that are no answer; 4,096 frames and
 *         LINK_ANSWER_MAX octets for one answer; the deadline of the whole run.
 * Source  IEC 62056-46 (DLMS UA 1000-2 clause 8).
 */
#ifndef HOST_CLIENT_LINK_H
#define HOST_CLIENT_LINK_H

#include "host/client/buffer.h"
#include "host/client/channel.h"
#include "host/client/frame.h"
#include "host/client/trouble.h"

enum { LINK_ANSWER_MAX = 1 << 17, LINK_INFORMATION_LEAST = 32, LINK_INFORMATION_MAX = 2030, LINK_WINDOW_MAX = 7 };

struct link_options {
    struct frame_address server;
    struct frame_address client;
    uint16_t information; /* octets of an information field, both ways: proposed, the meter may want less */
    uint8_t window;       /* frames that the meter may send before it is acknowledged: likewise */
    uint32_t timeout_ms;  /* how long the meter may be silent */
    uint64_t deadline_ms; /* channel_now_ms() at which everything ends */
};

/* Callers use the functions only. */
struct link {
    struct channel *channel;
    struct trouble *trouble;
    struct link_options options;
    struct frame_reader reader;
    size_t send_max;  /* octets of an information field that the meter takes */
    uint8_t sent;     /* V(S) */
    uint8_t received; /* V(R) */
    bool connected;
    unsigned frames;  /* received for one answer */
    size_t ignored;   /* octets since the last frame that was an answer */
    unsigned foreign; /* frames for or from others */
};

void link_init(struct link *l, struct channel *c, const struct link_options *options, struct trouble *t);

/* SNRM, UA. */
bool link_connect(struct link *l);

/* A request and its answer, both APDUs without LLC header. */
bool link_exchange(struct link *l, const uint8_t *apdu, size_t size, struct buffer *answer);

/* DISC; an answer is welcome and not needed. */
void link_disconnect(struct link *l);

#endif
