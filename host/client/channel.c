#include "host/client/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "host/serial.h"

enum { SEND_TIMEOUT_MS = 30000 }; /* the other side takes nothing any more */

struct channel {
    int fd;
    bool is_serial;
    struct serial serial;
};

uint64_t channel_now_ms(struct channel *c)
{
    (void)c;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void channel_pause(struct channel *c, uint32_t time_ms)
{
    (void)c;
    struct timespec time = { .tv_sec = time_ms / 1000, .tv_nsec = (long)(time_ms % 1000) * 1000000 };
    nanosleep(&time, NULL);
}

/* True once `events` are there. */
static bool await(int fd, short events, uint32_t timeout_ms)
{
    struct pollfd wait = { .fd = fd, .events = events };
    return poll(&wait, 1, (int)timeout_ms) > 0;
}

/* 0, or the error number. */
static int connect_in_time(int fd, const struct sockaddr *address, socklen_t size, uint32_t timeout_ms)
{
    int error = 0;
    socklen_t error_size = sizeof error;
    if (connect(fd, address, size) == 0) {
        return 0;
    }
    if (errno != EINPROGRESS) {
        return errno;
    }
    if (!await(fd, POLLOUT, timeout_ms)) {
        return ETIMEDOUT;
    }
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_size) == 0 ? error : errno;
}

static int open_socket(const struct sockaddr *address, socklen_t size, uint32_t timeout_ms, int *error)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        *error = errno;
        return -1;
    }
    *error = connect_in_time(fd, address, size, timeout_ms);
    if (*error != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int open_tcp(const struct endpoint *e, uint32_t timeout_ms, struct trouble *t)
{
    const struct addrinfo wanted = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    int problem = getaddrinfo(e->host, e->port, &wanted, &found);
    if (problem != 0) {
        trouble_is(t, "There is no host %s: %s.", e->host, gai_strerror(problem));
        return -1;
    }
    int fd = -1;
    int error = 0;
    for (struct addrinfo *a = found; a != NULL && fd < 0; a = a->ai_next) {
        fd = open_socket(a->ai_addr, a->ai_addrlen, timeout_ms, &error);
    }
    freeaddrinfo(found);
    if (fd < 0) {
        trouble_is(t, "Nobody answers at %s: %s. Is the meter running, and is this its port?", e->text,
                   strerror(error));
    } else {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
    }
    return fd;
}

static int open_unix(const struct endpoint *e, uint32_t timeout_ms, struct trouble *t)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int error = ENAMETOOLONG;
    int fd = -1;
    if (strlen(e->path) < sizeof address.sun_path) {
        memcpy(address.sun_path, e->path, strlen(e->path));
        fd = open_socket((const struct sockaddr *)&address, sizeof address, timeout_ms, &error);
    }
    if (fd < 0) {
        trouble_is(t, "Nobody answers at %s: %s. Is the meter running, and is this its socket?", e->text,
                   strerror(error));
    }
    return fd;
}

static bool open_any(struct channel *c, const struct endpoint *e, uint32_t timeout_ms, struct trouble *t)
{
    if (e->kind == ENDPOINT_SERIAL) {
        const char *problem = serial_open(&c->serial, e->path);
        if (problem != NULL) {
            return trouble_is(t, "The line %s cannot be used: %s.", e->path, problem);
        }
        c->is_serial = true;
        c->fd = c->serial.fd;
        return true;
    }
    c->fd = e->kind == ENDPOINT_TCP ? open_tcp(e, timeout_ms, t) : open_unix(e, timeout_ms, t);
    return c->fd >= 0;
}

struct channel *channel_open(const struct endpoint *endpoint, uint32_t timeout_ms, struct trouble *t)
{
    struct channel *c = calloc(1, sizeof *c);
    if (c == NULL || !open_any(c, endpoint, timeout_ms, t)) {
        free(c);
        return NULL;
    }
    return c;
}

void channel_close(struct channel *c)
{
    if (c == NULL) {
        return;
    }
    if (c->is_serial) {
        serial_close(&c->serial);
    } else {
        close(c->fd);
    }
    free(c);
}

void channel_set(struct channel *c, const struct line_settings *settings)
{
    if (c->is_serial) {
        serial_set(&c->serial, settings); /* a pseudo terminal knows no parity: as near as it can be */
    }
}

bool channel_send(struct channel *c, const uint8_t *octets, size_t size, struct trouble *t)
{
    while (size > 0) {
        ssize_t sent = c->is_serial ? write(c->fd, octets, size) : send(c->fd, octets, size, MSG_NOSIGNAL);
        if (sent > 0) {
            octets += sent;
            size -= (size_t)sent;
        } else if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            return trouble_is(t, "The connection to the meter broke: %s.", strerror(errno));
        } else if (!await(c->fd, POLLOUT, SEND_TIMEOUT_MS)) {
            return trouble_is(t, "The connection takes no octets any more.");
        }
    }
    return true;
}

/* Without the marks that a serial line has for octets in error. */
static size_t without_marks(struct channel *c, uint8_t *octets, size_t size)
{
    size_t kept = 0;
    for (size_t i = 0; i < size; i++) {
        uint8_t octet;
        if (serial_receive(&c->serial, octets[i], &octet) == SERIAL_DATA) {
            octets[kept++] = octet;
        }
    }
    return kept;
}

enum channel_outcome channel_receive(struct channel *c, uint8_t *octets, size_t max, size_t *size, uint32_t timeout_ms)
{
    if (!await(c->fd, POLLIN, timeout_ms)) {
        return CHANNEL_SILENCE;
    }
    ssize_t got = read(c->fd, octets, max);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        return CHANNEL_CLOSED;
    }
    *size = got < 0 ? 0 : (size_t)got;
    if (c->is_serial) {
        *size = without_marks(c, octets, *size);
    }
    return *size > 0 ? CHANNEL_OCTETS : CHANNEL_SILENCE;
}
