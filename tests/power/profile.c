/* Profiles against a model in plain memory: captures with the clock set back and forth, new columns, power cuts, rot,
 * rings that go round, a mount after any step. Searches are compared with looking at every row. */
#include "meter/profile.h"
#include "tests/power/bed.h"

enum { ROWS_MAX = 6000 };

#define DAY_S INT64_C(86400)

/* What a row was captured with; index: its sequence number. */
struct model_row {
    int64_t stamp_s;
    int16_t deviation_min;
    uint8_t status;
};

static struct {
    struct profile_kind kind;
    uint32_t generation;
    uint32_t first;
    uint32_t next;
    struct profile_column columns[BILLING_COLUMNS_MAX];
    uint8_t count;
    uint32_t period_s;
    bool rotted;
    struct model_row rows[ROWS_MAX];
} model;

static struct profile profile;
static struct profile_column columns_of_profile[BILLING_COLUMNS_MAX];
static unsigned cuts;
static unsigned rotten;
static unsigned pieces;

/* Columns --------------------------------------------------------------------- */

static void make_columns(void)
{
    unsigned left = PROFILE_PACKED_MAX;
    model.count = (uint8_t)(1 + bed_random(model.kind.columns_max));
    model.period_s = bed_random(90000);
    for (unsigned i = 0; i < model.count; i++) {
        struct profile_column *c = &model.columns[i];
        unsigned width = bed_random(5) == 0 ? 0 : 1 + bed_random(12);
        *c = (struct profile_column){
            .class_id = (uint16_t)bed_random(65536),
            .attribute = (int8_t)bed_random(256),
            .tag = (uint8_t)bed_random(256),
            .width = (uint8_t)(width < left ? width : left),
        };
        bed_fill(c->obis, sizeof c->obis, bed_random(1u << 20));
        left -= c->width;
    }
}

/* A column's contents are a function of the row and of the column. */
static uint32_t seed_of(uint32_t sequence, const struct profile_column *c)
{
    return sequence * 37u + c->class_id;
}

static void read_column(void *context, const struct profile_column *column, uint8_t *contents)
{
    bed_fill(contents, column->width, seed_of(*(const uint32_t *)context, column));
}

static unsigned row_octets(void)
{
    unsigned size = PROFILE_HEAD + model.kind.fixed;
    for (unsigned i = 0; i < model.count; i++) {
        size += model.columns[i].width;
    }
    return size;
}

/* As many as are asked for, or fill all blocks but three. */
static uint32_t rows_visible(void)
{
    uint32_t in_block = (4096 - 64 - (7u + 13u * model.count)) / (row_octets() + 8);
    uint32_t room = (bed.nor.blocks - 3u) * in_block;
    return room < model.kind.rows ? room : model.kind.rows;
}

/* Comparing ------------------------------------------------------------------- */

static bool columns_are(const struct profile_column *a, const struct profile_column *b)
{
    return a->class_id == b->class_id && memcmp(a->obis, b->obis, 6) == 0 && a->attribute == b->attribute &&
           a->tag == b->tag && a->width == b->width;
}

static struct profile_day day_before;

static void check_row(uint32_t sequence, const struct profile_row *row)
{
    const struct model_row *m = &model.rows[sequence];
    struct calendar_time t;
    assert_int_equal(calendar_decode(profile_date_time(row, &day_before), &t), STATUS_OK);
    assert_int_equal(row->stamp_s, m->stamp_s);
    assert_int_equal(row->deviation_min, m->deviation_min);
    assert_int_equal(row->clock_status, m->status);
    assert_int_equal(t.deviation_min, m->deviation_min);
    assert_int_equal(t.status, m->status);
    assert_int_equal(calendar_seconds(&t) + m->deviation_min * INT64_C(60), m->stamp_s);
    assert_true(model.kind.fixed == 0 || bed_filled(row->fixed, model.kind.fixed, sequence));
    const uint8_t *at = row->columns;
    for (unsigned i = 0; i < model.count; i++) {
        assert_true(bed_filled(at, model.columns[i].width, seed_of(sequence, &model.columns[i])));
        at += model.columns[i].width;
    }
}

static bool whole[ROWS_MAX];
static uint16_t run_of[ROWS_MAX];

/* Reads every row that is visible, and notes which could be. */
static void check_rows(const struct profile_range *all)
{
    const struct model_row *before = NULL;
    uint16_t run = 0;
    for (uint32_t s = all->first; s < all->end; s++) {
        uint8_t octets[FLASHLOG_ROW_MAX];
        struct profile_row row;
        enum status status = profile_read(&profile, all, s, octets, &row);
        whole[s] = status == STATUS_OK;
        if (!whole[s]) {
            assert_int_equal(status, STATUS_MALFORMED);
            assert_true(model.rotted);
            rotten++;
            continue;
        }
        check_row(s, &row);
        run_of[s] = row.run;
        bool falls = before != NULL && row.stamp_s < before->stamp_s;
        if (before != NULL) {
            uint16_t steps = (uint16_t)(row.run - run);
            assert_true(!falls || steps > 0);
            assert_true(model.rotted || steps == falls);
            assert_true(steps < 1000);
        }
        before = &model.rows[s];
        run = row.run;
    }
}

/* The pieces that match, from looking at every row. */
static bool next_piece(const struct profile_range *all, uint32_t from, int64_t from_s, int64_t to_s, uint32_t *first,
                       uint32_t *end)
{
    bool open = false;
    for (uint32_t s = from; s < all->end; s++) {
        if (!whole[s]) {
            continue;
        }
        bool matches = model.rows[s].stamp_s >= from_s && model.rows[s].stamp_s <= to_s;
        if (open && (!matches || run_of[s] != run_of[*first])) {
            return true;
        }
        if (matches) {
            *first = open ? *first : s;
            *end = s + 1;
            open = true;
        }
    }
    return open;
}

static void check_search(const struct profile_range *all, int64_t from_s, int64_t to_s)
{
    uint32_t at = all->first;
    uint32_t expected_at = all->first;
    for (;;) {
        uint32_t first = 0;
        uint32_t end = 0;
        uint32_t expected_first = 0;
        uint32_t expected_end = 0;
        bool there = profile_next_match(&profile, all, at, from_s, to_s, &first, &end);
        assert_int_equal(there, next_piece(all, expected_at, from_s, to_s, &expected_first, &expected_end));
        if (!there) {
            break;
        }
        assert_int_equal(first, expected_first);
        assert_int_equal(end, expected_end);
        at = expected_at = end;
        pieces++;
    }
}

static void check_all(int64_t now_s)
{
    struct profile_range all = profile_all(&profile);
    uint32_t rows = model.next - model.first;
    assert_int_equal(profile.count, model.count);
    assert_int_equal(profile.period_s, model.period_s);
    for (unsigned i = 0; i < model.count; i++) {
        assert_true(columns_are(&profile.columns[i], &model.columns[i]));
    }
    assert_int_equal(profile.rows_max, rows_visible());
    assert_int_equal(all.generation, model.generation);
    assert_int_equal(all.end, model.next);
    assert_true(all.first >= model.first);
    if (!model.rotted) {
        assert_int_equal(all.end - all.first, rows < rows_visible() ? rows : rows_visible());
    }
    check_rows(&all);
    for (unsigned i = 0; i < 6; i++) {
        int64_t from_s = now_s - 3 * DAY_S + (int64_t)bed_random((uint32_t)(4 * DAY_S));
        check_search(&all, from_s, from_s + (int64_t)bed_random((uint32_t)DAY_S));
    }
    check_search(&all, INT64_MIN, INT64_MAX);
    check_search(&all, now_s, now_s - 1);
    if (rows != 0) {
        const struct model_row *some = &model.rows[all.first + bed_random(all.end - all.first)];
        check_search(&all, some->stamp_s, some->stamp_s);
    }
}

/* Steps ----------------------------------------------------------------------- */

static enum status capture(int64_t now_s)
{
    uint8_t fixed[255];
    struct calendar_time stamp = calendar_civil(now_s);
    uint32_t sequence = model.next;
    stamp.deviation_min = (int16_t)((int)bed_random(1921) - 960);
    stamp.status = (uint8_t)bed_random(256);
    bed_fill(fixed, model.kind.fixed, sequence);
    model.rows[sequence] = (struct model_row){ now_s, stamp.deviation_min, stamp.status };
    model.next++;
    return profile_capture(&profile, now_s, &stamp, model.kind.fixed == 0 ? NULL : fixed, read_column, &sequence);
}

static enum status begin_anew(void)
{
    bool clear = profile.count != 0 && bed_random(2) == 0;
    if (!clear) {
        make_columns();
    }
    model.generation++;
    model.first = model.next;
    return clear ? profile_clear(&profile) : profile_restart(&profile, model.columns, model.count, model.period_s);
}

/* After a mount: what was being done is done or not; what has rotted at the end is not there. */
static void settle(enum status mounted, bool failed, const struct profile_column *columns, uint8_t count,
                   uint32_t period_s, uint32_t first)
{
    if (failed && mounted == STATUS_OK && profile.log.generation == model.generation - 1) {
        model.generation--;
        memcpy(model.columns, columns, sizeof model.columns);
        model.count = count;
        model.period_s = period_s;
        model.first = first;
    }
    if (mounted == STATUS_OK && profile.log.generation == model.generation) {
        assert_true(profile.log.next == model.next || (failed && profile.log.next == model.next - 1) ||
                    (model.rotted && profile.log.next < model.next));
        model.next = profile.log.next;
        return;
    }
    /* The ring, or its descriptor, is gone as a whole. */
    assert_true(model.rotted || (failed && model.generation == 1));
    assert_true(mounted == STATUS_UNDEFINED || mounted == STATUS_OK);
    model.generation = profile.log.generation + 1;
    model.next = model.first = profile.log.next;
    make_columns();
    assert_int_equal(profile_restart(&profile, model.columns, model.count, model.period_s), STATUS_OK);
}

static void step(struct board_region *region, int64_t *now_s, bool rot)
{
    struct profile_column columns[BILLING_COLUMNS_MAX];
    uint8_t count = model.count;
    uint32_t period_s = model.period_s;
    uint32_t first = model.first;
    memcpy(columns, model.columns, sizeof columns);
    if (bed_random(30) == 0) {
        nor_cut(&bed.nor, 1 + bed_random(4), bed_random(2) == 0 ? NOR_TEAR_BITS : NOR_TEAR_PREFIX,
                bed_random(1u << 30));
    }
    if (bed_random(25) == 0) {
        *now_s += (int64_t)bed_random((uint32_t)DAY_S) - DAY_S * 3 / 4;
    } else if (bed_random(10) != 0) { /* or a row of the same second, which is no new run */
        *now_s += (int64_t)bed_random(1200);
    }
    enum status status = model.count == 0 || bed_random(500) == 0 ? begin_anew() : capture(*now_s);
    if (bed_random(4) != 0) {
        (void)profile_step(&profile);
    }
    bool cut = bed.nor.off;
    nor_power_on(&bed.nor);
    cuts += cut;
    assert_true(cut || status == STATUS_OK);
    if (rot && bed_random(200) == 0) {
        model.rotted = true;
        nor_rot(&bed.nor, bed_random(bed.nor.blocks), 1 + bed_random(40), bed_random(1u << 30));
    }
    if (cut || bed_random(100) == 0) {
        enum status mounted = profile_mount(&profile, &bed, &model.kind, region, columns_of_profile);
        settle(mounted, status != STATUS_OK, columns, count, period_s, first);
    }
}

static void profile_is_its_model(void **state)
{
    (void)state;
    for (unsigned run = 0; run < 24; run++) {
        int64_t now_s = 800000000;
        bool rot = run % 2 == 1;
        memset(&model, 0, sizeof model);
        model.kind = (struct profile_kind){
            .rows = (uint16_t)(1 + bed_random(300)),
            .columns_max = (uint8_t)(1 + bed_random(BILLING_COLUMNS_MAX)),
            .fixed = (uint8_t)(bed_random(3) == 0 ? bed_random(100) : 0),
        };
        bed_begin((uint16_t)(4 + bed_random(9)));
        struct board_region region = bed_region();
        assert_int_equal(profile_mount(&profile, &bed, &model.kind, &region, columns_of_profile), STATUS_UNDEFINED);
        for (unsigned k = 0; k < 1500; k++) {
            step(&region, &now_s, rot);
            if (k % 16 == 0 || bed_random(40) == 0) {
                check_all(now_s);
            }
        }
        assert_true(model.rotted || bed.nor.violations == 0);
    }
    printf("%u cuts, %u rotten rows met, %u pieces\n", cuts, rotten, pieces);
    assert_true(cuts > 100 && rotten > 100 && pieces > 10000);
}

/* Single cases ---------------------------------------------------------------- */

static const struct profile_column clock_column = { 8, { 0, 0, 1, 0, 0, 255 }, 2, 9, 0 };

static struct profile_column column_of(uint8_t width)
{
    return (struct profile_column){ 3, { 1, 0, 1, 8, 0, 255 }, 2, 6, width };
}

static void begin(uint16_t blocks, struct profile_kind kind)
{
    bed_begin(blocks);
    struct board_region region = bed_region();
    memset(&model, 0, sizeof model);
    model.kind = kind;
    assert_int_equal(profile_mount(&profile, &bed, &model.kind, &region, columns_of_profile), STATUS_UNDEFINED);
}

static void nothing_is_captured_before_it_begins(void **state)
{
    (void)state;
    begin(8, (struct profile_kind){ 10, 2, 0 });
    struct calendar_time t = calendar_civil(5);
    uint32_t first;
    uint32_t end;
    assert_int_equal(profile_capture(&profile, 5, &t, NULL, read_column, NULL), STATUS_DENIED);
    assert_int_equal(profile_clear(&profile), STATUS_DENIED);
    struct profile_range all = profile_all(&profile);
    assert_int_equal(all.end - all.first, 0);
    assert_false(profile_next_match(&profile, &all, 0, INT64_MIN, INT64_MAX, &first, &end));
    assert_int_equal(bed.nor.operations, 0);
}

static void wrong_columns_change_nothing(void **state)
{
    (void)state;
    begin(8, (struct profile_kind){ 10, 3, 0 });
    struct profile_column columns[BILLING_COLUMNS_MAX + 1];
    struct calendar_time t = calendar_civil(1000);
    uint32_t sequence = 0;
    for (unsigned i = 0; i <= BILLING_COLUMNS_MAX; i++) {
        columns[i] = column_of(64);
    }
    assert_int_equal(profile_restart(&profile, columns, 2, 900), STATUS_OK);
    assert_int_equal(profile_capture(&profile, 1000, &t, NULL, read_column, &sequence), STATUS_OK);
    struct profile before = profile;
    uint32_t operations = bed.nor.operations;
    assert_int_equal(profile_restart(&profile, columns, 0, 900), STATUS_RANGE);
    assert_int_equal(profile_restart(&profile, columns, 4, 900), STATUS_RANGE);
    columns[2].width = 1; /* 129 octets */
    assert_int_equal(profile_restart(&profile, columns, 3, 900), STATUS_RANGE);
    assert_int_equal(profile_capture(&profile, -1, &t, NULL, read_column, &sequence), STATUS_RANGE);
    assert_int_equal(profile_capture(&profile, INT64_C(1) << 32, &t, NULL, read_column, &sequence), STATUS_RANGE);
    assert_memory_equal(&profile, &before, sizeof profile);
    assert_int_equal(bed.nor.operations, operations);
}

/* A fixed part takes its room first. */
static void rows_have_an_end(void **state)
{
    (void)state;
    begin(8, (struct profile_kind){ 10, 3, 200 });
    struct profile_column column = column_of(47);
    assert_int_equal(profile_restart(&profile, &column, 1, 0), STATUS_OK); /* 9 + 200 + 47 */
    column.width = 48;
    assert_int_equal(profile_restart(&profile, &column, 1, 0), STATUS_RANGE);
}

static void a_failing_part_keeps_the_old_rows(void **state)
{
    (void)state;
    begin(8, (struct profile_kind){ 10, 3, 0 });
    struct profile_column columns[2] = { clock_column, column_of(4) };
    struct calendar_time t = calendar_civil(1000);
    uint32_t sequence = 0;
    assert_int_equal(profile_restart(&profile, columns, 2, 900), STATUS_OK);
    assert_int_equal(profile_capture(&profile, 1000, &t, NULL, read_column, &sequence), STATUS_OK);
    nor_cut(&bed.nor, 1, NOR_TEAR_NOTHING, 0);
    assert_int_equal(profile_restart(&profile, columns, 1, 300), STATUS_FAILED);
    assert_int_equal(profile_clear(&profile), STATUS_FAILED);
    nor_power_on(&bed.nor);
    assert_int_equal(profile.count, 2);
    assert_int_equal(profile.period_s, 900);
    struct profile_range all = profile_all(&profile);
    assert_int_equal(all.end - all.first, 1);
}

/* The descriptor of another version, and of another kind of profile, is left alone. */
static void another_version_is_left_alone(void **state)
{
    (void)state;
    static const uint8_t future[] = { 2, 0, 1, 132, 3, 0, 0, 3, 0, 1, 0, 1, 8, 0, 255, 2, 0, 0, 6, 4 };
    struct profile_column column = column_of(4);
    struct calendar_time t = calendar_civil(1000);
    begin(8, (struct profile_kind){ 10, 3, 0 });
    struct board_region region = bed_region();
    assert_int_equal(flashlog_restart(&profile.log, 13, future, sizeof future), STATUS_OK);
    assert_int_equal(profile_mount(&profile, &bed, &model.kind, &region, columns_of_profile), STATUS_INCONSISTENT);
    uint32_t operations = bed.nor.operations;
    assert_int_equal(profile_restart(&profile, &column, 1, 900), STATUS_DENIED);
    assert_int_equal(profile_clear(&profile), STATUS_DENIED);
    assert_int_equal(profile_capture(&profile, 1000, &t, NULL, read_column, NULL), STATUS_DENIED);
    assert_int_equal(profile_step(&profile), STATUS_DENIED);
    assert_int_equal(bed.nor.operations, operations);
}

/* Every octet of the descriptor, as SPEC.md has it. */
static void the_descriptor_is_as_specified(void **state)
{
    (void)state;
    static const uint8_t expected[] = { 1,    3,    2,                                    /* version, fixed, columns */
                                        0x84, 3,    0, 0,                                 /* 900 s */
                                        8,    0,    0, 0, 1, 0, 0, 255, 2,    0, 0, 9, 0, /* the clock */
                                        0x34, 0x12, 1, 0, 1, 8, 0, 255, 0xFE, 0, 0, 6, 4 };
    struct profile_column columns[2] = { clock_column, column_of(4) };
    uint8_t descriptor[FLASHLOG_DESCRIPTOR_MAX];
    columns[1].class_id = 0x1234;
    columns[1].attribute = -2;
    begin(8, (struct profile_kind){ 10, 3, 3 });
    assert_int_equal(profile_restart(&profile, columns, 2, 900), STATUS_OK);
    assert_int_equal(profile.log.descriptor_size, sizeof expected);
    assert_int_equal(flashlog_descriptor(&profile.log, descriptor), STATUS_OK);
    assert_memory_equal(descriptor, expected, sizeof expected);
}

static void put_number(void *context, const struct profile_column *column, uint8_t *contents)
{
    (void)column;
    memcpy(contents, context, 4);
}

/* And of a row. */
static void a_row_is_as_specified(void **state)
{
    (void)state;
    static const uint8_t expected[] = { 0xD4, 0x0E, 0x9B, 0x2F, /* stamp */
                                        0x88, 0xFF, 0x80, 1,    0, 7, 8, 9, 0, 0, 4, 0xD2 };
    struct profile_column columns[2] = { clock_column, column_of(4) };
    static const uint8_t fixed[3] = { 7, 8, 9 };
    uint8_t number[4] = { 0, 0, 4, 0xD2 };
    uint8_t row[FLASHLOG_ROW_MAX];
    struct calendar_time t = calendar_civil(0);
    t.deviation_min = -120;
    t.status = CALENDAR_STATUS_DST;
    begin(8, (struct profile_kind){ 10, 3, 3 });
    assert_int_equal(profile_restart(&profile, columns, 2, 900), STATUS_OK);
    int64_t stamp_s = 0x2F9B0ED4;
    assert_int_equal(profile_capture(&profile, stamp_s + 1, &t, fixed, put_number, number), STATUS_OK);
    assert_int_equal(profile_capture(&profile, stamp_s, &t, fixed, put_number, number), STATUS_OK);
    assert_int_equal(flashlog_read(&profile.log, profile.log.next - 1, row), STATUS_OK);
    assert_int_equal(profile.log.row_size, sizeof expected);
    assert_memory_equal(row, expected, sizeof expected);
}

/* A range that was frozen gives the same rows while they are kept, past what is visible by now; then it says so. */
static void a_frozen_range_stays(void **state)
{
    (void)state;
    begin(6, (struct profile_kind){ 10, 3, 0 });
    struct profile_column columns[2] = { clock_column, column_of(100) };
    uint8_t octets[FLASHLOG_ROW_MAX];
    struct profile_row row;
    memcpy(model.columns, columns, sizeof columns);
    model.count = 2;
    assert_int_equal(profile_restart(&profile, columns, 2, 900), STATUS_OK);
    int64_t now_s = 1000;
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(capture(now_s++), STATUS_OK);
    }
    struct profile_range frozen = profile_all(&profile);
    for (unsigned i = 0; i < 40; i++) { /* 34 rows in a block */
        assert_int_equal(capture(now_s++), STATUS_OK);
        for (uint32_t s = frozen.first; s < frozen.end; s++) {
            assert_int_equal(profile_read(&profile, &frozen, s, octets, &row), STATUS_OK);
            check_row(s, &row);
        }
    }
    assert_int_equal(profile_read(&profile, &frozen, frozen.end, octets, &row), STATUS_UNDEFINED);
    struct profile_range all = profile_all(&profile);
    assert_int_equal(all.end - all.first, 10);
    for (unsigned i = 0; i < 200; i++) {
        assert_int_equal(capture(now_s++), STATUS_OK);
    }
    assert_int_equal(profile_read(&profile, &frozen, frozen.first, octets, &row), STATUS_UNDEFINED);
    frozen = profile_all(&profile);
    assert_int_equal(profile_clear(&profile), STATUS_OK);
    assert_int_equal(profile_read(&profile, &frozen, frozen.first, octets, &row), STATUS_UNDEFINED);
}

/* Run numbers go round after 65,536 clocks set back; the search does not mind. */
static void runs_go_round(void **state)
{
    (void)state;
    begin(6, (struct profile_kind){ 50, 1, 0 });
    make_columns();
    assert_int_equal(profile_restart(&profile, model.columns, model.count, 0), STATUS_OK);
    model.period_s = 0;
    model.generation = 1;
    profile.last_run = 65520;
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(capture(100000 - (int64_t)(i / 2) + (int64_t)(i % 2)), STATUS_OK);
        check_all(100000);
    }
    assert_true(profile.last_run < 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_captured_before_it_begins),
        cmocka_unit_test(wrong_columns_change_nothing),
        cmocka_unit_test(rows_have_an_end),
        cmocka_unit_test(a_failing_part_keeps_the_old_rows),
        cmocka_unit_test(another_version_is_left_alone),
        cmocka_unit_test(the_descriptor_is_as_specified),
        cmocka_unit_test(a_row_is_as_specified),
        cmocka_unit_test(a_frozen_range_stays),
        cmocka_unit_test(runs_go_round),
        cmocka_unit_test(profile_is_its_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
