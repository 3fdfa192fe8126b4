#include "host/serial.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Others keep away by TIOCEXCL, or by the lock if they may open it nevertheless. */
static const char *take(struct serial *s)
{
    if (tcgetattr(s->fd, &s->before) != 0) {
        return errno == ENOTTY ? "It is not a serial line" : strerror(errno);
    }
    if (flock(s->fd, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK ? "Another program has it" : strerror(errno);
    }
    return ioctl(s->fd, TIOCEXCL) == 0 ? NULL : strerror(errno);
}

const char *serial_open(struct serial *s, const char *device)
{
    *s = (struct serial){ .fd = open(device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC) };
    if (s->fd < 0) {
        return errno == EBUSY ? "Another program has it" : strerror(errno);
    }
    const char *problem = take(s);
    if (problem != NULL) {
        close(s->fd);
    }
    return problem;
}

void serial_close(struct serial *s)
{
    tcsetattr(s->fd, TCSANOW, &s->before);
    ioctl(s->fd, TIOCNXCL);
    close(s->fd);
}

static speed_t speed_of(uint32_t baud)
{
    static const struct {
        uint32_t baud;
        speed_t speed;
    } speeds[] = {
        { 300, B300 }, { 600, B600 }, { 1200, B1200 }, { 2400, B2400 }, { 4800, B4800 }, { 9600, B9600 },
    };
    for (unsigned i = 0; i < sizeof speeds / sizeof speeds[0]; i++) {
        if (speeds[i].baud == baud) {
            return speeds[i].speed;
        }
    }
    return B19200;
}

bool serial_set(struct serial *s, const struct line_settings *settings)
{
    const tcflag_t format_mask = CSIZE | PARENB | PARODD | CSTOPB;
    struct termios wanted = { .c_iflag = INPCK | PARMRK, .c_cflag = CREAD | CLOCAL };
    struct termios now;
    wanted.c_cflag |= settings->format == LINE_7E1 ? CS7 | PARENB : CS8;
    wanted.c_cc[VMIN] = 1;
    cfsetispeed(&wanted, speed_of(settings->baud));
    cfsetospeed(&wanted, speed_of(settings->baud));
    s->settings = *settings;

    /* It may succeed when only a part was taken, and the other way round. */
    tcsetattr(s->fd, TCSADRAIN, &wanted);
    bool done = tcgetattr(s->fd, &now) == 0 && cfgetospeed(&now) == cfgetospeed(&wanted) &&
                (now.c_cflag & format_mask) == (wanted.c_cflag & format_mask);
    if (done || s->told) {
        return true;
    }
    s->told = true;
    return false;
}

bool serial_is_busy(const struct serial *s)
{
    int waiting = 0;
    return ioctl(s->fd, TIOCOUTQ, &waiting) == 0 && waiting > 0;
}

/* termios(3), PARMRK: FF 00 00 is a break, FF 00 X an octet in error, FF FF an FF. */
enum serial_event serial_receive(struct serial *s, uint8_t octet, uint8_t *data)
{
    enum serial_mark mark = s->mark;
    s->mark = SERIAL_PLAIN;
    *data = octet;
    if (mark == SERIAL_PLAIN && octet == 0xFF) {
        s->mark = SERIAL_FF;
        return SERIAL_NOTHING;
    }
    if (mark == SERIAL_FF && octet == 0) {
        s->mark = SERIAL_FF_00;
        return SERIAL_NOTHING;
    }
    if (mark == SERIAL_FF_00) {
        *data = 0;
        return octet == 0 ? SERIAL_BREAK : SERIAL_DATA;
    }
    return SERIAL_DATA;
}
