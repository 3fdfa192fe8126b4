/* Profiles that are captured by the clock: load profile 1 and the daily profile.
 *
 * A row is stamped with the end of its period, on the grid of local time, and holds the registers as they are then. Its
 * AMR status says what was not as usual in the period:
 *
 *     PDN  the power was away in it, not for all of it: a period without any power has no row
 *     CAD  the clock jumped, or the period began off the grid, so that it is shorter or longer; so is the extra row
 *          that a jump of the clock writes at the old time, and the next regular one
 *     DNV  its length deviates by more than 10 %, or CIV, or ERR
 *     CIV  the clock was invalid
 *     ERR  a fault of the meter stood in the error register (load_profiles_fault)
 *     DST  its end is daylight saving time
 *
 * Small changes of the clock only lengthen or shorten the period that runs. Daylight saving adds no rows: the day of
 * the daily profile has 23 or 25 hours then, and ends with the first instant of the next where that has no midnight.
 *
 * Power. What must outlive it is one octet for each profile (load_profile_kept), as of a checkpoint that is written
 * when a period ends, before its row (load_profile_ends). If the power goes between the two, the row is written at
 * power-up.
 *
 * Source  object-model.md 2, 8.3, 8.4, decisions 11 and 12; interfaces.md 4.
 * Context main loop only.
 */
#ifndef METER_LOAD_PROFILE_H
#define METER_LOAD_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "meter/clock.h"
#include "meter/profile.h"

/* AMR profile status, object-model.md 8.4. */
enum load_profile_status {
    LOAD_PROFILE_ERR = 0x01,
    LOAD_PROFILE_CIV = 0x02,
    LOAD_PROFILE_DNV = 0x04,
    LOAD_PROFILE_DST = 0x08,
    LOAD_PROFILE_CAD = 0x20,
    LOAD_PROFILE_PDN = 0x80
};

/* One of the two; constant. */
struct load_profile_kind {
    struct profile_kind profile;
    const uint32_t *periods_s;
    uint8_t periods;
};

extern const struct load_profile_kind load_profile_1;
extern const struct load_profile_kind load_profile_daily;

/* Owned by the caller: read freely, change only through the functions below. */
struct load_profile {
    const struct load_profile_kind *kind;
    struct profile_column columns[PROFILE_COLUMNS_MAX];
    struct profile profile; /* its period_s: 0 while capturing is off */

    /* the period that runs; nothing while capturing is off */
    int64_t start_s; /* UTC */
    int64_t ends_s;
    int64_t shifted_s; /* by so much the clock was set in it */
    uint8_t flags;     /* enum load_profile_status: what its row would say by now, and says */
    uint8_t pending;   /* what power-up has left to do */
    uint8_t fault;     /* ERR and DNV while the meter is at fault, else 0: its owner's, before each call */
};

/* At power-up, as profile_mount. */
enum status load_profile_mount(struct load_profile *l, struct board *board, const struct load_profile_kind *kind,
                               const struct board_region *region);

/* A period that begins now: of a meter that is new. */
void load_profile_begin(struct load_profile *l, const struct clock *c);

/* After a failure of the power: `last_s` is the clock's time of the last checkpoint and `kept` what load_profile_kept
 * said then. The next step writes the rows that are due. */
void load_profile_power_up(struct load_profile *l, const struct clock *c, int64_t last_s, uint8_t kept);

/* True when the next step ends a period: to be saved first. */
bool load_profile_ends(const struct load_profile *l, const struct clock *c);

/* To be kept with a checkpoint. */
uint8_t load_profile_kept(const struct load_profile *l, const struct clock *c);

/* Writes the rows of what has ended. A row that the flash does not take is lost, its period ends all the same. */
enum status load_profile_step(struct load_profile *l, const struct clock *c, profile_reader *reader, void *context);

/* The clock was set and showed `before_s` until now. */
enum status load_profile_clock_set(struct load_profile *l, const struct clock *c, int64_t before_s,
                                   profile_reader *reader, void *context);

/* As profile_restart. STATUS_RANGE, too: a period that the kind does not allow. */
enum status load_profile_configure(struct load_profile *l, const struct clock *c, const struct profile_column *columns,
                                   uint8_t count, uint32_t period_s);

#endif
