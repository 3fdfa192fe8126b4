#include "base/lcd.h"

#include <stddef.h>
#include <string.h>

/* Digits, then the letters that can be told from them and from each other. */
static const struct {
    char character;
    uint8_t segments;
} font[] = {
    { '0', LCD_A | LCD_B | LCD_C | LCD_D | LCD_E | LCD_F },
    { '1', LCD_B | LCD_C },
    { '2', LCD_A | LCD_B | LCD_D | LCD_E | LCD_G },
    { '3', LCD_A | LCD_B | LCD_C | LCD_D | LCD_G },
    { '4', LCD_B | LCD_C | LCD_F | LCD_G },
    { '5', LCD_A | LCD_C | LCD_D | LCD_F | LCD_G },
    { '6', LCD_A | LCD_C | LCD_D | LCD_E | LCD_F | LCD_G },
    { '7', LCD_A | LCD_B | LCD_C },
    { '8', LCD_A | LCD_B | LCD_C | LCD_D | LCD_E | LCD_F | LCD_G },
    { '9', LCD_A | LCD_B | LCD_C | LCD_D | LCD_F | LCD_G },
    { '-', LCD_G },
    { '_', LCD_D },
    { 'A', LCD_A | LCD_B | LCD_C | LCD_E | LCD_F | LCD_G },
    { 'b', LCD_C | LCD_D | LCD_E | LCD_F | LCD_G },
    { 'C', LCD_A | LCD_D | LCD_E | LCD_F },
    { 'c', LCD_D | LCD_E | LCD_G },
    { 'd', LCD_B | LCD_C | LCD_D | LCD_E | LCD_G },
    { 'E', LCD_A | LCD_D | LCD_E | LCD_F | LCD_G },
    { 'F', LCD_A | LCD_E | LCD_F | LCD_G },
    { 'G', LCD_A | LCD_C | LCD_D | LCD_E | LCD_F },
    { 'H', LCD_B | LCD_C | LCD_E | LCD_F | LCD_G },
    { 'h', LCD_C | LCD_E | LCD_F | LCD_G },
    { 'J', LCD_B | LCD_C | LCD_D | LCD_E },
    { 'K', LCD_A | LCD_C | LCD_E | LCD_F | LCD_G },
    { 'L', LCD_D | LCD_E | LCD_F },
    { 'n', LCD_C | LCD_E | LCD_G },
    { 'o', LCD_C | LCD_D | LCD_E | LCD_G },
    { 'P', LCD_A | LCD_B | LCD_E | LCD_F | LCD_G },
    { 'q', LCD_A | LCD_B | LCD_C | LCD_F | LCD_G },
    { 'r', LCD_E | LCD_G },
    { 't', LCD_D | LCD_E | LCD_F | LCD_G },
    { 'U', LCD_B | LCD_C | LCD_D | LCD_E | LCD_F },
    { 'u', LCD_C | LCD_D | LCD_E },
    { 'Y', LCD_B | LCD_C | LCD_D | LCD_F | LCD_G },
    /* as one reads them who expects a letter */
    { 'I', LCD_B | LCD_C },
    { 'O', LCD_A | LCD_B | LCD_C | LCD_D | LCD_E | LCD_F },
    { 'S', LCD_A | LCD_C | LCD_D | LCD_F | LCD_G },
    { 'Z', LCD_A | LCD_B | LCD_D | LCD_E | LCD_G },
};

enum { FONT_SIZE = sizeof font / sizeof font[0] };

static uint8_t exactly(char character)
{
    if (character >= '0' && character <= '9') {
        return font[character - '0'].segments;
    }
    for (size_t i = 0; i < FONT_SIZE; i++) {
        if (font[i].character == character) {
            return font[i].segments;
        }
    }
    return 0;
}

uint8_t lcd_segments(char character)
{
    uint8_t segments = exactly(character);
    if (segments == 0 && character >= 'a' && character <= 'z') {
        segments = exactly((char)(character - 'a' + 'A'));
    } else if (segments == 0 && character >= 'A' && character <= 'Z') {
        segments = exactly((char)(character - 'A' + 'a'));
    }
    return segments;
}

void lcd_fill(struct lcd *lcd)
{
    memset(lcd->value, 0xff, sizeof lcd->value);
    memset(lcd->code, 0xff, sizeof lcd->code);
    memset(lcd->period, 0xff, sizeof lcd->period);
    lcd->marks = (UINT32_C(1) << LCD_MARKS) - 1;
}

static bool takes_a_digit(char character)
{
    return character != '.' && character != ':';
}

static unsigned digits_before(const char *text, char end)
{
    unsigned digits = 0;
    for (; *text != '\0' && *text != end; text++) {
        digits += takes_a_digit(*text);
    }
    return digits;
}

/* Up to `end`; returns what follows. `colons` are told by the digit that they follow, a bit each. */
static const char *put(uint8_t *digits, unsigned count, unsigned at, const char *text, char end, uint32_t *colons)
{
    for (; *text != '\0' && *text != end; text++) {
        if (*text == '.' && at > 0 && at <= count) {
            digits[at - 1] |= LCD_POINT;
        } else if (*text == ':') {
            *colons |= UINT32_C(1) << at;
        } else if (takes_a_digit(*text) && at < count) {
            digits[at++] = lcd_segments(*text);
        } else if (takes_a_digit(*text)) {
            break;
        }
    }
    return text;
}

static unsigned first_of(const char *text, char end, unsigned count)
{
    unsigned digits = digits_before(text, end);
    return digits < count ? count - digits : 0;
}

void lcd_put_value(struct lcd *lcd, const char *text)
{
    uint32_t colons = 0;
    memset(lcd->value, 0, sizeof lcd->value);
    put(lcd->value, LCD_VALUE_DIGITS, first_of(text, '\0', LCD_VALUE_DIGITS), text, '\0', &colons);
    lcd->marks &= ~(uint32_t)(LCD_COLON_4 | LCD_COLON_6);
    lcd->marks |= (colons & 1u << 4 ? LCD_COLON_4 : 0u) | (colons & 1u << 6 ? LCD_COLON_6 : 0u);
}

void lcd_put_code(struct lcd *lcd, const char *code)
{
    uint32_t colons = 0;
    memset(lcd->code, 0, sizeof lcd->code);
    memset(lcd->period, 0, sizeof lcd->period);
    lcd->marks &= ~(uint32_t)LCD_STAR;
    const char *rest = put(lcd->code, LCD_CODE_DIGITS, first_of(code, '*', LCD_CODE_DIGITS), code, '*', &colons);
    if (*rest == '*') {
        lcd->marks |= LCD_STAR;
        put(lcd->period, LCD_PERIOD_DIGITS, 0, rest + 1, '\0', &colons);
    }
}
