/* The reader in process, without a kernel's sockets: bench_get COUNT
 *
 * get_once() is one GET of 1.0.1.8.0.255 attribute 2, HDLC frame in and HDLC frame out. session_once() is a whole
 * session on the optical port: connect, mode E sign-on, LLS association, one GET, disconnect. bench/run counts their
 * instructions with callgrind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "bench/frames.h"
#include "boards/linux/machine.h"

struct bench {
    struct board board;
    struct app app;
};

__attribute__((noinline)) static size_t get_once(struct hdlc *h, const struct frame *f, uint8_t *answer, size_t max)
{
    hdlc_receive(h, f->octets, f->size, 0);
    return hdlc_transmit(h, answer, max);
}

/* One message to the meter; its answer stays in the queue of the line. */
static const struct queue *say(struct bench *b, const void *octets, size_t size)
{
    struct machine_line *line = &b->board.lines[BOARD_OPTICAL];
    line->sending.used = 0;
    queue_put(&line->received, octets, size);
    while (port_step(&b->app.ports[BOARD_OPTICAL])) {
    }
    return &line->sending;
}

struct session {
    struct frame snrm, aarq, get, disc;
};

/* The answer to the GET, to be looked at. */
__attribute__((noinline)) static struct queue session_once(struct bench *b, const struct session *s)
{
    machine_line_attach(&b->board, BOARD_OPTICAL, true);
    say(b, "/?!\r\n", 5);
    say(b, "\006252\r\n", 6);
    say(b, s->snrm.octets, s->snrm.size);
    say(b, s->aarq.octets, s->aarq.size);
    struct queue answer = *say(b, s->get.octets, s->get.size);
    say(b, s->disc.octets, s->disc.size);
    return answer;
}

static void check(const char *what, const uint8_t *answer, size_t size, size_t apdu, uint8_t expected)
{
    if (size <= apdu || answer[apdu] != expected) {
        fprintf(stderr, "%s was not answered as expected\n", what);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    enum { CONTROL_AT = 5, APDU_AT = 11 };
    unsigned count = argc > 1 ? (unsigned)atoi(argv[1]) : 1000;
    struct bench *b = calloc(1, sizeof *b);
    struct identity identity = { .serial_number = "00000001" };
    uint8_t answer[256];

    machine_init(&b->board, 0);
    app_init(&b->app, &b->board, &identity, &metrology_nominal, MACHINE_RATE_HZ);
    struct hdlc *h = &b->app.ports[BOARD_BLUETOOTH].hdlc;

    struct frame snrm = frame_make(CONTROL_SNRM, NULL, 0);
    check("SNRM", answer, get_once(h, &snrm, answer, sizeof answer), CONTROL_AT, 0x73);
    struct frame aarq = frame_make(frame_information_control(0, 0), apdu_aarq, apdu_aarq_size);
    check("AARQ", answer, get_once(h, &aarq, answer, sizeof answer), APDU_AT, 0x61);
    for (unsigned i = 1; i <= count; i++) {
        struct frame get = frame_make(frame_information_control(i, i), apdu_get, apdu_get_size);
        check("GET", answer, get_once(h, &get, answer, sizeof answer), APDU_AT, 0xC4);
        check("GET", answer, sizeof answer, APDU_AT + 3, 0x00);
    }
    struct session session = { snrm, aarq, frame_make(frame_information_control(1, 1), apdu_get, apdu_get_size),
                               frame_make(CONTROL_DISC, NULL, 0) };
    for (unsigned i = 0; i < count; i++) {
        struct queue got = session_once(b, &session);
        check("GET in a session", got.octets, got.used, APDU_AT, 0xC4);
    }
    printf("%u GETs, %u sessions\n", count, count);
    free(b);
    return 0;
}
