/* A meter with two slots, images of every good and bad kind, and a client that sends them. */
#ifndef POWER_IMAGE_BED_H
#define POWER_IMAGE_BED_H

#include "host/image_file.h"
#include "meter/image.h"
#include "tests/power/bed.h"

enum { SLOT_BLOCKS = 3, STATE_BLOCKS = 6, PART_BLOCKS = STATE_BLOCKS + 2 * SLOT_BLOCKS };

/* What is wrong with an image. */
enum flaw {
    FLAW_NONE,
    FLAW_UNSIGNED,      /* zeros for a signature */
    FLAW_FOREIGN,       /* signed with another key */
    FLAW_SIGNATURE,     /* one bit of the signature is wrong */
    FLAW_HEADER,        /* one bit of the header */
    FLAW_PAYLOAD,       /* one bit of the payload */
    FLAW_TRUNCATED,     /* the end is missing */
    FLAW_LONGER,        /* something follows */
    FLAW_OLDER,         /* than the running one */
    FLAW_TOO_NEW,       /* the running one is below the minimum */
    FLAW_HARDWARE,      /* for another hardware */
    FLAW_HARDWARE_PART, /* of which the name of this hardware is a beginning */
    FLAW_KIND,
    FLAW_RESIGNED, /* the signature of another good image */
    FLAW_COUNT
};

struct parcel {
    uint8_t octets[SLOT_BLOCKS * BOARD_FLASH_BLOCK];
    uint32_t size;
    struct image_version version;
    enum flaw flaw;
};

struct meter {
    struct image_slots slots;
    struct image image;
    struct image_version running;
    uint8_t acknowledged[IMAGE_BLOCKS_MAX]; /* blocks that the client was told have arrived */
    uint32_t repairs;
    uint32_t restarts;
};

extern struct meter meter;

/* Makes an image to replace `replaced`, with a payload of so many octets. */
void parcel_make(struct parcel *p, enum flaw flaw, const struct image_version *replaced, uint32_t payload);

/* A new part: an image of version 1.0.0 in slot A, transfer enabled. */
void meter_make(void);

/* Power on, boot, mount; checks that a slot is good and that no acknowledged block is lost. */
void meter_start(void);

/* The client begins; goes on with what the attributes show. Each returns the meter's answer. */
enum status client_initiate(const struct parcel *p);
enum status client_block(const struct parcel *p, uint32_t number);
enum status client_go_on(const struct parcel *p);

/* True when the power is gone or the meter wants a restart, after which it has started. */
bool meter_restarted(void);

/* Image steps until there is nothing left to do or the power is gone. */
void meter_idle(void);

bool same_version(const struct image_version *a, const struct image_version *b);

#endif
