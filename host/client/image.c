#include "host/client/image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/client/progress.h"
#include "host/client/values.h"

enum {
    IMAGE_MAX = 1 << 26,
    ROUNDS_MAX = 8, /* through the blocks that are missing */
    BLOCK_TRIES = 3,
    POLL_MS = 1000,
    POLLS_MAX = 600,
    METHOD_INITIATE = 1,
    METHOD_BLOCK = 2,
    METHOD_VERIFY = 3,
    METHOD_ACTIVATE = 4
};

/* image_transfer_status, attribute 6 */
enum { INITIATED = 1, VERIFYING = 2, VERIFIED = 3, VERIFICATION_FAILED = 4 };

struct transfer {
    struct session *session;
    struct reference object;
    struct buffer image;
    size_t block_size;
    uint32_t blocks;
};

static struct reference part(const struct transfer *t, uint8_t index)
{
    struct reference r = t->object;
    r.index = index;
    return r;
}

static enum session_outcome refused(const struct transfer *t, const char *sentence)
{
    trouble_is(t->session->trouble, "%s", sentence);
    return SESSION_REFUSED;
}

static enum session_outcome read_file(struct transfer *t, const char *path)
{
    uint8_t octets[4096];
    size_t size;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        trouble_is(t->session->trouble, "%s: %s.", path, strerror(errno));
        return SESSION_REFUSED;
    }
    while ((size = fread(octets, 1, sizeof octets, file)) > 0) {
        buffer_add(&t->image, octets, size);
    }
    bool good = ferror(file) == 0 && !t->image.overflow && t->image.size > 0;
    fclose(file);
    if (!good) {
        trouble_is(t->session->trouble, "%s cannot be an image: it is empty, too long, or cannot be read.", path);
        return SESSION_REFUSED;
    }
    return SESSION_DONE;
}

/* Is the transfer enabled, and how long are the blocks? */
static enum session_outcome prepare(struct transfer *t)
{
    int64_t enabled = 0;
    int64_t block_size = 0;
    const struct reference enabled_at = part(t, 5);
    const struct reference size_at = part(t, 2);
    enum session_outcome outcome = values_whole(t->session, &enabled_at, &enabled);
    if (outcome == SESSION_DONE && enabled == 0) {
        return refused(t, "The image transfer is disabled in the meter; --set 18/0.0.44.0.0.255:5=true enables it.");
    }
    if (outcome == SESSION_DONE) {
        outcome = values_whole(t->session, &size_at, &block_size);
    }
    if (outcome != SESSION_DONE) {
        return outcome;
    }
    if (block_size < 1 || block_size > UINT16_MAX) {
        return refused(t, "The meter's image block size makes no sense.");
    }
    t->block_size = (size_t)block_size;
    t->blocks = (uint32_t)((t->image.size + t->block_size - 1) / t->block_size);
    return SESSION_DONE;
}

static enum session_outcome call(const struct transfer *t, uint8_t method, const struct buffer *parameter)
{
    const struct reference r = part(t, method);
    return session_call(t->session, &r, parameter, NULL);
}

/* Methods 3 and 4 want an integer 0. */
static enum session_outcome call_plain(const struct transfer *t, uint8_t method)
{
    struct buffer zero = buffer_of(2);
    buffer_add(&zero, (const uint8_t[]){ AXDR_INTEGER, 0 }, 2);
    enum session_outcome outcome = call(t, method, &zero);
    buffer_free(&zero);
    return outcome;
}

static enum session_outcome initiate(const struct transfer *t, const char *identifier)
{
    struct buffer parameter = buffer_of(1024);
    size_t size = strlen(identifier) < 64 ? strlen(identifier) : 64;
    buffer_add(&parameter, (const uint8_t[]){ AXDR_STRUCTURE, 2, AXDR_OCTET_STRING }, 3);
    buffer_add_length(&parameter, size);
    buffer_add(&parameter, (const uint8_t *)identifier, size);
    buffer_add_u8(&parameter, AXDR_DOUBLE_LONG_UNSIGNED);
    buffer_add_u32(&parameter, (uint32_t)t->image.size);
    enum session_outcome outcome = call(t, METHOD_INITIATE, &parameter);
    buffer_free(&parameter);
    return outcome;
}

/* A meter that is busy with its flash says so; then the block is sent again. */
static enum session_outcome send_block(const struct transfer *t, uint32_t number)
{
    size_t at = number * t->block_size;
    size_t size = t->image.size - at < t->block_size ? t->image.size - at : t->block_size;
    struct buffer parameter = buffer_of(IMAGE_MAX);
    enum session_outcome outcome = SESSION_FAILED;
    buffer_add(&parameter, (const uint8_t[]){ AXDR_STRUCTURE, 2, AXDR_DOUBLE_LONG_UNSIGNED }, 3);
    buffer_add_u32(&parameter, number);
    buffer_add_u8(&parameter, AXDR_OCTET_STRING);
    buffer_add_length(&parameter, size);
    buffer_add(&parameter, t->image.octets + at, size);
    for (unsigned i = 0; i < BLOCK_TRIES; i++) {
        outcome = call(t, METHOD_BLOCK, &parameter);
        if (outcome != SESSION_REFUSED || t->session->code != SESSION_TEMPORARY_FAILURE) {
            break;
        }
        if (i < BLOCK_TRIES - 1) {
            t->session->trouble->text[0] = '\0';
            channel_pause(t->session->link->channel, POLL_MS);
        }
    }
    buffer_free(&parameter);
    return outcome;
}

/* The blocks that the meter does not have, by the bitmap in attribute 3. */
static enum session_outcome send_missing(const struct transfer *t, const struct data *bitmap, uint32_t *sent)
{
    *sent = 0;
    for (uint32_t i = 0; i < t->blocks; i++) {
        progress_show("blocks", i, t->blocks);
        if (bitmap != NULL && (bitmap->octets[i / 8] >> (7 - i % 8) & 1) != 0) {
            continue;
        }
        enum session_outcome outcome = send_block(t, i);
        if (outcome != SESSION_DONE) {
            return outcome;
        }
        (*sent)++;
    }
    progress_show("blocks", t->blocks, t->blocks);
    return SESSION_DONE;
}

/* One round by the bitmap; *complete when attribute 4 says that none is missing. */
static enum session_outcome round_by_bitmap(const struct transfer *t, bool *complete)
{
    const struct reference bitmap_at = part(t, 3);
    const struct reference first_missing_at = part(t, 4);
    int64_t first_missing = 0;
    struct value bitmap;
    uint32_t sent;
    *complete = false;
    enum session_outcome outcome = values_whole(t->session, &first_missing_at, &first_missing);
    if (outcome != SESSION_DONE || first_missing >= (int64_t)t->blocks) {
        *complete = outcome == SESSION_DONE;
        return outcome;
    }
    outcome = values_get(t->session, &bitmap_at, NULL, &bitmap);
    if (outcome != SESSION_DONE) {
        return outcome;
    }
    if (bitmap.data.tag != AXDR_BIT_STRING || bitmap.data.size < t->blocks) {
        outcome = refused(t, "The meter's bitmap of image blocks does not fit this image; begin without --resume.");
    } else {
        outcome = send_missing(t, &bitmap.data, &sent);
    }
    values_free(&bitmap);
    return outcome;
}

static enum session_outcome send_image(const struct transfer *t, bool resume)
{
    uint32_t sent = 0;
    bool complete = false;
    enum session_outcome outcome = resume ? SESSION_DONE : send_missing(t, NULL, &sent);
    for (unsigned i = 0; i < ROUNDS_MAX && outcome == SESSION_DONE && !complete; i++) {
        outcome = round_by_bitmap(t, &complete);
    }
    progress_end();
    if (outcome == SESSION_DONE && !complete) {
        return refused(t, "The meter keeps losing image blocks.");
    }
    return outcome;
}

/* The meter may work on it for a while: then the method answers temporary-failure, and attribute 6 tells the rest. */
static enum session_outcome verify(const struct transfer *t)
{
    const struct reference status_at = part(t, 6);
    int64_t status = VERIFYING;
    enum session_outcome outcome = call_plain(t, METHOD_VERIFY);
    if (outcome != SESSION_REFUSED || t->session->code != SESSION_TEMPORARY_FAILURE) {
        return outcome;
    }
    t->session->trouble->text[0] = '\0';
    for (unsigned i = 0; i < POLLS_MAX; i++) {
        outcome = values_whole(t->session, &status_at, &status);
        if (outcome != SESSION_DONE || status == VERIFIED) {
            return outcome;
        }
        if (status == VERIFICATION_FAILED) {
            return refused(t, "The meter's verification of the image failed: it is damaged, or not for this meter.");
        }
        progress_show("verifying, seconds", i, 0);
        channel_pause(t->session->link->channel, POLL_MS);
    }
    return refused(t, "The meter does not end the verification of the image.");
}

static enum session_outcome activate(const struct transfer *t)
{
    enum session_outcome outcome = call_plain(t, METHOD_ACTIVATE);
    if (outcome == SESSION_REFUSED && t->session->code == SESSION_TEMPORARY_FAILURE) {
        t->session->trouble->text[0] = '\0'; /* it is at it */
        return SESSION_DONE;
    }
    return outcome;
}

static enum session_outcome all_steps(struct transfer *t, const struct options *o, const struct options_item *item)
{
    const char *slash = strrchr(item->value, '/');
    const char *name = slash != NULL ? slash + 1 : item->value;
    enum session_outcome outcome = read_file(t, item->value);
    if (outcome == SESSION_DONE) {
        outcome = prepare(t);
    }
    if (outcome == SESSION_DONE && !o->resume) {
        outcome = initiate(t, o->image_identifier != NULL ? o->image_identifier : name);
    }
    if (outcome == SESSION_DONE) {
        outcome = send_image(t, o->resume);
    }
    if (outcome == SESSION_DONE) {
        outcome = verify(t);
        progress_end();
    }
    if (outcome == SESSION_DONE && o->activate) {
        outcome = activate(t);
    }
    return outcome;
}

enum session_outcome image_transfer(struct session *s, const struct options *o, const struct options_item *item,
                                    struct report *report)
{
    struct transfer t = { .session = s, .object = item->object, .image = buffer_of(IMAGE_MAX) };
    enum session_outcome outcome = all_steps(&t, o, item);
    if (outcome == SESSION_DONE) {
        char sentence[120];
        snprintf(sentence, sizeof sentence, "image of %zu octets transferred in %u blocks and verified%s", t.image.size,
                 t.blocks, o->activate ? "; it is being activated" : "");
        report_done(report, &item->object, o->activate ? "activated" : "verified", sentence,
                    json_pack("{s:I, s:I}", "octets", (json_int_t)t.image.size, "blocks", (json_int_t)t.blocks));
    }
    buffer_free(&t.image);
    return outcome;
}
