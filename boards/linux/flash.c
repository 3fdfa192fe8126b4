#include "boards/linux/flash.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/cli.h"

enum { BITS = 64 };
static_assert(MEMORY_BLOCKS % BITS == 0, "whole words of bits");

static bool is_touched(const struct flash *f, uint32_t block)
{
    return (f->touched[block / BITS] >> block % BITS & 1) != 0;
}

void flash_init(struct flash *f)
{
    *f = (struct flash){ .file = -1 };
}

void flash_init_on(struct flash *f, uint8_t *octets, uint32_t *erases, int file, off_t offset)
{
    *f = (struct flash){ .octets = octets, .erases = erases, .file = file, .offset = offset };
    off_t end = offset + (off_t)FLASH_SIZE;
    off_t data = lseek(file, offset, SEEK_DATA); /* a file system that knows no holes has data everywhere */
    while (data >= offset && data < end) {
        off_t hole = lseek(file, data, SEEK_HOLE);
        hole = hole > data && hole < end ? hole : end;
        for (off_t at = data; at < hole; at += BOARD_FLASH_BLOCK - (at - offset) % BOARD_FLASH_BLOCK) {
            uint32_t block = (uint32_t)((at - offset) / BOARD_FLASH_BLOCK);
            f->touched[block / BITS] |= UINT64_C(1) << block % BITS;
        }
        data = lseek(file, hole, SEEK_DATA);
    }
}

void flash_end(struct flash *f)
{
    if (f->file < 0 && f->octets != NULL) {
        munmap(f->octets, FLASH_SIZE);
    }
    flash_init(f);
}

static bool inside(uint32_t address, size_t size)
{
    return size > 0 && address <= FLASH_SIZE && size <= FLASH_SIZE - address;
}

/* Huge pages would make room for 512 blocks where one is programmed. */
static bool map(struct flash *f)
{
    void *octets = mmap(NULL, FLASH_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (octets == MAP_FAILED) {
        return false;
    }
    madvise(octets, FLASH_SIZE, MADV_NOHUGEPAGE);
    f->octets = octets;
    return true;
}

/* Makes sure that the block has room: a full disk must not end the process in the middle of a write to the mapping. */
static bool touch(struct flash *f, uint32_t block)
{
    if (is_touched(f, block)) {
        return true;
    }
    bool room = f->octets != NULL || map(f);
    if (room && f->file >= 0) {
        room = posix_fallocate(f->file, f->offset + (off_t)block * BOARD_FLASH_BLOCK, BOARD_FLASH_BLOCK) == 0;
    }
    if (room) {
        f->touched[block / BITS] |= UINT64_C(1) << block % BITS;
    } else if (!f->full) {
        f->full = true;
        cli_say("There is no room on the disk for more of the meter's memory: it fails to store from here on.");
    }
    return room;
}

enum status flash_read(const struct flash *f, uint32_t address, uint8_t *octets, size_t size)
{
    if (!inside(address, size)) {
        return STATUS_RANGE;
    }
    for (size_t done = 0; done < size;) {
        uint32_t at = address + (uint32_t)done;
        size_t part = BOARD_FLASH_BLOCK - at % BOARD_FLASH_BLOCK;
        part = part < size - done ? part : size - done;
        if (is_touched(f, at / BOARD_FLASH_BLOCK)) {
            for (size_t i = 0; i < part; i++) {
                octets[done + i] = (uint8_t)~f->octets[at + i];
            }
        } else {
            memset(octets + done, 0xFF, part);
        }
        done += part;
    }
    return STATUS_OK;
}

enum status flash_program(struct flash *f, uint32_t address, const uint8_t *octets, size_t size)
{
    uint32_t block = address / BOARD_FLASH_BLOCK;
    if (!inside(address, size) || address % BOARD_FLASH_PAGE + size > BOARD_FLASH_PAGE) {
        return STATUS_RANGE;
    }
    for (size_t i = 0; is_touched(f, block) && i < size; i++) {
        if (f->octets[address + i] != 0) {
            return STATUS_RANGE;
        }
    }
    if (!touch(f, block)) {
        return STATUS_FAILED;
    }
    for (size_t i = 0; i < size; i++) {
        f->octets[address + i] = (uint8_t)~octets[i];
    }
    return STATUS_OK;
}

enum status flash_erase(struct flash *f, uint32_t block)
{
    if (block >= MEMORY_BLOCKS) {
        return STATUS_RANGE;
    }
    if (f->erases != NULL) {
        f->erases[block]++;
    }
    if (is_touched(f, block)) {
        memset(f->octets + (size_t)block * BOARD_FLASH_BLOCK, 0, BOARD_FLASH_BLOCK);
    }
    return STATUS_OK;
}

uint32_t flash_wear(const struct flash *f)
{
    uint32_t most = 0;
    for (uint32_t block = 0; f->erases != NULL && block < MEMORY_BLOCKS; block++) {
        most = f->erases[block] > most ? f->erases[block] : most;
    }
    return most;
}
