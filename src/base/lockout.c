#include "base/lockout.h"

#include <string.h>

/* Protocol time wraps after 49 days: a lock that nobody tried for so long may seem to be there still. It ends
 * 15 minutes later at the latest. */
bool lockout_holds(struct lockout *l, uint32_t now_ms)
{
    if (l->locked && now_ms - l->wrong_ms[0] >= LOCKOUT_MS) {
        *l = (struct lockout){ 0 };
    }
    return l->locked;
}

bool lockout_wrong(struct lockout *l, uint8_t most, uint32_t now_ms)
{
    while (l->count > 0 && now_ms - l->wrong_ms[0] >= LOCKOUT_MS) { /* too old to count */
        l->count--;
        memmove(&l->wrong_ms[0], &l->wrong_ms[1], l->count * sizeof l->wrong_ms[0]);
    }
    l->wrong_ms[l->count++] = now_ms;
    if (l->count >= most) {
        *l = (struct lockout){ .locked = true, .wrong_ms = { now_ms } };
    }
    return l->locked;
}

bool secret_is(const void *own, size_t own_size, const void *tried, size_t size)
{
    uint8_t a[SECRET_MAX] = { 0 };
    uint8_t b[SECRET_MAX] = { 0 };
    if (size == 0 || size > SECRET_MAX || own_size == 0 || own_size > SECRET_MAX) {
        return false;
    }
    memcpy(a, own, own_size);
    memcpy(b, tried, size);
    size_t difference = size ^ own_size;
    for (size_t i = 0; i < SECRET_MAX; i++) {
        difference |= (size_t)(a[i] ^ b[i]);
    }
    return difference == 0;
}
