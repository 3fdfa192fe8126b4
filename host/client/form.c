#include "host/client/form.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 24, NUMBER_MAX = 320, EXACT_DIGITS = 15 };

static void put(FILE *out, const struct data *d, const struct form_scale *scale);

struct form_scale form_scale_of(const struct data *scaler_unit)
{
    int64_t scaler;
    int64_t unit;
    if (scaler_unit == NULL || scaler_unit->tag != AXDR_STRUCTURE || scaler_unit->size != 2 ||
        !data_whole(data_at(scaler_unit, 0), &scaler) || !data_whole(data_at(scaler_unit, 1), &unit) ||
        scaler < INT8_MIN || scaler > INT8_MAX || unit < 0 || unit > UINT8_MAX) {
        return (struct form_scale){ .given = false };
    }
    return (struct form_scale){ true, (int8_t)scaler, (uint8_t)unit };
}

/* Numbers ----------------------------------------------------------------------------------------- */

/* The digits of a whole number and its sign; false when it is none. */
static bool digits_of(const struct data *d, char digits[DIGITS_MAX], bool *negative)
{
    int64_t value;
    if (data_whole(d, &value)) {
        *negative = value < 0;
        snprintf(digits, DIGITS_MAX, "%llu", (unsigned long long)(value < 0 ? 0 - (uint64_t)value : (uint64_t)value));
        return true;
    }
    if (d->tag != AXDR_LONG64_UNSIGNED) {
        return false;
    }
    uint64_t number = 0;
    for (size_t i = 0; i < 8; i++) {
        number = number << 8 | d->octets[i];
    }
    *negative = false;
    snprintf(digits, DIGITS_MAX, "%llu", (unsigned long long)number);
    return true;
}

/* The decimal number: the point moved by the scaler, zeros where there are no digits. */
static bool number_text(const struct data *d, const struct form_scale *scale, char text[NUMBER_MAX])
{
    char digits[DIGITS_MAX];
    bool negative;
    if (!digits_of(d, digits, &negative)) {
        return false;
    }
    int scaler = scale != NULL && scale->given ? scale->scaler : 0;
    int count = (int)strlen(digits);
    char *at = text;
    at += sprintf(at, "%s", negative ? "-" : "");
    if (scaler >= 0) {
        bool zero = strcmp(digits, "0") == 0;
        sprintf(at, "%s%0*d", digits, zero ? 0 : scaler, 0);
        at[count + (zero ? 0 : scaler)] = '\0';
        return true;
    }
    int before = count + scaler; /* digits before the point */
    if (before <= 0) {
        at += sprintf(at, "0.");
        for (int i = before; i < 0; i++) {
            *at++ = '0';
        }
        sprintf(at, "%s", digits);
    } else {
        sprintf(at, "%.*s.%s", before, digits, digits + before);
    }
    return true;
}

static double float_of(const struct data *d)
{
    uint64_t bits = 0;
    float single;
    double value;
    for (size_t i = 0; i < d->size; i++) {
        bits = bits << 8 | d->octets[i];
    }
    if (d->tag == AXDR_FLOAT64) {
        memcpy(&value, &bits, sizeof value);
        return value;
    }
    uint32_t low = (uint32_t)bits;
    memcpy(&single, &low, sizeof single);
    return (double)single;
}

/* The fewest digits that are the same number again. */
static void float_text(const struct data *d, char text[NUMBER_MAX])
{
    double value = float_of(d);
    bool single = d->tag == AXDR_FLOAT32;
    for (int digits = 1; digits <= (single ? 9 : 17); digits++) {
        snprintf(text, NUMBER_MAX, "%.*g", digits, value);
        double again = strtod(text, NULL);
        if (again == value || (single && (float)again == (float)value)) {
            return;
        }
    }
}

/* Times ------------------------------------------------------------------------------------------- */

static bool plausible(const struct calendar_time *t)
{
    bool nothing = t->year == CALENDAR_YEAR_ANY && t->month == CALENDAR_ANY && t->day == CALENDAR_ANY;
    bool rule = t->year == CALENDAR_YEAR_ANY && t->month != CALENDAR_ANY;
    return nothing || rule || (t->year >= 1970 && t->year < 2200);
}

bool form_time(const struct data *d, struct calendar_time *t)
{
    const uint8_t *octets = d->tag == AXDR_DATE_TIME ? d->octets : data_octets(d, CALENDAR_OCTETS);
    return octets != NULL && calendar_decode(octets, t) == STATUS_OK && plausible(t);
}

static void put_field(FILE *out, const char *before, unsigned value)
{
    fputs(before, out);
    if (value == CALENDAR_ANY) {
        fputs("**", out);
    } else {
        fprintf(out, "%02u", value);
    }
}

static void put_date(FILE *out, const struct calendar_time *t)
{
    static const char *const weekdays[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
    if (t->year == CALENDAR_YEAR_ANY) {
        fputs("****", out);
    } else {
        fprintf(out, "%04u", t->year);
    }
    if (t->month == CALENDAR_MONTH_DST_BEGIN || t->month == CALENDAR_MONTH_DST_END) {
        fputs(t->month == CALENDAR_MONTH_DST_BEGIN ? "-dst_begin" : "-dst_end", out);
    } else {
        put_field(out, "-", t->month);
    }
    if (t->day == CALENDAR_DAY_LAST || t->day == CALENDAR_DAY_SECOND_LAST) {
        fputs(t->day == CALENDAR_DAY_LAST ? "-last" : "-second_last", out);
    } else {
        put_field(out, "-", t->day);
    }
    if (t->year == CALENDAR_YEAR_ANY && t->weekday >= 1 && t->weekday <= 7) {
        fprintf(out, "(%s)", weekdays[t->weekday - 1]);
    }
}

static void put_clock(FILE *out, const struct calendar_time *t)
{
    put_field(out, "", t->hour);
    put_field(out, ":", t->minute);
    put_field(out, ":", t->second);
    if (t->hundredths != CALENDAR_ANY && t->hundredths != 0) {
        put_field(out, ".", t->hundredths);
    }
}

static void put_zone(FILE *out, int deviation_min)
{
    if (deviation_min == CALENDAR_DEVIATION_ANY) {
        return;
    }
    int east = -deviation_min; /* the deviation is what UTC is ahead of local time */
    fprintf(out, "%c%02d:%02d", east < 0 ? '-' : '+', abs(east) / 60, abs(east) % 60);
}

static void put_time(FILE *out, const struct calendar_time *t)
{
    if (t->year == CALENDAR_YEAR_ANY && t->month == CALENDAR_ANY && t->day == CALENDAR_ANY && t->hour == CALENDAR_ANY) {
        fputs("unspecified", out);
        return;
    }
    put_date(out, t);
    fputc('T', out);
    put_clock(out, t);
    put_zone(out, t->deviation_min);
}

/* A date or a time that stands alone; hexadecimal digits when it is none. */
static bool put_part(FILE *out, const struct data *d)
{
    uint8_t octets[CALENDAR_OCTETS];
    struct calendar_time t;
    calendar_encode(&calendar_unspecified, octets);
    memcpy(d->tag == AXDR_DATE ? octets : octets + CALENDAR_DATE_OCTETS, d->octets, d->size);
    if (calendar_decode(octets, &t) != STATUS_OK) {
        return false;
    }
    if (d->tag == AXDR_DATE) {
        put_date(out, &t);
    } else {
        put_clock(out, &t);
    }
    return true;
}

/* Octets ------------------------------------------------------------------------------------------ */

static void put_hex(FILE *out, const uint8_t *octets, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        fprintf(out, "%02X", octets[i]);
    }
}

/* Nothing that could move a terminal's cursor. */
static bool is_printable(const struct data *d)
{
    for (size_t i = 0; i < d->size; i++) {
        bool more = d->tag == AXDR_UTF8_STRING && d->octets[i] >= 0xA0;
        if ((d->octets[i] < ' ' || d->octets[i] > '~') && !more) {
            return false;
        }
    }
    return true;
}

static bool is_text(const struct data *d)
{
    if (!is_printable(d)) {
        return false;
    }
    json_t *valid = d->tag == AXDR_UTF8_STRING ? json_stringn((const char *)d->octets, d->size) : json_true();
    json_decref(valid);
    return valid != NULL;
}

static void put_octets(FILE *out, const struct data *d)
{
    struct calendar_time t;
    if (d->size == 0) {
        return;
    }
    if (form_time(d, &t)) {
        put_time(out, &t);
    } else if (is_text(d)) {
        fwrite(d->octets, 1, d->size, out);
    } else if (d->tag == AXDR_OCTET_STRING && d->size == 6 && d->octets[0] < 16) {
        const uint8_t *o = d->octets;
        fprintf(out, "%u.%u.%u.%u.%u.%u", o[0], o[1], o[2], o[3], o[4], o[5]);
    } else {
        put_hex(out, d->octets, d->size);
    }
}

static void put_bits(FILE *out, const struct data *d)
{
    for (size_t i = 0; i < d->size; i++) {
        fputc((d->octets[i / 8] >> (7 - i % 8) & 1) != 0 ? '1' : '0', out);
    }
}

/* Everything -------------------------------------------------------------------------------------- */

static void put_elements(FILE *out, const struct data *d)
{
    fputc(d->tag == AXDR_ARRAY ? '[' : '{', out);
    for (size_t i = 0; i < d->size; i++) {
        fputs(i > 0 ? ", " : "", out);
        put(out, &d->elements[i], NULL);
    }
    fputc(d->tag == AXDR_ARRAY ? ']' : '}', out);
}

static void put_number(FILE *out, const struct data *d, const struct form_scale *scale)
{
    char text[NUMBER_MAX];
    if (d->tag == AXDR_FLOAT32 || d->tag == AXDR_FLOAT64) {
        float_text(d, text);
        fputs(text, out);
    } else if (number_text(d, scale, text)) {
        fputs(text, out);
    } else {
        put_hex(out, d->octets, d->size); /* BCD */
    }
}

static void put(FILE *out, const struct data *d, const struct form_scale *scale)
{
    struct calendar_time t;
    switch ((unsigned)d->tag) {
    case AXDR_NULL:
    case AXDR_DONT_CARE:
        fputc('-', out);
        break;
    case AXDR_ARRAY:
    case AXDR_STRUCTURE:
        put_elements(out, d);
        break;
    case AXDR_BOOLEAN:
        fputs(d->octets[0] != 0 ? "true" : "false", out);
        break;
    case AXDR_BIT_STRING:
        put_bits(out, d);
        break;
    case AXDR_OCTET_STRING:
    case AXDR_VISIBLE_STRING:
    case AXDR_UTF8_STRING:
        put_octets(out, d);
        break;
    case AXDR_DATE_TIME:
        if (form_time(d, &t)) {
            put_time(out, &t);
        } else {
            put_hex(out, d->octets, d->size);
        }
        break;
    case AXDR_DATE:
    case AXDR_TIME:
        if (!put_part(out, d)) {
            put_hex(out, d->octets, d->size);
        }
        break;
    default:
        put_number(out, d, scale);
        break;
    }
}

char *form_text(const struct data *d, const struct form_scale *scale)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return NULL;
    }
    put(out, d, scale);
    fclose(out);
    return text;
}

/* A number as exactly as JSON programs read it: whole, or up to 15 digits that a double keeps, else a string. */
static json_t *number_json(const char *text)
{
    char *end;
    size_t digits = strspn(text, "-0.") < strlen(text) ? strlen(text + strspn(text, "-0.")) : 0;
    bool whole = strpbrk(text, ".eEn") == NULL;
    if (whole && digits <= 18) {
        return json_integer(strtoll(text, NULL, 10));
    }
    double value = strtod(text, &end);
    return whole || digits > EXACT_DIGITS + 1 || *end != '\0' || !isfinite(value) ? json_string(text)
                                                                                  : json_real(value);
}

json_t *form_json(const struct data *d, const struct form_scale *scale)
{
    char text[NUMBER_MAX];
    if (d->tag == AXDR_NULL || d->tag == AXDR_DONT_CARE) {
        return json_null();
    }
    if (d->tag == AXDR_BOOLEAN) {
        return json_boolean(d->octets[0] != 0);
    }
    if (d->tag == AXDR_ARRAY || d->tag == AXDR_STRUCTURE) {
        json_t *array = json_array();
        for (size_t i = 0; i < d->size; i++) {
            json_array_append_new(array, form_json(&d->elements[i], NULL));
        }
        return array;
    }
    if (d->tag == AXDR_FLOAT32 || d->tag == AXDR_FLOAT64) {
        float_text(d, text);
        double value = strtod(text, NULL);
        return isfinite(value) ? json_real(value) : json_string(text);
    }
    if (number_text(d, scale, text)) {
        return number_json(text);
    }
    char *shown = form_text(d, NULL);
    json_t *string = json_string(shown != NULL ? shown : "");
    free(shown);
    return string;
}
