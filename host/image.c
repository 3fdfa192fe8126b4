#include "host/image.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/image_file.h"
#include "meter/image_table.h"

static enum cli_exit keygen(const struct cli_image *options)
{
    struct image_key key;
    char private_path[4096];
    char public_path[4096];
    int size = snprintf(private_path, sizeof private_path, "%s.key", options->input);
    snprintf(public_path, sizeof public_path, "%s.pub", options->input);
    if (size >= (int)sizeof private_path) {
        cli_say("PREFIX is too long.");
        return CLI_FAILURE;
    }
    if (!image_key_make(&key)) {
        cli_say("The kernel gave no random numbers; no key was made.");
        return CLI_FAILURE;
    }
    if (!image_key_save(&key, private_path, public_path)) {
        return CLI_FAILURE;
    }
    printf("%s signs images: keep it secret. %s is for the meters.\n", private_path, public_path);
    return CLI_SUCCESS;
}

/* Up to `max` octets in `octets`. Says what goes wrong. */
static bool read_file(const char *path, uint8_t *octets, size_t max, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        cli_say("%s: %s.", path, strerror(errno));
        return false;
    }
    *size = fread(octets, 1, max, file);
    bool failed = ferror(file) != 0;
    bool longer = !failed && fgetc(file) != EOF;
    fclose(file);
    if (failed) {
        cli_say("%s: %s.", path, strerror(errno));
    } else if (longer) {
        cli_say("%s is too long: a meter takes images of up to %zu octets.", path, IMAGE_FILE_MAX);
    }
    return !failed && !longer;
}

static bool write_file(const char *path, const uint8_t *octets, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        cli_say("%s: %s.", path, strerror(errno));
        return false;
    }
    bool good = fwrite(octets, 1, size, file) == size;
    good = fclose(file) == 0 && good;
    if (!good) {
        cli_say("%s could not be written: %s.", path, strerror(errno));
        unlink(path);
    }
    return good;
}

static struct image_header header_of(const struct cli_image *options)
{
    struct image_header header = { .kind = options->kind, .version = options->version, .minimum = options->minimum };
    snprintf(header.hardware, sizeof header.hardware, "%s", options->hardware);
    if (options->identifier != NULL) {
        snprintf(header.identifier, sizeof header.identifier, "%s", options->identifier);
    } else {
        snprintf(header.identifier, sizeof header.identifier, "MTR-%u.%u.%u", options->version.major,
                 options->version.minor, options->version.patch);
    }
    return header;
}

static bool can_be_signed(const struct cli_image *options, const uint8_t *payload, size_t size)
{
    struct image_table table;
    if (image_version_compare(&options->minimum, &options->version) > 0) {
        cli_say("No meter would take it: --minimum is newer than --version, and an image never replaces a newer one.");
        return false;
    }
    if (size == 0) {
        cli_say("%s is empty.", options->input);
        return false;
    }
    if (options->kind == IMAGE_TABLE && image_table_read(payload, size, &table) != STATUS_OK) {
        cli_say("%s is no table of a virtual meter: lines of \"welcome TEXT\" (once, up to %u characters) and \"page "
                "A.B.C.D.E.F\" (up to %u). A program is signed with --kind firmware.",
                options->input, IMAGE_WELCOME_MAX, IMAGE_PAGES_MAX);
        return false;
    }
    return true;
}

static enum cli_exit sign(const struct cli_image *options, uint8_t *payload, uint8_t *image)
{
    struct image_key key;
    size_t size;
    if (!image_key_load(&key, options->key) ||
        !read_file(options->input, payload, IMAGE_FILE_MAX - IMAGE_SIZE(0), &size) ||
        !can_be_signed(options, payload, size)) {
        return CLI_FAILURE;
    }
    if (!image_file_build(header_of(options), payload, (uint32_t)size, &key, image)) {
        cli_say("The image could not be signed with %s.", options->key);
        return CLI_FAILURE;
    }
    return write_file(options->output, image, IMAGE_SIZE(size)) ? CLI_SUCCESS : CLI_FAILURE;
}

static json_t *hex(const uint8_t *octets, size_t size)
{
    char text[2 * ECDSA_SIGNATURE_SIZE + 1] = "";
    for (size_t i = 0; i < size; i++) {
        snprintf(text + 2 * i, 3, "%02x", octets[i]);
    }
    return json_string(text);
}

static json_t *version(const struct image_version *v)
{
    return json_sprintf("%u.%u.%u", v->major, v->minor, v->patch);
}

static json_t *table_of(const struct image_file_facts *facts)
{
    struct image_table table;
    if (facts->header.kind != IMAGE_TABLE ||
        image_table_read(facts->payload, facts->header.payload_size, &table) != STATUS_OK) {
        return json_null();
    }
    json_t *pages = json_array();
    for (unsigned i = 0; i < table.page_count; i++) {
        const uint8_t *p = table.pages[i];
        json_array_append_new(pages, json_sprintf("%u.%u.%u.%u.%u.%u", p[0], p[1], p[2], p[3], p[4], p[5]));
    }
    return json_pack("{s:s, s:o}", "welcome", table.welcome, "pages", pages);
}

static json_t *describe(const struct image_file_facts *facts, json_t *signature_right)
{
    const struct image_header *h = &facts->header;
    json_t *result = json_object();
    json_object_set_new(result, "identifier", json_string(h->identifier));
    json_object_set_new(result, "kind", json_string(h->kind == IMAGE_TABLE ? "table" : "firmware"));
    json_object_set_new(result, "version", version(&h->version));
    json_object_set_new(result, "minimum", version(&h->minimum));
    json_object_set_new(result, "hardware", json_string(h->hardware));
    json_object_set_new(result, "size", json_integer(IMAGE_SIZE(h->payload_size)));
    json_object_set_new(result, "payload_size", json_integer(h->payload_size));
    json_object_set_new(result, "payload_sha256", hex(h->payload_digest, SHA256_SIZE));
    json_object_set_new(result, "payload_right", json_boolean(facts->payload_right));
    json_object_set_new(result, "signature", hex(facts->signature, ECDSA_SIGNATURE_SIZE));
    json_object_set_new(result, "signature_right", signature_right);
    json_object_set_new(result, "table", table_of(facts));
    return result;
}

/* A member a line, as `name  value`. */
static void print_lines(json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY);
        printf("%-16s %s\n", key, text != NULL ? text : json_string_value(value));
        free(text);
    }
}

static enum cli_exit info(const struct cli_image *options, uint8_t *image)
{
    struct image_file_facts facts;
    uint8_t point[ECDSA_KEY_SIZE];
    bool right = true;
    size_t size;
    if ((options->key != NULL && !image_key_load_public(point, options->key)) ||
        !read_file(options->input, image, IMAGE_FILE_MAX, &size)) {
        return CLI_FAILURE;
    }
    enum status status = image_file_read(image, size, &facts);
    if (status != STATUS_OK) {
        cli_say(status == STATUS_RANGE          ? "%s is truncated, or has something behind its end."
                : status == STATUS_INCONSISTENT ? "%s is an image of another version of the format."
                                                : "%s is no firmware image.",
                options->input);
        return CLI_FAILURE;
    }
    if (options->key != NULL) {
        right = ecdsa_verify(point, facts.header_digest, facts.signature);
    }
    json_t *result = describe(&facts, options->key == NULL ? json_null() : json_boolean(right));
    if (options->json) {
        json_dumpf(result, stdout, JSON_INDENT(2));
        putchar('\n');
    } else {
        print_lines(result);
    }
    json_decref(result);
    if (!right) {
        cli_say("The signature is not right: the image was made with another key, or changed afterwards.");
    }
    if (!facts.payload_right) {
        cli_say("The payload is not the one that was signed.");
    }
    return right && facts.payload_right ? CLI_SUCCESS : CLI_FAILURE;
}

enum cli_exit image_command(const struct cli_image *options)
{
    enum cli_exit code = CLI_FAILURE;
    if (options->command == CLI_IMAGE_KEYGEN) {
        return keygen(options);
    }
    uint8_t *octets = malloc(2 * IMAGE_FILE_MAX);
    if (octets == NULL) {
        cli_say("Out of memory.");
        return CLI_FAILURE;
    }
    if (options->command == CLI_IMAGE_SIGN) {
        code = sign(options, octets, octets + IMAGE_FILE_MAX);
    } else {
        code = info(options, octets);
    }
    free(octets);
    return code;
}
