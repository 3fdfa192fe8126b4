#include "host/image_file.h"

#include <string.h>

static void digest_of(const uint8_t *octets, size_t size, uint8_t digest[SHA256_SIZE])
{
    struct sha256 sha256;
    sha256_begin(&sha256);
    sha256_add(&sha256, octets, size);
    sha256_digest(&sha256, digest);
}

bool image_file_build(struct image_header header, const uint8_t *payload, uint32_t size, const struct image_key *key,
                      uint8_t *image)
{
    uint8_t digest[SHA256_SIZE];
    header.payload_size = size;
    digest_of(payload, size, header.payload_digest);
    if (image_header_write(&header, image) != STATUS_OK) {
        return false;
    }
    digest_of(image, IMAGE_HEADER_SIZE, digest);
    memcpy(image + IMAGE_HEADER_SIZE, payload, size);
    return image_key_sign(key, digest, image + IMAGE_HEADER_SIZE + size);
}

enum status image_file_read(const uint8_t *image, size_t size, struct image_file_facts *facts)
{
    uint8_t digest[SHA256_SIZE];
    if (size < IMAGE_HEADER_SIZE) {
        return STATUS_MALFORMED;
    }
    enum status status = image_header_read(image, &facts->header);
    if (status != STATUS_OK) {
        return status;
    }
    if (size != (size_t)IMAGE_SIZE(facts->header.payload_size)) {
        return STATUS_RANGE;
    }
    digest_of(image, IMAGE_HEADER_SIZE, facts->header_digest);
    facts->payload = image + IMAGE_HEADER_SIZE;
    facts->signature = facts->payload + facts->header.payload_size;
    digest_of(facts->payload, facts->header.payload_size, digest);
    facts->payload_right = memcmp(digest, facts->header.payload_digest, sizeof digest) == 0;
    return STATUS_OK;
}
