/* What the display shows and for how long: four lists, times and decimals, that a client may set.
 *
 * A list that was never set is the default, and takes nothing: no RAM and no flash. One that was set is read from flash
 * when an entry of it is asked for. It is longer than one value of the settings, so it stands there twice: the new
 * one is written beside the old one, and one small value then says which of them counts (SPEC.md).
 *
 * Source  object-model.md 1.13, 5, decisions 16 and 20; data sheet, appendix 8.
 * Errors  STATUS_RANGE: outside the limits below; otherwise those of settings.h. Nothing has changed then.
 * Context main loop only.
 */
#ifndef METER_DISPLAY_SETUP_H
#define METER_DISPLAY_SETUP_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "meter/image_table.h"
#include "store/settings.h"

/* The lists, by the E of their 0.0.21.0.E. */
enum display_list {
    DISPLAY_LIST_READOUT, /* mode C of the optical port */
    DISPLAY_LIST_SCROLL,  /* goes by itself */
    DISPLAY_LIST_BUTTON,
    DISPLAY_LIST_SERVICE, /* on the battery, when the power is off */
    DISPLAY_LISTS
};

/* What is shown: an attribute of an object. */
struct display_entry {
    uint8_t class_id;
    uint8_t obis[6];
    int8_t attribute;
};

/* Seconds. */
struct display_timing {
    uint8_t scroll_s;         /* 1.. */
    uint8_t button_timeout_s; /* 1.. */
    uint8_t backlight_s;      /* 0: none */
    uint8_t full_test_s;      /* 0: none */
    uint8_t poweroff_item_s;  /* 1.. */
    uint8_t poweroff_total_s; /* 0..DISPLAY_POWEROFF_MAX_S, 0: the display stays dark */
};

/* Digits behind the point, of kWh and kvarh, and of kW and kvar. */
struct display_decimals {
    uint8_t energy; /* 0..2 */
    uint8_t demand; /* 0..3 */
};

/* Owned by the meter: read timing and decimals freely, the rest through the functions below. */
struct display_setup {
    struct settings *settings;
    struct display_timing timing;
    struct display_decimals decimals;
    uint16_t edition;                             /* counts up with every change of a list */
    char welcome[IMAGE_WELCOME_MAX + 1];          /* shown after the full test; empty: nothing */
    struct display_entry scroll[IMAGE_PAGES_MAX]; /* default of the scroll list that the firmware brings... */
    uint8_t scroll_count;                         /* ...0: it brings none */
    struct display_own {
        bool set; /* otherwise the default counts */
        uint8_t bank;
        uint8_t count;
    } own[DISPLAY_LISTS];
};

/* Defaults, and what stands in the settings: they must have been mounted, and stay the caller's. Returns how many
 * values could not be used. */
unsigned display_setup_init(struct display_setup *s, struct settings *settings);

/* What the firmware brings. Of the pages it names the objects only: whoever knows objects fills in their classes. */
void display_setup_take(struct display_setup *s, const struct image_table *table);

enum status display_set_timing(struct display_setup *s, const struct display_timing *timing);
enum status display_set_decimals(struct display_setup *s, const struct display_decimals *decimals);

unsigned display_list_count(const struct display_setup *s, enum display_list list);

/* False: there is no such entry, or it has rotted. An own list is read from flash, 256 octets of it. */
bool display_list_entry(const struct display_setup *s, enum display_list list, unsigned number,
                        struct display_entry *e);

/* 0..DISPLAY_LIST_MAX entries; what they name is the caller's to check. */
enum status display_list_set(struct display_setup *s, enum display_list list, const struct display_entry *entries,
                             unsigned count);

/* The pseudo object for "every segment on", decision 16. */
bool display_entry_is_test(const struct display_entry *e);

#endif
