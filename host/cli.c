#include "host/cli.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/local_time.h"
#include "host/number.h"
#include "meter/clock.h"

static const char help[] = "Blathy, an open single-phase electricity meter.\n"
                           "\n"
                           "  blathy run [options]            the virtual meter\n"
                           "  blathy ctl [options] COMMAND    controls the meter that runs\n"
                           "  blathy measure [options] FILE   measures a recorded waveform, prints JSON\n"
                           "  blathy image keygen|sign|info   makes and inspects firmware images\n"
                           "  blathy read [options] ENDPOINT OBJECT...\n"
                           "                                  reads a DLMS meter, this one or another maker's\n"
                           "  blathy objects [options]        prints the meter's objects, their types and rights\n"
                           "  blathy --help, --version\n"
                           "\n"
                           "blathy COMMAND --help tells the options. Exit codes: 0, 1 (failure), 2 (usage).\n";

static const char run_help[] =
    "blathy run [options]: the virtual meter. It runs until SIGTERM or SIGINT.\n"
    "\n"
    "  --state DIR           the meter's memory, made if it is missing; a meter started again on it goes\n"
    "                        on where it was (./blathy-state). DIR/image-key.pem, the public key of blathy\n"
    "                        image keygen, says whose firmware images it takes; without it, none\n"
    "  --optical ENDPOINT    where the optical port is offered (tcp:127.0.0.1:4061); may be given\n"
    "                        several times: tcp:HOST:PORT (port 0: any); rfc2217:HOST:PORT, on which\n"
    "                        the meter sees the client's baud rate, parity and break; unix:PATH;\n"
    "                        pty[:LINK]; serial:DEVICE, a line of this machine; or off\n"
    "  --bluetooth ENDPOINT  likewise, the Bluetooth port (tcp:127.0.0.1:4062)\n"
    "  --pace                the ports run at their baud rate; else as fast as they can, but for serial\n"
    "  --load SPEC           constant:VOLTS,AMPERES,PF (PF negative: capacitive; amperes negative:\n"
    "                        export), household[:SEED] or csv:FILE (household)\n"
    "  --start TIME          local time of the clock, ISO 8601. Memory that is new: the time it is made\n"
    "                        (the load file's first row, else the host's time). Memory that there is:\n"
    "                        what the clock, on its battery, reads now, that is, how long the power was\n"
    "                        away (as long as on the host); an earlier one is ignored, which is said\n"
    "  --speed N             metering time runs N times faster, or max (1)\n"
    "  --waveform WHEN       sample by sample through the metrology core: always, never, or auto,\n"
    "                        which is up to --speed 60 (auto)\n"
    "  --seed N              makes every random choice repeatable (1)\n"
    "  --serial NUMBER       the meter's serial number, 8 to 16 digits or letters; that of\n"
    "                        a memory that there is cannot be changed (10000001)\n"
    "  --lcd                 draws display and pulse outputs on the terminal; the space bar is the button,\n"
    "                        L a long press, B one of 5 s, Q ends the meter\n"
    "  -v, --verbose         tells of connections, and when the power goes and comes\n"
    "\n"
    "Not available yet, said so when asked for: --http, --scenario, --pcap.\n";

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

static const char image_help[] =
    "blathy image COMMAND: firmware images and the keys that sign them.\n"
    "\n"
    "  blathy image keygen PREFIX\n"
    "      makes PREFIX.key, which signs and stays secret, and PREFIX.pub, which a meter is given (PEM)\n"
    "  blathy image sign --key FILE --version X.Y.Z --hardware TEXT --minimum X.Y.Z [--identifier TEXT]\n"
    "                    [--kind table|firmware] PAYLOAD OUT\n"
    "      makes the image OUT. It is for meters of this hardware whose version is from --minimum to\n"
    "      --version. table: what a virtual meter shows, lines of \"welcome TEXT\" and\n"
    "      \"page A.B.C.D.E.F\"; firmware: the program of a microcontroller (table). The identifier is\n"
    "      MTR-X.Y.Z unless given.\n"
    "  blathy image info [--key FILE] [--json] IMAGE\n"
    "      tells what the image is, and with the public key whether its signature is right; exit code 1 if\n"
    "      anything is wrong with it\n";

static const char objects_help[] =
    "blathy objects [options]: prints every object of the meter with the types and units of its attributes\n"
    "and the rights of each client, as a table.\n"
    "\n"
    "  --json                an array of objects\n"
    "  --markdown            the document docs/OBJECTS.md\n";

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

static const char usual_state[] = "./blathy-state";

/* getopt_long keeps its place in global variables; 0 makes it begin anew (GNU). */
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
    OPTION_LCD,
    OPTION_FORMAT,
    OPTION_RATE,
    OPTION_FRONTEND,
    OPTION_CALIBRATION,
    OPTION_PRINT_SCALE,
    OPTION_KEY,
    OPTION_VERSION,
    OPTION_MINIMUM,
    OPTION_HARDWARE,
    OPTION_IDENTIFIER,
    OPTION_KIND,
    OPTION_JSON,
    OPTION_MARKDOWN,
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

bool cli_take_speed(const char *text, uint32_t *speed)
{
    uint64_t number = CLI_SPEED_MAX;
    bool taken = strcmp(text, "max") == 0 || number_whole(text, 1, 1000000, &number);
    *speed = (uint32_t)number;
    return taken;
}

static bool take_speed(struct cli_run *run, const char *text)
{
    bool taken = cli_take_speed(text, &run->speed);
    if (!taken) {
        cli_say("--speed takes a whole number from 1 to 1000000, or max, not %s.", text);
    }
    return taken;
}

static bool take_state(const char **state, const char *text)
{
    if (*text == '\0') {
        cli_say("--state takes the name of a directory.");
        return false;
    }
    *state = text;
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

static bool take_start(struct cli_run *run, const char *text)
{
    run->start_given = local_time_parse(text, &run->start_local_s) && run->start_local_s >= LOCAL_TIME_DEVIATION_S &&
                       run->start_local_s - LOCAL_TIME_DEVIATION_S < CLOCK_END_S;
    if (!run->start_given) {
        cli_say("--start takes a local time as 2024-02-29T23:59:50, in UTC from 2000 to 2099, not %s.", text);
    }
    return run->start_given;
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
        return take_start(run, text);
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
    case OPTION_STATE:
        return take_state(&run->state, text);
    case OPTION_PACE:
        run->pace = true;
        return true;
    case OPTION_LCD:
        run->lcd = true;
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
        { "lcd", no_argument, NULL, OPTION_LCD },
        { 0 },
    };
    *run = (struct cli_run){ .load = "household", .speed = 1, .seed = 1, .state = usual_state };
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

enum cli_outcome cli_parse_ctl(int argc, char **argv, struct cli_ctl *ctl)
{
    static const struct option options[] = {
        { "help", no_argument, NULL, OPTION_HELP },
        { "state", required_argument, NULL, OPTION_STATE },
        { 0 },
    };
    *ctl = (struct cli_ctl){ .state = usual_state };
    cli_begin_options();
    int option;
    while ((option = cli_next_option(argc, argv, "+:h", options)) != -1) { /* +: what follows the command is its own */
        if (option == OPTION_HELP) {
            ctl->help = true;
        } else if (option == '?' || !take_state(&ctl->state, optarg)) {
            return CLI_WRONG;
        }
    }
    ctl->words = argv + optind;
    ctl->count = argc - optind;
    return CLI_GO_ON;
}

enum cli_outcome cli_parse_objects(int argc, char **argv, enum cli_objects_form *form)
{
    static const struct option options[] = {
        { "help", no_argument, NULL, OPTION_HELP },
        { "json", no_argument, NULL, OPTION_JSON },
        { "markdown", no_argument, NULL, OPTION_MARKDOWN },
        { 0 },
    };
    *form = CLI_OBJECTS_TEXT;
    cli_begin_options();
    int option;
    while ((option = cli_next_option(argc, argv, ":h", options)) != -1) {
        if (option == OPTION_HELP) {
            fputs(objects_help, stdout);
            return CLI_ANSWERED;
        }
        if (option == '?') {
            return CLI_WRONG;
        }
        *form = option == OPTION_JSON ? CLI_OBJECTS_JSON : CLI_OBJECTS_MARKDOWN;
    }
    if (optind < argc) {
        cli_say("objects takes options only, not %s.", argv[optind]);
        return CLI_WRONG;
    }
    return CLI_GO_ON;
}

/* X.Y.Z, three whole numbers up to 65535. */
static bool take_version(const char *option, const char *text, struct image_version *version)
{
    char copy[sizeof "65535.65535.65535"];
    char *rest = copy;
    uint64_t numbers[3] = { 0 };
    bool good = strlen(text) < sizeof copy;
    snprintf(copy, sizeof copy, "%s", text);
    for (unsigned i = 0; i < 3 && good; i++) {
        char *number = i < 2 ? strsep(&rest, ".") : rest;
        good = number != NULL && number_whole(number, 0, UINT16_MAX, &numbers[i]);
    }
    if (!good) {
        cli_say("--%s takes three whole numbers up to 65535 as 1.2.3, not %s.", option, text);
    }
    *version = (struct image_version){ (uint16_t)numbers[0], (uint16_t)numbers[1], (uint16_t)numbers[2] };
    return good;
}

static bool take_image_text(const char *option, const char *text, size_t max, const char **taken)
{
    size_t size = strlen(text);
    bool good = size > 0 && size <= max;
    for (size_t i = 0; i < size; i++) {
        good = good && text[i] >= 0x20 && text[i] <= 0x7E;
    }
    if (!good) {
        cli_say("--%s takes 1 to %zu printable ASCII characters, not \"%s\".", option, max, text);
    }
    *taken = text;
    return good;
}

static bool take_image_option(struct cli_image *image, int option, const char *text)
{
    static const char *const kinds[] = { "table", "firmware" };
    int word;
    switch (option) {
    case OPTION_KEY:
        image->key = text;
        return true;
    case OPTION_VERSION:
        return take_version("version", text, &image->version);
    case OPTION_MINIMUM:
        return take_version("minimum", text, &image->minimum);
    case OPTION_HARDWARE:
        return take_image_text("hardware", text, IMAGE_HARDWARE_MAX, &image->hardware);
    case OPTION_IDENTIFIER:
        return take_image_text("identifier", text, IMAGE_IDENTIFIER_MAX, &image->identifier);
    case OPTION_KIND:
        word = cli_choose("kind", text, kinds, 2);
        image->kind = word == 1 ? IMAGE_FIRMWARE : IMAGE_TABLE;
        return word >= 0;
    default: /* OPTION_JSON */
        image->json = true;
        return true;
    }
}

/* The options of one of the commands. `given` has a bit for each option that was there, by its place in the table. */
static enum cli_outcome take_image_options(int argc, char **argv, const struct option *options, struct cli_image *image,
                                           unsigned *given)
{
    int option;
    cli_begin_options();
    *given = 0;
    while ((option = cli_next_option(argc, argv, ":h", options)) != -1) {
        if (option == OPTION_HELP) {
            fputs(image_help, stdout);
            return CLI_ANSWERED;
        }
        if (option == '?' || !take_image_option(image, option, optarg)) {
            return CLI_WRONG;
        }
        for (unsigned i = 0; options[i].name != NULL; i++) {
            *given |= options[i].val == option ? 1u << i : 0;
        }
    }
    return CLI_GO_ON;
}

enum cli_outcome cli_parse_image(int argc, char **argv, struct cli_image *image)
{
    enum { OPTIONS_MAX = 9, REQUIRED = 4 };
    static const struct {
        const char *name;
        const char *wants;
        int operands;
        struct option options[OPTIONS_MAX]; /* sign: those that it must have come first */
    } commands[] = {
        [CLI_IMAGE_KEYGEN] = { "keygen", "one PREFIX", 1, { { "help", no_argument, NULL, OPTION_HELP } } },
        [CLI_IMAGE_SIGN] = { "sign",
                             "PAYLOAD and OUT",
                             2,
                             { { "key", required_argument, NULL, OPTION_KEY },
                               { "version", required_argument, NULL, OPTION_VERSION },
                               { "hardware", required_argument, NULL, OPTION_HARDWARE },
                               { "minimum", required_argument, NULL, OPTION_MINIMUM },
                               { "identifier", required_argument, NULL, OPTION_IDENTIFIER },
                               { "kind", required_argument, NULL, OPTION_KIND },
                               { "help", no_argument, NULL, OPTION_HELP } } },
        [CLI_IMAGE_INFO] = { "info",
                             "one IMAGE",
                             1,
                             { { "key", required_argument, NULL, OPTION_KEY },
                               { "json", no_argument, NULL, OPTION_JSON },
                               { "help", no_argument, NULL, OPTION_HELP } } },
    };
    const char *name = argc > 1 ? argv[1] : "";
    unsigned command = 0;
    unsigned given;
    *image = (struct cli_image){ .kind = IMAGE_TABLE };
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        fputs(image_help, stdout);
        return CLI_ANSWERED;
    }
    while (command < sizeof commands / sizeof commands[0] && strcmp(name, commands[command].name) != 0) {
        command++;
    }
    if (command == sizeof commands / sizeof commands[0]) {
        cli_say("image wants keygen, sign or info%s%s; see blathy image --help.", argc > 1 ? ", not " : "", name);
        return CLI_WRONG;
    }
    image->command = (enum cli_image_command)command;
    enum cli_outcome outcome = take_image_options(argc - 1, argv + 1, commands[command].options, image, &given);
    if (outcome != CLI_GO_ON) {
        return outcome;
    }
    for (unsigned i = 0; command == CLI_IMAGE_SIGN && i < REQUIRED; i++) {
        if ((given & 1u << i) == 0) {
            cli_say("sign needs --%s; see blathy image --help.", commands[command].options[i].name);
            return CLI_WRONG;
        }
    }
    if (argc - 1 - optind != commands[command].operands) {
        cli_say("%s takes %s; see blathy image --help.", name, commands[command].wants);
        return CLI_WRONG;
    }
    image->input = argv[1 + optind];
    image->output = commands[command].operands > 1 ? argv[2 + optind] : NULL;
    return CLI_GO_ON;
}
