/* base/lcd and host/glass: the segments against drawings made by hand (drawn.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/lcd.h"
#include "drawn.h"
#include "host/glass.h"

static void every_character_is_drawn_so(void **state)
{
    (void)state;
    for (const char *c = drawn_characters; *c != '\0'; c++) {
        assert_int_equal(drawn_character(lcd_segments(*c)), *c);
        for (const char *other = drawn_characters; other < c; other++) {
            assert_int_not_equal(lcd_segments(*c), lcd_segments(*other));
        }
    }
}

/* Letters that exist in one case only stand for both, some look like digits, the rest is blank. */
static void the_other_characters(void **state)
{
    (void)state;
    assert_int_equal(drawn_character(lcd_segments('S')), '5');
    assert_int_equal(drawn_character(lcd_segments('i')), '1');
    assert_int_equal(drawn_character(lcd_segments('e')), 'E');
    assert_int_equal(drawn_character(lcd_segments('R')), 'r');
    for (int c = -128; c < 128; c++) {
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        bool digit = c >= '0' && c <= '9';
        bool none = letter && strchr("MVWXmvwx", c) != NULL;
        if (none || (!letter && !digit && c != '-' && c != '_')) {
            assert_int_equal(lcd_segments((char)c), 0);
        } else {
            assert_int_not_equal(lcd_segments((char)c), 0);
            assert_int_equal(lcd_segments((char)c) & LCD_POINT, 0);
        }
    }
}

static void value_is(const char *text, const char *expected)
{
    struct lcd lcd = { 0 };
    char read[24];
    lcd_put_value(&lcd, text);
    drawn_value(&lcd, read);
    assert_string_equal(read, expected);
}

static void values(void **state)
{
    (void)state;
    value_is("", "");
    value_is("0", "0");
    value_is("001234.56", "001234.56");
    value_is("12345678", "12345678");
    value_is("1.2.3.4.5.6.7.8.", "1.2.3.4.5.6.7.8.");
    value_is("123456789", "12345678");
    value_is("12:34:56", "12:34:56");
    value_is("26.11.25", "26.11.25");
    value_is("--:--:--", "--:--:--");
    value_is("LocKEd", "LocKEd");
    value_is("donE", "donE");
    value_is(".5", ".5"); /* the point of the digit before */
    value_is("1:2", "12");
}

static void a_value_stands_at_the_right(void **state)
{
    struct lcd lcd = { 0 };
    (void)state;
    lcd_put_value(&lcd, "1.5");
    assert_int_equal(lcd.value[5], 0);
    assert_int_equal(drawn_character(lcd.value[6] & 0x7f), '1');
    assert_true((lcd.value[6] & LCD_POINT) != 0);
    assert_int_equal(drawn_character(lcd.value[7]), '5');
}

static void codes(void **state)
{
    static const char *const texts[] = { "1.8.0", "128.8.0", "0.0.0", "F.F", "1.8.0*1", "96.50.11*101", "128.8.0*12" };
    (void)state;
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct lcd lcd = { 0 };
        char read[24];
        lcd_put_code(&lcd, texts[i]);
        drawn_code(&lcd, read);
        assert_string_equal(read, texts[i]);
    }
}

static void full(void **state)
{
    struct lcd lcd = { 0 };
    (void)state;
    lcd_fill(&lcd);
    for (unsigned i = 0; i < LCD_VALUE_DIGITS; i++) {
        assert_int_equal(lcd.value[i], 0xff);
    }
    for (unsigned i = 0; i < LCD_CODE_DIGITS; i++) {
        assert_int_equal(lcd.code[i], 0xff);
    }
    for (unsigned i = 0; i < LCD_PERIOD_DIGITS; i++) {
        assert_int_equal(lcd.period[i], 0xff);
    }
    assert_int_equal(lcd.marks, 0x1fffffff);
}

static void told_in_a_line(void **state)
{
    struct lcd lcd = { .marks = LCD_MINUS | LCD_KWH | LCD_Q2 | LCD_EXPORT, .on = true };
    char line[GLASS_LINE_MAX];
    (void)state;
    lcd_put_value(&lcd, "000765.43");
    lcd_put_code(&lcd, "16.8.0");
    glass_tell(&lcd, line);
    assert_string_equal(line, "16.8.0 -000765.43 kWh [export Q2]");
    lcd.backlight = true;
    lcd.marks = LCD_TIME;
    lcd_put_value(&lcd, "12:34:56");
    lcd_put_code(&lcd, "1.6.0*1");
    glass_tell(&lcd, line);
    assert_string_equal(line, "1.6.0*1 12:34:56 time [] lit");
    lcd.on = false;
    glass_tell(&lcd, line);
    assert_string_equal(line, "dark");
    lcd = (struct lcd){ .on = true, .backlight = true };
    lcd_fill(&lcd);
    glass_tell(&lcd, line);
    assert_true(strlen(line) < GLASS_LINE_MAX - 1);
    assert_true(
        strstr(line,
               "-8.8.8.8.:8.8.:8.8. kWh kvarh kVAh kW kvar kVA V A Hz deg date time [import export Q1 Q2 Q3 Q4") !=
        NULL);
}

static void drawn_as_text(void **state)
{
    struct lcd lcd = { .marks = LCD_MINUS | LCD_KWH | LCD_CON, .on = true };
    char text[GLASS_TEXT_MAX];
    (void)state;
    lcd_put_value(&lcd, "124580.36");
    lcd_put_code(&lcd, "16.8.0*1");
    glass_draw(&lcd, text);
    assert_string_equal(text, "+----------------------------------------------------------------------+\n"
                              "| Con                                                                  |\n"
                              "|         _       _   _   _   _   _                                    |\n"
                              "| _    |  _| |_| |_  |_| | |  _| |_     kWh                            |\n"
                              "|      | |_    |  _| |_| |_|. _| |_|                                   |\n"
                              "| 16.8.0*1                                                             |\n"
                              "+----------------------------------------------------------------------+\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_is_drawn_so),
        cmocka_unit_test(the_other_characters),
        cmocka_unit_test(values),
        cmocka_unit_test(a_value_stands_at_the_right),
        cmocka_unit_test(codes),
        cmocka_unit_test(full),
        cmocka_unit_test(told_in_a_line),
        cmocka_unit_test(drawn_as_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
