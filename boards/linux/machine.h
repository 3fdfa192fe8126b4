/* The machine of one virtual meter: implements board/board.h on simulated time, a simulated load and queues of octets.
 *
 * It does not run by itself: its owner advances the metering time, and moves octets between the lines and the world.
 * Everything but the protocol time (real, monotonic) is a function of the metering time alone.
 */
#ifndef BOARDS_LINUX_MACHINE_H
#define BOARDS_LINUX_MACHINE_H

#include "board/board.h"
#include "boards/linux/queue.h"
#include "host/frontend.h"
#include "host/quantities.h"

enum { MACHINE_RATE_HZ = 8000 };

/* One serial port. */
struct machine_line {
    struct queue received; /* from outside */
    struct queue sending;  /* to outside */
    struct line_settings settings;
    uint32_t session;
    bool attached; /* there is somebody: otherwise what is sent is lost, as on an open wire */
};

struct board {
    uint64_t elapsed_us; /* metering time since the start */
    int64_t rtc_zero_cs; /* hundredths since 2000-01-01T00:00:00 UTC that the clock chip showed at the start */
    bool sampling;       /* the converter runs; otherwise the owner books quantities */
    uint64_t samples;    /* of the time since the start, that have been taken or passed over */
    struct frontend frontend;
    uint64_t pulses[BOARD_LED_COUNT];
    struct machine_line lines[BOARD_PORT_COUNT];
};

/* A clock chip that has been set and shows `utc_s`, a nominal front end that does not run, nobody on the lines. */
void machine_init(struct board *board, int64_t utc_s);

/* What the terminals carry from now on. */
void machine_apply(struct board *board, const struct quantities *q);

/* Starts or stops the converter. */
void machine_sample(struct board *board, bool sampling);

/* Lets metering time pass. */
void machine_advance(struct board *board, uint32_t us);

/* Another client is on this line, or none any more: what was on its way is lost. */
void machine_line_attach(struct board *board, enum board_port port, bool attached);

#endif
