/* Whether what stands in a slot is an image that this meter may run: in steps.
 *
 * The order is header, signature, payload: nothing of the payload is looked at before its header is known to be signed.
 * Used by the transfer before an activation, and by the boot loader at each start.
 *
 * Steps   image_check_step reads and hashes at most IMAGE_HASH_SLICE octets; the first one reads two pages and checks
 *         the signature (crypto/ecdsa.h), which cannot be sliced.
 * Context main loop only; reads the flash, never writes.
 */
#ifndef METER_IMAGE_CHECK_H
#define METER_IMAGE_CHECK_H

#include "board/board.h"
#include "config.h"
#include "meter/image_header.h"

/* What this meter takes; the caller's, constant. */
struct image_rules {
    uint8_t key[ECDSA_KEY_SIZE]; /* who may sign */
    const char *hardware;        /* 1..IMAGE_HARDWARE_MAX characters */
    enum image_kind kind;
};

/* Why an image was refused. */
enum image_fault {
    IMAGE_GOOD,
    IMAGE_UNREADABLE,      /* the flash did not do it */
    IMAGE_NO_IMAGE,        /* no header, or of another version of the format */
    IMAGE_WRONG_SIZE,      /* more or fewer octets than were sent, or than the slot has */
    IMAGE_WRONG_SIGNATURE, /* not signed with the key, or changed afterwards */
    IMAGE_WRONG_HARDWARE,  /* for another hardware or of another kind */
    IMAGE_OLDER,           /* than the running version */
    IMAGE_TOO_NEW,         /* the running version is older than the minimum it may replace */
    IMAGE_WRONG_PAYLOAD    /* the payload is not the signed one */
};

struct image_check {
    struct board *board;
    const struct image_rules *rules;
    const struct image_version *replaced; /* NULL: any */
    uint32_t address;                     /* where the image begins, octets */
    uint32_t room;                        /* octets that it may have at most */
    bool exact;                           /* it must have as many */
    enum image_fault fault;
    struct image_header header; /* valid when the first step has succeeded */
    uint32_t hashed;            /* octets of the payload */
    bool begun;
    struct sha256 sha256;
};

/* `room` octets are for the image; with `exact` it must have as many. `replaced` is the version that it would take the
 * place of, NULL where it takes no place. */
void image_check_begin(struct image_check *c, struct board *board, const struct image_rules *rules, uint32_t address,
                       uint32_t room, bool exact, const struct image_version *replaced);

/* STATUS_BUSY: go on. STATUS_OK: it may run. STATUS_MALFORMED: it may not, `fault` says why. */
enum status image_check_step(struct image_check *c);

#endif
