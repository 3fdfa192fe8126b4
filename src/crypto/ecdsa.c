#include "crypto/ecdsa.h"

#include <string.h>

bool ecdsa_verify(const uint8_t key[ECDSA_KEY_SIZE], const uint8_t digest[SHA256_SIZE],
                  const uint8_t signature[ECDSA_SIGNATURE_SIZE])
{
    uint8_t r = 0;
    for (size_t i = 0; i < ECDSA_SIGNATURE_SIZE / 2; i++) {
        r |= signature[i];
    }
    if (r == 0) {
        return false; /* BearSSL 0.6 takes it for a digest of zeros */
    }
    uint8_t point[ECDSA_KEY_SIZE]; /* BearSSL's structure has no const */
    memcpy(point, key, sizeof point);
    const br_ec_public_key public_key = { .curve = BR_EC_secp256r1, .q = point, .qlen = sizeof point };
    return br_ecdsa_i31_vrfy_raw(&br_ec_p256_m31, digest, SHA256_SIZE, &public_key, signature, ECDSA_SIGNATURE_SIZE) ==
           1;
}
