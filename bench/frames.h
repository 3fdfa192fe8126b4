/* Client side of a link for the benchmarks: frames that a reader would send. */
#ifndef BENCH_FRAMES_H
#define BENCH_FRAMES_H

#include <stddef.h>
#include <stdint.h>

enum { FRAME_MAX = 128 };

struct frame {
    uint8_t octets[FRAME_MAX];
    size_t size;
};

/* A frame from client 32 (reader) to the management logical device: control octet and, unless NULL, an LLC SDU. */
struct frame frame_make(uint8_t control, const uint8_t *apdu, size_t size);

/* SNRM that proposes this information field and window for both directions. */
struct frame frame_snrm(uint16_t information, uint8_t window);

/* AARQ of the reader with the default secret, LLS; and GET of 1.0.1.8.0.255 attribute 2. */
extern const uint8_t apdu_aarq[];
extern const size_t apdu_aarq_size;
extern const uint8_t apdu_get[];
extern const size_t apdu_get_size;

enum { CONTROL_SNRM = 0x93, CONTROL_DISC = 0x53 };

/* Control octet of an information frame with P set. */
uint8_t frame_information_control(unsigned sent, unsigned received);

#endif
