#include "boards/sim/nor.h"

#include <string.h>

#include "board/board.h"

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

void nor_init(struct nor *nor, uint8_t *octets, uint32_t *erases, uint16_t blocks)
{
    *nor = (struct nor){
        .octets = octets, .erases = erases, .blocks = blocks, .bad_erase = NOR_NO_BLOCK, .bad_program = NOR_NO_BLOCK
    };
    memset(octets, 0xFF, (size_t)blocks * BOARD_FLASH_BLOCK);
    memset(erases, 0, blocks * sizeof *erases);
}

static bool inside(const struct nor *nor, uint32_t address, size_t size)
{
    size_t end = (size_t)nor->blocks * BOARD_FLASH_BLOCK;
    return address <= end && size <= end - address;
}

/* Octets at `to` become those of `from` as far as the torn operation got. */
static void tear(const struct nor *nor, uint8_t *to, const uint8_t *from, size_t size)
{
    uint32_t random = nor->seed * 2654435761u + 1u;
    const size_t prefix[] = {
        [NOR_TEAR_NOTHING] = 0,
        [NOR_TEAR_ONE_OCTET] = 1,
        [NOR_TEAR_HALF] = size / 2,
        [NOR_TEAR_ALL_BUT_ONE] = size - 1,
        [NOR_TEAR_PREFIX] = next_random(&random) % (size + 1),
    };
    if (nor->tear != NOR_TEAR_BITS) {
        memcpy(to, from, prefix[nor->tear]);
        return;
    }
    for (size_t i = 0; i < size; i++) {
        to[i] = (uint8_t)(to[i] ^ ((to[i] ^ from[i]) & next_random(&random)));
    }
}

/* Changes octets, unless the power goes meanwhile. */
static enum status change(struct nor *nor, uint8_t *to, const uint8_t *from, size_t size)
{
    nor->operations++;
    if (nor->operations == nor->cut_at) {
        nor->off = true;
        tear(nor, to, from, size);
        return STATUS_FAILED;
    }
    memcpy(to, from, size);
    return STATUS_OK;
}

enum status nor_read(struct nor *nor, uint32_t address, uint8_t *octets, size_t size)
{
    if (nor->off) {
        return STATUS_FAILED;
    }
    if (!inside(nor, address, size) || size == 0) {
        nor->violations++;
        return STATUS_RANGE;
    }
    nor->page_reads += (address + (uint32_t)size - 1) / BOARD_FLASH_PAGE - address / BOARD_FLASH_PAGE + 1;
    memcpy(octets, nor->octets + address, size);
    return STATUS_OK;
}

enum status nor_program(struct nor *nor, uint32_t address, const uint8_t *octets, size_t size)
{
    if (nor->off) {
        return STATUS_FAILED;
    }
    bool allowed = inside(nor, address, size) && size > 0 && address % BOARD_FLASH_PAGE + size <= BOARD_FLASH_PAGE;
    for (size_t i = 0; allowed && i < size; i++) {
        allowed = nor->octets[address + i] == 0xFF; /* so no bit is set either */
    }
    if (!allowed) {
        nor->violations++;
        return STATUS_RANGE;
    }
    if (address / BOARD_FLASH_BLOCK == nor->bad_program) {
        nor->octets[address] &= 0xF0;
        return nor->silent ? STATUS_OK : STATUS_FAILED;
    }
    return change(nor, nor->octets + address, octets, size);
}

enum status nor_erase(struct nor *nor, uint32_t block)
{
    uint8_t ones[BOARD_FLASH_BLOCK];
    if (nor->off) {
        return STATUS_FAILED;
    }
    if (block >= nor->blocks) {
        nor->violations++;
        return STATUS_RANGE;
    }
    nor->erases[block]++;
    if (block == nor->bad_erase || nor->bad_erase == NOR_EVERY_BLOCK) {
        return nor->silent ? STATUS_OK : STATUS_FAILED;
    }
    memset(ones, 0xFF, sizeof ones);
    return change(nor, nor->octets + (size_t)block * BOARD_FLASH_BLOCK, ones, sizeof ones);
}

void nor_cut(struct nor *nor, uint32_t operation, enum nor_tear how, uint32_t seed)
{
    nor->cut_at = nor->operations + operation;
    nor->tear = how;
    nor->seed = seed;
}

void nor_power_on(struct nor *nor)
{
    nor->off = false;
    nor->cut_at = 0;
}

void nor_rot(struct nor *nor, uint32_t block, uint32_t bits, uint32_t seed)
{
    uint32_t random = seed * 2654435761u + 1u;
    for (uint32_t i = 0; i < bits; i++) {
        uint32_t bit = next_random(&random) % (BOARD_FLASH_BLOCK * 8u);
        nor->octets[(size_t)block * BOARD_FLASH_BLOCK + bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
