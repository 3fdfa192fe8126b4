#include "client.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int digit(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

size_t octets_of(const char *text, uint8_t *octets, size_t max)
{
    size_t size = 0;
    for (; *text != '\0'; text++) {
        if (*text != ' ') {
            assert_true(isxdigit((unsigned char)text[0]) && isxdigit((unsigned char)text[1]) && size < max);
            octets[size++] = (uint8_t)(digit(text[0]) * 16 + digit(text[1]));
            text++;
        }
    }
    return size;
}

static void text_of(const uint8_t *octets, size_t size, char *text, size_t max)
{
    text[0] = '\0';
    for (size_t i = 0; i < size && 3 * i + 4 < max; i++) {
        snprintf(text + 3 * i, 4, "%02X ", octets[i]);
    }
}

void client_open(struct cosem_server *server, uint16_t sap, const char *password, uint16_t pdu)
{
    static const uint8_t context[] = { 0xa1, 9, 6, 7, 0x60, 0x85, 0x74, 5, 8, 1, 1 };
    static const uint8_t low_level[] = { 0x8a, 2, 7, 0x80, 0x8b, 7, 0x60, 0x85, 0x74, 5, 8, 2, 1 };
    uint8_t initiate[] = { 0xbe, 0x10, 4, 0x0e, 1, 0, 0, 0, 6, 0x5f, 0x1f, 4, 0, 0, 0x7e, 0x1f, 0, 0 };
    uint8_t aarq[96] = { 0x60 };
    size_t size = 2;
    size_t length = strlen(password);
    initiate[16] = (uint8_t)(pdu >> 8);
    initiate[17] = (uint8_t)pdu;
    memcpy(aarq + size, context, sizeof context);
    size += sizeof context;
    if (length > 0) {
        memcpy(aarq + size, low_level, sizeof low_level);
        size += sizeof low_level;
        aarq[size++] = 0xac;
        aarq[size++] = (uint8_t)(length + 2);
        aarq[size++] = 0x80;
        aarq[size++] = (uint8_t)length;
        memcpy(aarq + size, password, length);
        size += length;
    }
    memcpy(aarq + size, initiate, sizeof initiate);
    size += sizeof initiate;
    aarq[1] = (uint8_t)(size - 2);

    const uint8_t *aare = NULL;
    cosem_server_open(server, sap);
    size = cosem_server_request(server, aarq, size, 0, &aare);
    assert_true(size > 20);
    assert_int_equal(aare[0], 0x61);
    static const uint8_t accepted[] = { 0xa2, 3, 2, 1, 0 };
    assert_memory_equal(aare + 13, accepted, sizeof accepted);
}

void client_exchange(struct cosem_server *server, const char *request, const char *answer)
{
    uint8_t apdu[COSEM_PDU_MAX];
    const uint8_t *response = NULL;
    size_t size = cosem_server_request(server, apdu, octets_of(request, apdu, sizeof apdu), 0, &response);
    char text[3 * COSEM_PDU_MAX + 4];
    text_of(response, size, text, sizeof text);
    bool same = size * 3 == strlen(answer) + 1;
    for (size_t i = 0; same && answer[i] != '\0'; i++) {
        same = answer[i] == '.' || toupper((unsigned char)answer[i]) == text[i];
    }
    if (!same) {
        print_error("request  %s\nanswer   %s\nexpected %s\n", request, text, answer);
    }
    assert_true(same);
}

static int append(uint8_t *value, size_t max, int used, const uint8_t *octets, size_t size)
{
    assert_true((size_t)used + size <= max);
    memcpy(value + used, octets, size);
    return used + (int)size;
}

int client_get(struct cosem_server *server, uint16_t class_id, const uint8_t obis[6], uint8_t attribute, uint8_t *value,
               size_t max)
{
    uint8_t request[13] = { 0xc0, 1, 0xc1, (uint8_t)(class_id >> 8), (uint8_t)class_id };
    memcpy(request + 5, obis, 6);
    request[11] = attribute;
    const uint8_t *r = NULL;
    size_t size = cosem_server_request(server, request, sizeof request, 0, &r);
    assert_true(size >= 5 && r[0] == 0xc4 && r[2] == 0xc1);
    if (r[1] == 1) {
        return r[3] == 0 ? append(value, max, 0, r + 4, size - 4) : -r[4];
    }
    int used = 0;
    for (unsigned block = 1;; block++) {
        /* C4 02 id, last, number, 00 and a length in one, two or three octets */
        assert_true(size >= 10 && r[0] == 0xc4 && r[1] == 2 && (r[6] << 8 | r[7]) == (int)block && r[8] == 0);
        size_t head = r[9] < 0x80 ? 10 : 10u + (r[9] & 3u);
        used = append(value, max, used, r + head, size - head);
        if (r[3] != 0) {
            return used;
        }
        uint8_t next[7] = { 0xc0, 2, 0xc1, 0, 0, (uint8_t)(block >> 8), (uint8_t)block };
        size = cosem_server_request(server, next, sizeof next, 0, &r);
    }
}
