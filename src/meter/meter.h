/* The whole meter, without its ports: the data flow of the architecture, one call for each arrow. Read it first.
 *
 * Context main loop only.
 */
#ifndef METER_METER_H
#define METER_METER_H

#include <stdint.h>

#include "base/status.h"
#include "board/board.h"
#include "config.h"
#include "meter/average.h"
#include "meter/clock.h"
#include "meter/demand.h"
#include "meter/display.h"
#include "meter/energy.h"
#include "meter/metrology.h"
#include "meter/ports.h"
#include "meter/pulse.h"
#include "meter/quantity.h"

/* Who this meter is; set at manufacture. */
struct identity {
    char serial_number[IDENTITY_TEXT_MAX + 1]; /* 8..16 ASCII characters, 0-terminated */
    uint16_t manufacture_year;                 /* 0: IDENTITY_MANUFACTURE_YEAR */
    uint8_t firmware_signature[32];            /* SHA-256 of the program that runs */
};

/* The program: "MTR-" and the project's version. */
extern const char meter_firmware_id[];

/* An octet string that a client may set. */
struct meter_utility_id {
    uint8_t size;
    uint8_t octets[IDENTITY_UTILITY_MAX];
};

struct meter_metering_point {
    uint8_t size;
    uint8_t octets[IDENTITY_METERING_POINT_MAX];
};

/* Owned by the caller: read freely, change only through functions. */
struct meter {
    struct board *board;
    uint32_t rate_hz; /* of the samples */

    struct metrology metrology;
    struct energy energy;
    struct pulse pulses[BOARD_LED_COUNT];
    struct average average;
    struct clock clock;
    struct demand demands[DEMAND_COUNT]; /* with the same settings */
    struct ports ports;
    struct settings settings;
    uint64_t time_ms; /* of metering time since power-up */
    struct display_setup display_setup;
    struct display display;

    struct identity identity;
    char logical_device_name[IDENTITY_TEXT_MAX + 1]; /* letters, type, last characters of the serial number */
    struct meter_utility_id utility_id;
    struct meter_metering_point metering_point;
    uint16_t reference_voltage_v;

    uint32_t configuration_changes;
    int64_t configuration_changed_s; /* UTC, when the last one was; not yet if there was none */
};

/* STATUS_RANGE if metrology does not take the rate or the calibration: the meter must not be used then. */
enum status meter_init(struct meter *m, struct board *board, const struct identity *identity,
                       const struct metrology_calibration *calibration, uint32_t rate_hz);

/* Takes what the board has: samples, time. Call at least every 100 ms of metering time. Bounded by what the board
 * has queued. */
void meter_step(struct meter *m);

/* Books a window that something else measured: the virtual meter does so above speed 60. Its values must be such as
 * the converter can measure. */
void meter_add_window(struct meter *m, const struct metrology_window *w);

/* The clock was set, and showed `before_s` until then: for all that runs on it. */
void meter_clock_set(struct meter *m, int64_t before_s);

/* The billing register that a demand is measured by, as demand.h wants it. */
uint32_t meter_demand_milli(const struct meter *m, enum demand_kind kind);

/* demand_configure for all of them. */
enum status meter_configure_demands(struct meter *m, uint32_t period_s, uint32_t periods);

/* MD reset: demand_reset_maximum for all of them. */
void meter_reset_maxima(struct meter *m);

/* Counts a change of the configuration, and when it was. */
void meter_configuration_changed(struct meter *m);

#endif
