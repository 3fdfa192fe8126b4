/* The meter as IEC 62056-21 mode C shows it: the list of the read-out, and values by their code.
 *
 * Codes, values and units are those of the display (model/pages.h); a maximum is followed by its time, YYMMDDhhmm. The
 * read-out needs no password, so its default list holds identification and energies only; by code everything can be
 * read that a Reader may.
 *
 * Source  object-model.md 1.13, 5 and 6; IEC 62056-21 clause 6.6 (data set), IEC 62056-61 (reduced codes).
 */
#ifndef MODEL_READOUT_H
#define MODEL_READOUT_H

#include <stddef.h>

#include "config.h"

struct cosem_device;

/* The line with this number, from 0, as 1.8.0(001234.56*kWh). Returns its size, 0 after the last line. */
size_t readout_line(struct cosem_device *device, unsigned number, char text[READOUT_LINE_MAX]);

/* What stands behind a code, with brackets. Returns its size, 0 if there is no such code. */
size_t readout_value(struct cosem_device *device, const char *code, size_t size, char text[READOUT_LINE_MAX]);

#endif
