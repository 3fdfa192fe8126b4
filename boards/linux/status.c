#include "boards/linux/status.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/local_time.h"

/* Both forms are made at once, so that neither can forget what the other has. */
struct report {
    json_t *json;
    char *text;
    size_t size;
    size_t used;
};

static void add_line(struct report *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add_line(struct report *r, const char *format, ...)
{
    va_list values;
    size_t room = r->size - r->used;
    va_start(values, format);
    int size = vsnprintf(r->text + r->used, room, format, values);
    va_end(values);
    r->used += (size_t)size < room ? (size_t)size : room - 1;
}

static void add_text(struct report *r, const char *key, const char *label, const char *value)
{
    json_object_set_new(r->json, key, json_string(value));
    add_line(r, "%-18s%s\n", label, value);
}

static void add_number(struct report *r, const char *key, const char *label, double value, int decimals,
                       const char *unit)
{
    json_object_set_new(r->json, key, json_real(value));
    add_line(r, "%-18s%.*f%s%s\n", label, decimals, value, *unit != '\0' ? " " : "", unit);
}

static void add_whole(struct report *r, const char *key, const char *label, uint64_t value, const char *unit)
{
    json_object_set_new(r->json, key, json_integer((json_int_t)value));
    add_line(r, "%-18s%llu%s%s\n", label, (unsigned long long)value, *unit != '\0' ? " " : "", unit);
}

static void add_times(struct report *r, const struct simulation *s)
{
    const struct meter *m = &s->meter.app.meter;
    const struct machine_times *times = &s->meter.board.times;
    bool powered = s->meter.board.powered;
    char text[LOCAL_TIME_TEXT];
    int64_t chip_s = times->chip_us / 1000000;
    struct calendar_time t =
        powered ? clock_local(&m->clock, chip_s, 0) : calendar_civil(chip_s + LOCAL_TIME_DEVIATION_S);
    bool valid = times->chip_valid && !(powered && m->clock.invalid);
    local_time_write(calendar_seconds(&t), text);
    json_object_set_new(r->json, "clock_valid", json_boolean(valid));
    json_object_set_new(r->json, "clock", json_string(text));
    add_line(r, "%-18s%s%s\n", "Clock", text, valid ? "" : " (invalid)");
    local_time_write(virtual_meter_local_s(&s->meter), text);
    add_text(r, "local_time", "True time", text);
    if (s->speed == CLI_SPEED_MAX) {
        add_text(r, "speed", "Speed", "max");
    } else {
        add_whole(r, "speed", "Speed", s->speed, "");
    }
    add_text(r, "waveform", "Load is", s->meter.sampled ? "sampled" : "booked");
    add_number(r, "uptime_s", "Running for", (double)(simulation_real_us() - s->began_us) / 1e6, 1, "s");
    add_number(r, "metering_s", "Metering time", (double)s->meter.board.elapsed_us / 1e6, 1, "s");
}

struct row {
    const char *key;
    const char *label;
    const char *unit;
};

static void add_nothing(struct report *r, const struct row *row)
{
    json_object_set_new(r->json, row->key, json_null());
    add_line(r, "%-18s-\n", row->label);
}

static void add_measured(struct report *r, const struct simulation *s)
{
    static const struct {
        struct row row;
        enum quantity quantity;
    } rows[] = {
        { { "voltage_v", "Voltage", "V" }, QUANTITY_VOLTAGE },
        { { "current_a", "Current", "A" }, QUANTITY_CURRENT },
        { { "active_w", "Active power", "W" }, QUANTITY_ACTIVE_POWER_NET },
        { { "reactive_import_var", "Reactive power +", "var" }, QUANTITY_REACTIVE_POWER_IMPORT },
        { { "reactive_export_var", "Reactive power -", "var" }, QUANTITY_REACTIVE_POWER_EXPORT },
        { { "power_factor", "Power factor", "" }, QUANTITY_POWER_FACTOR },
        { { "frequency_hz", "Frequency", "Hz" }, QUANTITY_FREQUENCY },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!s->meter.board.powered) {
            add_nothing(r, &rows[i].row);
            continue;
        }
        int decimals = -quantity_forms[rows[i].quantity].scaler;
        double value = (double)meter_quantity(&s->meter.app.meter, rows[i].quantity);
        for (int n = 0; n < decimals; n++) {
            value /= 10;
        }
        add_number(r, rows[i].row.key, rows[i].row.label, value, decimals, rows[i].row.unit);
    }
}

static void add_energies(struct report *r, const struct simulation *s)
{
    static const struct row rows[ENERGY_COUNT] = {
        [ENERGY_ACTIVE_IMPORT] = { "import_wh", "Import", "Wh" },
        [ENERGY_ACTIVE_EXPORT] = { "export_wh", "Export", "Wh" },
        [ENERGY_REACTIVE_Q1] = { "q1_varh", "Quadrant I", "varh" },
        [ENERGY_REACTIVE_Q2] = { "q2_varh", "Quadrant II", "varh" },
        [ENERGY_REACTIVE_Q3] = { "q3_varh", "Quadrant III", "varh" },
        [ENERGY_REACTIVE_Q4] = { "q4_varh", "Quadrant IV", "varh" },
        [ENERGY_APPARENT_IMPORT] = { "import_vah", "Apparent import", "VAh" },
        [ENERGY_APPARENT_EXPORT] = { "export_vah", "Apparent export", "VAh" },
    };
    for (enum energy_kind kind = 0; kind < ENERGY_COUNT; kind++) {
        if (s->meter.board.powered) {
            double value = (double)s->meter.app.meter.energy.registers[kind].milli / 1e3;
            add_number(r, rows[kind].key, rows[kind].label, value, 3, rows[kind].unit);
        } else {
            add_nothing(r, &rows[kind]);
        }
    }
}

static void add_machine(struct report *r, const struct simulation *s)
{
    const struct machine_times *times = &s->meter.board.times;
    add_text(r, "load", "Load", s->load_text);
    add_whole(r, "seed", "Seed", s->seed, "");
    add_number(r, "temperature_c", "Temperature", times->tenths_c / 10.0, 1, "degrees Celsius");
    add_number(r, "crystal_ppm", "Crystal", times->crystal_ppb / 1e3, 3, "ppm");
    add_number(r, "trim_ppm", "Trim", times->trim_ppb / 1e3, 3, "ppm");
    add_number(r, "battery_v", "Battery", times->battery_hundredths_v / 100.0, 2, "V");
    add_whole(r, "flash_erases", "Flash wear", part_wear(&s->meter.board.flash), "erases of a block, the most");
}

bool status_write(const struct simulation *s, bool json, char *text, size_t size)
{
    struct report r = { .json = json_object(), .text = text, .size = size };
    add_text(&r, "serial_number", "Serial number", s->state.serial_number);
    add_text(&r, "power", "Power", s->meter.board.powered ? "on" : "off");
    json_object_set_new(r.json, "switched_on", json_boolean(!s->meter.switched_off));
    add_whole(&r, "pid", "Process", (uint64_t)getpid(), "");
    add_times(&r, s);
    add_measured(&r, s);
    add_energies(&r, s);
    add_machine(&r, s);
    bool fits = r.used + 1 < size;
    if (json) {
        size_t length = json_dumpb(r.json, text, size - 1, JSON_COMPACT | JSON_REAL_PRECISION(12));
        fits = length > 0 && length < size;
        text[fits ? length : 0] = '\0';
    } else if (fits) {
        text[r.used - 1] = '\0'; /* the last line's end is the answer's */
    }
    json_decref(r.json);
    return fits;
}
