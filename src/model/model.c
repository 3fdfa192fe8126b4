#include "model/model.h"

#include <assert.h>
#include <string.h>

#include "model/pages.h"
#include "model/profiles.h"

/* The longest value that can be set: the metering point with its tag and length. */
#define SETTING_MAX (IDENTITY_METERING_POINT_MAX + 2u)

#define CONFORMANCE_READING (CONFORMANCE_GET | CONFORMANCE_BLOCK_GET | CONFORMANCE_SELECTIVE_ACCESS)
#define CONFORMANCE_SETTING (CONFORMANCE_SET | CONFORMANCE_BLOCK_SET)
#define CONFORMANCE_READER                                                                                             \
    (CONFORMANCE_READING | CONFORMANCE_PRIORITY | CONFORMANCE_ATTRIBUTE_0_GET | CONFORMANCE_MULTIPLE_REFERENCES |      \
     CONFORMANCE_ACTION | CONFORMANCE_BLOCK_ACTION)

const struct cosem_association_type model_associations[CLIENT_COUNT] = {
    [CLIENT_PUBLIC] = { .client = CLIENT_PUBLIC,
                        .saps = { 16 },
                        .mechanism = MECHANISM_NONE,
                        .conformance = CONFORMANCE_READING,
                        .obis = { 0, 0, 40, 0, 1, 255 } },
    [CLIENT_READER] = { .client = CLIENT_READER,
                        .saps = { 32 },
                        .mechanism = MECHANISM_LLS,
                        .conformance = CONFORMANCE_READER,
                        .obis = { 0, 0, 40, 0, 2, 255 } },
    [CLIENT_ADMINISTRATOR] = { .client = CLIENT_ADMINISTRATOR,
                               .saps = { 48, 1 },
                               .mechanism = MECHANISM_LLS,
                               .conformance = CONFORMANCE_READER | CONFORMANCE_SETTING,
                               .obis = { 0, 0, 40, 0, 3, 255 } },
};

static_assert(METER_SECRET_MAX == SECRET_MAX, "what the meter keeps opens an association");

void model_take_secrets(struct cosem_device *device, const struct meter *meter)
{
    static const enum cosem_client clients[METER_SECRET_COUNT] = {
        [METER_SECRET_READER] = CLIENT_READER,
        [METER_SECRET_ADMINISTRATOR] = CLIENT_ADMINISTRATOR,
    };
    for (unsigned i = 0; i < METER_SECRET_COUNT; i++) {
        struct cosem_secret *secret = &device->secrets[clients[i]];
        secret->size = meter->secrets[i].size;
        memcpy(secret->octets, meter->secrets[i].octets, sizeof secret->octets);
    }
}

static void configuration_changed(void *meter, bool first)
{
    if (first) {
        meter_configuration_changed(meter);
    }
    event_changed(meter, first);
}

static void login_refused(void *meter, enum cosem_client client, bool locked)
{
    (void)client;
    event_login_refused(meter, locked);
}

/* The pages that the firmware brings, without those that this meter cannot show. */
static void complete_pages(struct cosem_device *device, struct display_setup *s)
{
    uint8_t kept = 0;
    for (unsigned i = 0; i < s->scroll_count; i++) {
        struct display_entry e = s->scroll[i];
        const struct cosem_object *o = cosem_find(&model_objects, e.obis);
        e.class_id = o == NULL ? 0 : (uint8_t)o->ic->id;
        if (o != NULL && pages_showable(device, &e)) {
            s->scroll[kept++] = e;
        }
    }
    s->scroll_count = kept;
}

void model_init(struct cosem_device *device, struct meter *meter)
{
    *device = (struct cosem_device){
        .objects = &model_objects,
        .types = model_associations,
        .meter = meter,
        .configuration_changed = configuration_changed,
        .login_refused = login_refused,
    };
    model_profiles_begin(meter);
    model_take_secrets(device, meter); /* the start may have reset them */
    complete_pages(device, &meter->display_setup);
}

bool model_already(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                   const struct axdr_reader *in)
{
    uint8_t octets[SETTING_MAX];
    struct axdr_writer now;
    axdr_writer_init(&now, octets, sizeof octets, sizeof octets);
    r->unchanged = o->ic->get(r, o, attribute, &now) == STATUS_OK && !now.overflow && now.used == axdr_left(in) &&
                   memcmp(octets, in->data + in->at, now.used) == 0;
    return r->unchanged;
}

void model_put_quantity(struct axdr_writer *out, const struct meter *m, enum quantity quantity)
{
    axdr_number(out, (enum axdr_tag)quantity_forms[quantity].type, meter_quantity(m, quantity));
}

void model_put_shown(struct axdr_writer *out, const struct meter *m, const struct cosem_object *o)
{
    enum quantity quantity = (enum quantity)o->shows;
    int64_t value = model_is_billed(o) ? meter_quantity_billed(m, quantity) : meter_quantity(m, quantity);
    axdr_number(out, (enum axdr_tag)quantity_forms[quantity].type, value);
}

void model_put_scaler_unit(struct axdr_writer *out, enum quantity quantity)
{
    axdr_structure(out, 2);
    axdr_number(out, AXDR_INTEGER, quantity_forms[quantity].scaler);
    axdr_number(out, AXDR_ENUM, quantity_forms[quantity].unit);
}

void model_put_capture_time(struct axdr_writer *out, const struct meter *m, const struct demand_average *average)
{
    struct calendar_time t = calendar_unspecified;
    if (average->captured) {
        t = clock_local(&m->clock, average->at_s, 0);
    }
    model_put_date_time(out, &t);
}

enum status model_get_zero(struct axdr_reader *in)
{
    if (axdr_left(in) == 0) {
        return STATUS_OK;
    }
    int64_t value = axdr_get_number(in, AXDR_INTEGER);
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    return value == 0 ? STATUS_OK : STATUS_RANGE;
}

void model_put_date_time(struct axdr_writer *out, const struct calendar_time *t)
{
    uint8_t octets[CALENDAR_OCTETS];
    calendar_encode(t, octets);
    axdr_octet_string(out, octets, sizeof octets);
}

enum status model_get_date_time(struct axdr_reader *in, struct calendar_time *t)
{
    size_t size = 0;
    const uint8_t *octets = axdr_get_octet_string(in, &size);
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    return size == CALENDAR_OCTETS ? calendar_decode(octets, t) : STATUS_RANGE;
}
