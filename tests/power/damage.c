/* Rotten blocks, blocks that fail, parts that are blank or hold anything: no crash, and what is intact can be read. */
#include "store/checkpoint.h"
#include "store/settings.h"
#include "tests/power/bed.h"

enum { ROW = 60, BLOCKS = 12, KEYS = 25 };

static struct flashlog log_;
static struct settings settings;
static struct checkpoint checkpoint;

static void append(uint32_t rows)
{
    uint8_t row[ROW];
    for (uint32_t i = 0; i < rows; i++) {
        bed_fill(row, ROW, log_.next);
        assert_int_equal(flashlog_append(&log_, row), STATUS_OK);
        (void)flashlog_step(&log_);
    }
}

static void begin_ring(uint32_t rows)
{
    bed_begin(BLOCKS);
    struct board_region region = bed_region();
    assert_int_equal(flashlog_mount(&log_, &bed, &region), STATUS_UNDEFINED);
    assert_int_equal(flashlog_restart(&log_, ROW, (const uint8_t *)"columns", 7), STATUS_OK);
    append(rows);
}

/* How many of the rows first..next can be read. A wrong row fails. */
static uint32_t count_rows(uint32_t first, uint32_t next)
{
    uint8_t row[ROW];
    uint32_t count = 0;
    for (uint32_t sequence = first; sequence < next; sequence++) {
        if (flashlog_read(&log_, sequence, row) == STATUS_OK) {
            assert_true(bed_filled(row, ROW, sequence));
            count++;
        }
    }
    return count;
}

static void one_rotten_octet_costs_one_row(void **state)
{
    (void)state;
    struct board_region region;
    for (uint32_t trial = 0; trial < 400; trial++) {
        begin_ring(800 + trial);
        region = bed_region();
        uint32_t first = log_.oldest;
        uint32_t next = log_.next;
        nor_rot(&bed.nor, bed_random(BLOCKS), 1, trial);
        assert_int_equal(flashlog_mount(&log_, &bed, &region), STATUS_OK);
        assert_in_range(count_rows(first, next), next - first - 1, next - first);
        append(200);
        assert_int_equal(count_rows(log_.next - 200, log_.next), 200);
    }
}

static void a_rotten_block_costs_its_own_rows(void **state)
{
    (void)state;
    for (uint32_t block = 0; block < BLOCKS; block++) {
        for (uint32_t trial = 0; trial < 12; trial++) {
            begin_ring(700 + trial * 37);
            struct board_region region = bed_region();
            uint32_t first = log_.oldest;
            uint32_t next = log_.next;
            nor_rot(&bed.nor, block, 20000, trial);
            assert_int_equal(flashlog_mount(&log_, &bed, &region), STATUS_OK);
            assert_true(count_rows(first, next) >= next - first - FLASHLOG_BLOCK_ROWS(ROW, 7));
            append(200);
            assert_int_equal(count_rows(log_.next - 200, log_.next), 200);
        }
    }
}

static void a_block_that_fails_is_passed_over(void **state)
{
    (void)state;
    const uint32_t kept = (BLOCKS - 4) * FLASHLOG_BLOCK_ROWS(ROW, 7); /* one block less than a sound part */
    for (uint32_t kind = 0; kind < 4; kind++) {
        for (uint16_t block = 0; block < BLOCKS; block++) {
            begin_ring(400);
            struct board_region region = bed_region();
            *(kind < 2 ? &bed.nor.bad_erase : &bed.nor.bad_program) = block;
            bed.nor.silent = kind % 2 != 0;
            for (uint32_t lap = 0; lap < 16; lap++) {
                append(97);
                assert_int_equal(flashlog_mount(&log_, &bed, &region), STATUS_OK);
                assert_true(log_.next - log_.oldest >= (log_.next < kept ? log_.next : kept));
                uint32_t first = flashlog_first(&log_, kept);
                assert_int_equal(count_rows(first, log_.next), log_.next - first);
            }
            assert_int_equal(log_.next, 400 + 16 * 97);
        }
    }
}

static void a_part_that_takes_nothing_keeps_what_it_has(void **state)
{
    (void)state;
    uint8_t row[ROW] = { 0 };
    begin_ring(400);
    struct board_region region = bed_region();
    uint32_t first = log_.oldest;
    bed.nor.off = true;
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(flashlog_append(&log_, row), STATUS_FAILED);
    }
    nor_power_on(&bed.nor);
    assert_int_equal(flashlog_mount(&log_, &bed, &region), STATUS_OK);
    assert_int_equal(count_rows(first, 400), 400 - first);
}

/* Settings ------------------------------------------------------------------------------ */

static void set(uint16_t key, uint32_t seed)
{
    uint8_t value[90];
    bed_fill(value, sizeof value, seed);
    assert_int_equal(settings_set(&settings, key, value, sizeof value), STATUS_OK);
}

static bool is_set(uint16_t key, uint32_t seed)
{
    uint8_t value[90];
    size_t size = 0;
    return settings_get(&settings, key, value, sizeof value, &size) == STATUS_OK && size == sizeof value &&
           bed_filled(value, size, seed);
}

static uint32_t count_settings(uint32_t seed)
{
    uint32_t count = 0;
    for (uint16_t key = 0; key < KEYS; key++) {
        count += is_set(key, seed + key);
    }
    return count;
}

static void begin_settings(void)
{
    bed_begin(6);
    struct board_region region = bed_region();
    assert_int_equal(settings_mount(&settings, &bed, &region), STATUS_OK);
    for (uint32_t seed = 0; seed < 8 * KEYS; seed++) {
        set((uint16_t)(seed % KEYS), seed);
    }
}

static void one_rotten_octet_costs_one_setting(void **state)
{
    (void)state;
    for (uint32_t trial = 0; trial < 300; trial++) {
        begin_settings();
        struct board_region region = bed_region();
        nor_rot(&bed.nor, bed_random(6), 1, trial);
        assert_int_equal(settings_mount(&settings, &bed, &region), STATUS_OK);
        assert_in_range(count_settings(7 * KEYS), KEYS - 1, KEYS);
        for (uint16_t key = 0; key < KEYS; key++) {
            set(key, 1000u + key);
        }
        assert_int_equal(settings_mount(&settings, &bed, &region), STATUS_OK);
        assert_int_equal(count_settings(1000), KEYS);
    }
}

/* Where the newest value of a key stands in the part, found by its octets. */
static uint8_t *place_of(uint32_t seed)
{
    uint8_t value[90];
    uint8_t *found = NULL;
    bed_fill(value, sizeof value, seed);
    for (size_t i = 0; i + sizeof value <= 6u * BOARD_FLASH_BLOCK; i++) {
        found = memcmp(bed.octets + i, value, sizeof value) == 0 ? bed.octets + i : found;
    }
    assert_non_null(found);
    return found;
}

/* Whichever record of a setting has rotted, the next mount says so, until it is told; but for the last one of all,
 * which cannot be told from one that a cut has torn. An older value of the key may be there or not. */
static void every_rotten_setting_is_told(void **state)
{
    (void)state;
    struct board_region region = bed_region();
    for (uint32_t trial = 0; trial < 16u * KEYS; trial++) {
        uint16_t key = (uint16_t)(trial % KEYS);
        begin_settings();
        for (uint16_t k = 0; k < trial / KEYS; k++) { /* so many of them are young */
            set(k, 900u + k);
        }
        uint32_t seed = key < trial / KEYS ? 900u + key : 7u * KEYS + key;
        bool last = seed == (trial < KEYS ? 8u * KEYS - 1 : 900u + trial / KEYS - 1);
        place_of(seed)[trial % 90] ^= (uint8_t)(1u << trial % 8);
        region = bed_region();
        for (unsigned start = 0; start < 3; start++) { /* others are written meanwhile */
            assert_int_equal(settings_mount(&settings, &bed, &region), STATUS_OK);
            assert_true(!is_set(key, seed) && settings.failed == !last);
            set(KEYS, start);
        }
        settings_told(&settings);
        assert_int_equal(settings_mount(&settings, &bed, &region), STATUS_OK);
        assert_false(settings.failed);
        assert_int_equal(bed.nor.violations, 0);
    }
}

/* Found while the meter runs: by a compaction that copies it on, and by a new value of its key. */
static void what_rots_in_use_is_told(void **state)
{
    (void)state;
    for (uint16_t kind = 0; kind < 2; kind++) { /* the key that is set first: its own, or another */
        begin_settings();
        struct board_region region = bed_region();
        place_of(7u * KEYS)[5] ^= 4;
        set(kind, 5000);
        for (uint32_t seed = 0; seed < 3000 && !settings.failed; seed++) {
            set((uint16_t)(1 + bed_random(99)), seed); /* so many that no block is without one that counts */
        }
        assert_true(settings.failed);
        set(KEYS, 501);
        assert_int_equal(settings_mount(&settings, &bed, &region), STATUS_OK);
        assert_true(settings.failed);
        settings_told(&settings);
        assert_int_equal(settings_mount(&settings, &bed, &region), STATUS_OK);
        assert_false(settings.failed);
    }
}

/* A record may end in FF, which looks like the blank octets behind it: one in 256 of those whose last unit is begun by
 * the last octet of their CRC, and more seldom the others. */
static void a_record_that_ends_in_blank_octets_is_kept(void **state)
{
    (void)state;
    struct board_region region;
    bed_begin(5);
    region = bed_region();
    assert_int_equal(settings_mount(&settings, &bed, &region), STATUS_OK);
    for (uint32_t trial = 0; trial < 8000; trial++) {
        uint8_t value[24];
        size_t size = 1 + trial % 24;
        bed_fill(value, size, trial);
        assert_int_equal(settings_set(&settings, (uint16_t)(trial & 1), value, size), STATUS_OK);
        assert_int_equal(settings_mount(&settings, &bed, &region), STATUS_OK);
        uint8_t other = (uint8_t)trial;
        assert_int_equal(settings_set(&settings, 2, &other, 1), STATUS_OK);
        assert_int_equal(settings_mount(&settings, &bed, &region), STATUS_OK);
        size_t found = 0;
        assert_int_equal(settings_get(&settings, (uint16_t)(trial & 1), value, sizeof value, &found), STATUS_OK);
        assert_true(found == size && bed_filled(value, size, trial));
    }
    assert_int_equal(bed.nor.violations, 0);
}

static void settings_survive_a_block_that_fails(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 4; kind++) {
        for (uint16_t block = 0; block < 6; block++) {
            begin_settings();
            struct board_region region = bed_region();
            *(kind < 2 ? &bed.nor.bad_erase : &bed.nor.bad_program) = block;
            bed.nor.silent = kind % 2 != 0;
            for (uint32_t round = 0; round < 30; round++) {
                for (uint16_t key = 0; key < KEYS; key++) {
                    set(key, round * 100 + key);
                }
                assert_int_equal(settings_mount(&settings, &bed, &region), STATUS_OK);
                assert_int_equal(count_settings(round * 100), KEYS);
            }
        }
    }
}

static void full_settings_refuse_and_keep_the_old(void **state)
{
    (void)state;
    uint8_t value[SETTINGS_VALUE_MAX] = { 0 };
    bed_begin(4);
    struct board_region region = bed_region();
    assert_int_equal(settings_mount(&settings, &bed, &region), STATUS_OK);
    uint16_t keys = 0;
    while (settings_set(&settings, keys, value, sizeof value) == STATUS_OK) {
        keys++;
    }
    assert_int_equal(keys, (4096 - 32 - 264 + 8) / 264); /* what one block surely holds: SPEC.md */
    assert_int_equal(settings_set(&settings, keys, value, sizeof value), STATUS_SPACE);
    for (uint32_t i = 0; i < 500; i++) { /* the last room serves for ever */
        bed_fill(value, 8, i);
        if (i == 0) {
            assert_int_equal(settings_set(&settings, 900, value, 8), STATUS_OK);
        }
        assert_int_equal(settings_set(&settings, 900, value, 8), STATUS_OK);
    }
    assert_int_equal(settings_mount(&settings, &bed, &region), STATUS_OK);
    size_t size = 0;
    assert_int_equal(settings_get(&settings, 900, value, sizeof value, &size), STATUS_OK);
    assert_true(size == 8 && bed_filled(value, 8, 499));
    for (uint16_t key = 0; key < keys; key++) {
        assert_int_equal(settings_get(&settings, key, value, sizeof value, &size), STATUS_OK);
        assert_int_equal(size, SETTINGS_VALUE_MAX);
    }
    assert_int_equal(settings_set(&settings, SETTINGS_KEY_NONE, value, 1), STATUS_RANGE);
    assert_int_equal(settings_set(&settings, 1, value, SETTINGS_VALUE_MAX + 1), STATUS_RANGE);
    assert_int_equal(settings_get(&settings, 1, value, SETTINGS_VALUE_MAX - 1, &size), STATUS_SPACE);
}

/* Any part ------------------------------------------------------------------------------- */

static void garbage_is_an_empty_part(void **state)
{
    (void)state;
    for (uint32_t trial = 0; trial < 30; trial++) {
        uint8_t snapshot[CHECKPOINT_SIZE] = { 0 };
        bed_begin(BLOCKS);
        struct board_region region = bed_region();
        for (size_t i = 0; i < BLOCKS * BOARD_FLASH_BLOCK; i++) {
            bed.octets[i] = (uint8_t)(trial == 0 ? 0 : bed_random(256));
        }
        assert_int_equal(settings_mount(&settings, &bed, &region), STATUS_OK);
        assert_int_equal(settings.count, 0);
        assert_int_equal(checkpoint_mount(&checkpoint, &bed, &region), STATUS_OK);
        assert_int_equal(checkpoint_load(&checkpoint, snapshot), STATUS_UNDEFINED);
        assert_int_equal(flashlog_append(&checkpoint.log, snapshot), STATUS_DENIED);
        bed_fill(snapshot, sizeof snapshot, trial);
        assert_int_equal(checkpoint_save(&checkpoint, snapshot), STATUS_OK);
        assert_int_equal(checkpoint_mount(&checkpoint, &bed, &region), STATUS_OK);
        assert_int_equal(checkpoint_load(&checkpoint, snapshot), STATUS_OK);
        assert_true(bed_filled(snapshot, sizeof snapshot, trial));
    }
}

/* Writes a header of version 2 whose check is right, as a newer program would. */
static void other_versions_are_left_alone(void **state)
{
    (void)state;
    static uint8_t before[BLOCKS * BOARD_FLASH_BLOCK];
    begin_ring(10);
    struct board_region region = bed_region();
    for (size_t copy = 0; copy < 2; copy++) {
        uint8_t *octets = bed.octets + BOARD_FLASH_BLOCK + 32 * copy; /* the first block has the serial number 1 */
        uint32_t crc = 0xFFFFFFFFu;
        octets[1] = 2;
        for (unsigned bit = 0; bit < 28 * 8; bit++) {
            uint32_t in = ((uint32_t)octets[bit / 8] >> bit % 8 ^ crc) & 1u;
            crc = crc >> 1 ^ (in != 0 ? 0xEDB88320u : 0);
        }
        for (unsigned i = 0; i < 4; i++) {
            octets[28 + i] = (uint8_t)(~crc >> 8 * i);
        }
    }
    memcpy(before, bed.octets, sizeof before);
    assert_int_equal(flashlog_mount(&log_, &bed, &region), STATUS_INCONSISTENT);
    assert_int_equal(flashlog_append(&log_, before), STATUS_DENIED);
    assert_int_equal(checkpoint_mount(&checkpoint, &bed, &region), STATUS_INCONSISTENT);
    assert_memory_equal(before, bed.octets, sizeof before);
}

static void wrong_geometry_is_refused(void **state)
{
    (void)state;
    bed_begin(20);
    struct board_region region = { .first = 0, .blocks = 2 };
    uint8_t row[ROW] = { 0 };
    assert_int_equal(flashlog_mount(&log_, &bed, &region), STATUS_RANGE);
    assert_int_equal(flashlog_restart(&log_, ROW, row, 0), STATUS_RANGE);
    region.blocks = SETTINGS_BLOCKS_MIN - 1;
    assert_int_equal(settings_mount(&settings, &bed, &region), STATUS_RANGE);
    region.blocks = SETTINGS_BLOCKS_MAX + 1;
    assert_int_equal(settings_mount(&settings, &bed, &region), STATUS_RANGE);
    assert_int_equal(settings_set(&settings, 1, row, 1), STATUS_DENIED);
    region.blocks = 3;
    assert_int_equal(flashlog_mount(&log_, &bed, &region), STATUS_UNDEFINED);
    assert_int_equal(flashlog_restart(&log_, 0, row, 0), STATUS_RANGE);
    assert_int_equal(flashlog_restart(&log_, FLASHLOG_ROW_MAX + 1, row, 0), STATUS_RANGE);
    assert_int_equal(flashlog_restart(&log_, ROW, row, FLASHLOG_DESCRIPTOR_MAX + 1), STATUS_RANGE);
    assert_int_equal(bed.nor.operations, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_rotten_octet_costs_one_row),
        cmocka_unit_test(a_rotten_block_costs_its_own_rows),
        cmocka_unit_test(a_block_that_fails_is_passed_over),
        cmocka_unit_test(a_part_that_takes_nothing_keeps_what_it_has),
        cmocka_unit_test(one_rotten_octet_costs_one_setting),
        cmocka_unit_test(every_rotten_setting_is_told),
        cmocka_unit_test(what_rots_in_use_is_told),
        cmocka_unit_test(a_record_that_ends_in_blank_octets_is_kept),
        cmocka_unit_test(settings_survive_a_block_that_fails),
        cmocka_unit_test(full_settings_refuse_and_keep_the_old),
        cmocka_unit_test(garbage_is_an_empty_part),
        cmocka_unit_test(other_versions_are_left_alone),
        cmocka_unit_test(wrong_geometry_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
