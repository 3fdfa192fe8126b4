/* Bit-exact results of the metrology core: a stream of samples made with integers alone goes through it, and every
 * window must come out as it stands in metrology.txt, whatever the compiler, its options and the machine.
 *
 * Usage: metrology FILE compares; without FILE it prints, which is how the file was made.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "meter/metrology.h"

enum { RATE_HZ = 8000, LINE_MAX_OCTETS = 400 };

/* A stretch of the stream. */
struct scene {
    const char *name;
    unsigned samples;
    uint32_t step;                     /* of the phase, 2^32 is one cycle */
    int32_t step_change;               /* of the step, per 64 samples */
    uint32_t lag;                      /* of the current, 2^32 is one cycle */
    int32_t voltage, current, neutral; /* amplitudes, codes; the noise is 1/2^11 of the codes' range for all */
    unsigned missed;                   /* samples lost before the stretch */
};

#define HZ(f) ((uint32_t)((f) * (4294967296ull / RATE_HZ)))

static const struct scene SCENES[] = {
    { "50 Hz, from a cold start", 10000, HZ(50), 0, 0x10000000, 6063000, 316000, 316000, 0 },
    { "export, capacitive", 4000, HZ(50), 0, 0x75000000, 6063000, 3000000, 3000000, 0 },
    { "drift to 52 Hz", 16000, HZ(50), 4295, 0x05000000, 6000000, 800000, 800000, 0 },
    { "137 samples lost", 4000, HZ(52), 0, 0x05000000, 6000000, 800000, 800000, 137 },
    { "12,000 samples lost", 8000, HZ(52), 0, 0x05000000, 6000000, 800000, 800000, 12000 },
    { "over-range", 3000, HZ(52), 0, 0, 8700000, 9000000, 100, 0 },
    { "no voltage", 4000, HZ(52), 0, 0, 300, 500000, 500000, 0 },
    { "the voltage is back at 45 Hz", 8000, HZ(45), 0, 0x08000000, 5000000, 500000, 500000, 0 },
    { "no current", 12000, HZ(45), 0, 0, 6063000, 0, 0, 0 },
    { "20 mA", 12000, HZ(45), 0, 0, 6063000, 1265, 0, 0 },
    { "current in the neutral alone", 50000, HZ(50), 0, 0x20000000, 6063000, 0, 400000, 0 },
};

static const struct metrology_calibration CALIBRATION = {
    .voltage = { .gain_ppb = 1013000123, .delay_ns = 18321 },
    .current = { .gain_ppb = 984000456,
                 .delay_ns = -3100,
                 .noise_code2 = 1400000,
                 .in_phase_ps = 198000,
                 .quadrature_ps = -24000 },
    .neutral = { .gain_ppb = 1002345678, .delay_ns = 31000, .noise_code2 = 1390000 },
    .decimator_order = 3,
};

static uint32_t random_state = 12345;

static int32_t noise(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (int32_t)(random_state >> 20) - 2048;
}

/* Two parabolas: a sine with 3.8 % of third harmonic. */
static int32_t wave(uint32_t phase, int32_t amplitude)
{
    int64_t x = (int32_t)phase >> 16;                  /* -32768..32767 */
    int64_t parabola = x * (32768 - (x < 0 ? -x : x)); /* +-2^28 */
    return (int32_t)(parabola * amplitude / (1 << 28)) + noise();
}

static int32_t limited(int32_t code)
{
    return code > 0x7fffff ? 0x7fffff : code < -0x800000 ? -0x800000 : code;
}

static void format(char line[LINE_MAX_OCTETS], const struct metrology_window *w)
{
    const struct energy_increment *e = &w->energy;
    snprintf(line, LINE_MAX_OCTETS,
             "%" PRIu32 " us %" PRIu32 " uV %" PRIu64 " nA %" PRIu64 " nA(N) %" PRId64 " uW %" PRId64 " uvar %" PRIu64
             " uVA %" PRId32 " ppm %" PRIu32 " uHz %" PRIu32 " udeg Q%u flags %02x nJ %" PRId64 " %" PRId64 " %" PRId64
             " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n",
             w->duration_us, w->voltage_uv, w->current_na, w->neutral_na, w->active_uw, w->reactive_uvar,
             w->apparent_uva, w->power_factor_ppm, w->frequency_uhz, w->phase_udeg, w->quadrant, w->flags,
             e->active_import_nj, e->active_export_nj, e->reactive_q_nj[0], e->reactive_q_nj[1], e->reactive_q_nj[2],
             e->reactive_q_nj[3], e->apparent_import_nj, e->apparent_export_nj);
}

/* Prints the line, or compares it with the file's next. */
static unsigned emit(FILE *expected, const char *line)
{
    char wanted[LINE_MAX_OCTETS];
    if (!expected) {
        fputs(line, stdout);
        return 0;
    }
    if (!fgets(wanted, sizeof wanted, expected)) {
        strcpy(wanted, "the end\n");
    }
    if (strcmp(wanted, line) == 0) {
        return 0;
    }
    printf("expected %sgot      %s", wanted, line);
    return 1;
}

static unsigned run_scene(struct metrology *m, const struct scene *s, uint32_t *phase, FILE *expected)
{
    char line[LINE_MAX_OCTETS];
    unsigned differences = 0;
    uint32_t step = s->step;
    snprintf(line, sizeof line, "# %s\n", s->name);
    differences += emit(expected, line);
    if (s->missed > 0) {
        *phase += s->missed * step;
        metrology_missed(m, s->missed);
    }
    for (unsigned k = 0; k < s->samples; k++) {
        struct board_sample sample = { .voltage = limited(wave(*phase, s->voltage)),
                                       .current = limited(wave(*phase - s->lag, s->current)),
                                       .neutral = limited(wave(*phase - s->lag, s->neutral)) };
        size_t taken;
        do {
            struct metrology_window w;
            bool ended;
            taken = metrology_add(m, &sample, 1, &w, &ended);
            if (ended) {
                format(line, &w);
                differences += emit(expected, line);
            }
        } while (taken == 0);
        *phase += step;
        step += k % 64 == 63 ? (uint32_t)s->step_change : 0;
    }
    return differences;
}

int main(int argc, char **argv)
{
    FILE *expected = NULL;
    if (argc > 1) {
        expected = fopen(argv[1], "r");
        if (!expected) {
            perror(argv[1]);
            return 2;
        }
    }
    struct metrology m;
    struct metrology_window w;
    char line[LINE_MAX_OCTETS];
    uint32_t phase = 0x31415926;
    unsigned differences = metrology_init(&m, &CALIBRATION, RATE_HZ) != STATUS_OK;
    for (unsigned k = 0; k < sizeof SCENES / sizeof SCENES[0]; k++) {
        differences += run_scene(&m, &SCENES[k], &phase, expected);
    }
    differences += emit(expected, "# the end of the recording\n");
    metrology_close(&m, &w);
    format(line, &w);
    differences += emit(expected, line);
    if (expected && fgetc(expected) != EOF) {
        puts("the file goes on");
        differences++;
    }
    return differences > 0;
}
