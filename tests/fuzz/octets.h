/* A buffer of octets that grows and shrinks at any place, and never past its end. */
#ifndef FUZZ_OCTETS_H
#define FUZZ_OCTETS_H

#include <stddef.h>
#include <stdint.h>

enum { OCTETS_MAX = 2400 }; /* more than the meter takes in one APDU */

struct octets {
    size_t size;
    uint8_t data[OCTETS_MAX];
};

/* What does not fit is left away. */
void append(struct octets *o, const void *data, size_t size);
void append_octet(struct octets *o, uint8_t value);
void insert(struct octets *o, size_t at, const uint8_t *data, size_t size);

/* at + size must be within the octets. */
void erase(struct octets *o, size_t at, size_t size);

#endif
