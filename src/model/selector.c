#include "model/selector.h"

#include <string.h>

#include "cosem/axdr.h"

#define OBIS_SIZE 6u

enum { DESCRIPTOR_ELEMENTS = 4, CLOCK_CLASS = 8, CLOCK_TIME = 2 };

static const uint8_t clock_obis[OBIS_SIZE] = { 0, 0, 1, 0, 0, 255 };

static uint32_t mask_of(uint32_t count)
{
    return count < 32 ? (UINT32_C(1) << count) - 1 : UINT32_MAX;
}

/* Every descriptor is a structure of four. */
static void get_structure(struct axdr_reader *in)
{
    if (axdr_get_structure(in) != DESCRIPTOR_ELEMENTS) {
        in->mistyped = true;
    }
}

/* By range ----------------------------------------------------------------- */

void selector_get_column(struct axdr_reader *in, struct selector_column *column)
{
    size_t size = 0;
    get_structure(in);
    column->class_id = (uint16_t)axdr_get_number(in, AXDR_LONG_UNSIGNED);
    column->obis = axdr_get_octet_string(in, &size);
    column->attribute = (int8_t)axdr_get_number(in, AXDR_INTEGER);
    column->data_index = (uint16_t)axdr_get_number(in, axdr_peek(in) == AXDR_LONG ? AXDR_LONG : AXDR_LONG_UNSIGNED);
    if (size != OBIS_SIZE) {
        in->mistyped = true;
    }
}

static bool is_clock(const struct selector_column *column)
{
    return column->class_id == CLOCK_CLASS && memcmp(column->obis, clock_obis, OBIS_SIZE) == 0 &&
           column->attribute == CLOCK_TIME && column->data_index == 0;
}

/* A date-time, with its own tag or as an octet-string. */
static const uint8_t *get_bound(struct axdr_reader *in)
{
    size_t size = CALENDAR_OCTETS;
    if (axdr_peek(in) == AXDR_DATE_TIME) {
        axdr_get_u8(in);
        return axdr_get_octets(in, size);
    }
    const uint8_t *octets = axdr_get_octet_string(in, &size);
    if (size != CALENDAR_OCTETS) {
        in->mistyped = true;
    }
    return octets;
}

static bool wholly_unspecified(const struct calendar_time *t)
{
    return t->year == CALENDAR_YEAR_ANY && t->month == CALENDAR_ANY && t->day == CALENDAR_ANY &&
           t->weekday == CALENDAR_ANY && t->hour == CALENDAR_ANY && t->minute == CALENDAR_ANY &&
           t->second == CALENDAR_ANY;
}

/* Leaves *utc_s alone if the bound is no limit. */
static enum status instant(const struct clock *c, const uint8_t *octets, bool end, int64_t *utc_s)
{
    struct calendar_time t;
    enum status status = calendar_decode(octets, &t);
    if (status != STATUS_OK || wholly_unspecified(&t)) {
        return status;
    }
    if (end && t.status == CALENDAR_ANY) {
        t.status = 0; /* of the hour that occurs twice, its second pass */
    }
    return clock_utc(c, &t, utc_s);
}

static uint32_t named_mask(const struct selector_columns *columns, const struct selector_column *named)
{
    uint32_t mask = 0;
    for (uint32_t i = 0; i < columns->count; i++) {
        mask |= columns->is(columns->profile, i, named) ? UINT32_C(1) << i : 0;
    }
    return mask;
}

static enum status get_columns(struct axdr_reader *in, const struct selector_columns *columns, uint32_t *mask)
{
    bool known = true;
    size_t count = axdr_get_array(in);
    if (count > 0) {
        *mask = 0;
    }
    for (size_t i = 0; i < count && !axdr_failed(in); i++) {
        struct selector_column named;
        selector_get_column(in, &named);
        if (!axdr_failed(in)) {
            uint32_t one = named_mask(columns, &named);
            known = known && one != 0;
            *mask |= one;
        }
    }
    return axdr_failed(in) || known ? axdr_status(in) : STATUS_RANGE;
}

static enum status by_range(struct axdr_reader *in, const struct clock *c, const struct selector_columns *columns,
                            struct selector_rows *rows)
{
    struct selector_column restricting;
    get_structure(in);
    selector_get_column(in, &restricting);
    const uint8_t *from = get_bound(in);
    const uint8_t *to = get_bound(in);
    enum status status = get_columns(in, columns, &rows->mask);
    if (status == STATUS_OK && !is_clock(&restricting)) {
        status = STATUS_RANGE;
    }
    if (status == STATUS_OK) {
        status = instant(c, from, false, &rows->from_s);
    }
    return status == STATUS_OK ? instant(c, to, true, &rows->to_s) : status;
}

/* By entry ----------------------------------------------------------------- */

static enum status by_entry(struct axdr_reader *in, const struct selector_columns *columns, struct selector_rows *rows)
{
    get_structure(in);
    uint32_t first = (uint32_t)axdr_get_number(in, AXDR_DOUBLE_LONG_UNSIGNED);
    uint32_t last = (uint32_t)axdr_get_number(in, AXDR_DOUBLE_LONG_UNSIGNED);
    uint32_t first_column = (uint32_t)axdr_get_number(in, AXDR_LONG_UNSIGNED);
    uint32_t last_column = (uint32_t)axdr_get_number(in, AXDR_LONG_UNSIGNED);
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    if (first == 0 || first_column == 0 || first_column > columns->count) {
        return STATUS_RANGE;
    }
    if (last_column == 0) {
        last_column = columns->count;
    } else if (last_column < first_column) {
        last_column += first_column - 1;
    }
    rows->first = first;
    rows->last = last == 0 ? UINT32_MAX : last;
    rows->mask = mask_of(last_column < columns->count ? last_column : columns->count) & ~mask_of(first_column - 1);
    return STATUS_OK;
}

enum status selector_decode(const struct cosem_selector *selector, const struct clock *c,
                            const struct selector_columns *columns, struct selector_rows *rows)
{
    struct selector_rows meant = {
        .first = 1, .last = UINT32_MAX, .from_s = INT64_MIN, .to_s = INT64_MAX, .mask = mask_of(columns->count)
    };
    enum status status = STATUS_OK;
    if (selector != NULL) {
        struct axdr_reader in;
        axdr_reader_init(&in, selector->data, selector->size);
        status = STATUS_RANGE;
        if (selector->kind == SELECTOR_RANGE) {
            status = by_range(&in, c, columns, &meant);
        } else if (selector->kind == SELECTOR_ENTRY) {
            status = by_entry(&in, columns, &meant);
        }
    }
    if (status == STATUS_OK) {
        *rows = meant;
    }
    return status;
}
