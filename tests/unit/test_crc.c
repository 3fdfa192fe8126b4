/* CRC-16/X-25 and CRC-32 against their published check values, published frames, and the polynomials bit by bit. */
#include "base/crc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* ISO/IEC 13239 as it is written: one bit at a time. */
static uint16_t add_by_bits(uint16_t crc, const uint8_t *octets, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            unsigned in = ((unsigned)octets[i] >> bit ^ crc) & 1u;
            crc = (uint16_t)(crc >> 1);
            if (in != 0) {
                crc ^= 0x8408;
            }
        }
    }
    return crc;
}

static void check_value_is_the_published_one(void **state)
{
    (void)state;
    const uint8_t digits[] = "123456789";
    assert_int_equal(crc16_x25(digits, 9), 0x906E);
    assert_int_equal(crc16_x25_add(CRC16_X25_START, digits, 0), CRC16_X25_START);
}

/* Frames without their flags, as real clients and meters have sent them. */
static void published_frames_are_good(void **state)
{
    (void)state;
    static const uint8_t snrm[] = { 0xA0, 0x07, 0x03, 0x21, 0x93, 0x0F, 0x01 };
    static const uint8_t disc[] = { 0xA0, 0x07, 0x03, 0x21, 0x53, 0x03, 0xC7 };
    static const uint8_t ua[] = { 0xA0, 0x1E, 0x21, 0x03, 0x73, 0xC3, 0x7A, 0x81, 0x80, 0x12,
                                  0x05, 0x01, 0x80, 0x06, 0x01, 0x80, 0x07, 0x04, 0x00, 0x00,
                                  0x00, 0x01, 0x08, 0x04, 0x00, 0x00, 0x00, 0x01, 0x53, 0x3B };
    assert_int_equal(crc16_x25_add(CRC16_X25_START, snrm, sizeof snrm), CRC16_X25_GOOD);
    assert_int_equal(crc16_x25_add(CRC16_X25_START, disc, sizeof disc), CRC16_X25_GOOD);
    assert_int_equal(crc16_x25_add(CRC16_X25_START, ua, 7), CRC16_X25_GOOD); /* HCS */
    assert_int_equal(crc16_x25_add(CRC16_X25_START, ua, sizeof ua), CRC16_X25_GOOD);
    assert_int_equal(crc16_x25_add(CRC16_X25_GOOD, ua + 7, sizeof ua - 7), CRC16_X25_GOOD);
}

static void every_octet_in_every_state_is_that_of_the_polynomial(void **state)
{
    (void)state;
    for (unsigned octet = 0; octet < 256; octet++) {
        for (unsigned crc = 0; crc < 0x10000; crc += 97) {
            uint8_t octets[2] = { (uint8_t)octet, (uint8_t)(crc * 31u) };
            for (size_t size = 1; size <= 2; size++) {
                assert_int_equal(crc16_x25_add((uint16_t)crc, octets, size), add_by_bits((uint16_t)crc, octets, size));
            }
        }
    }
}

static void every_size_is_right_whole_or_in_pieces(void **state)
{
    (void)state;
    uint8_t octets[67];
    for (size_t i = 0; i < sizeof octets; i++) {
        octets[i] = (uint8_t)(i * i * 7u + 13u);
    }
    for (size_t size = 0; size <= sizeof octets; size++) {
        uint16_t whole = add_by_bits(CRC16_X25_START, octets, size);
        for (size_t cut = 0; cut <= size; cut++) {
            uint16_t crc = crc16_x25_add(CRC16_X25_START, octets, cut);
            assert_int_equal(crc16_x25_add(crc, octets + cut, size - cut), whole);
        }
    }
}

static void crc32_is_the_published_one_and_that_of_the_polynomial(void **state)
{
    (void)state;
    const uint8_t digits[] = "123456789";
    assert_int_equal(crc32_add(0, digits, 9), 0xCBF43926);
    for (size_t cut = 0; cut <= 9; cut++) {
        assert_int_equal(crc32_add(crc32_add(0, digits, cut), digits + cut, 9 - cut), 0xCBF43926);
    }
    for (unsigned octet = 0; octet < 256; octet++) {
        uint8_t octets[2] = { (uint8_t)octet, (uint8_t)(octet * 31u) };
        uint32_t crc = 0xFFFFFFFFu;
        for (unsigned bit = 0; bit < 16; bit++) {
            uint32_t in = ((uint32_t)octets[bit / 8] >> bit % 8 ^ crc) & 1u;
            crc = crc >> 1 ^ (in != 0 ? 0xEDB88320u : 0);
        }
        assert_int_equal(crc32_add(0, octets, 2), ~crc);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_value_is_the_published_one),
        cmocka_unit_test(published_frames_are_good),
        cmocka_unit_test(every_octet_in_every_state_is_that_of_the_polynomial),
        cmocka_unit_test(every_size_is_right_whole_or_in_pieces),
        cmocka_unit_test(crc32_is_the_published_one_and_that_of_the_polynomial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
