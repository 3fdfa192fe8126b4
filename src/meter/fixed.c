#include "meter/fixed.h"

#include <stdbool.h>

_Static_assert((-3 >> 1) == -2, "right shifts of negative numbers are arithmetic");

static struct fixed_wide negate(struct fixed_wide a)
{
    return (struct fixed_wide){ (int64_t)(0u - (uint64_t)a.high - (a.low > 0)), 0u - a.low };
}

static uint64_t magnitude(int64_t a)
{
    return a < 0 ? 0u - (uint64_t)a : (uint64_t)a;
}

struct fixed_wide fixed_multiply(int64_t a, int64_t b)
{
    uint64_t p = magnitude(a);
    uint64_t q = magnitude(b);
    uint64_t p0 = p & 0xffffffffu;
    uint64_t p1 = p >> 32;
    uint64_t q0 = q & 0xffffffffu;
    uint64_t q1 = q >> 32;
    uint64_t low = p0 * q0;
    uint64_t middle = p1 * q0 + (low >> 32); /* < 2^64: (2^32 - 1)^2 + 2^32 */
    uint64_t other = p0 * q1 + (middle & 0xffffffffu);
    uint64_t high = p1 * q1 + (middle >> 32) + (other >> 32);
    struct fixed_wide product = { (int64_t)high, (other << 32) | (low & 0xffffffffu) };
    return (a < 0) != (b < 0) ? negate(product) : product;
}

struct fixed_wide fixed_add(struct fixed_wide a, struct fixed_wide b)
{
    uint64_t low = a.low + b.low;
    uint64_t high = (uint64_t)a.high + (uint64_t)b.high + (low < a.low);
    return (struct fixed_wide){ (int64_t)high, low };
}

struct fixed_wide fixed_divide(struct fixed_wide a, uint32_t divisor)
{
    int64_t high = a.high / divisor;
    int64_t rest = a.high % divisor;
    if (rest < 0) {
        high -= 1;
        rest += divisor;
    }
    uint64_t upper = ((uint64_t)rest << 32) | (a.low >> 32);
    uint64_t lower = ((upper % divisor) << 32) | (a.low & 0xffffffffu);
    return (struct fixed_wide){ high, ((upper / divisor) << 32) | (lower / divisor) };
}

int64_t fixed_scale(int64_t a, int64_t b, uint32_t divisor)
{
    return (int64_t)fixed_divide(fixed_multiply(a, b), divisor).low;
}

int64_t fixed_shift_right(struct fixed_wide a, unsigned bits)
{
    return bits == 64 ? a.high : (int64_t)((a.low >> bits) | ((uint64_t)a.high << (64u - bits)));
}

int64_t fixed_scale_down(int64_t a, int64_t b, unsigned bits)
{
    return fixed_shift_right(fixed_multiply(a, b), bits);
}

uint64_t fixed_root(struct fixed_wide a)
{
    uint64_t root = 0;
    uint64_t rest = 0;
    uint64_t high = (uint64_t)a.high;
    uint64_t low = a.low;
    for (unsigned i = 0; i < 64; i++) { /* two bits of the radicand, one of the root */
        rest = (rest << 2) | (high >> 62);
        high = (high << 2) | (low >> 62);
        low <<= 2;
        root <<= 1;
        if (rest > 2 * root) {
            rest -= 2 * root + 1;
            root += 1;
        }
    }
    return root;
}

/* atan(2^-i), 2^32 is one turn. */
static const uint32_t ARC_TANGENTS[] = {
    536870912, 316933406, 167458907, 85004756, 42667331, 21354465, 10679838, 5340245, 2670163, 1335087,
    667544,    333772,    166886,    83443,    41722,    20861,    10430,    5215,    2608,    1304,
    652,       326,       163,       81,       41,       20,       10,       5,       3,       1,
};

uint32_t fixed_angle(int64_t y, int64_t x)
{
    uint32_t angle = 0;
    if (x < 0) { /* into the right half plane */
        x = -x;
        y = -y;
        angle = 1u << 31;
    }
    for (unsigned i = 0; i < sizeof ARC_TANGENTS / sizeof ARC_TANGENTS[0] && y != 0; i++) {
        bool above = y > 0;
        int64_t dx = above ? y >> i : -(y >> i);
        int64_t dy = above ? x >> i : -(x >> i);
        x += dx;
        y -= dy;
        angle += above ? ARC_TANGENTS[i] : 0u - ARC_TANGENTS[i];
    }
    return angle;
}
