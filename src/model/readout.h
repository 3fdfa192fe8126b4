/* The meter as IEC 62056-21 mode C shows it: the list of the read-out, and values by their code.
 *
 * A code is C.D.E of an object 1-0:C.D.E*255; 0.0.0 is the serial number, F.F the error code. Values have the decimals
 * and units of the display, energies are truncated. The read-out needs no password, so its list holds identification
 * and energies only; by code everything can be read that a Reader may.
 *
 * Source  object-model.md 5 and 6; IEC 62056-21 clause 6.6 (data set), IEC 62056-61 (reduced codes).
 */
#ifndef MODEL_READOUT_H
#define MODEL_READOUT_H

#include <stddef.h>

#include "config.h"

struct meter;

/* The line with this number, from 0, as 1.8.0(001234.56*kWh). Returns its size, 0 after the last line. */
size_t readout_line(const struct meter *m, unsigned number, char text[READOUT_LINE_MAX]);

/* What stands behind a code, with brackets. Returns its size, 0 if there is no such code. */
size_t readout_value(const struct meter *m, const char *code, size_t size, char text[READOUT_LINE_MAX]);

#endif
