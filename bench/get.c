/* GET of 1.0.1.8.0.255 attribute 2 by the reader, in process: bench_get COUNT
 *
 * get_once() is one HDLC frame in and one HDLC frame out; bench/run counts its instructions with callgrind. */
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
    printf("%u GETs\n", count);
    free(b);
    return 0;
}
