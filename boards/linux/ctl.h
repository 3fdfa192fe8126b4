/* blathy ctl: says a command to a running meter and prints its answer. */
#ifndef BOARDS_LINUX_CTL_H
#define BOARDS_LINUX_CTL_H

#include "host/cli.h"

enum cli_exit ctl(const struct cli_ctl *options);

#endif
