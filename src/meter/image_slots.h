/* Two slots for firmware images, and which of them runs: the part of the update that a boot loader needs.
 *
 * One slot is active. A new image in the other one is first on trial: it is started at most IMAGE_TRIALS_MAX times, and
 * unless it confirms itself (image_confirm) the slot before is active again. What is known about the slots is one
 * record, renewed as a whole in a ring (store/flashlog), so that a cut of the power at any operation leaves the old
 * record or the new.
 *
 *     active A, confirmed --activate--> active B, trial --confirm--> active B, confirmed, A is spare
 *              ^                                |
 *              '--IMAGE_TRIALS_MAX starts, or B is no image (any more)--'
 *
 * A spare slot holds an image that was confirmed once and not written to since. It is active again if the other one has
 * rotted.
 *
 * Source  SPEC.md; object-model.md decision 13 and 1.12.
 * Flash   A region of its own, so that a boot loader needs no other format; image_boot reads and hashes up to two whole
 *         images. A record is a row, 24 octets.
 * Errors  STATUS_FAILED: the flash did not do it, and nothing has changed.
 * Context main loop only, no globals.
 */
#ifndef METER_IMAGE_SLOTS_H
#define METER_IMAGE_SLOTS_H

#include <stdbool.h>

#include "meter/image_check.h"
#include "store/flashlog.h"

enum image_slot { IMAGE_SLOT_A, IMAGE_SLOT_B, IMAGE_SLOT_COUNT };

/* The state region: marks of the blocks that have arrived, a block to mend with, and the ring of records, which takes
 * the rest. */
#define IMAGE_MARK_BLOCKS      1u
#define IMAGE_SCRATCH_BLOCKS   1u
#define IMAGE_STATE_BLOCKS_MIN (IMAGE_MARK_BLOCKS + IMAGE_SCRATCH_BLOCKS + FLASHLOG_BLOCKS_MIN)

/* image_transfer_status, class 18 attribute 6. */
enum image_status {
    IMAGE_NOT_INITIATED,
    IMAGE_INITIATED,
    IMAGE_VERIFICATION_INITIATED,
    IMAGE_VERIFICATION_SUCCESSFUL,
    IMAGE_VERIFICATION_FAILED,
    IMAGE_ACTIVATION_INITIATED,
    IMAGE_ACTIVATION_SUCCESSFUL,
    IMAGE_ACTIVATION_FAILED
};

/* The caller's, constant. */
struct image_setup {
    struct board_region slots[IMAGE_SLOT_COUNT]; /* of one size */
    struct board_region state;                   /* IMAGE_STATE_BLOCKS_MIN blocks or, to pass over bad ones, more */
    struct image_rules rules;
};

#define IMAGE_NO_REPAIR 0xFFFFu

/* What is kept; read freely. */
struct image_record {
    uint8_t active; /* enum image_slot */
    bool trial;
    uint8_t trials;  /* starts on trial */
    bool spare;      /* the other slot holds an image that was confirmed once */
    bool enabled;    /* image_transfer_enabled */
    uint8_t status;  /* enum image_status, never 2: a verification begins anew after a cut */
    uint16_t repair; /* block of the other slot that is being written again from the scratch block */
    uint32_t serial; /* of the transfer, counts up */
    uint32_t size;   /* octets of the image that is transferred */
};

struct image_slots {
    struct board *board;
    const struct image_setup *setup;
    enum image_slot running; /* set by image_boot; a program that a boot loader has started sets it itself */
    struct image_record record;
    struct flashlog log;
};

/* A blank part is good: slot A is active and confirmed. STATUS_RANGE: regions too small or of two sizes.
 * STATUS_INCONSISTENT: another version of the format. Reads only. */
enum status image_slots_mount(struct image_slots *s, struct board *board, const struct image_setup *setup);

/* What a boot loader does at each start: finds out which slot is to run, checks the whole image in it, counts a trial
 * and takes an image back that has had its trials. STATUS_UNDEFINED: no slot holds an image that may run; a virtual
 * meter is then what it was built as. */
enum status image_boot(struct image_slots *s);

/* The running image says that it works. Nothing happens if it is not on trial. Afterwards the status is
 * IMAGE_ACTIVATION_SUCCESSFUL. */
enum status image_confirm(struct image_slots *s);

/* Checks what stands in a slot, whole, and gives its header, which is valid with STATUS_OK. */
enum status image_slot_read(const struct image_slots *s, enum image_slot slot, struct image_header *header);

/* Replaces the record. */
enum status image_slots_save(struct image_slots *s, const struct image_record *record);

/* The slot that a new image goes to. */
static inline enum image_slot image_slots_other(const struct image_slots *s)
{
    return s->record.active == IMAGE_SLOT_A ? IMAGE_SLOT_B : IMAGE_SLOT_A;
}

#endif
