/* What the display and the read-out of mode C show of an object: code, value and unit as text.
 *
 * A value is what a Reader would get, formatted by its type and unit: energies kWh 6.2 truncated, powers kW 3.3, V 3.1,
 * A 3.3, Hz 2.2, power factor 1.3; a date-time is two screens, YY.MM.DD and hh:mm:ss, with dashes for what is not
 * specified. What takes more than eight digits loses decimals. So an object of any branch of the model can be shown
 * without a word about it here.
 *
 * Source  object-model.md 5, 1.13, decisions 9 and 16; IEC 62056-61 (reduced codes).
 * Context main loop only.
 */
#ifndef MODEL_PAGES_H
#define MODEL_PAGES_H

#include <stdbool.h>

#include "cosem/association.h"
#include "meter/display.h"

/* Fills in one screen of an entry, from 0, and returns how many it has: 0 if there is no such object, a Reader may not
 * read it, or it is nothing that can be shown. */
unsigned pages_show(struct cosem_device *device, const struct display_entry *e, unsigned screen,
                    struct display_page *page);

/* Whether it may stand in a list. */
bool pages_showable(struct cosem_device *device, const struct display_entry *e);

/* C.D.E or C.D.E*F as an entry of an object: its value, the attribute 2. A is 1 if there is such an object, else 0; F.F
 * is the error register, 0.0.0 the serial number. False if there is no object with that code. */
bool pages_find(struct cosem_device *device, const char *code, size_t size, struct display_entry *e);

#endif
