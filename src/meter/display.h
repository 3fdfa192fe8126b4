/* The display and its button: which screen is on the LCD, and when.
 *
 *     test     every segment, at power-up      ends by itself
 *     welcome  the firmware's, if it has one   ends by itself
 *     scroll   the scroll list goes by         short: light, then the button list; long: the button list, fast
 *     button   the button list                 short: next; long: fast, as long as it is held; 5 s from the billing
 *                                              count on: billing; left alone: scroll
 *     result   "donE" or "LocKEd" after that   short: at once back to the list; ends by itself
 *     dark     the power is off                short or long: wake, but not too often in an hour
 *     wake     the service list, unlit         short: next; ends by itself
 *
 * A press counts when it ends (short) or when it has lasted so long (long, 5 s). Entries that cannot be shown are
 * passed over; while there is an error, the scroll list ends with it. All times are metering time.
 *
 * Pure logic: it knows no meter and no object. Whoever owns it hands over functions that say what an entry shows.
 *
 * Source  object-model.md 5, 1.13, decision 16; data sheet, appendix 8 and "programme key".
 * Context main loop only.
 */
#ifndef METER_DISPLAY_H
#define METER_DISPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/lcd.h"
#include "base/status.h"
#include "config.h"
#include "meter/display_setup.h"

/* One screen, or one line of a read-out. */
struct display_page {
    char code[16];                    /* C.D.E or C.D.E*F */
    char value[DISPLAY_TEXT_MAX + 1]; /* without its sign */
    uint8_t first;                    /* where the part begins that the LCD shows */
    bool negative;
    uint32_t marks;   /* enum lcd_mark: unit, date or time */
    const char *unit; /* as a read-out writes it; "" if there is none */
};

/* What is above. `page` fills in one screen of an entry and returns how many it has, 0 if it cannot be shown; `bill` is
 * the manual billing, STATUS_OK if it was done. */
struct display_upper {
    unsigned (*page)(void *context, const struct display_entry *e, unsigned screen, struct display_page *page);
    enum status (*bill)(void *context);
};

/* What there is at one moment. */
struct display_input {
    uint64_t time_ms; /* of metering time, from any beginning; never goes back */
    bool button;      /* pressed */
    bool powered;
    bool error;     /* the error register is not 0 */
    uint32_t marks; /* enum lcd_mark of the meter */
};

enum display_mode {
    DISPLAY_TEST,
    DISPLAY_WELCOME,
    DISPLAY_SCROLL,
    DISPLAY_BUTTON,
    DISPLAY_RESULT,
    DISPLAY_DARK,
    DISPLAY_WAKE,
    DISPLAY_MODES
};

/* Owned by the caller: read freely, change only through the functions below. */
struct display {
    const struct display_setup *setup;
    const struct display_upper *upper; /* NULL: nothing to show yet */
    void *context;
    struct lcd lcd;
    bool communicating; /* somebody uses a port... */
    bool optical;       /* ...and this one */

    enum display_mode mode;
    uint64_t mode_ms; /* since when */
    bool powered;
    bool started;

    /* the button */
    bool pressed;
    bool long_told;
    bool bill_told;
    bool may_bill; /* the billing count was shown when the press began */
    bool fast;
    uint64_t pressed_ms;
    uint64_t touched_ms;     /* end of the last press */
    uint64_t light_until_ms; /* backlight */

    /* the screen */
    enum display_list list;
    uint8_t number; /* of the entry in its list */
    uint8_t screen; /* of the entry */
    uint8_t screens;
    struct display_entry entry;
    uint64_t item_ms;  /* since when */
    uint64_t drawn_ms; /* when its value was looked up */
    uint32_t marks;    /* of the meter, then */
    bool turned;       /* another screen since then */
    bool done;         /* the billing, in DISPLAY_RESULT */

    uint32_t wakes_s[DISPLAY_WAKES_PER_HOUR]; /* the oldest is overwritten */
    uint8_t wakes;                            /* how many there were, counting up to the size */
    uint8_t next_wake;
};

/* The setup stays the caller's. */
void display_init(struct display *d, const struct display_setup *setup);

/* The functions above; what is shown begins anew with the next step. */
void display_connect(struct display *d, const struct display_upper *upper, void *context);

/* Who communicates with the meter now. */
void display_communicating(struct display *d, bool any, bool optical);

/* Lets time pass, at least every second. True: the LCD is to show something else, d->lcd. */
bool display_step(struct display *d, const struct display_input *in);

#endif
