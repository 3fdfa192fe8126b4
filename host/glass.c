#include "host/glass.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { DIGIT_COLUMNS = 4, VALUE_COLUMN = 5, UNIT_COLUMN = 40, CODE_COLUMN = 2, POINT_COLUMN = 3 };

struct name {
    uint32_t mark;
    const char *text;
};

static const struct name units[] = {
    { LCD_KWH, "kWh" }, { LCD_KVARH, "kvarh" }, { LCD_KVAH, "kVAh" }, { LCD_KW, "kW" }, { LCD_KVAR, "kvar" },
    { LCD_KVA, "kVA" }, { LCD_V, "V" },         { LCD_AMPERE, "A" },  { LCD_HZ, "Hz" }, { LCD_DEGREE, "deg" },
};

enum { ENERGY_UNITS = 3 }; /* in a row of their own */

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

/* A text that ends where its room does. */
struct text {
    char *characters;
    size_t size; /* with the 0 at the end */
    size_t used;
};

static void add_character(struct text *t, char c)
{
    if (t->used + 1 < t->size) {
        t->characters[t->used++] = c;
        t->characters[t->used] = '\0';
    }
}

static void add(struct text *t, const char *text)
{
    for (; *text != '\0'; text++) {
        add_character(t, *text);
    }
}

static struct text begin(char *characters, size_t size)
{
    characters[0] = '\0';
    return (struct text){ .characters = characters, .size = size };
}

/* Digits from the first that is not blank, with their points and colons. */
static void spell(struct text *t, const uint8_t *digits, unsigned count, uint32_t colons)
{
    size_t first = t->used;
    for (unsigned i = 0; i < count; i++) {
        char c = character_of(digits[i]);
        if (c != ' ' || t->used > first) {
            add_character(t, c);
        }
        if ((digits[i] & LCD_POINT) != 0) {
            add_character(t, '.');
        }
        if ((colons & 1u << i) != 0) {
            add_character(t, ':');
        }
    }
}

/* A bit for each digit of the value that is followed by a colon. */
static uint32_t colons_of(const struct lcd *lcd)
{
    return ((lcd->marks & LCD_COLON_4) != 0 ? 1u << 3 : 0u) | ((lcd->marks & LCD_COLON_6) != 0 ? 1u << 5 : 0u);
}

static void spell_code(struct text *t, const struct lcd *lcd)
{
    spell(t, lcd->code, LCD_CODE_DIGITS, 0);
    if ((lcd->marks & LCD_STAR) != 0) {
        add_character(t, '*');
    }
    spell(t, lcd->period, LCD_PERIOD_DIGITS, 0);
    while (t->used > 0 && t->characters[t->used - 1] == ' ') {
        t->characters[--t->used] = '\0';
    }
}

static void list(struct text *t, uint32_t marks, const struct name *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if ((marks & names[i].mark) != 0) {
            add(t, t->used > 0 && t->characters[t->used - 1] != '[' ? " " : "");
            add(t, names[i].text);
        }
    }
}

void glass_tell(const struct lcd *lcd, char line[GLASS_LINE_MAX])
{
    struct text t = begin(line, GLASS_LINE_MAX);
    if (!lcd->on) {
        add(&t, "dark");
        return;
    }
    spell_code(&t, lcd);
    add(&t, t.used > 0 ? " " : "");
    add(&t, (lcd->marks & LCD_MINUS) != 0 ? "-" : "");
    spell(&t, lcd->value, LCD_VALUE_DIGITS, colons_of(lcd));
    list(&t, lcd->marks, units, COUNT(units));
    list(&t, lcd->marks, below, COUNT(below));
    add(&t, " [");
    list(&t, lcd->marks, above, COUNT(above));
    add(&t, lcd->backlight ? "] lit" : "]");
}

/* The drawing ----------------------------------------------------------------------- */

/* As far as the frame. */
static void draw_text(char row[GLASS_COLUMNS + 1], unsigned column, const struct text *t)
{
    size_t room = GLASS_COLUMNS - 1u - column;
    memcpy(row + column, t->characters, t->used < room ? t->used : room);
}

static void draw_names(char row[GLASS_COLUMNS + 1], unsigned column, uint32_t marks, const struct name *names,
                       size_t count)
{
    char characters[GLASS_COLUMNS];
    struct text t = begin(characters, sizeof characters);
    list(&t, marks, names, count);
    draw_text(row, column, &t);
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
    char characters[GLASS_COLUMNS];
    struct text code = begin(characters, sizeof characters);
    draw_names(rows[1], CODE_COLUMN, lcd->marks, above, COUNT(above));
    if ((lcd->marks & LCD_MINUS) != 0) {
        rows[3][CODE_COLUMN] = '_';
    }
    for (unsigned i = 0; i < LCD_VALUE_DIGITS; i++) {
        draw_digit(rows, VALUE_COLUMN + i * DIGIT_COLUMNS, lcd->value[i], (colons_of(lcd) & 1u << i) != 0);
    }
    draw_names(rows[3], UNIT_COLUMN, lcd->marks, units, ENERGY_UNITS);
    draw_names(rows[4], UNIT_COLUMN, lcd->marks, units + ENERGY_UNITS, COUNT(units) - ENERGY_UNITS);
    spell_code(&code, lcd);
    draw_text(rows[5], CODE_COLUMN, &code);
    draw_names(rows[5], UNIT_COLUMN, lcd->marks, below, COUNT(below));
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
