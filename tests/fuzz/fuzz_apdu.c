/* The server of two links under any APDUs. Those that are well-formed are too rare in noise, so the input also
 * describes associations, and requests for objects that there are.
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
    default:
        size = describe_request(in, apdu);
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
