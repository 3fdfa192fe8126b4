/* A reader on the Bluetooth line of a meter in this process, for the benchmarks: it counts what passes. */
#ifndef BENCH_READER_H
#define BENCH_READER_H

#include "app/app.h"
#include "bench/frames.h"
#include "boards/linux/machine.h"

struct reader {
    struct board board;
    struct app app;
    size_t sent, received, frames; /* octets and frames on the line */
    unsigned in, out;              /* sequence numbers of the client */
    uint8_t apdu[2048];            /* the response, LLC header included, put together */
    size_t apdu_size;
    bool final;
    uint8_t line[16384]; /* octets that are not yet a frame */
    size_t line_size;
};

/* A new meter whose clock shows `utc_s`, connected and associated with this information field and window. */
struct reader *reader_open(int64_t utc_s, uint16_t information, uint8_t window);
void reader_close(struct reader *t);

/* One GET and its whole value, in blocks and frames. Returns the octets of the value. */
size_t reader_get(struct reader *t, const uint8_t *apdu, size_t size);

#endif
