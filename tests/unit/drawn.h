/* Reads an LCD by drawings of its characters, made by hand: nothing here knows the font of the meter. */
#ifndef DRAWN_H
#define DRAWN_H

#include "base/lcd.h"

/* The value as one reads it, "-001234.56" or "12:34:56", and the code, "1.8.0*1"; blanks at the left are left out, what
 * is no character is '?'. */
void drawn_value(const struct lcd *lcd, char text[24]);
void drawn_code(const struct lcd *lcd, char text[24]);

/* One digit, without its point. */
char drawn_character(uint8_t segments);

/* All that can be drawn: "0123..." */
extern const char drawn_characters[];

#endif
