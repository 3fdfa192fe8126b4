/* What reading the object_list of the reader costs on the line, for two settings of HDLC: octets, frames, efficiency.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "bench/frames.h"
#include "boards/linux/machine.h"

static const uint8_t get_object_list[] = { 0xC0, 0x01, 0xC1, 0x00, 0x0F, 0, 0, 40, 0, 0, 255, 2, 0 };

enum {
    CONTROL_AT = 5, /* with addresses of one octet */
    INFORMATION_AT = 8,
    LLC_SIZE = 3,
    GET_RESPONSE_NORMAL_SIZE = 4,
    BLOCK_LENGTH_AT = 9, /* of the raw data in a GET response with block */
};

struct tally {
    struct board board;
    struct app app;
    size_t sent, received, frames; /* octets and frames on the line */
    unsigned in, out;              /* sequence numbers of the client */
    uint8_t apdu[2048];            /* the response, LLC header included, put together */
    size_t apdu_size;
    bool final;
    uint8_t line[4096]; /* octets that are not yet a frame */
    size_t line_size;
};

static void take_frame(struct tally *t, const uint8_t *f, size_t length)
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
static void take_octets(struct tally *t)
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

static void say(struct tally *t, const struct frame *f)
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
static void ask(struct tally *t, const uint8_t *apdu, size_t size)
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

static size_t read_object_list(struct tally *t)
{
    size_t payload = 0;
    ask(t, get_object_list, sizeof get_object_list);
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

static void measure(const char *name, uint16_t information, uint8_t window)
{
    struct tally *t = calloc(1, sizeof *t);
    struct identity identity = { .serial_number = "00000001" };
    machine_init(&t->board, 0);
    machine_line_attach(&t->board, BOARD_BLUETOOTH, true);
    app_init(&t->app, &t->board, &identity, &metrology_nominal, MACHINE_RATE_HZ);
    struct frame snrm = frame_snrm(information, window);
    say(t, &snrm);
    ask(t, apdu_aarq, apdu_aarq_size);
    t->sent = t->received = t->frames = 0;
    size_t payload = read_object_list(t);
    printf("object_list, %s: %zu octets of value, %zu on the line to the meter, %zu from it, %zu frames; efficiency "
           "%.1f %%\n",
           name, payload, t->sent, t->received, t->frames, 100.0 * (double)payload / (double)(t->sent + t->received));
    free(t);
}

int main(void)
{
    measure("128/1", 128, 1);
    measure("1030/7", 1030, 7);
    return 0;
}
