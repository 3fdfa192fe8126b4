/* Replays the transcripts of tests/golden: whole conversations, octet by octet.
 *
 *   # comment                     to the end of any line
 *   test NAME                     a fresh station
 *   > 7E A0 07 ...                the client sends
 *   < 7E A0 07 ...                the station answers exactly this
 *   = EVENT                       the station has told its surroundings exactly this
 *   wait MS                       time passes
 *   WORD ARGUMENTS                anything else is given to the station
 *     7E ...                      an indented line goes on with the line before
 *
 * Nothing is overlooked: an answer or an event that the transcript does not name at its place is a failure.
 */
#ifndef TRANSCRIPT_H
#define TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a station sends and tells is collected here until the transcript asks. */
struct transcript_log {
    uint8_t sent[16384];
    size_t sent_size;
    char events[16384]; /* each with a newline */
    size_t events_size;
};

void transcript_sent(struct transcript_log *log, const uint8_t *octets, size_t size);
void transcript_event(struct transcript_log *log, const char *event);
/* An event that ends in octets. */
void transcript_event_octets(struct transcript_log *log, const char *event, const uint8_t *octets, size_t size);

/* Reads hexadecimal octets up to the end of the text; fails the test if it is anything else. */
size_t transcript_octets(const char *text, uint8_t *octets, size_t max);

struct transcript_station {
    struct transcript_log *log;
    void (*start)(void *context);
    void (*receive)(void *context, const uint8_t *octets, size_t size);
    void (*wait)(void *context, uint32_t ms);
    bool (*command)(void *context, const char *word, const char *arguments); /* false: not known */
};

/* Replays tests/golden/<name>.txt. Fails the running test at the first difference. */
void transcript_replay(const char *name, const struct transcript_station *station, void *context);

#endif
