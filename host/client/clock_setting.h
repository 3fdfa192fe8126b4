/* Sets a meter's clock (class 8 attribute 2) and tells how far it was off, before and after. */
#ifndef HOST_CLIENT_CLOCK_SETTING_H
#define HOST_CLIENT_CLOCK_SETTING_H

#include "host/client/report.h"
#include "host/client/session.h"

/* `text`: "now", the host's time, or a time as stamp_parse() takes it, the meter's local time when it has no zone. */
enum session_outcome clock_setting_run(struct session *s, const struct reference *clock, const char *text,
                                       struct report *report);

#endif
