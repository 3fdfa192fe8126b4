/* The application layer of one link: associations and xDLMS services over a table of objects.
 *
 * APDU in, APDU out: no socket, no clock, no meter. A meter has one cosem_device and one
 * cosem_server for each of its links.
 *
 * What is answered, and how, where the standard leaves a choice:
 *   - Nothing is served without an association, and nothing that was not negotiated: exception-response D8 01 02
 *     (service-not-allowed, service-not-supported), as to every octet string that is no request.
 *   - Every request is answered, whatever the service-class bit of its invoke-id-and-priority says: clients older
 *     than that bit leave it clear and wait.
 *   - Any request other than the next block ends a long transfer.
 *   - Attribute 0 is a structure with a place for every attribute; those that the client may not read are null-data.
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
#include "cosem/association.h"
#include "cosem/object.h"

enum cosem_transfer_kind {
    TRANSFER_NONE,
    TRANSFER_GET,             /* a value leaves in blocks */
    TRANSFER_ACTION_RESPONSE, /* return parameters leave in blocks */
    TRANSFER_SET,             /* values arrive in blocks */
    TRANSFER_ACTION           /* parameters arrive in blocks */
};

/* The long transfer of a link, at most one at a time, and the GET that is being answered. */
struct cosem_transfer {
    enum cosem_transfer_kind kind;
    bool list;      /* with-list: of several attributes or methods */
    uint32_t block; /* number of the block sent or taken last */

    /* What leaves: octets of the value area of the response. */
    size_t sent;
    size_t used;

    /* A GET. The item under way is an attribute, or for attribute 0 those up to `last`. */
    struct axdr_reader items; /* the descriptors of the items that have not begun */
    size_t items_left;
    const struct cosem_object *object; /* of the item under way; NULL: none */
    uint8_t attribute;
    uint8_t last;
    struct cosem_request request;
    struct cosem_selector selector;

    /* What arrives: descriptors, then the values as far as they are here. */
    size_t descriptors; /* octets of descriptors in `kept` */
    size_t count;       /* how many they are */
    size_t kept_used;
    uint8_t kept[COSEM_KEPT_MAX]; /* a GET keeps its descriptors here when it becomes long */
};

/* The server of one link. Callers use the functions only. */
struct cosem_server {
    struct cosem_association association;
    struct cosem_transfer transfer;
    uint16_t link_sap; /* the client address of the open link */
    bool link_open;
    size_t reply_at; /* the answer in `response` */
    size_t reply_size;
    /* Room for a header, then the value area. A value is written once, past the end of a block by one element at
     * most, and cut where the block is full: what is left opens the next, whose header stands where octets were
     * that have been sent. */
    uint8_t response[COSEM_PDU_MAX + COSEM_ELEMENT_MAX + COSEM_HEADER_MAX];
};

/* Once, before anything else; a server that is in use is closed, not initialised again. */
void cosem_server_init(struct cosem_server *server, struct cosem_device *device);

/* The link below was connected by, or lost, the client with this address. Closing ends the association. */
void cosem_server_open(struct cosem_server *server, uint16_t client_sap);
void cosem_server_close(struct cosem_server *server);

/* Answers one APDU. Returns the size of the response, 0 for none, and where it is; it stays valid until
 * the next call. `now_ms` is the protocol time. Any octets at all may be given. */
size_t cosem_server_request(struct cosem_server *server, const uint8_t *apdu, size_t size, uint32_t now_ms,
                            const uint8_t **response);

#endif
