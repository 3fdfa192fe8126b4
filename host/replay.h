/* A recorded load: the UCI household columns (interfaces: load files), one row a minute.
 *
 * Source  UCI Machine Learning Repository, data set 235: Date;Time;Global_active_power (kW);
 *         Global_reactive_power (kvar);Voltage (V);... A row's stamp is the start of its minute.
 */
#ifndef HOST_REPLAY_H
#define HOST_REPLAY_H

#include <stddef.h>

#include "host/quantities.h"

enum replay_column { REPLAY_ACTIVE_MW, REPLAY_REACTIVE_MVAR, REPLAY_VOLTAGE_MV, REPLAY_COLUMN_COUNT };

struct replay_row {
    int64_t local_s; /* since 2000-01-01T00:00:00 local time */
    int32_t values[REPLAY_COLUMN_COUNT];
};

struct replay {
    struct replay_row *rows;
    size_t count; /* at least 1 once opened */
};

/* Reads the whole file. False, with a sentence in `message`, when it cannot be read or is not of its form. */
bool replay_open(struct replay *r, const char *path, char *message, size_t size);
void replay_close(struct replay *r);

/* The row that is current: the first one before the file begins, the last one after its end. */
void replay_at(const struct replay *r, int64_t local_s, struct quantities *q);

/* When the first row begins and when the last one ends. */
int64_t replay_begin_s(const struct replay *r);
int64_t replay_end_s(const struct replay *r);

#endif
