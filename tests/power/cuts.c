/* The power is cut at every flash operation of every step of each scenario, with every way of tearing it; after it the
 * store holds what it held before the step or what it holds after it, whole. Then it is cut again while it goes on. */
#include "store/checkpoint.h"
#include "store/settings.h"
#include "tests/power/bed.h"

enum { BLOCKS_MAX = 5, TEARS = 12 };

/* A step's status is that of what a client was promised. */
struct scenario {
    const char *name;
    uint16_t blocks;
    uint32_t steps;
    enum status (*mount)(void);
    enum status (*act)(uint32_t step);
    bool (*holds)(uint32_t steps_done);
};

static union {
    struct flashlog log;
    struct settings settings;
    struct checkpoint checkpoint;
} store;

/* Ring: appends through two laps, with new generations of other row sizes on the way ---------------------- */

static bool restarts(uint32_t step)
{
    return step == 0 || step == 70 || step == 76 || step == 77;
}

static uint16_t row_size_after(uint32_t restart)
{
    return (uint16_t)(restart == 76 ? 100 : 200 + restart % 7);
}

static enum status mount_ring(void)
{
    struct board_region region = bed_region();
    enum status status = flashlog_mount(&store.log, &bed, &region);
    return status == STATUS_UNDEFINED ? STATUS_OK : status;
}

static enum status act_ring(uint32_t step)
{
    uint8_t octets[FLASHLOG_ROW_MAX];
    enum status status;
    if (restarts(step)) {
        bed_fill(octets, 20, step);
        status = flashlog_restart(&store.log, row_size_after(step), octets, 20);
    } else {
        bed_fill(octets, store.log.row_size, store.log.next);
        status = flashlog_append(&store.log, octets);
    }
    (void)flashlog_step(&store.log);
    return status;
}

static bool rows_hold(struct flashlog *log, uint32_t first, uint32_t next)
{
    uint8_t row[FLASHLOG_ROW_MAX];
    uint32_t kept = (log->region.blocks - 3u) * FLASHLOG_BLOCK_ROWS(log->row_size, (uint32_t)log->descriptor_size);
    if (log->next != next || log->oldest < first || next - log->oldest < (next - first < kept ? next - first : kept)) {
        return false;
    }
    for (uint32_t sequence = log->oldest; sequence < next; sequence++) {
        if (flashlog_read(log, sequence, row) != STATUS_OK || !bed_filled(row, log->row_size, sequence)) {
            return false;
        }
    }
    return flashlog_read(log, next, row) == STATUS_UNDEFINED;
}

static bool ring_holds(uint32_t steps_done)
{
    uint8_t descriptor[20];
    uint32_t generation = 0;
    uint32_t rows = 0;
    uint32_t first = 0;
    uint32_t restart = 0;
    for (uint32_t step = 0; step < steps_done; step++) {
        if (restarts(step)) {
            generation++;
            first = rows;
            restart = step;
        } else {
            rows++;
        }
    }
    if (generation == 0) {
        return store.log.generation == 0;
    }
    return store.log.generation == generation && store.log.row_size == row_size_after(restart) &&
           flashlog_descriptor(&store.log, descriptor) == STATUS_OK && bed_filled(descriptor, 20, restart) &&
           rows_hold(&store.log, first, rows);
}

/* Settings: keys of changing sizes until every block was compacted --------------------------------------------- */

enum { KEYS = 20 };

static size_t size_at(uint32_t step)
{
    return step * 37 % 201;
}

static enum status mount_settings(void)
{
    struct board_region region = bed_region();
    enum status status = settings_mount(&store.settings, &bed, &region);
    assert_false(store.settings.failed); /* a record that is torn has not rotted */
    return status;
}

static enum status act_settings(uint32_t step)
{
    uint8_t value[SETTINGS_VALUE_MAX];
    bed_fill(value, size_at(step), step);
    return settings_set(&store.settings, (uint16_t)(step * step % KEYS), value, size_at(step));
}

static bool settings_hold(uint32_t steps_done)
{
    for (uint16_t key = 0; key < KEYS; key++) {
        uint8_t value[SETTINGS_VALUE_MAX];
        size_t size = 0;
        uint32_t step = steps_done;
        while (step > 0 && (step - 1) * (step - 1) % KEYS != key) {
            step--;
        }
        enum status status = settings_get(&store.settings, key, value, sizeof value, &size);
        bool right = step == 0 ? status == STATUS_UNDEFINED
                               : status == STATUS_OK && size == size_at(step - 1) && bed_filled(value, size, step - 1);
        if (!right) {
            return false;
        }
    }
    return true;
}

/* Settings that are never changed again, beside one that changes: compaction has much to copy. */
enum { STILL = 40 };

static uint16_t key_of_many(uint32_t step)
{
    return (uint16_t)(step < STILL ? step : 1000u);
}

static enum status act_still(uint32_t step)
{
    uint8_t value[60];
    bed_fill(value, sizeof value, step);
    return settings_set(&store.settings, key_of_many(step), value, sizeof value);
}

static bool still_holds(uint32_t steps_done)
{
    uint8_t value[60];
    size_t size = 0;
    for (uint32_t step = 0; step < steps_done; step++) {
        bool counts = step < STILL || step + 1 == steps_done;
        if (counts && (settings_get(&store.settings, key_of_many(step), value, sizeof value, &size) != STATUS_OK ||
                       size != sizeof value || !bed_filled(value, size, step))) {
            return false;
        }
    }
    return steps_done >= STILL ||
           settings_get(&store.settings, (uint16_t)steps_done, value, sizeof value, &size) == STATUS_UNDEFINED;
}

/* Checkpoints ----------------------------------------------------------------------- */

static enum status mount_checkpoint(void)
{
    struct board_region region = bed_region();
    return checkpoint_mount(&store.checkpoint, &bed, &region);
}

static enum status act_checkpoint(uint32_t step)
{
    uint8_t snapshot[CHECKPOINT_SIZE];
    bed_fill(snapshot, sizeof snapshot, step);
    enum status status = checkpoint_save(&store.checkpoint, snapshot);
    (void)checkpoint_step(&store.checkpoint);
    return status;
}

static bool checkpoint_holds(uint32_t steps_done)
{
    uint8_t snapshot[CHECKPOINT_SIZE];
    enum status status = checkpoint_load(&store.checkpoint, snapshot);
    return steps_done == 0 ? status == STATUS_UNDEFINED
                           : status == STATUS_OK && bed_filled(snapshot, sizeof snapshot, steps_done - 1);
}

/* Cutting ----------------------------------------------------------------------------- */

static uint32_t cuts;

struct moment {
    uint8_t octets[BLOCKS_MAX * BOARD_FLASH_BLOCK];
    uint8_t store[sizeof store];
};

static void save(struct moment *m)
{
    memcpy(m->octets, bed.octets, sizeof m->octets);
    memcpy(m->store, &store, sizeof store);
}

static void restore(const struct moment *m)
{
    memcpy(bed.octets, m->octets, sizeof m->octets);
    memcpy(&store, m->store, sizeof store);
}

static void cut(uint32_t operation, uint32_t how)
{
    if (how < 4) {
        nor_cut(&bed.nor, operation, (enum nor_tear)how, 0);
    } else {
        nor_cut(&bed.nor, operation, NOR_TEAR_BITS, how + operation * TEARS);
    }
    cuts++;
}

/* Does a step with the cut that was set. False if it was over before; else *done is what the mounted store holds. */
static bool survive(const struct scenario *s, uint32_t *done)
{
    enum status status = s->act(*done);
    bool was_cut = bed.nor.off;
    nor_power_on(&bed.nor);
    if (!was_cut) {
        return false;
    }
    assert_int_equal(s->mount(), STATUS_OK);
    if (s->holds(*done + 1)) {
        (*done)++;
    } else if (!s->holds(*done) || status == STATUS_OK) {
        fail_msg("%s: a third state, or a promise broken, at step %u", s->name, *done);
    }
    return true;
}

static void cut_again(const struct scenario *s, uint32_t done)
{
    static struct moment after_first;
    save(&after_first);
    for (uint32_t how = 2; how < TEARS; how += 5) {
        for (uint32_t operation = 1;; operation++) {
            uint32_t reached = done;
            restore(&after_first);
            cut(operation, how);
            if (!survive(s, &reached)) {
                cuts--;
                break;
            }
        }
    }
    restore(&after_first);
    assert_int_equal(s->act(done), STATUS_OK);
    assert_true(s->holds(done + 1));
    assert_int_equal(s->mount(), STATUS_OK);
    assert_true(s->holds(done + 1));
}

static void cut_everywhere(const struct scenario *s)
{
    static struct moment before;
    static struct moment after;
    uint32_t operations = 0;
    cuts = 0;
    bed_begin(s->blocks);
    assert_int_equal(s->mount(), STATUS_OK);
    for (uint32_t step = 0; step < s->steps; step++) {
        save(&before);
        uint32_t first = bed.nor.operations;
        assert_int_equal(s->act(step), STATUS_OK);
        assert_true(s->holds(step + 1));
        uint32_t count = bed.nor.operations - first;
        save(&after);
        for (uint32_t operation = 1; operation <= count; operation++) {
            for (uint32_t how = 0; how < TEARS; how++) {
                uint32_t done = step;
                restore(&before);
                cut(operation, how);
                assert_true(survive(s, &done));
                cut_again(s, done);
            }
        }
        operations += count;
        restore(&after);
    }
    assert_int_equal(bed.nor.violations, 0);
    printf("%-20s %5u operations, %7u cuts\n", s->name, operations, cuts);
}

static void old_or_new_never_a_third(void **state)
{
    (void)state;
    static const struct scenario scenarios[] = {
        { "ring", 4, 84, mount_ring, act_ring, ring_holds },
        { "settings", 4, 150, mount_settings, act_settings, settings_hold },
        { "settings, still", 4, 150, mount_settings, act_still, still_holds },
        { "checkpoint", 3, 120, mount_checkpoint, act_checkpoint, checkpoint_holds },
    };
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        cut_everywhere(&scenarios[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(old_or_new_never_a_third) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
