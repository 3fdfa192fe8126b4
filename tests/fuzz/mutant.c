#include "mutant.h"

#include <string.h>

#define SIZE_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { FILL_SIZE = 500 }; /* octets of a block that is not the last */

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled" */
uint32_t mutant_chance(struct mutant *m, uint32_t below)
{
    m->random ^= m->random >> 12;
    m->random ^= m->random << 25;
    m->random ^= m->random >> 27;
    return (uint32_t)((m->random * UINT64_C(0x2545F4914F6CDD1D)) >> 32) % below;
}

/* Valid APDUs ------------------------------------------------------------- */

struct reference {
    uint8_t ic;
    uint8_t obis[6];
    uint8_t member; /* attribute or method */
};

/* Short and long values, every class, what is forbidden and what is not there. */
static const struct reference attributes[] = {
    { 1, { 0, 0, 42, 0, 0, 255 }, 2 },  { 1, { 0, 0, 96, 1, 0, 255 }, 2 },  { 1, { 0, 0, 96, 1, 10, 255 }, 2 },
    { 1, { 1, 0, 0, 2, 8, 255 }, 2 },   { 1, { 1, 0, 0, 9, 1, 255 }, 2 },   { 1, { 0, 0, 96, 2, 1, 255 }, 2 },
    { 3, { 1, 0, 1, 8, 0, 255 }, 2 },   { 3, { 1, 0, 1, 8, 0, 255 }, 3 },   { 3, { 1, 0, 32, 7, 0, 255 }, 2 },
    { 3, { 1, 0, 13, 7, 0, 255 }, 2 },  { 3, { 1, 0, 128, 8, 0, 255 }, 2 }, { 8, { 0, 0, 1, 0, 0, 255 }, 2 },
    { 8, { 0, 0, 1, 0, 0, 255 }, 5 },   { 8, { 0, 0, 1, 0, 0, 255 }, 9 },   { 15, { 0, 0, 40, 0, 0, 255 }, 2 },
    { 15, { 0, 0, 40, 0, 0, 255 }, 5 }, { 15, { 0, 0, 40, 0, 0, 255 }, 7 }, { 15, { 0, 0, 40, 0, 2, 255 }, 7 },
    { 15, { 0, 0, 40, 0, 3, 255 }, 3 }, { 15, { 0, 0, 40, 0, 3, 255 }, 7 }, { 17, { 0, 0, 41, 0, 0, 255 }, 2 },
    { 4, { 1, 0, 1, 6, 0, 255 }, 5 },   { 5, { 1, 0, 2, 4, 0, 255 }, 2 },   { 5, { 1, 0, 3, 4, 0, 255 }, 6 },
    { 9, { 0, 0, 10, 0, 1, 255 }, 2 },  { 3, { 1, 0, 0, 8, 0, 255 }, 2 },   { 3, { 1, 0, 4, 2, 0, 255 }, 2 },
    { 1, { 0, 0, 42, 0, 0, 255 }, 1 },  { 3, { 1, 0, 99, 99, 9, 255 }, 2 }, { 7, { 1, 0, 99, 1, 0, 255 }, 2 },
};

static const struct {
    struct reference what;
    uint8_t size;
    uint8_t value[20];
} values[] = {
    { { 1, { 0, 0, 96, 1, 1, 255 }, 2 }, 6, { 9, 4, 'a', 'b', 'c', 'd' } },
    { { 1, { 0, 0, 96, 1, 10, 255 }, 2 }, 10, { 9, 8, 'm', 'p', 'o', 'i', 'n', 't', '1', '2' } },
    { { 3, { 1, 0, 0, 6, 4, 255 }, 2 }, 3, { 18, 0, 231 } },
    { { 8, { 0, 0, 1, 0, 0, 255 }, 2 }, 14, { 9, 12, 7, 0xE8, 5, 6, 0xFF, 7, 8, 9, 0, 0x80, 0, 0 } },
    { { 8, { 0, 0, 1, 0, 0, 255 }, 3 }, 3, { 16, 0xFF, 0xC4 } },
    { { 8, { 0, 0, 1, 0, 0, 255 }, 5 }, 14, { 9, 12, 0xFF, 0xFF, 3, 0xFE, 7, 2, 0, 0, 0, 0x80, 0, 0 } },
    { { 8, { 0, 0, 1, 0, 0, 255 }, 7 }, 2, { 15, 60 } },
    { { 8, { 0, 0, 1, 0, 0, 255 }, 8 }, 2, { 3, 1 } },
    { { 15, { 0, 0, 40, 0, 2, 255 }, 7 }, 10, { 9, 8, '2', '3', '4', '5', '6', '7', '8', '9' } },
    { { 15, { 0, 0, 40, 0, 3, 255 }, 7 }, 10, { 9, 8, '3', '4', '5', '6', '7', '8', '9', '0' } },
    { { 3, { 1, 0, 0, 8, 0, 255 }, 2 }, 5, { 6, 0, 0, 0, 60 } },
    { { 5, { 1, 0, 1, 4, 0, 255 }, 8 }, 5, { 6, 0, 0, 1, 44 } },
    { { 5, { 1, 0, 4, 4, 0, 255 }, 9 }, 3, { 18, 0, 60 } },
    { { 3, { 1, 0, 1, 8, 0, 255 }, 2 }, 5, { 6, 0, 0, 0, 0 } },
    { { 1, { 0, 0, 96, 1, 0, 255 }, 2 }, 6, { 9, 4, '1', '2', '3', '4' } },
};

static const struct {
    struct reference what;
    uint8_t size;
    uint8_t parameter[30];
} methods[] = {
    { { 8, { 0, 0, 1, 0, 0, 255 }, 1 }, 2, { 15, 0 } },
    { { 8, { 0, 0, 1, 0, 0, 255 }, 3 }, 2, { 15, 0 } },
    { { 8, { 0, 0, 1, 0, 0, 255 }, 4 }, 2, { 15, 0 } },
    { { 8, { 0, 0, 1, 0, 0, 255 }, 6 }, 3, { 16, 0, 100 } },
    { { 8, { 0, 0, 1, 0, 0, 255 }, 5 }, 16, { 2, 3, 9, 12, 7, 0xE8, 5, 6, 0xFF, 7, 8, 9, 0, 0x80, 0, 0 } },
    { { 9, { 0, 0, 10, 0, 1, 255 }, 1 }, 3, { 18, 0, 2 } },
    { { 9, { 0, 0, 10, 0, 1, 255 }, 1 }, 3, { 18, 0, 1 } },
    { { 4, { 1, 0, 1, 6, 0, 255 }, 1 }, 2, { 15, 0 } },
    { { 5, { 1, 0, 2, 4, 0, 255 }, 1 }, 2, { 15, 0 } },
    { { 5, { 1, 0, 3, 4, 0, 255 }, 2 }, 2, { 15, 0 } },
    { { 3, { 1, 0, 1, 8, 0, 255 }, 1 }, 2, { 15, 0 } },
    { { 15, { 0, 0, 40, 0, 0, 255 }, 1 }, 4, { 9, 2, 1, 2 } },
    { { 15, { 0, 0, 40, 0, 0, 255 }, 2 }, 10, { 9, 8, 'n', 'e', 'w', 's', 'e', 'c', 'r', 't' } },
    { { 17, { 0, 0, 41, 0, 0, 255 }, 1 }, 4, { 9, 2, 1, 2 } },
};

static uint8_t invoke_id(struct mutant *m)
{
    return (uint8_t)(0xC0 | mutant_chance(m, 16));
}

static void append_head(struct mutant *m, struct octets *o, uint8_t tag, uint8_t choice)
{
    append(o, (const uint8_t[]){ tag, choice, invoke_id(m) }, 3);
}

static void append_reference(struct octets *o, const struct reference *r)
{
    append(o, (const uint8_t[]){ 0, r->ic }, 2);
    append(o, r->obis, sizeof r->obis);
    append_octet(o, r->member);
}

static void append_number(struct octets *o, uint32_t value)
{
    append(o,
           (const uint8_t[]){ (uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value },
           4);
}

/* Selective access: to a buffer by entry and by range, and to an object_list by each of its selectors. */
static const struct {
    struct reference what;
    uint8_t size;
    uint8_t selector[51];
} selections[] = {
    { { 7, { 1, 0, 99, 1, 0, 255 }, 2 }, 19, { 2, 2, 4, 6, 0, 0, 0, 1, 6, 0, 0, 0, 2, 18, 0, 1, 18, 0, 0 } },
    { { 7, { 1, 0, 99, 1, 0, 255 }, 2 }, 51, { 1, 2,  4,  2, 4,    18, 0, 8,    9, 6, 0, 0, 1,    0, 0, 255,  15,
                                               2, 18, 0,  0, 9,    12, 7, 0xD1, 1, 1, 1, 0, 0,    0, 0, 0x80, 0,
                                               0, 9,  12, 7, 0xD1, 1,  2, 2,    0, 0, 0, 0, 0x80, 0, 0, 1,    0 } },
    { { 15, { 0, 0, 40, 0, 0, 255 }, 2 }, 2, { 1, 0 } },
    { { 15, { 0, 0, 40, 0, 0, 255 }, 2 }, 9, { 2, 1, 2, 18, 0, 1, 18, 0, 8 } },
    { { 15, { 0, 0, 40, 0, 0, 255 }, 2 }, 29, { 3,   1, 2, 2,  2, 18, 0, 8, 9, 6, 0, 0, 1, 0,  0,
                                                255, 2, 2, 18, 0, 3,  9, 6, 1, 0, 1, 8, 0, 255 } },
    { { 15, { 0, 0, 40, 0, 0, 255 }, 2 }, 14, { 4, 2, 2, 18, 0, 8, 9, 6, 0, 0, 1, 0, 0, 255 } },
};

static void compose_get(struct mutant *m, struct octets *o)
{
    append_head(m, o, 0xC0, 1);
    if (mutant_chance(m, 8) == 0) {
        size_t i = mutant_chance(m, SIZE_OF(selections));
        append_reference(o, &selections[i].what);
        append_octet(o, 1);
        append(o, selections[i].selector, selections[i].size);
    } else {
        append_reference(o, &attributes[mutant_chance(m, SIZE_OF(attributes))]);
        append_octet(o, 0);
    }
}

static void compose_get_next(struct mutant *m, struct octets *o)
{
    append_head(m, o, 0xC0, 2);
    append_number(o, mutant_chance(m, 4));
}

static void compose_get_list(struct mutant *m, struct octets *o)
{
    uint32_t count = 1 + mutant_chance(m, 12);
    append_head(m, o, 0xC0, 3);
    append_octet(o, (uint8_t)count);
    for (uint32_t i = 0; i < count; i++) {
        append_reference(o, &attributes[mutant_chance(m, SIZE_OF(attributes))]);
        append_octet(o, 0);
    }
}

static void compose_set(struct mutant *m, struct octets *o)
{
    size_t i = mutant_chance(m, SIZE_OF(values));
    append_head(m, o, 0xC1, 1);
    append_reference(o, &values[i].what);
    append_octet(o, 0);
    append(o, values[i].value, values[i].size);
}

static void compose_set_list(struct mutant *m, struct octets *o)
{
    size_t first = mutant_chance(m, SIZE_OF(values) - 2);
    append_head(m, o, 0xC1, 4);
    append_octet(o, 3);
    for (size_t i = first; i < first + 3; i++) {
        append_reference(o, &values[i].what);
        append_octet(o, 0);
    }
    append_octet(o, 3);
    for (size_t i = first; i < first + 3; i++) {
        append(o, values[i].value, values[i].size);
    }
}

static void append_raw(struct octets *o, const uint8_t *octets, size_t size)
{
    append(o, (const uint8_t[]){ 0x82, (uint8_t)(size >> 8), (uint8_t)size }, 3);
    append(o, octets, size);
}

/* What of a value is left for the next block. */
static void keep_rest(struct mutant *m, const uint8_t *octets, size_t size)
{
    m->rest.size = 0;
    append(&m->rest, octets, size);
}

/* A SET that is longer than anything, in blocks of which each fits: there are more of them to come. */
static void compose_long_set(struct mutant *m, struct octets *o)
{
    static const uint8_t head[] = { 9, 0x82, 0x0F, 0xFF };
    append_head(m, o, 0xC1, 2);
    append_reference(o, &values[mutant_chance(m, 2)].what);
    append(o, (const uint8_t[]){ 0, 0, 0, 0, 0, 1 }, 6);
    append_raw(o, head, sizeof head);
    m->rest.size = FILL_SIZE + mutant_chance(m, 500);
    memset(m->rest.data, 'x', m->rest.size);
}

/* The first block of a SET of one or two attributes: the value ends in the next. */
static void compose_set_block(struct mutant *m, struct octets *o)
{
    size_t i = mutant_chance(m, SIZE_OF(values));
    uint8_t half = values[i].size / 2;
    bool list = mutant_chance(m, 2) == 0;
    append_head(m, o, 0xC1, list ? 5 : 2);
    if (list) {
        append_octet(o, 2);
        append_reference(o, &values[0].what);
        append_octet(o, 0);
    }
    append_reference(o, &values[i].what);
    append(o, (const uint8_t[]){ 0, 0, 0, 0, 0, 1 }, 6); /* no selection, not the last, number 1 */
    append_octet(o, (uint8_t)(half + (list ? 1 + values[0].size : 0)));
    if (list) {
        append_octet(o, 2);
        append(o, values[0].value, values[0].size);
    }
    append(o, values[i].value, half);
    keep_rest(m, values[i].value + half, (size_t)(values[i].size - half));
}

static void compose_action(struct mutant *m, struct octets *o)
{
    size_t i = mutant_chance(m, SIZE_OF(methods));
    append_head(m, o, 0xC3, 1);
    append_reference(o, &methods[i].what);
    append_octet(o, 1);
    append(o, methods[i].parameter, methods[i].size);
}

/* The first block of a parameter, or the whole of it. */
static void compose_action_block(struct mutant *m, struct octets *o)
{
    size_t i = mutant_chance(m, SIZE_OF(methods));
    bool last = mutant_chance(m, 3) == 0;
    uint8_t size = last ? methods[i].size : methods[i].size / 2;
    append_head(m, o, 0xC3, 4);
    append_reference(o, &methods[i].what);
    append_octet(o, last);
    append_number(o, 1);
    append_octet(o, size);
    append(o, methods[i].parameter, size);
    keep_rest(m, methods[i].parameter + size, (size_t)(methods[i].size - size));
}

static void compose_action_list(struct mutant *m, struct octets *o)
{
    size_t first = mutant_chance(m, SIZE_OF(methods) - 1);
    append_head(m, o, 0xC3, 3);
    append_octet(o, 2);
    append_reference(o, &methods[first].what);
    append_reference(o, &methods[first + 1].what);
    append_octet(o, 2);
    append(o, methods[first].parameter, methods[first].size);
    append(o, methods[first + 1].parameter, methods[first + 1].size);
}

/* What goes on with the transfer that the latest answer left open. */
void mutant_compose_further(struct mutant *m, struct octets *o)
{
    if (m->open == ANSWER_GET_BLOCK) {
        append_head(m, o, 0xC0, 2);
        append_number(o, m->block);
        return;
    }
    append_head(m, o, m->open == ANSWER_SET_BLOCK ? 0xC1 : 0xC3, m->open == ANSWER_SET_BLOCK ? 3 : 6);
    append_octet(o, m->rest.size < FILL_SIZE || mutant_chance(m, 4) == 0);
    append_number(o, m->block + 1);
    append_raw(o, m->rest.data, m->rest.size);
}

void mutant_compose_aarq(struct octets *o, const char *password)
{
    static const uint8_t context[] = { 0xA1, 9, 6, 7, 0x60, 0x85, 0x74, 5, 8, 1, 1 };
    static const uint8_t mechanism[] = { 0x8A, 2, 7, 0x80, 0x8B, 7, 0x60, 0x85, 0x74, 5, 8, 2, 1 };
    static const uint8_t initiate[] = {
        0xBE, 0x10, 4, 0x0E, 1, 0, 0, 0, 6, 0x5F, 0x1F, 4, 0, 0, 0x7E, 0x1F, 0xFF, 0xFF
    };
    size_t start = o->size;
    append(o, (const uint8_t[]){ 0x60, 0 }, 2);
    append(o, context, sizeof context);
    if (password != NULL) {
        uint8_t size = (uint8_t)strlen(password);
        append(o, mechanism, sizeof mechanism);
        append(o, (const uint8_t[]){ 0xAC, (uint8_t)(size + 2), 0x80, size }, 4);
        append(o, password, size);
    }
    append(o, initiate, sizeof initiate);
    o->data[start + 1] = (uint8_t)(o->size - start - 2);
}

/* With the client's password, or one that is nearly right. */
static void compose_aarq(struct mutant *m, struct octets *o)
{
    static const char *const passwords[] = { NULL,       "",         "0",         "0000000",
                                             "00000001", "00000002", "000000010", "0000000200000002" };
    bool own = mutant_chance(m, 2) == 0;
    mutant_compose_aarq(o, own ? m->password : passwords[mutant_chance(m, SIZE_OF(passwords))]);
}

static void compose_release(struct mutant *m, struct octets *o)
{
    static const uint8_t release[] = { 0x62, 3, 0x80, 1, 0 };
    append(o, release, mutant_chance(m, 2) == 0 ? sizeof release : 2);
    if (o->data[o->size - 1] == 3) {
        o->data[o->size - 1] = 0;
    }
}

/* What this meter has no use for: short names, ciphering, general block transfer, access, answers. */
static void compose_foreign(struct mutant *m, struct octets *o)
{
    static const uint8_t foreign[][16] = {
        { 5, 1, 2, 0xFA, 0 },
        { 6, 1, 2, 0xFA, 0, 1, 9, 1, 0 },
        { 0xC8, 10, 0x20, 0, 0, 0, 1, 2, 3, 4, 5, 6 },
        { 0xE0, 0x80, 0, 1, 0, 0, 3, 0xC0, 1, 0xC1 },
        { 0xD9, 0x40, 0, 0, 0, 0, 1, 1, 0, 1, 0, 0, 42, 0, 0, 255 },
        { 0xC4, 1, 0xC1, 0, 17, 1 },
        { 1, 0, 0, 0, 6, 0x5F, 0x1F, 4, 0, 0, 0x7E, 0x1F, 4, 0 },
        { 0xC0, 4, 0xC1 },
        { 0xC3, 3, 0xC1, 1, 0, 8, 0, 0, 1, 0, 0, 255, 3, 1, 15, 0 },
    };
    append(o, foreign[mutant_chance(m, SIZE_OF(foreign))], sizeof foreign[0]);
}

static void (*const composers[])(struct mutant *m, struct octets *o) = {
    compose_get,         compose_get,    compose_get,      compose_get_next, compose_get_list,
    compose_get_list,    compose_set,    compose_set,      compose_set,      compose_set_list,
    compose_set_block,   compose_action, compose_long_set, compose_action,   compose_action_block,
    compose_action_list, compose_aarq,   compose_release,  compose_foreign,
};

void mutant_compose(struct mutant *m, struct octets *o)
{
    o->size = 0;
    composers[mutant_chance(m, SIZE_OF(composers))](m, o);
}

/* Mutations --------------------------------------------------------------- */

static void mutate_once(struct mutant *m, struct octets *o)
{
    static const uint8_t telling[] = { 0x00, 0x01, 0x7E, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xFF };
    uint8_t noise[4] = { 0 };
    size_t at = mutant_chance(m, (uint32_t)o->size);
    size_t rest = o->size - at;
    switch (mutant_chance(m, 9)) {
    case 0:
    case 1:
        o->data[at] ^= (uint8_t)(1U << mutant_chance(m, 8));
        break;
    case 2:
        o->data[at] = telling[mutant_chance(m, SIZE_OF(telling))];
        break;
    case 3: /* a length or count that is a little off */
        o->data[at] = (uint8_t)(o->data[at] + (mutant_chance(m, 2) == 0 ? 1 : -1));
        break;
    case 4:
        o->size = at + 1;
        break;
    case 5:
        memset(noise, (int)mutant_chance(m, 256), sizeof noise);
        insert(o, at, noise, 1 + mutant_chance(m, sizeof noise));
        break;
    case 6:
        if (rest > 1) {
            erase(o, at, 1 + mutant_chance(m, rest < 5 ? (uint32_t)rest - 1 : 4));
        }
        break;
    case 7: { /* a stretch of it twice */
        uint8_t stretch[32];
        size_t size = 1 + mutant_chance(m, rest < sizeof stretch ? (uint32_t)rest : sizeof stretch);
        memcpy(stretch, o->data + at, size);
        insert(o, at, stretch, size);
        break;
    }
    default: { /* the end of another one */
        struct octets other = { 0 };
        mutant_compose(m, &other);
        size_t from = mutant_chance(m, (uint32_t)other.size);
        o->size = at + 1;
        append(o, other.data + from, other.size - from);
        break;
    }
    }
}

bool mutant_mutate(struct mutant *m, struct octets *o)
{
    static const uint8_t times[] = { 0, 0, 0, 1, 1, 1, 1, 1, 2, 3 };
    uint8_t count = times[mutant_chance(m, SIZE_OF(times))];
    for (uint8_t n = count; n > 0; n--) {
        mutate_once(m, o);
    }
    return count > 0;
}
