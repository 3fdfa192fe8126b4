/* Profile generic, class_id 7, version 1, as a read-out list: its capture objects are the list, its buffer is one row
 * with their values now. Nothing is ever captured, so there is nothing to reset and no row to select.
 * Entries that this meter cannot show are left out of both. */
#include <string.h>

#include "model/model.h"
#include "model/pages.h"

enum {
    BUFFER = 2,
    CAPTURE_OBJECTS = 3,
    CAPTURE_PERIOD = 4,
    SORT_METHOD = 5,
    SORT_OBJECT = 6,
    ENTRIES_IN_USE = 7,
    PROFILE_ENTRIES = 8
};

enum { SORT_FIFO = 1, EDITION = 0 /* the note */ };

static void put_object(struct axdr_writer *out, uint16_t class_id, const uint8_t obis[6], int8_t attribute)
{
    axdr_structure(out, 4);
    axdr_number(out, AXDR_LONG_UNSIGNED, class_id);
    axdr_octet_string(out, obis, 6);
    axdr_number(out, AXDR_INTEGER, attribute);
    axdr_number(out, AXDR_LONG_UNSIGNED, 0); /* data_index: the whole attribute */
}

/* The entry with this number or the next one that can be shown. */
static bool find(const struct cosem_request *r, enum display_list list, unsigned *number, struct display_entry *e)
{
    const struct display_setup *s = &((const struct meter *)r->device)->display_setup;
    for (; *number < display_list_count(s, list); ++*number) {
        if (display_list_entry(s, list, *number, e) && pages_showable(r->association->device, e)) {
            return true;
        }
    }
    return false;
}

static unsigned count_of(const struct cosem_request *r, enum display_list list)
{
    struct display_entry e;
    unsigned count = 0;
    for (unsigned i = 0; find(r, list, &i, &e); i++) {
        count++;
    }
    return count;
}

static enum status put_value(struct cosem_request *r, const struct display_entry *e, struct axdr_writer *out)
{
    const struct cosem_object *o = cosem_find(r->association->device->objects, e->obis);
    struct cosem_request inner = { .device = r->device, .association = r->association };
    return o->ic->get(&inner, o, (uint8_t)e->attribute, out);
}

static enum status put_element(struct cosem_request *r, uint8_t attribute, const struct display_entry *e,
                               struct axdr_writer *out)
{
    if (attribute == BUFFER) {
        return put_value(r, e, out);
    }
    put_object(out, e->class_id, e->obis, e->attribute);
    return STATUS_OK;
}

/* The list, or its values: entry by entry, as far as there is room. The cursor is where the next one is looked for. */
static enum status put_list(struct cosem_request *r, enum display_list list, uint8_t attribute, struct axdr_writer *out)
{
    const struct display_setup *s = &((const struct meter *)r->device)->display_setup;
    struct display_entry e;
    if (r->cursor == 0) {
        unsigned count = count_of(r, list);
        r->notes[EDITION] = s->edition;
        axdr_array(out, attribute == BUFFER ? 1 : count);
        if (attribute == BUFFER) {
            axdr_structure(out, count);
        }
    } else if (r->notes[EDITION] != s->edition) {
        return STATUS_BUSY; /* what was sent is of another list */
    }
    for (unsigned number = r->cursor; find(r, list, &number, &e); number++) {
        if (!axdr_room(out)) {
            r->more = true;
            break;
        }
        enum status status = put_element(r, attribute, &e, out);
        if (status != STATUS_OK) {
            return status;
        }
        r->cursor = number + 1;
    }
    return STATUS_OK;
}

static enum status get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out)
{
    static const uint8_t no_object[6] = { 0 };
    switch (attribute) {
    case BUFFER:
    case CAPTURE_OBJECTS:
        return put_list(r, (enum display_list)o->shows, attribute, out);
    case CAPTURE_PERIOD:
        axdr_number(out, AXDR_DOUBLE_LONG_UNSIGNED, 0);
        break;
    case SORT_METHOD:
        axdr_number(out, AXDR_ENUM, SORT_FIFO);
        break;
    case SORT_OBJECT:
        put_object(out, 0, no_object, 0);
        break;
    case ENTRIES_IN_USE:
    case PROFILE_ENTRIES:
        axdr_number(out, AXDR_DOUBLE_LONG_UNSIGNED, 1);
        break;
    default:
        return STATUS_UNDEFINED;
    }
    return STATUS_OK;
}

/* capture_object_definition */
static enum status get_entry(struct axdr_reader *in, struct display_entry *e)
{
    size_t size = 0;
    size_t fields = axdr_get_structure(in);
    int64_t class_id = axdr_get_number(in, AXDR_LONG_UNSIGNED);
    const uint8_t *obis = axdr_get_octet_string(in, &size);
    int64_t attribute = axdr_get_number(in, AXDR_INTEGER);
    int64_t data_index = axdr_get_number(in, AXDR_LONG_UNSIGNED);
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    if (fields != 4 || size != sizeof e->obis) {
        return STATUS_TYPE;
    }
    if (class_id > UINT8_MAX || data_index != 0) {
        return STATUS_RANGE;
    }
    *e = (struct display_entry){ .class_id = (uint8_t)class_id, .attribute = (int8_t)attribute };
    memcpy(e->obis, obis, sizeof e->obis);
    return STATUS_OK;
}

static bool is_list(const struct cosem_request *r, enum display_list list, const struct display_entry *entries,
                    unsigned count)
{
    struct display_entry e;
    unsigned same = 0;
    unsigned number = 0;
    for (; find(r, list, &number, &e); number++) {
        if (same == count || memcmp(&e, &entries[same], sizeof e) != 0) {
            return false;
        }
        same++;
    }
    return same == count;
}

/* Every entry must be there to be shown. */
static enum status set(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute, struct axdr_reader *in)
{
    struct meter *m = r->device;
    struct display_entry entries[DISPLAY_LIST_MAX];
    bool showable = true;
    if (attribute != CAPTURE_OBJECTS) {
        return STATUS_DENIED;
    }
    size_t count = axdr_get_array(in);
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    if (count > DISPLAY_LIST_MAX) {
        return STATUS_RANGE;
    }
    for (size_t i = 0; i < count; i++) {
        enum status status = get_entry(in, &entries[i]);
        if (status != STATUS_OK) {
            return status;
        }
        showable = showable && pages_showable(r->association->device, &entries[i]);
    }
    r->unchanged = showable && is_list(r, (enum display_list)o->shows, entries, (unsigned)count);
    if (r->unchanged) {
        return STATUS_OK;
    }
    enum status status = STATUS_RANGE;
    if (showable) {
        status = display_list_set(&m->display_setup, (enum display_list)o->shows, entries, (unsigned)count);
    }
    if (status == STATUS_OK) {
        event_note_change(m, EVENT_CHANGE_DISPLAY);
    }
    return status;
}

const struct cosem_class class_readout_list = {
    .id = 7,
    .version = 1,
    .attributes = 8,
    .methods = 2,
    .name = "Profile generic",
    .get = get,
    .set = set,
};
