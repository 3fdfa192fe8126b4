/* Single action schedule, class_id 22, version 0: the end of the billing period, and the activation of an image.
 *
 * Billing: once a month at a full hour, so of an execution time only day and hour are the client's. Activation: once,
 * at a date and time without wildcards; with no execution time, never. After it there is none any more. */
#include <string.h>

#include "model/model.h"

enum { EXECUTED_SCRIPT = 2, TYPE = 3, EXECUTION_TIME = 4 };

/* One time, with wildcards in its date. */
#define TYPE_ONE_WITH_WILDCARDS 1

#define EXECUTED 1 /* the script, of either table */

static void put_time_and_date(struct axdr_writer *out, const uint8_t time[CALENDAR_TIME_OCTETS],
                              const uint8_t date[CALENDAR_DATE_OCTETS])
{
    axdr_array(out, 1);
    axdr_structure(out, 2);
    axdr_octet_string(out, time, CALENDAR_TIME_OCTETS);
    axdr_octet_string(out, date, CALENDAR_DATE_OCTETS);
}

static void put_billing(struct axdr_writer *out, uint16_t schedule)
{
    const uint8_t time[CALENDAR_TIME_OCTETS] = { (uint8_t)schedule, 0, 0, 0 };
    const uint8_t date[CALENDAR_DATE_OCTETS] = { CALENDAR_ANY, CALENDAR_ANY, CALENDAR_ANY, (uint8_t)(schedule >> 8),
                                                 CALENDAR_ANY };
    put_time_and_date(out, time, date);
}

static void put_activation(struct axdr_writer *out, const struct meter *m)
{
    uint8_t octets[CALENDAR_OCTETS];
    if (m->firmware.due_s == 0) {
        axdr_array(out, 0);
        return;
    }
    struct calendar_time t = clock_local(&m->clock, m->firmware.due_s, 0);
    calendar_encode(&t, octets);
    put_time_and_date(out, octets + CALENDAR_DATE_OCTETS, octets);
}

static enum status get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out)
{
    bool activation = o->shows == DEFERRED_ACTIVATION;
    const uint8_t scripts[6] = { 0, 0, 10, 0, activation ? 107 : 1, 255 };
    const struct meter *m = r->device;
    switch (attribute) {
    case EXECUTED_SCRIPT:
        axdr_structure(out, 2);
        axdr_octet_string(out, scripts, sizeof scripts);
        axdr_number(out, AXDR_LONG_UNSIGNED, EXECUTED);
        break;
    case TYPE:
        axdr_number(out, AXDR_ENUM, TYPE_ONE_WITH_WILDCARDS);
        break;
    case EXECUTION_TIME:
        if (activation) {
            put_activation(out, m);
        } else {
            put_billing(out, m->billing.schedule);
        }
        break;
    default:
        return STATUS_UNDEFINED;
    }
    return STATUS_OK;
}

/* Year, month and weekday are open, minutes and seconds are 0; hundredths may be left open. Day and hour are checked by
 * who takes them: no wildcard is a day or an hour there is. */
static enum status set_billing(struct cosem_request *r, const uint8_t *time, const uint8_t *date)
{
    struct meter *m = r->device;
    if (time[1] != 0 || time[2] != 0 || (time[3] != 0 && time[3] != CALENDAR_ANY) || date[0] != CALENDAR_ANY ||
        date[1] != CALENDAR_ANY || date[2] != CALENDAR_ANY || date[4] != CALENDAR_ANY) {
        return STATUS_RANGE;
    }
    r->unchanged = m->billing.schedule == (date[3] << 8 | time[0]);
    return billing_set_schedule(m, date[3], time[0]);
}

/* Local time, in the hour that occurs twice the first pass. */
static enum status set_activation(struct cosem_request *r, const uint8_t *time, const uint8_t *date)
{
    struct meter *m = r->device;
    struct calendar_time t;
    int64_t due_s = 0;
    uint8_t octets[CALENDAR_OCTETS];
    calendar_encode(&calendar_unspecified, octets);
    memcpy(octets, date, CALENDAR_DATE_OCTETS);
    memcpy(octets + CALENDAR_DATE_OCTETS, time, CALENDAR_TIME_OCTETS);
    if (calendar_decode(octets, &t) != STATUS_OK || clock_utc(&m->clock, &t, &due_s) != STATUS_OK) {
        return STATUS_RANGE;
    }
    if (due_s <= m->clock.utc_s) {
        return STATUS_RANGE;
    }
    r->unchanged = due_s == m->firmware.due_s;
    return r->unchanged ? STATUS_OK : firmware_schedule(m, due_s);
}

static enum status set_time(struct cosem_request *r, const struct cosem_object *o, struct axdr_reader *in)
{
    size_t members = axdr_get_structure(in);
    if (axdr_failed(in) || members != 2) {
        return axdr_failed(in) ? axdr_status(in) : STATUS_TYPE;
    }
    size_t time_size = 0;
    size_t date_size = 0;
    const uint8_t *time = axdr_get_octet_string(in, &time_size);
    const uint8_t *date = axdr_get_octet_string(in, &date_size);
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    if (time_size != CALENDAR_TIME_OCTETS || date_size != CALENDAR_DATE_OCTETS) {
        return STATUS_RANGE;
    }
    return o->shows == DEFERRED_ACTIVATION ? set_activation(r, time, date) : set_billing(r, time, date);
}

static enum status set(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute, struct axdr_reader *in)
{
    struct meter *m = r->device;
    if (attribute != EXECUTION_TIME) {
        return STATUS_DENIED;
    }
    size_t times = axdr_get_array(in);
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    if (times == 0 && o->shows == DEFERRED_ACTIVATION) {
        r->unchanged = m->firmware.due_s == 0;
        return r->unchanged ? STATUS_OK : firmware_schedule(m, 0);
    }
    return times == 1 ? set_time(r, o, in) : STATUS_RANGE;
}

const struct cosem_class class_single_action_schedule = {
    .id = 22,
    .version = 0,
    .attributes = 4,
    .methods = 0,
    .name = "Single action schedule",
    .get = get,
    .set = set,
};
