#include "bench/frames.h"

#include <string.h>

#include "base/crc.h"

/* Green Book form: context LN without ciphering, LLS "00000001", conformance of the meter, PDU 0xFFFF. */
const uint8_t apdu_aarq[] = {
    0x60, 0x36, 0xA1, 0x09, 0x06, 0x07, 0x60, 0x85, 0x74, 0x05, 0x08, 0x01, 0x01, 0x8A, 0x02, 0x07, 0x80, 0x8B, 0x07,
    0x60, 0x85, 0x74, 0x05, 0x08, 0x02, 0x01, 0xAC, 0x0A, 0x80, 0x08, '0',  '0',  '0',  '0',  '0',  '0',  '0',  '1',
    0xBE, 0x10, 0x04, 0x0E, 0x01, 0x00, 0x00, 0x00, 0x06, 0x5F, 0x1F, 0x04, 0x00, 0x00, 0x7E, 0x1F, 0xFF, 0xFF,
};
const size_t apdu_aarq_size = sizeof apdu_aarq;

const uint8_t apdu_get[] = { 0xC0, 0x01, 0xC1, 0x00, 0x03, 1, 0, 1, 8, 0, 255, 2, 0 };
const size_t apdu_get_size = sizeof apdu_get;

uint8_t frame_information_control(unsigned sent, unsigned received)
{
    return (uint8_t)((received & 7u) << 5 | 0x10u | (sent & 7u) << 1);
}

static void put_crc(struct frame *f, size_t from)
{
    uint16_t crc = crc16_x25(f->octets + from, f->size - from);
    f->octets[f->size++] = (uint8_t)crc;
    f->octets[f->size++] = (uint8_t)(crc >> 8);
}

/* A frame with an information field, or without one where size is 0. */
static struct frame make(uint8_t control, const uint8_t *prefix, size_t prefix_size, const uint8_t *rest, size_t size)
{
    size_t information = prefix_size + size;
    struct frame f = { { 0x7E, 0xA0, (uint8_t)(7 + information + (information > 0 ? 2 : 0)), 0x03, 0x41, control }, 6 };
    put_crc(&f, 1);
    if (information > 0) {
        memcpy(f.octets + f.size, prefix, prefix_size);
        memcpy(f.octets + f.size + prefix_size, rest, size);
        f.size += information;
        put_crc(&f, 1);
    }
    f.octets[f.size++] = 0x7E;
    return f;
}

struct frame frame_make(uint8_t control, const uint8_t *apdu, size_t size)
{
    static const uint8_t llc[] = { 0xE6, 0xE6, 0x00 };
    return make(control, llc, apdu == NULL ? 0 : sizeof llc, apdu == NULL ? llc : apdu, size);
}

struct frame frame_snrm(uint16_t information, uint8_t window)
{
    const uint8_t high = (uint8_t)(information >> 8), low = (uint8_t)information;
    const uint8_t parameters[] = { 0x81, 0x80, 0x14, 5, 2,      high, low, 6, 2, high, low,   7,
                                   4,    0,    0,    0, window, 8,    4,   0, 0, 0,    window };
    return make(CONTROL_SNRM, parameters, 3, parameters + 3, sizeof parameters - 3);
}
