/* Demand: average power over a block or sliding window, its maximum, and the sum of the maxima.
 *
 * The window is `periods` periods of `period_s` seconds and slides by one period; one period is block demand. Periods
 * end on multiples of period_s from local midnight. Energy is the difference of a billing register, so nothing is
 * lost between two periods. Averages are over the whole window, however much of it there was: one that began late or
 * ended early is low, never high, so it may set the maximum; a clock that is moved back makes each period of it longer
 * by DEMAND_LENGTHENED_MAX_S at the most. A jump of the clock ends the window; the average of the period that it cut
 * never is a maximum, and no average is while the clock is invalid.
 *
 * Units    energy: the low 32 bits of a register in mWh (mvarh), of which no window sees 2^32; power W (var);
 *          time s since 2000-01-01T00:00:00Z.
 * Source   DLMS UA 1000-1, class_id 5 version 0; metrology.md 5; object-model.md 1.6, 8.2, decisions 2 and 11.
 * Context  main loop only.
 */
#ifndef METER_DEMAND_H
#define METER_DEMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "config.h"
#include "meter/clock.h"

/* The demands of a meter. */
enum demand_kind {
    DEMAND_ACTIVE_IMPORT,
    DEMAND_ACTIVE_EXPORT,
    DEMAND_REACTIVE_IMPORT,
    DEMAND_REACTIVE_EXPORT,
    DEMAND_COUNT
};

/* Status of an average: whatever was true of a period in its window. */
enum demand_status {
    DEMAND_INCOMPLETE = 1,    /* the window has less than its periods, or the power or the clock took a part of one */
    DEMAND_SHORT_OR_LONG = 2, /* a period was ended early, or its clock adjusted, or its grid moved */
    DEMAND_CLOCK_SET = 4,     /* the clock jumped */
    DEMAND_POWER_DOWN = 8,
    DEMAND_CLOCK_INVALID = 16
};

/* An average with its status and the end of its window. */
struct demand_average {
    uint32_t value;
    uint8_t status; /* enum demand_status */
    bool captured;  /* there has been one: otherwise at_s means nothing */
    int64_t at_s;
};

/* A period of the window. */
struct demand_period {
    uint32_t start_s;
    uint32_t start_milli; /* the register then */
    uint8_t status;       /* enum demand_status */
};

/* Owned by the caller: read freely, change only through the functions below. */
struct demand {
    uint32_t period_s;
    uint8_t periods;   /* in the window, 1..DEMAND_PERIODS_MAX */
    uint8_t begun;     /* of these, so many have begun, at least one */
    uint8_t running;   /* the one that has not ended */
    int64_t ends_s;    /* when it will */
    int64_t shifted_s; /* by so much the clock was moved since it began */
    uint8_t unsaved;   /* of those that have begun, so many are to be taken by demand_unsaved */
    bool changed;      /* the maximum or the sum of maxima, since this was last cleared */
    struct demand_period window[DEMAND_PERIODS_MAX];
    struct demand_average last;    /* of the last window that ended */
    struct demand_average maximum; /* the largest since the last reset */
    uint64_t cumulative;           /* the sum of the maxima at their resets */
};

/* An empty window from now on. The settings are as demand_configure wants them. */
void demand_init(struct demand *d, const struct clock *c, uint32_t milli, uint32_t period_s, uint32_t periods);

/* Goes on with a window that was kept, after demand_init: its periods from the newest one (age 0) back, at most as many
 * as the window has, then demand_recalled. */
void demand_recall(struct demand *d, unsigned age, const struct demand_period *period);
void demand_recalled(struct demand *d, const struct clock *c);

/* The oldest period that has begun, or whose clock was moved, and has not been given to the caller since; false if
 * there is none. `begun`: how many periods its window had then. */
bool demand_unsaved(struct demand *d, struct demand_period *period, uint8_t *begun);

uint8_t demand_running_status(const struct demand *d);

/* True for a setting that demand_configure takes. */
bool demand_allows(uint32_t period_s, uint32_t periods);

/* When a period of the grid ends that has begun then. */
int64_t demand_end_s(const struct clock *c, int64_t start_s, uint32_t period_s);

/* Ends every period that has ended by now, each at its boundary; `milli` is the register now. At least once a second,
 * before anything later is booked. After a gap longer than the window the periods before the last window are left
 * out. */
void demand_step(struct demand *d, const struct clock *c, uint32_t milli);

/* The clock was set from `before_s` to what it shows now. Up to the clock's jump limit and, back,
 * DEMAND_LENGTHENED_MAX_S, the sum of a period, that lengthens or shortens the running period. More ends it at the old
 * time, and a new window begins on the new time's grid. */
void demand_clock_set(struct demand *d, const struct clock *c, int64_t before_s, uint32_t milli);

/* The power is back, and the clock has kept time: like demand_step, and says so in the status of every period that
 * it was missing from. */
void demand_power_up(struct demand *d, const struct clock *c, uint32_t milli);

/* The running average: energy since the window began over the whole length of the window, so that it rises to what
 * demand_step will find. */
uint32_t demand_current(const struct demand *d, uint32_t milli);

/* When that window began. */
int64_t demand_start_s(const struct demand *d);

/* Ends the running period at once, without regard to its maximum, and begins a window with other settings.
 * STATUS_RANGE, with nothing changed, if period_s is not a minute, 5, 10, 15, 30 or 60 minutes, or periods is not
 * 1..DEMAND_PERIODS_MAX. */
enum status demand_configure(struct demand *d, const struct clock *c, uint32_t milli, uint32_t period_s,
                             uint32_t periods);

/* The methods of class 5: ends the running period now, the next one ends on the grid; begins anew from zero. Reset
 * leaves the maximum alone. */
void demand_next_period(struct demand *d, const struct clock *c, uint32_t milli);
void demand_reset(struct demand *d, const struct clock *c, uint32_t milli);

/* Adds the maximum to the cumulative one; it is 0 then, at no time. */
void demand_reset_maximum(struct demand *d);

#endif
