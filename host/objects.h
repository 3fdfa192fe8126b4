/* `blathy objects`: the table of the meter's objects with types, units and rights, for people and programs.
 *
 * Everything comes from the one table (model/objects.c): classes and rights stand in its rows, types and units are
 * what the meter that is asked answers through the handlers of the classes. The document docs/OBJECTS.md is its
 * Markdown form.
 *
 * Source  DLMS UA 1000-1 clause 4 (classes, types); words.h (units).
 */
#ifndef HOST_OBJECTS_H
#define HOST_OBJECTS_H

#include "cosem/association.h"
#include "host/cli.h"

/* Prints the objects of the device, whose meter runs, on stdout. CLI_FAILURE: out of memory, which is said. */
enum cli_exit objects_print(struct cosem_device *device, enum cli_objects_form form);

#endif
