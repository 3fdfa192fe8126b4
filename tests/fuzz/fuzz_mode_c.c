/* Mode C under any octets, over a list and values that depend on nothing. Checked besides the sanitizers: how the
 * octets are cut into reads and writes changes nothing; all that is sent is one of the messages there are, with a right
 * block check; a value follows a right password only; the read-out goes out twice at most.
 *
 * Input: an octet (bit 0 programming mode, bit 1 paced), then pieces: below 80 so many octets come; above, time passes,
 * 16 ms for each one more. */
#include "fuzz.h"
#include "link/mode_c.h"

#include <string.h>

enum { SENT_MAX = 8192, LINES = 5, SOH = 1, STX = 2, ETX = 3, ACK = 6, NAK = 0x15 };

static const struct port_password password = { 4, "1234" };
static const char value_text[] = "(001234.56*kWh)";
static const char right_password[] = "\001P1\002(1234)\003\145"; /* 50^31^02^28^31^32^33^34^29^03 = 65 */

static size_t line(void *context, unsigned number, char *text)
{
    (void)context;
    if (number >= LINES) {
        return 0;
    }
    memset(text, 'a' + (int)number, READOUT_LINE_MAX);
    return number == LINES - 1 ? READOUT_LINE_MAX : number + 1;
}

static size_t value(void *context, const char *code, size_t size, char *text)
{
    (void)context;
    FUZZ_CHECK(size >= 1 && size <= MODE_C_COMMAND_MAX);
    if (code[0] == '1') {
        memcpy(text, value_text, sizeof value_text - 1);
        return sizeof value_text - 1;
    }
    if (code[0] == '2') {
        memset(text, '2', READOUT_LINE_MAX);
        return READOUT_LINE_MAX;
    }
    return 0;
}

static void refused(void *context, bool locked)
{
    (void)context;
    (void)locked;
}

static const struct mode_c_upper upper = { line, value, refused };

struct station {
    struct mode_c mode_c;
    struct lockout lockout;
    size_t read_size;
    size_t write_size;
    uint8_t sent[SENT_MAX];
    size_t sent_size;
    char tail[sizeof right_password - 1]; /* the latest octets taken, without parity */
    bool knows_password;                  /* they were the right command at some time */
    unsigned read_outs;
};

static void check_block(struct station *s, size_t at)
{
    const uint8_t *m = s->sent + at;
    size_t size = s->sent_size - at;
    uint8_t check = 0;
    for (size_t i = 1; i < size - 1; i++) {
        FUZZ_CHECK((m[i] & 0x80) == 0 && (m[i] == ETX) == (i == size - 2));
        check ^= m[i];
    }
    FUZZ_CHECK(m[size - 1] == check);
    if (m[0] == SOH) {
        FUZZ_CHECK(memcmp(m + 1, "B0\003", 3) == 0 || memcmp(m + 1, "P0\002(12345678)\003", 14) == 0);
    } else if (m[size - 3] == '\n') {
        FUZZ_CHECK(memcmp(m + size - 5, "!\r\n", 3) == 0 && ++s->read_outs <= 2);
    } else {
        bool error = memcmp(m + 1, "(ER0", 4) == 0 && m[5] >= '1' && m[5] <= '3' && m[6] == ')' && size == 9;
        FUZZ_CHECK(error || s->knows_password);
    }
}

static void drain(struct station *s, uint32_t now_ms)
{
    size_t n;
    size_t begin = s->sent_size;
    while ((n = mode_c_transmit(&s->mode_c, s->sent + s->sent_size, s->write_size, now_ms)) > 0) {
        FUZZ_CHECK(n <= s->write_size);
        s->sent_size += n;
        FUZZ_CHECK(s->sent_size < SENT_MAX / 2);
    }
    if (s->sent_size == begin) {
        return;
    }
    if (s->sent[begin] == ACK || s->sent[begin] == NAK) {
        FUZZ_CHECK(s->sent_size - begin == 1 && (s->sent[begin] == NAK || s->knows_password));
    } else {
        FUZZ_CHECK(s->sent[begin] == SOH || s->sent[begin] == STX);
        check_block(s, begin);
    }
}

static void give(struct station *s, const uint8_t *octets, size_t size, uint32_t now_ms)
{
    while (size > 0) {
        size_t given = size < s->read_size ? size : s->read_size;
        size_t taken = mode_c_receive(&s->mode_c, octets, given, now_ms);
        FUZZ_CHECK(taken <= given);
        for (size_t i = 0; i < taken; i++) {
            memmove(s->tail, s->tail + 1, sizeof s->tail - 1);
            s->tail[sizeof s->tail - 1] = (char)(octets[i] & 0x7F);
            s->knows_password |= memcmp(s->tail, right_password, sizeof s->tail) == 0;
        }
        octets += taken;
        size -= taken;
        s->sent_size = 0;
        drain(s, now_ms);
        if (taken == 0) {
            break; /* over, or a message waits for its time */
        }
    }
}

static void start(struct station *s, size_t read_size, size_t write_size, unsigned how, uint32_t now_ms)
{
    memset(s, 0, sizeof *s);
    s->read_size = read_size;
    s->write_size = write_size;
    const struct mode_c_terms terms = {
        .upper = &upper,
        .password = &password,
        .lockout = &s->lockout,
        .serial_number = "12345678",
        .baud = (how & 2) != 0 ? 300 : 0,
        .reaction_ms = (how & 2) != 0 ? 200 : 0,
    };
    if ((how & 1) != 0) {
        mode_c_program(&s->mode_c, &terms, now_ms);
    } else {
        mode_c_read_out(&s->mode_c, &terms, now_ms);
    }
    drain(s, now_ms);
}

static void let_time_pass(struct station *s, uint32_t now_ms)
{
    mode_c_tick(&s->mode_c, now_ms);
    s->sent_size = 0;
    drain(s, now_ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct station whole;
    static struct station pieces;
    struct fuzz_input in = { data, data + size };
    uint32_t now_ms = 0xFFFFF000u;
    unsigned how = fuzz_octet(&in);

    start(&whole, SENT_MAX, 64, how, now_ms);
    start(&pieces, 1, 1, how, now_ms);
    while (fuzz_left(&in) > 0) {
        unsigned what = fuzz_octet(&in);
        if (what < 0x80) {
            size_t n = what;
            const uint8_t *octets = fuzz_octets(&in, &n);
            give(&whole, octets, n, now_ms);
            give(&pieces, octets, n, now_ms);
        } else {
            now_ms += ((what & 0x7F) + 1) * 16;
            let_time_pass(&whole, now_ms);
            let_time_pass(&pieces, now_ms);
        }
        FUZZ_CHECK(whole.mode_c.state == pieces.mode_c.state && whole.read_outs == pieces.read_outs);
        FUZZ_CHECK(mode_c_ended(&whole.mode_c) == mode_c_ended(&pieces.mode_c));
        FUZZ_CHECK(whole.knows_password == pieces.knows_password);
    }
    return 0;
}
