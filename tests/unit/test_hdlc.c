/* HDLC server station: the transcripts of tests/golden/hdlc_*.txt, whole and in pieces, and what is better told in
 * code: all control fields, all single bit errors, the longest frames, and a lossy line with a client of its own.
 *
 * Statements of these transcripts:
 *   set NAME VALUE      a field of struct hdlc_settings
 *   answer 61 29 ...    what the layer above will answer from now on
 * Events: opened CLIENT, closed, apdu OCTETS (handed to the layer above)
 */
#include "link/hdlc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "transcript.h"

enum { FLAG = 0x7E, ANSWER_MAX = 1024, OUT_MAX = 16384 };

struct station {
    struct hdlc hdlc;
    struct hdlc_settings settings;
    uint32_t now_ms;
    size_t read_size;  /* octets given at a time */
    size_t write_size; /* octets asked for at a time */
    uint8_t answer[ANSWER_MAX];
    size_t answer_size;
    uint8_t *given;        /* the answer as it was given, of its own, so that the sanitizer sees its end */
    uint8_t request[2048]; /* the latest APDU handed up */
    size_t request_size;
    int requests;
    int opened;
    int closed;
    struct transcript_log log;
};

static void upper_opened(void *context, uint16_t client)
{
    struct station *s = context;
    char text[32];
    s->opened++;
    snprintf(text, sizeof text, "opened %u", client);
    transcript_event(&s->log, text);
}

static void upper_closed(void *context)
{
    struct station *s = context;
    s->closed++;
    transcript_event(&s->log, "closed");
}

static size_t upper_request(void *context, const uint8_t *apdu, size_t size, uint32_t now_ms, const uint8_t **response)
{
    struct station *s = context;
    assert_int_equal(now_ms, s->now_ms);
    assert_true(size <= COSEM_PDU_MAX);
    s->requests++;
    memcpy(s->request, apdu, size);
    s->request_size = size;
    transcript_event_octets(&s->log, "apdu", apdu, size < 256 ? size : 0);
    free(s->given); /* no longer valid */
    s->given = malloc(s->answer_size + 1);
    assert_non_null(s->given);
    *response = s->given + 1;
    memcpy(s->given + 1, s->answer, s->answer_size);
    return s->answer_size;
}

static const struct hdlc_upper upper = { upper_opened, upper_closed, upper_request };

static void start(void *context)
{
    struct station *s = context;
    s->settings = (struct hdlc_settings){ .window_transmit = 7,
                                          .window_receive = 7,
                                          .information_transmit = HDLC_INFORMATION_MAX,
                                          .information_receive = HDLC_INFORMATION_MAX,
                                          .inter_octet_ms = 25,
                                          .inactivity_s = 120,
                                          .device_address = 16 };
    s->answer_size = 0;
    s->request_size = 0;
    s->requests = s->opened = s->closed = 0;
    s->log.sent_size = s->log.events_size = 0;
    hdlc_init(&s->hdlc, &s->settings, &upper, s);
}

static void drain(struct station *s)
{
    uint8_t octets[2048];
    size_t n;
    while ((n = hdlc_transmit(&s->hdlc, octets, s->write_size)) > 0) {
        assert_true(n <= s->write_size);
        transcript_sent(&s->log, octets, n);
    }
    hdlc_tick(&s->hdlc, s->now_ms);
}

static void receive(void *context, const uint8_t *octets, size_t size)
{
    struct station *s = context;
    while (size > 0) {
        size_t given = size < s->read_size ? size : s->read_size;
        uint8_t *copy = malloc(given); /* of its own, so that the sanitizer sees its end */
        assert_non_null(copy);
        memcpy(copy, octets, given);
        size_t taken = hdlc_receive(&s->hdlc, copy, given, s->now_ms);
        free(copy);
        assert_true(taken <= given);
        assert_true(taken > 0);
        octets += taken;
        size -= taken;
        drain(s);
    }
}

static void let_time_pass(void *context, uint32_t ms)
{
    struct station *s = context;
    s->now_ms += ms;
    hdlc_tick(&s->hdlc, s->now_ms);
}

static bool command(void *context, const char *word, const char *arguments)
{
    struct station *s = context;
    struct hdlc_settings *t = &s->settings;
    char name[32];
    unsigned value;
    if (strcmp(word, "answer") == 0) {
        s->answer_size = transcript_octets(arguments, s->answer, sizeof s->answer);
        return true;
    }
    if (strcmp(word, "set") != 0 || sscanf(arguments, "%31s %u", name, &value) != 2) {
        return false;
    }
    if (strcmp(name, "window_transmit") == 0) {
        t->window_transmit = (uint8_t)value;
    } else if (strcmp(name, "window_receive") == 0) {
        t->window_receive = (uint8_t)value;
    } else if (strcmp(name, "information_transmit") == 0) {
        t->information_transmit = (uint16_t)value;
    } else if (strcmp(name, "information_receive") == 0) {
        t->information_receive = (uint16_t)value;
    } else if (strcmp(name, "inactivity_s") == 0) {
        t->inactivity_s = (uint16_t)value;
    } else if (strcmp(name, "device_address") == 0) {
        t->device_address = (uint16_t)value;
    } else if (strcmp(name, "serial_address") == 0) {
        t->serial_address = (uint16_t)value;
    } else {
        return false;
    }
    return true;
}

static struct station station;

static void fresh(void)
{
    station.read_size = station.write_size = 2048;
    station.now_ms = 0;
    start(&station);
}

static void replay(const char *name)
{
    static const struct transcript_station replayed = { &station.log, start, receive, let_time_pass, command };
    static const size_t sizes[][2] = { { 2048, 2048 }, { 1, 1 }, { 2, 5 }, { 3, 2048 }, { 7, 64 }, { 2048, 1 } };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        station.read_size = sizes[i][0];
        station.write_size = sizes[i][1];
        station.now_ms = 0xFFFFFF00u; /* the clock wraps on the way */
        transcript_replay(name, &replayed, &station);
    }
}

static void frames(void **state)
{
    (void)state;
    replay("hdlc_frame");
}

static void addresses(void **state)
{
    (void)state;
    replay("hdlc_address");
}

static void negotiation(void **state)
{
    (void)state;
    replay("hdlc_negotiation");
}

static void information(void **state)
{
    (void)state;
    replay("hdlc_information");
}

static void windows(void **state)
{
    (void)state;
    replay("hdlc_window");
}

/* A client's frames, made and read without the code under test ------------------------------------------------- */

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

static size_t put_check(uint8_t *octets, size_t size)
{
    uint16_t crc = check_sequence(octets, size);
    octets[size] = (uint8_t)crc;
    octets[size + 1] = (uint8_t)(crc >> 8);
    return size + 2;
}

/* Client 16 to logical device 1. Returns the size with both flags. */
static size_t make(uint8_t *frame, uint8_t control, bool segmented, const uint8_t *info, size_t size)
{
    size_t length = 2 + 2 + 1 + 2 + (size > 0 ? size + 2 : 0);
    uint8_t *f = frame + 1;
    frame[0] = FLAG;
    f[0] = (uint8_t)(0xA0 | (segmented ? 8 : 0) | length >> 8);
    f[1] = (uint8_t)length;
    f[2] = 0x03;
    f[3] = 0x21;
    f[4] = control;
    size_t at = put_check(f, 5);
    if (size > 0) {
        memcpy(f + at, info, size);
        at = put_check(f, at + size);
    }
    f[at] = FLAG;
    return at + 2;
}

static void give(uint8_t control, bool segmented, const uint8_t *info, size_t size)
{
    uint8_t frame[2100];
    station.log.sent_size = station.log.events_size = 0;
    receive(&station, frame, make(frame, control, segmented, info, size));
}

struct reply {
    uint8_t control;
    bool segmented;
    const uint8_t *info;
    size_t size;
};

/* Takes the frame at `*at` of what the station sent apart; everything about it must be right. */
static struct reply take_reply(const uint8_t *sent, size_t sent_size, size_t *at)
{
    const uint8_t *f = sent + *at + 1;
    assert_true(sent_size - *at >= 9);
    assert_int_equal(sent[*at], FLAG);
    size_t length = (size_t)(f[0] & 7u) << 8 | f[1];
    assert_int_equal(f[0] & 0xF0, 0xA0);
    assert_true(sent_size - *at >= length + 2);
    assert_int_equal(f[length], FLAG);
    assert_int_equal(f[2], 0x21);
    assert_int_equal(f[3], 0x03);
    struct reply r = { .control = f[4], .segmented = (f[0] & 8) != 0 };
    assert_int_equal(check_sequence(f, 5), f[5] | f[6] << 8);
    if (length > 7) {
        assert_true(length > 9);
        r.info = f + 7;
        r.size = length - 9;
        assert_int_equal(check_sequence(f, length - 2), f[length - 2] | f[length - 1] << 8);
    }
    *at += length + 2;
    return r;
}

static struct reply only_reply(void)
{
    size_t at = 0;
    struct reply r = take_reply(station.log.sent, station.log.sent_size, &at);
    assert_int_equal(at, station.log.sent_size);
    return r;
}

static void connect(unsigned information_size, unsigned window)
{
    const uint8_t parameters[] = { 0x81,
                                   0x80,
                                   0x12, /* three octets shorter than the usual: windows of one octet */
                                   0x05,
                                   0x02,
                                   (uint8_t)(information_size >> 8),
                                   (uint8_t)information_size,
                                   0x06,
                                   0x02,
                                   (uint8_t)(information_size >> 8),
                                   (uint8_t)information_size,
                                   0x07,
                                   0x01,
                                   (uint8_t)window,
                                   0x08,
                                   0x01,
                                   (uint8_t)window,
                                   0x09,
                                   0x02,
                                   0x00,
                                   0x00 };
    give(0x93, false, parameters, sizeof parameters);
    assert_int_equal(only_reply().control, 0x73);
}

/* All control fields --------------------------------------------------------------------------------------------- */

enum { SILENT = -1 };

/* ISO/IEC 13239 5.5 restricted to what IEC 62056-46 has; P is bit 4. N(R) = N(S) = 0 is what a fresh link expects. */
static int expected_reply(unsigned control, bool connected)
{
    bool poll = (control & 0x10) != 0;
    unsigned sequence = control >> 5;
    if (!poll) {
        return SILENT;
    }
    switch (control) {
    case 0x93: /* SNRM */
        return 0x73;
    case 0x53: /* DISC */
        return connected ? 0x73 : 0x1F;
    case 0x13: /* UI */
    case 0x73: /* UA */
    case 0x1F: /* DM */
    case 0x97: /* FRMR */
        return SILENT;
    default:
        break;
    }
    bool information = (control & 1) == 0;
    bool rr_or_rnr = (control & 0xF) == 1 || (control & 0xF) == 5;
    if (!information && !rr_or_rnr) {
        return connected ? 0x97 : SILENT;
    }
    if (!connected) {
        return 0x1F;
    }
    if (sequence != 0) {
        return 0x97;
    }
    return information && (control & 0x0E) == 0 ? 0x31 : 0x11; /* the layer above answers nothing here */
}

static void every_control_field_has_its_reply(void **state)
{
    (void)state;
    static const uint8_t sdu[] = { 0xE6, 0xE6, 0x00, 0xC0, 0x01 };
    for (unsigned control = 0; control < 256; control++) {
        for (int connected = 0; connected <= 1; connected++) {
            fresh();
            if (connected) {
                connect(128, 1);
            }
            bool information = (control & 1) == 0;
            give((uint8_t)control, false, sdu, information ? sizeof sdu : 0);
            int expected = expected_reply(control, connected != 0);
            if (expected == SILENT) {
                assert_int_equal(station.log.sent_size, 0);
            } else {
                assert_int_equal(only_reply().control, expected);
            }
            assert_int_equal(station.requests, connected && information && (control & 0xEE) == 0);
        }
    }
}

/* Line errors ------------------------------------------------------------------------------------------------------ */

static void no_single_bit_error_gets_through(void **state)
{
    (void)state;
    static const uint8_t sdu[] = { 0xE6, 0xE6, 0x00, 0xC0, 0x01, 0xC1, 0x00, 0x08,
                                   0x00, 0x00, 0x01, 0x00, 0x00, 0xFF, 0x02, 0x00 };
    uint8_t frame[64];
    size_t size = make(frame, 0x10, false, sdu, sizeof sdu);
    for (size_t bit = 0; bit < size * 8; bit++) {
        fresh();
        connect(128, 1);
        frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
        station.log.sent_size = 0;
        receive(&station, frame, size);
        frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(station.requests, 0);
        assert_int_equal(station.log.sent_size, 0);
        let_time_pass(&station, 26);
        receive(&station, frame, size);
        assert_int_equal(station.requests, 1);
        assert_memory_equal(station.request, sdu + 3, sizeof sdu - 3);
    }
}

/* Lengths ------------------------------------------------------------------------------------------------------------
 */

static uint8_t pattern(size_t i)
{
    return (uint8_t)(i * 31u + i / 256u);
}

/* An SDU with an APDU of `size` octets. */
static const uint8_t *sdu_of(size_t size)
{
    static uint8_t sdu[2100];
    memcpy(sdu, (const uint8_t[]){ 0xE6, 0xE6, 0x00 }, 3);
    for (size_t i = 0; i < size; i++) {
        sdu[3 + i] = pattern(i);
    }
    return sdu;
}

static void longest_request_in_one_frame(void **state)
{
    (void)state;
    fresh();
    connect(HDLC_INFORMATION_MAX, 7);
    give(0x10, false, sdu_of(COSEM_PDU_MAX), 3 + COSEM_PDU_MAX);
    assert_int_equal(only_reply().control, 0x31);
    assert_int_equal(station.request_size, COSEM_PDU_MAX);
    assert_memory_equal(station.request, sdu_of(COSEM_PDU_MAX) + 3, COSEM_PDU_MAX);
}

static void assert_rejected_for_length(uint8_t control)
{
    struct reply r = only_reply();
    assert_int_equal(r.control, 0x97);
    assert_int_equal(r.size, 3);
    assert_int_equal(r.info[0], control);
    assert_int_equal(r.info[2], 0x04); /* Y */
    connect(HDLC_INFORMATION_MAX, 7);
    give(0x11, false, NULL, 0);
    assert_int_equal(only_reply().control, 0x11);
}

static void longer_requests_are_refused(void **state)
{
    (void)state;
    fresh();
    connect(HDLC_INFORMATION_MAX, 7);
    give(0x10, false, sdu_of(COSEM_PDU_MAX + 1), 3 + COSEM_PDU_MAX + 1); /* fits the frame, but no APDU is so long */
    assert_rejected_for_length(0x10);
    give(0x10, false, sdu_of(HDLC_INFORMATION_MAX - 2), HDLC_INFORMATION_MAX + 1); /* too long for the frame */
    assert_rejected_for_length(0x10);
    assert_int_equal(station.requests, 0);
}

static void longer_requests_in_segments_are_refused(void **state)
{
    (void)state;
    for (size_t size = COSEM_PDU_MAX; size <= COSEM_PDU_MAX + 1; size++) {
        fresh();
        connect(HDLC_INFORMATION_MAX, 7);
        give(0x10, true, sdu_of(size), 1000);
        assert_int_equal(only_reply().control, 0x31);
        give(0x12, false, sdu_of(size) + 1000, 3 + size - 1000);
        if (size == COSEM_PDU_MAX) {
            assert_int_equal(only_reply().control, 0x51);
            assert_int_equal(station.request_size, size);
            assert_memory_equal(station.request, sdu_of(size) + 3, size);
        } else {
            assert_rejected_for_length(0x12);
            assert_int_equal(station.requests, 0);
        }
    }
}

static void frame_beyond_any_buffer_is_passed_over(void **state)
{
    (void)state;
    for (size_t size = HDLC_INFORMATION_MAX + 5; size <= 2047 - 9; size += 101) {
        fresh();
        connect(HDLC_INFORMATION_MAX, 7);
        give(0x10, false, sdu_of(size), size);
        assert_int_equal(station.log.sent_size, 0);
        let_time_pass(&station, 26); /* the pattern may have held a flag */
        give(0x11, false, NULL, 0);
        assert_int_equal(only_reply().control, 0x11);
    }
}

static void longest_response_in_one_frame(void **state)
{
    (void)state;
    fresh();
    connect(HDLC_INFORMATION_MAX, 7);
    station.answer_size = ANSWER_MAX;
    memcpy(station.answer, sdu_of(ANSWER_MAX) + 3, ANSWER_MAX);
    give(0x10, false, sdu_of(13), 16);
    struct reply r = only_reply();
    assert_int_equal(r.control, 0x30);
    assert_int_equal(r.size, 3 + ANSWER_MAX);
    assert_memory_equal(r.info, ((const uint8_t[]){ 0xE6, 0xE7, 0x00 }), 3);
    assert_memory_equal(r.info + 3, station.answer, ANSWER_MAX);
}

/* The layer above and the line ----------------------------------------------------------------------------------- */

static void nothing_is_taken_while_something_is_to_be_sent(void **state)
{
    (void)state;
    uint8_t frame[16];
    uint8_t out[64];
    fresh();
    size_t size = make(frame, 0x53, false, NULL, 0);
    assert_int_equal(hdlc_receive(&station.hdlc, frame, size, 0), size);
    assert_int_equal(hdlc_receive(&station.hdlc, frame, size, 0), 0);
    assert_int_equal(hdlc_transmit(&station.hdlc, out, 8), 8);
    assert_int_equal(hdlc_receive(&station.hdlc, frame, size, 0), 0);
    assert_int_equal(hdlc_transmit(&station.hdlc, out, sizeof out), 1);
    assert_int_equal(hdlc_receive(&station.hdlc, frame, size, 0), size);
}

static void reset_forgets_everything(void **state)
{
    (void)state;
    uint8_t frame[64];
    uint8_t out[64];
    fresh();
    connect(128, 1);
    size_t size = make(frame, 0x11, false, NULL, 0);
    hdlc_receive(&station.hdlc, frame, size, 0); /* an RR waits to be sent, */
    assert_true(hdlc_connected(&station.hdlc));
    hdlc_reset(&station.hdlc);
    assert_int_equal(hdlc_transmit(&station.hdlc, out, sizeof out), 0);
    assert_false(hdlc_connected(&station.hdlc));
    assert_int_equal(station.closed, 1);
    hdlc_receive(&station.hdlc, frame, size - 1, 0); /* and half a frame has come */
    hdlc_reset(&station.hdlc);
    assert_int_equal(station.closed, 1);
    hdlc_receive(&station.hdlc, frame + size - 1, 1, 0);
    assert_int_equal(hdlc_transmit(&station.hdlc, out, sizeof out), 0);
    hdlc_receive(&station.hdlc, frame, size - 1, 0);
    hdlc_reset(&station.hdlc);
    hdlc_receive(&station.hdlc, frame, size, 0);
    assert_int_equal(hdlc_transmit(&station.hdlc, out, sizeof out), 9);
    assert_int_equal(out[5], 0x1F); /* DM */
}

static void opening_flag_does_not_outlive_a_reset(void **state)
{
    (void)state;
    uint8_t frame[16];
    uint8_t out[64];
    fresh();
    size_t size = make(frame, 0x53, false, NULL, 0);
    hdlc_receive(&station.hdlc, frame, 1, 0);
    hdlc_reset(&station.hdlc);
    hdlc_receive(&station.hdlc, frame + 1, size - 1, 0);
    assert_int_equal(hdlc_transmit(&station.hdlc, out, sizeof out), 0);
}

/* The timeouts do not depend on hdlc_tick being called in time. */
static void octets_bring_the_time_with_them(void **state)
{
    (void)state;
    uint8_t frame[16];
    uint8_t out[64];
    fresh();
    station.now_ms = 5000000;
    size_t size = make(frame, 0x93, false, NULL, 0);
    hdlc_receive(&station.hdlc, frame, size, station.now_ms);
    hdlc_tick(&station.hdlc, station.now_ms); /* the link is new, though nothing was sent yet */
    assert_true(hdlc_connected(&station.hdlc));
    assert_true(hdlc_transmit(&station.hdlc, out, sizeof out) > 0);
    size = make(frame, 0x11, false, NULL, 0);
    hdlc_receive(&station.hdlc, frame, 4, station.now_ms);
    hdlc_receive(&station.hdlc, frame + 4, size - 4, station.now_ms + 26);
    assert_int_equal(hdlc_transmit(&station.hdlc, out, sizeof out), 0);
    hdlc_receive(&station.hdlc, frame, size, station.now_ms + 121000);
    assert_int_equal(hdlc_transmit(&station.hdlc, out, sizeof out), 9);
    assert_int_equal(out[5], 0x1F); /* DM */
}

static void reset_within_a_window_sends_no_more_of_it(void **state)
{
    (void)state;
    uint8_t frame[64];
    uint8_t out[64];
    fresh();
    connect(32, 7);
    station.answer_size = ANSWER_MAX;
    size_t size = make(frame, 0x10, false, sdu_of(5), 8);
    assert_int_equal(hdlc_receive(&station.hdlc, frame, size, 0), size);
    assert_int_equal(hdlc_transmit(&station.hdlc, out, sizeof out), sizeof out); /* one frame and a part */
    hdlc_reset(&station.hdlc);
    assert_int_equal(hdlc_transmit(&station.hdlc, out, sizeof out), 0);
    give(0x53, false, NULL, 0);
    assert_int_equal(only_reply().control, 0x1F); /* DM, and nothing behind it */
}

/* A slow line and a silent client: what is sent keeps the link, too. */
static void transmission_counts_as_activity(void **state)
{
    (void)state;
    uint8_t frame[64];
    uint8_t octet;
    fresh();
    station.settings.inactivity_s = 1;
    connect(128, 1);
    size_t size = make(frame, 0x11, false, NULL, 0);
    hdlc_receive(&station.hdlc, frame, size, station.now_ms);
    for (int i = 0; i < 9; i++) {
        let_time_pass(&station, 999);
        assert_int_equal(hdlc_transmit(&station.hdlc, &octet, 1), 1);
        let_time_pass(&station, 0);
    }
    let_time_pass(&station, 999);
    assert_true(hdlc_connected(&station.hdlc));
    let_time_pass(&station, 1);
    assert_false(hdlc_connected(&station.hdlc));
}

/* A lossy line -------------------------------------------------------------------------------------------------------
 */

/* A primary station: go-back-N, as small as it can be. */
struct client {
    unsigned information_size;
    unsigned window;
    uint8_t send_next; /* V(S) of the oldest segment that is not acknowledged */
    uint8_t receive_next;
    uint32_t random;
    unsigned loss_percent;
    uint8_t sdu[2048]; /* the response so far */
    size_t sdu_size;
    bool complete;
};

static unsigned chance(struct client *c, unsigned below)
{
    c->random = c->random * 1664525u + 1013904223u;
    return (c->random >> 8) % below;
}

/* The line loses a frame, breaks one octet of it, brings it twice, or just brings it. */
static void line_to_station(struct client *c, uint8_t *frame, size_t size)
{
    bool bad = chance(c, 100) < c->loss_percent;
    unsigned how = chance(c, 3);
    if (bad && how == 0) {
        return;
    }
    if (bad && how == 1) {
        frame[chance(c, (unsigned)size)] ^= (uint8_t)(1u << chance(c, 8));
    }
    receive(&station, frame, size);
    if (bad && how == 2) {
        receive(&station, frame, size);
    }
}

/* Sends what the window lets through of `segments` segments, the last with P; or RR if all are acknowledged. */
static void client_turn(struct client *c, const uint8_t *sdu, size_t size, size_t acknowledged, size_t segments)
{
    uint8_t frame[2100];
    size_t end = acknowledged + c->window < segments ? acknowledged + c->window : segments;
    station.log.sent_size = 0;
    if (acknowledged == segments) {
        line_to_station(c, frame, make(frame, (uint8_t)(0x11 | c->receive_next << 5), false, NULL, 0));
        return;
    }
    for (size_t i = acknowledged; i < end; i++) {
        size_t at = i * c->information_size;
        size_t part = size - at < c->information_size ? size - at : c->information_size;
        unsigned number = (c->send_next + (unsigned)(i - acknowledged)) & 7;
        unsigned control = (unsigned)c->receive_next << 5 | (i + 1 == end ? 0x10u : 0u) | number << 1;
        line_to_station(c, frame, make(frame, (uint8_t)control, i + 1 < segments, sdu + at, part));
    }
}

/* Takes what came back, less what the line lost. Returns how many segments were acknowledged anew. */
static size_t client_listen(struct client *c, size_t unacknowledged)
{
    size_t anew = 0;
    for (size_t at = 0; at < station.log.sent_size;) {
        struct reply r = take_reply(station.log.sent, station.log.sent_size, &at);
        if (chance(c, 100) < c->loss_percent) {
            continue;
        }
        assert_int_not_equal(r.control & ~0x10, 0x87); /* the client made no mistake: no FRMR */
        unsigned count = ((unsigned)(r.control >> 5) - c->send_next) & 7;
        assert_true(count <= unacknowledged - anew);
        anew += count;
        c->send_next = r.control >> 5;
        if ((r.control & 1) == 0 && (r.control >> 1 & 7) == c->receive_next && !c->complete) {
            assert_true(r.size > 0 && r.size <= c->information_size);
            memcpy(c->sdu + c->sdu_size, r.info, r.size);
            c->sdu_size += r.size;
            c->receive_next = (c->receive_next + 1) & 7;
            c->complete = !r.segmented;
        }
    }
    return anew;
}

static void client_exchange(struct client *c, size_t request_size, size_t response_size)
{
    const uint8_t *sdu = sdu_of(request_size);
    size_t size = request_size + 3;
    size_t segments = (size + c->information_size - 1) / c->information_size;
    size_t acknowledged = 0;
    int turns = 0;

    station.answer_size = response_size;
    for (size_t i = 0; i < response_size; i++) {
        station.answer[i] = (uint8_t)(pattern(i) ^ request_size);
    }
    station.requests = 0;
    c->sdu_size = 0;
    c->complete = false;
    while (!c->complete || acknowledged < segments) {
        assert_true(++turns < 2000);
        client_turn(c, sdu, size, acknowledged, segments);
        acknowledged += client_listen(c, segments - acknowledged);
        station.log.events_size = 0;
        let_time_pass(&station, 30);
    }
    assert_int_equal(station.requests, 1);
    assert_int_equal(station.request_size, request_size);
    assert_memory_equal(station.request, sdu + 3, request_size);
    assert_int_equal(c->sdu_size, response_size + 3);
    assert_memory_equal(c->sdu + 3, station.answer, response_size);
}

static void every_request_is_executed_once_and_answered_whole_on_a_lossy_line(void **state)
{
    (void)state;
    static const unsigned information_sizes[] = { 32, 128, 1030 };
    for (size_t i = 0; i < sizeof information_sizes / sizeof information_sizes[0]; i++) {
        for (unsigned window = 1; window <= HDLC_WINDOW_MAX; window += 2) {
            fresh();
            struct client c = { .information_size = information_sizes[i], .window = window, .random = window };
            connect(c.information_size, window);
            for (int n = 0; n < 30; n++) {
                c.loss_percent = n < 5 ? 0 : 15;
                client_exchange(&c, 1 + chance(&c, COSEM_PDU_MAX), 1 + chance(&c, ANSWER_MAX));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames),
        cmocka_unit_test(addresses),
        cmocka_unit_test(negotiation),
        cmocka_unit_test(information),
        cmocka_unit_test(windows),
        cmocka_unit_test(every_control_field_has_its_reply),
        cmocka_unit_test(no_single_bit_error_gets_through),
        cmocka_unit_test(longest_request_in_one_frame),
        cmocka_unit_test(longer_requests_are_refused),
        cmocka_unit_test(longer_requests_in_segments_are_refused),
        cmocka_unit_test(frame_beyond_any_buffer_is_passed_over),
        cmocka_unit_test(longest_response_in_one_frame),
        cmocka_unit_test(nothing_is_taken_while_something_is_to_be_sent),
        cmocka_unit_test(reset_forgets_everything),
        cmocka_unit_test(opening_flag_does_not_outlive_a_reset),
        cmocka_unit_test(octets_bring_the_time_with_them),
        cmocka_unit_test(reset_within_a_window_sends_no_more_of_it),
        cmocka_unit_test(transmission_counts_as_activity),
        cmocka_unit_test(every_request_is_executed_once_and_answered_whole_on_a_lossy_line),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(station.given);
    return failed;
}
