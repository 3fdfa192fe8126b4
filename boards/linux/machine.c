#include "boards/linux/machine.h"

#include <assert.h>
#include <time.h>

enum { SECOND_CS = 100, CENTISECOND_US = 10000, SAMPLE_US = 1000000 / MACHINE_RATE_HZ };
enum { OCTET_CREDIT = 10 * 1000000, NETWORK_GAP_MS = 200 }; /* start, eight others, stop */
static_assert(SAMPLE_US * MACHINE_RATE_HZ == 1000000, "the samples are on a grid of whole microseconds");

static uint64_t samples_due(const struct board *board)
{
    return board->elapsed_us / SAMPLE_US;
}

void machine_init(struct board *board, int64_t utc_s)
{
    *board = (struct board){ .rtc_zero_cs = utc_s * SECOND_CS };
    struct frontend_parameters parameters = frontend_nominal(MACHINE_RATE_HZ);
    frontend_init(&board->frontend, &parameters);
}

void machine_apply(struct board *board, const struct quantities *q)
{
    double current_a = quantities_current_a(q);
    struct frontend_signal signal = {
        .frequency_hz = q->frequency_uhz / 1e6,
        .voltage_v = q->voltage_uv / 1e6,
        .current_a = current_a,
        .neutral_a = current_a,
        .phase_deg = quantities_phase_deg(q),
    };
    frontend_set(&board->frontend, &signal);
}

void machine_sample(struct board *board, bool sampling)
{
    board->sampling = sampling;
    board->samples = samples_due(board);
}

void machine_advance(struct board *board, uint32_t us)
{
    board->elapsed_us += us;
}

void machine_press(struct board *board, uint32_t us)
{
    board->pressed_until_us = board->elapsed_us + us;
}

void machine_line_attach(struct board *board, enum board_port port, bool attached)
{
    struct machine_line *line = &board->lines[port];
    line->received.used = 0;
    line->sending.used = 0;
    line->arriving = line->leaving = (struct machine_way){ 0 };
    line->session++;
    line->attached = attached;
    line->draining = line->broken = false;
}

/* Octets follow each other without a gap as long as there are any; a line that rests saves nothing up. */
static void pass(struct machine_way *way, const struct queue *queue, uint64_t credit)
{
    if (way->passed < queue->used) {
        way->credit += credit;
        uint64_t through = way->credit / OCTET_CREDIT;
        uint64_t waiting = queue->used - way->passed;
        way->passed += (size_t)(through < waiting ? through : waiting);
        way->credit %= OCTET_CREDIT;
    }
    if (way->passed == queue->used) {
        way->credit = 0;
    }
}

void machine_pass_lines(struct board *board, uint32_t us)
{
    board->now_us += us;
    for (enum board_port port = 0; port < BOARD_PORT_COUNT; port++) {
        struct machine_line *line = &board->lines[port];
        if (line->pace == MACHINE_AT_RATE) {
            uint64_t credit = (uint64_t)us * line->settings.baud;
            pass(&line->arriving, &line->received, credit);
            pass(&line->leaving, &line->sending, credit);
        }
    }
}

bool machine_lines_busy(const struct board *board)
{
    for (enum board_port port = 0; port < BOARD_PORT_COUNT; port++) {
        const struct machine_line *line = &board->lines[port];
        if (line->pace == MACHINE_AT_RATE &&
            (line->arriving.passed < line->received.used || line->leaving.passed < line->sending.used)) {
            return true;
        }
    }
    return false;
}

size_t machine_line_sent(const struct machine_line *line)
{
    return line->pace == MACHINE_AT_RATE ? line->leaving.passed : line->sending.used;
}

void machine_line_take(struct machine_line *line, size_t size)
{
    queue_drop(&line->sending, size);
    if (line->pace == MACHINE_AT_RATE) {
        line->leaving.passed -= size;
    }
}

void machine_line_purge(struct machine_line *line)
{
    if (line->pace == MACHINE_AT_RATE) {
        line->received.used = line->arriving.passed;
    }
}

void machine_line_break(struct machine_line *line)
{
    line->received.used = 0;
    line->arriving = (struct machine_way){ 0 };
    line->broken = true;
}

/* What the meter sees ------------------------------------------------------ */

uint32_t board_time_ms(struct board *board)
{
    if (board->stepped) {
        return (uint32_t)(board->now_us / 1000u);
    }
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)((uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u);
}

bool board_rtc_get(struct board *board, int64_t *utc_s, uint8_t *hundredths)
{
    int64_t now_cs = board->rtc_zero_cs + (int64_t)(board->elapsed_us / CENTISECOND_US);
    int64_t part_cs = (now_cs % SECOND_CS + SECOND_CS) % SECOND_CS;
    *utc_s = (now_cs - part_cs) / SECOND_CS;
    *hundredths = (uint8_t)part_cs;
    return true;
}

void board_rtc_set(struct board *board, int64_t utc_s, uint8_t hundredths)
{
    board->rtc_zero_cs = utc_s * SECOND_CS + hundredths - (int64_t)(board->elapsed_us / CENTISECOND_US);
}

size_t board_samples(struct board *board, struct board_sample *samples, size_t max, uint32_t *missed)
{
    *missed = 0;
    if (!board->sampling) {
        return 0;
    }
    uint64_t due = samples_due(board) - board->samples;
    size_t count = due < max ? (size_t)due : max;
    frontend_read(&board->frontend, samples, count);
    board->samples += count;
    return count;
}

void board_pulse(struct board *board, enum board_led led, uint32_t delay_us)
{
    (void)delay_us; /* nobody looks at the LED */
    board->pulses[led]++;
}

bool board_button(struct board *board)
{
    return board->elapsed_us < board->pressed_until_us;
}

void board_lcd(struct board *board, const struct lcd *lcd)
{
    board->lcd = *lcd;
    board->lcd_changes++;
}

size_t board_serial_read(struct board *board, enum board_port port, uint8_t *data, size_t max)
{
    struct machine_line *line = &board->lines[port];
    if (line->pace != MACHINE_AT_RATE) {
        return queue_get(&line->received, data, max);
    }
    size_t arrived = line->arriving.passed;
    size_t taken = queue_get(&line->received, data, arrived < max ? arrived : max);
    line->arriving.passed -= taken;
    return taken;
}

size_t board_serial_write(struct board *board, enum board_port port, const uint8_t *data, size_t size)
{
    struct machine_line *line = &board->lines[port];
    return line->attached ? queue_put(&line->sending, data, size) : size;
}

bool board_serial_idle(struct board *board, enum board_port port)
{
    const struct machine_line *line = &board->lines[port];
    return line->sending.used == 0 && !line->draining;
}

void board_serial_configure(struct board *board, enum board_port port, const struct line_settings *line)
{
    board->lines[port].settings = *line;
}

bool board_serial_break(struct board *board, enum board_port port)
{
    bool broken = board->lines[port].broken;
    board->lines[port].broken = false;
    return broken;
}

uint32_t board_serial_session(struct board *board, enum board_port port)
{
    return board->lines[port].session;
}

bool board_serial_paced(struct board *board, enum board_port port)
{
    return board->lines[port].pace != MACHINE_STREAM;
}

uint32_t board_serial_gap_ms(struct board *board, enum board_port port)
{
    enum machine_pace pace = board->lines[port].pace;
    return pace == MACHINE_STREAM || pace == MACHINE_DELAYED ? NETWORK_GAP_MS : 0;
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
