/* A campaign of sessions against one whole meter: octets into its ports, every answer judged by the oracle.
 *
 *     campaign [SEED [SESSIONS]]
 *
 * Each session puts the meter back to how it was after power-up, connects as one of the clients, or with a wrong
 * password, or as nobody, opens the association and sends a few APDUs, frames, octet streams and sign-ons, some as
 * they should be, most with mutations. After each of them:
 *
 *   - what the meter sends consists of well-formed frames with right check sequences; silence where no frame with
 *     right check sequences was sent;
 *   - the answer is one that the oracle allows to this request and this client, and holds no password;
 *   - the meter (settings, secrets, clock) is octet for octet as before, unless the administrator's association
 *     was told of a success; what was changed that way is put back. Energy registers never change;
 *   - the meter comes to rest within a bounded number of steps.
 *
 * At the end of a session a client that does everything right must be served. The same SEED and SESSIONS repeat the
 * run.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "frames.h"
#include "memory_board.h"
#include "mutant.h"
#include "octets.h"
#include "oracle.h"

#define SIZE_OF(array) (sizeof(array) / sizeof((array)[0]))

enum {
    DEFAULT_SESSIONS = 100000,
    REQUESTS_MAX = 8, /* of a session; it has at least one */
    STEPS_MAX = 10000,
    FRAMES_MAX = 200, /* of one answer */
    PAUSE_MS = 250,   /* longer than any inter-octet time: what was begun is dropped */
    RATE_HZ = 8000,
    LOCK_OUT = 5, /* wrong passwords after which an association may be refused: object-model.md 1.1 */
};

/* Not like a password; the logical device name ends with it (object-model.md 1.1). */
#define SERIAL_NUMBER "87654321"

enum control { SNRM = 0x93, UA = 0x73, DISC = 0x53, DM = 0x1F, FRMR = 0x97, UI = 0x13, RR = 0x11 };

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
    struct mutant mutant;
    uint64_t done; /* sessions */
    uint64_t valid;
    uint64_t mutations;
    const struct client *client;
    enum oracle_client joined; /* whose association is open */
    int rejections;            /* in this session */
    uint8_t sent;              /* V(S) */
    uint8_t received;          /* V(R) */
    size_t information;        /* octets of the information field that may be sent */
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
    printf("FAILED: %s\nseed %" PRIu64 ", session %" PRIu64 ", client %s, association of %d\n", reason, c->seed,
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

/* What no request may change but by a SET or a method of the administrator. A session, a wrong password and an MD reset
 * of the reader leave their events, which are no change. */
#define PART(member)                                                                                                   \
    {                                                                                                                  \
        offsetof(struct meter, member), sizeof(((struct meter *)0)->member)                                            \
    }
static const struct part {
    size_t offset;
    size_t size;
} parts[] = {
    PART(energy),
    PART(clock),
    PART(demands),
    PART(demand_period_s),
    PART(demand_periods),
    PART(load_profiles[0].columns),
    PART(load_profiles[0].profile.period_s),
    PART(load_profiles[0].profile.log.generation),
    PART(load_profiles[0].profile.log.next),
    PART(load_profiles[1].columns),
    PART(load_profiles[1].profile.period_s),
    PART(load_profiles[1].profile.log.generation),
    PART(load_profiles[1].profile.log.next),
    PART(billing.schedule),
    PART(billing.lockout_s),
    PART(billing.button_enabled),
    PART(billing.columns),
    PART(billing.last),
    PART(billing.profile.log.generation),
    PART(billing.profile.log.next),
    PART(ports),
    PART(display_setup),
    PART(identity),
    PART(logical_device_name),
    PART(utility_id),
    PART(metering_point),
    PART(reference_voltage_v),
    PART(secrets),
    PART(supply.long_failure_s),
    PART(supply.battery_installed),
    PART(supply.battery_low_cv),
    PART(supervision.conditions.limits),
    PART(events.columns),
    PART(events.logs[0].mask),
    PART(events.logs[1].mask),
    PART(events.logs[2].mask),
    PART(events.logs[3].mask),
    PART(events.logs[4].mask),
    PART(configuration_changes),
};
#undef PART

static bool state_is_as_before(const struct campaign *c)
{
    const uint8_t *now = (const uint8_t *)&c->app.meter;
    const uint8_t *before = (const uint8_t *)&c->power_up.meter;
    for (size_t i = 0; i < SIZE_OF(parts); i++) {
        if (memcmp(now + parts[i].offset, before + parts[i].offset, parts[i].size) != 0) {
            return false;
        }
    }
    return memcmp(c->app.device.secrets, c->power_up.device.secrets, sizeof c->app.device.secrets) == 0 &&
           c->board.rtc_s == c->board_power_up.rtc_s;
}

static void restore_state(struct campaign *c)
{
    memcpy(&c->app.meter, &c->power_up.meter, sizeof c->app.meter);
    memcpy(c->app.device.secrets, c->power_up.device.secrets, sizeof c->app.device.secrets);
    c->board.rtc_s = c->board_power_up.rtc_s;
    memory_board_flash_restore();
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
    c->mutant.open = ANSWER_NONE;
    if (kind == ANSWER_SET_BLOCK || kind == ANSWER_ACTION_NEXT || (kind == ANSWER_GET_BLOCK && a[3] == 0)) {
        c->mutant.open = kind;
        c->mutant.block = number_at(a + (kind == ANSWER_GET_BLOCK ? 4 : 3));
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
    uint8_t high = information[mutant_chance(&c->mutant, SIZE_OF(information))];
    uint8_t low = high == 0 ? 0x80 : 0x40 * (high == 1);
    uint8_t window = (uint8_t)(1 + mutant_chance(&c->mutant, 7));
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
    mutant_compose_aarq(&c->request, password);
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

/* Mutates what is to be sent, or leaves it as it should be. */
static void mutate(struct campaign *c, struct octets *o)
{
    if (mutant_mutate(&c->mutant, o)) {
        c->mutations++;
    } else {
        c->valid++;
    }
}

static void mutated_apdu(struct campaign *c)
{
    c->request.size = 0;
    if (c->mutant.open != ANSWER_NONE && mutant_chance(&c->mutant, 3) != 0) {
        mutant_compose_further(&c->mutant, &c->request);
    } else {
        mutant_compose(&c->mutant, &c->request);
    }
    mutate(c, &c->request);
    enum oracle_client before = c->joined;
    bool linked = exchange(c);
    judge(c);
    if (!linked || (before != c->joined && mutant_chance(&c->mutant, 2) == 0)) {
        join(c, c->client->password);
    }
}

static void compose_frame(struct campaign *c, struct octets *o)
{
    static const uint8_t controls[] = {
        SNRM, SNRM, DISC, RR, 0x31, 0x15, 0x19, UI, 0x03, 0x83, UA, DM, FRMR, 0xFF, 0x87
    };
    static const uint8_t parameters[] = { 0x81, 0x80, 8, 5, 1, 128, 6, 1, 128, 7, 1, 1 };
    uint8_t control = controls[mutant_chance(&c->mutant, SIZE_OF(controls))];
    if (mutant_chance(&c->mutant, 2) == 0) {
        struct octets sdu = { 3, { 0xE6, 0xE6, 0x00 } };
        struct octets apdu;
        mutant_compose(&c->mutant, &apdu);
        append(&sdu, apdu.data, apdu.size < 100 ? apdu.size : 100);
        control = (uint8_t)(c->received << 5 | 0x10 | c->sent << 1);
        append_frame(o, c->client->address, control, sdu.data, sdu.size, mutant_chance(&c->mutant, 10) == 0);
    } else {
        size_t size = control == SNRM                     ? mutant_chance(&c->mutant, 2) * sizeof parameters
                      : mutant_chance(&c->mutant, 8) == 0 ? mutant_chance(&c->mutant, 12)
                                                          : 0;
        append_frame(o, c->client->address, control, parameters, size, false);
    }
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
    if (mutant_chance(&c->mutant, 2) == 0) {
        mend_frame(&c->stream);
    } else if (mutant_chance(&c->mutant, 4) == 0) {
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

/* The size of one message of IEC 62056-21 mode C that may be sent to who knows no password, 0 if it is none. */
static size_t mode_c_message(const uint8_t *o, size_t left)
{
    static const char serial_number[] = "\001P0\002(" SERIAL_NUMBER ")\003";
    static const char end[] = "\001B0\003";
    static const char error[] = "\002(ER0";
    uint8_t check = 0;
    size_t size = 1;
    if (o[0] == 0x15) {
        return 1;
    }
    while (size < left && o[size - 1] != 3) {
        check ^= o[size++];
    }
    if (size >= left || o[size] != check) {
        return 0;
    }
    bool known = (size == sizeof serial_number - 1 && memcmp(o, serial_number, size) == 0) ||
                 (size == sizeof end - 1 && memcmp(o, end, size) == 0) ||
                 (size == sizeof error + 2 && memcmp(o, error, sizeof error - 1) == 0) ||
                 (o[0] == 2 && size > 5 && memcmp(o + size - 6, "\r\n!\r\n", 5) == 0);
    return known ? size + 1 : 0;
}

/* The identification as it is, the confirmation of mode E (IEC 62056-21 annex E), or a message of mode C, any number
 * of them. */
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
        } else if (mode_c_message(o, left) > 0) {
            at += mode_c_message(o, left);
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
    const char *text = texts[mutant_chance(&c->mutant, SIZE_OF(texts))];
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
    memory_board_flash_blank();
    const struct identity identity = { .serial_number = SERIAL_NUMBER };
    require(c, app_init(&c->app, &c->board, &identity, &metrology_nominal, RATE_HZ) == STATUS_OK, "the meter refuses");
    c->app.meter.ports.local[BOARD_OPTICAL].passwords[PORT_PASSWORD_P1].size = 0; /* a mutation could hit it */
    settle(c);
    c->request.size = 0;
    append(&c->request, request, strlen(request));
    sign_on(c, &c->identification);
    require(c, c->identification.size > 7 && c->identification.data[0] == '/', "no identification");
    c->power_up = c->app;
    c->board_power_up = c->board;
    memory_board_flash_keep();
}

static void session(struct campaign *c)
{
    size_t i = mutant_chance(&c->mutant, mutant_chance(&c->mutant, 4) == 0 ? SIZE_OF(clients) : WELCOME);
    c->app = c->power_up;
    c->board = c->board_power_up;
    memory_board_flash_restore();
    c->client = &clients[i];
    c->mutant.password = c->client->password;
    c->rejections = 0;
    c->sessions[i]++;
    join(c, c->client->password);
    for (uint32_t left = 1 + mutant_chance(&c->mutant, REQUESTS_MAX); left > 0; left--) {
        switch (mutant_chance(&c->mutant, 16)) {
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
    c->done++;
}

static void print_summary(const struct campaign *c)
{
    printf("%" PRIu64 " sessions with %" PRIu64 " valid requests and %" PRIu64 " mutations, seed %" PRIu64
           "\n\nsessions\n",
           c->done, c->valid, c->mutations, c->seed);
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
    uint64_t sessions = DEFAULT_SESSIONS;
    if (c == NULL) {
        return 1;
    }
    c->seed = 1;
    if (argc > 3 || (argc > 1 && !number_of(argv[1], &c->seed)) || (argc > 2 && !number_of(argv[2], &sessions))) {
        fprintf(stderr, "usage: campaign [SEED [SESSIONS]]\n");
        free(c);
        return 2;
    }
    c->mutant.random = c->seed * UINT64_C(0x9E3779B97F4A7C15) | 1; /* never 0 */
    power_up(c);
    while (c->done < sessions) {
        session(c);
    }
    print_summary(c);
    free(c);
    return 0;
}
