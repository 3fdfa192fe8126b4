#include "host/client/mode_e.h"

#include <stdio.h>
#include <string.h>

enum {
    LINES_MAX = 8, /* an echo and a few lines of what a line was left with */
    CONFIRMATION_MS = 1500,
    LINE_TIME_MS = 10000,
    HOLD_MS = 5500, /* a meter that has just ended HDLC stays with it for 5 s: object-model.md 6 */
    SPEED_AT = 4
};

/* A line without parity bits and CR LF. Returns CHANNEL_OCTETS once it is there. */
static enum channel_outcome read_line(struct channel *c, char line[MODE_E_IDENTIFICATION_MAX], uint32_t timeout_ms)
{
    size_t used = 0;
    uint64_t end_ms = channel_now_ms(c) + timeout_ms + LINE_TIME_MS;
    while (channel_now_ms(c) < end_ms) {
        uint8_t octet;
        size_t size = 0;
        enum channel_outcome outcome = channel_receive(c, &octet, 1, &size, timeout_ms);
        if (outcome != CHANNEL_OCTETS) {
            return outcome;
        }
        octet &= 0x7F;
        if (octet == '\n') {
            line[used] = '\0';
            return CHANNEL_OCTETS;
        }
        if (octet >= ' ' && octet <= '~' && used < MODE_E_IDENTIFICATION_MAX - 1) {
            line[used++] = (char)octet;
        }
    }
    return CHANNEL_SILENCE;
}

static bool read_identification(struct channel *c, const char *request, char *line, uint32_t timeout_ms,
                                struct trouble *t)
{
    uint64_t hold_ms = channel_now_ms(c) + HOLD_MS;
    for (unsigned i = 0; i < LINES_MAX; i++) {
        enum channel_outcome outcome = read_line(c, line, timeout_ms);
        while (outcome == CHANNEL_SILENCE && channel_now_ms(c) < hold_ms) {
            if (!channel_send(c, (const uint8_t *)request, strlen(request), t)) {
                return false;
            }
            outcome = read_line(c, line, timeout_ms);
        }
        if (outcome == CHANNEL_CLOSED) {
            return trouble_is(t, "The meter closed the connection during the sign-on.");
        }
        if (outcome == CHANNEL_SILENCE) {
            return trouble_is(t, "No meter answers the sign-on. Look for the probe's place, the address, or try "
                                 "--mode hdlc.");
        }
        if (line[0] == '/' && strlen(line) > SPEED_AT && strncmp(line, request, strlen(line)) != 0) {
            return true;
        }
    }
    return trouble_is(t, "What answers the sign-on is no identification of a meter.");
}

static const uint32_t speeds_baud[] = { 300, 600, 1200, 2400, 4800, 9600, 19200 };

bool mode_e_open(struct channel *c, const char *address, uint32_t timeout_ms,
                 char identification[MODE_E_IDENTIFICATION_MAX], struct trouble *t)
{
    char request[64];
    char confirmation[MODE_E_IDENTIFICATION_MAX];
    struct line_settings line = { 300, LINE_7E1 };
    snprintf(request, sizeof request, "/?%.32s!\r\n", address);
    channel_set(c, &line);
    if (!channel_send(c, (const uint8_t *)request, strlen(request), t) ||
        !read_identification(c, request, identification, timeout_ms, t)) {
        return false;
    }
    char speed = identification[SPEED_AT];
    if (speed < '0' || speed > '6') {
        return trouble_is(t, "The meter %s does not know mode E.", identification);
    }
    const uint8_t select[] = { 0x06, '2', (uint8_t)speed, '2', '\r', '\n' };
    if (!channel_send(c, select, sizeof select, t)) {
        return false;
    }
    line.baud = speeds_baud[speed - '0'];
    channel_set(c, &line);
    if (read_line(c, confirmation, CONFIRMATION_MS) == CHANNEL_CLOSED) {
        return trouble_is(t, "The meter closed the connection during the sign-on.");
    }
    line.format = LINE_8N1;
    channel_set(c, &line);
    return true;
}
