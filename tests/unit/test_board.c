#include "test_board.h"

#include <string.h>

uint32_t board_time_ms(struct board *board)
{
    return board->time_ms;
}

bool board_rtc_get(struct board *board, int64_t *utc_s, uint8_t *hundredths)
{
    *utc_s = board->rtc_s;
    *hundredths = board->rtc_hundredths;
    return board->rtc_kept;
}

void board_rtc_set(struct board *board, int64_t utc_s, uint8_t hundredths)
{
    board->rtc_s = utc_s;
    board->rtc_hundredths = hundredths;
    board->rtc_kept = true;
    board->rtc_set++;
}

size_t board_samples(struct board *board, struct board_sample *samples, size_t max, uint32_t *missed)
{
    *missed = 0;
    return board->samples == NULL ? 0 : board->samples(board->context, samples, max, missed);
}

void board_pulse(struct board *board, enum board_led led, uint32_t delay_us)
{
    board->pulses[led]++;
    board->last_delay_us[led] = delay_us;
}

bool board_button(struct board *board)
{
    return board->button;
}

void board_lcd(struct board *board, const struct lcd *lcd)
{
    board->lcd = *lcd;
    board->lcd_shown++;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t board_serial_read(struct board *board, enum board_port port, uint8_t *data, size_t max)
{
    struct test_line *line = &board->to_meter[port];
    size_t size = smaller(max, line->size);
    memcpy(data, line->octets, size);
    memmove(line->octets, line->octets + size, line->size - size);
    line->size -= size;
    return size;
}

size_t board_serial_write(struct board *board, enum board_port port, const uint8_t *data, size_t size)
{
    struct test_line *line = &board->from_meter[port];
    size_t taken = smaller(size, sizeof line->octets - line->size);
    memcpy(line->octets + line->size, data, taken);
    line->size += taken;
    return taken;
}

bool board_serial_idle(struct board *board, enum board_port port)
{
    (void)board;
    (void)port;
    return true;
}

void board_serial_configure(struct board *board, enum board_port port, const struct line_settings *line)
{
    board->line[port] = *line;
}

uint32_t board_serial_session(struct board *board, enum board_port port)
{
    return board->session[port];
}

bool board_serial_paced(struct board *board, enum board_port port)
{
    (void)port;
    return board->paced;
}

bool board_serial_break(struct board *board, enum board_port port)
{
    (void)board;
    (void)port;
    return false;
}

uint32_t board_serial_gap_ms(struct board *board, enum board_port port)
{
    (void)port;
    return board->paced ? 0 : 200;
}

enum status board_flash_read(struct board *board, uint32_t address, uint8_t *octets, size_t size)
{
    return board->nor == NULL ? STATUS_FAILED : nor_read(board->nor, address, octets, size);
}

enum status board_flash_program(struct board *board, uint32_t address, const uint8_t *octets, size_t size)
{
    return board->nor == NULL ? STATUS_FAILED : nor_program(board->nor, address, octets, size);
}

enum status board_flash_erase(struct board *board, uint32_t block)
{
    return board->nor == NULL ? STATUS_FAILED : nor_erase(board->nor, block);
}
