/* APDUs as clients send them, and what chance makes of them. */
#ifndef FUZZ_MUTANT_H
#define FUZZ_MUTANT_H

#include <stdbool.h>

#include "octets.h"
#include "oracle.h"

/* Where the APDUs come from. Begin with random != 0 and the rest all zero. */
struct mutant {
    uint64_t random;
    const char *password; /* of the client, NULL: none */
    enum answer open;     /* the answer that left a transfer in blocks open, or ANSWER_NONE */
    uint32_t block;       /* its number */
    struct octets rest;   /* what is left to be sent in further blocks */
};

/* 0 .. below - 1. The same beginning brings the same numbers. */
uint32_t mutant_chance(struct mutant *m, uint32_t below);

/* A valid APDU of any kind; `further`: the one that goes on with the open transfer. */
void mutant_compose(struct mutant *m, struct octets *apdu);
void mutant_compose_further(struct mutant *m, struct octets *apdu);

/* A valid AARQ; without authentication when `password` is NULL. */
void mutant_compose_aarq(struct octets *apdu, const char *password);

/* Changes the octets in up to three places, or not at all: false. There must be at least one. */
bool mutant_mutate(struct mutant *m, struct octets *o);

#endif
