/* The meter's face on a terminal: its LCD, its pulse outputs, and a key for its button. */
#ifndef BOARDS_LINUX_LIVE_H
#define BOARDS_LINUX_LIVE_H

#include <ev.h>
#include <stdbool.h>
#include <termios.h>

#include "boards/linux/simulation.h"

/* Owned by the caller; zero is one that is closed. */
struct live {
    struct simulation *simulation;
    struct ev_loop *loop;
    bool open;
    struct termios before; /* of the terminal */
    uint64_t pulses[BOARD_LED_COUNT];
    ev_io keys;
    ev_timer draw;
};

/* Whether standard input and output are a terminal. */
bool live_possible(void);

/* Takes the terminal until it is closed. */
void live_open(struct live *l, struct ev_loop *loop, struct simulation *simulation);

/* Gives it back as it was. */
void live_close(struct live *l);

#endif
