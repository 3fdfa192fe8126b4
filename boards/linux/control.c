#include "boards/linux/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 16, CONNECT_S = 10 /* a meter that was stopped takes nobody */ };
static const char name[] = "ctl";

/* A path through the directory's descriptor, so that it is never too long for a socket. */
static struct sockaddr_un address_in(int directory)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", directory, name);
    return address;
}

int control_connect(const char *path)
{
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) {
        return -1;
    }
    struct sockaddr_un address = address_in(directory);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &(struct timeval){ .tv_sec = CONNECT_S }, sizeof(struct timeval));
    bool connected = fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    int reason = errno;
    close(directory);
    if (fd >= 0 && !connected) {
        close(fd);
    }
    errno = reason;
    return connected ? fd : -1;
}

static void hang_up(struct control_client *client)
{
    if (ev_is_active(&client->reader)) {
        ev_io_stop(client->control->loop, &client->reader);
        close(client->reader.fd);
    }
}

/* The answer fits the empty buffer of the socket; a client that has gone does not want it. */
static void answer(struct control_client *client, enum cli_exit code, const char *text)
{
    char octets[COMMAND_ANSWER_MAX + 4];
    int size = snprintf(octets, sizeof octets, "%d %s\n", (int)code, text);
    (void)!send(client->reader.fd, octets, (size_t)size, MSG_NOSIGNAL | MSG_DONTWAIT);
    hang_up(client);
}

static void on_readable(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop;
    (void)events;
    struct control_client *client = watcher->data;
    struct control *c = client->control;
    ssize_t size = recv(watcher->fd, client->line + client->used, sizeof client->line - client->used, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (size <= 0) {
        hang_up(client);
        return;
    }
    client->used += (size_t)size;
    char *end = memchr(client->line, '\n', client->used);
    if (end != NULL) {
        char text[COMMAND_ANSWER_MAX] = "";
        *end = '\0';
        enum cli_exit code = command_run(c->simulation, client->line, (size_t)(end - client->line), text);
        answer(client, code, text);
        c->changed(c->context);
    } else if (client->used == sizeof client->line) {
        answer(client, CLI_USAGE, "This is too long for a command.");
    }
}

static void on_connection(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)events;
    struct control *c = watcher->data;
    int fd = accept4(watcher->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        return;
    }
    struct control_client *client = &c->clients[c->next];
    c->next = (c->next + 1) % CONTROL_CLIENTS_MAX;
    hang_up(client);
    client->control = c;
    client->used = 0;
    ev_io_init(&client->reader, on_readable, fd, EV_READ);
    client->reader.data = client;
    ev_io_start(loop, &client->reader);
}

/* The lock on the state is this process's, so a socket that is there is that of a meter that has died. */
static int listen_in(int directory)
{
    struct sockaddr_un address = address_in(directory);
    struct stat status;
    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(status.st_mode)) {
        unlinkat(directory, name, 0);
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 || listen(fd, BACKLOG) != 0)) {
        int reason = errno;
        close(fd);
        errno = reason;
        return -1;
    }
    return fd;
}

bool control_open(struct control *c, struct ev_loop *loop, struct simulation *simulation,
                  void (*changed)(void *context), void *context)
{
    *c = (struct control){ .loop = loop, .simulation = simulation, .changed = changed, .context = context };
    int fd = listen_in(simulation->state.directory);
    if (fd < 0) {
        cli_say("There can be no control socket %s in the state directory: %s", name, strerror(errno));
        return false;
    }
    for (unsigned i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        ev_init(&c->clients[i].reader, on_readable);
    }
    ev_io_init(&c->listener, on_connection, fd, EV_READ);
    c->listener.data = c;
    ev_io_start(loop, &c->listener);
    return true;
}

void control_close(struct control *c)
{
    ev_io_stop(c->loop, &c->listener);
    close(c->listener.fd);
    unlinkat(c->simulation->state.directory, name, 0);
    for (unsigned i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        hang_up(&c->clients[i]);
    }
}
