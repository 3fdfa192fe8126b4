/* The whole meter, without its ports: the data flow of the architecture, one call for each arrow. Read it first. */
#ifndef METER_METER_H
#define METER_METER_H

#include "board/board.h"
#include "meter/clock.h"
#include "meter/energy.h"
#include "meter/metrology.h"

/* Who this meter is; set at manufacture. 0-terminated texts. */
struct identity {
    char serial_number[17];
    char logical_device_name[17];
    uint8_t firmware_signature[32]; /* SHA-256 of the program that runs */
};

struct meter;

void meter_init(struct meter *m, struct board *board, const struct identity *identity,
                const struct metrology_calibration *calibration, uint32_t rate_hz);

/* Takes what the board has: samples, time. Call at least every 100 ms of metering time. */
void meter_step(struct meter *m);

/* Books a window that something else measured: the virtual meter does so above speed 60. */
void meter_add_window(struct meter *m, const struct metrology_window *w);

#endif
