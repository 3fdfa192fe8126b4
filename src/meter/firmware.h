/* The meter's own firmware: which image runs, when it is confirmed, and when the next one takes its place.
 *
 * The image that runs is found at power-up; without one the meter is what it was built as. A new image comes by
 * meter/image.h. Once activated, by a client or at the time that he set, the meter restarts; the image is on trial
 * until the meter has measured with it for FIRMWARE_TRIAL_S and the self-test finds neither program nor RAM at fault.
 *
 * Source  object-model.md 1.3, 1.12, decision 13; events 17, 18 and 51.
 * Context main loop only.
 */
#ifndef METER_FIRMWARE_H
#define METER_FIRMWARE_H

#include <stdbool.h>
#include <stdint.h>

#include "meter/image.h"

struct meter;

#define FIRMWARE_ID_MAX 21u /* "MTR-65535.65535.65535" */

/* Owned by the meter: read freely, and give `image` to the functions of meter/image.h. */
struct firmware {
    struct image_setup setup;
    struct image_slots slots;
    struct image image;
    char id[FIRMWARE_ID_MAX + 1];
    uint8_t digest[SHA256_SIZE]; /* of the payload of the image that runs, or of the program as it was built */
    uint32_t activated_s;        /* UTC of the last confirmation, 0: never; a setting */
    uint32_t due_s;              /* UTC of an activation that waits, 0: none; a setting */
    int64_t looked_s;            /* the second in which this was looked at last */
    bool busy;                   /* the transfer has more to do: step again soon */
    bool told;                   /* of the confirmation */
};

/* At power-up, when the display is set up: finds out what runs, counts a trial, takes back what was not confirmed.
 * STATUS_INCONSISTENT: the record is of another version of its format. */
enum status firmware_power_up(struct meter *m);

/* A step of the transfer, and what the clock brings. */
void firmware_step(struct meter *m);

/* Activates the image at a time in the future, once, also after an outage; 0: not any more. What is not verified by
 * then is not activated. STATUS_RANGE: not in the future. */
enum status firmware_schedule(struct meter *m, int64_t utc_s);

#endif
