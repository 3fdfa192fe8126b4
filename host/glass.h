/* An LCD drawn as text, from its segments: what is read here is what a reader of the meter would read. */
#ifndef HOST_GLASS_H
#define HOST_GLASS_H

#include <stddef.h>

#include "base/lcd.h"

enum {
    GLASS_ROWS = 7,
    GLASS_COLUMNS = 72,
    GLASS_TEXT_MAX = GLASS_ROWS * (GLASS_COLUMNS + 1) + 1,
    GLASS_LINE_MAX = 256
};

/* The whole glass, GLASS_ROWS lines; its frame is doubled while the backlight is on. */
void glass_draw(const struct lcd *lcd, char text[GLASS_TEXT_MAX]);

/* Its contents in one line: "1.8.0 001234.56 kWh [import Q1]"; "dark" when it is off. */
void glass_tell(const struct lcd *lcd, char line[GLASS_LINE_MAX]);

#endif
