#include "boards/linux/machine.h"

#include <assert.h>
#include <time.h>

#include "base/crc.h"
#include "boards/linux/state.h"
#include "host/local_time.h"

enum { SECOND_US = 1000000, CENTISECOND_US = 10000, SAMPLE_US = SECOND_US / MACHINE_RATE_HZ, BILLION = 1000000000 };
enum { ROOM_TENTHS_C = 250, PARABOLA_PPB = 34, TRIM_LIMIT_PPB = 200000, FULL_BATTERY_HUNDREDTHS_V = 360 };
enum { OCTET_CREDIT = 10 * 1000000, NETWORK_GAP_MS = 200 }; /* start, eight others, stop */
static_assert(SAMPLE_US * MACHINE_RATE_HZ == 1000000, "the samples are on a grid of whole microseconds");

/* Protocol time. */
static uint64_t now_us(const struct board *board)
{
    if (board->stepped) {
        return board->now_us;
    }
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND_US + (uint64_t)now.tv_nsec / 1000u;
}

static uint64_t samples_due(const struct board *board)
{
    return board->elapsed_us / SAMPLE_US;
}

void machine_init(struct board *board, int64_t utc_s)
{
    *board = (struct board){
        .times = { .world_us = (utc_s + LOCAL_TIME_DEVIATION_S) * SECOND_US,
                   .chip_us = utc_s * SECOND_US,
                   .chip_valid = true,
                   .tenths_c = ROOM_TENTHS_C,
                   .battery_hundredths_v = FULL_BATTERY_HUNDREDTHS_V },
        .powered = true,
    };
    part_init(&board->flash);
    struct frontend_parameters parameters = frontend_nominal(MACHINE_RATE_HZ);
    frontend_init(&board->frontend, &parameters);
}

void machine_end(struct board *board)
{
    part_end(&board->flash);
}

double machine_neutral_a(const struct board *board, double current_a)
{
    return board->neutral_given ? board->neutral_a : current_a;
}

void machine_apply(struct board *board, const struct quantities *q)
{
    double current_a = quantities_current_a(q);
    struct frontend_signal signal = {
        .frequency_hz = q->frequency_uhz / 1e6,
        .voltage_v = q->voltage_uv / 1e6,
        .current_a = current_a,
        .neutral_a = machine_neutral_a(board, current_a),
        .phase_deg = quantities_phase_deg(q),
    };
    frontend_set(&board->frontend, &signal);
}

void machine_sample(struct board *board, bool sampling)
{
    board->sampling = sampling;
    board->samples = samples_due(board);
}

int32_t machine_chip_error_ppb(const struct machine_times *times)
{
    int32_t off_tenths = times->tenths_c - ROOM_TENTHS_C;
    return times->crystal_ppb + times->trim_ppb - PARABOLA_PPB * off_tenths * off_tenths / 100;
}

/* A battery that is too low while it is needed. */
static void look_at_battery(struct machine_times *times)
{
    if (times->chip_valid && times->battery_hundredths_v < MACHINE_BATTERY_MIN_HUNDREDTHS_V) {
        times->chip_valid = false;
        times->chip_us = 0;
        times->trim_ppb = 0;
    }
}

void machine_advance(struct board *board, uint32_t us)
{
    struct machine_times *times = &board->times;
    board->elapsed_us += us;
    times->world_us += us;
    board->chip_rest += (int64_t)us * machine_chip_error_ppb(times);
    times->chip_us += us + board->chip_rest / BILLION;
    board->chip_rest %= BILLION;
    if (!board->powered) {
        look_at_battery(times);
    }
}

void machine_rest(struct machine_times *times, int64_t us)
{
    look_at_battery(times);
    times->world_us += us;
    times->chip_us += us + (int64_t)((double)us * machine_chip_error_ppb(times) / BILLION);
}

void machine_keep_times(struct board *board)
{
    if (board->state != NULL) {
        state_keep_times(board->state, &board->times);
    }
}

void machine_silence(struct board *board)
{
    for (enum board_port port = 0; port < BOARD_PORT_COUNT; port++) {
        struct machine_line *line = &board->lines[port];
        line->received.used = line->sending.used = 0;
        line->arriving = line->leaving = (struct machine_way){ 0 };
        line->broken = false;
    }
}

void machine_power(struct board *board, bool powered)
{
    board->powered = powered;
    board->failing = false;
    board->samples = samples_due(board); /* nobody takes those of the time between */
    machine_silence(board);
    if (!powered) {
        look_at_battery(&board->times);
    }
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
static void pass(struct machine_way *way, const struct queue *queue, uint64_t credit, bool held)
{
    if (way->passed < queue->used && !held) {
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
            pass(&line->arriving, &line->received, credit,
                 fault_holds(&line->fault, &line->arriving.pause, board->now_us));
            pass(&line->leaving, &line->sending, credit,
                 fault_holds(&line->fault, &line->leaving.pause, board->now_us));
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

void machine_line_hear(struct machine_line *line, const uint8_t *octets, size_t size)
{
    if (line->fault.kind == FAULT_ECHO) {
        queue_put(&line->sending, octets, size);
    }
    for (size_t i = 0; i < size; i++) {
        uint8_t octet = octets[i];
        if (fault_pass(&line->fault, &octet)) {
            queue_put(&line->received, &octet, 1);
        }
    }
}

size_t machine_line_room(const struct machine_line *line)
{
    size_t room = queue_room(&line->received);
    size_t back = line->fault.kind == FAULT_ECHO ? queue_room(&line->sending) : room;
    return back < room ? back : room;
}

size_t machine_line_sent(const struct board *board, enum board_port port)
{
    const struct machine_line *line = &board->lines[port];
    size_t sent = line->pace == MACHINE_AT_RATE ? line->leaving.passed : line->sending.used;
    return fault_ready(&line->fault, &line->leaving.pause, sent, now_us(board));
}

void machine_line_take(struct board *board, enum board_port port, size_t size)
{
    struct machine_line *line = &board->lines[port];
    queue_drop(&line->sending, size);
    if (line->pace == MACHINE_AT_RATE) {
        line->leaving.passed -= size;
    }
    fault_delivered(&line->fault, &line->leaving.pause, size, line->sending.used, now_us(board));
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
    return (uint32_t)(now_us(board) / 1000u);
}

bool board_rtc_get(struct board *board, int64_t *utc_s, uint8_t *hundredths)
{
    const struct machine_times *times = &board->times;
    int64_t part_us = (times->chip_us % SECOND_US + SECOND_US) % SECOND_US;
    *utc_s = (times->chip_us - part_us) / SECOND_US;
    *hundredths = (uint8_t)(part_us / CENTISECOND_US);
    return times->chip_valid;
}

void board_rtc_set(struct board *board, int64_t utc_s, uint8_t hundredths)
{
    board->times.chip_us = utc_s * SECOND_US + (int64_t)hundredths * CENTISECOND_US;
    board->times.chip_valid = true;
    board->chip_rest = 0;
    machine_keep_times(board);
}

void board_rtc_trim(struct board *board, int32_t ppb)
{
    int32_t limited = ppb < TRIM_LIMIT_PPB ? ppb : TRIM_LIMIT_PPB;
    board->times.trim_ppb = limited > -TRIM_LIMIT_PPB ? limited : -TRIM_LIMIT_PPB;
    machine_keep_times(board);
}

bool board_temperature(struct board *board, int16_t *tenths_c)
{
    *tenths_c = board->times.tenths_c;
    return true;
}

bool board_battery(struct board *board, uint16_t *hundredths_v)
{
    *hundredths_v = board->times.battery_hundredths_v;
    return true;
}

bool board_sensor(struct board *board, enum board_sensor sensor, bool *active)
{
    *active = board->sensors[sensor];
    return true;
}

bool board_neutral(struct board *board)
{
    (void)board;
    return true;
}

bool board_reset_contact(struct board *board)
{
    return board->reset_contact;
}

void board_restart(struct board *board)
{
    board->restarting = true;
}

bool board_watchdog_reset(struct board *board)
{
    (void)board; /* there is none: a process that hangs is its owner's matter */
    return false;
}

/* Stands for the program memory of a controller, which a process does not have: here the host checks its own memory. */
const uint8_t *board_program(struct board *board, size_t *size, uint32_t *crc)
{
    static const uint8_t program[] = "the program memory of a virtual meter";
    *size = sizeof program;
    *crc = crc32_add(0, program, sizeof program) ^ (board->program_bad ? 1u : 0);
    return program;
}

bool board_supply_failing(struct board *board)
{
    return board->failing;
}

/* The times are written down before every change, so that after a cut the clock is not behind what stands in the flash.
 */

enum status board_flash_read(struct board *board, uint32_t address, uint8_t *octets, size_t size)
{
    return part_read(&board->flash, address, octets, size);
}

enum status board_flash_program(struct board *board, uint32_t address, const uint8_t *octets, size_t size)
{
    machine_keep_times(board);
    return part_program(&board->flash, address, octets, size);
}

enum status board_flash_erase(struct board *board, uint32_t block)
{
    machine_keep_times(board);
    return part_erase(&board->flash, block);
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
    return button_pressed(&board->button, board->elapsed_us);
}

void board_lcd(struct board *board, const struct lcd *lcd)
{
    board->lcd = *lcd;
}

size_t board_serial_read(struct board *board, enum board_port port, uint8_t *data, size_t max)
{
    struct machine_line *line = &board->lines[port];
    size_t arrived = line->pace == MACHINE_AT_RATE ? line->arriving.passed : line->received.used;
    arrived = fault_ready(&line->fault, &line->arriving.pause, arrived, now_us(board));
    size_t taken = queue_get(&line->received, data, arrived < max ? arrived : max);
    if (line->pace == MACHINE_AT_RATE) {
        line->arriving.passed -= taken;
    }
    fault_delivered(&line->fault, &line->arriving.pause, taken, line->received.used, now_us(board));
    return taken;
}

size_t board_serial_write(struct board *board, enum board_port port, const uint8_t *data, size_t size)
{
    struct machine_line *line = &board->lines[port];
    if (!line->attached || line->fault.kind == FAULT_NONE) {
        return line->attached ? queue_put(&line->sending, data, size) : size;
    }
    size_t taken = 0;
    for (; taken < size && queue_room(&line->sending) > 0; taken++) {
        uint8_t octet = data[taken];
        if (fault_pass(&line->fault, &octet)) {
            queue_put(&line->sending, &octet, 1);
        }
    }
    return taken;
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
