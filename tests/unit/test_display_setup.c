/* meter/display_setup: lists, times and decimals on a flash that obeys the rules of NOR, cut at every operation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "meter/display_setup.h"
#include "test_board.h"

enum { BLOCKS = 8 };

static struct nor *nor;
static struct board board;
static struct settings settings;
static struct display_setup setup;
static const struct board_region region = { 0, BLOCKS };

static unsigned restart(void)
{
    nor_power_on(nor);
    assert_int_equal(settings_mount(&settings, &board, &region), STATUS_OK);
    return display_setup_init(&setup, &settings);
}

static int start(void **state)
{
    (void)state;
    board = (struct board){ 0 };
    nor = test_board_flash(&board);
    return restart() == 0 ? 0 : -1;
}

/* Entries that are all different, and different for each seed. */
static void make(struct display_entry *entries, unsigned count, uint8_t seed)
{
    for (unsigned i = 0; i < count; i++) {
        entries[i] = (struct display_entry){ 3, { 1, 0, (uint8_t)i, 8, seed, 255 }, 2 };
    }
}

static bool list_is(enum display_list list, const struct display_entry *entries, unsigned count)
{
    struct display_entry e;
    if (display_list_count(&setup, list) != count || display_list_entry(&setup, list, count, &e)) {
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        if (!display_list_entry(&setup, list, i, &e) || memcmp(&e, &entries[i], sizeof e) != 0) {
            return false;
        }
    }
    return true;
}

static void setup_is_default(void)
{
    const struct display_timing *t = &setup.timing;
    assert_int_equal(t->scroll_s, 5);
    assert_int_equal(t->button_timeout_s, 60);
    assert_int_equal(t->backlight_s, 60);
    assert_int_equal(t->full_test_s, 5);
    assert_int_equal(t->poweroff_item_s, 5);
    assert_int_equal(t->poweroff_total_s, 30);
    assert_int_equal(setup.decimals.energy, 2);
    assert_int_equal(setup.decimals.demand, 3);
}

static void defaults(void **state)
{
    (void)state;
    setup_is_default();
    assert_int_equal(nor->operations, 0);
}

static void times_and_decimals_last(void **state)
{
    const struct display_timing t = { 1, 2, 0, 0, 255, 60 };
    const struct display_decimals d = { 0, 1 };
    (void)state;
    assert_int_equal(display_set_timing(&setup, &t), STATUS_OK);
    assert_int_equal(display_set_decimals(&setup, &d), STATUS_OK);
    assert_int_equal(restart(), 0);
    assert_memory_equal(&setup.timing, &t, sizeof t);
    assert_memory_equal(&setup.decimals, &d, sizeof d);
}

static void what_is_out_of_range(void **state)
{
    static const struct display_timing bad[] = {
        { 0, 60, 60, 5, 5, 30 }, { 5, 0, 60, 5, 5, 30 }, { 5, 60, 60, 5, 0, 30 }, { 5, 60, 60, 5, 5, 61 }
    };
    static const struct display_decimals wrong[] = { { 3, 3 }, { 2, 4 }, { 255, 255 } };
    struct display_entry entries[DISPLAY_LIST_MAX + 1];
    struct display_setup before = setup;
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(display_set_timing(&setup, &bad[i]), STATUS_RANGE);
    }
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(display_set_decimals(&setup, &wrong[i]), STATUS_RANGE);
    }
    make(entries, DISPLAY_LIST_MAX + 1, 0);
    assert_int_equal(display_list_set(&setup, DISPLAY_LIST_SCROLL, entries, DISPLAY_LIST_MAX + 1), STATUS_RANGE);
    assert_memory_equal(&setup, &before, sizeof setup);
    assert_int_equal(nor->operations, 0);
}

/* What another version, or rot that a CRC does not see, has left: defaults, and counted. */
static void values_that_cannot_be_used(void **state)
{
    static const uint8_t timing[] = { 0, 60, 60, 5, 5, 30 };
    static const uint8_t own[] = { 2, 1 };
    static const uint8_t long_list[] = { 0, DISPLAY_LIST_MAX + 1 };
    (void)state;
    assert_int_equal(settings_set(&settings, 0x1010, timing, sizeof timing), STATUS_OK);
    assert_int_equal(settings_set(&settings, 0x1011, timing, 1), STATUS_OK);
    assert_int_equal(settings_set(&settings, 0x1012, own, sizeof own), STATUS_OK);
    assert_int_equal(settings_set(&settings, 0x1013, long_list, sizeof long_list), STATUS_OK);
    assert_int_equal(settings_set(&settings, 0x1014, timing, 3), STATUS_OK);
    assert_int_equal(restart(), 5);
    setup_is_default();
    for (enum display_list list = 0; list < DISPLAY_LISTS; list++) {
        assert_false(setup.own[list].set);
    }
}

static void every_size_of_a_list(void **state)
{
    struct display_entry entries[DISPLAY_LIST_MAX];
    (void)state;
    for (unsigned count = 0; count <= DISPLAY_LIST_MAX; count++) {
        enum display_list list = (enum display_list)(count % DISPLAY_LISTS);
        make(entries, count, (uint8_t)count);
        uint16_t edition = setup.edition;
        assert_int_equal(display_list_set(&setup, list, entries, count), STATUS_OK);
        assert_int_equal(setup.edition, edition + 1);
        assert_true(list_is(list, entries, count));
        assert_int_equal(restart(), 0);
        assert_true(list_is(list, entries, count));
    }
    assert_int_equal(nor->violations, 0);
}

static void the_default_takes_nothing(void **state)
{
    struct display_entry entries[DISPLAY_LIST_MAX];
    struct display_entry own = { 3, { 1, 0, 1, 8, 0, 255 }, 2 };
    (void)state;
    for (enum display_list list = 0; list < DISPLAY_LISTS; list++) {
        unsigned count = display_list_count(&setup, list);
        for (unsigned i = 0; i < count; i++) {
            assert_true(display_list_entry(&setup, list, i, &entries[i]));
        }
        assert_int_equal(display_list_set(&setup, list, &own, 1), STATUS_OK);
        assert_true(list_is(list, &own, 1));
        assert_int_equal(display_list_set(&setup, list, entries, count), STATUS_OK);
        assert_false(setup.own[list].set);
        assert_int_equal(restart(), 0);
        assert_false(setup.own[list].set);
        assert_true(list_is(list, entries, count));
    }
}

/* Old or new, whatever operation is cut and however it tears; and the next set works. */
static void a_cut_leaves_the_old_list_or_the_new(void **state)
{
    struct display_entry old[DISPLAY_LIST_MAX];
    struct display_entry new[DISPLAY_LIST_MAX];
    unsigned seen[2] = { 0, 0 };
    (void)state;
    make(old, 70, 1);
    make(new, DISPLAY_LIST_MAX, 2);
    for (enum nor_tear tear = NOR_TEAR_NOTHING; tear <= NOR_TEAR_BITS; tear++) {
        for (uint32_t cut = 1;; cut++) {
            assert_int_equal(start(state), 0);
            assert_int_equal(display_list_set(&setup, DISPLAY_LIST_BUTTON, old, 70), STATUS_OK);
            nor_cut(nor, cut, tear, cut * 7919u);
            enum status status = display_list_set(&setup, DISPLAY_LIST_BUTTON, new, DISPLAY_LIST_MAX);
            bool off = nor->off;
            assert_int_equal(restart(), 0);
            bool is_new = list_is(DISPLAY_LIST_BUTTON, new, DISPLAY_LIST_MAX);
            assert_true(is_new || list_is(DISPLAY_LIST_BUTTON, old, 70));
            assert_true(is_new || status != STATUS_OK);
            seen[is_new]++;
            assert_int_equal(display_list_set(&setup, DISPLAY_LIST_BUTTON, new, DISPLAY_LIST_MAX), STATUS_OK);
            assert_true(list_is(DISPLAY_LIST_BUTTON, new, DISPLAY_LIST_MAX));
            assert_int_equal(nor->violations, 0);
            if (!off) {
                break;
            }
        }
    }
    assert_true(seen[0] > 10 && seen[1] > 0);
}

static void a_failure_changes_nothing(void **state)
{
    struct display_entry entries[DISPLAY_LIST_MAX];
    (void)state;
    make(entries, DISPLAY_LIST_MAX, 3);
    nor->off = true;
    struct display_setup before = setup;
    assert_int_not_equal(display_list_set(&setup, DISPLAY_LIST_SCROLL, entries, 5), STATUS_OK);
    assert_int_not_equal(display_set_timing(&setup, &(struct display_timing){ 1, 1, 1, 1, 1, 1 }), STATUS_OK);
    assert_int_not_equal(display_set_decimals(&setup, &(struct display_decimals){ 1, 1 }), STATUS_OK);
    assert_memory_equal(&setup, &before, sizeof setup);
}

static void the_full_test(void **state)
{
    struct display_entry e = { 1, { 0, 0, 96, 50, 3, 255 }, 2 };
    (void)state;
    assert_true(display_entry_is_test(&e));
    e.attribute = 1;
    assert_false(display_entry_is_test(&e));
    e = (struct display_entry){ 3, { 0, 0, 96, 50, 3, 255 }, 2 };
    assert_false(display_entry_is_test(&e));
    e = (struct display_entry){ 1, { 0, 0, 96, 50, 2, 255 }, 2 };
    assert_false(display_entry_is_test(&e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(defaults, start),
        cmocka_unit_test_setup(times_and_decimals_last, start),
        cmocka_unit_test_setup(what_is_out_of_range, start),
        cmocka_unit_test_setup(values_that_cannot_be_used, start),
        cmocka_unit_test_setup(every_size_of_a_list, start),
        cmocka_unit_test_setup(the_default_takes_nothing, start),
        cmocka_unit_test_setup(a_cut_leaves_the_old_list_or_the_new, start),
        cmocka_unit_test_setup(a_failure_changes_nothing, start),
        cmocka_unit_test_setup(the_full_test, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
