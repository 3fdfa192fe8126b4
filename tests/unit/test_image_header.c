/* The header of an image, octet by octet as SPEC.md has it, and the table of a virtual meter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "meter/image_header.h"
#include "meter/image_table.h"

/* Written by hand from SPEC.md; what is not here is 0. */
static void by_hand(uint8_t octets[IMAGE_HEADER_SIZE])
{
    static const uint8_t begin[] = { 'B', 'L', 'Y', 'I', 1,    2,    0x00, 0x01, 0x78, 0x56, 0x34, 0x12,
                                     1,   0,   2,   0,   0x04, 0x03, 1,    0,    1,    0,    0,    0 };
    memset(octets, 0, IMAGE_HEADER_SIZE);
    memcpy(octets, begin, sizeof begin);
    memcpy(octets + 24, "HW-1.0", 6);
    memcpy(octets + 40, "MTR-1.2.772", 11);
    for (uint8_t i = 0; i < 32; i++) {
        octets[104 + i] = (uint8_t)(0xE0 + i);
    }
}

static void a_header_is_read_and_written(void **state)
{
    (void)state;
    uint8_t octets[IMAGE_HEADER_SIZE];
    uint8_t written[IMAGE_HEADER_SIZE];
    struct image_header h;
    by_hand(octets);
    assert_int_equal(image_header_read(octets, &h), STATUS_OK);
    assert_int_equal(h.kind, IMAGE_TABLE);
    assert_int_equal(h.payload_size, 0x12345678);
    assert_true(h.version.major == 1 && h.version.minor == 2 && h.version.patch == 0x304);
    assert_true(h.minimum.major == 1 && h.minimum.minor == 1 && h.minimum.patch == 0);
    assert_string_equal(h.hardware, "HW-1.0");
    assert_string_equal(h.identifier, "MTR-1.2.772");
    assert_memory_equal(h.payload_digest, octets + 104, 32);
    assert_int_equal(image_header_write(&h, written), STATUS_OK);
    assert_memory_equal(written, octets, sizeof octets);
}

static void texts_may_fill_their_place(void **state)
{
    (void)state;
    uint8_t octets[IMAGE_HEADER_SIZE];
    struct image_header h;
    by_hand(octets);
    memset(octets + 24, 'H', 16);
    memset(octets + 40, 'I', 64);
    assert_int_equal(image_header_read(octets, &h), STATUS_OK);
    assert_int_equal(strlen(h.hardware), 16);
    assert_int_equal(strlen(h.identifier), 64);
}

static void a_header_that_is_wrong_is_refused(void **state)
{
    (void)state;
    static const struct {
        unsigned at;
        uint8_t octet;
        enum status status;
    } cases[] = {
        { 0, 'b', STATUS_MALFORMED },   { 3, 0, STATUS_MALFORMED },      { 4, 0, STATUS_INCONSISTENT },
        { 4, 2, STATUS_INCONSISTENT },  { 5, 0, STATUS_MALFORMED },      { 5, 3, STATUS_MALFORMED },
        { 6, 1, STATUS_MALFORMED },     { 7, 2, STATUS_MALFORMED },      { 24, 0, STATUS_MALFORMED },
        { 24, 0x1F, STATUS_MALFORMED }, { 25, 0x7F, STATUS_MALFORMED },  { 39, 'x', STATUS_MALFORMED },
        { 40, 0, STATUS_MALFORMED },    { 41, 0xC3, STATUS_MALFORMED },  { 103, 1, STATUS_MALFORMED },
        { 136, 1, STATUS_MALFORMED },   { 255, 0x80, STATUS_MALFORMED },
    };
    struct image_header h;
    uint8_t octets[IMAGE_HEADER_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        by_hand(octets);
        octets[cases[i].at] = cases[i].octet;
        assert_int_equal(image_header_read(octets, &h), cases[i].status);
    }
    by_hand(octets);
    memset(octets + 8, 0, 4); /* no payload */
    assert_int_equal(image_header_read(octets, &h), STATUS_MALFORMED);
    memset(octets + 8, 0xFF, 4); /* the size of the whole image would wrap */
    assert_int_equal(image_header_read(octets, &h), STATUS_MALFORMED);
}

static void versions_are_compared_part_by_part(void **state)
{
    (void)state;
    static const struct image_version ascending[] = { { 0, 0, 0 },  { 0, 0, 65535 }, { 0, 1, 0 },   { 0, 9, 9 },
                                                      { 0, 10, 0 }, { 1, 0, 0 },     { 255, 1, 1 }, { 256, 0, 0 } };
    enum { COUNT = sizeof ascending / sizeof ascending[0] };
    for (int i = 0; i < COUNT; i++) {
        for (int k = 0; k < COUNT; k++) {
            int order = image_version_compare(&ascending[i], &ascending[k]);
            assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
        }
    }
}

static enum status read_table(const char *text, struct image_table *table)
{
    return image_table_read((const uint8_t *)text, strlen(text), table);
}

static void a_table_has_a_welcome_and_pages(void **state)
{
    (void)state;
    static const uint8_t energy[] = { 1, 0, 1, 8, 0, 255 };
    static const uint8_t any[] = { 0, 0, 96, 50, 3, 9 };
    struct image_table table;
    assert_int_equal(read_table("", &table), STATUS_OK);
    assert_int_equal(table.page_count, 0);
    assert_string_equal(table.welcome, "");
    assert_int_equal(read_table("page 1.0.1.8.0.255\nwelcome HI 2.0\npage 0.0.96.50.3.009\n", &table), STATUS_OK);
    assert_string_equal(table.welcome, "HI 2.0");
    assert_int_equal(table.page_count, 2);
    assert_memory_equal(table.pages[0], energy, 6);
    assert_memory_equal(table.pages[1], any, 6);
}

static void a_table_that_is_wrong_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "page 1.0.1.8.0.255",
        "page 1.0.1.8.0\n",
        "page 1.0.1.8.0.256\n",
        "page 1.0.1.8.0.255.1\n",
        "page 1.0.1.8..255\n",
        "page  1.0.1.8.0.255\n",
        "page 1.0.1.8.0.0255\n",
        "welcome \n",
        "welcome 123456789\n",
        "welcome a\tb\n",
        "welcome A\nwelcome B\n",
        "Welcome A\n",
        "\n",
        "page 1.0.1.8.0.255\n\n",
        "pages 1.0.1.8.0.255\n",
        "page 1.0.1.8.0.255 \n",
        "page 1.0.1.8.0.255\r\n",
        "page\n",
        "page 1,0,1,8,0,255\n",
        "page -1.0.1.8.0.255\n",
    };
    struct image_table table;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (read_table(wrong[i], &table) != STATUS_MALFORMED) {
            fail_msg("%s", wrong[i]);
        }
    }
    char pages[IMAGE_TABLE_MAX + 1] = "";
    for (unsigned i = 0; i < IMAGE_PAGES_MAX; i++) {
        strcat(pages, "page 255.255.255.255.255.255\n");
    }
    strcat(pages, "welcome 12345678\n");
    assert_int_equal(read_table(pages, &table), STATUS_OK); /* the longest there is */
    assert_int_equal(table.page_count, IMAGE_PAGES_MAX);
    strcpy(strstr(pages, "welcome"), "page 1.1.1.1.1.1\n");
    assert_int_equal(read_table(pages, &table), STATUS_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_is_read_and_written),      cmocka_unit_test(texts_may_fill_their_place),
        cmocka_unit_test(a_header_that_is_wrong_is_refused), cmocka_unit_test(versions_are_compared_part_by_part),
        cmocka_unit_test(a_table_has_a_welcome_and_pages),   cmocka_unit_test(a_table_that_is_wrong_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
