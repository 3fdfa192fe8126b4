/* Settings: the parameters of the meter that outlive the power. setting.def says each of them once.
 *
 * A new value is checked, then written to flash and read back, then it counts: whoever was told of a success finds it
 * after any cut of the power. A value that is there already is not written again.
 *
 * Errors  STATUS_RANGE: outside its limits; STATUS_FAILED, STATUS_SPACE, STATUS_DENIED: the memory does not take it.
 *         Nothing has changed then.
 * Source  object-model.md 8.6; architecture.md 5, 9.
 * Context main loop only.
 */
#ifndef METER_SETTING_H
#define METER_SETTING_H

#include <stddef.h>
#include <stdint.h>

#include "base/calendar.h"
#include "base/status.h"

struct meter;

#define SETTING(name, key, kind, member, least, most) SETTING_##name,
enum setting {
#include "meter/setting.def"
    SETTING_COUNT
};
#undef SETTING

int64_t setting_number(const struct meter *m, enum setting s);
enum status setting_set_number(struct meter *m, enum setting s, int64_t value);

enum status setting_set_octets(struct meter *m, enum setting s, const uint8_t *octets, size_t size);

/* A RULE must have a month and whole seconds; a TIME must be complete. */
enum status setting_set_time(struct meter *m, enum setting s, const struct calendar_time *t);

/* The secrets of the factory, which are public: as defaults before setting_load, and one (READER, ADMINISTRATOR,
 * OPTICAL_P1) as its owner's from now on. */
void setting_init_secrets(struct meter *m);
enum status setting_reset_secret(struct meter *m, enum setting s);

/* At power-up: everything that stands in flash. A value that is not within its limits stays at its default. A secret
 * that was changed and is lost is empty, which opens nothing: docs/SECURITY.md. Returns how many there were of both. */
unsigned setting_load(struct meter *m);

#endif
