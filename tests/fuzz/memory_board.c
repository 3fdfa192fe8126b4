#include "memory_board.h"

#include <string.h>

enum { START_S = 978307200 - 946684800 /* 2001-01-01 */ };

void memory_board_init(struct board *board)
{
    memset(board, 0, sizeof *board);
    board->rtc_s = START_S;
}

static size_t put(struct memory_queue *q, const uint8_t *octets, size_t size)
{
    size_t count = size < MEMORY_QUEUE_MAX - q->used ? size : MEMORY_QUEUE_MAX - q->used;
    memcpy(q->octets + q->used, octets, count);
    q->used += count;
    return count;
}

void memory_board_put(struct board *board, enum board_port port, const uint8_t *octets, size_t size)
{
    struct memory_queue *q = &board->in[port];
    if (q->taken == q->used) {
        q->taken = q->used = 0;
    }
    put(q, octets, size);
}

const uint8_t *memory_board_take(struct board *board, enum board_port port, size_t *size)
{
    struct memory_queue *q = &board->out[port];
    *size = q->used;
    q->used = 0;
    return q->octets;
}

uint32_t board_time_ms(struct board *board)
{
    return board->time_ms;
}

bool board_rtc_get(struct board *board, int64_t *utc_s, uint8_t *hundredths)
{
    *utc_s = board->rtc_s;
    *hundredths = 0;
    return true;
}

void board_rtc_set(struct board *board, int64_t utc_s, uint8_t hundredths)
{
    (void)hundredths;
    board->rtc_s = utc_s;
}

size_t board_samples(struct board *board, struct board_sample *samples, size_t max, uint32_t *missed)
{
    (void)board;
    (void)samples;
    (void)max;
    *missed = 0;
    return 0;
}

void board_pulse(struct board *board, enum board_led led, uint32_t delay_us)
{
    (void)board;
    (void)led;
    (void)delay_us;
}

bool board_button(struct board *board)
{
    return board->button;
}

void board_lcd(struct board *board, const struct lcd *lcd)
{
    board->lcd = *lcd;
}

size_t board_serial_read(struct board *board, enum board_port port, uint8_t *data, size_t max)
{
    struct memory_queue *q = &board->in[port];
    size_t count = q->used - q->taken < max ? q->used - q->taken : max;
    memcpy(data, q->octets + q->taken, count);
    q->taken += count;
    return count;
}

size_t board_serial_write(struct board *board, enum board_port port, const uint8_t *data, size_t size)
{
    return put(&board->out[port], data, size);
}

bool board_serial_idle(struct board *board, enum board_port port)
{
    (void)board;
    (void)port;
    return true;
}

void board_serial_configure(struct board *board, enum board_port port, const struct line_settings *line)
{
    (void)board;
    (void)port;
    (void)line;
}

uint32_t board_serial_session(struct board *board, enum board_port port)
{
    return board->connections[port];
}

bool board_serial_paced(struct board *board, enum board_port port)
{
    (void)board;
    (void)port;
    return false;
}

bool board_serial_break(struct board *board, enum board_port port)
{
    (void)board;
    (void)port;
    return false;
}

uint32_t board_serial_gap_ms(struct board *board, enum board_port port)
{
    (void)board;
    (void)port;
    return 200;
}

enum status board_flash_read(struct board *board, uint32_t address, uint8_t *octets, size_t size)
{
    (void)board, (void)address, (void)octets, (void)size;
    return STATUS_FAILED;
}

enum status board_flash_program(struct board *board, uint32_t address, const uint8_t *octets, size_t size)
{
    (void)board, (void)address, (void)octets, (void)size;
    return STATUS_FAILED;
}

enum status board_flash_erase(struct board *board, uint32_t block)
{
    (void)board, (void)block;
    return STATUS_FAILED;
}
