/* ECDSA on the curve P-256: whether a signature is right.
 *
 * Source  FIPS 186-4 clause 6.4 and D.1.2.3, SEC 1 clause 2.3.3 (the point), by BearSSL, whose arithmetic takes the
 * same time for every number. RAM     about 3 KiB of stack; no heap. Not sliced: some hundred milliseconds on a small
 * microcontroller.
 */
#ifndef CRYPTO_ECDSA_H
#define CRYPTO_ECDSA_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/sha256.h"

#define ECDSA_KEY_SIZE       65u /* 04, x, y: uncompressed point, big endian */
#define ECDSA_SIGNATURE_SIZE 64u /* r, s: big endian */

/* False too for a key that is no point of the curve, and for r or s not in 1..n-1. */
bool ecdsa_verify(const uint8_t key[ECDSA_KEY_SIZE], const uint8_t digest[SHA256_SIZE],
                  const uint8_t signature[ECDSA_SIGNATURE_SIZE]);

#endif
