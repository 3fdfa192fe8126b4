/* The application layer of one link: associations and xDLMS services over a table of objects.
 *
 * APDU in, APDU out: no socket, no clock, no meter. A meter has one cosem_device and one
 * cosem_server for each of its links.
 *
 * Source  DLMS UA 1000-2 (Green Book) clause 9, IEC 62056-5-3.
 * Context main loop only.
 */
#ifndef COSEM_SERVER_H
#define COSEM_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "cosem/object.h"

enum cosem_mechanism { MECHANISM_NONE = 0, MECHANISM_LLS = 1 };

/* One association that the device offers; constant. */
struct cosem_association_type {
    enum cosem_client client;
    uint16_t saps[2]; /* client addresses; a second one is an alias, 0: none */
    enum cosem_mechanism mechanism;
    uint32_t conformance; /* 24 bits, bit 0 of the standard is the most significant: 0x007E1D */
    uint8_t obis[6];      /* its Association LN object */
};

struct cosem_secret {
    uint8_t size; /* 1..COSEM_SECRET_MAX */
    uint8_t octets[COSEM_SECRET_MAX];
};

/* What the links of one meter share. */
struct cosem_device {
    const struct cosem_object_table *objects;
    const struct cosem_association_type *types; /* CLIENT_COUNT of them, in that order */
    struct cosem_secret secrets[CLIENT_COUNT];
    const struct cosem_server *writer; /* the link whose association may change things; NULL: none */
    void *meter;                       /* handed to the handlers as `device` */
    /* Called once after a SET that changed something, the first time in an association. */
    void (*configuration_changed)(void *meter);
};

enum cosem_transfer_kind { TRANSFER_NONE, TRANSFER_GET, TRANSFER_GET_LIST };

/* An association as it runs: what class 15 and the services need to know. */
struct cosem_association {
    const struct cosem_association_type *type; /* NULL: none is open */
    struct cosem_device *device;
    uint16_t client_sap;
    uint32_t conformance;  /* negotiated */
    uint16_t client_pdu;   /* client-max-receive-pdu-size as proposed, 0: no limit */
    uint16_t pdu;          /* the largest APDU that may be sent */
    uint8_t dlms_version;
    uint8_t quality_of_service;
    bool changed; /* configuration_changed was called */
};

/* The server of one link. Callers use the functions only. */
struct cosem_server {
    struct cosem_association association;
    uint16_t link_sap; /* the client address of the open link */
    bool link_open;
    uint8_t response[COSEM_PDU_MAX + COSEM_ELEMENT_MAX + COSEM_HEADER_MAX];
    /* the long transfer that is under way is kept here */
};

void cosem_server_init(struct cosem_server *server, struct cosem_device *device);

/* The link below was connected by, or lost, the client with this address. Closing ends the association. */
void cosem_server_open(struct cosem_server *server, uint16_t client_sap);
void cosem_server_close(struct cosem_server *server);

/* Answers one APDU. Returns the size of the response, 0 for none, and where it is; it stays valid until
 * the next call. `now_ms` is the protocol time. Any octets at all may be given. */
size_t cosem_server_request(struct cosem_server *server, const uint8_t *apdu, size_t size, uint32_t now_ms,
                            const uint8_t **response);

#endif
