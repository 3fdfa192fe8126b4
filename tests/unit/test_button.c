/* boards/linux/button: presses that follow each other, looked at in steps of 20 ms and of 1 s, as the meter does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "boards/linux/button.h"

enum { SECOND_US = 1000000 };

/* Lengths of the presses that are seen from now on, in steps of `step_us`; the meter may look `looks` times in each. */
static unsigned seen(struct button *b, uint64_t now_us, uint32_t step_us, unsigned looks, uint64_t *lengths_us)
{
    unsigned count = 0;
    uint64_t since_us = 0;
    bool before = false;
    for (unsigned i = 0; i < 200u * SECOND_US / step_us; i++, now_us += step_us) {
        for (unsigned look = 0; look < looks; look++) {
            bool pressed = button_pressed(b, now_us);
            since_us = pressed && !before ? now_us : since_us;
            if (!pressed && before) {
                lengths_us[count++] = now_us - since_us;
            }
            before = pressed;
        }
    }
    assert_false(before);
    return count;
}

static void every_press_is_seen_as_what_it_is(void **state)
{
    (void)state;
    for (unsigned coarse = 0; coarse < 2; coarse++) {
        for (unsigned looks = 1; looks <= 3; looks += 2) {
            struct button b = { 0 };
            uint64_t lengths_us[BUTTON_QUEUE];
            uint64_t now_us = UINT64_C(5) * SECOND_US;
            for (unsigned i = 0; i < 9; i++) {
                assert_true(button_press(&b, (enum button_press)(i % BUTTON_PRESSES), now_us, coarse == 1));
            }
            if (coarse == 0) { /* the first begins at once */
                assert_true(button_pressed(&b, now_us));
            }
            assert_int_equal(seen(&b, now_us, coarse == 1 ? SECOND_US : SECOND_US / 50, looks, lengths_us), 9);
            for (unsigned i = 0; i < 9; i += 3) {
                assert_in_range(lengths_us[i], 50000, 1999999);
                assert_in_range(lengths_us[i + 1], 2000000, 4999999);
                assert_in_range(lengths_us[i + 2], 5000001, 9000000);
            }
        }
    }
}

static void only_so_many_wait(void **state)
{
    struct button b = { 0 };
    (void)state;
    for (unsigned i = 0; i < BUTTON_QUEUE; i++) {
        assert_true(button_press(&b, BUTTON_SHORT, 0, false));
    }
    assert_false(button_press(&b, BUTTON_SHORT, 0, false));
    assert_true(button_press(&b, BUTTON_SHORT, SECOND_US, false)); /* some have gone by */
}

static void a_finger_that_stays(void **state)
{
    struct button b = { 0 };
    (void)state;
    for (uint64_t us = 0; us < 6 * UINT64_C(1000000); us += 30000) {
        button_hold(&b, us, 700000);
        assert_true(button_pressed(&b, us));
    }
    assert_true(button_pressed(&b, 6600000));
    assert_false(button_pressed(&b, 6700000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_press_is_seen_as_what_it_is),
        cmocka_unit_test(only_so_many_wait),
        cmocka_unit_test(a_finger_that_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
