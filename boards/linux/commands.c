#include "boards/linux/commands.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "boards/linux/status.h"
#include "host/glass.h"
#include "host/number.h"

static enum cli_exit say(char answer[COMMAND_ANSWER_MAX], enum cli_exit code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum cli_exit say(char answer[COMMAND_ANSWER_MAX], enum cli_exit code, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vsnprintf(answer, COMMAND_ANSWER_MAX, format, values);
    va_end(values);
    return code;
}

static const char name_rule[] = "%s takes a name of 1 to 32 letters, digits, hyphens and underscores.";

/* A whole text that is a number between the limits. */
static bool take_number(const char *text, double least, double most, double *value)
{
    const char *end = number_read(text, value);
    return end != NULL && *end == '\0' && *value >= least && *value <= most;
}

static enum cli_exit command_status(struct simulation *s, const char *arguments, char answer[COMMAND_ANSWER_MAX])
{
    bool json = strcmp(arguments, "--json") == 0;
    if (!json && *arguments != '\0') {
        return say(answer, CLI_USAGE, "status takes --json or nothing.");
    }
    return status_write(s, json, answer, COMMAND_ANSWER_MAX)
               ? CLI_SUCCESS
               : say(answer, CLI_FAILURE, "There is no room for the status.");
}

static enum cli_exit command_power(struct simulation *s, const char *arguments, char answer[COMMAND_ANSWER_MAX])
{
    bool on = strcmp(arguments, "on") == 0;
    if (!on && strcmp(arguments, "off") != 0) {
        return say(answer, CLI_USAGE, "power takes on or off.");
    }
    simulation_switch(s, on);
    if (on && !virtual_meter_is_supplied(&s->meter)) {
        return say(answer, CLI_SUCCESS, "The power is switched on, but the load has no voltage: the meter stays dead.");
    }
    return say(answer, CLI_SUCCESS, "The power is %s.", on ? "on" : "off");
}

static enum cli_exit command_button(struct simulation *s, const char *arguments, char answer[COMMAND_ANSWER_MAX])
{
    struct board *board = &s->meter.board;
    for (enum button_press press = 0; press < BUTTON_PRESSES; press++) {
        if (strcmp(arguments, button_names[press]) == 0) {
            return button_press(&board->button, press, board->elapsed_us, !board->sampling)
                       ? say(answer, CLI_SUCCESS, "The button is pressed: %s.", arguments)
                       : say(answer, CLI_FAILURE, "%d presses are waiting; let some time pass.", BUTTON_QUEUE);
        }
    }
    return say(answer, CLI_USAGE, "button takes short, long or 5s.");
}

static enum cli_exit command_lcd(struct simulation *s, const char *arguments, char answer[COMMAND_ANSWER_MAX])
{
    char glass[GLASS_TEXT_MAX];
    char line[GLASS_LINE_MAX];
    if (*arguments != '\0') {
        return say(answer, CLI_USAGE, "lcd takes nothing.");
    }
    glass_draw(&s->meter.board.lcd, glass);
    glass_tell(&s->meter.board.lcd, line);
    return say(answer, CLI_SUCCESS, "%s%s", glass, line);
}

static enum cli_exit command_load(struct simulation *s, const char *arguments, char answer[COMMAND_ANSWER_MAX])
{
    char message[LOAD_MESSAGE_MAX];
    switch (simulation_set_load(s, arguments, message)) {
    case LOAD_OPENED:
        return say(answer, CLI_SUCCESS, "The load is %.900s.", arguments);
    case LOAD_BROKEN:
        return say(answer, CLI_FAILURE, "%s", message);
    case LOAD_MISSPELT:
        break;
    }
    return say(answer, CLI_USAGE, "%s", message);
}

/* "jump 1h", "jump -15m": seconds. False if it is none. */
static bool take_jump(const char *text, int64_t *jump_s)
{
    static const char word[] = "jump ";
    double value;
    if (strncmp(text, word, sizeof word - 1) != 0) {
        return false;
    }
    text += sizeof word - 1;
    const char *end = number_read(*text == '+' ? text + 1 : text, &value);
    double unit_s = end == NULL             ? 0
                    : strcmp(end, "s") == 0 ? 1
                    : strcmp(end, "m") == 0 ? 60
                    : strcmp(end, "h") == 0 ? 3600
                    : strcmp(end, "d") == 0 ? 86400
                                            : 0;
    if (unit_s == 0 || fabs(value) * unit_s > 1e10) {
        return false;
    }
    *jump_s = llround(value * unit_s);
    return true;
}

static enum cli_exit command_time(struct simulation *s, const char *arguments, char answer[COMMAND_ANSWER_MAX])
{
    int64_t jump_s;
    if (!take_jump(arguments, &jump_s)) {
        return say(answer, CLI_USAGE, "time takes jump and a time as 1h, -15m, 90s or 2d.");
    }
    if (!s->meter.board.times.chip_valid) {
        return say(answer, CLI_FAILURE, "The clock chip has lost its time; set the clock first.");
    }
    if (!simulation_jump(s, jump_s)) {
        return say(answer, CLI_USAGE, "The clock chip shows the years 2000 to 2099 only; that would leave them.");
    }
    return say(answer, CLI_SUCCESS, "The clock chip is %lld s %s where it was.",
               (long long)(jump_s < 0 ? -jump_s : jump_s), jump_s < 0 ? "behind" : "ahead of");
}

static enum cli_exit command_speed(struct simulation *s, const char *arguments, char answer[COMMAND_ANSWER_MAX])
{
    uint32_t speed;
    if (!cli_take_speed(arguments, &speed)) {
        return say(answer, CLI_USAGE, "speed takes a whole number from 1 to 1000000, or max.");
    }
    simulation_set_speed(s, speed);
    return say(answer, CLI_SUCCESS, "The speed is %.60s; the load is %s.", arguments,
               s->meter.sampled ? "measured sample by sample" : "booked per second");
}

static enum cli_exit command_temperature(struct simulation *s, const char *arguments, char answer[COMMAND_ANSWER_MAX])
{
    double celsius;
    if (!take_number(arguments, -40, 85, &celsius)) {
        return say(answer, CLI_USAGE, "temperature takes -40 to 85 degrees Celsius.");
    }
    s->meter.board.times.tenths_c = (int16_t)lround(celsius * 10);
    return say(answer, CLI_SUCCESS, "It has %.1f degrees Celsius.", celsius);
}

static enum cli_exit command_crystal(struct simulation *s, const char *arguments, char answer[COMMAND_ANSWER_MAX])
{
    double ppm;
    if (!take_number(arguments, -1000, 1000, &ppm)) {
        return say(answer, CLI_USAGE, "crystal takes -1000 to 1000 ppm.");
    }
    s->meter.board.times.crystal_ppb = (int32_t)lround(ppm * 1000);
    return say(answer, CLI_SUCCESS, "The crystal is %.3f ppm fast at 25 degrees Celsius.", ppm);
}

static enum cli_exit command_battery(struct simulation *s, const char *arguments, char answer[COMMAND_ANSWER_MAX])
{
    double volts;
    if (!take_number(arguments, 0, 5, &volts)) {
        return say(answer, CLI_USAGE, "battery takes 0 to 5 volts.");
    }
    s->meter.board.times.battery_hundredths_v = (uint16_t)lround(volts * 100);
    return say(answer, CLI_SUCCESS, "The battery has %.2f V.", volts);
}

/* A switch with two words, the first of which means on. False if it is neither: it stays as it was. */
static bool take_switch(const char *text, const char *yes, const char *no, bool *on)
{
    bool is_yes = strcmp(text, yes) == 0;
    if (!is_yes && strcmp(text, no) != 0) {
        return false;
    }
    *on = is_yes;
    return true;
}

static enum cli_exit command_cover(struct simulation *s, const char *arguments, char answer[COMMAND_ANSWER_MAX])
{
    if (!take_switch(arguments, "open", "close", &s->meter.board.sensors[BOARD_METER_COVER])) {
        return say(answer, CLI_USAGE, "cover takes open or close.");
    }
    return say(answer, CLI_SUCCESS, "The meter cover is %s.", *arguments == 'o' ? "open" : "closed");
}

static enum cli_exit command_terminal_cover(struct simulation *s, const char *arguments,
                                            char answer[COMMAND_ANSWER_MAX])
{
    if (!take_switch(arguments, "open", "close", &s->meter.board.sensors[BOARD_TERMINAL_COVER])) {
        return say(answer, CLI_USAGE, "terminal-cover takes open or close.");
    }
    return say(answer, CLI_SUCCESS, "The terminal cover is %s.", *arguments == 'o' ? "open" : "closed");
}

static enum cli_exit command_magnet(struct simulation *s, const char *arguments, char answer[COMMAND_ANSWER_MAX])
{
    if (!take_switch(arguments, "on", "off", &s->meter.board.sensors[BOARD_MAGNET])) {
        return say(answer, CLI_USAGE, "magnet takes on or off.");
    }
    return say(answer, CLI_SUCCESS, "There is %s magnetic field.", arguments[1] == 'n' ? "a strong" : "no strong");
}

static enum cli_exit command_neutral(struct simulation *s, const char *arguments, char answer[COMMAND_ANSWER_MAX])
{
    double amperes = 0;
    bool normal = strcmp(arguments, "normal") == 0;
    if (!normal && !take_number(arguments, 0, QUANTITIES_AMPERES_MAX, &amperes)) {
        return say(answer, CLI_USAGE, "neutral takes 0 to %.0f amperes, or normal.", QUANTITIES_AMPERES_MAX);
    }
    s->meter.board.neutral_given = !normal;
    s->meter.board.neutral_a = amperes;
    return normal ? say(answer, CLI_SUCCESS, "The neutral conductor carries what the line does.")
                  : say(answer, CLI_SUCCESS, "The neutral conductor carries %.3f A.", amperes);
}

static enum cli_exit command_reset_contact(struct simulation *s, const char *arguments, char answer[COMMAND_ANSWER_MAX])
{
    if (!take_switch(arguments, "on", "off", &s->meter.board.reset_contact)) {
        return say(answer, CLI_USAGE, "reset-contact takes on or off.");
    }
    return say(answer, CLI_SUCCESS, "The reset contact is %s; the meter looks at it when its power comes back.",
               arguments[1] == 'n' ? "closed" : "open");
}

static enum cli_exit command_program(struct simulation *s, const char *arguments, char answer[COMMAND_ANSWER_MAX])
{
    if (!take_switch(arguments, "bad", "good", &s->meter.board.program_bad)) {
        return say(answer, CLI_USAGE, "program takes good or bad.");
    }
    return say(answer, CLI_SUCCESS, "The program memory is %s; the meter looks at it every hour and when it starts.",
               *arguments == 'b' ? "not what it was" : "as it was");
}

static enum cli_exit command_snapshot(struct simulation *s, const char *arguments, char answer[COMMAND_ANSWER_MAX])
{
    char message[SNAPSHOT_MESSAGE_MAX];
    if (!snapshot_may_be_named(arguments)) {
        return say(answer, CLI_USAGE, name_rule, "snapshot");
    }
    return simulation_snapshot(s, arguments, message)
               ? say(answer, CLI_SUCCESS, "The memory is kept as the snapshot %s.", arguments)
               : say(answer, CLI_FAILURE, "%s", message);
}

static enum cli_exit command_restore(struct simulation *s, const char *arguments, char answer[COMMAND_ANSWER_MAX])
{
    char message[SNAPSHOT_MESSAGE_MAX];
    if (!snapshot_may_be_named(arguments)) {
        return say(answer, CLI_USAGE, name_rule, "restore");
    }
    return simulation_restore(s, arguments, message)
               ? say(answer, CLI_SUCCESS, "The meter has begun anew on the snapshot %s.", arguments)
               : say(answer, CLI_FAILURE, "%s", message);
}

static enum cli_exit command_fault(struct simulation *s, const char *arguments, char answer[COMMAND_ANSWER_MAX])
{
    static const char port[] = "optical ";
    struct fault *fault = &s->meter.board.lines[BOARD_OPTICAL].fault;
    if (strncmp(arguments, port, sizeof port - 1) != 0 || !fault_read(fault, arguments + sizeof port - 1, s->seed)) {
        return say(answer, CLI_USAGE,
                   "fault takes optical and echo, drop-ff, ber=0 to ber=1, gap=1ms to gap=%dms, or off.",
                   (int)FAULT_GAP_MS_MAX);
    }
    return fault->kind == FAULT_NONE
               ? say(answer, CLI_SUCCESS, "The optical line is as it should be.")
               : say(answer, CLI_SUCCESS, "The optical line has a fault: %s.", arguments + sizeof port - 1);
}

const struct command commands[] = {
    { "status", "[--json]", "how the meter is: times, what it measures, its memory", command_status },
    { "power", "off|on", "switches the supply; an outage warns the meter first", command_power },
    { "button", "short|long|5s", "presses the button, after the presses that were asked for before", command_button },
    { "lcd", "", "the display as text: the glass, and a line that tells what is on it", command_lcd },
    { "load", "SPEC", "another load, as run --load takes it", command_load },
    { "time", "jump TIME",
      "puts the clock chip ahead by that much (1h, 90s, 2d), or back (-15m), as if it had\n"
      "gone wrong: the meter sees its clock jump; no time passes, the load stays where it is",
      command_time },
    { "speed", "N|max",
      "metering time runs N times faster; with run --waveform auto the rule of\n"
      "samples or quantities follows",
      command_speed },
    { "temperature", "CELSIUS", "of the board: the crystal loses 0.034 ppm/K^2 off 25 degrees", command_temperature },
    { "crystal", "PPM", "how fast the crystal of the clock is at 25 degrees (0)", command_crystal },
    { "battery", "VOLTS", "of the clock; below 1.5 V the time is lost when the power goes (3.6)", command_battery },
    { "cover", "open|close", "the meter cover", command_cover },
    { "terminal-cover", "open|close", "the cover of the terminals", command_terminal_cover },
    { "magnet", "on|off", "a strong magnetic field from outside", command_magnet },
    { "neutral", "AMPERES|normal", "the current of the neutral conductor, if not that of the line", command_neutral },
    { "reset-contact", "on|off",
      "the contact under the meter cover: if that is open at a power-up, the passwords\n"
      "become those of the factory",
      command_reset_contact },
    { "program", "good|bad", "the program memory, which the self-test checks", command_program },
    { "snapshot", "NAME",
      "keeps the memory and the clock as they are now, in DIR/snapshots/NAME; one of\n"
      "that name is replaced",
      command_snapshot },
    { "restore", "NAME",
      "the power goes and comes back on the memory and the clock of a snapshot; the time\n"
      "of the world around, and with it the load, goes on",
      command_restore },
    { "fault", "optical FAULT",
      "on the line of the optical port: echo (what the client sends comes back to it),\n"
      "drop-ff (octets FF get lost), ber=1e-5 (bit errors, by the seed of run), gap=40ms\n"
      "(a pause after the first octets of a frame), off",
      command_fault },
    { 0 },
};

const struct command *command_find(const char *line, const char **arguments)
{
    for (const struct command *command = commands; command->name != NULL; command++) {
        size_t size = strlen(command->name);
        if (strncmp(line, command->name, size) == 0 && (line[size] == '\0' || line[size] == ' ')) {
            *arguments = line + size + (line[size] == ' ');
            return command;
        }
    }
    return NULL;
}

enum cli_exit command_run(struct simulation *s, const char *line, size_t size, char answer[COMMAND_ANSWER_MAX])
{
    const char *arguments;
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7F) {
            return say(answer, CLI_USAGE, "A command is a line of text.");
        }
    }
    const struct command *command = command_find(line, &arguments);
    if (command == NULL) {
        return say(answer, CLI_USAGE, "There is no command %.60s; see blathy ctl --help.", line);
    }
    return command->run(s, arguments, answer);
}
