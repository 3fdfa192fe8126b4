#include "boards/linux/part.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/cli.h"

enum { BITS = 64 };
static_assert(MEMORY_BLOCKS % BITS == 0, "whole words of bits");

static bool is_touched(const struct part *p, uint32_t block)
{
    return (p->touched[block / BITS] >> block % BITS & 1) != 0;
}

void part_init(struct part *p)
{
    *p = (struct part){ .file = -1 };
}

void part_init_on(struct part *p, uint8_t *octets, uint32_t *erases, int file, off_t offset)
{
    *p = (struct part){ .octets = octets, .erases = erases, .file = file, .offset = offset };
    off_t end = offset + (off_t)PART_SIZE;
    off_t data = lseek(file, offset, SEEK_DATA); /* a file system that knows no holes has data everywhere */
    while (data >= offset && data < end) {
        off_t hole = lseek(file, data, SEEK_HOLE);
        hole = hole > data && hole < end ? hole : end;
        for (off_t at = data; at < hole; at += BOARD_FLASH_BLOCK - (at - offset) % BOARD_FLASH_BLOCK) {
            uint32_t block = (uint32_t)((at - offset) / BOARD_FLASH_BLOCK);
            p->touched[block / BITS] |= UINT64_C(1) << block % BITS;
        }
        data = lseek(file, hole, SEEK_DATA);
    }
}

void part_end(struct part *p)
{
    if (p->file < 0 && p->octets != NULL) {
        munmap(p->octets, PART_SIZE);
    }
    part_init(p);
}

static bool inside(uint32_t address, size_t size)
{
    return size > 0 && address <= PART_SIZE && size <= PART_SIZE - address;
}

/* Huge pages would make room for 512 blocks where one is programmed. */
static bool map(struct part *p)
{
    void *octets = mmap(NULL, PART_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (octets == MAP_FAILED) {
        return false;
    }
    madvise(octets, PART_SIZE, MADV_NOHUGEPAGE);
    p->octets = octets;
    return true;
}

/* Makes sure that the block has room: a full disk must not end the process in the middle of a write to the mapping. */
static bool touch(struct part *p, uint32_t block)
{
    if (is_touched(p, block)) {
        return true;
    }
    bool room = p->octets != NULL || map(p);
    if (room && p->file >= 0) {
        room = posix_fallocate(p->file, p->offset + (off_t)block * BOARD_FLASH_BLOCK, BOARD_FLASH_BLOCK) == 0;
    }
    if (room) {
        p->touched[block / BITS] |= UINT64_C(1) << block % BITS;
    } else if (!p->full) {
        p->full = true;
        cli_say(
            "There is no room on the disk for more of the meter's memory: what it stores is lost until room is made.");
    }
    return room;
}

static inline void complement_eight(uint8_t *to, const uint8_t *from)
{
    uint64_t word;
    memcpy(&word, from, sizeof word);
    word = ~word;
    memcpy(to, &word, sizeof word);
}

/* Words at a time: this is what reading a profile does most. */
static void complement(uint8_t *to, const uint8_t *from, size_t size)
{
    for (; size >= 16; size -= 16, from += 16, to += 16) {
        complement_eight(to, from);
        complement_eight(to + 8, from + 8);
    }
    if (size >= 8) {
        complement_eight(to, from);
        size -= 8;
        from += 8;
        to += 8;
    }
    for (size_t i = 0; i < size; i++) {
        to[i] = (uint8_t)~from[i];
    }
}

enum status part_read(const struct part *p, uint32_t address, uint8_t *octets, size_t size)
{
    if (!inside(address, size)) {
        return STATUS_RANGE;
    }
    for (size_t done = 0; done < size;) {
        uint32_t at = address + (uint32_t)done;
        size_t part = BOARD_FLASH_BLOCK - at % BOARD_FLASH_BLOCK;
        part = part < size - done ? part : size - done;
        if (is_touched(p, at / BOARD_FLASH_BLOCK)) {
            complement(octets + done, p->octets + at, part);
        } else {
            memset(octets + done, 0xFF, part);
        }
        done += part;
    }
    return STATUS_OK;
}

enum status part_program(struct part *p, uint32_t address, const uint8_t *octets, size_t size)
{
    uint32_t block = address / BOARD_FLASH_BLOCK;
    if (!inside(address, size) || address % BOARD_FLASH_PAGE + size > BOARD_FLASH_PAGE) {
        return STATUS_RANGE;
    }
    for (size_t i = 0; is_touched(p, block) && i < size; i++) {
        if (p->octets[address + i] != 0) {
            return STATUS_RANGE;
        }
    }
    if (!touch(p, block)) {
        return STATUS_FAILED;
    }
    for (size_t i = 0; i < size; i++) {
        p->octets[address + i] = (uint8_t)~octets[i];
    }
    return STATUS_OK;
}

enum status part_erase(struct part *p, uint32_t block)
{
    if (block >= MEMORY_BLOCKS) {
        return STATUS_RANGE;
    }
    if (p->erases != NULL) {
        p->erases[block]++;
    }
    if (is_touched(p, block)) {
        memset(p->octets + (size_t)block * BOARD_FLASH_BLOCK, 0, BOARD_FLASH_BLOCK);
    }
    return STATUS_OK;
}

static bool is_blank(const uint8_t *octets, uint32_t block)
{
    static const uint8_t blank[BOARD_FLASH_BLOCK];
    return memcmp(octets + (size_t)block * BOARD_FLASH_BLOCK, blank, BOARD_FLASH_BLOCK) == 0;
}

bool part_reserve(struct part *p, const uint8_t *octets)
{
    bool room = true;
    for (uint32_t block = 0; room && block < MEMORY_BLOCKS; block++) {
        room = is_blank(octets, block) || touch(p, block);
    }
    return room;
}

void part_replace(struct part *p, const uint8_t *octets)
{
    for (uint32_t block = 0; block < MEMORY_BLOCKS; block++) {
        if (is_touched(p, block)) {
            size_t at = (size_t)block * BOARD_FLASH_BLOCK;
            memcpy(p->octets + at, octets + at, BOARD_FLASH_BLOCK);
        }
    }
}

uint32_t part_wear(const struct part *p)
{
    uint32_t most = 0;
    for (uint32_t block = 0; p->erases != NULL && block < MEMORY_BLOCKS; block++) {
        most = p->erases[block] > most ? p->erases[block] : most;
    }
    return most;
}
