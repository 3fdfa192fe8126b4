/* A serial NOR flash in memory, with its rules and its faults.
 *
 * A program that would set a bit, that writes an octet twice between two erases, or that crosses a page is a mistake of
 * the caller: it is refused and counted in `violations`. A cut takes the power away in the middle of a chosen
 * operation: part of its bits have changed, and everything fails until nor_power_on.
 */
#ifndef SIM_NOR_H
#define SIM_NOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* How much of the operation was done when the power went. */
enum nor_tear {
    NOR_TEAR_NOTHING,
    NOR_TEAR_ONE_OCTET, /* the first */
    NOR_TEAR_HALF,
    NOR_TEAR_ALL_BUT_ONE,
    NOR_TEAR_PREFIX, /* so many octets as the seed says */
    NOR_TEAR_BITS    /* each bit that was to change has changed or not, as the seed says */
};

enum { NOR_NO_BLOCK = 0xFFFF, NOR_EVERY_BLOCK = 0xFFFE };

struct nor {
    uint8_t *octets;  /* blocks * 4096, the caller's */
    uint32_t *erases; /* of each block, the caller's */
    uint16_t blocks;

    /* faults */
    uint32_t cut_at; /* the operation that is cut, counted as in `operations`; 0: none */
    enum nor_tear tear;
    uint32_t seed;
    bool off;
    uint16_t bad_erase;   /* a block that does not erase, or NOR_NO_BLOCK, or NOR_EVERY_BLOCK */
    uint16_t bad_program; /* a block that does not program */
    bool silent;          /* the two fail without saying so */

    /* counts */
    uint32_t operations; /* programs and erases that were begun, the cut one too */
    uint32_t page_reads; /* pages that were touched by reads */
    uint32_t violations;
};

/* A blank part. */
void nor_init(struct nor *nor, uint8_t *octets, uint32_t *erases, uint16_t blocks);

enum status nor_read(struct nor *nor, uint32_t address, uint8_t *octets, size_t size);
enum status nor_program(struct nor *nor, uint32_t address, const uint8_t *octets, size_t size);
enum status nor_erase(struct nor *nor, uint32_t block);

/* The power goes during the `operation`th operation from now, 1 being the next. */
void nor_cut(struct nor *nor, uint32_t operation, enum nor_tear tear, uint32_t seed);
void nor_power_on(struct nor *nor);

/* Flips `bits` bits of a block, anywhere. */
void nor_rot(struct nor *nor, uint32_t block, uint32_t bits, uint32_t seed);

#endif
