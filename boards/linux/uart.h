/* What a UART hears of an octet that another one sends, when both may be set differently.
 *
 * The octet stands alone: the line is high before and after it. The receiver looks at the middle of each of its bits,
 * from the falling edge of a start bit on. An octet with a wrong parity or stop bit is heard as 00, as a terminal of
 * Linux has it (termios(3), INPCK without PARMRK).
 */
#ifndef BOARDS_LINUX_UART_H
#define BOARDS_LINUX_UART_H

#include <stddef.h>
#include <stdint.h>

#include "base/line.h"

/* As RFC 2217 numbers them. */
enum uart_parity { UART_NONE = 1, UART_ODD, UART_EVEN, UART_MARK, UART_SPACE };
enum uart_stop { UART_STOP_1 = 1, UART_STOP_2, UART_STOP_1_5 };

struct uart {
    uint32_t baud;     /* 1.. */
    uint8_t data_bits; /* 5..8 */
    enum uart_parity parity;
    enum uart_stop stop;
};

enum { UART_HEARD_MAX = 6 }; /* an octet has no more falling edges */

struct uart uart_of_line(const struct line_settings *line);

/* Returns how many octets are heard: none, one or more, whatever the settings make of it. */
size_t uart_hear(const struct uart *sender, const struct uart *receiver, uint8_t octet, uint8_t heard[UART_HEARD_MAX]);

#endif
