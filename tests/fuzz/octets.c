#include "octets.h"

#include <string.h>

void append(struct octets *o, const void *data, size_t size)
{
    size_t count = size < OCTETS_MAX - o->size ? size : OCTETS_MAX - o->size;
    memcpy(o->data + o->size, data, count);
    o->size += count;
}

void append_octet(struct octets *o, uint8_t value)
{
    append(o, &value, 1);
}

void insert(struct octets *o, size_t at, const uint8_t *data, size_t size)
{
    size_t count = size < OCTETS_MAX - o->size ? size : OCTETS_MAX - o->size;
    memmove(o->data + at + count, o->data + at, o->size - at);
    memcpy(o->data + at, data, count);
    o->size += count;
}

void erase(struct octets *o, size_t at, size_t size)
{
    memmove(o->data + at, o->data + at + size, o->size - at - size);
    o->size -= size;
}
