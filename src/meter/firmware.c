#include "meter/firmware.h"

#include <string.h>

#include "meter/meter.h"

static const struct image_version built_version = { METER_VERSION_MAJOR, METER_VERSION_MINOR, METER_VERSION_PATCH };

/* What runs ----------------------------------------------------------------------------- */

static char *put_number(char *at, uint16_t number)
{
    uint16_t unit = 10000;
    while (unit > 1 && number < unit) {
        unit /= 10;
    }
    for (; unit > 0; unit /= 10) {
        *at++ = (char)('0' + number / unit % 10);
    }
    return at;
}

static void put_id(const struct image_version *version, char id[FIRMWARE_ID_MAX + 1])
{
    static const char prefix[] = "MTR-";
    char *at = id + sizeof prefix - 1;
    memcpy(id, prefix, sizeof prefix - 1);
    at = put_number(at, version->major);
    *at++ = '.';
    at = put_number(at, version->minor);
    *at++ = '.';
    at = put_number(at, version->patch);
    *at = '\0';
}

/* A payload that is signed but no table shows nothing new. */
static void take_table(struct meter *m, uint32_t size)
{
    uint8_t octets[IMAGE_TABLE_MAX];
    struct image_table table;
    const struct firmware *f = &m->firmware;
    uint32_t address = f->setup.slots[f->slots.running].first * BOARD_FLASH_BLOCK + IMAGE_HEADER_SIZE;
    if (size <= sizeof octets && board_flash_read(m->board, address, octets, size) == STATUS_OK &&
        image_table_read(octets, size, &table) == STATUS_OK) {
        display_setup_take(&m->display_setup, &table);
    }
}

enum status firmware_power_up(struct meter *m)
{
    struct firmware *f = &m->firmware;
    struct image_version version = built_version;
    struct image_header header;
    f->setup = (struct image_setup){
        .slots = { memory_region(MEMORY_IMAGE_A), memory_region(MEMORY_IMAGE_B) },
        .state = memory_region(MEMORY_IMAGE_STATE),
        .rules = { .hardware = IDENTITY_HARDWARE_VERSION, .kind = IMAGE_TABLE },
    };
    memcpy(f->setup.rules.key, m->identity.image_key, sizeof f->setup.rules.key);
    memcpy(f->digest, m->identity.firmware_signature, sizeof f->digest);
    enum status status = image_slots_mount(&f->slots, m->board, &f->setup);
    if (status == STATUS_INCONSISTENT) {
        return status;
    }
    if (status == STATUS_OK && image_boot(&f->slots) == STATUS_OK &&
        image_slot_read(&f->slots, f->slots.running, &header) == STATUS_OK) {
        version = header.version;
        memcpy(f->digest, header.payload_digest, sizeof f->digest);
        take_table(m, header.payload_size);
    }
    m->memory.failing |= status != STATUS_OK;
    put_id(&version, f->id);
    image_mount(&f->image, &f->slots, &version);
    return STATUS_OK;
}

/* What comes ---------------------------------------------------------------------------- */

/* A cut between the record and its event loses the event; the status tells the same. */
static void step_transfer(struct meter *m)
{
    struct firmware *f = &m->firmware;
    enum image_status before = image_status(&f->image);
    enum status status = image_step(&f->image);
    f->busy = status == STATUS_BUSY;
    m->memory.failing |= status != STATUS_OK && status != STATUS_BUSY;
    if (before != IMAGE_VERIFICATION_INITIATED) {
        return;
    }
    if (image_status(&f->image) == IMAGE_VERIFICATION_SUCCESSFUL) {
        event_raise(m, EVENT_FIRMWARE_READY, 0);
    } else if (image_status(&f->image) == IMAGE_VERIFICATION_FAILED) {
        event_raise(m, EVENT_FIRMWARE_REFUSED, 0);
    }
}

/* The activation first: after a cut in between, it is refused the second time, and the time is forgotten. */
static void activate_when_due(struct meter *m)
{
    struct firmware *f = &m->firmware;
    if (f->due_s == 0 || m->clock.invalid || m->clock.utc_s < f->due_s) {
        return;
    }
    (void)image_activate(&f->image);
    m->memory.failing |= setting_set_number(m, SETTING_ACTIVATION_DUE, 0) != STATUS_OK;
}

/* The event first: a cut in between may log it twice, but never loses it. */
static void confirm(struct meter *m)
{
    struct firmware *f = &m->firmware;
    const struct selftest *test = &m->supervision.selftest;
    if (!f->slots.record.trial || f->slots.running != f->slots.record.active ||
        m->time_ms < FIRMWARE_TRIAL_S * UINT64_C(1000) || test->program_bad || test->ram_bad) {
        return;
    }
    if (!f->told) {
        f->told = true;
        m->memory.failing |= setting_set_number(m, SETTING_ACTIVATED, m->clock.utc_s) != STATUS_OK;
        event_raise(m, EVENT_FIRMWARE_ACTIVATED, 0);
    }
    m->memory.failing |= image_confirm(&f->slots) != STATUS_OK;
}

void firmware_step(struct meter *m)
{
    struct firmware *f = &m->firmware;
    if (m->column_reader == NULL) {
        return; /* the meter has not been started */
    }
    step_transfer(m);
    if (m->clock.utc_s != f->looked_s) {
        f->looked_s = m->clock.utc_s;
        activate_when_due(m);
        confirm(m);
    }
}

enum status firmware_schedule(struct meter *m, int64_t utc_s)
{
    if (utc_s != 0 && (utc_s <= m->clock.utc_s || utc_s > UINT32_MAX)) {
        return STATUS_RANGE;
    }
    return setting_set_number(m, SETTING_ACTIVATION_DUE, utc_s);
}
