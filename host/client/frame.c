#include "host/client/frame.h"

#include <string.h>

#include "base/crc.h"

enum { FLAG = 0x7E, FORMAT = 0xA000, FORMAT_MASK = 0xF000, SEGMENTED = 0x0800, CHECK = 2, LENGTH_LEAST = 7 };

bool frame_address(struct frame_address *a, uint32_t logical, uint32_t physical, unsigned size)
{
    *a = (struct frame_address){ .size = (uint8_t)size };
    uint32_t most = size == 4 ? 0x3FFF : 0x7F;
    if ((size != 1 && size != 2 && size != 4) || logical > most || physical > most || (size == 1 && physical != 0)) {
        return false;
    }
    uint8_t *o = a->octets;
    if (size == 4) {
        *o++ = (uint8_t)(logical >> 7 << 1);
    }
    *o++ = (uint8_t)((logical & 0x7F) << 1);
    if (size == 4) {
        *o++ = (uint8_t)(physical >> 7 << 1);
    }
    if (size > 1) {
        *o++ = (uint8_t)((physical & 0x7F) << 1);
    }
    a->octets[size - 1] |= 1;
    return true;
}

bool frame_same_address(const struct frame_address *a, const struct frame_address *b)
{
    return a->size == b->size && memcmp(a->octets, b->octets, a->size) == 0;
}

static uint8_t *put(uint8_t *at, const uint8_t *octets, size_t size)
{
    if (size > 0) {
        memcpy(at, octets, size);
    }
    return at + size;
}

/* The check sequence over everything after the opening flag. */
static uint8_t *put_check(uint8_t *at, const uint8_t *octets)
{
    uint16_t crc = crc16_x25(octets + 1, (size_t)(at - octets) - 1);
    *at++ = (uint8_t)crc;
    *at++ = (uint8_t)(crc >> 8);
    return at;
}

size_t frame_write(uint8_t octets[FRAME_OCTETS_MAX], const struct frame *f)
{
    size_t length = 2u + f->to.size + f->from.size + 1u + CHECK + (f->size > 0 ? f->size + CHECK : 0);
    uint16_t format = (uint16_t)(FORMAT | (f->segmented ? SEGMENTED : 0) | length);
    uint8_t *at = octets;
    *at++ = FLAG;
    *at++ = (uint8_t)(format >> 8);
    *at++ = (uint8_t)format;
    at = put(at, f->to.octets, f->to.size);
    at = put(at, f->from.octets, f->from.size);
    *at++ = f->control;
    if (f->size > 0) {
        at = put_check(at, octets);
        at = put(at, f->information, f->size);
    }
    at = put_check(at, octets);
    *at++ = FLAG;
    return (size_t)(at - octets);
}

size_t frame_put(struct frame_reader *r, const uint8_t *octets, size_t size)
{
    memmove(r->octets, r->octets + r->at, r->size - r->at);
    r->size -= r->at;
    r->at = 0;
    size_t taken = sizeof r->octets - r->size < size ? sizeof r->octets - r->size : size;
    memcpy(r->octets + r->size, octets, taken);
    r->size += taken;
    return taken;
}

bool frame_give_up(struct frame_reader *r)
{
    if (r->at == r->size) {
        return false;
    }
    r->at++;
    return true;
}

/* Returns the size of the address at the beginning of the octets, 0 when there is none. */
static size_t read_address(const uint8_t *octets, size_t size, struct frame_address *a)
{
    *a = (struct frame_address){ 0 };
    for (size_t i = 0; i < size && i < FRAME_ADDRESS_MAX; i++) {
        a->octets[i] = octets[i];
        if ((octets[i] & 1) != 0) {
            a->size = (uint8_t)(i + 1);
            return a->size == 3 ? 0 : a->size;
        }
    }
    return 0;
}

/* `body` is what stands between the flags. */
static bool parse(const uint8_t *body, size_t length, struct frame *f)
{
    size_t end = length - CHECK;
    size_t at = 2;
    if (crc16_x25_add(CRC16_X25_START, body, length) != CRC16_X25_GOOD) {
        return false;
    }
    size_t size = read_address(body + at, end - at, &f->to);
    at += size;
    if (size == 0 || (size = read_address(body + at, end - at, &f->from)) == 0 || at + size >= end) {
        return false;
    }
    at += size;
    f->control = body[at++];
    f->segmented = (body[0] & SEGMENTED >> 8) != 0;
    f->information = NULL;
    f->size = 0;
    if (at == end) {
        return true;
    }
    if (end - at < CHECK || crc16_x25_add(CRC16_X25_START, body, at + CHECK) != CRC16_X25_GOOD) {
        return false;
    }
    f->information = body + at + CHECK;
    f->size = end - at - CHECK;
    return true;
}

static void skip_to_flag(struct frame_reader *r)
{
    while (r->at < r->size && r->octets[r->at] != FLAG) {
        r->at++;
    }
}

bool frame_next(struct frame_reader *r, struct frame *f)
{
    for (;;) {
        skip_to_flag(r);
        const uint8_t *frame = r->octets + r->at;
        size_t left = r->size - r->at;
        if (left < 3) {
            return false;
        }
        if (frame[1] == FLAG) {
            r->at++;
            continue;
        }
        unsigned format = (unsigned)(frame[1] << 8 | frame[2]);
        size_t length = format & FRAME_LENGTH_MAX;
        if ((format & FORMAT_MASK) == FORMAT && length >= LENGTH_LEAST) {
            if (left < length + 2) {
                return false;
            }
            if (frame[length + 1] == FLAG && parse(frame + 1, length, f)) {
                r->at += length + 1; /* its closing flag may open the next */
                return true;
            }
        }
        r->damaged++;
        r->at++;
    }
}
