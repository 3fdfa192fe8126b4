#include "frames.h"

#include "oracle.h"

enum { SERVER = 0x03 }; /* logical device 1, upper address alone */

static void append_crc(struct octets *o, size_t from)
{
    uint16_t crc = oracle_crc(o->data + from, o->size - from);
    append(o, (const uint8_t[]){ (uint8_t)crc, (uint8_t)(crc >> 8) }, 2);
}

void append_frame(struct octets *o, uint8_t client, uint8_t control, const uint8_t *info, size_t size, bool segmented)
{
    size_t length = 2 + 2 + 1 + 2 + (size > 0 ? size + 2 : 0);
    size_t body = o->size + 1;
    append_octet(o, FRAME_FLAG);
    append(o,
           (const uint8_t[]){ (uint8_t)(0xA0 | (segmented ? 8 : 0) | length >> 8), (uint8_t)length, SERVER, client,
                              control },
           5);
    if (size > 0) {
        append_crc(o, body);
        append(o, info, size);
    }
    append_crc(o, body);
    append_octet(o, FRAME_FLAG);
}

bool parse_frame(const uint8_t *o, size_t size, struct frame *f)
{
    size_t length = size >= 3 ? (size_t)(o[1] & 7) << 8 | o[2] : 0;
    if (size < 3 || o[0] != FRAME_FLAG || o[1] >> 4 != 0xA || length < 7 || length + 2 > size ||
        o[length + 1] != FRAME_FLAG) {
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

size_t count_frames(const struct octets *o, struct frame *f)
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

void mend_frame(struct octets *o)
{
    size_t length = o->size >= 10 ? o->size - 2 : 0;
    if (length == 0 || length > 0x7FF || o->data[0] != FRAME_FLAG) {
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
    o->data[length + 1] = FRAME_FLAG;
}
