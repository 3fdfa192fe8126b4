/* CRC-16/X-25, the check sequence of HDLC headers (HCS) and frames (FCS), and CRC-32, that of what is kept in flash.
 *
 * Source  CRC-16: ISO/IEC 13239 clause 4.2.5: x^16 + x^12 + x^5 + 1, octets least significant bit first, register
 * preset to ones, complement sent low octet first. Check value for "123456789": 0x906E. CRC-32: ISO/IEC 13239
 * clause 4.2.5.3, the same with the polynomial 0x04C11DB7 (that of Ethernet and zip). Check value 0xCBF43926.
 */
#ifndef BASE_CRC_H
#define BASE_CRC_H

#include <stddef.h>
#include <stdint.h>

#define CRC16_X25_START 0xFFFFu

/* The register after any octets and their own check sequence. So after a good header and its HCS it is known, and
 * the FCS of a frame can be computed from here over the information field alone. */
#define CRC16_X25_GOOD 0xF0B8u

/* The register after `size` more octets. Its complement is the check sequence. */
uint16_t crc16_x25_add(uint16_t crc, const uint8_t *octets, size_t size);

/* The check sequence of octets that stand alone. */
static inline uint16_t crc16_x25(const uint8_t *octets, size_t size)
{
    return (uint16_t)~crc16_x25_add(CRC16_X25_START, octets, size);
}

/* The CRC-32 of octets whose first part has the CRC-32 `crc` (0: there is none), and of `size` more. */
uint32_t crc32_add(uint32_t crc, const uint8_t *octets, size_t size);

#endif
