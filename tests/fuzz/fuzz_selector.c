/* Selective access under any octets: the first ones say the selector, how many columns there are and whether daylight
 * saving is on; the rest is the selector's data, if it is one well-formed value (the server passes nothing else on).
 *
 * Checked besides the sanitizers: an error leaves the result alone; a success names at least one column, and none
 * that there is not; a range limits no numbers, entries limit no times.
 */
#include "fuzz.h"
#include "memory_board.h"
#include "model/selector.h"

/* A name means a column by what its octets come to, or by its data_index. */
static bool is_column(const void *profile, uint32_t column, const struct selector_column *named)
{
    FUZZ_CHECK(profile != NULL);
    uint8_t sum = 0;
    for (size_t i = 0; i < 6; i++) {
        sum = (uint8_t)(sum ^ named->obis[i]);
    }
    return column == (sum & 31u) || column == named->data_index;
}

static void check_rows(uint8_t kind, uint32_t count, const struct selector_rows *rows)
{
    uint32_t beyond = count < 32 ? rows->mask >> count : 0;
    FUZZ_CHECK(rows->mask != 0 && beyond == 0 && rows->first > 0 && rows->last > 0);
    FUZZ_CHECK(kind == SELECTOR_RANGE ? rows->first == 1 && rows->last == UINT32_MAX
                                      : rows->from_s == INT64_MIN && rows->to_s == INT64_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct board board;
    struct fuzz_input in = { data, data + size };
    struct clock c;
    memory_board_init(&board);
    clock_init(&c, &board);
    uint8_t kind = fuzz_octet(&in);
    uint8_t what = fuzz_octet(&in);
    const struct selector_columns columns = { 1 + (what & 31u), &c, is_column };
    c.dst_enabled = what >= 0x80;
    struct axdr_reader value;
    axdr_reader_init(&value, in.at, fuzz_left(&in));
    axdr_skip(&value);
    if (axdr_failed(&value) || axdr_left(&value) > 0) {
        return 0;
    }
    const struct cosem_selector selector = { kind, in.at, fuzz_left(&in) };
    struct selector_rows rows = { 0 };
    enum status status = selector_decode(&selector, &c, &columns, &rows);
    if (status == STATUS_OK) {
        check_rows(kind, columns.count, &rows);
    } else {
        FUZZ_CHECK(status == STATUS_RANGE || status == STATUS_TYPE);
        FUZZ_CHECK(rows.mask == 0 && rows.first == 0 && rows.last == 0 && rows.from_s == 0 && rows.to_s == 0);
    }
    return 0;
}
