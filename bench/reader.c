#include "bench/reader.h"

#include <stdlib.h>
#include <string.h>

enum {
    CONTROL_AT = 5, /* with addresses of one octet */
    INFORMATION_AT = 8,
    LLC_SIZE = 3,
    GET_RESPONSE_NORMAL_SIZE = 4,
    BLOCK_LENGTH_AT = 9, /* of the raw data in a GET response with block */
};

static void take_frame(struct reader *t, const uint8_t *f, size_t length)
{
    bool information = (f[CONTROL_AT] & 1) == 0;
    if (information) {
        size_t size = length - INFORMATION_AT - 1; /* without HCS and FCS; the count leaves out the flags */
        memcpy(t->apdu + t->apdu_size, f + INFORMATION_AT, size);
        t->apdu_size += size;
        t->in++;
        t->final = (f[1] & 0x08) == 0;
    }
    t->frames++;
}

/* Whole frames of what has come. */
static void take_octets(struct reader *t)
{
    size_t at = 0;
    while (t->line_size - at > 3) {
        const uint8_t *from = t->line + at;
        size_t length = (size_t)(from[1] & 7) << 8 | from[2];
        if (t->line_size - at < length + 2) {
            break;
        }
        take_frame(t, from, length);
        at += length + 2;
    }
    t->line_size -= at;
    memmove(t->line, t->line + at, t->line_size);
}

static void say(struct reader *t, const struct frame *f)
{
    struct machine_line *line = &t->board.lines[BOARD_BLUETOOTH];
    t->sent += f->size;
    t->frames++;
    queue_put(&line->received, f->octets, f->size);
    while (port_step(&t->app.ports[BOARD_BLUETOOTH])) {
        size_t n = queue_get(&line->sending, t->line + t->line_size, sizeof t->line - t->line_size);
        t->received += n;
        t->line_size += n;
        take_octets(t);
    }
}

/* One request and its whole response, polling for the rest of a window's frames. */
static void ask(struct reader *t, const uint8_t *apdu, size_t size)
{
    struct frame f = frame_make(frame_information_control(t->out++, t->in), apdu, size);
    t->apdu_size = 0;
    t->final = false;
    say(t, &f);
    while (!t->final) {
        struct frame rr = frame_make((uint8_t)((t->in & 7) << 5 | 0x11), NULL, 0);
        say(t, &rr);
    }
}

size_t reader_get(struct reader *t, const uint8_t *get, size_t size)
{
    size_t payload = 0;
    ask(t, get, size);
    const uint8_t *apdu = t->apdu + LLC_SIZE;
    if (apdu[1] == 1) {
        return t->apdu_size - LLC_SIZE - GET_RESPONSE_NORMAL_SIZE;
    }
    for (;;) {
        size_t length_size = apdu[BLOCK_LENGTH_AT] < 0x80 ? 1 : 1u + (apdu[BLOCK_LENGTH_AT] & 0x7F);
        payload += t->apdu_size - LLC_SIZE - BLOCK_LENGTH_AT - length_size;
        if (apdu[3] != 0) {
            return payload;
        }
        uint8_t next[] = { 0xC0, 0x02, 0xC1, apdu[4], apdu[5], apdu[6], apdu[7] };
        ask(t, next, sizeof next);
    }
}

struct reader *reader_open(int64_t utc_s, uint16_t information, uint8_t window)
{
    struct reader *t = calloc(1, sizeof *t);
    struct identity identity = { .serial_number = "00000001" };
    machine_init(&t->board, utc_s);
    machine_line_attach(&t->board, BOARD_BLUETOOTH, true);
    app_init(&t->app, &t->board, &identity, &metrology_nominal, MACHINE_RATE_HZ);
    struct frame snrm = frame_snrm(information, window);
    say(t, &snrm);
    ask(t, apdu_aarq, apdu_aarq_size);
    t->sent = t->received = t->frames = 0;
    return t;
}

void reader_close(struct reader *t)
{
    machine_end(&t->board);
    free(t);
}
