#include "meter/display.h"

#include <string.h>

#define SECOND_MS UINT64_C(1000)
#define HOUR_S    3600u

/* What the button has done since the last step. */
enum press { PRESS_NONE, PRESS_SHORT, PRESS_LONG, PRESS_BILL, PRESS_END };

static const struct display_entry error_entry = { 1, { 0, 0, 97, 97, 0, 255 }, 2 };

void display_init(struct display *d, const struct display_setup *setup)
{
    *d = (struct display){ .setup = setup };
}

void display_connect(struct display *d, const struct display_upper *upper, void *context)
{
    d->upper = upper;
    d->context = context;
    d->turned = true;
}

void display_communicating(struct display *d, bool any, bool optical)
{
    d->communicating = any;
    d->optical = optical;
}

/* Screens ------------------------------------------------------------------------- */

/* The entry with this number; behind the scroll list, the error if there is one. */
static bool entry_at(const struct display *d, const struct display_input *in, unsigned number, struct display_entry *e)
{
    if (d->list == DISPLAY_LIST_SCROLL && in->error && number == display_list_count(d->setup, d->list)) {
        *e = error_entry;
        return true;
    }
    return display_list_entry(d->setup, d->list, number, e);
}

static unsigned places(const struct display *d, const struct display_input *in)
{
    return display_list_count(d->setup, d->list) + (d->list == DISPLAY_LIST_SCROLL && in->error ? 1u : 0u);
}

static unsigned screens_of(const struct display *d, const struct display_entry *e)
{
    struct display_page page;
    if (display_entry_is_test(e)) {
        return 1;
    }
    return d->upper == NULL ? 0 : d->upper->page(d->context, e, 0, &page);
}

/* The first entry from `number` on, around the end, that can be shown; none: a blank screen. */
static void go_to(struct display *d, const struct display_input *in, unsigned number)
{
    unsigned count = places(d, in);
    d->screen = d->screens = 0;
    d->item_ms = in->time_ms;
    d->turned = true;
    for (unsigned i = 0; i < count && d->screens == 0; i++) {
        unsigned at = (number + i) % count;
        struct display_entry e;
        if (entry_at(d, in, at, &e)) {
            d->number = (uint8_t)at;
            d->entry = e;
            d->screens = (uint8_t)screens_of(d, &e);
        }
    }
}

static void next_screen(struct display *d, const struct display_input *in)
{
    if (d->screen + 1 < d->screens) {
        d->screen++;
        d->item_ms = in->time_ms;
        d->turned = true;
    } else {
        go_to(d, in, d->number + 1u);
    }
}

/* Modes --------------------------------------------------------------------------- */

static void enter(struct display *d, const struct display_input *in, enum display_mode mode)
{
    d->mode = mode;
    d->mode_ms = in->time_ms;
    d->fast = false;
    d->turned = true;
}

static void enter_list(struct display *d, const struct display_input *in, enum display_mode mode,
                       enum display_list list)
{
    enter(d, in, mode);
    d->list = list;
    d->touched_ms = in->time_ms;
    go_to(d, in, 0);
}

static bool passed(const struct display_input *in, uint64_t since_ms, uint64_t seconds)
{
    return in->time_ms - since_ms >= seconds * SECOND_MS;
}

static bool lit(const struct display *d, const struct display_input *in)
{
    return in->time_ms < d->light_until_ms;
}

static void light(struct display *d, const struct display_input *in, uint64_t seconds)
{
    uint64_t until_ms = in->time_ms + seconds * SECOND_MS;
    d->light_until_ms = until_ms > d->light_until_ms ? until_ms : d->light_until_ms;
}

static bool on_billing_count(const struct display *d)
{
    const uint8_t *obis = d->entry.obis;
    return d->mode == DISPLAY_BUTTON && d->screens > 0 && obis[2] == 0 && obis[3] == 1 && obis[4] == 0 &&
           obis[5] == 255 && d->entry.class_id == 1;
}

static void in_test(struct display *d, const struct display_input *in, enum press press)
{
    (void)press;
    if (!passed(in, d->mode_ms, d->setup->timing.full_test_s)) {
        return;
    }
    if (d->setup->welcome[0] != '\0') {
        enter(d, in, DISPLAY_WELCOME);
    } else {
        enter_list(d, in, DISPLAY_SCROLL, DISPLAY_LIST_SCROLL);
    }
}

static void in_welcome(struct display *d, const struct display_input *in, enum press press)
{
    (void)press;
    if (passed(in, d->mode_ms, d->setup->timing.scroll_s)) {
        enter_list(d, in, DISPLAY_SCROLL, DISPLAY_LIST_SCROLL);
    }
}

static void in_scroll(struct display *d, const struct display_input *in, enum press press)
{
    uint8_t backlight_s = d->setup->timing.backlight_s;
    if (press == PRESS_SHORT && backlight_s > 0 && !lit(d, in)) {
        light(d, in, backlight_s);
    } else if (press == PRESS_SHORT || press == PRESS_LONG) {
        light(d, in, backlight_s);
        enter_list(d, in, DISPLAY_BUTTON, DISPLAY_LIST_BUTTON);
        d->fast = press == PRESS_LONG;
    } else if (passed(in, d->item_ms, d->setup->timing.scroll_s)) {
        next_screen(d, in);
    }
}

static void bill(struct display *d, const struct display_input *in)
{
    d->done = d->upper != NULL && d->upper->bill != NULL && d->upper->bill(d->context) == STATUS_OK;
    enter(d, in, DISPLAY_RESULT);
}

static void in_button(struct display *d, const struct display_input *in, enum press press)
{
    if (press != PRESS_NONE || d->pressed) {
        d->touched_ms = in->time_ms;
        light(d, in, d->setup->timing.backlight_s);
    }
    if (press == PRESS_BILL && d->may_bill) {
        bill(d, in);
        return;
    }
    bool runs = press == PRESS_LONG && !d->may_bill;
    d->fast = runs || (d->fast && press != PRESS_END);
    if (press == PRESS_SHORT || runs || (d->fast && in->time_ms - d->item_ms >= DISPLAY_FAST_MS)) {
        next_screen(d, in);
    } else if (passed(in, d->touched_ms, d->setup->timing.button_timeout_s)) {
        enter_list(d, in, DISPLAY_SCROLL, DISPLAY_LIST_SCROLL);
    }
}

static void in_result(struct display *d, const struct display_input *in, enum press press)
{
    if (press == PRESS_SHORT || passed(in, d->mode_ms, DISPLAY_RESULT_S)) {
        enter(d, in, DISPLAY_BUTTON);
        d->touched_ms = d->item_ms = in->time_ms;
    }
}

/* True, and counted, unless there were as many as are allowed within the last hour. */
static bool may_wake(struct display *d, const struct display_input *in)
{
    uint32_t now_s = (uint32_t)(in->time_ms / SECOND_MS);
    if (d->wakes == DISPLAY_WAKES_PER_HOUR && now_s - d->wakes_s[d->next_wake] < HOUR_S) {
        return false;
    }
    d->wakes = (uint8_t)(d->wakes < DISPLAY_WAKES_PER_HOUR ? d->wakes + 1u : d->wakes);
    d->wakes_s[d->next_wake] = now_s;
    d->next_wake = (uint8_t)((d->next_wake + 1u) % DISPLAY_WAKES_PER_HOUR);
    return true;
}

static void in_dark(struct display *d, const struct display_input *in, enum press press)
{
    bool wanted = press == PRESS_SHORT || press == PRESS_LONG;
    if (wanted && d->setup->timing.poweroff_total_s > 0 && may_wake(d, in)) {
        enter_list(d, in, DISPLAY_WAKE, DISPLAY_LIST_SERVICE);
    }
}

static void in_wake(struct display *d, const struct display_input *in, enum press press)
{
    if (passed(in, d->mode_ms, d->setup->timing.poweroff_total_s)) {
        enter(d, in, DISPLAY_DARK);
    } else if (press == PRESS_SHORT || passed(in, d->item_ms, d->setup->timing.poweroff_item_s)) {
        next_screen(d, in);
    }
}

static void (*const modes[DISPLAY_MODES])(struct display *d, const struct display_input *in, enum press press) = {
    [DISPLAY_TEST] = in_test,     [DISPLAY_WELCOME] = in_welcome, [DISPLAY_SCROLL] = in_scroll,
    [DISPLAY_BUTTON] = in_button, [DISPLAY_RESULT] = in_result,   [DISPLAY_DARK] = in_dark,
    [DISPLAY_WAKE] = in_wake,
};

/* Inputs -------------------------------------------------------------------------- */

static void follow_power(struct display *d, const struct display_input *in)
{
    if (d->started && in->powered == d->powered) {
        return;
    }
    d->started = true;
    d->powered = in->powered;
    d->light_until_ms = 0;
    d->pressed = false;
    enter(d, in, in->powered ? DISPLAY_TEST : DISPLAY_DARK);
}

/* Long and 5 s are told once each, while the button is down. */
static enum press follow_button(struct display *d, const struct display_input *in)
{
    uint64_t held_ms = in->time_ms - d->pressed_ms;
    if (in->button && !d->pressed) {
        d->pressed = true;
        d->pressed_ms = in->time_ms;
        d->long_told = d->bill_told = false;
        d->may_bill = on_billing_count(d);
        return PRESS_NONE;
    }
    if (!in->button && d->pressed) {
        d->pressed = false;
        if (held_ms >= DISPLAY_LONG_MS) {
            return PRESS_END;
        }
        return held_ms >= DISPLAY_SHORT_MS ? PRESS_SHORT : PRESS_NONE;
    }
    if (d->pressed && !d->long_told && held_ms >= DISPLAY_LONG_MS) {
        d->long_told = true;
        return PRESS_LONG;
    }
    if (d->pressed && !d->bill_told && held_ms >= DISPLAY_BILL_MS) {
        d->bill_told = true;
        return PRESS_BILL;
    }
    return PRESS_NONE;
}

/* The glass ----------------------------------------------------------------------- */

static void draw_page(const struct display *d, struct lcd *lcd)
{
    struct display_page page = { .unit = "" };
    if (d->screens == 0) {
        return;
    }
    if (display_entry_is_test(&d->entry)) {
        lcd_fill(lcd);
        return;
    }
    if (d->upper == NULL || d->upper->page(d->context, &d->entry, d->screen, &page) <= d->screen) {
        return; /* it could be shown a moment ago: blank until the next */
    }
    lcd_put_code(lcd, page.code);
    lcd_put_value(lcd, page.value + page.first);
    lcd->marks |= page.marks | (page.negative ? LCD_MINUS : 0u);
}

static void draw(const struct display *d, const struct display_input *in, struct lcd *lcd)
{
    lcd->on = d->mode != DISPLAY_DARK;
    if (!lcd->on) {
        return;
    }
    lcd->backlight = lit(d, in);
    lcd->marks = in->marks;
    if (d->mode == DISPLAY_TEST) {
        lcd_fill(lcd);
    } else if (d->mode == DISPLAY_WELCOME) {
        lcd_put_value(lcd, d->setup->welcome);
    } else if (d->mode == DISPLAY_RESULT) {
        lcd_put_value(lcd, d->done ? "donE" : "LocKEd");
    } else {
        draw_page(d, lcd);
    }
}

static bool equal(const struct lcd *a, const struct lcd *b)
{
    return a->on == b->on && a->backlight == b->backlight && a->marks == b->marks &&
           memcmp(a->value, b->value, sizeof a->value) == 0 && memcmp(a->code, b->code, sizeof a->code) == 0 &&
           memcmp(a->period, b->period, sizeof a->period) == 0;
}

/* A value is not looked up in every step. */
static bool stale(const struct display *d, const struct display_input *in)
{
    return d->turned || in->marks != d->marks || lit(d, in) != d->lcd.backlight ||
           in->time_ms - d->drawn_ms >= DISPLAY_REFRESH_MS;
}

bool display_step(struct display *d, const struct display_input *in)
{
    struct lcd lcd = { 0 };
    follow_power(d, in);
    if (d->optical && in->powered) {
        light(d, in, DISPLAY_OPTICAL_LIGHT_S);
    }
    modes[d->mode](d, in, follow_button(d, in));
    if (!stale(d, in)) {
        return false;
    }
    d->turned = false;
    d->marks = in->marks;
    d->drawn_ms = in->time_ms;
    draw(d, in, &lcd);
    bool differs = !equal(&lcd, &d->lcd);
    d->lcd = lcd;
    return differs;
}
