/* A board of memory for the unit tests: a clock chip that stands still, lines that are buffers, samples from a
 * function of the test. */
#ifndef TEST_BOARD_H
#define TEST_BOARD_H

#include "board/board.h"
#include "boards/sim/nor.h"
#include "config.h"

#define TEST_BOARD_LINE_MAX 8192u
#define TEST_BOARD_PROGRAM  5000u /* octets of program memory */
#define TEST_BOARD_PARTS    2     /* boards that keep their flash at a time */

struct test_line {
    uint8_t octets[TEST_BOARD_LINE_MAX];
    size_t size;
};

struct board {
    uint32_t time_ms;
    int64_t rtc_s;
    uint8_t rtc_hundredths;
    bool rtc_kept;    /* the chip has had power since it was set */
    unsigned rtc_set; /* how often it was set */
    size_t (*samples)(void *context, struct board_sample *samples, size_t max, uint32_t *missed); /* NULL: none */
    void *context;
    unsigned pulses[BOARD_LED_COUNT];
    void (*pulse)(void *context, enum board_led led, uint32_t delay_us); /* is told of each; NULL: nobody is */
    uint32_t last_delay_us[BOARD_LED_COUNT];
    bool button;
    struct lcd lcd;
    unsigned lcd_shown; /* how often it was told something */
    struct test_line to_meter[BOARD_PORT_COUNT];
    struct test_line from_meter[BOARD_PORT_COUNT];
    struct line_settings line[BOARD_PORT_COUNT];
    uint32_t session[BOARD_PORT_COUNT];
    bool paced;
    int32_t trim_ppb;
    bool has_temperature;
    int16_t tenths_c;
    bool has_battery;
    uint16_t battery_cv;
    bool has_sensor[BOARD_SENSOR_COUNT];
    bool sensor_active[BOARD_SENSOR_COUNT];
    bool has_neutral;
    bool reset_contact; /* closed */
    bool watchdog;      /* restarted the machine */
    unsigned restarts;  /* how often the meter asked for one */
    uint8_t program[TEST_BOARD_PROGRAM];
    uint32_t program_crc;
    bool has_program;
    bool failing;       /* the supply */
    bool flash_dead;    /* nothing erases or programs */
    bool flash_written; /* the part is this board's; blank until then */
};

/* The part of the board, to look at and to break: blank when the board is new. */
struct nor *test_board_flash(struct board *board);

#endif
