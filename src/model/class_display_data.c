/* Data, class_id 1, version 0, of the display: structures of unsigned, object-model.md 1.13; and what stands in a list
 * for every segment on (decision 16), which has no value that would mean anything. */
#include "model/model.h"

enum { TIMING_FIELDS = 6, DECIMALS_FIELDS = 2 };

static void put_fields(struct axdr_writer *out, const uint8_t *fields, unsigned count)
{
    axdr_structure(out, count);
    for (unsigned i = 0; i < count; i++) {
        axdr_number(out, AXDR_UNSIGNED, fields[i]);
    }
}

static enum status get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out)
{
    const struct meter *m = r->device;
    (void)attribute; /* there is but one */
    if (o->shows == DISPLAY_DATA_TIMING) {
        const struct display_timing *t = &m->display_setup.timing;
        const uint8_t fields[TIMING_FIELDS] = { t->scroll_s,    t->button_timeout_s, t->backlight_s,
                                                t->full_test_s, t->poweroff_item_s,  t->poweroff_total_s };
        put_fields(out, fields, TIMING_FIELDS);
    } else if (o->shows == DISPLAY_DATA_TEST) {
        axdr_boolean(out, false);
    } else {
        const uint8_t fields[DECIMALS_FIELDS] = { m->display_setup.decimals.energy, m->display_setup.decimals.demand };
        put_fields(out, fields, DECIMALS_FIELDS);
    }
    return STATUS_OK;
}

static enum status set(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute, struct axdr_reader *in)
{
    struct meter *m = r->device;
    uint8_t f[TIMING_FIELDS] = { 0 };
    unsigned count = o->shows == DISPLAY_DATA_TIMING ? TIMING_FIELDS : DECIMALS_FIELDS;
    if (model_already(r, o, attribute, in)) {
        return STATUS_OK;
    }
    size_t given = axdr_get_structure(in);
    for (unsigned i = 0; i < count && i < given; i++) {
        f[i] = (uint8_t)axdr_get_number(in, AXDR_UNSIGNED);
    }
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    if (given != count) {
        return STATUS_TYPE;
    }
    enum status status;
    if (o->shows == DISPLAY_DATA_TIMING) {
        status = display_set_timing(&m->display_setup, &(struct display_timing){ f[0], f[1], f[2], f[3], f[4], f[5] });
    } else {
        status = display_set_decimals(&m->display_setup, &(struct display_decimals){ f[0], f[1] });
    }
    if (status == STATUS_OK) {
        event_note_change(m, EVENT_CHANGE_DISPLAY);
    }
    return status;
}

const struct cosem_class class_display_data = {
    .id = 1,
    .version = 0,
    .attributes = 2,
    .methods = 0,
    .name = "Data",
    .get = get,
    .set = set,
    .capturable = 1u << 2, /* as every object of class 1, if its value is a number */
};
