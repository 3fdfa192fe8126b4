/* A day of load profile 1, 96 rows of the 8 default columns by range, HDLC frame in to HDLC frames out: bench_profile
 * ROWS COUNT
 *
 * The ring holds ROWS rows, the day is the newest of them; it is read COUNT times with 1030/7. bench/run counts the
 * instructions of port_step with callgrind. Without arguments: octets on the line for each row. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/reader.h"

enum { DAY_ROWS = 96 };

#define PERIOD_S INT64_C(900)

#define START_S INT64_C(836179200) /* 2026-07-01T00:00:00Z */

/* C0 01 C1, load profile 1, attribute 2, by range: clock, from, to, all columns. */
static size_t day_request(const struct meter *m, int64_t last_s, uint8_t request[128])
{
    static const uint8_t head[] = { 0xC0, 1,    0xC1, 0, 7, 1, 0, 99, 1, 0, 255, 2,   1,  1, 2,    4, 2,
                                    4,    0x12, 0,    8, 9, 6, 0, 0,  1, 0, 0,   255, 15, 2, 0x12, 0, 0 };
    size_t used = sizeof head;
    memcpy(request, head, used);
    for (int i = 0; i < 2; i++) {
        struct calendar_time t = clock_local(&m->clock, i == 0 ? last_s - (DAY_ROWS - 1) * PERIOD_S : last_s, 0);
        request[used++] = 9;
        request[used++] = CALENDAR_OCTETS;
        calendar_encode(&t, request + used);
        used += CALENDAR_OCTETS;
    }
    request[used++] = 1;
    request[used++] = 0;
    return used;
}

static struct reader *open_with_rows(unsigned rows, uint16_t information, uint8_t window)
{
    struct reader *t = reader_open(START_S, information, window);
    struct meter *m = &t->app.meter;
    struct profile *p = &m->load_profiles[METER_LOAD_PROFILE].profile;
    for (unsigned i = 1; i <= rows; i++) {
        struct calendar_time stamp = clock_local(&m->clock, START_S + i * PERIOD_S, 0);
        if (profile_capture(p, START_S + i * PERIOD_S, &stamp, NULL, m->column_reader, m) != STATUS_OK ||
            profile_step(p) != STATUS_OK) {
            fprintf(stderr, "row %u was not captured\n", i);
            exit(1);
        }
    }
    return t;
}

/* Reads the day so often; the octets of it as a value. */
static size_t read_days(struct reader *t, unsigned rows, unsigned count)
{
    uint8_t request[128];
    size_t size = day_request(&t->app.meter, START_S + (int64_t)rows * PERIOD_S, request);
    size_t value = 0;
    for (unsigned i = 0; i < count; i++) {
        value = reader_get(t, request, size);
    }
    if (t->apdu_size == 0 || value != 2 + DAY_ROWS * 46) {
        fprintf(stderr, "the day has %zu octets\n", value);
        exit(1);
    }
    return value;
}

static void print_line(uint16_t information, uint8_t window)
{
    struct reader *t = open_with_rows(DAY_ROWS, information, window);
    size_t value = read_days(t, DAY_ROWS, 1);
    printf("a day of load profile 1, %u/%u: %zu octets of value, on the line %.1f octets for each row, %zu frames; "
           "efficiency "
           "%.1f %%\n",
           information, window, value, (double)(t->sent + t->received) / DAY_ROWS, t->frames,
           100.0 * (double)value / (double)(t->sent + t->received));
    reader_close(t);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        print_line(128, 1);
        print_line(1030, 7);
        return 0;
    }
    unsigned rows = (unsigned)atoi(argv[1]);
    struct reader *t = open_with_rows(rows, 1030, 7);
    read_days(t, rows, (unsigned)atoi(argv[2]));
    reader_close(t);
    return 0;
}
