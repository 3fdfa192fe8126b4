#include "crypto/sha256.h"

void sha256_begin(struct sha256 *s)
{
    br_sha256_init(&s->context);
}

void sha256_add(struct sha256 *s, const uint8_t *octets, size_t size)
{
    br_sha256_update(&s->context, octets, size);
}

void sha256_digest(const struct sha256 *s, uint8_t digest[SHA256_SIZE])
{
    br_sha256_out(&s->context, digest);
}
