#include "meter/setting.h"

#include <assert.h>
#include <string.h>

#include "meter/meter.h"
#include "store/flash.h"

enum kind { KIND_U8, KIND_U16, KIND_U32, KIND_I8, KIND_I16, KIND_BOOL, KIND_OCTETS, KIND_TIME, KIND_RULE };

enum { NUMBER_OCTETS = 4 };

static_assert(offsetof(struct local_port_settings, device_address) ==
                  offsetof(struct local_port_settings, device_address_size) + 1,
              "octets follow their size");

struct row {
    uint16_t key;
    uint8_t kind; /* enum kind */
    uint16_t offset;
    int32_t least;
    uint32_t most;
};

#define SETTING(name, key, kind, member, least, most)                                                                  \
    { key, KIND_##kind, offsetof(struct meter, member), (int32_t)(least), (uint32_t)(most) },
static const struct row rows[SETTING_COUNT] = {
#include "meter/setting.def"
};
#undef SETTING

/* Numbers ---------------------------------------------------------------------- */

static int64_t number_at(const void *member, enum kind kind)
{
    switch (kind) {
    case KIND_U8:
        return *(const uint8_t *)member;
    case KIND_U16:
        return *(const uint16_t *)member;
    case KIND_U32:
        return *(const uint32_t *)member;
    case KIND_I8:
        return *(const int8_t *)member;
    case KIND_I16:
        return *(const int16_t *)member;
    case KIND_BOOL:
        return *(const bool *)member;
    case KIND_OCTETS:
    case KIND_TIME:
    case KIND_RULE:
        break;
    }
    return 0;
}

static void put_number(void *member, enum kind kind, int64_t value)
{
    switch (kind) {
    case KIND_U8:
        *(uint8_t *)member = (uint8_t)value;
        break;
    case KIND_U16:
        *(uint16_t *)member = (uint16_t)value;
        break;
    case KIND_U32:
        *(uint32_t *)member = (uint32_t)value;
        break;
    case KIND_I8:
        *(int8_t *)member = (int8_t)value;
        break;
    case KIND_I16:
        *(int16_t *)member = (int16_t)value;
        break;
    case KIND_BOOL:
        *(bool *)member = value != 0;
        break;
    case KIND_OCTETS:
    case KIND_TIME:
    case KIND_RULE:
        break;
    }
}

/* Each kind's limits are those of its row; a stored number has four octets, so -1 reads as what its kind makes of it.
 */
static int64_t decoded(enum kind kind, uint32_t stored)
{
    bool is_signed = kind == KIND_I8 || kind == KIND_I16;
    return is_signed ? (int32_t)stored : (int64_t)stored;
}

static bool within(const struct row *row, int64_t value)
{
    bool is_signed = row->kind == KIND_I8 || row->kind == KIND_I16;
    return value >= row->least && value <= (is_signed ? (int64_t)(int32_t)row->most : (int64_t)row->most);
}

/* Values of any kind ------------------------------------------------------------- */

static bool usable_time(enum kind kind, const struct calendar_time *t)
{
    if (kind == KIND_TIME) {
        return calendar_complete(t);
    }
    bool whole = t->hundredths == 0 || t->hundredths == CALENDAR_ANY;
    return t->month >= 1 && t->month <= 12 && whole;
}

/* Checks what stands in flash or is to stand there, and applies it. */
static enum status apply(struct meter *m, const struct row *row, const uint8_t *value, size_t size)
{
    uint8_t *member = (uint8_t *)m + row->offset;
    enum kind kind = row->kind;
    if (kind == KIND_OCTETS) {
        if (size > row->most || (int64_t)size < row->least) {
            return STATUS_RANGE;
        }
        member[0] = (uint8_t)size;
        memcpy(member + 1, value, size);
    } else if (kind == KIND_TIME || kind == KIND_RULE) {
        struct calendar_time t;
        if (size != CALENDAR_OCTETS || calendar_decode(value, &t) != STATUS_OK || !usable_time(kind, &t)) {
            return STATUS_RANGE;
        }
        memcpy(member, &t, sizeof t);
    } else {
        if (size != NUMBER_OCTETS || !within(row, decoded(kind, flash_get32(value)))) {
            return STATUS_RANGE;
        }
        put_number(member, kind, decoded(kind, flash_get32(value)));
    }
    return STATUS_OK;
}

/* What event 47 tells of: the first octet of a key is its group. What the meter itself counts belongs to none. */
static void note_change(struct meter *m, uint16_t key)
{
    static const uint8_t changes[] = {
        [0x01] = EVENT_CHANGE_CLOCK,
        [0x02] = EVENT_CHANGE_IDENTIFICATION,
        [0x03] = EVENT_CHANGE_DEMAND,
        [0x04] = EVENT_CHANGE_SECRETS,
        [0x05] = EVENT_CHANGE_PORTS,
        [0x06] = EVENT_CHANGE_PORTS,
        [0x08] = EVENT_CHANGE_THRESHOLDS,
        [0x09] = EVENT_CHANGE_THRESHOLDS,
        [0x0A] = EVENT_CHANGE_MASKS,
        [0x0B] = EVENT_CHANGE_THRESHOLDS,
        [0x0C] = EVENT_CHANGE_BILLING_SCHEDULE,
    };
    unsigned group = key >> 8;
    if (group < sizeof changes && changes[group] != EVENT_CHANGE_OTHER) {
        event_note_change(m, (enum event_change)changes[group]);
    }
}

static enum status keep(struct meter *m, const struct row *row, const uint8_t *value, size_t size)
{
    enum status status = settings_set(&m->memory.settings, row->key, value, size);
    if (status == STATUS_OK) {
        status = apply(m, row, value, size);
        note_change(m, row->key);
    }
    return status;
}

int64_t setting_number(const struct meter *m, enum setting s)
{
    return number_at((const uint8_t *)m + rows[s].offset, rows[s].kind);
}

enum status setting_set_number(struct meter *m, enum setting s, int64_t value)
{
    uint8_t octets[NUMBER_OCTETS];
    if (!within(&rows[s], value)) {
        return STATUS_RANGE;
    }
    flash_put32(octets, (uint32_t)value);
    return keep(m, &rows[s], octets, sizeof octets);
}

/* Secrets ------------------------------------------------------------------------ */

/* What the factory gives, and everybody knows. */
enum { PUBLIC_OCTETS = 8 };
static const struct {
    uint8_t setting;
    char octets[PUBLIC_OCTETS + 1];
} secrets[] = {
    { SETTING_SECRET_READER, "00000001" },
    { SETTING_SECRET_ADMINISTRATOR, "00000002" },
    { SETTING_OPTICAL_P1, "00000001" },
};
enum { SECRETS = sizeof secrets / sizeof secrets[0] };
static_assert(SETTING_COUNT <= UINT8_MAX, "a setting is an octet");

/* SECRETS: it is none of them. */
static unsigned secret_of(enum setting s)
{
    unsigned i = 0;
    while (i < SECRETS && secrets[i].setting != s) {
        i++;
    }
    return i;
}

static bool is_public(unsigned i, const uint8_t *octets, size_t size)
{
    return size == PUBLIC_OCTETS && memcmp(octets, secrets[i].octets, size) == 0;
}

/* The bits above the marks only count, so that the record is written anew. */
static enum status mark_own(struct meter *m, unsigned i, bool own, bool anew)
{
    uint32_t others = m->own_secrets & ~(UINT32_C(1) << i);
    uint32_t counted = others + (anew ? UINT32_C(1) << SECRETS : 0);
    return setting_set_number(m, SETTING_OWN_SECRETS, counted | (uint32_t)own << i);
}

/* A mark in a record of its own tells that the secret is not the factory's any more. It is set after the secret and
 * cleared before it, so a cut leaves none that shuts out who knows the secret; a start adds one that is missing. The
 * record follows every secret that is another: rot of the last record of all is not found. */
static enum status keep_secret(struct meter *m, unsigned i, const uint8_t *octets, size_t size)
{
    const uint8_t *member = (const uint8_t *)m + rows[secrets[i].setting].offset;
    bool own = !is_public(i, octets, size);
    bool other = member[0] != size || memcmp(member + 1, octets, size) != 0;
    enum status status = own ? STATUS_OK : mark_own(m, i, false, false);
    if (status == STATUS_OK) {
        status = keep(m, &rows[secrets[i].setting], octets, size);
    }
    if (status == STATUS_OK && mark_own(m, i, own, other) != STATUS_OK) {
        m->memory.failing = true; /* the secret counts all the same */
    }
    return status;
}

/* A secret that is marked as the owner's and is the factory's after all has rotted: then none opens, until another is
 * set. False: so it is. */
static bool check_secret(struct meter *m, unsigned i)
{
    uint8_t *member = (uint8_t *)m + rows[secrets[i].setting].offset;
    bool own = !is_public(i, member + 1, member[0]);
    bool marked = (m->own_secrets >> i & 1) != 0;
    if (own && !marked && mark_own(m, i, true, false) != STATUS_OK) {
        m->memory.failing = true;
    }
    if (marked && !own) {
        member[0] = 0;
    }
    return own || !marked;
}

void setting_init_secrets(struct meter *m)
{
    for (unsigned i = 0; i < SECRETS; i++) {
        uint8_t *member = (uint8_t *)m + rows[secrets[i].setting].offset;
        member[0] = PUBLIC_OCTETS;
        memcpy(member + 1, secrets[i].octets, PUBLIC_OCTETS);
    }
}

enum status setting_reset_secret(struct meter *m, enum setting s)
{
    return keep_secret(m, secret_of(s), (const uint8_t *)secrets[secret_of(s)].octets, PUBLIC_OCTETS);
}

/* ------------------------------------------------------------------------------- */

enum status setting_set_octets(struct meter *m, enum setting s, const uint8_t *octets, size_t size)
{
    if (size > rows[s].most || (int64_t)size < rows[s].least) {
        return STATUS_RANGE;
    }
    unsigned secret = secret_of(s);
    return secret < SECRETS ? keep_secret(m, secret, octets, size) : keep(m, &rows[s], octets, size);
}

enum status setting_set_time(struct meter *m, enum setting s, const struct calendar_time *t)
{
    uint8_t octets[CALENDAR_OCTETS];
    if (!usable_time(rows[s].kind, t)) {
        return STATUS_RANGE;
    }
    calendar_encode(t, octets);
    return keep(m, &rows[s], octets, sizeof octets);
}

unsigned setting_load(struct meter *m)
{
    unsigned bad = 0;
    for (unsigned i = 0; i < SETTING_COUNT; i++) {
        uint8_t value[SETTINGS_VALUE_MAX];
        size_t size = 0;
        enum status status = settings_get(&m->memory.settings, rows[i].key, value, sizeof value, &size);
        if (status == STATUS_OK) {
            status = apply(m, &rows[i], value, size);
        }
        bad += status != STATUS_OK && status != STATUS_UNDEFINED;
    }
    for (unsigned i = 0; i < SECRETS; i++) {
        bad += !check_secret(m, i);
    }
    return bad;
}
