/* SHA-256 of the program that runs: the firmware signature of a virtual meter. */
#ifndef BOARDS_LINUX_SIGNATURE_H
#define BOARDS_LINUX_SIGNATURE_H

#include <stdbool.h>
#include <stdint.h>

/* False, with errno set, when the program cannot be read. */
bool signature_of_program(uint8_t digest[32]);

#endif
