#include "store/checkpoint.h"

enum status checkpoint_mount(struct checkpoint *c, struct board *board, const struct board_region *region)
{
    enum status status = flashlog_mount(&c->log, board, region);
    if (status == STATUS_UNDEFINED) {
        return STATUS_OK;
    }
    if (status == STATUS_OK && c->log.row_size != CHECKPOINT_SIZE) {
        return STATUS_INCONSISTENT;
    }
    return status;
}

enum status checkpoint_load(struct checkpoint *c, uint8_t snapshot[CHECKPOINT_SIZE])
{
    uint32_t oldest = flashlog_first(&c->log, 2 * FLASHLOG_BLOCK_ROWS(CHECKPOINT_SIZE, 0));
    for (uint32_t sequence = c->log.next; sequence > oldest; sequence--) {
        if (flashlog_read(&c->log, sequence - 1, snapshot) == STATUS_OK) {
            return STATUS_OK;
        }
    }
    return STATUS_UNDEFINED;
}

enum status checkpoint_save(struct checkpoint *c, const uint8_t snapshot[CHECKPOINT_SIZE])
{
    enum status status = STATUS_OK;
    if (c->log.generation == 0) {
        status = flashlog_restart(&c->log, CHECKPOINT_SIZE, NULL, 0);
    }
    return status == STATUS_OK ? flashlog_append(&c->log, snapshot) : status;
}

enum status checkpoint_step(struct checkpoint *c)
{
    return flashlog_step(&c->log);
}
