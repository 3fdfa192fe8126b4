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
    if (board->pulse != NULL) {
        board->pulse(board->context, led, delay_us);
    }
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

void board_rtc_trim(struct board *board, int32_t ppb)
{
    board->trim_ppb = ppb;
}

bool board_temperature(struct board *board, int16_t *tenths_c)
{
    if (board->has_temperature) {
        *tenths_c = board->tenths_c;
    }
    return board->has_temperature;
}

bool board_battery(struct board *board, uint16_t *hundredths_v)
{
    if (board->has_battery) {
        *hundredths_v = board->battery_cv;
    }
    return board->has_battery;
}

bool board_sensor(struct board *board, enum board_sensor sensor, bool *active)
{
    *active = board->sensor_active[sensor];
    return board->has_sensor[sensor];
}

bool board_neutral(struct board *board)
{
    return board->has_neutral;
}

bool board_reset_contact(struct board *board)
{
    return board->reset_contact;
}

void board_restart(struct board *board)
{
    board->restarts++;
}

bool board_watchdog_reset(struct board *board)
{
    return board->watchdog;
}

const uint8_t *board_program(struct board *board, size_t *size, uint32_t *crc)
{
    *size = sizeof board->program;
    *crc = board->program_crc;
    return board->has_program ? board->program : NULL;
}

bool board_supply_failing(struct board *board)
{
    return board->failing;
}

struct nor *test_board_flash(struct board *board)
{
    static struct part {
        uint8_t octets[MEMORY_BLOCKS * BOARD_FLASH_BLOCK];
        uint32_t erases[MEMORY_BLOCKS];
        struct nor nor;
        struct board *owner;
    } parts[TEST_BOARD_PARTS];
    static unsigned next;
    unsigned i = 0;
    while (i < TEST_BOARD_PARTS && parts[i].owner != board) {
        i++;
    }
    if (i == TEST_BOARD_PARTS) {
        i = next++ % TEST_BOARD_PARTS;
        parts[i].owner = board;
        board->flash_written = false;
    }
    struct part *part = &parts[i];
    if (!board->flash_written) {
        nor_init(&part->nor, part->octets, part->erases, MEMORY_BLOCKS);
        board->flash_written = true;
    }
    return &part->nor;
}

enum status board_flash_read(struct board *board, uint32_t address, uint8_t *octets, size_t size)
{
    return nor_read(test_board_flash(board), address, octets, size);
}

enum status board_flash_program(struct board *board, uint32_t address, const uint8_t *octets, size_t size)
{
    return board->flash_dead ? STATUS_FAILED : nor_program(test_board_flash(board), address, octets, size);
}

enum status board_flash_erase(struct board *board, uint32_t block)
{
    return board->flash_dead ? STATUS_FAILED : nor_erase(test_board_flash(board), block);
}
