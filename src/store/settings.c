#include "store/settings.h"

#include <stdbool.h>
#include <string.h>

#include "base/crc.h"
#include "store/flash.h"

enum {
    MAGIC = 0xB5,
    VERSION = 2,
    HEADER_COPY = 16,
    HEADER = 2 * HEADER_COPY,
    UNIT = 8, /* records begin on multiples of it */
    AT_DIGEST = 4,
    RECORD_HEAD = 8,   /* key, size, zero, digest */
    RECORD_EXTRA = 12, /* and the CRC */
    RECORD_MAX = 264,  /* two pages in memory hold one from the last unit of the first on */
    NO_BLOCK = 0xFF,
    WRITE_TRIES = 2,
    /* What a block holds at least before a record does not fit any more. */
    BLOCK_FILL = BOARD_FLASH_BLOCK - HEADER - RECORD_MAX + UNIT
};

_Static_assert(SETTINGS_KEYS_MAX <= 255 && SETTINGS_BLOCKS_MAX <= 16, "they are counted in octets, and bits");
_Static_assert(RECORD_MAX >= SETTINGS_VALUE_MAX + RECORD_EXTRA && RECORD_MAX % UNIT == 0, "a record must fit");

static uint32_t address_of(const struct settings *s, uint32_t block)
{
    return (s->region.first + block) * BOARD_FLASH_BLOCK;
}

static uint32_t block_at(uint32_t place)
{
    return place * UNIT / BOARD_FLASH_BLOCK;
}

/* Octets that a record with such a value takes. */
static uint32_t record_size(uint32_t value_size)
{
    return (value_size + RECORD_EXTRA + UNIT - 1) / UNIT * UNIT;
}

/* The CRC begins with the record's place, so that no other octets can be taken for a record: not those of a value, not
 * those of an earlier use of the block. */
static uint32_t record_crc(const struct settings *s, uint32_t block, uint32_t offset, const uint8_t *record)
{
    uint8_t place[6];
    flash_put32(place, s->serial[block]);
    flash_put16(place + 4, (uint16_t)offset);
    return crc32_add(crc32_add(0, place, sizeof place), record, RECORD_HEAD + (size_t)record[2]);
}

/* The size of the record at `offset` of a block, 0 if there is none. RECORD_MAX octets can be read at `record`. */
static uint32_t check_record(const struct settings *s, uint32_t block, uint32_t offset, const uint8_t *record)
{
    uint32_t size = record_size(record[2]);
    if (flash_get16(record) == SETTINGS_KEY_NONE || record[2] > SETTINGS_VALUE_MAX || record[3] != 0 ||
        size > BOARD_FLASH_BLOCK - offset ||
        flash_get32(record + RECORD_HEAD + record[2]) != record_crc(s, block, offset, record)) {
        return 0;
    }
    return size;
}

/* Index ----------------------------------------------------------------------- */

/* The place of a key in the index, `count` if it is not there. */
static uint32_t find(const struct settings *s, uint16_t key)
{
    uint32_t i = 0;
    while (i < s->count && s->index[i].key != key) {
        i++;
    }
    return i;
}

static void forget(struct settings *s, struct settings_entry *entry)
{
    s->live[block_at(entry->place)] = (uint16_t)(s->live[block_at(entry->place)] - record_size(entry->size));
    *entry = s->index[--s->count];
}

/* What an entry adds to the digest. */
static uint32_t digest_of(const struct settings *s, const struct settings_entry *entry)
{
    uint8_t octets[8];
    flash_put16(octets, entry->key);
    flash_put16(octets + 2, entry->place);
    flash_put32(octets + 4, s->serial[block_at(entry->place)]);
    return crc32_add(0, octets, sizeof octets);
}

/* Of all records that count but that of one key. */
static uint32_t digest_without(const struct settings *s, uint16_t key)
{
    uint32_t digest = s->lost;
    for (uint32_t i = 0; i < s->count; i++) {
        digest ^= s->index[i].key == key ? 0 : digest_of(s, &s->index[i]);
    }
    return digest;
}

/* An entry whose record has rotted: the digests go on with it. */
static void lose(struct settings *s, struct settings_entry *entry)
{
    s->lost ^= digest_of(s, entry);
    s->failed = true;
    forget(s, entry);
}

/* From now on the record at `offset` of a block counts. False if the index is full. */
static bool enter(struct settings *s, uint32_t block, uint32_t offset, const uint8_t *record)
{
    uint16_t key = flash_get16(record);
    uint32_t old = find(s, key);
    if (old < s->count) {
        forget(s, &s->index[old]);
    }
    if (s->count >= SETTINGS_KEYS_MAX) {
        return false;
    }
    s->index[s->count++] = (struct settings_entry){
        .key = key,
        .place = (uint16_t)((block * BOARD_FLASH_BLOCK + offset) / UNIT),
        .size = record[2],
    };
    s->live[block] = (uint16_t)(s->live[block] + record_size(record[2]));
    return true;
}

/* Reads the record of an entry whole; false if it has rotted. */
static bool read_entry(const struct settings *s, const struct settings_entry *entry, uint8_t record[RECORD_MAX])
{
    uint32_t offset = (uint32_t)entry->place * UNIT;
    return board_flash_read(s->board, s->region.first * BOARD_FLASH_BLOCK + offset, record, record_size(entry->size)) ==
               STATUS_OK &&
           record[2] == entry->size && flash_get16(record) == entry->key &&
           check_record(s, block_at(entry->place), offset % BOARD_FLASH_BLOCK, record) != 0;
}

/* Mounting -------------------------------------------------------------------- */

static enum status decode_header(const struct settings *s, const uint8_t octets[HEADER_COPY], uint32_t *serial)
{
    if (octets[0] != MAGIC || flash_get32(octets + 12) != crc32_add(0, octets, 12)) {
        return STATUS_MALFORMED;
    }
    if (octets[1] != VERSION) {
        return STATUS_INCONSISTENT;
    }
    *serial = flash_get16(octets + 2) == s->region.blocks ? flash_get32(octets + 4) : 0;
    return STATUS_OK;
}

static enum status read_headers(struct settings *s)
{
    for (uint32_t block = 0; block < s->region.blocks; block++) {
        uint8_t octets[HEADER];
        if (board_flash_read(s->board, address_of(s, block), octets, sizeof octets) != STATUS_OK) {
            continue;
        }
        enum status status = decode_header(s, octets, &s->serial[block]);
        if (status == STATUS_MALFORMED) {
            status = decode_header(s, octets + HEADER_COPY, &s->serial[block]);
        }
        if (status == STATUS_INCONSISTENT) {
            return status;
        }
    }
    return STATUS_OK;
}

struct newest {
    uint16_t key;
    uint32_t digest;
};

/* Enters the records of a block, sets the end behind the last one, and takes its digest. Two pages in memory at a time
 * so that each page is read once. Behind what is not a record the next one is looked for unit by unit. */
static enum status scan(struct settings *s, uint32_t block, struct newest *newest)
{
    uint8_t pages[2 * BOARD_FLASH_PAGE];
    uint32_t offset = HEADER;
    s->end = HEADER;
    memset(pages, 0xFF, sizeof pages);
    for (uint32_t start = 0; start <= BOARD_FLASH_BLOCK; start += BOARD_FLASH_PAGE) {
        memmove(pages, pages + BOARD_FLASH_PAGE, BOARD_FLASH_PAGE);
        if (start == BOARD_FLASH_BLOCK || board_flash_read(s->board, address_of(s, block) + start,
                                                           pages + BOARD_FLASH_PAGE, BOARD_FLASH_PAGE) != STATUS_OK) {
            memset(pages + BOARD_FLASH_PAGE, 0xFF, BOARD_FLASH_PAGE);
        }
        while (offset < start) {
            const uint8_t *record = pages + (offset + BOARD_FLASH_PAGE - start);
            uint32_t size = check_record(s, block, offset, record);
            if (size != 0 && !enter(s, block, offset, record)) {
                return STATUS_SPACE;
            }
            offset += size != 0 ? size : UNIT;
            if (size != 0) {
                s->end = (uint16_t)offset;
                newest->key = flash_get16(record);
                newest->digest = flash_get32(record + AT_DIGEST);
            }
        }
    }
    return STATUS_OK;
}

/* The oldest block after `serial`, NO_BLOCK if there is none. */
static uint32_t next_block(const struct settings *s, uint32_t serial)
{
    uint32_t next = NO_BLOCK;
    for (uint32_t block = 0; block < s->region.blocks; block++) {
        if (s->serial[block] > serial && (next == NO_BLOCK || s->serial[block] < s->serial[next])) {
            next = block;
        }
    }
    return next;
}

static enum status scan_all(struct settings *s)
{
    struct newest newest = { .key = SETTINGS_KEY_NONE };
    for (uint32_t block = next_block(s, 0); block != NO_BLOCK; block = next_block(s, s->newest)) {
        enum status status = scan(s, block, &newest);
        if (status != STATUS_OK) {
            return status;
        }
        s->newest = s->serial[block];
        s->head = (uint8_t)block;
    }
    s->lost = digest_without(s, newest.key) ^ newest.digest;
    s->failed = s->lost != 0;
    return STATUS_OK;
}

enum status settings_mount(struct settings *s, struct board *board, const struct board_region *region)
{
    memset(s, 0, sizeof *s);
    s->head = NO_BLOCK;
    s->end = BOARD_FLASH_BLOCK;
    if (region->blocks < SETTINGS_BLOCKS_MIN || region->blocks > SETTINGS_BLOCKS_MAX) {
        return STATUS_RANGE;
    }
    s->board = board;
    s->region = *region;
    enum status status = read_headers(s);
    if (status == STATUS_OK) {
        status = scan_all(s);
    }
    if (status != STATUS_OK) {
        s->region.blocks = 0;
        s->count = 0;
        return status;
    }
    for (uint32_t block = 0; block < region->blocks; block++) {
        if (block == s->head) {
            /* behind the last record, which may end in blank octets, and behind one that a cut has torn */
            uint32_t used = (flash_used(board, region->first + block) + UNIT - 1) / UNIT * UNIT;
            s->end = (uint16_t)(used > s->end ? used : s->end);
        } else if (s->live[block] == 0) {
            s->serial[block] = 0;
        }
    }
    return STATUS_OK;
}

/* Reading --------------------------------------------------------------------- */

enum status settings_get(const struct settings *s, uint16_t key, uint8_t *value, size_t max, size_t *size)
{
    uint8_t record[RECORD_MAX];
    uint32_t i = find(s, key);
    if (i == s->count || !read_entry(s, &s->index[i], record)) {
        return STATUS_UNDEFINED;
    }
    const struct settings_entry *entry = &s->index[i];
    if (entry->size > max) {
        return STATUS_SPACE;
    }
    memcpy(value, record + RECORD_HEAD, entry->size);
    *size = entry->size;
    return STATUS_OK;
}

/* Writing --------------------------------------------------------------------- */

static bool is_free(const struct settings *s, uint32_t block)
{
    return s->serial[block] == 0 && (s->bad >> block & 1u) == 0;
}

static uint32_t count_free(const struct settings *s)
{
    uint32_t count = 0;
    for (uint32_t block = 0; block < s->region.blocks; block++) {
        count += is_free(s, block);
    }
    return count;
}

static enum status write_header(const struct settings *s, uint32_t block)
{
    uint8_t octets[HEADER] = { MAGIC, VERSION };
    flash_put16(octets + 2, s->region.blocks);
    flash_put32(octets + 4, s->newest + 1);
    flash_put32(octets + 12, crc32_add(0, octets, 12));
    memcpy(octets + HEADER_COPY, octets, HEADER_COPY);
    return flash_write(s->board, address_of(s, block), octets, sizeof octets);
}

/* Makes the next free block after the head the head. */
static enum status open_block(struct settings *s)
{
    for (uint32_t step = 1; step <= s->region.blocks; step++) {
        uint32_t block = (s->head == NO_BLOCK ? step - 1 : s->head + step) % s->region.blocks;
        if (!is_free(s, block)) {
            continue;
        }
        if (flash_erase(s->board, s->region.first + block) == STATUS_OK && write_header(s, block) == STATUS_OK) {
            s->serial[block] = ++s->newest;
            s->head = (uint8_t)block;
            s->end = HEADER;
            return STATUS_OK;
        }
        s->bad = (uint16_t)(s->bad | 1u << block);
        s->failed = true;
    }
    return STATUS_FAILED;
}

/* Adds a record to the head, where there is room for it, and lets it count. */
static enum status append(struct settings *s, uint8_t record[RECORD_MAX])
{
    uint32_t size = RECORD_EXTRA + (uint32_t)record[2];
    uint32_t offset = s->end;
    s->end = (uint16_t)(offset + record_size(record[2]));
    flash_put32(record + AT_DIGEST, digest_without(s, flash_get16(record)));
    flash_put32(record + RECORD_HEAD + record[2], record_crc(s, s->head, offset, record));
    enum status status = flash_write(s->board, address_of(s, s->head) + offset, record, size);
    if (status != STATUS_OK) {
        s->failed = true;
        s->end = BOARD_FLASH_BLOCK; /* no more into a block that fails */
        return STATUS_FAILED;
    }
    return enter(s, s->head, offset, record) ? STATUS_OK : STATUS_SPACE;
}

/* The block with the fewest octets that count, but not the head. */
static uint32_t find_victim(const struct settings *s)
{
    uint32_t victim = NO_BLOCK;
    for (uint32_t block = 0; block < s->region.blocks; block++) {
        if (s->serial[block] != 0 && block != s->head && (victim == NO_BLOCK || s->live[block] < s->live[victim])) {
            victim = block;
        }
    }
    return victim;
}

/* Copies what counts in a block to the head. What has rotted meanwhile is lost. */
static enum status copy_on(struct settings *s, uint32_t victim)
{
    for (uint32_t i = s->count; i > 0; i--) {
        /* From the end: the copy's entry comes last, and the one that fills its place has been looked at. */
        struct settings_entry *entry = &s->index[i - 1];
        uint8_t record[RECORD_MAX];
        if (block_at(entry->place) != victim) {
            continue;
        }
        if (!read_entry(s, entry, record)) {
            lose(s, entry);
            continue;
        }
        if (record_size(entry->size) > BOARD_FLASH_BLOCK - (uint32_t)s->end) {
            return STATUS_SPACE;
        }
        enum status status = append(s, record);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* Frees a block. What counts in it goes to the head, or to the spare block if the head has no room for all of it. */
static enum status compact(struct settings *s)
{
    uint32_t victim = find_victim(s);
    if (victim == NO_BLOCK) {
        return STATUS_FAILED;
    }
    if (s->live[victim] > BOARD_FLASH_BLOCK - (uint32_t)s->end && count_free(s) > 0) {
        enum status status = open_block(s);
        if (status != STATUS_OK) {
            return status;
        }
    }
    enum status status = copy_on(s, victim);
    if (status == STATUS_OK) {
        s->serial[victim] = 0;
    }
    return status;
}

/* Room for a record in the head. Each turn opens a block or frees one. Without a free block a compaction was cut: the
 * room in the head is needed to end it. */
static enum status make_room(struct settings *s, uint32_t size)
{
    for (uint32_t turn = 0; turn < 2u * s->region.blocks; turn++) {
        uint32_t free = count_free(s);
        if (free > 0 && size <= BOARD_FLASH_BLOCK - (uint32_t)s->end) {
            return STATUS_OK;
        }
        enum status status = free > 1 ? open_block(s) : compact(s);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_SPACE;
}

static bool fits(const struct settings *s, uint32_t size)
{
    for (uint32_t block = 0; block < s->region.blocks; block++) {
        size += s->live[block];
    }
    return size <= (s->region.blocks - 3u) * BLOCK_FILL;
}

enum status settings_set(struct settings *s, uint16_t key, const uint8_t *value, size_t size)
{
    uint8_t record[RECORD_MAX];
    if (s->region.blocks == 0) {
        return STATUS_DENIED;
    }
    if (key == SETTINGS_KEY_NONE || size > SETTINGS_VALUE_MAX) {
        return STATUS_RANGE;
    }
    uint32_t i = find(s, key);
    if (i < s->count) {
        if (!read_entry(s, &s->index[i], record)) {
            lose(s, &s->index[i]);
            i = s->count;
        } else if (record[2] == size && memcmp(record + RECORD_HEAD, value, size) == 0) {
            return STATUS_OK;
        }
    }
    if ((i == s->count && i >= SETTINGS_KEYS_MAX) || !fits(s, record_size((uint32_t)size))) {
        return STATUS_SPACE;
    }
    enum status status = STATUS_FAILED;
    for (uint32_t tries = 0; tries < WRITE_TRIES && status == STATUS_FAILED; tries++) {
        status = make_room(s, record_size((uint32_t)size));
        if (status == STATUS_OK) {
            flash_put16(record, key);
            record[2] = (uint8_t)size;
            record[3] = 0;
            memcpy(record + RECORD_HEAD, value, size);
            status = append(s, record);
        }
    }
    return status;
}

void settings_told(struct settings *s)
{
    uint8_t record[RECORD_MAX];
    if (s->lost == 0) {
        return;
    }
    s->lost = 0;
    if (s->count > 0 && read_entry(s, &s->index[0], record) && make_room(s, record_size(record[2])) == STATUS_OK) {
        (void)append(s, record);
    }
}
