#include "boards/linux/run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "boards/linux/control.h"
#include "boards/linux/live.h"
#include "boards/linux/simulation.h"
#include "boards/linux/wire.h"

enum {
    STOP_SIGNALS = 3,
    SERVICE_ROUNDS_MAX = 64, /* steps of the ports before the other things have their turn */
    PACE_STEP_US = 2000      /* with --pace: about two octets at 9600 baud */
};
static const double tick_s = 0.01; /* links want to know the time every 10 ms */
static const double pace_s = PACE_STEP_US / 1e6;

struct run {
    const struct cli_run *options;
    struct ev_loop *loop;
    struct simulation simulation;
    struct wire wires[BOARD_PORT_COUNT];
    struct control control;
    struct live live;
    ev_timer tick;
    ev_timer pace;      /* while octets are on the way */
    ev_idle unfinished; /* the metering time is not yet where it should be, or a port is not done */
    ev_signal stops[STOP_SIGNALS];
};

/* Returns true when a line has become idle. */
static bool flush_wires(struct run *r, bool all)
{
    bool idle = false;
    for (enum board_port port = 0; port < BOARD_PORT_COUNT; port++) {
        if (all || wire_is_filling(&r->wires[port])) {
            idle |= wire_flush(&r->wires[port]);
        }
    }
    return idle;
}

/* With --pace: brings the lines to the present, in steps so short that the meter sees octets when they come, even after
 * this process had to wait. */
static void keep_pace(struct run *r)
{
    struct board *board = &r->simulation.meter.board;
    if (!r->options->pace) {
        return;
    }
    uint64_t now_us = simulation_real_us();
    while (machine_lines_busy(board) && now_us - board->now_us >= PACE_STEP_US) {
        machine_pass_lines(board, PACE_STEP_US);
        virtual_meter_serve(&r->simulation.meter);
        flush_wires(r, true);
    }
    if (!machine_lines_busy(board)) {
        board->now_us = now_us;
    }
}

static void watch_pace(struct run *r)
{
    bool busy = machine_lines_busy(&r->simulation.meter.board);
    if (busy && !ev_is_active(&r->pace)) {
        ev_timer_again(r->loop, &r->pace);
    } else if (!busy) {
        ev_timer_stop(r->loop, &r->pace);
    }
}

/* Lets the meter deal with what its ports have, and sends what it says. Returns true if there is more to be done. */
static bool exchange(struct run *r)
{
    bool busy = true;
    keep_pace(r);
    for (unsigned i = 0; busy && i < SERVICE_ROUNDS_MAX; i++) {
        busy = virtual_meter_serve(&r->simulation.meter);
        busy |= flush_wires(r, !busy);
    }
    if (busy) {
        flush_wires(r, true); /* a port that is never done must not hold back the other's answer */
    }
    watch_pace(r);
    return busy;
}

/* A wire has something for the meter, or room for more of what it says. */
static void serve(void *context)
{
    struct run *r = context;
    if (exchange(r)) {
        ev_idle_start(r->loop, &r->unfinished);
    }
}

static void go_on(struct run *r)
{
    bool there = simulation_advance(&r->simulation);
    bool busy = exchange(r);
    if (there && !busy) {
        ev_idle_stop(r->loop, &r->unfinished);
    } else {
        ev_idle_start(r->loop, &r->unfinished); /* again, as soon as no wire wants anything */
    }
}

static void on_tick(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    go_on(watcher->data); /* also when unfinished: a client that never pauses would keep the loop from being idle */
}

static void on_idle(struct ev_loop *loop, ev_idle *watcher, int events)
{
    (void)loop;
    (void)events;
    go_on(watcher->data);
}

/* A command has changed something. */
static void serve_control(void *context)
{
    go_on(context);
}

static void on_pace(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    serve(watcher->data);
}

static void on_stop(struct ev_loop *loop, ev_signal *watcher, int events)
{
    (void)watcher;
    (void)events;
    ev_break(loop, EVBREAK_ALL);
}

static bool open_wires(struct run *r)
{
    struct board *board = &r->simulation.meter.board;
    board->stepped = r->options->pace;
    board->now_us = simulation_real_us();

    static const char *const names[BOARD_PORT_COUNT] = { "optical", "bluetooth" };
    for (enum board_port port = 0; port < BOARD_PORT_COUNT; port++) {
        struct wire *w = &r->wires[port];
        *w = (struct wire){ .board = board, .port = port, .name = names[port], .loop = r->loop };
        w->verbose = r->options->verbose;
        w->at_rate = r->options->pace;
        w->serve = serve;
        w->context = r;
    }
    for (enum board_port port = 0; port < BOARD_PORT_COUNT; port++) {
        if (!wire_open(&r->wires[port], &r->options->ports[port])) {
            return false;
        }
    }
    return true;
}

static void watch_signals(struct run *r)
{
    static const int signals[STOP_SIGNALS] = { SIGTERM, SIGINT, SIGHUP };
    signal(SIGPIPE, SIG_IGN); /* nobody reads what is said any more: no reason to fail as in a cut of the power */
    for (unsigned i = 0; i < STOP_SIGNALS; i++) {
        ev_signal_init(&r->stops[i], on_stop, signals[i]);
        ev_signal_start(r->loop, &r->stops[i]);
    }
}

static void watch_time(struct run *r)
{
    ev_timer_init(&r->tick, on_tick, tick_s, tick_s);
    r->tick.data = r;
    ev_timer_start(r->loop, &r->tick);
    ev_timer_init(&r->pace, on_pace, pace_s, pace_s);
    r->pace.data = r;
    ev_idle_init(&r->unfinished, on_idle);
    r->unfinished.data = r;
}

/* With the loop and the simulation there. */
static enum cli_exit run_loop(struct run *r)
{
    enum cli_exit code = CLI_FAILURE;
    if (open_wires(r) && control_open(&r->control, r->loop, &r->simulation, serve_control, r)) {
        watch_signals(r);
        watch_time(r);
        exchange(r); /* sets the lines */
        puts("ready");
        fflush(stdout);
        simulation_start(&r->simulation);
        if (r->options->lcd) {
            live_open(&r->live, r->loop, &r->simulation);
        }
        ev_run(r->loop, 0);
        live_close(&r->live);
        control_close(&r->control);
        code = CLI_SUCCESS;
    }
    for (enum board_port port = 0; port < BOARD_PORT_COUNT; port++) {
        wire_close(&r->wires[port]);
    }
    return code;
}

enum cli_exit run(const struct cli_run *options)
{
    struct run *r = calloc(1, sizeof *r);
    if (r == NULL) {
        cli_say("There is no memory for a meter.");
        return CLI_FAILURE;
    }
    if (options->lcd && !live_possible()) {
        cli_say("--lcd needs a terminal for its input and output.");
        free(r);
        return CLI_USAGE;
    }
    r->options = options;
    enum cli_exit code = simulation_begin(&r->simulation, options);
    if (code == CLI_SUCCESS) {
        code = CLI_FAILURE;
        r->loop = ev_loop_new(EVFLAG_AUTO);
        if (r->loop != NULL) {
            code = run_loop(r);
            if (code != CLI_SUCCESS) {
                state_take_back(&r->simulation.state);
            }
            ev_loop_destroy(r->loop);
        }
        simulation_end(&r->simulation);
    }
    free(r);
    return code;
}
