#include "tests/power/image_bed.h"

struct meter meter;

static struct image_key own;
static struct image_key foreign;
static struct image_setup setup = {
    .slots = { { STATE_BLOCKS, SLOT_BLOCKS }, { STATE_BLOCKS + SLOT_BLOCKS, SLOT_BLOCKS } },
    .state = { 0, STATE_BLOCKS },
    .rules = { .hardware = "HW-1.0", .kind = IMAGE_TABLE },
};

bool same_version(const struct image_version *a, const struct image_version *b)
{
    return a->major == b->major && a->minor == b->minor && a->patch == b->patch;
}

static void flip(uint8_t *octets, uint32_t size)
{
    uint32_t bit = bed_random(size * 8);
    octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

static void spoil(struct parcel *p)
{
    struct parcel other;
    uint8_t *signature = p->octets + p->size - ECDSA_SIGNATURE_SIZE;
    switch (p->flaw) {
    case FLAW_UNSIGNED:
        memset(signature, 0, ECDSA_SIGNATURE_SIZE);
        break;
    case FLAW_SIGNATURE:
        flip(signature, ECDSA_SIGNATURE_SIZE);
        break;
    case FLAW_HEADER:
        flip(p->octets, IMAGE_HEADER_SIZE);
        break;
    case FLAW_PAYLOAD:
        flip(p->octets + IMAGE_HEADER_SIZE, p->size - IMAGE_SIZE(0));
        break;
    case FLAW_TRUNCATED:
        p->size -= 1 + bed_random(p->size - 1);
        break;
    case FLAW_LONGER:
        p->size += 1 + bed_random((uint32_t)sizeof p->octets - p->size);
        break;
    case FLAW_RESIGNED:
        parcel_make(&other, FLAW_NONE, &p->version, 77);
        memcpy(signature, other.octets + other.size - ECDSA_SIGNATURE_SIZE, ECDSA_SIGNATURE_SIZE);
        break;
    case FLAW_NONE:
    case FLAW_FOREIGN:
    case FLAW_OLDER:
    case FLAW_TOO_NEW:
    case FLAW_HARDWARE:
    case FLAW_HARDWARE_PART:
    case FLAW_KIND:
    case FLAW_COUNT:
        break;
    }
}

void parcel_make(struct parcel *p, enum flaw flaw, const struct image_version *replaced, uint32_t payload)
{
    static uint8_t octets[SLOT_BLOCKS * BOARD_FLASH_BLOCK];
    struct image_header header = {
        .kind = IMAGE_TABLE, .version = *replaced, .minimum = *replaced, .hardware = "HW-1.0"
    };
    bed_fill(octets, payload, bed_random(1u << 30));
    strcpy(header.identifier, "an image");
    header.version.patch++;
    if (flaw == FLAW_OLDER) {
        header.version = *replaced;
        header.version.minor--;
        header.version.patch += 7;
    } else if (flaw == FLAW_TOO_NEW) {
        header.minimum = header.version;
    } else if (flaw == FLAW_KIND) {
        header.kind = IMAGE_FIRMWARE;
    } else if (flaw == FLAW_HARDWARE) {
        strcpy(header.hardware, "HW-1.1");
    } else if (flaw == FLAW_HARDWARE_PART) {
        strcpy(header.hardware, "HW-1.0b");
    }
    *p = (struct parcel){ .version = header.version, .flaw = flaw, .size = IMAGE_SIZE(payload) };
    memset(p->octets, 0xA5, sizeof p->octets);
    assert_true(image_file_build(header, octets, payload, flaw == FLAW_FOREIGN ? &foreign : &own, p->octets));
    spoil(p);
}

static void factory(void)
{
    struct parcel p;
    const struct image_version before = { 1, 1, 0 };
    parcel_make(&p, FLAW_NONE, &before, 3000);
    for (uint32_t at = 0; at < p.size; at += BOARD_FLASH_PAGE) {
        assert_int_equal(
            nor_program(&bed.nor, setup.slots[0].first * BOARD_FLASH_BLOCK + at, p.octets + at, BOARD_FLASH_PAGE),
            STATUS_OK);
    }
}

void meter_make(void)
{
    if (own.point[0] == 0) {
        bed_fill(own.secret, sizeof own.secret, 1); /* the same keys in each run, so that a failure comes again */
        bed_fill(foreign.secret, sizeof foreign.secret, 2);
        assert_true(image_key_complete(&own) && image_key_complete(&foreign));
        memcpy(setup.rules.key, own.point, sizeof own.point);
    }
    bed_begin(PART_BLOCKS);
    factory();
    memset(&meter, 0, sizeof meter);
    meter_start();
    assert_int_equal(image_initiate(&meter.image, (const uint8_t *)"x", 1, 1000), STATUS_DENIED);
    assert_int_equal(image_enable(&meter.image, true), STATUS_OK);
}

static void check_acknowledged(void)
{
    if (image_status(&meter.image) != IMAGE_INITIATED) {
        return;
    }
    for (uint32_t number = 0; number < image_block_count(&meter.image); number++) {
        uint8_t octet;
        image_bitmap(&meter.image, (uint16_t)(number / 8), &octet, 1);
        assert_true(!meter.acknowledged[number] || (octet & 0x80u >> number % 8) != 0);
    }
}

void meter_start(void)
{
    struct image_header header;
    nor_power_on(&bed.nor);
    meter.restarts++;
    assert_int_equal(image_slots_mount(&meter.slots, &bed, &setup), STATUS_OK);
    enum status status = image_boot(&meter.slots);
    if (bed.nor.off) {
        meter_start(); /* the next cut came while it booted */
        return;
    }
    assert_int_equal(status, STATUS_OK);
    assert_int_equal(meter.slots.running, meter.slots.record.active);
    uint32_t address = setup.slots[meter.slots.running].first * BOARD_FLASH_BLOCK;
    assert_int_equal(image_header_read(bed.octets + address, &header), STATUS_OK);
    meter.running = header.version;
    image_mount(&meter.image, &meter.slots, &meter.running);
    check_acknowledged();
}

bool meter_restarted(void)
{
    bool restart = bed.nor.off || meter.image.restart_due;
    if (restart) {
        meter_start();
    }
    return restart;
}

void meter_idle(void)
{
    enum image_repair before = meter.image.repair;
    while (image_step(&meter.image) == STATUS_BUSY && !bed.nor.off) {
        meter.repairs += before == REPAIR_NONE && meter.image.repair != REPAIR_NONE;
        before = meter.image.repair;
    }
}

enum status client_initiate(const struct parcel *p)
{
    memset(meter.acknowledged, 0, sizeof meter.acknowledged);
    return image_initiate(&meter.image, (const uint8_t *)"name", 4, p->size);
}

enum status client_block(const struct parcel *p, uint32_t number)
{
    uint32_t at = number * IMAGE_BLOCK_SIZE;
    uint32_t size = p->size - at < IMAGE_BLOCK_SIZE ? p->size - at : IMAGE_BLOCK_SIZE;
    enum image_repair before = meter.image.repair;
    enum status status = image_block(&meter.image, number, p->octets + at, size);
    meter.acknowledged[number] |= status == STATUS_OK;
    meter.repairs += before == REPAIR_NONE && meter.image.repair != REPAIR_NONE;
    return status;
}

enum status client_go_on(const struct parcel *p)
{
    uint16_t missing = image_first_missing(&meter.image);
    switch (image_status(&meter.image)) {
    case IMAGE_INITIATED:
        return missing < image_block_count(&meter.image) ? client_block(p, missing) : image_verify(&meter.image);
    case IMAGE_VERIFICATION_INITIATED:
        return image_verify(&meter.image);
    case IMAGE_VERIFICATION_SUCCESSFUL:
        return image_activate(&meter.image);
    case IMAGE_ACTIVATION_INITIATED:
        return image_confirm(&meter.slots);
    case IMAGE_NOT_INITIATED:
    case IMAGE_VERIFICATION_FAILED:
    case IMAGE_ACTIVATION_SUCCESSFUL:
    case IMAGE_ACTIVATION_FAILED:
        break;
    }
    return STATUS_DENIED;
}
