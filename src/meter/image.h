/* Image transfer: a new firmware arrives in blocks, is verified, and takes the place of the running one.
 *
 *     0 not initiated --initiate--> 1 initiated --verify--> 2 --image_step...--> 3 successful | 4 failed
 *     3 --activate--> 5 activation initiated --restart, image_boot--> image_confirm --> 6 successful | 7 failed
 *
 * Initiate begins anew from any state, but not while an image is on trial. Everything but the verification itself
 * survives a cut of the power: a transfer goes on with the blocks that are missing.
 *
 * A block is written where it belongs in the slot that does not run, read back, and then marked with an octet of its
 * own. The slot is erased block by block, ahead of the client. After a cut, a block of flash without a mark is erased
 * once more, since a torn erase can look like a whole one. An image block that a cut has torn is mended: the marked
 * neighbours go to a scratch block, the place is erased, they come back. So no mark is ever taken away.
 *
 * Source  DLMS UA 1000-1, class_id 18 version 0; object-model.md 1.12 and decision 13; SPEC.md.
 * Step    image_step does one of these: erases a block; writes or copies an image block; checks a slice
 *         (meter/image_check.h).
 * RAM     304 octets and 88 of struct image_slots on a 32-bit core. Stack: image_check_step with the signature.
 * Errors  What is refused has changed nothing. STATUS_DENIED: not in this state, or not enabled; STATUS_BUSY: the same
 *         call will succeed later, after image_step; STATUS_FAILED: the flash did not do it.
 * Context main loop only, no globals.
 */
#ifndef METER_IMAGE_H
#define METER_IMAGE_H

#include "meter/image_slots.h"

/* What of the state region's first block is left for marks limits the count of image blocks. */
#define IMAGE_MARKS_AT   16u
#define IMAGE_BLOCKS_MAX (BOARD_FLASH_BLOCK - IMAGE_MARKS_AT)

enum image_repair { REPAIR_NONE, REPAIR_ERASE_SCRATCH, REPAIR_SAVE, REPAIR_ERASE, REPAIR_RESTORE };

struct image {
    struct image_slots *slots; /* its record holds status and size */
    struct image_version version;
    bool marks_ready;
    bool stuck;       /* the flash does not erase: no use to try again by itself */
    bool restart_due; /* activated: the caller restarts the meter once it has answered */
    bool verifying;
    uint16_t erased;  /* blocks of the slot, from its first, that are ready */
    uint16_t missing; /* no image block before this one is missing */
    enum image_repair repair;
    uint16_t repair_block;    /* of the slot */
    uint16_t repair_at;       /* image block within it */
    struct image_check check; /* its header counts in the states 3 and 5, its fault in state 4 until the next restart */
};

/* `version` is that of the running program. The slots are mounted, and booted where this program does so itself. */
void image_mount(struct image *image, struct image_slots *slots, const struct image_version *version);

/* image_transfer_enabled; false at first. */
bool image_enabled(const struct image *image);
enum status image_enable(struct image *image, bool enabled);

enum image_status image_status(const struct image *image);

/* The image that is transferred, 0 octets when there is none. */
uint32_t image_size(const struct image *image);
uint16_t image_block_count(const struct image *image);

/* The number of the first block that has not arrived; image_block_count if all have. Reads 64
 * marks at a time, and those that it has found once no more. */
uint16_t image_first_missing(struct image *image);

/* `count` octets of image_transferred_blocks_status: bit 7 of the first is that of block 8 * `first`, 1 if it has
 * arrived. Behind the last block there are zeros. */
void image_bitmap(const struct image *image, uint16_t first, uint8_t *octets, uint16_t count);

/* Begins anew. The identifier is the client's name for it: 1..IMAGE_IDENTIFIER_MAX octets, not kept, because the image
 * brings its signed one. STATUS_RANGE: another length, or a size of 0 or beyond the slot. STATUS_BUSY: an image is on
 * trial. One record is written. */
enum status image_initiate(struct image *image, const uint8_t *identifier, size_t identifier_size, uint32_t size);

/* Takes a block. STATUS_RANGE: no such number, or a length that is not its own. STATUS_DENIED: also for a block that
 * has arrived with other octets; the same ones are good. STATUS_BUSY: its place is not erased yet. Two programs. */
enum status image_block(struct image *image, uint32_t number, const uint8_t *octets, size_t size);

/* STATUS_BUSY: it goes on. STATUS_OK: the status is 3. STATUS_MALFORMED: the status is 4, image->check.fault says why.
 * STATUS_DENIED: blocks are missing, the status stays. Asking again tells the result again. */
enum status image_verify(struct image *image);

/* In state 3: from now on the new image is the one to start. The caller answers the client, then restarts the meter
 * (image->restart_due). One record is written. */
enum status image_activate(struct image *image);

/* What image_to_activate_info shows in the states 3 and 5: the header, and the signature of the image.
 * STATUS_UNDEFINED: there is none. */
enum status image_to_activate(struct image *image, struct image_header *header,
                              uint8_t signature[ECDSA_SIGNATURE_SIZE]);

/* To be called when there is time. STATUS_BUSY: there is more to do. STATUS_OK: nothing is left. A change of the status
 * from 2 to 3 is event 17, to 4 event 51; image_confirm is event 18. */
enum status image_step(struct image *image);

#endif
