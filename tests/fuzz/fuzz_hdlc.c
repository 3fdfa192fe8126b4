/* HDLC server station under any octets. Good frames are too rare in noise, so the input also describes frames that
 * get right check sequences.
 *
 * Checked besides the sanitizers: how the octets are cut into reads and writes changes nothing; all that is sent
 * is whole frames with right check sequences, of sizes that were negotiated.
 */
#include "fuzz.h"
#include "link/hdlc.h"

#include <string.h>

enum { FLAG = 0x7E, SENT_MAX = 1 << 22 }; /* noise may hold 140 polls, each worth 7 frames */

struct station {
    struct hdlc hdlc;
    size_t read_size;
    size_t write_size;
    size_t answer_size;
    uint8_t answer[COSEM_PDU_MAX];
    uint8_t sent[SENT_MAX];
    size_t sent_size;
    uint32_t events; /* a sum over all that the layer above was told */
};

static struct hdlc_settings settings;
static struct station whole;
static struct station pieces;

static void opened(void *context, uint16_t client)
{
    struct station *s = context;
    s->events = s->events * 31 + client;
}

static void closed(void *context)
{
    struct station *s = context;
    s->events = s->events * 31 + 7;
}

static size_t request(void *context, const uint8_t *apdu, size_t size, uint32_t now_ms, const uint8_t **response)
{
    struct station *s = context;
    FUZZ_CHECK(size <= COSEM_PDU_MAX);
    s->events = s->events * 31 + now_ms;
    for (size_t i = 0; i < size; i++) {
        s->events = s->events * 31 + apdu[i];
    }
    *response = s->answer;
    return s->answer_size;
}

static const struct hdlc_upper upper = { opened, closed, request };

static void drain(struct station *s, uint32_t now_ms)
{
    size_t n;
    while ((n = hdlc_transmit(&s->hdlc, s->sent + s->sent_size, s->write_size)) > 0) {
        FUZZ_CHECK(n <= s->write_size);
        s->sent_size += n;
        FUZZ_CHECK(s->sent_size <= SENT_MAX / 2);
    }
    hdlc_tick(&s->hdlc, now_ms);
}

static uint16_t check_sequence(const uint8_t *octets, size_t size)
{
    unsigned crc = 0xFFFF;
    for (size_t i = 0; i < size; i++) {
        crc ^= octets[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 1u) != 0 ? crc >> 1 ^ 0x8408u : crc >> 1;
        }
    }
    return (uint16_t)~crc;
}

static void check_frames(const struct station *s)
{
    for (size_t at = 0; at < s->sent_size;) {
        const uint8_t *f = s->sent + at + 1;
        FUZZ_CHECK(s->sent[at] == FLAG && s->sent_size - at >= 9 && (f[0] & 0xF0) == 0xA0);
        size_t length = (size_t)(f[0] & 7u) << 8 | f[1];
        FUZZ_CHECK(length + 2 <= s->sent_size - at && f[length] == FLAG);
        FUZZ_CHECK(check_sequence(f, length - 2) == (f[length - 2] | f[length - 1] << 8));
        FUZZ_CHECK(length <= 2 + 5 + 1 + 2 + 2 + HDLC_INFORMATION_MAX);
        at += length + 2;
    }
}

static void give(struct station *s, const uint8_t *octets, size_t size, uint32_t now_ms)
{
    s->sent_size = 0;
    while (size > 0) {
        size_t given = size < s->read_size ? size : s->read_size;
        uint8_t *copy = malloc(given); /* of its own, so that the sanitizer sees its end */
        FUZZ_CHECK(copy != NULL);
        memcpy(copy, octets, given);
        size_t taken = hdlc_receive(&s->hdlc, copy, given, now_ms);
        free(copy);
        FUZZ_CHECK(taken > 0 && taken <= given);
        octets += taken;
        size -= taken;
        drain(s, now_ms);
    }
}

static void give_both(const uint8_t *octets, size_t size, uint32_t now_ms)
{
    give(&whole, octets, size, now_ms);
    give(&pieces, octets, size, now_ms);
    FUZZ_CHECK(whole.sent_size == pieces.sent_size && memcmp(whole.sent, pieces.sent, whole.sent_size) == 0);
    FUZZ_CHECK(whole.events == pieces.events);
    FUZZ_CHECK(hdlc_connected(&whole.hdlc) == hdlc_connected(&pieces.hdlc));
    check_frames(&whole);
}

static size_t put_check(uint8_t *octets, size_t size)
{
    uint16_t crc = check_sequence(octets, size);
    octets[size] = (uint8_t)crc;
    octets[size + 1] = (uint8_t)(crc >> 8);
    return size + 2;
}

/* A frame with right check sequences from: form and S bit, control, size, information. */
static size_t describe_frame(struct fuzz_input *in, uint8_t *frame)
{
    static const uint8_t addresses[4][6] = {
        { 1, 0x03 }, { 2, 0x02, 0x21 }, { 4, 0x00, 0x02, 0x00, 0x21 }, { 1, 0xFF }
    };
    unsigned form = fuzz_octet(in);
    const uint8_t *address = addresses[form & 3];
    uint8_t control = fuzz_octet(in);
    size_t size = (size_t)fuzz_octet(in) * ((form & 0x10) != 0 ? 5 : 1);
    const uint8_t *information = fuzz_octets(in, &size);
    bool llc = (form & 0x20) != 0;
    size_t total = size + (llc ? 3 : 0);
    size_t length = 2u + address[0] + 1 + 1 + 2 + (total > 0 ? total + 2 : 0);
    uint8_t *f = frame + 1;
    size_t at = 0;

    frame[0] = FLAG;
    f[at++] = (uint8_t)(0xA0 | ((form & 8) != 0 ? 8 : 0) | length >> 8);
    f[at++] = (uint8_t)length;
    memcpy(f + at, address + 1, address[0]);
    at += address[0];
    f[at++] = (form & 4) != 0 ? 0x61 : 0x21;
    f[at++] = control;
    at = put_check(f, at);
    if (total > 0) {
        if (llc) {
            memcpy(f + at, (const uint8_t[]){ 0xE6, 0xE6, 0x00 }, 3);
            at += 3;
        }
        memcpy(f + at, information, size);
        at = put_check(f, at + size);
    }
    f[at++] = FLAG;
    return at + 1;
}

static void start(struct station *s, size_t read_size, size_t write_size)
{
    s->read_size = read_size;
    s->write_size = write_size;
    s->answer_size = s->sent_size = 0;
    s->events = 0;
    for (size_t i = 0; i < sizeof s->answer; i++) {
        s->answer[i] = (uint8_t)(i * 7);
    }
    hdlc_init(&s->hdlc, &settings, &upper, s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = { data, data + size };
    uint32_t now_ms = 0xFFFFF000u;

    settings = (struct hdlc_settings){ 7, 7, HDLC_INFORMATION_MAX, HDLC_INFORMATION_MAX, 25, 120, 16, 0 };
    settings.window_transmit = fuzz_octet(&in);
    settings.information_transmit = (uint16_t)(fuzz_octet(&in) * 5);
    start(&whole, SENT_MAX, SENT_MAX / 2);
    start(&pieces, 1, 3);
    while (fuzz_left(&in) > 0) {
        uint8_t frame[2100];
        unsigned what = fuzz_octet(&in);
        if (what < 0x40) {
            size_t n = what;
            const uint8_t *octets = fuzz_octets(&in, &n);
            give_both(octets, n, now_ms);
        } else if (what < 0xE0) {
            give_both(frame, describe_frame(&in, frame), now_ms);
        } else if (what < 0xF0) {
            now_ms += (uint32_t)fuzz_octet(&in) << (what & 0xF);
            hdlc_tick(&whole.hdlc, now_ms);
            hdlc_tick(&pieces.hdlc, now_ms);
        } else if (what < 0xFF) {
            whole.answer_size = pieces.answer_size = (size_t)fuzz_octet(&in) * 4;
        } else {
            hdlc_reset(&whole.hdlc);
            hdlc_reset(&pieces.hdlc);
        }
    }
    return 0;
}
