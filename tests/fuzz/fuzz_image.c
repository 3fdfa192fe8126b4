/* Firmware images of any octets in a slot of just their size, and tables of a virtual meter.
 *
 * Checked besides the sanitizers: nothing is read beyond the slot, a header that was read is written back as it was,
 * and what may run has a header, a payload and a signature within the slot. The key is that of RFC 6979 A.2.5, with
 * which one image of the corpus is signed (made by tests/system/test_image.py).
 */
#include <string.h>

#include "fuzz.h"
#include "meter/image_check.h"
#include "meter/image_table.h"

struct board {
    const uint8_t *octets;
    size_t size;
};

enum status board_flash_read(struct board *board, uint32_t address, uint8_t *octets, size_t size)
{
    FUZZ_CHECK(size > 0 && address <= board->size && size <= board->size - address);
    memcpy(octets, board->octets + address, size);
    return STATUS_OK;
}

static const struct image_rules rules = {
    .key = { 0x04, 0x60, 0xFE, 0xD4, 0xBA, 0x25, 0x5A, 0x9D, 0x31, 0xC9, 0x61, 0xEB, 0x74, 0xC6, 0x35, 0x6D, 0x68,
             0xC0, 0x49, 0xB8, 0x92, 0x3B, 0x61, 0xFA, 0x6C, 0xE6, 0x69, 0x62, 0x2E, 0x60, 0xF2, 0x9F, 0xB6, 0x79,
             0x03, 0xFE, 0x10, 0x08, 0xB8, 0xBC, 0x99, 0xA4, 0x1A, 0xE9, 0xE9, 0x56, 0x28, 0xBC, 0x64, 0xF2, 0xF1,
             0xB2, 0x0C, 0x2D, 0x7E, 0x9F, 0x51, 0x77, 0xA3, 0xC2, 0x94, 0xD4, 0x46, 0x22, 0x99 },
    .hardware = "HW-1.0",
    .kind = IMAGE_TABLE,
};

static void check_image(const uint8_t *data, size_t size, bool exact)
{
    struct board board = { data, size };
    struct image_check check;
    enum status status = STATUS_BUSY;
    image_check_begin(&check, &board, &rules, 0, (uint32_t)size, exact, NULL);
    for (size_t steps = 0; status == STATUS_BUSY; steps++) {
        FUZZ_CHECK(steps <= size / IMAGE_HASH_SLICE + 2);
        status = image_check_step(&check);
    }
    FUZZ_CHECK((status == STATUS_OK) == (check.fault == IMAGE_GOOD));
    if (status == STATUS_OK) {
        FUZZ_CHECK(check.hashed == check.header.payload_size && IMAGE_SIZE(check.hashed) <= size);
        FUZZ_CHECK(!exact || IMAGE_SIZE(check.hashed) == size);
    }
}

static void check_header(const uint8_t *data)
{
    struct image_header header;
    uint8_t octets[IMAGE_HEADER_SIZE];
    if (image_header_read(data, &header) == STATUS_OK) {
        FUZZ_CHECK(image_header_write(&header, octets) == STATUS_OK);
        FUZZ_CHECK(memcmp(octets, data, sizeof octets) == 0);
        FUZZ_CHECK(strlen(header.hardware) <= IMAGE_HARDWARE_MAX && strlen(header.identifier) <= IMAGE_IDENTIFIER_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct image_table table;
    if (image_table_read(data, size, &table) == STATUS_OK) {
        FUZZ_CHECK(table.page_count <= IMAGE_PAGES_MAX && strlen(table.welcome) <= IMAGE_WELCOME_MAX);
    }
    if (size >= IMAGE_HEADER_SIZE) {
        check_header(data);
    }
    check_image(data, size, false);
    check_image(data, size, true);
    return 0;
}
