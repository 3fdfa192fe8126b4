#include "store/flash.h"

#include <string.h>

enum { PIECE = 64 }; /* octets read back at a time: a quarter of a page of stack */

static enum status read_back(struct board *board, uint32_t address, const uint8_t *octets, size_t size)
{
    while (size > 0) {
        uint8_t piece[PIECE];
        size_t part = size < PIECE ? size : PIECE;
        if (board_flash_read(board, address, piece, part) != STATUS_OK || memcmp(piece, octets, part) != 0) {
            return STATUS_FAILED;
        }
        address += (uint32_t)part;
        octets += part;
        size -= part;
    }
    return STATUS_OK;
}

enum status flash_write(struct board *board, uint32_t address, const uint8_t *octets, size_t size)
{
    for (size_t done = 0; done < size;) {
        uint32_t at = address + (uint32_t)done;
        size_t part = BOARD_FLASH_PAGE - at % BOARD_FLASH_PAGE;
        if (part > size - done) {
            part = size - done;
        }
        enum status status = board_flash_program(board, at, octets + done, part);
        if (status != STATUS_OK) {
            return status;
        }
        done += part;
    }
    return read_back(board, address, octets, size);
}

enum status flash_erase(struct board *board, uint32_t block)
{
    enum status status = board_flash_erase(board, block);
    if (status == STATUS_OK && flash_used(board, block) != 0) {
        status = STATUS_FAILED;
    }
    return status;
}

uint32_t flash_used(struct board *board, uint32_t block)
{
    uint8_t page[BOARD_FLASH_PAGE];
    for (uint32_t end = BOARD_FLASH_BLOCK; end > 0; end -= BOARD_FLASH_PAGE) {
        uint32_t address = block * BOARD_FLASH_BLOCK + end - BOARD_FLASH_PAGE;
        if (board_flash_read(board, address, page, sizeof page) != STATUS_OK) {
            return end;
        }
        for (uint32_t left = BOARD_FLASH_PAGE; left > 0; left--) {
            if (page[left - 1] != 0xFF) {
                return end - BOARD_FLASH_PAGE + left;
            }
        }
    }
    return 0;
}
