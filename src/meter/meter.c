#include "meter/meter.h"

#include <string.h>

#include "meter/demands.h"
#include "meter/load_profiles.h"

#define NJ_PER_MILLI UINT64_C(3600000000)

#define DEVICE_NAME_PREFIX IDENTITY_FLAG IDENTITY_DEVICE_TYPE

static void name_device(struct meter *m)
{
    const size_t room = sizeof m->logical_device_name - sizeof DEVICE_NAME_PREFIX; /* octets after the prefix */
    size_t size = strlen(m->identity.serial_number);
    size_t skipped = size > room ? size - room : 0;
    memcpy(m->logical_device_name, DEVICE_NAME_PREFIX, sizeof DEVICE_NAME_PREFIX - 1);
    memcpy(m->logical_device_name + sizeof DEVICE_NAME_PREFIX - 1, m->identity.serial_number + skipped, size - skipped);
}

static void set_defaults(struct meter *m)
{
    m->reference_voltage_v = RATED_VOLTAGE_V;
    m->demand_period_s = DEMAND_PERIOD_S;
    m->demand_periods = DEMAND_PERIODS;
    energy_init(&m->energy);
    average_init(&m->average);
    supply_init(&m->supply);
    billing_init(&m->billing);
    ports_init(&m->ports, m->identity.serial_number);
    setting_init_secrets(m);
    event_init(&m->events);
    supervision_init(m);
}

/* A pulse output goes on where its registers are. */
static void begin_pulses(struct meter *m, const struct memory_last *last)
{
    const struct energy_register *r = m->energy.registers;
    static const uint8_t counted[BOARD_LED_COUNT][2] = {
        [BOARD_LED_ACTIVE] = { ENERGY_ACTIVE_IMPORT, ENERGY_ACTIVE_EXPORT },
        [BOARD_LED_REACTIVE] = { ENERGY_REACTIVE_Q1, ENERGY_REACTIVE_Q4 },
    };
    for (unsigned led = 0; led < BOARD_LED_COUNT; led++) {
        uint64_t rest_nj = 0;
        for (unsigned kind = counted[led][0]; kind <= counted[led][1]; kind++) {
            rest_nj += r[kind].milli % 1000u * NJ_PER_MILLI + r[kind].rest_nj;
        }
        pulse_init(&m->pulses[led], rest_nj, last->pulses_owed[led]);
    }
}

/* Everything that flash holds, in the order in which it depends on each other. */
static enum status recall(struct meter *m)
{
    struct memory_last last;
    enum status status = memory_mount(m);
    if (status != STATUS_OK) {
        return status;
    }
    if (setting_load(m) > 0) {
        m->memory.failing = true;
    }
    if (display_setup_init(&m->display_setup, &m->memory.settings) > 0) {
        m->memory.failing = true;
    }
    display_init(&m->display, &m->display_setup);
    status = firmware_power_up(m);
    if (status != STATUS_OK) {
        return status;
    }
    memory_restore(m, &last);
    supply_power_up(m, &last);
    begin_pulses(m, &last);
    supervision_recall(m, &last);
    status = event_mount(m);
    if (status != STATUS_INCONSISTENT) {
        status = demands_power_up(m, &last);
    }
    if (status == STATUS_OK) {
        status = load_profiles_power_up(m, &last);
    }
    return status == STATUS_OK ? billing_power_up(m) : status;
}

enum status meter_init(struct meter *m, struct board *board, const struct identity *identity,
                       const struct metrology_calibration *calibration, uint32_t rate_hz)
{
    *m = (struct meter){ .board = board, .rate_hz = rate_hz, .identity = *identity };
    m->identity.serial_number[IDENTITY_TEXT_MAX] = '\0';
    if (m->identity.manufacture_year == 0) {
        m->identity.manufacture_year = IDENTITY_MANUFACTURE_YEAR;
    }
    name_device(m);
    set_defaults(m);
    clock_init(&m->clock, board);
    m->clock.crystal_cppm = identity->crystal_cppm;
    enum status status = metrology_init(&m->metrology, calibration, rate_hz);
    return status == STATUS_OK ? recall(m) : status;
}

/* Whoever closes the contact with the meter cover open has broken the seal: docs/SECURITY.md. A machine without the
 * sensor has no such contact. */
static void reset_secrets(struct meter *m)
{
    bool open = false;
    if (!board_reset_contact(m->board) || !board_sensor(m->board, BOARD_METER_COVER, &open) || !open) {
        return;
    }
    for (unsigned i = 0; i < METER_SECRET_COUNT; i++) {
        if (setting_reset_secret(m, (enum setting)(SETTING_SECRET_READER + i)) != STATUS_OK) {
            m->memory.failing = true;
        }
    }
    event_changed(m, true);
    meter_configuration_changed(m);
}

void meter_start(struct meter *m, profile_reader *reader)
{
    load_profiles_begin(m, reader);
    billing_start(m);
    supervision_power_up(m);
    reset_secrets(m);
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

/* What the pulse outputs count of it. */
static int64_t active_of(const struct energy_increment *e)
{
    return e->active_import_nj + e->active_export_nj;
}

static int64_t reactive_of(const struct energy_increment *e)
{
    return e->reactive_q_nj[0] + e->reactive_q_nj[1] + e->reactive_q_nj[2] + e->reactive_q_nj[3];
}

static void book(struct meter *m, const struct metrology_window *w, uint32_t late_us)
{
    int64_t active_nj = active_of(&w->energy);
    int64_t reactive_nj = reactive_of(&w->energy);
    energy_add(&m->energy, &w->energy);
    give_pulses(m, BOARD_LED_ACTIVE, active_nj, w->duration_us, late_us);
    give_pulses(m, BOARD_LED_REACTIVE, reactive_nj, w->duration_us, late_us);
    average_add(&m->average, w);
    supply_operate(&m->supply, w->duration_us);
    supervision_window(m, w);
    memory_booked(m, active_nj, reactive_nj);
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

/* The registers as of the old time: what ends now is not ahead of them, and if the power goes it looks like an outage.
 */
static void save_before(struct meter *m, int64_t before_s)
{
    int64_t now_s = m->clock.utc_s;
    m->clock.utc_s = before_s;
    memory_checkpoint(m, false);
    m->clock.utc_s = now_s;
}

static void follow_clock(struct meter *m, int64_t before_s)
{
    if (m->clock.utc_s == before_s) {
        return;
    }
    save_before(m, before_s);
    demands_clock_set(m, before_s);
    load_profiles_clock_set(m, before_s);
    memory_checkpoint(m, false);
    billing_clock_set(m, before_s);
}

/* The time itself is safe in the clock chip. */
void meter_clock_set(struct meter *m, int64_t before_s)
{
    if (setting_set_number(m, SETTING_CLOCK_LAST_SET, m->clock.utc_s) != STATUS_OK) {
        m->memory.failing = true;
    }
    follow_clock(m, before_s);
    supervision_clock_set(m, before_s);
}

static int64_t clock_ms(const struct clock *c)
{
    return c->utc_s * 1000 + INT64_C(10) * c->hundredths;
}

/* Milliseconds go on when the clock is set: only what passes between two steps counts. */
static void pass_time(struct meter *m)
{
    int64_t before_ms = clock_ms(&m->clock);
    clock_step(&m->clock, m->board);
    int64_t passed_ms = clock_ms(&m->clock) - before_ms;
    m->time_ms += passed_ms > 0 ? (uint64_t)passed_ms : 0;
}

static void keep_time(struct meter *m)
{
    int64_t before_s = m->clock.utc_s;
    pass_time(m);
    if (m->clock.utc_s < before_s) { /* the chip went back by itself */
        follow_clock(m, before_s);
    }
    if (m->clock.utc_s / CALENDAR_MINUTE_S != m->compensated_min) {
        m->compensated_min = m->clock.utc_s / CALENDAR_MINUTE_S;
        clock_compensate(&m->clock, m->board);
    }
}

/* Whether anything ends now: then the registers are saved before it is, so that nothing is ever ahead of them. */
static bool period_ends(const struct meter *m)
{
    for (unsigned i = 0; i < DEMAND_COUNT; i++) {
        if (m->clock.utc_s >= m->demands[i].ends_s || m->demands[i].unsaved > 0) {
            return true;
        }
    }
    return load_profiles_end(m);
}

static uint32_t flow_marks(const struct meter *m)
{
    static const uint32_t quadrants[] = { 0, LCD_Q1, LCD_Q2, LCD_Q3, LCD_Q4 };
    if (m->supply.down || m->average.values.apparent_uva == 0) { /* below the starting threshold */
        return 0;
    }
    bool exporting = m->average.values.active_uw < 0;
    return quadrants[meter_quantity(m, QUANTITY_QUADRANT)] | (exporting ? LCD_EXPORT : LCD_IMPORT);
}

/* What the meter tells beside the screen. */
static uint32_t marks(const struct meter *m)
{
    static const struct {
        uint8_t condition;
        uint32_t mark;
    } conditions[] = {
        { CONDITION_REVERSAL, LCD_REVERSE },         { CONDITION_BATTERY_LOW, LCD_BATTERY_LOW },
        { CONDITION_BATTERY_WORN, LCD_BATTERY_LOW }, { CONDITION_TERMINAL_COVER, LCD_COVER },
        { CONDITION_METER_COVER, LCD_COVER },
    };
    const uint32_t *words = m->events.alarm.words;
    uint32_t lit = flow_marks(m);
    for (unsigned i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
        if (condition_active(&m->supervision.conditions, (enum condition)conditions[i].condition)) {
            lit |= conditions[i].mark;
        }
    }
    lit |= (words[ALARM_DESCRIPTOR_1] | words[ALARM_DESCRIPTOR_2]) != 0 ? LCD_ALARM : 0u;
    lit |= m->clock.invalid ? LCD_CLOCK_INVALID : 0u;
    return lit | (m->display.communicating ? LCD_CON : 0u);
}

static void show(struct meter *m)
{
    const struct display_input in = {
        .time_ms = m->time_ms,
        .button = board_button(m->board),
        .powered = !m->supply.down,
        .error = m->events.alarm.words[ALARM_ERROR_REGISTER] != 0,
        .marks = marks(m),
    };
    if (display_step(&m->display, &in)) {
        board_lcd(m->board, &m->display.lcd);
    }
}

/* The last gasp: the window that runs is booked as far as it has come, then everything is saved. */
static void power_down(struct meter *m)
{
    struct metrology_window w;
    metrology_close(&m->metrology, &w);
    energy_add(&m->energy, &w.energy);
    pulse_stop(&m->pulses[BOARD_LED_ACTIVE], active_of(&w.energy), w.duration_us);
    pulse_stop(&m->pulses[BOARD_LED_REACTIVE], reactive_of(&w.energy), w.duration_us);
    supply_operate(&m->supply, w.duration_us);
    memory_checkpoint(m, true);
    m->supply.down = true;
    show(m);
}

/* What was booked so far belongs to the periods that end now: object-model.md decision 12. */
void meter_step(struct meter *m)
{
    if (m->supply.down) { /* the battery keeps the clock and the display */
        pass_time(m);
        show(m);
        return;
    }
    take_samples(m);
    keep_time(m);
    if (board_supply_failing(m->board)) {
        power_down(m);
        return;
    }
    if (period_ends(m)) {
        memory_checkpoint(m, false);
    }
    demands_step(m);
    load_profiles_step(m);
    billing_step(m);
    supervision_step(m);
    memory_step(m);
    event_step(m);
    firmware_step(m);
    show(m);
}

void meter_configuration_changed(struct meter *m)
{
    (void)setting_set_number(m, SETTING_CONFIGURATION_CHANGES, (int64_t)m->configuration_changes + 1);
    (void)setting_set_number(m, SETTING_CONFIGURATION_CHANGED, m->clock.utc_s);
}
