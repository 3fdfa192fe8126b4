/* Port: whole sessions (tests/golden/sign_on_session.txt) through a board of this file, with the real COSEM server
 * behind them; and what a slow or stuck board does to it.
 *
 * Statements of this transcript:
 *   paced              the line runs at its baud rate, in steps of 1 ms
 *   direct             no sign-on: the port of Bluetooth
 *   set NAME VALUE     a field of struct hdlc_settings
 *   begin              the port starts
 *   break              the client holds the line low
 *   session            the client is gone, another one has connected
 * Event: configure BAUD FORMAT
 */
#include "app/port.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sample_objects.h"
#include "transcript.h"

enum { QUEUE_MAX = 4096, STEPS_MAX = 20000 };

struct board {
    uint32_t now_ms;
    uint8_t arrived[QUEUE_MAX];
    size_t arrived_size;
    size_t read_max;          /* octets that one read gives */
    uint8_t queue[QUEUE_MAX]; /* taken from the meter, not yet on the wire */
    size_t queue_size;
    size_t queue_max;
    struct line_settings line;
    uint32_t bits; /* thousandths of a bit that the wire may send now */
    uint32_t session;
    bool paced;
    bool broken; /* a break came, and was not yet asked for */
    struct transcript_log log;
};

struct station {
    struct board board;
    struct port port;
    struct cosem_device device;
    struct sample sample;
    struct hdlc_settings hdlc;
    struct local_port_settings local;
    struct sign_on_settings sign_on;
    bool started; /* the settings of the test are complete */
};

static struct station station;

uint32_t board_time_ms(struct board *board)
{
    return board->now_ms;
}

size_t board_serial_read(struct board *board, enum board_port port, uint8_t *data, size_t max)
{
    assert_int_equal(port, BOARD_OPTICAL);
    size_t n = board->arrived_size < max ? board->arrived_size : max;
    n = n < board->read_max ? n : board->read_max;
    memcpy(data, board->arrived, n);
    memmove(board->arrived, board->arrived + n, board->arrived_size - n);
    board->arrived_size -= n;
    return n;
}

size_t board_serial_write(struct board *board, enum board_port port, const uint8_t *data, size_t size)
{
    assert_int_equal(port, BOARD_OPTICAL);
    size_t room = board->queue_max - board->queue_size;
    size_t n = size < room ? size : room;
    memcpy(board->queue + board->queue_size, data, n);
    board->queue_size += n;
    return n;
}

bool board_serial_idle(struct board *board, enum board_port port)
{
    assert_int_equal(port, BOARD_OPTICAL);
    return board->queue_size == 0;
}

void board_serial_configure(struct board *board, enum board_port port, const struct line_settings *line)
{
    char text[64];
    assert_int_equal(port, BOARD_OPTICAL);
    assert_int_equal(board->queue_size, 0); /* nothing may be sent at the wrong speed */
    board->line = *line;
    snprintf(text, sizeof text, "configure %u %s", line->baud, line->format == LINE_7E1 ? "7E1" : "8N1");
    transcript_event(&board->log, text);
}

uint32_t board_serial_session(struct board *board, enum board_port port)
{
    assert_int_equal(port, BOARD_OPTICAL);
    return board->session;
}

bool board_serial_paced(struct board *board, enum board_port port)
{
    assert_int_equal(port, BOARD_OPTICAL);
    return board->paced;
}

bool board_serial_break(struct board *board, enum board_port port)
{
    bool broken = board->broken;
    assert_int_equal(port, BOARD_OPTICAL);
    board->broken = false;
    return broken;
}

uint32_t board_serial_gap_ms(struct board *board, enum board_port port)
{
    assert_int_equal(port, BOARD_OPTICAL);
    return board->paced ? 0 : 200;
}

/* What has left the meter. Ten bits make an octet, with 7E1 and 8N1 alike. */
static void wire_sends(struct board *b, size_t max)
{
    size_t n = b->queue_size < max ? b->queue_size : max;
    for (size_t i = 0; i < n; i++) { /* a flag of HDLC, the slash of an identification */
        assert_true(b->queue[i] != 0x7E || b->line.format == LINE_8N1);
        assert_true(b->queue[i] != '/' || b->line.format == LINE_7E1);
    }
    transcript_sent(&b->log, b->queue, n);
    memmove(b->queue, b->queue + n, b->queue_size - n);
    b->queue_size -= n;
}

static void wire_passes_1_ms(struct board *b)
{
    b->bits = b->queue_size == 0 ? 0 : b->bits + b->line.baud;
    wire_sends(b, b->bits / 10000);
    b->bits %= 10000;
}

/* As a main loop does: as long as there is something to do. */
static void run(struct station *s)
{
    if (!s->started) {
        s->started = true;
        port_init(&s->port, &s->board, BOARD_OPTICAL, &s->device, &s->hdlc, &s->sign_on);
    }
    for (int i = 0; port_step(&s->port) || (!s->board.paced && s->board.queue_size > 0); i++) {
        assert_true(i < STEPS_MAX);
        if (!s->board.paced) {
            wire_sends(&s->board, QUEUE_MAX);
        }
    }
    port_step(&s->port); /* the line may have become idle */
}

static void start(void *context)
{
    struct station *s = context;
    s->board.paced = false;
    s->board.broken = false;
    s->board.session = 0;
    s->board.arrived_size = s->board.queue_size = 0;
    s->board.line = (struct line_settings){ 0, LINE_8N1 };
    s->started = false;
    s->hdlc = (struct hdlc_settings){ 7, 7, 1030, 1030, 25, 120, 16, 0 };
    s->local = (struct local_port_settings){ .direct_speed = 5, .offered_speed = 5 };
    s->sign_on = (struct sign_on_settings){
        .local = &s->local, .manufacturer = "BLY", .product = "BLATHY1", .serial_number = "0000BLY1234"
    };
    memset(&s->sample, 0, sizeof s->sample);
    memset(&s->device, 0, sizeof s->device);
    sample_init(&s->sample, &s->device);
}

static void receive(void *context, const uint8_t *octets, size_t size)
{
    struct station *s = context;
    assert_true(size <= QUEUE_MAX - s->board.arrived_size);
    run(s);
    memcpy(s->board.arrived + s->board.arrived_size, octets, size);
    s->board.arrived_size += size;
    run(s);
}

static void let_time_pass(void *context, uint32_t ms)
{
    struct station *s = context;
    for (uint32_t i = 0; i < ms; i++) {
        s->board.now_ms++;
        if (s->board.paced) {
            wire_passes_1_ms(&s->board);
        }
        run(s);
    }
}

static bool command(void *context, const char *word, const char *arguments)
{
    struct station *s = context;
    char name[32];
    unsigned value;
    if (strcmp(word, "paced") == 0) {
        s->board.paced = true;
    } else if (strcmp(word, "direct") == 0) {
        s->local.direct = true;
    } else if (strcmp(word, "begin") == 0) {
        run(s);
    } else if (strcmp(word, "break") == 0) {
        s->board.arrived_size = 0;
        s->board.broken = true;
        run(s);
    } else if (strcmp(word, "session") == 0) {
        s->board.session++;
        run(s);
    } else if (strcmp(word, "set") == 0 && sscanf(arguments, "%31s %u", name, &value) == 2) {
        if (strcmp(name, "inactivity_s") == 0) {
            s->hdlc.inactivity_s = (uint16_t)value;
        } else if (strcmp(name, "inter_octet_ms") == 0) {
            s->hdlc.inter_octet_ms = (uint16_t)value;
        } else if (strcmp(name, "information_transmit") == 0) {
            s->hdlc.information_transmit = (uint16_t)value;
        } else {
            return false;
        }
    } else {
        return false;
    }
    return true;
}

static void sessions(void **state)
{
    (void)state;
    static const struct transcript_station replayed = { &station.board.log, start, receive, let_time_pass, command };
    static const size_t sizes[][2] = { { QUEUE_MAX, QUEUE_MAX }, { 1, 4 }, { 7, 64 } };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        station.board.read_max = sizes[i][0];
        station.board.queue_max = sizes[i][1];
        station.board.now_ms = 0xFFFF0000u; /* the clock wraps on the way */
        transcript_replay("sign_on_session", &replayed, &station);
    }
}

static const uint8_t snrm[] = { 0x7E, 0xA0, 0x07, 0x03, 0x21, 0x93, 0x0F, 0x01, 0x7E };
static const uint8_t disc[] = { 0x7E, 0xA0, 0x07, 0x03, 0x21, 0x53, 0x03, 0xC7, 0x7E };

static void start_direct(void)
{
    start(&station);
    station.board.read_max = station.board.queue_max = QUEUE_MAX;
    station.board.log.sent_size = station.board.log.events_size = 0;
    station.local.direct = true;
    run(&station);
}

/* A client that does not read: no more than the board takes is given to it, nothing more is read, and a new
 * connection finds the port as it should be. */
static void stuck_client_is_left_behind(void **state)
{
    (void)state;
    start_direct();
    station.board.queue_max = 20; /* less than a UA, which nobody takes */
    station.board.paced = true;
    station.board.line.baud = 0;
    for (int i = 0; i < 100; i++) {
        memcpy(station.board.arrived + station.board.arrived_size, i == 0 ? snrm : disc, sizeof disc);
        station.board.arrived_size += sizeof disc;
    }
    let_time_pass(&station, 3000);
    assert_int_equal(station.board.queue_size, 20);
    assert_true(station.board.arrived_size > 0);

    station.board.arrived_size = 0; /* the board drops what was from and for the old connection */
    station.board.queue_size = 0;
    station.board.queue_max = QUEUE_MAX;
    station.board.paced = false;
    station.board.session++;
    run(&station);
    assert_false(hdlc_connected(&station.port.hdlc));
    assert_int_equal(station.board.log.sent_size, 0);
    receive(&station, disc, sizeof disc);
    assert_int_equal(station.board.log.sent_size, 9);
    assert_int_equal(station.board.log.sent[5], 0x1F); /* DM */
}

/* A client that went away on a wire: the link ends by itself. */
static void stuck_client_times_out(void **state)
{
    (void)state;
    start_direct();
    station.board.queue_max = 20;
    station.board.paced = true;
    station.board.line.baud = 0;
    memcpy(station.board.arrived, snrm, sizeof snrm);
    station.board.arrived_size = sizeof snrm;
    let_time_pass(&station, 119999);
    assert_true(hdlc_connected(&station.port.hdlc));
    let_time_pass(&station, 2);
    assert_false(hdlc_connected(&station.port.hdlc));
}

static void one_step_takes_a_frame_and_sends_its_answer(void **state)
{
    (void)state;
    start_direct();
    memcpy(station.board.arrived, snrm, sizeof snrm);
    station.board.arrived_size = sizeof snrm;
    assert_true(port_step(&station.port));
    assert_int_equal(station.board.queue_size, 34);
    assert_false(port_step(&station.port));
}

static void end_of_the_link_is_the_end_of_the_association(void **state)
{
    (void)state;
    start_direct();
    receive(&station, snrm, sizeof snrm);
    assert_true(station.port.server.link_open);
    receive(&station, disc, sizeof disc);
    assert_false(station.port.server.link_open);
}

static void idle_port_does_nothing(void **state)
{
    (void)state;
    start_direct();
    assert_false(port_step(&station.port));
    assert_int_equal(station.board.log.sent_size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions),
        cmocka_unit_test(stuck_client_is_left_behind),
        cmocka_unit_test(stuck_client_times_out),
        cmocka_unit_test(one_step_takes_a_frame_and_sends_its_answer),
        cmocka_unit_test(end_of_the_link_is_the_end_of_the_association),
        cmocka_unit_test(idle_port_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
