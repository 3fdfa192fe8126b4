/* Profiles: rows that the meter captures, in a ring in flash. Load profile, daily profile, billing and every log are
 * one.
 *
 * A row is
 *
 *     4  seconds since 2000-01-01T00:00:00Z, its stamp       2  deviation of the local time then, minutes
 *     1  clock_status then                                   2  run: counts up when a stamp is before the one before
 *     f  fixed part, the caller's                            n  the columns, each in its width
 *
 * little endian but for the columns, which are the contents of A-XDR values, tag and length left out. Within a run
 * stamps never fall, so a time is found by binary search in each run, however often the clock was set back, and without
 * a table of runs. The stamp is there for every row, so a clock column takes no room.
 *
 * What the columns are, and the period, is the descriptor of the generation in flash: both change together with the
 * rows' disappearance, in one step. A profile knows nothing of COSEM but how a column is named; who captures hands over
 * a function that reads one.
 *
 * Flash   a capture is one program (two, if the row lies across a page) and what flashlog.h says of a new block.
 *         A read of the next row reads one row. A search of the newest run reads 6 of them if they are evenly apart,
 *         and 2 * log2(rows) + 6 if not; of an older run twice as many. Each rotten row in its way costs one more.
 * Source  architecture.md 5, 9; object-model.md 2, 8.3; DLMS UA 1000-1, class_id 7.
 * Context main loop only.
 */
#ifndef METER_PROFILE_H
#define METER_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/calendar.h"
#include "config.h"
#include "store/flashlog.h"

enum { PROFILE_HEAD = 9 }; /* octets of a row before the fixed part */

/* The clock is a column without width. data_index is always 0. */
struct profile_column {
    uint16_t class_id;
    uint8_t obis[6];
    int8_t attribute;
    uint8_t tag;   /* A-XDR type of its values */
    uint8_t width; /* octets of contents; an octet-string's length is always this */
};

/* What one profile is; constant. */
struct profile_kind {
    uint16_t rows;       /* visible at the most */
    uint8_t columns_max; /* up to BILLING_COLUMNS_MAX */
    uint8_t fixed;       /* octets of the fixed part */
};

/* Owned by the caller: read freely, change only through the functions below. */
struct profile {
    const struct profile_kind *kind;
    struct flashlog log;
    uint32_t period_s; /* of captures; 0: none */
    uint32_t rows_max; /* visible: kind->rows, or fewer if the rows are so wide */
    int64_t last_s;    /* stamp and run of the newest row; 0 and 0 if there is none */
    uint16_t last_run;
    uint8_t count; /* of columns; 0: there is no ring of ours */
    bool foreign;  /* what stands there is of another version: nothing is written */
    struct profile_column *columns;
};

/* One row as it is read: the head, and where the rest stands in the caller's buffer. */
struct profile_row {
    int64_t stamp_s;
    int16_t deviation_min;
    uint8_t clock_status;
    uint16_t run;
    const uint8_t *fixed;
    const uint8_t *columns;
};

/* Rows first..end-1 by their sequence numbers, frozen: the same rows as long as the generation lives and they are kept.
 */
struct profile_range {
    uint32_t generation;
    uint32_t first;
    uint32_t end;
};

/* At power-up. `columns` is where the profile has them from now on, kind->columns_max of them. STATUS_UNDEFINED:
 * nothing is there yet, or its descriptor is lost: to be begun with profile_restart. STATUS_INCONSISTENT: another
 * version, which every function here leaves alone: STATUS_DENIED. */
enum status profile_mount(struct profile *p, struct board *board, const struct profile_kind *kind,
                          const struct board_region *region, struct profile_column *columns);

/* New columns and period: all rows are gone. STATUS_RANGE: none or too many columns, or more than PROFILE_PACKED_MAX
 * octets or a row can hold. A failure leaves everything as it was. `columns` may be the profile's own. */
enum status profile_restart(struct profile *p, const struct profile_column *columns, uint8_t count, uint32_t period_s);

/* Forgets all rows. */
enum status profile_clear(struct profile *p);

/* Writes `width` octets: the value of a column now. */
typedef void profile_reader(void *context, const struct profile_column *column, uint8_t *contents);

/* Adds a row: `stamp` is its time as local time with deviation and status, stamp_s the same in UTC; `fixed` the kind's
 * fixed part, NULL if it has none. STATUS_RANGE: not within the 136 years that a stamp can tell. */
enum status profile_capture(struct profile *p, int64_t stamp_s, const struct calendar_time *stamp, const uint8_t *fixed,
                            profile_reader *reader, void *context);

/* Erases ahead, when there is time: flashlog_step. */
enum status profile_step(struct profile *p);

/* All visible rows. entries_in_use is end - first. */
struct profile_range profile_all(const struct profile *p);

/* Reads one row of the range into `octets` (FLASHLOG_ROW_MAX of them), at which `row` then points. STATUS_UNDEFINED: it
 * has been overwritten, or its generation has ended; STATUS_MALFORMED: it has rotted, its neighbours may be well. */
enum status profile_read(struct profile *p, const struct profile_range *range, uint32_t sequence, uint8_t *octets,
                         struct profile_row *row);

/* The time of the last row, for the next one: most share the day. Begins with zeros. */
struct profile_day {
    bool known;
    int64_t begins_s;
    uint8_t octets[CALENDAR_OCTETS];
};

/* The time of a row as a date-time in local time, CALENDAR_OCTETS that stand in `day`; hundredths 0. */
const uint8_t *profile_date_time(const struct profile_row *row, struct profile_day *day);

/* Rows with from_s <= stamp <= to_s, in the order of their capture: begins at `sequence` and gives the next piece
 * [*first, *end) of rows that all match; false when there is none any more. One piece for each run. A row that has
 * rotted is in a piece if it stands between two rows that are. */
bool profile_next_match(struct profile *p, const struct profile_range *range, uint32_t sequence, int64_t from_s,
                        int64_t to_s, uint32_t *first, uint32_t *end);

#endif
