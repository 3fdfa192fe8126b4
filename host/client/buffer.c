#include "host/client/buffer.h"

#include <stdlib.h>
#include <string.h>

static bool make_room(struct buffer *b, size_t size)
{
    if (b->overflow || size > b->limit - b->size) {
        b->overflow = true;
        return false;
    }
    if (b->size + size <= b->room) {
        return true;
    }
    size_t room = b->room * 2 > b->size + size ? b->room * 2 : b->size + size + 64;
    uint8_t *octets = realloc(b->octets, room);
    if (octets == NULL) {
        b->overflow = true;
        return false;
    }
    b->octets = octets;
    b->room = room;
    return true;
}

void buffer_add(struct buffer *b, const uint8_t *octets, size_t size)
{
    if (size > 0 && make_room(b, size)) {
        memcpy(b->octets + b->size, octets, size);
        b->size += size;
    }
}

void buffer_add_u8(struct buffer *b, uint8_t value)
{
    buffer_add(b, &value, 1);
}

void buffer_add_u16(struct buffer *b, uint16_t value)
{
    buffer_add(b, (uint8_t[]){ (uint8_t)(value >> 8), (uint8_t)value }, 2);
}

void buffer_add_u32(struct buffer *b, uint32_t value)
{
    buffer_add_u16(b, (uint16_t)(value >> 16));
    buffer_add_u16(b, (uint16_t)value);
}

void buffer_add_length(struct buffer *b, size_t length)
{
    if (length < 0x80) {
        buffer_add_u8(b, (uint8_t)length);
    } else if (length < 0x100) {
        buffer_add_u16(b, (uint16_t)(0x8100 | length));
    } else if (length < 0x10000) {
        buffer_add_u8(b, 0x82);
        buffer_add_u16(b, (uint16_t)length);
    } else {
        b->overflow = true;
    }
}

void buffer_clear(struct buffer *b)
{
    b->size = 0;
    b->overflow = false;
}

void buffer_free(struct buffer *b)
{
    free(b->octets);
    *b = buffer_of(b->limit);
}
