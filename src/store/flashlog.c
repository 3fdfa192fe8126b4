#include "store/flashlog.h"

#include <string.h>

#include "base/crc.h"
#include "store/flash.h"

enum { MAGIC = 0xB7, VERSION = 1, HEADER_COPY = FLASHLOG_HEADER / 2, PIECE = 64, WRITE_TRIES = 2 };

/* The head of each block. Block `serial` stands at serial modulo the blocks of the region. */
struct header {
    uint32_t serial;
    uint32_t generation;
    uint32_t origin; /* serial number of the generation's first block */
    uint32_t first;  /* sequence number of the block's first row */
    uint16_t row_size;
    uint16_t descriptor_size;
    uint32_t descriptor_crc;
};

/* Blocks ---------------------------------------------------------------------- */

static uint32_t block_of(const struct flashlog *log, uint32_t serial)
{
    return log->region.first + serial % log->region.blocks;
}

static uint32_t address_of(const struct flashlog *log, uint32_t serial)
{
    return block_of(log, serial) * BOARD_FLASH_BLOCK;
}

static uint32_t block_rows(const struct flashlog *log)
{
    return FLASHLOG_BLOCK_ROWS(log->row_size, (uint32_t)log->descriptor_size);
}

static uint32_t slot_address(const struct flashlog *log, uint32_t serial, uint32_t slot)
{
    return address_of(log, serial) + FLASHLOG_HEADER + log->descriptor_size +
           slot * ((uint32_t)log->row_size + FLASHLOG_ROW_EXTRA);
}

static void encode_header(const struct flashlog *log, const struct header *h, uint8_t octets[HEADER_COPY])
{
    octets[0] = MAGIC;
    octets[1] = VERSION;
    flash_put16(octets + 2, log->region.blocks);
    flash_put32(octets + 4, h->serial);
    flash_put32(octets + 8, h->generation);
    flash_put32(octets + 12, h->origin);
    flash_put32(octets + 16, h->first);
    flash_put16(octets + 20, h->row_size);
    flash_put16(octets + 22, h->descriptor_size);
    flash_put32(octets + 24, h->descriptor_crc);
    flash_put32(octets + 28, crc32_add(0, octets, HEADER_COPY - 4));
}

/* One copy of the header of the block at `position`. */
static enum status decode_header(const struct flashlog *log, const uint8_t octets[HEADER_COPY], uint32_t position,
                                 struct header *h)
{
    if (octets[0] != MAGIC || flash_get32(octets + 28) != crc32_add(0, octets, HEADER_COPY - 4)) {
        return STATUS_MALFORMED;
    }
    if (octets[1] != VERSION) {
        return STATUS_INCONSISTENT;
    }
    *h = (struct header){
        .serial = flash_get32(octets + 4),
        .generation = flash_get32(octets + 8),
        .origin = flash_get32(octets + 12),
        .first = flash_get32(octets + 16),
        .row_size = flash_get16(octets + 20),
        .descriptor_size = flash_get16(octets + 22),
        .descriptor_crc = flash_get32(octets + 24),
    };
    bool sound = flash_get16(octets + 2) == log->region.blocks && h->serial % log->region.blocks == position &&
                 h->origin != 0 && h->origin <= h->serial && h->generation != 0 && h->row_size != 0 &&
                 h->row_size <= FLASHLOG_ROW_MAX && h->descriptor_size <= FLASHLOG_DESCRIPTOR_MAX;
    return sound ? STATUS_OK : STATUS_MALFORMED;
}

static enum status read_header(const struct flashlog *log, uint32_t position, struct header *h)
{
    uint8_t octets[FLASHLOG_HEADER];
    if (board_flash_read(log->board, address_of(log, position), octets, sizeof octets) != STATUS_OK) {
        return STATUS_MALFORMED;
    }
    enum status status = decode_header(log, octets, position, h);
    if (status == STATUS_MALFORMED) {
        status = decode_header(log, octets + HEADER_COPY, position, h);
    }
    return status;
}

/* The header of block `serial` if it is there and of this generation. */
static bool find_header(const struct flashlog *log, uint32_t serial, struct header *h)
{
    return read_header(log, serial % log->region.blocks, h) == STATUS_OK && h->serial == serial &&
           h->generation == log->generation;
}

/* Rows ------------------------------------------------------------------------ */

/* A row as it stands in flash. */
struct slot {
    uint8_t octets[FLASHLOG_ROW_MAX + FLASHLOG_ROW_EXTRA];
};

/* True if there is a whole row in the slot; its sequence number then. The payload is behind that. */
static inline bool read_row(const struct flashlog *log, uint32_t serial, uint32_t slot, struct slot *row,
                            uint32_t *sequence)
{
    size_t size = log->row_size + 4u;
    if (board_flash_read(log->board, slot_address(log, serial, slot), row->octets, size + 4) != STATUS_OK ||
        flash_get32(row->octets + size) != crc32_add(0, row->octets, size)) {
        return false;
    }
    *sequence = flash_get32(row->octets);
    return true;
}

static enum status write_row(struct flashlog *log, const uint8_t *row)
{
    uint8_t octets[FLASHLOG_ROW_MAX + FLASHLOG_ROW_EXTRA];
    size_t size = log->row_size + 4u;
    flash_put32(octets, log->next);
    memcpy(octets + 4, row, log->row_size);
    flash_put32(octets + size, crc32_add(0, octets, size));
    uint32_t address = slot_address(log, log->head, log->slot);
    log->slot++;
    return flash_write(log->board, address, octets, size + 4);
}

/* A block holds the rows from its first on, one more in each slot, but for slots that were torn: so the row stands in
 * its own slot or after it. */
static enum status read_in_block(const struct flashlog *log, uint32_t sequence, uint8_t *row)
{
    struct slot octets;
    uint32_t end = log->found == log->head ? log->slot : block_rows(log);
    for (uint32_t slot = sequence - log->found_first; slot < end; slot++) {
        uint32_t there = 0;
        if (read_row(log, log->found, slot, &octets, &there)) {
            if (there == sequence) {
                memcpy(row, octets.octets + 4, log->row_size);
                return STATUS_OK;
            }
            if (there > sequence) {
                break;
            }
        }
    }
    return STATUS_MALFORMED;
}

/* Finds the last block that begins at or before the row. Blocks without a header have no rows to be found. */
static void find_block(struct flashlog *log, uint32_t sequence)
{
    struct header h;
    log->found = log->tail;
    log->found_first = log->oldest;
    for (uint32_t low = log->tail + 1, high = log->head + 1; low < high;) {
        uint32_t middle = low + (high - low) / 2;
        uint32_t probe = middle;
        bool there = find_header(log, probe, &h);
        while (!there && probe > low) {
            probe--;
            there = find_header(log, probe, &h);
        }
        if (there && h.first > sequence) {
            high = probe;
        } else {
            low = middle + 1;
            if (there) {
                log->found = probe;
                log->found_first = h.first;
            }
        }
    }
}

/* Where the block is if none was passed over and no row was torn since: one page read instead of a search. */
static bool guess_block(struct flashlog *log, uint32_t sequence)
{
    struct header h;
    uint32_t rows = block_rows(log);
    uint32_t back = sequence >= log->head_first ? 0 : (log->head_first - sequence + rows - 1) / rows;
    bool there = log->head - log->tail >= back && find_header(log, log->head - back, &h) && h.first <= sequence;
    if (there) {
        log->found = h.serial;
        log->found_first = h.first;
    }
    return there;
}

enum status flashlog_read(struct flashlog *log, uint32_t sequence, uint8_t *row)
{
    if (sequence < log->oldest || sequence >= log->next) {
        return STATUS_UNDEFINED;
    }
    if (log->found >= log->tail && sequence >= log->found_first && log->found != 0 &&
        read_in_block(log, sequence, row) == STATUS_OK) {
        return STATUS_OK;
    }
    if (guess_block(log, sequence) && read_in_block(log, sequence, row) == STATUS_OK) {
        return STATUS_OK;
    }
    find_block(log, sequence);
    return read_in_block(log, sequence, row);
}

uint32_t flashlog_first(const struct flashlog *log, uint32_t rows)
{
    return log->next - log->oldest > rows ? log->next - rows : log->oldest;
}

/* Mounting -------------------------------------------------------------------- */

/* The newest of the first FLASHLOG_BAD_RUN blocks that have a header; if none has, the first one after them. As no more
 * blocks than that are bad in a row, it has been written in the same lap as the head, or the head comes last. */
static enum status find_anchor(const struct flashlog *log, struct header *anchor)
{
    enum status status = STATUS_UNDEFINED;
    for (uint32_t position = 0; position < log->region.blocks; position++) {
        struct header h;
        enum status one = read_header(log, position, &h);
        if (one == STATUS_INCONSISTENT) {
            return one;
        }
        if (one == STATUS_OK && (status != STATUS_OK || h.serial > anchor->serial)) {
            *anchor = h;
            status = STATUS_OK;
        }
        if (status == STATUS_OK && position + 1 >= FLASHLOG_BAD_RUN) {
            break;
        }
    }
    return status;
}

/* The positions up to the head's were written in the anchor's lap, those after it in the one before: binary search. */
static void find_head(const struct flashlog *log, struct header *head)
{
    uint32_t blocks = log->region.blocks;
    uint32_t lap = head->serial / blocks;
    for (uint32_t low = head->serial % blocks + 1, high = blocks; low < high;) {
        uint32_t middle = low + (high - low) / 2;
        bool newer = false;
        for (uint32_t p = middle; p < high && p < middle + FLASHLOG_BAD_RUN && !newer; p++) {
            struct header h;
            newer = read_header(log, p, &h) == STATUS_OK && h.serial / blocks == lap;
            if (newer) {
                *head = h;
                low = p + 1;
            }
        }
        if (!newer) {
            high = middle;
        }
    }
}

static void adopt(struct flashlog *log, const struct header *head)
{
    log->generation = head->generation;
    log->row_size = head->row_size;
    log->descriptor_size = head->descriptor_size;
    log->descriptor_crc = head->descriptor_crc;
    log->origin = head->origin;
    log->head = head->serial;
    log->head_first = head->first;
    log->slot = 0;
}

/* The oldest block from `from` on that still has rows of this generation. */
static void find_tail(struct flashlog *log, uint32_t from)
{
    struct header h = { 0 };
    log->tail = from > log->origin ? from : log->origin;
    while (log->tail < log->head && !find_header(log, log->tail, &h)) {
        log->tail++;
    }
    log->oldest = log->tail < log->head ? h.first : log->head_first;
}

/* The next free slot of the head is the one after the last octet that is not blank, torn or not. */
static void find_end(struct flashlog *log)
{
    struct slot row;
    uint32_t size = (uint32_t)log->row_size + FLASHLOG_ROW_EXTRA;
    uint32_t used = flash_used(log->board, block_of(log, log->head));
    uint32_t start = FLASHLOG_HEADER + log->descriptor_size;
    uint32_t slot = used > start ? (used - start + size - 1) / size : 0;
    log->slot = (uint16_t)(slot < block_rows(log) ? slot : block_rows(log));
    log->next = log->head_first;
    for (slot = log->slot; slot > 0; slot--) {
        uint32_t sequence = 0;
        if (read_row(log, log->head, slot - 1, &row, &sequence) && sequence - log->head_first < slot) {
            log->next = sequence + 1;
            break;
        }
    }
}

/* The oldest serial number that may be there beside `newest`. */
static uint32_t one_lap_before(const struct flashlog *log, uint32_t newest)
{
    return newest >= log->region.blocks ? newest - log->region.blocks + 1 : 1;
}

enum status flashlog_mount(struct flashlog *log, struct board *board, const struct board_region *region)
{
    struct header head = { 0 };
    *log = (struct flashlog){ .board = board, .region = *region, .ahead = 1 };
    if (region->blocks < FLASHLOG_BLOCKS_MIN) {
        return STATUS_RANGE;
    }
    enum status status = find_anchor(log, &head);
    if (status != STATUS_OK) {
        return status;
    }
    find_head(log, &head);
    adopt(log, &head);
    log->ahead = log->head + 1;
    find_tail(log, one_lap_before(log, log->head));
    find_end(log);
    return STATUS_OK;
}

/* Writing --------------------------------------------------------------------- */

enum status flashlog_step(struct flashlog *log)
{
    if (log->ready || log->region.blocks < FLASHLOG_BLOCKS_MIN) {
        return STATUS_OK;
    }
    if (log->ahead - log->head >= log->region.blocks || log->ahead - log->head >= FLASHLOG_BAD_RUN) {
        log->ahead = log->head + 1; /* all have failed: once more from the beginning */
    }
    if (log->generation != 0 && log->tail < one_lap_before(log, log->ahead)) {
        find_tail(log, one_lap_before(log, log->ahead));
    }
    enum status status = flash_erase(log->board, block_of(log, log->ahead));
    if (status == STATUS_OK) {
        log->ready = true;
    } else {
        log->failed = true;
        log->ahead++;
    }
    return status;
}

/* A piece of the generation's descriptor, as it stands in block `serial`. */
static enum status read_piece(const struct flashlog *log, uint32_t serial, uint32_t offset, uint8_t *piece, size_t size)
{
    return board_flash_read(log->board, address_of(log, serial) + FLASHLOG_HEADER + offset, piece, size);
}

static uint32_t piece_size(const struct flashlog *log, uint32_t offset)
{
    uint32_t left = log->descriptor_size - offset;
    return left < PIECE ? left : PIECE;
}

/* The newest block with an intact descriptor; 0: none. */
static uint32_t find_descriptor(const struct flashlog *log)
{
    for (uint32_t serial = log->head; serial >= log->tail && serial != 0; serial--) {
        struct header h;
        uint32_t crc = 0;
        bool there = find_header(log, serial, &h);
        for (uint32_t offset = 0; there && offset < log->descriptor_size; offset += PIECE) {
            uint8_t piece[PIECE];
            there = read_piece(log, serial, offset, piece, piece_size(log, offset)) == STATUS_OK;
            crc = there ? crc32_add(crc, piece, piece_size(log, offset)) : 0;
        }
        if (there && crc == log->descriptor_crc) {
            return serial;
        }
    }
    return 0;
}

enum status flashlog_descriptor(const struct flashlog *log, uint8_t *descriptor)
{
    uint32_t serial = find_descriptor(log);
    if (serial == 0) {
        return STATUS_MALFORMED;
    }
    return log->descriptor_size == 0 ? STATUS_OK : read_piece(log, serial, 0, descriptor, log->descriptor_size);
}

/* Copies the descriptor into a block that follows in the same generation. One that is lost stays lost; the rows do not
 * depend on it. */
static enum status copy_descriptor(const struct flashlog *log, uint32_t to)
{
    uint32_t from = find_descriptor(log);
    enum status status = STATUS_OK;
    for (uint32_t offset = 0; from != 0 && status == STATUS_OK && offset < log->descriptor_size; offset += PIECE) {
        uint8_t piece[PIECE];
        uint32_t size = piece_size(log, offset);
        status = read_piece(log, from, offset, piece, size);
        if (status == STATUS_OK) {
            status = flash_write(log->board, address_of(log, to) + FLASHLOG_HEADER + offset, piece, size);
        }
    }
    return status;
}

/* Fills the head of an erased block, the header last: with it the block is there. */
static enum status write_head(const struct flashlog *log, const struct header *h, const uint8_t *descriptor)
{
    uint8_t octets[FLASHLOG_HEADER];
    enum status status = descriptor == NULL ? copy_descriptor(log, h->serial)
                                            : flash_write(log->board, address_of(log, h->serial) + FLASHLOG_HEADER,
                                                          descriptor, h->descriptor_size);
    if (status != STATUS_OK) {
        return status;
    }
    encode_header(log, h, octets);
    memcpy(octets + HEADER_COPY, octets, HEADER_COPY);
    return flash_write(log->board, address_of(log, h->serial), octets, sizeof octets);
}

/* Opens the next block that can be written. A new generation (origin 0) has its descriptor, else it is copied. A part
 * that programs nothing must not have its history erased by the attempts: after WRITE_TRIES it is given up. */
static enum status open_block(struct flashlog *log, struct header *h, const uint8_t *descriptor)
{
    bool anew = h->origin == 0;
    uint32_t failures = 0;
    for (uint32_t tries = 0; tries < FLASHLOG_BAD_RUN && failures < WRITE_TRIES; tries++) {
        if (flashlog_step(log) != STATUS_OK) {
            continue;
        }
        log->ready = false;
        h->serial = log->ahead++;
        h->origin = anew ? h->serial : h->origin;
        if (write_head(log, h, descriptor) == STATUS_OK) {
            adopt(log, h);
            return STATUS_OK;
        }
        log->failed = true;
        failures++;
    }
    return STATUS_FAILED;
}

enum status flashlog_restart(struct flashlog *log, uint16_t row_size, const uint8_t *descriptor, uint16_t size)
{
    static const uint8_t nothing[1] = { 0 };
    if (log->region.blocks < FLASHLOG_BLOCKS_MIN || row_size == 0 || row_size > FLASHLOG_ROW_MAX ||
        size > FLASHLOG_DESCRIPTOR_MAX) {
        return STATUS_RANGE;
    }
    struct header h = {
        .generation = log->generation + 1,
        .first = log->next,
        .row_size = row_size,
        .descriptor_size = size,
        .descriptor_crc = crc32_add(0, descriptor, size),
    };
    enum status status = open_block(log, &h, size == 0 ? nothing : descriptor);
    if (status == STATUS_OK) {
        log->tail = log->head;
        log->oldest = log->next;
        log->found = 0;
    }
    return status;
}

static enum status open_next(struct flashlog *log)
{
    struct header h = {
        .generation = log->generation,
        .origin = log->origin,
        .first = log->next,
        .row_size = log->row_size,
        .descriptor_size = log->descriptor_size,
        .descriptor_crc = log->descriptor_crc,
    };
    return open_block(log, &h, NULL);
}

enum status flashlog_append(struct flashlog *log, const uint8_t *row)
{
    if (log->generation == 0) {
        return STATUS_DENIED;
    }
    for (uint32_t tries = 0; tries < WRITE_TRIES; tries++) {
        if ((log->slot >= block_rows(log) || tries > 0) && open_next(log) != STATUS_OK) {
            return STATUS_FAILED;
        }
        if (write_row(log, row) == STATUS_OK) {
            log->next++;
            return STATUS_OK;
        }
        log->failed = true;
    }
    return STATUS_FAILED;
}
