/* A whole image in memory. */
#ifndef HOST_IMAGE_FILE_H
#define HOST_IMAGE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "host/image_key.h"
#include "meter/image.h"

/* The largest one that can be transferred. */
#define IMAGE_FILE_MAX ((size_t)IMAGE_BLOCKS_MAX * IMAGE_BLOCK_SIZE)

/* Writes IMAGE_SIZE(size) octets. The header comes without the size and the digest of the payload; false if it is
 * not one that image_header_read would take, or the key cannot sign. */
bool image_file_build(struct image_header header, const uint8_t *payload, uint32_t size, const struct image_key *key,
                      uint8_t *image);

/* What an image says of itself, and whether it is whole. */
struct image_file_facts {
    struct image_header header;
    uint8_t header_digest[SHA256_SIZE]; /* what is signed */
    bool payload_right;
    const uint8_t *payload;
    const uint8_t *signature;
};

/* STATUS_MALFORMED, STATUS_INCONSISTENT: no image, as image_header_read has it. STATUS_RANGE: the header is good, but
 * the file has not the size that it says. */
enum status image_file_read(const uint8_t *image, size_t size, struct image_file_facts *facts);

#endif
