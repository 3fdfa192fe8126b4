#include "model/readout.h"

#include <string.h>

#include "model/model.h"
#include "model/pages.h"

enum { CLASS_EXTENDED = 4, VALUE = 2, CAPTURE_TIME = 5 };

struct text {
    char *characters;
    size_t used;
};

static void put_character(struct text *t, char c)
{
    if (t->used < READOUT_LINE_MAX) {
        t->characters[t->used++] = c;
    }
}

static void put(struct text *t, const char *text)
{
    for (; *text != '\0'; text++) {
        put_character(t, *text);
    }
}

/* What frames a data set cannot be in it: IEC 62056-21 clause 6.6. A client may have put it into an identifier. */
static void put_value(struct text *t, const char *value)
{
    static const char framing[] = { '(', ')', '*', '/', '!' };
    for (; *value != '\0'; value++) {
        if (memchr(framing, *value, sizeof framing) != NULL) {
            put_character(t, '_');
        } else {
            put_character(t, *value);
        }
    }
}

static void put_digits(struct text *t, const char *value, unsigned count)
{
    for (; *value != '\0' && count > 0; value++) {
        if (*value != '.' && *value != ':') {
            if (*value == '-') {
                put_character(t, '0');
            } else {
                put_character(t, *value);
            }
            count--;
        }
    }
}

/* YYMMDDhhmm, zeros if it has not happened. */
static void put_date_and_time(struct cosem_device *device, struct text *t, const struct display_entry *e)
{
    struct display_page page;
    put(t, "(");
    pages_show(device, e, 0, &page);
    put_digits(t, page.value, 6);
    pages_show(device, e, 1, &page);
    put_digits(t, page.value, 4);
    put(t, ")");
}

static void put_page(struct text *t, const struct display_page *page)
{
    put(t, page->negative ? "(-" : "(");
    put_value(t, page->value);
    put(t, page->unit[0] != '\0' ? "*" : "");
    put(t, page->unit);
    put(t, ")");
}

/* False if there is nothing that can be shown. */
static bool put_entry(struct cosem_device *device, struct text *t, const struct display_entry *e, bool with_code)
{
    struct display_page page;
    unsigned screens = display_entry_is_test(e) ? 0 : pages_show(device, e, 0, &page);
    if (screens == 0) {
        return false;
    }
    put(t, with_code ? page.code : "");
    if (screens > 1) {
        put_date_and_time(device, t, e);
        return true;
    }
    put_page(t, &page);
    if (e->class_id == CLASS_EXTENDED && e->attribute == VALUE) {
        struct display_entry time = *e;
        time.attribute = CAPTURE_TIME;
        put_date_and_time(device, t, &time);
    }
    return true;
}

/* The mode C port asks for one line after the other; entries that cannot be shown have none. */
size_t readout_line(struct cosem_device *device, unsigned number, char text[READOUT_LINE_MAX])
{
    const struct meter *m = device->meter;
    unsigned count = display_list_count(&m->display_setup, DISPLAY_LIST_READOUT);
    unsigned shown = 0;
    for (unsigned i = 0; i < count; i++) {
        struct display_entry e;
        struct text t = { .characters = text };
        if (display_list_entry(&m->display_setup, DISPLAY_LIST_READOUT, i, &e) && put_entry(device, &t, &e, true) &&
            shown++ == number) {
            return t.used;
        }
    }
    return 0;
}

size_t readout_value(struct cosem_device *device, const char *code, size_t size, char text[READOUT_LINE_MAX])
{
    struct text t = { .characters = text };
    struct display_entry e;
    return pages_find(device, code, size, &e) && put_entry(device, &t, &e, false) ? t.used : 0;
}
