/* A-XDR against encodings written by hand (IEC 61334-6, DLMS UA 1000-2 clause 9.5) and against a second decoder,
 * recursive where axdr_skip is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "cosem/axdr.h"

static uint8_t buffer[70000];

static struct axdr_writer writer(size_t size)
{
    struct axdr_writer w;
    axdr_writer_init(&w, buffer, size, size);
    return w;
}

static void assert_written(const struct axdr_writer *w, const char *octets, size_t size)
{
    assert_false(w->overflow);
    assert_int_equal(w->used, size);
    assert_memory_equal(w->data, octets, size);
}

/* The octets of a string literal. */
#define WRITTEN(w, text) assert_written(w, text, sizeof(text) - 1)

static void values_are_encoded_as_the_standard_does(void **state)
{
    (void)state;
    struct axdr_writer w = writer(64);
    axdr_null(&w);
    axdr_array(&w, 1);
    axdr_structure(&w, 2);
    axdr_boolean(&w, true);
    axdr_boolean(&w, false);
    WRITTEN(&w, "\x00\x01\x01\x02\x02\x03\x01\x03\x00");

    w = writer(64);
    axdr_number(&w, AXDR_BOOLEAN, 1);
    axdr_number(&w, AXDR_INTEGER, -3);
    axdr_number(&w, AXDR_LONG, -60); /* time_zone of UTC+1: object-model.md 10.8 */
    axdr_number(&w, AXDR_DOUBLE_LONG, -2);
    axdr_number(&w, AXDR_LONG64, -1);
    WRITTEN(&w, "\x03\x01\x0f\xfd\x10\xff\xc4\x05\xff\xff\xff\xfe\x14\xff\xff\xff\xff\xff\xff\xff\xff");

    w = writer(64);
    axdr_number(&w, AXDR_UNSIGNED, 200);
    axdr_number(&w, AXDR_ENUM, 30);
    axdr_number(&w, AXDR_LONG_UNSIGNED, 0x8001);
    axdr_number(&w, AXDR_DOUBLE_LONG_UNSIGNED, 0x80000001);
    axdr_number(&w, AXDR_LONG64_UNSIGNED, INT64_MAX);
    WRITTEN(&w, "\x11\xc8\x16\x1e\x12\x80\x01\x06\x80\x00\x00\x01\x15\x7f\xff\xff\xff\xff\xff\xff\xff");

    w = writer(64);
    axdr_octet_string(&w, (const uint8_t *)"\x00\x00\x01\x00\x00\xff", 6);
    axdr_octet_string(&w, NULL, 0);
    axdr_bit_string(&w, (const uint8_t *)"\x00\x7e\x1d", 24); /* object-model.md 10.6 */
    axdr_bit_string(&w, (const uint8_t *)"\x80", 1);
    axdr_put_u8(&w, 0xab);
    axdr_put_u16(&w, 0x0102);
    axdr_put_u32(&w, 0x03040506);
    WRITTEN(&w, "\x09\x06\x00\x00\x01\x00\x00\xff\x09\x00\x04\x18\x00\x7e\x1d\x04\x01\x80\xab\x01\x02\x03\x04\x05\x06");
}

static void lengths_take_one_to_three_octets(void **state)
{
    (void)state;
    static const struct {
        size_t length;
        const char *octets;
        size_t size;
    } cases[] = {
        { 0, "\x00", 1 },           { 127, "\x7f", 1 },          { 128, "\x81\x80", 2 },      { 255, "\x81\xff", 2 },
        { 256, "\x82\x01\x00", 3 }, { 1024, "\x82\x04\x00", 3 }, { 65535, "\x82\xff\xff", 3 }
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct axdr_writer w = writer(8);
        axdr_put_length(&w, cases[i].length);
        assert_written(&w, cases[i].octets, cases[i].size);
        struct axdr_reader r;
        axdr_reader_init(&r, buffer, w.used);
        assert_int_equal(axdr_get_length(&r), cases[i].length);
        assert_false(axdr_failed(&r));
    }
    struct axdr_writer w = writer(8);
    axdr_put_length(&w, 65536);
    assert_true(w.overflow);
}

static void long_forms_of_lengths_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *octets;
        size_t size;
        bool good;
        size_t length;
    } cases[] = { { "\x81\x05", 2, true, 5 },
                  { "\x83\x00\x01\x00", 4, true, 256 },
                  { "\x84\xff\xff\xff\xff", 5, true, 0xffffffff },
                  { "\x80", 1, false, 0 },
                  { "\x85\x00\x00\x00\x00\x01", 6, false, 0 },
                  { "\xff", 1, false, 0 },
                  { "\x82\x01", 2, false, 0 },
                  { "", 0, false, 0 } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct axdr_reader r;
        axdr_reader_init(&r, (const uint8_t *)cases[i].octets, cases[i].size);
        assert_int_equal(axdr_get_length(&r), cases[i].length);
        assert_int_equal(r.malformed, !cases[i].good);
    }
}

/* Ranges of the integer types, as the standard gives them. */
static const struct {
    enum axdr_tag tag;
    int64_t lowest;
    int64_t highest;
    size_t octets;
} numbers[] = {
    { AXDR_BOOLEAN, 0, 1, 2 },
    { AXDR_INTEGER, -128, 127, 2 },
    { AXDR_LONG, -32768, 32767, 3 },
    { AXDR_DOUBLE_LONG, -2147483648LL, 2147483647LL, 5 },
    { AXDR_LONG64, INT64_MIN, INT64_MAX, 9 },
    { AXDR_UNSIGNED, 0, 255, 2 },
    { AXDR_ENUM, 0, 255, 2 },
    { AXDR_LONG_UNSIGNED, 0, 65535, 3 },
    { AXDR_DOUBLE_LONG_UNSIGNED, 0, 4294967295LL, 5 },
    { AXDR_LONG64_UNSIGNED, 0, INT64_MAX, 9 },
};

enum { NUMBERS = sizeof numbers / sizeof numbers[0] };

static void assert_number(size_t i, int64_t value)
{
    struct axdr_writer w = writer(16);
    axdr_number(&w, numbers[i].tag, value);
    bool fits = value >= numbers[i].lowest && value <= numbers[i].highest;
    assert_int_equal(w.overflow, !fits);
    assert_int_equal(w.used, fits ? numbers[i].octets : 0);
    if (!fits) {
        return;
    }
    uint64_t bits = 0; /* the value as its octets say it, most significant first */
    for (size_t k = 1; k < w.used; k++) {
        bits = bits * 256 + buffer[k];
    }
    uint64_t modulus_mask = w.used == 9 ? UINT64_MAX : ((uint64_t)1 << (8 * (w.used - 1))) - 1;
    assert_int_equal(bits, (uint64_t)value & modulus_mask);
    struct axdr_reader r;
    axdr_reader_init(&r, buffer, w.used);
    assert_int_equal(axdr_get_number(&r, numbers[i].tag), value);
    assert_int_equal(axdr_status(&r), STATUS_OK);
    assert_int_equal(axdr_left(&r), 0);
}

static void numbers_keep_their_ranges(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUMBERS; i++) {
        for (int64_t value = -70000; value <= 70000; value++) {
            assert_number(i, value);
        }
        for (unsigned shift = 0; shift < 63; shift++) {
            int64_t power = (int64_t)1 << shift;
            for (int64_t delta = -1; delta <= 1; delta++) {
                assert_number(i, power + delta);
                assert_number(i, -power + delta);
            }
        }
        assert_number(i, INT64_MAX);
        assert_number(i, INT64_MIN);
    }
}

static void what_is_no_number_is_refused(void **state)
{
    (void)state;
    for (unsigned tag = 0; tag < 256; tag++) {
        bool number = false;
        for (size_t i = 0; i < NUMBERS; i++) {
            number |= (unsigned)numbers[i].tag == tag;
        }
        struct axdr_writer w = writer(16);
        axdr_number(&w, (enum axdr_tag)tag, 0);
        assert_int_equal(w.overflow, !number);
        struct axdr_reader r;
        axdr_reader_init(&r, (const uint8_t *)"\x11\x00", 2);
        axdr_get_number(&r, (enum axdr_tag)tag);
        assert_int_equal(axdr_status(&r), tag == AXDR_UNSIGNED ? STATUS_OK : STATUS_TYPE);
    }
    struct axdr_reader r; /* too large for what is returned */
    axdr_reader_init(&r, (const uint8_t *)"\x15\x80\x00\x00\x00\x00\x00\x00\x00", 9);
    assert_int_equal(axdr_get_number(&r, AXDR_LONG64_UNSIGNED), 0);
    assert_int_equal(axdr_status(&r), STATUS_TYPE);
}

/* A value with everything in it: returns whether it was whole. */
static void write_everything(struct axdr_writer *w)
{
    axdr_array(w, 200);
    axdr_structure(w, 3);
    axdr_null(w);
    axdr_boolean(w, true);
    axdr_number(w, AXDR_DOUBLE_LONG, -1);
    axdr_octet_string(w, (const uint8_t *)"abc", 3);
    axdr_bit_string(w, (const uint8_t *)"\xf0", 4);
    axdr_put_u16(w, 1);
    axdr_put_u32(w, 2);
    axdr_put_octets(w, (const uint8_t *)"xy", 2);
}

static void a_writer_stops_at_its_end_whatever_that_is(void **state)
{
    (void)state;
    struct axdr_writer w = writer(100);
    write_everything(&w);
    size_t whole = w.used;
    assert_false(w.overflow);
    for (size_t size = 0; size <= whole; size++) {
        uint8_t *exact = malloc(size > 0 ? size : 1); /* the sanitizer watches its end */
        axdr_writer_init(&w, exact, size, size);
        write_everything(&w);
        assert_int_equal(w.overflow, size < whole);
        assert_true(w.used <= size);
        assert_memory_equal(exact, buffer, w.used);
        size_t used = w.used;
        axdr_put_octets(&w, NULL, 0);
        axdr_put_u8(&w, 0); /* sticky: nothing more is taken, even if it fitted */
        assert_int_equal(w.used, used);
        free(exact);
    }
}

static void room_ends_at_the_limit_or_with_overflow(void **state)
{
    (void)state;
    struct axdr_writer w;
    axdr_writer_init(&w, buffer, 10, 4);
    for (unsigned i = 0; i < 4; i++) {
        assert_true(axdr_room(&w));
        axdr_put_u8(&w, 0);
    }
    assert_false(axdr_room(&w));
    axdr_put_u32(&w, 0); /* past the limit, not past the size */
    assert_false(w.overflow);
    axdr_writer_init(&w, buffer, 2, 2);
    axdr_put_u32(&w, 0);
    assert_true(w.overflow);
    assert_false(axdr_room(&w));
}

static void readers_tell_type_from_form(void **state)
{
    (void)state;
    struct axdr_reader r;
    size_t size;
    axdr_reader_init(&r, (const uint8_t *)"\x09\x03xyz\x03\xff\x01\x02\x11\x05\x11\x06\x02\x00", 15);
    assert_int_equal(axdr_peek(&r), AXDR_OCTET_STRING);
    assert_memory_equal(axdr_get_octet_string(&r, &size), "xyz", 3);
    assert_int_equal(size, 3);
    assert_true(axdr_get_boolean(&r)); /* every octet but 00 is TRUE */
    assert_int_equal(axdr_get_array(&r), 2);
    assert_int_equal(axdr_get_number(&r, AXDR_UNSIGNED), 5);
    assert_int_equal(axdr_get_number(&r, AXDR_UNSIGNED), 6);
    assert_int_equal(axdr_get_structure(&r), 0);
    assert_int_equal(axdr_peek(&r), AXDR_DONT_CARE);
    assert_int_equal(axdr_status(&r), STATUS_OK);

    axdr_reader_init(&r, (const uint8_t *)"\x0a\x01x", 3);
    assert_null(axdr_get_octet_string(&r, &size));
    assert_int_equal(size, 0);
    assert_int_equal(axdr_status(&r), STATUS_TYPE);
    assert_int_equal(axdr_get_u8(&r), 0); /* sticky */
    assert_int_equal(axdr_peek(&r), AXDR_DONT_CARE);

    axdr_reader_init(&r, (const uint8_t *)"\x09\x04xyz", 5);
    assert_null(axdr_get_octet_string(&r, &size));
    assert_int_equal(axdr_status(&r), STATUS_MALFORMED);
    axdr_reader_init(&r, (const uint8_t *)"\x01\x82\xff\xff\x00", 5);
    assert_int_equal(axdr_get_array(&r), 0); /* more elements than octets */
    assert_int_equal(axdr_status(&r), STATUS_MALFORMED);
    axdr_reader_init(&r, (const uint8_t *)"\x01\x02\x00", 3);
    assert_int_equal(axdr_get_array(&r), 0);
    assert_int_equal(axdr_status(&r), STATUS_MALFORMED);
    axdr_reader_init(&r, (const uint8_t *)"\x02\x02\x00\x00", 4);
    assert_int_equal(axdr_get_structure(&r), 2);
    axdr_reader_init(&r, (const uint8_t *)"\x06\x00\x00\x00", 4);
    axdr_get_number(&r, AXDR_DOUBLE_LONG_UNSIGNED);
    assert_int_equal(axdr_status(&r), STATUS_MALFORMED);
    axdr_reader_init(&r, (const uint8_t *)"\x01\x02\x03\x04\x05\x06", 6);
    assert_int_equal(axdr_get_u16(&r), 0x0102);
    assert_int_equal(axdr_get_u32(&r), 0x03040506);
    assert_int_equal(axdr_get_u16(&r), 0);
    assert_true(r.malformed);
}

/* The second decoder ------------------------------------------------------------ */

/* How far a value reaches, or NULL if it is none. */
static const uint8_t *end_of(const uint8_t *p, const uint8_t *end);

static bool length_of(const uint8_t **p, const uint8_t *end, uint64_t *length)
{
    if (*p == end) {
        return false;
    }
    unsigned octets = *(*p)++;
    if (octets < 128) {
        *length = octets;
        return true;
    }
    *length = 0;
    if (octets == 128 || octets > 132 || end - *p < (ptrdiff_t)(octets - 128)) {
        return false;
    }
    for (octets -= 128; octets > 0; octets--) {
        *length = *length << 8 | *(*p)++;
    }
    return true;
}

static const uint8_t *end_of_octets(const uint8_t *p, const uint8_t *end, uint64_t octets)
{
    return (uint64_t)(end - p) < octets ? NULL : p + octets;
}

static const uint8_t *end_of_description(const uint8_t *p, const uint8_t *end)
{
    static const uint8_t simple[] = {
        0, 3, 4, 5, 6, 9, 10, 12, 13, 15, 16, 17, 18, 20, 21, 22, 23, 24, 25, 26, 27, 255
    };
    if (p == end) {
        return NULL;
    }
    uint8_t tag = *p++;
    if (tag == 1) {
        p = end_of_octets(p, end, 2);
        return p == NULL ? NULL : end_of_description(p, end);
    }
    if (tag == 2) {
        uint64_t count;
        if (!length_of(&p, end, &count)) {
            return NULL;
        }
        for (; count > 0 && p != NULL; count--) {
            p = end_of_description(p, end);
        }
        return p;
    }
    return memchr(simple, tag, sizeof simple) != NULL ? p : NULL;
}

static const uint8_t *end_of(const uint8_t *p, const uint8_t *end)
{
    uint64_t length;
    if (p == end) {
        return NULL;
    }
    uint8_t tag = *p++;
    switch (tag) {
    case 0:
    case 255:
        return p;
    case 3:
    case 13:
    case 15:
    case 17:
    case 22:
        return end_of_octets(p, end, 1);
    case 16:
    case 18:
        return end_of_octets(p, end, 2);
    case 5:
    case 6:
    case 23:
    case 27:
        return end_of_octets(p, end, 4);
    case 26:
        return end_of_octets(p, end, 5);
    case 20:
    case 21:
    case 24:
        return end_of_octets(p, end, 8);
    case 25:
        return end_of_octets(p, end, 12);
    case 9:
    case 10:
    case 12:
        return length_of(&p, end, &length) ? end_of_octets(p, end, length) : NULL;
    case 4:
        return length_of(&p, end, &length) ? end_of_octets(p, end, (length + 7) / 8) : NULL;
    case 1:
    case 2:
        if (!length_of(&p, end, &length)) {
            return NULL;
        }
        for (; length > 0 && p != NULL; length--) {
            p = end_of(p, end);
        }
        return p;
    case 19:
        p = end_of_description(p, end);
        return p != NULL && length_of(&p, end, &length) ? end_of_octets(p, end, length) : NULL;
    default:
        return NULL;
    }
}

static uint32_t seed = 1;

static uint32_t any(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(seed >> 8) * below >> 24);
}

/* A random value of random depth; now and then a length in a longer form than it needs. */
static uint8_t *put_random(uint8_t *p, unsigned depth)
{
    static const uint8_t tags[] = { 0,  1,  1,  1,  2,  2,  2,  3,  4,  5,  6,  9,  10, 12, 13,
                                    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 255 };
    static const uint8_t sizes[28] = {
        [3] = 1,  [5] = 4,  [6] = 4,  [13] = 1, [15] = 1, [16] = 2,  [17] = 1, [18] = 2,
        [20] = 8, [21] = 8, [22] = 1, [23] = 4, [24] = 8, [25] = 12, [26] = 5, [27] = 4
    };
    uint8_t tag = tags[any(sizeof tags)];
    uint8_t length = (uint8_t)any(6);
    if (depth == 0 && (tag == 1 || tag == 2)) {
        tag = 0;
    }
    *p++ = tag;
    if (tag == 19) {
        *p++ = 2;
        *p++ = 2;
        *p++ = 1;
        *p++ = 0;
        *p++ = 3;
        *p++ = 17;
        *p++ = 6;
    }
    if (tag == 1 || tag == 2 || tag == 4 || tag == 9 || tag == 10 || tag == 12 || tag == 19) {
        if (any(4) == 0) {
            *p++ = 0x81;
        }
        *p++ = length;
    }
    if (tag == 1 || tag == 2) {
        for (unsigned i = 0; i < length; i++) {
            p = put_random(p, depth - 1);
        }
        return p;
    }
    unsigned octets = tag < sizeof sizes ? sizes[tag] : 0;
    if (tag == 9 || tag == 10 || tag == 12 || tag == 19) {
        octets = length;
    } else if (tag == 4) {
        octets = length > 0 ? 1 : 0;
    }
    for (unsigned i = 0; i < octets; i++) {
        *p++ = (uint8_t)any(256);
    }
    return p;
}

static void assert_skips_as(const uint8_t *octets, size_t size)
{
    uint8_t *exact = malloc(size > 0 ? size : 1);
    memcpy(exact, octets, size);
    struct axdr_reader r;
    axdr_reader_init(&r, exact, size);
    axdr_skip(&r);
    const uint8_t *end = end_of(exact, exact + size);
    assert_int_equal(axdr_failed(&r), end == NULL);
    if (end != NULL) {
        assert_int_equal(r.at, end - exact);
    }
    free(exact);
}

static void skipping_agrees_with_a_recursive_decoder(void **state)
{
    (void)state;
    unsigned whole = 0;
    for (unsigned i = 0; i < 3000; i++) {
        size_t size = (size_t)(put_random(buffer, any(5)) - buffer);
        whole += end_of(buffer, buffer + size) == buffer + size ? 1 : 0;
        assert_skips_as(buffer, size);
        assert_skips_as(buffer, size + any(4));       /* something behind it */
        assert_skips_as(buffer, any((uint32_t)size)); /* cut */
        if (size > 0) {
            buffer[any((uint32_t)size)] = (uint8_t)any(256); /* spoilt */
            assert_skips_as(buffer, size);
        }
    }
    assert_int_equal(whole, 3000); /* the generator is right */
}

static void every_value_of_two_octets_agrees(void **state)
{
    (void)state;
    for (unsigned value = 0; value < 0x10000; value++) {
        const uint8_t octets[] = { (uint8_t)(value >> 8), (uint8_t)value, 0, 0 };
        assert_skips_as(octets, sizeof octets);
    }
}

static void depth_costs_nothing(void **state)
{
    (void)state;
    size_t levels = sizeof buffer / 2 - 1;
    for (size_t i = 0; i < levels; i++) {
        buffer[2 * i] = AXDR_STRUCTURE;
        buffer[2 * i + 1] = 1;
    }
    buffer[2 * levels] = AXDR_NULL;
    struct axdr_reader r;
    axdr_reader_init(&r, buffer, 2 * levels + 1);
    axdr_skip(&r);
    assert_int_equal(axdr_status(&r), STATUS_OK);
    assert_int_equal(axdr_left(&r), 0);
    axdr_reader_init(&r, buffer, 2 * levels);
    axdr_skip(&r);
    assert_int_equal(axdr_status(&r), STATUS_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_encoded_as_the_standard_does),
        cmocka_unit_test(lengths_take_one_to_three_octets),
        cmocka_unit_test(long_forms_of_lengths_are_read),
        cmocka_unit_test(numbers_keep_their_ranges),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(a_writer_stops_at_its_end_whatever_that_is),
        cmocka_unit_test(room_ends_at_the_limit_or_with_overflow),
        cmocka_unit_test(readers_tell_type_from_form),
        cmocka_unit_test(skipping_agrees_with_a_recursive_decoder),
        cmocka_unit_test(every_value_of_two_octets_agrees),
        cmocka_unit_test(depth_costs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
