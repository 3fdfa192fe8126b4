/* Script table, class_id 9, version 0: script 2, MD reset. */
#include "meter/demands.h"
#include "model/model.h"

#define MD_RESET 2

/* An action of a script. */
#define SERVICE_EXECUTE  2
#define MAXIMUM_CLASS_ID 4
#define MAXIMUM_RESET    1

/* Resets each maximum: object-model.md 10.9. */
static enum status get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out)
{
    (void)r;
    (void)o;
    (void)attribute; /* there is but one */
    axdr_array(out, 1);
    axdr_structure(out, 2);
    axdr_number(out, AXDR_LONG_UNSIGNED, MD_RESET);
    axdr_array(out, DEMAND_COUNT);
    for (unsigned i = 0; i < DEMAND_COUNT; i++) {
        const uint8_t maximum[6] = { 1, 0, (uint8_t)(i + 1), 6, 0, 255 };
        axdr_structure(out, 5);
        axdr_number(out, AXDR_ENUM, SERVICE_EXECUTE);
        axdr_number(out, AXDR_LONG_UNSIGNED, MAXIMUM_CLASS_ID);
        axdr_octet_string(out, maximum, sizeof maximum);
        axdr_number(out, AXDR_INTEGER, MAXIMUM_RESET);
        axdr_number(out, AXDR_INTEGER, 0);
    }
    return STATUS_OK;
}

/* A Reader may execute this script and no other, whether there is one or not: decision 1. */
static enum status act(struct cosem_request *r, const struct cosem_object *o, uint8_t method, struct axdr_reader *in,
                       struct axdr_writer *out)
{
    int64_t script = axdr_get_number(in, AXDR_LONG_UNSIGNED);
    (void)o;
    (void)method; /* there is but one: execute */
    (void)out;
    r->unchanged = true;
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    if (script != MD_RESET) {
        return r->association->type->client == CLIENT_READER ? STATUS_DENIED : STATUS_RANGE;
    }
    return meter_reset_maxima(r->device);
}

const struct cosem_class class_script_table = {
    .id = 9,
    .version = 0,
    .attributes = 2,
    .methods = 1,
    .name = "Script table",
    .get = get,
    .act = act,
};
