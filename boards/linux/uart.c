#include "boards/linux/uart.h"

#include <stdbool.h>

/* The line, a bit of the sender for each bit, beginning with the start bit; high where nothing is sent any more. */
struct wave {
    uint32_t levels;
    uint64_t sender_baud;
    uint64_t receiver_baud;
};

enum { WAVE_BITS = 32 };

static bool level(const struct wave *w, uint64_t bit)
{
    return bit >= WAVE_BITS || (w->levels >> bit & 1u) != 0;
}

static bool is_odd(uint32_t value)
{
    bool odd = false;
    for (; value != 0; value &= value - 1) {
        odd = !odd;
    }
    return odd;
}

static bool parity_bit(enum uart_parity parity, uint32_t value)
{
    switch (parity) {
    case UART_ODD:
        return !is_odd(value);
    case UART_EVEN:
        return is_odd(value);
    case UART_SPACE:
        return false;
    case UART_NONE:
    case UART_MARK:
        break;
    }
    return true;
}

static struct wave send(const struct uart *sender, const struct uart *receiver, uint8_t octet)
{
    uint32_t value = octet & ((1u << sender->data_bits) - 1u);
    uint32_t levels = ~0u << (sender->data_bits + 1u) | value << 1u;
    if (!parity_bit(sender->parity, value)) {
        levels &= ~(1u << (sender->data_bits + 1u));
    }
    return (struct wave){ levels, sender->baud, receiver->baud };
}

/* The bit of the sender in the middle of the receiver's bit `n` after the falling edge that began bit `edge`. */
static uint64_t middle(const struct wave *w, uint64_t edge, unsigned n)
{
    return edge + (2u * n + 1u) * w->sender_baud / (2u * w->receiver_baud);
}

/* One octet whose start bit begins with bit `edge`. */
static uint8_t decode(const struct wave *w, const struct uart *receiver, uint64_t edge)
{
    unsigned n = 1;
    uint32_t value = 0;
    for (unsigned i = 0; i < receiver->data_bits; i++) {
        value |= (uint32_t)level(w, middle(w, edge, n++)) << i;
    }
    bool good = true;
    if (receiver->parity != UART_NONE) {
        good = level(w, middle(w, edge, n++)) == parity_bit(receiver->parity, value);
    }
    good = good && level(w, middle(w, edge, n));
    return good ? (uint8_t)value : 0;
}

struct uart uart_of_line(const struct line_settings *line)
{
    struct uart u = { line->baud, 8, UART_NONE, UART_STOP_1 };
    if (line->format == LINE_7E1) {
        u.data_bits = 7;
        u.parity = UART_EVEN;
    }
    return u;
}

size_t uart_hear(const struct uart *sender, const struct uart *receiver, uint8_t octet, uint8_t heard[UART_HEARD_MAX])
{
    struct wave w = send(sender, receiver, octet);
    unsigned stop = 1u + receiver->data_bits + (receiver->parity != UART_NONE);
    size_t count = 0;
    uint64_t edge = 0;
    while (edge < WAVE_BITS) {
        uint64_t last = middle(&w, edge, 0);
        if (!level(&w, last)) { /* otherwise the start bit was too short to be one */
            heard[count++] = decode(&w, receiver, edge);
            last = middle(&w, edge, stop);
        }
        for (edge = last + 1; edge < WAVE_BITS && (level(&w, edge) || !level(&w, edge - 1)); edge++) {
        }
    }
    return count;
}
