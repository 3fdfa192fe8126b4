/* The buffer of a profile (class 7): columns, units, selective access.
 *
 * Source  DLMS UA 1000-1 clause 4.3.6; wire forms: object-model.md 10.7.
 */
#ifndef HOST_CLIENT_ROWS_H
#define HOST_CLIENT_ROWS_H

#include "host/client/options.h"
#include "host/client/report.h"
#include "host/client/session.h"

/* Reads attribute 2 of a profile as the options select it, and prints it. */
enum session_outcome rows_read(struct session *s, const struct options *o, const struct reference *buffer,
                               struct report *report);

#endif
