#include "host/client/rows.h"

#include <stdlib.h>
#include <string.h>

#include "host/client/progress.h"
#include "host/client/values.h"

enum { COLUMNS_MAX = 256 };

struct profile {
    struct session *session;
    const struct options *options;
    const struct reference *buffer;
    struct report_column columns[COLUMNS_MAX];
    size_t count;
    bool chosen[COLUMNS_MAX];
    size_t chosen_count;
};

/* Progress ---------------------------------------------------------------------------------------- */

struct counting {
    size_t at; /* behind the last whole row */
    uint64_t rows;
    uint64_t total;
};

/* Counts the rows that are whole so far; octets end where the last block ends. */
static void show_rows(void *context, const uint8_t *octets, size_t size)
{
    struct counting *c = context;
    struct axdr_reader in;
    axdr_reader_init(&in, octets, size);
    if (c->at == 0) {
        if (axdr_get_u8(&in) != AXDR_ARRAY) {
            return;
        }
        c->total = axdr_get_length(&in);
        c->at = in.at;
    }
    in.at = c->at;
    while (!axdr_failed(&in) && axdr_left(&in) > 0) {
        axdr_skip(&in);
        if (!axdr_failed(&in)) {
            c->at = in.at;
            c->rows++;
        }
    }
    progress_show("rows", c->rows, c->total);
}

/* Columns ----------------------------------------------------------------------------------------- */

/* capture_objects: array of structure {class, logical name, attribute, data_index}. */
static bool take_column(const struct data *element, struct report_column *c)
{
    int64_t ic;
    int64_t attribute;
    int64_t data_index = 0;
    const uint8_t *name = data_octets(data_at(element, 1), 6);
    if (!data_whole(data_at(element, 0), &ic) || ic < 0 || ic > UINT16_MAX || name == NULL ||
        !data_whole(data_at(element, 2), &attribute)) {
        return false;
    }
    data_whole(data_at(element, 3), &data_index);
    *c = (struct report_column){ .attribute = { .ic = (uint16_t)ic, .index = (uint8_t)attribute },
                                 .data_index = (uint16_t)data_index };
    memcpy(c->attribute.obis, name, 6);
    return true;
}

static enum session_outcome take_columns(struct profile *p, const struct data *list)
{
    if (list->tag != AXDR_ARRAY || list->size > COLUMNS_MAX) {
        trouble_is(p->session->trouble, "The capture objects of the profile are malformed.");
        return SESSION_REFUSED;
    }
    for (size_t i = 0; i < list->size; i++) {
        if (!take_column(&list->elements[i], &p->columns[i])) {
            trouble_is(p->session->trouble, "The capture objects of the profile are malformed.");
            return SESSION_REFUSED;
        }
        p->count++;
    }
    return SESSION_DONE;
}

static enum session_outcome read_columns(struct profile *p)
{
    struct reference capture_objects = *p->buffer;
    struct value v;
    capture_objects.index = 3;
    enum session_outcome outcome = values_get(p->session, &capture_objects, NULL, &v);
    if (outcome == SESSION_DONE) {
        outcome = take_columns(p, &v.data);
        values_free(&v);
    }
    return outcome;
}

static bool choose_named(struct profile *p, const struct reference *object)
{
    bool found = false;
    for (size_t i = 0; i < p->count; i++) {
        if (memcmp(p->columns[i].attribute.obis, object->obis, 6) == 0) {
            p->chosen[i] = true;
            found = true;
        }
    }
    return found;
}

static bool choose_numbers(struct profile *p, const char *text)
{
    char *end;
    unsigned long first = strtoul(text, &end, 10);
    unsigned long last = *end == '-' ? strtoul(end + 1, &end, 10) : first;
    if (*end != '\0' || first == 0 || last < first || last > p->count) {
        return false;
    }
    for (unsigned long i = first; i <= last; i++) {
        p->chosen[i - 1] = true;
    }
    return true;
}

/* --columns: numbers, ranges or OBIS codes between commas. */
static enum session_outcome choose_columns(struct profile *p)
{
    char *list = strdup(p->options->columns != NULL ? p->options->columns : "");
    char *rest = NULL;
    bool good = list != NULL;
    for (char *word = strtok_r(list, ",", &rest); good && word != NULL; word = strtok_r(NULL, ",", &rest)) {
        struct reference object;
        const char *end = options_read_object(word, &object);
        good = end != NULL && *end == '\0' ? choose_named(p, &object) : choose_numbers(p, word);
        if (!good) {
            trouble_is(p->session->trouble, "The profile has no column %s; it has %zu.", word, p->count);
        }
    }
    free(list);
    for (size_t i = 0; i < p->count; i++) {
        p->chosen[i] = p->options->columns == NULL || p->chosen[i];
        p->chosen_count += p->chosen[i];
    }
    return good ? SESSION_DONE : SESSION_REFUSED;
}

/* Selection --------------------------------------------------------------------------------------- */

static void put_u16(struct buffer *b, uint16_t value)
{
    buffer_add_u8(b, AXDR_LONG_UNSIGNED);
    buffer_add_u16(b, value);
}

static void put_capture_object(struct buffer *b, const struct report_column *c)
{
    buffer_add(b, (const uint8_t[]){ AXDR_STRUCTURE, 4 }, 2);
    put_u16(b, c->attribute.ic);
    buffer_add(b, (const uint8_t[]){ AXDR_OCTET_STRING, 6 }, 2);
    buffer_add(b, c->attribute.obis, 6);
    buffer_add(b, (const uint8_t[]){ AXDR_INTEGER, c->attribute.index }, 2);
    put_u16(b, c->data_index);
}

static void put_stamp(struct buffer *b, const struct calendar_time *t)
{
    uint8_t octets[CALENDAR_OCTETS];
    calendar_encode(t, octets);
    buffer_add(b, (const uint8_t[]){ AXDR_OCTET_STRING, CALENDAR_OCTETS }, 2);
    buffer_add(b, octets, sizeof octets);
}

/* The column that a range is about: the first clock in the profile, else the usual one. */
static struct report_column clock_of(const struct profile *p)
{
    for (size_t i = 0; i < p->count; i++) {
        if (p->columns[i].attribute.ic == 8) {
            return p->columns[i];
        }
    }
    return (struct report_column){ .attribute = { 8, { 0, 0, 1, 0, 0, 255 }, 2 } };
}

static void put_range(struct buffer *b, const struct profile *p)
{
    const struct report_column clock = clock_of(p);
    bool all = p->chosen_count == p->count;
    buffer_add(b, (const uint8_t[]){ 1, AXDR_STRUCTURE, 4 }, 3);
    put_capture_object(b, &clock);
    put_stamp(b, &p->options->from);
    put_stamp(b, &p->options->to);
    buffer_add_u8(b, AXDR_ARRAY);
    buffer_add_length(b, all ? 0 : p->chosen_count);
    for (size_t i = 0; !all && i < p->count; i++) {
        if (p->chosen[i]) {
            put_capture_object(b, &p->columns[i]);
        }
    }
}

/* Columns only when they are neighbours; of others the meter sends all. */
static void put_entries(struct buffer *b, const struct profile *p)
{
    size_t first = 0;
    while (first < p->count && !p->chosen[first]) {
        first++;
    }
    size_t end = first;
    while (end < p->count && p->chosen[end]) {
        end++;
    }
    bool neighbours = end - first == p->chosen_count && p->chosen_count < p->count;
    bool selected = p->options->selection == OPTIONS_ENTRIES;
    buffer_add(b, (const uint8_t[]){ 2, AXDR_STRUCTURE, 4, AXDR_DOUBLE_LONG_UNSIGNED }, 4);
    buffer_add_u32(b, selected ? p->options->first : 1);
    buffer_add_u8(b, AXDR_DOUBLE_LONG_UNSIGNED);
    buffer_add_u32(b, selected ? p->options->last : 0);
    put_u16(b, neighbours ? (uint16_t)(first + 1) : 1);
    put_u16(b, neighbours ? (uint16_t)end : 0);
}

/* Rows -------------------------------------------------------------------------------------------- */

/* Leaves the chosen columns of a row that has them all. */
static void keep_chosen(const struct profile *p, struct data *row)
{
    size_t kept = 0;
    for (size_t i = 0; i < row->size; i++) {
        if (!p->chosen[i]) {
            data_free(&row->elements[i]);
        } else if (kept++ < i) {
            row->elements[kept - 1] = row->elements[i];
            row->elements[i] = (struct data){ 0 };
        }
    }
    row->size = kept;
}

static enum session_outcome shape_rows(const struct profile *p, struct data *rows)
{
    if (rows->tag != AXDR_ARRAY) {
        trouble_is(p->session->trouble, "The buffer of the profile is no array.");
        return SESSION_REFUSED;
    }
    for (size_t i = 0; i < rows->size; i++) {
        struct data *row = &rows->elements[i];
        if (row->tag == AXDR_STRUCTURE && row->size == p->count) {
            keep_chosen(p, row);
        } else if (row->tag != AXDR_STRUCTURE || row->size != p->chosen_count) {
            trouble_is(p->session->trouble, "Row %zu of the profile has not the %zu columns that it must have.", i + 1,
                       p->chosen_count);
            return SESSION_REFUSED;
        }
    }
    return SESSION_DONE;
}

static enum session_outcome read_rows(struct profile *p, struct value *v)
{
    struct session *s = p->session;
    struct buffer selector = buffer_of(SESSION_VALUE_MAX);
    struct counting counting = { 0 };
    bool whole = p->options->selection == OPTIONS_WHOLE && p->chosen_count == p->count;
    if (p->options->selection == OPTIONS_RANGE) {
        put_range(&selector, p);
    } else if (!whole) {
        put_entries(&selector, p);
    }
    s->progress = show_rows;
    s->context = &counting;
    enum session_outcome outcome = values_get(s, p->buffer, whole ? NULL : &selector, v);
    s->progress = NULL;
    progress_end();
    buffer_free(&selector);
    if (outcome == SESSION_DONE) {
        outcome = shape_rows(p, &v->data);
        if (outcome != SESSION_DONE) {
            values_free(v);
        }
    }
    return outcome;
}

/* Scalers of the chosen columns, which move to the front. */
static enum session_outcome read_scales(struct profile *p)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->count; i++) {
        if (!p->chosen[i]) {
            continue;
        }
        struct report_column *c = &p->columns[kept++];
        *c = p->columns[i];
        if (c->data_index == 0 && values_scale(p->session, &c->attribute, &c->scale) == SESSION_FAILED) {
            return SESSION_FAILED;
        }
    }
    return SESSION_DONE;
}

enum session_outcome rows_read(struct session *s, const struct options *o, const struct reference *buffer,
                               struct report *report)
{
    struct profile *p = calloc(1, sizeof *p);
    struct value rows;
    if (p == NULL) {
        trouble_is(s->trouble, "There is not enough memory.");
        return SESSION_FAILED;
    }
    *p = (struct profile){ .session = s, .options = o, .buffer = buffer };
    enum session_outcome outcome = read_columns(p);
    if (outcome == SESSION_DONE) {
        outcome = choose_columns(p);
    }
    if (outcome == SESSION_DONE) {
        outcome = read_rows(p, &rows);
    }
    if (outcome == SESSION_DONE) {
        outcome = read_scales(p);
        if (outcome == SESSION_DONE) {
            report_rows(report, buffer, p->columns, p->chosen_count, &rows.data);
        }
        values_free(&rows);
    }
    free(p);
    return outcome;
}
