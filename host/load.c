#include "host/load.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "host/household.h"
#include "host/number.h"

/* What follows `name` and a colon, or NULL. */
static const char *parameters(const char *specification, const char *name)
{
    size_t size = strlen(name);
    return strncmp(specification, name, size) == 0 && specification[size] == ':' ? specification + size + 1 : NULL;
}

static bool read_numbers(const char *text, double *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text = number_read(text, &values[i]);
        if (text == NULL || *text != (i + 1 < count ? ',' : '\0')) {
            return false;
        }
        text++;
    }
    return true;
}

static bool parse_constant(const char *text, struct quantities *q)
{
    double values[3];
    if (!read_numbers(text, values, 3)) {
        return false;
    }
    double volts = values[0];
    double amperes = values[1];
    double factor = values[2];
    if (volts < 0.0 || volts > QUANTITIES_VOLTS_MAX || fabs(amperes) > QUANTITIES_AMPERES_MAX || fabs(factor) > 1.0) {
        return false;
    }
    /* The current phasor is turned round for export, so reactive power changes sign with it (IEC 62053-23: inductive
     * is quadrant I or III). */
    double active_w = volts * amperes * fabs(factor);
    double reactive_var = copysign(volts * amperes * sqrt(1.0 - factor * factor), factor * amperes);
    *q = (struct quantities){ .voltage_uv = (uint32_t)llround(volts * 1e6),
                              .frequency_uhz = 50000000,
                              .active_uw = llround(active_w * 1e6),
                              .reactive_uvar = llround(reactive_var * 1e6) };
    return true;
}

enum load_outcome load_open(struct load *l, const char *specification, uint64_t seed, char message[LOAD_MESSAGE_MAX])
{
    *l = (struct load){ .kind = LOAD_HOUSEHOLD, .seed = seed };
    const char *text;
    bool understood;
    if ((text = parameters(specification, "csv")) != NULL) {
        l->kind = LOAD_REPLAY;
        return replay_open(&l->replay, text, message, LOAD_MESSAGE_MAX) ? LOAD_OPENED : LOAD_BROKEN;
    }
    if ((text = parameters(specification, "constant")) != NULL) {
        l->kind = LOAD_CONSTANT;
        understood = parse_constant(text, &l->constant);
    } else if ((text = parameters(specification, "household")) != NULL) {
        understood = number_whole(text, 0, UINT64_MAX, &l->seed);
    } else {
        understood = strcmp(specification, "household") == 0;
    }
    if (understood) {
        return LOAD_OPENED;
    }
    snprintf(message, LOAD_MESSAGE_MAX,
             "%.60s is not a load: constant:VOLTS,AMPERES,PF (0..%.0f V, up to %.0f A, PF -1..1), household[:SEED] or "
             "csv:FILE",
             specification, QUANTITIES_VOLTS_MAX, QUANTITIES_AMPERES_MAX);
    return LOAD_MISSPELT;
}

void load_close(struct load *l)
{
    if (l->kind == LOAD_REPLAY) {
        replay_close(&l->replay);
    }
}

void load_at(const struct load *l, int64_t local_s, struct quantities *q)
{
    switch (l->kind) {
    case LOAD_CONSTANT:
        *q = l->constant;
        break;
    case LOAD_HOUSEHOLD:
        household_at(l->seed, local_s, q);
        break;
    case LOAD_REPLAY:
        replay_at(&l->replay, local_s, q);
        break;
    }
}

bool load_span(const struct load *l, int64_t *begin_s, int64_t *end_s)
{
    if (l->kind != LOAD_REPLAY) {
        return false;
    }
    *begin_s = replay_begin_s(&l->replay);
    *end_s = replay_end_s(&l->replay);
    return true;
}
