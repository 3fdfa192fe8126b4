/* Snapshots of a virtual meter's memory: files DIR/snapshots/NAME beside it, whole or not there (SPEC.md).
 *
 * They are taken from the mapping: the memory's file is locked, and opening it again would drop the lock.
 */
#ifndef BOARDS_LINUX_SNAPSHOT_H
#define BOARDS_LINUX_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "boards/linux/state.h"

enum { SNAPSHOT_NAME_MAX = 32, SNAPSHOT_MESSAGE_MAX = 256 };

/* 1 to 32 letters, digits, hyphens and underscores. */
bool snapshot_may_be_named(const char *name);

/* Writes the memory as it is now under a good name; one of that name is replaced. False, with a message: there is none,
 * or the one before. */
bool snapshot_write(const struct state *s, const char *name, char message[SNAPSHOT_MESSAGE_MAX]);

/* A memory (STATE_SIZE octets) that was written whole, of this version and this meter; free() gives it back. NULL, with
 * a message: there is none. */
uint8_t *snapshot_read(const struct state *s, const char *name, char message[SNAPSHOT_MESSAGE_MAX]);

#endif
