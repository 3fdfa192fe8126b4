/* Whole writes to flash, of any length and read back.
 *
 * A write that the part has half done is found by the CRC of what was written; one that it has done wrongly is found
 * here.
 */
#ifndef STORE_FLASH_H
#define STORE_FLASH_H

#include "board/board.h"

/* Programs page by page and reads back. STATUS_FAILED when anything else stands there then. */
enum status flash_write(struct board *board, uint32_t address, const uint8_t *octets, size_t size);

/* Erases a block and looks whether it is blank: 16 page reads. */
enum status flash_erase(struct board *board, uint32_t block);

/* Octets up to the last one of the block that is not blank, 0..4096: what follows was never programmed. At most 16 page
 * reads; a page that cannot be read counts as not blank. */
uint32_t flash_used(struct board *board, uint32_t block);

/* Little endian, as everything in flash. */
static inline void flash_put16(uint8_t *octets, uint16_t value)
{
    octets[0] = (uint8_t)value;
    octets[1] = (uint8_t)(value >> 8);
}

static inline void flash_put32(uint8_t *octets, uint32_t value)
{
    flash_put16(octets, (uint16_t)value);
    flash_put16(octets + 2, (uint16_t)(value >> 16));
}

static inline uint16_t flash_get16(const uint8_t *octets)
{
    return (uint16_t)(octets[0] | (unsigned)octets[1] << 8);
}

static inline uint32_t flash_get32(const uint8_t *octets)
{
    return flash_get16(octets) | (uint32_t)flash_get16(octets + 2) << 16;
}

#endif
