#include "cosem/association.h"

#include <string.h>

/* BER tags of the fields that are looked at; titles, qualifiers and invocation identifiers are passed over. */
enum {
    TAG_AARQ = 0x60,
    TAG_AARE = 0x61,
    TAG_RLRQ = 0x62,
    TAG_RLRE = 0x63,
    TAG_PROTOCOL_VERSION = 0x80,
    TAG_CONTEXT_NAME = 0xa1,
    TAG_REQUIREMENTS = 0x8a,
    TAG_MECHANISM_NAME = 0x8b,
    TAG_AUTHENTICATION_VALUE = 0xac,
    TAG_IMPLEMENTATION_INFORMATION = 0xbd,
    TAG_USER_INFORMATION = 0xbe,
    TAG_RELEASE_REASON = 0x80,
    TAG_OBJECT_IDENTIFIER = 0x06,
    TAG_OCTET_STRING = 0x04,
    TAG_CHARSTRING = 0x80,
};

enum { INITIATE_REQUEST = 0x01, INITIATE_RESPONSE = 0x08, CONFIRMED_SERVICE_ERROR = 0x0e };
enum { DLMS_VERSION = 6, CLIENT_PDU_MIN = 12 };

/* {joint-iso-ccitt(2) country(16) country-name(756) identified-organisation(5) DLMS-UA(8) ...} */
static const uint8_t context_name[] = { TAG_OBJECT_IDENTIFIER, 7, 0x60, 0x85, 0x74, 0x05, 0x08, 1, 1 };
static const uint8_t mechanism_arc[] = { 0x60, 0x85, 0x74, 0x05, 0x08, 2 };

enum result { ACCEPTED = 0, REJECTED_PERMANENT = 1, REJECTED_TRANSIENT = 2 };
enum source { SERVICE_USER = 0xa1, SERVICE_PROVIDER = 0xa2 };
enum initiate_error { OTHER = 0, VERSION_TOO_LOW = 1, INCOMPATIBLE_CONFORMANCE = 2, PDU_TOO_SHORT = 3, NONE = 0xff };

/* What an AARE says. */
struct verdict {
    enum result result;
    enum source source;
    uint8_t diagnostic;
    enum initiate_error initiate; /* NONE: no ConfirmedServiceError is added */
};

static const struct verdict accepted = { ACCEPTED, SERVICE_USER, 0, NONE };
static const struct verdict no_reason_given = { REJECTED_PERMANENT, SERVICE_USER, 1, NONE };
static const struct verdict context_not_supported = { REJECTED_PERMANENT, SERVICE_USER, 2, NONE };
static const struct verdict authentication_failure = { REJECTED_PERMANENT, SERVICE_USER, 13, NONE };
static const struct verdict no_common_version = { REJECTED_PERMANENT, SERVICE_PROVIDER, 2, NONE };
static const struct verdict busy = { REJECTED_TRANSIENT, SERVICE_USER, 1, NONE };

static struct verdict initiate_refused(enum initiate_error error)
{
    return (struct verdict){ REJECTED_PERMANENT, SERVICE_USER, 1, error };
}

/* The fields of an AARQ; data is NULL where one is absent. */
struct aarq {
    struct axdr_reader protocol_version;
    struct axdr_reader context_name;
    struct axdr_reader requirements;
    struct axdr_reader mechanism_name;
    struct axdr_reader authentication_value;
    struct axdr_reader implementation_information;
    struct axdr_reader user_information;
};

struct initiate {
    bool dedicated_key;
    bool response_refused; /* the client wants no answer: an unconfirmed association, which is not offered */
    bool quality_proposed;
    uint8_t quality_of_service;
    uint8_t version;
    uint32_t conformance;
    uint16_t client_pdu;
};

/* BER --------------------------------------------------------------------- */

/* One field: its tag is returned, what it contains is in `content`. BER's definite lengths are coded as A-XDR's. */
static uint8_t next_field(struct axdr_reader *in, struct axdr_reader *content)
{
    uint8_t tag = axdr_get_u8(in);
    size_t size = axdr_get_length(in);
    const uint8_t *octets = axdr_get_octets(in, size);
    axdr_reader_init(content, octets, octets == NULL ? 0 : size);
    return tag;
}

/* True if `in` is exactly one field with this tag. */
static bool only_field(struct axdr_reader *in, uint8_t tag, struct axdr_reader *content)
{
    return next_field(in, content) == tag && !axdr_failed(in) && axdr_left(in) == 0;
}

static bool present(const struct axdr_reader *field)
{
    return field->data != NULL;
}

static struct axdr_reader *field_for(struct aarq *q, uint8_t tag)
{
    switch (tag) {
    case TAG_PROTOCOL_VERSION:
        return &q->protocol_version;
    case TAG_CONTEXT_NAME:
        return &q->context_name;
    case TAG_REQUIREMENTS:
        return &q->requirements;
    case TAG_MECHANISM_NAME:
        return &q->mechanism_name;
    case TAG_AUTHENTICATION_VALUE:
        return &q->authentication_value;
    case TAG_IMPLEMENTATION_INFORMATION:
        return &q->implementation_information;
    case TAG_USER_INFORMATION:
        return &q->user_information;
    default:
        return NULL;
    }
}

/* Splits an AARQ into its fields. They stand in the order of their numbers, so none can come twice. */
static bool parse_aarq(struct aarq *q, const uint8_t *apdu, size_t size)
{
    enum { NUMBER = 0x1f };
    struct axdr_reader whole;
    struct axdr_reader in;
    axdr_reader_init(&whole, apdu, size);
    if (!only_field(&whole, TAG_AARQ, &in)) {
        return false;
    }
    int previous = -1;
    while (axdr_left(&in) > 0) {
        struct axdr_reader content;
        uint8_t tag = next_field(&in, &content);
        if (axdr_failed(&in) || (tag & NUMBER) <= previous || (tag & NUMBER) == NUMBER) {
            return false;
        }
        previous = tag & NUMBER;
        struct axdr_reader *field = field_for(q, tag);
        if (field != NULL) {
            *field = content;
        }
    }
    return true;
}

/* Authentication ---------------------------------------------------------- */

/* The first bit of a BIT STRING of at most 8 bits. */
static bool first_bit(const struct axdr_reader *bits)
{
    return bits->size == 2 && bits->data[0] < 8 && (bits->data[1] & 0x80) != 0;
}

static bool names_mechanism(const struct axdr_reader *name, enum cosem_mechanism mechanism)
{
    return name->size == sizeof mechanism_arc + 1 && memcmp(name->data, mechanism_arc, sizeof mechanism_arc) == 0 &&
           name->data[sizeof mechanism_arc] == (uint8_t)mechanism;
}

static bool admitted(struct cosem_device *device, enum cosem_client client, const struct axdr_reader *password,
                     uint32_t now_ms)
{
    const struct cosem_secret *secret = &device->secrets[client];
    struct lockout *l = &device->lockouts[client];
    if (lockout_holds(l, now_ms)) {
        return false;
    }
    if (secret_is(secret->octets, secret->size, password->data, password->size)) {
        *l = (struct lockout){ 0 };
        return true;
    }
    bool locked = lockout_wrong(l, LOCKOUT_WRONG_MAX, now_ms);
    if (device->login_refused != NULL) {
        device->login_refused(device->meter, client, locked);
    }
    return false;
}

/* No authentication: the mechanism, if one is named at all, is the lowest level, and there is no password. */
static bool lowest_level(const struct aarq *q)
{
    bool unit = first_bit(&q->requirements);
    bool named = present(&q->mechanism_name);
    return named == unit && (!named || names_mechanism(&q->mechanism_name, MECHANISM_NONE)) &&
           !present(&q->authentication_value);
}

static bool authenticated(struct cosem_device *device, const struct cosem_association_type *type, struct aarq *q,
                          uint32_t now_ms)
{
    if (type->mechanism == MECHANISM_NONE) {
        return lowest_level(q);
    }
    struct axdr_reader password;
    return first_bit(&q->requirements) && names_mechanism(&q->mechanism_name, MECHANISM_LLS) &&
           present(&q->authentication_value) && only_field(&q->authentication_value, TAG_CHARSTRING, &password) &&
           admitted(device, type->client, &password, now_ms);
}

/* xDLMS Initiate ----------------------------------------------------------- */

static bool parse_initiate(struct initiate *i, struct axdr_reader *user_information)
{
    struct axdr_reader in;
    if (!present(user_information) || !only_field(user_information, TAG_OCTET_STRING, &in)) {
        return false;
    }
    bool is_request = axdr_get_u8(&in) == INITIATE_REQUEST;
    i->dedicated_key = axdr_get_u8(&in) != 0;
    if (i->dedicated_key) {
        axdr_get_octets(&in, axdr_get_length(&in));
    }
    i->response_refused = axdr_get_u8(&in) != 0 && axdr_get_u8(&in) == 0;
    i->quality_proposed = axdr_get_u8(&in) != 0;
    i->quality_of_service = i->quality_proposed ? axdr_get_u8(&in) : 0;
    i->version = axdr_get_u8(&in);
    /* [APPLICATION 31] BIT STRING (SIZE(24)), in BER: tag, length, no unused bits */
    bool is_conformance = axdr_get_u32(&in) == 0x5f1f0400;
    i->conformance = (uint32_t)axdr_get_u8(&in) << 16;
    i->conformance |= axdr_get_u16(&in);
    i->client_pdu = axdr_get_u16(&in);
    return !axdr_failed(&in) && axdr_left(&in) == 0 && is_request && is_conformance;
}

static void put_initiate_response(const struct cosem_association *a, struct axdr_writer *out)
{
    axdr_put_u8(out, INITIATE_RESPONSE);
    axdr_put_u8(out, a->quality_proposed);
    if (a->quality_proposed) {
        axdr_put_u8(out, a->quality_of_service);
    }
    axdr_put_u8(out, DLMS_VERSION);
    axdr_put_u32(out, 0x5f1f0400);
    axdr_put_u8(out, (uint8_t)(a->conformance >> 16));
    axdr_put_u16(out, (uint16_t)a->conformance);
    axdr_put_u16(out, COSEM_PDU_MAX); /* what this side can receive, whatever the client's own limit */
    axdr_put_u16(out, 7);             /* vaa-name: logical name referencing */
}

/* AARQ -------------------------------------------------------------------- */

static const struct cosem_association_type *type_for(const struct cosem_device *device, uint16_t sap)
{
    for (unsigned i = 0; sap != 0 && i < CLIENT_COUNT; i++) {
        if (device->types[i].saps[0] == sap || device->types[i].saps[1] == sap) {
            return &device->types[i];
        }
    }
    return NULL;
}

static struct verdict judge_acse(struct cosem_device *device, const struct cosem_association_type *type, struct aarq *q,
                                 uint32_t now_ms)
{
    if (present(&q->protocol_version) && !first_bit(&q->protocol_version)) {
        return no_common_version;
    }
    if (q->context_name.size != sizeof context_name ||
        memcmp(q->context_name.data, context_name, sizeof context_name) != 0) {
        return context_not_supported;
    }
    if (type == NULL) {
        return no_reason_given;
    }
    return authenticated(device, type, q, now_ms) ? accepted : authentication_failure;
}

static struct verdict judge_initiate(const struct cosem_association_type *type, const struct aarq *q,
                                     const struct initiate *i, bool well_formed)
{
    /* Tag BD is the constructed form, which no GraphicString has: an AARQ with it is refused (OPEN_8). */
    if (!well_formed || present(&q->implementation_information) || i->dedicated_key || i->response_refused) {
        return initiate_refused(OTHER);
    }
    if (i->version < DLMS_VERSION) {
        return initiate_refused(VERSION_TOO_LOW);
    }
    if ((i->conformance & type->conformance) == 0) {
        return initiate_refused(INCOMPATIBLE_CONFORMANCE);
    }
    if (i->client_pdu != 0 && i->client_pdu < CLIENT_PDU_MIN) {
        return initiate_refused(PDU_TOO_SHORT);
    }
    return accepted;
}

static bool writes(const struct cosem_association_type *type)
{
    return (type->conformance & CONFORMANCE_SET) != 0;
}

static void begin(struct cosem_association *a, const struct cosem_association_type *type, uint16_t sap,
                  const struct initiate *i)
{
    *a = (struct cosem_association){
        .type = type,
        .device = a->device,
        .client_sap = sap,
        .conformance = i->conformance & type->conformance,
        .client_pdu = i->client_pdu,
        .pdu = i->client_pdu == 0 || i->client_pdu > COSEM_PDU_MAX ? (uint16_t)COSEM_PDU_MAX : i->client_pdu,
        .dlms_version = DLMS_VERSION,
        .quality_of_service = i->quality_of_service,
        .quality_proposed = i->quality_proposed,
    };
    if (writes(type)) {
        a->device->writer = a;
    }
}

static struct verdict judge(struct cosem_association *a, uint16_t sap, struct aarq *q, uint32_t now_ms)
{
    const struct cosem_association_type *type = type_for(a->device, sap);
    struct verdict v = judge_acse(a->device, type, q, now_ms);
    if (v.result != ACCEPTED) {
        return v;
    }
    struct initiate i = { 0 };
    bool well_formed = parse_initiate(&i, &q->user_information);
    v = judge_initiate(type, q, &i, well_formed);
    if (v.result != ACCEPTED) {
        return v;
    }
    if (writes(type) && a->device->writer != NULL) {
        return busy;
    }
    begin(a, type, sap, &i);
    return accepted;
}

/* A field whose content is written by the caller; returns where its length stands. All are below 128 octets. */
static size_t open_field(struct axdr_writer *out, uint8_t tag)
{
    axdr_put_u8(out, tag);
    axdr_put_u8(out, 0);
    return out->used - 1;
}

static void close_field(struct axdr_writer *out, size_t length_at)
{
    if (!out->overflow) {
        out->data[length_at] = (uint8_t)(out->used - length_at - 1);
    }
}

static void put_user_information(const struct cosem_association *a, enum initiate_error error, struct axdr_writer *out)
{
    size_t information = open_field(out, TAG_USER_INFORMATION);
    size_t octets = open_field(out, TAG_OCTET_STRING);
    if (error == NONE) {
        put_initiate_response(a, out);
    } else {
        const uint8_t initiate_error[] = { CONFIRMED_SERVICE_ERROR, 1, 6, (uint8_t)error };
        axdr_put_octets(out, initiate_error, sizeof initiate_error);
    }
    close_field(out, octets);
    close_field(out, information);
}

static void put_integer(struct axdr_writer *out, uint8_t value)
{
    const uint8_t integer[] = { 0x02, 1, value };
    axdr_put_octets(out, integer, sizeof integer);
}

static void put_aare(const struct cosem_association *a, const struct aarq *q, struct verdict v, struct axdr_writer *out)
{
    size_t aare = open_field(out, TAG_AARE);
    if (v.result == ACCEPTED && present(&q->protocol_version)) { /* who asked for a version is told it */
        size_t version = open_field(out, TAG_PROTOCOL_VERSION);
        axdr_put_octets(out, q->protocol_version.data, q->protocol_version.size);
        close_field(out, version);
    }
    size_t field = open_field(out, TAG_CONTEXT_NAME);
    axdr_put_octets(out, context_name, sizeof context_name);
    close_field(out, field);
    field = open_field(out, 0xa2); /* result */
    put_integer(out, (uint8_t)v.result);
    close_field(out, field);
    field = open_field(out, 0xa3); /* result-source-diagnostic */
    size_t source = open_field(out, (uint8_t)v.source);
    put_integer(out, v.diagnostic);
    close_field(out, source);
    close_field(out, field);
    if (v.result == ACCEPTED || v.initiate != NONE) { /* a client that ACSE refused learns nothing more */
        put_user_information(a, v.initiate, out);
    }
    close_field(out, aare);
}

void association_request(struct cosem_association *a, uint16_t client_sap, const uint8_t *apdu, size_t size,
                         uint32_t now_ms, struct axdr_writer *out)
{
    association_end(a);
    struct aarq q = { 0 };
    struct verdict v = parse_aarq(&q, apdu, size) ? judge(a, client_sap, &q, now_ms) : no_reason_given;
    put_aare(a, &q, v, out);
}

/* RLRQ -------------------------------------------------------------------- */

enum status association_release(struct cosem_association *a, const uint8_t *apdu, size_t size, struct axdr_writer *out)
{
    struct axdr_reader whole;
    struct axdr_reader in;
    axdr_reader_init(&whole, apdu, size);
    if (!only_field(&whole, TAG_RLRQ, &in)) {
        return STATUS_MALFORMED;
    }
    bool informed = false;
    while (axdr_left(&in) > 0 && !axdr_failed(&in)) {
        struct axdr_reader content;
        informed |= next_field(&in, &content) == TAG_USER_INFORMATION;
    }
    if (axdr_failed(&in)) {
        return STATUS_MALFORMED;
    }
    size_t rlre = open_field(out, TAG_RLRE);
    size_t reason = open_field(out, TAG_RELEASE_REASON);
    axdr_put_u8(out, 0); /* normal */
    close_field(out, reason);
    if (informed && a->type != NULL) {
        put_user_information(a, NONE, out);
    }
    close_field(out, rlre);
    association_end(a);
    return STATUS_OK;
}

void association_end(struct cosem_association *a)
{
    if (a->device->writer == a) {
        a->device->writer = NULL;
    }
    *a = (struct cosem_association){ .device = a->device };
}

void association_changed(struct cosem_association *a)
{
    bool first = !a->changed;
    a->changed = true;
    if (a->device->configuration_changed != NULL) {
        a->device->configuration_changed(a->device->meter, first);
    }
}
