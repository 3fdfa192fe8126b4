/* Writes docs/DISPLAY.md: what is on the LCD in each state, from the display of a real meter, drawn from its segments.
 *
 *     screens > docs/DISPLAY.md      writes it
 *     screens docs/DISPLAY.md        compares; 1 if it is stale
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "host/glass.h"
#include "tests/unit/test_board.h"

enum { STEP_MS = 100, DOCUMENT_MAX = 100000 };

static struct board board;
static struct app app;
static char document[DOCUMENT_MAX];
static size_t used;

static void say(const char *text)
{
    size_t size = strlen(text);
    if (used + size < sizeof document) {
        memcpy(document + used, text, size);
        used += size;
    }
}

static void draw(const char *title, const char *text)
{
    char glass[GLASS_TEXT_MAX];
    glass_draw(&board.lcd, glass);
    say("\n### ");
    say(title);
    say("\n\n");
    say(text);
    say("\n\n```\n");
    say(glass);
    say("```\n");
}

static void pass(unsigned ms)
{
    for (unsigned i = 0; i < ms; i += STEP_MS) {
        unsigned hundredths = board.rtc_hundredths + STEP_MS / 10u;
        board.rtc_s += hundredths / 100u;
        board.rtc_hundredths = (uint8_t)(hundredths % 100u);
        app_step(&app);
    }
}

static void press(unsigned ms)
{
    board.button = true;
    pass(ms);
    board.button = false;
    pass(STEP_MS);
}

/* Energies, a maximum each, a load that flows out, lagging. */
static void fill(unsigned month)
{
    struct meter *m = &app.meter;
    for (enum energy_kind kind = 0; kind < ENERGY_COUNT; kind++) {
        m->energy.registers[kind].milli += 123456789u * (kind + 1u) * month;
    }
    for (enum demand_kind kind = 0; kind < DEMAND_COUNT; kind++) {
        m->demands[kind].maximum = (struct demand_average){ .value = 4321u / (kind + month),
                                                            .captured = true,
                                                            .at_s = board.rtc_s - 86400 * ((int64_t)kind + 1) };
    }
    m->average.values = (struct average_values){ .voltage_uv = 230400000,
                                                 .current_na = 5432000000,
                                                 .active_uw = -1000000000,
                                                 .reactive_uvar = 750000000,
                                                 .apparent_uva = 1250000000,
                                                 .frequency_uhz = 50010000,
                                                 .phase_udeg = 143100000 };
}

static void start(void)
{
    static const struct identity identity = { .serial_number = "1000000012345678" };
    board = (struct board){ .rtc_kept = true, .rtc_s = 836215650 };
    if (app_init(&app, &board, &identity, &metrology_nominal, 8000) != STATUS_OK) {
        fputs("The meter does not start.\n", stderr);
        exit(2);
    }
    fill(1);
    if (billing_request(&app.meter, BILLING_BY_INTERFACE) != STATUS_OK) {
        fputs("The meter does not bill.\n", stderr);
        exit(2);
    }
    fill(2);
    app_step(&app);
}

static void power_up_and_scroll(void)
{
    say("\n## Scroll\n");
    draw("Power-up",
         "Every segment, for `full_test_s`. A firmware image that brings a welcome shows it then, for `scroll_s`.");
    pass(5000);
    draw("Scroll", "The scroll list (0.0.21.0.1) goes by, `scroll_s` for each screen. Here:");
    say("\n| Screen |\n|---|\n");
    for (unsigned i = 0; i < 10; i++) {
        char line[GLASS_LINE_MAX];
        glass_tell(&board.lcd, line);
        say("| `");
        say(line);
        say("` |\n");
        pass(5000);
    }
    press(200);
    draw("Light",
         "A short press (50 ms to 2 s) switches the backlight on, for `backlight_s`; the frame is doubled then.");
}

static void tell_button_list(void)
{
    char first[GLASS_LINE_MAX];
    char line[GLASS_LINE_MAX];
    say("\n## Button\n");
    press(200);
    draw("The button list",
         "The next short press enters the button list (0.0.21.0.2), each further one goes to the next screen. "
         "Left alone for `button_timeout_s` it\nscrolls again. Held for 2 s or longer, the list runs by, two "
         "screens a second. These are all its screens:");
    say("\n| Screen |\n|---|\n");
    glass_tell(&board.lcd, first);
    strcpy(line, first);
    do {
        say("| `");
        say(line);
        say("` |\n");
        press(200);
        glass_tell(&board.lcd, line);
    } while (strcmp(line, first) != 0);
}

/* To the first screen of the list whose line begins so. */
static void step_to(const char *code)
{
    char line[GLASS_LINE_MAX];
    do {
        press(200);
        glass_tell(&board.lcd, line);
    } while (strncmp(line, code, strlen(code)) != 0);
}

static void draw_some(void)
{
    step_to("16.8.0 ");
    draw("A negative value", "Net energy, exported more than imported.");
    step_to("1.6.0 26");
    draw("When a maximum occurred", "Its date, then its time.");
    press(200);
    draw("The time of a maximum", "Dashes stand for what has not happened.");
    step_to("1.8.0*1 ");
    draw("The last month", "Behind the star stands how many billing periods ago it was.");
    step_to("8.8.8.");
    draw("Test of the full LCD", "An entry {1, 0.0.96.50.3.255, 2} of a list.");
    step_to("F.F ");
    draw("Error code", "The error register, bit by bit. While it is not 0, the scroll list ends with it.");
}

static void draw_billing(void)
{
    say("\n## Billing by the button\n");
    step_to("0.1.0 ");
    draw("Billing count", "Held for 5 s on this screen of the button list, and on no other, the button bills.");
    press(5200);
    draw("Done", "For 5 s, or until the next short press.");
    press(200);
    press(5200);
    draw("Refused", "Within the lock-out time after the last one (1.0.0.9.12), or if billing by the button is disabled "
                    "(0.0.96.50.10).");
}

static void draw_battery(void)
{
    say("\n## Without power\n");
    board.failing = true;
    app_step(&app);
    draw("Dark", "The power is off.");
    press(200);
    draw("On the battery",
         "A press shows the service list (0.0.21.0.3) without light, `poweroff_item_s` for each screen, "
         "`poweroff_total_s` altogether, ten times\nan hour at the most. Energies are those of the last gasp.");
}

static void write_document(void)
{
    say("# The display\n\n"
        "This file is written by `tools/screens.c` from the display of a real meter, and a test fails when it is "
        "stale:\n"
        "`build/debug/tests/house/screens > docs/DISPLAY.md`. The drawings are made from the segments of the LCD.\n\n"
        "Times in `code` are fields of 0.0.96.50.1 (defaults 5, 60, 60, 5, 5, 30 s); decimals of energies and powers "
        "are\n"
        "0.0.96.50.2; the lists are 0.0.21.0.1 to .3, and .0 is the list of the read-out of mode C. An administrator "
        "may\n"
        "set them all.\n");
    start();
    power_up_and_scroll();
    tell_button_list();
    draw_some();
    draw_billing();
    draw_battery();
}

static int compare(const char *path)
{
    static char there[DOCUMENT_MAX];
    FILE *file = fopen(path, "r");
    size_t size = file == NULL ? 0 : fread(there, 1, sizeof there, file);
    if (file != NULL) {
        fclose(file);
    }
    if (size != used || memcmp(there, document, used) != 0) {
        fprintf(stderr, "%s is not what the display shows; write it again with tools/screens.c.\n", path);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    write_document();
    if (argc > 1) {
        return compare(argv[1]);
    }
    fwrite(document, 1, used, stdout);
    return 0;
}
