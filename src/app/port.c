#include "app/port.h"

enum {
    OCTET_BITS = 10,     /* with start, parity and stop bit */
    FIRST_LINK_S = 120,  /* for the first SNRM after a sign-on, at most */
    NEXT_LINK_MS = 5000, /* for another one after the end of a link */
};

/* The upper side of HDLC: the server of this link. */

static void link_opened(void *port, uint16_t client)
{
    struct port *p = port;
    cosem_server_open(&p->server, client);
}

static void link_closed(void *port)
{
    struct port *p = port;
    cosem_server_close(&p->server);
}

static size_t link_request(void *port, const uint8_t *apdu, size_t size, uint32_t now_ms, const uint8_t **response)
{
    struct port *p = port;
    return cosem_server_request(&p->server, apdu, size, now_ms, response);
}

static const struct hdlc_upper link_upper = { link_opened, link_closed, link_request };

/* The limit is between the end of an octet and the start of the next one; the board tells of ends only. */
static void refresh_settings(struct port *p)
{
    uint32_t octet_ms = p->line.baud == 0 ? 0 : (OCTET_BITS * 1000u + p->line.baud - 1) / p->line.baud;
    uint32_t limit_ms = p->settings->inter_octet_ms + octet_ms;
    uint32_t gap_ms = board_serial_gap_ms(p->board, p->number);
    p->hdlc_settings = *p->settings;
    p->hdlc_settings.inter_octet_ms = (uint16_t)(limit_ms > gap_ms ? limit_ms : gap_ms);
}

static void forget_link(struct port *p)
{
    hdlc_reset(&p->hdlc);
    sign_on_reset(&p->sign_on);
    p->open = false;
    p->linked = false;
}

static void begin_anew(struct port *p)
{
    p->in_size = p->in_taken = 0;
    p->out_size = p->out_taken = 0;
    forget_link(p);
}

/* On an endpoint that knows connections: nothing of the earlier one may reach the next. */
static bool follow_session(struct port *p)
{
    uint32_t session = board_serial_session(p->board, p->number);
    if (session == p->session) {
        return false;
    }
    p->session = session;
    sign_on_init(&p->sign_on, p->sign_on.settings, board_serial_paced(p->board, p->number));
    begin_anew(p);
    return true;
}

/* A break begins the sign-on anew; to HDLC it is noise. */
static bool follow_break(struct port *p)
{
    if (!board_serial_break(p->board, p->number) || sign_on_binary(&p->sign_on)) {
        return false;
    }
    begin_anew(p);
    return true;
}

/* Sets the line as the sign-on wants it, once all octets have left. False: not yet. */
static bool line_is_set(struct port *p)
{
    const struct line_settings *want = sign_on_line(&p->sign_on);
    if (want->baud == p->line.baud && want->format == p->line.format) {
        return true;
    }
    if (p->out_taken < p->out_size || !board_serial_idle(p->board, p->number)) {
        return false;
    }
    board_serial_configure(p->board, p->number, want);
    p->line = *want;
    return true;
}

static bool fill_out(struct port *p, uint32_t now_ms)
{
    if (p->out_taken == p->out_size && line_is_set(p)) {
        p->out_taken = 0;
        p->out_size =
            (uint16_t)(sign_on_binary(&p->sign_on) ? hdlc_transmit(&p->hdlc, p->out, sizeof p->out)
                                                   : sign_on_transmit(&p->sign_on, p->out, sizeof p->out, now_ms));
    }
    return p->out_taken < p->out_size;
}

/* All that waits to be sent, as far as the board takes it: one window of frames at most. */
static bool send(struct port *p, uint32_t now_ms)
{
    bool moved = false;
    while (fill_out(p, now_ms)) {
        size_t left = (size_t)p->out_size - p->out_taken;
        size_t n = board_serial_write(p->board, p->number, p->out + p->out_taken, left);
        p->out_taken = (uint16_t)(p->out_taken + n);
        moved = moved || n > 0;
        if (n < left) {
            break;
        }
    }
    return moved;
}

static bool receive(struct port *p, uint32_t now_ms)
{
    if (p->in_taken == p->in_size) {
        p->in_taken = 0;
        p->in_size = (uint16_t)board_serial_read(p->board, p->number, p->in, sizeof p->in);
        if (p->in_size == 0) {
            return false;
        }
    }
    const uint8_t *octets = p->in + p->in_taken;
    size_t size = (size_t)p->in_size - p->in_taken;
    size_t taken;
    if (sign_on_binary(&p->sign_on)) {
        refresh_settings(p);
        taken = hdlc_receive(&p->hdlc, octets, size, now_ms);
    } else {
        taken = sign_on_receive(&p->sign_on, octets, size, now_ms);
    }
    p->in_taken = (uint16_t)(p->in_taken + taken);
    return taken > 0;
}

/* HDLC without a link does not last: back to the sign-on, if there is one. */
static void watch_link(struct port *p, uint32_t now_ms)
{
    bool linked = hdlc_connected(&p->hdlc);
    if (!sign_on_binary(&p->sign_on)) {
        return;
    }
    if (!p->open) {
        uint32_t limit_s = p->settings->inactivity_s;
        p->open = true;
        p->free_ms = now_ms;
        p->grace_ms = (limit_s == 0 || limit_s > FIRST_LINK_S ? FIRST_LINK_S : limit_s) * 1000u;
    } else if (linked || p->linked) {
        p->free_ms = now_ms;
        p->grace_ms = NEXT_LINK_MS;
    } else if (now_ms - p->free_ms >= p->grace_ms) {
        forget_link(p);
    }
    p->linked = linked;
}

void port_init(struct port *p, struct board *board, enum board_port number, struct cosem_device *device,
               const struct hdlc_settings *hdlc, const struct sign_on_settings *sign_on)
{
    *p = (struct port){ .board = board, .number = number, .settings = hdlc };
    p->session = board_serial_session(board, number);
    refresh_settings(p);
    sign_on_init(&p->sign_on, sign_on, board_serial_paced(board, number));
    hdlc_init(&p->hdlc, &p->hdlc_settings, &link_upper, p);
    cosem_server_init(&p->server, device);
}

/* In the direct mode the sign-on is always past. */
bool port_in_use(const struct port *p)
{
    bool signed_on = p->sign_on.state >= SIGN_ON_IDENTIFYING &&
                     (p->sign_on.state != SIGN_ON_BINARY || !p->sign_on.settings->local->direct);
    return p->linked || signed_on;
}

bool port_associated(const struct port *p)
{
    return p->server.association.type != NULL;
}

bool port_silent(const struct port *p)
{
    return p->out_taken == p->out_size && board_serial_idle(p->board, p->number);
}

bool port_step(struct port *p)
{
    uint32_t now_ms = board_time_ms(p->board);
    bool moved = follow_session(p);

    moved |= follow_break(p);
    moved |= send(p, now_ms);
    if (line_is_set(p)) {
        moved |= receive(p, now_ms);
        moved |= send(p, now_ms);
    }
    sign_on_tick(&p->sign_on, now_ms);
    hdlc_tick(&p->hdlc, now_ms);
    watch_link(p, now_ms);
    return moved;
}

bool port_used(const struct port *p)
{
    return hdlc_connected(&p->hdlc) || sign_on_busy(&p->sign_on);
}
