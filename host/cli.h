/* The command line of the program: options to values, mistakes to sentences on stderr. */
#ifndef HOST_CLI_H
#define HOST_CLI_H

#include <stdbool.h>
#include <stdint.h>

#include "board/board.h"
#include "host/endpoint.h"
#include "meter/image_header.h"

enum { CLI_ENDPOINTS_MAX = 4 }; /* for one port; people use one or two */

/* Exit codes of the program. */
enum cli_exit { CLI_SUCCESS = 0, CLI_FAILURE = 1, CLI_USAGE = 2 };

enum cli_outcome { CLI_GO_ON, CLI_ANSWERED, CLI_WRONG }; /* run the command; --help was printed; a usage error was */

enum cli_waveform { CLI_WAVEFORM_AUTO, CLI_WAVEFORM_ALWAYS, CLI_WAVEFORM_NEVER };

/* The --speed at which there is no pacing. */
#define CLI_SPEED_MAX UINT32_MAX

struct cli_port {
    struct endpoint endpoints[CLI_ENDPOINTS_MAX];
    unsigned count;
};

struct cli_run {
    struct cli_port ports[BOARD_PORT_COUNT];
    const char *load;
    bool start_given;
    int64_t start_local_s; /* see local_time.h */
    uint32_t speed;        /* 1.., or CLI_SPEED_MAX */
    uint64_t seed;
    enum cli_waveform waveform;
    const char *serial_number; /* NULL: as the state has it, or the usual one */
    const char *state;         /* directory */
    bool pace;                 /* the ports run at their baud rate */
    bool verbose;
    bool lcd; /* draw the display on the terminal */
};

struct cli_measure {
    const char *file; /* NULL with print_scale */
    uint32_t rate_hz;
    bool codes;                   /* s24le rather than csv */
    const char *calibration_file; /* NULL: the nominal front end */
    bool frontend_given;          /* otherwise it is as the calibration says */
    bool sinc3;                   /* the samples carry the droop of a decimator */
    bool print_scale;
};

struct cli_ctl {
    const char *state; /* directory */
    char **words;      /* the command */
    int count;
    bool help; /* was asked for */
};

enum cli_image_command { CLI_IMAGE_KEYGEN, CLI_IMAGE_SIGN, CLI_IMAGE_INFO };

struct cli_image {
    enum cli_image_command command;
    const char *key; /* NULL: none given */
    struct image_version version;
    struct image_version minimum;
    const char *hardware;
    const char *identifier; /* NULL: of the version */
    enum image_kind kind;
    bool json;
    const char *input;  /* PREFIX, PAYLOAD or IMAGE */
    const char *output; /* sign */
};

enum cli_objects_form { CLI_OBJECTS_TEXT, CLI_OBJECTS_JSON, CLI_OBJECTS_MARKDOWN };

/* The arguments begin with the name of the command. */
enum cli_outcome cli_parse_run(int argc, char **argv, struct cli_run *run);
enum cli_outcome cli_parse_measure(int argc, char **argv, struct cli_measure *measure);
enum cli_outcome cli_parse_ctl(int argc, char **argv, struct cli_ctl *ctl);
enum cli_outcome cli_parse_objects(int argc, char **argv, enum cli_objects_form *form);

/* A speed, 1.. or CLI_SPEED_MAX. */
bool cli_take_speed(const char *text, uint32_t *speed);
enum cli_outcome cli_parse_image(int argc, char **argv, struct cli_image *image);

/* What the commands share. getopt_long keeps its place in global variables: begin anew for each command line. */
struct option;
void cli_begin_options(void);

/* The next option, -1 after the last one, '?' for one that cannot be taken, which is said. */
int cli_next_option(int argc, char **argv, const char *letters, const struct option *options);

/* Which of `words` the text is; says what the option wants if none, and returns -1. */
int cli_choose(const char *option, const char *text, const char *const *words, unsigned count);

/* The commands there are, for `blathy --help`. */
void cli_print_help(void);

/* A sentence on stderr, after the program's name. */
void cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
