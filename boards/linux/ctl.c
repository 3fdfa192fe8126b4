#include "boards/linux/ctl.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boards/linux/control.h"

enum { ANSWER_MS = 10000 }; /* a meter that is busy answers within milliseconds */

/* Continuation lines of a help text stand under the first one. */
static void print_command(const struct command *command)
{
    char usage[40];
    snprintf(usage, sizeof usage, "%s %s", command->name, command->arguments);
    printf("  %-28s", usage);
    for (const char *at = command->help; *at != '\0'; at++) {
        putchar(*at);
        if (*at == '\n') {
            printf("  %-28s", "");
        }
    }
    putchar('\n');
}

static void print_help(void)
{
    puts("blathy ctl [--state DIR] COMMAND: controls the meter that runs on this state (./blathy-state).\n");
    for (const struct command *command = commands; command->name != NULL; command++) {
        print_command(command);
    }
    puts("\nExit codes: 0, 1 (the meter does not run, or cannot do this now), 2 (usage).");
}

/* The words, a blank between them. The meter may run in another directory, so a load file's name is made whole. */
static bool join(const struct cli_ctl *options, char line[COMMAND_LINE_MAX])
{
    size_t used = 0;
    for (int i = 0; i < options->count; i++) {
        const char *word = options->words[i];
        char *directory = NULL;
        const char *file = strncmp(word, "csv:", 4) == 0 && word[4] != '/' ? word + 4 : NULL;
        if (i == 1 && file != NULL && strcmp(options->words[0], "load") == 0) {
            directory = getcwd(NULL, 0);
        }
        int size = directory != NULL ? snprintf(line + used, COMMAND_LINE_MAX - used, " csv:%s/%s", directory, file)
                                     : snprintf(line + used, COMMAND_LINE_MAX - used, i > 0 ? " %s" : "%s", word);
        free(directory);
        used += (size_t)size;
        if (used + 1 >= COMMAND_LINE_MAX) {
            return false;
        }
    }
    return strpbrk(line, "\n") == NULL;
}

/* All that comes until the meter closes. Returns the size, 0 if nothing came. */
static size_t receive(int fd, char *octets, size_t max)
{
    size_t used = 0;
    struct pollfd watched = { .fd = fd, .events = POLLIN };
    while (used < max && poll(&watched, 1, ANSWER_MS) > 0) {
        ssize_t size = recv(fd, octets + used, max - used, 0);
        if (size <= 0) {
            break;
        }
        used += (size_t)size;
    }
    return used;
}

static enum cli_exit ask(int fd, char line[COMMAND_LINE_MAX])
{
    char answer[COMMAND_ANSWER_MAX + 8];
    size_t size = strlen(line);
    line[size++] = '\n';
    size = send(fd, line, size, MSG_NOSIGNAL) == (ssize_t)size ? receive(fd, answer, sizeof answer - 1) : 0;
    if (size < 3 || answer[0] < '0' || answer[0] > '2' || answer[1] != ' ') {
        cli_say("The meter gave no answer.");
        return CLI_FAILURE;
    }
    answer[size] = '\0';
    enum cli_exit code = (enum cli_exit)(answer[0] - '0');
    if (code == CLI_SUCCESS) {
        fputs(answer + 2, stdout);
    } else {
        answer[size - 1] = '\0';
        cli_say("%s", answer + 2);
    }
    return code;
}

enum cli_exit ctl(const struct cli_ctl *options)
{
    char line[COMMAND_LINE_MAX] = "";
    const char *arguments;
    if (options->help) {
        print_help();
        return CLI_SUCCESS;
    }
    if (options->count == 0 || !join(options, line)) {
        cli_say(options->count == 0 ? "ctl needs a command; see blathy ctl --help."
                                    : "A command is one line, and not as long as this.");
        return CLI_USAGE;
    }
    if (command_find(line, &arguments) == NULL) {
        cli_say("There is no command %s; see blathy ctl --help.", options->words[0]);
        return CLI_USAGE;
    }
    int fd = control_connect(options->state);
    if (fd < 0) {
        bool none = errno == ENOENT || errno == ECONNREFUSED;
        cli_say("No meter runs on %s: %s", options->state, none ? "start one with blathy run." : strerror(errno));
        return CLI_FAILURE;
    }
    enum cli_exit code = ask(fd, line);
    close(fd);
    return code;
}
