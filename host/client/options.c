#include "host/client/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/client/stamp.h"
#include "host/number.h"
#include "host/text.h"

static const char help[] =
    "blathy read [options] ENDPOINT [OBJECT...]: reads a DLMS/COSEM meter, this one or another maker's.\n"
    "\n"
    "  ENDPOINT              tcp:HOST:PORT, unix:PATH or serial:DEVICE (rfc2217 and pty are not needed: a\n"
    "                        stream carries the octets, a pseudo terminal is a serial:DEVICE)\n"
    "  OBJECT                [CLASS/]OBIS[:ATTRIBUTE] reads (attribute 2), OBIS[:ATTRIBUTE]=VALUE writes,\n"
    "                        OBIS!METHOD[=VALUE] calls; OBIS is 1.0.1.8.0.255, 1.0.1.8.0 or 1-0:1.8.0*255.\n"
    "                        Without CLASS/ the meter's object list is read once to find it\n"
    "\n"
    "Who and how:\n"
    "  --client ADDRESS      16 public, 32 reader, 48 administrator, or another (32)\n"
    "  --password TEXT       LLS password, or 0x and hexadecimal digits; needed but for client 16\n"
    "  --password-file FILE  its first line is the password: it does not show in the list of processes\n"
    "  --server L[/P[/SIZE]] logical and physical address, and octets of the address: 1, 2 or 4 (1)\n"
    "  --mode hdlc|e         HDLC at once, or IEC 62056-21 mode E before it (hdlc)\n"
    "  --sign-on             the same as --mode e\n"
    "  --address TEXT        the meter's address in the sign-on (none)\n"
    "  --baud N              speed of a serial line without sign-on (9600)\n"
    "  --information N       octets in a frame that are proposed, 32 to 2030 (1030)\n"
    "  --window N            frames without acknowledgement that are proposed, 1 to 7 (1)\n"
    "  --timeout SECONDS     how long the meter may be silent (5)\n"
    "  --time-limit SECONDS  how long everything may take (3600)\n"
    "\n"
    "What:\n"
    "  --list                the object list, with names and rights\n"
    "  --set OBIS:ATTRIBUTE=VALUE, --call OBIS:METHOD[=VALUE]\n"
    "                        as above; a value has the attribute's type and the form in which it is shown;\n"
    "                        u16:5 or octets:0A0B gives the type (man page)\n"
    "  --set-clock now|TIME  sets the clock and prints its difference before and after\n"
    "  --image FILE          transfers a firmware image and has it verified\n"
    "  --image-id TEXT       its identifier (the file's name)\n"
    "  --resume              goes on with the transfer that broke off, instead of beginning anew\n"
    "  --activate            activates the image in the end\n"
    "\n"
    "Profiles (class 7, attribute 2):\n"
    "  --from TIME, --to TIME  rows by time, ISO 8601, both inclusive; without zone: the meter's time\n"
    "  --entries A-B         rows by number, 1 is the oldest; A- goes to the last one\n"
    "  --columns LIST        numbers from 1, ranges or OBIS codes: 1,3-4 or 1.0.1.8.0.255\n"
    "\n"
    "Output:\n"
    "  --format table|json|csv  (table)\n"
    "  -v, --verbose         tells of the connection on stderr\n"
    "\n"
    "Exit codes: 0; 1, something failed or was refused; 2, usage.\n";

enum option_name {
    OPTION_ITEM = 1, /* getopt_long: an argument that is no option */
    OPTION_HELP = 'h',
    OPTION_VERBOSE = 'v',
    OPTION_CLIENT = 256,
    OPTION_PASSWORD,
    OPTION_PASSWORD_FILE,
    OPTION_SERVER,
    OPTION_MODE,
    OPTION_SIGN_ON,
    OPTION_ADDRESS,
    OPTION_BAUD,
    OPTION_INFORMATION,
    OPTION_WINDOW,
    OPTION_TIMEOUT,
    OPTION_TIME_LIMIT,
    OPTION_LIST,
    OPTION_SET,
    OPTION_CALL,
    OPTION_SET_CLOCK,
    OPTION_IMAGE,
    OPTION_IMAGE_ID,
    OPTION_RESUME,
    OPTION_ACTIVATE,
    OPTION_FROM,
    OPTION_TO,
    OPTION_ENTRIES,
    OPTION_COLUMNS,
    OPTION_FORMAT,
};

static const uint8_t clock_obis[6] = { 0, 0, 1, 0, 0, 255 };
static const uint8_t image_obis[6] = { 0, 0, 44, 0, 0, 255 };

/* Objects ----------------------------------------------------------------------------------------- */

/* A number up to `most`. Returns where it ends, NULL when it is none. */
static const char *read_number(const char *text, unsigned most, unsigned *value)
{
    unsigned number = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && at - text < 6; at++) {
        number = number * 10 + (unsigned)(*at - '0');
    }
    *value = number;
    return at > text && number <= most ? at : NULL;
}

const char *options_read_object(const char *text, struct reference *object)
{
    unsigned value;
    bool dashed = false;
    *object = (struct reference){ .obis[5] = 255 };
    const char *at = read_number(text, UINT16_MAX, &value);
    if (at != NULL && *at == '/') {
        object->ic = (uint16_t)value;
        text = at + 1;
    }
    for (unsigned i = 0; i < 6; i++) {
        if (i > 0) {
            char wanted = '.';
            dashed = dashed || (i == 1 && *text == '-');
            if (dashed) {
                wanted = ".-:..*"[i];
            }
            if (i == 5 && *text != wanted) {
                return text; /* five groups */
            }
            if (*text++ != wanted) {
                return NULL;
            }
        }
        text = read_number(text, UINT8_MAX, &value);
        if (text == NULL) {
            return NULL;
        }
        object->obis[i] = (uint8_t)value;
    }
    return text;
}

static bool add_item(struct options *o, const struct options_item *item)
{
    if (o->count == OPTIONS_ITEMS_MAX) {
        cli_say("read takes %d objects at the most.", OPTIONS_ITEMS_MAX);
        return false;
    }
    o->items[o->count++] = *item;
    return true;
}

/* OBIS[:INDEX][=VALUE] or OBIS!METHOD[=VALUE]. `kind`: what an option says that it is, GET for a plain argument. */
static bool take_item(struct options *o, enum options_kind kind, const char *text)
{
    struct options_item item = { .kind = kind };
    const char *at = options_read_object(text, &item.object);
    unsigned index = 2;
    bool indexed = at != NULL && (*at == ':' || *at == '!');
    if (indexed) {
        item.kind = *at == '!' ? OPTIONS_CALL : kind;
        at = read_number(at + 1, INT8_MAX, &index);
    }
    if (at != NULL && *at == '=') {
        item.value = at + 1;
        at += strlen(at);
        item.kind = item.kind == OPTIONS_GET ? OPTIONS_SET : item.kind;
    }
    item.object.index = (uint8_t)index;
    bool complete = (item.kind != OPTIONS_SET || item.value != NULL) && (item.kind != OPTIONS_CALL || indexed);
    if (at == NULL || *at != '\0' || index == 0 || !complete || (kind == OPTIONS_SET && item.kind != OPTIONS_SET)) {
        cli_say("%s is not [CLASS/]OBIS[:ATTRIBUTE][=VALUE] or OBIS!METHOD[=VALUE]; see blathy read --help.", text);
        return false;
    }
    return add_item(o, &item);
}

static bool take_argument(struct options *o, const char *text)
{
    if (o->endpoint.text != NULL) {
        return take_item(o, OPTIONS_GET, text);
    }
    if (!endpoint_parse(text, &o->endpoint)) {
        cli_say("%s is not an endpoint: tcp:HOST:PORT, unix:PATH or serial:DEVICE (an IPv6 host stands in brackets).",
                text);
        return false;
    }
    switch (o->endpoint.kind) {
    case ENDPOINT_TCP:
    case ENDPOINT_UNIX:
    case ENDPOINT_SERIAL:
        return true;
    case ENDPOINT_RFC2217:
        cli_say("read does not speak RFC 2217. Offer the meter's port as tcp: too, and read that.");
        return false;
    case ENDPOINT_OFF:
    case ENDPOINT_PTY:
        break;
    }
    cli_say("read needs tcp:HOST:PORT, unix:PATH or serial:DEVICE, not %s.", text);
    return false;
}

/* Options ----------------------------------------------------------------------------------------- */

static bool take_whole(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
    if (!number_whole(text, least, most, value)) {
        cli_say("--%s takes a whole number from %llu to %llu, not %s.", option, (unsigned long long)least,
                (unsigned long long)most, text);
        return false;
    }
    return true;
}

static bool take_seconds(const char *option, const char *text, double most, double *value)
{
    const char *end = number_read(text, value);
    if (end == NULL || *end != '\0' || *value < 0.05 || *value > most) {
        cli_say("--%s takes seconds from 0.05 to %g, not %s.", option, most, text);
        return false;
    }
    return true;
}

static bool take_password(struct options *o, const char *text)
{
    const char *digits = text + 2;
    size_t size = strlen(text);
    o->password_given = true;
    if (strncmp(text, "0x", 2) == 0) {
        if (size % 2 != 0 || size == 2 || size / 2 - 1 > sizeof o->password ||
            strspn(digits, "0123456789abcdefABCDEF") != size - 2) {
            cli_say("A password after 0x has two hexadecimal digits for each of its 1 to %d octets.",
                    SESSION_PASSWORD_MAX);
            return false;
        }
        o->password_size = size / 2 - 1;
        for (size_t i = 0; i < o->password_size; i++) {
            char pair[3] = { digits[2 * i], digits[2 * i + 1], '\0' };
            o->password[i] = (uint8_t)strtoul(pair, NULL, 16);
        }
        return true;
    }
    if (size == 0 || size > sizeof o->password) {
        cli_say("A password has 1 to %d octets.", SESSION_PASSWORD_MAX);
        return false;
    }
    memcpy(o->password, text, size);
    o->password_size = size;
    return true;
}

static bool take_password_file(struct options *o, const char *path)
{
    char line[2 * SESSION_PASSWORD_MAX + 4];
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        cli_say("--password-file %s: %s", path, strerror(errno));
        return false;
    }
    bool read = text_read_line(file, line, sizeof line) == TEXT_LINE;
    fclose(file);
    if (!read) {
        cli_say("--password-file %s: its first line is no password.", path);
        return false;
    }
    return take_password(o, line);
}

static bool take_server(struct options *o, const char *text)
{
    unsigned logical = 0;
    unsigned physical = 0;
    unsigned size = 0;
    const char *at = read_number(text, 0x3FFF, &logical);
    if (at != NULL && *at == '/') {
        at = read_number(at + 1, 0x3FFF, &physical);
    }
    if (at != NULL && *at == '/') {
        at = read_number(at + 1, 4, &size);
    } else if (at != NULL) {
        size = logical > 0x7F || physical > 0x7F ? 4 : 2;
        size = strchr(text, '/') == NULL && size == 2 ? 1 : size;
    }
    if (at == NULL || *at != '\0' || !frame_address(&o->server, logical, physical, size)) {
        cli_say("--server takes LOGICAL[/PHYSICAL[/SIZE]], 1 octet: logical alone, 2: each up to 127, 4: each up to "
                "16383; not %s.",
                text);
        return false;
    }
    return true;
}

static bool take_time(struct options *o, const char *option, const char *text, struct calendar_time *t)
{
    if (!stamp_parse(text, t)) {
        cli_say("--%s takes a time as 2024-02-29T23:59:50, with +01:00 or Z behind it or not; not %s.", option, text);
        return false;
    }
    if (o->selection == OPTIONS_ENTRIES) {
        cli_say("Rows are selected by --from and --to or by --entries, not by both.");
        return false;
    }
    o->selection = OPTIONS_RANGE;
    return true;
}

/* A number from `least` on. Returns where it ends, NULL when it is none. */
static const char *read_entry(const char *text, uint32_t least, uint32_t *entry)
{
    char *end;
    errno = 0;
    unsigned long value = text[0] >= '0' && text[0] <= '9' ? strtoul(text, &end, 10) : ULONG_MAX;
    if (errno != 0 || value < least || value > UINT32_MAX) {
        return NULL;
    }
    *entry = (uint32_t)value;
    return end;
}

static bool take_entries(struct options *o, const char *text)
{
    const char *at = read_entry(text, 1, &o->first);
    o->last = o->first;
    if (at != NULL && *at == '-') {
        at++;
        o->last = 0;
        at = *at == '\0' ? at : read_entry(at, 0, &o->last);
    }
    if (at == NULL || *at != '\0' || (o->last != 0 && o->last < o->first)) {
        cli_say("--entries takes A-B, A- or A, from 1, not %s.", text);
        return false;
    }
    if (o->selection == OPTIONS_RANGE) {
        cli_say("Rows are selected by --from and --to or by --entries, not by both.");
        return false;
    }
    o->selection = OPTIONS_ENTRIES;
    return true;
}

static bool take_client_option(struct options *o, int option, const char *text)
{
    static const char *const modes[] = { "hdlc", "e" };
    uint64_t value = 0;
    double seconds = 0.0;
    bool good = true;
    int word;
    switch (option) {
    case OPTION_CLIENT:
        good = take_whole("client", text, 1, 127, &value);
        o->client = (uint8_t)value;
        return good;
    case OPTION_MODE:
        word = cli_choose("mode", text, modes, 2);
        o->sign_on = word == 1;
        return word >= 0;
    case OPTION_BAUD:
        good = take_whole("baud", text, 300, 19200, &value);
        o->baud = (uint32_t)value;
        return good;
    case OPTION_INFORMATION:
        good = take_whole("information", text, LINK_INFORMATION_LEAST, LINK_INFORMATION_MAX, &value);
        o->information = (uint16_t)value;
        return good;
    case OPTION_WINDOW:
        good = take_whole("window", text, 1, LINK_WINDOW_MAX, &value);
        o->window = (uint8_t)value;
        return good;
    case OPTION_TIMEOUT:
        good = take_seconds("timeout", text, 600.0, &seconds);
        o->timeout_ms = (uint32_t)(seconds * 1000.0);
        return good;
    default: /* OPTION_TIME_LIMIT */
        good = take_seconds("time-limit", text, 1e6, &seconds);
        o->time_limit_s = (uint32_t)ceil(seconds);
        return good;
    }
}

static bool take_text_option(struct options *o, int option, const char *text)
{
    static const char *const formats[] = { "table", "json", "csv" };
    int word;
    switch (option) {
    case OPTION_PASSWORD:
        return take_password(o, text);
    case OPTION_PASSWORD_FILE:
        return take_password_file(o, text);
    case OPTION_SERVER:
        return take_server(o, text);
    case OPTION_ADDRESS:
        o->address = text;
        o->sign_on = true;
        if (strlen(text) > 32 || strpbrk(text, "/!\r\n") != NULL) {
            cli_say("--address takes up to 32 characters without / and !.");
            return false;
        }
        return true;
    case OPTION_FROM:
        return take_time(o, "from", text, &o->from);
    case OPTION_TO:
        return take_time(o, "to", text, &o->to);
    case OPTION_ENTRIES:
        return take_entries(o, text);
    case OPTION_COLUMNS:
        o->columns = text;
        return true;
    case OPTION_IMAGE_ID:
        o->image_identifier = text;
        return true;
    case OPTION_FORMAT:
        word = cli_choose("format", text, formats, 3);
        o->format = (enum report_format)word;
        return word >= 0;
    default:
        return take_client_option(o, option, text);
    }
}

static bool take_set_clock(struct options *o, const char *text)
{
    struct options_item item = { .kind = OPTIONS_SET_CLOCK, .object = { .ic = 8, .index = 2 }, .value = text };
    struct calendar_time unused;
    memcpy(item.object.obis, clock_obis, 6);
    if (strcmp(text, "now") != 0 && !stamp_parse(text, &unused)) {
        cli_say("--set-clock takes now or a time as 2024-02-29T23:59:50, not %s.", text);
        return false;
    }
    return add_item(o, &item);
}

static bool take_option(struct options *o, int option, const char *text)
{
    struct options_item item = { .kind = OPTIONS_LIST };
    switch (option) {
    case OPTION_ITEM:
        return take_argument(o, text);
    case OPTION_LIST:
        return add_item(o, &item);
    case OPTION_SET:
        return take_item(o, OPTIONS_SET, text);
    case OPTION_CALL:
        return take_item(o, OPTIONS_CALL, text);
    case OPTION_SET_CLOCK:
        return take_set_clock(o, text);
    case OPTION_IMAGE:
        item = (struct options_item){ .kind = OPTIONS_IMAGE, .object = { .ic = 18, .index = 1 }, .value = text };
        memcpy(item.object.obis, image_obis, 6);
        return add_item(o, &item);
    case OPTION_SIGN_ON:
        o->sign_on = true;
        return true;
    case OPTION_RESUME:
        o->resume = true;
        return true;
    case OPTION_ACTIVATE:
        o->activate = true;
        return true;
    case OPTION_VERBOSE:
        o->verbose = true;
        return true;
    default:
        return take_text_option(o, option, text);
    }
}

static bool has_image(const struct options *o)
{
    for (size_t i = 0; i < o->count; i++) {
        if (o->items[i].kind == OPTIONS_IMAGE) {
            return true;
        }
    }
    return false;
}

/* What only all options together tell. */
static enum cli_outcome check(const struct options *o)
{
    if (o->endpoint.text == NULL) {
        cli_say("read needs an ENDPOINT, as tcp:127.0.0.1:4062; see blathy read --help.");
    } else if (o->count == 0) {
        cli_say("read needs an OBJECT, as 1.0.1.8.0.255, or --list; see blathy read --help.");
    } else if (o->client != 16 && !o->password_given) {
        cli_say("Client %u needs --password or --password-file; --client 16 needs none.", o->client);
    } else if ((o->resume || o->activate || o->image_identifier != NULL) && !has_image(o)) {
        cli_say("--resume, --activate and --image-id belong to --image FILE.");
    } else {
        return CLI_GO_ON;
    }
    return CLI_WRONG;
}

static const struct option long_options[] = {
    { "help", no_argument, NULL, OPTION_HELP },
    { "verbose", no_argument, NULL, OPTION_VERBOSE },
    { "client", required_argument, NULL, OPTION_CLIENT },
    { "password", required_argument, NULL, OPTION_PASSWORD },
    { "password-file", required_argument, NULL, OPTION_PASSWORD_FILE },
    { "server", required_argument, NULL, OPTION_SERVER },
    { "mode", required_argument, NULL, OPTION_MODE },
    { "sign-on", no_argument, NULL, OPTION_SIGN_ON },
    { "address", required_argument, NULL, OPTION_ADDRESS },
    { "baud", required_argument, NULL, OPTION_BAUD },
    { "information", required_argument, NULL, OPTION_INFORMATION },
    { "window", required_argument, NULL, OPTION_WINDOW },
    { "timeout", required_argument, NULL, OPTION_TIMEOUT },
    { "time-limit", required_argument, NULL, OPTION_TIME_LIMIT },
    { "list", no_argument, NULL, OPTION_LIST },
    { "set", required_argument, NULL, OPTION_SET },
    { "call", required_argument, NULL, OPTION_CALL },
    { "set-clock", required_argument, NULL, OPTION_SET_CLOCK },
    { "image", required_argument, NULL, OPTION_IMAGE },
    { "image-id", required_argument, NULL, OPTION_IMAGE_ID },
    { "resume", no_argument, NULL, OPTION_RESUME },
    { "activate", no_argument, NULL, OPTION_ACTIVATE },
    { "from", required_argument, NULL, OPTION_FROM },
    { "to", required_argument, NULL, OPTION_TO },
    { "entries", required_argument, NULL, OPTION_ENTRIES },
    { "columns", required_argument, NULL, OPTION_COLUMNS },
    { "format", required_argument, NULL, OPTION_FORMAT },
    { 0 },
};

enum cli_outcome options_parse(int argc, char **argv, struct options *o)
{
    *o = (struct options){ .client = 32,
                           .address = "",
                           .baud = 9600,
                           .information = 1030,
                           .window = 1,
                           .timeout_ms = 5000,
                           .time_limit_s = 3600,
                           .from = calendar_civil(0),
                           .to = calendar_civil(INT64_C(36525) * CALENDAR_DAY_S - 1) };
    frame_address(&o->server, 1, 0, 1);
    cli_begin_options();
    int option;
    while ((option = cli_next_option(argc, argv, "-:hv", long_options)) != -1) {
        if (option == OPTION_HELP) {
            fputs(help, stdout);
            return CLI_ANSWERED;
        }
        if (option == '?' || !take_option(o, option, optarg)) {
            return CLI_WRONG;
        }
    }
    for (; optind < argc; optind++) { /* behind "--" */
        if (!take_argument(o, argv[optind])) {
            return CLI_WRONG;
        }
    }
    return check(o);
}
