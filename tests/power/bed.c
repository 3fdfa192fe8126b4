#include "tests/power/bed.h"

struct board bed;

static uint64_t random_state = 88172645463325252u;

uint32_t bed_random(uint32_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 32) % below;
}

void bed_begin(uint16_t blocks)
{
    nor_init(&bed.nor, bed.octets, bed.erases, blocks);
}

struct board_region bed_region(void)
{
    return (struct board_region){ .first = 0, .blocks = bed.nor.blocks };
}

static uint8_t octet_of(uint32_t seed, size_t i)
{
    return (uint8_t)((seed + 1u) * 2654435761u >> 11 ^ (uint32_t)i * 40503u >> 3);
}

void bed_fill(uint8_t *octets, size_t size, uint32_t seed)
{
    for (size_t i = 0; i < size; i++) {
        octets[i] = octet_of(seed, i);
    }
}

bool bed_filled(const uint8_t *octets, size_t size, uint32_t seed)
{
    for (size_t i = 0; i < size; i++) {
        if (octets[i] != octet_of(seed, i)) {
            return false;
        }
    }
    return true;
}

enum status board_flash_read(struct board *board, uint32_t address, uint8_t *octets, size_t size)
{
    return nor_read(&board->nor, address, octets, size);
}

enum status board_flash_program(struct board *board, uint32_t address, const uint8_t *octets, size_t size)
{
    return nor_program(&board->nor, address, octets, size);
}

enum status board_flash_erase(struct board *board, uint32_t block)
{
    return nor_erase(&board->nor, block);
}
