/* Local times on the command line and in load files.
 *
 * Such a time is kept as seconds since 2000-01-01T00:00:00 of the meter's default local time, which has a constant
 * deviation from UTC (object-model.md decision 14: UTC+1, daylight saving off).
 */
#ifndef HOST_LOCAL_TIME_H
#define HOST_LOCAL_TIME_H

#include <stdbool.h>
#include <stdint.h>

enum { LOCAL_TIME_DEVIATION_S = 3600 }; /* local time minus UTC */

/* From 2000 on. ISO 8601: 2024-02-29, 2024-02-29T23:59 or 2024-02-29T23:59:50 (a blank for the T will do). */
bool local_time_parse(const char *text, int64_t *local_s);

/* "dd/mm/yyyy;hh:mm:ss" at the beginning of `text`, leading zeros or not. Returns where it ends, NULL if malformed. */
const char *local_time_read_stamp(const char *text, int64_t *local_s);

enum { LOCAL_TIME_TEXT = 32 };

/* ISO 8601, as 2024-02-29T23:59:50. */
void local_time_write(int64_t local_s, char text[LOCAL_TIME_TEXT]);

/* The host's time. */
int64_t local_time_now(void);

#endif
