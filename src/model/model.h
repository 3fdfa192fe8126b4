/* The meter as COSEM sees it: the object table, the interface classes, the associations.
 *
 * objects.c is the table; class_<name>.c is how one interface class views the meter. The handlers get the meter as
 * the `device` of their request.
 *
 * Source  object-model.md 0, 1.1 to 1.7, 1.12, 8.6, 10.6, 10.8, 10.9; DLMS UA 1000-1 clause 4.
 * Context main loop only.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/calendar.h"
#include "cosem/association.h"
#include "cosem/axdr.h"
#include "cosem/object.h"
#include "meter/meter.h"

extern const struct cosem_class class_data;              /* 1, version 0 */
extern const struct cosem_class class_display_data;      /* 1, version 0; an object shows an enum model_display */
extern const struct cosem_class class_readout_list;      /* 7, version 1; an object shows an enum display_list */
extern const struct cosem_class class_register;          /* 3, version 0 */
extern const struct cosem_class class_extended_register; /* 4, version 0; an object shows a QUANTITY_MAXIMUM_DEMAND_* */
extern const struct cosem_class class_demand_register;   /* 5, version 0; an object shows a QUANTITY_CURRENT_DEMAND_* */
extern const struct cosem_class class_profile_generic;   /* 7, version 1; an object shows an enum model_profile */
extern const struct cosem_class class_script_table;      /* 9, version 0; an object shows an enum model_deferred */
extern const struct cosem_class class_clock;             /* 8, version 0 */
extern const struct cosem_class class_association_ln;    /* 15, version 1 */
extern const struct cosem_class class_sap_assignment;    /* 17, version 0 */
extern const struct cosem_class class_image_transfer;    /* 18, version 0 */
extern const struct cosem_class class_local_port;        /* 19, version 1; an object shows an enum board_port */
extern const struct cosem_class class_single_action_schedule; /* 22, version 0; likewise */
extern const struct cosem_class class_hdlc_setup;             /* 23, version 1; an enum board_port */

/* What an object of class 1 shows: data.def. A register shows an enum quantity. */
#define DATA(name, put) DATA_##name,
enum model_data {
#include "model/data.def"
};
#undef DATA

/* What can be done by a script, and at a time. */
enum model_deferred { DEFERRED_BILLING, DEFERRED_ACTIVATION, DEFERRED_RESET };

enum model_display { DISPLAY_DATA_TIMING, DISPLAY_DATA_DECIMALS, DISPLAY_DATA_TEST };

/* What an object of class 15 shows: an enum cosem_client, or the association of the caller. */
enum { ASSOCIATION_CURRENT = CLIENT_COUNT };

extern const struct cosem_object_table model_objects;

/* By enum cosem_client. */
extern const struct cosem_association_type model_associations[CLIENT_COUNT];

/* Offers the meter on a device, with the secrets that it keeps, and lets its profiles capture. The meter must stay
 * where it is. */
void model_init(struct cosem_device *device, struct meter *meter);

/* The secrets of the device become those that the meter keeps. */
void model_take_secrets(struct cosem_device *device, const struct meter *meter);

/* For a SET: true if the attribute has this very value already, so that there is nothing to do (decision 14). Says so
 * in the request. */
bool model_already(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                   const struct axdr_reader *in);

/* A quantity as its type says; its scaler and unit. */
void model_put_quantity(struct axdr_writer *out, const struct meter *m, enum quantity quantity);
/* An object with another F than 255 shows the quantity as the last billing found it: 101 is the standard's last billing
 * period, 1 what clients and displays know it by (decision 20). */
static inline bool model_is_billed(const struct cosem_object *o)
{
    return o->obis[5] != 255;
}

void model_put_shown(struct axdr_writer *out, const struct meter *m, const struct cosem_object *o);
void model_put_scaler_unit(struct axdr_writer *out, enum quantity quantity);

/* When an average was captured, in local time; not specified if never. */
void model_put_capture_time(struct axdr_writer *out, const struct meter *m, const struct demand_average *average);

/* The parameter of a method that needs none: integer 0, or nothing at all. */
enum status model_get_zero(struct axdr_reader *in);

/* A date-time as octet-string(12). STATUS_TYPE or STATUS_RANGE, with *t untouched. */
void model_put_date_time(struct axdr_writer *out, const struct calendar_time *t);
enum status model_get_date_time(struct axdr_reader *in, struct calendar_time *t);

#endif
