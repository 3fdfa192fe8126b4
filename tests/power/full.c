/* Pages that the start of a whole meter reads of a part on which every ring has come round: at most 2,000. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/power/full_meter.h"

static void a_full_meter_starts_within_2000_page_reads(void **state)
{
    (void)state;
    full_meter_begin();
    struct nor *nor = test_board_flash(&full_board);
    uint32_t most = 0;
    for (unsigned i = 0; i < 40; i++) { /* at any point of the blocks */
        int64_t before_wh = meter_quantity(&full_app.meter, QUANTITY_ACTIVE_ENERGY_IMPORT);
        uint32_t rows = profile_all(full_meter_profile(0)).end;
        memory_checkpoint(&full_app.meter, true);
        uint32_t reads = nor->page_reads;
        assert_int_equal(full_meter_power_up(), STATUS_OK);
        reads = nor->page_reads - reads;
        most = reads > most ? reads : most;
        assert_false(full_app.meter.memory.failing);
        assert_int_equal(meter_quantity(&full_app.meter, QUANTITY_ACTIVE_ENERGY_IMPORT), before_wh);
        assert_int_equal(profile_all(full_meter_profile(0)).end, rows);
        assert_int_equal(rows - profile_all(full_meter_profile(0)).first, LOAD_PROFILE_ROWS);
        assert_int_equal(full_app.meter.demands[0].begun, DEMAND_PERIODS_MAX);
        for (unsigned second = 0; second < 61 + i; second++) {
            full_meter_second(FULL_METER_NJ_PER_WH);
        }
    }
    printf("a start of a full meter: at most %u page reads\n", most);
    assert_in_range(most, 1, 2000);
    assert_int_equal(nor->violations, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_full_meter_starts_within_2000_page_reads) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
