/* The flash of a virtual meter: 4 MiB of serial NOR in memory of the host, which only exists as far as it was
 * programmed.
 *
 * The rules are those of board.h, and no octet is programmed twice between two erases: a program that breaks one is
 * refused with STATUS_RANGE. Octets are kept complemented, so that a blank block is one of zeros: an untouched page
 * of an anonymous mapping, a hole of a file.
 *
 * Source  architecture.md 5.
 */
#ifndef BOARDS_LINUX_FLASH_H
#define BOARDS_LINUX_FLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"
#include "board/board.h"
#include "config.h"

#define FLASH_SIZE ((size_t)MEMORY_BLOCKS * BOARD_FLASH_BLOCK)

struct flash {
    uint8_t *octets;                      /* complemented; NULL: nothing was programmed yet */
    uint32_t *erases;                     /* of each block; NULL: not counted */
    uint64_t touched[MEMORY_BLOCKS / 64]; /* blocks, a bit each, that have room in the host: the others are blank */
    int file;                             /* that backs the octets, -1: none does */
    off_t offset;                         /* of the octets in it */
    bool full;                            /* the host had no room, which was said */
};

/* A blank part that ends with the process, or with flash_end. Costs nothing before it is programmed. */
void flash_init(struct flash *f);

/* The part in a file, mapped at `octets` from `offset` on. The mapping stays the caller's, flash_end leaves it alone.
 */
void flash_init_on(struct flash *f, uint8_t *octets, uint32_t *erases, int file, off_t offset);

void flash_end(struct flash *f);

/* As board_flash_read, ..._program and ..._erase. STATUS_FAILED: the host has no room for another block. */
enum status flash_read(const struct flash *f, uint32_t address, uint8_t *octets, size_t size);
enum status flash_program(struct flash *f, uint32_t address, const uint8_t *octets, size_t size);
enum status flash_erase(struct flash *f, uint32_t block);

/* The highest count of erases of a block. */
uint32_t flash_wear(const struct flash *f);

#endif
