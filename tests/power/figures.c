/* Pages that a mount reads of a full part of 4 MiB, and the wear of the checkpoints in 20 years. */
#include "store/checkpoint.h"
#include "store/settings.h"
#include "tests/power/bed.h"

static void fill_ring(struct flashlog *log, const struct board_region *region, uint32_t rows)
{
    uint8_t row[FLASHLOG_ROW_MAX];
    assert_int_equal(flashlog_mount(log, &bed, region), STATUS_UNDEFINED);
    assert_int_equal(flashlog_restart(log, 40, row, 0), STATUS_OK);
    for (uint32_t i = 0; i < rows; i++) {
        bed_fill(row, 40, i);
        assert_int_equal(flashlog_append(log, row), STATUS_OK);
        assert_int_equal(flashlog_step(log), STATUS_OK);
    }
}

static uint32_t ceiling_log2(uint32_t n)
{
    uint32_t log = 0;
    while (1u << log < n) {
        log++;
    }
    return log;
}

/* Checkpoints, settings, a load profile and five logs share the whole part. */
static void a_full_part_mounts_within_2000_page_reads(void **state)
{
    (void)state;
    static struct settings settings;
    static struct checkpoint checkpoint;
    static struct flashlog logs[6];
    static const uint16_t blocks[6] = { 472, 40, 40, 40, 20, 20 };
    const struct board_region checkpoints = { .first = 0, .blocks = CHECKPOINT_BLOCKS };
    const struct board_region journal = { .first = CHECKPOINT_BLOCKS, .blocks = 8 };
    uint8_t octets[SETTINGS_VALUE_MAX] = { 0 };

    bed_begin(BED_BLOCKS_MAX);
    assert_int_equal(checkpoint_mount(&checkpoint, &bed, &checkpoints), STATUS_OK);
    for (uint32_t i = 0; i < CHECKPOINT_BLOCKS * 36u * 3 / 2; i++) {
        assert_int_equal(checkpoint_save(&checkpoint, octets), STATUS_OK);
    }
    assert_int_equal(settings_mount(&settings, &bed, &journal), STATUS_OK);
    for (uint32_t i = 0; i < 4000; i++) {
        bed_fill(octets, sizeof octets, i);
        assert_int_equal(settings_set(&settings, (uint16_t)(i % 100), octets, 100), STATUS_OK);
    }
    struct board_region region = { .first = CHECKPOINT_BLOCKS + 8, .blocks = 0 };
    for (size_t i = 0; i < 6; i++) {
        region.blocks = blocks[i];
        fill_ring(&logs[i], &region, blocks[i] * 84u * 5 / 4);
        region.first = (uint16_t)(region.first + region.blocks);
    }
    assert_int_equal(region.first, BED_BLOCKS_MAX);

    uint32_t total = bed.nor.page_reads;
    assert_int_equal(checkpoint_mount(&checkpoint, &bed, &checkpoints), STATUS_OK);
    printf("checkpoints, %u blocks: %u page reads\n", CHECKPOINT_BLOCKS, bed.nor.page_reads - total);
    uint32_t start = bed.nor.page_reads;
    assert_int_equal(settings_mount(&settings, &bed, &journal), STATUS_OK);
    printf("settings, %u blocks: %u page reads\n", journal.blocks, bed.nor.page_reads - start);
    assert_in_range(bed.nor.page_reads - start, 1, 17u * journal.blocks + 16);
    region = (struct board_region){ .first = CHECKPOINT_BLOCKS + 8, .blocks = 0 };
    for (size_t i = 0; i < 6; i++) {
        region.blocks = blocks[i];
        uint32_t next = logs[i].next;
        uint32_t oldest = logs[i].oldest;
        start = bed.nor.page_reads;
        assert_int_equal(flashlog_mount(&logs[i], &bed, &region), STATUS_OK);
        assert_int_equal(logs[i].next, next);
        assert_int_equal(logs[i].oldest, oldest);
        assert_in_range(bed.nor.page_reads - start, 1, 8 + 8 * ceiling_log2(blocks[i]) + 20);
        printf("ring, %u blocks: %u page reads\n", blocks[i], bed.nor.page_reads - start);
        region.first = (uint16_t)(region.first + region.blocks);
    }
    total = bed.nor.page_reads - total;
    printf("the whole part: %u page reads\n", total);
    assert_in_range(total, 1, 2000);
}

/* Both ends of the promise: header bound on one ring of the whole part, and one read of a row after another. */
static void a_row_is_found_within_its_bound(void **state)
{
    (void)state;
    static struct flashlog log;
    uint8_t row[FLASHLOG_ROW_MAX];
    bed_begin(BED_BLOCKS_MAX);
    struct board_region region = bed_region();
    fill_ring(&log, &region, BED_BLOCKS_MAX * 84u + 1000);
    uint32_t start = bed.nor.page_reads;
    assert_int_equal(flashlog_mount(&log, &bed, &region), STATUS_OK);
    printf("one ring of %u blocks: %u page reads\n", BED_BLOCKS_MAX, bed.nor.page_reads - start);
    assert_in_range(bed.nor.page_reads - start, 1, 8 + 8 * 10 + 20);
    uint32_t most = 0;
    for (uint32_t i = 0; i < 2000; i++) {
        uint32_t sequence = log.oldest + bed_random(log.next - log.oldest);
        start = bed.nor.page_reads;
        assert_int_equal(flashlog_read(&log, sequence, row), STATUS_OK);
        assert_true(bed_filled(row, 40, sequence));
        most = bed.nor.page_reads - start > most ? bed.nor.page_reads - start : most;
    }
    printf("a row anywhere: at most %u page reads\n", most);
    assert_in_range(most, 1, 10 + 1 + 2);
}

/* Erases per block are counted over three laps and multiplied up. */
static void twenty_years_of_checkpoints_wear_less_than_half(void **state)
{
    (void)state;
    static struct checkpoint checkpoint;
    const uint64_t saves = UINT64_C(3600) * 24 * 36525 / 100 * 20; /* one a second: config.h */
    uint8_t snapshot[CHECKPOINT_SIZE] = { 0 };
    bed_begin(CHECKPOINT_BLOCKS);
    struct board_region region = bed_region();
    assert_int_equal(checkpoint_mount(&checkpoint, &bed, &region), STATUS_OK);
    uint32_t trial = CHECKPOINT_BLOCKS * 36u * 3;
    for (uint32_t i = 0; i < trial; i++) {
        assert_int_equal(checkpoint_save(&checkpoint, snapshot), STATUS_OK);
        assert_int_equal(checkpoint_step(&checkpoint), STATUS_OK);
    }
    uint32_t most = 0;
    uint64_t erases = 0;
    for (uint32_t block = 0; block < CHECKPOINT_BLOCKS; block++) {
        most = bed.erases[block] > most ? bed.erases[block] : most;
        erases += bed.erases[block];
    }
    assert_in_range(most, 3, 4);                         /* three laps and the block erased ahead: even */
    assert_in_range(erases, trial / 36, trial / 36 + 1); /* nothing else is erased */
    uint64_t worn = (saves + 35) / 36 / CHECKPOINT_BLOCKS + 1;
    printf("%llu checkpoints in 20 years, one a second: %llu erases of each of %u blocks, %.1f %% of 100000\n",
           (unsigned long long)saves, (unsigned long long)worn, CHECKPOINT_BLOCKS, (double)worn / 1000);
    assert_in_range(worn, 1, 49999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_part_mounts_within_2000_page_reads),
        cmocka_unit_test(a_row_is_found_within_its_bound),
        cmocka_unit_test(twenty_years_of_checkpoints_wear_less_than_half),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
