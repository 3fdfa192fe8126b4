#include "meter/image_header.h"

#include <stdbool.h>
#include <string.h>

#include "store/flash.h"

enum {
    FORMAT_VERSION = 1,
    AT_VERSION = 4,
    AT_KIND = 5,
    AT_HEADER_SIZE = 6,
    AT_PAYLOAD_SIZE = 8,
    AT_FIRMWARE_VERSION = 12,
    AT_MINIMUM_VERSION = 18,
    AT_HARDWARE = 24,
    AT_IDENTIFIER = 40,
    AT_PAYLOAD_DIGEST = 104,
    AT_END = 136
};

static const uint8_t magic[AT_VERSION] = { 'B', 'L', 'Y', 'I' };

/* A text of 1..size printable characters, zeros behind it. */
static bool read_text(const uint8_t *octets, size_t size, char *text)
{
    size_t used = 0;
    while (used < size && octets[used] >= 0x20 && octets[used] <= 0x7E) {
        used++;
    }
    for (size_t i = used; i < size; i++) {
        if (octets[i] != 0) {
            return false;
        }
    }
    memset(text, 0, size + 1);
    memcpy(text, octets, used);
    return used > 0;
}

static struct image_version read_version(const uint8_t *octets)
{
    return (struct image_version){ flash_get16(octets), flash_get16(octets + 2), flash_get16(octets + 4) };
}

static void write_version(const struct image_version *version, uint8_t *octets)
{
    flash_put16(octets, version->major);
    flash_put16(octets + 2, version->minor);
    flash_put16(octets + 4, version->patch);
}

static bool is_zero(const uint8_t *octets, size_t size)
{
    uint8_t any = 0;
    for (size_t i = 0; i < size; i++) {
        any |= octets[i];
    }
    return any == 0;
}

enum status image_header_read(const uint8_t octets[IMAGE_HEADER_SIZE], struct image_header *h)
{
    if (memcmp(octets, magic, sizeof magic) != 0) {
        return STATUS_MALFORMED;
    }
    if (octets[AT_VERSION] != FORMAT_VERSION) {
        return STATUS_INCONSISTENT;
    }
    h->kind = (enum image_kind)octets[AT_KIND];
    h->payload_size = flash_get32(octets + AT_PAYLOAD_SIZE);
    h->version = read_version(octets + AT_FIRMWARE_VERSION);
    h->minimum = read_version(octets + AT_MINIMUM_VERSION);
    memcpy(h->payload_digest, octets + AT_PAYLOAD_DIGEST, sizeof h->payload_digest);
    bool good = (h->kind == IMAGE_FIRMWARE || h->kind == IMAGE_TABLE) &&
                flash_get16(octets + AT_HEADER_SIZE) == IMAGE_HEADER_SIZE && h->payload_size > 0 &&
                h->payload_size <= UINT32_MAX - IMAGE_SIZE(0) &&
                read_text(octets + AT_HARDWARE, IMAGE_HARDWARE_MAX, h->hardware) &&
                read_text(octets + AT_IDENTIFIER, IMAGE_IDENTIFIER_MAX, h->identifier) &&
                is_zero(octets + AT_END, IMAGE_HEADER_SIZE - AT_END);
    return good ? STATUS_OK : STATUS_MALFORMED;
}

enum status image_header_write(const struct image_header *h, uint8_t octets[IMAGE_HEADER_SIZE])
{
    struct image_header check;
    memset(octets, 0, IMAGE_HEADER_SIZE);
    memcpy(octets, magic, sizeof magic);
    octets[AT_VERSION] = FORMAT_VERSION;
    octets[AT_KIND] = (uint8_t)h->kind;
    flash_put16(octets + AT_HEADER_SIZE, IMAGE_HEADER_SIZE);
    flash_put32(octets + AT_PAYLOAD_SIZE, h->payload_size);
    write_version(&h->version, octets + AT_FIRMWARE_VERSION);
    write_version(&h->minimum, octets + AT_MINIMUM_VERSION);
    memcpy(octets + AT_HARDWARE, h->hardware, IMAGE_HARDWARE_MAX);
    memcpy(octets + AT_IDENTIFIER, h->identifier, IMAGE_IDENTIFIER_MAX);
    memcpy(octets + AT_PAYLOAD_DIGEST, h->payload_digest, sizeof h->payload_digest);
    return image_header_read(octets, &check) == STATUS_OK ? STATUS_OK : STATUS_RANGE;
}

int image_version_compare(const struct image_version *a, const struct image_version *b)
{
    if (a->major != b->major) {
        return a->major < b->major ? -1 : 1;
    }
    if (a->minor != b->minor) {
        return a->minor < b->minor ? -1 : 1;
    }
    return a->patch == b->patch ? 0 : a->patch < b->patch ? -1 : 1;
}
