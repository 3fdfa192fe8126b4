/* The states of an image transfer, what each refuses, the slots, and a flash that fails. Cuts are in tests/power. */
#include "tests/power/image_bed.h"

static struct parcel parcel;

static void begin(enum flaw flaw, uint32_t payload)
{
    meter_make();
    parcel_make(&parcel, flaw, &meter.running, payload);
}

static void send(const struct parcel *p)
{
    assert_int_equal(client_initiate(p), STATUS_OK);
    meter_idle();
    for (uint32_t number = 0; number < image_block_count(&meter.image); number++) {
        assert_int_equal(client_block(p, number), STATUS_OK);
    }
}

static enum status verify(void)
{
    assert_int_equal(image_verify(&meter.image), STATUS_BUSY);
    assert_int_equal(image_status(&meter.image), IMAGE_VERIFICATION_INITIATED);
    meter_idle();
    return image_verify(&meter.image);
}

static void update(const struct parcel *p)
{
    send(p);
    assert_int_equal(verify(), STATUS_OK);
    assert_int_equal(image_activate(&meter.image), STATUS_OK);
    meter_start();
}

static void a_transfer_goes_through_its_states(void **state)
{
    (void)state;
    struct image_header header;
    uint8_t signature[ECDSA_SIGNATURE_SIZE];
    begin(FLAW_NONE, 1000);
    assert_int_equal(image_status(&meter.image), IMAGE_NOT_INITIATED);
    assert_int_equal(image_block_count(&meter.image), 0);
    assert_int_equal(image_first_missing(&meter.image), 0);
    assert_int_equal(image_verify(&meter.image), STATUS_DENIED);
    assert_int_equal(image_activate(&meter.image), STATUS_DENIED);
    assert_int_equal(client_initiate(&parcel), STATUS_OK);
    assert_int_equal(image_status(&meter.image), IMAGE_INITIATED);
    assert_int_equal(image_block_count(&meter.image), 11); /* 1,320 octets */
    assert_int_equal(image_to_activate(&meter.image, &header, signature), STATUS_UNDEFINED);
    send(&parcel);
    assert_int_equal(image_first_missing(&meter.image), 11);
    assert_int_equal(verify(), STATUS_OK);
    assert_int_equal(image_status(&meter.image), IMAGE_VERIFICATION_SUCCESSFUL);
    assert_int_equal(image_to_activate(&meter.image, &header, signature), STATUS_OK);
    assert_string_equal(header.identifier, "an image");
    assert_memory_equal(signature, parcel.octets + parcel.size - sizeof signature, sizeof signature);
    meter_start(); /* it is kept */
    assert_int_equal(image_status(&meter.image), IMAGE_VERIFICATION_SUCCESSFUL);
    assert_int_equal(image_block(&meter.image, 0, parcel.octets, IMAGE_BLOCK_SIZE), STATUS_DENIED);
    assert_false(meter.image.restart_due);
    assert_int_equal(image_activate(&meter.image), STATUS_OK);
    assert_true(meter.image.restart_due);
    assert_int_equal(image_status(&meter.image), IMAGE_ACTIVATION_INITIATED);
    assert_int_equal(image_to_activate(&meter.image, &header, signature), STATUS_OK);
    assert_string_equal(header.identifier, "an image");
    assert_int_equal(image_confirm(&meter.slots), STATUS_OK); /* the old program still runs and confirms nothing */
    assert_int_equal(image_status(&meter.image), IMAGE_ACTIVATION_INITIATED);
    meter_start();
    assert_true(same_version(&meter.running, &parcel.version));
    assert_int_equal(image_status(&meter.image), IMAGE_ACTIVATION_INITIATED);
    assert_int_equal(image_initiate(&meter.image, (const uint8_t *)"x", 1, 1000), STATUS_BUSY);
    assert_int_equal(image_confirm(&meter.slots), STATUS_OK);
    assert_int_equal(image_status(&meter.image), IMAGE_ACTIVATION_SUCCESSFUL);
    assert_int_equal(image_to_activate(&meter.image, &header, signature), STATUS_UNDEFINED);
    assert_int_equal(image_verify(&meter.image), STATUS_DENIED);
}

static void nothing_goes_while_it_is_not_enabled(void **state)
{
    (void)state;
    begin(FLAW_NONE, 100);
    send(&parcel);
    assert_int_equal(image_enable(&meter.image, false), STATUS_OK);
    meter_start();
    assert_false(image_enabled(&meter.image));
    assert_int_equal(image_initiate(&meter.image, (const uint8_t *)"x", 1, 100), STATUS_DENIED);
    assert_int_equal(client_block(&parcel, 0), STATUS_DENIED);
    assert_int_equal(image_verify(&meter.image), STATUS_DENIED);
    assert_int_equal(image_enable(&meter.image, true), STATUS_OK);
    assert_int_equal(verify(), STATUS_OK);
    assert_int_equal(image_enable(&meter.image, false), STATUS_OK);
    assert_int_equal(image_activate(&meter.image), STATUS_DENIED);
    assert_int_equal(image_status(&meter.image), IMAGE_VERIFICATION_SUCCESSFUL);
}

static void initiate_has_limits_and_begins_anew(void **state)
{
    (void)state;
    uint8_t bits[2];
    const uint8_t name[IMAGE_IDENTIFIER_MAX + 1] = { 0 };
    const uint32_t room = SLOT_BLOCKS * BOARD_FLASH_BLOCK;
    begin(FLAW_NONE, 1000);
    send(&parcel);
    assert_int_equal(image_initiate(&meter.image, name, 0, 100), STATUS_RANGE);
    assert_int_equal(image_initiate(&meter.image, name, IMAGE_IDENTIFIER_MAX + 1, 100), STATUS_RANGE);
    assert_int_equal(image_initiate(&meter.image, NULL, 1, 100), STATUS_RANGE);
    assert_int_equal(image_initiate(&meter.image, name, 1, 0), STATUS_RANGE);
    assert_int_equal(image_initiate(&meter.image, name, 1, room + 1), STATUS_RANGE);
    assert_int_equal(image_initiate(&meter.image, name, 1, UINT32_MAX), STATUS_RANGE);
    assert_int_equal(image_first_missing(&meter.image), 11); /* what is refused changes nothing */
    image_bitmap(&meter.image, 0, bits, 2);
    assert_true(bits[0] == 0xFF && bits[1] == 0xE0);
    memset(meter.acknowledged, 0, sizeof meter.acknowledged);
    assert_int_equal(image_initiate(&meter.image, name, IMAGE_IDENTIFIER_MAX, room), STATUS_OK);
    assert_int_equal(image_block_count(&meter.image), room / IMAGE_BLOCK_SIZE);
    image_bitmap(&meter.image, 0, bits, 2);
    assert_true(bits[0] == 0 && bits[1] == 0);
    meter_start();
    image_bitmap(&meter.image, 0, bits, 2);
    assert_true(bits[0] == 0 && bits[1] == 0);
    assert_int_equal(image_initiate(&meter.image, name, 1, 1), STATUS_OK);
    meter_idle();
    assert_int_equal(image_block_count(&meter.image), 1);
    assert_int_equal(image_block(&meter.image, 0, name, 1), STATUS_OK);
    assert_int_equal(verify(), STATUS_MALFORMED);
    assert_int_equal(meter.image.check.fault, IMAGE_WRONG_SIZE);
}

static void blocks_come_in_any_order_and_twice(void **state)
{
    (void)state;
    uint8_t other[IMAGE_BLOCK_SIZE];
    uint8_t bits = 0;
    begin(FLAW_NONE, 600);
    assert_int_equal(client_initiate(&parcel), STATUS_OK);
    assert_int_equal(client_block(&parcel, 3), STATUS_BUSY); /* not erased yet */
    meter_idle();
    assert_int_equal(image_block_count(&meter.image), 8); /* 920 octets, 24 in the last */
    static const uint8_t order[] = { 7, 3, 0, 5, 6, 1, 4 };
    for (size_t i = 0; i < sizeof order; i++) {
        bits |= (uint8_t)(0x80u >> order[i]);
        uint8_t shown;
        uint32_t before = bed.nor.operations;
        assert_int_equal(client_block(&parcel, order[i]), STATUS_OK);
        assert_int_equal(bed.nor.operations - before, 2);
        assert_int_equal(client_block(&parcel, order[i]), STATUS_OK);
        assert_int_equal(bed.nor.operations - before, 2); /* the second time nothing is written */
        image_bitmap(&meter.image, 0, &shown, 1);
        assert_int_equal(shown, bits);
    }
    memcpy(other, parcel.octets + IMAGE_BLOCK_SIZE, sizeof other);
    other[100] ^= 1;
    assert_int_equal(image_block(&meter.image, 1, other, sizeof other), STATUS_DENIED);
    assert_int_equal(image_first_missing(&meter.image), 2);
    assert_int_equal(image_verify(&meter.image), STATUS_DENIED);
    assert_int_equal(image_status(&meter.image), IMAGE_INITIATED);
    assert_int_equal(image_block(&meter.image, 7, parcel.octets, IMAGE_BLOCK_SIZE), STATUS_RANGE);
    assert_int_equal(image_block(&meter.image, 7, parcel.octets, 23), STATUS_RANGE);
    assert_int_equal(client_block(&parcel, 2), STATUS_OK);
    assert_int_equal(verify(), STATUS_OK);
}

/* Though it may look blank. */
static void a_block_waits_until_its_place_is_erased(void **state)
{
    (void)state;
    begin(FLAW_NONE, 5000);
    assert_int_equal(client_initiate(&parcel), STATUS_OK);
    while (meter.image.erased == 0) {
        assert_int_equal(image_step(&meter.image), STATUS_BUSY);
    }
    assert_int_equal(client_block(&parcel, 32), STATUS_BUSY);
    assert_int_equal(client_block(&parcel, 31), STATUS_OK);
    assert_int_equal(image_step(&meter.image), STATUS_BUSY);
    assert_int_equal(client_block(&parcel, 32), STATUS_OK);
    meter_start(); /* again: a torn erase can look like a whole one */
    assert_int_equal(client_block(&parcel, 33), STATUS_BUSY);
    meter_idle();
    assert_int_equal(client_block(&parcel, 33), STATUS_OK);
    assert_int_equal(bed.erases[STATE_BLOCKS + SLOT_BLOCKS], 1); /* but not under blocks that have arrived */
    assert_int_equal(bed.erases[STATE_BLOCKS + SLOT_BLOCKS + 1], 1);
}

static void a_block_without_its_mark_is_marked_only(void **state)
{
    (void)state;
    begin(FLAW_NONE, 600);
    assert_int_equal(client_initiate(&parcel), STATUS_OK);
    meter_idle();
    assert_int_equal(client_block(&parcel, 0), STATUS_OK);
    nor_cut(&bed.nor, 2, NOR_TEAR_NOTHING, 0);
    assert_int_equal(client_block(&parcel, 1), STATUS_FAILED);
    meter_start();
    meter_idle();
    assert_int_equal(image_first_missing(&meter.image), 1);
    uint32_t before = bed.nor.operations;
    assert_int_equal(client_block(&parcel, 1), STATUS_OK);
    assert_int_equal(bed.nor.operations - before, 1);
}

static void each_flaw_is_named(void **state)
{
    (void)state;
    static const struct {
        enum flaw flaw;
        enum image_fault fault;
    } cases[] = {
        { FLAW_UNSIGNED, IMAGE_WRONG_SIGNATURE },  { FLAW_FOREIGN, IMAGE_WRONG_SIGNATURE },
        { FLAW_SIGNATURE, IMAGE_WRONG_SIGNATURE }, { FLAW_RESIGNED, IMAGE_WRONG_SIGNATURE },
        { FLAW_PAYLOAD, IMAGE_WRONG_PAYLOAD },     { FLAW_TRUNCATED, IMAGE_WRONG_SIZE },
        { FLAW_LONGER, IMAGE_WRONG_SIZE },         { FLAW_OLDER, IMAGE_OLDER },
        { FLAW_TOO_NEW, IMAGE_TOO_NEW },           { FLAW_HARDWARE, IMAGE_WRONG_HARDWARE },
        { FLAW_KIND, IMAGE_WRONG_HARDWARE },       { FLAW_HARDWARE_PART, IMAGE_WRONG_HARDWARE },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin(cases[i].flaw, 700);
        send(&parcel);
        assert_int_equal(verify(), STATUS_MALFORMED);
        assert_int_equal(meter.image.check.fault, cases[i].fault);
        assert_int_equal(image_status(&meter.image), IMAGE_VERIFICATION_FAILED);
        assert_int_equal(image_activate(&meter.image), STATUS_DENIED);
        meter_start();
        assert_int_equal(image_status(&meter.image), IMAGE_VERIFICATION_FAILED);
        assert_int_equal(image_verify(&meter.image), STATUS_MALFORMED);
        assert_int_equal(image_activate(&meter.image), STATUS_DENIED);
        assert_int_equal(meter.slots.running, IMAGE_SLOT_A);
    }
}

static void a_step_is_short(void **state)
{
    (void)state;
    begin(FLAW_NONE, SLOT_BLOCKS * BOARD_FLASH_BLOCK - IMAGE_SIZE(0));
    assert_int_equal(client_initiate(&parcel), STATUS_OK);
    for (unsigned phase = 0; phase < 2; phase++) {
        enum status status = STATUS_BUSY;
        while (status == STATUS_BUSY) {
            uint32_t operations = bed.nor.operations;
            uint32_t page_reads = bed.nor.page_reads;
            status = image_step(&meter.image);
            assert_in_range(bed.nor.operations - operations, 0, 2);
            assert_in_range(bed.nor.page_reads - page_reads, 0, 48);
        }
        for (uint32_t number = 0; phase == 0 && number < image_block_count(&meter.image); number++) {
            assert_int_equal(client_block(&parcel, number), STATUS_OK);
        }
        assert_int_equal(image_verify(&meter.image), phase == 0 ? STATUS_BUSY : STATUS_OK);
    }
}

static void the_same_version_may_come_again(void **state)
{
    (void)state;
    begin(FLAW_NONE, 50);
    update(&parcel);
    assert_int_equal(image_confirm(&meter.slots), STATUS_OK);
    update(&parcel);
    assert_int_equal(meter.slots.running, IMAGE_SLOT_A);
    assert_int_equal(image_confirm(&meter.slots), STATUS_OK);
    assert_int_equal(image_status(&meter.image), IMAGE_ACTIVATION_SUCCESSFUL);
}

static void an_image_that_does_not_confirm_goes_back(void **state)
{
    (void)state;
    begin(FLAW_NONE, 50);
    struct image_version old = meter.running;
    update(&parcel);
    for (unsigned start = 1; start < IMAGE_TRIALS_MAX; start++) {
        assert_true(same_version(&meter.running, &parcel.version));
        meter_start();
    }
    assert_true(same_version(&meter.running, &parcel.version));
    meter_start();
    assert_true(same_version(&meter.running, &old));
    assert_int_equal(image_status(&meter.image), IMAGE_ACTIVATION_FAILED);
    assert_int_equal(image_activate(&meter.image), STATUS_DENIED);
    update(&parcel);
    assert_int_equal(image_confirm(&meter.slots), STATUS_OK);
    assert_true(same_version(&meter.running, &parcel.version));
}

static void rot_in_slot(enum image_slot slot)
{
    bed.octets[(STATE_BLOCKS + slot * SLOT_BLOCKS) * BOARD_FLASH_BLOCK + IMAGE_HEADER_SIZE + 5] ^= 1;
}

static void a_trial_that_rots_goes_back_at_once(void **state)
{
    (void)state;
    begin(FLAW_NONE, 50);
    update(&parcel);
    rot_in_slot(IMAGE_SLOT_B);
    meter_start();
    assert_int_equal(meter.slots.running, IMAGE_SLOT_A);
    assert_int_equal(image_status(&meter.image), IMAGE_ACTIVATION_FAILED);
}

static void the_version_before_steps_in(void **state)
{
    (void)state;
    begin(FLAW_NONE, 50);
    update(&parcel);
    assert_int_equal(image_confirm(&meter.slots), STATUS_OK);
    rot_in_slot(IMAGE_SLOT_B);
    meter_start();
    assert_int_equal(meter.slots.running, IMAGE_SLOT_A);
    meter_start();
    assert_int_equal(meter.slots.running, IMAGE_SLOT_A);
}

/* A slot that a client has written to is no spare, even if a good image of an old version stands in it. */
static void what_was_not_activated_does_not_step_in(void **state)
{
    (void)state;
    struct image_slots slots;
    begin(FLAW_NONE, 50);
    update(&parcel);
    assert_int_equal(image_confirm(&meter.slots), STATUS_OK);
    parcel_make(&parcel, FLAW_OLDER, &meter.running, 60);
    send(&parcel);
    assert_int_equal(verify(), STATUS_MALFORMED);
    rot_in_slot(IMAGE_SLOT_B);
    assert_int_equal(image_slots_mount(&slots, &bed, meter.slots.setup), STATUS_OK);
    assert_int_equal(image_boot(&slots), STATUS_UNDEFINED);
}

/* A virtual meter begins so: it runs what it was built as. */
static void a_blank_part_takes_an_image(void **state)
{
    (void)state;
    begin(FLAW_NONE, 50);
    const struct image_setup *setup = meter.slots.setup;
    const struct image_version built = meter.running;
    bed_begin(PART_BLOCKS);
    assert_int_equal(image_slots_mount(&meter.slots, &bed, setup), STATUS_OK);
    assert_int_equal(image_boot(&meter.slots), STATUS_UNDEFINED);
    assert_int_equal(bed.nor.operations, 0);
    image_mount(&meter.image, &meter.slots, &built);
    assert_int_equal(image_step(&meter.image), STATUS_OK);
    assert_int_equal(image_enable(&meter.image, true), STATUS_OK);
    update(&parcel);
    assert_int_equal(meter.slots.running, IMAGE_SLOT_B);
    assert_int_equal(image_confirm(&meter.slots), STATUS_OK);
    meter_start();
    assert_int_equal(meter.slots.running, IMAGE_SLOT_B);
}

static void without_a_version_before_it_is_as_built(void **state)
{
    (void)state;
    begin(FLAW_NONE, 50);
    const struct image_setup *setup = meter.slots.setup;
    const struct image_version built = meter.running;
    bed_begin(PART_BLOCKS);
    assert_int_equal(image_slots_mount(&meter.slots, &bed, setup), STATUS_OK);
    image_mount(&meter.image, &meter.slots, &built);
    assert_int_equal(image_enable(&meter.image, true), STATUS_OK);
    update(&parcel);
    for (unsigned start = 1; start <= IMAGE_TRIALS_MAX; start++) {
        assert_int_equal(image_slots_mount(&meter.slots, &bed, setup), STATUS_OK);
        assert_int_equal(image_boot(&meter.slots), start < IMAGE_TRIALS_MAX ? STATUS_OK : STATUS_UNDEFINED);
    }
    image_mount(&meter.image, &meter.slots, &built);
    assert_int_equal(image_status(&meter.image), IMAGE_ACTIVATION_FAILED);
    assert_int_equal(client_initiate(&parcel), STATUS_OK);
}

/* tests/system/test_image.py made it, with the key of RFC 6979 A.2.5. */
static void an_image_that_others_signed_is_good(void **state)
{
    (void)state;
    static const char point[] = "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
                                "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299";
    struct image_header header;
    begin(FLAW_NONE, 50);
    struct image_setup setup = *meter.slots.setup;
    for (unsigned i = 0; i < 64; i++) {
        unsigned octet;
        assert_int_equal(sscanf(point + (size_t)i * 2, "%2x", &octet), 1);
        setup.rules.key[i + 1] = (uint8_t)octet;
    }
    FILE *file = fopen(IMAGE_CORPUS "/signed", "rb");
    assert_non_null(file);
    parcel.size = (uint32_t)fread(parcel.octets, 1, sizeof parcel.octets, file);
    fclose(file);
    for (unsigned other = 0; other < 2; other++) {
        assert_int_equal(image_slots_mount(&meter.slots, &bed, other == 0 ? meter.slots.setup : &setup), STATUS_OK);
        const struct image_version built = { 1, 0, 0 };
        image_mount(&meter.image, &meter.slots, &built);
        send(&parcel);
        assert_int_equal(verify(), other == 0 ? STATUS_MALFORMED : STATUS_OK);
    }
    assert_int_equal(image_slot_read(&meter.slots, IMAGE_SLOT_B, &header), STATUS_OK);
    assert_string_equal(header.identifier, "MTR-1.2.3");
}

static void a_rotten_record_leaves_the_one_before(void **state)
{
    (void)state;
    begin(FLAW_NONE, 50);
    for (uint32_t i = 0; i < 300; i++) { /* more than a lap of the ring */
        send(&parcel);
        assert_int_equal(image_enable(&meter.image, i % 2 != 0), STATUS_OK);
        assert_int_equal(image_enable(&meter.image, true), STATUS_OK);
        uint32_t serial = meter.slots.record.serial;
        memset(meter.acknowledged, 0, sizeof meter.acknowledged);
        for (uint32_t at = 0; at < STATE_BLOCKS * BOARD_FLASH_BLOCK && i % 50 == 49; at++) {
            if (at >= 2 * BOARD_FLASH_BLOCK && memcmp(bed.octets + at, &meter.slots.log.next, 4) != 0 &&
                bed.octets[at + 4] == 1 && memcmp(bed.octets + at + 12, &serial, 4) == 0) {
                bed.octets[at + 5] ^= 0x40; /* all rows of this transfer */
            }
        }
        meter_start();
        assert_true(image_enabled(&meter.image));
        assert_int_equal(meter.slots.record.serial, i % 50 == 49 ? serial - 1 : serial);
    }
    assert_int_equal(client_initiate(&parcel), STATUS_OK); /* and the marks of the lost one do not count */
    assert_int_equal(image_first_missing(&meter.image), 0);
    meter_start();
    assert_int_equal(image_first_missing(&meter.image), 0);
}

static void try_on_bad_flash(uint16_t bad_erase, uint16_t bad_program, bool silent)
{
    begin(FLAW_NONE, 6000);
    bed.nor.bad_erase = bad_erase;
    bed.nor.bad_program = bad_program;
    bed.nor.silent = silent;
    enum status status = client_initiate(&parcel);
    uint32_t tries = 0;
    while (status == STATUS_OK || status == STATUS_BUSY || tries++ < 8) {
        meter_idle();
        if (image_status(&meter.image) == IMAGE_VERIFICATION_SUCCESSFUL) {
            break;
        }
        status = client_go_on(&parcel);
        assert_in_range(bed.nor.operations, 0, 3000);
    }
    bed.nor.bad_erase = bed.nor.bad_program = NOR_NO_BLOCK;
    meter_start();
    while (image_status(&meter.image) != IMAGE_ACTIVATION_SUCCESSFUL) { /* a new part, so to say */
        status = image_status(&meter.image) == IMAGE_NOT_INITIATED ? client_initiate(&parcel) : client_go_on(&parcel);
        assert_true(status == STATUS_OK || status == STATUS_BUSY);
        meter_idle();
        (void)meter_restarted();
    }
    assert_true(same_version(&meter.running, &parcel.version));
}

static void flash_that_fails_is_told_and_forgiven(void **state)
{
    (void)state;
    for (uint16_t block = 0; block < PART_BLOCKS; block++) {
        try_on_bad_flash(block, NOR_NO_BLOCK, false);
        try_on_bad_flash(block, NOR_NO_BLOCK, true);
        try_on_bad_flash(NOR_NO_BLOCK, block, false);
        try_on_bad_flash(NOR_NO_BLOCK, block, true);
    }
}

static void regions_must_be_large_enough(void **state)
{
    (void)state;
    struct image_slots slots;
    begin(FLAW_NONE, 50);
    struct image_setup setup = *meter.slots.setup;
    setup.state.blocks = IMAGE_STATE_BLOCKS_MIN - 1;
    assert_int_equal(image_slots_mount(&slots, &bed, &setup), STATUS_RANGE);
    setup = *meter.slots.setup;
    setup.slots[1].blocks--;
    assert_int_equal(image_slots_mount(&slots, &bed, &setup), STATUS_RANGE);
    setup.slots[0].blocks = setup.slots[1].blocks = 0;
    assert_int_equal(image_slots_mount(&slots, &bed, &setup), STATUS_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_transfer_goes_through_its_states),
        cmocka_unit_test(nothing_goes_while_it_is_not_enabled),
        cmocka_unit_test(initiate_has_limits_and_begins_anew),
        cmocka_unit_test(blocks_come_in_any_order_and_twice),
        cmocka_unit_test(a_block_waits_until_its_place_is_erased),
        cmocka_unit_test(a_block_without_its_mark_is_marked_only),
        cmocka_unit_test(each_flaw_is_named),
        cmocka_unit_test(a_step_is_short),
        cmocka_unit_test(the_same_version_may_come_again),
        cmocka_unit_test(an_image_that_does_not_confirm_goes_back),
        cmocka_unit_test(a_trial_that_rots_goes_back_at_once),
        cmocka_unit_test(the_version_before_steps_in),
        cmocka_unit_test(what_was_not_activated_does_not_step_in),
        cmocka_unit_test(a_blank_part_takes_an_image),
        cmocka_unit_test(without_a_version_before_it_is_as_built),
        cmocka_unit_test(an_image_that_others_signed_is_good),
        cmocka_unit_test(a_rotten_record_leaves_the_one_before),
        cmocka_unit_test(flash_that_fails_is_told_and_forgiven),
        cmocka_unit_test(regions_must_be_large_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
