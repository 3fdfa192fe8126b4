/* A-XDR: the encoding of COSEM data (IEC 61334-6, DLMS UA 1000-2 clause 9.5).
 *
 * The writer and the reader carry a sticky error, so that a handler encodes or decodes a whole
 * value and its caller looks once at the end.
 */
#ifndef COSEM_AXDR_H
#define COSEM_AXDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* Tags of the Data choice. */
enum axdr_tag {
    AXDR_NULL = 0,
    AXDR_ARRAY = 1,
    AXDR_STRUCTURE = 2,
    AXDR_BOOLEAN = 3,
    AXDR_BIT_STRING = 4,
    AXDR_DOUBLE_LONG = 5,
    AXDR_DOUBLE_LONG_UNSIGNED = 6,
    AXDR_OCTET_STRING = 9,
    AXDR_VISIBLE_STRING = 10,
    AXDR_UTF8_STRING = 12,
    AXDR_BCD = 13,
    AXDR_INTEGER = 15,
    AXDR_LONG = 16,
    AXDR_UNSIGNED = 17,
    AXDR_LONG_UNSIGNED = 18,
    AXDR_COMPACT_ARRAY = 19,
    AXDR_LONG64 = 20,
    AXDR_LONG64_UNSIGNED = 21,
    AXDR_ENUM = 22,
    AXDR_FLOAT32 = 23,
    AXDR_FLOAT64 = 24,
    AXDR_DATE_TIME = 25,
    AXDR_DATE = 26,
    AXDR_TIME = 27,
    AXDR_DONT_CARE = 255
};

struct axdr_writer {
    uint8_t *data;
    size_t size;   /* octets there is room for */
    size_t used;   /* octets written */
    size_t limit;  /* once this many are written, no further element is begun (<= size) */
    bool overflow; /* something did not fit: the value is not usable */
};

struct axdr_reader {
    const uint8_t *data;
    size_t size;
    size_t at;
    bool malformed; /* ran past the end, or a tag or length that cannot be */
    bool mistyped;  /* a value of another type than the one asked for, or too large to be returned */
};

static inline void axdr_writer_init(struct axdr_writer *w, uint8_t *data, size_t size, size_t limit)
{
    *w = (struct axdr_writer){ .data = data, .size = size, .limit = limit };
}

/* True while a further element may be begun. */
static inline bool axdr_room(const struct axdr_writer *w)
{
    return w->used < w->limit && !w->overflow;
}

/* Room for so many octets, which the caller fills; NULL if they do not fit. */
static inline uint8_t *axdr_claim(struct axdr_writer *w, size_t size)
{
    if (w->overflow || size > w->size - w->used) {
        w->overflow = true;
        return NULL;
    }
    uint8_t *at = w->data + w->used;
    w->used += size;
    return at;
}

/* Untagged octets. */
void axdr_put_u8(struct axdr_writer *w, uint8_t value);
void axdr_put_u16(struct axdr_writer *w, uint16_t value);
void axdr_put_u32(struct axdr_writer *w, uint32_t value);
void axdr_put_octets(struct axdr_writer *w, const uint8_t *octets, size_t size);
/* A length or a count: one octet up to 127, then 81 xx or 82 xx xx. Above 65,535: overflow. */
void axdr_put_length(struct axdr_writer *w, size_t length);

/* Tagged values. */
void axdr_null(struct axdr_writer *w);
void axdr_array(struct axdr_writer *w, size_t elements);
void axdr_structure(struct axdr_writer *w, size_t elements);
void axdr_boolean(struct axdr_writer *w, bool value);
void axdr_octet_string(struct axdr_writer *w, const uint8_t *octets, size_t size);
void axdr_bit_string(struct axdr_writer *w, const uint8_t *octets, size_t bits);
/* Any of the integer types and enum, by tag: INTEGER, LONG, DOUBLE_LONG, LONG64, UNSIGNED, LONG_UNSIGNED,
 * DOUBLE_LONG_UNSIGNED, LONG64_UNSIGNED, ENUM, BOOLEAN. Another tag, or a value that the type cannot hold, is
 * a programmer's error: it counts as overflow, so that a client sees an error and never a wrong number. */
void axdr_number(struct axdr_writer *w, enum axdr_tag tag, int64_t value);

static inline void axdr_reader_init(struct axdr_reader *r, const uint8_t *data, size_t size)
{
    *r = (struct axdr_reader){ .data = data, .size = size };
}

static inline bool axdr_failed(const struct axdr_reader *r)
{
    return r->malformed || r->mistyped;
}

/* What a handler returns after it has read its value: STATUS_OK, STATUS_TYPE or STATUS_MALFORMED. */
enum status axdr_status(const struct axdr_reader *r);

static inline size_t axdr_left(const struct axdr_reader *r)
{
    return r->size - r->at;
}

/* Untagged octets; 0 or NULL after a failure. */
uint8_t axdr_get_u8(struct axdr_reader *r);
uint16_t axdr_get_u16(struct axdr_reader *r);
uint32_t axdr_get_u32(struct axdr_reader *r);
const uint8_t *axdr_get_octets(struct axdr_reader *r, size_t size);
size_t axdr_get_length(struct axdr_reader *r);

/* The tag of the value that comes next, AXDR_DONT_CARE at the end or after a failure. */
uint8_t axdr_peek(const struct axdr_reader *r);

/* Tagged values, of exactly the type asked for; the sticky error tells. */
int64_t axdr_get_number(struct axdr_reader *r, enum axdr_tag tag);
bool axdr_get_boolean(struct axdr_reader *r);
const uint8_t *axdr_get_octet_string(struct axdr_reader *r, size_t *size);
/* The count of elements, never more than there are octets left. */
size_t axdr_get_array(struct axdr_reader *r);
size_t axdr_get_structure(struct axdr_reader *r);
/* Passes over one whole value of any type. However deep it nests, no recursion and no stack: time is linear in
 * its size. */
void axdr_skip(struct axdr_reader *r);

#endif
