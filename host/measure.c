#include "host/measure.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "host/calibration.h"
#include "host/frontend.h"
#include "host/number.h"
#include "host/text.h"
#include "meter/energy.h"
#include "meter/metrology.h"

enum {
    SETTLING_US = 2000000, /* what the averages leave out */
    MESSAGE_MAX = 512,
    LINE_OCTETS_MAX = 256,
    BLOCK_MAX = 256,
    CODE_OCTETS = 3
};
static const double degree = 3.14159265358979323846 / 180.0;

/* Sums over the windows after the settling time, each weighted with its duration. */
struct sums {
    double seconds;
    double voltage2, current2;
    double active, reactive, apparent;
    double frequency;
    double cosine, sine; /* of the phase */
};

struct measurement {
    struct metrology metrology;
    struct energy energy;
    struct sums sums;
    uint64_t samples;
    uint64_t elapsed_us; /* at the end of the last window */
    uint32_t rate_hz;
};

static void add_to_sums(struct sums *s, const struct metrology_window *w)
{
    double seconds = w->duration_us / 1e6;
    double voltage = w->voltage_uv / 1e6;
    double current = (double)w->current_na / 1e9;
    double phase = w->phase_udeg / 1e6 * degree;
    s->seconds += seconds;
    s->voltage2 += voltage * voltage * seconds;
    s->current2 += current * current * seconds;
    s->active += (double)w->active_uw / 1e6 * seconds;
    s->reactive += (double)w->reactive_uvar / 1e6 * seconds;
    s->apparent += (double)w->apparent_uva / 1e6 * seconds;
    s->frequency += w->frequency_uhz / 1e6 * seconds;
    s->cosine += cos(phase) * seconds;
    s->sine += sin(phase) * seconds;
}

static void take_samples(struct measurement *m, const struct board_sample *samples, size_t count)
{
    m->samples += count;
    while (count > 0) {
        struct metrology_window w;
        bool ended = false;
        size_t taken = metrology_add(&m->metrology, samples, count, &w, &ended);
        samples += taken;
        count -= taken;
        if (ended) {
            energy_add(&m->energy, &w.energy);
            if (m->elapsed_us >= SETTLING_US) {
                add_to_sums(&m->sums, &w);
            }
            m->elapsed_us += w.duration_us;
        }
    }
}

/* The rest of a file, after its last whole window: energy only. */
static void take_rest(struct measurement *m)
{
    struct metrology_window w;
    metrology_close(&m->metrology, &w);
    energy_add(&m->energy, &w.energy);
}

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

/* "volts,amperes", blanks around them allowed. */
static bool parse_line(const char *line, struct board_sample *sample)
{
    double volts;
    double amperes;
    const char *text = number_read(skip_blanks(line), &volts);
    if (text == NULL || *(text = skip_blanks(text)) != ',') {
        return false;
    }
    text = number_read(skip_blanks(text + 1), &amperes);
    if (text == NULL || *skip_blanks(text) != '\0') {
        return false;
    }
    *sample =
        (struct board_sample){ .voltage = frontend_voltage_code(volts), .current = frontend_current_code(amperes) };
    return true;
}

/* Both readers: false, with what is wrong in `message`, when the file is not of its form. */
static bool read_csv(struct measurement *m, FILE *file, char message[MESSAGE_MAX])
{
    char line[LINE_OCTETS_MAX];
    enum text_outcome outcome;
    for (unsigned long number = 1; (outcome = text_read_line(file, line, sizeof line)) != TEXT_END; number++) {
        struct board_sample sample;
        bool header = outcome == TEXT_LINE && number == 1 && strcasecmp(line, "v,i") == 0;
        if (header) {
            continue;
        }
        if (outcome == TEXT_BROKEN || !parse_line(line, &sample)) {
            snprintf(message, MESSAGE_MAX, "line %lu is not volts,amperes", number);
            return false;
        }
        take_samples(m, &sample, 1);
    }
    return true;
}

static int32_t code_of(const uint8_t octets[CODE_OCTETS])
{
    int32_t code = (int32_t)(octets[0] | octets[1] << 8 | octets[2] << 16);
    return code < 1 << 23 ? code : code - (1 << 24);
}

static bool read_codes(struct measurement *m, FILE *file, char message[MESSAGE_MAX])
{
    enum { FRAME = 2 * CODE_OCTETS };
    uint8_t octets[BLOCK_MAX * FRAME];
    size_t size;
    while ((size = fread(octets, 1, sizeof octets, file)) > 0) {
        struct board_sample samples[BLOCK_MAX];
        size_t count = size / FRAME;
        for (size_t i = 0; i < count; i++) {
            samples[i] = (struct board_sample){ .voltage = code_of(octets + i * FRAME),
                                                .current = code_of(octets + i * FRAME + CODE_OCTETS) };
        }
        take_samples(m, samples, count);
        if (size % FRAME != 0) {
            snprintf(message, MESSAGE_MAX, "sample %llu is cut off: the file is no multiple of %d octets",
                     (unsigned long long)m->samples + 1, (int)FRAME);
            return false;
        }
    }
    return true;
}

static bool read_samples(struct measurement *m, const struct cli_measure *options, char message[MESSAGE_MAX])
{
    FILE *file = fopen(options->file, "rb");
    if (file == NULL) {
        snprintf(message, MESSAGE_MAX, "%s", strerror(errno));
        return false;
    }
    errno = 0;
    bool good = options->codes ? read_codes(m, file, message) : read_csv(m, file, message);
    if (good && ferror(file) != 0) {
        snprintf(message, MESSAGE_MAX, "cannot be read: %s", strerror(errno));
        good = false;
    } else if (good && m->samples == 0) {
        snprintf(message, MESSAGE_MAX, "line 1: there is no sample");
        good = false;
    }
    fclose(file);
    return good;
}

static double wh(const struct energy *e, enum energy_kind kind)
{
    const struct energy_register *r = &e->registers[kind];
    return (double)r->milli / 1e3 + r->rest_nj / 3.6e12;
}

/* Pulses of 1 Wh (varh) that these registers have given: the one output counts both ways, or all quadrants. */
static json_int_t pulses(const struct energy *e, enum energy_kind first, enum energy_kind last)
{
    struct energy_register sum = { 0, 0 };
    uint64_t rest_nj = 0;
    for (enum energy_kind kind = first; kind <= last; kind++) {
        sum.milli += e->registers[kind].milli;
        rest_nj += e->registers[kind].rest_nj;
    }
    return (json_int_t)((sum.milli + rest_nj / 3600000000u) / 1000u);
}

/* null where there is nothing to tell: the file ends before the averages begin. */
static void put(json_t *object, const char *name, double value)
{
    json_object_set_new(object, name, isfinite(value) ? json_real(value) : json_null());
}

static void put_averages(json_t *result, const struct sums *s)
{
    double per_second = s->seconds > 0.0 ? 1.0 / s->seconds : NAN;
    double active_w = s->active * per_second;
    double apparent_va = s->apparent * per_second;
    put(result, "voltage_v", sqrt(s->voltage2 * per_second));
    put(result, "current_a", sqrt(s->current2 * per_second));
    put(result, "active_w", active_w);
    put(result, "reactive_var", s->reactive * per_second);
    put(result, "apparent_va", apparent_va);
    put(result, "power_factor", apparent_va == 0.0 ? 1.0 : active_w / apparent_va);
    put(result, "frequency_hz", s->frequency * per_second);
    put(result, "phase_deg", atan2(s->sine * per_second, s->cosine * per_second) / degree);
}

static void print(json_t *object, size_t digits)
{
    json_dumpf(object, stdout, JSON_REAL_PRECISION(digits));
    putchar('\n');
    json_decref(object);
}

static void print_result(const struct measurement *m)
{
    static const struct {
        const char *name;
        enum energy_kind kind;
    } energies[] = {
        { "import_wh", ENERGY_ACTIVE_IMPORT }, { "export_wh", ENERGY_ACTIVE_EXPORT }, { "q1_varh", ENERGY_REACTIVE_Q1 },
        { "q2_varh", ENERGY_REACTIVE_Q2 },     { "q3_varh", ENERGY_REACTIVE_Q3 },     { "q4_varh", ENERGY_REACTIVE_Q4 },
    };
    const struct energy *e = &m->energy;
    json_t *energy = json_object();
    for (size_t i = 0; i < sizeof energies / sizeof energies[0]; i++) {
        put(energy, energies[i].name, wh(e, energies[i].kind));
    }
    json_t *result = json_object();
    put(result, "duration_s", (double)m->samples / m->rate_hz);
    put_averages(result, &m->sums);
    json_object_set_new(result, "energy", energy);
    json_object_set_new(result, "pulses",
                        json_pack("{s:I, s:I}", "active", pulses(e, ENERGY_ACTIVE_IMPORT, ENERGY_ACTIVE_EXPORT),
                                  "reactive", pulses(e, ENERGY_REACTIVE_Q1, ENERGY_REACTIVE_Q4)));
    print(result, 15);
}

static void print_scale(void)
{
    print(json_pack("{s:f, s:f}", "volts_per_code", FRONTEND_VOLTS_PER_CODE, "amperes_per_code",
                    FRONTEND_AMPERES_PER_CODE),
          17);
}

enum cli_exit measure(const struct cli_measure *options)
{
    if (options->print_scale) {
        print_scale();
        return CLI_SUCCESS;
    }
    char message[MESSAGE_MAX];
    struct metrology_calibration calibration = metrology_nominal;
    if (options->calibration_file != NULL &&
        !calibration_load(&calibration, options->calibration_file, message, sizeof message)) {
        cli_say("%s", message);
        return CLI_FAILURE;
    }
    if (options->frontend_given) {
        calibration.decimator_order = options->sinc3 ? 3 : 0;
    }
    struct measurement m = { .rate_hz = options->rate_hz };
    if (metrology_init(&m.metrology, &calibration, options->rate_hz) != STATUS_OK) {
        cli_say("The calibration, or the rate with it, is beyond what the metrology can do.");
        return CLI_FAILURE;
    }
    energy_init(&m.energy);
    if (!read_samples(&m, options, message)) {
        cli_say("%s: %s", options->file, message);
        return CLI_FAILURE;
    }
    take_rest(&m);
    print_result(&m);
    return CLI_SUCCESS;
}
