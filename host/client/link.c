#include "host/client/link.h"

#include <stdio.h>
#include <string.h>

enum {
    SNRM = 0x93,
    UA = 0x73,
    DISC = 0x53,
    DM = 0x1F,
    FRMR = 0x97,
    POLL = 0x10,
    RR = 0x01,
    TRIES = 4,
    FRAMES_MAX = 4096,
    IGNORED_MAX = 1 << 16,
    FRAME_TIME_MS = 20000, /* more than the longest frame takes at 1,200 baud */
    BUSY_PAUSE_MS = 50,
    LLC_SIZE = 3,
    DEFAULT_INFORMATION = 128
};

static const uint8_t command_llc[LLC_SIZE] = { 0xE6, 0xE6, 0x00 };
static const uint8_t response_llc[LLC_SIZE] = { 0xE6, 0xE7, 0x00 };

enum event { EVENT_FRAME, EVENT_SILENCE, EVENT_FAILED };

void link_init(struct link *l, struct channel *c, const struct link_options *options, struct trouble *t)
{
    memset(l, 0, sizeof *l);
    l->channel = c;
    l->trouble = t;
    l->options = *options;
    l->send_max = DEFAULT_INFORMATION;
}

static bool in_time(struct link *l)
{
    return channel_now_ms(l->channel) < l->options.deadline_ms ||
           trouble_is(l->trouble, "The time of the whole run is over; --time-limit gives it more.");
}

static bool send_frame(struct link *l, uint8_t control, const uint8_t *information, size_t size, bool segmented)
{
    struct frame f = { .to = l->options.server,
                       .from = l->options.client,
                       .control = control,
                       .segmented = segmented,
                       .information = information,
                       .size = size };
    uint8_t octets[FRAME_OCTETS_MAX];
    return in_time(l) && channel_send(l->channel, octets, frame_write(octets, &f), l->trouble);
}

static bool send_supervisory(struct link *l, uint8_t kind)
{
    return send_frame(l, (uint8_t)(l->received << 5 | POLL | kind), NULL, 0, false);
}

/* The next frame from the meter to this client; those of others, and our own as echoes, are passed over. */
static bool take_frame(struct link *l, struct frame *f)
{
    while (frame_next(&l->reader, f)) {
        if (frame_same_address(&f->to, &l->options.client) && frame_same_address(&f->from, &l->options.server)) {
            l->ignored = 0;
            return true;
        }
        l->foreign++;
    }
    return false;
}

static bool take_rest(struct link *l, struct frame *f)
{
    while (frame_give_up(&l->reader)) {
        if (take_frame(l, f)) {
            return true;
        }
    }
    return false;
}

static enum event failed(struct link *l, const char *sentence)
{
    trouble_is(l->trouble, "%s", sentence);
    return EVENT_FAILED;
}

static enum event receive_frame(struct link *l, struct frame *f)
{
    uint64_t end_ms = channel_now_ms(l->channel) + l->options.timeout_ms + FRAME_TIME_MS;
    for (;;) {
        if (take_frame(l, f)) {
            return EVENT_FRAME;
        }
        uint8_t octets[512];
        size_t size = 0;
        if (!in_time(l)) {
            return EVENT_FAILED;
        }
        switch (channel_receive(l->channel, octets, sizeof octets, &size, l->options.timeout_ms)) {
        case CHANNEL_CLOSED:
            return failed(l, "The meter closed the connection.");
        case CHANNEL_SILENCE:
            return take_rest(l, f) ? EVENT_FRAME : EVENT_SILENCE;
        case CHANNEL_OCTETS:
            break;
        }
        frame_put(&l->reader, octets, size);
        l->ignored += size;
        if (l->ignored > IGNORED_MAX || channel_now_ms(l->channel) > end_ms) {
            return failed(l, "The other side sends octets without end that are no answer; is it a meter that speaks "
                             "HDLC, at this speed?");
        }
    }
}

static bool no_answer(struct link *l)
{
    if (l->reader.damaged > 0 || l->foreign > 0 || l->ignored > 0) {
        return trouble_is(l->trouble,
                          "No valid answer from the meter, only %u damaged frames and %u of other addresses. Check the "
                          "line, --server and --client.",
                          l->reader.damaged, l->foreign);
    }
    return trouble_is(l->trouble,
                      "No answer from the meter within %g s. Check that it is there, --server, --client and --mode.",
                      (double)l->options.timeout_ms / 1000);
}

/* What a frame that is neither I nor S says. False unless the dialogue goes on. */
static bool judge_unnumbered(struct link *l, const struct frame *f)
{
    switch (f->control & ~POLL) {
    case DM & ~POLL:
        l->connected = false;
        return trouble_is(l->trouble, "The meter is disconnected (DM): it ended the link, or does not let this client "
                                      "address connect.");
    case FRMR & ~POLL:
        l->connected = false;
        return trouble_is(l->trouble, "The meter rejected a frame (FRMR%s).",
                          f->size == 3 && (f->information[2] & 4) != 0 ? ": its information field is too long" : "");
    default:
        return true; /* a late UA, a UI frame */
    }
}

/* Negotiation ------------------------------------------------------------------------------------- */

static size_t put_parameters(const struct link_options *o, uint8_t *at)
{
    const uint8_t high = (uint8_t)(o->information >> 8);
    const uint8_t low = (uint8_t)o->information;
    const uint8_t parameters[] = { 0x81, 0x80, 20, 5, 2, high, low, 6, 2, high, low,      7,
                                   4,    0,    0,  0, 1, 8,    4,   0, 0, 0,    o->window };
    memcpy(at, parameters, sizeof parameters);
    return sizeof parameters;
}

/* The information field of the UA; what is missing or malformed leaves the default. */
static void take_parameters(struct link *l, const uint8_t *octets, size_t size)
{
    enum { RECEIVES = 6 };
    l->send_max = DEFAULT_INFORMATION;
    for (size_t at = 3; at + 2 <= size;) {
        uint8_t name = octets[at];
        size_t width = octets[at + 1];
        uint32_t value = 0;
        at += 2;
        for (size_t i = 0; i < width && i < 4 && at + i < size; i++) {
            value = value << 8 | octets[at + i];
        }
        if (name == RECEIVES && width <= 4 && at + width <= size && value > LLC_SIZE) {
            l->send_max = value < l->options.information ? value : l->options.information;
        }
        at += width;
    }
}

/* The next I or S frame; of the others those are passed over that change nothing. */
static enum event receive_numbered(struct link *l, struct frame *f)
{
    for (;;) {
        enum event event = receive_frame(l, f);
        if (event != EVENT_FRAME) {
            return event;
        }
        if (++l->frames > FRAMES_MAX) {
            return failed(l, "The meter sends frames without end.");
        }
        if ((f->control & 3) != 3) {
            return EVENT_FRAME;
        }
        if (!judge_unnumbered(l, f)) {
            return EVENT_FAILED;
        }
    }
}

/* UA, SILENCE or FAILED. */
static enum event receive_ua(struct link *l, struct frame *f)
{
    for (;;) {
        enum event event = receive_frame(l, f);
        if (event != EVENT_FRAME || f->control == UA) {
            return event;
        }
        if (++l->frames > FRAMES_MAX) {
            return failed(l, "The meter sends frames without end.");
        }
        if ((f->control & 3) == 3 && !judge_unnumbered(l, f)) {
            return EVENT_FAILED;
        }
    }
}

bool link_connect(struct link *l)
{
    uint8_t parameters[32];
    size_t size = 0;
    if (l->options.information != DEFAULT_INFORMATION || l->options.window != 1) {
        size = put_parameters(&l->options, parameters);
    }
    for (unsigned i = 0; i < TRIES; i++) {
        size_t proposed = i < TRIES / 2 ? size : 0; /* an old meter may take none */
        struct frame f;
        enum event event = EVENT_FAILED;
        if (send_frame(l, SNRM, parameters, proposed, false)) {
            event = receive_ua(l, &f);
        }
        if (event == EVENT_FAILED) {
            return false;
        }
        if (event == EVENT_FRAME) {
            l->connected = true;
            l->sent = l->received = 0;
            take_parameters(l, f.information, f.size);
            return true;
        }
    }
    return no_answer(l);
}

void link_disconnect(struct link *l)
{
    struct frame f;
    struct trouble unused = { "" };
    if (!l->connected) {
        return;
    }
    l->connected = false;
    l->trouble = &unused;
    if (l->options.timeout_ms > 1000) {
        l->options.timeout_ms = 1000;
    }
    if (send_frame(l, DISC, NULL, 0, false)) {
        receive_frame(l, &f);
    }
}

/* Requests ---------------------------------------------------------------------------------------- */

/* A request's frame on its way. */
struct piece {
    const uint8_t *octets;
    size_t size;
    bool segmented;
};

static bool send_piece(struct link *l, const struct piece *p)
{
    return send_frame(l, (uint8_t)(l->received << 5 | POLL | l->sent << 1), p->octets, p->size, p->segmented);
}

/* The last frame of the answer before, which comes twice when the meter was slow and was enquired for. */
static bool is_repeated(const struct link *l, const struct frame *f)
{
    return (f->control & 1) == 0 && (f->control >> 1 & 7) == ((l->received - 1) & 7);
}

/* Sends one frame until the meter has it; *f is then the frame that told so. */
static bool deliver(struct link *l, const struct piece *p, struct frame *f)
{
    uint8_t next = (l->sent + 1) & 7;
    unsigned tries = 1;
    bool under_way = send_piece(l, p);
    while (under_way) {
        enum event event = receive_numbered(l, f);
        if (event == EVENT_FAILED) {
            return false;
        }
        if (event == EVENT_FRAME && f->control >> 5 == next) {
            l->sent = next;
            return true;
        }
        if (event == EVENT_FRAME && ((f->control & POLL) == 0 || is_repeated(l, f))) {
            continue;
        }
        if (++tries > TRIES) {
            return event == EVENT_SILENCE ? no_answer(l)
                                          : trouble_is(l->trouble, "The meter does not acknowledge the request.");
        }
        bool enquire = event == EVENT_SILENCE && tries % 2 == 0;
        under_way = enquire ? send_supervisory(l, RR) : send_piece(l, p);
    }
    return false;
}

static bool send_request(struct link *l, const uint8_t *octets, size_t size, struct frame *f)
{
    for (size_t at = 0; at < size;) {
        size_t part = size - at < l->send_max ? size - at : l->send_max;
        struct piece p = { octets + at, part, at + part < size };
        if (!deliver(l, &p, f)) {
            return false;
        }
        at += part;
    }
    return true;
}

/* Takes an I frame that is the next one; false when it is another. */
static bool take_piece(struct link *l, const struct frame *f, struct buffer *answer)
{
    if ((f->control & 1) != 0 || (f->control >> 1 & 7) != l->received) {
        return false;
    }
    l->received = (l->received + 1) & 7;
    buffer_add(answer, f->information, f->size);
    return true;
}

struct gathering {
    unsigned tries; /* enquiries without progress */
    uint64_t since_ms;
};

/* Asks for what is missing, unless it was asked for too often. `f`: what came instead, NULL after a silence. */
static bool ask_again(struct link *l, struct gathering *g, const struct frame *f)
{
    bool busy = f != NULL && (f->control & 1) != 0;
    if (busy) { /* RR or RNR: there is no answer yet */
        if (channel_now_ms(l->channel) - g->since_ms > (uint64_t)TRIES * l->options.timeout_ms) {
            return trouble_is(l->trouble, "The meter has the request and gives no answer.");
        }
        channel_pause(l->channel, BUSY_PAUSE_MS);
    } else if (++g->tries > TRIES) {
        return f == NULL ? no_answer(l) : trouble_is(l->trouble, "The meter repeats frames and does not go on.");
    }
    return send_supervisory(l, RR);
}

/* What the meter waits for before it sends the next frame: nothing, within a window. `f` NULL: a silence. */
static bool go_on(struct link *l, struct gathering *g, const struct frame *f, bool taken)
{
    if (taken) {
        *g = (struct gathering){ 0, channel_now_ms(l->channel) };
    }
    if (f != NULL && (f->control & POLL) == 0) {
        return true;
    }
    return taken ? send_supervisory(l, RR) : ask_again(l, g, f);
}

/* From the frame that acknowledged the request to the end of the answer. */
static bool gather(struct link *l, struct frame *f, struct buffer *answer)
{
    struct gathering g = { 0, channel_now_ms(l->channel) };
    enum event event = EVENT_FRAME;
    bool good = true;
    while (good) {
        bool came = event == EVENT_FRAME;
        bool taken = came && take_piece(l, f, answer);
        if (taken && !f->segmented) {
            return true;
        }
        if (answer->overflow) {
            return trouble_is(l->trouble, "The answer of the meter has no end.");
        }
        good = go_on(l, &g, came ? f : NULL, taken);
        if (good) {
            event = receive_numbered(l, f);
            good = event != EVENT_FAILED;
        }
    }
    return false;
}

bool link_exchange(struct link *l, const uint8_t *apdu, size_t size, struct buffer *answer)
{
    struct buffer request = buffer_of(LINK_ANSWER_MAX);
    struct frame f = { .size = 0 };
    buffer_clear(answer);
    l->frames = 0;
    l->ignored = 0;
    l->foreign = 0;
    l->reader.damaged = 0;
    buffer_add(&request, command_llc, LLC_SIZE);
    buffer_add(&request, apdu, size);
    bool done = !request.overflow && send_request(l, request.octets, request.size, &f) && gather(l, &f, answer);
    buffer_free(&request);
    if (!done) {
        return trouble_is(l->trouble, "There is not enough memory.");
    }
    if (answer->size <= LLC_SIZE || memcmp(answer->octets, response_llc, LLC_SIZE) != 0) {
        return trouble_is(l->trouble, "The answer of the meter does not begin with an LLC header.");
    }
    memmove(answer->octets, answer->octets + LLC_SIZE, answer->size - LLC_SIZE);
    answer->size -= LLC_SIZE;
    return true;
}
