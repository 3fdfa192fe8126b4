#include "link/mode_c.h"

#include <assert.h>
#include <string.h>

enum {
    SOH = 0x01,
    STX = 0x02,
    ETX = 0x03,
    ACK = 0x06,
    NAK = 0x15,
    PARITY = 0x80,

    OCTET_GAP_MS = 1500,       /* ta: within a command */
    ACKNOWLEDGEMENT_MS = 1500, /* tr at most: for the ACK or NAK after a read-out, which many clients leave out */
    INACTIVITY_MS = 60 * 1000,
    BITS_OF_OCTET = 10,

    WRONG_PASSWORDS_MAX = 3,
    WRONG_CHECKS_MAX = 3,
};

static_assert(PORT_PASSWORD_MAX <= SECRET_MAX && WRONG_PASSWORDS_MAX <= LOCKOUT_WRONG_MAX, "passwords are tried");

#define ERROR_UNKNOWN_COMMAND "(ER01)"
#define ERROR_UNKNOWN_CODE    "(ER02)"
#define ERROR_NOT_ALLOWED     "(ER03)"

/* What is sent ------------------------------------------------------------ */

static void put(struct mode_c *m, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        m->out[m->out_size++] = text[i];
        m->out_check ^= (uint8_t)text[i];
    }
}

/* STX or SOH: it does not count. */
static void put_begin(struct mode_c *m, char c)
{
    m->out[m->out_size++] = c;
    m->out_check = 0;
}

static void put_end(struct mode_c *m)
{
    const char etx = ETX;
    put(m, &etx, 1);
    m->out[m->out_size++] = (char)m->out_check;
}

static void begin_piece(struct mode_c *m)
{
    m->out_size = 0;
    m->out_sent = 0;
}

static void begin_answer(struct mode_c *m)
{
    begin_piece(m);
    m->sent = 0;
    m->due_ms = m->since_ms + m->terms.reaction_ms;
}

static void answer_octet(struct mode_c *m, char c)
{
    begin_answer(m);
    m->out[m->out_size++] = c;
}

static void answer_text(struct mode_c *m, const char *text, size_t size)
{
    begin_answer(m);
    put_begin(m, STX);
    put(m, text, size);
    put_end(m);
}

static void answer_error(struct mode_c *m, const char *error)
{
    answer_text(m, error, strlen(error));
}

static void answer_break(struct mode_c *m)
{
    begin_answer(m);
    put_begin(m, SOH);
    put(m, "B0", 2);
    put_end(m);
    m->state = MODE_C_ENDED;
}

static void next_piece(struct mode_c *m)
{
    char line[READOUT_LINE_MAX];
    begin_piece(m);
    if (m->line == 0) {
        put_begin(m, STX);
    }
    size_t size = m->terms.upper->line(m->terms.context, m->line++, line);
    if (size > 0) {
        put(m, line, size);
        put(m, "\r\n", 2);
    } else {
        put(m, "!\r\n", 3);
        put_end(m);
        m->reading_out = false;
    }
}

static void begin_read_out(struct mode_c *m)
{
    begin_answer(m);
    m->line = 0;
    m->reading_out = true;
}

/* The commands ------------------------------------------------------------ */

/* (password) */
static void take_password(struct mode_c *m, const char *operand, size_t size)
{
    if (size < 2 || operand[0] != '(' || operand[size - 1] != ')') {
        answer_error(m, ERROR_UNKNOWN_COMMAND);
        return;
    }
    const struct port_password *own = m->terms.password;
    struct lockout *l = m->terms.lockout;
    bool locked = lockout_holds(l, m->since_ms);
    m->admitted = !locked && secret_is(own->text, own->size, operand + 1, size - 2);
    if (m->admitted) {
        *l = (struct lockout){ 0 };
        answer_octet(m, ACK);
        return;
    }
    if (!locked) {
        locked = lockout_wrong(l, WRONG_PASSWORDS_MAX, m->since_ms);
        m->terms.upper->refused(m->terms.context, locked);
    }
    if (locked) {
        answer_break(m);
    } else {
        answer_error(m, ERROR_NOT_ALLOWED);
    }
}

/* code() */
static void read_code(struct mode_c *m, const char *operand, size_t size)
{
    char text[READOUT_LINE_MAX];
    if (size < 3 || operand[size - 2] != '(' || operand[size - 1] != ')') {
        answer_error(m, ERROR_UNKNOWN_COMMAND);
        return;
    }
    if (!m->admitted) {
        answer_error(m, ERROR_NOT_ALLOWED);
        return;
    }
    size_t text_size = m->terms.upper->value(m->terms.context, operand, size - 2, text);
    if (text_size == 0) {
        answer_error(m, ERROR_UNKNOWN_CODE);
    } else {
        answer_text(m, text, text_size);
    }
}

static void refuse(struct mode_c *m, const char *operand, size_t size)
{
    (void)operand;
    (void)size;
    answer_error(m, ERROR_NOT_ALLOWED);
}

static void end(struct mode_c *m, const char *operand, size_t size)
{
    (void)operand;
    (void)size;
    m->state = MODE_C_ENDED;
}

enum { ANY = 0, OPENING_SIZE = 2, HEAD_SIZE = 3 }; /* a letter, a digit; STX behind them if there is an operand */

/* The first row that fits. */
static const struct command {
    char letter;
    char digit;
    void (*act)(struct mode_c *m, const char *operand, size_t size); /* NULL: nothing */
} commands[] = {
    { 'P', '0', NULL },      { 'P', '1', take_password }, { 'R', '1', read_code },
    { 'R', '5', read_code }, { 'W', ANY, refuse },        { 'B', '0', end },
};

static void perform(struct mode_c *m)
{
    size_t size = m->command_size - 1u; /* without ETX */
    const char *operand = m->command;
    if (size > OPENING_SIZE && m->command[OPENING_SIZE] == STX) {
        operand += HEAD_SIZE;
        size -= HEAD_SIZE;
    } else if (size == OPENING_SIZE) {
        size = 0;
    } else {
        answer_error(m, ERROR_UNKNOWN_COMMAND);
        return;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const struct command *c = &commands[i];
        if (c->letter == m->command[0] && (c->digit == ANY || c->digit == m->command[1])) {
            if (c->act != NULL) {
                c->act(m, operand, size);
            }
            return;
        }
    }
    answer_error(m, ERROR_UNKNOWN_COMMAND);
}

/* What comes -------------------------------------------------------------- */

static void repeat(struct mode_c *m, char c)
{
    (void)c;
    if (m->repeated) {
        m->state = MODE_C_ENDED;
        return;
    }
    m->repeated = true;
    begin_read_out(m);
}

static void begin_command(struct mode_c *m, char c)
{
    (void)c;
    m->command_size = 0;
    m->command_check = 0;
}

static void keep(struct mode_c *m, char c)
{
    m->command_check ^= (uint8_t)c;
    if (m->command_size < MODE_C_COMMAND_MAX) {
        m->command[m->command_size++] = c;
    } else {
        m->command_size = MODE_C_COMMAND_MAX + 1;
    }
}

static void check_command(struct mode_c *m, char c)
{
    if (m->command_check == (uint8_t)c) {
        m->wrong_checks = 0;
        if (m->command_size <= MODE_C_COMMAND_MAX) {
            perform(m);
        } else {
            answer_error(m, ERROR_UNKNOWN_COMMAND);
        }
    } else if (++m->wrong_checks < WRONG_CHECKS_MAX) {
        answer_octet(m, NAK);
    } else {
        answer_break(m);
    }
}

enum { OTHER = -1 };

/* The first row that fits; an octet without a row changes nothing. */
/* clang-format off */
static const struct transition {
    enum mode_c_state from;
    int octet;
    enum mode_c_state to;
    void (*act)(struct mode_c *m, char c); /* may choose another state */
} transitions[] = {
    { MODE_C_WAITING,            ACK,   MODE_C_ENDED,              NULL },
    { MODE_C_WAITING,            NAK,   MODE_C_WAITING,            repeat },
    { MODE_C_WAITING,            SOH,   MODE_C_ENDED,              NULL },
    { MODE_C_WAITING,            STX,   MODE_C_WAITING_ECHO,       NULL },
    { MODE_C_WAITING_ECHO,       ETX,   MODE_C_WAITING_ECHO_CHECK, NULL },
    { MODE_C_WAITING_ECHO_CHECK, OTHER, MODE_C_WAITING,            NULL },
    { MODE_C_COMMAND,            SOH,   MODE_C_BODY,               begin_command },
    { MODE_C_COMMAND,            STX,   MODE_C_COMMAND_ECHO,       NULL },
    { MODE_C_COMMAND_ECHO,       ETX,   MODE_C_COMMAND_ECHO_CHECK, NULL },
    { MODE_C_COMMAND_ECHO_CHECK, OTHER, MODE_C_COMMAND,            NULL },
    { MODE_C_BODY,               SOH,   MODE_C_BODY,               begin_command },
    { MODE_C_BODY,               ETX,   MODE_C_CHECK,              keep },
    { MODE_C_BODY,               OTHER, MODE_C_BODY,               keep },
    { MODE_C_CHECK,              OTHER, MODE_C_COMMAND,            check_command },
};
/* clang-format on */

static void take_octet(struct mode_c *m, char c)
{
    for (size_t i = 0; i < sizeof transitions / sizeof transitions[0]; i++) {
        const struct transition *t = &transitions[i];
        if (t->from == m->state && (t->octet == c || t->octet == OTHER)) {
            m->state = t->to;
            if (t->act != NULL) {
                t->act(m, c);
            }
            return;
        }
    }
}

size_t mode_c_receive(struct mode_c *m, const uint8_t *octets, size_t size, uint32_t now_ms)
{
    size_t taken = 0;
    mode_c_tick(m, now_ms);
    while (taken < size && !mode_c_answers(m) && m->state != MODE_C_ENDED) {
        char c = (char)(octets[taken] & ~PARITY);
        if (c == '/' && (m->state == MODE_C_WAITING || m->state == MODE_C_COMMAND)) {
            m->state = MODE_C_ENDED;
            break;
        }
        taken++;
        m->since_ms = now_ms;
        take_octet(m, c);
    }
    return taken;
}

size_t mode_c_transmit(struct mode_c *m, uint8_t *octets, size_t max, uint32_t now_ms)
{
    size_t size = 0;
    if (!mode_c_answers(m) || (int32_t)(now_ms - m->due_ms) < 0) {
        return 0;
    }
    while (size < max && mode_c_answers(m)) {
        if (m->out_sent == m->out_size) {
            next_piece(m);
        }
        size_t left = (size_t)m->out_size - m->out_sent;
        size_t n = left < max - size ? left : max - size;
        memcpy(octets + size, m->out + m->out_sent, n);
        m->out_sent = (uint8_t)(m->out_sent + n);
        size += n;
    }
    m->sent += (uint32_t)size;
    m->since_ms = now_ms;
    return size;
}

/* How long nothing may come. What was sent last may still be on its way. */
static uint32_t patience_ms(const struct mode_c *m)
{
    switch (m->state) {
    case MODE_C_WAITING:
        return ACKNOWLEDGEMENT_MS + (m->terms.baud == 0 ? 0 : m->sent * BITS_OF_OCTET * 1000 / m->terms.baud);
    case MODE_C_COMMAND:
        return INACTIVITY_MS;
    case MODE_C_ENDED:
    case MODE_C_WAITING_ECHO:
    case MODE_C_WAITING_ECHO_CHECK:
    case MODE_C_COMMAND_ECHO:
    case MODE_C_COMMAND_ECHO_CHECK:
    case MODE_C_BODY:
    case MODE_C_CHECK:
        break;
    }
    return OCTET_GAP_MS;
}

void mode_c_tick(struct mode_c *m, uint32_t now_ms)
{
    if (mode_c_answers(m) || now_ms - m->since_ms <= patience_ms(m)) {
        return;
    }
    if (m->state > MODE_C_COMMAND) {
        m->state = MODE_C_COMMAND;
        m->since_ms = now_ms;
    } else {
        m->state = MODE_C_ENDED;
    }
}

static void begin(struct mode_c *m, const struct mode_c_terms *terms, enum mode_c_state state, uint32_t now_ms)
{
    *m = (struct mode_c){ .terms = *terms, .state = state, .since_ms = now_ms };
}

void mode_c_read_out(struct mode_c *m, const struct mode_c_terms *terms, uint32_t now_ms)
{
    begin(m, terms, MODE_C_WAITING, now_ms);
    begin_read_out(m);
}

void mode_c_program(struct mode_c *m, const struct mode_c_terms *terms, uint32_t now_ms)
{
    size_t size = strlen(terms->serial_number);
    begin(m, terms, MODE_C_COMMAND, now_ms);
    begin_answer(m);
    put_begin(m, SOH);
    put(m, "P0\x02(", 4);
    put(m, terms->serial_number, size < READOUT_LINE_MAX - 2 ? size : READOUT_LINE_MAX - 2);
    put(m, ")", 1);
    put_end(m);
}

bool mode_c_answers(const struct mode_c *m)
{
    return m->reading_out || m->out_sent < m->out_size;
}

bool mode_c_ended(const struct mode_c *m)
{
    return m->state == MODE_C_ENDED && !mode_c_answers(m);
}
