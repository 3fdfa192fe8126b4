/* Who tries passwords: after a number of wrong ones within LOCKOUT_MS none is taken for so long, the right one neither.
 *
 * Source  object-model.md 1.1, 6.
 * Context main loop only.
 */
#ifndef BASE_LOCKOUT_H
#define BASE_LOCKOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

/* All 0: nobody has tried. A right password sets it so again. */
struct lockout {
    uint8_t count;                        /* how many of wrong_ms hold something */
    bool locked;                          /* since wrong_ms[0] */
    uint32_t wrong_ms[LOCKOUT_WRONG_MAX]; /* when they were tried, oldest first; protocol time */
};

/* No password counts now. */
bool lockout_holds(struct lockout *l, uint32_t now_ms);

/* A wrong password; true if it was one too many: the `most`-th (1..LOCKOUT_WRONG_MAX) in LOCKOUT_MS. */
bool lockout_wrong(struct lockout *l, uint8_t most, uint32_t now_ms);

/* Whether two secrets of up to SECRET_MAX octets are the same. Takes the same time wherever the first difference is. A
 * secret of no octets, or of more, is the same as none. */
bool secret_is(const void *own, size_t own_size, const void *tried, size_t size);

#endif
