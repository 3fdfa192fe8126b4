#include "boards/linux/button.h"

#include <string.h>

enum { SHORT_US = 200000, STEP_US = 1000000, LONG_US = 3500000, BILL_US = 6500000 };

const char *const button_names[BUTTON_PRESSES] = { "short", "long", "5s" };

static void forget(struct button *b, uint64_t now_us)
{
    while (b->count > 0 && b->queue[0].until_us <= now_us) {
        memmove(b->queue, b->queue + 1, --b->count * sizeof b->queue[0]);
    }
}

/* A press of one coarse step begins with the next one: the meter may look at its button more often than time passes. */
bool button_press(struct button *b, enum button_press press, uint64_t now_us, bool coarse)
{
    uint64_t short_us = coarse ? STEP_US : SHORT_US; /* also the pause */
    const uint64_t lengths_us[BUTTON_PRESSES] = { short_us, LONG_US, BILL_US };
    forget(b, now_us);
    if (b->count == BUTTON_QUEUE) {
        return false;
    }
    uint64_t from_us = coarse ? now_us + STEP_US : now_us;
    if (b->count > 0) {
        from_us = b->queue[b->count - 1].until_us + short_us;
    }
    b->queue[b->count++] = (struct button_interval){ .from_us = from_us, .until_us = from_us + lengths_us[press] };
    return true;
}

void button_hold(struct button *b, uint64_t now_us, uint32_t us)
{
    forget(b, now_us);
    if (b->count == 0) {
        b->queue[b->count++].from_us = now_us;
    }
    if (b->count == 1) { /* otherwise others are waiting: they have their time */
        b->queue[0].until_us = now_us + us;
    }
}

bool button_pressed(struct button *b, uint64_t now_us)
{
    forget(b, now_us);
    return b->count > 0 && b->queue[0].from_us <= now_us;
}
