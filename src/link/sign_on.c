#include "link/sign_on.h"

#include <string.h>

enum {
    ACK = 0x06,
    PARITY = 0x80,

    OCTET_GAP_MS = 1500,      /* ta: within a message */
    SELECTION_MS = 60 * 1000, /* for the acknowledgement after an identification */
    REACTION_MS = 200,        /* tr */
    REACTION_FAST_MS = 20,
    CONFIRMATION_MS = 400,

    LOWER_CASE = 0x20,
    FIELD_V = 0,
    FIELD_Z = 1,
    FIELD_Y = 2,
};

/* By the digit Z of IEC 62056-21, which is also comm_speed of class 23. */
static const uint32_t bauds[PORT_SPEED_MAX + 1] = { 300, 600, 1200, 2400, 4800, 9600, 19200 };

static struct line_settings line_of(unsigned speed, enum line_format format)
{
    return (struct line_settings){ bauds[speed <= PORT_SPEED_MAX ? speed : PORT_SPEED_MAX], format };
}

static bool is_address_character(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == ' ';
}

static void begin_field(struct sign_on *s, char c)
{
    (void)c;
    s->field_size = 0;
}

static void keep(struct sign_on *s, char c)
{
    if (s->field_size < PORT_ADDRESS_MAX) {
        s->field[s->field_size++] = c;
    } else {
        s->field_size = PORT_ADDRESS_MAX + 1;
    }
}

static void put(struct sign_on *s, const char *text, size_t size)
{
    memcpy(s->message + s->message_size, text, size);
    s->message_size = (uint8_t)(s->message_size + size);
}

/* Empties the message, which will be due in `delay_ms`. */
static void begin_message(struct sign_on *s, uint32_t delay_ms)
{
    s->message_size = 0;
    s->message_sent = 0;
    s->due_ms = s->since_ms + (s->paced ? delay_ms : 0);
}

static bool names_us(const struct sign_on *s, const char *own, size_t own_size)
{
    const char *asked = s->field;
    size_t asked_size = s->field_size;

    if (own_size == 0) {
        return false;
    }
    for (; own_size > 0 && *own == '0'; own_size--) {
        own++;
    }
    for (; asked_size > 0 && *asked == '0'; asked_size--) {
        asked++;
    }
    return asked_size == own_size && memcmp(asked, own, own_size) == 0;
}

static bool is_for_us(const struct sign_on *s)
{
    const struct sign_on_settings *t = s->settings;
    if (s->field_size > PORT_ADDRESS_MAX) {
        return false;
    }
    return s->field_size == 0 || names_us(s, t->local->device_address, t->local->device_address_size) ||
           names_us(s, t->serial_number, strlen(t->serial_number));
}

static uint32_t reaction_ms(const struct sign_on *s)
{
    return s->fast ? REACTION_FAST_MS : REACTION_MS;
}

/* The request is complete: it is for us if it names nobody or this device. */
static void answer_request(struct sign_on *s, char c)
{
    const struct sign_on_settings *t = s->settings;
    (void)c;
    if (!is_for_us(s)) {
        return;
    }
    char third = t->manufacturer[2];
    size_t size = strlen(t->product);
    s->fast = t->local->fast;
    s->offered = (char)('0' + t->local->offered_speed);
    if (s->fast) {
        third = (char)(third | LOWER_CASE);
    }
    begin_message(s, reaction_ms(s));
    put(s, "/", 1);
    put(s, t->manufacturer, 2);
    put(s, &third, 1);
    put(s, &s->offered, 1);
    put(s, "\\2", 2);
    put(s, t->product, size < SIGN_ON_PRODUCT_MAX ? size : SIGN_ON_PRODUCT_MAX);
    put(s, "\r\n", 2);
    s->state = SIGN_ON_IDENTIFYING;
}

static void begin_hdlc(struct sign_on *s)
{
    begin_message(s, CONFIRMATION_MS);
    put(s, "\x06", 1);
    put(s, s->field, 3);
    put(s, "\r\n", 2);
    s->state = SIGN_ON_CONFIRMING;
}

static struct mode_c_terms terms_of_mode_c(const struct sign_on *s)
{
    const struct sign_on_settings *t = s->settings;
    return (struct mode_c_terms){
        .upper = t->upper,
        .context = t->context,
        .password = &t->local->passwords[PORT_PASSWORD_P1],
        .lockout = t->p1_lockout,
        .serial_number = t->serial_number,
        .baud = s->paced ? s->line.baud : 0,
        .reaction_ms = s->paced ? reaction_ms(s) : 0,
    };
}

static void begin_read_out(struct sign_on *s)
{
    struct mode_c_terms terms = terms_of_mode_c(s);
    mode_c_read_out(&s->mode_c, &terms, s->since_ms);
    s->state = SIGN_ON_MODE_C;
}

static void begin_programming(struct sign_on *s)
{
    struct mode_c_terms terms = terms_of_mode_c(s);
    mode_c_program(&s->mode_c, &terms, s->since_ms);
    s->state = SIGN_ON_MODE_C;
}

/* What an acknowledgement may choose. */
static const struct choice {
    char v;
    char y;
    void (*begin)(struct sign_on *s);
} choices[] = {
    { '2', '2', begin_hdlc },
    { '0', '0', begin_read_out },
    { '0', '2', begin_read_out }, /* normal protocol, binary mode: some readers ask so for the read-out */
    { '0', '1', begin_programming },
};

/* The acknowledgement is complete. */
static void answer_selection(struct sign_on *s, char c)
{
    (void)c;
    char z = s->field[FIELD_Z];
    if (z < '0' || z > s->offered) {
        return;
    }
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        const struct choice *chosen = &choices[i];
        if (chosen->v == s->field[FIELD_V] && chosen->y == s->field[FIELD_Y]) {
            s->line = line_of((unsigned)(z - '0'), LINE_7E1);
            chosen->begin(s);
            return;
        }
    }
}

enum { OTHER = -1, ADDRESS_CHARACTER = -2 };

struct transition {
    enum sign_on_state from;
    int octet; /* itself, or one of the kinds above */
    enum sign_on_state to;
    void (*act)(struct sign_on *s, char c); /* may choose another state */
};

/* The first row that fits. An octet without a row leads to SLASH if it is one, else to IDLE. */
/* clang-format off */
static const struct transition transitions[] = {
    { SIGN_ON_SLASH,         '?',               SIGN_ON_ADDRESS,       begin_field },
    { SIGN_ON_ADDRESS,       ADDRESS_CHARACTER, SIGN_ON_ADDRESS,       keep },
    { SIGN_ON_ADDRESS,       '!',               SIGN_ON_REQUEST_CR,    NULL },
    { SIGN_ON_REQUEST_CR,    '\r',              SIGN_ON_REQUEST_LF,    NULL },
    { SIGN_ON_REQUEST_LF,    '\n',              SIGN_ON_IDLE,          answer_request },
    { SIGN_ON_SELECTING,     ACK,               SIGN_ON_ACK_V,         begin_field },
    { SIGN_ON_SELECTING,     '/',               SIGN_ON_SLASH_OR_ECHO, NULL },
    { SIGN_ON_SELECTING,     OTHER,             SIGN_ON_SELECTING,     NULL },
    { SIGN_ON_SLASH_OR_ECHO, '?',               SIGN_ON_ADDRESS,       begin_field },
    { SIGN_ON_SLASH_OR_ECHO, OTHER,             SIGN_ON_ECHO,          NULL },
    { SIGN_ON_ECHO,          '\n',              SIGN_ON_SELECTING,     NULL },
    { SIGN_ON_ECHO,          '/',               SIGN_ON_SLASH_OR_ECHO, NULL },
    { SIGN_ON_ECHO,          ACK,               SIGN_ON_ACK_V,         begin_field },
    { SIGN_ON_ECHO,          OTHER,             SIGN_ON_ECHO,          NULL },
    { SIGN_ON_ACK_V,         ADDRESS_CHARACTER, SIGN_ON_ACK_Z,         keep },
    { SIGN_ON_ACK_Z,         ADDRESS_CHARACTER, SIGN_ON_ACK_Y,         keep },
    { SIGN_ON_ACK_Y,         ADDRESS_CHARACTER, SIGN_ON_ACK_CR,        keep },
    { SIGN_ON_ACK_CR,        '\r',              SIGN_ON_ACK_LF,        NULL },
    { SIGN_ON_ACK_LF,        '\n',              SIGN_ON_IDLE,          answer_selection },
};
/* clang-format on */

static void take_octet(struct sign_on *s, char c)
{
    for (size_t i = 0; i < sizeof transitions / sizeof transitions[0]; i++) {
        const struct transition *t = &transitions[i];
        if (t->from == s->state &&
            (t->octet == c || t->octet == OTHER || (t->octet == ADDRESS_CHARACTER && is_address_character(c)))) {
            s->state = t->to;
            if (t->act != NULL) {
                t->act(s, c);
            }
            return;
        }
    }
    s->state = c == '/' ? SIGN_ON_SLASH : SIGN_ON_IDLE;
}

static bool message_waits(const struct sign_on *s)
{
    return s->state == SIGN_ON_MODE_C ? mode_c_answers(&s->mode_c) : s->message_sent < s->message_size;
}

static void leave_mode_c_at_its_end(struct sign_on *s)
{
    if (mode_c_ended(&s->mode_c)) {
        sign_on_reset(s);
    }
}

static void message_was_sent(struct sign_on *s, uint32_t now_ms)
{
    s->since_ms = now_ms;
    if (s->state == SIGN_ON_CONFIRMING) {
        s->state = SIGN_ON_BINARY;
        s->line.format = LINE_8N1;
    } else {
        s->state = SIGN_ON_SELECTING;
    }
}

size_t sign_on_receive(struct sign_on *s, const uint8_t *octets, size_t size, uint32_t now_ms)
{
    size_t taken = 0;
    sign_on_tick(s, now_ms);
    while (taken < size && !message_waits(s) && s->state != SIGN_ON_BINARY) {
        if (s->state == SIGN_ON_MODE_C) {
            taken += mode_c_receive(&s->mode_c, octets + taken, size - taken, now_ms);
            leave_mode_c_at_its_end(s);
        } else {
            s->since_ms = now_ms;
            take_octet(s, (char)(octets[taken++] & ~PARITY));
        }
    }
    return taken;
}

size_t sign_on_transmit(struct sign_on *s, uint8_t *octets, size_t max, uint32_t now_ms)
{
    if (s->state == SIGN_ON_MODE_C) {
        size_t size = mode_c_transmit(&s->mode_c, octets, max, now_ms);
        leave_mode_c_at_its_end(s);
        return size;
    }
    if (!message_waits(s) || (int32_t)(now_ms - s->due_ms) < 0) {
        return 0;
    }
    size_t left = (size_t)s->message_size - s->message_sent;
    size_t n = left < max ? left : max;
    memcpy(octets, s->message + s->message_sent, n);
    s->message_sent = (uint8_t)(s->message_sent + n);
    if (!message_waits(s)) {
        message_was_sent(s, now_ms);
    }
    return n;
}

void sign_on_tick(struct sign_on *s, uint32_t now_ms)
{
    if (s->state == SIGN_ON_IDLE) { /* the settings may have changed */
        sign_on_reset(s);
    }
    if (s->state == SIGN_ON_MODE_C) {
        mode_c_tick(&s->mode_c, now_ms);
        leave_mode_c_at_its_end(s);
        return;
    }
    if (s->state == SIGN_ON_IDLE || s->state == SIGN_ON_BINARY || message_waits(s)) {
        return;
    }
    uint32_t limit_ms = s->state == SIGN_ON_SELECTING ? SELECTION_MS : OCTET_GAP_MS;
    if (now_ms - s->since_ms > limit_ms) {
        s->state = SIGN_ON_IDLE;
    }
}

void sign_on_init(struct sign_on *s, const struct sign_on_settings *settings, bool paced)
{
    *s = (struct sign_on){ .settings = settings, .paced = paced };
    sign_on_reset(s);
}

void sign_on_reset(struct sign_on *s)
{
    s->message_size = 0;
    s->message_sent = 0;
    s->state = SIGN_ON_IDLE;
    s->line = line_of(s->settings->local->opening_speed, LINE_7E1);
    if (s->settings->local->direct) {
        s->state = SIGN_ON_BINARY;
        s->line = line_of(s->settings->local->direct_speed, LINE_8N1);
    }
}

const struct line_settings *sign_on_line(const struct sign_on *s)
{
    return &s->line;
}

bool sign_on_binary(const struct sign_on *s)
{
    return s->state == SIGN_ON_BINARY;
}

bool sign_on_busy(const struct sign_on *s)
{
    return s->state != SIGN_ON_IDLE && !sign_on_binary(s);
}
