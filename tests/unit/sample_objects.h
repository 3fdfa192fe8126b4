/* A small meter behind a server, for the tests of cosem/: one object of each kind that a service can meet.
 *
 *   0.0.10.0.1.255   class 9     methods: 1 adds its parameter, 2 returns octets, 3 is busy, 4 changes nothing,
 *                                5 answers with more than fits
 *   0.0.42.0.0.255   Data        logical device name, the only thing that Public reads besides the two below
 *   0.0.96.50.31.255 Data        unsigned 0..100 that the Administrator sets
 *   0.0.97.97.0.255  Data        write only
 *   0.0.99.98.0.255  class 7     attribute 2: a long array, selective by entry; 3 and 4: numbers
 *   0.0.128.0.0.255  Data        octet-string(0..SAMPLE_OCTETS_MAX), as in the Green Book's examples
 *   0.0.128.1.0.255  Data        visible-string "DEF"
 *   1.0.1.8.0.255    Register    1234 Wh
 */
#ifndef SAMPLE_OBJECTS_H
#define SAMPLE_OBJECTS_H

#include "cosem/server.h"

enum { SAMPLE_OCTETS_MAX = 1400, SAMPLE_PUBLIC = 16, SAMPLE_READER = 32, SAMPLE_ADMINISTRATOR = 48, SAMPLE_ALIAS = 1 };

/* Conformance of the Administrator: object-model.md 0. */
#define SAMPLE_CONFORMANCE 0x007e1du

/* What a test sets and looks at. */
struct sample {
    uint8_t percent;
    uint8_t secret;
    uint32_t sum; /* of the parameters of method 1 */
    uint32_t calls;
    uint8_t octets[SAMPLE_OCTETS_MAX];
    uint16_t octets_size;
    uint16_t returned; /* octets that method 2 returns */

    uint32_t rows;     /* of the long array */
    uint32_t fails_at; /* the row that cannot be read; UINT32_MAX: none */
    uint32_t clock;    /* goes on with every call: a value that is torn shows it */
    uint32_t changes;  /* calls of configuration_changed, the first in an association */
    uint32_t all_changes;
    uint32_t refusals; /* calls of login_refused */
    uint32_t locks;    /* those of them that locked */
    enum cosem_client refused;
};

extern const struct cosem_object_table sample_table;

/* A device over the table, with the secrets "00000001" and "00000002". */
void sample_init(struct sample *sample, struct cosem_device *device);

/* An AARQ for the client at `sap`, with its secret if it has one. Returns its size, at most 64 octets. */
size_t sample_aarq(uint8_t *apdu, uint16_t sap, uint32_t conformance, uint16_t pdu);

/* Opens the link for that client, and the association, which must be accepted. */
void sample_login(struct cosem_server *server, uint16_t sap, uint32_t conformance, uint16_t pdu);

/* The long array as it must arrive when it was first asked for at `clock`, encoded by hand: rows from..to, 1-based.
 * Returns its size. */
size_t sample_rows(uint8_t *octets, uint32_t from, uint32_t to, uint32_t clock);

#endif
