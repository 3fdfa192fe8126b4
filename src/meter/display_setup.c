#include "meter/display_setup.h"

#include <string.h>

#include "meter/memory.h"

/* clang-format off */
static const struct display_entry readout[] = {
    { 1, { 0, 0,  96, 1, 0, 255 }, 2 },
    { 1, { 1, 0,   0, 9, 1, 255 }, 2 }, { 1, { 1, 0,   0, 9, 2, 255 }, 2 },
    { 3, { 1, 0,   1, 8, 0, 255 }, 2 }, { 3, { 1, 0,   2, 8, 0, 255 }, 2 }, { 3, { 1, 0,   3, 8, 0, 255 }, 2 },
    { 3, { 1, 0,   4, 8, 0, 255 }, 2 }, { 3, { 1, 0,   5, 8, 0, 255 }, 2 }, { 3, { 1, 0,   6, 8, 0, 255 }, 2 },
    { 3, { 1, 0,   7, 8, 0, 255 }, 2 }, { 3, { 1, 0,   8, 8, 0, 255 }, 2 }, { 3, { 1, 0,   9, 8, 0, 255 }, 2 },
    { 3, { 1, 0,  10, 8, 0, 255 }, 2 }, { 3, { 1, 0,  15, 8, 0, 255 }, 2 }, { 3, { 1, 0,  16, 8, 0, 255 }, 2 },
    { 3, { 1, 0, 128, 8, 0, 255 }, 2 },
    { 1, { 0, 0,  97, 97, 0, 255 }, 2 },
};

static const struct display_entry scroll[] = {
    { 3, { 1, 0,   1, 8, 0, 255 }, 2 }, { 3, { 1, 0,   2, 8, 0, 255 }, 2 },
    { 3, { 1, 0,   3, 8, 0, 255 }, 2 }, { 3, { 1, 0,   4, 8, 0, 255 }, 2 },
    { 3, { 1, 0,  15, 8, 0, 255 }, 2 },
    { 1, { 1, 0,   0, 9, 1, 255 }, 2 }, { 1, { 1, 0,   0, 9, 2, 255 }, 2 },
    { 3, { 1, 0,  32, 7, 0, 255 }, 2 }, { 3, { 1, 0,  31, 7, 0, 255 }, 2 }, { 3, { 1, 0,  16, 7, 0, 255 }, 2 },
};

/* Appendix 8 of the data sheet, line by line. */
static const struct display_entry button[] = {
    /* current energy: import and export, active and reactive; absolute, active and reactive; net */
    { 3, { 1, 0,   1, 8, 0, 255 }, 2 }, { 3, { 1, 0,   2, 8, 0, 255 }, 2 },
    { 3, { 1, 0,   3, 8, 0, 255 }, 2 }, { 3, { 1, 0,   4, 8, 0, 255 }, 2 },
    { 3, { 1, 0,  15, 8, 0, 255 }, 2 }, { 3, { 1, 0, 128, 8, 0, 255 }, 2 }, { 3, { 1, 0,  16, 8, 0, 255 }, 2 },
    /* current demand: maxima and when they occurred, cumulative maxima */
    { 4, { 1, 0,   1, 6, 0, 255 }, 2 }, { 4, { 1, 0,   1, 6, 0, 255 }, 5 },
    { 4, { 1, 0,   2, 6, 0, 255 }, 2 }, { 4, { 1, 0,   2, 6, 0, 255 }, 5 },
    { 4, { 1, 0,   3, 6, 0, 255 }, 2 }, { 4, { 1, 0,   3, 6, 0, 255 }, 5 },
    { 4, { 1, 0,   4, 6, 0, 255 }, 2 }, { 4, { 1, 0,   4, 6, 0, 255 }, 5 },
    { 3, { 1, 0,   1, 2, 0, 255 }, 2 }, { 3, { 1, 0,   2, 2, 0, 255 }, 2 },
    { 3, { 1, 0,   3, 2, 0, 255 }, 2 }, { 3, { 1, 0,   4, 2, 0, 255 }, 2 },
    /* the same of the last month */
    { 3, { 1, 0,   1, 8, 0, 1 }, 2 }, { 3, { 1, 0,   2, 8, 0, 1 }, 2 },
    { 3, { 1, 0,   3, 8, 0, 1 }, 2 }, { 3, { 1, 0,   4, 8, 0, 1 }, 2 },
    { 3, { 1, 0,  15, 8, 0, 1 }, 2 }, { 3, { 1, 0, 128, 8, 0, 1 }, 2 }, { 3, { 1, 0,  16, 8, 0, 1 }, 2 },
    { 4, { 1, 0,   1, 6, 0, 1 }, 2 }, { 4, { 1, 0,   1, 6, 0, 1 }, 5 },
    { 4, { 1, 0,   2, 6, 0, 1 }, 2 }, { 4, { 1, 0,   2, 6, 0, 1 }, 5 },
    { 4, { 1, 0,   3, 6, 0, 1 }, 2 }, { 4, { 1, 0,   3, 6, 0, 1 }, 5 },
    { 4, { 1, 0,   4, 6, 0, 1 }, 2 }, { 4, { 1, 0,   4, 6, 0, 1 }, 5 },
    { 3, { 1, 0,   1, 2, 0, 1 }, 2 }, { 3, { 1, 0,   2, 2, 0, 1 }, 2 },
    { 3, { 1, 0,   3, 2, 0, 1 }, 2 }, { 3, { 1, 0,   4, 2, 0, 1 }, 2 },
    /* basic parameters: date, time, serial number, billing count, time and date of the last billing and when the next
     * ones are due, full test */
    { 1, { 1, 0,   0, 9, 2, 255 }, 2 }, { 1, { 1, 0,   0, 9, 1, 255 }, 2 }, { 1, { 0, 0,  96, 1, 0, 255 }, 2 },
    { 1, { 0, 0,   0, 1, 0, 255 }, 2 },
    { 1, { 1, 0,   0, 9, 6, 255 }, 2 }, { 1, { 1, 0,   0, 9, 7, 255 }, 2 }, { 22, { 0, 0,  15, 0, 0, 255 }, 4 },
    { 1, { 0, 0,  96, 50, 3, 255 }, 2 },
    /* instant parameters: active and reactive power, power factor, frequency, voltage, current, apparent power */
    { 3, { 1, 0,  16, 7, 0, 255 }, 2 },
    { 3, { 1, 0,   3, 7, 0, 255 }, 2 }, { 3, { 1, 0,   4, 7, 0, 255 }, 2 },
    { 3, { 1, 0,  13, 7, 0, 255 }, 2 }, { 3, { 1, 0,  14, 7, 0, 255 }, 2 },
    { 3, { 1, 0,  32, 7, 0, 255 }, 2 }, { 3, { 1, 0,  31, 7, 0, 255 }, 2 },
    { 3, { 1, 0,   9, 7, 0, 255 }, 2 }, { 3, { 1, 0,  10, 7, 0, 255 }, 2 },
    /* what the data sheet leaves out: the error code */
    { 1, { 0, 0,  97, 97, 0, 255 }, 2 },
};

/* So many as the battery's time is long enough for: 30 s by 5 s. */
static const struct display_entry service[] = {
    { 3, { 1, 0,   1, 8, 0, 255 }, 2 }, { 3, { 1, 0,   2, 8, 0, 255 }, 2 },
    { 3, { 1, 0,   3, 8, 0, 255 }, 2 }, { 3, { 1, 0,   4, 8, 0, 255 }, 2 },
    { 1, { 1, 0,   0, 9, 2, 255 }, 2 }, { 1, { 1, 0,   0, 9, 1, 255 }, 2 },
};
/* clang-format on */

static const struct {
    const struct display_entry *entries;
    unsigned count;
} defaults[DISPLAY_LISTS] = {
    [DISPLAY_LIST_READOUT] = { readout, sizeof readout / sizeof readout[0] },
    [DISPLAY_LIST_SCROLL] = { scroll, sizeof scroll / sizeof scroll[0] },
    [DISPLAY_LIST_BUTTON] = { button, sizeof button / sizeof button[0] },
    [DISPLAY_LIST_SERVICE] = { service, sizeof service / sizeof service[0] },
};

/* Keys, and the forms of their values. An entry is class, logical name, attribute: 8 octets. */
enum {
    KEY_TIMING = MEMORY_KEY_DISPLAY,       /* 6 octets, as in the struct */
    KEY_DECIMALS = MEMORY_KEY_DISPLAY + 1, /* 2 octets, likewise */
    KEY_OWN = MEMORY_KEY_DISPLAY + 2,      /* + list: bank and count; nothing: the default counts */
    KEY_ENTRIES = MEMORY_KEY_DISPLAY + 8,  /* + 6 * list + 3 * bank + piece: entries */
};

enum { TIMING_OCTETS = 6, DECIMALS_OCTETS = 2, OWN_OCTETS = 2, ENTRY_OCTETS = 8 };
enum { BANKS = 2, PIECES = 3, PIECE_ENTRIES = SETTINGS_VALUE_MAX / ENTRY_OCTETS };
enum { DECIMALS_ENERGY_MAX = 2, DECIMALS_DEMAND_MAX = 3 }; /* what the registers have, and eight digits hold */

_Static_assert(DISPLAY_LIST_MAX <= PIECES * PIECE_ENTRIES, "a list fits its bank");

static uint16_t key_of(enum display_list list, unsigned bank, unsigned piece)
{
    return (uint16_t)(KEY_ENTRIES + (unsigned)list * BANKS * PIECES + bank * PIECES + piece);
}

/* Times and decimals ------------------------------------------------------------- */

static bool usable_timing(const struct display_timing *t)
{
    return t->scroll_s > 0 && t->button_timeout_s > 0 && t->poweroff_item_s > 0 &&
           t->poweroff_total_s <= DISPLAY_POWEROFF_MAX_S;
}

static bool usable_decimals(const struct display_decimals *d)
{
    return d->energy <= DECIMALS_ENERGY_MAX && d->demand <= DECIMALS_DEMAND_MAX;
}

enum status display_set_timing(struct display_setup *s, const struct display_timing *t)
{
    const uint8_t octets[TIMING_OCTETS] = { t->scroll_s,    t->button_timeout_s, t->backlight_s,
                                            t->full_test_s, t->poweroff_item_s,  t->poweroff_total_s };
    if (!usable_timing(t)) {
        return STATUS_RANGE;
    }
    enum status status = settings_set(s->settings, KEY_TIMING, octets, sizeof octets);
    if (status == STATUS_OK) {
        s->timing = *t;
    }
    return status;
}

enum status display_set_decimals(struct display_setup *s, const struct display_decimals *d)
{
    const uint8_t octets[DECIMALS_OCTETS] = { d->energy, d->demand };
    if (!usable_decimals(d)) {
        return STATUS_RANGE;
    }
    enum status status = settings_set(s->settings, KEY_DECIMALS, octets, sizeof octets);
    if (status == STATUS_OK) {
        s->decimals = *d;
    }
    return status;
}

/* Lists --------------------------------------------------------------------------- */

bool display_entry_is_test(const struct display_entry *e)
{
    static const uint8_t obis[6] = { 0, 0, 96, 50, 3, 255 };
    return e->class_id == 1 && e->attribute == 2 && memcmp(e->obis, obis, sizeof obis) == 0;
}

static void put_entry(uint8_t *octets, const struct display_entry *e)
{
    octets[0] = e->class_id;
    memcpy(octets + 1, e->obis, sizeof e->obis);
    octets[7] = (uint8_t)e->attribute;
}

static void get_entry(const uint8_t *octets, struct display_entry *e)
{
    e->class_id = octets[0];
    memcpy(e->obis, octets + 1, sizeof e->obis);
    e->attribute = (int8_t)octets[7];
}

void display_setup_take(struct display_setup *s, const struct image_table *table)
{
    memcpy(s->welcome, table->welcome, sizeof s->welcome);
    for (unsigned i = 0; i < table->page_count; i++) {
        s->scroll[i] = (struct display_entry){ .attribute = 2 };
        memcpy(s->scroll[i].obis, table->pages[i], sizeof s->scroll[i].obis);
    }
    s->scroll_count = table->page_count;
}

static const struct display_entry *default_list(const struct display_setup *s, enum display_list list, unsigned *count)
{
    bool brought = list == DISPLAY_LIST_SCROLL && s->scroll_count > 0;
    *count = brought ? s->scroll_count : defaults[list].count;
    return brought ? s->scroll : defaults[list].entries;
}

unsigned display_list_count(const struct display_setup *s, enum display_list list)
{
    unsigned count = s->own[list].count;
    if (!s->own[list].set) {
        (void)default_list(s, list, &count);
    }
    return count;
}

bool display_list_entry(const struct display_setup *s, enum display_list list, unsigned number, struct display_entry *e)
{
    if (number >= display_list_count(s, list)) {
        return false;
    }
    if (!s->own[list].set) {
        unsigned count;
        *e = default_list(s, list, &count)[number];
        return true;
    }
    uint8_t value[SETTINGS_VALUE_MAX];
    size_t size = 0;
    size_t at = (size_t)(number % PIECE_ENTRIES) * ENTRY_OCTETS;
    uint16_t key = key_of(list, s->own[list].bank, number / PIECE_ENTRIES);
    if (settings_get(s->settings, key, value, sizeof value, &size) != STATUS_OK || at + ENTRY_OCTETS > size) {
        return false;
    }
    get_entry(value + at, e);
    return true;
}

static bool is_default(const struct display_setup *s, enum display_list list, const struct display_entry *entries,
                       unsigned count)
{
    unsigned usual;
    const struct display_entry *usual_entries = default_list(s, list, &usual);
    return count == usual && memcmp(entries, usual_entries, count * sizeof *entries) == 0;
}

static enum status write_entries(struct display_setup *s, enum display_list list, unsigned bank,
                                 const struct display_entry *entries, unsigned count)
{
    enum status status = STATUS_OK;
    for (unsigned first = 0; first < count && status == STATUS_OK; first += PIECE_ENTRIES) {
        uint8_t value[SETTINGS_VALUE_MAX];
        size_t size = 0;
        for (unsigned i = first; i < count && i < first + PIECE_ENTRIES; i++, size += ENTRY_OCTETS) {
            put_entry(value + size, &entries[i]);
        }
        status = settings_set(s->settings, key_of(list, bank, first / PIECE_ENTRIES), value, size);
    }
    return status;
}

enum status display_list_set(struct display_setup *s, enum display_list list, const struct display_entry *entries,
                             unsigned count)
{
    if (count > DISPLAY_LIST_MAX) {
        return STATUS_RANGE;
    }
    struct display_own own = { 0 };
    enum status status = STATUS_OK;
    if (!is_default(s, list, entries, count)) {
        own = (struct display_own){ .set = true, .bank = s->own[list].bank ^ 1u, .count = (uint8_t)count };
        status = write_entries(s, list, own.bank, entries, count);
    }
    if (status == STATUS_OK) {
        const uint8_t octets[OWN_OCTETS] = { own.bank, own.count };
        status = settings_set(s->settings, (uint16_t)(KEY_OWN + list), octets, own.set ? sizeof octets : 0);
    }
    if (status == STATUS_OK) {
        s->own[list] = own;
        s->edition++;
    }
    return status;
}

/* Power-up -------------------------------------------------------------------------- */

/* The value of a key, of exactly this size or not there at all. False, and counted, if it cannot be used. */
static bool recall(const struct display_setup *s, uint16_t key, uint8_t *octets, size_t expected, unsigned *bad)
{
    size_t size = 0;
    enum status status = settings_get(s->settings, key, octets, expected, &size);
    if (status == STATUS_UNDEFINED || (status == STATUS_OK && size == 0)) {
        return false;
    }
    if (status != STATUS_OK || size != expected) {
        ++*bad;
        return false;
    }
    return true;
}

static void recall_own(struct display_setup *s, enum display_list list, unsigned *bad)
{
    uint8_t o[OWN_OCTETS];
    if (!recall(s, (uint16_t)(KEY_OWN + list), o, sizeof o, bad)) {
        return;
    }
    if (o[0] >= BANKS || o[1] > DISPLAY_LIST_MAX) {
        ++*bad;
        return;
    }
    s->own[list] = (struct display_own){ .set = true, .bank = o[0], .count = o[1] };
}

unsigned display_setup_init(struct display_setup *s, struct settings *settings)
{
    uint8_t o[TIMING_OCTETS];
    unsigned bad = 0;
    *s = (struct display_setup){
        .settings = settings,
        .timing = { 5, 60, 60, 5, 5, 30 },
        .decimals = { 2, 3 },
    };
    if (recall(s, KEY_TIMING, o, TIMING_OCTETS, &bad)) {
        struct display_timing t = { o[0], o[1], o[2], o[3], o[4], o[5] };
        bool usable = usable_timing(&t);
        s->timing = usable ? t : s->timing;
        bad += !usable;
    }
    if (recall(s, KEY_DECIMALS, o, DECIMALS_OCTETS, &bad)) {
        struct display_decimals d = { o[0], o[1] };
        bool usable = usable_decimals(&d);
        s->decimals = usable ? d : s->decimals;
        bad += !usable;
    }
    for (enum display_list list = 0; list < DISPLAY_LISTS; list++) {
        recall_own(s, list, &bad);
    }
    return bad;
}
