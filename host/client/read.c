#include "host/client/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/client/catalogue.h"
#include "host/client/clock_setting.h"
#include "host/client/image.h"
#include "host/client/link.h"
#include "host/client/mode_e.h"
#include "host/client/rows.h"
#include "host/client/typed.h"
#include "host/client/values.h"

struct reading {
    const struct options *options;
    struct trouble trouble;
    struct channel *channel;
    struct link link;
    struct session session;
    struct catalogue catalogue;
    struct report report;
    bool selected; /* a profile was read, so the selection counted */
    bool refused;  /* something was */
};

/* Connection -------------------------------------------------------------------------------------- */

static bool sign_on(struct reading *r)
{
    const struct options *o = r->options;
    char identification[MODE_E_IDENTIFICATION_MAX];
    if (!o->sign_on) {
        channel_set(r->channel, &(struct line_settings){ o->baud, LINE_8N1 });
        return true;
    }
    if (!mode_e_open(r->channel, o->address, o->timeout_ms, identification, &r->trouble)) {
        return false;
    }
    if (o->verbose) {
        cli_say("The meter identifies itself as %s.", identification);
    }
    return true;
}

static bool open_session(struct reading *r)
{
    const struct options *o = r->options;
    struct link_options link = {
        .server = o->server, .information = o->information, .window = o->window, .timeout_ms = o->timeout_ms
    };
    r->channel = channel_open(&o->endpoint, o->timeout_ms, &r->trouble);
    if (r->channel == NULL) {
        return trouble_is(&r->trouble, "There is not enough memory.");
    }
    link.deadline_ms = channel_now_ms(r->channel) + o->time_limit_s * UINT64_C(1000);
    frame_address(&link.client, o->client, 0, 1);
    link_init(&r->link, r->channel, &link, &r->trouble);
    if (!sign_on(r) || !link_connect(&r->link) ||
        !session_open(&r->session, &r->link, o->password_given ? o->password : NULL, o->password_size, &r->trouble)) {
        return false;
    }
    if (o->verbose) {
        cli_say("Connected: frames of %zu octets, APDUs of %zu, conformance %06X.", r->link.send_max,
                r->session.pdu_max, (unsigned)r->session.conformance);
    }
    return true;
}

static void close_session(struct reading *r)
{
    if (r->channel != NULL) {
        link_disconnect(&r->link);
    }
    catalogue_free(&r->catalogue);
    session_free(&r->session);
    channel_close(r->channel);
}

/* Items ------------------------------------------------------------------------------------------- */

/* Gives the object its class, from the list if it must be. */
static enum session_outcome find_class(struct reading *r, struct reference *object)
{
    if (object->ic != 0) {
        return SESSION_DONE;
    }
    enum session_outcome outcome = catalogue_read(&r->catalogue, &r->session);
    if (outcome != SESSION_DONE) {
        return outcome;
    }
    const struct report_object *found = catalogue_find(&r->catalogue, object->obis);
    if (found == NULL) {
        const uint8_t *o = object->obis;
        trouble_is(
            &r->trouble,
            "The meter's object list has no object %u.%u.%u.%u.%u.%u for this client. If it has it nevertheless, "
            "give the class before it, as 3/1.0.1.8.0.255.",
            o[0], o[1], o[2], o[3], o[4], o[5]);
        return SESSION_REFUSED;
    }
    object->ic = found->object.ic;
    return SESSION_DONE;
}

static enum session_outcome get(struct reading *r, const struct reference *object)
{
    struct value v;
    struct form_scale scale;
    if (object->ic == 7 && object->index == 2) {
        r->selected = true;
        return rows_read(&r->session, r->options, object, &r->report);
    }
    enum session_outcome outcome = values_get(&r->session, object, NULL, &v);
    if (outcome == SESSION_DONE) {
        outcome = values_scale(&r->session, object, &scale);
        if (outcome == SESSION_DONE) {
            report_value(&r->report, object, &v.data, &scale);
        }
        values_free(&v);
    }
    return outcome;
}

/* A value of the type that the attribute has; a type that is given needs no look. */
static enum session_outcome encode_like(struct reading *r, const struct reference *object, const char *text,
                                        struct buffer *data)
{
    struct value v;
    struct form_scale scale = { .given = false };
    struct trouble unused = { "" };
    if (typed_parse(text, NULL, NULL, data, &unused)) {
        return SESSION_DONE;
    }
    buffer_clear(data);
    enum session_outcome outcome = values_get(&r->session, object, NULL, &v);
    if (outcome == SESSION_REFUSED) {
        struct trouble why = r->trouble;
        r->trouble.text[0] = '\0';
        trouble_is(&r->trouble, "%s So its type is not known; write TYPE:VALUE, as string:%s.", why.text, text);
    }
    if (outcome != SESSION_DONE) {
        return outcome;
    }
    outcome = values_scale(&r->session, object, &scale);
    if (outcome == SESSION_DONE && !typed_parse(text, &v.data, &scale, data, &r->trouble)) {
        outcome = SESSION_REFUSED;
    }
    values_free(&v);
    return outcome;
}

static enum session_outcome set(struct reading *r, const struct reference *object, const char *text)
{
    struct buffer data = buffer_of(SESSION_VALUE_MAX);
    char sentence[80];
    enum session_outcome outcome = encode_like(r, object, text, &data);
    if (outcome == SESSION_DONE) {
        outcome = session_set(&r->session, object, &data);
    }
    if (outcome == SESSION_DONE) {
        snprintf(sentence, sizeof sentence, "set to %.60s", text);
        report_done(&r->report, object, "set", sentence, NULL);
    }
    buffer_free(&data);
    return outcome;
}

/* A method's parameter: most take an integer 0, a script table takes the number of the script. */
static bool encode_parameter(struct reading *r, const struct reference *method, const char *text, struct buffer *data)
{
    struct data like = { .tag = method->ic == 9 ? AXDR_LONG_UNSIGNED : AXDR_INTEGER };
    if (method->ic == 8 && method->index == 6) {
        like.tag = AXDR_LONG; /* shift_time */
    }
    return typed_parse(text != NULL ? text : "0", &like, NULL, data, &r->trouble);
}

static enum session_outcome call(struct reading *r, const struct reference *method, const char *text)
{
    struct buffer parameter = buffer_of(SESSION_VALUE_MAX);
    struct buffer result = buffer_of(SESSION_VALUE_MAX);
    enum session_outcome outcome = SESSION_REFUSED;
    if (encode_parameter(r, method, text, &parameter)) {
        outcome = session_call(&r->session, method, &parameter, &result);
    }
    if (outcome == SESSION_DONE) {
        struct data d;
        char *shown = NULL;
        json_t *facts = NULL;
        if (result.size > 0 && data_parse(&d, result.octets, result.size)) {
            facts = json_object();
            json_object_set_new(facts, "result", form_json(&d, NULL));
            shown = form_text(&d, NULL);
            data_free(&d);
        }
        char sentence[200];
        snprintf(sentence, sizeof sentence, "called%s%.150s", shown != NULL ? ": " : "", shown != NULL ? shown : "");
        report_done(&r->report, method, "called", sentence, facts);
        free(shown);
    }
    buffer_free(&parameter);
    buffer_free(&result);
    return outcome;
}

static enum session_outcome list(struct reading *r)
{
    enum session_outcome outcome = catalogue_read(&r->catalogue, &r->session);
    for (size_t i = 0; outcome == SESSION_DONE && i < r->catalogue.count; i++) {
        report_object(&r->report, &r->catalogue.objects[i]);
    }
    return outcome;
}

static enum session_outcome run_item(struct reading *r, const struct options_item *item)
{
    struct reference object = item->object;
    if (item->kind == OPTIONS_LIST) {
        return list(r);
    }
    enum session_outcome outcome = find_class(r, &object);
    if (outcome != SESSION_DONE) {
        return outcome;
    }
    switch (item->kind) {
    case OPTIONS_SET:
        return set(r, &object, item->value);
    case OPTIONS_CALL:
        return call(r, &object, item->value);
    case OPTIONS_SET_CLOCK:
        return clock_setting_run(&r->session, &object, item->value, &r->report);
    case OPTIONS_IMAGE:
        return image_transfer(&r->session, r->options, item, &r->report);
    case OPTIONS_GET:
    case OPTIONS_LIST:
        break;
    }
    return get(r, &object);
}

/* What is refused leaves the rest to be done; a broken link ends everything. */
static void run_items(struct reading *r)
{
    for (size_t i = 0; i < r->options->count; i++) {
        const struct options_item *item = &r->options->items[i];
        r->trouble.text[0] = '\0';
        enum session_outcome outcome = run_item(r, item);
        if (outcome == SESSION_DONE) {
            continue;
        }
        r->refused = true;
        fflush(stdout);
        cli_say("%s", r->trouble.text[0] != '\0' ? r->trouble.text : "It failed for an unknown reason.");
        if (outcome == SESSION_FAILED) {
            if (item->kind == OPTIONS_IMAGE) {
                cli_say("The image transfer goes on where it stopped with --resume.");
            }
            return;
        }
    }
}

enum cli_exit read_meter(const struct options *options)
{
    struct reading *r = calloc(1, sizeof *r);
    if (r == NULL) {
        cli_say("There is not enough memory.");
        return CLI_FAILURE;
    }
    r->options = options;
    bool good = open_session(r);
    if (!good) {
        cli_say("%s", r->trouble.text);
    } else {
        report_begin(&r->report, options->format);
        run_items(r);
        report_end(&r->report);
        if (!r->selected && (options->selection != OPTIONS_WHOLE || options->columns != NULL)) {
            cli_say("--from, --to, --entries and --columns had nothing to select: no profile was read.");
        }
        good = !r->refused && ferror(stdout) == 0;
    }
    close_session(r);
    free(r);
    return good ? CLI_SUCCESS : CLI_FAILURE;
}
