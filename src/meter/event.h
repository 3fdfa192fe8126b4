/* Events: what happened, in the log it belongs to, with its code object, its counter and its alarms. event.def says
 * each of them once.
 *
 * An event that the mask of its log stops leaves no trace. Otherwise it becomes the log's last code (and sub-code) and
 * counts; a row is captured; its alarm bits rise, and if one of them is to be reported, the alarm log gets a row with
 * the same code.
 *
 * A row carries the counter and the codes in its fixed part, so they come back with the newest row and cost no write of
 * their own; a log that is cleared keeps them in the settings first (SPEC.md). What the memory does not take counts in
 * RAM all the same, and memory.failing says so.
 *
 * Nothing is raised before meter_start, which brings the reader of the columns.
 *
 * Source  object-model.md 1.9, 2, 3, decisions 16 and 18.
 * Context main loop only.
 */
#ifndef METER_EVENT_H
#define METER_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "meter/alarm.h"
#include "meter/profile.h"

struct meter;

#define EVENT(name, code, log, bit_1, bit_2, maskable) EVENT_##name = (code),
enum event {
#include "meter/event.def"
    EVENT_LOG_CLEARED = 255
};
#undef EVENT

enum event_log_kind {
    EVENT_LOG_STANDARD,
    EVENT_LOG_FRAUD,
    EVENT_LOG_POWER_QUALITY,
    EVENT_LOG_COMMUNICATION,
    EVENT_LOG_ALARM,
    EVENT_LOGS,
    EVENT_LOG_POWER_FAILURE = EVENT_LOGS, /* a profile without codes */
    EVENT_PROFILES
};

/* What event 47 says was changed: its sub-code. */
enum event_change {
    EVENT_CHANGE_OTHER,
    EVENT_CHANGE_DEMAND,
    EVENT_CHANGE_LOAD_PROFILE,
    EVENT_CHANGE_DAILY_PROFILE,
    EVENT_CHANGE_BILLING_SCHEDULE,
    EVENT_CHANGE_THRESHOLDS,
    EVENT_CHANGE_MASKS,
    EVENT_CHANGE_DISPLAY,
    EVENT_CHANGE_PORTS,
    EVENT_CHANGE_CLOCK,
    EVENT_CHANGE_IDENTIFICATION,
    EVENT_CHANGE_ALARM_FILTER,
    EVENT_CHANGE_BILLING_PROFILE,
    EVENT_CHANGE_SECRETS
};

enum { EVENT_MASK_OCTETS = 32, EVENT_CODES = 8 * EVENT_MASK_OCTETS };

/* A bit for each code, code 0 first, as in a COSEM bit-string: 1 lets it through. */
struct event_mask {
    uint8_t size; /* EVENT_MASK_OCTETS: the form of a setting */
    uint8_t octets[EVENT_MASK_OCTETS];
};

struct event_log {
    uint8_t code; /* of the last event; 0: none yet */
    uint16_t sub_code;
    uint32_t count;
    struct event_mask mask;
};

/* Owned by the meter: read freely, masks are settings. */
struct events {
    struct event_log logs[EVENT_LOGS];
    struct profile profiles[EVENT_PROFILES];
    struct profile_column columns[EVENT_PROFILES][LOG_COLUMNS_MAX];
    struct alarm alarm;
    uint8_t cut;  /* logs with a past but no rows, a bit each: the power went before event 255 of a reset was written */
    uint8_t turn; /* of the profiles: which one may erase ahead next */
    uint16_t noted;  /* parameters that have changed, a bit for each enum event_change... */
    uint16_t logged; /* ...and those that this association's event 47 has told of */
};

/* Defaults. */
void event_init(struct events *e);

/* At power-up, when the settings are loaded: the logs and what they hold. What is not there yet waits for
 * event_configure. STATUS_INCONSISTENT: a log of another version is there, and left alone. */
enum status event_mount(struct meter *m);

/* Something happened; now, or at an earlier UTC. `sub_code` is only kept by the standard log. */
void event_raise(struct meter *m, enum event event, uint16_t sub_code);
void event_raise_at(struct meter *m, enum event event, uint16_t sub_code, int64_t at_s);

/* At power-up, when the reader is set: event 255 of logs that were cleared just before the power went. No reset is
 * without a trace. */
void event_power_up(struct meter *m);

/* A long power failure has ended: a row of its log. */
void event_power_failure(struct meter *m);

/* Begins a log anew, with these columns; its first row is event 255, unless it is the first log of a new meter. The
 * power failure log has no codes. */
enum status event_configure(struct meter *m, enum event_log_kind kind, const struct profile_column *columns,
                            uint8_t count);

/* The same, with the columns that it has. */
enum status event_clear(struct meter *m, enum event_log_kind kind);

/* A client's SET of an alarm word: events 10 and 11, and the note of a changed filter. */
enum status event_set_alarm(struct meter *m, enum alarm_word word, uint32_t written);

/* A parameter has changed; which group it belongs to. */
void event_note_change(struct meter *m, enum event_change change);

/* A client's request has changed something: event 47 for each group of parameters, once in an association (decision
 * 18). `first`: nothing had been changed in this association before. */
void event_changed(struct meter *m, bool first);

/* A wrong password; `locked`: one too many, nobody gets in for some time. Events 46 and 253. */
void event_login_refused(struct meter *m, bool locked);

/* Erases ahead, one block at the most, when there is time. */
void event_step(struct meter *m);

#endif
