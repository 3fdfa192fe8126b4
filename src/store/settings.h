/* Settings in flash: a journal of small records, each a key and a value; the newest intact record of a key counts.
 * SPEC.md describes every octet.
 *
 * settings_set returns when the value stands in flash and has been read back. When the journal's blocks are
 * used up, the records that still count in the block with the fewest of them are copied on and that block becomes
 * free; one free block is kept for it. A cut of the power at any operation leaves the old value or the new, and all the
 * others; a compaction that was cut goes on with the next set.
 *
 * Each record has a digest of all others that counted when it was written. So a mount knows if one of them has rotted
 * since, whether nothing is left of its key or an older value. The newest record itself cannot be told from one that a
 * cut has torn.
 *
 * RAM     this struct: 6 octets for each of SETTINGS_KEYS_MAX keys and each of SETTINGS_BLOCKS_MAX blocks, and 48.
 *         Stack: 600 octets (mount), 450 (set).
 * Flash   mount reads 17 pages a block and 16 for the newest, and writes nothing. A set writes nothing if the value is
 *         already there; else one record, and at most two erases and two copied blocks if no block fails.
 * Errors  STATUS_FAILED: the flash did not do it; the old value counts, unless the power went at that moment.
 * Context main loop only; no globals.
 */
#ifndef STORE_SETTINGS_H
#define STORE_SETTINGS_H

#include "board/board.h"
#include "config.h"

#define SETTINGS_VALUE_MAX  252u
#define SETTINGS_BLOCKS_MIN 4u
#define SETTINGS_KEY_NONE   0xFFFFu /* the only key that is not allowed */

struct settings {
    struct board *board;
    struct board_region region;
    uint16_t live[SETTINGS_BLOCKS_MAX];   /* octets of records that count */
    uint32_t serial[SETTINGS_BLOCKS_MAX]; /* counts up from block to block; 0: free */
    uint32_t newest;                      /* serial number given last */
    uint16_t bad;                         /* blocks that did not erase since the mount, a bit each */
    uint16_t end;                         /* where the next record goes in the head */
    uint8_t head;                         /* block that is being filled */
    bool failed;                          /* a block did not take something since the mount, or a record has rotted */
    uint32_t lost;                        /* what has rotted changes the digest by this, until settings_told */
    uint8_t count;
    struct settings_entry {
        uint16_t key;
        uint16_t place; /* of its record in the region, in units of 8 octets */
        uint8_t size;   /* of its value */
    } index[SETTINGS_KEYS_MAX];
};

/* STATUS_INCONSISTENT: another version of the format is there, nothing is mounted. STATUS_SPACE: more keys than the
 * index has. STATUS_RANGE: not SETTINGS_BLOCKS_MIN..SETTINGS_BLOCKS_MAX blocks. After an error set and get are
 * denied. A part that holds nothing, or nothing sensible, is an empty journal. */
enum status settings_mount(struct settings *s, struct board *board, const struct board_region *region);

/* The value, at most `max` octets of it, and its size. STATUS_UNDEFINED: never set, or its record has rotted since the
 * mount; STATUS_SPACE: longer than max. */
enum status settings_get(const struct settings *s, uint16_t key, uint8_t *value, size_t max, size_t *size);

/* STATUS_RANGE: key or size; STATUS_SPACE: the index is full, or the records that count would fill more than the blocks
 * less three (one to compact into, one for a block that fails, one in use). */
enum status settings_set(struct settings *s, uint16_t key, const uint8_t *value, size_t size);

/* That something has rotted stands elsewhere by now: writes any record again, with the digest of what is left. Until
 * then every mount finds it anew. */
void settings_told(struct settings *s);

#endif
