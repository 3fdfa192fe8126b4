#include "transcript.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LINE_MAX_SIZE = 512, STATEMENT_MAX_SIZE = 16384, TEXT_MAX_SIZE = 3 * 2048 };

struct replay {
    const char *file;
    int line; /* of the running statement */
    char test[LINE_MAX_SIZE];
    const struct transcript_station *station;
    void *context;
    size_t sent_seen;
    size_t events_seen;
};

static void to_hex(const uint8_t *octets, size_t size, char *text, size_t max)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < size && used + 4 < max; i++) {
        used += (size_t)snprintf(text + used, max - used, i == 0 ? "%02X" : " %02X", octets[i]);
    }
}

void transcript_sent(struct transcript_log *log, const uint8_t *octets, size_t size)
{
    assert_true(size <= sizeof log->sent - log->sent_size);
    memcpy(log->sent + log->sent_size, octets, size);
    log->sent_size += size;
}

void transcript_event(struct transcript_log *log, const char *event)
{
    size_t size = strlen(event);
    assert_true(size + 1 < sizeof log->events - log->events_size);
    memcpy(log->events + log->events_size, event, size);
    log->events[log->events_size + size] = '\n';
    log->events_size += size + 1;
}

void transcript_event_octets(struct transcript_log *log, const char *event, const uint8_t *octets, size_t size)
{
    char text[TEXT_MAX_SIZE];
    size_t used = (size_t)snprintf(text, sizeof text, size > 0 ? "%s " : "%s", event);
    to_hex(octets, size, text + used, sizeof text - used);
    transcript_event(log, text);
}

size_t transcript_octets(const char *text, uint8_t *octets, size_t max)
{
    size_t size = 0;
    while (*text != '\0') {
        char *end;
        unsigned long value = strtoul(text, &end, 16);
        if (end == text || value > 0xFF || (*end != ' ' && *end != '\0') || size == max) {
            fail_msg("not octets: %s", text);
        }
        octets[size++] = (uint8_t)value;
        text = end + strspn(end, " ");
    }
    return size;
}

static void expect_nothing_more(struct replay *r)
{
    struct transcript_log *log = r->station->log;
    char text[TEXT_MAX_SIZE];
    to_hex(log->sent + r->sent_seen, log->sent_size - r->sent_seen, text, sizeof text);
    if (text[0] != '\0') {
        fail_msg("%s:%d: %s: the transcript does not have what was sent before: %s", r->file, r->line, r->test, text);
    }
    if (r->events_seen < log->events_size) {
        fail_msg("%s:%d: %s: the transcript does not have what happened before: %.*s", r->file, r->line, r->test,
                 (int)(log->events_size - r->events_seen), log->events + r->events_seen);
    }
    log->sent_size = log->events_size = r->sent_seen = r->events_seen = 0;
}

static void expect_sent(struct replay *r, const char *text)
{
    static uint8_t octets[STATEMENT_MAX_SIZE / 3];
    size_t size = transcript_octets(text, octets, sizeof octets);
    struct transcript_log *log = r->station->log;
    size_t there = log->sent_size - r->sent_seen;
    if (there < size || memcmp(log->sent + r->sent_seen, octets, size) != 0) {
        char got[TEXT_MAX_SIZE];
        to_hex(log->sent + r->sent_seen, there, got, sizeof got);
        fail_msg("%s:%d: %s: expected %s, got %s", r->file, r->line, r->test, text, got);
    }
    r->sent_seen += size;
}

static void expect_event(struct replay *r, const char *text)
{
    struct transcript_log *log = r->station->log;
    const char *got = log->events + r->events_seen;
    const char *end = memchr(got, '\n', log->events_size - r->events_seen);
    if (end == NULL || strlen(text) != (size_t)(end - got) || memcmp(got, text, (size_t)(end - got)) != 0) {
        fail_msg("%s:%d: %s: expected \"%s\", got \"%.*s\"", r->file, r->line, r->test, text,
                 end == NULL ? 0 : (int)(end - got), got);
    }
    r->events_seen += (size_t)(end - got) + 1;
}

static void send(struct replay *r, const char *text)
{
    static uint8_t octets[STATEMENT_MAX_SIZE / 3];
    size_t size = transcript_octets(text, octets, sizeof octets);
    r->station->receive(r->context, octets, size);
}

static void run(struct replay *r, const char *statement)
{
    const char *space = strchr(statement, ' ');
    size_t size = space == NULL ? strlen(statement) : (size_t)(space - statement);
    const char *arguments = space == NULL ? "" : space + 1;
    char word[32];
    if (size >= sizeof word) {
        fail_msg("%s:%d: not understood: %s", r->file, r->line, statement);
    }
    memcpy(word, statement, size);
    word[size] = '\0';

    if (strcmp(word, "<") == 0) {
        expect_sent(r, arguments);
        return;
    }
    if (strcmp(word, "=") == 0) {
        expect_event(r, arguments);
        return;
    }
    expect_nothing_more(r);
    if (strcmp(word, "test") == 0) {
        snprintf(r->test, sizeof r->test, "%s", arguments);
        r->station->start(r->context);
    } else if (strcmp(word, ">") == 0) {
        send(r, arguments);
    } else if (strcmp(word, "wait") == 0) {
        r->station->wait(r->context, (uint32_t)strtoul(arguments, NULL, 10));
    } else if (!r->station->command(r->context, word, arguments)) {
        fail_msg("%s:%d: not understood: %s", r->file, r->line, statement);
    }
}

/* Cuts a comment and the space around what is left. */
static char *bare(char *line)
{
    line[strcspn(line, "#\n")] = '\0';
    size_t size = strlen(line);
    while (size > 0 && isspace((unsigned char)line[size - 1])) {
        line[--size] = '\0';
    }
    return line + strspn(line, " ");
}

void transcript_replay(const char *name, const struct transcript_station *station, void *context)
{
    static char statement[STATEMENT_MAX_SIZE];
    char path[LINE_MAX_SIZE];
    char line[LINE_MAX_SIZE];
    struct replay r = { .file = name, .station = station, .context = context };

    snprintf(path, sizeof path, "%s/%s.txt", GOLDEN_DIR, name);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        fail_msg("cannot open %s", path);
        return;
    }
    statement[0] = '\0';
    station->log->sent_size = station->log->events_size = 0;
    for (int number = 1; fgets(line, sizeof line, file) != NULL; number++) {
        bool goes_on = line[0] == ' ';
        char *text = bare(line);
        if (*text == '\0') {
            continue;
        }
        if (!goes_on && statement[0] != '\0') {
            run(&r, statement);
            statement[0] = '\0';
        }
        size_t used = strlen(statement);
        assert_true(used + strlen(text) + 2 < sizeof statement);
        snprintf(statement + used, sizeof statement - used, used > 0 ? " %s" : "%s", text);
        if (!goes_on) {
            r.line = number;
        }
    }
    fclose(file);
    assert_true(statement[0] != '\0'); /* a transcript without a statement tests nothing */
    run(&r, statement);
    expect_nothing_more(&r);
}
