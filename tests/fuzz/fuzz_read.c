/* `blathy read` under any answers: the first octets choose what is asked for and how, the rest is what the meter sends.
 *
 * Either the octets of the line come straight from the input, or each request is answered with a good frame around the
 * next piece of it (two octets of length before each), so that the parsers behind the check sequences are reached.
 * The line has a time of its own, so nothing waits.
 */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include "host/client/channel.h"
#include "host/client/frame.h"
#include "host/client/read.h"

enum { SNRM = 0x93, DISC = 0x53, UA = 0x73, STEP_MS = 100, SEGMENT = 500, RECEIVE_MAX = 64 };

struct channel {
    struct fuzz_input in;
    uint64_t now_ms;
    bool framed;
    struct frame_reader reader;
    uint8_t answer[3 + 65536]; /* what is left of it to be sent in segments */
    size_t answer_size;
    size_t answer_at;
    uint8_t sent;
    uint8_t received;
    uint8_t out[FRAME_OCTETS_MAX];
    size_t out_size;
    size_t out_at;
};

static struct channel line;

struct channel *channel_open(const struct endpoint *endpoint, uint32_t timeout_ms, struct trouble *t)
{
    (void)endpoint;
    (void)timeout_ms;
    (void)t;
    return &line;
}

void channel_close(struct channel *c)
{
    (void)c;
}

void channel_set(struct channel *c, const struct line_settings *settings)
{
    (void)c;
    FUZZ_CHECK(settings->baud >= 300);
}

uint64_t channel_now_ms(struct channel *c)
{
    return c->now_ms;
}

void channel_pause(struct channel *c, uint32_t time_ms)
{
    c->now_ms += time_ms;
}

static void reply(struct channel *c, const struct frame *request, struct frame *f)
{
    f->to = request->from;
    f->from = request->to;
    c->out_size = frame_write(c->out, f);
    c->out_at = 0;
}

/* The next segment of the answer, or RR. */
static void reply_segment(struct channel *c, const struct frame *request)
{
    size_t left = c->answer_size - c->answer_at;
    struct frame f = { .control = (uint8_t)(c->received << 5 | 0x11) };
    if (left > 0) {
        f.size = left < SEGMENT ? left : SEGMENT;
        f.information = c->answer + c->answer_at;
        f.segmented = left > f.size;
        f.control = (uint8_t)(c->received << 5 | 0x10 | c->sent << 1);
        c->answer_at += f.size;
        c->sent = (c->sent + 1) & 7;
    }
    reply(c, request, &f);
}

static void take_piece(struct channel *c)
{
    static const uint8_t llc[] = { 0xE6, 0xE7, 0x00 };
    size_t size = (size_t)fuzz_octet(&c->in) << 8;
    size |= fuzz_octet(&c->in);
    const uint8_t *piece = fuzz_octets(&c->in, &size);
    memcpy(c->answer, llc, sizeof llc);
    memcpy(c->answer + sizeof llc, piece, size);
    c->answer_size = sizeof llc + size;
    c->answer_at = 0;
}

bool channel_send(struct channel *c, const uint8_t *octets, size_t size, struct trouble *t)
{
    (void)t;
    struct frame f;
    c->now_ms++;
    if (!c->framed) {
        return true;
    }
    FUZZ_CHECK(frame_put(&c->reader, octets, size) == size);
    while (frame_next(&c->reader, &f)) {
        if (f.control == SNRM || f.control == DISC) {
            c->sent = c->received = 0;
            reply(c, &f, &(struct frame){ .control = UA });
        } else if ((f.control & 1) != 0 || f.segmented) {
            c->received = (uint8_t)(c->received + ((f.control & 1) == 0)) & 7;
            reply_segment(c, &f);
        } else {
            c->received = (c->received + 1) & 7;
            take_piece(c);
            reply_segment(c, &f);
        }
    }
    return true;
}

enum channel_outcome channel_receive(struct channel *c, uint8_t *octets, size_t max, size_t *size, uint32_t timeout_ms)
{
    c->now_ms += STEP_MS;
    *size = max < RECEIVE_MAX ? max : RECEIVE_MAX;
    if (c->framed) {
        size_t left = c->out_size - c->out_at;
        *size = left < *size ? left : *size;
        memcpy(octets, c->out + c->out_at, *size);
        c->out_at += *size;
    } else {
        const uint8_t *from = fuzz_octets(&c->in, size);
        memcpy(octets, from, *size);
    }
    if (*size > 0) {
        return CHANNEL_OCTETS;
    }
    c->now_ms += timeout_ms;
    return fuzz_left(&c->in) > 0 || c->framed ? CHANNEL_SILENCE : CHANNEL_CLOSED;
}

/* What can be asked for; a row's first word is NULL where it ends. */
static char image_path[40];
static char *const asked[][6] = {
    { "1/0.0.96.1.0.255", "3/1.0.1.8.0.255" },
    { "--list", "1.0.1.8.0.255" },
    { "7/1.0.99.1.0.255", "--from", "2024-01-01", "--columns", "1-2" },
    { "7/1.0.99.1.0.255", "--entries", "1-", "--columns", "2,1.0.1.8.0" },
    { "7/1.0.99.1.0.255" },
    { "--set-clock", "2024-01-01T00:00:00Z" },
    { "3/1.0.1.8.0.255=5", "1/0.0.96.1.0=x", "1/0.0.96.1.0=[1,2]" },
    { "9/0.0.10.0.1!1=2", "1/0.0.96.1.0=u8:5" },
    { "--image", image_path, "--activate" },
    { "--image", image_path, "--resume" },
};
static char *const formats[] = { "table", "json", "csv" };

/* Nothing is printed, and the image to be transferred is a file without a name. */
static void begin_once(void)
{
    enum { IMAGE_SIZE = 400 };
    static FILE *image;
    if (image != NULL) {
        return;
    }
    image = tmpfile();
    FUZZ_CHECK(image != NULL && freopen("/dev/null", "w", stdout) != NULL);
    for (int i = 0; i < IMAGE_SIZE; i++) {
        fputc(i & 0xFF, image);
    }
    fflush(image);
    snprintf(image_path, sizeof image_path, "/proc/self/fd/%d", fileno(image));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { WORDS_MAX = 16 };
    static struct options options;
    struct fuzz_input in = { data, data + size };
    begin_once();
    uint8_t what = fuzz_octet(&in);
    uint8_t how = fuzz_octet(&in);
    char *words[WORDS_MAX] = { "read", "--password", "00000001", "--timeout", "1", "--format", formats[how % 3] };
    int count = 7;
    if ((how & 0x40) != 0) {
        words[count++] = "--sign-on";
    }
    words[count++] = "tcp:127.0.0.1:1";
    char *const *items = asked[what % (sizeof asked / sizeof asked[0])];
    for (int i = 0; i < 6 && items[i] != NULL; i++) {
        words[count++] = items[i];
    }
    memset(&line, 0, sizeof line);
    line.in = in;
    line.framed = (how & 0xC0) == 0;
    FUZZ_CHECK(options_parse(count, words, &options) == CLI_GO_ON);
    read_meter(&options);
    return 0;
}
