#include "model/readout.h"

#include <string.h>

#include "model/model.h"

#define ELECTRICITY 1
#define CHANNEL     0
#define NOW         255
#define VALUE       2 /* the attribute */

/* The read-out; the error code follows. */
static const uint8_t list[][6] = {
    { 0, 0, 96, 1, 0, 255 },                                                    /* serial number */
    { 1, 0, 0, 9, 1, 255 },   { 1, 0, 0, 9, 2, 255 },                           /* time, date */
    { 1, 0, 1, 8, 0, 255 },   { 1, 0, 2, 8, 0, 255 },  { 1, 0, 3, 8, 0, 255 },  /* +A, -A, +R */
    { 1, 0, 4, 8, 0, 255 },   { 1, 0, 5, 8, 0, 255 },  { 1, 0, 6, 8, 0, 255 },  /* -R, quadrants I, II */
    { 1, 0, 7, 8, 0, 255 },   { 1, 0, 8, 8, 0, 255 },  { 1, 0, 9, 8, 0, 255 },  /* III, IV, apparent import */
    { 1, 0, 10, 8, 0, 255 },  { 1, 0, 15, 8, 0, 255 }, { 1, 0, 16, 8, 0, 255 }, /* export, |A|, net */
    { 1, 0, 128, 8, 0, 255 },                                                   /* |R| */
};

enum { LIST_COUNT = sizeof list / sizeof list[0] };

static const uint8_t serial_number[6] = { 0, 0, 96, 1, 0, 255 };
static const char serial_number_code[] = "0.0.0";

static const char error_code[] = "F.F"; /* shows the error register */

/* How a unit is shown: so many digits before and behind the point, 10^prefix of the unit. '/' cannot be in a text. */
static const struct display {
    uint8_t unit; /* enum quantity_unit */
    uint8_t digits;
    uint8_t decimals;
    int8_t prefix;
    const char *text;
} displays[] = {
    { UNIT_WATT_HOUR, 6, 2, 3, "kWh" },
    { UNIT_VAR_HOUR, 6, 2, 3, "kvarh" },
    { UNIT_VOLT_AMPERE_HOUR, 6, 2, 3, "kVAh" },
    { UNIT_WATT, 3, 3, 3, "kW" },
    { UNIT_VAR, 3, 3, 3, "kvar" },
    { UNIT_VOLT_AMPERE, 3, 3, 3, "kVA" },
    { UNIT_VOLT, 3, 1, 0, "V" },
    { UNIT_AMPERE, 3, 3, 0, "A" },
    { UNIT_HERTZ, 2, 2, 0, "Hz" },
    { UNIT_DEGREE, 3, 1, 0, "deg" },
    { UNIT_CELSIUS, 2, 1, 0, "C" },
    { UNIT_SECOND, 4, 0, 0, "s" },
    { UNIT_PERCENT, 3, 0, 0, "%" },
    { UNIT_DAY, 4, 0, 0, "d" },
    { UNIT_NONE, 1, 3, 0, "" },
    { UNIT_PULSES_PER_WATT_HOUR, 4, 0, -3, "" }, /* imp/kWh */
    { UNIT_PULSES_PER_VAR_HOUR, 4, 0, -3, "" },
};

struct text {
    char *characters;
    size_t used;
};

static void put_character(struct text *t, char c)
{
    if (t->used < READOUT_LINE_MAX) {
        t->characters[t->used++] = c;
    }
}

static void put(struct text *t, const char *text)
{
    for (; *text != '\0'; text++) {
        put_character(t, *text);
    }
}

/* With leading zeros. */
static void put_number(struct text *t, uint64_t value, unsigned digits)
{
    char reversed[20];
    unsigned used = 0;
    for (; used < sizeof reversed && (used < digits || value > 0); value /= 10) {
        reversed[used++] = (char)('0' + value % 10);
    }
    while (used > 0) {
        put_character(t, reversed[--used]);
    }
}

/* Truncated if digits are lost. */
static int64_t times_power_of_ten(int64_t value, int exponent)
{
    for (; exponent < 0; exponent++) {
        value /= 10;
    }
    for (; exponent > 0; exponent--) {
        value *= 10;
    }
    return value;
}

static void put_quantity(struct text *t, const struct meter *m, enum quantity quantity)
{
    const struct quantity_form *form = &quantity_forms[quantity];
    const struct display *d = displays;
    while (d->unit != form->unit) { /* every unit has a row */
        d++;
    }
    int64_t value = times_power_of_ten(meter_quantity(m, quantity), form->scaler - d->prefix + d->decimals);
    uint64_t magnitude = (uint64_t)(value < 0 ? -value : value);
    uint64_t one = (uint64_t)times_power_of_ten(1, d->decimals);
    put(t, value < 0 ? "-" : "");
    put_number(t, magnitude / one, d->digits);
    if (d->decimals > 0) {
        put(t, ".");
        put_number(t, magnitude % one, d->decimals);
    }
    put(t, d->text[0] != '\0' ? "*" : "");
    put(t, d->text);
}

/* 12:07:30 or 26.07.01 */
static void put_three(struct text *t, char separator, unsigned first, unsigned second, unsigned third)
{
    put_number(t, first, 2);
    put_character(t, separator);
    put_number(t, second, 2);
    put_character(t, separator);
    put_number(t, third, 2);
}

static bool put_data(struct text *t, const struct meter *m, unsigned shown)
{
    struct calendar_time now = clock_now(&m->clock);
    if (shown == DATA_SERIAL_NUMBER) {
        put(t, m->identity.serial_number);
    } else if (shown == DATA_LOCAL_TIME) {
        put_three(t, ':', now.hour, now.minute, now.second);
    } else if (shown == DATA_LOCAL_DATE) {
        put_three(t, '.', now.year % 100u, now.month, now.day);
    } else {
        return false;
    }
    return true;
}

static bool shows_quantity(const struct cosem_object *o)
{
    return o->ic == &class_register || o->ic == &class_extended_register || o->ic == &class_demand_register;
}

/* In brackets; false if there is nothing that can be shown. */
static bool put_value(struct text *t, const struct meter *m, const uint8_t obis[6])
{
    const struct cosem_object *o = cosem_find(&model_objects, obis);
    bool shown = o != NULL && cosem_may_access(o, CLIENT_READER, VALUE, RIGHT_GET);
    put(t, "(");
    if (shown && shows_quantity(o)) {
        put_quantity(t, m, (enum quantity)o->shows);
    } else {
        shown = shown && o->ic == &class_data && put_data(t, m, o->shows);
    }
    put(t, ")");
    return shown;
}

static void put_code(struct text *t, const uint8_t obis[6])
{
    if (memcmp(obis, serial_number, sizeof serial_number) == 0) {
        put(t, serial_number_code);
        return;
    }
    for (unsigned group = 2; group <= 4; group++) {
        put_number(t, obis[group], 1);
        put(t, group < 4 ? "." : "");
    }
}

static bool is(const char *code, size_t size, const char *other)
{
    return size == strlen(other) && memcmp(code, other, size) == 0;
}

/* C.D.E */
static bool parse_code(const char *code, size_t size, uint8_t obis[6])
{
    unsigned group = 2;
    unsigned value = 0;
    unsigned digits = 0;
    for (size_t i = 0; i < size; i++) {
        if (code[i] >= '0' && code[i] <= '9' && digits < 3) {
            value = value * 10 + (unsigned)(code[i] - '0');
            digits++;
        } else if (code[i] == '.' && digits > 0 && group < 4) {
            obis[group++] = (uint8_t)value;
            value = digits = 0;
        } else {
            return false;
        }
        if (value > UINT8_MAX) {
            return false;
        }
    }
    obis[4] = (uint8_t)value;
    return group == 4 && digits > 0;
}

/* (HHHHHHHH) */
static void put_errors(struct text *t, const struct meter *m)
{
    char text[] = "(00000000)";
    uint32_t errors = m->events.alarm.words[ALARM_ERROR_REGISTER];
    for (unsigned i = 8; i > 0; i--, errors >>= 4) {
        text[i] = "0123456789ABCDEF"[errors & 15];
    }
    put(t, text);
}

size_t readout_line(const struct meter *m, unsigned number, char text[READOUT_LINE_MAX])
{
    struct text t = { .characters = text };
    if (number < LIST_COUNT) {
        put_code(&t, list[number]);
        put_value(&t, m, list[number]);
    } else if (number == LIST_COUNT) {
        put(&t, error_code);
        put_errors(&t, m);
    }
    return t.used;
}

size_t readout_value(const struct meter *m, const char *code, size_t size, char text[READOUT_LINE_MAX])
{
    struct text t = { .characters = text };
    uint8_t obis[6] = { ELECTRICITY, CHANNEL, 0, 0, 0, NOW };
    if (is(code, size, error_code)) {
        put_errors(&t, m);
        return t.used;
    }
    if (is(code, size, serial_number_code)) {
        memcpy(obis, serial_number, sizeof obis);
    } else if (!parse_code(code, size, obis)) {
        return 0;
    }
    return put_value(&t, m, obis) ? t.used : 0;
}
