/* meter/display: every state, by simulated milliseconds, with the real pages of a meter; the glass is read by drawings
 * of its characters. Appendix 8 of the data sheet is written down here by hand. */
#include "meter/display.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drawn.h"
#include "model/model.h"
#include "model/pages.h"
#include "test_board.h"

enum { STEP_MS = 10 };

static struct board board;
static struct meter meter;
static struct cosem_device device;
static struct display display;
static struct display_input in;
static unsigned page(void *context, const struct display_entry *e, unsigned screen, struct display_page *p)
{
    return pages_show(context, e, screen, p);
}

static enum status bill(void *context)
{
    (void)context;
    return billing_request(&meter, BILLING_BY_BUTTON);
}

static const struct display_upper upper = { page, bill };

static void step(void)
{
    display_step(&display, &in);
}

static void pass(uint64_t ms)
{
    for (uint64_t i = 0; i < ms; i += STEP_MS) {
        in.time_ms += STEP_MS;
        step();
    }
}

static int start(void **state)
{
    static const struct identity identity = { .serial_number = "12345678" };
    (void)state;
    board = (struct board){ .rtc_kept = true, .rtc_s = 836215650 };
    if (meter_init(&meter, &board, &identity, &metrology_nominal, 8000) != STATUS_OK) {
        return -1;
    }
    model_init(&device, &meter);
    display_init(&display, &meter.display_setup);
    display_connect(&display, &upper, &device);
    in = (struct display_input){ .time_ms = 123456789, .powered = true };
    step();
    return 0;
}

static int start_after_the_test(void **state)
{
    int failed = start(state);
    pass(5000);
    return failed;
}

static void press(uint64_t ms)
{
    in.button = true;
    pass(ms);
    in.button = false;
    pass(STEP_MS);
}

static void code_is(const char *expected)
{
    char text[24];
    assert_true(display.lcd.on);
    drawn_code(&display.lcd, text);
    assert_string_equal(text, expected);
}

static void value_is(const char *expected)
{
    char text[24];
    drawn_value(&display.lcd, text);
    assert_string_equal(text, expected);
}

static bool full(void)
{
    for (unsigned i = 0; i < LCD_VALUE_DIGITS; i++) {
        if (display.lcd.value[i] != 0xff) {
            return false;
        }
    }
    return display.lcd.on && display.lcd.marks == 0x1fffffff && display.lcd.code[0] == 0xff;
}

/* Power-up and scroll ------------------------------------------------------------- */

static void the_test_at_power_up(void **state)
{
    (void)state;
    assert_true(full());
    pass(4990);
    assert_true(full());
    pass(10);
    code_is("1.8.0");
    value_is("000000.00");
    assert_int_equal(display.lcd.marks, LCD_KWH);
}

static void no_test_if_none_is_wanted(void **state)
{
    (void)state;
    meter.display_setup.timing.full_test_s = 0;
    display_init(&display, &meter.display_setup);
    display_connect(&display, &upper, &device);
    step();
    code_is("1.8.0");
}

static const char *const scrolled[] = { "1.8.0", "2.8.0", "3.8.0",  "4.8.0",  "15.8.0",
                                        "0.9.1", "0.9.2", "32.7.0", "31.7.0", "16.7.0" };
enum { SCROLLED = sizeof scrolled / sizeof scrolled[0] };

static void the_scroll_list(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3 * SCROLLED; i++) {
        code_is(scrolled[i % SCROLLED]);
        pass(4990);
        code_is(scrolled[i % SCROLLED]);
        pass(10);
    }
    meter.display_setup.timing.scroll_s = 2;
    for (unsigned i = 0; i < SCROLLED; i++) {
        code_is(scrolled[i % SCROLLED]);
        pass(2000);
    }
}

static void values_are_renewed_while_they_are_shown(void **state)
{
    (void)state;
    meter.energy.registers[ENERGY_ACTIVE_IMPORT].milli = 12345678;
    pass(500);
    code_is("1.8.0");
    value_is("000012.34");
}

static void an_error_ends_the_scroll_list(void **state)
{
    (void)state;
    in.error = true;
    pass(UINT64_C(5000) * SCROLLED);
    code_is("F.F");
    value_is("00000000");
    pass(5000);
    code_is("1.8.0");
    in.error = false;
    pass(UINT64_C(5000) * SCROLLED);
    code_is("1.8.0");
}

static void coarse_steps_do_as_well(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * SCROLLED; i++) {
        code_is(scrolled[i % SCROLLED]);
        for (unsigned second = 0; second < 5; second++) {
            in.time_ms += 1000;
            step();
        }
    }
    in.button = true;
    in.time_ms += 1000;
    step();
    in.button = false;
    in.time_ms += 1000;
    step();
    assert_true(display.lcd.backlight);
}

/* The button ----------------------------------------------------------------------- */

static void a_short_press_lights_then_turns(void **state)
{
    (void)state;
    assert_false(display.lcd.backlight);
    press(100);
    assert_true(display.lcd.backlight);
    assert_int_equal(display.mode, DISPLAY_SCROLL);
    pass(6000);
    code_is("2.8.0"); /* it goes on scrolling */
    press(100);
    assert_int_equal(display.mode, DISPLAY_BUTTON);
    code_is("1.8.0");
    press(100);
    code_is("2.8.0");
    pass(59980);
    code_is("2.8.0");
    assert_true(display.lcd.backlight);
    pass(20);
    assert_int_equal(display.mode, DISPLAY_SCROLL);
    code_is("1.8.0");
    assert_false(display.lcd.backlight);
}

static void the_light_goes_out(void **state)
{
    (void)state;
    press(100);
    pass(59980);
    assert_true(display.lcd.backlight);
    pass(20);
    assert_false(display.lcd.backlight);
    press(100); /* lights again, and does not turn */
    assert_true(display.lcd.backlight);
    assert_int_equal(display.mode, DISPLAY_SCROLL);
}

static void without_a_backlight_a_press_turns(void **state)
{
    (void)state;
    meter.display_setup.timing.backlight_s = 0;
    press(100);
    assert_false(display.lcd.backlight);
    assert_int_equal(display.mode, DISPLAY_BUTTON);
}

static void how_long_a_press_is(void **state)
{
    (void)state;
    press(40); /* a bounce */
    assert_false(display.lcd.backlight);
    press(50);
    assert_true(display.lcd.backlight);
    press(1990); /* short */
    assert_int_equal(display.mode, DISPLAY_BUTTON);
    code_is("1.8.0");
    press(1990);
    code_is("2.8.0");
    press(2010); /* long */
    code_is("3.8.0");
    assert_false(display.fast);
}

static void a_long_press_runs_through_the_list(void **state)
{
    (void)state;
    in.button = true;
    pass(2000);
    assert_int_equal(display.mode, DISPLAY_SCROLL);
    pass(10);
    assert_int_equal(display.mode, DISPLAY_BUTTON);
    assert_true(display.lcd.backlight);
    code_is("1.8.0");
    pass(500);
    code_is("2.8.0");
    pass(500);
    code_is("3.8.0");
    in.button = false;
    pass(10);
    code_is("3.8.0");
    pass(59000);
    code_is("3.8.0");
    pass(1000);
    assert_int_equal(display.mode, DISPLAY_SCROLL);
}

/* Appendix 8, line by line: what the data sheet calls it, and its screens' codes. */
struct line {
    const char *text;
    const char *code;
    uint32_t marks;
    bool two; /* a date and a time */
};

static const struct line appendix_8[] = {
    { "Total import active energy", "1.8.0", LCD_KWH, false },
    { "Total export active energy", "2.8.0", LCD_KWH, false },
    { "Total import reactive energy", "3.8.0", LCD_KVARH, false },
    { "Total export reactive energy", "4.8.0", LCD_KVARH, false },
    { "Total active absolute energy", "15.8.0", LCD_KWH, false },
    { "Total reactive absolute energy", "128.8.0", LCD_KVARH, false },
    { "Total net active Energy", "16.8.0", LCD_KWH, false },
    { "Total active import maximum demand", "1.6.0", LCD_KW, false },
    { "&occurred time", "1.6.0", 0, true },
    { "Total active export maximum demand", "2.6.0", LCD_KW, false },
    { "&occurred time", "2.6.0", 0, true },
    { "Total reactive import maximum demand", "3.6.0", LCD_KVAR, false },
    { "&occurred time", "3.6.0", 0, true },
    { "Total reactive export maximum demand", "4.6.0", LCD_KVAR, false },
    { "&occurred time", "4.6.0", 0, true },
    { "Total active import cumulation maximum demand", "1.2.0", LCD_KW, false },
    { "Total active export cumulation maximum demand", "2.2.0", LCD_KW, false },
    { "Total reactive import cumulation maximum demand", "3.2.0", LCD_KVAR, false },
    { "Total reactive export cumulation maximum demand", "4.2.0", LCD_KVAR, false },
    { "Last 1 month Total import active energy", "1.8.0*1", LCD_KWH, false },
    { "Last 1 month Total export active energy", "2.8.0*1", LCD_KWH, false },
    { "Last 1 month Total import reactive energy", "3.8.0*1", LCD_KVARH, false },
    { "Last 1 month Total export reactive energy", "4.8.0*1", LCD_KVARH, false },
    { "Last 1 month Total active absolute energy", "15.8.0*1", LCD_KWH, false },
    { "Last 1 month Total reactive absolute energy", "128.8.0*1", LCD_KVARH, false },
    { "Last 1 month Total net active Energy", "16.8.0*1", LCD_KWH, false },
    { "Last 1 month Total active import maximum demand", "1.6.0*1", LCD_KW, false },
    { "&occurred time", "1.6.0*1", 0, true },
    { "Last 1 month Total active export maximum demand", "2.6.0*1", LCD_KW, false },
    { "&occurred time", "2.6.0*1", 0, true },
    { "Last 1 month Total reactive import maximum demand", "3.6.0*1", LCD_KVAR, false },
    { "&occurred time", "3.6.0*1", 0, true },
    { "Last 1 month Total reactive export maximum demand", "4.6.0*1", LCD_KVAR, false },
    { "&occurred time", "4.6.0*1", 0, true },
    { "Last 1 month Total active import cumulation maximum demand", "1.2.0*1", LCD_KW, false },
    { "Last 1 month Total active export cumulation maximum demand", "2.2.0*1", LCD_KW, false },
    { "Last 1 month Total reactive import cumulation maximum demand", "3.2.0*1", LCD_KVAR, false },
    { "Last 1 month Total reactive export cumulation maximum demand", "4.2.0*1", LCD_KVAR, false },
    { "Meter Date", "0.9.2", 0, false },
    { "Meter Time", "0.9.1", 0, false },
    { "Meter Series Number", "0.0.0", 0, false },
    { "Billing Count", "0.1.0", 0, false },
    { "Billing Time", "0.9.6", 0, false },
    { "Billing Date", "0.9.7", 0, false },
    { "Billing Time and Date, as they are set", "0.1.2", 0, true },
    { "Test full LCD", NULL, 0, false },
    { "Active power", "16.7.0", LCD_KW, false },
    { "Reactive power, import", "3.7.0", LCD_KVAR, false },
    { "Reactive power, export", "4.7.0", LCD_KVAR, false },
    { "Power factor", "13.7.0", 0, false },
    { "Frequency", "14.7.0", LCD_HZ, false },
    { "Voltage", "32.7.0", LCD_V, false },
    { "Current", "31.7.0", LCD_AMPERE, false },
    { "Apparent power, import", "9.7.0", LCD_KVA, false },
    { "Apparent power, export", "10.7.0", LCD_KVA, false },
    { "(Error code)", "F.F", 0, false },
};
enum { LINES = sizeof appendix_8 / sizeof appendix_8[0] };

static void the_button_list_is_appendix_8(void **state)
{
    (void)state;
    assert_int_equal(display_list_count(&meter.display_setup, DISPLAY_LIST_BUTTON), LINES);
    for (unsigned i = 0; i < LINES; i++) {
        struct display_entry e;
        struct display_page p;
        assert_true(display_list_entry(&meter.display_setup, DISPLAY_LIST_BUTTON, i, &e));
        if (appendix_8[i].code == NULL) {
            assert_true(display_entry_is_test(&e));
            continue;
        }
        pages_show(&device, &e, 0, &p);
        assert_string_equal(p.code, appendix_8[i].code);
    }
}

static void screen_is(const struct line *line, uint32_t marks)
{
    if (line->code == NULL) {
        assert_true(full());
        return;
    }
    code_is(line->code);
    assert_int_equal(display.lcd.marks & ~(uint32_t)(LCD_STAR | LCD_MINUS | LCD_COLON_4 | LCD_COLON_6), marks);
}

static void every_line_can_be_stepped_to(void **state)
{
    (void)state;
    press(100);
    for (unsigned i = 0; i < LINES; i++) {
        press(100);
        screen_is(&appendix_8[i], appendix_8[i].two ? LCD_DATE : appendix_8[i].marks);
        if (appendix_8[i].two) {
            press(100);
            screen_is(&appendix_8[i], LCD_TIME);
        }
    }
    press(100);
    code_is("1.8.0"); /* around */
}

/* Billing -------------------------------------------------------------------------- */

static void step_to(const char *code)
{
    char text[24];
    press(100);
    for (unsigned i = 0; i < 100; i++) {
        press(100);
        drawn_code(&display.lcd, text);
        if (strcmp(text, code) == 0) {
            return;
        }
    }
    fail_msg("%s is not in the list", code);
}

static void five_seconds_on_the_billing_count(void **state)
{
    (void)state;
    step_to("0.1.0");
    value_is("00");
    in.button = true;
    pass(5000);
    code_is("0.1.0"); /* it did not run on */
    assert_int_equal(meter.billing.last.count, 0);
    pass(10);
    assert_int_equal(meter.billing.last.count, 1);
    assert_int_equal(meter.billing.last.cause, BILLING_BUTTON);
    value_is("donE");
    code_is("");
    pass(3000);
    in.button = false;
    pass(10);
    value_is("donE");
    pass(2000);
    code_is("0.1.0");
    value_is("01");
    assert_int_equal(display.mode, DISPLAY_BUTTON);
    pass(30000);
    assert_int_equal(meter.billing.last.count, 1);
}

static void a_billing_that_is_refused(void **state)
{
    (void)state;
    step_to("0.1.0");
    press(5100);
    value_is("donE");
    press(100); /* ends it at once */
    code_is("0.1.0");
    press(5100); /* too soon after the first */
    value_is("LocKEd");
    pass(5000);
    code_is("0.1.0");
    meter.clock.utc_s += 61;
    meter.billing.button_enabled = false;
    press(5100);
    value_is("LocKEd");
    press(100);
    meter.billing.button_enabled = true;
    press(5100);
    value_is("donE");
    assert_int_equal(meter.billing.last.count, 2);
}

static void without_a_billing(void **state)
{
    static const struct display_upper nothing = { page, NULL };
    (void)state;
    display_connect(&display, &nothing, &device);
    step_to("0.1.0");
    press(5100);
    value_is("LocKEd");
}

static void what_does_not_bill(void **state)
{
    (void)state;
    step_to("0.1.0");
    press(4900); /* not long enough; and the item stays */
    code_is("0.1.0");
    for (unsigned i = 0; i < 100; i++) { /* ten short ones */
        press(60);
    }
    start_after_the_test(state);
    press(30000); /* passes by */
    start_after_the_test(state);
    step_to("0.0.0");
    press(5600);
    assert_int_equal(meter.billing.last.count, 0);
}

/* Power ---------------------------------------------------------------------------- */

static int start_in_the_dark(void **state)
{
    int failed = start_after_the_test(state);
    press(100);
    in.powered = false;
    pass(10);
    return failed;
}

static const char *const service[] = { "1.8.0", "2.8.0", "3.8.0", "4.8.0", "0.9.2", "0.9.1" };

static void dark_until_a_press(void **state)
{
    (void)state;
    assert_false(display.lcd.on);
    pass(100000);
    assert_false(display.lcd.on);
    press(30); /* a bounce */
    assert_false(display.lcd.on);
    press(100);
    assert_true(display.lcd.on);
    assert_false(display.lcd.backlight);
    for (unsigned i = 0; i < 6; i++) {
        code_is(service[i]);
        pass(i < 5 ? 5000 : 4990);
    }
    assert_true(display.lcd.on);
    pass(10);
    assert_false(display.lcd.on);
}

static void a_press_in_between_turns_and_does_not_prolong(void **state)
{
    (void)state;
    press(100);
    press(100);
    code_is("2.8.0");
    pass(5000);
    code_is("3.8.0");
    in.button = true;
    pass(24880);
    assert_true(display.lcd.on);
    pass(10);
    assert_false(display.lcd.on);
}

static void ten_times_an_hour(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        press(100);
        assert_true(display.lcd.on);
        pass(59890);
        assert_false(display.lcd.on);
    }
    press(100); /* ten minutes after the first */
    assert_false(display.lcd.on);
    press(3000);
    assert_false(display.lcd.on);
    pass(2995880); /* an hour after it but for a second: what was refused does not count */
    press(100);
    assert_false(display.lcd.on);
    pass(1000);
    press(100);
    assert_true(display.lcd.on);
    pass(30000);
    press(100); /* the second is not old enough */
    assert_false(display.lcd.on);
}

static void a_service_display_that_is_off(void **state)
{
    (void)state;
    meter.display_setup.timing.poweroff_total_s = 0;
    press(100);
    assert_false(display.lcd.on);
}

static void the_power_is_back(void **state)
{
    (void)state;
    press(100);
    in.powered = true;
    pass(10);
    assert_true(full());
    pass(5000);
    code_is("1.8.0");
}

/* Other lists, marks --------------------------------------------------------------- */

static void set_list(enum display_list list, const struct display_entry *entries, unsigned count)
{
    assert_int_equal(display_list_set(&meter.display_setup, list, entries, count), STATUS_OK);
}

static void lists_that_show_nothing(void **state)
{
    static const struct display_entry none[] = { { 3, { 1, 0, 1, 8, 1, 255 }, 2 }, { 1, { 9, 9, 9, 9, 9, 9 }, 9 } };
    (void)state;
    for (unsigned count = 0; count <= 2; count += 2) {
        start(state);
        for (enum display_list list = 0; list < DISPLAY_LISTS; list++) {
            set_list(list, none, count);
        }
        pass(5000);
        code_is("");
        value_is("");
        pass(20000);
        press(100);
        press(100);
        assert_int_equal(display.mode, DISPLAY_BUTTON);
        code_is("");
        press(6000);
        code_is("");
        pass(60000);
        assert_int_equal(display.mode, DISPLAY_SCROLL);
        in.error = true;
        pass(10000);
        code_is("F.F");
        in.powered = false;
        pass(10);
        press(100);
        code_is("");
    }
}

static void a_list_of_ones_own(void **state)
{
    static const struct display_entry own[] = {
        { 1, { 0, 0, 96, 50, 3, 255 }, 2 },
        { 3, { 1, 0, 1, 8, 1, 255 }, 2 }, /* not there */
        { 4, { 1, 0, 1, 6, 0, 255 }, 5 },
    };
    (void)state;
    set_list(DISPLAY_LIST_SCROLL, own, 3);
    pass(5000);
    for (unsigned round = 0; round < 3; round++) {
        code_is("1.6.0");
        value_is("--.--.--");
        pass(5000);
        value_is("--:--:--");
        pass(5000);
        assert_true(full());
        pass(5000);
    }
    set_list(DISPLAY_LIST_SCROLL, own, 0); /* shorter than where it is: two screens on */
    pass(10000);
    code_is("");
}

static void marks_of_the_meter(void **state)
{
    (void)state;
    in.marks = LCD_Q1 | LCD_IMPORT | LCD_BATTERY_LOW | LCD_ALARM;
    pass(10);
    assert_int_equal(display.lcd.marks, LCD_KWH | in.marks);
    in.marks = LCD_COVER;
    pass(10);
    assert_int_equal(display.lcd.marks, LCD_KWH | LCD_COVER);
}

static void a_reader_at_the_optical_port_has_light(void **state)
{
    (void)state;
    display_communicating(&display, true, true);
    pass(10);
    assert_true(display.lcd.backlight);
    pass(100000);
    display_communicating(&display, false, false);
    pass(19980);
    assert_true(display.lcd.backlight);
    pass(20);
    assert_false(display.lcd.backlight);
    display_communicating(&display, true, false); /* Bluetooth */
    pass(1000);
    assert_false(display.lcd.backlight);
}

/* Told once when it changes, not in every step. */
static void the_lcd_is_told_of_changes(void **state)
{
    unsigned changes = 0;
    (void)state;
    for (unsigned i = 0; i < 1500; i++) {
        in.time_ms += STEP_MS;
        changes += display_step(&display, &in);
    }
    assert_int_equal(changes, 3);
}

/* The meter as a whole: the same display on its board. */
static void on_the_board_of_a_meter(void **state)
{
    char text[24];
    (void)state;
    display_connect(&meter.display, &upper, &device);
    meter_step(&meter);
    assert_int_equal(board.lcd_shown, 1);
    assert_int_equal(board.lcd.value[0], 0xff);
    for (unsigned i = 0; i < 6; i++) {
        board.rtc_s++;
        meter_step(&meter);
    }
    drawn_code(&board.lcd, text);
    assert_string_equal(text, "1.8.0");
    board.rtc_s += 1000; /* the chip, set ahead, takes the screen with it */
    meter.clock.utc_s += 1000;
    board.button = true;
    meter_step(&meter);
    board.rtc_s++;
    board.button = false;
    meter_step(&meter);
    assert_true(board.lcd.backlight);
    meter.average.values.active_uw = -1000000;
    meter.average.values.reactive_uvar = -1000000;
    meter.average.values.apparent_uva = 1414000;
    meter.events.alarm.words[ALARM_DESCRIPTOR_2] = 0; /* the power has come: an alarm by default */
    meter_step(&meter);
    assert_int_equal(board.lcd.marks &
                         (LCD_EXPORT | LCD_IMPORT | LCD_REVERSE | LCD_Q3 | LCD_Q2 | LCD_ALARM | LCD_COVER),
                     LCD_EXPORT | LCD_Q3);
    meter.supervision.conditions.active =
        1u << CONDITION_REVERSAL | 1u << CONDITION_BATTERY_WORN | 1u << CONDITION_TERMINAL_COVER;
    meter.events.alarm.words[ALARM_DESCRIPTOR_2] = 4;
    meter_step(&meter);
    assert_int_equal(board.lcd.marks & (LCD_REVERSE | LCD_BATTERY_LOW | LCD_COVER | LCD_ALARM),
                     LCD_REVERSE | LCD_BATTERY_LOW | LCD_COVER | LCD_ALARM);
    board.failing = true;
    meter_step(&meter);
    assert_false(board.lcd.on);
    board.button = true;
    meter_step(&meter);
    board.rtc_s++;
    board.button = false;
    meter_step(&meter);
    assert_true(board.lcd.on);
    assert_false(board.lcd.backlight);
}

#define AFTER_THE_TEST(name) cmocka_unit_test_setup(name, start_after_the_test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_test_at_power_up, start),
        cmocka_unit_test_setup(no_test_if_none_is_wanted, start),
        AFTER_THE_TEST(the_scroll_list),
        AFTER_THE_TEST(values_are_renewed_while_they_are_shown),
        AFTER_THE_TEST(an_error_ends_the_scroll_list),
        AFTER_THE_TEST(coarse_steps_do_as_well),
        AFTER_THE_TEST(a_short_press_lights_then_turns),
        AFTER_THE_TEST(the_light_goes_out),
        AFTER_THE_TEST(without_a_backlight_a_press_turns),
        AFTER_THE_TEST(how_long_a_press_is),
        AFTER_THE_TEST(a_long_press_runs_through_the_list),
        AFTER_THE_TEST(the_button_list_is_appendix_8),
        AFTER_THE_TEST(every_line_can_be_stepped_to),
        AFTER_THE_TEST(five_seconds_on_the_billing_count),
        AFTER_THE_TEST(a_billing_that_is_refused),
        AFTER_THE_TEST(without_a_billing),
        AFTER_THE_TEST(what_does_not_bill),
        cmocka_unit_test_setup(dark_until_a_press, start_in_the_dark),
        cmocka_unit_test_setup(a_press_in_between_turns_and_does_not_prolong, start_in_the_dark),
        cmocka_unit_test_setup(ten_times_an_hour, start_in_the_dark),
        cmocka_unit_test_setup(a_service_display_that_is_off, start_in_the_dark),
        cmocka_unit_test_setup(the_power_is_back, start_in_the_dark),
        AFTER_THE_TEST(lists_that_show_nothing),
        AFTER_THE_TEST(a_list_of_ones_own),
        AFTER_THE_TEST(marks_of_the_meter),
        AFTER_THE_TEST(a_reader_at_the_optical_port_has_light),
        AFTER_THE_TEST(the_lcd_is_told_of_changes),
        cmocka_unit_test_setup(on_the_board_of_a_meter, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
