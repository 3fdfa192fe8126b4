/* What can be wrong with the line between a client and a port (interfaces.md 2): an echo, octets FF that get lost, bit
 * errors, pauses within what is sent. The octets of both directions pass through it.
 */
#ifndef BOARDS_LINUX_FAULT_H
#define BOARDS_LINUX_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fault_kind {
    FAULT_NONE,
    FAULT_ECHO,    /* what the client sends comes back to it */
    FAULT_DROP_FF, /* octets FF get lost */
    FAULT_ERRORS,  /* each bit is inverted with a probability */
    FAULT_GAP      /* a pause after the first octets of whatever is sent in one go */
};

enum { FAULT_GAP_MS_MAX = 10000, FAULT_GAP_AFTER = 4 /* octets: in the header of a frame */ };

/* One direction, for the pause. */
struct fault_way {
    size_t delivered;  /* octets, before the pause */
    bool begun;        /* the pause */
    uint64_t begun_us; /* when */
};

struct fault {
    enum fault_kind kind;
    double error_rate; /* 0..1 for a bit */
    uint32_t gap_ms;
    uint64_t random;
};

/* "echo", "drop-ff", "ber=1e-5", "gap=40ms" or "off". False if it is none of them: `f` stays as it was. */
bool fault_read(struct fault *f, const char *text, uint64_t seed);

/* An octet passes, and may come out as another one. False: it got lost. */
bool fault_pass(struct fault *f, uint8_t *octet);

/* The pause holds this direction back. */
bool fault_holds(const struct fault *f, const struct fault_way *way, uint64_t now_us);

/* How many of `ready` octets may be delivered now. */
size_t fault_ready(const struct fault *f, const struct fault_way *way, size_t ready, uint64_t now_us);

/* So many were delivered; `rest`: how many are left of what was sent in one go. */
void fault_delivered(const struct fault *f, struct fault_way *way, size_t size, size_t rest, uint64_t now_us);

#endif
