#include "sample_objects.h"

#include <stdlib.h>
#include <string.h>

/* The octets of a row's string: rows of 14 to 255 octets. */
static size_t text_size(uint32_t row)
{
    return row * 37 % 240;
}

/* Data ---------------------------------------------------------------------- */

enum shows {
    SHOWS_NAME,
    SHOWS_PERCENT,
    SHOWS_SECRET,
    SHOWS_OCTETS,
    SHOWS_TEXT,
    SHOWS_ENERGY,
    SHOWS_ROWS,
    SHOWS_SCRIPT
};

static enum status data_get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                            struct axdr_writer *out)
{
    const struct sample *s = r->device;
    (void)attribute;
    if (o->shows == SHOWS_NAME) {
        axdr_octet_string(out, (const uint8_t *)"BLY0000000000001", 16);
    } else if (o->shows == SHOWS_PERCENT) {
        axdr_number(out, AXDR_UNSIGNED, s->percent);
    } else if (o->shows == SHOWS_TEXT) {
        axdr_put_u8(out, AXDR_VISIBLE_STRING);
        axdr_put_length(out, 3);
        axdr_put_octets(out, (const uint8_t *)"DEF", 3);
    } else {
        axdr_octet_string(out, s->octets, s->octets_size);
    }
    return STATUS_OK;
}

static enum status set_octets(struct sample *s, struct axdr_reader *in)
{
    size_t size;
    const uint8_t *octets = axdr_get_octet_string(in, &size);
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    if (size > SAMPLE_OCTETS_MAX) {
        return STATUS_RANGE;
    }
    memcpy(s->octets, octets, size);
    s->octets_size = (uint16_t)size;
    return STATUS_OK;
}

static enum status data_set(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                            struct axdr_reader *in)
{
    struct sample *s = r->device;
    (void)attribute;
    if (o->shows == SHOWS_OCTETS) {
        return set_octets(s, in);
    }
    int64_t value = axdr_get_number(in, AXDR_UNSIGNED);
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    if (value > 100) {
        return STATUS_RANGE;
    }
    uint8_t *target = o->shows == SHOWS_SECRET ? &s->secret : &s->percent;
    r->unchanged = *target == value;
    *target = (uint8_t)value;
    return STATUS_OK;
}

static const struct cosem_class class_data = {
    .id = 1, .version = 0, .attributes = 2, .name = "Data", .get = data_get, .set = data_set
};

/* Register ------------------------------------------------------------------ */

static enum status register_get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                                struct axdr_writer *out)
{
    (void)r;
    (void)o;
    if (attribute == 2) {
        axdr_number(out, AXDR_DOUBLE_LONG_UNSIGNED, 1234);
    } else {
        axdr_structure(out, 2);
        axdr_number(out, AXDR_INTEGER, 0);
        axdr_number(out, AXDR_ENUM, 30);
    }
    return STATUS_OK;
}

static const struct cosem_class class_register = {
    .id = 3, .version = 0, .attributes = 3, .methods = 1, .name = "Register", .get = register_get
};

/* The long array -------------------------------------------------------------- */

enum notes { NOTE_BEGUN, NOTE_FIRST, NOTE_COUNT, NOTE_CLOCK };

/* Entry selector: structure {double-long-unsigned from, double-long-unsigned to}, simplified from class 7. */
static enum status select_rows(struct cosem_request *r, const struct sample *s)
{
    uint32_t from = 1;
    uint32_t to = s->rows;
    if (r->selector != NULL) {
        struct axdr_reader in;
        axdr_reader_init(&in, r->selector->data, r->selector->size);
        if (r->selector->kind != 2 || axdr_get_structure(&in) != 2) {
            return STATUS_TYPE;
        }
        from = (uint32_t)axdr_get_number(&in, AXDR_DOUBLE_LONG_UNSIGNED);
        to = (uint32_t)axdr_get_number(&in, AXDR_DOUBLE_LONG_UNSIGNED);
        if (axdr_failed(&in)) {
            return axdr_status(&in);
        }
        if (from == 0 || from > to || to > s->rows) {
            return STATUS_RANGE;
        }
    }
    r->notes[NOTE_BEGUN] = 1;
    r->notes[NOTE_FIRST] = from;
    r->notes[NOTE_COUNT] = to + 1 - from;
    r->notes[NOTE_CLOCK] = s->clock;
    return STATUS_OK;
}

/* A value that goes on asks its selector again: it must still be there. */
static enum status rows_begin(struct cosem_request *r, const struct sample *s, struct axdr_writer *out)
{
    uint32_t begun = r->notes[NOTE_BEGUN];
    uint32_t clock = r->notes[NOTE_CLOCK];
    enum status status = select_rows(r, s);
    if (begun != 0) {
        r->notes[NOTE_CLOCK] = clock;
    } else if (status == STATUS_OK) {
        axdr_array(out, r->notes[NOTE_COUNT]);
    }
    return status;
}

static enum status rows_get(struct cosem_request *r, struct sample *s, struct axdr_writer *out)
{
    enum status status = rows_begin(r, s, out);
    if (status != STATUS_OK) {
        return status;
    }
    s->clock++;
    for (; r->cursor < r->notes[NOTE_COUNT]; r->cursor++) {
        uint8_t text[256];
        uint32_t row = r->notes[NOTE_FIRST] + r->cursor;
        if (!axdr_room(out)) {
            r->more = true;
            return STATUS_OK;
        }
        if (row == s->fails_at) {
            return STATUS_RANGE;
        }
        memset(text, (int)(row & 0xff), sizeof text);
        axdr_structure(out, 3);
        axdr_number(out, AXDR_DOUBLE_LONG_UNSIGNED, row);
        axdr_number(out, AXDR_DOUBLE_LONG_UNSIGNED, r->notes[NOTE_CLOCK]);
        axdr_octet_string(out, text, text_size(row));
    }
    return STATUS_OK;
}

static enum status profile_get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                               struct axdr_writer *out)
{
    struct sample *s = r->device;
    (void)o;
    if (attribute == 2) {
        return rows_get(r, s, out);
    }
    axdr_number(out, AXDR_LONG_UNSIGNED, attribute);
    return STATUS_OK;
}

static const struct cosem_class class_profile = {
    .id = 7, .version = 1, .attributes = 4, .name = "Profile", .get = profile_get, .selective = 1 << 2, .selectors = 2
};

size_t sample_rows(uint8_t *octets, uint32_t from, uint32_t to, uint32_t clock)
{
    uint8_t *p = octets;
    uint32_t count = to + 1 - from;
    *p++ = 0x01;
    if (count > 255) {
        *p++ = 0x82;
        *p++ = (uint8_t)(count >> 8);
    } else if (count > 127) {
        *p++ = 0x81;
    }
    *p++ = (uint8_t)count;
    for (uint32_t row = from; row <= to; row++) {
        const uint8_t head[] = { 0x02,
                                 0x03,
                                 0x06,
                                 (uint8_t)(row >> 24),
                                 (uint8_t)(row >> 16),
                                 (uint8_t)(row >> 8),
                                 (uint8_t)row,
                                 0x06,
                                 (uint8_t)(clock >> 24),
                                 (uint8_t)(clock >> 16),
                                 (uint8_t)(clock >> 8),
                                 (uint8_t)clock,
                                 0x09 };
        memcpy(p, head, sizeof head);
        p += sizeof head;
        if (text_size(row) > 127) {
            *p++ = 0x81;
        }
        *p++ = (uint8_t)text_size(row);
        memset(p, (int)(row & 0xff), text_size(row));
        p += text_size(row);
    }
    return (size_t)(p - octets);
}

/* Methods --------------------------------------------------------------------- */

static void return_octets(struct axdr_writer *out, size_t size)
{
    axdr_put_u8(out, AXDR_OCTET_STRING);
    axdr_put_length(out, size);
    for (size_t i = 0; i < size; i++) {
        axdr_put_u8(out, (uint8_t)i);
    }
}

static enum status script_act(struct cosem_request *r, const struct cosem_object *o, uint8_t method,
                              struct axdr_reader *in, struct axdr_writer *out)
{
    struct sample *s = r->device;
    (void)o;
    if (method == 1) {
        int64_t value = axdr_get_number(in, AXDR_LONG_UNSIGNED);
        if (axdr_failed(in)) {
            return axdr_status(in);
        }
        s->sum += (uint32_t)value;
    } else if (method == 2) {
        return_octets(out, s->returned);
    } else if (method == 3) {
        return STATUS_BUSY;
    } else if (method == 5) {
        return_octets(out, 2000);
    }
    r->unchanged = method != 1;
    s->calls++;
    return STATUS_OK;
}

static enum status script_get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                              struct axdr_writer *out)
{
    (void)r;
    (void)o;
    (void)attribute;
    axdr_array(out, 0);
    return STATUS_OK;
}

static const struct cosem_class class_script = {
    .id = 9, .version = 0, .attributes = 2, .methods = 5, .name = "Script table", .get = script_get, .act = script_act
};

/* The table --------------------------------------------------------------------- */

/* clang-format off */
static const struct cosem_object rows[] = {
    { &class_script,   { 0, 0,  10,  0,  1, 255 }, SHOWS_SCRIPT,  { NULL,   "rr/-----", "rr/xxxxx" }, "Script" },
    { &class_data,     { 0, 0,  42,  0,  0, 255 }, SHOWS_NAME,    { "rr",   "rr",       "rr"       }, "Logical device name" },
    { &class_data,     { 0, 0,  96, 50, 31, 255 }, SHOWS_PERCENT, { NULL,   "rr",       "rb"       }, "Percentage" },
    { &class_data,     { 0, 0,  97, 97,  0, 255 }, SHOWS_SECRET,  { NULL,   "r-",       "rw"       }, "Secret" },
    { &class_profile,  { 0, 0,  99, 98,  0, 255 }, SHOWS_ROWS,    { "rr--", "rrrr",     "rrrr"     }, "Long array" },
    { &class_data,     { 0, 0, 128,  0,  0, 255 }, SHOWS_OCTETS,  { "rr",   "rr",       "rb"       }, "Octets" },
    { &class_data,     { 0, 0, 128,  1,  0, 255 }, SHOWS_TEXT,    { NULL,   "rr",       "rr"       }, "Text" },
    { &class_register, { 1, 0,   1,  8,  0, 255 }, SHOWS_ENERGY,  { NULL,   "rrr/-",    "rrr/x"    }, "Energy" },
};

static const struct cosem_association_type types[CLIENT_COUNT] = {
    { CLIENT_PUBLIC,        { SAMPLE_PUBLIC, 0 },                   MECHANISM_NONE, 0x001014, { 0, 0, 40, 0, 1, 255 } },
    { CLIENT_READER,        { SAMPLE_READER, 0 },                   MECHANISM_LLS,  0x007e15, { 0, 0, 40, 0, 2, 255 } },
    { CLIENT_ADMINISTRATOR, { SAMPLE_ADMINISTRATOR, SAMPLE_ALIAS }, MECHANISM_LLS,  0x007e1d, { 0, 0, 40, 0, 3, 255 } },
};
/* clang-format on */

const struct cosem_object_table sample_table = { .rows = rows, .count = sizeof rows / sizeof rows[0] };

static void configuration_changed(void *meter, bool first)
{
    struct sample *s = meter;
    s->changes += first;
    s->all_changes++;
}

static void login_refused(void *meter, enum cosem_client client, bool locked)
{
    struct sample *s = meter;
    s->refusals++;
    s->locks += locked ? 1 : 0;
    s->refused = client;
}

void sample_init(struct sample *sample, struct cosem_device *device)
{
    *sample = (struct sample){ .percent = 2, .octets_size = 50, .returned = 50, .rows = 30, .fails_at = UINT32_MAX };
    for (uint8_t i = 0; i < 50; i++) {
        sample->octets[i] = (uint8_t)(i + 1);
    }
    *device = (struct cosem_device){
        .objects = &sample_table,
        .types = types,
        .secrets = { [CLIENT_READER] = { 8, "00000001" }, [CLIENT_ADMINISTRATOR] = { 8, "00000002" } },
        .meter = sample,
        .configuration_changed = configuration_changed,
        .login_refused = login_refused,
    };
}

size_t sample_aarq(uint8_t *apdu, uint16_t sap, uint32_t conformance, uint16_t pdu)
{
    static const uint8_t context[] = { 0xa1, 9, 6, 7, 0x60, 0x85, 0x74, 5, 8, 1, 1 };
    static const uint8_t security[] = { 0x8a, 2,    7,    0x80, 0x8b, 7,   0x60, 0x85, 0x74, 5,   8,   2,
                                        1,    0xac, 0x0a, 0x80, 8,    '0', '0',  '0',  '0',  '0', '0', '0' };
    const uint8_t initiate[] = { 0xbe,
                                 0x10,
                                 4,
                                 0x0e,
                                 1,
                                 0,
                                 0,
                                 0,
                                 6,
                                 0x5f,
                                 0x1f,
                                 4,
                                 0,
                                 (uint8_t)(conformance >> 16),
                                 (uint8_t)(conformance >> 8),
                                 (uint8_t)conformance,
                                 (uint8_t)(pdu >> 8),
                                 (uint8_t)pdu };
    uint8_t *p = apdu + 2;
    memcpy(p, context, sizeof context);
    p += sizeof context;
    if (sap != SAMPLE_PUBLIC) {
        memcpy(p, security, sizeof security);
        p += sizeof security;
        *p++ = sap == SAMPLE_READER ? '1' : '2';
    }
    memcpy(p, initiate, sizeof initiate);
    p += sizeof initiate;
    apdu[0] = 0x60;
    apdu[1] = (uint8_t)(p - apdu - 2);
    return (size_t)(p - apdu);
}

void sample_login(struct cosem_server *server, uint16_t sap, uint32_t conformance, uint16_t pdu)
{
    uint8_t apdu[64];
    const uint8_t *response;
    if (!server->link_open || server->link_sap != sap) {
        cosem_server_open(server, sap);
    }
    size_t size = cosem_server_request(server, apdu, sample_aarq(apdu, sap, conformance, pdu), 0, &response);
    if (size < 18 || response[17] != 0) {
        abort();
    }
}
