#include "boards/linux/wire.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static struct machine_line *line_of(struct wire *w)
{
    return &w->board->lines[w->port];
}

static bool client_is(const struct wire *w, enum endpoint_kind kind)
{
    return w->client != NULL && w->client->door.endpoint->kind == kind;
}

static bool is_connection(const struct wire *w)
{
    return w->reader == &w->connection;
}

static enum machine_pace pace_of_client(const struct wire *w)
{
    if (client_is(w, ENDPOINT_SERIAL)) {
        return MACHINE_WIRE;
    }
    if (w->client != NULL && w->at_rate) {
        return MACHINE_AT_RATE;
    }
    return client_is(w, ENDPOINT_RFC2217) ? MACHINE_DELAYED : MACHINE_STREAM;
}

/* Gives the line to a client of this door, or to nobody (NULL, NULL). */
static void hand_over(struct wire *w, struct wire_door *door, ev_io *reader)
{
    ev_io_stop(w->loop, &w->writer);
    if (is_connection(w)) {
        ev_io_stop(w->loop, &w->connection);
        close(w->connection.fd);
        if (w->verbose) {
            cli_say("%s: the connection has ended.", w->name);
        }
    } else if (w->client != NULL && !w->client->gone) {
        ev_io_start(w->loop, w->reader); /* a terminal that was held back can ask for the line again */
    }
    w->client = door;
    w->reader = reader;
    line_of(w)->pace = pace_of_client(w);
    machine_line_attach(w->board, w->port, door != NULL);
    if (client_is(w, ENDPOINT_RFC2217)) {
        telnet_init(&w->telnet, &w->out);
    }
}

/* There is nobody behind this door any more. */
static void lose(struct wire *w, struct wire_door *door)
{
    if (door->door.endpoint->kind == ENDPOINT_SERIAL) {
        cli_say("%s: the serial line %s has failed.", w->name, door->door.endpoint->path);
        door->gone = true;
        ev_io_stop(w->loop, &door->watcher);
    }
    if (w->client == door) {
        hand_over(w, NULL, NULL);
    }
}

/* What comes from the client -------------------------------------------------------------------- */

static void take_from_telnet(struct wire *w, uint8_t octet)
{
    struct machine_line *line = line_of(w);
    struct uart meter = uart_of_line(&line->settings);
    uint8_t heard[UART_HEARD_MAX];
    switch (telnet_receive(&w->telnet, octet, &w->out)) {
    case TELNET_DATA:
        if (!w->telnet.holding) {
            machine_line_hear(line, heard, uart_hear(&w->telnet.uart, &meter, octet, heard));
        }
        break;
    case TELNET_BREAK:
        machine_line_break(line);
        break;
    case TELNET_PURGE:
        machine_line_purge(line);
        break;
    case TELNET_NOTHING:
        break;
    }
}

static void take_from_serial(struct wire *w, uint8_t octet)
{
    struct machine_line *line = line_of(w);
    uint8_t data;
    switch (serial_receive(&w->client->door.serial, octet, &data)) {
    case SERIAL_DATA:
        machine_line_hear(line, &data, 1);
        break;
    case SERIAL_BREAK:
        machine_line_break(line);
        break;
    case SERIAL_NOTHING:
        break;
    }
}

static void take(struct wire *w, const uint8_t *octets, size_t size)
{
    bool telnet = client_is(w, ENDPOINT_RFC2217);
    if (!telnet && !client_is(w, ENDPOINT_SERIAL)) {
        machine_line_hear(line_of(w), octets, size);
        return;
    }
    for (size_t i = 0; i < size; i++) {
        if (telnet) {
            take_from_telnet(w, octets[i]);
        } else {
            take_from_serial(w, octets[i]);
        }
    }
}

/* How many octets of the client there is room for, with everything that they may lead to. */
static size_t room_for_client(struct wire *w)
{
    size_t room = machine_line_room(line_of(w));
    if (!client_is(w, ENDPOINT_RFC2217)) {
        return room;
    }
    size_t answers = telnet_room(&w->out);
    return answers < room / UART_HEARD_MAX ? answers : room / UART_HEARD_MAX;
}

static void on_readable(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop;
    (void)events;
    struct wire_door *door = watcher->data;
    struct wire *w = door->wire;
    if (w->at_rate) {
        w->serve(w->context); /* what comes now begins its way now */
        if (!ev_is_active(watcher)) {
            return;
        }
    }
    bool on_line = w->reader == watcher;
    uint8_t octets[QUEUE_MAX];
    size_t room = on_line ? room_for_client(w) : QUEUE_MAX;
    if (room > 0) {
        ssize_t size = read(watcher->fd, octets, room);
        if (size > 0) {
            if (!on_line) { /* a terminal asks for the line */
                hand_over(w, door, watcher);
            }
            take(w, octets, (size_t)size);
        } else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
            lose(w, door);
        }
    }
    w->serve(w->context);
}

/* What goes to the client ------------------------------------------------------------------------ */

/* Half of the room is left for answers to the client's commands. */
static void encode_for_telnet(struct wire *w)
{
    struct machine_line *line = line_of(w);
    struct uart meter = uart_of_line(&line->settings);
    size_t size = w->telnet.suspended ? 0 : machine_line_sent(w->board, w->port);
    size_t taken = 0;
    for (; taken < size && queue_room(&w->out) > QUEUE_MAX / 2; taken++) {
        uint8_t heard[UART_HEARD_MAX];
        size_t count = uart_hear(&meter, &w->telnet.uart, line->sending.octets[taken], heard);
        for (size_t i = 0; i < count; i++) {
            telnet_send(heard[i], &w->out);
        }
    }
    machine_line_take(w->board, w->port, taken);
}

/* Returns false when the client is gone. */
static bool send_octets(struct wire *w, const uint8_t *octets, size_t size, size_t *sent)
{
    ssize_t result =
        is_connection(w) ? send(w->reader->fd, octets, size, MSG_NOSIGNAL) : write(w->reader->fd, octets, size);
    *sent = result > 0 ? (size_t)result : 0;
    return result >= 0 || errno == EAGAIN || errno == EINTR;
}

/* Returns false when the client is gone; `waiting` is set when it does not take all now. */
static bool send_queued(struct wire *w, bool *waiting)
{
    struct machine_line *line = line_of(w);
    bool telnet = client_is(w, ENDPOINT_RFC2217);
    size_t size;
    size_t sent;
    do {
        if (telnet) {
            encode_for_telnet(w);
        }
        const struct queue *queue = telnet ? &w->out : &line->sending;
        size = telnet ? queue->used : machine_line_sent(w->board, w->port);
        sent = 0;
        if (size > 0 && !send_octets(w, queue->octets, size, &sent)) {
            return false;
        }
        if (telnet) {
            queue_drop(&w->out, sent);
        } else {
            machine_line_take(w->board, w->port, sent);
        }
    } while (sent > 0);
    *waiting = size > 0;
    return true;
}

static void watch(struct wire *w, ev_io *watcher, bool wanted)
{
    if (wanted) {
        ev_io_start(w->loop, watcher);
    } else {
        ev_io_stop(w->loop, watcher);
    }
}

bool wire_is_filling(const struct wire *w)
{
    return w->board->lines[w->port].sending.used > QUEUE_MAX / 2;
}

static void set_serial_lines(struct wire *w)
{
    const struct line_settings *settings = &line_of(w)->settings;
    for (unsigned i = 0; i < w->door_count; i++) {
        struct door *d = &w->doors[i].door;
        if (d->endpoint->kind == ENDPOINT_SERIAL && settings->baud != 0 &&
            (settings->baud != d->serial.settings.baud || settings->format != d->serial.settings.format) &&
            !serial_set(&d->serial, settings)) {
            cli_say("%s: %s cannot be set to %u baud %s; it is as near as it can be.", w->name, d->endpoint->path,
                    settings->baud, settings->format == LINE_7E1 ? "7E1" : "8N1");
        }
    }
}

bool wire_flush(struct wire *w)
{
    struct machine_line *line = line_of(w);
    bool busy = line->sending.used > 0 || line->draining;
    bool waiting;
    set_serial_lines(w);
    if (w->client == NULL) {
        return false;
    }
    if (!send_queued(w, &waiting)) {
        lose(w, w->client);
        return false;
    }
    line->draining = client_is(w, ENDPOINT_SERIAL) && serial_is_busy(&w->client->door.serial);
    /* A full queue holds the client back; the meter takes no more while its answer cannot leave. */
    watch(w, w->reader, room_for_client(w) > 0);
    if (waiting && !ev_is_active(&w->writer)) {
        ev_io_set(&w->writer, w->reader->fd, EV_WRITE);
    }
    watch(w, &w->writer, waiting);
    return busy && board_serial_idle(w->board, w->port);
}

static void on_writable(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop;
    (void)events;
    struct wire *w = watcher->data;
    w->serve(w->context);
}

/* Doors ------------------------------------------------------------------------------------------ */

static void on_connection(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)events;
    struct wire_door *door = watcher->data;
    struct wire *w = door->wire;
    int fd = accept4(watcher->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        return; /* it was gone before it was taken, or no descriptor is left: the next one may be luckier */
    }
    hand_over(w, NULL, NULL);
    ev_io_init(&w->connection, on_readable, fd, EV_READ);
    w->connection.data = door;
    ev_io_start(loop, &w->connection);
    hand_over(w, door, &w->connection);
    if (w->verbose) {
        cli_say("%s: a client has connected.", w->name);
    }
    w->serve(w->context);
}

bool wire_open(struct wire *w, const struct cli_port *port)
{
    w->client = NULL;
    w->reader = NULL;
    w->door_count = 0;
    ev_init(&w->writer, on_writable);
    w->writer.data = w;
    for (unsigned i = 0; i < port->count; i++) {
        if (port->endpoints[i].kind == ENDPOINT_OFF) {
            printf("%s: off\n", w->name);
            continue;
        }
        struct wire_door *door = &w->doors[w->door_count];
        *door = (struct wire_door){ .wire = w };
        if (!door_open(&door->door, &port->endpoints[i], w->name)) {
            return false;
        }
        w->door_count++;
        ev_io_init(&door->watcher, door_listens(&door->door) ? on_connection : on_readable, door->door.fd, EV_READ);
        door->watcher.data = door;
        ev_io_start(w->loop, &door->watcher);
    }
    return true;
}

void wire_close(struct wire *w)
{
    if (w->client != NULL) {
        hand_over(w, NULL, NULL);
    }
    for (unsigned i = 0; i < w->door_count; i++) {
        ev_io_stop(w->loop, &w->doors[i].watcher);
        door_close(&w->doors[i].door);
    }
    w->door_count = 0;
}
