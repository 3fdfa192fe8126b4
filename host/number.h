/* Decimal numbers as people and programs write them: files and command lines. */
#ifndef HOST_NUMBER_H
#define HOST_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Reads a decimal number (point, optional exponent) at the beginning of `text` and returns where it ends; NULL when
 * there is none. No leading blanks, no "nan", "inf" or hexadecimal. */
const char *number_read(const char *text, double *value);

/* The whole text is an unsigned whole number of `least` .. `most`. */
bool number_whole(const char *text, uint64_t least, uint64_t most, uint64_t *value);

#endif
