#include "boards/linux/live.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/glass.h"

/* A key that is held repeats itself, the first time after half a second or so. */
enum { HOLD_US = 700000 };
static const double draw_s = 0.1;

/* The terminal's other screen, no cursor; back. */
static const char begin[] = "\033[?1049h\033[?25l\033[2J";
static const char end[] = "\033[?25h\033[?1049l";

static const char help[] = "Space: the button, as long as it is held   L: long   B: 5 s   Q: ends the meter";

bool live_possible(void)
{
    return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
}

/* Lit while pulses come, and all the time when there is no load: metrology.md, pulse outputs. */
static bool is_lit(struct live *l, enum board_led led)
{
    const struct virtual_meter *m = &l->simulation->meter;
    bool pulsed = m->board.pulses[led] != l->pulses[led];
    l->pulses[led] = m->board.pulses[led];
    return m->board.powered && (pulsed || m->app.meter.average.values.apparent_uva == 0);
}

static void draw(struct live *l)
{
    char glass[GLASS_TEXT_MAX];
    bool active = is_lit(l, BOARD_LED_ACTIVE);
    bool reactive = is_lit(l, BOARD_LED_REACTIVE);
    glass_draw(&l->simulation->meter.board.lcd, glass);
    printf("\033[H%s  1000 imp/kWh %s    1000 imp/kvarh %s\n\n%s\n", glass, active ? "(*)" : "( )",
           reactive ? "(*)" : "( )", help);
    fflush(stdout);
}

/* At the pace of the finger a key can be held; any faster and a short press would become a long one. */
static void hold(struct live *l)
{
    struct board *board = &l->simulation->meter.board;
    if (l->simulation->speed == 1 && board->sampling) {
        button_hold(&board->button, board->elapsed_us, HOLD_US);
    } else {
        button_press(&board->button, BUTTON_SHORT, board->elapsed_us, !board->sampling);
    }
}

static void take_key(struct live *l, char key)
{
    struct board *board = &l->simulation->meter.board;
    switch (key) {
    case ' ':
        hold(l);
        break;
    case 'l':
    case 'L':
        button_press(&board->button, BUTTON_LONG, board->elapsed_us, !board->sampling);
        break;
    case 'b':
    case 'B':
        button_press(&board->button, BUTTON_5S, board->elapsed_us, !board->sampling);
        break;
    case 'q':
    case 'Q':
        ev_break(l->loop, EVBREAK_ALL);
        break;
    default:
        break;
    }
}

static void on_keys(struct ev_loop *loop, ev_io *watcher, int events)
{
    struct live *l = watcher->data;
    char keys[64];
    ssize_t size = read(STDIN_FILENO, keys, sizeof keys);
    (void)events;
    if (size <= 0) { /* the terminal is gone; the meter is not */
        ev_io_stop(loop, watcher);
    }
    for (ssize_t i = 0; i < size; i++) {
        take_key(l, keys[i]);
    }
}

static void on_draw(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    draw(watcher->data);
}

void live_open(struct live *l, struct ev_loop *loop, struct simulation *simulation)
{
    *l = (struct live){ .simulation = simulation, .loop = loop, .open = true };
    tcgetattr(STDIN_FILENO, &l->before);
    struct termios raw = l->before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO); /* keys at once; an interrupt still is one */
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    fputs(begin, stdout);
    ev_io_init(&l->keys, on_keys, STDIN_FILENO, EV_READ);
    l->keys.data = l;
    ev_io_start(loop, &l->keys);
    ev_timer_init(&l->draw, on_draw, 0, draw_s);
    l->draw.data = l;
    ev_timer_start(loop, &l->draw);
}

void live_close(struct live *l)
{
    if (!l->open) {
        return;
    }
    l->open = false;
    ev_io_stop(l->loop, &l->keys);
    ev_timer_stop(l->loop, &l->draw);
    fputs(end, stdout);
    fflush(stdout);
    tcsetattr(STDIN_FILENO, TCSANOW, &l->before);
}
