#include "meter/meter.h"

#include <string.h>

#define DEVICE_NAME_PREFIX IDENTITY_FLAG IDENTITY_DEVICE_TYPE

const char meter_firmware_id[] = "MTR-" METER_VERSION;

static void name_device(struct meter *m)
{
    const size_t room = sizeof m->logical_device_name - sizeof DEVICE_NAME_PREFIX; /* octets after the prefix */
    size_t size = strlen(m->identity.serial_number);
    size_t skipped = size > room ? size - room : 0;
    memcpy(m->logical_device_name, DEVICE_NAME_PREFIX, sizeof DEVICE_NAME_PREFIX - 1);
    memcpy(m->logical_device_name + sizeof DEVICE_NAME_PREFIX - 1, m->identity.serial_number + skipped, size - skipped);
}

enum status meter_init(struct meter *m, struct board *board, const struct identity *identity,
                       const struct metrology_calibration *calibration, uint32_t rate_hz)
{
    *m = (struct meter){
        .board = board,
        .rate_hz = rate_hz,
        .identity = *identity,
        .reference_voltage_v = RATED_VOLTAGE_V,
    };
    m->identity.serial_number[IDENTITY_TEXT_MAX] = '\0';
    if (m->identity.manufacture_year == 0) {
        m->identity.manufacture_year = IDENTITY_MANUFACTURE_YEAR;
    }
    name_device(m);
    energy_init(&m->energy);
    for (unsigned led = 0; led < BOARD_LED_COUNT; led++) {
        pulse_init(&m->pulses[led], 0);
    }
    average_init(&m->average);
    clock_init(&m->clock, board);
    for (unsigned i = 0; i < DEMAND_COUNT; i++) {
        demand_init(&m->demands[i], &m->clock, 0);
    }
    ports_init(&m->ports, m->identity.serial_number);
    display_setup_init(&m->display_setup, &m->settings);
    display_init(&m->display, &m->display_setup);
    return metrology_init(&m->metrology, calibration, rate_hz);
}

/* Pulses are planned from the end of a window on; that was `late_us` ago. */
static void give_pulses(struct meter *m, enum board_led led, int64_t energy_nj, uint32_t duration_us, uint32_t late_us)
{
    uint32_t delay_us;
    pulse_plan(&m->pulses[led], energy_nj, duration_us);
    while (pulse_next(&m->pulses[led], &delay_us)) {
        board_pulse(m->board, led, delay_us > late_us ? delay_us - late_us : 0);
    }
}

static void book(struct meter *m, const struct metrology_window *w, uint32_t late_us)
{
    const struct energy_increment *e = &w->energy;
    int64_t active_nj = e->active_import_nj + e->active_export_nj;
    int64_t reactive_nj = e->reactive_q_nj[0] + e->reactive_q_nj[1] + e->reactive_q_nj[2] + e->reactive_q_nj[3];
    energy_add(&m->energy, e);
    give_pulses(m, BOARD_LED_ACTIVE, active_nj, w->duration_us, late_us);
    give_pulses(m, BOARD_LED_REACTIVE, reactive_nj, w->duration_us, late_us);
    average_add(&m->average, w);
}

void meter_add_window(struct meter *m, const struct metrology_window *w)
{
    book(m, w, 0);
}

static void measure(struct meter *m, const struct board_sample *samples, size_t count)
{
    while (count > 0) {
        struct metrology_window w;
        bool ended = false;
        size_t taken = metrology_add(&m->metrology, samples, count, &w, &ended);
        samples += taken;
        count -= taken;
        if (ended) {
            book(m, &w, (uint32_t)(count * 1000000u / m->rate_hz));
        }
    }
}

static void take_samples(struct meter *m)
{
    struct board_sample samples[METER_BLOCK_SAMPLES];
    uint32_t missed = 0;
    size_t count;
    while ((count = board_samples(m->board, samples, METER_BLOCK_SAMPLES, &missed)) > 0) {
        if (missed > 0) {
            metrology_missed(&m->metrology, missed);
        }
        measure(m, samples, count);
    }
}

uint32_t meter_demand_milli(const struct meter *m, enum demand_kind kind)
{
    const struct energy_register *r = m->energy.registers;
    switch (kind) {
    case DEMAND_ACTIVE_IMPORT:
        return (uint32_t)r[ENERGY_ACTIVE_IMPORT].milli;
    case DEMAND_ACTIVE_EXPORT:
        return (uint32_t)r[ENERGY_ACTIVE_EXPORT].milli;
    case DEMAND_REACTIVE_IMPORT:
        return (uint32_t)(r[ENERGY_REACTIVE_Q1].milli + r[ENERGY_REACTIVE_Q2].milli);
    case DEMAND_REACTIVE_EXPORT:
        return (uint32_t)(r[ENERGY_REACTIVE_Q3].milli + r[ENERGY_REACTIVE_Q4].milli);
    case DEMAND_COUNT:
        break;
    }
    return 0;
}

void meter_clock_set(struct meter *m, int64_t before_s)
{
    for (enum demand_kind i = 0; i < DEMAND_COUNT; i++) {
        demand_clock_set(&m->demands[i], &m->clock, before_s, meter_demand_milli(m, i));
    }
}

enum status meter_configure_demands(struct meter *m, uint32_t period_s, uint32_t periods)
{
    enum status status = STATUS_OK;
    for (enum demand_kind i = 0; i < DEMAND_COUNT && status == STATUS_OK; i++) {
        status = demand_configure(&m->demands[i], &m->clock, meter_demand_milli(m, i), period_s, periods);
    }
    return status;
}

void meter_reset_maxima(struct meter *m)
{
    for (enum demand_kind i = 0; i < DEMAND_COUNT; i++) {
        demand_reset_maximum(&m->demands[i]);
    }
}

/* Milliseconds of metering time go on when the clock is set: only what passes between two steps counts. */
static void keep_time(struct meter *m)
{
    int64_t before_s = m->clock.utc_s;
    int64_t before_ms = before_s * 1000 + m->clock.hundredths * 10;
    clock_step(&m->clock, m->board);
    int64_t passed_ms = m->clock.utc_s * 1000 + m->clock.hundredths * 10 - before_ms;
    m->time_ms += passed_ms > 0 ? (uint64_t)passed_ms : 0;
    if (m->clock.utc_s < before_s) { /* the chip went back by itself */
        meter_clock_set(m, before_s);
    }
}

/* What the meter tells beside the screen. */
static uint32_t marks(const struct meter *m)
{
    static const uint32_t quadrants[] = { 0, LCD_Q1, LCD_Q2, LCD_Q3, LCD_Q4 };
    uint32_t lit = (m->clock.invalid ? LCD_CLOCK_INVALID : 0u) | (m->display.communicating ? LCD_CON : 0u);
    if (m->average.values.apparent_uva > 0) { /* not below the starting threshold */
        bool exporting = m->average.values.active_uw < 0;
        lit |= quadrants[meter_quantity(m, QUANTITY_QUADRANT)] | (exporting ? LCD_EXPORT | LCD_REVERSE : LCD_IMPORT);
    }
    return lit;
}

static void show(struct meter *m, bool powered)
{
    const struct display_input in = {
        .time_ms = m->time_ms,
        .button = board_button(m->board),
        .powered = powered,
        .marks = marks(m),
    };
    if (display_step(&m->display, &in)) {
        board_lcd(m->board, &m->display.lcd);
    }
}

/* What was booked so far belongs to the periods that end now: object-model.md decision 12. */
void meter_step(struct meter *m)
{
    take_samples(m);
    keep_time(m);
    for (enum demand_kind i = 0; i < DEMAND_COUNT; i++) {
        demand_step(&m->demands[i], &m->clock, meter_demand_milli(m, i));
    }
    show(m, true);
}

void meter_configuration_changed(struct meter *m)
{
    m->configuration_changes++;
    m->configuration_changed_s = m->clock.utc_s;
}
