/* The flash of a virtual meter: 4 MiB of serial NOR in memory of the host, which only exists as far as it was
 * programmed.
 *
 * The rules are those of board.h, and no octet is programmed twice between two erases: a program that breaks one is
 * refused with STATUS_RANGE. Octets are kept complemented, so that a blank block is one of zeros: an untouched page
 * of an anonymous mapping, a hole of a file.
 *
 * Source  architecture.md 5.
 */
#ifndef BOARDS_LINUX_PART_H
#define BOARDS_LINUX_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"
#include "board/board.h"
#include "config.h"

#define PART_SIZE ((size_t)MEMORY_BLOCKS * BOARD_FLASH_BLOCK)

struct part {
    uint8_t *octets;                      /* complemented; NULL: nothing was programmed yet */
    uint32_t *erases;                     /* of each block; NULL: not counted */
    uint64_t touched[MEMORY_BLOCKS / 64]; /* blocks, a bit each, that have room in the host: the others are blank */
    int file;                             /* that backs the octets, -1: none does */
    off_t offset;                         /* of the octets in it */
    bool full;                            /* the host had no room, which was said */
};

/* A blank part that ends with the process, or with part_end. Costs nothing before it is programmed. */
void part_init(struct part *p);

/* The part in a file, mapped at `octets` from `offset` on. The mapping stays the caller's, part_end leaves it alone.
 */
void part_init_on(struct part *p, uint8_t *octets, uint32_t *erases, int file, off_t offset);

void part_end(struct part *p);

/* As board_flash_read, ..._program and ..._erase. STATUS_FAILED: the host has no room for another block. */
enum status part_read(const struct part *p, uint32_t address, uint8_t *octets, size_t size);
enum status part_program(struct part *p, uint32_t address, const uint8_t *octets, size_t size);
enum status part_erase(struct part *p, uint32_t block);

/* Makes room for a flash like this (PART_SIZE octets, complemented), without a change of what is in it. False: the host
 * has none. */
bool part_reserve(struct part *p, const uint8_t *octets);

/* The flash becomes this one, for which room was made. */
void part_replace(struct part *p, const uint8_t *octets);

/* The highest count of erases of a block. */
uint32_t part_wear(const struct part *p);

#endif
