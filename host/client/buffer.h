/* Octets on the heap that grow up to a limit. What does not fit sets a sticky error that is looked at once. */
#ifndef HOST_CLIENT_BUFFER_H
#define HOST_CLIENT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
    uint8_t *octets;
    size_t size;
    size_t room;
    size_t limit;
    bool overflow; /* beyond the limit, or of the memory */
};

/* `limit` in octets. */
static inline struct buffer buffer_of(size_t limit)
{
    return (struct buffer){ .limit = limit };
}

void buffer_add(struct buffer *b, const uint8_t *octets, size_t size);
void buffer_add_u8(struct buffer *b, uint8_t value);
void buffer_add_u16(struct buffer *b, uint16_t value);
void buffer_add_u32(struct buffer *b, uint32_t value);

/* A length as A-XDR and BER have it, up to 65,535. */
void buffer_add_length(struct buffer *b, size_t length);

/* Empties it and keeps its memory. */
void buffer_clear(struct buffer *b);
void buffer_free(struct buffer *b);

#endif
