/* The oscillator's sine against the C library's. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "meter/sine.h"

enum { PHASES = 1 << 18 }; /* 256 between two entries */

static const double one = 1 << SINE_SHIFT;

static void every_phase_is_within_5e_6(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < PHASES; k++) {
        double angle = 2 * acos(-1.0) * k / PHASES;
        int32_t sine, cosine;
        sine_and_cosine(k * (UINT32_MAX / PHASES + 1), &sine, &cosine);
        assert_true(fabs(sine / one - sin(angle)) < 5e-6);
        assert_true(fabs(cosine / one - cos(angle)) < 5e-6);
    }
}

/* What counts for a phasor: the fundamental of the table, and that it has no mean. */
static void the_fundamental_has_amplitude_one(void **state)
{
    (void)state;
    double in_phase = 0, quadrature = 0, mean = 0;
    for (uint32_t k = 0; k < PHASES; k++) {
        double angle = 2 * acos(-1.0) * k / PHASES;
        int32_t sine, cosine;
        sine_and_cosine(k * (UINT32_MAX / PHASES + 1), &sine, &cosine);
        in_phase += sine * sin(angle) * 2 / PHASES / one;
        quadrature += sine * cos(angle) * 2 / PHASES / one;
        mean += sine / one / PHASES;
    }
    assert_true(fabs(in_phase - 1) < 1e-7);
    assert_true(fabs(quadrature) < 2e-7); /* rounding towards minus infinity */
    assert_true(fabs(mean) < 2e-7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_phase_is_within_5e_6),
        cmocka_unit_test(the_fundamental_has_amplitude_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
