/* Selective access to the buffer of a profile: which rows and which columns a GET asks for.
 *
 * Selector 1 is by range: the rows whose clock column lies between two times, both inclusive, and the columns that
 * are named; no name at all means every column. Selector 2 is by entry: rows and columns by their numbers, from 1 on.
 *
 * Source  DLMS UA 1000-1, class_id 7 (range_descriptor, entry_descriptor); object-model.md 10.7.
 * Errors  STATUS_TYPE: another type, or other elements, than the descriptor has. STATUS_RANGE: a value that cannot be.
 */
#ifndef MODEL_SELECTOR_H
#define MODEL_SELECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "cosem/axdr.h"
#include "cosem/object.h"
#include "meter/clock.h"

enum selector_kind { SELECTOR_RANGE = 1, SELECTOR_ENTRY = 2 };

/* A capture_object_definition. */
struct selector_column {
    uint16_t class_id;
    const uint8_t *obis; /* 6 octets */
    int8_t attribute;
    uint16_t data_index;
};

/* Reads one; the sticky error tells. */
void selector_get_column(struct axdr_reader *in, struct selector_column *column);

/* What the profile captures. */
struct selector_columns {
    uint32_t count; /* 1..SELECTOR_COLUMNS_MAX */
    const void *profile;
    /* Whether a column, from 0 on, is the one named. */
    bool (*is)(const void *profile, uint32_t column, const struct selector_column *named);
};

/* A row is meant if its number, 1 the oldest, is first..last and its time, in UTC, is from_s..to_s. What the client
 * did not limit is without limit, so `first` and `last` may be beyond the last row, and both pairs may be the wrong
 * way round: no row, which is no error. */
struct selector_rows {
    uint32_t first; /* 1.. */
    uint32_t last;  /* UINT32_MAX: to the newest */
    int64_t from_s; /* INT64_MIN: from the oldest */
    int64_t to_s;   /* INT64_MAX: to the newest */
    uint32_t mask;  /* bit n: column n, from 0 on; never 0. In the order of the profile, each once */
};

/* Without a selector (NULL): every row and every column. `rows` is untouched after an error.
 *
 * By range  The restricting object must be the clock, {8, 0.0.1.0.0.255, 2, 0}: STATUS_RANGE. A time whose date and
 *           time of day are wholly unspecified is no limit; one that is unspecified in part is STATUS_RANGE. A time
 *           without deviation is local time; in the hour that occurs twice, and without a status either, `from` is
 *           its first pass and `to` its second. Hundredths are passed over. A column that the profile does not
 *           capture is STATUS_RANGE: if it were left out, those behind it would be taken for it.
 * By entry  The first row or column 0, or a first column that there is not, is STATUS_RANGE. The last row or column
 *           0 means the last. A last column before the first one is a count of columns. What is beyond the last
 *           column is cut off. */
enum status selector_decode(const struct cosem_selector *selector, const struct clock *c,
                            const struct selector_columns *columns, struct selector_rows *rows);

#endif
