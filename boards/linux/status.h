/* What `blathy ctl status` tells about a running meter. */
#ifndef BOARDS_LINUX_STATUS_H
#define BOARDS_LINUX_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#include "boards/linux/simulation.h"

/* As lines for people, or as one JSON object. What only a living meter knows is null while it is dead. False: it does
 * not fit. */
bool status_write(const struct simulation *s, bool json, char *text, size_t size);

#endif
