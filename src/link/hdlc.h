/* HDLC, the data link of a serial port, server side.
 *
 * Octets in, octets out: no socket, no clock, no APDU is looked into. Frames are checked where they lie and sent
 * as offsets into the one response that the layer above gave, so a window of several frames and their
 * retransmission need no copies.
 *
 * What a frame with P = 1 brings about; with P = 0 nothing is sent, and SNRM and DISC do nothing:
 *
 *   state      SNRM      DISC      I, RR, RNR                      unknown      UI, UA, DM, FRMR
 *   NDM        UA, NRM   DM        DM                              -            -
 *   NRM        UA, NRM   UA, NDM   the response's frames, or RR;   rejected     -
 *                                  bad length or N(R): rejected
 *   rejected   UA, NRM   UA, NDM   FRMR                            FRMR         -
 *
 * To a client other than the one that is connected the station is in NDM; its SNRM takes the link over.
 * All unacknowledged frames of a window are sent again at each poll (I or RR with P = 1). An I frame out of sequence
 * is not executed, so a duplicate brings the response again. A frame with a bad check sequence, length, or address
 * and a broadcast are passed over in silence.
 *
 * Source  IEC 62056-46 (DLMS UA 1000-2 clause 8): frame type 3, three address forms, normal response mode.
 *         Choices that the standard leaves open: object-model.md 7, 10.1 to 10.3 and 10.11.
 * Memory  2,236 octets on a 32-bit machine: one frame (1,044), one request in segments (1,027), state.
 * Context main loop only.
 */
#ifndef LINK_HDLC_H
#define LINK_HDLC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/port_settings.h"
#include "config.h"

/* The layer above, as functions that are given `context`. */
struct hdlc_upper {
    /* A client was connected (SNRM); an earlier connection was closed before. */
    void (*opened)(void *context, uint16_t client);
    void (*closed)(void *context);
    /* One whole LLC SDU without its LLC header. Returns the size of the answer, 0 for none; `*response` stays
     * valid until the next call. */
    size_t (*request)(void *context, const uint8_t *apdu, size_t size, uint32_t now_ms, const uint8_t **response);
};

enum {
    HDLC_LLC_SIZE = 3,
    HDLC_REQUEST_MAX = HDLC_LLC_SIZE + COSEM_PDU_MAX,
    /* Format, addresses, control, HCS, FCS, closing flag; one octet of information more than can be
     * negotiated, so that the client who sends it is told so. */
    HDLC_FRAME_MAX = 2 + 5 + 1 + 2 + HDLC_INFORMATION_MAX + 1 + 2 + 1,
    HDLC_SHORT_MAX = 50, /* information of a frame that is built as a whole; the UA needs 23 */
    HDLC_HEAD_MAX = 1 + 2 + 5 + 1 + 2 + HDLC_SHORT_MAX + 2 + 1
};

enum hdlc_state { HDLC_NDM, HDLC_NRM, HDLC_REJECTED };

/* Callers use the functions only. */
struct hdlc {
    const struct hdlc_settings *settings;
    const struct hdlc_upper *upper;
    void *context;
    struct hdlc_settings link; /* as they were at SNRM; windows and information fields as negotiated */
    uint32_t octet_ms;         /* when the latest octet came */
    uint32_t active_ms;        /* when the link was last used */
    enum hdlc_state state;
    uint8_t client;                /* source address octet of the connected client */
    uint8_t receive_next;          /* V(R) */
    uint8_t acknowledged;          /* the oldest N(S) that the client has not acknowledged */
    uint8_t in_flight;             /* frames sent since: V(S) = acknowledged + in_flight */
    uint8_t window_next;           /* frames begun in the running transmission */
    bool moved;                    /* octets were sent since time passed last */
    bool window_open;              /* more frames follow before the one with F = 1 */
    bool echoes;                   /* the line brings our own frames back */
    uint8_t sent_count;            /* frames sent since the client's latest */
    uint8_t echoed_count;          /* that many of them have come back, or were lost */
    uint8_t sent[HDLC_WINDOW_MAX]; /* their control fields */
    bool in_frame;                 /* an opening flag was seen, and all that followed may be a frame */
    uint8_t rejection[3];          /* information field of FRMR */
    uint8_t reply[5];              /* addresses of what is sent: the client's, then ours as the client wrote it */
    uint8_t reply_size;

    /* The response, LLC header included, from the oldest frame that is not acknowledged. */
    const uint8_t *response;
    size_t response_size;
    size_t response_offset;

    /* What is left of the frame that is being sent: head, a piece of the response, tail. */
    struct hdlc_part {
        const uint8_t *octets;
        size_t size;
    } out[3];
    uint8_t parts_left;
    uint8_t tail[3];
    uint8_t head[HDLC_HEAD_MAX];

    uint16_t frame_size; /* octets so far after the opening flag */
    uint16_t request_size;
    uint8_t frame[HDLC_FRAME_MAX];
    uint8_t request[HDLC_REQUEST_MAX]; /* segments so far */
};

/* `settings` are read again at each SNRM, and while there is no link. */
void hdlc_init(struct hdlc *h, const struct hdlc_settings *settings, const struct hdlc_upper *upper, void *context);

/* Forgets the link without a word, as when the wire is gone. Closes the layer above if it was open. */
void hdlc_reset(struct hdlc *h);

/* Takes octets as they come, several frames at once or parts of one, up to the end of a frame that is to be
 * answered, and returns how many: give the rest again when the answer has been sent. */
size_t hdlc_receive(struct hdlc *h, const uint8_t *octets, size_t size, uint32_t now_ms);

/* Fills `octets` with what is to be sent, and returns how many (0: nothing). */
size_t hdlc_transmit(struct hdlc *h, uint8_t *octets, size_t max);

/* Lets time pass: inter-octet and inactivity timeouts. Call at least once a second. */
void hdlc_tick(struct hdlc *h, uint32_t now_ms);

/* True between SNRM/UA and the end of the link. */
bool hdlc_connected(const struct hdlc *h);

#endif
