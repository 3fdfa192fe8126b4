#include "meter/profile.h"

#include <assert.h>
#include <string.h>

#include "store/flash.h"

enum { VERSION = 1, DESCRIPTOR_HEAD = 7, DESCRIPTOR_COLUMN = 13 };

static_assert(DESCRIPTOR_HEAD + DESCRIPTOR_COLUMN * BILLING_COLUMNS_MAX <= FLASHLOG_DESCRIPTOR_MAX,
              "the widest profile has a descriptor that fits");

/* Descriptor ------------------------------------------------------------------ */

static uint16_t encode(const struct profile_kind *kind, const struct profile_column *columns, uint8_t count,
                       uint32_t period_s, uint8_t *octets)
{
    octets[0] = VERSION;
    octets[1] = kind->fixed;
    octets[2] = count;
    flash_put32(octets + 3, period_s);
    uint8_t *at = octets + DESCRIPTOR_HEAD;
    for (const struct profile_column *c = columns; c < columns + count; c++, at += DESCRIPTOR_COLUMN) {
        flash_put16(at, c->class_id);
        memcpy(at + 2, c->obis, sizeof c->obis);
        at[8] = (uint8_t)c->attribute;
        flash_put16(at + 9, 0); /* data_index */
        at[11] = c->tag;
        at[12] = c->width;
    }
    return (uint16_t)(at - octets);
}

/* Octets of a row with these columns; 0: there can be none. */
static uint16_t row_size_of(const struct profile_kind *kind, const struct profile_column *columns, uint8_t count)
{
    unsigned packed = 0;
    if (count == 0 || count > kind->columns_max || count > BILLING_COLUMNS_MAX) {
        return 0;
    }
    for (unsigned i = 0; i < count; i++) {
        packed += columns[i].width;
    }
    unsigned size = (unsigned)PROFILE_HEAD + kind->fixed + packed;
    return packed <= PROFILE_PACKED_MAX && size <= FLASHLOG_ROW_MAX ? (uint16_t)size : 0;
}

/* What the descriptor says, into the profile. False: not one that this version writes for this kind. */
static bool decode(struct profile *p, const uint8_t *octets, uint16_t size)
{
    if (size < DESCRIPTOR_HEAD || octets[0] != VERSION || octets[1] != p->kind->fixed ||
        octets[2] > p->kind->columns_max || size != DESCRIPTOR_HEAD + octets[2] * DESCRIPTOR_COLUMN) {
        return false;
    }
    const uint8_t *at = octets + DESCRIPTOR_HEAD;
    for (unsigned i = 0; i < octets[2]; i++, at += DESCRIPTOR_COLUMN) {
        struct profile_column *c = &p->columns[i];
        c->class_id = flash_get16(at);
        memcpy(c->obis, at + 2, sizeof c->obis);
        c->attribute = (int8_t)at[8];
        c->tag = at[11];
        c->width = at[12];
        if (flash_get16(at + 9) != 0) {
            return false;
        }
    }
    if (row_size_of(p->kind, p->columns, octets[2]) != p->log.row_size) {
        return false;
    }
    p->count = octets[2];
    p->period_s = flash_get32(octets + 3);
    return true;
}

/* As many rows as are asked for, or as there is room for with three blocks to spare (FLASHLOG_BLOCKS). */
static uint32_t rows_visible(const struct profile *p)
{
    uint32_t spare = FLASHLOG_BLOCKS(0u, p->log.row_size, (uint32_t)p->log.descriptor_size);
    uint32_t blocks = p->log.region.blocks > spare ? p->log.region.blocks - spare : 0;
    uint32_t room = blocks * FLASHLOG_BLOCK_ROWS(p->log.row_size, (uint32_t)p->log.descriptor_size);
    return room < p->kind->rows ? room : p->kind->rows;
}

/* Rows ------------------------------------------------------------------------ */

struct profile_range profile_all(const struct profile *p)
{
    if (p->count == 0) {
        return (struct profile_range){ 0 };
    }
    return (struct profile_range){ p->log.generation, flashlog_first(&p->log, p->rows_max), p->log.next };
}

enum status profile_read(struct profile *p, const struct profile_range *range, uint32_t sequence, uint8_t *octets,
                         struct profile_row *row)
{
    if (p->count == 0 || range->generation != p->log.generation || sequence < range->first || sequence >= range->end) {
        return STATUS_UNDEFINED;
    }
    enum status status = flashlog_read(&p->log, sequence, octets);
    if (status == STATUS_OK) {
        *row = (struct profile_row){
            .stamp_s = flash_get32(octets),
            .deviation_min = (int16_t)flash_get16(octets + 4),
            .clock_status = octets[6],
            .run = flash_get16(octets + 7),
            .fixed = octets + PROFILE_HEAD,
            .columns = octets + PROFILE_HEAD + p->kind->fixed,
        };
    }
    return status;
}

static int32_t minutes_s(int16_t deviation_min)
{
    return deviation_min == CALENDAR_DEVIATION_ANY ? 0 : deviation_min * (int32_t)CALENDAR_MINUTE_S;
}

/* The octets of a date-time: calendar.h. */
enum {
    AT_HOUR = CALENDAR_DATE_OCTETS,
    AT_MINUTE,
    AT_SECOND,
    AT_DEVIATION = AT_HOUR + CALENDAR_TIME_OCTETS,
    AT_STATUS = 11
};

const uint8_t *profile_date_time(const struct profile_row *row, struct profile_day *day)
{
    uint8_t *octets = day->octets;
    int64_t local_s = row->stamp_s - minutes_s(row->deviation_min);
    uint64_t into_s = (uint64_t)local_s - (uint64_t)day->begins_s; /* if it is before, far beyond the day */
    if (into_s >= CALENDAR_DAY_S || !day->known) {
        struct calendar_time t = calendar_civil(local_s);
        calendar_encode(&t, octets);
        day->begins_s = local_s - (t.hour * 3600 + t.minute * 60 + t.second);
        day->known = true;
    } else {
        octets[AT_HOUR] = (uint8_t)((uint32_t)into_s / 3600);
        octets[AT_MINUTE] = (uint8_t)((uint32_t)into_s / 60 % 60);
        octets[AT_SECOND] = (uint8_t)((uint32_t)into_s % 60);
    }
    octets[AT_DEVIATION] = (uint8_t)((uint16_t)row->deviation_min >> 8);
    octets[AT_DEVIATION + 1] = (uint8_t)row->deviation_min;
    octets[AT_STATUS] = row->clock_status;
    return octets;
}

enum status profile_capture(struct profile *p, int64_t stamp_s, const struct calendar_time *stamp, const uint8_t *fixed,
                            profile_reader *reader, void *context)
{
    uint8_t octets[FLASHLOG_ROW_MAX];
    if (p->count == 0) {
        return STATUS_DENIED;
    }
    if (stamp_s < 0 || stamp_s > UINT32_MAX) {
        return STATUS_RANGE;
    }
    uint16_t run = (uint16_t)(p->last_run + (stamp_s < p->last_s));
    flash_put32(octets, (uint32_t)stamp_s);
    flash_put16(octets + 4, (uint16_t)stamp->deviation_min);
    octets[6] = stamp->status;
    flash_put16(octets + 7, run);
    uint8_t *at = octets + PROFILE_HEAD;
    if (p->kind->fixed != 0) {
        memcpy(at, fixed, p->kind->fixed);
        at += p->kind->fixed;
    }
    for (const struct profile_column *c = p->columns; c < p->columns + p->count; c++) {
        if (c->width != 0) {
            reader(context, c, at);
            at += c->width;
        }
    }
    enum status status = flashlog_append(&p->log, octets);
    if (status == STATUS_OK) {
        p->last_s = stamp_s;
        p->last_run = run;
    }
    return status;
}

enum status profile_step(struct profile *p)
{
    return p->foreign ? STATUS_DENIED : flashlog_step(&p->log);
}

/* Beginning ------------------------------------------------------------------- */

/* Stamp and run of the newest row that can be read, so that rows stay in order. */
static void find_last(struct profile *p)
{
    uint8_t octets[FLASHLOG_ROW_MAX];
    struct profile_row row;
    struct profile_range all = profile_all(p);
    p->last_s = 0;
    p->last_run = 0;
    for (uint32_t sequence = all.end; sequence-- > all.first;) {
        if (profile_read(p, &all, sequence, octets, &row) == STATUS_OK) {
            p->last_s = row.stamp_s;
            p->last_run = row.run;
            return;
        }
    }
}

enum status profile_mount(struct profile *p, struct board *board, const struct profile_kind *kind,
                          const struct board_region *region, struct profile_column *columns)
{
    uint8_t descriptor[FLASHLOG_DESCRIPTOR_MAX];
    *p = (struct profile){ .kind = kind, .columns = columns };
    enum status status = flashlog_mount(&p->log, board, region);
    if (status == STATUS_OK) {
        status = flashlog_descriptor(&p->log, descriptor);
    }
    if (status == STATUS_OK && !decode(p, descriptor, p->log.descriptor_size)) {
        status = STATUS_INCONSISTENT;
    }
    p->foreign = status == STATUS_INCONSISTENT;
    if (status == STATUS_OK) {
        p->rows_max = rows_visible(p);
        find_last(p);
    }
    return status == STATUS_MALFORMED ? STATUS_UNDEFINED : status;
}

enum status profile_restart(struct profile *p, const struct profile_column *columns, uint8_t count, uint32_t period_s)
{
    uint8_t descriptor[FLASHLOG_DESCRIPTOR_MAX];
    uint16_t row_size = row_size_of(p->kind, columns, count);
    if (p->foreign) {
        return STATUS_DENIED;
    }
    if (row_size == 0) {
        return STATUS_RANGE;
    }
    uint16_t size = encode(p->kind, columns, count, period_s, descriptor);
    enum status status = flashlog_restart(&p->log, row_size, descriptor, size);
    if (status == STATUS_OK) {
        memmove(p->columns, columns, count * sizeof *columns);
        p->count = count;
        p->period_s = period_s;
        p->rows_max = rows_visible(p);
        p->last_s = 0;
        p->last_run = 0;
    }
    return status;
}

enum status profile_clear(struct profile *p)
{
    return p->count == 0 ? STATUS_DENIED : profile_restart(p, p->columns, p->count, p->period_s);
}

/* Search ---------------------------------------------------------------------- */

/* The first row of [sequence, end) that can be read; false if there is none. */
static bool next_whole(struct profile *p, const struct profile_range *range, uint32_t *sequence, uint32_t end,
                       struct profile_row *row)
{
    uint8_t octets[FLASHLOG_ROW_MAX];
    for (; *sequence < end; ++*sequence) {
        if (profile_read(p, range, *sequence, octets, row) == STATUS_OK) {
            return true;
        }
    }
    return false;
}

/* Rows are ordered by their run, then by their stamp. */
struct key {
    uint16_t run;
    int64_t stamp_s;
};

/* Runs wrap, but a ring never holds 32,768 of them. */
static bool before(const struct profile_row *row, const struct key *key)
{
    uint16_t ahead = (uint16_t)(row->run - key->run);
    return ahead != 0 ? ahead > INT16_MAX : row->stamp_s < key->stamp_s;
}

/* The first row of [low, high) that is not before the key, or those that have rotted in front of it. It is looked for
 * at `guess` first, then beside that: two reads if it is there. */
static uint32_t search(struct profile *p, const struct profile_range *range, uint32_t low, uint32_t high,
                       uint32_t guess, const struct key *key)
{
    uint32_t middle = guess < low ? low : guess;
    for (unsigned probes = 1; low < high; probes++) {
        struct profile_row row;
        middle = middle < high ? middle : high - 1;
        uint32_t probe = middle;
        bool beyond = !next_whole(p, range, &probe, high, &row) || !before(&row, key);
        if (beyond) {
            high = middle;
        } else {
            low = probe + 1;
        }
        middle = low + (high - low) / 2;
        if (probes == 1) {
            middle = beyond && high > low ? high - 1 : low;
        }
    }
    return low;
}

/* Where the key is if the rows between `at`, which has stamp_s, and the newest one are evenly apart. */
static uint32_t guess_of(const struct profile *p, uint32_t at, int64_t stamp_s, uint32_t last, const struct key *key)
{
    int64_t spread_s = p->last_s - stamp_s;
    if (key->run != p->last_run || spread_s <= 0 || key->stamp_s < stamp_s) {
        return at + (last - at) / 2;
    }
    if (key->stamp_s > p->last_s) {
        return last;
    }
    return at + (uint32_t)(((key->stamp_s - stamp_s) * (last - 1 - at) + spread_s - 1) / spread_s);
}

/* The end of the run that the row `first` is of. In steps that double, so that many short runs cost no more than their
 * rows; nothing need be read for the newest. */
static uint32_t run_end(struct profile *p, const struct profile_range *range, uint32_t first, uint16_t run)
{
    uint32_t end = range->end;
    uint32_t known = first + 1;
    if (run == p->last_run) {
        return end;
    }
    for (uint32_t step = 1; known < end && step < end - known; step *= 2) {
        struct profile_row row;
        uint32_t probe = known + step - 1;
        if (!next_whole(p, range, &probe, end, &row) || row.run != run) {
            end = known + step - 1;
            break;
        }
        known = probe + 1;
    }
    const struct key key = { run, INT64_MAX };
    return search(p, range, known, end, known + (end - known) / 2, &key);
}

bool profile_next_match(struct profile *p, const struct profile_range *range, uint32_t sequence, int64_t from_s,
                        int64_t to_s, uint32_t *first, uint32_t *end)
{
    struct profile_row row;
    uint32_t at = sequence > range->first ? sequence : range->first;
    if (from_s > to_s || p->count == 0 || range->generation != p->log.generation) {
        return false;
    }
    at = at > p->log.oldest ? at : p->log.oldest;
    while (next_whole(p, range, &at, range->end, &row)) {
        const struct key from = { row.run, from_s };
        const struct key beyond = { row.run, to_s == INT64_MAX ? to_s : to_s + 1 };
        uint32_t last = run_end(p, range, at, row.run);
        *first = at;
        if (before(&row, &from)) {
            *first = search(p, range, at + 1, last, guess_of(p, at, row.stamp_s, last, &from), &from);
        }
        *end = *first;
        if (next_whole(p, range, first, last, &row)) {
            *end = search(p, range, *first, last, guess_of(p, *first, row.stamp_s, last, &beyond), &beyond);
        }
        if (*first < *end) {
            return true;
        }
        at = last;
    }
    return false;
}
