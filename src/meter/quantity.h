/* Quantities: what can be read from the meter as a number, in the form it has on the wire, the display and in profiles.
 *
 * quantity.def says each of them once; this header and quantity.c are made from it.
 *
 * Source  object-model.md 1.3 to 1.7; DLMS UA 1000-1 clause 4.1.5 (types) and class_id 3 (scaler, unit).
 */
#ifndef METER_QUANTITY_H
#define METER_QUANTITY_H

#include <stdint.h>

#define QUANTITY(name, type, scaler, unit, value) QUANTITY_##name,
enum quantity {
#include "meter/quantity.def"
    QUANTITY_COUNT
};
#undef QUANTITY

/* Types by their A-XDR tag. */
enum quantity_type {
    QUANTITY_DOUBLE_LONG = 5,          /* i32 */
    QUANTITY_DOUBLE_LONG_UNSIGNED = 6, /* u32 */
    QUANTITY_LONG = 16,                /* i16 */
    QUANTITY_UNSIGNED = 17,            /* u8 */
    QUANTITY_LONG_UNSIGNED = 18,       /* u16 */
    QUANTITY_ENUM = 22                 /* u8 */
};

enum quantity_unit {
    UNIT_DAY = 4,
    UNIT_SECOND = 7,
    UNIT_DEGREE = 8,
    UNIT_CELSIUS = 9,
    UNIT_WATT = 27,
    UNIT_VOLT_AMPERE = 28,
    UNIT_VAR = 29,
    UNIT_WATT_HOUR = 30,
    UNIT_VOLT_AMPERE_HOUR = 31,
    UNIT_VAR_HOUR = 32,
    UNIT_AMPERE = 33,
    UNIT_VOLT = 35,
    UNIT_HERTZ = 44,
    UNIT_PULSES_PER_WATT_HOUR = 45,
    UNIT_PULSES_PER_VAR_HOUR = 46,
    UNIT_PERCENT = 56,
    UNIT_NONE = 255
};

struct quantity_form {
    uint8_t type;  /* enum quantity_type */
    int8_t scaler; /* a value counts 10^scaler units */
    uint8_t unit;  /* enum quantity_unit */
};

extern const struct quantity_form quantity_forms[QUANTITY_COUNT];

struct meter;

/* The value, in units of 10^scaler; always within its type: what is beyond saturates. */
int64_t meter_quantity(const struct meter *m, enum quantity quantity);

/* The same as the last billing found it: an energy, a maximum or a sum of maxima; 0 before the first. */
int64_t meter_quantity_billed(const struct meter *m, enum quantity quantity);

#endif
