/* Alarms: two registers of bits that events set and that stay until a client clears them; filters; descriptors, which
 * tell what is new since a client last looked; and the error register of the meter's own faults.
 *
 *     (a) an event sets its bits in the registers, whatever the filters say
 *     (b) a bit that rises in a register and is in the filter rises in the descriptor: an alarm, a row of the alarm log
 *     (c) bits stay when the cause is gone
 *     (d) a client sets new = old AND written, and so cannot set a bit; what goes on sets it when it next occurs
 *
 *     (f) registers, descriptors and the error register are cleared each for itself
 *
 *     (h) all of it outlives the power: one record of the settings, written when something changes
 *
 * Source  object-model.md 1.11, 4. SPEC.md says what stands in the record.
 * Context main loop only.
 */
#ifndef METER_ALARM_H
#define METER_ALARM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "store/settings.h"

enum { ALARM_REGISTERS = 2, ALARM_NONE = 32 }; /* ALARM_NONE: the bit of an event that sets none */

/* Positions of register 1 that are faults of the meter: the error register has the same. Clock invalid, battery,
 * program, RAM, memory, measurement, watchdog. */
#define ALARM_ERRORS UINT32_C(0x00001F03)

#define ALARM_FILTER_1 UINT32_C(0x00003F03)
#define ALARM_FILTER_2 UINT32_C(0x07844427)

enum alarm_word {
    ALARM_REGISTER_1,
    ALARM_REGISTER_2,
    ALARM_FILTER_WORD_1,
    ALARM_FILTER_WORD_2,
    ALARM_DESCRIPTOR_1,
    ALARM_DESCRIPTOR_2,
    ALARM_ERROR_REGISTER,
    ALARM_WORDS
};

/* Owned by the caller: read freely, change only through the functions below. */
struct alarm {
    uint32_t words[ALARM_WORDS];
};

/* Defaults, and then what stands in the settings; a record of another layout is left alone. */
void alarm_init(struct alarm *a);
void alarm_load(struct alarm *a, const struct settings *settings);

/* An event with these bits (ALARM_NONE: none). True if an alarm is to be logged. What the memory does not take counts
 * in RAM all the same; *status says so. */
bool alarm_raise(struct alarm *a, struct settings *settings, uint8_t bit_1, uint8_t bit_2, enum status *status);

/* A client's SET: of a filter any value, else (d). *cleared: it cleared a bit that was set. An error of the settings
 * leaves everything as it was. */
enum status alarm_set(struct alarm *a, struct settings *settings, enum alarm_word word, uint32_t written,
                      bool *cleared);

#endif
