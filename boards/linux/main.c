#include <stdio.h>
#include <string.h>

#include "boards/linux/ctl.h"
#include "boards/linux/run.h"
#include "boards/linux/virtual_meter.h"
#include "host/cli.h"
#include "host/client/read.h"
#include "host/image.h"
#include "host/measure.h"
#include "host/objects.h"

static enum cli_exit exit_of(enum cli_outcome outcome)
{
    return outcome == CLI_ANSWERED ? CLI_SUCCESS : CLI_USAGE;
}

static enum cli_exit command_run(int argc, char **argv)
{
    struct cli_run options;
    enum cli_outcome outcome = cli_parse_run(argc, argv, &options);
    return outcome == CLI_GO_ON ? run(&options) : exit_of(outcome);
}

static enum cli_exit command_ctl(int argc, char **argv)
{
    struct cli_ctl options;
    enum cli_outcome outcome = cli_parse_ctl(argc, argv, &options);
    return outcome == CLI_GO_ON ? ctl(&options) : exit_of(outcome);
}

static enum cli_exit command_measure(int argc, char **argv)
{
    struct cli_measure options;
    enum cli_outcome outcome = cli_parse_measure(argc, argv, &options);
    return outcome == CLI_GO_ON ? measure(&options) : exit_of(outcome);
}

static enum cli_exit command_image(int argc, char **argv)
{
    struct cli_image options;
    enum cli_outcome outcome = cli_parse_image(argc, argv, &options);
    return outcome == CLI_GO_ON ? image_command(&options) : exit_of(outcome);
}

static enum cli_exit command_read(int argc, char **argv)
{
    static struct options options; /* large */
    enum cli_outcome outcome = options_parse(argc, argv, &options);
    return outcome == CLI_GO_ON ? read_meter(&options) : exit_of(outcome);
}

/* Asks a meter that is new and measures nothing. */
static enum cli_exit command_objects(int argc, char **argv)
{
    static const struct identity identity = { .serial_number = "10000001" };
    static struct virtual_meter meter; /* large */
    static const struct load load = { .kind = LOAD_CONSTANT, .constant = { .voltage_uv = 230000000 } };
    enum cli_objects_form form;
    enum cli_outcome outcome = cli_parse_objects(argc, argv, &form);
    if (outcome != CLI_GO_ON) {
        return exit_of(outcome);
    }
    virtual_meter_init(&meter, &identity, &load, 0, false);
    enum cli_exit code = objects_print(&meter.app.device, form);
    virtual_meter_end(&meter);
    return code;
}

int main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "";
    if (strcmp(command, "run") == 0) {
        return (int)command_run(argc - 1, argv + 1);
    }
    if (strcmp(command, "ctl") == 0) {
        return (int)command_ctl(argc - 1, argv + 1);
    }
    if (strcmp(command, "measure") == 0) {
        return (int)command_measure(argc - 1, argv + 1);
    }
    if (strcmp(command, "image") == 0) {
        return (int)command_image(argc - 1, argv + 1);
    }
    if (strcmp(command, "read") == 0) {
        return (int)command_read(argc - 1, argv + 1);
    }
    if (strcmp(command, "objects") == 0) {
        return (int)command_objects(argc - 1, argv + 1);
    }
    if (strcmp(command, "--help") == 0 || strcmp(command, "-h") == 0) {
        cli_print_help();
        return CLI_SUCCESS;
    }
    if (strcmp(command, "--version") == 0) {
        puts("blathy " BLATHY_VERSION);
        return CLI_SUCCESS;
    }
    cli_say("%s%s; see blathy --help.", argc > 1 ? "There is no command " : "Which command", command);
    return CLI_USAGE;
}
