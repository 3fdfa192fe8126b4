/* A profile whose ring holds any octets, with checks that are right: the descriptor, then rows, whatever their runs and
 * stamps. The first octets say the fixed part, how long a row and the descriptor are, and what is searched for.
 *
 * Checked besides the sanitizers: what mounts has rows as wide as its columns say; what does not is left alone;
 * searches end, and their pieces lie in the range, one after the other.
 */
#include "boards/sim/nor.h"
#include "fuzz.h"
#include "meter/profile.h"

enum { BLOCKS = 5, ROWS_MAX = 64 };

struct board {
    struct nor nor;
    uint8_t octets[BLOCKS * BOARD_FLASH_BLOCK];
    uint32_t erases[BLOCKS];
};

enum status board_flash_read(struct board *board, uint32_t address, uint8_t *octets, size_t size)
{
    return nor_read(&board->nor, address, octets, size);
}

enum status board_flash_program(struct board *board, uint32_t address, const uint8_t *octets, size_t size)
{
    return nor_program(&board->nor, address, octets, size);
}

enum status board_flash_erase(struct board *board, uint32_t block)
{
    return nor_erase(&board->nor, block);
}

static const struct board_region region = { 0, BLOCKS };

static void fill(struct board *board, struct fuzz_input *in)
{
    struct flashlog log;
    uint8_t descriptor[FLASHLOG_DESCRIPTOR_MAX] = { 0 };
    uint16_t row_size = (uint16_t)(1 + fuzz_octet(in));
    size_t size = (size_t)fuzz_octet(in) * 2 + 1;
    FUZZ_CHECK(flashlog_mount(&log, board, &region) == STATUS_UNDEFINED);
    const uint8_t *given = fuzz_octets(in, &size);
    for (size_t i = 0; i < size; i++) {
        descriptor[i] = given[i];
    }
    FUZZ_CHECK(flashlog_restart(&log, row_size, descriptor, (uint16_t)size) == STATUS_OK);
    for (unsigned k = 0; k < ROWS_MAX && fuzz_left(in) > 0; k++) {
        uint8_t row[FLASHLOG_ROW_MAX];
        for (unsigned i = 0; i < row_size; i++) {
            row[i] = fuzz_octet(in);
        }
        FUZZ_CHECK(flashlog_append(&log, row) == STATUS_OK);
    }
}

static void check_search(struct profile *p, int64_t from_s, int64_t to_s)
{
    struct profile_range all = profile_all(p);
    uint32_t first = 0;
    uint32_t end = all.first;
    uint32_t at = all.first;
    while (profile_next_match(p, &all, end, from_s, to_s, &first, &end)) {
        FUZZ_CHECK(first >= at && first < end && end <= all.end);
        at = end;
    }
}

static void check_rows(struct profile *p)
{
    struct profile_range all = profile_all(p);
    struct profile_day day = { 0 };
    for (uint32_t s = all.first; s < all.end; s++) {
        uint8_t octets[FLASHLOG_ROW_MAX];
        struct profile_row row;
        FUZZ_CHECK(profile_read(p, &all, s, octets, &row) == STATUS_OK);
        FUZZ_CHECK(profile_date_time(&row, &day) != NULL);
        check_search(p, row.stamp_s, row.stamp_s);
        check_search(p, 0, row.stamp_s);
    }
}

static void read_nothing(void *context, const struct profile_column *column, uint8_t *contents)
{
    (void)context;
    for (unsigned i = 0; i < column->width; i++) {
        contents[i] = 0;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct board board;
    static const uint8_t fixed[UINT8_MAX] = { 0 };
    struct fuzz_input in = { data, data + size };
    struct profile_column columns[BILLING_COLUMNS_MAX];
    struct profile p;
    struct calendar_time t = calendar_civil(0);
    struct profile_kind kind = { .rows = 1, .columns_max = 16 };
    kind.rows = (uint16_t)(kind.rows + fuzz_octet(&in));
    kind.fixed = fuzz_octet(&in);
    nor_init(&board.nor, board.octets, board.erases, BLOCKS);
    fill(&board, &in);
    uint32_t operations = board.nor.operations;
    enum status status = profile_mount(&p, &board, &kind, &region, columns);
    FUZZ_CHECK(status == STATUS_OK || status == STATUS_INCONSISTENT);
    if (status == STATUS_OK) {
        unsigned width = PROFILE_HEAD + kind.fixed;
        for (unsigned i = 0; i < p.count; i++) {
            width += p.columns[i].width;
        }
        FUZZ_CHECK(p.count > 0 && p.count <= kind.columns_max && width == p.log.row_size);
        check_rows(&p);
        check_search(&p, INT64_MIN, INT64_MAX);
        FUZZ_CHECK(profile_capture(&p, 1000, &t, fixed, read_nothing, NULL) == STATUS_OK);
    } else {
        FUZZ_CHECK(profile_clear(&p) == STATUS_DENIED && profile_step(&p) == STATUS_DENIED);
        FUZZ_CHECK(profile_capture(&p, 1000, &t, fixed, read_nothing, NULL) == STATUS_DENIED);
        FUZZ_CHECK(board.nor.operations == operations);
    }
    return 0;
}
