#include "link/hdlc.h"

#include <string.h>

#include "base/crc.h"

enum {
    FLAG = 0x7E,
    FORMAT_TYPE_3 = 0xA0, /* high half of the first octet */
    FORMAT_SEGMENTED = 0x08,
    FRAME_MIN = 7, /* format, two addresses of one octet, control, FCS */

    POLL = 0x10, /* P of a command, F of a response */
    CONTROL_RR = 0x01,
    CONTROL_RNR = 0x05,
    CONTROL_UI = 0x03,
    CONTROL_DM = 0x0F,
    CONTROL_DISC = 0x43,
    CONTROL_UA = 0x63,
    CONTROL_SNRM = 0x83,
    CONTROL_FRMR = 0x87,

    /* Why a frame was rejected, in the third octet of FRMR. */
    REJECT_UNKNOWN = 0x01,     /* W */
    REJECT_INFORMATION = 0x03, /* W and X: an information field where none belongs */
    REJECT_LENGTH = 0x04,      /* Y */
    REJECT_SEQUENCE = 0x08,    /* Z: N(R) acknowledges what was not sent */

    SEQUENCE_MASK = 7,

    LOGICAL_DEVICE = 1, /* upper address */
    NO_STATION = 0x01,  /* address octets */
    ALL_STATIONS = 0xFF,

    /* Parameters of SNRM and UA. The standard's defaults: 128 octets, one frame. */
    PARAMETER_FORMAT = 0x81,
    PARAMETER_GROUP = 0x80,
    PARAMETER_FIRST = 5, /* information transmit, information receive, window transmit, window receive */
    PARAMETER_COUNT = 4,
    INFORMATION_DEFAULT = 128,
    INFORMATION_MIN = 32,
    WINDOW_DEFAULT = 1,
};

enum { PARTS = sizeof((struct hdlc *)0)->out / sizeof(struct hdlc_part) };

static const uint8_t llc_command[HDLC_LLC_SIZE] = { 0xE6, 0xE6, 0x00 };
static const uint8_t llc_response[HDLC_LLC_SIZE] = { 0xE6, 0xE7, 0x00 };

/* A received frame, its parts in place. */
struct frame {
    const uint8_t *address; /* destination */
    size_t address_size;
    uint8_t client; /* source address octet */
    uint8_t control;
    bool segmented;
    const uint8_t *information;
    size_t size;
};

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static uint16_t clamp(size_t value, size_t min, size_t max)
{
    return (uint16_t)(value < min ? min : smaller(value, max));
}

static unsigned modulo_8(unsigned sequence)
{
    return sequence & SEQUENCE_MASK;
}

/* Sending ------------------------------------------------------------------------------------------------ */

static bool sending(const struct hdlc *h)
{
    return h->parts_left > 0;
}

static uint8_t *put_check(uint8_t *at, uint16_t check)
{
    at[0] = (uint8_t)check;
    at[1] = (uint8_t)(check >> 8);
    return at + 2;
}

/* Flag, header and its check sequence, which is the FCS of a frame without information. Returns what follows. */
static uint8_t *put_header(struct hdlc *h, unsigned control, bool segmented, size_t information_size)
{
    size_t size = 2u + h->reply_size + 1u + 2u + (information_size > 0 ? information_size + 2u : 0u);
    uint8_t *at = h->head;

    *at++ = FLAG;
    *at++ = (uint8_t)(FORMAT_TYPE_3 | (segmented ? FORMAT_SEGMENTED : 0u) | size >> 8);
    *at++ = (uint8_t)size;
    memcpy(at, h->reply, sizeof h->reply);
    at += h->reply_size;
    *at++ = (uint8_t)control;
    h->sent[h->sent_count++] = (uint8_t)control;
    return put_check(at, crc16_x25(h->head + 1, (size_t)(at - h->head) - 1));
}

/* Ends a frame that lies in h->head as a whole, with `size` octets of information. */
static void finish_short(struct hdlc *h, uint8_t *information, size_t size)
{
    uint8_t *at = information;
    if (size > 0) {
        at = put_check(information + size, (uint16_t)~crc16_x25_add(CRC16_X25_GOOD, information, size));
    }
    *at++ = FLAG;
    h->out[PARTS - 1] = (struct hdlc_part){ h->head, (size_t)(at - h->head) };
    h->parts_left = 1;
}

static void send_short(struct hdlc *h, unsigned control, const uint8_t *information, size_t size)
{
    uint8_t *at = put_header(h, control | POLL, false, size);
    if (size > 0) {
        memcpy(at, information, size);
    }
    finish_short(h, at, size);
}

static void send_rr(struct hdlc *h)
{
    send_short(h, CONTROL_RR | (unsigned)h->receive_next << 5, NULL, 0);
}

static void send_rejection(struct hdlc *h)
{
    send_short(h, CONTROL_FRMR, h->rejection, sizeof h->rejection);
}

/* Ends a frame whose information stays where the layer above has it. */
static void finish_long(struct hdlc *h, const uint8_t *head_end, uint16_t crc, const uint8_t *body, size_t size)
{
    *put_check(h->tail, (uint16_t)~crc16_x25_add(crc, body, size)) = FLAG;
    h->out[0] = (struct hdlc_part){ h->head, (size_t)(head_end - h->head) };
    h->out[1] = (struct hdlc_part){ body, size };
    h->out[2] = (struct hdlc_part){ h->tail, sizeof h->tail };
    h->parts_left = PARTS;
}

/* The next I frame of the window. */
static void send_information(struct hdlc *h)
{
    size_t offset = h->response_offset + (size_t)h->window_next * h->link.information_transmit;
    size_t left = h->response_size - offset;
    size_t size = smaller(left, h->link.information_transmit);
    bool segmented = size < left;
    unsigned control = (unsigned)h->receive_next << 5 | modulo_8(h->acknowledged + (unsigned)h->window_next) << 1;

    h->window_next++;
    h->window_open = segmented && h->window_next < h->link.window_transmit;
    if (h->in_flight < h->window_next) {
        h->in_flight = h->window_next;
    }
    uint8_t *at = put_header(h, h->window_open ? control : control | POLL, segmented, size);
    if (offset > 0) {
        finish_long(h, at, CRC16_X25_GOOD, h->response + offset - HDLC_LLC_SIZE, size);
        return;
    }
    memcpy(at, llc_response, HDLC_LLC_SIZE);
    if (size <= HDLC_SHORT_MAX) { /* a single value: one copy is less than three pieces */
        memcpy(at + HDLC_LLC_SIZE, h->response, size - HDLC_LLC_SIZE);
        finish_short(h, at, size);
    } else {
        finish_long(h, at + HDLC_LLC_SIZE, crc16_x25_add(CRC16_X25_GOOD, at, HDLC_LLC_SIZE), h->response,
                    size - HDLC_LLC_SIZE);
    }
}

/* The client polls: all of the response that it has not acknowledged and the window lets through, or RR. */
static void answer_poll(struct hdlc *h)
{
    if (h->response_size == 0) {
        send_rr(h);
        return;
    }
    h->window_next = 0;
    send_information(h);
}

size_t hdlc_transmit(struct hdlc *h, uint8_t *octets, size_t max)
{
    size_t done = 0;
    while (done < max && sending(h)) {
        struct hdlc_part *part = &h->out[PARTS - h->parts_left];
        size_t n = smaller(part->size, max - done);
        memcpy(octets + done, part->octets, n);
        h->moved = true;
        done += n;
        part->octets += n;
        part->size -= n;
        if (part->size == 0 && --h->parts_left == 0 && h->window_open) {
            send_information(h);
        }
    }
    return done;
}

/* The link ------------------------------------------------------------------------------------------------- */

static void drop_response(struct hdlc *h)
{
    h->response_size = 0;
    h->response_offset = 0;
    h->in_flight = 0;
}

static void drop_output(struct hdlc *h)
{
    h->parts_left = 0;
    h->window_open = false;
}

static void end_link(struct hdlc *h)
{
    if (h->state != HDLC_NDM) {
        h->state = HDLC_NDM;
        h->upper->closed(h->context);
    }
    drop_response(h);
    drop_output(h);
    h->request_size = 0;
    h->receive_next = 0;
    h->acknowledged = 0;
    h->echoes = false;
}

/* What the client proposes, in the order of the parameters' numbers; the defaults if it is not of its form. */
static void read_proposal(const struct frame *f, uint32_t proposal[PARAMETER_COUNT])
{
    static const uint32_t defaults[PARAMETER_COUNT] = { INFORMATION_DEFAULT, INFORMATION_DEFAULT, WINDOW_DEFAULT,
                                                        WINDOW_DEFAULT };
    const uint8_t *at = f->information;

    memcpy(proposal, defaults, sizeof defaults);
    if (f->size < 3 || at[0] != PARAMETER_FORMAT || at[1] != PARAMETER_GROUP || at[2] > f->size - 3) {
        return;
    }
    const uint8_t *end = at + 3 + at[2];
    for (at += 3; at < end; at += 2 + at[1]) {
        if (end - at < 2 || at[1] > end - at - 2) {
            memcpy(proposal, defaults, sizeof defaults);
            return;
        }
        unsigned number = (unsigned)at[0] - PARAMETER_FIRST;
        if (number < PARAMETER_COUNT && at[1] >= 1 && at[1] <= 4) {
            proposal[number] = 0;
            for (unsigned i = 0; i < at[1]; i++) {
                proposal[number] = proposal[number] << 8 | at[2 + i];
            }
        }
    }
}

/* The smaller of both sides; what one sends the other receives. */
static void negotiate(struct hdlc_settings *link, const struct frame *f)
{
    uint32_t client[PARAMETER_COUNT];
    read_proposal(f, client);
    link->information_transmit =
        clamp(smaller(link->information_transmit, client[1]), INFORMATION_MIN, HDLC_INFORMATION_MAX);
    link->information_receive =
        clamp(smaller(link->information_receive, client[0]), INFORMATION_MIN, HDLC_INFORMATION_MAX);
    link->window_transmit = (uint8_t)clamp(smaller(link->window_transmit, client[3]), 1, HDLC_WINDOW_MAX);
    link->window_receive = (uint8_t)clamp(smaller(link->window_receive, client[2]), 1, HDLC_WINDOW_MAX);
}

static void take_snrm(struct hdlc *h, const struct frame *f)
{
    end_link(h);
    h->link = *h->settings;
    negotiate(&h->link, f);
    h->state = HDLC_NRM;
    h->client = f->client;
    h->upper->opened(h->context, f->client >> 1);

    const struct hdlc_settings *l = &h->link;
    const uint8_t parameters[] = {
        PARAMETER_FORMAT,
        PARAMETER_GROUP,
        20, /* clang-format off */
        PARAMETER_FIRST,     2, (uint8_t)(l->information_transmit >> 8), (uint8_t)l->information_transmit,
        PARAMETER_FIRST + 1, 2, (uint8_t)(l->information_receive >> 8), (uint8_t)l->information_receive,
        PARAMETER_FIRST + 2, 4, 0, 0, 0, l->window_transmit,
        PARAMETER_FIRST + 3, 4, 0, 0, 0, l->window_receive, /* clang-format on */
    };
    send_short(h, CONTROL_UA, parameters, sizeof parameters);
}

static void take_disc(struct hdlc *h, bool connected)
{
    if (!connected) {
        send_short(h, CONTROL_DM, NULL, 0);
        return;
    }
    end_link(h);
    send_short(h, CONTROL_UA, NULL, 0);
}

static void reject(struct hdlc *h, const struct frame *f, uint8_t reason)
{
    unsigned next = modulo_8(h->acknowledged + (unsigned)h->in_flight);
    h->rejection[0] = f->control;
    h->rejection[1] = (uint8_t)((unsigned)h->receive_next << 5 | next << 1);
    h->rejection[2] = reason;
    h->state = HDLC_REJECTED;
    if ((f->control & POLL) != 0) {
        send_rejection(h);
    }
}

/* Takes N(R) of a frame. False: it acknowledges what was never sent. */
static bool acknowledge(struct hdlc *h, uint8_t control)
{
    uint8_t received = control >> 5;
    unsigned frames = modulo_8(received - (unsigned)h->acknowledged);
    if (frames > h->in_flight) {
        return false;
    }
    h->acknowledged = received;
    h->in_flight = (uint8_t)(h->in_flight - frames);
    h->response_offset += (size_t)frames * h->link.information_transmit;
    if (h->response_offset >= h->response_size) {
        drop_response(h);
    }
    return true;
}

/* One whole SDU. One that is not for the COSEM server behind this LLC is dropped. */
static void deliver(struct hdlc *h, const uint8_t *sdu, size_t size, uint32_t now_ms)
{
    if (size < HDLC_LLC_SIZE || memcmp(sdu, llc_command, HDLC_LLC_SIZE) != 0) {
        return;
    }
    size_t answer = h->upper->request(h->context, sdu + HDLC_LLC_SIZE, size - HDLC_LLC_SIZE, now_ms, &h->response);
    h->response_size = answer > 0 ? answer + HDLC_LLC_SIZE : 0;
}

/* Takes one segment of a request in sequence. False: the request is longer than any may be. */
static bool take_segment(struct hdlc *h, const struct frame *f, uint32_t now_ms)
{
    if (f->size > HDLC_REQUEST_MAX - (size_t)h->request_size) {
        return false; /* SNRM will forget the part that is here */
    }
    if (h->request_size == 0 && !f->segmented) { /* the usual case: whole in one frame */
        deliver(h, f->information, f->size, now_ms);
        return true;
    }
    memcpy(h->request + h->request_size, f->information, f->size);
    h->request_size = (uint16_t)(h->request_size + f->size);
    if (!f->segmented) {
        size_t size = h->request_size;
        h->request_size = 0;
        deliver(h, h->request, size, now_ms);
    }
    return true;
}

static void take_information(struct hdlc *h, const struct frame *f, uint32_t now_ms)
{
    if (f->size > h->link.information_receive) {
        reject(h, f, REJECT_LENGTH);
        return;
    }
    if (!acknowledge(h, f->control)) {
        reject(h, f, REJECT_SEQUENCE);
        return;
    }
    if (modulo_8(f->control >> 1u) == h->receive_next) {
        drop_response(h); /* a client that goes on does not want the rest */
        h->receive_next = (uint8_t)modulo_8(h->receive_next + 1u);
        if (!take_segment(h, f, now_ms)) {
            reject(h, f, REJECT_LENGTH);
            return;
        }
    }
    if ((f->control & POLL) != 0) {
        answer_poll(h);
    }
}

static void take_supervisory(struct hdlc *h, const struct frame *f)
{
    if (f->size > 0) {
        reject(h, f, REJECT_INFORMATION);
        return;
    }
    if (!acknowledge(h, f->control)) {
        reject(h, f, REJECT_SEQUENCE);
        return;
    }
    if ((f->control & POLL) == 0) {
        return;
    }
    if ((f->control & 0x0F) == CONTROL_RNR) {
        send_rr(h);
    } else {
        answer_poll(h);
    }
}

/* Receiving ------------------------------------------------------------------------------------------------ */

enum kind { KIND_INFORMATION, KIND_SUPERVISORY, KIND_SNRM, KIND_DISC, KIND_IGNORED, KIND_UNKNOWN };

static enum kind kind_of(uint8_t control)
{
    if ((control & 0x01) == 0) {
        return KIND_INFORMATION;
    }
    if ((control & 0x0F) == CONTROL_RR || (control & 0x0F) == CONTROL_RNR) {
        return KIND_SUPERVISORY;
    }
    switch (control & ~POLL) {
    case CONTROL_SNRM:
        return KIND_SNRM;
    case CONTROL_DISC:
        return KIND_DISC;
    case CONTROL_UI:
    case CONTROL_UA: /* responses are never commands: they are the echo of our own */
    case CONTROL_DM:
    case CONTROL_FRMR:
        return KIND_IGNORED;
    default:
        return KIND_UNKNOWN;
    }
}

/* An I, RR, RNR or unknown frame of the connected client. */
static void take_in_link(struct hdlc *h, const struct frame *f, enum kind kind, uint32_t now_ms)
{
    if (h->state == HDLC_REJECTED) {
        if ((f->control & POLL) != 0) {
            send_rejection(h);
        }
    } else if (kind == KIND_INFORMATION) {
        take_information(h, f, now_ms);
    } else if (kind == KIND_SUPERVISORY) {
        take_supervisory(h, f);
    } else {
        reject(h, f, REJECT_UNKNOWN);
    }
}

/* Where a probe echoes and the client's address octet is also ours (client 1, logical device 1), our own frames come
 * back as if they were commands. The first is a UA, which no client sends; from then on each frame sent is expected
 * back. */
static bool is_echo(struct hdlc *h, const struct frame *f)
{
    if ((f->control & ~POLL) == CONTROL_UA) {
        h->echoes = true;
    }
    if (!h->echoes) {
        return false;
    }
    for (uint8_t i = h->echoed_count; i < h->sent_count; i++) {
        if (h->sent[i] == f->control) {
            h->echoed_count = (uint8_t)(i + 1);
            return true;
        }
    }
    return false;
}

static void take_frame(struct hdlc *h, const struct frame *f, uint32_t now_ms)
{
    enum kind kind = kind_of(f->control);
    bool poll = (f->control & POLL) != 0;
    bool connected = h->state != HDLC_NDM && f->client == h->client;

    if (is_echo(h, f)) {
        return;
    }
    h->sent_count = h->echoed_count = 0;
    h->reply[0] = f->client;
    memcpy(h->reply + 1, f->address, sizeof h->reply - 1); /* no frame is so short that it ends before */
    h->reply_size = (uint8_t)(1 + f->address_size);
    if (connected) {
        h->active_ms = now_ms;
    }
    switch (kind) {
    case KIND_SNRM:
        if (poll) {
            take_snrm(h, f);
            h->active_ms = now_ms;
        }
        break;
    case KIND_DISC:
        if (poll) {
            take_disc(h, connected);
        }
        break;
    case KIND_INFORMATION:
    case KIND_SUPERVISORY:
    case KIND_UNKNOWN:
        if (connected) {
            take_in_link(h, f, kind, now_ms);
        } else if (poll && kind != KIND_UNKNOWN) {
            send_short(h, CONTROL_DM, NULL, 0);
        }
        break;
    case KIND_IGNORED:
        break;
    }
}

/* The running link keeps the settings that it began with. */
static const struct hdlc_settings *settings_in_force(const struct hdlc *h)
{
    return h->state == HDLC_NDM ? h->settings : &h->link;
}

/* Whether a destination names this station alone. An address of one octet is the upper one only. */
static bool is_ours(const struct hdlc *h, const uint8_t *address, size_t size)
{
    if (size == 1) {
        return address[0] == (LOGICAL_DEVICE << 1 | 1);
    }
    unsigned upper = address[0] >> 1;
    unsigned lower = address[1] >> 1;
    unsigned all = 0x7F;
    if (size == 4) {
        upper = (unsigned)address[0] >> 1 << 7 | address[1] >> 1;
        lower = (unsigned)address[2] >> 1 << 7 | address[3] >> 1;
        all = 0x3FFF;
    }
    const struct hdlc_settings *s = settings_in_force(h);
    unsigned calling = all - 1;
    return upper == LOGICAL_DEVICE && lower != 0 && lower != all &&
           (lower == s->device_address || lower == s->serial_address || lower == calling);
}

/* A source address of one octet that names one station. */
static bool is_client(uint8_t source)
{
    return (source & 1) != 0 && source != NO_STATION && source != ALL_STATIONS;
}

/* Its last octet is the first that is odd. 0: it is none of the three forms. */
static size_t destination_size(const uint8_t address[4])
{
    if ((address[0] & 1) != 0) {
        return 1;
    }
    if ((address[1] & 1) != 0) {
        return 2;
    }
    return (address[2] & 1) == 0 && (address[3] & 1) != 0 ? 4 : 0;
}

/* Splits and checks what lies between two flags: format, `size` octets with the FCS. */
static bool parse_frame(const struct hdlc *h, const uint8_t *octets, size_t size, struct frame *f)
{
    size_t address_size = destination_size(octets + 2);
    size_t header = 2 + address_size + 2; /* with source and control */
    if (address_size == 0 || size < header + 2) {
        return false;
    }
    f->address = octets + 2;
    f->address_size = address_size;
    f->client = octets[header - 2];
    f->control = octets[header - 1];
    f->segmented = (octets[0] & FORMAT_SEGMENTED) != 0;
    if (!is_client(f->client) || !is_ours(h, f->address, address_size)) {
        return false;
    }
    f->information = octets + header + 2;
    f->size = 0;
    if (crc16_x25_add(CRC16_X25_START, octets, header + 2) != CRC16_X25_GOOD) {
        return false;
    }
    if (size == header + 2) { /* no information, and that was the FCS */
        return true;
    }
    if (size < header + 4) {
        return false;
    }
    f->size = size - header - 4;
    return crc16_x25_add(CRC16_X25_GOOD, f->information, f->size + 2) == CRC16_X25_GOOD;
}

/* The length that a format field tells, without flags; 0 if it cannot be one. */
static size_t frame_length(const uint8_t format[2])
{
    size_t length = (size_t)(format[0] & 0x07) << 8 | format[1];
    bool good = (format[0] & 0xF0) == FORMAT_TYPE_3 && length >= FRAME_MIN && length < HDLC_FRAME_MAX;
    return good ? length : 0;
}

static size_t hunt_flag(struct hdlc *h, const uint8_t *octets, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (octets[i] == FLAG) {
            h->in_frame = true;
            return i + 1;
        }
    }
    return size;
}

/* What may be a frame: all its octets are there, and one more that should be its closing flag. */
struct candidate {
    const uint8_t *octets;
    size_t length; /* 0: none yet */
};

/* After an opening flag: what is here as a whole is taken in place, a part is kept. */
static size_t begin_frame(struct hdlc *h, const uint8_t *octets, size_t size, struct candidate *found)
{
    size_t flags = 0;
    while (flags < size && octets[flags] == FLAG) {
        flags++;
    }
    octets += flags;
    size_t left = size - flags;
    if (left >= 2) {
        size_t length = frame_length(octets);
        if (length == 0) {
            h->in_frame = false;
            return flags + 1;
        }
        if (left > length) {
            *found = (struct candidate){ octets, length };
            return flags + length + 1;
        }
    }
    memcpy(h->frame, octets, left);
    h->frame_size = (uint16_t)left;
    return size;
}

/* Goes on with the part of a frame that is kept. */
static size_t continue_frame(struct hdlc *h, const uint8_t *octets, size_t size, struct candidate *found)
{
    if (h->frame_size == 1) {
        h->frame[1] = octets[0];
        if (frame_length(h->frame) == 0) {
            h->frame_size = 0;
            h->in_frame = false;
            return 0; /* the octet may be a flag */
        }
    }
    size_t length = frame_length(h->frame);
    size_t n = smaller(length + 1 - h->frame_size, size);
    memcpy(h->frame + h->frame_size, octets, n);
    h->frame_size = (uint16_t)(h->frame_size + n);
    if (h->frame_size == length + 1) {
        h->frame_size = 0;
        *found = (struct candidate){ h->frame, length };
    }
    return n;
}

static void pass_time(struct hdlc *h, uint32_t now_ms)
{
    const struct hdlc_settings *s = settings_in_force(h);
    if (h->in_frame && now_ms - h->octet_ms > s->inter_octet_ms) {
        h->in_frame = false;
        h->frame_size = 0;
    }
    if (h->moved) {
        h->moved = false;
        h->active_ms = now_ms;
    }
    if (h->state != HDLC_NDM && s->inactivity_s != 0 && now_ms - h->active_ms >= s->inactivity_s * 1000u) {
        end_link(h);
    }
}

size_t hdlc_receive(struct hdlc *h, const uint8_t *octets, size_t size, uint32_t now_ms)
{
    size_t taken = 0;
    pass_time(h, now_ms);
    while (taken < size && !sending(h)) {
        const uint8_t *rest = octets + taken;
        size_t left = size - taken;
        struct candidate found = { NULL, 0 };
        if (!h->in_frame) {
            taken += hunt_flag(h, rest, left);
        } else if (h->frame_size == 0) {
            taken += begin_frame(h, rest, left, &found);
        } else {
            taken += continue_frame(h, rest, left, &found);
        }
        if (found.length > 0) {
            struct frame f;
            h->in_frame = found.octets[found.length] == FLAG; /* it may open the next frame, too */
            if (h->in_frame && parse_frame(h, found.octets, found.length, &f)) {
                take_frame(h, &f, now_ms);
            }
        }
    }
    if (taken > 0) {
        h->octet_ms = now_ms;
    }
    return taken;
}

void hdlc_tick(struct hdlc *h, uint32_t now_ms)
{
    pass_time(h, now_ms);
}

void hdlc_init(struct hdlc *h, const struct hdlc_settings *settings, const struct hdlc_upper *upper, void *context)
{
    *h = (struct hdlc){ .settings = settings, .upper = upper, .context = context };
}

void hdlc_reset(struct hdlc *h)
{
    end_link(h);
    h->in_frame = false;
    h->frame_size = 0;
}

bool hdlc_connected(const struct hdlc *h)
{
    return h->state != HDLC_NDM;
}
