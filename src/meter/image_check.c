#include "meter/image_check.h"

#include <string.h>

void image_check_begin(struct image_check *c, struct board *board, const struct image_rules *rules, uint32_t address,
                       uint32_t room, bool exact, const struct image_version *replaced)
{
    *c = (struct image_check){
        .board = board, .rules = rules, .replaced = replaced, .address = address, .room = room, .exact = exact
    };
}

/* `header` is still octets: what is signed is what stands there. */
static enum image_fault check_signature(const struct image_check *c, const uint8_t header[IMAGE_HEADER_SIZE])
{
    uint8_t digest[SHA256_SIZE];
    uint8_t signature[ECDSA_SIGNATURE_SIZE];
    struct sha256 sha256;
    uint32_t at = c->address + IMAGE_HEADER_SIZE + c->header.payload_size;
    if (board_flash_read(c->board, at, signature, sizeof signature) != STATUS_OK) {
        return IMAGE_UNREADABLE;
    }
    sha256_begin(&sha256);
    sha256_add(&sha256, header, IMAGE_HEADER_SIZE);
    sha256_digest(&sha256, digest);
    return ecdsa_verify(c->rules->key, digest, signature) ? IMAGE_GOOD : IMAGE_WRONG_SIGNATURE;
}

static bool same_hardware(const struct image_header *header, const char *hardware)
{
    size_t size = strlen(hardware);
    return size <= IMAGE_HARDWARE_MAX && memcmp(header->hardware, hardware, size + 1) == 0;
}

static enum image_fault check_header(struct image_check *c)
{
    uint8_t octets[IMAGE_HEADER_SIZE];
    if (c->room <= IMAGE_SIZE(0)) {
        return IMAGE_WRONG_SIZE;
    }
    if (board_flash_read(c->board, c->address, octets, sizeof octets) != STATUS_OK) {
        return IMAGE_UNREADABLE;
    }
    if (image_header_read(octets, &c->header) != STATUS_OK) {
        return IMAGE_NO_IMAGE;
    }
    uint32_t room = c->room - IMAGE_SIZE(0);
    if (c->header.payload_size > room || (c->exact && c->header.payload_size != room)) {
        return IMAGE_WRONG_SIZE;
    }
    enum image_fault fault = check_signature(c, octets);
    if (fault != IMAGE_GOOD) {
        return fault;
    }
    if (c->header.kind != c->rules->kind || !same_hardware(&c->header, c->rules->hardware)) {
        return IMAGE_WRONG_HARDWARE;
    }
    if (c->replaced != NULL && image_version_compare(&c->header.version, c->replaced) < 0) {
        return IMAGE_OLDER;
    }
    if (c->replaced != NULL && image_version_compare(c->replaced, &c->header.minimum) < 0) {
        return IMAGE_TOO_NEW;
    }
    return IMAGE_GOOD;
}

static enum image_fault hash_slice(struct image_check *c)
{
    uint8_t octets[BOARD_FLASH_PAGE];
    for (uint32_t slice = 0; slice < IMAGE_HASH_SLICE && c->hashed < c->header.payload_size;) {
        uint32_t part = c->header.payload_size - c->hashed;
        if (part > sizeof octets) {
            part = sizeof octets;
        }
        if (board_flash_read(c->board, c->address + IMAGE_HEADER_SIZE + c->hashed, octets, part) != STATUS_OK) {
            return IMAGE_UNREADABLE;
        }
        sha256_add(&c->sha256, octets, part);
        c->hashed += part;
        slice += part;
    }
    return IMAGE_GOOD;
}

static bool payload_is_right(const struct image_check *c)
{
    uint8_t digest[SHA256_SIZE];
    sha256_digest(&c->sha256, digest);
    return memcmp(digest, c->header.payload_digest, sizeof digest) == 0;
}

enum status image_check_step(struct image_check *c)
{
    if (!c->begun) {
        c->begun = true;
        c->fault = check_header(c);
        sha256_begin(&c->sha256);
    } else if (c->fault == IMAGE_GOOD) {
        c->fault = hash_slice(c);
        if (c->fault == IMAGE_GOOD && c->hashed == c->header.payload_size) {
            c->fault = payload_is_right(c) ? IMAGE_GOOD : IMAGE_WRONG_PAYLOAD;
            return c->fault == IMAGE_GOOD ? STATUS_OK : STATUS_MALFORMED;
        }
    }
    return c->fault == IMAGE_GOOD ? STATUS_BUSY : STATUS_MALFORMED;
}
