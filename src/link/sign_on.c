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

    SPEED_MAX = 6,
    IDENTIFICATION_FAST = 2,  /* index of the letter whose case tells the reaction time */
    IDENTIFICATION_SPEED = 3, /* index of Z */
    FIELD_V = 0,
    FIELD_Z = 1,
    FIELD_Y = 2,
};

/* By the digit Z of IEC 62056-21, which is also comm_speed of class 23. */
static const uint32_t bauds[SPEED_MAX + 1] = { 300, 600, 1200, 2400, 4800, 9600, 19200 };

static uint8_t speed_of(char z)
{
    int speed = z - '0';
    return (uint8_t)(speed < 0 ? 0 : speed > SPEED_MAX ? SPEED_MAX : speed);
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
    if (s->field_size < SIGN_ON_ADDRESS_MAX) {
        s->field[s->field_size++] = c;
    } else {
        s->field_size = SIGN_ON_ADDRESS_MAX + 1;
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

static bool names_us(const struct sign_on *s, const char *own)
{
    size_t own_size = strlen(own);
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

/* The request is complete: it is for us if it names nobody or this device. */
static void answer_request(struct sign_on *s, char c)
{
    const struct sign_on_settings *t = s->settings;
    (void)c;
    if (s->field_size > SIGN_ON_ADDRESS_MAX ||
        (s->field_size > 0 && !names_us(s, t->device_address) && !names_us(s, t->serial_number))) {
        return;
    }
    bool fast = t->identification[IDENTIFICATION_FAST] >= 'a';
    size_t size = strlen(t->identification);
    size_t room = SIGN_ON_MESSAGE_MAX - 3;
    begin_message(s, fast ? REACTION_FAST_MS : REACTION_MS);
    put(s, "/", 1);
    put(s, t->identification, size < room ? size : room);
    put(s, "\r\n", 2);
    s->state = SIGN_ON_IDENTIFYING;
}

/* The acknowledgement is complete. */
static void answer_selection(struct sign_on *s, char c)
{
    (void)c;
    char z = s->field[FIELD_Z];
    if (s->field[FIELD_V] != '2' || s->field[FIELD_Y] != '2' || z < '0' ||
        z > s->settings->identification[IDENTIFICATION_SPEED]) {
        return; /* mode C is not offered */
    }
    begin_message(s, CONFIRMATION_MS);
    put(s, "\x06", 1);
    put(s, s->field, 3);
    put(s, "\r\n", 2);
    s->line = (struct line_settings){ bauds[speed_of(z)], LINE_7E1 };
    s->state = SIGN_ON_CONFIRMING;
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
    return s->message_sent < s->message_size;
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
        s->since_ms = now_ms;
        take_octet(s, (char)(octets[taken++] & ~PARITY));
    }
    return taken;
}

size_t sign_on_transmit(struct sign_on *s, uint8_t *octets, size_t max, uint32_t now_ms)
{
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
    if (s->state == SIGN_ON_IDLE && s->settings->direct) {
        sign_on_reset(s);
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
    s->line = (struct line_settings){ bauds[0], LINE_7E1 };
    if (s->settings->direct) {
        uint8_t speed = s->settings->direct_speed;
        s->state = SIGN_ON_BINARY;
        s->line = (struct line_settings){ bauds[speed <= SPEED_MAX ? speed : SPEED_MAX], LINE_8N1 };
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
