/* Billing: the end of a billing period, by schedule, command or button, and what it found.
 *
 * One row of the billing profile is the billing: counter, time, cause, all energies, the maxima and the sums of maxima
 * stand in its fixed part, so whether it took place is decided by one append to the ring. What follows from it (maxima
 * 0, the newest billing, the dates that are done) is kept in settings; power-up brings them up to the newest row, so a
 * cut of the power leaves all of the old or all of the new. Rows may be forgotten, the newest billing is not.
 *
 * The schedule is one date a month in local time. Up to `settled_s`, a local time, all its dates have been dealt with:
 * the latest date after it that has come is due, and has one row however many have passed. A clock that is set back
 * puts dates ahead again; one that has its row is not repeated. Local time, not UTC, so that neither a change of the
 * zone nor the end of daylight saving makes a date come twice.
 *
 * Source  object-model.md 1.7, 8.1, decisions 1, 6, 12, 14, 20; architecture.md 9.
 * Errors  What could not be written has not happened: STATUS_FAILED.
 * Context main loop only.
 */
#ifndef METER_BILLING_H
#define METER_BILLING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/calendar.h"
#include "meter/demand.h"
#include "meter/energy.h"
#include "meter/profile.h"

struct meter;

/* As 0.0.96.50.11.255 shows it. */
enum billing_cause { BILLING_SCHEDULE, BILLING_CAUGHT_UP, BILLING_COMMAND, BILLING_BUTTON, BILLING_CLOCK_CHANGE };

/* Who may lock himself out. */
enum billing_source { BILLING_BY_INTERFACE, BILLING_BY_BUTTON, BILLING_SOURCES };

/* What a billing found. */
struct billing_record {
    uint32_t count; /* of billings, this one included; 0: there has been none, and all else is 0 */
    uint8_t cause;  /* enum billing_cause */
    uint32_t stamp_s;
    int16_t deviation_min; /* of local time then */
    uint8_t clock_status;
    uint32_t done_s;               /* UTC, when it was done: not its stamp if it was caught up */
    uint32_t date_s;               /* in local time, the date of the schedule that it is for; on demand, that of the
                                    * billing before it; 0: none */
    uint64_t energy[ENERGY_COUNT]; /* whole Wh (varh, VAh), not rolled over */
    struct demand_average maxima[DEMAND_COUNT];
    uint64_t sums[DEMAND_COUNT]; /* of maxima, these included */
};

/* Owned by the meter: read freely, change only through the functions below and the settings through meter/setting.h. */
struct billing {
    uint16_t schedule;  /* day 1..28 << 8 | hour 0..23; changed by billing_set_schedule only */
    uint16_t lockout_s; /* after a reset the same source is refused another one; 0: never */
    bool button_enabled;

    struct profile profile;
    struct profile_column columns[BILLING_COLUMNS_MAX];
    struct billing_record last;
    uint32_t settled_s;               /* 0: not known yet */
    int64_t reset_s[BILLING_SOURCES]; /* UTC of the last reset; far in the past if there was none since power-up */
    int64_t minute;                   /* in which the schedule was looked at last; negative: not since power-up */
    bool clock_was_valid;
    bool untold;         /* a cut came between its row and what is kept of it */
    bool capturing;      /* its row is being written: `last` is this billing already */
    bool clock_adjusted; /* by more than the limit, in this period */
    bool power_down;     /* likewise */
};

#define BILLING_FIXED 109u /* octets of the fixed part of a row, SPEC.md */

extern const struct profile_kind billing_kind;

/* Default settings. */
void billing_init(struct billing *b);

/* At power-up, after settings, registers, clock and demands: what flash holds, and what a cut has left to be done; it
 * is written by billing_start. A date that was missed is left to the first step. STATUS_INCONSISTENT as profile_mount.
 */
enum status billing_power_up(struct meter *m);

/* When events can be raised: tells of a billing that a cut left untold, and keeps what power-up has found. */
void billing_start(struct meter *m);

/* Once a second, after demands and profiles: a date that has come, within a minute. */
void billing_step(struct meter *m);

/* The clock was set, and showed `before_s` until then. */
void billing_clock_set(struct meter *m, int64_t before_s);

/* A billing at once. STATUS_BUSY: locked out, or a date is due that could not be written yet, or nobody knows how to
 * read the columns yet; STATUS_DENIED: the button is disabled. */
enum status billing_request(struct meter *m, enum billing_source source);

/* MD reset without a billing, by a client: STATUS_BUSY if locked out. */
enum status billing_reset_maxima(struct meter *m);

/* True if a reset from there would be refused. */
bool billing_locked(const struct meter *m, enum billing_source source);

/* STATUS_RANGE: no such day or hour. Dates before now are not caught up. */
enum status billing_set_schedule(struct meter *m, uint32_t day, uint32_t hour);

/* Other columns, or no rows: the newest billing stays. As profile_restart and profile_clear. */
enum status billing_restart(struct meter *m, const struct profile_column *columns, uint8_t count);
enum status billing_clear(struct meter *m);

/* Rows there are. */
uint32_t billing_available(const struct meter *m);

/* Local days from the date of the last billing to today; 0 before the first. */
uint32_t billing_days(const struct meter *m);

/* AMR billing status of the running period, object-model.md 8.4. */
uint8_t billing_status(const struct meter *m);

/* The stamp of the last billing as local time then; not specified before the first. */
struct calendar_time billing_stamp(const struct meter *m);

#endif
