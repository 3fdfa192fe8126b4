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
#include "meter/billing.h"
#include "meter/clock.h"
#include "meter/demand.h"
#include "meter/display.h"
#include "meter/energy.h"
#include "meter/event.h"
#include "meter/firmware.h"
#include "meter/load_profile.h"
#include "meter/memory.h"
#include "meter/metrology.h"
#include "meter/ports.h"
#include "meter/pulse.h"
#include "meter/quantity.h"
#include "meter/setting.h"
#include "meter/supervision.h"
#include "meter/supply.h"

/* Who this meter is; set at manufacture. */
struct identity {
    char serial_number[IDENTITY_TEXT_MAX + 1]; /* 8..16 ASCII characters, 0-terminated */
    uint16_t manufacture_year;                 /* 0: IDENTITY_MANUFACTURE_YEAR */
    uint8_t firmware_signature[32];            /* SHA-256 of the program as it was built */
    uint8_t image_key[ECDSA_KEY_SIZE];         /* who signs firmware images; all 0: no image is taken */
    int16_t crystal_cppm;                      /* the clock's crystal at 25 degrees, 0.01 ppm; fast is positive */
};

/* Secrets of the two levels of LLS; to be changed by the factory. */
enum meter_secret_owner { METER_SECRET_READER, METER_SECRET_ADMINISTRATOR, METER_SECRET_COUNT };

#define METER_SECRET_MAX 16u

struct meter_secret {
    uint8_t size;
    uint8_t octets[METER_SECRET_MAX];
};

/* An octet string that a client may set. */
struct meter_utility_id {
    uint8_t size;
    uint8_t octets[IDENTITY_UTILITY_MAX];
};

struct meter_metering_point {
    uint8_t size;
    uint8_t octets[IDENTITY_METERING_POINT_MAX];
};

/* Profiles that are captured by the clock. */
enum meter_load_profile { METER_LOAD_PROFILE, METER_DAILY_PROFILE, METER_LOAD_PROFILES };

/* Owned by the caller: read freely, change only through functions. */
struct meter {
    uint32_t guard_before; /* selftest.h: these two stand at both ends */
    struct board *board;
    uint32_t rate_hz; /* of the samples */
    struct memory memory;
    struct supply supply;

    struct metrology metrology;
    struct energy energy;
    struct pulse pulses[BOARD_LED_COUNT];
    struct average average;
    struct clock clock;
    struct demand demands[DEMAND_COUNT]; /* with the same settings */
    struct flashlog demand_log;          /* starts of their periods */
    uint16_t demand_period_s;
    uint8_t demand_periods;
    struct load_profile load_profiles[METER_LOAD_PROFILES];
    profile_reader *column_reader; /* of the columns of all profiles; NULL until the object model is there */
    uint32_t maxima_reset_s;       /* UTC of the last MD reset; 0: never */
    uint32_t maxima_billed;        /* the billing since which they count */
    struct billing billing;
    struct ports ports;
    uint64_t time_ms; /* of metering time since power-up */
    struct display_setup display_setup;
    struct display display;
    struct firmware firmware;

    struct identity identity;
    char logical_device_name[IDENTITY_TEXT_MAX + 1]; /* letters, type, last characters of the serial number */
    struct meter_utility_id utility_id;
    struct meter_metering_point metering_point;
    uint16_t reference_voltage_v;

    struct meter_secret secrets[METER_SECRET_COUNT]; /* of no octets: lost, opens nothing */
    uint32_t own_secrets;                            /* setting.def */

    struct events events;
    struct supervision supervision;

    uint32_t refused_logins;
    uint32_t configuration_changes;
    uint32_t configuration_changed_s; /* UTC, when the last one was; not yet if there was none */
    int64_t compensated_min;          /* the minute of the clock's last compensation */
    uint32_t guard_after;
};

/* Power-up: from nothing but what stands in flash. The meter must not be used after STATUS_RANGE: metrology does not
 * take the rate or the calibration; or STATUS_INCONSISTENT: the flash holds another version of its format, nothing was
 * written. */
enum status meter_init(struct meter *m, struct board *board, const struct identity *identity,
                       const struct metrology_calibration *calibration, uint32_t rate_hz);

/* After meter_init, when all profiles have columns, which `reader` reads: rows can be captured from now on. Those that
 * the power failure has left to be written are, and the logs tell of the start. Gives the factory's secrets back if the
 * board asks for it (board_reset_contact). */
void meter_start(struct meter *m, profile_reader *reader);

/* Takes what the board has: samples, time. Call at least every 100 ms of metering time. Bounded by what the board
 * has queued. When the supply fails, the last gasp: supply.down is true then, and the meter rests until meter_init. */
void meter_step(struct meter *m);

/* Books a window that something else measured: the virtual meter does so above speed 60. Its values must be such as
 * the converter can measure. */
void meter_add_window(struct meter *m, const struct metrology_window *w);

/* A client has set the clock, which showed `before_s` until then: for all that runs on it. */
void meter_clock_set(struct meter *m, int64_t before_s);

/* Counts a change of the configuration, and when it was. */
void meter_configuration_changed(struct meter *m);

#endif
