/* The commands of `blathy ctl`, one row each: what the client may say and what the running meter does. */
#ifndef BOARDS_LINUX_COMMANDS_H
#define BOARDS_LINUX_COMMANDS_H

#include <stddef.h>

#include "boards/linux/simulation.h"
#include "host/cli.h"

enum { COMMAND_LINE_MAX = 1024, COMMAND_ANSWER_MAX = 4096 };

struct command {
    const char *name;
    const char *arguments; /* how they are written, "" if there are none */
    const char *help;      /* a clause, without a stop */

    /* Takes what follows the name and writes a sentence, or data. CLI_USAGE for arguments that are none, CLI_FAILURE
     * for what cannot be now: nothing was changed then. */
    enum cli_exit (*run)(struct simulation *s, const char *arguments, char answer[COMMAND_ANSWER_MAX]);
};

/* Ends with a row without a name. */
extern const struct command commands[];

/* The command that the line begins with, and what follows it; NULL if it is none. */
const struct command *command_find(const char *line, const char **arguments);

/* Obeys a line of `size` octets, which is followed by a zero. Garbage is answered, too. */
enum cli_exit command_run(struct simulation *s, const char *line, size_t size, char answer[COMMAND_ANSWER_MAX]);

#endif
