/* Round trips over loopback: bench_loopback PID BLUETOOTH_PORT OPTICAL_PORT GETS SESSIONS
 *
 * Prints GET round trips per second on the Bluetooth port, and the CPU that the meter (process PID) uses for one
 * LLS session: association, one GET, disconnect, and what of the connection comes with it (enum way). Beside it, what a
 * program takes that does nothing but play the answers of the meter: the share of the kernel's sockets that no program
 * can do without. Client and meter belong on one core: what waking another core costs says nothing about a meter.
 *
 *     bench_loopback PORT WAY SESSIONS
 *
 * Only has the sessions, for counts of system calls. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/frames.h"

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int dial(const char *port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int s = socket(AF_INET, SOCK_STREAM, 0);
    int one = 1;
    if (s < 0 || connect(s, (struct sockaddr *)&to, sizeof to) != 0) {
        die("connect");
    }
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return s;
}

static void send_octets(int s, const void *octets, size_t size)
{
    if (write(s, octets, size) != (ssize_t)size) {
        die("write");
    }
}

static size_t receive(int s, uint8_t *octets, size_t max, uint8_t last)
{
    size_t size = 0;
    do {
        ssize_t n = read(s, octets + size, max - size);
        if (n <= 0) {
            die("read");
        }
        size += (size_t)n;
    } while (octets[size - 1] != last || size < 6);
    return size;
}

/* The answers of one session. */
struct answers {
    unsigned count;
    size_t size[8];
    uint8_t octets[8][1100];
};

/* Sends a request and waits for its answer, which ends with `last`. */
static void ask(int s, const void *request, size_t size, uint8_t last, struct answers *a)
{
    send_octets(s, request, size);
    a->size[a->count] = receive(s, a->octets[a->count], sizeof a->octets[0], last);
    a->count++;
}

static void exchange(int s, const struct frame *f)
{
    struct answers a = { 0 };
    ask(s, f->octets, f->size, 0x7E, &a);
}

static void associate(int s, struct answers *a)
{
    struct frame snrm = frame_make(CONTROL_SNRM, NULL, 0);
    struct frame aarq = frame_make(frame_information_control(0, 0), apdu_aarq, apdu_aarq_size);
    ask(s, snrm.octets, snrm.size, 0x7E, a);
    ask(s, aarq.octets, aarq.size, 0x7E, a);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* CPU time of process `pid` in the program itself and in the kernel for it: /proc/PID/stat counts ticks. */
struct cpu {
    double program_us, kernel_us;
};

static struct cpu cpu_of(const char *pid)
{
    char path[64];
    unsigned long program, kernel;
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    FILE *f = fopen(path, "r");
    if (f == NULL ||
        fscanf(f, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &program, &kernel) != 2) {
        die(path);
    }
    fclose(f);
    double tick_us = 1e6 / (double)sysconf(_SC_CLK_TCK);
    return (struct cpu){ (double)program * tick_us, (double)kernel * tick_us };
}

static void measure_gets(const char *port, unsigned count)
{
    struct frame get[8];
    for (unsigned i = 0; i < 8; i++) {
        get[i] = frame_make(frame_information_control(i, i), apdu_get, apdu_get_size);
    }
    struct answers a = { 0 };
    int s = dial(port);
    associate(s, &a);
    double from = seconds();
    for (unsigned i = 0; i < count; i++) {
        exchange(s, &get[(i + 1) % 8]);
    }
    printf("GET round trips per second, client and meter on one core: %.0f\n", count / (seconds() - from));
    close(s);
}

/* How the sessions of a measurement come about: all over one open connection, as over a line; each over one of its own;
 * each over one of its own and with the mode E sign-on. */
enum way { OVER_ONE, CONNECTING, SIGNING_ON };

static const char *const way_name[] = { "bluetooth, over an open connection", "bluetooth, with connect",
                                        "optical, with connect and sign-on" };

static void session(int s, bool sign_on, struct answers *a)
{
    struct frame get = frame_make(frame_information_control(1, 1), apdu_get, apdu_get_size);
    struct frame disc = frame_make(CONTROL_DISC, NULL, 0);
    a->count = 0;
    if (sign_on) {
        ask(s, "/?!\r\n", 5, '\n', a);
        ask(s, "\006252\r\n", 6, '\n', a);
    }
    associate(s, a);
    ask(s, get.octets, get.size, 0x7E, a);
    ask(s, disc.octets, disc.size, 0x7E, a);
}

static void sessions(const char *port, enum way way, unsigned count, struct answers *a)
{
    int s = dial(port);
    for (unsigned i = 0; i < count; i++) {
        if (i > 0 && way != OVER_ONE) {
            close(s);
            s = dial(port);
        }
        session(s, way == SIGNING_ON, a);
    }
    close(s);
}

static _Noreturn void play_answers(int listener, const struct answers *a)
{
    uint8_t request[FRAME_MAX];
    for (;;) {
        int s = accept(listener, NULL, NULL);
        if (s < 0) {
            die("accept");
        }
        for (unsigned i = 0; read(s, request, sizeof request) > 0; i = (i + 1) % a->count) {
            send_octets(s, a->octets[i], a->size[i]);
        }
        close(s);
    }
}

/* A process that plays these answers; returns its id and the port. */
static pid_t play(const struct answers *a, char port[8])
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    socklen_t size = sizeof at;
    int one = 1;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, 8) != 0 ||
        setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0 ||
        getsockname(listener, (struct sockaddr *)&at, &size) != 0) {
        die("listen");
    }
    snprintf(port, 8, "%u", ntohs(at.sin_port));
    pid_t player = fork();
    if (player < 0) {
        die("fork");
    }
    if (player == 0) {
        play_answers(listener, a);
    }
    close(listener);
    return player;
}

/* CPU per session in us. */
static struct cpu cost(const char *pid, const char *port, enum way way, unsigned count, struct answers *a)
{
    sessions(port, way, 1, a);
    struct cpu from = cpu_of(pid);
    sessions(port, way, count, a);
    struct cpu to = cpu_of(pid);
    return (struct cpu){ (to.program_us - from.program_us) / count, (to.kernel_us - from.kernel_us) / count };
}

static void measure_sessions(const char *pid, const char *port, enum way way, unsigned count)
{
    struct answers a;
    char player_port[8];
    char player_pid[16];
    struct cpu meter = cost(pid, port, way, count, &a);
    pid_t player = play(&a, player_port);
    snprintf(player_pid, sizeof player_pid, "%d", (int)player);
    struct cpu least = cost(player_pid, player_port, way, count, &a);
    kill(player, SIGTERM);
    waitpid(player, NULL, 0);
    printf("CPU of the meter per LLS session, %s: %.1f us, of it %.1f us in the kernel's sockets; a program that only "
           "plays these %u answers: %.1f us\n",
           way_name[way], meter.program_us + meter.kernel_us, meter.kernel_us, a.count,
           least.program_us + least.kernel_us);
}

int main(int argc, char **argv)
{
    if (argc == 4) {
        struct answers a;
        sessions(argv[1], (enum way)atoi(argv[2]), (unsigned)atoi(argv[3]), &a);
        return 0;
    }
    if (argc != 6) {
        fprintf(stderr, "usage: %s PID BLUETOOTH_PORT OPTICAL_PORT GETS SESSIONS\n", argv[0]);
        return 2;
    }
    unsigned count = (unsigned)atoi(argv[5]);
    measure_gets(argv[2], (unsigned)atoi(argv[4]));
    measure_sessions(argv[1], argv[2], OVER_ONE, count);
    measure_sessions(argv[1], argv[2], CONNECTING, count);
    measure_sessions(argv[1], argv[3], SIGNING_ON, count);
    return 0;
}
