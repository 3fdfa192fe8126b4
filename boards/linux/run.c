#include "boards/linux/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "boards/linux/signature.h"
#include "boards/linux/virtual_meter.h"
#include "boards/linux/wire.h"
#include "host/load.h"
#include "host/local_time.h"

enum {
    SAMPLED_SPEED_MAX = 60,
    SLICE_US = 2000,         /* metering works no longer than this before the ports are looked at */
    SERVICE_ROUNDS_MAX = 64, /* steps of the ports before the other things have their turn */
    PACE_STEP_US = 2000      /* with --pace: about two octets at 9600 baud */
};
static const double tick_s = 0.01; /* links want to know the time every 10 ms */
static const double pace_s = PACE_STEP_US / 1e6;

struct run {
    const struct cli_run *options;
    struct ev_loop *loop;
    struct load load;
    struct virtual_meter meter;
    struct wire wires[BOARD_PORT_COUNT];
    uint64_t start_us; /* real time at which the metering time began */
    bool load_ended;
    ev_timer tick;
    ev_timer pace;      /* while octets are on the way */
    ev_idle unfinished; /* the metering time is not yet where it should be, or a port is not done */
    ev_signal stops[2];
};

static uint64_t real_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

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
    struct board *board = &r->meter.board;
    if (!r->options->pace) {
        return;
    }
    uint64_t now_us = real_us();
    while (machine_lines_busy(board) && now_us - board->now_us >= PACE_STEP_US) {
        machine_pass_lines(board, PACE_STEP_US);
        app_step(&r->meter.app);
        flush_wires(r, true);
    }
    if (!machine_lines_busy(board)) {
        board->now_us = now_us;
    }
}

static void watch_pace(struct run *r)
{
    bool busy = machine_lines_busy(&r->meter.board);
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
        busy = app_step(&r->meter.app);
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

static void tell_of_the_end(struct run *r)
{
    int64_t begin_s;
    int64_t end_s;
    if (!r->load_ended && load_span(&r->load, &begin_s, &end_s) && virtual_meter_local_s(&r->meter) >= end_s) {
        r->load_ended = true;
        cli_say("The load file has ended; the load stays at its last row.");
    }
}

/* Brings the metering time nearer to where it should be. Returns true when it is there. */
static bool advance(struct run *r)
{
    uint64_t begin_us = real_us();
    uint64_t due_us = r->options->speed == CLI_SPEED_MAX ? UINT64_MAX : (begin_us - r->start_us) * r->options->speed;
    uint32_t step_us = virtual_meter_step_us(&r->meter);
    while (due_us - r->meter.board.elapsed_us >= step_us) {
        if (real_us() - begin_us > SLICE_US) {
            return false;
        }
        virtual_meter_step(&r->meter);
    }
    return true;
}

static void go_on(struct run *r)
{
    bool there = advance(r);
    tell_of_the_end(r);
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

/* Local time at which the clock begins: as told, else where the load begins, else now. */
static int64_t start_local_s(const struct run *r)
{
    int64_t begin_s;
    int64_t end_s;
    if (r->options->start_given) {
        return r->options->start_local_s;
    }
    return load_span(&r->load, &begin_s, &end_s) ? begin_s : local_time_now();
}

static bool is_sampled(const struct cli_run *options)
{
    if (options->waveform == CLI_WAVEFORM_AUTO) {
        return options->speed <= SAMPLED_SPEED_MAX;
    }
    return options->waveform == CLI_WAVEFORM_ALWAYS;
}

static bool begin(struct run *r)
{
    struct identity identity = { 0 };
    snprintf(identity.serial_number, sizeof identity.serial_number, "%s", r->options->serial_number);
    if (!signature_of_program(identity.firmware_signature)) {
        cli_say("The program cannot read itself for its signature: %s", strerror(errno));
        return false;
    }
    bool sampled = is_sampled(r->options);
    if (!sampled) {
        cli_say("The load is booked as measured quantities per second, without waveforms.");
    }
    virtual_meter_init(&r->meter, &identity, &r->load, start_local_s(r), sampled);
    r->meter.board.stepped = r->options->pace;
    r->meter.board.now_us = real_us();

    static const char *const names[BOARD_PORT_COUNT] = { "optical", "bluetooth" };
    for (enum board_port port = 0; port < BOARD_PORT_COUNT; port++) {
        struct wire *w = &r->wires[port];
        *w = (struct wire){ .board = &r->meter.board, .port = port, .name = names[port], .loop = r->loop };
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
    static const int signals[] = { SIGTERM, SIGINT };
    for (unsigned i = 0; i < 2; i++) {
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

enum cli_exit run(const struct cli_run *options)
{
    struct run *r = calloc(1, sizeof *r);
    char message[LOAD_MESSAGE_MAX];
    enum load_outcome outcome = r == NULL ? LOAD_BROKEN : load_open(&r->load, options->load, options->seed, message);
    if (outcome != LOAD_OPENED) {
        cli_say("%s", r == NULL ? "There is no memory for a meter." : message);
        free(r);
        return outcome == LOAD_MISSPELT ? CLI_USAGE : CLI_FAILURE;
    }
    r->options = options;
    r->loop = ev_loop_new(EVFLAG_AUTO);
    enum cli_exit code = CLI_FAILURE;
    if (r->loop != NULL) {
        if (begin(r)) {
            watch_signals(r);
            watch_time(r);
            exchange(r); /* sets the lines */
            puts("ready");
            fflush(stdout);
            r->start_us = real_us();
            ev_run(r->loop, 0);
            code = CLI_SUCCESS;
        }
        for (enum board_port port = 0; port < BOARD_PORT_COUNT; port++) {
            wire_close(&r->wires[port]);
        }
        ev_loop_destroy(r->loop);
    }
    load_close(&r->load);
    free(r);
    return code;
}
