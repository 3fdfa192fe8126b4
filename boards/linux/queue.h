/* A bounded queue of octets between a serial port of the meter and the outside. */
#ifndef BOARDS_LINUX_QUEUE_H
#define BOARDS_LINUX_QUEUE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { QUEUE_MAX = 1024 }; /* four steps of a port: few calls of the system, and small beside the meter */

struct queue {
    size_t used;
    uint8_t octets[QUEUE_MAX]; /* the oldest first */
};

static inline size_t queue_room(const struct queue *q)
{
    return QUEUE_MAX - q->used;
}

/* Takes as many as there is room for, and returns how many. */
static inline size_t queue_put(struct queue *q, const uint8_t *octets, size_t size)
{
    size_t taken = size < queue_room(q) ? size : queue_room(q);
    memcpy(q->octets + q->used, octets, taken);
    q->used += taken;
    return taken;
}

/* Removes the oldest `size`, which are in it. */
static inline void queue_drop(struct queue *q, size_t size)
{
    q->used -= size;
    memmove(q->octets, q->octets + size, q->used);
}

static inline size_t queue_get(struct queue *q, uint8_t *octets, size_t max)
{
    size_t taken = q->used < max ? q->used : max;
    memcpy(octets, q->octets, taken);
    queue_drop(q, taken);
    return taken;
}

#endif
