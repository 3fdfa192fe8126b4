/* meter/fixed against the compiler's own 128-bit integers and the C library's atan2. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "meter/fixed.h"

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

static const int64_t CORNERS[] = { 0,
                                   1,
                                   -1,
                                   2,
                                   -2,
                                   INT32_MAX,
                                   INT32_MIN,
                                   UINT32_MAX,
                                   -4294967295,
                                   4294967296,
                                   -4294967296,
                                   INT64_MAX,
                                   INT64_MAX - 1,
                                   INT64_MIN,
                                   INT64_MIN + 1 };
enum { CORNER_COUNT = sizeof CORNERS / sizeof CORNERS[0], ROUNDS = 20000 };

static uint64_t random_state = 1;

static uint64_t random_bits(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* All sizes alike, not only large ones. */
static int64_t random_number(void)
{
    uint64_t bits = random_bits();
    return (int64_t)bits >> (random_bits() % 64);
}

static int128 value_of(struct fixed_wide a)
{
    return (int128)(((uint128)(uint64_t)a.high << 64) | a.low);
}

static struct fixed_wide wide_of(int128 a)
{
    return (struct fixed_wide){ (int64_t)(a >> 64), (uint64_t)a };
}

static int128 floor_divide(int128 a, int128 b)
{
    int128 quotient = a / b;
    return a % b < 0 ? quotient - 1 : quotient;
}

static void check_pair(int64_t a, int64_t b)
{
    int128 product = (int128)a * b;
    assert_true(value_of(fixed_multiply(a, b)) == product);
    assert_true(value_of(fixed_add(wide_of(product), wide_of(a))) == (int128)((uint128)product + (uint128)(int128)a));
    uint32_t divisor = (uint32_t)b | 1u;
    assert_true(value_of(fixed_divide(wide_of(product), divisor)) == floor_divide(product, divisor));
    for (unsigned bits = 1; bits <= 64; bits++) {
        int128 shifted = product >> bits;
        if (shifted == (int64_t)shifted) {
            assert_int_equal(fixed_shift_right(wide_of(product), bits), (int64_t)shifted);
            assert_int_equal(fixed_scale_down(a, b, bits), (int64_t)shifted);
        }
    }
}

static void products_sums_and_quotients_are_those_of_128_bits(void **state)
{
    (void)state;
    for (unsigned a = 0; a < CORNER_COUNT; a++) {
        for (unsigned b = 0; b < CORNER_COUNT; b++) {
            check_pair(CORNERS[a], CORNERS[b]);
        }
    }
    for (unsigned k = 0; k < ROUNDS; k++) {
        check_pair(random_number(), random_number());
    }
}

static void scaling_rounds_towards_minus_infinity(void **state)
{
    (void)state;
    assert_int_equal(fixed_scale(7, 1, 2), 3);
    assert_int_equal(fixed_scale(-7, 1, 2), -4);
    assert_int_equal(fixed_scale(INT64_MAX, UINT32_MAX, UINT32_MAX), INT64_MAX);
    for (unsigned k = 0; k < ROUNDS; k++) {
        int64_t a = random_number();
        int64_t b = random_number();
        uint32_t divisor = (uint32_t)random_bits() | 1u;
        int128 quotient = floor_divide((int128)a * b, divisor);
        if (quotient == (int64_t)quotient) {
            assert_int_equal(fixed_scale(a, b, divisor), (int64_t)quotient);
        }
    }
}

static void check_root(uint128 a)
{
    uint128 root = fixed_root(wide_of((int128)a));
    assert_true(root * root <= a);
    assert_true((root + 1) * (root + 1) > a);
}

static void a_root_is_the_largest_whose_square_fits(void **state)
{
    (void)state;
    for (uint128 a = 0; a < 1000; a++) {
        check_root(a);
    }
    for (unsigned k = 0; k < ROUNDS; k++) {
        uint128 a = (((uint128)random_bits() << 64) | random_bits()) >> (4 + random_bits() % 120);
        check_root(a);
        check_root(((uint128)1 << (random_bits() % 124)) - 1);
        uint128 root = (a >> 62) & (((uint128)1 << 61) - 1);
        check_root(root * root);
        check_root(root * root + 2 * root);
    }
    check_root(((uint128)1 << 124) - 1);
}

static void check_angle(int64_t y, int64_t x)
{
    double turns = atan2((double)y, (double)x) / (2 * acos(-1.0));
    double expected = (turns < 0 ? turns + 1 : turns) * 4294967296.0;
    double error = remainder(fixed_angle(y, x) - expected, 4294967296.0);
    assert_true(fabs(error) < 16);
}

static void angles_are_those_of_atan2(void **state)
{
    (void)state;
    const int64_t large = INT64_C(1) << 60;
    assert_int_equal(fixed_angle(0, 0), 0);
    assert_int_equal(fixed_angle(0, 5), 0);
    assert_int_equal(fixed_angle(0, -5), UINT32_C(1) << 31);
    for (int degree = 0; degree < 360; degree++) {
        double angle = degree * acos(-1.0) / 180;
        check_angle((int64_t)(sin(angle) * (double)large), (int64_t)(cos(angle) * (double)large));
    }
    for (unsigned k = 0; k < ROUNDS; k++) {
        check_angle((int64_t)random_bits() >> 3, (int64_t)random_bits() >> 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_sums_and_quotients_are_those_of_128_bits),
        cmocka_unit_test(scaling_rounds_towards_minus_infinity),
        cmocka_unit_test(a_root_is_the_largest_whose_square_fits),
        cmocka_unit_test(angles_are_those_of_atan2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
