#include "drawn.h"

#include <string.h>

const char drawn_characters[] = "0123456789-_AbCcdEFGHhJKLnoPqrtUuY";

/* Three rows, in the order of drawn_characters. */
/* clang-format off */
static const char *const drawings[3] = {
    " _       _   _       _   _   _   _   _           _       _           _   _   _               _               _   _                      ",
    "| |   |  _|  _| |_| |_  |_    | |_| |_|  _      |_| |_  |    _   _| |_  |_  |   |_| |_    | |_  |    _   _  |_| |_|  _  |_  | |     |_| ",
    "|_|   | |_   _|   |  _| |_|   | |_|  _|      _  | | |_| |_  |_  |_| |_  |   |_| | | | | |_| | | |_  | | |_| |     | |   |_  |_| |_|  _| ",
};
/* clang-format on */

static char at(unsigned row, unsigned column)
{
    return drawings[row][column];
}

/* Where a segment is drawn: row and column of a character. */
static uint8_t segments_of(unsigned index)
{
    static const struct {
        uint8_t segment, row, column;
        char stroke;
    } places[] = { { 0x01, 0, 1, '_' }, { 0x02, 1, 2, '|' }, { 0x04, 2, 2, '|' }, { 0x08, 2, 1, '_' },
                   { 0x10, 2, 0, '|' }, { 0x20, 1, 0, '|' }, { 0x40, 1, 1, '_' } };
    uint8_t segments = 0;
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (at(places[i].row, index * 4 + places[i].column) == places[i].stroke) {
            segments |= places[i].segment;
        }
    }
    return segments;
}

char drawn_character(uint8_t segments)
{
    if (segments == 0) {
        return ' ';
    }
    for (unsigned i = 0; drawn_characters[i] != '\0'; i++) {
        if (segments_of(i) == segments) {
            return drawn_characters[i];
        }
    }
    return '?';
}

static char *put(char *text, char c)
{
    *text = c;
    return text + 1;
}

static char *put_digit(char *end, const char *begin, uint8_t digit)
{
    char c = drawn_character(digit & 0x7f);
    if (c != ' ' || end > begin) {
        end = put(end, c);
    }
    return (digit & 0x80) != 0 ? put(end, '.') : end;
}

void drawn_value(const struct lcd *lcd, char text[24])
{
    char *begin = (lcd->marks & LCD_MINUS) != 0 ? put(text, '-') : text;
    char *end = begin;
    for (unsigned i = 0; i < 8; i++) {
        end = put_digit(end, begin, lcd->value[i]);
        if ((i == 3 && (lcd->marks & LCD_COLON_4) != 0) || (i == 5 && (lcd->marks & LCD_COLON_6) != 0)) {
            end = put(end, ':');
        }
    }
    *end = '\0';
}

void drawn_code(const struct lcd *lcd, char text[24])
{
    char *end = text;
    for (unsigned i = 0; i < 7; i++) {
        end = put_digit(end, text, lcd->code[i]);
    }
    end = (lcd->marks & LCD_STAR) != 0 ? put(end, '*') : end;
    char *period = end;
    for (unsigned i = 0; i < 3; i++) {
        end = put_digit(end, period, lcd->period[i]);
    }
    while (end > text && end[-1] == ' ') {
        end--;
    }
    *end = '\0';
}
