/* The server of two links under any APDUs.
 *
 * Well-formed ones are too rare in noise, so the input is a list of steps in a grammar of its own, and what libFuzzer
 * mutates are the choices in it: open or close a link, associate (one octet may be spoilt), time passes, the next block
 * of what is under way with its right number, a request for objects that there are followed by octets of the input, a
 * whole request (references, selectors, values and block headers in their form, of which one octet may be spoilt), or
 * octets as they are. So every mutation of the input is a step in the structure; a mutator of its own would be that
 * grammar once more.
 *
 * Checked besides the sanitizers: every answer has a form that is allowed and fits the client's PDU; nothing but
 * exceptions without an association; at most one writer, and it is open; nothing out of range is ever set.
 */
#include "cosem/server.h"
#include "fuzz.h"
#include "sample_objects.h"

#include <string.h>

enum { LINKS = 2, AARE_MAX = 64 };

static struct sample sample;
static struct cosem_device device;
static struct cosem_server links[LINKS];

static void check_answer(const struct cosem_server *s, uint8_t tag, const uint8_t *response, size_t size)
{
    FUZZ_CHECK(size >= 3 && response >= s->response && response + size <= s->response + sizeof s->response);
    bool exception = size == 3 && response[0] == 0xd8 && response[1] == 1 && response[2] >= 1 && response[2] <= 4;
    bool associating = (tag == 0x60 || tag == 0x62) && response[0] == tag + 1 && size <= AARE_MAX;
    bool serving = s->association.type != NULL && size <= s->association.pdu && tag >= 0xc0 && tag <= 0xc3 &&
                   response[0] == tag + 4;
    FUZZ_CHECK(exception || associating || serving);
}

static void check_device(void)
{
    const struct cosem_association *writer = device.writer;
    FUZZ_CHECK(writer == NULL || writer == &links[0].association || writer == &links[1].association);
    FUZZ_CHECK(writer == NULL || (writer->type != NULL && writer->type->client == CLIENT_ADMINISTRATOR));
    for (unsigned i = 0; i < LINKS; i++) {
        const struct cosem_association *a = &links[i].association;
        FUZZ_CHECK(a->type == NULL || a->type->client != CLIENT_ADMINISTRATOR || writer == a);
        FUZZ_CHECK(a->type == NULL || (a->conformance & ~a->type->conformance) == 0);
        FUZZ_CHECK(links[i].transfer.kept_used <= sizeof links[i].transfer.kept);
    }
    FUZZ_CHECK(sample.percent <= 100 && sample.secret <= 100);
}

static void request(struct cosem_server *s, const uint8_t *apdu, size_t size, uint32_t now_ms)
{
    uint8_t *exact = malloc(size > 0 ? size : 1); /* of its own, so that the sanitizer sees its end */
    const uint8_t *response = NULL;
    FUZZ_CHECK(exact != NULL);
    memcpy(exact, apdu, size);
    size_t answered = cosem_server_request(s, exact, size, now_ms, &response);
    if (answered > 0) {
        check_answer(s, exact[0], response, answered);
    }
    FUZZ_CHECK((answered > 0) == (s->link_open && size > 0));
    free(exact);
    check_device();
}

/* A descriptor of an object that there is, or nearly. */
static size_t describe_member(struct fuzz_input *in, uint8_t *apdu, bool attribute)
{
    uint8_t which = fuzz_octet(in);
    const struct cosem_object *o = &sample_table.rows[which % sample_table.count];
    apdu[0] = 0;
    apdu[1] = (uint8_t)o->ic->id;
    memcpy(apdu + 2, o->obis, 6);
    apdu[8] = fuzz_octet(in) % 7;
    apdu[9] = 0;
    return attribute ? 10 : 9;
}

/* A request: its kind, its descriptors, and the rest from the input. */
static size_t describe_request(struct fuzz_input *in, uint8_t *apdu)
{
    static const uint8_t tags[] = { 0xc0, 0xc1, 0xc3, 0xc0 };
    static const uint8_t lists[] = { 3, 4, 3, 3 };
    uint8_t what = fuzz_octet(in);
    uint8_t tag = tags[what & 3];
    uint8_t type = (uint8_t)((what >> 2 & 7) + 1);
    bool list = type == lists[what & 3] || (tag != 0xc0 && type == 5);
    bool next = (tag != 0xc1 && type == 2) || (tag == 0xc1 && type == 3) || (tag == 0xc3 && type == 6);
    size_t n = 0;
    apdu[n++] = tag;
    apdu[n++] = type;
    apdu[n++] = 0xc1;
    unsigned count = list ? 1 + (fuzz_octet(in) & 7u) : 1;
    if (list) {
        apdu[n++] = (uint8_t)count;
    }
    for (unsigned i = 0; !next && i < count; i++) {
        n += describe_member(in, apdu + n, tag != 0xc3);
    }
    size_t rest = fuzz_octet(in);
    const uint8_t *octets = fuzz_octets(in, &rest);
    memcpy(apdu + n, octets, rest);
    return n + rest;
}

/* A value that does not nest, 20 octets at most. */
static size_t describe_plain(struct fuzz_input *in, uint8_t *o)
{
    enum { LENGTH = 0x80 };
    static const struct {
        uint8_t tag, size;
    } kinds[16] = {
        { 0, 0 },  { 3, 1 },  { 5, 4 },  { 6, 4 },  { 9, LENGTH }, { 10, LENGTH }, { 15, 1 }, { 16, 2 },
        { 17, 1 }, { 18, 2 }, { 20, 8 }, { 21, 8 }, { 22, 1 },     { 25, 12 },     { 18, 2 }, { 9, LENGTH },
    };
    uint8_t which = fuzz_octet(in);
    uint8_t size = kinds[which & 15].size;
    size_t n = 0;
    o[n++] = kinds[which & 15].tag;
    if (size == LENGTH) {
        size = which >> 4;
        o[n++] = size;
    }
    for (; size > 0; size--) {
        o[n++] = fuzz_octet(in);
    }
    return n;
}

/* A value, 100 octets at most: one that does not nest, or an array or structure of up to four. */
static size_t describe_value(struct fuzz_input *in, uint8_t *o)
{
    uint8_t what = fuzz_octet(in);
    if (what < 0xc0) {
        return describe_plain(in, o);
    }
    size_t n = 0;
    uint8_t count = what % 5;
    o[n++] = (what & 0x20) != 0 ? 1 : 2;
    o[n++] = count;
    for (; count > 0; count--) {
        n += describe_plain(in, o + n);
    }
    return n;
}

/* An access selection behind a descriptor: none, rows of the profile by number, or any value. */
static size_t describe_selection(struct fuzz_input *in, uint8_t *o)
{
    uint8_t what = fuzz_octet(in);
    if (what < 0x80) {
        o[0] = 0;
        return 1;
    }
    o[0] = 1;
    o[1] = what & 3;
    if ((what & 3) != 2) {
        return 2 + describe_value(in, o + 2);
    }
    uint8_t from = fuzz_octet(in);
    uint8_t to = fuzz_octet(in);
    const uint8_t rows[] = { 2, 2, 6, 0, 0, 0, from, 6, 0, 0, what >> 2 & 1, to };
    memcpy(o + 2, rows, sizeof rows);
    return 2 + sizeof rows;
}

/* The values of a SET, the parameters of an ACTION: in one, with their count, or the first block of them. */
static size_t describe_values(struct fuzz_input *in, uint8_t *o, bool list, bool action, uint8_t count)
{
    size_t n = 0;
    if (list) {
        o[n++] = count;
    }
    for (; count > 0; count--) {
        if (action && !list) {
            o[n++] = 1;
        }
        n += describe_value(in, o + n);
    }
    return n;
}

static size_t put_first_block(struct fuzz_input *in, uint8_t *o, const uint8_t *raw, size_t size)
{
    uint8_t last = fuzz_octet(in) & 1;
    size_t taken = last != 0 ? size : size / 2;
    const uint8_t head[] = { last, 0, 0, 0, 1, 0x82, (uint8_t)(taken >> 8), (uint8_t)taken };
    memcpy(o, head, sizeof head);
    memcpy(o + sizeof head, raw, taken);
    return sizeof head + taken;
}

/* A whole request. */
static size_t describe_whole(struct fuzz_input *in, uint8_t *apdu)
{
    static const struct {
        uint8_t tag, type;
        bool list, block;
    } forms[8] = {
        { 0xc0, 1, false, false }, { 0xc0, 3, true, false }, { 0xc1, 1, false, false }, { 0xc1, 4, true, false },
        { 0xc1, 2, false, true },  { 0xc1, 5, true, true },  { 0xc3, 1, false, false }, { 0xc3, 3, true, false },
    };
    uint8_t what = fuzz_octet(in);
    bool list = forms[what & 7].list;
    bool action = forms[what & 7].tag == 0xc3;
    uint8_t count = list ? 1 + (what >> 3 & 3) : 1;
    size_t n = 0;
    apdu[n++] = forms[what & 7].tag;
    apdu[n++] = forms[what & 7].type;
    apdu[n++] = 0xc1;
    if (list) {
        apdu[n++] = count;
    }
    for (uint8_t i = 0; i < count; i++) {
        n += describe_member(in, apdu + n, false);
        if (!action) {
            n += describe_selection(in, apdu + n);
        }
    }
    if (forms[what & 7].tag != 0xc0) {
        uint8_t values[500];
        size_t size = describe_values(in, values, list, action, count);
        if (forms[what & 7].block) {
            n += put_first_block(in, apdu + n, values, size);
        } else {
            memcpy(apdu + n, values, size);
            n += size;
        }
    }
    if (what >= 0xe0) { /* one octet is another */
        size_t at = fuzz_octet(in) % n;
        apdu[at] = fuzz_octet(in);
    }
    return n;
}

/* The next block of whatever is under way, with its right number. */
static size_t describe_next(struct fuzz_input *in, const struct cosem_server *s, uint8_t *apdu)
{
    const struct cosem_transfer *t = &s->transfer;
    bool out = t->kind == TRANSFER_GET || t->kind == TRANSFER_ACTION_RESPONSE;
    uint32_t number = out ? t->block : t->block + 1;
    size_t n = 0;
    apdu[n++] = t->kind == TRANSFER_GET ? 0xc0 : t->kind == TRANSFER_SET ? 0xc1 : 0xc3;
    apdu[n++] = t->kind == TRANSFER_SET ? 3 : t->kind == TRANSFER_ACTION ? 6 : 2;
    apdu[n++] = 0xc1;
    if (!out) {
        apdu[n++] = fuzz_octet(in) & 1;
    }
    apdu[n++] = (uint8_t)(number >> 24);
    apdu[n++] = (uint8_t)(number >> 16);
    apdu[n++] = (uint8_t)(number >> 8);
    apdu[n++] = (uint8_t)number;
    if (!out) {
        size_t raw = fuzz_octet(in) & 0x7f;
        const uint8_t *octets = fuzz_octets(in, &raw);
        apdu[n++] = (uint8_t)raw;
        memcpy(apdu + n, octets, raw);
        n += raw;
    }
    return n;
}

static size_t describe_aarq(struct fuzz_input *in, uint16_t sap, uint8_t *apdu)
{
    uint8_t pdu = fuzz_octet(in);
    uint8_t spoil = fuzz_octet(in);
    size_t size = sample_aarq(apdu, sap, (spoil & 1) != 0 ? 0x00101du : 0xffffffu, (uint16_t)(pdu * 4));
    if (spoil >= 0x80) { /* one octet is another */
        apdu[spoil % size] = fuzz_octet(in);
    }
    return size;
}

static void step(struct fuzz_input *in, uint32_t *now_ms)
{
    static const uint16_t saps[] = { SAMPLE_PUBLIC, SAMPLE_READER, SAMPLE_ADMINISTRATOR, SAMPLE_ALIAS };
    uint8_t apdu[2000];
    uint8_t what = fuzz_octet(in);
    struct cosem_server *s = &links[what >> 7];
    size_t size = 0;
    const uint8_t *octets;
    switch (what & 7) {
    case 0:
        cosem_server_open(s, saps[what >> 3 & 3]);
        check_device();
        return;
    case 1:
        cosem_server_close(s);
        check_device();
        return;
    case 2:
        size = describe_aarq(in, s->link_sap, apdu);
        break;
    case 3:
        *now_ms += (uint32_t)fuzz_octet(in) << (what >> 3 & 15);
        sample.rows = fuzz_octet(in) * 2u;
        sample.fails_at = sample.rows == 2 ? 1 : UINT32_MAX;
        sample.returned = (uint16_t)(fuzz_octet(in) * 6);
        return;
    case 4:
        size = fuzz_octet(in);
        octets = fuzz_octets(in, &size);
        memcpy(apdu, octets, size);
        break;
    case 5:
        size = describe_next(in, s, apdu);
        break;
    case 6:
        size = describe_request(in, apdu);
        break;
    default:
        size = describe_whole(in, apdu);
        break;
    }
    request(s, apdu, size, *now_ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = { data, data + size };
    uint32_t now_ms = 0;
    sample_init(&sample, &device);
    for (unsigned i = 0; i < LINKS; i++) {
        cosem_server_init(&links[i], &device);
        cosem_server_open(&links[i], i == 0 ? SAMPLE_ADMINISTRATOR : SAMPLE_READER);
    }
    while (fuzz_left(&in) > 0) {
        step(&in, &now_ms);
    }
    return 0;
}
