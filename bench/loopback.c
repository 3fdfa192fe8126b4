/* Round trips over loopback: bench_loopback PID BLUETOOTH_PORT OPTICAL_PORT GETS SESSIONS
 *
 * Prints GET round trips per second on the Bluetooth port, and the CPU that the meter (process PID) uses for one
 * LLS session on the optical port: connect, mode E sign-on, association, one GET, disconnect. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

static void exchange(int s, const struct frame *f)
{
    uint8_t answer[1100];
    send_octets(s, f->octets, f->size);
    receive(s, answer, sizeof answer, 0x7E);
}

static void associate(int s)
{
    struct frame snrm = frame_make(CONTROL_SNRM, NULL, 0);
    struct frame aarq = frame_make(frame_information_control(0, 0), apdu_aarq, apdu_aarq_size);
    exchange(s, &snrm);
    exchange(s, &aarq);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* CPU time of process `pid` in s, in the program itself and in the kernel for it: /proc/PID/stat counts ticks. */
struct cpu {
    double program_s, kernel_s;
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
    double tick_s = 1.0 / (double)sysconf(_SC_CLK_TCK);
    return (struct cpu){ (double)program * tick_s, (double)kernel * tick_s };
}

static void measure_gets(const char *port, unsigned count)
{
    struct frame get[8];
    for (unsigned i = 0; i < 8; i++) {
        get[i] = frame_make(frame_information_control(i, i), apdu_get, apdu_get_size);
    }
    int s = dial(port);
    associate(s);
    double from = seconds();
    for (unsigned i = 0; i < count; i++) {
        exchange(s, &get[(i + 1) % 8]);
    }
    printf("GET round trips per second, client and meter on one core: %.0f\n", count / (seconds() - from));
    close(s);
}

static void session(const char *port)
{
    uint8_t answer[64];
    int s = dial(port);
    struct frame get = frame_make(frame_information_control(1, 1), apdu_get, apdu_get_size);
    struct frame disc = frame_make(CONTROL_DISC, NULL, 0);
    send_octets(s, "/?!\r\n", 5);
    receive(s, answer, sizeof answer, '\n');
    send_octets(s, "\006252\r\n", 6);
    receive(s, answer, sizeof answer, '\n');
    associate(s);
    exchange(s, &get);
    exchange(s, &disc);
    close(s);
}

static void measure_sessions(const char *pid, const char *port, unsigned count)
{
    session(port);
    struct cpu from = cpu_of(pid);
    for (unsigned i = 0; i < count; i++) {
        session(port);
    }
    struct cpu to = cpu_of(pid);
    printf("CPU of the meter per LLS session: %.1f us in the program, %.1f us in the kernel's sockets\n",
           1e6 * (to.program_s - from.program_s) / count, 1e6 * (to.kernel_s - from.kernel_s) / count);
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: %s PID BLUETOOTH_PORT OPTICAL_PORT GETS SESSIONS\n", argv[0]);
        return 2;
    }
    measure_gets(argv[2], (unsigned)atoi(argv[4]));
    measure_sessions(argv[1], argv[3], (unsigned)atoi(argv[5]));
    return 0;
}
