/* Single action schedule, class_id 22, version 0: the end of the billing period. Once a month at a full hour, so of an
 * execution time only day and hour are the client's. */
#include "model/model.h"

enum { EXECUTED_SCRIPT = 2, TYPE = 3, EXECUTION_TIME = 4 };

/* One time, with wildcards in its date. */
#define TYPE_ONE_WITH_WILDCARDS 1

#define END_OF_BILLING 1 /* the script */

static void put_execution_time(struct axdr_writer *out, uint16_t schedule)
{
    const uint8_t time[CALENDAR_TIME_OCTETS] = { (uint8_t)schedule, 0, 0, 0 };
    const uint8_t date[CALENDAR_DATE_OCTETS] = { CALENDAR_ANY, CALENDAR_ANY, CALENDAR_ANY, (uint8_t)(schedule >> 8),
                                                 CALENDAR_ANY };
    axdr_array(out, 1);
    axdr_structure(out, 2);
    axdr_octet_string(out, time, sizeof time);
    axdr_octet_string(out, date, sizeof date);
}

static enum status get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out)
{
    static const uint8_t scripts[6] = { 0, 0, 10, 0, 1, 255 };
    const struct meter *m = r->device;
    (void)o;
    switch (attribute) {
    case EXECUTED_SCRIPT:
        axdr_structure(out, 2);
        axdr_octet_string(out, scripts, sizeof scripts);
        axdr_number(out, AXDR_LONG_UNSIGNED, END_OF_BILLING);
        break;
    case TYPE:
        axdr_number(out, AXDR_ENUM, TYPE_ONE_WITH_WILDCARDS);
        break;
    case EXECUTION_TIME:
        put_execution_time(out, m->billing.schedule);
        break;
    default:
        return STATUS_UNDEFINED;
    }
    return STATUS_OK;
}

/* Year, month and weekday are open, minutes and seconds are 0; hundredths may be left open. Day and hour are checked by
 * who takes them: no wildcard is a day or an hour there is. */
static bool usable(const uint8_t *time, const uint8_t *date)
{
    return time[1] == 0 && time[2] == 0 && (time[3] == 0 || time[3] == CALENDAR_ANY) && date[0] == CALENDAR_ANY &&
           date[1] == CALENDAR_ANY && date[2] == CALENDAR_ANY && date[4] == CALENDAR_ANY;
}

static enum status set_execution_time(struct cosem_request *r, struct axdr_reader *in)
{
    struct meter *m = r->device;
    size_t times = axdr_get_array(in);
    if (axdr_failed(in) || times != 1) {
        return axdr_failed(in) ? axdr_status(in) : STATUS_RANGE;
    }
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
    if (time_size != CALENDAR_TIME_OCTETS || date_size != CALENDAR_DATE_OCTETS || !usable(time, date)) {
        return STATUS_RANGE;
    }
    r->unchanged = m->billing.schedule == (date[3] << 8 | time[0]);
    return billing_set_schedule(m, date[3], time[0]);
}

static enum status set(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute, struct axdr_reader *in)
{
    (void)o;
    return attribute == EXECUTION_TIME ? set_execution_time(r, in) : STATUS_DENIED;
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
