/* Data, class_id 1, version 0: what there is to tell of billing. */
#include "model/model.h"

static void put_part(struct axdr_writer *out, const struct calendar_time *t, size_t first, size_t size)
{
    uint8_t octets[CALENDAR_OCTETS];
    calendar_encode(t, octets);
    axdr_octet_string(out, octets + first, size);
}

/* When the maxima began anew, in local time. */
static struct calendar_time reset_time(const struct meter *m)
{
    return m->maxima_reset_s == 0 ? calendar_unspecified : clock_local(&m->clock, m->maxima_reset_s, 0);
}

static void put_value(const struct meter *m, enum model_data_billing shown, struct axdr_writer *out)
{
    struct calendar_time t;
    switch (shown) {
    case DATA_BILLING_COUNT:
        axdr_number(out, AXDR_DOUBLE_LONG_UNSIGNED, m->billing.last.count);
        break;
    case DATA_BILLING_AVAILABLE:
        axdr_number(out, AXDR_UNSIGNED, billing_available(m));
        break;
    case DATA_BILLING_STAMP:
        t = billing_stamp(m);
        model_put_date_time(out, &t);
        break;
    case DATA_BILLING_CAUSE:
        axdr_number(out, AXDR_ENUM, m->billing.last.cause);
        break;
    case DATA_BILLING_STATUS:
        axdr_number(out, AXDR_UNSIGNED, billing_status(m));
        break;
    case DATA_BILLING_BUTTON:
        axdr_boolean(out, m->billing.button_enabled);
        break;
    case DATA_MAXIMA_RESET_TIME:
        t = reset_time(m);
        put_part(out, &t, CALENDAR_DATE_OCTETS, CALENDAR_TIME_OCTETS);
        break;
    case DATA_MAXIMA_RESET_DATE:
        t = reset_time(m);
        put_part(out, &t, 0, CALENDAR_DATE_OCTETS);
        break;
    }
}

static enum status get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out)
{
    (void)attribute; /* there is but one */
    put_value(r->device, (enum model_data_billing)o->shows, out);
    return STATUS_OK;
}

static enum status set(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute, struct axdr_reader *in)
{
    if (o->shows != DATA_BILLING_BUTTON) {
        return STATUS_DENIED;
    }
    if (model_already(r, o, attribute, in)) {
        return STATUS_OK;
    }
    bool enabled = axdr_get_boolean(in);
    return axdr_failed(in) ? axdr_status(in) : setting_set_number(r->device, SETTING_BILLING_BUTTON, enabled);
}

const struct cosem_class class_data_billing = {
    .id = 1,
    .version = 0,
    .attributes = 2,
    .methods = 0,
    .name = "Data",
    .get = get,
    .set = set,
};
