/* Profile generic, class_id 7, version 1. */
#include <assert.h>
#include <string.h>

#include "model/capture.h"
#include "model/model.h"
#include "model/profiles.h"
#include "model/selector.h"

enum {
    BUFFER = 2,
    CAPTURE_OBJECTS = 3,
    CAPTURE_PERIOD = 4,
    SORT_METHOD = 5,
    SORT_OBJECT = 6,
    ENTRIES_IN_USE = 7,
    PROFILE_ENTRIES = 8
};

enum { RESET = 1, CAPTURE = 2 };

#define SORT_FIFO 1

/* What a read of the buffer keeps from block to block: the rows that are left, frozen when it began. */
enum note {
    NOTE_GENERATION, /* 0: not begun */
    NOTE_NEXT,       /* the row that comes next */
    NOTE_PIECE_END,  /* rows up to here follow each other */
    NOTE_END,        /* of the profile, then */
    NOTE_LEFT,       /* how many rows */
    NOTE_MASK        /* columns */
};

/* The longest element: each column with its tag, and a length; the clock is one of them. */
static_assert(3 + 2 + CALENDAR_OCTETS + PROFILE_PACKED_MAX + 2 * (BILLING_COLUMNS_MAX - 1) <= UINT8_MAX &&
                  COSEM_ELEMENT_MAX > UINT8_MAX,
              "a row is one element");
static_assert(NOTE_MASK < COSEM_NOTES, "the notes are enough");

static struct profile *profile_of(const struct cosem_request *r, const struct cosem_object *o)
{
    return model_profiles[o->shows].of(r->device);
}

/* Selection ------------------------------------------------------------------- */

static bool is_named(const void *profile, uint32_t column, const struct selector_column *named)
{
    const struct profile *p = profile;
    const struct profile_column *c = &p->columns[column];
    return c->class_id == named->class_id && memcmp(c->obis, named->obis, sizeof c->obis) == 0 &&
           c->attribute == named->attribute && named->data_index == 0;
}

static enum status selected(const struct cosem_request *r, const struct profile *p, struct selector_rows *rows)
{
    const struct meter *m = r->device;
    const struct selector_columns columns = { .count = p->count, .profile = p, .is = is_named };
    return selector_decode(r->selector, &m->clock, &columns, rows);
}

static bool by_time(const struct selector_rows *rows)
{
    return rows->from_s != INT64_MIN || rows->to_s != INT64_MAX;
}

/* Rows by their numbers are one piece. */
static void select_numbers(uint32_t *notes, const struct profile_range *all, const struct selector_rows *rows)
{
    uint32_t count = all->end - all->first;
    uint32_t last = rows->last < count ? rows->last : count;
    if (rows->first <= last) {
        notes[NOTE_NEXT] = all->first + rows->first - 1;
        notes[NOTE_PIECE_END] = all->first + last;
        notes[NOTE_LEFT] = last - (rows->first - 1);
    }
}

/* Rows by time are one piece for each run; all of them are counted, the first one is kept. */
static void select_times(uint32_t *notes, struct profile *p, const struct profile_range *all,
                         const struct selector_rows *rows)
{
    uint32_t first = 0;
    uint32_t end = all->first;
    while (profile_next_match(p, all, end, rows->from_s, rows->to_s, &first, &end)) {
        if (notes[NOTE_LEFT] == 0) {
            notes[NOTE_NEXT] = first;
            notes[NOTE_PIECE_END] = end;
        }
        notes[NOTE_LEFT] += end - first;
    }
}

static enum status begin_buffer(struct cosem_request *r, struct profile *p, struct axdr_writer *out)
{
    struct selector_rows rows;
    enum status status = selected(r, p, &rows);
    if (status != STATUS_OK) {
        return status;
    }
    struct profile_range all = profile_all(p);
    r->notes[NOTE_GENERATION] = all.generation;
    r->notes[NOTE_END] = all.end;
    r->notes[NOTE_MASK] = rows.mask;
    if (by_time(&rows)) {
        select_times(r->notes, p, &all, &rows);
    } else {
        select_numbers(r->notes, &all, &rows);
    }
    axdr_array(out, r->notes[NOTE_LEFT]);
    return STATUS_OK;
}

static bool next_piece(struct cosem_request *r, struct profile *p)
{
    struct selector_rows rows;
    struct profile_range range = { r->notes[NOTE_GENERATION], r->notes[NOTE_NEXT], r->notes[NOTE_END] };
    return selected(r, p, &rows) == STATUS_OK && profile_next_match(p, &range, range.first, rows.from_s, rows.to_s,
                                                                    &r->notes[NOTE_NEXT], &r->notes[NOTE_PIECE_END]);
}

/* Rows ------------------------------------------------------------------------ */

/* One column of the answer, and where its contents are in a row. */
enum cell_kind { CELL_WORD /* four octets after a tag: nearly all are */, CELL_NUMBER, CELL_STRING, CELL_CLOCK };

struct cell {
    uint8_t kind; /* enum cell_kind */
    uint8_t tag;
    uint8_t width;
    uint8_t from;
};

/* The columns that were asked for. */
struct selection {
    struct cell cells[BILLING_COLUMNS_MAX];
    uint8_t count;
    uint8_t size; /* octets of a row as a structure */
    struct profile_day day;
};

static enum cell_kind kind_of(const struct profile_column *c)
{
    if (c->tag == AXDR_OCTET_STRING) {
        return c->width == 0 ? CELL_CLOCK : CELL_STRING;
    }
    return c->width == sizeof(uint32_t) ? CELL_WORD : CELL_NUMBER;
}

static void select_columns(struct selection *s, const struct profile *p, uint32_t mask)
{
    static const uint8_t overhead[] = {
        [CELL_WORD] = 1, [CELL_NUMBER] = 1, [CELL_STRING] = 2, [CELL_CLOCK] = 2 + CALENDAR_OCTETS
    };
    unsigned from = 0;
    unsigned size = 2;
    s->count = 0;
    s->day = (struct profile_day){ 0 };
    for (const struct profile_column *c = p->columns; c < p->columns + p->count; c++, mask >>= 1) {
        if ((mask & 1) != 0) {
            enum cell_kind kind = kind_of(c);
            s->cells[s->count++] = (struct cell){ (uint8_t)kind, c->tag, c->width, (uint8_t)from };
            size += overhead[kind] + (unsigned)c->width;
        }
        from += c->width;
    }
    s->size = (uint8_t)size;
}

static uint8_t *put_clock(uint8_t *at, struct selection *s, const struct profile_row *row)
{
    *at++ = AXDR_OCTET_STRING;
    *at++ = CALENDAR_OCTETS;
    memcpy(at, profile_date_time(row, &s->day), CALENDAR_OCTETS);
    return at + CALENDAR_OCTETS;
}

static uint8_t *put_other(uint8_t *at, const struct cell *c, const uint8_t *contents)
{
    *at++ = c->tag;
    if (c->kind == CELL_STRING) {
        *at++ = c->width;
    }
    for (unsigned i = 0; i < c->width; i++) {
        *at++ = contents[i];
    }
    return at;
}

/* A whole row is claimed at once: a long read is nothing but this. */
static void put_row(struct axdr_writer *out, struct selection *s, const struct profile_row *row)
{
    const uint8_t *contents = row->columns;
    uint8_t *at = axdr_claim(out, s->size);
    if (at == NULL) {
        return;
    }
    *at++ = AXDR_STRUCTURE;
    *at++ = s->count;
    for (const struct cell *c = s->cells, *end = c + s->count; c < end; c++) {
        if (c->kind == CELL_WORD) {
            *at++ = c->tag;
            memcpy(at, contents + c->from, sizeof(uint32_t));
            at += sizeof(uint32_t);
        } else if (c->kind == CELL_CLOCK) {
            at = put_clock(at, s, row);
        } else {
            at = put_other(at, c, contents + c->from);
        }
    }
}

/* A row that has rotted keeps its place, so that the others keep their numbers. */
static void put_rotten(struct axdr_writer *out, const struct selection *s)
{
    axdr_structure(out, s->count);
    for (unsigned i = 0; i < s->count; i++) {
        axdr_null(out);
    }
}

/* A read that the ring has overtaken, or whose rows are gone, ends with an error. */
static enum status get_buffer(struct cosem_request *r, struct profile *p, struct axdr_writer *out)
{
    uint32_t *notes = r->notes;
    if (notes[NOTE_GENERATION] == 0) {
        if (p->count == 0) {
            axdr_array(out, 0);
            return STATUS_OK;
        }
        enum status status = begin_buffer(r, p, out);
        if (status != STATUS_OK) {
            return status;
        }
    }
    struct selection s;
    select_columns(&s, p, notes[NOTE_MASK]);
    const struct profile_range range = { notes[NOTE_GENERATION], 0, notes[NOTE_END] };
    while (notes[NOTE_LEFT] > 0 && axdr_room(out)) {
        uint8_t octets[FLASHLOG_ROW_MAX];
        struct profile_row row;
        if (notes[NOTE_NEXT] == notes[NOTE_PIECE_END] && !next_piece(r, p)) {
            return STATUS_BUSY;
        }
        enum status status = profile_read(p, &range, notes[NOTE_NEXT], octets, &row);
        if (status == STATUS_UNDEFINED) {
            return STATUS_BUSY;
        }
        if (status == STATUS_OK) {
            put_row(out, &s, &row);
        } else {
            put_rotten(out, &s);
        }
        notes[NOTE_NEXT]++;
        notes[NOTE_LEFT]--;
    }
    r->more = notes[NOTE_LEFT] > 0;
    return STATUS_OK;
}

/* Attributes ------------------------------------------------------------------ */

static enum status get_columns(struct cosem_request *r, const struct profile *p, struct axdr_writer *out)
{
    if (r->cursor == 0) {
        axdr_array(out, p->count);
    }
    for (; r->cursor < p->count && axdr_room(out); r->cursor++) {
        capture_put(out, &p->columns[r->cursor]);
    }
    r->more = r->cursor < p->count;
    return STATUS_OK;
}

/* The clock, if it is captured. */
static void put_sort_object(struct axdr_writer *out, const struct profile *p)
{
    static const struct profile_column none = { 0 };
    const struct profile_column *sort = &none;
    for (unsigned i = 0; i < p->count && sort == &none; i++) {
        sort = p->columns[i].width == 0 ? &p->columns[i] : sort;
    }
    capture_put(out, sort);
}

static uint32_t entries_in_use(const struct profile *p)
{
    struct profile_range all = profile_all(p);
    return all.end - all.first;
}

static enum status get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out)
{
    struct profile *p = profile_of(r, o);
    switch (attribute) {
    case BUFFER:
        return get_buffer(r, p, out);
    case CAPTURE_OBJECTS:
        return get_columns(r, p, out);
    case CAPTURE_PERIOD:
        axdr_number(out, AXDR_DOUBLE_LONG_UNSIGNED, p->period_s);
        break;
    case SORT_METHOD:
        axdr_number(out, AXDR_ENUM, SORT_FIFO);
        break;
    case SORT_OBJECT:
        put_sort_object(out, p);
        break;
    case ENTRIES_IN_USE:
        axdr_number(out, AXDR_DOUBLE_LONG_UNSIGNED, entries_in_use(p));
        break;
    case PROFILE_ENTRIES:
        axdr_number(out, AXDR_DOUBLE_LONG_UNSIGNED, p->rows_max);
        break;
    default:
        return STATUS_UNDEFINED;
    }
    return STATUS_OK;
}

static bool same_columns(const struct profile *p, const struct profile_column *columns, uint8_t count)
{
    bool same = count == p->count;
    for (unsigned i = 0; i < count && same; i++) {
        same = memcmp(columns[i].obis, p->columns[i].obis, sizeof columns[i].obis) == 0 &&
               columns[i].attribute == p->columns[i].attribute;
    }
    return same;
}

/* Other columns, or another period, and all rows are gone. */
static enum status set(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute, struct axdr_reader *in)
{
    struct profile *p = profile_of(r, o);
    struct profile_column decoded[BILLING_COLUMNS_MAX];
    const struct profile_column *columns = p->columns;
    uint8_t count = p->count;
    uint32_t period_s = p->period_s;
    enum status status = STATUS_DENIED;
    if (attribute == CAPTURE_OBJECTS) {
        status = capture_decode(r->device, in, p->kind->columns_max, decoded, &count);
        columns = decoded;
    } else if (attribute == CAPTURE_PERIOD) {
        period_s = (uint32_t)axdr_get_number(in, AXDR_DOUBLE_LONG_UNSIGNED);
        status = axdr_status(in);
    }
    if (status != STATUS_OK) {
        return status;
    }
    r->unchanged = period_s == p->period_s && same_columns(p, columns, count);
    return r->unchanged ? STATUS_OK : model_profiles[o->shows].configure(r->device, columns, count, period_s);
}

static enum status act(struct cosem_request *r, const struct cosem_object *o, uint8_t method, struct axdr_reader *in,
                       struct axdr_writer *out)
{
    const struct model_profile_row *row = &model_profiles[o->shows];
    enum status status = model_get_zero(in);
    (void)out;
    r->unchanged = true;
    if (status != STATUS_OK) {
        return status;
    }
    return method == RESET ? row->reset(r->device) : row->capture(r->device);
}

const struct cosem_class class_profile_generic = {
    .id = 7,
    .version = 1,
    .attributes = 8,
    .methods = 2,
    .name = "Profile generic",
    .get = get,
    .set = set,
    .act = act,
    .selective = 1u << BUFFER,
    .selectors = SELECTOR_ENTRY,
};
