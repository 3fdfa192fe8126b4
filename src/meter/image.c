#include "meter/image.h"

#include <assert.h>
#include <string.h>

#include "base/crc.h"
#include "store/flash.h"

enum {
    BLOCKS_IN_FLASH_BLOCK = BOARD_FLASH_BLOCK / IMAGE_BLOCK_SIZE,
    MARK = 0, /* anything but FF counts: the block was good before its mark was begun */
    BLANK = 0xFF,
    MARKS_MAGIC = 0xB3,
    MARKS_VERSION = 1,
    MARKS_HEADER = 12,
    PIECE = 64 /* octets read at a time */
};

static_assert(BOARD_FLASH_BLOCK % IMAGE_BLOCK_SIZE == 0, "an image block lies within one block of flash");

static uint32_t minimum(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Places ------------------------------------------------------------------------------ */

static const struct board_region *slot_of(const struct image *image)
{
    return &image->slots->setup->slots[image_slots_other(image->slots)];
}

static uint32_t slot_address(const struct image *image)
{
    return slot_of(image)->first * BOARD_FLASH_BLOCK;
}

static uint32_t marks_block(const struct image *image)
{
    return image->slots->setup->state.first;
}

static uint32_t scratch_block(const struct image *image)
{
    return marks_block(image) + IMAGE_MARK_BLOCKS;
}

static uint32_t mark_address(const struct image *image, uint32_t number)
{
    return marks_block(image) * BOARD_FLASH_BLOCK + IMAGE_MARKS_AT + number;
}

static uint32_t size_max(const struct image *image)
{
    return minimum(slot_of(image)->blocks * BOARD_FLASH_BLOCK, IMAGE_BLOCKS_MAX * IMAGE_BLOCK_SIZE);
}

static uint32_t block_size(const struct image *image, uint32_t number)
{
    return minimum(IMAGE_BLOCK_SIZE, image_size(image) - number * IMAGE_BLOCK_SIZE);
}

/* Blocks of the slot that the image takes. */
static uint32_t flash_blocks(const struct image *image)
{
    return (image_size(image) + BOARD_FLASH_BLOCK - 1) / BOARD_FLASH_BLOCK;
}

/* Marks ------------------------------------------------------------------------------- */

static void write_marks_header(uint32_t serial, uint8_t octets[MARKS_HEADER])
{
    octets[0] = MARKS_MAGIC;
    octets[1] = MARKS_VERSION;
    flash_put16(octets + 2, 0);
    flash_put32(octets + 4, serial);
    flash_put32(octets + 8, crc32_add(0, octets, 8));
}

/* The serial number of the transfer that the marks are of; 0: of none. */
static uint32_t marks_serial(const struct image *image)
{
    uint8_t octets[MARKS_HEADER];
    uint8_t right[MARKS_HEADER];
    if (board_flash_read(image->slots->board, marks_block(image) * BOARD_FLASH_BLOCK, octets, sizeof octets) !=
        STATUS_OK) {
        return 0;
    }
    uint32_t serial = flash_get32(octets + 4);
    write_marks_header(serial, right);
    return memcmp(octets, right, sizeof right) == 0 ? serial : 0;
}

/* How many of `count` blocks have arrived without one that is missing before; what cannot be read has not. */
static uint32_t marked_run(const struct image *image, uint32_t number, uint32_t count)
{
    uint8_t marks[PIECE];
    uint32_t run = 0;
    while (image->marks_ready && run < count) {
        uint32_t part = minimum(count - run, PIECE);
        if (board_flash_read(image->slots->board, mark_address(image, number + run), marks, part) != STATUS_OK) {
            break;
        }
        for (uint32_t i = 0; i < part; i++, run++) {
            if (marks[i] == BLANK) {
                return run;
            }
        }
    }
    return run;
}

static bool is_marked(const struct image *image, uint32_t number)
{
    return marked_run(image, number, 1) == 1;
}

static bool any_marked(const struct image *image, uint32_t flash_block)
{
    uint32_t first = flash_block * BLOCKS_IN_FLASH_BLOCK;
    uint32_t end = minimum(first + BLOCKS_IN_FLASH_BLOCK, image_block_count(image));
    for (uint32_t number = first; number < end; number++) {
        if (is_marked(image, number)) {
            return true;
        }
    }
    return false;
}

/* What a client sees ------------------------------------------------------------------ */

static void forget(struct image *image)
{
    *image = (struct image){ .slots = image->slots, .version = image->version };
}

void image_mount(struct image *image, struct image_slots *slots, const struct image_version *version)
{
    const struct image_record *r = &slots->record;
    *image = (struct image){ .slots = slots, .version = *version };
    image->marks_ready = r->serial != 0 && marks_serial(image) == r->serial;
    if (r->status == IMAGE_INITIATED && r->repair < slot_of(image)->blocks) {
        image->repair = REPAIR_ERASE;
        image->repair_block = r->repair;
    }
}

bool image_enabled(const struct image *image)
{
    return image->slots->record.enabled;
}

enum status image_enable(struct image *image, bool enabled)
{
    struct image_record r = image->slots->record;
    if (r.enabled == enabled) {
        return STATUS_OK;
    }
    r.enabled = enabled;
    return image_slots_save(image->slots, &r);
}

enum image_status image_status(const struct image *image)
{
    return image->verifying ? IMAGE_VERIFICATION_INITIATED : (enum image_status)image->slots->record.status;
}

uint32_t image_size(const struct image *image)
{
    return image->slots->record.size;
}

uint16_t image_block_count(const struct image *image)
{
    return (uint16_t)((image_size(image) + IMAGE_BLOCK_SIZE - 1) / IMAGE_BLOCK_SIZE);
}

uint16_t image_first_missing(struct image *image)
{
    uint32_t left = (uint32_t)image_block_count(image) - image->missing;
    image->missing = (uint16_t)(image->missing + marked_run(image, image->missing, left));
    return image->missing;
}

void image_bitmap(const struct image *image, uint16_t first, uint8_t *octets, uint16_t count)
{
    uint32_t end = image_block_count(image);
    memset(octets, 0, count);
    for (uint32_t bit = 0; bit < count * 8u; bit++) {
        uint32_t number = first * 8u + bit;
        if (number < end && is_marked(image, number)) {
            octets[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
        }
    }
}

enum status image_initiate(struct image *image, const uint8_t *identifier, size_t identifier_size, uint32_t size)
{
    struct image_record r = image->slots->record;
    if (!r.enabled) {
        return STATUS_DENIED;
    }
    if (identifier == NULL || identifier_size == 0 || identifier_size > IMAGE_IDENTIFIER_MAX || size == 0 ||
        size > size_max(image)) {
        return STATUS_RANGE;
    }
    /* The other slot is what a trial falls back to, or what really runs. */
    if (r.trial || image->slots->running != r.active) {
        return STATUS_BUSY;
    }
    uint32_t old = marks_serial(image); /* later than the record's if that one has rotted */
    r.serial = (old > r.serial ? old : r.serial) + 1;
    r.size = size;
    r.status = IMAGE_INITIATED;
    r.repair = IMAGE_NO_REPAIR;
    r.spare = false;
    enum status status = image_slots_save(image->slots, &r);
    if (status == STATUS_OK) {
        forget(image);
    }
    return status;
}

/* True if `size` octets at the address are these; NULL: blank. */
static bool stands_there(const struct image *image, uint32_t address, const uint8_t *octets, uint32_t size)
{
    uint8_t piece[PIECE];
    for (uint32_t done = 0; done < size;) {
        uint32_t part = minimum(size - done, PIECE);
        if (board_flash_read(image->slots->board, address + done, piece, part) != STATUS_OK) {
            return false;
        }
        for (uint32_t i = 0; i < part; i++, done++) {
            if (piece[i] != (octets == NULL ? BLANK : octets[done])) {
                return false;
            }
        }
    }
    return true;
}

static enum status write_block(struct image *image, uint32_t number, const uint8_t *octets, uint32_t size)
{
    uint32_t address = slot_address(image) + number * IMAGE_BLOCK_SIZE;
    const uint8_t mark = MARK;
    if (!stands_there(image, address, octets, size)) {
        if (!stands_there(image, address, NULL, size)) {
            image->repair = REPAIR_ERASE_SCRATCH;
            image->repair_block = (uint16_t)(number / BLOCKS_IN_FLASH_BLOCK);
            return STATUS_BUSY;
        }
        enum status status = flash_write(image->slots->board, address, octets, size);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return flash_write(image->slots->board, mark_address(image, number), &mark, 1);
}

enum status image_block(struct image *image, uint32_t number, const uint8_t *octets, size_t size)
{
    const struct image_record *r = &image->slots->record;
    if (!r->enabled || image_status(image) != IMAGE_INITIATED) {
        return STATUS_DENIED;
    }
    if (number >= image_block_count(image) || size != block_size(image, number)) {
        return STATUS_RANGE;
    }
    if (is_marked(image, number) && image->repair == REPAIR_NONE) {
        uint32_t address = slot_address(image) + number * IMAGE_BLOCK_SIZE;
        return stands_there(image, address, octets, (uint32_t)size) ? STATUS_OK : STATUS_DENIED;
    }
    if (!image->marks_ready || image->repair != REPAIR_NONE || number / BLOCKS_IN_FLASH_BLOCK >= image->erased) {
        return image->stuck ? STATUS_FAILED : STATUS_BUSY;
    }
    return write_block(image, number, octets, (uint32_t)size);
}

enum status image_verify(struct image *image)
{
    if (!image_enabled(image)) {
        return STATUS_DENIED;
    }
    switch (image_status(image)) {
    case IMAGE_VERIFICATION_INITIATED:
        return STATUS_BUSY;
    case IMAGE_VERIFICATION_SUCCESSFUL:
        return STATUS_OK;
    case IMAGE_VERIFICATION_FAILED:
        return STATUS_MALFORMED;
    case IMAGE_INITIATED:
        break;
    case IMAGE_NOT_INITIATED:
    case IMAGE_ACTIVATION_INITIATED:
    case IMAGE_ACTIVATION_SUCCESSFUL:
    case IMAGE_ACTIVATION_FAILED:
        return STATUS_DENIED;
    }
    if (image_first_missing(image) < image_block_count(image)) {
        return STATUS_DENIED;
    }
    image_check_begin(&image->check, image->slots->board, &image->slots->setup->rules, slot_address(image),
                      image_size(image), true, &image->version);
    image->verifying = true;
    return STATUS_BUSY;
}

enum status image_activate(struct image *image)
{
    struct image_record r = image->slots->record;
    if (!r.enabled || image_status(image) != IMAGE_VERIFICATION_SUCCESSFUL) {
        return STATUS_DENIED;
    }
    r.active = (uint8_t)image_slots_other(image->slots);
    r.trial = true;
    r.status = IMAGE_ACTIVATION_INITIATED;
    enum status status = image_slots_save(image->slots, &r);
    image->restart_due = image->restart_due || status == STATUS_OK;
    return status;
}

enum status image_to_activate(struct image *image, struct image_header *header, uint8_t signature[ECDSA_SIGNATURE_SIZE])
{
    uint8_t octets[IMAGE_HEADER_SIZE];
    const struct image_slots *s = image->slots;
    enum image_status status = image_status(image);
    uint8_t slot = s->record.active;
    if (status == IMAGE_VERIFICATION_SUCCESSFUL) {
        slot = (uint8_t)image_slots_other(s);
    } else if (status != IMAGE_ACTIVATION_INITIATED) {
        return STATUS_UNDEFINED;
    }
    uint32_t address = s->setup->slots[slot].first * BOARD_FLASH_BLOCK;
    enum status done = board_flash_read(s->board, address, octets, sizeof octets);
    if (done == STATUS_OK) {
        done = image_header_read(octets, header);
    }
    if (done == STATUS_OK) {
        done = board_flash_read(s->board, address + image_size(image) - ECDSA_SIGNATURE_SIZE, signature,
                                ECDSA_SIGNATURE_SIZE);
    }
    return done;
}

/* Steps ------------------------------------------------------------------------------- */

static enum status begin_marks(struct image *image)
{
    uint8_t header[MARKS_HEADER];
    struct board *board = image->slots->board;
    enum status status = flash_erase(board, marks_block(image));
    if (status == STATUS_OK) {
        write_marks_header(image->slots->record.serial, header);
        status = flash_write(board, marks_block(image) * BOARD_FLASH_BLOCK, header, sizeof header);
    }
    image->marks_ready = status == STATUS_OK;
    return status;
}

static enum status save_repair(struct image *image, uint16_t block)
{
    struct image_record r = image->slots->record;
    r.repair = block;
    return image_slots_save(image->slots, &r);
}

static enum status copy(struct image *image, uint32_t from, uint32_t to, uint32_t size)
{
    uint8_t octets[IMAGE_BLOCK_SIZE];
    enum status status = board_flash_read(image->slots->board, from, octets, size);
    return status == STATUS_OK ? flash_write(image->slots->board, to, octets, size) : status;
}

/* Copies the next image block that has arrived between the scratch block and its place. False: none is left. */
static bool copy_next(struct image *image, bool restore, enum status *status)
{
    for (; image->repair_at < BLOCKS_IN_FLASH_BLOCK; image->repair_at++) {
        uint32_t number = image->repair_block * (uint32_t)BLOCKS_IN_FLASH_BLOCK + image->repair_at;
        if (number < image_block_count(image) && is_marked(image, number)) {
            uint32_t place = slot_address(image) + number * IMAGE_BLOCK_SIZE;
            uint32_t scratch = scratch_block(image) * BOARD_FLASH_BLOCK + image->repair_at * IMAGE_BLOCK_SIZE;
            *status = copy(image, restore ? scratch : place, restore ? place : scratch, block_size(image, number));
            image->repair_at++;
            return true;
        }
    }
    return false;
}

/* One step of mending a block of the slot. From the record that the scratch block is whole until the one that the
 * place is, a cut begins again with erasing the place. */
static enum status repair_step(struct image *image)
{
    enum status status = STATUS_OK;
    switch (image->repair) {
    case REPAIR_ERASE_SCRATCH:
    case REPAIR_ERASE:
        status = flash_erase(image->slots->board, image->repair == REPAIR_ERASE
                                                      ? (uint32_t)slot_of(image)->first + image->repair_block
                                                      : scratch_block(image));
        image->repair_at = 0;
        image->repair = image->repair == REPAIR_ERASE ? REPAIR_RESTORE : REPAIR_SAVE;
        break;
    case REPAIR_SAVE:
        if (!copy_next(image, false, &status)) {
            status = save_repair(image, image->repair_block);
            image->repair = REPAIR_ERASE;
        }
        break;
    case REPAIR_RESTORE:
        if (!copy_next(image, true, &status)) {
            status = save_repair(image, IMAGE_NO_REPAIR);
            image->repair = REPAIR_NONE;
        }
        break;
    case REPAIR_NONE:
        break;
    }
    return status;
}

static enum status erase_next(struct image *image)
{
    enum status status = STATUS_OK;
    if (!any_marked(image, image->erased)) {
        status = flash_erase(image->slots->board, (uint32_t)slot_of(image)->first + image->erased);
    }
    if (status == STATUS_OK) {
        image->erased++;
    }
    return status;
}

static enum status verify_step(struct image *image)
{
    struct image_record r = image->slots->record;
    enum status status = image_check_step(&image->check);
    if (status == STATUS_BUSY) {
        return STATUS_OK;
    }
    r.status = status == STATUS_OK ? IMAGE_VERIFICATION_SUCCESSFUL : IMAGE_VERIFICATION_FAILED;
    status = image_slots_save(image->slots, &r);
    image->verifying = false; /* a result that cannot be kept is none: the status is 1 again */
    return status;
}

/* The next thing that the transfer needs; false: nothing. */
static bool transfer_step(struct image *image, enum status *status)
{
    if (!image->marks_ready) {
        *status = begin_marks(image);
    } else if (image->repair != REPAIR_NONE) {
        *status = repair_step(image);
    } else if (image->erased < flash_blocks(image)) {
        *status = erase_next(image);
    } else {
        return false;
    }
    image->stuck = *status != STATUS_OK;
    return true;
}

enum status image_step(struct image *image)
{
    enum status status = STATUS_OK;
    if (!image->slots->log.ready && image->slots->log.generation != 0) {
        status = flashlog_step(&image->slots->log);
        return status == STATUS_OK ? STATUS_BUSY : status;
    }
    bool transferring = image_status(image) == IMAGE_INITIATED && !image->stuck;
    if (image->verifying) {
        status = verify_step(image);
    } else if (!transferring || !transfer_step(image, &status)) {
        return STATUS_OK;
    }
    return status == STATUS_OK ? STATUS_BUSY : status;
}
