/* SHA-256 and ECDSA P-256 against the values of FIPS 180-4's examples and RFC 6979 appendix A.2.5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/ecdsa.h"

static void octets_of(const char *hex, uint8_t *octets)
{
    for (size_t i = 0; hex[2 * i] != 0; i++) {
        unsigned value;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &value), 1);
        octets[i] = (uint8_t)value;
    }
}

static void digest_of(const char *text, uint8_t digest[SHA256_SIZE])
{
    struct sha256 s;
    sha256_begin(&s);
    sha256_add(&s, (const uint8_t *)text, strlen(text));
    sha256_digest(&s, digest);
}

static void sha256_gives_the_published_digests(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t digest[SHA256_SIZE];
        uint8_t expected[SHA256_SIZE];
        digest_of(cases[i][0], digest);
        octets_of(cases[i][1], expected);
        assert_memory_equal(digest, expected, sizeof digest);
    }
}

/* FIPS 180-4's long example, a million times 'a', in pieces of every length up to 200. */
static void sha256_takes_pieces(void **state)
{
    (void)state;
    struct sha256 s;
    uint8_t piece[200];
    uint8_t digest[SHA256_SIZE];
    uint8_t expected[SHA256_SIZE];
    size_t left = 1000000;
    memset(piece, 'a', sizeof piece);
    sha256_begin(&s);
    for (size_t i = 0; left > 0; i++) {
        size_t part = i % (sizeof piece + 1);
        part = part < left ? part : left;
        sha256_add(&s, piece, part);
        left -= part;
        sha256_digest(&s, digest); /* asking changes nothing */
    }
    octets_of("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", expected);
    assert_memory_equal(digest, expected, sizeof digest);
}

static const char key_hex[] = "0460FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
                              "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299";
static const char order_hex[] = "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551";
static const char sample_hex[] = "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
                                 "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8";
static const char test_hex[] = "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367"
                               "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083";

static void ecdsa_takes_the_published_signatures(void **state)
{
    (void)state;
    uint8_t key[ECDSA_KEY_SIZE];
    uint8_t digest[SHA256_SIZE];
    uint8_t signature[ECDSA_SIGNATURE_SIZE];
    octets_of(key_hex, key);
    octets_of(sample_hex, signature);
    digest_of("sample", digest);
    assert_true(ecdsa_verify(key, digest, signature));
    digest_of("test", digest);
    assert_false(ecdsa_verify(key, digest, signature));
    octets_of(test_hex, signature);
    assert_true(ecdsa_verify(key, digest, signature));
}

static void ecdsa_refuses_any_other_bit(void **state)
{
    (void)state;
    uint8_t key[ECDSA_KEY_SIZE];
    uint8_t digest[SHA256_SIZE];
    uint8_t signature[ECDSA_SIGNATURE_SIZE];
    struct {
        uint8_t *octets;
        size_t size;
    } const inputs[] = { { key, sizeof key }, { digest, sizeof digest }, { signature, sizeof signature } };
    octets_of(key_hex, key);
    octets_of(sample_hex, signature);
    digest_of("sample", digest);
    for (size_t i = 0; i < 3; i++) {
        for (size_t bit = 0; bit < inputs[i].size * 8; bit++) {
            inputs[i].octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_false(ecdsa_verify(key, digest, signature));
            inputs[i].octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    assert_true(ecdsa_verify(key, digest, signature));
}

/* r and s are each 0, n, and above it; the key is the point at infinity, no point, or compressed. */
static void ecdsa_refuses_what_is_out_of_range(void **state)
{
    (void)state;
    uint8_t key[ECDSA_KEY_SIZE];
    uint8_t digest[SHA256_SIZE];
    uint8_t good[ECDSA_SIGNATURE_SIZE];
    uint8_t bad[3][ECDSA_SIGNATURE_SIZE / 2] = { 0 };
    octets_of(key_hex, key);
    octets_of(sample_hex, good);
    octets_of(order_hex, bad[1]);
    memset(bad[2], 0xFF, sizeof bad[2]);
    digest_of("sample", digest);
    for (unsigned r = 0; r < 4; r++) {
        for (unsigned s = 0; s < 4; s++) {
            uint8_t signature[ECDSA_SIGNATURE_SIZE];
            memcpy(signature, r < 3 ? bad[r] : good, sizeof bad[0]);
            memcpy(signature + sizeof bad[0], s < 3 ? bad[s] : good + sizeof bad[0], sizeof bad[0]);
            assert_int_equal(ecdsa_verify(key, digest, signature), r == 3 && s == 3);
            memset(digest, 0, sizeof digest); /* with z = 0 an r of 0 would be the point at infinity */
            if (ecdsa_verify(key, digest, signature)) {
                fail_msg("r %u, s %u, z = 0", r, s);
            }
            digest_of("sample", digest);
        }
    }
    static const uint8_t first[] = { 0x00, 0x02, 0x03, 0x06, 0x07 };
    for (size_t i = 0; i < sizeof first; i++) {
        key[0] = first[i];
        assert_false(ecdsa_verify(key, digest, good));
    }
    memset(key, 0, sizeof key);
    assert_false(ecdsa_verify(key, digest, good));
    key[0] = 4;
    assert_false(ecdsa_verify(key, digest, good));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_gives_the_published_digests),   cmocka_unit_test(sha256_takes_pieces),
        cmocka_unit_test(ecdsa_takes_the_published_signatures), cmocka_unit_test(ecdsa_refuses_any_other_bit),
        cmocka_unit_test(ecdsa_refuses_what_is_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
