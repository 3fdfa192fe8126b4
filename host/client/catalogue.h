/* The objects of a meter: its object list, read once. */
#ifndef HOST_CLIENT_CATALOGUE_H
#define HOST_CLIENT_CATALOGUE_H

#include "host/client/report.h"
#include "host/client/session.h"

struct catalogue {
    bool read;
    struct report_object *objects;
    size_t count;
};

/* Class 15 attribute 2 of the current association; what is no object in it is left out. Does nothing the second time.
 */
enum session_outcome catalogue_read(struct catalogue *c, struct session *s);

/* The object of that name, NULL when the list has none. */
const struct report_object *catalogue_find(const struct catalogue *c, const uint8_t obis[6]);

void catalogue_free(struct catalogue *c);

#endif
