#include "model/pages.h"

#include <string.h>

#include "model/model.h"

enum { CLASS_DATA = 1, CLASS_REGISTER = 3, CLASS_EXTENDED = 4, CLASS_DEMAND = 5, CLASS_CLOCK = 8, CLASS_SCHEDULE = 22 };

#define VALUE   2 /* the attribute */
#define PRESENT 255

#define TIME_OF_RESET 6 /* E */

/* The longest value that can be shown: a text with its tag and length. */
#define OCTETS_MAX (DISPLAY_TEXT_MAX + 2u)

/* Codes of their own; C.D.E of what object-model.md 5 names otherwise. */
static const struct {
    uint8_t obis[6];
    const char *code;
} codes[] = {
    { { 0, 0, 96, 1, 0, PRESENT }, "0.0.0" }, /* serial number */
    { { 0, 0, 97, 97, 0, PRESENT }, "F.F" },  /* error register */
    { { 0, 0, 15, 0, 0, PRESENT }, "0.1.2" }, /* when billings are due */
};

enum { CODES = sizeof codes / sizeof codes[0], SERIAL_NUMBER = 0 };

/* How a unit is shown: so many digits before and behind the point, 10^prefix of the unit. */
enum adjustment { FIXED, ENERGY, DEMAND };

static const struct display_unit {
    uint8_t unit; /* enum quantity_unit */
    uint8_t digits;
    uint8_t decimals; /* unless they are set */
    int8_t prefix;
    uint8_t adjustment; /* enum adjustment: by which setting */
    uint32_t mark;      /* enum lcd_mark */
    const char *text;
} units[] = {
    { UNIT_WATT_HOUR, 6, 2, 3, ENERGY, LCD_KWH, "kWh" },
    { UNIT_VAR_HOUR, 6, 2, 3, ENERGY, LCD_KVARH, "kvarh" },
    { UNIT_VOLT_AMPERE_HOUR, 6, 2, 3, ENERGY, LCD_KVAH, "kVAh" },
    { UNIT_WATT, 3, 3, 3, DEMAND, LCD_KW, "kW" },
    { UNIT_VAR, 3, 3, 3, DEMAND, LCD_KVAR, "kvar" },
    { UNIT_VOLT_AMPERE, 3, 3, 3, DEMAND, LCD_KVA, "kVA" },
    { UNIT_VOLT, 3, 1, 0, FIXED, LCD_V, "V" },
    { UNIT_AMPERE, 3, 3, 0, FIXED, LCD_AMPERE, "A" },
    { UNIT_HERTZ, 2, 2, 0, FIXED, LCD_HZ, "Hz" },
    { UNIT_DEGREE, 3, 1, 0, FIXED, LCD_DEGREE, "deg" },
    { UNIT_CELSIUS, 2, 1, 0, FIXED, 0, "C" },
    { UNIT_SECOND, 4, 0, 0, FIXED, 0, "s" },
    { UNIT_PERCENT, 3, 0, 0, FIXED, 0, "%" },
    { UNIT_DAY, 4, 0, 0, FIXED, 0, "d" },
    { UNIT_PULSES_PER_WATT_HOUR, 4, 0, -3, FIXED, 0, "" }, /* imp/kWh */
    { UNIT_PULSES_PER_VAR_HOUR, 4, 0, -3, FIXED, 0, "" },
};

/* Text ------------------------------------------------------------------------------ */

struct text {
    char *characters; /* DISPLAY_TEXT_MAX of them and a 0 */
    size_t used;
};

static void put_character(struct text *t, char c)
{
    if (t->used < DISPLAY_TEXT_MAX) {
        t->characters[t->used++] = c;
        t->characters[t->used] = '\0';
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

static void put_hex(struct text *t, uint32_t value)
{
    for (int shift = 28; shift >= 0; shift -= 4) {
        put_character(t, "0123456789ABCDEF"[value >> shift & 15u]);
    }
}

/* Truncated if digits are lost; exponents are those of the tables and of a scaler, cut so that nothing can overflow. */
static int64_t times_power_of_ten(int64_t value, int exponent)
{
    for (; exponent < 0 && value != 0; exponent++) {
        value /= 10;
    }
    for (; exponent > 0 && value < INT64_MAX / 10 && value > INT64_MIN / 10; exponent--) {
        value *= 10;
    }
    return value;
}

static struct text begin(struct display_page *p)
{
    p->value[0] = '\0';
    return (struct text){ .characters = p->value };
}

static void put_two(struct text *t, uint8_t value, uint8_t most)
{
    if (value <= most) {
        put_number(t, value, 2);
    } else { /* not specified */
        put_character(t, '-');
        put_character(t, '-');
    }
}

static void show_time(struct display_page *p, const uint8_t octets[CALENDAR_TIME_OCTETS], uint32_t mark)
{
    struct text t = begin(p);
    for (unsigned i = 0; i < 3; i++) {
        put_two(&t, octets[i], i == 0 ? 23 : 59);
        if (i < 2) {
            put_character(&t, ':');
        }
    }
    p->marks |= mark;
}

static void show_date(struct display_page *p, const uint8_t octets[CALENDAR_DATE_OCTETS], uint32_t mark)
{
    struct text t = begin(p);
    unsigned year = (unsigned)octets[0] << 8 | octets[1];
    put_two(&t, year == CALENDAR_YEAR_ANY ? CALENDAR_ANY : (uint8_t)(year % 100u), 99);
    put_character(&t, '.');
    put_two(&t, octets[2], 12);
    put_character(&t, '.');
    put_two(&t, octets[3], 31);
    p->marks |= mark;
}

/* Values ---------------------------------------------------------------------------- */

struct source {
    struct cosem_device *device;
    const struct cosem_object *object;
};

/* As the Reader would get it. */
static bool get(const struct source *s, uint8_t attribute, uint8_t octets[OCTETS_MAX], struct axdr_reader *in)
{
    struct cosem_association reader = { .type = &s->device->types[CLIENT_READER], .device = s->device };
    struct cosem_request r = { .device = s->device->meter, .association = &reader };
    struct axdr_writer out;
    axdr_writer_init(&out, octets, OCTETS_MAX, OCTETS_MAX);
    enum status status = s->object->ic->get(&r, s->object, attribute, &out);
    axdr_reader_init(in, octets, out.used);
    return status == STATUS_OK && !out.overflow && !r.more;
}

/* The attribute with scaler and unit of this one, 0 if there is none. */
static uint8_t scaler_unit_of(const struct cosem_object *o, uint8_t attribute)
{
    switch (o->ic->id) {
    case CLASS_REGISTER:
    case CLASS_EXTENDED:
        return attribute == VALUE ? 3 : 0;
    case CLASS_DEMAND:
        return attribute == VALUE || attribute == 3 ? 4 : 0;
    default:
        return 0;
    }
}

static struct display_unit unit_of(const struct source *s, uint8_t unit, int8_t scaler)
{
    const struct meter *m = s->device->meter;
    struct display_unit u = { .unit = unit, .digits = 1, .decimals = (uint8_t)(scaler < 0 ? -scaler : 0), .text = "" };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (units[i].unit == unit) {
            u = units[i];
        }
    }
    if (u.adjustment == ENERGY) {
        u.decimals = m->display_setup.decimals.energy;
    } else if (u.adjustment == DEMAND) {
        u.decimals = m->display_setup.decimals.demand;
    }
    return u;
}

static uint64_t magnitude_of(int64_t value)
{
    return value < 0 ? UINT64_C(0) - (uint64_t)value : (uint64_t)value;
}

static unsigned digits_of(uint64_t value)
{
    unsigned digits = 1;
    for (; value > 9; value /= 10) {
        digits++;
    }
    return digits;
}

/* A point needs no digit. Decimals go when all together would not fit. */
static void show_scaled(struct display_page *p, int64_t value, int8_t scaler, const struct display_unit *u)
{
    struct text t = begin(p);
    unsigned decimals = u->decimals;
    int64_t scaled = times_power_of_ten(value, scaler - u->prefix + (int)decimals);
    uint64_t magnitude = magnitude_of(scaled);
    for (; decimals > 0 && digits_of(magnitude) > LCD_VALUE_DIGITS; decimals--) {
        magnitude /= 10;
    }
    uint64_t one = (uint64_t)times_power_of_ten(1, (int)decimals);
    put_number(&t, magnitude / one, u->digits);
    if (decimals > 0) {
        put_character(&t, '.');
        put_number(&t, magnitude % one, decimals);
    }
    p->negative = scaled < 0;
    p->marks |= u->mark;
    p->unit = u->text;
}

/* Numbers without a unit: the billing count in two digits, error and alarm registers bit by bit. */
static void show_plain(struct display_page *p, const struct source *s, uint8_t tag, int64_t value)
{
    const uint8_t *obis = s->object->obis;
    struct text t = begin(p);
    if (obis[2] == 0 && obis[3] == 1 && obis[4] == 0) {
        put_number(&t, (uint64_t)value % 100u, 2);
    } else if (obis[2] == 97 && tag == AXDR_DOUBLE_LONG_UNSIGNED) {
        put_hex(&t, (uint32_t)value);
    } else {
        p->negative = value < 0;
        put_number(&t, magnitude_of(value), 1);
    }
}

static unsigned show_number(struct display_page *p, const struct source *s, uint8_t attribute, struct axdr_reader *in)
{
    uint8_t octets[OCTETS_MAX];
    struct axdr_reader form;
    uint8_t tag = axdr_peek(in);
    int64_t value = axdr_get_number(in, (enum axdr_tag)tag);
    uint8_t scaler_unit = scaler_unit_of(s->object, attribute);
    if (axdr_failed(in)) {
        return 0;
    }
    if (scaler_unit == 0) {
        show_plain(p, s, tag, value);
        return 1;
    }
    if (!get(s, scaler_unit, octets, &form) || axdr_get_structure(&form) != 2) {
        return 0;
    }
    int8_t scaler = (int8_t)axdr_get_number(&form, AXDR_INTEGER);
    struct display_unit u = unit_of(s, (uint8_t)axdr_get_number(&form, AXDR_ENUM), scaler);
    show_scaled(p, value, scaler, &u);
    return axdr_failed(&form) ? 0 : 1;
}

static bool printable(const uint8_t *octets, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (octets[i] < ' ' || octets[i] > '~') {
            return false;
        }
    }
    return true;
}

/* Of a serial number the last characters tell one meter from the next. */
static unsigned show_text(struct display_page *p, const struct source *s, const uint8_t *octets, size_t size)
{
    struct text t = begin(p);
    for (size_t i = 0; i < size; i++) {
        put_character(&t, (char)octets[i]);
    }
    if (memcmp(s->object->obis, codes[SERIAL_NUMBER].obis, 6) == 0 && size > LCD_VALUE_DIGITS) {
        p->first = (uint8_t)(size - LCD_VALUE_DIGITS);
    }
    return 1;
}

static unsigned show_date_and_time(struct display_page *p, const uint8_t *date, const uint8_t *time, unsigned screen)
{
    if (screen == 0) {
        show_date(p, date, LCD_DATE);
    } else {
        show_time(p, time, LCD_TIME);
    }
    return 2;
}

/* Clients expect a date-time of either object that tells of the last MD reset; each is one line: 0.9.6 its time, 0.9.7
 * its date. */
static unsigned show_reset(struct display_page *p, const struct cosem_object *o, const uint8_t octets[CALENDAR_OCTETS])
{
    if (o->obis[4] == TIME_OF_RESET) {
        show_time(p, octets + CALENDAR_DATE_OCTETS, 0);
    } else {
        show_date(p, octets, 0);
    }
    return 1;
}

/* The first octet of a time or date is none that can be printed: they cannot be mistaken for a text. */
static unsigned show_octets(struct display_page *p, const struct source *s, struct axdr_reader *in, unsigned screen)
{
    size_t size = 0;
    const uint8_t *octets = axdr_get_octet_string(in, &size);
    if (axdr_failed(in)) {
        return 0;
    }
    if (printable(octets, size)) {
        return show_text(p, s, octets, size);
    }
    switch (size) {
    case CALENDAR_OCTETS:
        if (s->object->ic == &class_data && s->object->shows == DATA_MAXIMA_RESET) {
            return show_reset(p, s->object, octets);
        }
        return show_date_and_time(p, octets, octets + CALENDAR_DATE_OCTETS, screen);
    case CALENDAR_DATE_OCTETS:
        show_date(p, octets, 0);
        return 1;
    case CALENDAR_TIME_OCTETS:
        show_time(p, octets, 0);
        return 1;
    default:
        return 0;
    }
}

/* array of structure { time, date }: when something is due; the first of them. */
static unsigned show_schedule(struct display_page *p, struct axdr_reader *in, unsigned screen)
{
    size_t time_size = 0;
    size_t date_size = 0;
    if (axdr_get_array(in) == 0 || axdr_get_structure(in) != 2) {
        return 0;
    }
    const uint8_t *time = axdr_get_octet_string(in, &time_size);
    const uint8_t *date = axdr_get_octet_string(in, &date_size);
    if (axdr_failed(in) || time_size != CALENDAR_TIME_OCTETS || date_size != CALENDAR_DATE_OCTETS) {
        return 0;
    }
    return show_date_and_time(p, date, time, screen);
}

static unsigned show_value(struct display_page *p, const struct source *s, uint8_t attribute, unsigned screen)
{
    uint8_t octets[OCTETS_MAX];
    struct axdr_reader in;
    if (!get(s, attribute, octets, &in)) {
        return 0;
    }
    switch (axdr_peek(&in)) {
    case AXDR_OCTET_STRING:
        return show_octets(p, s, &in, screen);
    case AXDR_ARRAY:
        return s->object->ic->id == CLASS_SCHEDULE ? show_schedule(p, &in, screen) : 0;
    default: /* a number, or nothing that is shown */
        return show_number(p, s, attribute, &in);
    }
}

/* Entries --------------------------------------------------------------------------- */

/* The others tell who asks, or are long. */
static bool is_shown_class(uint16_t class_id)
{
    return class_id == CLASS_DATA || class_id == CLASS_REGISTER || class_id == CLASS_EXTENDED ||
           class_id == CLASS_DEMAND || class_id == CLASS_CLOCK || class_id == CLASS_SCHEDULE;
}

static void put_code(struct display_page *p, const uint8_t obis[6])
{
    char code[DISPLAY_TEXT_MAX + 1];
    struct text t = { .characters = code };
    for (unsigned group = 2; group <= 4; group++) {
        put_number(&t, obis[group], 1);
        if (group < 4) {
            put_character(&t, '.');
        }
    }
    if (obis[5] != PRESENT) {
        put_character(&t, '*');
        put_number(&t, obis[5], 1);
    }
    memcpy(p->code, code, t.used + 1); /* 255.255.255*255 at the longest */
    for (size_t i = 0; i < CODES; i++) {
        if (memcmp(obis, codes[i].obis, sizeof codes[i].obis) == 0) {
            memcpy(p->code, codes[i].code, strlen(codes[i].code) + 1);
        }
    }
}

unsigned pages_show(struct cosem_device *device, const struct display_entry *e, unsigned screen,
                    struct display_page *page)
{
    struct source s = { .device = device, .object = cosem_find(device->objects, e->obis) };
    *page = (struct display_page){ .unit = "" };
    put_code(page, e->obis);
    if (s.object == NULL || s.object->ic->id != e->class_id || !is_shown_class(e->class_id) || e->attribute < VALUE ||
        !cosem_may_access(s.object, CLIENT_READER, (uint8_t)e->attribute, RIGHT_GET)) {
        return 0;
    }
    return show_value(page, &s, (uint8_t)e->attribute, screen);
}

bool pages_showable(struct cosem_device *device, const struct display_entry *e)
{
    struct display_page page;
    return display_entry_is_test(e) || pages_show(device, e, 0, &page) > 0;
}

/* Codes ----------------------------------------------------------------------------- */

/* C.D.E or C.D.E*F. */
static bool parse(const char *code, size_t size, uint8_t obis[6])
{
    unsigned group = 2;
    unsigned value = 0;
    unsigned digits = 0;
    for (size_t i = 0; i < size; i++) {
        bool ends = (code[i] == '.' && group < 4) || (code[i] == '*' && group == 4);
        if (code[i] >= '0' && code[i] <= '9' && digits < 3) {
            value = value * 10 + (unsigned)(code[i] - '0');
            digits++;
        } else if (ends && digits > 0) {
            obis[group++] = (uint8_t)value;
            value = digits = 0;
        } else {
            return false;
        }
        if (value > UINT8_MAX) {
            return false;
        }
    }
    obis[group] = (uint8_t)value;
    return group >= 4 && digits > 0;
}

static bool is(const char *code, size_t size, const char *other)
{
    return size == strlen(other) && memcmp(code, other, size) == 0;
}

bool pages_find(struct cosem_device *device, const char *code, size_t size, struct display_entry *e)
{
    uint8_t obis[6] = { 1, 0, 0, 0, 0, PRESENT };
    const struct cosem_object *o = NULL;
    for (size_t i = 0; i < CODES && o == NULL; i++) {
        o = is(code, size, codes[i].code) ? cosem_find(device->objects, codes[i].obis) : NULL;
    }
    if (o == NULL && parse(code, size, obis)) {
        o = cosem_find(device->objects, obis);
        if (o == NULL) {
            obis[0] = 0;
            o = cosem_find(device->objects, obis);
        }
    }
    if (o == NULL || o->ic->id > UINT8_MAX) {
        return false;
    }
    *e = (struct display_entry){ .class_id = (uint8_t)o->ic->id, .attribute = VALUE };
    memcpy(e->obis, o->obis, sizeof e->obis);
    if (e->class_id == CLASS_SCHEDULE) {
        e->attribute = 4;
    }
    return true;
}
