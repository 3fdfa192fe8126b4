/* The glass of the meter's LCD: which segments are on. It says what can be seen, and nothing else.
 *
 *       [import][export] Q1..Q4  battery  alarm  cover  Con  reverse  clock  TEST
 *
 *       - 8 8:8 8:8 8:8 8 ...                     kWh kvarh kVAh kW kvar kVA V A Hz deg
 *
 *       8 8 8 8 8 8 8 * 8 8 8                     date time
 *
 * The large row is the value: eight digits, each with a point at its right, and colons behind the fourth and sixth. The
 * small row is the identification code: C.D.E in seven digits with points, set to the right, a star and F in three.
 *
 * Source  object-model.md 5; IEC 62056-61 (reduced identification codes). Letters that seven segments cannot draw are
 * blank.
 */
#ifndef BASE_LCD_H
#define BASE_LCD_H

#include <stdbool.h>
#include <stdint.h>

enum { LCD_VALUE_DIGITS = 8, LCD_CODE_DIGITS = 7, LCD_PERIOD_DIGITS = 3 };

/* Segments of a digit:  aaa
 *                      f   b
 *                       ggg
 *                      e   c
 *                       ddd  .  */
enum lcd_segment {
    LCD_A = 0x01,
    LCD_B = 0x02,
    LCD_C = 0x04,
    LCD_D = 0x08,
    LCD_E = 0x10,
    LCD_F = 0x20,
    LCD_G = 0x40,
    LCD_POINT = 0x80
};

/* Segments that are drawn as a whole, a bit each. */
enum lcd_mark {
    /* belonging to the digits */
    LCD_MINUS = 1 << 0,
    LCD_COLON_4 = 1 << 1, /* behind the fourth digit */
    LCD_COLON_6 = 1 << 2,
    LCD_STAR = 1 << 3,
    LCD_DATE = 1 << 4, /* the value is the date of what the code names */
    LCD_TIME = 1 << 5,
    /* units */
    LCD_KWH = 1 << 6,
    LCD_KVARH = 1 << 7,
    LCD_KVAH = 1 << 8,
    LCD_KW = 1 << 9,
    LCD_KVAR = 1 << 10,
    LCD_KVA = 1 << 11,
    LCD_V = 1 << 12,
    LCD_AMPERE = 1 << 13,
    LCD_HZ = 1 << 14,
    LCD_DEGREE = 1 << 15,
    /* the meter */
    LCD_IMPORT = 1 << 16, /* arrow: active energy to the customer */
    LCD_EXPORT = 1 << 17,
    LCD_Q1 = 1 << 18,
    LCD_Q2 = 1 << 19,
    LCD_Q3 = 1 << 20,
    LCD_Q4 = 1 << 21,
    LCD_BATTERY_LOW = 1 << 22,
    LCD_ALARM = 1 << 23,
    LCD_COVER = 1 << 24,
    LCD_CON = 1 << 25, /* somebody communicates with the meter */
    LCD_REVERSE = 1 << 26,
    LCD_CLOCK_INVALID = 1 << 27,
    LCD_TEST = 1 << 28,
    LCD_MARKS = 29 /* how many there are */
};

struct lcd {
    uint32_t marks;                    /* enum lcd_mark */
    uint8_t value[LCD_VALUE_DIGITS];   /* enum lcd_segment; the left one first */
    uint8_t code[LCD_CODE_DIGITS];     /* C.D.E */
    uint8_t period[LCD_PERIOD_DIGITS]; /* F */
    bool on;                           /* otherwise it is dark, whatever stands above */
    bool backlight;
};

/* The segments of a character, 0 if it has none. */
uint8_t lcd_segments(char character);

/* Every segment on. */
void lcd_fill(struct lcd *lcd);

/* Replaces the value, set to the right: digits and letters, each of which takes a digit; '.' and ':' belong to the
 * digit before them, a ':' that has no place is left out. What is beyond eight digits is left out. */
void lcd_put_value(struct lcd *lcd, const char *text);

/* Replaces the code: C.D.E or C.D.E*F. */
void lcd_put_code(struct lcd *lcd, const char *code);

#endif
