/* Application associations: who may talk to the meter, and on which terms.
 *
 * AARQ, AARE, RLRQ and RLRE (ACSE, in BER) with the xDLMS Initiate inside them. The client address of the link
 * chooses the association; it is opened with no authentication or with a secret (LLS).
 *
 * Source  DLMS UA 1000-2 clauses 9.3.2, 9.3.3 and 9.4.2; ISO/IEC 15954 (ACSE).
 * Context main loop only.
 */
#ifndef COSEM_ASSOCIATION_H
#define COSEM_ASSOCIATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/lockout.h"
#include "config.h"
#include "cosem/object.h"

enum cosem_mechanism { MECHANISM_NONE = 0, MECHANISM_LLS = 1 };

/* The conformance block: bit 0 of the standard is the most significant of 24. */
enum cosem_conformance {
    CONFORMANCE_ATTRIBUTE_0_SET = 1 << (23 - 8), /* not offered: a SET of attribute 0 is never allowed */
    CONFORMANCE_PRIORITY = 1 << (23 - 9),
    CONFORMANCE_ATTRIBUTE_0_GET = 1 << (23 - 10),
    CONFORMANCE_BLOCK_GET = 1 << (23 - 11),
    CONFORMANCE_BLOCK_SET = 1 << (23 - 12),
    CONFORMANCE_BLOCK_ACTION = 1 << (23 - 13),
    CONFORMANCE_MULTIPLE_REFERENCES = 1 << (23 - 14),
    CONFORMANCE_GET = 1 << (23 - 19),
    CONFORMANCE_SET = 1 << (23 - 20),
    CONFORMANCE_SELECTIVE_ACCESS = 1 << (23 - 21),
    CONFORMANCE_ACTION = 1 << (23 - 23)
};

/* One association that the device offers; constant. */
struct cosem_association_type {
    enum cosem_client client;
    uint16_t saps[2]; /* client addresses; a second one is an alias, 0: none */
    enum cosem_mechanism mechanism;
    uint32_t conformance; /* enum cosem_conformance; with SET in it only one such association is open at a time */
    uint8_t obis[6];      /* its Association LN object */
};

struct cosem_secret {
    uint8_t size; /* 1..SECRET_MAX; 0: nobody can open the association */
    uint8_t octets[SECRET_MAX];
};

/* What the links of one meter share. */
struct cosem_device {
    const struct cosem_object_table *objects;
    const struct cosem_association_type *types; /* CLIENT_COUNT of them, in that order */
    struct cosem_secret secrets[CLIENT_COUNT];
    struct lockout lockouts[CLIENT_COUNT];
    const struct cosem_association *writer; /* the one that may change things; NULL: none is open */
    void *meter;                            /* handed to the handlers as `device` */
    /* Called after every SET or ACTION that changed something; `first`: the first one of its association. May be NULL.
     */
    void (*configuration_changed)(void *meter, bool first);
    /* Called after every wrong password; `locked` when it was one too many. May be NULL. */
    void (*login_refused)(void *meter, enum cosem_client client, bool locked);
};

/* An association as it runs: what class 15 and the services need to know. */
struct cosem_association {
    const struct cosem_association_type *type; /* NULL: none is open */
    struct cosem_device *device;
    uint16_t client_sap;
    uint32_t conformance; /* negotiated */
    uint16_t client_pdu;  /* client-max-receive-pdu-size as proposed, 0: no limit */
    uint16_t pdu;         /* the largest APDU that may be sent */
    uint8_t dlms_version;
    uint8_t quality_of_service; /* as proposed; 0 if it was not */
    bool quality_proposed;      /* then it is answered */
    bool changed;               /* something, already */
};

/* Answers an AARQ, tag and all. Whatever was open ends first, so nothing is served after a refusal. */
void association_request(struct cosem_association *a, uint16_t client_sap, const uint8_t *apdu, size_t size,
                         uint32_t now_ms, struct axdr_writer *out);

/* Answers an RLRQ and ends the association. STATUS_MALFORMED: it goes on, and nothing was written. */
enum status association_release(struct cosem_association *a, const uint8_t *apdu, size_t size, struct axdr_writer *out);

/* Ends it without a word. */
void association_end(struct cosem_association *a);

/* True if everything in `needed` (enum cosem_conformance) was negotiated. */
static inline bool association_may(const struct cosem_association *a, uint32_t needed)
{
    return (needed & ~a->conformance) == 0;
}

/* Reports a change of the configuration. */
void association_changed(struct cosem_association *a);

#endif
