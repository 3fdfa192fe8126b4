/* The state directory of a virtual meter: its memory and its clock, kept in one file that only one process has open.
 *
 * DIR/memory holds the factory data, the clock, the erase counts and the flash; SPEC.md describes every octet. It is
 * made whole under another name and then given its own, so there is no half of it. The process holds a lock on it
 * (fcntl, which knows the holder): opening and closing the file once more in the same process would drop the lock. It
 * is written through a shared mapping: what is written outlives this process however it ends, but not the host's power.
 */
#ifndef BOARDS_LINUX_STATE_H
#define BOARDS_LINUX_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "boards/linux/machine.h"
#include "config.h"

enum { STATE_FLAW_MAX = 128 };
#define STATE_SIZE ((size_t)3 * 4096 + PART_SIZE)

struct state {
    char serial_number[IDENTITY_TEXT_MAX + 1]; /* as the memory was made with */
    bool made;                                 /* it was made by state_open */
    uint64_t sequence;                         /* how often the times were kept */
    int directory;                             /* descriptors */
    int file;
    uint8_t *map;
};

/* Opens the directory, which is made if it is missing, and its memory, which is made with this serial number (NULL: the
 * usual one) if there is none. False, having said why, when it cannot be used: then nothing has been changed in it. */
bool state_open(struct state *s, const char *path, const char *serial_number);
void state_close(struct state *s);

/* A start has failed: a memory that state_open has made is removed, so that the next start finds it new again. */
void state_take_back(struct state *s);

/* NULL, or what is wrong with a memory of STATE_SIZE octets, as the end of a sentence. */
const char *state_flaw(const uint8_t *map, char why[STATE_FLAW_MAX]);

/* Of a memory without a flaw. */
const char *state_serial_number(const uint8_t *map);
const uint8_t *state_flash_in(const uint8_t *map); /* as part_replace takes it */

/* The flash in it. */
void state_flash(const struct state *s, struct part *flash);

/* Puts the erase counts and the flash of another memory, for which part_reserve has made room, in the place of what
 * stands in this one. The times stay. Not to be interrupted: a cut in the middle leaves a mixture. */
void state_replace(struct state *s, const uint8_t *map, struct part *flash);

/* The times as they were last kept in a memory without a flaw, and the host's time then (microseconds of the Unix
 * time). False: none were kept. */
bool state_times(const uint8_t *map, struct machine_times *times, int64_t *host_us);

/* Keeps the times. Cheap enough for every round of a loop; a cut in the middle leaves those before. */
void state_keep_times(struct state *s, const struct machine_times *times);

/* The host's time, as state_times gives it. */
int64_t state_host_us(void);

#endif
