#include "boards/linux/virtual_meter.h"

#include <assert.h>

#include "host/booking.h"
#include "host/local_time.h"

enum { SECOND_US = 1000000, SAMPLED_STEP_US = 20000 };

void virtual_meter_init(struct virtual_meter *m, const struct identity *identity, const struct load *load,
                        int64_t start_local_s, bool sampled)
{
    m->load = load;
    m->start_local_s = start_local_s;
    machine_init(&m->board, start_local_s - LOCAL_TIME_DEVIATION_S);
    machine_sample(&m->board, sampled);
    enum status status = app_init(&m->app, &m->board, identity, &metrology_nominal, MACHINE_RATE_HZ);
    assert(status == STATUS_OK);
    (void)status;
}

uint32_t virtual_meter_step_us(const struct virtual_meter *m)
{
    return m->board.sampling ? SAMPLED_STEP_US : SECOND_US;
}

int64_t virtual_meter_local_s(const struct virtual_meter *m)
{
    return m->start_local_s + (int64_t)(m->board.elapsed_us / SECOND_US);
}

void virtual_meter_step(struct virtual_meter *m)
{
    if (m->board.elapsed_us % SECOND_US == 0) {
        struct quantities q;
        load_at(m->load, virtual_meter_local_s(m), &q);
        if (m->board.sampling) {
            machine_apply(&m->board, &q);
        } else {
            struct metrology_window w;
            booking_second(&q, &w);
            meter_add_window(&m->app.meter, &w);
        }
    }
    machine_advance(&m->board, virtual_meter_step_us(m));
    app_step(&m->app);
}
