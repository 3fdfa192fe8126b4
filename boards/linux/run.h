/* blathy run: one virtual meter on an event loop. */
#ifndef BOARDS_LINUX_RUN_H
#define BOARDS_LINUX_RUN_H

#include "host/cli.h"

/* Runs until SIGTERM or SIGINT. */
enum cli_exit run(const struct cli_run *options);

#endif
