/* Association LN, class_id 15, version 1.
 *
 * An object shows the association of the caller, or what one of the associations offers; whether another link has
 * that one open is not told. The methods are for HLS and for changing the object_list: nobody may call them.
 *
 * The object_list can be read in part: everything without the access rights (selector 1), the objects of some classes
 * without them (2), some objects (3), one object (4). What is asked for and not in the list is left out.
 */
#include <string.h>

#include "cosem/server.h"
#include "model/model.h"

enum {
    OBJECT_LIST = 2,
    ASSOCIATED_PARTNERS_ID = 3,
    APPLICATION_CONTEXT_NAME = 4,
    XDLMS_CONTEXT_INFO = 5,
    AUTHENTICATION_MECHANISM_NAME = 6,
    SECRET = 7,
    ASSOCIATION_STATUS = 8,
    SECURITY_SETUP_REFERENCE = 9
};

enum { NON_ASSOCIATED = 0, ASSOCIATED = 2 };

enum { SELECT_ALL = 1, SELECT_CLASSES = 2, SELECT_OBJECTS = 3, SELECT_OBJECT = 4 };

#define MANAGEMENT_LOGICAL_DEVICE 1
#define DLMS_VERSION              6

/* The registered names end in 2.16.756.5.8, what it is, which one. */
enum { NAME_APPLICATION_CONTEXT = 1, NAME_MECHANISM = 2 };
enum { CONTEXT_LN_NO_CIPHERING = 1 };

static bool is_current(const struct cosem_request *r, const struct cosem_object *o)
{
    return o->shows == ASSOCIATION_CURRENT || o->shows == r->association->type->client;
}

static const struct cosem_association_type *shown_type(const struct cosem_request *r, const struct cosem_object *o)
{
    return is_current(r, o) ? r->association->type : &r->association->device->types[o->shows];
}

static void put_attribute_rights(struct axdr_writer *out, const struct cosem_object *row, enum cosem_client client)
{
    axdr_array(out, row->ic->attributes);
    for (uint8_t n = 1; n <= row->ic->attributes; n++) {
        bool readable = cosem_may_access(row, client, n, RIGHT_GET);
        bool settable = cosem_may_access(row, client, n, RIGHT_SET);
        axdr_structure(out, 3);
        axdr_number(out, AXDR_INTEGER, n);
        axdr_number(out, AXDR_ENUM, (readable ? 1 : 0) + (settable ? 2 : 0));
        if ((row->ic->selective & 1u << n) == 0) {
            axdr_null(out);
            continue;
        }
        axdr_array(out, row->ic->selectors);
        for (uint8_t kind = 1; kind <= row->ic->selectors; kind++) {
            axdr_number(out, AXDR_INTEGER, kind);
        }
    }
}

static void put_method_rights(struct axdr_writer *out, const struct cosem_object *row, enum cosem_client client)
{
    axdr_array(out, row->ic->methods);
    for (uint8_t n = 1; n <= row->ic->methods; n++) {
        axdr_structure(out, 2);
        axdr_number(out, AXDR_INTEGER, n);
        axdr_number(out, AXDR_ENUM, cosem_may_call(row, client, n) ? 1 : 0);
    }
}

/* Without rights the element keeps its form: clients read it as they read any other. */
static void put_element(struct axdr_writer *out, const struct cosem_object *row, enum cosem_client client, bool rights)
{
    axdr_structure(out, 4);
    axdr_number(out, AXDR_LONG_UNSIGNED, row->ic->id);
    axdr_number(out, AXDR_UNSIGNED, row->ic->version);
    axdr_octet_string(out, row->obis, sizeof row->obis);
    axdr_structure(out, 2);
    if (rights) {
        put_attribute_rights(out, row, client);
        put_method_rights(out, row, client);
    } else {
        axdr_array(out, 0);
        axdr_array(out, 0);
    }
}

/* Reads a class_id, or an object id with its logical name. True if the row is meant. */
static bool get_id(struct axdr_reader *in, bool object, const struct cosem_object *row)
{
    size_t size = 0;
    if (object && axdr_get_structure(in) != 2) {
        in->mistyped = true;
    }
    bool meant = axdr_get_number(in, AXDR_LONG_UNSIGNED) == row->ic->id;
    if (object) {
        const uint8_t *name = axdr_get_octet_string(in, &size);
        if (size != sizeof row->obis) {
            in->mistyped = true;
            return false;
        }
        meant = meant && memcmp(name, row->obis, sizeof row->obis) == 0;
    }
    return meant && !axdr_failed(in);
}

/* Reads the whole selector for each row: a list is short, and there is nowhere to keep a decoded one. */
static enum status selects(const struct cosem_selector *selector, const struct cosem_object *row, bool *selected)
{
    struct axdr_reader in;
    *selected = selector == NULL || selector->kind == SELECT_ALL;
    if (selector == NULL) {
        return STATUS_OK;
    }
    axdr_reader_init(&in, selector->data, selector->size);
    if (selector->kind == SELECT_ALL) {
        return axdr_peek(&in) == AXDR_NULL ? STATUS_OK : STATUS_TYPE;
    }
    size_t count = selector->kind == SELECT_OBJECT ? 1 : axdr_get_array(&in);
    for (size_t i = 0; i < count && !axdr_failed(&in); i++) {
        bool meant = get_id(&in, selector->kind != SELECT_CLASSES, row);
        *selected = *selected || meant;
    }
    return axdr_status(&in);
}

/* Which rows the request gets. */
static enum status is_shown(const struct cosem_request *r, const struct cosem_object *row, enum cosem_client client,
                            bool *shown)
{
    enum status status = selects(r->selector, row, shown);
    *shown = *shown && cosem_listed(row, client);
    return status;
}

static enum status begin_object_list(const struct cosem_request *r, enum cosem_client client, struct axdr_writer *out)
{
    const struct cosem_object_table *table = r->association->device->objects;
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++) {
        bool shown = false;
        enum status status = is_shown(r, &table->rows[i], client, &shown);
        if (status != STATUS_OK) {
            return status;
        }
        count += shown;
    }
    axdr_array(out, count);
    return STATUS_OK;
}

static enum status put_object_list(struct cosem_request *r, enum cosem_client client, struct axdr_writer *out)
{
    const struct cosem_object_table *table = r->association->device->objects;
    bool rights = r->selector == NULL || r->selector->kind >= SELECT_OBJECTS;
    uint32_t delivered = r->cursor;
    enum status status = delivered == 0 ? begin_object_list(r, client, out) : STATUS_OK;
    for (size_t i = 0; i < table->count && !r->more && status == STATUS_OK; i++) {
        bool shown = false;
        status = is_shown(r, &table->rows[i], client, &shown);
        if (!shown) {
            continue;
        }
        if (delivered > 0) {
            delivered--;
        } else if (axdr_room(out)) {
            put_element(out, &table->rows[i], client, rights);
            r->cursor++;
        } else {
            r->more = true;
        }
    }
    return status;
}

static void put_partners(const struct cosem_request *r, const struct cosem_object *o, struct axdr_writer *out)
{
    axdr_structure(out, 2);
    axdr_number(out, AXDR_INTEGER, is_current(r, o) ? r->association->client_sap : shown_type(r, o)->saps[0]);
    axdr_number(out, AXDR_LONG_UNSIGNED, MANAGEMENT_LOGICAL_DEVICE);
}

static void put_name(struct axdr_writer *out, uint8_t kind, uint8_t which)
{
    axdr_structure(out, 7);
    axdr_number(out, AXDR_UNSIGNED, 2);
    axdr_number(out, AXDR_UNSIGNED, 16);
    axdr_number(out, AXDR_LONG_UNSIGNED, 756);
    axdr_number(out, AXDR_UNSIGNED, 5);
    axdr_number(out, AXDR_UNSIGNED, 8);
    axdr_number(out, AXDR_UNSIGNED, kind);
    axdr_number(out, AXDR_UNSIGNED, which);
}

/* As negotiated; of an association that is not open, what the meter would negotiate. */
static void put_xdlms_context(const struct cosem_request *r, const struct cosem_object *o, struct axdr_writer *out)
{
    const struct cosem_association *a = r->association;
    bool current = is_current(r, o);
    uint32_t conformance = current ? a->conformance : shown_type(r, o)->conformance;
    const uint8_t bits[3] = { (uint8_t)(conformance >> 16), (uint8_t)(conformance >> 8), (uint8_t)conformance };
    axdr_structure(out, 6);
    axdr_bit_string(out, bits, 24);
    axdr_number(out, AXDR_LONG_UNSIGNED, COSEM_PDU_MAX);                    /* max_receive_pdu_size */
    axdr_number(out, AXDR_LONG_UNSIGNED, current ? a->pdu : COSEM_PDU_MAX); /* max_send_pdu_size */
    axdr_number(out, AXDR_UNSIGNED, current ? a->dlms_version : DLMS_VERSION);
    axdr_number(out, AXDR_INTEGER, current ? (int8_t)a->quality_of_service : 0);
    axdr_octet_string(out, NULL, 0); /* cyphering_info */
}

static enum status get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out)
{
    static const uint8_t no_security_setup[6] = { 0 };
    switch (attribute) {
    case OBJECT_LIST:
        return put_object_list(r, shown_type(r, o)->client, out);
    case ASSOCIATED_PARTNERS_ID:
        put_partners(r, o, out);
        break;
    case APPLICATION_CONTEXT_NAME:
        put_name(out, NAME_APPLICATION_CONTEXT, CONTEXT_LN_NO_CIPHERING);
        break;
    case XDLMS_CONTEXT_INFO:
        put_xdlms_context(r, o, out);
        break;
    case AUTHENTICATION_MECHANISM_NAME:
        put_name(out, NAME_MECHANISM, (uint8_t)shown_type(r, o)->mechanism);
        break;
    case ASSOCIATION_STATUS:
        axdr_number(out, AXDR_ENUM, is_current(r, o) ? ASSOCIATED : NON_ASSOCIATED);
        break;
    case SECURITY_SETUP_REFERENCE:
        axdr_octet_string(out, no_security_setup, sizeof no_security_setup);
        break;
    default: /* the secret is told to nobody */
        return STATUS_DENIED;
    }
    return STATUS_OK;
}

/* The new secret opens the next association; one that is open goes on. */
static enum status set(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute, struct axdr_reader *in)
{
    enum cosem_client client = shown_type(r, o)->client;
    const struct cosem_secret *secret = &r->association->device->secrets[client];
    size_t size = 0;
    if (attribute != SECRET || client == CLIENT_PUBLIC) {
        return STATUS_DENIED;
    }
    const uint8_t *octets = axdr_get_octet_string(in, &size);
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    r->unchanged = size == secret->size && memcmp(octets, secret->octets, size) == 0;
    enum status status = setting_set_octets(
        r->device, client == CLIENT_READER ? SETTING_SECRET_READER : SETTING_SECRET_ADMINISTRATOR, octets, size);
    model_take_secrets(r->association->device, r->device);
    return status;
}

const struct cosem_class class_association_ln = {
    .id = 15,
    .version = 1,
    .attributes = 9,
    .methods = 4,
    .name = "Association LN",
    .get = get,
    .set = set,
    .selective = 1u << OBJECT_LIST,
    .selectors = SELECT_OBJECT,
};
