/* Sign-on under any octets. Checked besides the sanitizers: how the octets are cut into reads and writes changes
 * nothing; an identification follows a whole request only, HDLC and mode C a whole acknowledgement only. What goes on
 * in mode C is the matter of fuzz_mode_c. */
#include "fuzz.h"
#include "link/sign_on.h"

#include <string.h>

enum { SENT_MAX = 4096, TAIL_MAX = 64 };

static size_t no_line(void *context, unsigned number, char *text)
{
    (void)context;
    (void)number;
    (void)text;
    return 0;
}

static size_t no_value(void *context, const char *code, size_t size, char *text)
{
    (void)code;
    (void)size;
    return no_line(context, 0, text);
}

static void refused(void *context, bool locked)
{
    (void)context;
    (void)locked;
}

static const struct mode_c_upper upper = { no_line, no_value, refused };
static const struct local_port_settings local = {
    .direct_speed = 5, .offered_speed = 5, .device_address_size = 4, .device_address = "0042"
};
static struct lockout lockout;
static const struct sign_on_settings settings = { &local, "BLY", "BLATHY1", "0000001234", &lockout, &upper, NULL };

struct station {
    struct sign_on sign_on;
    size_t read_size;
    size_t write_size;
    uint8_t sent[SENT_MAX];
    size_t sent_size;
    char tail[TAIL_MAX + 1]; /* the latest octets taken, without parity */
    bool taken_anew;         /* since something was sent */
    bool over;               /* mode C has begun */
};

static bool is_address(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == ' ';
}

static void check_request(const char *tail)
{
    const char *at = tail + TAIL_MAX - 3;
    FUZZ_CHECK(memcmp(at, "!\r\n", 3) == 0);
    size_t size = 0;
    while (size <= PORT_ADDRESS_MAX && is_address(at[-1])) {
        at--;
        size++;
    }
    FUZZ_CHECK(size <= PORT_ADDRESS_MAX && memcmp(at - 2, "/?", 2) == 0);
    while (size > 0 && *at == '0') {
        at++;
        size--;
    }
    FUZZ_CHECK(size == 0 ? at[-1] == '?'
                         : (size == 2 && memcmp(at, "42", 2) == 0) || (size == 4 && memcmp(at, "1234", 4) == 0));
}

/* Returns Y. */
static char check_acknowledgement(const char *tail, char v)
{
    const char *at = tail + TAIL_MAX - 6;
    FUZZ_CHECK(at[0] == 6 && at[1] == v && at[2] >= '0' && at[2] <= '5' && at[4] == '\r' && at[5] == '\n');
    return at[3];
}

static void drain(struct station *s, uint32_t now_ms)
{
    size_t n;
    size_t begin = s->sent_size;
    while ((n = sign_on_transmit(&s->sign_on, s->sent + s->sent_size, s->write_size, now_ms)) > 0) {
        FUZZ_CHECK(n <= s->write_size);
        s->sent_size += n;
    }
    if (s->sent_size > begin) {
        FUZZ_CHECK(s->taken_anew);
        s->taken_anew = false;
        if (s->sent[begin] == '/') {
            check_request(s->tail);
            FUZZ_CHECK(s->sent_size - begin == 16 && !sign_on_binary(&s->sign_on));
        } else if (s->sent[begin] == 1 || s->sent[begin] == 2) {
            char y = check_acknowledgement(s->tail, '0');
            FUZZ_CHECK(s->sent[begin] == 1 ? y == '1' : y == '0' || y == '2');
            s->over = true;
        } else {
            FUZZ_CHECK(check_acknowledgement(s->tail, '2') == '2');
            FUZZ_CHECK(memcmp(s->sent + begin, s->tail + TAIL_MAX - 6, 6) == 0);
            FUZZ_CHECK(s->sent_size - begin == 6 && sign_on_binary(&s->sign_on));
        }
    }
}

static void give(struct station *s, const uint8_t *octets, size_t size, uint32_t now_ms)
{
    s->sent_size = 0;
    while (size > 0 && !sign_on_binary(&s->sign_on) && !s->over) {
        size_t given = size < s->read_size ? size : s->read_size;
        size_t taken = sign_on_receive(&s->sign_on, octets, given, now_ms);
        FUZZ_CHECK(taken <= given);
        for (size_t i = 0; i < taken; i++) {
            memmove(s->tail, s->tail + 1, TAIL_MAX - 1);
            s->tail[TAIL_MAX - 1] = (char)(octets[i] & 0x7F);
            s->taken_anew = true;
        }
        octets += taken;
        size -= taken;
        drain(s, now_ms);
        if (taken == 0) {
            break; /* a message waits for its time */
        }
    }
}

static void check_same(const struct station *a, const struct station *b)
{
    const struct line_settings *line = sign_on_line(&a->sign_on);
    FUZZ_CHECK(a->over == b->over && a->sent_size == b->sent_size && memcmp(a->sent, b->sent, a->sent_size) == 0);
    FUZZ_CHECK(sign_on_binary(&a->sign_on) == sign_on_binary(&b->sign_on));
    FUZZ_CHECK(line->baud == sign_on_line(&b->sign_on)->baud && line->format == sign_on_line(&b->sign_on)->format);
    FUZZ_CHECK(line->baud >= 300 && line->baud <= 9600 && line->baud % 300 == 0);
    FUZZ_CHECK((line->format == LINE_8N1) == sign_on_binary(&a->sign_on));
}

static void start(struct station *s, size_t read_size, size_t write_size, bool paced)
{
    memset(s, 0, sizeof *s);
    s->read_size = read_size;
    s->write_size = write_size;
    sign_on_init(&s->sign_on, &settings, paced);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct station whole;
    static struct station pieces;
    struct fuzz_input in = { data, data + size };
    uint32_t now_ms = 0xFFFFF000u;
    bool paced = (fuzz_octet(&in) & 1) != 0;

    start(&whole, SENT_MAX, 64, paced);
    start(&pieces, 1, 1, paced);
    while (fuzz_left(&in) > 0 && !whole.over) {
        unsigned what = fuzz_octet(&in);
        if (what < 0x80) {
            size_t n = what;
            const uint8_t *octets = fuzz_octets(&in, &n);
            give(&whole, octets, n, now_ms);
            give(&pieces, octets, n, now_ms);
        } else if (what < 0xFF) {
            now_ms += (what & 0x7F) * 16;
            sign_on_tick(&whole.sign_on, now_ms);
            sign_on_tick(&pieces.sign_on, now_ms);
            whole.sent_size = pieces.sent_size = 0;
            drain(&whole, now_ms);
            drain(&pieces, now_ms);
        } else {
            sign_on_reset(&whole.sign_on);
            sign_on_reset(&pieces.sign_on);
        }
        check_same(&whole, &pieces);
    }
    return 0;
}
