/* A board that has a NOR flash in memory and nothing else. */
#ifndef POWER_BED_H
#define POWER_BED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "board/board.h"
#include "boards/sim/nor.h"

enum { BED_BLOCKS_MAX = 1024 };

struct board {
    struct nor nor;
    uint8_t octets[BED_BLOCKS_MAX * BOARD_FLASH_BLOCK];
    uint32_t erases[BED_BLOCKS_MAX];
};

extern struct board bed;

/* A blank part, all of it one region. */
void bed_begin(uint16_t blocks);
struct board_region bed_region(void);

/* `size` octets that are a function of the seed alone, and whether there are such. */
void bed_fill(uint8_t *octets, size_t size, uint32_t seed);
bool bed_filled(const uint8_t *octets, size_t size, uint32_t seed);

uint32_t bed_random(uint32_t below);

#endif
