/* A board in memory: two ports whose octets the test puts in and takes out, a clock that stands still. */
#ifndef FUZZ_MEMORY_BOARD_H
#define FUZZ_MEMORY_BOARD_H

#include "board/board.h"

enum { MEMORY_QUEUE_MAX = 8192 };

struct memory_queue {
    size_t used;
    size_t taken;
    uint8_t octets[MEMORY_QUEUE_MAX];
};

struct board {
    uint32_t time_ms;
    int64_t rtc_s;
    bool button;
    struct lcd lcd;
    uint32_t connections[BOARD_PORT_COUNT];
    struct memory_queue in[BOARD_PORT_COUNT];
    struct memory_queue out[BOARD_PORT_COUNT];
};

void memory_board_init(struct board *board);

/* The flash, of which there is one for all boards: blank; as it is now from here on; back to that. */
void memory_board_flash_blank(void);
void memory_board_flash_keep(void);
void memory_board_flash_restore(void);

/* What the meter will receive on a port. What does not fit is lost. */
void memory_board_put(struct board *board, enum board_port port, const uint8_t *octets, size_t size);

/* What the meter has sent on a port since it was last asked; valid until the next call of anything. */
const uint8_t *memory_board_take(struct board *board, enum board_port port, size_t *size);

#endif
