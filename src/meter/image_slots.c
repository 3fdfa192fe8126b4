#include "meter/image_slots.h"

#include <string.h>

#include "store/flash.h"

enum { RECORD_SIZE = 16, RECORD_VERSION = 1 };

enum { FLAG_TRIAL = 1, FLAG_SPARE = 2, FLAG_ENABLED = 4, FLAGS = 7 };

static void write_record(const struct image_record *r, uint8_t octets[RECORD_SIZE])
{
    octets[0] = RECORD_VERSION;
    octets[1] = r->active;
    octets[2] = (uint8_t)((r->trial ? FLAG_TRIAL : 0) | (r->spare ? FLAG_SPARE : 0) | (r->enabled ? FLAG_ENABLED : 0));
    octets[3] = r->trials;
    octets[4] = r->status;
    octets[5] = 0;
    flash_put16(octets + 6, r->repair);
    flash_put32(octets + 8, r->serial);
    flash_put32(octets + 12, r->size);
}

static enum status read_record(const uint8_t octets[RECORD_SIZE], struct image_record *r)
{
    if (octets[0] != RECORD_VERSION || octets[1] >= IMAGE_SLOT_COUNT || (octets[2] & ~FLAGS) != 0 ||
        octets[4] > IMAGE_ACTIVATION_FAILED) {
        return STATUS_INCONSISTENT;
    }
    *r = (struct image_record){ .active = octets[1],
                                .trial = (octets[2] & FLAG_TRIAL) != 0,
                                .trials = octets[3],
                                .spare = (octets[2] & FLAG_SPARE) != 0,
                                .enabled = (octets[2] & FLAG_ENABLED) != 0,
                                .status = octets[4],
                                .repair = flash_get16(octets + 6),
                                .serial = flash_get32(octets + 8),
                                .size = flash_get32(octets + 12) };
    return STATUS_OK;
}

/* The newest record that has not rotted, among those of two blocks. */
static enum status load(struct image_slots *s)
{
    uint8_t octets[RECORD_SIZE];
    if (s->log.row_size != RECORD_SIZE) {
        return STATUS_INCONSISTENT;
    }
    uint32_t oldest = flashlog_first(&s->log, 2u * FLASHLOG_BLOCK_ROWS(RECORD_SIZE, 0));
    for (uint32_t sequence = s->log.next; sequence > oldest; sequence--) {
        if (flashlog_read(&s->log, sequence - 1, octets) == STATUS_OK) {
            return read_record(octets, &s->record);
        }
    }
    return STATUS_OK;
}

enum status image_slots_mount(struct image_slots *s, struct board *board, const struct image_setup *setup)
{
    uint16_t before = IMAGE_MARK_BLOCKS + IMAGE_SCRATCH_BLOCKS;
    *s = (struct image_slots){ .board = board, .setup = setup, .record = { .repair = IMAGE_NO_REPAIR } };
    if (setup->state.blocks < IMAGE_STATE_BLOCKS_MIN || setup->slots[IMAGE_SLOT_A].blocks == 0 ||
        setup->slots[IMAGE_SLOT_A].blocks != setup->slots[IMAGE_SLOT_B].blocks) {
        return STATUS_RANGE;
    }
    struct board_region ring = { (uint16_t)(setup->state.first + before), (uint16_t)(setup->state.blocks - before) };
    enum status status = flashlog_mount(&s->log, board, &ring);
    if (status == STATUS_OK) {
        status = load(s);
    }
    s->running = (enum image_slot)s->record.active;
    return status == STATUS_UNDEFINED ? STATUS_OK : status;
}

enum status image_slots_save(struct image_slots *s, const struct image_record *record)
{
    uint8_t octets[RECORD_SIZE];
    enum status status = STATUS_OK;
    if (s->log.generation == 0) {
        status = flashlog_restart(&s->log, RECORD_SIZE, NULL, 0);
    }
    if (status == STATUS_OK) {
        write_record(record, octets);
        status = flashlog_append(&s->log, octets);
    }
    if (status == STATUS_OK) {
        s->record = *record;
    }
    return status;
}

enum status image_slot_read(const struct image_slots *s, enum image_slot slot, struct image_header *header)
{
    struct image_check check;
    const struct board_region *region = &s->setup->slots[slot];
    enum status status = STATUS_BUSY;
    image_check_begin(&check, s->board, &s->setup->rules, region->first * BOARD_FLASH_BLOCK,
                      region->blocks * BOARD_FLASH_BLOCK, false, NULL);
    while (status == STATUS_BUSY) {
        status = image_check_step(&check);
    }
    *header = check.header;
    return status;
}

static bool is_image(const struct image_slots *s, uint8_t slot)
{
    struct image_header header;
    return image_slot_read(s, (enum image_slot)slot, &header) == STATUS_OK;
}

/* Where the flash does not keep the record, the next start comes to the same conclusion. */
static void change_slot(struct image_slots *s, struct image_record *r, enum image_status status)
{
    r->active = (uint8_t)image_slots_other(s);
    r->trial = false;
    r->trials = 0;
    r->status = (uint8_t)status;
    if (image_slots_save(s, r) != STATUS_OK) {
        s->record = *r;
    }
}

enum status image_boot(struct image_slots *s)
{
    struct image_record r = s->record;
    if (r.trial) {
        r.trials++;
        if (r.trials <= IMAGE_TRIALS_MAX && is_image(s, r.active) && image_slots_save(s, &r) == STATUS_OK) {
            s->running = (enum image_slot)r.active;
            return STATUS_OK;
        }
        change_slot(s, &r, IMAGE_ACTIVATION_FAILED);
    }
    bool good = is_image(s, r.active);
    if (!good && r.spare && is_image(s, (uint8_t)image_slots_other(s))) {
        change_slot(s, &r, (enum image_status)r.status);
        good = true;
    }
    s->running = (enum image_slot)s->record.active;
    return good ? STATUS_OK : STATUS_UNDEFINED;
}

enum status image_confirm(struct image_slots *s)
{
    struct image_record r = s->record;
    if (!r.trial || s->running != r.active) {
        return STATUS_OK;
    }
    r.trial = false;
    r.trials = 0;
    r.spare = true;
    r.status = IMAGE_ACTIVATION_SUCCESSFUL;
    return image_slots_save(s, &r);
}
