/* A serial line of the host (termios): raw, without flow control, 7E1 or 8N1.
 *
 * A pseudo terminal can stand for one, but knows neither parity nor break: its octets pass as they are.
 */
#ifndef HOST_SERIAL_H
#define HOST_SERIAL_H

#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

#include "base/line.h"

enum serial_mark { SERIAL_PLAIN, SERIAL_FF, SERIAL_FF_00 };

struct serial {
    int fd;
    struct termios before; /* as somebody else had left the line */
    struct line_settings settings;
    enum serial_mark mark; /* how much of an error's mark has come */
    bool told;             /* that the line cannot be set as it should */
};

/* Takes a line for this process alone. Returns NULL, or why not. */
const char *serial_open(struct serial *s, const char *device);
void serial_close(struct serial *s);

/* Once everything has left: may wait for the few octets that the chip still holds. False, the first time that the line
 * cannot be set so; it is as near to it as it can be. */
bool serial_set(struct serial *s, const struct line_settings *settings);

/* True while the line holds octets to send. */
bool serial_is_busy(const struct serial *s);

enum serial_event { SERIAL_NOTHING, SERIAL_DATA, SERIAL_BREAK };

/* Takes an octet as the driver gives it. An octet with a wrong parity or stop bit becomes 00. */
enum serial_event serial_receive(struct serial *s, uint8_t octet, uint8_t *data);

#endif
