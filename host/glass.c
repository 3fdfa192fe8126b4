#include "host/glass.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { DIGIT_COLUMNS = 4, VALUE_COLUMN = 5, UNIT_COLUMN = 42, CODE_COLUMN = 2, POINT_COLUMN = 3 };

struct name {
    uint32_t mark;
    const char *text;
};

static const struct name units[] = {
    { LCD_KWH, "kWh" }, { LCD_KVARH, "kvarh" }, { LCD_KVAH, "kVAh" }, { LCD_KW, "kW" }, { LCD_KVAR, "kvar" },
    { LCD_KVA, "kVA" }, { LCD_V, "V" },         { LCD_AMPERE, "A" },  { LCD_HZ, "Hz" }, { LCD_DEGREE, "deg" },
};

static const struct name below[] = { { LCD_DATE, "date" }, { LCD_TIME, "time" } };

static const struct name above[] = {
    { LCD_IMPORT, "import" },
    { LCD_EXPORT, "export" },
    { LCD_Q1, "Q1" },
    { LCD_Q2, "Q2" },
    { LCD_Q3, "Q3" },
    { LCD_Q4, "Q4" },
    { LCD_REVERSE, "rev" },
    { LCD_BATTERY_LOW, "battery" },
    { LCD_ALARM, "alarm" },
    { LCD_COVER, "cover" },
    { LCD_CLOCK_INVALID, "clock" },
    { LCD_CON, "Con" },
    { LCD_TEST, "TEST" },
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* The character that is drawn so; digits come before the letters that look the same. */
static char character_of(uint8_t segments)
{
    static const char characters[] = "0123456789-_AbCcdEFGHhJKLnoPqrtUuY";
    uint8_t figure = segments & (uint8_t)~LCD_POINT;
    if (figure == 0) {
        return ' ';
    }
    for (const char *c = characters; *c != '\0'; c++) {
        if (lcd_segments(*c) == figure) {
            return *c;
        }
    }
    return '?';
}

/* Digits from the first that is not blank, with their points and colons. */
static void spell(const uint8_t *digits, unsigned count, uint32_t marks, char *text)
{
    size_t used = 0;
    for (unsigned i = 0; i < count; i++) {
        char c = character_of(digits[i]);
        bool colon = (i == 3 && (marks & LCD_COLON_4) != 0) || (i == 5 && (marks & LCD_COLON_6) != 0);
        if (c != ' ' || used > 0) {
            text[used++] = c;
        }
        if ((digits[i] & LCD_POINT) != 0) {
            text[used++] = '.';
        }
        if (colon) {
            text[used++] = ':';
        }
    }
    while (used > 0 && text[used - 1] == ' ') {
        used--;
    }
    text[used] = '\0';
}

static void spell_code(const struct lcd *lcd, char *text)
{
    char period[2 * LCD_PERIOD_DIGITS + 1];
    spell(lcd->code, LCD_CODE_DIGITS, 0, text);
    spell(lcd->period, LCD_PERIOD_DIGITS, 0, period);
    if ((lcd->marks & LCD_STAR) != 0) {
        strcat(text, "*");
        strcat(text, period);
    }
}

static void list(uint32_t marks, const struct name *names, size_t count, char *text)
{
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        if ((marks & names[i].mark) != 0) {
            strcat(text, text[0] != '\0' ? " " : "");
            strcat(text, names[i].text);
        }
    }
}

void glass_tell(const struct lcd *lcd, char line[GLASS_LINE_MAX])
{
    char code[32];
    char value[2 * LCD_VALUE_DIGITS + 8];
    char unit[64];
    char kind[16];
    char meter[80];
    if (!lcd->on) {
        strcpy(line, "dark");
        return;
    }
    spell_code(lcd, code);
    spell(lcd->value, LCD_VALUE_DIGITS, lcd->marks, value);
    list(lcd->marks, units, COUNT(units), unit);
    list(lcd->marks, below, COUNT(below), kind);
    list(lcd->marks, above, COUNT(above), meter);
    snprintf(line, GLASS_LINE_MAX, "%s%s%s%s%s%s%s%s [%s]%s", code, code[0] != '\0' ? " " : "",
             (lcd->marks & LCD_MINUS) != 0 ? "-" : "", value, unit[0] != '\0' ? " " : "", unit,
             kind[0] != '\0' ? " " : "", kind, meter, lcd->backlight ? " lit" : "");
}

/* The drawing ----------------------------------------------------------------------- */

static void put(char row[GLASS_COLUMNS + 1], unsigned column, const char *text)
{
    size_t room = GLASS_COLUMNS - 1u - column;
    size_t size = strlen(text);
    memcpy(row + column, text, size < room ? size : room);
}

static void draw_digit(char rows[GLASS_ROWS][GLASS_COLUMNS + 1], unsigned column, uint8_t segments, bool colon)
{
    static const struct {
        uint8_t segment;
        uint8_t row, column;
        char character;
    } strokes[] = {
        { LCD_A, 2, 1, '_' }, { LCD_F, 3, 0, '|' }, { LCD_G, 3, 1, '_' }, { LCD_B, 3, 2, '|' },
        { LCD_E, 4, 0, '|' }, { LCD_D, 4, 1, '_' }, { LCD_C, 4, 2, '|' }, { LCD_POINT, 4, POINT_COLUMN, '.' },
    };
    for (size_t i = 0; i < COUNT(strokes); i++) {
        if ((segments & strokes[i].segment) != 0) {
            rows[strokes[i].row][column + strokes[i].column] = strokes[i].character;
        }
    }
    if (colon) {
        rows[3][column + POINT_COLUMN] = '.';
        rows[4][column + POINT_COLUMN] = (segments & LCD_POINT) != 0 ? ':' : '.';
    }
}

static void draw_on(const struct lcd *lcd, char rows[GLASS_ROWS][GLASS_COLUMNS + 1])
{
    char text[128];
    list(lcd->marks, above, COUNT(above), text);
    put(rows[1], CODE_COLUMN, text);
    if ((lcd->marks & LCD_MINUS) != 0) {
        put(rows[3], CODE_COLUMN, "_");
    }
    for (unsigned i = 0; i < LCD_VALUE_DIGITS; i++) {
        bool colon = (i == 3 && (lcd->marks & LCD_COLON_4) != 0) || (i == 5 && (lcd->marks & LCD_COLON_6) != 0);
        draw_digit(rows, VALUE_COLUMN + i * DIGIT_COLUMNS, lcd->value[i], colon);
    }
    list(lcd->marks, units, COUNT(units), text);
    put(rows[4], UNIT_COLUMN, text);
    spell_code(lcd, text);
    put(rows[5], CODE_COLUMN, text);
    list(lcd->marks, below, COUNT(below), text);
    put(rows[5], UNIT_COLUMN, text);
}

void glass_draw(const struct lcd *lcd, char text[GLASS_TEXT_MAX])
{
    char rows[GLASS_ROWS][GLASS_COLUMNS + 1];
    char edge = lcd->on && lcd->backlight ? '=' : '-';
    for (unsigned i = 0; i < GLASS_ROWS; i++) {
        bool frame = i == 0 || i == GLASS_ROWS - 1;
        memset(rows[i], frame ? edge : ' ', GLASS_COLUMNS);
        rows[i][0] = rows[i][GLASS_COLUMNS - 1] = frame ? '+' : '|';
        rows[i][GLASS_COLUMNS] = '\n';
    }
    if (lcd->on) {
        draw_on(lcd, rows);
    }
    memcpy(text, rows, sizeof rows);
    text[sizeof rows] = '\0';
}
