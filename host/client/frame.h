/* HDLC frames as a client writes and reads them.
 *
 * Source  IEC 62056-46 (DLMS UA 1000-2 clause 8), frame format type 3; addresses: object-model.md 7 and 10.11.
 */
#ifndef HOST_CLIENT_FRAME_H
#define HOST_CLIENT_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FRAME_LENGTH_MAX = 2047,                 /* what the length field can say */
    FRAME_OCTETS_MAX = FRAME_LENGTH_MAX + 2, /* with both flags */
    FRAME_ADDRESS_MAX = 4
};

/* An address as it is on the wire. */
struct frame_address {
    uint8_t octets[FRAME_ADDRESS_MAX];
    uint8_t size; /* 1, 2 or 4 */
};

struct frame {
    struct frame_address to;
    struct frame_address from;
    uint8_t control;
    bool segmented;
    const uint8_t *information; /* of a received frame: valid until more octets are put in */
    size_t size;
};

/* 1 octet: logical alone; 2: logical and physical up to 127; 4: up to 16383. False when they do not fit. */
bool frame_address(struct frame_address *a, uint32_t logical, uint32_t physical, unsigned size);
bool frame_same_address(const struct frame_address *a, const struct frame_address *b);

/* Returns the size, at the most FRAME_OCTETS_MAX; the information must fit. */
size_t frame_write(uint8_t octets[FRAME_OCTETS_MAX], const struct frame *f);

/* Octets as they come. Begin with all zero. */
struct frame_reader {
    uint8_t octets[2 * FRAME_OCTETS_MAX];
    size_t at; /* the first that is not used */
    size_t size;
    unsigned damaged; /* what began like a frame and was none */
};

/* Takes as many of the octets as there is room for, and returns how many: all, once every frame was taken out. */
size_t frame_put(struct frame_reader *r, const uint8_t *octets, size_t size);

/* The next whole frame with right check sequences; what is none is passed over. False: more octets are needed. */
bool frame_next(struct frame_reader *r, struct frame *f);

/* The rest of what begins like a frame will not come: what follows may hold one. False: nothing follows. */
bool frame_give_up(struct frame_reader *r);

#endif
