/* The button of a virtual meter: presses that follow each other, in metering time.
 *
 * The meter looks at its button in every step, which is 20 ms with samples and 1 s without. A press, and the pause
 * after it, are long enough to be seen by either; a short one never is as long as a long one.
 */
#ifndef BOARDS_LINUX_BUTTON_H
#define BOARDS_LINUX_BUTTON_H

#include <stdbool.h>
#include <stdint.h>

enum { BUTTON_QUEUE = 16 };

enum button_press { BUTTON_SHORT, BUTTON_LONG, BUTTON_5S, BUTTON_PRESSES };

/* By enum button_press: their names. */
extern const char *const button_names[BUTTON_PRESSES];

/* Owned by the machine; zero is a button that nobody touches. */
struct button {
    struct button_interval {
        uint64_t from_us;
        uint64_t until_us;
    } queue[BUTTON_QUEUE];
    unsigned count;
};

/* A press after those that are waiting. `coarse`: the steps are of a second. False if too many wait. */
bool button_press(struct button *b, enum button_press press, uint64_t now_us, bool coarse);

/* A finger is on it now and for so long: call again before that to go on. */
void button_hold(struct button *b, uint64_t now_us, uint32_t us);

/* Whether it is pressed. Time never goes back. */
bool button_pressed(struct button *b, uint64_t now_us);

#endif
