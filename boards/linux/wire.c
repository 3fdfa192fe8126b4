#include "boards/linux/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static struct machine_line *line_of(struct wire *w)
{
    return &w->board->lines[w->port];
}

static bool is_connection(const struct wire *w)
{
    return w->reader == &w->connection;
}

/* Gives the line to the owner of this watcher, or to nobody. */
static void hand_over(struct wire *w, ev_io *reader)
{
    ev_io_stop(w->loop, &w->writer);
    if (is_connection(w)) {
        ev_io_stop(w->loop, &w->connection);
        close(w->connection.fd);
        if (w->verbose) {
            cli_say("%s: the connection has ended.", w->name);
        }
    } else if (w->reader != NULL) {
        ev_io_start(w->loop, w->reader); /* a terminal that was held back can ask for the line again */
    }
    w->reader = reader;
    machine_line_attach(w->board, w->port, reader != NULL);
}

static void on_readable(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop;
    (void)events;
    struct wire *w = watcher->data;
    if (w->reader != watcher) { /* a terminal that did not have the line */
        hand_over(w, watcher);
    }
    struct queue *received = &line_of(w)->received;
    uint8_t octets[QUEUE_MAX];
    ssize_t size = read(watcher->fd, octets, queue_room(received));
    if (size > 0) {
        queue_put(received, octets, (size_t)size);
    } else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
        hand_over(w, NULL);
    }
    w->serve(w->context);
}

static void on_writable(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop;
    (void)events;
    struct wire *w = watcher->data;
    w->serve(w->context);
}

/* Returns false when the client is gone. */
static bool send_queued(struct wire *w)
{
    struct queue *sending = &line_of(w)->sending;
    while (sending->used > 0) {
        ssize_t size = is_connection(w) ? send(w->reader->fd, sending->octets, sending->used, MSG_NOSIGNAL)
                                        : write(w->reader->fd, sending->octets, sending->used);
        if (size < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        queue_drop(sending, (size_t)size);
    }
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

void wire_flush(struct wire *w)
{
    if (w->reader == NULL) {
        return;
    }
    if (!send_queued(w)) {
        hand_over(w, NULL);
        return;
    }
    /* A full queue holds the client back; the meter takes no more while its answer cannot leave. */
    const struct machine_line *line = line_of(w);
    watch(w, w->reader, queue_room(&line->received) > 0);
    if (line->sending.used > 0 && !ev_is_active(&w->writer)) {
        ev_io_set(&w->writer, w->reader->fd, EV_WRITE);
    }
    watch(w, &w->writer, line->sending.used > 0);
}

static void on_connection(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)events;
    struct wire *w = watcher->data;
    int fd = accept4(watcher->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        return; /* it was gone before it was taken, or the process has no descriptor left: the next one may be luckier
                 */
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
    hand_over(w, NULL);
    ev_io_init(&w->connection, on_readable, fd, EV_READ);
    w->connection.data = w;
    ev_io_start(loop, &w->connection);
    hand_over(w, &w->connection);
    if (w->verbose) {
        cli_say("%s: a client has connected.", w->name);
    }
    w->serve(w->context);
}

static void add_door(struct wire *w, int fd, int slave, const char *link_path,
                     void (*callback)(struct ev_loop *, ev_io *, int))
{
    struct wire_door *door = &w->doors[w->door_count++];
    *door = (struct wire_door){ .slave = slave, .link = link_path };
    ev_io_init(&door->watcher, callback, fd, EV_READ);
    door->watcher.data = w;
    ev_io_start(w->loop, &door->watcher);
}

/* "127.0.0.1:4061" or "[::1]:4061" of a bound socket. */
static void print_address(const struct wire *w, int fd)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    char host[NI_MAXHOST] = "?";
    char service[NI_MAXSERV] = "?";
    if (getsockname(fd, (struct sockaddr *)&address, &size) == 0) {
        getnameinfo((struct sockaddr *)&address, size, host, sizeof host, service, sizeof service,
                    NI_NUMERICHOST | NI_NUMERICSERV);
    }
    printf(strchr(host, ':') != NULL ? "%s: tcp [%s]:%s\n" : "%s: tcp %s:%s\n", w->name, host, service);
}

static int listen_on(const struct addrinfo *address)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
    if (bind(fd, address->ai_addr, address->ai_addrlen) != 0 || listen(fd, 8) != 0) {
        int reason = errno;
        close(fd);
        errno = reason;
        return -1;
    }
    return fd;
}

static bool open_tcp(struct wire *w, const struct endpoint *e)
{
    const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
    struct addrinfo *address;
    int problem = getaddrinfo(e->host, e->port, &hints, &address);
    if (problem != 0) {
        cli_say("%s: %s: %s", w->name, e->host, gai_strerror(problem));
        return false;
    }
    int fd = listen_on(address);
    freeaddrinfo(address);
    if (fd < 0) {
        cli_say("%s: cannot listen on %s: %s", w->name, e->text, strerror(errno));
        return false;
    }
    add_door(w, fd, -1, NULL, on_connection);
    print_address(w, fd);
    return true;
}

/* A link of an earlier run is replaced, any other file is left alone. */
static bool make_link(const char *path, const char *target)
{
    struct stat status;
    if (lstat(path, &status) == 0 && S_ISLNK(status.st_mode)) {
        unlink(path);
    }
    return symlink(target, path) == 0;
}

/* Opens a pseudo terminal that passes octets as they are. Returns its master, or -1. */
static int open_terminal(int *slave, char *name, size_t size)
{
    *slave = -1;
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (master < 0) {
        return -1;
    }
    struct termios settings;
    if (grantpt(master) == 0 && unlockpt(master) == 0 && ptsname_r(master, name, size) == 0 &&
        (*slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)) >= 0 && tcgetattr(*slave, &settings) == 0) {
        cfmakeraw(&settings);
        if (tcsetattr(*slave, TCSANOW, &settings) == 0) {
            return master;
        }
    }
    int reason = errno;
    close(master);
    if (*slave >= 0) {
        close(*slave);
    }
    errno = reason;
    return -1;
}

static bool open_pty(struct wire *w, const struct endpoint *e)
{
    char name[128];
    int slave;
    int master = open_terminal(&slave, name, sizeof name);
    if (master < 0) {
        cli_say("%s: there is no pseudo terminal to be had: %s", w->name, strerror(errno));
        return false;
    }
    add_door(w, master, slave, NULL, on_readable);
    if (e->path != NULL) {
        if (!make_link(e->path, name)) {
            cli_say("%s: cannot make the link %s: %s", w->name, e->path, strerror(errno));
            return false;
        }
        w->doors[w->door_count - 1].link = e->path;
    }
    printf("%s: pty %s\n", w->name, e->path != NULL ? e->path : name);
    return true;
}

static bool open_endpoint(struct wire *w, const struct endpoint *e)
{
    switch (e->kind) {
    case ENDPOINT_TCP:
        return open_tcp(w, e);
    case ENDPOINT_PTY:
        return open_pty(w, e);
    case ENDPOINT_RFC2217:
    case ENDPOINT_SERIAL:
    case ENDPOINT_UNIX:
        cli_say("%s: %s is not available in this version; it is off.", w->name, e->text);
        break;
    case ENDPOINT_OFF:
        break;
    }
    printf("%s: off\n", w->name);
    return true;
}

bool wire_open(struct wire *w, const struct cli_port *port)
{
    w->reader = NULL;
    w->door_count = 0;
    ev_init(&w->writer, on_writable);
    w->writer.data = w;
    for (unsigned i = 0; i < port->count; i++) {
        if (!open_endpoint(w, &port->endpoints[i])) {
            return false;
        }
    }
    return true;
}

void wire_close(struct wire *w)
{
    if (w->reader != NULL) {
        hand_over(w, NULL);
    }
    for (unsigned i = 0; i < w->door_count; i++) {
        struct wire_door *door = &w->doors[i];
        ev_io_stop(w->loop, &door->watcher);
        close(door->watcher.fd);
        if (door->slave >= 0) {
            close(door->slave);
        }
        if (door->link != NULL) {
            unlink(door->link);
        }
    }
    w->door_count = 0;
}
