#include "app/app.h"

#include "model/model.h"
#include "model/pages.h"
#include "model/readout.h"

enum { RESTART_WAIT_MS = 5000 };

/* The upper side of mode C. */

static size_t line_of_readout(void *device, unsigned number, char *text)
{
    return readout_line(device, number, text);
}

static size_t value_by_code(void *device, const char *code, size_t size, char *text)
{
    return readout_value(device, code, size, text);
}

static void password_refused(void *device, bool locked)
{
    event_login_refused(((struct cosem_device *)device)->meter, locked);
}

static const struct mode_c_upper mode_c_upper = { line_of_readout, value_by_code, password_refused };

/* The upper side of the display. */

static unsigned screen_of_entry(void *device, const struct display_entry *e, unsigned screen, struct display_page *page)
{
    return pages_show(device, e, screen, page);
}

static enum status bill_by_button(void *device)
{
    return billing_request(((struct cosem_device *)device)->meter, BILLING_BY_BUTTON);
}

static const struct display_upper display_upper = { screen_of_entry, bill_by_button };

enum status app_init(struct app *a, struct board *board, const struct identity *identity,
                     const struct metrology_calibration *calibration, uint32_t rate_hz)
{
    enum status status = meter_init(&a->meter, board, identity, calibration, rate_hz);
    if (status != STATUS_OK) {
        return status;
    }
    model_init(&a->device, &a->meter);
    display_connect(&a->meter.display, &display_upper, &a->device);
    for (enum board_port port = 0; port < BOARD_PORT_COUNT; port++) {
        a->sign_on[port] = (struct sign_on_settings){
            .local = &a->meter.ports.local[port],
            .manufacturer = IDENTITY_FLAG,
            .product = IDENTITY_METER_TYPE,
            .serial_number = a->meter.identity.serial_number,
            .p1_lockout = &a->p1_lockouts[port],
            .upper = &mode_c_upper,
            .context = &a->device,
        };
        port_init(&a->ports[port], board, port, &a->device, &a->meter.ports.hdlc[port], &a->sign_on[port]);
    }
    return STATUS_OK;
}

/* Sessions are those of associations; whoever uses the optical port at all is an attempt: object-model.md 3. */
static void log_sessions(struct app *a, enum board_port port)
{
    static const uint8_t events[BOARD_PORT_COUNT][2] = {
        [BOARD_OPTICAL] = { EVENT_LOCAL_SESSION_END, EVENT_LOCAL_SESSION },
        [BOARD_BLUETOOTH] = { EVENT_REMOTE_SESSION_END, EVENT_REMOTE_SESSION },
    };
    bool in_use = port_in_use(&a->ports[port]);
    bool associated = port_associated(&a->ports[port]);
    if (port == BOARD_OPTICAL && in_use && !a->in_use[port]) {
        event_raise(&a->meter, EVENT_LOCAL_ATTEMPT, 0);
    }
    if (associated != a->associated[port]) {
        event_raise(&a->meter, (enum event)events[port][associated], 0);
    }
    a->in_use[port] = in_use;
    a->associated[port] = associated;
}

/* The answer goes first; a client that does not take it is not waited for. */
static void restart_when_told(struct app *a)
{
    uint32_t now_ms = board_time_ms(a->meter.board);
    bool silent = true;
    if (!a->meter.firmware.image.restart_due || a->meter.supply.down) {
        return;
    }
    if (!a->restarting) {
        a->restarting = true;
        a->restart_ms = now_ms;
    }
    for (enum board_port port = 0; port < BOARD_PORT_COUNT; port++) {
        silent &= port_silent(&a->ports[port]);
    }
    if (silent || now_ms - a->restart_ms >= RESTART_WAIT_MS) {
        board_restart(a->meter.board);
    }
}

bool app_step(struct app *a)
{
    bool moved = false;
    bool optical = port_used(&a->ports[BOARD_OPTICAL]);
    display_communicating(&a->meter.display, optical || port_used(&a->ports[BOARD_BLUETOOTH]), optical);
    meter_step(&a->meter);
    for (enum board_port port = 0; port < BOARD_PORT_COUNT; port++) {
        moved |= port_step(&a->ports[port]);
        log_sessions(a, port);
    }
    restart_when_told(a);
    return moved || a->meter.firmware.busy;
}
