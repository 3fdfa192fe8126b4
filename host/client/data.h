/* COSEM data as a tree, from A-XDR octets of whatever meter.
 *
 * A compact-array becomes the array that it stands for.
 * Bounds  depth DATA_DEPTH_MAX, DATA_COUNT_MAX values; every length is checked against what is left.
 * Source  DLMS UA 1000-2 clause 9.5.
 */
#ifndef HOST_CLIENT_DATA_H
#define HOST_CLIENT_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cosem/axdr.h"

enum { DATA_DEPTH_MAX = 16, DATA_COUNT_MAX = 1 << 22 };

struct data {
    enum axdr_tag tag;
    size_t size;           /* elements of an array or structure, bits of a bit-string, else octets */
    const uint8_t *octets; /* the value without tag and length, in the octets that were parsed */
    struct data *elements; /* of an array or structure */
};

/* One whole value and nothing behind it. False, and nothing to free, when the octets are not of that form. */
bool data_parse(struct data *d, const uint8_t *octets, size_t size);
void data_free(struct data *d);

/* A whole number, enum or boolean of up to 64 bits; false for another type or beyond int64. */
bool data_whole(const struct data *d, int64_t *value);

/* The element of an array or structure, NULL when there is none. */
const struct data *data_at(const struct data *d, size_t index);

/* An octet-string of exactly that size, else NULL. */
const uint8_t *data_octets(const struct data *d, size_t size);

#endif
