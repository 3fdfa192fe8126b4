#include "host/client/typed.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/client/stamp.h"
#include "host/number.h"

enum { HEX_TAG = 256, TIME_TAG, AXDR_RAW_TAG, STRING_TAG };

static bool put_as(unsigned tag, const char *text, const struct data *like, const struct form_scale *scale,
                   struct buffer *out);

/* A decimal number times 10^-scaler, which must be whole. */
static bool scaled_whole(const char *text, int scaler, int64_t *value)
{
    bool negative = *text == '-';
    const char *at = text + (negative || *text == '+');
    char digits[64];
    size_t used = 0;
    int after = 0; /* digits behind the point */
    bool point = false;
    for (; *at != '\0'; at++) {
        if (*at == '.' && !point) {
            point = true;
            continue;
        }
        if (*at < '0' || *at > '9' || used > 40) {
            return false;
        }
        digits[used++] = *at;
        after += point;
    }
    for (; after > -scaler && used > 1 && digits[used - 1] == '0'; after--) {
        used--;
    }
    for (; after < -scaler && used < 42; after++) {
        digits[used++] = '0';
    }
    digits[used] = '\0';
    errno = 0;
    unsigned long long number = strtoull(digits, NULL, 10);
    if (used == 0 || errno != 0 || after != -scaler || number > (unsigned long long)INT64_MAX) {
        return false;
    }
    *value = negative ? -(int64_t)number : (int64_t)number;
    return true;
}

static bool put_number(unsigned tag, const char *text, int scaler, struct buffer *out)
{
    uint8_t octets[9];
    struct axdr_writer w;
    int64_t value;
    if (!scaled_whole(text, scaler, &value)) {
        return false;
    }
    axdr_writer_init(&w, octets, sizeof octets, sizeof octets);
    axdr_number(&w, (enum axdr_tag)tag, value);
    buffer_add(out, octets, w.used);
    return !w.overflow;
}

static bool put_float(unsigned tag, const char *text, struct buffer *out)
{
    double value;
    const char *end = number_read(text, &value);
    if (end == NULL || *end != '\0') {
        return false;
    }
    buffer_add_u8(out, (uint8_t)tag);
    if (tag == AXDR_FLOAT32) {
        float single = (float)value;
        uint32_t bits;
        memcpy(&bits, &single, sizeof bits);
        buffer_add_u32(out, bits);
    } else {
        uint64_t bits;
        memcpy(&bits, &value, sizeof bits);
        buffer_add_u32(out, (uint32_t)(bits >> 32));
        buffer_add_u32(out, (uint32_t)bits);
    }
    return true;
}

static bool put_hex(const char *text, bool tagged, struct buffer *out)
{
    size_t digits = strlen(text);
    if (digits % 2 != 0 || strspn(text, "0123456789abcdefABCDEF") != digits) {
        return false;
    }
    if (tagged) {
        buffer_add_u8(out, AXDR_OCTET_STRING);
        buffer_add_length(out, digits / 2);
    }
    for (size_t i = 0; i < digits; i += 2) {
        char pair[3] = { text[i], text[i + 1], '\0' };
        buffer_add_u8(out, (uint8_t)strtoul(pair, NULL, 16));
    }
    return true;
}

static bool put_text(unsigned tag, const char *text, struct buffer *out)
{
    buffer_add_u8(out, (uint8_t)tag);
    buffer_add_length(out, strlen(text));
    buffer_add(out, (const uint8_t *)text, strlen(text));
    return true;
}

static bool put_bits(const char *text, struct buffer *out)
{
    size_t count = strlen(text);
    if (strspn(text, "01") != count) {
        return false;
    }
    buffer_add_u8(out, AXDR_BIT_STRING);
    buffer_add_length(out, count);
    for (size_t i = 0; i < count; i += 8) {
        uint8_t octet = 0;
        for (size_t k = i; k < i + 8 && k < count; k++) {
            octet |= (uint8_t)((text[k] == '1') << (7 - (k - i)));
        }
        buffer_add_u8(out, octet);
    }
    return true;
}

static bool put_time(const char *text, bool in_octets, struct buffer *out)
{
    struct calendar_time t;
    uint8_t octets[CALENDAR_OCTETS];
    if (!stamp_parse(text, &t)) {
        return false;
    }
    calendar_encode(&t, octets);
    buffer_add_u8(out, in_octets ? AXDR_OCTET_STRING : AXDR_DATE_TIME);
    if (in_octets) {
        buffer_add_length(out, sizeof octets);
    }
    buffer_add(out, octets, sizeof octets);
    return true;
}

/* An octet-string like the one that is there: a time, digits behind 0x, or text. */
static bool put_octets(const char *text, const struct data *like, struct buffer *out)
{
    struct calendar_time t;
    if (strncmp(text, "0x", 2) == 0) {
        return put_hex(text + 2, true, out);
    }
    if (like != NULL && form_time(like, &t)) {
        return put_time(text, true, out);
    }
    return put_text(AXDR_OCTET_STRING, text, out);
}

static bool put_boolean(const char *text, struct buffer *out)
{
    bool yes = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
    buffer_add_u8(out, AXDR_BOOLEAN);
    buffer_add_u8(out, yes);
    return yes || strcmp(text, "false") == 0 || strcmp(text, "0") == 0;
}

/* Scalars of JSON become the text that put_as() takes. */
static bool put_json(const json_t *json, const struct data *like, struct buffer *out)
{
    if (like->tag == AXDR_ARRAY || like->tag == AXDR_STRUCTURE) {
        size_t size = json_array_size(json);
        bool array = like->tag == AXDR_ARRAY;
        if (!json_is_array(json) || (!array && size != like->size) || (array && size > 0 && like->size == 0)) {
            return false;
        }
        buffer_add_u8(out, (uint8_t)like->tag);
        buffer_add_length(out, size);
        for (size_t i = 0; i < size; i++) {
            if (!put_json(json_array_get(json, i), &like->elements[array ? 0 : i], out)) {
                return false;
            }
        }
        return true;
    }
    char *text = json_is_string(json) ? NULL : json_dumps(json, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    bool done = put_as((unsigned)like->tag, text != NULL ? text : json_string_value(json), like, NULL, out);
    free(text);
    return done;
}

static bool put_nest(const char *text, const struct data *like, struct buffer *out)
{
    json_t *json = like != NULL ? json_loads(text, 0, NULL) : NULL;
    bool done = json != NULL && put_json(json, like, out);
    json_decref(json);
    return done;
}

static bool put_as(unsigned tag, const char *text, const struct data *like, const struct form_scale *scale,
                   struct buffer *out)
{
    switch (tag) {
    case AXDR_BOOLEAN:
        return put_boolean(text, out);
    case AXDR_FLOAT32:
    case AXDR_FLOAT64:
        return put_float(tag, text, out);
    case AXDR_OCTET_STRING:
        return put_octets(text, like, out);
    case AXDR_VISIBLE_STRING:
    case AXDR_UTF8_STRING:
        return put_text(tag, text, out);
    case STRING_TAG:
        return put_text(AXDR_OCTET_STRING, text, out);
    case HEX_TAG:
        return put_hex(text, true, out);
    case AXDR_RAW_TAG:
        return put_hex(text, false, out);
    case AXDR_BIT_STRING:
        return put_bits(text, out);
    case TIME_TAG:
    case AXDR_DATE_TIME:
        return put_time(text, tag == TIME_TAG, out);
    case AXDR_ARRAY:
    case AXDR_STRUCTURE:
        return put_nest(text, like, out);
    default:
        return put_number(tag, text, scale != NULL && scale->given ? scale->scaler : 0, out);
    }
}

/* The type before a colon, and what follows it; 0 when there is none. */
static unsigned type_of(const char *text, const char **value)
{
    static const struct {
        const char *name;
        unsigned tag;
    } types[] = {
        { "bool", AXDR_BOOLEAN },
        { "i8", AXDR_INTEGER },
        { "i16", AXDR_LONG },
        { "i32", AXDR_DOUBLE_LONG },
        { "i64", AXDR_LONG64 },
        { "u8", AXDR_UNSIGNED },
        { "u16", AXDR_LONG_UNSIGNED },
        { "u32", AXDR_DOUBLE_LONG_UNSIGNED },
        { "u64", AXDR_LONG64_UNSIGNED },
        { "enum", AXDR_ENUM },
        { "f32", AXDR_FLOAT32 },
        { "f64", AXDR_FLOAT64 },
        { "octets", HEX_TAG },
        { "string", STRING_TAG },
        { "text", AXDR_VISIBLE_STRING },
        { "utf8", AXDR_UTF8_STRING },
        { "bits", AXDR_BIT_STRING },
        { "time", TIME_TAG },
        { "axdr", AXDR_RAW_TAG },
        { "date-time", AXDR_DATE_TIME },
    };
    size_t size = strcspn(text, ":");
    for (size_t i = 0; text[size] == ':' && i < sizeof types / sizeof types[0]; i++) {
        if (strlen(types[i].name) == size && memcmp(types[i].name, text, size) == 0) {
            *value = text + size + 1;
            return types[i].tag;
        }
    }
    return 0;
}

bool typed_parse(const char *text, const struct data *like, const struct form_scale *scale, struct buffer *out,
                 struct trouble *t)
{
    const char *value;
    unsigned tag = type_of(text, &value);
    bool done;
    if (strcmp(text, "null") == 0) {
        buffer_add_u8(out, AXDR_NULL);
        return true;
    }
    if (tag != 0) {
        done = put_as(tag, value, NULL, NULL, out);
    } else if (like != NULL && like->tag != AXDR_NULL) {
        done = put_as((unsigned)like->tag, text, like, scale, out);
    } else {
        return trouble_is(t, "The type of %s is not known; give it, as in u16:%s.", text, text);
    }
    return (done && !out->overflow) ||
           trouble_is(t, "%s cannot be a value of this type; the man page lists the types.", text);
}
