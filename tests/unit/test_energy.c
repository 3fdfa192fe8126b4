/* Energy registers against 128-bit sums. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "meter/energy.h"

__extension__ typedef unsigned __int128 uint128;

static const uint64_t nj_per_milli = UINT64_C(3600000000);

static uint64_t random_state = 88172645463325252u;

static int64_t random_energy(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (int64_t)(random_state >> 1) >> (random_state % 61);
}

static uint128 total_of(const struct energy *e, enum energy_kind kind)
{
    return (uint128)e->registers[kind].milli * nj_per_milli + e->registers[kind].rest_nj;
}

static void every_nanojoule_is_kept_in_its_register(void **state)
{
    (void)state;
    struct energy e;
    uint128 totals[ENERGY_COUNT] = { 0 };
    energy_init(&e);
    for (unsigned k = 0; k < 100000; k++) {
        struct energy_increment i = {
            .active_import_nj = random_energy(),
            .active_export_nj = random_energy(),
            .reactive_q_nj = { random_energy(), random_energy(), random_energy(), random_energy() },
            .apparent_import_nj = random_energy(),
            .apparent_export_nj = random_energy(),
        };
        energy_add(&e, &i);
        totals[ENERGY_ACTIVE_IMPORT] += (uint64_t)i.active_import_nj;
        totals[ENERGY_ACTIVE_EXPORT] += (uint64_t)i.active_export_nj;
        totals[ENERGY_REACTIVE_Q1] += (uint64_t)i.reactive_q_nj[0];
        totals[ENERGY_REACTIVE_Q2] += (uint64_t)i.reactive_q_nj[1];
        totals[ENERGY_REACTIVE_Q3] += (uint64_t)i.reactive_q_nj[2];
        totals[ENERGY_REACTIVE_Q4] += (uint64_t)i.reactive_q_nj[3];
        totals[ENERGY_APPARENT_IMPORT] += (uint64_t)i.apparent_import_nj;
        totals[ENERGY_APPARENT_EXPORT] += (uint64_t)i.apparent_export_nj;
    }
    for (enum energy_kind kind = 0; kind < ENERGY_COUNT; kind++) {
        assert_true(total_of(&e, kind) == totals[kind]);
        assert_true(e.registers[kind].rest_nj < nj_per_milli);
    }
}

static void one_watt_hour_is_3600_joules(void **state)
{
    (void)state;
    struct energy e;
    energy_init(&e);
    energy_add(&e, &(struct energy_increment){ .active_import_nj = INT64_C(3600000000000) - 1 });
    assert_int_equal(energy_whole(&e, ENERGY_ACTIVE_IMPORT), 0);
    energy_add(&e, &(struct energy_increment){ .active_import_nj = 1 });
    assert_int_equal(energy_whole(&e, ENERGY_ACTIVE_IMPORT), 1);
    assert_int_equal(e.registers[ENERGY_ACTIVE_IMPORT].milli, 1000);
    assert_int_equal(energy_whole(&e, ENERGY_ACTIVE_EXPORT), 0);
}

static void the_wire_rolls_over_at_a_thousand_million(void **state)
{
    (void)state;
    struct energy e;
    energy_init(&e);
    e.registers[ENERGY_REACTIVE_Q3].milli = UINT64_C(999999999999);
    assert_int_equal(energy_whole(&e, ENERGY_REACTIVE_Q3), 999999999);
    e.registers[ENERGY_REACTIVE_Q3].milli++;
    assert_int_equal(energy_whole(&e, ENERGY_REACTIVE_Q3), 0);
    e.registers[ENERGY_REACTIVE_Q3].milli = UINT64_C(3000000042000);
    assert_int_equal(energy_whole(&e, ENERGY_REACTIVE_Q3), 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_nanojoule_is_kept_in_its_register),
        cmocka_unit_test(one_watt_hour_is_3600_joules),
        cmocka_unit_test(the_wire_rolls_over_at_a_thousand_million),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
