/* Replays tests/golden/apdu*.txt: conversations in hexadecimal, one comment per line.
 *
 *   # ...                       comment, as behind any line
 *   link N                      goes on with link 0 or 1 of the meter
 *   open SAP                    the client with this address connects
 *   login SAP CONFORMANCE PDU   the same, unless it is connected, and opens its association
 *   close                       the link ends
 *   > octets                    a request; several such lines are one request
 *   < octets                    the response expected to it, in one line or several; `< none`: none
 *
 * Each file begins with a new meter (sample_objects.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sample_objects.h"

enum { LINKS = 2, APDU_MAX = 4096 };

struct octets {
    uint8_t data[APDU_MAX];
    size_t size;
};

struct conversation {
    const char *path;
    unsigned line;
    struct sample sample;
    struct cosem_device device;
    struct cosem_server servers[LINKS];
    struct cosem_server *server;
    struct octets request;
    struct octets expected;
    unsigned exchanges;
};

static void append_hex(struct conversation *c, struct octets *o, const char *text)
{
    char *end;
    for (const char *p = text; p[strspn(p, " \r\n")] != '\0'; p = end) {
        unsigned long octet = strtoul(p, &end, 16);
        if (end == p || octet > 0xff || o->size == APDU_MAX) {
            fail_msg("%s:%u: no octet: %s", c->path, c->line, p);
        }
        o->data[o->size++] = (uint8_t)octet;
    }
}

static void print_octets(const char *title, const uint8_t *octets, size_t size)
{
    print_error("%s", title);
    for (size_t i = 0; i < size; i++) {
        print_error(" %02X", octets[i]);
    }
    print_error("\n");
}

static void exchange(struct conversation *c)
{
    if (c->request.size == 0) {
        return;
    }
    /* A copy of exactly its size, so that a sanitizer sees every octet read beyond the end; gone afterwards. */
    uint8_t *apdu = malloc(c->request.size);
    assert_non_null(apdu);
    memcpy(apdu, c->request.data, c->request.size);
    const uint8_t *response = NULL;
    size_t size = cosem_server_request(c->server, apdu, c->request.size, 0, &response);
    free(apdu);
    if (size != c->expected.size || (size > 0 && memcmp(response, c->expected.data, size) != 0)) {
        print_octets("request ", c->request.data, c->request.size);
        print_octets("expected", c->expected.data, c->expected.size);
        print_octets("got     ", response, size);
        fail_msg("%s: the exchange that ends before line %u", c->path, c->line);
    }
    c->request.size = 0;
    c->expected.size = 0;
    c->exchanges++;
}

static void command(struct conversation *c, const char *text)
{
    unsigned a;
    unsigned pdu;
    unsigned long conformance;
    exchange(c);
    if (sscanf(text, "login %u %lx %u", &a, &conformance, &pdu) == 3) {
        sample_login(c->server, (uint16_t)a, (uint32_t)conformance, (uint16_t)pdu);
    } else if (sscanf(text, "open %u", &a) == 1) {
        cosem_server_open(c->server, (uint16_t)a);
    } else if (sscanf(text, "link %u", &a) == 1 && a < LINKS) {
        c->server = &c->servers[a];
    } else if (strncmp(text, "close", 5) == 0) {
        cosem_server_close(c->server);
    } else if (text[strspn(text, " \r\n")] != '\0') {
        fail_msg("%s:%u: no such command: %s", c->path, c->line, text);
    }
}

static void replay_line(struct conversation *c, char *text)
{
    text[strcspn(text, "#")] = '\0';
    if (text[0] == '>') {
        if (c->expected.size > 0) {
            exchange(c);
        }
        append_hex(c, &c->request, text + 1);
    } else if (text[0] == '<') {
        if (strncmp(text, "< none", 6) != 0) {
            append_hex(c, &c->expected, text + 1);
        } else {
            exchange(c);
        }
    } else if (text[strspn(text, " \r\n")] != '\0') {
        command(c, text);
    }
}

static void replay(const char *path)
{
    static struct conversation c;
    char text[1024];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    c = (struct conversation){ .path = path };
    sample_init(&c.sample, &c.device);
    for (unsigned i = 0; i < LINKS; i++) {
        cosem_server_init(&c.servers[i], &c.device);
    }
    c.server = &c.servers[0];
    while (fgets(text, sizeof text, file) != NULL) {
        c.line++;
        replay_line(&c, text);
    }
    exchange(&c);
    fclose(file);
    assert_true(c.exchanges > 0);
    print_message("%s: %u exchanges\n", path, c.exchanges);
}

static void conversations_are_octet_for_octet_as_written(void **state)
{
    (void)state;
    glob_t found;
    assert_int_equal(glob(GOLDEN_DIRECTORY "/apdu*.txt", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        replay(found.gl_pathv[i]);
    }
    assert_true(found.gl_pathc >= 7);
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(conversations_are_octet_for_octet_as_written) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
