#include "meter/alarm.h"

#include <string.h>

#include "meter/memory.h"
#include "store/flash.h"

/* SPEC.md: the record. */
enum { LAYOUT = 1, RECORD_SIZE = 1 + ALARM_WORDS * 4 };

static enum status save(const struct alarm *a, struct settings *settings)
{
    uint8_t record[RECORD_SIZE] = { LAYOUT };
    uint8_t *at = record + 1;
    for (unsigned i = 0; i < ALARM_WORDS; i++, at += 4) {
        flash_put32(at, a->words[i]);
    }
    return settings_set(settings, MEMORY_KEY_ALARMS, record, sizeof record);
}

void alarm_init(struct alarm *a)
{
    *a = (struct alarm){ .words = { [ALARM_FILTER_WORD_1] = ALARM_FILTER_1, [ALARM_FILTER_WORD_2] = ALARM_FILTER_2 } };
}

void alarm_load(struct alarm *a, const struct settings *settings)
{
    uint8_t record[RECORD_SIZE];
    size_t size = 0;
    if (settings_get(settings, MEMORY_KEY_ALARMS, record, sizeof record, &size) == STATUS_OK && size == sizeof record &&
        record[0] == LAYOUT) {
        const uint8_t *at = record + 1;
        for (unsigned i = 0; i < ALARM_WORDS; i++, at += 4) {
            a->words[i] = flash_get32(at);
        }
    }
}

static uint32_t bit(uint8_t number)
{
    return number < ALARM_NONE ? UINT32_C(1) << number : 0;
}

bool alarm_raise(struct alarm *a, struct settings *settings, uint8_t bit_1, uint8_t bit_2, enum status *status)
{
    const uint32_t bits[ALARM_REGISTERS] = { bit(bit_1), bit(bit_2) };
    struct alarm before = *a;
    bool reported = false;
    for (unsigned i = 0; i < ALARM_REGISTERS; i++) {
        uint32_t rising = bits[i] & ~a->words[ALARM_REGISTER_1 + i] & a->words[ALARM_FILTER_WORD_1 + i];
        a->words[ALARM_REGISTER_1 + i] |= bits[i];
        a->words[ALARM_DESCRIPTOR_1 + i] |= rising;
        reported |= rising != 0;
    }
    a->words[ALARM_ERROR_REGISTER] |= bits[0] & ALARM_ERRORS;
    *status = memcmp(&before, a, sizeof before) == 0 ? STATUS_OK : save(a, settings);
    return reported;
}

enum status alarm_set(struct alarm *a, struct settings *settings, enum alarm_word word, uint32_t written, bool *cleared)
{
    bool filter = word == ALARM_FILTER_WORD_1 || word == ALARM_FILTER_WORD_2;
    struct alarm after = *a;
    after.words[word] = filter ? written : a->words[word] & written;
    enum status status = save(&after, settings); /* writes nothing if nothing has changed */
    *cleared = status == STATUS_OK && !filter && after.words[word] != a->words[word];
    if (status == STATUS_OK) {
        *a = after;
    }
    return status;
}
