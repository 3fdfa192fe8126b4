#include "meter/energy.h"

#define NJ_PER_MILLI 3600000000u /* 1 mWh */

void energy_init(struct energy *e)
{
    *e = (struct energy){ 0 };
}

static void add(struct energy_register *r, int64_t energy_nj)
{
    uint64_t sum_nj = r->rest_nj + (uint64_t)energy_nj;
    r->milli += sum_nj / NJ_PER_MILLI;
    r->rest_nj = (uint32_t)(sum_nj % NJ_PER_MILLI);
}

void energy_add(struct energy *e, const struct energy_increment *increment)
{
    add(&e->registers[ENERGY_ACTIVE_IMPORT], increment->active_import_nj);
    add(&e->registers[ENERGY_ACTIVE_EXPORT], increment->active_export_nj);
    for (unsigned k = 0; k < 4; k++) {
        add(&e->registers[ENERGY_REACTIVE_Q1 + k], increment->reactive_q_nj[k]);
    }
    add(&e->registers[ENERGY_APPARENT_IMPORT], increment->apparent_import_nj);
    add(&e->registers[ENERGY_APPARENT_EXPORT], increment->apparent_export_nj);
}

uint32_t energy_whole(const struct energy *e, enum energy_kind kind)
{
    return (uint32_t)(e->registers[kind].milli / 1000u % 1000000000u);
}
