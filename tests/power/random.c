/* Random operations with random cuts, against a model in plain memory. */
#include "store/checkpoint.h"
#include "store/settings.h"
#include "tests/power/bed.h"

static uint32_t cuts;

/* Perhaps the power will go within the next operations. */
static void threaten(void)
{
    if (bed_random(4) == 0) {
        nor_cut(&bed.nor, 1 + bed_random(6), bed_random(2) == 0 ? NOR_TEAR_BITS : NOR_TEAR_PREFIX,
                bed_random(1u << 30));
    }
}

/* True if it went; it is back then. */
static bool struck(void)
{
    bool was = bed.nor.off;
    nor_power_on(&bed.nor);
    cuts += was;
    return was;
}

/* The ring ---------------------------------------------------------------------------- */

/* The payload and the descriptor are functions of the generation and the sequence number. */
struct ring_model {
    uint32_t generation;
    uint32_t first;
    uint32_t next;
    uint16_t row_size;
    uint16_t descriptor_size;
};

static bool row_is_right(struct flashlog *log, const struct ring_model *m, uint32_t sequence)
{
    uint8_t row[FLASHLOG_ROW_MAX];
    return flashlog_read(log, sequence, row) == STATUS_OK && bed_filled(row, m->row_size, sequence);
}

static bool ring_is(struct flashlog *log, const struct ring_model *m)
{
    uint8_t descriptor[FLASHLOG_DESCRIPTOR_MAX];
    if (log->generation != m->generation || log->next != m->next) {
        return false;
    }
    if (m->generation == 0) {
        return true;
    }
    uint32_t rows = m->next - m->first;
    uint32_t room = (log->region.blocks - 3u) * FLASHLOG_BLOCK_ROWS(m->row_size, (uint32_t)m->descriptor_size);
    bool right = log->row_size == m->row_size && log->descriptor_size == m->descriptor_size &&
                 flashlog_descriptor(log, descriptor) == STATUS_OK &&
                 bed_filled(descriptor, m->descriptor_size, m->generation) && log->oldest >= m->first &&
                 log->next - log->oldest >= (rows < room ? rows : room);
    for (uint32_t sequence = log->oldest; right && sequence < log->next; sequence++) {
        right = row_is_right(log, m, sequence);
    }
    return right;
}

static enum status random_ring_act(struct flashlog *log, struct ring_model *m)
{
    uint8_t octets[FLASHLOG_DESCRIPTOR_MAX];
    if (m->generation == 0 || bed_random(60) == 0) {
        m->generation++;
        m->first = m->next;
        m->row_size = (uint16_t)(1 + bed_random(FLASHLOG_ROW_MAX));
        m->descriptor_size = (uint16_t)bed_random(FLASHLOG_DESCRIPTOR_MAX + 1);
        bed_fill(octets, m->descriptor_size, m->generation);
        return flashlog_restart(log, m->row_size, octets, m->descriptor_size);
    }
    bed_fill(octets, m->row_size, m->next);
    m->next++;
    return flashlog_append(log, octets);
}

static void ring_is_its_model(void **state)
{
    (void)state;
    for (unsigned run = 0; run < 12; run++) {
        struct flashlog log;
        struct ring_model model = { 0 };
        bed_begin((uint16_t)(3 + bed_random(12)));
        struct board_region region = bed_region();
        assert_int_equal(flashlog_mount(&log, &bed, &region), STATUS_UNDEFINED);
        for (unsigned k = 0; k < 600; k++) {
            struct ring_model old = model;
            threaten();
            enum status status = random_ring_act(&log, &model);
            if (bed_random(3) != 0) {
                (void)flashlog_step(&log);
            }
            if (struck() || bed_random(50) == 0) {
                (void)flashlog_mount(&log, &bed, &region);
                if (status != STATUS_OK && log.generation == old.generation && log.next == old.next) {
                    model = old;
                }
            } else {
                assert_int_equal(status, STATUS_OK);
            }
            if (k % 8 == 0 || bed.nor.operations % 16 == 0) {
                assert_true(ring_is(&log, &model));
            }
        }
        assert_true(ring_is(&log, &model));
        assert_int_equal(bed.nor.violations, 0);
    }
    printf("ring: %u cuts\n", cuts);
}

/* Settings ----------------------------------------------------------------------------- */

enum { KEYS = 30 };

struct value_model {
    uint32_t seed; /* 0: never set */
    size_t size;
};

static bool value_is(const struct settings *s, uint16_t key, const struct value_model *m)
{
    uint8_t value[SETTINGS_VALUE_MAX];
    size_t size = 0;
    enum status status = settings_get(s, key, value, sizeof value, &size);
    return m->seed == 0 ? status == STATUS_UNDEFINED
                        : status == STATUS_OK && size == m->size && bed_filled(value, size, m->seed);
}

static void settings_are_their_model(void **state)
{
    (void)state;
    cuts = 0;
    for (unsigned run = 0; run < 8; run++) {
        struct settings s;
        struct value_model model[KEYS] = { 0 };
        bed_begin((uint16_t)(5 + bed_random(4)));
        struct board_region region = bed_region();
        assert_int_equal(settings_mount(&s, &bed, &region), STATUS_OK);
        for (uint32_t k = 1; k < 1500; k++) {
            uint8_t value[SETTINGS_VALUE_MAX];
            uint16_t key = (uint16_t)(bed_random(4) == 0 ? bed_random(KEYS) : bed_random(3));
            struct value_model new = { .seed = k, .size = bed_random(SETTINGS_VALUE_MAX + 1) };
            bed_fill(value, new.size, new.seed);
            threaten();
            enum status status = settings_set(&s, key, value, new.size);
            if (struck() || bed_random(60) == 0) {
                assert_int_equal(settings_mount(&s, &bed, &region), STATUS_OK);
                assert_false(s.failed); /* a record that is torn has not rotted */
            } else {
                assert_int_equal(status, STATUS_OK);
            }
            if (status == STATUS_OK || value_is(&s, key, &new)) {
                model[key] = new;
            }
            for (uint16_t other = 0; other < KEYS; other++) {
                assert_true(value_is(&s, other, &model[other]));
            }
        }
        assert_int_equal(bed.nor.violations, 0);
    }
    printf("settings: %u cuts\n", cuts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ring_is_its_model),
        cmocka_unit_test(settings_are_their_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
