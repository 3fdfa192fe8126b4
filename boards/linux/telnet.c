#include "boards/linux/telnet.h"

/* RFC 854 */
enum { SE = 240, SB = 250, WILL = 251, WONT = 252, DO = 253, DONT = 254, IAC = 255 };

/* RFC 856, 858, 2217 */
enum { BINARY = 0, SUPPRESS_GO_AHEAD = 3, COM_PORT = 44 };
static const uint8_t options[TELNET_OPTIONS] = { BINARY, SUPPRESS_GO_AHEAD, COM_PORT };

/* RFC 2217 clause 3: commands of the client; the server's have 100 more. */
enum {
    SIGNATURE,
    SET_BAUDRATE,
    SET_DATASIZE,
    SET_PARITY,
    SET_STOPSIZE,
    SET_CONTROL,
    NOTIFY_LINESTATE,
    NOTIFY_MODEMSTATE,
    FLOWCONTROL_SUSPEND,
    FLOWCONTROL_RESUME,
    SET_LINESTATE_MASK,
    SET_MODEMSTATE_MASK,
    PURGE_DATA,
    FROM_SERVER = 100
};

/* Values of SET_CONTROL. */
enum {
    FLOW_NONE = 1,
    BREAK_STATE = 4,
    BREAK_ON,
    BREAK_OFF,
    DTR_STATE,
    DTR_ON,
    DTR_OFF,
    RTS_STATE,
    RTS_ON,
    RTS_OFF,
    FLOW_IN_STATE,
    FLOW_IN_NONE,
    FLOW_IN_HARDWARE = 16,
    FLOW_DCD,
    FLOW_IN_DTR,
    FLOW_DSR
};

enum { PURGE_RECEIVED = 1, PURGE_BOTH = 3 };

enum {
    CARRIER_DSR_CTS = 0x80 | 0x20 | 0x10, /* as they are on a line that is always there */
    BAUD_MAX = 4000000,
    REPLY_MAX = 32,       /* no answer is longer... */
    REPLIES_PER_OCTET = 3 /* ...nor longer, by this, than what led to it */
};

static void put(struct queue *out, const uint8_t *octets, size_t size)
{
    queue_put(out, octets, size);
}

void telnet_send(uint8_t octet, struct queue *out)
{
    put(out, (const uint8_t[]){ octet, octet }, octet == IAC ? 2 : 1);
}

static void send_option(struct queue *out, uint8_t command, uint8_t option)
{
    put(out, (const uint8_t[]){ IAC, command, option }, 3);
}

static void reply(struct queue *out, uint8_t command, const uint8_t *value, size_t size)
{
    put(out, (const uint8_t[]){ IAC, SB, COM_PORT, (uint8_t)(command + FROM_SERVER) }, 4);
    for (size_t i = 0; i < size; i++) {
        telnet_send(value[i], out);
    }
    put(out, (const uint8_t[]){ IAC, SE }, 2);
}

static void reply_one(struct queue *out, uint8_t command, uint8_t value)
{
    reply(out, command, &value, 1);
}

static void tell_modem_state(const struct telnet *t, struct queue *out)
{
    reply_one(out, NOTIFY_MODEMSTATE, CARRIER_DSR_CTS & t->modem_mask);
}

/* DO and WILL ask for an option on this side and on the client's. Only a change is answered, and a refusal (RFC 854).
 */
static void negotiate(struct telnet *t, uint8_t option, struct queue *out)
{
    bool mine = t->command == DO || t->command == DONT;
    bool wanted = t->command == DO || t->command == WILL;
    uint8_t yes = mine ? WILL : DO;
    uint8_t no = mine ? WONT : DONT;
    for (unsigned i = 0; i < TELNET_OPTIONS; i++) {
        bool *now = mine ? &t->here[i] : &t->there[i];
        if (options[i] != option) {
            continue;
        }
        if (*now != wanted) {
            *now = wanted;
            send_option(out, wanted ? yes : no, option);
            if (option == COM_PORT && wanted) {
                tell_modem_state(t, out);
            }
        }
        return;
    }
    if (wanted) {
        send_option(out, no, option);
    }
}

static uint32_t baud_of(const uint8_t value[4])
{
    return (uint32_t)value[0] << 24 | (uint32_t)value[1] << 16 | (uint32_t)value[2] << 8 | value[3];
}

/* 0 asks for the speed; one that no line has is answered alike. */
static void set_baudrate(struct telnet *t, const uint8_t *value, size_t size, struct queue *out)
{
    if (size != 4) {
        return;
    }
    uint32_t baud = baud_of(value);
    if (baud > 0 && baud <= BAUD_MAX) {
        t->uart.baud = baud;
    }
    baud = t->uart.baud;
    const uint8_t now[4] = { (uint8_t)(baud >> 24), (uint8_t)(baud >> 16), (uint8_t)(baud >> 8), (uint8_t)baud };
    reply(out, SET_BAUDRATE, now, sizeof now);
}

static enum telnet_event set_control(struct telnet *t, uint8_t value, struct queue *out)
{
    bool began = value == BREAK_ON && !t->holding;
    switch (value) {
    case BREAK_ON:
    case BREAK_OFF:
        t->holding = value == BREAK_ON;
        break;
    case DTR_ON:
    case DTR_OFF:
        t->dtr = value == DTR_ON;
        break;
    case RTS_ON:
    case RTS_OFF:
        t->rts = value == RTS_ON;
        break;
    case BREAK_STATE:
        value = t->holding ? BREAK_ON : BREAK_OFF;
        break;
    case DTR_STATE:
        value = t->dtr ? DTR_ON : DTR_OFF;
        break;
    case RTS_STATE:
        value = t->rts ? RTS_ON : RTS_OFF;
        break;
    default:
        if (value > FLOW_DSR) {
            return TELNET_NOTHING;
        }
        value =
            (value >= FLOW_IN_STATE && value <= FLOW_IN_HARDWARE) || value == FLOW_IN_DTR ? FLOW_IN_NONE : FLOW_NONE;
        break;
    }
    reply_one(out, SET_CONTROL, value);
    return began ? TELNET_BREAK : TELNET_NOTHING;
}

/* A command with one octet of value; a value that is out of range asks for the present one. */
static enum telnet_event set_one(struct telnet *t, uint8_t command, uint8_t value, struct queue *out)
{
    switch (command) {
    case SET_DATASIZE:
        t->uart.data_bits = value >= 5 && value <= 8 ? value : t->uart.data_bits;
        reply_one(out, command, t->uart.data_bits);
        break;
    case SET_PARITY:
        t->uart.parity = value >= UART_NONE && value <= UART_SPACE ? (enum uart_parity)value : t->uart.parity;
        reply_one(out, command, (uint8_t)t->uart.parity);
        break;
    case SET_STOPSIZE:
        t->uart.stop = value >= UART_STOP_1 && value <= UART_STOP_1_5 ? (enum uart_stop)value : t->uart.stop;
        reply_one(out, command, (uint8_t)t->uart.stop);
        break;
    case SET_CONTROL:
        return set_control(t, value, out);
    case SET_LINESTATE_MASK:
        reply_one(out, command, 0);
        break;
    case SET_MODEMSTATE_MASK:
        t->modem_mask = value;
        reply_one(out, command, value);
        break;
    case PURGE_DATA:
        if (value >= PURGE_RECEIVED && value <= PURGE_BOTH) {
            reply_one(out, command, value);
            return value == PURGE_RECEIVED ? TELNET_NOTHING : TELNET_PURGE; /* what was received is already underway */
        }
        break;
    default:
        break;
    }
    return TELNET_NOTHING;
}

/* A whole subnegotiation; one that is not of its form is ignored. */
static enum telnet_event obey(struct telnet *t, struct queue *out)
{
    static const uint8_t signature[] = "Blathy";
    if (t->size < 2 || t->size > TELNET_PARAMETERS_MAX || t->parameters[0] != COM_PORT) {
        return TELNET_NOTHING;
    }
    uint8_t command = t->parameters[1];
    const uint8_t *value = t->parameters + 2;
    size_t size = (size_t)t->size - 2;
    switch (command) {
    case SIGNATURE:
        if (size == 0) {
            reply(out, command, signature, sizeof signature - 1);
        }
        return TELNET_NOTHING;
    case SET_BAUDRATE:
        set_baudrate(t, value, size, out);
        return TELNET_NOTHING;
    case NOTIFY_MODEMSTATE: /* not in the RFC, but a client asks so */
        tell_modem_state(t, out);
        return TELNET_NOTHING;
    case FLOWCONTROL_SUSPEND:
    case FLOWCONTROL_RESUME:
        t->suspended = command == FLOWCONTROL_SUSPEND;
        return TELNET_NOTHING;
    default:
        return size == 1 ? set_one(t, command, value[0], out) : TELNET_NOTHING;
    }
}

static void keep(struct telnet *t, uint8_t octet)
{
    if (t->size < TELNET_PARAMETERS_MAX) {
        t->parameters[t->size++] = octet;
    } else {
        t->size = TELNET_PARAMETERS_MAX + 1;
    }
}

/* The octet after an IAC. */
static enum telnet_event take_command(struct telnet *t, uint8_t octet)
{
    t->state = TELNET_TEXT;
    switch (octet) {
    case IAC:
        return TELNET_DATA;
    case SB:
        t->size = 0;
        t->state = TELNET_PARAMETERS;
        break;
    case WILL:
    case WONT:
    case DO:
    case DONT:
        t->command = octet;
        t->state = TELNET_OPTION;
        break;
    default: /* NOP, or a command that means nothing to a line */
        break;
    }
    return TELNET_NOTHING;
}

enum telnet_event telnet_receive(struct telnet *t, uint8_t octet, struct queue *out)
{
    switch (t->state) {
    case TELNET_TEXT:
        if (octet != IAC) {
            return TELNET_DATA;
        }
        t->state = TELNET_IAC;
        break;
    case TELNET_IAC:
        return take_command(t, octet);
    case TELNET_OPTION:
        t->state = TELNET_TEXT;
        negotiate(t, octet, out);
        break;
    case TELNET_PARAMETERS:
        if (octet == IAC) {
            t->state = TELNET_PARAMETERS_IAC;
        } else {
            keep(t, octet);
        }
        break;
    case TELNET_PARAMETERS_IAC:
        if (octet == SE) {
            t->state = TELNET_TEXT;
            return obey(t, out);
        }
        keep(t, octet); /* IAC twice is one; anything else should not be, and makes it too long soon */
        t->state = TELNET_PARAMETERS;
        break;
    }
    return TELNET_NOTHING;
}

size_t telnet_room(const struct queue *out)
{
    size_t room = queue_room(out);
    return room > REPLY_MAX ? (room - REPLY_MAX) / REPLIES_PER_OCTET : 0;
}

/* What is offered counts as in force: the client's consent then needs no answer. */
void telnet_init(struct telnet *t, struct queue *out)
{
    *t = (struct telnet){ .uart = { 9600, 8, UART_NONE, UART_STOP_1 }, .dtr = true, .rts = true, .modem_mask = 0xFF };
    out->used = 0;
    send_option(out, WILL, BINARY);
    send_option(out, DO, BINARY);
    send_option(out, WILL, SUPPRESS_GO_AHEAD);
    t->here[0] = t->there[0] = t->here[1] = true;
}
