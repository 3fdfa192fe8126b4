#include "boards/linux/door.h"

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
#include <sys/un.h>
#include <unistd.h>

#include "host/cli.h"

enum { BACKLOG = 8 };

/* Closes it and keeps the reason of the failure. */
static int give_up(int fd)
{
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

static int listen_on(const struct sockaddr *address, socklen_t size)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
    /* Each connection inherits it: tcp(7). In vain on a unix socket, which has no delay. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
    return bind(fd, address, size) == 0 && listen(fd, BACKLOG) == 0 ? fd : give_up(fd);
}

/* "127.0.0.1:4061" or "[::1]:4061" of a bound socket. */
static void print_address(int fd, const char *port, const char *kind)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    char host[NI_MAXHOST] = "?";
    char service[NI_MAXSERV] = "?";
    if (getsockname(fd, (struct sockaddr *)&address, &size) == 0) {
        getnameinfo((struct sockaddr *)&address, size, host, sizeof host, service, sizeof service,
                    NI_NUMERICHOST | NI_NUMERICSERV);
    }
    printf(strchr(host, ':') != NULL ? "%s: %s [%s]:%s\n" : "%s: %s %s:%s\n", port, kind, host, service);
}

static bool open_tcp(struct door *d, const char *port)
{
    const struct endpoint *e = d->endpoint;
    const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
    struct addrinfo *address;
    int problem = getaddrinfo(e->host, e->port, &hints, &address);
    if (problem != 0) {
        cli_say("%s: %s: %s", port, e->host, gai_strerror(problem));
        return false;
    }
    d->fd = listen_on(address->ai_addr, address->ai_addrlen);
    freeaddrinfo(address);
    if (d->fd < 0) {
        cli_say("%s: cannot listen on %s: %s", port, e->text, strerror(errno));
        return false;
    }
    print_address(d->fd, port, e->kind == ENDPOINT_TCP ? "tcp" : "rfc2217");
    return true;
}

/* A datagram socket cannot be connected with a stream socket, so this tells a living one without disturbing it. */
static bool is_abandoned(const struct sockaddr_un *address)
{
    struct stat status;
    if (lstat(address->sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) {
        return false;
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool refused =
        fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 && errno == ECONNREFUSED;
    if (fd >= 0) {
        close(fd);
    }
    return refused;
}

static bool open_unix(struct door *d, const char *port)
{
    const char *path = d->endpoint->path;
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof address.sun_path) {
        cli_say("%s: %s is too long for a socket: %zu octets at the most.", port, path, sizeof address.sun_path - 1);
        return false;
    }
    memcpy(address.sun_path, path, strlen(path));
    if (is_abandoned(&address)) {
        unlink(path);
    }
    d->fd = listen_on((const struct sockaddr *)&address, sizeof address);
    if (d->fd < 0) {
        cli_say("%s: cannot listen on %s: %s", port, d->endpoint->text, strerror(errno));
        return false;
    }
    d->file = path;
    printf("%s: unix %s\n", port, path);
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
    if (*slave >= 0) {
        give_up(*slave);
    }
    return give_up(master);
}

static bool open_pty(struct door *d, const char *port)
{
    char name[128];
    const char *link_path = d->endpoint->path;
    d->fd = open_terminal(&d->slave, name, sizeof name);
    if (d->fd < 0) {
        cli_say("%s: there is no pseudo terminal to be had: %s", port, strerror(errno));
        return false;
    }
    if (link_path != NULL && !make_link(link_path, name)) {
        cli_say("%s: cannot make the link %s: %s", port, link_path, strerror(errno));
        close(d->fd);
        close(d->slave);
        return false;
    }
    d->file = link_path;
    printf("%s: pty %s\n", port, link_path != NULL ? link_path : name);
    return true;
}

static bool open_serial(struct door *d, const char *port)
{
    const char *problem = serial_open(&d->serial, d->endpoint->path);
    if (problem != NULL) {
        cli_say("%s: cannot open %s: %s", port, d->endpoint->text, problem);
        return false;
    }
    d->fd = d->serial.fd;
    printf("%s: serial %s\n", port, d->endpoint->path);
    return true;
}

bool door_open(struct door *d, const struct endpoint *e, const char *port)
{
    *d = (struct door){ .endpoint = e, .fd = -1, .slave = -1 };
    switch (e->kind) {
    case ENDPOINT_TCP:
    case ENDPOINT_RFC2217:
        return open_tcp(d, port);
    case ENDPOINT_PTY:
        return open_pty(d, port);
    case ENDPOINT_SERIAL:
        return open_serial(d, port);
    case ENDPOINT_UNIX:
        return open_unix(d, port);
    case ENDPOINT_OFF:
        break;
    }
    return false;
}

void door_close(struct door *d)
{
    if (d->endpoint->kind == ENDPOINT_SERIAL) {
        serial_close(&d->serial);
    } else {
        close(d->fd);
    }
    if (d->slave >= 0) {
        close(d->slave);
    }
    if (d->file != NULL) {
        unlink(d->file);
    }
}

bool door_listens(const struct door *d)
{
    return d->endpoint->kind != ENDPOINT_PTY && d->endpoint->kind != ENDPOINT_SERIAL;
}
