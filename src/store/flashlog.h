/* Ring of rows of one size in flash: profiles and logs. SPEC.md describes every octet.
 *
 * A row has a sequence number, one more than the row before it, for ever. It is there as a whole or not at all: append
 * programs it with a CRC-32 behind it, and a row that a cut of the power has torn is skipped. The ring has blocks for
 * more rows than are asked for (FLASHLOG_BLOCKS), so that the oldest block can be erased ahead of its use and a slow
 * reader is not overtaken at once.
 *
 * A generation is a run of rows that have one meaning: their size and a descriptor, which is the caller's and opaque
 * here. A new generation begins with the rows of the old one out of reach, in one step.
 *
 * Blocks that do not erase or do not program are passed over, at most FLASHLOG_BAD_RUN - 1 of them in a row. What has
 * rotted is left out: a row for itself, and the rows of a block when both copies of its header are gone.
 *
 * Flash   mount reads no more than 8 + 8 * ceil(log2(blocks)) + 20 pages of an undamaged ring that has rows, `blocks`
 *         of a blank one, and twice `blocks` + 600 of any; it writes nothing. A read finds its block in at most
 *         ceil(log2(blocks)) + 2 page reads, in one if no block failed, the row next to the one read last at once.
 *         step erases at most one block, append none if step has succeeded since the last one and no block fails, and
 *         16 at the worst.
 * Errors  STATUS_FAILED: the flash did not do it. The row or generation is then not there, unless the power went at
 *         that moment: after that it is either.
 * Context main loop only. No globals; the descriptor is not kept in RAM.
 */
#ifndef STORE_FLASHLOG_H
#define STORE_FLASHLOG_H

#include <stdbool.h>

#include "board/board.h"
#include "config.h"

#define FLASHLOG_HEADER     64u /* two copies of 32 octets */
#define FLASHLOG_ROW_EXTRA  8u  /* sequence and CRC */
#define FLASHLOG_BLOCKS_MIN 3u
#define FLASHLOG_BAD_RUN    8u

/* Rows in a block. */
#define FLASHLOG_BLOCK_ROWS(row_size, descriptor_size)                                                                 \
    ((BOARD_FLASH_BLOCK - FLASHLOG_HEADER - (descriptor_size)) / ((row_size) + FLASHLOG_ROW_EXTRA))

/* Blocks for so many visible rows: full ones, the one being filled, the one erased ahead, a spare one for readers. */
#define FLASHLOG_BLOCKS(rows, row_size, descriptor_size)                                                               \
    (((rows) + FLASHLOG_BLOCK_ROWS(row_size, descriptor_size) - 1) / FLASHLOG_BLOCK_ROWS(row_size, descriptor_size) + 3)

/* Owned by the caller; read the generation, the sizes and the sequence numbers freely. */
struct flashlog {
    struct board *board;
    struct board_region region;
    uint32_t generation; /* counts from 1; 0: there is no ring yet */
    uint16_t row_size;   /* octets of payload */
    uint16_t descriptor_size;
    uint32_t oldest; /* sequence number of the oldest row that is kept */
    uint32_t next;   /* of the row that comes next */

    uint32_t descriptor_crc;
    uint32_t origin;     /* serial number of the first block of the generation */
    uint32_t tail;       /* of the block of the oldest row */
    uint32_t head;       /* of the block being filled */
    uint32_t head_first; /* sequence number of its first row */
    uint16_t slot;       /* its next free slot */
    bool ready;          /* the block `ahead` is erased */
    bool failed;         /* a block did not take something since the mount, even if another one did */
    uint32_t ahead;
    uint32_t found; /* the block read last, 0: none, and the sequence number of its first row */
    uint32_t found_first;
};

/* STATUS_UNDEFINED: nothing is there, flashlog_restart begins it. STATUS_INCONSISTENT: a ring in another version of the
 * format is there (only flashlog_restart would touch it). STATUS_RANGE: fewer than FLASHLOG_BLOCKS_MIN blocks. */
enum status flashlog_mount(struct flashlog *log, struct board *board, const struct board_region *region);

/* Begins a new generation. STATUS_RANGE: row_size not in 1..FLASHLOG_ROW_MAX or a descriptor above
 * FLASHLOG_DESCRIPTOR_MAX. */
enum status flashlog_restart(struct flashlog *log, uint16_t row_size, const uint8_t *descriptor, uint16_t size);

/* The descriptor of this generation, descriptor_size octets. STATUS_MALFORMED: no intact copy is left. */
enum status flashlog_descriptor(const struct flashlog *log, uint8_t *descriptor);

/* Adds a row of row_size octets with the sequence number `next`. STATUS_DENIED: there is no ring. */
enum status flashlog_append(struct flashlog *log, const uint8_t *row);

/* The sequence number of the oldest of at most `rows` rows; `next` if there is none. Up to the rows that
 * FLASHLOG_BLOCKS was asked for there are no gaps but what has rotted; where a block fails, there may be one among the
 * older rows. */
uint32_t flashlog_first(const struct flashlog *log, uint32_t rows);

/* STATUS_UNDEFINED: no such row, or none any more; STATUS_MALFORMED: it has rotted. */
enum status flashlog_read(struct flashlog *log, uint32_t sequence, uint8_t *row);

/* To be called when there is time, best after each append: erases the next block ahead, if that is still to be done.
 * STATUS_FAILED: that block does not erase, the next call tries the one after it. */
enum status flashlog_step(struct flashlog *log);

#endif
