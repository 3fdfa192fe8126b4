/* Integer arithmetic beyond 64 bits: products, quotients, square root, angle.
 *
 * The same bits on every machine; no division by a variable of more than 32 bits. Right shifts of negative numbers
 * are arithmetic on every compiler that the project builds with (checked at compile time).
 */
#ifndef METER_FIXED_H
#define METER_FIXED_H

#include <stdint.h>

/* 128 bits, two's complement: high * 2^64 + low. */
struct fixed_wide {
    int64_t high;
    uint64_t low;
};

struct fixed_wide fixed_multiply(int64_t a, int64_t b);
struct fixed_wide fixed_add(struct fixed_wide a, struct fixed_wide b);

/* a / divisor towards minus infinity; divisor > 0. */
struct fixed_wide fixed_divide(struct fixed_wide a, uint32_t divisor);

/* For results within 64 bits, towards minus infinity: a / 2^bits, bits 1..64; a * b / 2^bits; a * b / divisor. */
int64_t fixed_shift_right(struct fixed_wide a, unsigned bits);
int64_t fixed_scale_down(int64_t a, int64_t b, unsigned bits);
int64_t fixed_scale(int64_t a, int64_t b, uint32_t divisor);

/* The square root, rounded down, of 0 <= a < 2^124. */
uint64_t fixed_root(struct fixed_wide a);

/* The angle of the vector (x, y), |x| and |y| < 2^61; 2^32 is one turn, error below 16. 0 for the null vector. */
uint32_t fixed_angle(int64_t y, int64_t x);

#endif
