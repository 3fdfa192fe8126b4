/* Script table, class_id 9, version 0: end of billing and MD reset; image activation; global reset. */
#include "model/model.h"
#include "model/profiles.h"

enum { END_OF_BILLING = 1, MD_RESET = 2, BILLING_SCRIPTS = 2 };
enum { ACTIVATION = 1, ACTIVATION_SCRIPTS = 1 };
enum { CLEAR_PROFILES = 1, CLEAR_LOGS = 2, RESET_SCRIPTS = 2 };

#define SERVICE_EXECUTE  2
#define PROFILE_CLASS_ID 7
#define PROFILE_RESET    1
#define PROFILE_CAPTURE  2
#define MAXIMUM_CLASS_ID 4
#define MAXIMUM_RESET    1
#define IMAGE_CLASS_ID   18
#define IMAGE_ACTIVATE   4

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

static void put_script(struct axdr_writer *out, uint16_t script, size_t actions)
{
    axdr_structure(out, 2);
    axdr_number(out, AXDR_LONG_UNSIGNED, script);
    axdr_array(out, actions);
}

static void put_billing_script(struct axdr_writer *out, uint16_t script)
{
    static const uint8_t profile[6] = { 0, 0, 98, 1, 0, 255 };
    bool captures = script == END_OF_BILLING;
    put_script(out, script, (size_t)DEMAND_COUNT + captures);
    if (captures) {
        put_action(out, PROFILE_CLASS_ID, profile, PROFILE_CAPTURE);
    }
    for (unsigned i = 0; i < DEMAND_COUNT; i++) {
        const uint8_t maximum[6] = { 1, 0, (uint8_t)(i + 1), 6, 0, 255 };
        put_action(out, MAXIMUM_CLASS_ID, maximum, MAXIMUM_RESET);
    }
}

/* What a global reset clears. */
static const struct cleared {
    uint8_t script;
    uint8_t obis[6];
} cleared[] = {
    { CLEAR_PROFILES, { 1, 0, 99, 1, 0, 255 } }, /* load profile 1 */
    { CLEAR_PROFILES, { 1, 0, 99, 2, 0, 255 } }, /* daily profile */
    { CLEAR_PROFILES, { 0, 0, 98, 1, 0, 255 } }, /* billing: its rows, not the counter */
    { CLEAR_LOGS, { 0, 0, 99, 98, 0, 255 } },    /* standard, */
    { CLEAR_LOGS, { 0, 0, 99, 98, 1, 255 } },    /* fraud, */
    { CLEAR_LOGS, { 0, 0, 99, 98, 4, 255 } },    /* power quality, */
    { CLEAR_LOGS, { 0, 0, 99, 98, 5, 255 } },    /* communication, */
    { CLEAR_LOGS, { 0, 0, 99, 98, 9, 255 } },    /* alarm, */
    { CLEAR_LOGS, { 1, 0, 99, 97, 0, 255 } },    /* power failure log */
};

enum { CLEARED = sizeof cleared / sizeof cleared[0] };

static void put_reset_script(struct axdr_writer *out, uint16_t script)
{
    size_t actions = 0;
    for (size_t i = 0; i < CLEARED; i++) {
        actions += cleared[i].script == script;
    }
    put_script(out, script, actions);
    for (size_t i = 0; i < CLEARED; i++) {
        if (cleared[i].script == script) {
            put_action(out, PROFILE_CLASS_ID, cleared[i].obis, PROFILE_RESET);
        }
    }
}

/* Never the energies. For a laboratory: the meter cover must be open, so the seal is broken. If the flash refuses one
 * of them, those before it are cleared; the same call again goes on. */
static enum status execute_reset(struct meter *m, int64_t script)
{
    bool open = false;
    enum status status = STATUS_OK;
    if (script != CLEAR_PROFILES && script != CLEAR_LOGS) {
        return STATUS_RANGE;
    }
    if (!board_sensor(m->board, BOARD_METER_COVER, &open) || !open) {
        return STATUS_DENIED;
    }
    for (size_t i = 0; i < CLEARED && status == STATUS_OK; i++) {
        if (cleared[i].script == script) {
            status = model_profiles[cosem_find(&model_objects, cleared[i].obis)->shows].reset(m);
        }
    }
    return status;
}

static enum status get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out)
{
    static const uint8_t image[6] = { 0, 0, 44, 0, 0, 255 };
    (void)r;
    (void)attribute; /* there is but one */
    if (o->shows == DEFERRED_ACTIVATION) {
        axdr_array(out, ACTIVATION_SCRIPTS);
        put_script(out, ACTIVATION, 1);
        put_action(out, IMAGE_CLASS_ID, image, IMAGE_ACTIVATE);
    } else if (o->shows == DEFERRED_RESET) {
        axdr_array(out, RESET_SCRIPTS);
        put_reset_script(out, CLEAR_PROFILES);
        put_reset_script(out, CLEAR_LOGS);
    } else {
        axdr_array(out, BILLING_SCRIPTS);
        put_billing_script(out, END_OF_BILLING);
        put_billing_script(out, MD_RESET);
    }
    return STATUS_OK;
}

/* A Reader may reset the maxima and execute no other script, whether there is one or not: decision 1. */
static enum status execute_billing(const struct cosem_request *r, int64_t script)
{
    if (script == MD_RESET) {
        return billing_reset_maxima(r->device);
    }
    if (r->association->type->client == CLIENT_READER) {
        return STATUS_DENIED;
    }
    return script == END_OF_BILLING ? billing_request(r->device, BILLING_BY_INTERFACE) : STATUS_RANGE;
}

static enum status act(struct cosem_request *r, const struct cosem_object *o, uint8_t method, struct axdr_reader *in,
                       struct axdr_writer *out)
{
    int64_t script = axdr_get_number(in, AXDR_LONG_UNSIGNED);
    (void)method; /* there is but one: execute */
    (void)out;
    r->unchanged = true;
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    if (o->shows == DEFERRED_ACTIVATION) {
        struct meter *m = r->device;
        return script == ACTIVATION ? image_activate(&m->firmware.image) : STATUS_RANGE;
    }
    return o->shows == DEFERRED_RESET ? execute_reset(r->device, script) : execute_billing(r, script);
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
