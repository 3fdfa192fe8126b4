/* SHA-256 of octets that come in pieces.
 *
 * Source  FIPS 180-4, by BearSSL. No table is looked up by data: the time depends on the count of octets alone.
 * RAM     116 octets; no heap.
 */
#ifndef CRYPTO_SHA256_H
#define CRYPTO_SHA256_H

#include <bearssl.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32u

struct sha256 {
    br_sha256_context context;
};

void sha256_begin(struct sha256 *s);
void sha256_add(struct sha256 *s, const uint8_t *octets, size_t size);

/* The digest of what was added so far; more may be added after it. */
void sha256_digest(const struct sha256 *s, uint8_t digest[SHA256_SIZE]);

#endif
