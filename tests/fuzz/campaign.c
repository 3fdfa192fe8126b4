/* A campaign of mutations against one whole meter: octets into its ports, every answer judged by the oracle.
 *
 *     campaign [SEED [COUNT]]
 *
 * Each session puts the meter back to how it was after power-up, connects as one of the clients, or with a wrong
 * password, or as nobody, and sends mutated APDUs, frames, octet streams and sign-ons. After each of them:
 *
 *   - what the meter sends consists of well-formed frames with right check sequences; silence where no frame with
 *     right check sequences was sent;
 *   - the answer is one that the oracle allows to this request and this client, and holds no password;
 *   - the meter (settings, secrets, clock) is octet for octet as before, unless the administrator's association
 *     was told of a success; what was changed that way is put back. Energy registers never change;
 *   - the meter comes to rest within a bounded number of steps.
 *
 * At the end of a session a client that does everything right must be served. The same SEED and COUNT repeat the run.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "memory_board.h"
#include "oracle.h"

#define SIZE_OF(array) (sizeof(array) / sizeof((array)[0]))

enum {
    DEFAULT_COUNT = 1000000,
    MUTANTS_PER_SESSION = 40,
    BUFFER_SIZE = 2400, /* more than the meter takes in one APDU */
    STEPS_MAX = 10000,
    FRAMES_MAX = 200, /* of one answer */
    PAUSE_MS = 250,   /* longer than any inter-octet time: what was begun is dropped */
    SERVER = 0x03,
    FLAG = 0x7E,
    RATE_HZ = 8000,
    FILL_SIZE = 500, /* octets of a block that is not the last */
    LOCK_OUT = 5,    /* wrong passwords after which an association may be refused: object-model.md 1.1 */
};

/* Not like a password; the logical device name ends with it (object-model.md 1.1). */
#define SERIAL_NUMBER "87654321"

enum control { SNRM = 0x93, UA = 0x73, DISC = 0x53, DM = 0x1F, FRMR = 0x97, UI = 0x13, RR = 0x11 };

struct octets {
    size_t size;
    uint8_t data[BUFFER_SIZE];
};

struct frame {
    uint8_t control;
    bool segmented;
    const uint8_t *info;
    size_t info_size;
    size_t size; /* with both flags */
};

enum frame_kind { FRAME_NONE, FRAME_UA, FRAME_DM, FRAME_FRMR, FRAME_RR, FRAME_I, FRAME_KINDS };

static const char *const frame_names[FRAME_KINDS] = { "silence", "UA", "DM", "FRMR", "RR", "I" };

/* Who connects, and with what. */
struct client {
    const char *name;
    const char *password;    /* NULL: none */
    enum oracle_client kind; /* whose the address is */
    uint8_t address;         /* client SAP, shifted, with the end mark */
};

static const struct client clients[] = {
    { "public", NULL, ORACLE_PUBLIC, 0x21 },
    { "reader", "00000001", ORACLE_READER, 0x41 },
    { "administrator", "00000002", ORACLE_ADMINISTRATOR, 0x61 },
    { "administrator by alias", "00000002", ORACLE_ADMINISTRATOR, 0x03 },
    { "reader, wrong password", "00000009", ORACLE_READER, 0x41 },
    { "administrator, wrong password", "00000001", ORACLE_ADMINISTRATOR, 0x61 },
    { "administrator, no password", NULL, ORACLE_ADMINISTRATOR, 0x61 },
    { "unknown", "00000002", ORACLE_NOBODY, 0x09 },
};

enum { WELCOME = 4 }; /* the first of them, whose password is right */

struct campaign {
    struct app app;
    struct app power_up;
    struct board board;
    struct board board_power_up;
    uint64_t seed;
    uint64_t random;
    uint64_t done;
    const struct client *client;
    enum oracle_client joined; /* whose association is open */
    int rejections;            /* in this session */
    uint8_t sent;              /* V(S) */
    uint8_t received;          /* V(R) */
    size_t information;        /* octets of the information field that may be sent */
    enum answer open;          /* the answer that left a transfer open, or ANSWER_NONE */
    uint32_t block;            /* its number */
    struct octets rest;        /* what is left to be sent of it */
    struct octets request;     /* the latest APDU, frame or stream */
    struct octets answer;      /* the APDU that came back */
    struct octets latest;      /* what the meter would send again */
    struct octets stream;      /* the octets that carried the request, if they were mutated */
    struct octets identification;
    uint64_t sessions[SIZE_OF(clients)];
    uint64_t answers[ANSWER_COUNT];
    uint64_t frames[FRAME_KINDS];
    uint64_t sign_on_answers[2]; /* none, some */
    uint64_t changes;
};

/* Judgement --------------------------------------------------------------- */

static void print_octets(const char *title, const struct octets *o)
{
    printf("%s:", title);
    for (size_t i = 0; i < o->size; i++) {
        printf(" %02X", o->data[i]);
    }
    printf("\n");
}

static _Noreturn void fail(const struct campaign *c, const char *reason)
{
    printf("FAILED: %s\nseed %" PRIu64 ", mutation %" PRIu64 ", client %s, association of %d\n", reason, c->seed,
           c->done, c->client != NULL ? c->client->name : "none", (int)c->joined);
    print_octets("stream", &c->stream);
    print_octets("request", &c->request);
    print_octets("answer", &c->answer);
    fflush(stdout);
    abort();
}

static void require(const struct campaign *c, bool condition, const char *reason)
{
    if (!condition) {
        fail(c, reason);
    }
}

/* Chance ------------------------------------------------------------------ */

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled" */
static uint32_t chance(struct campaign *c, uint32_t below)
{
    c->random ^= c->random >> 12;
    c->random ^= c->random << 25;
    c->random ^= c->random >> 27;
    return (uint32_t)((c->random * UINT64_C(0x2545F4914F6CDD1D)) >> 32) % below;
}

/* Octets ------------------------------------------------------------------ */

static void append(struct octets *o, const void *data, size_t size)
{
    size_t count = size < BUFFER_SIZE - o->size ? size : BUFFER_SIZE - o->size;
    memcpy(o->data + o->size, data, count);
    o->size += count;
}

static void append_octet(struct octets *o, uint8_t value)
{
    append(o, &value, 1);
}

static void insert(struct octets *o, size_t at, const uint8_t *data, size_t size)
{
    size_t count = size < BUFFER_SIZE - o->size ? size : BUFFER_SIZE - o->size;
    memmove(o->data + at + count, o->data + at, o->size - at);
    memcpy(o->data + at, data, count);
    o->size += count;
}

static void erase(struct octets *o, size_t at, size_t size)
{
    memmove(o->data + at, o->data + at + size, o->size - at - size);
    o->size -= size;
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
    { { 3, { 1, 0, 1, 8, 0, 255 }, 1 }, 2, { 15, 0 } },
    { { 15, { 0, 0, 40, 0, 0, 255 }, 1 }, 4, { 9, 2, 1, 2 } },
    { { 15, { 0, 0, 40, 0, 0, 255 }, 2 }, 10, { 9, 8, 'n', 'e', 'w', 's', 'e', 'c', 'r', 't' } },
    { { 17, { 0, 0, 41, 0, 0, 255 }, 1 }, 4, { 9, 2, 1, 2 } },
};

static uint8_t invoke_id(struct campaign *c)
{
    return (uint8_t)(0xC0 | chance(c, 16));
}

static void append_head(struct campaign *c, struct octets *o, uint8_t tag, uint8_t choice)
{
    append(o, (const uint8_t[]){ tag, choice, invoke_id(c) }, 3);
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

static void compose_get(struct campaign *c, struct octets *o)
{
    static const uint8_t entries[] = { 1, 2, 2, 4, 6, 0, 0, 0, 1, 6, 0, 0, 0, 2, 18, 0, 1, 18, 0, 0 };
    append_head(c, o, 0xC0, 1);
    append_reference(o, &attributes[chance(c, SIZE_OF(attributes))]);
    if (chance(c, 10) == 0) {
        append(o, entries, sizeof entries);
    } else {
        append_octet(o, 0);
    }
}

static void compose_get_next(struct campaign *c, struct octets *o)
{
    append_head(c, o, 0xC0, 2);
    append_number(o, chance(c, 4));
}

static void compose_get_list(struct campaign *c, struct octets *o)
{
    uint32_t count = 1 + chance(c, 12);
    append_head(c, o, 0xC0, 3);
    append_octet(o, (uint8_t)count);
    for (uint32_t i = 0; i < count; i++) {
        append_reference(o, &attributes[chance(c, SIZE_OF(attributes))]);
        append_octet(o, 0);
    }
}

static void compose_set(struct campaign *c, struct octets *o)
{
    size_t i = chance(c, SIZE_OF(values));
    append_head(c, o, 0xC1, 1);
    append_reference(o, &values[i].what);
    append_octet(o, 0);
    append(o, values[i].value, values[i].size);
}

static void compose_set_list(struct campaign *c, struct octets *o)
{
    size_t first = chance(c, SIZE_OF(values) - 2);
    append_head(c, o, 0xC1, 4);
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
static void keep_rest(struct campaign *c, const uint8_t *octets, size_t size)
{
    c->rest.size = 0;
    append(&c->rest, octets, size);
}

/* A SET that is longer than anything, in blocks of which each fits: there are more of them to come. */
static void compose_long_set(struct campaign *c, struct octets *o)
{
    static const uint8_t head[] = { 9, 0x82, 0x0F, 0xFF };
    append_head(c, o, 0xC1, 2);
    append_reference(o, &values[chance(c, 2)].what);
    append(o, (const uint8_t[]){ 0, 0, 0, 0, 0, 1 }, 6);
    append_raw(o, head, sizeof head);
    c->rest.size = FILL_SIZE + chance(c, 500);
    memset(c->rest.data, 'x', c->rest.size);
}

/* The first block of a SET of one or two attributes: the value ends in the next. */
static void compose_set_block(struct campaign *c, struct octets *o)
{
    size_t i = chance(c, SIZE_OF(values));
    uint8_t half = values[i].size / 2;
    bool list = chance(c, 2) == 0;
    append_head(c, o, 0xC1, list ? 5 : 2);
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
    keep_rest(c, values[i].value + half, (size_t)(values[i].size - half));
}

static void compose_action(struct campaign *c, struct octets *o)
{
    size_t i = chance(c, SIZE_OF(methods));
    append_head(c, o, 0xC3, 1);
    append_reference(o, &methods[i].what);
    append_octet(o, 1);
    append(o, methods[i].parameter, methods[i].size);
}

/* The first block of a parameter, or the whole of it. */
static void compose_action_block(struct campaign *c, struct octets *o)
{
    size_t i = chance(c, SIZE_OF(methods));
    bool last = chance(c, 3) == 0;
    uint8_t size = last ? methods[i].size : methods[i].size / 2;
    append_head(c, o, 0xC3, 4);
    append_reference(o, &methods[i].what);
    append_octet(o, last);
    append_number(o, 1);
    append_octet(o, size);
    append(o, methods[i].parameter, size);
    keep_rest(c, methods[i].parameter + size, (size_t)(methods[i].size - size));
}

static void compose_action_list(struct campaign *c, struct octets *o)
{
    size_t first = chance(c, SIZE_OF(methods) - 1);
    append_head(c, o, 0xC3, 3);
    append_octet(o, 2);
    append_reference(o, &methods[first].what);
    append_reference(o, &methods[first + 1].what);
    append_octet(o, 2);
    append(o, methods[first].parameter, methods[first].size);
    append(o, methods[first + 1].parameter, methods[first + 1].size);
}

/* What goes on with the transfer that the latest answer left open. */
static void compose_further(struct campaign *c, struct octets *o)
{
    if (c->open == ANSWER_GET_BLOCK) {
        append_head(c, o, 0xC0, 2);
        append_number(o, c->block);
        return;
    }
    append_head(c, o, c->open == ANSWER_SET_BLOCK ? 0xC1 : 0xC3, c->open == ANSWER_SET_BLOCK ? 3 : 6);
    append_octet(o, c->rest.size < FILL_SIZE || chance(c, 4) == 0);
    append_number(o, c->block + 1);
    append_raw(o, c->rest.data, c->rest.size);
}

static void compose_aarq_with(struct octets *o, const char *password)
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
static void compose_aarq(struct campaign *c, struct octets *o)
{
    static const char *const passwords[] = { NULL,       "",         "0",         "0000000",
                                             "00000001", "00000002", "000000010", "0000000200000002" };
    bool own = chance(c, 2) == 0;
    compose_aarq_with(o, own ? c->client->password : passwords[chance(c, SIZE_OF(passwords))]);
}

static void compose_release(struct campaign *c, struct octets *o)
{
    static const uint8_t release[] = { 0x62, 3, 0x80, 1, 0 };
    append(o, release, chance(c, 2) == 0 ? sizeof release : 2);
    if (o->data[o->size - 1] == 3) {
        o->data[o->size - 1] = 0;
    }
}

/* What this meter has no use for: short names, ciphering, general block transfer, access, answers. */
static void compose_foreign(struct campaign *c, struct octets *o)
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
    append(o, foreign[chance(c, SIZE_OF(foreign))], sizeof foreign[0]);
}

static void (*const composers[])(struct campaign *c, struct octets *o) = {
    compose_get,         compose_get,    compose_get,      compose_get_next, compose_get_list,
    compose_get_list,    compose_set,    compose_set,      compose_set,      compose_set_list,
    compose_set_block,   compose_action, compose_long_set, compose_action,   compose_action_block,
    compose_action_list, compose_aarq,   compose_release,  compose_foreign,
};

static void compose(struct campaign *c, struct octets *o)
{
    o->size = 0;
    composers[chance(c, SIZE_OF(composers))](c, o);
}

/* Mutations --------------------------------------------------------------- */

static void mutate_once(struct campaign *c, struct octets *o)
{
    static const uint8_t telling[] = { 0x00, 0x01, 0x7E, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xFF };
    uint8_t noise[4] = { 0 };
    size_t at = chance(c, (uint32_t)o->size);
    size_t rest = o->size - at;
    switch (chance(c, 9)) {
    case 0:
    case 1:
        o->data[at] ^= (uint8_t)(1U << chance(c, 8));
        break;
    case 2:
        o->data[at] = telling[chance(c, SIZE_OF(telling))];
        break;
    case 3: /* a length or count that is a little off */
        o->data[at] = (uint8_t)(o->data[at] + (chance(c, 2) == 0 ? 1 : -1));
        break;
    case 4:
        o->size = at + 1;
        break;
    case 5:
        memset(noise, (int)chance(c, 256), sizeof noise);
        insert(o, at, noise, 1 + chance(c, sizeof noise));
        break;
    case 6:
        if (rest > 1) {
            erase(o, at, 1 + chance(c, rest < 5 ? (uint32_t)rest - 1 : 4));
        }
        break;
    case 7: { /* a stretch of it twice */
        uint8_t stretch[32];
        size_t size = 1 + chance(c, rest < sizeof stretch ? (uint32_t)rest : sizeof stretch);
        memcpy(stretch, o->data + at, size);
        insert(o, at, stretch, size);
        break;
    }
    default: { /* the end of another one */
        struct octets other = { 0 };
        compose(c, &other);
        size_t from = chance(c, (uint32_t)other.size);
        o->size = at + 1;
        append(o, other.data + from, other.size - from);
        break;
    }
    }
}

static void mutate(struct campaign *c, struct octets *o)
{
    static const uint8_t times[] = { 0, 0, 0, 1, 1, 1, 1, 1, 2, 3 };
    for (uint8_t n = times[chance(c, SIZE_OF(times))]; n > 0; n--) {
        mutate_once(c, o);
    }
}

/* Frames ------------------------------------------------------------------ */

static void append_crc(struct octets *o, size_t from)
{
    uint16_t crc = oracle_crc(o->data + from, o->size - from);
    append(o, (const uint8_t[]){ (uint8_t)crc, (uint8_t)(crc >> 8) }, 2);
}

static void append_frame(struct octets *o, uint8_t client, uint8_t control, const uint8_t *info, size_t size,
                         bool segmented)
{
    size_t length = 2 + 2 + 1 + 2 + (size > 0 ? size + 2 : 0);
    size_t body = o->size + 1;
    append_octet(o, FLAG);
    append(o,
           (const uint8_t[]){ (uint8_t)(0xA0 | (segmented ? 8 : 0) | length >> 8), (uint8_t)length, SERVER, client,
                              control },
           5);
    if (size > 0) {
        append_crc(o, body);
        append(o, info, size);
    }
    append_crc(o, body);
    append_octet(o, FLAG);
}

/* The well-formed frame at the start of the octets. */
static bool parse_frame(const uint8_t *o, size_t size, struct frame *f)
{
    size_t length = size >= 3 ? (size_t)(o[1] & 7) << 8 | o[2] : 0;
    if (size < 3 || o[0] != FLAG || o[1] >> 4 != 0xA || length < 7 || length + 2 > size || o[length + 1] != FLAG) {
        return false;
    }
    size_t at = 3;
    for (int address = 0; address < 2; address++) {
        size_t first = at;
        while (at < length && at - first < 4 && (o[at] & 1) == 0) {
            at++;
        }
        at++;
    }
    if (at + 3 > length + 1 || oracle_crc(o + 1, length - 2) != (o[length - 1] | o[length] << 8)) {
        return false;
    }
    *f = (struct frame){ .control = o[at], .segmented = (o[1] & 8) != 0, .info = o + at + 3, .size = length + 2 };
    if (at + 3 == length + 1) {
        return true;
    }
    f->info_size = length - 1 - (at + 3);
    return at + 4 <= length && oracle_crc(o + 1, at) == (o[at + 1] | o[at + 2] << 8);
}

/* How many frames with right check sequences there are anywhere in the octets, and one of them. */
static size_t count_frames(const struct octets *o, struct frame *f)
{
    size_t count = 0;
    struct frame candidate;
    for (size_t at = 0; at < o->size; at++) {
        if (parse_frame(o->data + at, o->size - at, &candidate)) {
            *f = candidate;
            count++;
        }
    }
    return count;
}

/* The meter --------------------------------------------------------------- */

static void settle(struct campaign *c)
{
    int steps = 0;
    while (app_step(&c->app)) {
        require(c, ++steps < STEPS_MAX, "the meter does not come to rest");
    }
}

static void pass_time(struct campaign *c)
{
    c->board.time_ms += PAUSE_MS;
    settle(c);
}

static enum frame_kind kind_of(const struct campaign *c, const struct frame *f)
{
    if ((f->control & 1) == 0) {
        return FRAME_I;
    }
    if ((f->control & 0x0F) == 1) {
        return FRAME_RR;
    }
    require(c, f->control == UA || f->control == DM || f->control == FRMR, "a frame that a server never sends");
    return f->control == UA ? FRAME_UA : f->control == DM ? FRAME_DM : FRAME_FRMR;
}

/* The next frame the meter has sent, or FRAME_NONE. What is there must be well-formed frames and nothing else. */
static enum frame_kind take_frame(struct campaign *c, struct octets *stream, struct frame *f)
{
    if (stream->size == 0) {
        c->frames[FRAME_NONE]++;
        return FRAME_NONE;
    }
    require(c, parse_frame(stream->data, stream->size, f), "what the meter sent is no frame");
    enum frame_kind kind = kind_of(c, f);
    c->frames[kind]++;
    return kind;
}

static void take_stream(struct campaign *c, enum board_port port, struct octets *stream)
{
    size_t size = 0;
    const uint8_t *octets = memory_board_take(&c->board, port, &size);
    stream->size = 0;
    append(stream, octets, size);
}

static void send_frame(struct campaign *c, uint8_t control, const uint8_t *info, size_t size, bool segmented)
{
    struct octets out = { 0 };
    append_frame(&out, c->client->address, control, info, size, segmented);
    memory_board_put(&c->board, BOARD_BLUETOOTH, out.data, out.size);
    settle(c);
}

/* Gathers an answer in as many frames as it takes. False when the link is no longer what it was. */
static bool receive(struct campaign *c)
{
    static const uint8_t llc[] = { 0xE6, 0xE7, 0x00 };
    struct octets stream;
    struct frame f;
    c->answer.size = 0;
    for (int frames = 0; frames < FRAMES_MAX;) {
        take_stream(c, BOARD_BLUETOOTH, &stream);
        bool last = false;
        do {
            enum frame_kind kind = take_frame(c, &stream, &f);
            if (kind == FRAME_RR) {
                return f.control >> 5 == c->sent;
            }
            if (kind != FRAME_I) {
                c->answer.size = 0;
                return false;
            }
            require(c, (f.control >> 1 & 7) == c->received && f.control >> 5 == c->sent, "wrong sequence numbers");
            c->received = (c->received + 1) & 7;
            append(&c->answer, f.info, f.info_size);
            last = (f.control & 0x10) != 0;
            erase(&stream, 0, f.size);
            frames++;
        } while (!last);
        require(c, stream.size == 0, "frames after the one with F = 1");
        if (!f.segmented) {
            require(c, c->answer.size > sizeof llc && memcmp(c->answer.data, llc, sizeof llc) == 0, "no LLC header");
            erase(&c->answer, 0, sizeof llc);
            c->latest.size = 0;
            append(&c->latest, c->answer.data, c->answer.size);
            return true;
        }
        send_frame(c, (uint8_t)(c->received << 5 | RR), NULL, 0, false);
    }
    fail(c, "an answer without end");
}

/* Sends c->request in segments and gathers c->answer. False when the link is no longer what it was. */
static bool exchange(struct campaign *c)
{
    struct octets sdu = { 3, { 0xE6, 0xE6, 0x00 } };
    append(&sdu, c->request.data, c->request.size);
    size_t at = 0;
    for (;;) {
        size_t size = sdu.size - at < c->information ? sdu.size - at : c->information;
        bool more = at + size < sdu.size;
        send_frame(c, (uint8_t)(c->received << 5 | 0x10 | c->sent << 1), sdu.data + at, size, more);
        c->sent = (c->sent + 1) & 7;
        at += size;
        if (!more) {
            return receive(c);
        }
        struct octets stream;
        struct frame f;
        take_stream(c, BOARD_BLUETOOTH, &stream);
        if (take_frame(c, &stream, &f) != FRAME_RR || f.control >> 5 != c->sent) {
            c->answer.size = 0;
            return false;
        }
    }
}

/* Judging an answer ------------------------------------------------------- */

static bool contains(const struct octets *o, const char *text)
{
    size_t size = strlen(text);
    for (size_t at = 0; at + size <= o->size; at++) {
        if (memcmp(o->data + at, text, size) == 0) {
            return true;
        }
    }
    return false;
}

static bool state_is_as_before(const struct campaign *c)
{
    return memcmp(&c->app.meter, &c->power_up.meter, sizeof c->app.meter) == 0 &&
           memcmp(c->app.device.secrets, c->power_up.device.secrets, sizeof c->app.device.secrets) == 0 &&
           c->board.rtc_s == c->board_power_up.rtc_s;
}

static void restore_state(struct campaign *c)
{
    memcpy(&c->app.meter, &c->power_up.meter, sizeof c->app.meter);
    memcpy(c->app.device.secrets, c->power_up.device.secrets, sizeof c->app.device.secrets);
    c->board.rtc_s = c->board_power_up.rtc_s;
}

static void judge_state(struct campaign *c, bool may_have_changed)
{
    require(c, memcmp(&c->app.meter.energy, &c->power_up.meter.energy, sizeof c->app.meter.energy) == 0,
            "energy registers changed");
    if (!state_is_as_before(c)) {
        require(c, may_have_changed && c->joined == ORACLE_ADMINISTRATOR, "the meter changed without a success");
        c->changes++;
        restore_state(c);
    }
}

static const char *secret_of(const struct client *client)
{
    static const char *const secrets[] = { NULL, "00000001", "00000002", NULL };
    return secrets[client->kind];
}

static uint32_t number_at(const uint8_t *o)
{
    return (uint32_t)o[0] << 24 | (uint32_t)o[1] << 16 | (uint32_t)o[2] << 8 | o[3];
}

/* What the answer makes of the association, and of a transfer in blocks. */
static void follow(struct campaign *c, enum answer kind)
{
    const uint8_t *a = c->answer.data;
    c->open = ANSWER_NONE;
    if (kind == ANSWER_SET_BLOCK || kind == ANSWER_ACTION_NEXT || (kind == ANSWER_GET_BLOCK && a[3] == 0)) {
        c->open = kind;
        c->block = number_at(a + (kind == ANSWER_GET_BLOCK ? 4 : 3));
    }
    if (kind == ANSWER_ACCEPTED) {
        const char *secret = secret_of(c->client);
        require(c, c->client->kind != ORACLE_NOBODY, "an association for an unknown client");
        require(c,
                oracle_authentic(c->request.data, c->request.size, (const uint8_t *)secret,
                                 secret != NULL ? strlen(secret) : 0),
                "an association without the password");
        c->joined = c->client->kind;
    } else if (kind == ANSWER_REJECTED) {
        c->joined = ORACLE_NOBODY;
        c->rejections++;
    } else if (kind == ANSWER_RELEASED) {
        c->joined = ORACLE_NOBODY;
    }
}

static void judge(struct campaign *c)
{
    const struct octets *q = &c->request;
    const struct octets *a = &c->answer;
    enum answer kind = oracle_classify(q->data, q->size, a->data, a->size);
    c->answers[kind]++;
    require(c, oracle_allows(c->joined, q->data, q->size, a->data, a->size), "an answer that is not allowed");
    require(c, a->size <= COSEM_PDU_MAX, "an answer longer than the PDU");
    require(c, !contains(a, "00000001") && !contains(a, "00000002"), "an answer with a password");
    judge_state(c, oracle_may_have_changed(a->data, a->size));
    follow(c, kind);
}

/* Sessions ---------------------------------------------------------------- */

/* SNRM that must bring UA. The parameters differ, so that segments and windows of every size occur. */
static void connect_link(struct campaign *c)
{
    static const uint8_t information[] = { 0x04, 0x04, 0x04, 0x00, 0x01 }; /* 1024, mostly; 128, 320 */
    uint8_t high = information[chance(c, SIZE_OF(information))];
    uint8_t low = high == 0 ? 0x80 : 0x40 * (high == 1);
    uint8_t window = (uint8_t)(1 + chance(c, 7));
    uint8_t parameters[] = {
        0x81, 0x80, 20, 5, 2, high, low, 6, 2, high, low, 7, 4, 0, 0, 0, window, 8, 4, 0, 0, 0, 1
    };
    struct octets stream;
    struct frame f;
    c->request.size = 0;
    append_frame(&c->request, c->client->address, SNRM, parameters, sizeof parameters, false);
    memory_board_put(&c->board, BOARD_BLUETOOTH, c->request.data, c->request.size);
    settle(c);
    take_stream(c, BOARD_BLUETOOTH, &stream);
    require(c, take_frame(c, &stream, &f) == FRAME_UA && stream.size == f.size, "SNRM without UA");
    c->sent = c->received = 0;
    c->information = (size_t)high << 8 | low;
    c->joined = ORACLE_NOBODY;
}

/* SNRM and a valid AARQ; the answer must be what the password deserves. */
static void join(struct campaign *c, const char *password)
{
    const char *secret = secret_of(c->client);
    bool deserved = c->client->kind != ORACLE_NOBODY &&
                    (secret == NULL ? password == NULL : password != NULL && strcmp(password, secret) == 0);
    connect_link(c);
    c->request.size = 0;
    compose_aarq_with(&c->request, password);
    require(c, exchange(c), "the link was lost by an AARQ");
    judge(c);
    require(c, (c->joined != ORACLE_NOBODY) == deserved || c->rejections >= LOCK_OUT, "the wrong answer to an AARQ");
}

/* A client that does everything right is served after all of it. */
static void verify(struct campaign *c)
{
    static const uint8_t get_name[] = { 0xC0, 1, 0xC1, 0, 1, 0, 0, 42, 0, 0, 255, 2, 0 };
    join(c, secret_of(c->client));
    if (c->joined != ORACLE_NOBODY) {
        c->request.size = 0;
        append(&c->request, get_name, sizeof get_name);
        require(c, exchange(c), "the link was lost by a GET");
        judge(c);
        static const char name[] = "BLY";
        size_t size = strlen(SERIAL_NUMBER);
        require(c,
                c->answer.size > 6 + size && memcmp(c->answer.data + 6, name, 3) == 0 &&
                    memcmp(c->answer.data + c->answer.size - size, SERIAL_NUMBER, size) == 0,
                "not the logical device name");
    }
}

static void mutated_apdu(struct campaign *c)
{
    c->request.size = 0;
    if (c->open != ANSWER_NONE && chance(c, 3) != 0) {
        compose_further(c, &c->request);
    } else {
        compose(c, &c->request);
    }
    mutate(c, &c->request);
    enum oracle_client before = c->joined;
    bool linked = exchange(c);
    judge(c);
    if (!linked || (before != c->joined && chance(c, 2) == 0)) {
        join(c, c->client->password);
    }
}

static void compose_frame(struct campaign *c, struct octets *o)
{
    static const uint8_t controls[] = {
        SNRM, SNRM, DISC, RR, 0x31, 0x15, 0x19, UI, 0x03, 0x83, UA, DM, FRMR, 0xFF, 0x87
    };
    static const uint8_t parameters[] = { 0x81, 0x80, 8, 5, 1, 128, 6, 1, 128, 7, 1, 1 };
    uint8_t control = controls[chance(c, SIZE_OF(controls))];
    if (chance(c, 2) == 0) {
        struct octets sdu = { 3, { 0xE6, 0xE6, 0x00 } };
        struct octets apdu;
        compose(c, &apdu);
        append(&sdu, apdu.data, apdu.size < 100 ? apdu.size : 100);
        control = (uint8_t)(c->received << 5 | 0x10 | c->sent << 1);
        append_frame(o, c->client->address, control, sdu.data, sdu.size, chance(c, 10) == 0);
    } else {
        size_t size = control == SNRM ? chance(c, 2) * sizeof parameters : chance(c, 8) == 0 ? chance(c, 12) : 0;
        append_frame(o, c->client->address, control, parameters, size, false);
    }
}

/* Makes the check sequences right again, wherever the mutations let the fields be. */
static void mend_frame(struct octets *o)
{
    size_t length = o->size >= 10 ? o->size - 2 : 0;
    if (length == 0 || length > 0x7FF || o->data[0] != FLAG) {
        return;
    }
    o->data[1] = (uint8_t)(0xA0 | (o->data[1] & 8) | length >> 8);
    o->data[2] = (uint8_t)length;
    if (length > 9) {
        uint16_t head = oracle_crc(o->data + 1, 5);
        o->data[6] = (uint8_t)head;
        o->data[7] = (uint8_t)(head >> 8);
    }
    uint16_t crc = oracle_crc(o->data + 1, length - 2);
    o->data[length - 1] = (uint8_t)crc;
    o->data[length] = (uint8_t)(crc >> 8);
    o->data[length + 1] = FLAG;
}

/* An I frame that came to a single frame: the answer to it, if that was in sequence; else the latest answer again. */
static void judge_frame(struct campaign *c, const struct frame *asked, const struct frame *f)
{
    bool in_sequence = (asked->control & 0x1F) == (0x10 | c->sent << 1);
    if (!in_sequence) {
        size_t size = f->info_size < c->latest.size ? f->info_size : c->latest.size;
        require(c,
                size == 0 || memcmp(f->info + f->info_size - size, c->latest.data + c->latest.size - size, size) == 0,
                "an answer to a frame out of sequence");
    } else if (!f->segmented && f->info_size > 3 && asked->info_size > 3) {
        c->request.size = c->answer.size = 0;
        append(&c->request, asked->info + 3, asked->info_size - 3);
        append(&c->answer, f->info + 3, f->info_size - 3);
        judge(c);
    }
}

/* Every frame that came must be well-formed. Where one frame was sent, what it carried is judged with the answer. */
static void judge_stream(struct campaign *c, struct octets *answer)
{
    struct frame asked = { 0 };
    struct frame f;
    size_t heard = count_frames(&c->stream, &asked);
    require(c, heard > 0 || answer->size == 0, "an answer to no frame");
    if (heard == 1 && answer->size == 0 && (asked.control & 0x11) == 0) { /* an I frame that did not poll */
        send_frame(c, (uint8_t)(c->received << 5 | RR), NULL, 0, false);
        take_stream(c, BOARD_BLUETOOTH, answer);
        asked.control |= 0x10;
    }
    while (take_frame(c, answer, &f) != FRAME_NONE) {
        if (heard == 1 && (f.control & 1) == 0) {
            judge_frame(c, &asked, &f);
        }
        erase(answer, 0, f.size);
    }
    if (heard > 1) {
        judge_state(c, true);
    }
    judge_state(c, false);
    pass_time(c);
    take_stream(c, BOARD_BLUETOOTH, answer);
    require(c, answer->size == 0, "an answer after a pause");
    if (heard > 0) {
        join(c, c->client->password);
    }
}

/* One or two frames as a stream of octets: mutated, with right or wrong check sequences. */
static void mutated_stream(struct campaign *c)
{
    struct octets answer;
    c->stream.size = 0;
    compose_frame(c, &c->stream);
    mutate(c, &c->stream);
    if (chance(c, 2) == 0) {
        mend_frame(&c->stream);
    } else if (chance(c, 4) == 0) {
        compose_frame(c, &c->stream);
    }
    pass_time(c); /* or the closing flag of the frame before could open this one */
    memory_board_put(&c->board, BOARD_BLUETOOTH, c->stream.data, c->stream.size);
    settle(c);
    take_stream(c, BOARD_BLUETOOTH, &answer);
    judge_stream(c, &answer);
    c->stream.size = 0;
}

/* Sign-on ----------------------------------------------------------------- */

static void sign_on(struct campaign *c, struct octets *stream)
{
    memory_board_put(&c->board, BOARD_OPTICAL, c->request.data, c->request.size);
    settle(c);
    pass_time(c);
    take_stream(c, BOARD_OPTICAL, stream);
    c->board.connections[BOARD_OPTICAL]++;
    settle(c);
}

/* The identification as it is, or the confirmation of mode E (IEC 62056-21 annex E), any number of them. */
static bool sign_on_answers(const struct campaign *c, const struct octets *stream)
{
    const struct octets *id = &c->identification;
    size_t at = 0;
    while (at < stream->size) {
        const uint8_t *o = stream->data + at;
        size_t left = stream->size - at;
        if (left >= id->size && memcmp(o, id->data, id->size) == 0) {
            at += id->size;
        } else if (left >= 6 && o[0] == 0x06 && o[1] == '2' && o[2] >= '0' && o[2] <= '6' && o[3] == '2' &&
                   o[4] == 0x0D && o[5] == 0x0A) {
            at += 6;
        } else {
            return false;
        }
    }
    return true;
}

static void mutated_sign_on(struct campaign *c)
{
    static const char *const texts[] = { "/?!\r\n",
                                         "/?87654321!\r\n",
                                         "/?!\r\n\006252\r\n",
                                         "/?!\r\n\006242\r\n",
                                         "\006252\r\n",
                                         "/?!\r\n\006050\r\n",
                                         "/?!\r\n\006051\r\n\001P1\002(00000000)\003a",
                                         "\001B0\003q" };
    static const char plain[] = "/?!\r\n";
    const char *text = texts[chance(c, SIZE_OF(texts))];
    struct octets stream;
    c->request.size = 0;
    append(&c->request, text, strlen(text));
    mutate(c, &c->request);
    sign_on(c, &stream);
    c->answer = stream;
    require(c, sign_on_answers(c, &stream), "an answer that belongs to no sign-on");
    judge_state(c, false);
    c->sign_on_answers[stream.size > 0]++;
    c->request.size = 0;
    append(&c->request, plain, strlen(plain));
    sign_on(c, &stream);
    require(c, stream.size == c->identification.size && memcmp(stream.data, c->identification.data, stream.size) == 0,
            "no identification after a bad sign-on");
}

/* The campaign ------------------------------------------------------------ */

static void power_up(struct campaign *c)
{
    static const char request[] = "/?!\r\n";
    memory_board_init(&c->board);
    const struct identity identity = { .serial_number = SERIAL_NUMBER };
    require(c, app_init(&c->app, &c->board, &identity, &metrology_nominal, RATE_HZ) == STATUS_OK, "the meter refuses");
    settle(c);
    c->request.size = 0;
    append(&c->request, request, strlen(request));
    sign_on(c, &c->identification);
    require(c, c->identification.size > 7 && c->identification.data[0] == '/', "no identification");
    c->power_up = c->app;
    c->board_power_up = c->board;
}

static void session(struct campaign *c, uint64_t count)
{
    size_t i = chance(c, chance(c, 4) == 0 ? SIZE_OF(clients) : WELCOME);
    c->app = c->power_up;
    c->board = c->board_power_up;
    c->client = &clients[i];
    c->rejections = 0;
    c->sessions[i]++;
    join(c, c->client->password);
    for (int n = 0; n < MUTANTS_PER_SESSION && c->done < count; n++, c->done++) {
        switch (chance(c, 16)) {
        case 0:
            mutated_sign_on(c);
            break;
        case 1:
        case 2:
        case 3:
        case 4:
            mutated_stream(c);
            break;
        default:
            mutated_apdu(c);
            break;
        }
    }
    verify(c);
}

static void print_summary(const struct campaign *c)
{
    printf("%" PRIu64 " mutations, seed %" PRIu64 "\n\nsessions\n", c->done, c->seed);
    for (size_t i = 0; i < SIZE_OF(clients); i++) {
        printf("  %-30s %10" PRIu64 "\n", clients[i].name, c->sessions[i]);
    }
    printf("answers to APDUs\n");
    for (int i = 0; i < ANSWER_COUNT; i++) {
        printf("  %-30s %10" PRIu64 "\n", oracle_name((enum answer)i), c->answers[i]);
    }
    printf("frames\n");
    for (size_t i = 0; i < FRAME_KINDS; i++) {
        printf("  %-30s %10" PRIu64 "\n", frame_names[i], c->frames[i]);
    }
    printf("sign-ons\n  %-30s %10" PRIu64 "\n  %-30s %10" PRIu64 "\n", "passed over", c->sign_on_answers[0], "answered",
           c->sign_on_answers[1]);
    printf("changes by the administrator\n  %-30s %10" PRIu64 "\n", "granted, and put back", c->changes);
}

static bool number_of(const char *text, uint64_t *value)
{
    char *end = NULL;
    *value = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0';
}

int main(int argc, char **argv)
{
    struct campaign *c = calloc(1, sizeof *c);
    uint64_t count = DEFAULT_COUNT;
    if (c == NULL) {
        return 1;
    }
    c->seed = 1;
    if (argc > 3 || (argc > 1 && !number_of(argv[1], &c->seed)) || (argc > 2 && !number_of(argv[2], &count))) {
        fprintf(stderr, "usage: campaign [SEED [COUNT]]\n");
        free(c);
        return 2;
    }
    c->random = c->seed * UINT64_C(0x9E3779B97F4A7C15) | 1; /* never 0 */
    power_up(c);
    while (c->done < count) {
        session(c, count);
    }
    print_summary(c);
    free(c);
    return 0;
}
