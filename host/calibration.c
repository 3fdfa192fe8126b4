#include "host/calibration.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* Sets *value when `name` is the key, to a whole number of the range. Returns false when it is not one. */
struct field {
    const char *name;
    json_int_t least, most;
    json_int_t value;
};

/* Reads every member of `object` into the field of its name. Returns the name of one that is unknown or wrong. */
static const char *read_fields(json_t *object, struct field *fields, size_t count)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        size_t i = 0;
        while (i < count && strcmp(key, fields[i].name) != 0) {
            i++;
        }
        if (i == count || !json_is_integer(value) || json_integer_value(value) < fields[i].least ||
            json_integer_value(value) > fields[i].most) {
            return key;
        }
        fields[i].value = json_integer_value(value);
    }
    return NULL;
}

static const char *read_channel(json_t *object, struct metrology_channel *c)
{
    enum { GAIN, DELAY, NOISE, IN_PHASE, QUADRATURE };
    struct field fields[] = {
        [GAIN] = { "gain_ppb", 0, UINT32_MAX, c->gain_ppb },
        [DELAY] = { "delay_ns", INT32_MIN, INT32_MAX, c->delay_ns },
        [NOISE] = { "noise_code2", 0, UINT32_MAX, c->noise_code2 },
        [IN_PHASE] = { "in_phase_ps", INT32_MIN, INT32_MAX, c->in_phase_ps },
        [QUADRATURE] = { "quadrature_ps", INT32_MIN, INT32_MAX, c->quadrature_ps },
    };
    const char *wrong = read_fields(object, fields, sizeof fields / sizeof fields[0]);
    *c = (struct metrology_channel){ .gain_ppb = (uint32_t)fields[GAIN].value,
                                     .delay_ns = (int32_t)fields[DELAY].value,
                                     .noise_code2 = (uint32_t)fields[NOISE].value,
                                     .in_phase_ps = (int32_t)fields[IN_PHASE].value,
                                     .quadrature_ps = (int32_t)fields[QUADRATURE].value };
    return wrong;
}

static const char *read_record(json_t *record, struct metrology_calibration *c)
{
    const char *key;
    json_t *value;
    json_object_foreach(record, key, value)
    {
        const char *wrong = NULL;
        if (strcmp(key, "voltage") == 0 && json_is_object(value)) {
            wrong = read_channel(value, &c->voltage);
        } else if (strcmp(key, "current") == 0 && json_is_object(value)) {
            wrong = read_channel(value, &c->current);
        } else if (strcmp(key, "neutral") == 0 && json_is_object(value)) {
            wrong = read_channel(value, &c->neutral);
        } else if (strcmp(key, "decimator_order") == 0 && json_is_integer(value) &&
                   (json_integer_value(value) == 0 || json_integer_value(value) == 3)) {
            c->decimator_order = (uint8_t)json_integer_value(value);
        } else {
            wrong = key;
        }
        if (wrong != NULL) {
            return wrong;
        }
    }
    return NULL;
}

bool calibration_load(struct metrology_calibration *c, const char *path, char *message, size_t size)
{
    *c = metrology_nominal;
    json_error_t error;
    json_t *record = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    const char *wrong = NULL;
    if (record == NULL) {
        if (error.line > 0) {
            snprintf(message, size, "%s: line %d: %s", path, error.line, error.text);
        } else {
            snprintf(message, size, "%s", error.text);
        }
    } else if (!json_is_object(record)) {
        snprintf(message, size, "%s: line 1: not a JSON object", path);
    } else if ((wrong = read_record(record, c)) != NULL) {
        snprintf(message, size, "%s: %.40s is unknown, not a whole number or out of range", path, wrong);
    } else {
        json_decref(record);
        return true;
    }
    json_decref(record);
    return false;
}
