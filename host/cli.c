#include "host/cli.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/local_time.h"
#include "host/number.h"

static const char help[] = "Blathy, an open single-phase electricity meter.\n"
                           "\n"
                           "  blathy run [options]            the virtual meter\n"
                           "  blathy measure [options] FILE   measures a recorded waveform, prints JSON\n"
                           "  blathy read [options] ENDPOINT OBJECT...\n"
                           "                                  reads a DLMS meter, this one or another maker's\n"
                           "  blathy --help, --version\n"
                           "\n"
                           "blathy COMMAND --help tells the options. Exit codes: 0, 1 (failure), 2 (usage).\n";

static const char run_help[] =
    "blathy run [options]: the virtual meter. It runs until SIGTERM or SIGINT.\n"
    "\n"
    "  --optical ENDPOINT    where the optical port is offered (tcp:127.0.0.1:4061); may be given\n"
    "                        several times: tcp:HOST:PORT (port 0: any); rfc2217:HOST:PORT, on which\n"
    "                        the meter sees the client's baud rate, parity and break; unix:PATH;\n"
    "                        pty[:LINK]; serial:DEVICE, a line of this machine; or off\n"
    "  --bluetooth ENDPOINT  likewise, the Bluetooth port (tcp:127.0.0.1:4062)\n"
    "  --pace                the ports run at their baud rate; else as fast as they can, but for serial\n"
    "  --load SPEC           constant:VOLTS,AMPERES,PF (PF negative: capacitive; amperes negative:\n"
    "                        export), household[:SEED] or csv:FILE (household)\n"
    "  --start TIME          local time of the clock at the start, ISO 8601 (the load file's first\n"
    "                        row, else the host's time)\n"
    "  --speed N             metering time runs N times faster, or max (1)\n"
    "  --waveform WHEN       sample by sample through the metrology core: always, never, or auto,\n"
    "                        which is up to --speed 60 (auto)\n"
    "  --seed N              makes every random choice repeatable (1)\n"
    "  --serial NUMBER       the meter's serial number, 8 to 16 digits or letters (10000001)\n"
    "  -v, --verbose         tells of connections\n"
    "\n"
    "Not available yet, said so when asked for: --state, --http, --scenario, --pcap.\n";

static const char measure_help[] =
    "blathy measure [options] FILE: measures a recorded waveform and prints one JSON object.\n"
    "\n"
    "  --format csv|s24le    csv: volts,amperes a line, a header is optional; s24le: interleaved\n"
    "                        signed 24-bit converter codes V,I, little-endian (csv)\n"
    "  --rate HZ             samples per second (8000)\n"
    "  --frontend flat|sinc3 sinc3: the samples carry the droop of a sigma-delta decimator, which\n"
    "                        is then equalised (flat)\n"
    "  --calibration FILE    what the factory found out about the front end, a JSON object:\n"
    "                        {\"voltage\": {...}, \"current\": {...}, \"neutral\": {...}, \"decimator_order\": 0|3},\n"
    "                        a channel has gain_ppb (1000000000), delay_ns, noise_code2, in_phase_ps,\n"
    "                        quadrature_ps (0); what is left out is nominal\n"
    "  --print-scale         prints volts_per_code and amperes_per_code of s24le, needs no FILE\n"
    "\n"
    "Averages leave out the first 2 s, energies cover the whole file.\n";

void cli_say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("blathy: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

void cli_print_help(void)
{
    fputs(help, stdout);
}

void cli_begin_options(void)
{
    optind = 0;
    opterr = 0;
}

enum option_name {
    OPTION_HELP = 'h',
    OPTION_VERBOSE = 'v',
    OPTION_OPTICAL = 256,
    OPTION_BLUETOOTH,
    OPTION_LOAD,
    OPTION_START,
    OPTION_SPEED,
    OPTION_WAVEFORM,
    OPTION_SEED,
    OPTION_SERIAL,
    OPTION_STATE,
    OPTION_HTTP,
    OPTION_SCENARIO,
    OPTION_PCAP,
    OPTION_PACE,
    OPTION_FORMAT,
    OPTION_RATE,
    OPTION_FRONTEND,
    OPTION_CALIBRATION,
    OPTION_PRINT_SCALE,
};

int cli_next_option(int argc, char **argv, const char *letters, const struct option *options)
{
    int option = getopt_long(argc, argv, letters, options, NULL);
    if (option == '?') {
        cli_say("%s does not know %s; see --help.", argv[0], argv[optind - 1]);
    } else if (option == ':') {
        cli_say("%s needs a value; see --help.", argv[optind - 1]);
        option = '?';
    }
    return option;
}

int cli_choose(const char *option, const char *text, const char *const *words, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(text, words[i]) == 0) {
            return (int)i;
        }
    }
    cli_say("--%s does not know %s; see --help.", option, text);
    return -1;
}

static bool take_endpoint(struct cli_run *run, enum board_port number, const char *text)
{
    struct cli_port *port = &run->ports[number];
    if (port->count == CLI_ENDPOINTS_MAX) {
        cli_say("A port can have %d endpoints at the most.", CLI_ENDPOINTS_MAX);
        return false;
    }
    if (!endpoint_parse(text, &port->endpoints[port->count])) {
        cli_say("%s is not an endpoint: tcp:HOST:PORT, rfc2217:HOST:PORT, pty[:LINK], serial:DEVICE, unix:PATH or off "
                "(an IPv6 host stands in brackets).",
                text);
        return false;
    }
    port->count++;
    return true;
}

static bool take_speed(struct cli_run *run, const char *text)
{
    uint64_t speed = CLI_SPEED_MAX;
    if (strcmp(text, "max") != 0 && !number_whole(text, 1, 1000000, &speed)) {
        cli_say("--speed takes a whole number from 1 to 1000000, or max, not %s.", text);
        return false;
    }
    run->speed = (uint32_t)speed;
    return true;
}

static bool take_serial(struct cli_run *run, const char *text)
{
    static const char allowed[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    size_t size = strlen(text);
    if (size < 8 || size > 16 || strspn(text, allowed) != size) {
        cli_say("--serial takes 8 to 16 digits or letters, not %s.", text);
        return false;
    }
    run->serial_number = text;
    return true;
}

static bool take_waveform(struct cli_run *run, const char *text)
{
    static const char *const words[] = { "auto", "always", "never" };
    int word = cli_choose("waveform", text, words, 3);
    run->waveform = (enum cli_waveform)word;
    return word >= 0;
}

/* Options that are part of the contract and not backed yet: checked, and said what it means that they are not. */
static bool take_absent(int option, const char *text)
{
    struct endpoint unused;
    switch (option) {
    case OPTION_STATE:
        cli_say("--state is not available in this version: the meter begins anew at every start.");
        return true;
    case OPTION_SCENARIO:
        cli_say("--scenario is not available in this version: the meter runs without %s.", text);
        return true;
    case OPTION_PCAP:
        cli_say("--pcap is not available in this version: nothing is captured.");
        return true;
    default: /* OPTION_HTTP */
        if (strcmp(text, "off") == 0) {
            return true;
        }
        if (!endpoint_parse_address(text, &unused)) {
            cli_say("--http takes HOST:PORT or off, not %s.", text);
            return false;
        }
        cli_say("--http is not available in this version: there is no page.");
        return true;
    }
}

static bool take_run_option(struct cli_run *run, int option, const char *text)
{
    switch (option) {
    case OPTION_OPTICAL:
        return take_endpoint(run, BOARD_OPTICAL, text);
    case OPTION_BLUETOOTH:
        return take_endpoint(run, BOARD_BLUETOOTH, text);
    case OPTION_LOAD:
        run->load = text;
        return true;
    case OPTION_START:
        run->start_given = local_time_parse(text, &run->start_local_s);
        if (!run->start_given) {
            cli_say("--start takes a local time as 2024-02-29T23:59:50, not %s.", text);
        }
        return run->start_given;
    case OPTION_SPEED:
        return take_speed(run, text);
    case OPTION_WAVEFORM:
        return take_waveform(run, text);
    case OPTION_SEED:
        if (!number_whole(text, 0, UINT64_MAX, &run->seed)) {
            cli_say("--seed takes a whole number, not %s.", text);
            return false;
        }
        return true;
    case OPTION_SERIAL:
        return take_serial(run, text);
    case OPTION_PACE:
        run->pace = true;
        return true;
    case OPTION_VERBOSE:
        run->verbose = true;
        return true;
    default:
        return take_absent(option, text);
    }
}

enum cli_outcome cli_parse_run(int argc, char **argv, struct cli_run *run)
{
    static const struct option options[] = {
        { "help", no_argument, NULL, OPTION_HELP },
        { "verbose", no_argument, NULL, OPTION_VERBOSE },
        { "optical", required_argument, NULL, OPTION_OPTICAL },
        { "bluetooth", required_argument, NULL, OPTION_BLUETOOTH },
        { "load", required_argument, NULL, OPTION_LOAD },
        { "start", required_argument, NULL, OPTION_START },
        { "speed", required_argument, NULL, OPTION_SPEED },
        { "waveform", required_argument, NULL, OPTION_WAVEFORM },
        { "seed", required_argument, NULL, OPTION_SEED },
        { "serial", required_argument, NULL, OPTION_SERIAL },
        { "state", required_argument, NULL, OPTION_STATE },
        { "http", required_argument, NULL, OPTION_HTTP },
        { "scenario", required_argument, NULL, OPTION_SCENARIO },
        { "pcap", required_argument, NULL, OPTION_PCAP },
        { "pace", no_argument, NULL, OPTION_PACE },
        { 0 },
    };
    *run = (struct cli_run){ .load = "household", .speed = 1, .seed = 1, .serial_number = "10000001" };
    cli_begin_options();
    int option;
    while ((option = cli_next_option(argc, argv, ":hv", options)) != -1) {
        if (option == OPTION_HELP) {
            fputs(run_help, stdout);
            return CLI_ANSWERED;
        }
        if (option == '?' || !take_run_option(run, option, optarg)) {
            return CLI_WRONG;
        }
    }
    if (optind < argc) {
        cli_say("run takes options only, not %s.", argv[optind]);
        return CLI_WRONG;
    }
    static const char *const usual[BOARD_PORT_COUNT] = { "tcp:127.0.0.1:4061", "tcp:127.0.0.1:4062" };
    for (enum board_port port = 0; port < BOARD_PORT_COUNT; port++) {
        if (run->ports[port].count == 0) {
            take_endpoint(run, port, usual[port]);
        }
    }
    return CLI_GO_ON;
}

static bool take_measure_option(struct cli_measure *measure, int option, const char *text)
{
    static const char *const formats[] = { "csv", "s24le" };
    static const char *const frontends[] = { "flat", "sinc3" };
    int word;
    uint64_t rate_hz;
    switch (option) {
    case OPTION_FORMAT:
        word = cli_choose("format", text, formats, 2);
        measure->codes = word == 1;
        return word >= 0;
    case OPTION_FRONTEND:
        word = cli_choose("frontend", text, frontends, 2);
        measure->frontend_given = true;
        measure->sinc3 = word == 1;
        return word >= 0;
    case OPTION_RATE:
        if (!number_whole(text, 2000, 32000, &rate_hz)) {
            cli_say("--rate takes a whole number of samples per second from 2000 to 32000, not %s.", text);
            return false;
        }
        measure->rate_hz = (uint32_t)rate_hz;
        return true;
    case OPTION_CALIBRATION:
        measure->calibration_file = text;
        return true;
    default: /* OPTION_PRINT_SCALE */
        measure->print_scale = true;
        return true;
    }
}

enum cli_outcome cli_parse_measure(int argc, char **argv, struct cli_measure *measure)
{
    static const struct option options[] = {
        { "help", no_argument, NULL, OPTION_HELP },
        { "format", required_argument, NULL, OPTION_FORMAT },
        { "rate", required_argument, NULL, OPTION_RATE },
        { "frontend", required_argument, NULL, OPTION_FRONTEND },
        { "calibration", required_argument, NULL, OPTION_CALIBRATION },
        { "print-scale", no_argument, NULL, OPTION_PRINT_SCALE },
        { 0 },
    };
    *measure = (struct cli_measure){ .rate_hz = 8000 };
    cli_begin_options();
    int option;
    while ((option = cli_next_option(argc, argv, ":h", options)) != -1) {
        if (option == OPTION_HELP) {
            fputs(measure_help, stdout);
            return CLI_ANSWERED;
        }
        if (option == '?' || !take_measure_option(measure, option, optarg)) {
            return CLI_WRONG;
        }
    }
    if (argc - optind != (measure->print_scale ? 0 : 1)) {
        cli_say("measure takes one FILE, or --print-scale and none.");
        return CLI_WRONG;
    }
    measure->file = argv[optind];
    return CLI_GO_ON;
}
