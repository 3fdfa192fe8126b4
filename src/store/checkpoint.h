/* Checkpoints: whole snapshots of one size in a ring of their own, the newest intact one counts.
 *
 * A snapshot is CHECKPOINT_SIZE octets of the caller's, best with a number of their layout first. It is a row of a
 * flashlog: saved whole or not at all, and never while the only good one is gone.
 */
#ifndef STORE_CHECKPOINT_H
#define STORE_CHECKPOINT_H

#include "store/flashlog.h"

struct checkpoint {
    struct flashlog log;
};

/* STATUS_OK also for a part that never held one. STATUS_INCONSISTENT: another version of the format, or of another
 * size; STATUS_RANGE: too few blocks. */
enum status checkpoint_mount(struct checkpoint *c, struct board *board, const struct board_region *region);

/* STATUS_UNDEFINED: there is none. Reads at most as many rows as two blocks hold; one, if nothing has rotted. */
enum status checkpoint_load(struct checkpoint *c, uint8_t snapshot[CHECKPOINT_SIZE]);

/* Two programs at most (a snapshot may lie across two pages) when checkpoint_step was called since the last one, and
 * one more where a block begins. */
enum status checkpoint_save(struct checkpoint *c, const uint8_t snapshot[CHECKPOINT_SIZE]);

/* To be called when there is time: flashlog_step. */
enum status checkpoint_step(struct checkpoint *c);

#endif
