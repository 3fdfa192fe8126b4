/* A client for the unit tests: it writes APDUs as text, octet by octet in hexadecimal, and reads answers likewise. */
#ifndef CLIENT_H
#define CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "cosem/server.h"

/* Octets of a text such as "C0 01 c1"; spaces do not count. Returns how many. */
size_t octets_of(const char *text, uint8_t *octets, size_t max);

/* Opens the association of this client address with a password, "" for none; the AARE must accept.
 * Proposes everything and `pdu` as its own limit. */
void client_open(struct cosem_server *server, uint16_t sap, const char *password, uint16_t pdu);

/* Sends one APDU. The answer must be this one; ".." stands for any octet. */
void client_exchange(struct cosem_server *server, const char *request, const char *answer);

/* GET of one attribute, in blocks if the server wants that. Returns the size of its value, or -result. */
int client_get(struct cosem_server *server, uint16_t class_id, const uint8_t obis[6], uint8_t attribute, uint8_t *value,
               size_t max);

#endif
