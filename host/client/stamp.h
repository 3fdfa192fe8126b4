/* Times on the command line: ISO 8601, with a zone or without. */
#ifndef HOST_CLIENT_STAMP_H
#define HOST_CLIENT_STAMP_H

#include <stdbool.h>

#include "base/calendar.h"

/* 2024-02-29, 2024-02-29T23:59[:50], each with Z or +hh:mm behind the time or not; from 2000 on. Without a zone the
 * deviation is not specified. The weekday is the right one, the status not specified. */
bool stamp_parse(const char *text, struct calendar_time *t);

/* Seconds since 2000-01-01T00:00:00 UTC of a complete time with a deviation. */
int64_t stamp_utc_s(const struct calendar_time *t);

#endif
