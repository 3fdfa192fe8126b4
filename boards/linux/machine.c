#include "boards/linux/machine.h"

#include <assert.h>
#include <time.h>

enum { SECOND_CS = 100, CENTISECOND_US = 10000, SAMPLE_US = 1000000 / MACHINE_RATE_HZ };
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

void machine_line_attach(struct board *board, enum board_port port, bool attached)
{
    struct machine_line *line = &board->lines[port];
    line->received.used = 0;
    line->sending.used = 0;
    line->session++;
    line->attached = attached;
}

/* What the meter sees ------------------------------------------------------ */

uint32_t board_time_ms(struct board *board)
{
    (void)board;
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

size_t board_serial_read(struct board *board, enum board_port port, uint8_t *data, size_t max)
{
    return queue_get(&board->lines[port].received, data, max);
}

size_t board_serial_write(struct board *board, enum board_port port, const uint8_t *data, size_t size)
{
    struct machine_line *line = &board->lines[port];
    return line->attached ? queue_put(&line->sending, data, size) : size;
}

bool board_serial_idle(struct board *board, enum board_port port)
{
    return board->lines[port].sending.used == 0;
}

void board_serial_configure(struct board *board, enum board_port port, const struct line_settings *line)
{
    board->lines[port].settings = *line;
}

uint32_t board_serial_session(struct board *board, enum board_port port)
{
    return board->lines[port].session;
}

bool board_serial_paced(struct board *board, enum board_port port)
{
    (void)board;
    (void)port;
    return false;
}
