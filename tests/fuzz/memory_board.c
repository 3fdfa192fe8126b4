#include "memory_board.h"

#include <string.h>

#include "boards/sim/nor.h"
#include "config.h"

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

void board_rtc_trim(struct board *board, int32_t ppb)
{
    (void)board;
    (void)ppb;
}

bool board_temperature(struct board *board, int16_t *tenths_c)
{
    (void)board;
    *tenths_c = 215;
    return true;
}

bool board_battery(struct board *board, uint16_t *hundredths_v)
{
    (void)board;
    *hundredths_v = 360;
    return true;
}

bool board_sensor(struct board *board, enum board_sensor sensor, bool *active)
{
    (void)board;
    (void)sensor;
    *active = false;
    return true;
}

bool board_neutral(struct board *board)
{
    (void)board;
    return true;
}

bool board_reset_contact(struct board *board)
{
    (void)board;
    return false;
}

void board_restart(struct board *board)
{
    (void)board;
}

bool board_watchdog_reset(struct board *board)
{
    (void)board;
    return false;
}

const uint8_t *board_program(struct board *board, size_t *size, uint32_t *crc)
{
    (void)board;
    *size = 0;
    *crc = 0;
    return NULL;
}

bool board_supply_failing(struct board *board)
{
    (void)board;
    return false;
}

/* Flash, with a copy of it and the blocks that differ from the copy. */
static uint8_t octets[MEMORY_BLOCKS * BOARD_FLASH_BLOCK];
static uint8_t kept[MEMORY_BLOCKS * BOARD_FLASH_BLOCK];
static uint32_t erases[MEMORY_BLOCKS];
static struct nor nor;
static bool touched[MEMORY_BLOCKS];
static bool any_touched;

void memory_board_flash_blank(void)
{
    nor_init(&nor, octets, erases, MEMORY_BLOCKS);
}

void memory_board_flash_keep(void)
{
    memcpy(kept, octets, sizeof kept);
    memset(touched, 0, sizeof touched);
    any_touched = false;
}

void memory_board_flash_restore(void)
{
    for (uint32_t block = 0; any_touched && block < MEMORY_BLOCKS; block++) {
        if (touched[block]) {
            memcpy(octets + block * BOARD_FLASH_BLOCK, kept + block * BOARD_FLASH_BLOCK, BOARD_FLASH_BLOCK);
            touched[block] = false;
        }
    }
    any_touched = false;
}

static void touch(uint32_t block)
{
    if (block < MEMORY_BLOCKS) {
        touched[block] = any_touched = true;
    }
}

enum status board_flash_read(struct board *board, uint32_t address, uint8_t *to, size_t size)
{
    (void)board;
    return nor_read(&nor, address, to, size);
}

enum status board_flash_program(struct board *board, uint32_t address, const uint8_t *from, size_t size)
{
    (void)board;
    touch(address / BOARD_FLASH_BLOCK);
    return nor_program(&nor, address, from, size);
}

enum status board_flash_erase(struct board *board, uint32_t block)
{
    (void)board;
    touch(block);
    return nor_erase(&nor, block);
}
