/* Keys for firmware images: ECDSA P-256, in PEM files that other tools read too.
 *
 * The private key is an "EC PRIVATE KEY" (RFC 5915); "PRIVATE KEY" (PKCS #8) is read as well. The public key is a
 * "PUBLIC KEY" (RFC 5480) with an uncompressed point.
 */
#ifndef HOST_IMAGE_KEY_H
#define HOST_IMAGE_KEY_H

#include <stdbool.h>

#include "crypto/ecdsa.h"

#define IMAGE_KEY_SECRET 32u

struct image_key {
    uint8_t secret[IMAGE_KEY_SECRET];
    uint8_t point[ECDSA_KEY_SIZE];
};

/* Random numbers from the kernel. False when there are none. */
bool image_key_make(struct image_key *key);

/* The point that belongs to key->secret. False: it is not in 1..n-1. */
bool image_key_complete(struct image_key *key);

/* What goes wrong is said (cli_say). The files must not exist yet; the private one is for its owner alone. */
bool image_key_save(const struct image_key *key, const char *private_path, const char *public_path);
bool image_key_load(struct image_key *key, const char *private_path);
bool image_key_load_public(uint8_t point[ECDSA_KEY_SIZE], const char *public_path);

/* The signature of a digest, the same each time (RFC 6979). */
bool image_key_sign(const struct image_key *key, const uint8_t digest[SHA256_SIZE],
                    uint8_t signature[ECDSA_SIGNATURE_SIZE]);

#endif
