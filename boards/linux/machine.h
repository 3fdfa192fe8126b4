/* The machine of one virtual meter: implements board/board.h on simulated time, a simulated load and clock chip, a
 * flash (part.h) and queues of octets.
 *
 * It does not run by itself: its owner advances the metering time, and moves octets between the lines and the world.
 * Everything but the protocol time (real, monotonic) is a function of the metering time alone.
 */
#ifndef BOARDS_LINUX_MACHINE_H
#define BOARDS_LINUX_MACHINE_H

#include "board/board.h"
#include "boards/linux/button.h"
#include "boards/linux/fault.h"
#include "boards/linux/part.h"
#include "boards/linux/queue.h"
#include "host/frontend.h"
#include "host/quantities.h"

enum { MACHINE_RATE_HZ = 8000 };

/* How octets pass on the line of a port. */
enum machine_pace {
    MACHINE_STREAM,  /* at once, whatever the line is set to */
    MACHINE_DELAYED, /* at once, but the client must follow the settings of the line */
    MACHINE_AT_RATE, /* octet by octet at the baud rate of the line */
    MACHINE_WIRE     /* over a line of the host, which has its own pace */
};

/* One direction of a line at its rate. */
struct machine_way {
    size_t passed;   /* octets of its queue, at the front, that are through */
    uint64_t credit; /* bits times 10^6 of the next one */
    struct fault_way pause;
};

/* One serial port. */
struct machine_line {
    struct queue received; /* from outside */
    struct queue sending;  /* to outside */
    struct machine_way arriving;
    struct machine_way leaving;
    struct line_settings settings;
    struct fault fault; /* what is wrong with the line, whoever is on it */
    enum machine_pace pace;
    uint32_t session;
    bool attached; /* there is somebody: otherwise what is sent is lost, as on an open wire */
    bool draining; /* a line of the host is still busy with what it was given */
    bool broken;   /* a break came, and the meter does not yet know */
};

/* The clock chip runs on its battery while the power is away, and below this loses its time. */
enum { MACHINE_BATTERY_MIN_HUNDREDTHS_V = 150 };

/* What goes on while the power is away: the time of the world around, and the clock chip with what makes it run well or
 * not. The crystal is fast by crystal_ppb at 25 degrees Celsius, and slower by 34 ppb/K^2 off them. */
struct machine_times {
    int64_t world_us; /* metering time, since 2000-01-01T00:00:00 local time (local_time.h) */
    int64_t chip_us;  /* what the chip shows, since 2000-01-01T00:00:00 UTC */
    bool chip_valid;  /* it has had power since it was set */
    int32_t trim_ppb; /* as the meter trims it */
    int32_t crystal_ppb;
    int16_t tenths_c;
    uint16_t battery_hundredths_v;
};

struct state;

struct board {
    uint64_t elapsed_us; /* metering time since the start */
    struct machine_times times;
    int64_t chip_rest;                /* of a microsecond, in 10^-9 */
    bool powered;                     /* the supply is there */
    bool failing;                     /* and is about to go */
    bool restarting;                  /* the meter wants it to go and come back */
    bool sensors[BOARD_SENSOR_COUNT]; /* active; a new process finds them at rest */
    bool reset_contact;               /* is closed */
    bool program_bad;                 /* the program memory is not what it was */
    bool neutral_given;               /* the neutral conductor has a current of its own... */
    double neutral_a;                 /* ...and this it is, A */
    struct part flash;
    struct state *state; /* where the times are kept, NULL: nowhere */
    bool sampling;       /* the converter runs; otherwise the owner books quantities */
    uint64_t samples;    /* of the time since the start, that have been taken or passed over */
    struct frontend frontend;
    uint64_t pulses[BOARD_LED_COUNT];
    struct button button;
    struct lcd lcd;
    bool stepped;    /* lines run at their rate: the protocol time passes with machine_pass_lines alone... */
    uint64_t now_us; /* ...and is this; otherwise it is the host's */
    struct machine_line lines[BOARD_PORT_COUNT];
};

/* A supply that is there, a clock chip that has been set and shows `utc_s`, with an exact crystal and a full battery, a
 * blank flash, a nominal front end that does not run, nobody on the lines. */
void machine_init(struct board *board, int64_t utc_s);

/* Gives the flash back. */
void machine_end(struct board *board);

/* What the terminals carry from now on. */
void machine_apply(struct board *board, const struct quantities *q);

/* The current of the neutral conductor, A rms, where the line carries `current_a`. */
double machine_neutral_a(const struct board *board, double current_a);

/* Starts or stops the converter. */
void machine_sample(struct board *board, bool sampling);

/* Lets metering time pass. */
void machine_advance(struct board *board, uint32_t us);

/* Times as they are after the power was away for so long. */
void machine_rest(struct machine_times *times, int64_t us);

/* How fast the chip runs: parts in 10^9, trimmed. */
int32_t machine_chip_error_ppb(const struct machine_times *times);

/* Writes the times down, where there is a state to keep them in. */
void machine_keep_times(struct board *board);

/* The supply has gone, so that the clock chip is on its battery and the lines are dead, or is back. */
void machine_power(struct board *board, bool powered);

/* What is on the lines comes to nothing: nobody is there to read it or to finish what it said. */
void machine_silence(struct board *board);

/* Another client is on this line, or none any more: what was on its way is lost. The pace is the caller's to set. */
void machine_line_attach(struct board *board, enum board_port port, bool attached);

/* Lets octets pass on the lines at their rate, and protocol time with them. */
void machine_pass_lines(struct board *board, uint32_t us);

/* True while octets are on the way on a line at its rate. */
bool machine_lines_busy(const struct board *board);

/* The client has sent octets, for which there is room: in `sending` too, where they may come back to it. */
void machine_line_hear(struct machine_line *line, const uint8_t *octets, size_t size);

/* How many octets of the client there is room for. */
size_t machine_line_room(const struct machine_line *line);

/* How many of the oldest octets in `sending` have left the meter. */
size_t machine_line_sent(const struct board *board, enum board_port port);

/* The outside has taken so many of them. */
void machine_line_take(struct board *board, enum board_port port, size_t size);

/* Forgets what has not yet arrived. */
void machine_line_purge(struct machine_line *line);

/* The client has held the line low. */
void machine_line_break(struct machine_line *line);

#endif
