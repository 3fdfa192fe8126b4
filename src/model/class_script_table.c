/* Script table, class_id 9, version 0: end of billing and MD reset. */
#include "model/model.h"

enum { END_OF_BILLING = 1, MD_RESET = 2, SCRIPTS = 2 };

#define SERVICE_EXECUTE  2
#define PROFILE_CLASS_ID 7
#define PROFILE_CAPTURE  2
#define MAXIMUM_CLASS_ID 4
#define MAXIMUM_RESET    1

/* An action of a script: object-model.md 10.9. */
static void put_action(struct axdr_writer *out, uint16_t class_id, const uint8_t obis[6], uint8_t method)
{
    axdr_structure(out, 5);
    axdr_number(out, AXDR_ENUM, SERVICE_EXECUTE);
    axdr_number(out, AXDR_LONG_UNSIGNED, class_id);
    axdr_octet_string(out, obis, 6);
    axdr_number(out, AXDR_INTEGER, method);
    axdr_number(out, AXDR_INTEGER, 0);
}

static void put_script(struct axdr_writer *out, uint16_t script)
{
    static const uint8_t profile[6] = { 0, 0, 98, 1, 0, 255 };
    bool captures = script == END_OF_BILLING;
    axdr_structure(out, 2);
    axdr_number(out, AXDR_LONG_UNSIGNED, script);
    axdr_array(out, (size_t)DEMAND_COUNT + captures);
    if (captures) {
        put_action(out, PROFILE_CLASS_ID, profile, PROFILE_CAPTURE);
    }
    for (unsigned i = 0; i < DEMAND_COUNT; i++) {
        const uint8_t maximum[6] = { 1, 0, (uint8_t)(i + 1), 6, 0, 255 };
        put_action(out, MAXIMUM_CLASS_ID, maximum, MAXIMUM_RESET);
    }
}

static enum status get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out)
{
    (void)r;
    (void)o;
    (void)attribute; /* there is but one */
    axdr_array(out, SCRIPTS);
    put_script(out, END_OF_BILLING);
    put_script(out, MD_RESET);
    return STATUS_OK;
}

/* A Reader may reset the maxima and execute no other script, whether there is one or not: decision 1. */
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
    if (script == MD_RESET) {
        return billing_reset_maxima(r->device);
    }
    if (r->association->type->client == CLIENT_READER) {
        return STATUS_DENIED;
    }
    return script == END_OF_BILLING ? billing_request(r->device, BILLING_BY_INTERFACE) : STATUS_RANGE;
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
