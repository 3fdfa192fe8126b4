#include "oracle.h"

#include <string.h>

#define MASK(answer) (UINT32_C(1) << (answer))

enum { ANY_CHOICE = 0, DEPTH_MAX = 8, DESCRIPTOR_SIZE = 9, HEAD_SIZE = 3, LAST_BLOCK_ERROR_SIZE = 10 };

static const char *const names[ANSWER_COUNT] = {
    [ANSWER_NONE] = "none",
    [ANSWER_EXCEPTION] = "exception",
    [ANSWER_GET_DATA] = "get: data",
    [ANSWER_GET_ERROR] = "get: error",
    [ANSWER_GET_BLOCK] = "get: block",
    [ANSWER_GET_LIST] = "get: list",
    [ANSWER_SET_OK] = "set: success",
    [ANSWER_SET_ERROR] = "set: error",
    [ANSWER_SET_BLOCK] = "set: block taken",
    [ANSWER_SET_LAST_BLOCK] = "set: last block",
    [ANSWER_SET_LAST_BLOCK_LIST] = "set: last block of a list",
    [ANSWER_SET_LIST] = "set: list",
    [ANSWER_ACTION_OK] = "action: success",
    [ANSWER_ACTION_ERROR] = "action: error",
    [ANSWER_ACTION_BLOCK] = "action: block",
    [ANSWER_ACTION_LIST] = "action: list",
    [ANSWER_ACTION_NEXT] = "action: block taken",
    [ANSWER_ACCEPTED] = "association accepted",
    [ANSWER_REJECTED] = "association rejected",
    [ANSWER_RELEASED] = "association released",
    [ANSWER_MALFORMED] = "MALFORMED",
};

/* What may answer what, beside silence and an ExceptionResponse. */
static const struct rule {
    uint8_t tag;
    uint8_t choice;
    uint32_t answers;
} rules[] = {
    { 0x60, ANY_CHOICE, MASK(ANSWER_ACCEPTED) | MASK(ANSWER_REJECTED) },
    { 0x62, ANY_CHOICE, MASK(ANSWER_RELEASED) },
    { 0xC0, 1, MASK(ANSWER_GET_DATA) | MASK(ANSWER_GET_ERROR) | MASK(ANSWER_GET_BLOCK) },
    { 0xC0, 2, MASK(ANSWER_GET_BLOCK) },
    { 0xC0, 3, MASK(ANSWER_GET_LIST) | MASK(ANSWER_GET_BLOCK) | MASK(ANSWER_GET_ERROR) /* blocks not negotiated */ },
    { 0xC1, 1, MASK(ANSWER_SET_OK) | MASK(ANSWER_SET_ERROR) },
    { 0xC1, 2, MASK(ANSWER_SET_BLOCK) | MASK(ANSWER_SET_LAST_BLOCK) },
    { 0xC1, 3, MASK(ANSWER_SET_BLOCK) | MASK(ANSWER_SET_LAST_BLOCK) | MASK(ANSWER_SET_LAST_BLOCK_LIST) },
    { 0xC1, 4, MASK(ANSWER_SET_LIST) },
    { 0xC1, 5, MASK(ANSWER_SET_BLOCK) | MASK(ANSWER_SET_LAST_BLOCK) | MASK(ANSWER_SET_LAST_BLOCK_LIST) },
    { 0xC3, 1, MASK(ANSWER_ACTION_OK) | MASK(ANSWER_ACTION_ERROR) | MASK(ANSWER_ACTION_BLOCK) },
    { 0xC3, 2, MASK(ANSWER_ACTION_BLOCK) | MASK(ANSWER_ACTION_ERROR) },
    { 0xC3, 3, MASK(ANSWER_ACTION_LIST) | MASK(ANSWER_ACTION_BLOCK) },
    { 0xC3, 4, MASK(ANSWER_ACTION_NEXT) | MASK(ANSWER_ACTION_OK) | MASK(ANSWER_ACTION_ERROR) },
    { 0xC3, 5, MASK(ANSWER_ACTION_NEXT) | MASK(ANSWER_ACTION_LIST) | MASK(ANSWER_ACTION_ERROR) },
    { 0xC3, 6,
      MASK(ANSWER_ACTION_NEXT) | MASK(ANSWER_ACTION_OK) | MASK(ANSWER_ACTION_ERROR) | MASK(ANSWER_ACTION_LIST) },
};

/* The whole object_list of the public client: object-model.md 1.1 to 1.3, column P. */
static const uint8_t public_objects[][6] = {
    { 0, 0, 42, 0, 0, 255 }, { 0, 0, 41, 0, 0, 255 }, { 0, 0, 40, 0, 0, 255 },
    { 0, 0, 40, 0, 1, 255 }, { 0, 0, 1, 0, 0, 255 },  { 0, 0, 96, 1, 0, 255 },
    { 0, 0, 96, 1, 2, 255 }, { 0, 0, 96, 1, 3, 255 }, { 1, 0, 0, 2, 0, 255 },
};

static const uint8_t administrator_objects[][6] = { { 0, 0, 40, 0, 3, 255 }, { 0, 0, 10, 0, 0, 255 } };

/* What the administrator may set, and the methods that may be called: object-model.md 1.1 to 1.6, 1.12, column A. */
static const struct grant {
    uint8_t obis[6];
    uint16_t members; /* bit n: attribute or method n */
} settable[] = {
    { { 0, 0, 1, 0, 0, 255 }, 0x1EC },     { { 0, 0, 96, 1, 1, 255 }, 0x004 }, { { 0, 0, 96, 1, 10, 255 }, 0x004 },
    { { 1, 0, 0, 6, 4, 255 }, 0x004 },     { { 0, 0, 40, 0, 0, 255 }, 0x080 }, { { 0, 0, 40, 0, 2, 255 }, 0x080 },
    { { 0, 0, 40, 0, 3, 255 }, 0x080 },    { { 0, 0, 20, 0, 0, 255 }, 0x3FC }, { { 0, 0, 22, 0, 0, 255 }, 0x3FC },
    { { 0, 1, 22, 0, 0, 255 }, 0x3F8 },    { { 1, 0, 0, 8, 0, 255 }, 0x004 },  { { 1, 0, 1, 4, 0, 255 }, 0x300 },
    { { 1, 0, 2, 4, 0, 255 }, 0x300 },     { { 1, 0, 3, 4, 0, 255 }, 0x300 },  { { 1, 0, 4, 4, 0, 255 }, 0x300 },
    { { 0, 0, 44, 0, 0, 255 }, 0x020 },    { { 0, 0, 15, 0, 2, 255 }, 0x010 },
}, callable[] = {
    { { 0, 0, 1, 0, 0, 255 }, 0x07E },     { { 0, 0, 10, 0, 1, 255 }, 0x002 }, { { 1, 0, 1, 4, 0, 255 }, 0x006 },
    { { 1, 0, 2, 4, 0, 255 }, 0x006 },     { { 1, 0, 3, 4, 0, 255 }, 0x006 },  { { 1, 0, 4, 4, 0, 255 }, 0x006 },
    { { 1, 0, 1, 6, 0, 255 }, 0x002 },     { { 1, 0, 2, 6, 0, 255 }, 0x002 },  { { 1, 0, 3, 6, 0, 255 }, 0x002 },
    { { 1, 0, 4, 6, 0, 255 }, 0x002 },     { { 0, 0, 44, 0, 0, 255 }, 0x01E }, { { 0, 0, 10, 0, 107, 255 }, 0x002 },
    { { 0, 0, 10, 0, 0, 255 }, 0x002 },
};

/* The one method that the reader may call, MD reset: its descriptor and its parameter (decision 1). */
static const uint8_t md_reset_method[] = { 0, 9, 0, 0, 10, 0, 1, 255, 1 };
static const uint8_t md_reset_script[] = { 0x12, 0, 2 };

const char *oracle_name(enum answer answer)
{
    return names[answer];
}

uint16_t oracle_crc(const uint8_t *octets, size_t size)
{
    uint32_t crc = 0xFFFF;
    for (size_t i = 0; i < size; i++) {
        crc ^= octets[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 1) != 0 ? crc >> 1 ^ 0x8408 : crc >> 1;
        }
    }
    return (uint16_t)(crc ^ 0xFFFF);
}

/* A-XDR ------------------------------------------------------------------- */

/* The length at *at, which is moved past it; SIZE_MAX when there is none. */
static size_t take_length(const uint8_t *octets, size_t size, size_t *at)
{
    if (*at >= size) {
        return SIZE_MAX;
    }
    size_t length = octets[(*at)++];
    if (length < 0x80) {
        return length;
    }
    size_t count = length & 0x7F;
    if (count == 0 || count > 4 || *at + count > size) {
        return SIZE_MAX;
    }
    length = 0;
    for (size_t i = 0; i < count; i++) {
        length = length << 8 | octets[(*at)++];
    }
    return length;
}

/* The octets of a value with a fixed size; SIZE_MAX for other tags. */
static size_t fixed_size(uint8_t tag)
{
    static const uint8_t sizes[28] = {
        [3] = 1,  [5] = 4,  [6] = 4,  [13] = 1, [15] = 1, [16] = 2,  [17] = 1, [18] = 2,
        [20] = 8, [21] = 8, [22] = 1, [23] = 4, [24] = 8, [25] = 12, [26] = 5, [27] = 4
    };
    if (tag == 0) {
        return 0;
    }
    return tag < sizeof sizes && sizes[tag] != 0 ? sizes[tag] : SIZE_MAX;
}

/* The octets of content that follow a tag; those of an array or structure are counted in *elements instead. *at is
 * moved past the length. SIZE_MAX when it is not of its form. */
static size_t content_size(uint8_t tag, const uint8_t *octets, size_t size, size_t *at, size_t *elements)
{
    *elements = 0;
    if (fixed_size(tag) != SIZE_MAX) {
        return fixed_size(tag);
    }
    size_t length = take_length(octets, size, at);
    if (length == SIZE_MAX) {
        return SIZE_MAX;
    }
    switch (tag) {
    case 1:
    case 2:
        *elements = length;
        return 0;
    case 4:
        return (length + 7) / 8;
    case 9:
    case 10:
    case 12:
        return length;
    default:
        return SIZE_MAX;
    }
}

/* The octets after one whole value, or SIZE_MAX when it is not of its form. */
static size_t after_value(const uint8_t *octets, size_t size, size_t at)
{
    size_t left[DEPTH_MAX] = { 1 }; /* elements that are to come, at each level */
    size_t depth = 1;
    while (depth > 0) {
        size_t elements;
        if (left[depth - 1] == 0) {
            depth--;
            continue;
        }
        left[depth - 1]--;
        if (at >= size) {
            return SIZE_MAX;
        }
        uint8_t tag = octets[at++];
        size_t content = content_size(tag, octets, size, &at, &elements);
        if (content > size - at || (elements > 0 && depth == DEPTH_MAX)) {
            return SIZE_MAX;
        }
        at += content;
        if (elements > 0) {
            left[depth++] = elements;
        }
    }
    return at;
}

/* Forms of answers -------------------------------------------------------- */

static bool one_value(const uint8_t *octets, size_t size, size_t at)
{
    return after_value(octets, size, at) == size;
}

/* Get-Data-Results up to the end: 00 data or 01 result. */
static bool results_with_data(const uint8_t *a, size_t size, size_t at, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (at + 1 >= size || a[at] > 1) {
            return false;
        }
        at = a[at] == 1 ? at + 2 : after_value(a, size, at + 1);
        if (at == SIZE_MAX) {
            return false;
        }
    }
    return at == size;
}

static bool is_get_block(const uint8_t *a, size_t size)
{
    size_t at = 9;
    if (size == LAST_BLOCK_ERROR_SIZE && a[3] == 1 && a[8] == 1) {
        return a[9] != 0;
    }
    return size > at && a[3] <= 1 && a[8] == 0 && take_length(a, size, &at) == size - at;
}

static enum answer classify_get(const uint8_t *a, size_t size)
{
    size_t at = HEAD_SIZE;
    switch (a[1]) {
    case 1:
        if (a[3] == 1 && size == HEAD_SIZE + 2 && a[4] != 0) {
            return ANSWER_GET_ERROR;
        }
        return a[3] == 0 && one_value(a, size, 4) ? ANSWER_GET_DATA : ANSWER_MALFORMED;
    case 2:
        return is_get_block(a, size) ? ANSWER_GET_BLOCK : ANSWER_MALFORMED;
    case 3: {
        size_t count = take_length(a, size, &at);
        return count != SIZE_MAX && results_with_data(a, size, at, count) ? ANSWER_GET_LIST : ANSWER_MALFORMED;
    }
    default:
        return ANSWER_MALFORMED;
    }
}

static enum answer classify_set(const uint8_t *a, size_t size)
{
    size_t at = HEAD_SIZE;
    switch (a[1]) {
    case 1:
        if (size != HEAD_SIZE + 1) {
            return ANSWER_MALFORMED;
        }
        return a[3] == 0 ? ANSWER_SET_OK : ANSWER_SET_ERROR;
    case 2:
        return size == HEAD_SIZE + 4 ? ANSWER_SET_BLOCK : ANSWER_MALFORMED;
    case 3:
        return size == HEAD_SIZE + 5 ? ANSWER_SET_LAST_BLOCK : ANSWER_MALFORMED;
    case 4: {
        size_t count = take_length(a, size, &at);
        return count != SIZE_MAX && size - at == count + 4 ? ANSWER_SET_LAST_BLOCK_LIST : ANSWER_MALFORMED;
    }
    case 5:
        return take_length(a, size, &at) == size - at ? ANSWER_SET_LIST : ANSWER_MALFORMED;
    default:
        return ANSWER_MALFORMED;
    }
}

/* Action-Response-With-Optional-Data: result, then 00, or 01 and a Get-Data-Result. */
static size_t after_action_result(const uint8_t *a, size_t size, size_t at)
{
    if (size - at < 2 || a[at + 1] > 1) {
        return SIZE_MAX;
    }
    if (a[at + 1] == 0) {
        return at + 2;
    }
    if (size - at < 4 || a[at + 2] > 1) {
        return SIZE_MAX;
    }
    return a[at + 2] == 1 ? at + 4 : after_value(a, size, at + 3);
}

static enum answer classify_action(const uint8_t *a, size_t size)
{
    size_t at = HEAD_SIZE;
    switch (a[1]) {
    case 1:
        if (after_action_result(a, size, at) != size) {
            return ANSWER_MALFORMED;
        }
        return a[3] == 0 ? ANSWER_ACTION_OK : ANSWER_ACTION_ERROR;
    case 2:
        at += 5;
        return size > at && a[3] <= 1 && take_length(a, size, &at) == size - at ? ANSWER_ACTION_BLOCK
                                                                                : ANSWER_MALFORMED;
    case 3: {
        size_t count = take_length(a, size, &at);
        for (size_t i = 0; count != SIZE_MAX && i < count && at < size; i++) {
            at = after_action_result(a, size, at);
        }
        return count != SIZE_MAX && at == size ? ANSWER_ACTION_LIST : ANSWER_MALFORMED;
    }
    case 4:
        return size == HEAD_SIZE + 4 ? ANSWER_ACTION_NEXT : ANSWER_MALFORMED;
    default:
        return ANSWER_MALFORMED;
    }
}

/* True when the octets at *at begin with `form`; *at is moved past it. */
static bool takes(const uint8_t *octets, size_t size, size_t *at, const uint8_t *form, size_t form_size)
{
    bool same = size - *at >= form_size && memcmp(octets + *at, form, form_size) == 0;
    *at += same ? form_size : 0;
    return same;
}

/* InitiateResponse in its OCTET STRING: with the quality of service if the client proposed one. */
static bool is_initiate_response(const uint8_t *o, size_t size)
{
    bool quality = size == 19 && o[5] == 1;
    size_t at = quality ? 7 : 6;
    static const uint8_t fixed[] = { 6, 0x5F, 0x1F, 4, 0 };
    return (quality || (size == 18 && o[5] == 0)) && o[0] == 0xBE && o[1] == size - 2 && o[2] == 4 &&
           o[3] == size - 4 && o[4] == 8 && takes(o, size, &at, fixed, sizeof fixed) && o[size - 2] == 0 &&
           o[size - 1] == 7;
}

/* AARE as object-model.md 10.4 has it; a client that sent a protocol-version gets it back. A refusal carries a
 * ConfirmedServiceError (8 octets) or nothing more. */
static enum answer classify_aare(const uint8_t *a, size_t size)
{
    static const uint8_t context[] = { 0xA1, 9, 6, 7, 0x60, 0x85, 0x74, 5, 8, 1, 1, 0xA2, 3, 2, 1 };
    static const uint8_t service_error[] = { 0xBE, 6, 4, 4, 0x0E, 1, 6 };
    size_t at = 2;
    if (size < 25 || a[1] != size - 2) {
        return ANSWER_MALFORMED;
    }
    if (a[at] == 0x80) {
        at += 2 + (size_t)a[at + 1];
    }
    if (at >= size || !takes(a, size, &at, context, sizeof context) || size - at < 8) {
        return ANSWER_MALFORMED;
    }
    const uint8_t *o = a + at; /* result, A3 05 A1 03 02 01 diagnostic */
    bool diagnostic =
        o[1] == 0xA3 && o[2] == 5 && (o[3] == 0xA1 || o[3] == 0xA2) && o[4] == 3 && o[5] == 2 && o[6] == 1;
    at += 8;
    if (!diagnostic || o[0] > 2 || (o[0] == 0) != (o[7] == 0)) {
        return ANSWER_MALFORMED;
    }
    if (o[0] == 0) {
        return is_initiate_response(a + at, size - at) ? ANSWER_ACCEPTED : ANSWER_MALFORMED;
    }
    bool form = at == size || (takes(a, size, &at, service_error, sizeof service_error) && at + 1 == size);
    return form ? ANSWER_REJECTED : ANSWER_MALFORMED;
}

static enum answer classify_rlre(const uint8_t *a, size_t size)
{
    bool form = size >= 5 && a[1] == size - 2 && a[2] == 0x80 && a[3] == 1 && (size == 5 || a[5] == 0xBE);
    return form ? ANSWER_RELEASED : ANSWER_MALFORMED;
}

enum answer oracle_classify(const uint8_t *request, size_t request_size, const uint8_t *answer, size_t size)
{
    if (size == 0) {
        return ANSWER_NONE;
    }
    switch (answer[0]) {
    case 0xD8:
        return size == 3 && answer[1] >= 1 && answer[1] <= 2 && answer[2] >= 1 && answer[2] <= 6 ? ANSWER_EXCEPTION
                                                                                                 : ANSWER_MALFORMED;
    case 0x61:
        return classify_aare(answer, size);
    case 0x63:
        return classify_rlre(answer, size);
    default:
        break;
    }
    if (size < HEAD_SIZE + 1 || request_size < HEAD_SIZE || answer[2] != request[2]) {
        return ANSWER_MALFORMED;
    }
    switch (answer[0]) {
    case 0xC4:
        return classify_get(answer, size);
    case 0xC5:
        return classify_set(answer, size);
    case 0xC7:
        return classify_action(answer, size);
    default:
        return ANSWER_MALFORMED;
    }
}

static bool holds(const uint8_t *octets, size_t size, const uint8_t *part, size_t part_size)
{
    for (size_t at = 0; at + part_size <= size; at++) {
        if (memcmp(octets + at, part, part_size) == 0) {
            return true;
        }
    }
    return false;
}

/* Rights ------------------------------------------------------------------ */

static bool granted(const struct grant *grants, size_t count, const uint8_t *descriptor)
{
    for (size_t i = 0; i < count; i++) {
        if (memcmp(grants[i].obis, descriptor + 2, 6) == 0) {
            return descriptor[8] < 16 && (grants[i].members >> descriptor[8] & 1) != 0;
        }
    }
    return false;
}

/* descriptor: class (2), logical name (6), attribute (1) */
static bool readable(enum oracle_client client, const uint8_t *descriptor)
{
    bool secret = descriptor[0] == 0 && ((descriptor[1] == 15 && descriptor[8] == 7) ||
                                         (descriptor[1] == 19 && descriptor[8] >= 7 && descriptor[8] <= 9));
    bool listed = client == ORACLE_ADMINISTRATOR;
    if (client == ORACLE_READER) {
        listed = memcmp(descriptor + 2, administrator_objects[0], 6) != 0 &&
                 memcmp(descriptor + 2, administrator_objects[1], 6) != 0;
    }
    for (size_t i = 0; client == ORACLE_PUBLIC && i < sizeof public_objects / 6; i++) {
        listed = listed || memcmp(descriptor + 2, public_objects[i], 6) == 0;
    }
    return listed && !secret;
}

/* Every reference of a GET with list whose result is data must be readable; lists with selectors are passed over. */
static bool list_readable(enum oracle_client client, const uint8_t *q, size_t q_size, const uint8_t *a, size_t size)
{
    size_t q_at = HEAD_SIZE;
    size_t a_at = HEAD_SIZE;
    size_t count = take_length(q, q_size, &q_at);
    if (take_length(a, size, &a_at) != count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (q_at + DESCRIPTOR_SIZE >= q_size || q[q_at + DESCRIPTOR_SIZE] != 0) {
            return true;
        }
        bool has_data = a[a_at] == 0;
        if (has_data && !readable(client, q + q_at)) {
            return false;
        }
        q_at += DESCRIPTOR_SIZE + 1;
        a_at = has_data ? after_value(a, size, a_at + 1) : a_at + 2;
    }
    return true;
}

/* Exactly an MD reset; in a list or in blocks, at least something that may be one. */
static bool may_be_md_reset(const uint8_t *q, size_t size)
{
    size_t at = HEAD_SIZE;
    if (q[0] != 0xC3) {
        return false;
    }
    if (q[1] == 1) {
        return takes(q, size, &at, md_reset_method, sizeof md_reset_method) && at < size && q[at++] != 0 &&
               takes(q, size, &at, md_reset_script, sizeof md_reset_script) && at == size;
    }
    return q[1] != 3 || holds(q, size, md_reset_method, sizeof md_reset_method);
}

static bool within_rights(enum oracle_client client, enum answer kind, const uint8_t *q, size_t q_size,
                          const uint8_t *a, size_t size)
{
    bool descriptor = q_size > HEAD_SIZE + DESCRIPTOR_SIZE;
    bool first_block = kind == ANSWER_GET_BLOCK && q[1] == 1 && a[8] == 0;
    if (kind == ANSWER_GET_DATA || first_block) {
        return descriptor && readable(client, q + HEAD_SIZE);
    }
    if (kind == ANSWER_GET_LIST) {
        return list_readable(client, q, q_size, a, size);
    }
    if (kind == ANSWER_GET_ERROR && q[1] == 3) { /* of a whole list: data-block-unavailable only */
        return a[4] == 14;
    }
    if (kind == ANSWER_SET_OK) {
        return client == ORACLE_ADMINISTRATOR && descriptor &&
               granted(settable, sizeof settable / sizeof settable[0], q + HEAD_SIZE);
    }
    if (client == ORACLE_READER && oracle_may_have_changed(a, size)) {
        return may_be_md_reset(q, q_size);
    }
    if (kind == ANSWER_ACTION_OK && q[1] == 1) {
        return client == ORACLE_ADMINISTRATOR && descriptor &&
               granted(callable, sizeof callable / sizeof callable[0], q + HEAD_SIZE);
    }
    return client == ORACLE_ADMINISTRATOR || !oracle_may_have_changed(a, size);
}

bool oracle_allows(enum oracle_client client, const uint8_t *request, size_t request_size, const uint8_t *answer,
                   size_t size)
{
    enum answer kind = oracle_classify(request, request_size, answer, size);
    if (kind == ANSWER_NONE || kind == ANSWER_EXCEPTION) {
        return true;
    }
    if (kind == ANSWER_MALFORMED || request_size == 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        const struct rule *r = &rules[i];
        bool choice = r->choice == ANY_CHOICE || (request_size > 1 && r->choice == request[1]);
        if (r->tag == request[0] && choice && (r->answers & MASK(kind)) != 0) {
            bool association = kind == ANSWER_ACCEPTED || kind == ANSWER_REJECTED || kind == ANSWER_RELEASED;
            return association ||
                   (client != ORACLE_NOBODY && within_rights(client, kind, request, request_size, answer, size));
        }
    }
    return false;
}

/* A list of results, one octet each or with data, in which one is success. */
static bool list_has_success(const uint8_t *a, size_t size)
{
    size_t at = HEAD_SIZE;
    size_t count = take_length(a, size, &at);
    for (size_t i = 0; count != SIZE_MAX && i < count && at < size; i++) {
        if (a[at] == 0) {
            return true;
        }
        at = a[0] == 0xC5 ? at + 1 : after_action_result(a, size, at);
    }
    return false;
}

bool oracle_may_have_changed(const uint8_t *answer, size_t size)
{
    if (size < HEAD_SIZE + 1 || (answer[0] != 0xC5 && answer[0] != 0xC7)) {
        return false;
    }
    bool set = answer[0] == 0xC5;
    switch (answer[1]) {
    case 1:
        return answer[3] == 0;
    case 2: /* a block was taken, or the answer to a method comes in blocks */
        return !set;
    case 3:
        return set ? answer[3] == 0 : list_has_success(answer, size);
    case 4:
    case 5:
        return set && list_has_success(answer, size);
    default:
        return false;
    }
}

bool oracle_authentic(const uint8_t *aarq, size_t aarq_size, const uint8_t *password, size_t size)
{
    static const uint8_t mechanism[] = { 0x60, 0x85, 0x74, 5, 8, 2, 1 };
    return size == 0 || (holds(aarq, aarq_size, mechanism, sizeof mechanism) && holds(aarq, aarq_size, password, size));
}
