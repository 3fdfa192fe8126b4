/* Who a virtual meter is. */
#ifndef BOARDS_LINUX_IDENTITY_H
#define BOARDS_LINUX_IDENTITY_H

#include <stdbool.h>

#include "meter/meter.h"

/* SHA-256 of the program that runs, for the firmware signature. False, with errno set, when it cannot be read. */
bool identity_hash_program(uint8_t digest[32]);

/* The names that follow from a serial number of 8..16 letters and digits; the signature is left as it is. */
void identity_name(struct identity *identity, const char *serial_number);

#endif
