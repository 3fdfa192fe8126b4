/* A firmware update under cuts of the power: at every flash operation, torn in every way, and at random ones. After
 * each the meter starts, runs the old image or the new, has every block that it acknowledged, and the client can bring
 * the update to its end. What is wrong with an image keeps it out, whatever happens on the way.
 *
 *     image [RUNS]    so many random updates
 */
#include <stdlib.h>

#include "tests/power/image_bed.h"

enum { TEARS = 12 };

static uint32_t runs = 60;

static struct moment {
    uint8_t octets[PART_BLOCKS * BOARD_FLASH_BLOCK];
    struct image_version running;
} made;

static void keep(void)
{
    memcpy(made.octets, bed.octets, sizeof made.octets);
    made.running = meter.running;
}

static void begin_again(void)
{
    memcpy(bed.octets, made.octets, sizeof made.octets);
    memset(meter.acknowledged, 0, sizeof meter.acknowledged);
    meter_start();
}

static void cut(uint32_t operation, uint32_t how)
{
    nor_cut(&bed.nor, operation, how < NOR_TEAR_BITS ? (enum nor_tear)how : NOR_TEAR_BITS, how);
}

static void old_or_new(const struct parcel *p)
{
    assert_true(same_version(&meter.running, &made.running) ||
                (p->flaw == FLAW_NONE && same_version(&meter.running, &p->version)));
}

/* From initiate to the confirmed image, through the cuts that are set. */
static void update(const struct parcel *p)
{
    bool initiated = false;
    while (image_status(&meter.image) != IMAGE_ACTIVATION_SUCCESSFUL) {
        enum status status;
        if (!initiated || image_status(&meter.image) == IMAGE_NOT_INITIATED) {
            status = client_initiate(p);
            initiated = true;
        } else {
            status = client_go_on(p);
        }
        assert_true(status == STATUS_OK || status == STATUS_BUSY || bed.nor.off);
        if (status == STATUS_BUSY || bed_random(3) == 0) {
            meter_idle();
        }
        if (meter_restarted()) {
            old_or_new(p);
        }
    }
    assert_true(same_version(&meter.running, &p->version));
    meter_start();
    assert_true(same_version(&meter.running, &p->version) && meter.slots.record.spare && !meter.slots.record.trial);
    assert_int_equal(bed.nor.violations, 0);
}

static void cut_at_every_operation(void **state)
{
    (void)state;
    static struct parcel p;
    meter_make();
    keep();
    parcel_make(&p, FLAW_NONE, &meter.running, 5000);
    begin_again();
    uint32_t first = bed.nor.operations;
    update(&p);
    uint32_t operations = bed.nor.operations - first;
    meter.repairs = 0;
    uint32_t restarts = meter.restarts;
    for (uint32_t operation = 1; operation <= operations + 2; operation++) {
        for (uint32_t how = 0; how < TEARS; how++) {
            begin_again();
            cut(operation, how);
            update(&p);
        }
    }
    printf("%u operations, %u restarts, %u repairs\n", operations, meter.restarts - restarts, meter.repairs);
    assert_true(meter.repairs > 0);
}

/* Two cuts: the first tears an image block, the second each operation of the repair and of what follows. */
static void cut_while_it_mends(void **state)
{
    (void)state;
    static struct parcel p;
    static struct moment torn;
    uint32_t cuts = 0;
    meter_make();
    parcel_make(&p, FLAW_NONE, &meter.running, 5000);
    assert_int_equal(client_initiate(&p), STATUS_OK);
    meter_idle();
    for (uint32_t number = 0; number < 33; number += 2) {
        assert_int_equal(client_block(&p, number), STATUS_OK);
    }
    cut(1, NOR_TEAR_HALF);
    assert_int_equal(client_block(&p, 1), STATUS_FAILED);
    memcpy(torn.octets, bed.octets, sizeof torn.octets);
    for (uint32_t how = 0; how < TEARS; how++) {
        bool was_cut = true;
        for (uint32_t operation = 1; was_cut; operation++) {
            memcpy(bed.octets, torn.octets, sizeof torn.octets);
            meter.acknowledged[1] = 0;
            meter_start();
            meter_idle();
            cut(operation, how);
            while (client_block(&p, 1) == STATUS_BUSY) {
                meter_idle();
            }
            was_cut = meter_restarted();
            cuts += was_cut;
            while (client_block(&p, 1) == STATUS_BUSY) {
                meter_idle();
                assert_false(meter_restarted());
            }
            for (uint32_t block = 0; block < 33; block += block == 0 || block == 1 ? 1 : 2) {
                assert_int_equal(client_block(&p, block), STATUS_OK); /* the octets are those that were sent */
            }
        }
    }
    assert_int_equal(bed.nor.violations, 0);
    assert_true(cuts > TEARS * 20);
    printf("%u cuts of a repair\n", cuts);
}

/* Random updates ------------------------------------------------------------------------ */

struct run {
    struct parcel parcel;
    bool confirms;
    uint32_t danger; /* one call in so many is threatened; 0: none */
};

static void threaten(const struct run *run)
{
    if (run->danger != 0 && bed.nor.cut_at <= bed.nor.operations && bed_random(run->danger) == 0) {
        cut(1 + bed_random(8), bed_random(TEARS) | (bed_random(1000) << 8));
    }
}

/* Blocks that are wrong in themselves, which are refused. */
static void provoke(const struct parcel *p)
{
    uint8_t octets[IMAGE_BLOCK_SIZE + 1] = { 0 };
    uint32_t count = image_block_count(&meter.image);
    if (image_status(&meter.image) != IMAGE_INITIATED) {
        assert_int_equal(image_block(&meter.image, 0, p->octets, IMAGE_BLOCK_SIZE), STATUS_DENIED);
        return;
    }
    assert_int_equal(image_block(&meter.image, count, octets, IMAGE_BLOCK_SIZE), STATUS_RANGE);
    assert_int_equal(image_block(&meter.image, UINT32_MAX, octets, IMAGE_BLOCK_SIZE), STATUS_RANGE);
    assert_int_equal(image_block(&meter.image, bed_random(count), octets, IMAGE_BLOCK_SIZE + 1), STATUS_RANGE);
    assert_int_equal(image_block(&meter.image, bed_random(count), octets, 0), STATUS_RANGE);
    if (count > 1) {
        assert_int_equal(image_block(&meter.image, bed_random(count - 1), octets, IMAGE_BLOCK_SIZE - 1), STATUS_RANGE);
    }
    assert_int_equal(image_activate(&meter.image), STATUS_DENIED);
}

static enum status act(const struct run *run)
{
    const struct parcel *p = &run->parcel;
    uint32_t count = image_block_count(&meter.image);
    enum image_status status = image_status(&meter.image);
    if (status == IMAGE_ACTIVATION_INITIATED && !run->confirms) {
        meter_start(); /* it hangs, and the watchdog bites */
        return STATUS_OK;
    }
    if (status == IMAGE_INITIATED && image_first_missing(&meter.image) < count && bed_random(2) == 0) {
        return client_block(p, bed_random(count));
    }
    return client_go_on(p);
}

static bool is_over(void)
{
    enum image_status status = image_status(&meter.image);
    return status == IMAGE_VERIFICATION_FAILED || status == IMAGE_ACTIVATION_SUCCESSFUL ||
           status == IMAGE_ACTIVATION_FAILED;
}

static void transfer(const struct run *run)
{
    made.running = meter.running;
    do {
        threaten(run);
        (void)client_initiate(&run->parcel);
        meter_restarted();
    } while (image_status(&meter.image) != IMAGE_INITIATED || image_size(&meter.image) != run->parcel.size);
    while (!is_over()) {
        threaten(run);
        enum status status = act(run);
        if (status == STATUS_BUSY || bed_random(4) == 0) {
            meter_idle();
        }
        if (bed_random(9) == 0 && !bed.nor.off && !meter.image.restart_due) {
            provoke(&run->parcel);
        }
        if (meter_restarted()) {
            old_or_new(&run->parcel);
        }
    }
    nor_power_on(&bed.nor);
    meter_start();
    bool accepted = image_status(&meter.image) == IMAGE_ACTIVATION_SUCCESSFUL;
    assert_int_equal(accepted, run->parcel.flaw == FLAW_NONE && run->confirms);
    assert_true(same_version(&meter.running, accepted ? &run->parcel.version : &made.running));
    assert_int_equal(bed.nor.violations, 0);
}

static void every_update_ends_well(void **state)
{
    (void)state;
    static struct run run;
    meter_make();
    for (uint32_t i = 0; i < runs; i++) {
        enum flaw flaw = i % 2 == 0 ? FLAW_NONE : (enum flaw)(i / 2 % FLAW_COUNT);
        uint32_t payload = 1 + bed_random(bed_random(2) == 0 ? 300 : SLOT_BLOCKS * BOARD_FLASH_BLOCK - IMAGE_SIZE(1));
        parcel_make(&run.parcel, flaw, &meter.running, payload);
        run.confirms = bed_random(4) != 0;
        run.danger = bed_random(3) == 0 ? 0 : 4 + bed_random(40);
        transfer(&run);
    }
    printf("%u updates, %u restarts, %u repairs\n", runs, meter.restarts, meter.repairs);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        runs = (uint32_t)strtoul(argv[1], NULL, 10);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_at_every_operation),
        cmocka_unit_test(cut_while_it_mends),
        cmocka_unit_test(every_update_ends_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
