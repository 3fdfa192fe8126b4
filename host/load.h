/* The load on a virtual meter, as `--load` names it: a function from local time to what the load draws.
 *
 *   constant:VOLTS,AMPERES,PF   amperes below 0: export; PF below 0: capacitive; VOLTS 0: an outage
 *   household[:SEED]            see household.h
 *   csv:FILE                    see replay.h
 *
 * Local time is in seconds since 2000-01-01T00:00:00 (local_time.h).
 */
#ifndef HOST_LOAD_H
#define HOST_LOAD_H

#include "host/quantities.h"
#include "host/replay.h"

enum { LOAD_MESSAGE_MAX = 512 };

enum load_kind { LOAD_CONSTANT, LOAD_HOUSEHOLD, LOAD_REPLAY };

struct load {
    enum load_kind kind;
    struct quantities constant;
    uint64_t seed; /* of the household */
    struct replay replay;
};

enum load_outcome {
    LOAD_OPENED,
    LOAD_MISSPELT, /* the specification is not of its form */
    LOAD_BROKEN    /* the file it names cannot be used */
};

/* `seed` is that of a household which names none. Unless opened, `message` has a sentence and there is nothing to
 * close. */
enum load_outcome load_open(struct load *l, const char *specification, uint64_t seed, char message[LOAD_MESSAGE_MAX]);
void load_close(struct load *l);

void load_at(const struct load *l, int64_t local_s, struct quantities *q);

/* True for a load that has times of its own: when it begins and ends. */
bool load_span(const struct load *l, int64_t *begin_s, int64_t *end_s);

#endif
