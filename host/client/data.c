#include "host/client/data.h"

#include <stdlib.h>

struct parser {
    struct axdr_reader in;
    size_t count; /* values so far */
};

static bool parse_value(struct parser *p, struct data *d, unsigned depth);

static bool is_nest(enum axdr_tag tag)
{
    return tag == AXDR_ARRAY || tag == AXDR_STRUCTURE;
}

static bool make_elements(struct parser *p, struct data *d, size_t size)
{
    if (size == 0) {
        return true;
    }
    if (size > DATA_COUNT_MAX - p->count) {
        return false;
    }
    p->count += size;
    d->elements = calloc(size, sizeof *d->elements);
    d->size = d->elements != NULL ? size : 0;
    return d->elements != NULL;
}

static size_t fixed_size(enum axdr_tag tag, bool *known)
{
    static const struct {
        uint8_t tag;
        uint8_t size;
    } sizes[] = {
        { AXDR_NULL, 0 },    { AXDR_BOOLEAN, 1 },       { AXDR_DOUBLE_LONG, 4 }, { AXDR_DOUBLE_LONG_UNSIGNED, 4 },
        { AXDR_BCD, 1 },     { AXDR_INTEGER, 1 },       { AXDR_LONG, 2 },        { AXDR_UNSIGNED, 1 },
        { AXDR_ENUM, 1 },    { AXDR_LONG_UNSIGNED, 2 }, { AXDR_LONG64, 8 },      { AXDR_LONG64_UNSIGNED, 8 },
        { AXDR_FLOAT32, 4 }, { AXDR_FLOAT64, 8 },       { AXDR_DATE_TIME, 12 },  { AXDR_DATE, 5 },
        { AXDR_TIME, 4 },    { AXDR_DONT_CARE, 0 },
    };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        if (sizes[i].tag == (uint8_t)tag) {
            *known = true;
            return sizes[i].size;
        }
    }
    *known = false;
    return 0;
}

/* What follows the tag of a value that does not nest. */
static bool parse_plain(struct parser *p, struct data *d)
{
    bool known;
    size_t size = fixed_size(d->tag, &known);
    d->size = size;
    if (!known) {
        if (d->tag != AXDR_OCTET_STRING && d->tag != AXDR_VISIBLE_STRING && d->tag != AXDR_UTF8_STRING &&
            d->tag != AXDR_BIT_STRING) {
            return false;
        }
        d->size = axdr_get_length(&p->in);
        size = d->tag == AXDR_BIT_STRING ? d->size / 8 + (d->size % 8 != 0) : d->size;
    }
    d->octets = axdr_get_octets(&p->in, size);
    return !axdr_failed(&p->in);
}

/* Compact arrays: the contents hold values without tags, in the order of the description. */

static bool skip_description(struct axdr_reader *in, unsigned depth)
{
    enum axdr_tag tag = (enum axdr_tag)axdr_get_u8(in);
    bool known;
    if (depth > DATA_DEPTH_MAX || axdr_failed(in)) {
        return false;
    }
    if (tag == AXDR_ARRAY) {
        axdr_get_u16(in);
        return skip_description(in, depth + 1);
    }
    if (tag == AXDR_STRUCTURE) {
        size_t count = axdr_get_length(in);
        for (size_t i = 0; i < count; i++) {
            if (!skip_description(in, depth + 1)) {
                return false;
            }
        }
        return !axdr_failed(in);
    }
    fixed_size(tag, &known);
    return known || tag == AXDR_OCTET_STRING || tag == AXDR_VISIBLE_STRING || tag == AXDR_UTF8_STRING ||
           tag == AXDR_BIT_STRING;
}

/* `type` is read again for each element. */
static bool parse_described(struct parser *p, struct axdr_reader *type, struct data *d, unsigned depth)
{
    d->tag = (enum axdr_tag)axdr_get_u8(type);
    if (depth > DATA_DEPTH_MAX || axdr_failed(type)) {
        return false;
    }
    if (!is_nest(d->tag)) {
        return parse_plain(p, d);
    }
    size_t count = d->tag == AXDR_ARRAY ? axdr_get_u16(type) : axdr_get_length(type);
    struct axdr_reader element = *type;
    if (!make_elements(p, d, count)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (d->tag == AXDR_ARRAY) {
            *type = element;
        }
        if (!parse_described(p, type, &d->elements[i], depth + 1)) {
            return false;
        }
    }
    if (d->tag == AXDR_ARRAY && count == 0) {
        return skip_description(type, depth + 1);
    }
    return true;
}

/* Appends one element; each takes at least one octet, so that they end. */
static bool add_compact(struct parser *p, struct axdr_reader type, struct data *d, size_t *room, unsigned depth)
{
    size_t before = p->in.at;
    if (d->size == *room) {
        *room = *room * 2 + 16;
        struct data *elements = realloc(d->elements, *room * sizeof *elements);
        if (elements == NULL) {
            return false;
        }
        d->elements = elements;
    }
    d->elements[d->size] = (struct data){ 0 };
    return ++p->count <= DATA_COUNT_MAX && parse_described(p, &type, &d->elements[d->size++], depth + 1) &&
           p->in.at > before;
}

static bool parse_compact(struct parser *p, struct data *d, unsigned depth)
{
    struct axdr_reader type = p->in;
    size_t room = 0;
    d->tag = AXDR_ARRAY;
    if (!skip_description(&p->in, depth)) {
        return false;
    }
    size_t size = axdr_get_length(&p->in);
    if (axdr_failed(&p->in) || size > axdr_left(&p->in)) {
        return false;
    }
    size_t end = p->in.at + size;
    while (p->in.at < end) {
        if (!add_compact(p, type, d, &room, depth)) {
            return false;
        }
    }
    return p->in.at == end;
}

static bool parse_value(struct parser *p, struct data *d, unsigned depth)
{
    d->tag = (enum axdr_tag)axdr_get_u8(&p->in);
    if (depth > DATA_DEPTH_MAX || axdr_failed(&p->in)) {
        return false;
    }
    if (d->tag == AXDR_COMPACT_ARRAY) {
        return parse_compact(p, d, depth);
    }
    if (!is_nest(d->tag)) {
        return parse_plain(p, d);
    }
    size_t count = axdr_get_length(&p->in);
    if (count > axdr_left(&p->in) || !make_elements(p, d, count)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!parse_value(p, &d->elements[i], depth + 1)) {
            return false;
        }
    }
    return true;
}

bool data_parse(struct data *d, const uint8_t *octets, size_t size)
{
    struct parser p = { .count = 0 };
    *d = (struct data){ 0 };
    axdr_reader_init(&p.in, octets, size);
    if (!parse_value(&p, d, 0) || axdr_left(&p.in) > 0) {
        data_free(d);
        return false;
    }
    return true;
}

void data_free(struct data *d)
{
    if (d->elements != NULL) {
        for (size_t i = 0; i < d->size; i++) {
            data_free(&d->elements[i]);
        }
        free(d->elements);
    }
    *d = (struct data){ 0 };
}

static bool is_signed(enum axdr_tag tag)
{
    return tag == AXDR_INTEGER || tag == AXDR_LONG || tag == AXDR_DOUBLE_LONG || tag == AXDR_LONG64;
}

static bool is_whole(enum axdr_tag tag)
{
    return is_signed(tag) || tag == AXDR_UNSIGNED || tag == AXDR_LONG_UNSIGNED || tag == AXDR_DOUBLE_LONG_UNSIGNED ||
           tag == AXDR_LONG64_UNSIGNED || tag == AXDR_ENUM || tag == AXDR_BOOLEAN;
}

bool data_whole(const struct data *d, int64_t *value)
{
    if (d == NULL || !is_whole(d->tag)) {
        return false;
    }
    uint64_t number = is_signed(d->tag) && d->octets[0] >= 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < d->size; i++) {
        number = number << 8 | d->octets[i];
    }
    if (!is_signed(d->tag) && number > INT64_MAX) {
        return false;
    }
    *value = (int64_t)number;
    return true;
}

const struct data *data_at(const struct data *d, size_t index)
{
    return d != NULL && is_nest(d->tag) && index < d->size ? &d->elements[index] : NULL;
}

const uint8_t *data_octets(const struct data *d, size_t size)
{
    return d != NULL && d->tag == AXDR_OCTET_STRING && d->size == size ? d->octets : NULL;
}
