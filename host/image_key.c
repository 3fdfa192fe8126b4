#include "host/image_key.h"

#include <bearssl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "host/cli.h"

enum { FILE_MAX = 4096, DER_MAX = 512 };

/* SubjectPublicKeyInfo of a P-256 key, up to the point: RFC 5480. */
static const uint8_t public_prefix[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01,
                                         0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00 };

static br_ec_private_key private_of(struct image_key *key)
{
    return (br_ec_private_key){ .curve = BR_EC_secp256r1, .x = key->secret, .xlen = sizeof key->secret };
}

bool image_key_complete(struct image_key *key)
{
    br_ec_private_key private_key = private_of(key);
    return br_ec_compute_pub(&br_ec_p256_m31, NULL, key->point, &private_key) == sizeof key->point;
}

bool image_key_make(struct image_key *key)
{
    uint8_t seed[48];
    br_hmac_drbg_context random;
    br_ec_private_key private_key;
    if (getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
        return false;
    }
    br_hmac_drbg_init(&random, &br_sha256_vtable, seed, sizeof seed);
    return br_ec_keygen(&random.vtable, &br_ec_p256_m31, &private_key, key->secret, BR_EC_secp256r1) ==
               sizeof key->secret &&
           image_key_complete(key);
}

/* A new file with one PEM object. */
static bool write_pem(const char *path, const uint8_t *der, size_t size, const char *banner, mode_t mode)
{
    char text[FILE_MAX];
    size_t length = br_pem_encode(text, der, size, banner, BR_PEM_LINE64);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (file < 0) {
        cli_say("%s: %s. Keys are never overwritten; choose another PREFIX.", path, strerror(errno));
        return false;
    }
    bool good = write(file, text, length) == (ssize_t)length && fsync(file) == 0;
    good = close(file) == 0 && good;
    if (!good) {
        cli_say("%s could not be written: %s.", path, strerror(errno));
        unlink(path);
    }
    return good;
}

bool image_key_save(const struct image_key *key, const char *private_path, const char *public_path)
{
    struct image_key copy = *key;
    uint8_t der[DER_MAX];
    br_ec_private_key private_key = private_of(&copy);
    br_ec_public_key public_key = { .curve = BR_EC_secp256r1, .q = copy.point, .qlen = sizeof copy.point };
    size_t size = br_encode_ec_raw_der(der, &private_key, &public_key);
    if (!write_pem(private_path, der, size, BR_ENCODE_PEM_EC_RAW, 0600)) {
        return false;
    }
    memcpy(der, public_prefix, sizeof public_prefix);
    memcpy(der + sizeof public_prefix, key->point, sizeof key->point);
    if (!write_pem(public_path, der, sizeof public_prefix + sizeof key->point, "PUBLIC KEY", 0644)) {
        unlink(private_path);
        return false;
    }
    return true;
}

struct der {
    uint8_t octets[DER_MAX];
    size_t size;
    bool overflow;
};

static void add_der(void *context, const void *octets, size_t size)
{
    struct der *der = context;
    if (size > sizeof der->octets - der->size) {
        der->overflow = true;
        return;
    }
    memcpy(der->octets + der->size, octets, size);
    der->size += size;
}

/* The first object of a PEM file whose name is one of the two. */
static bool decode_pem(const char *text, size_t length, const char *name, const char *other, struct der *der)
{
    br_pem_decoder_context pem;
    bool wanted = false;
    br_pem_decoder_init(&pem);
    while (length > 0) {
        size_t taken = br_pem_decoder_push(&pem, text, length);
        text += taken;
        length -= taken;
        switch (br_pem_decoder_event(&pem)) {
        case BR_PEM_BEGIN_OBJ:
            wanted = strcmp(br_pem_decoder_name(&pem), name) == 0 || strcmp(br_pem_decoder_name(&pem), other) == 0;
            *der = (struct der){ 0 };
            br_pem_decoder_setdest(&pem, wanted ? add_der : NULL, der);
            break;
        case BR_PEM_END_OBJ:
            if (wanted) {
                return !der->overflow;
            }
            break;
        case BR_PEM_ERROR:
            return false;
        default:
            break;
        }
    }
    return false;
}

static bool read_pem(const char *path, const char *name, const char *other, struct der *der)
{
    char text[FILE_MAX];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        cli_say("%s: %s.", path, strerror(errno));
        return false;
    }
    size_t length = fread(text, 1, sizeof text - 1, file);
    bool whole = ferror(file) == 0 && feof(file) != 0;
    fclose(file);
    if (!whole) {
        cli_say("%s cannot be read, or is too long for a key.", path);
        return false;
    }
    if (length > 0 && text[length - 1] != '\n') {
        text[length++] = '\n'; /* the decoder takes whole lines */
    }
    if (!decode_pem(text, length, name, other, der)) {
        cli_say("%s holds no \"%s\" in PEM; blathy image keygen makes one.", path, name);
        return false;
    }
    return true;
}

bool image_key_load(struct image_key *key, const char *private_path)
{
    struct der der;
    br_skey_decoder_context decoder;
    if (!read_pem(private_path, BR_ENCODE_PEM_EC_RAW, BR_ENCODE_PEM_PKCS8, &der)) {
        return false;
    }
    br_skey_decoder_init(&decoder);
    br_skey_decoder_push(&decoder, der.octets, der.size);
    const br_ec_private_key *found = br_skey_decoder_get_ec(&decoder);
    if (br_skey_decoder_last_error(&decoder) != 0 || found == NULL || found->curve != BR_EC_secp256r1 ||
        found->xlen > sizeof key->secret) {
        cli_say("%s holds no private key of the curve P-256.", private_path);
        return false;
    }
    memset(key->secret, 0, sizeof key->secret);
    memcpy(key->secret + sizeof key->secret - found->xlen, found->x, found->xlen);
    if (!image_key_complete(key)) {
        cli_say("The private key in %s is not valid.", private_path);
        return false;
    }
    return true;
}

bool image_key_load_public(uint8_t point[ECDSA_KEY_SIZE], const char *public_path)
{
    struct der der;
    if (!read_pem(public_path, "PUBLIC KEY", "PUBLIC KEY", &der)) {
        return false;
    }
    if (der.size != sizeof public_prefix + ECDSA_KEY_SIZE ||
        memcmp(der.octets, public_prefix, sizeof public_prefix) != 0) {
        cli_say("%s holds no public key of the curve P-256 with an uncompressed point.", public_path);
        return false;
    }
    memcpy(point, der.octets + sizeof public_prefix, ECDSA_KEY_SIZE);
    return true;
}

bool image_key_sign(const struct image_key *key, const uint8_t digest[SHA256_SIZE],
                    uint8_t signature[ECDSA_SIGNATURE_SIZE])
{
    struct image_key copy = *key;
    br_ec_private_key private_key = private_of(&copy);
    return br_ecdsa_i31_sign_raw(&br_ec_p256_m31, &br_sha256_vtable, digest, &private_key, signature) ==
               ECDSA_SIGNATURE_SIZE &&
           ecdsa_verify(key->point, digest, signature);
}
