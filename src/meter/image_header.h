/* What stands at the beginning of a firmware image, and how the image is laid out.
 *
 * An image is a header of IMAGE_HEADER_SIZE octets, the payload, and an ECDSA P-256 signature over the header, which
 * holds the payload's SHA-256. On a microcontroller the payload is the firmware itself; it begins a page after the
 * slot. On the virtual meter it is a table (meter/image_table.h).
 *
 * Source  SPEC.md, octet by octet; object-model.md 1.12.
 */
#ifndef METER_IMAGE_HEADER_H
#define METER_IMAGE_HEADER_H

#include <stdint.h>

#include "base/status.h"
#include "crypto/ecdsa.h"

#define IMAGE_HEADER_SIZE    256u
#define IMAGE_HARDWARE_MAX   16u /* characters */
#define IMAGE_IDENTIFIER_MAX 64u

/* An image with a payload of so many octets. */
#define IMAGE_SIZE(payload) (IMAGE_HEADER_SIZE + (payload) + ECDSA_SIGNATURE_SIZE)

enum image_kind { IMAGE_FIRMWARE = 1, IMAGE_TABLE = 2 };

struct image_version {
    uint16_t major;
    uint16_t minor;
    uint16_t patch;
};

struct image_header {
    enum image_kind kind;
    uint32_t payload_size; /* octets, 1.. */
    struct image_version version;
    struct image_version minimum;              /* the oldest version that it may replace */
    char hardware[IMAGE_HARDWARE_MAX + 1];     /* the hardware that it is for */
    char identifier[IMAGE_IDENTIFIER_MAX + 1]; /* its name */
    uint8_t payload_digest[SHA256_SIZE];
};

/* STATUS_MALFORMED: these octets are no header; *h is then undefined. STATUS_INCONSISTENT: of another version of the
 * format. The texts are 1.. characters from 0x20 to 0x7E. */
enum status image_header_read(const uint8_t octets[IMAGE_HEADER_SIZE], struct image_header *h);

/* STATUS_RANGE: a header that image_header_read would not take. */
enum status image_header_write(const struct image_header *h, uint8_t octets[IMAGE_HEADER_SIZE]);

/* Negative, 0 or positive as `a` is older than, equal to or newer than `b`. */
int image_version_compare(const struct image_version *a, const struct image_version *b);

#endif
