/* HDLC frames, written and read by the book (IEC 62056-46, frame type 3). */
#ifndef FUZZ_FRAMES_H
#define FUZZ_FRAMES_H

#include <stdbool.h>

#include "octets.h"

enum { FRAME_FLAG = 0x7E };

struct frame {
    uint8_t control;
    bool segmented;
    const uint8_t *info;
    size_t info_size;
    size_t size; /* with both flags */
};

/* A frame from a client (its address octet) to logical device 1. */
void append_frame(struct octets *o, uint8_t client, uint8_t control, const uint8_t *info, size_t size, bool segmented);

/* The well-formed frame at the start of the octets. */
bool parse_frame(const uint8_t *o, size_t size, struct frame *f);

/* How many frames with right check sequences there are anywhere in the octets, and one of them. */
size_t count_frames(const struct octets *o, struct frame *f);

/* Makes the length and the check sequences right again, wherever mutations let the fields be. */
void mend_frame(struct octets *o);

#endif
