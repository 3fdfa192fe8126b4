#include "cosem/axdr.h"

#include <string.h>

/* Octets after the tag for types of fixed size. The length-prefixed and the nested ones are VARIABLE. */
enum { VARIABLE = 254, UNKNOWN = 255 };

static const uint8_t size_of_tag[] = {
    [AXDR_NULL] = 0,
    [AXDR_ARRAY] = VARIABLE,
    [AXDR_STRUCTURE] = VARIABLE,
    [AXDR_BOOLEAN] = 1,
    [AXDR_BIT_STRING] = VARIABLE,
    [AXDR_DOUBLE_LONG] = 4,
    [AXDR_DOUBLE_LONG_UNSIGNED] = 4,
    [7] = UNKNOWN,
    [8] = UNKNOWN,
    [AXDR_OCTET_STRING] = VARIABLE,
    [AXDR_VISIBLE_STRING] = VARIABLE,
    [11] = UNKNOWN,
    [AXDR_UTF8_STRING] = VARIABLE,
    [AXDR_BCD] = 1,
    [14] = UNKNOWN,
    [AXDR_INTEGER] = 1,
    [AXDR_LONG] = 2,
    [AXDR_UNSIGNED] = 1,
    [AXDR_LONG_UNSIGNED] = 2,
    [AXDR_COMPACT_ARRAY] = VARIABLE,
    [AXDR_LONG64] = 8,
    [AXDR_LONG64_UNSIGNED] = 8,
    [AXDR_ENUM] = 1,
    [AXDR_FLOAT32] = 4,
    [AXDR_FLOAT64] = 8,
    [AXDR_DATE_TIME] = 12,
    [AXDR_DATE] = 5,
    [AXDR_TIME] = 4,
};

static uint8_t size_after(uint8_t tag)
{
    if (tag == AXDR_DONT_CARE) {
        return 0;
    }
    return tag < sizeof size_of_tag ? size_of_tag[tag] : UNKNOWN;
}

/* The bits of a number besides its sign, as far as an int64_t can hold them; 0: no number. */
enum { SIGNED = 0x80, BITS = 0x7f };

static const uint8_t bits_of_tag[] = {
    [AXDR_BOOLEAN] = 1,
    [AXDR_DOUBLE_LONG] = SIGNED | 31,
    [AXDR_DOUBLE_LONG_UNSIGNED] = 32,
    [AXDR_INTEGER] = SIGNED | 7,
    [AXDR_LONG] = SIGNED | 15,
    [AXDR_UNSIGNED] = 8,
    [AXDR_LONG_UNSIGNED] = 16,
    [AXDR_LONG64] = SIGNED | 63,
    [AXDR_LONG64_UNSIGNED] = 63,
    [AXDR_ENUM] = 8,
};

static uint8_t bits_of(enum axdr_tag tag)
{
    return (unsigned)tag < sizeof bits_of_tag ? bits_of_tag[tag] : 0;
}

static unsigned width_of(uint8_t bits)
{
    return ((bits & BITS) + 7u) / 8;
}

/* Writer ------------------------------------------------------------------ */

static void store_big_endian(uint8_t *at, uint64_t value, unsigned width)
{
    at += width;
    do {
        *--at = (uint8_t)value;
        value >>= 8;
    } while (--width > 0);
}

static void put_big_endian(struct axdr_writer *w, uint64_t value, unsigned width)
{
    uint8_t *at = axdr_claim(w, width);
    if (at != NULL) {
        store_big_endian(at, value, width);
    }
}

void axdr_put_u8(struct axdr_writer *w, uint8_t value)
{
    uint8_t *at = axdr_claim(w, 1);
    if (at != NULL) {
        at[0] = value;
    }
}

void axdr_put_u16(struct axdr_writer *w, uint16_t value)
{
    put_big_endian(w, value, 2);
}

void axdr_put_u32(struct axdr_writer *w, uint32_t value)
{
    put_big_endian(w, value, 4);
}

void axdr_put_octets(struct axdr_writer *w, const uint8_t *octets, size_t size)
{
    uint8_t *at = axdr_claim(w, size);
    if (at != NULL && size > 0) {
        memcpy(at, octets, size);
    }
}

void axdr_put_length(struct axdr_writer *w, size_t length)
{
    if (length < 0x80) {
        axdr_put_u8(w, (uint8_t)length);
    } else if (length <= 0xff) {
        axdr_put_u8(w, 0x81);
        axdr_put_u8(w, (uint8_t)length);
    } else if (length <= 0xffff) {
        axdr_put_u8(w, 0x82);
        axdr_put_u16(w, (uint16_t)length);
    } else {
        w->overflow = true;
    }
}

void axdr_null(struct axdr_writer *w)
{
    axdr_put_u8(w, AXDR_NULL);
}

void axdr_array(struct axdr_writer *w, size_t elements)
{
    axdr_put_u8(w, AXDR_ARRAY);
    axdr_put_length(w, elements);
}

void axdr_structure(struct axdr_writer *w, size_t elements)
{
    axdr_put_u8(w, AXDR_STRUCTURE);
    axdr_put_length(w, elements);
}

void axdr_boolean(struct axdr_writer *w, bool value)
{
    axdr_put_u8(w, AXDR_BOOLEAN);
    axdr_put_u8(w, value ? 1 : 0);
}

void axdr_octet_string(struct axdr_writer *w, const uint8_t *octets, size_t size)
{
    axdr_put_u8(w, AXDR_OCTET_STRING);
    axdr_put_length(w, size);
    axdr_put_octets(w, octets, size);
}

void axdr_bit_string(struct axdr_writer *w, const uint8_t *octets, size_t bits)
{
    axdr_put_u8(w, AXDR_BIT_STRING);
    axdr_put_length(w, bits);
    axdr_put_octets(w, octets, bits / 8 + (bits % 8 != 0));
}

void axdr_number(struct axdr_writer *w, enum axdr_tag tag, int64_t value)
{
    uint8_t bits = bits_of(tag);
    int64_t above = value >> (bits & BITS); /* what does not fit: nothing, or the sign and nothing else */
    uint8_t *at = NULL;
    if (bits != 0 && (above == 0 || (above == -1 && (bits & SIGNED) != 0))) {
        at = axdr_claim(w, 1 + width_of(bits));
    }
    if (at == NULL) {
        w->overflow = true;
        return;
    }
    at[0] = (uint8_t)tag;
    store_big_endian(at + 1, (uint64_t)value, width_of(bits));
}

/* Reader ------------------------------------------------------------------ */

enum status axdr_status(const struct axdr_reader *r)
{
    if (r->malformed) {
        return STATUS_MALFORMED;
    }
    return r->mistyped ? STATUS_TYPE : STATUS_OK;
}

const uint8_t *axdr_get_octets(struct axdr_reader *r, size_t size)
{
    if (axdr_failed(r)) {
        return NULL;
    }
    if (size > axdr_left(r)) {
        r->malformed = true;
        return NULL;
    }
    const uint8_t *at = r->data + r->at;
    r->at += size;
    return at;
}

static uint64_t get_big_endian(struct axdr_reader *r, unsigned width)
{
    const uint8_t *at = axdr_get_octets(r, width);
    uint64_t value = 0;
    if (at != NULL) {
        for (unsigned i = 0; i < width; i++) {
            value = value << 8 | at[i];
        }
    }
    return value;
}

uint8_t axdr_get_u8(struct axdr_reader *r)
{
    const uint8_t *at = axdr_get_octets(r, 1);
    return at == NULL ? 0 : at[0];
}

uint16_t axdr_get_u16(struct axdr_reader *r)
{
    const uint8_t *at = axdr_get_octets(r, 2);
    return (uint16_t)(at == NULL ? 0 : at[0] << 8 | at[1]);
}

uint32_t axdr_get_u32(struct axdr_reader *r)
{
    return (uint32_t)get_big_endian(r, 4);
}

size_t axdr_get_length(struct axdr_reader *r)
{
    uint8_t first = axdr_get_u8(r);
    if (first < 0x80) {
        return first;
    }
    if (first < 0x81 || first > 0x84) {
        r->malformed = true;
        return 0;
    }
    return (size_t)get_big_endian(r, first - 0x80u);
}

uint8_t axdr_peek(const struct axdr_reader *r)
{
    return axdr_failed(r) || r->at == r->size ? (uint8_t)AXDR_DONT_CARE : r->data[r->at];
}

static bool take_tag(struct axdr_reader *r, enum axdr_tag tag)
{
    uint8_t found = axdr_get_u8(r);
    if (!axdr_failed(r) && found != (uint8_t)tag) {
        r->mistyped = true;
    }
    return !axdr_failed(r);
}

/* A count of elements or octets, each of which takes at least one of the octets left. */
static size_t get_count(struct axdr_reader *r)
{
    size_t count = axdr_get_length(r);
    if (!axdr_failed(r) && count > axdr_left(r)) {
        r->malformed = true;
    }
    return axdr_failed(r) ? 0 : count;
}

int64_t axdr_get_number(struct axdr_reader *r, enum axdr_tag tag)
{
    uint8_t bits = bits_of(tag);
    if (bits == 0) {
        r->mistyped = true;
    }
    if (axdr_failed(r) || !take_tag(r, tag)) {
        return 0;
    }
    uint64_t value = get_big_endian(r, width_of(bits));
    if (tag == AXDR_BOOLEAN) {
        return value != 0;
    }
    if ((bits & SIGNED) != 0) {
        uint64_t sign = (uint64_t)1 << (bits & BITS);
        return (int64_t)((value ^ sign) - sign);
    }
    if (value > INT64_MAX) {
        r->mistyped = true;
        return 0;
    }
    return (int64_t)value;
}

bool axdr_get_boolean(struct axdr_reader *r)
{
    return axdr_get_number(r, AXDR_BOOLEAN) != 0;
}

const uint8_t *axdr_get_octet_string(struct axdr_reader *r, size_t *size)
{
    *size = take_tag(r, AXDR_OCTET_STRING) ? get_count(r) : 0;
    return axdr_get_octets(r, *size);
}

size_t axdr_get_array(struct axdr_reader *r)
{
    return take_tag(r, AXDR_ARRAY) ? get_count(r) : 0;
}

size_t axdr_get_structure(struct axdr_reader *r)
{
    return take_tag(r, AXDR_STRUCTURE) ? get_count(r) : 0;
}

/* The contents-description of a compact-array: tags without values; an array's has a count of 2 octets. */
static void skip_type_description(struct axdr_reader *r)
{
    size_t pending = 1;
    while (pending > 0 && !axdr_failed(r)) {
        uint8_t tag = axdr_get_u8(r);
        pending--;
        if (tag == AXDR_ARRAY) {
            axdr_get_u16(r);
            pending++;
        } else if (tag == AXDR_STRUCTURE) {
            pending += get_count(r);
        } else if (size_after(tag) == UNKNOWN || tag == AXDR_COMPACT_ARRAY) {
            r->malformed = true;
        }
    }
}

/* Passes over what follows the tag of a value that does not nest. */
static void skip_plain(struct axdr_reader *r, uint8_t tag)
{
    uint8_t size = size_after(tag);
    if (size == UNKNOWN) {
        r->malformed = true;
    } else if (size != VARIABLE) {
        axdr_get_octets(r, size);
    } else if (tag == AXDR_BIT_STRING) {
        size_t bits = axdr_get_length(r);
        axdr_get_octets(r, bits / 8 + (bits % 8 != 0));
    } else {
        if (tag == AXDR_COMPACT_ARRAY) {
            skip_type_description(r);
        }
        axdr_get_octets(r, axdr_get_length(r));
    }
}

void axdr_skip(struct axdr_reader *r)
{
    size_t pending = 1; /* values still to be passed over: a nested one adds its elements */
    while (pending > 0 && !axdr_failed(r)) {
        uint8_t tag = axdr_get_u8(r);
        pending--;
        if (tag == AXDR_ARRAY || tag == AXDR_STRUCTURE) {
            pending += get_count(r);
        } else {
            skip_plain(r, tag);
        }
    }
}
