/* What holds for every request: cut or spoilt it changes nothing and gets an answer that is allowed; changes are
 * reported once; the search for objects; the codes of errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "cosem/service.h"
#include "sample_objects.h"

static struct sample sample;
static struct cosem_device device;
static struct cosem_server server;

static int new_meter(void **state)
{
    (void)state;
    sample_init(&sample, &device);
    cosem_server_init(&server, &device);
    sample_login(&server, SAMPLE_ADMINISTRATOR, SAMPLE_CONFORMANCE, 1024);
    return 0;
}

static size_t ask(const uint8_t *apdu, size_t size, const uint8_t **response)
{
    uint8_t *exact = malloc(size);
    memcpy(exact, apdu, size);
    size_t answered = cosem_server_request(&server, exact, size, 0, response);
    free(exact);
    return answered;
}

static size_t hex(uint8_t *octets, const char *text)
{
    size_t size = 0;
    for (char *end; *text != '\0'; text = end) {
        octets[size++] = (uint8_t)strtoul(text, &end, 16);
    }
    return size;
}

static size_t ask_hex(const char *text, const uint8_t **response)
{
    uint8_t apdu[256];
    return ask(apdu, hex(apdu, text), response);
}

/* One request of every kind. */
static const char *const requests[] = {
    "c0 01 c1 00 03 01 00 01 08 00 ff 02 00",
    "c0 01 c1 00 07 00 00 63 62 00 ff 02 01 02 02 02 06 00 00 00 03 06 00 00 00 03",
    "c0 02 c1 00 00 00 01",
    "c0 03 c1 02 00 01 00 00 80 00 00 ff 02 00 00 01 00 00 80 01 00 ff 02 00",
    "c1 01 c1 00 01 00 00 60 32 1f ff 02 00 11 07",
    "c1 02 c1 00 01 00 00 60 32 1f ff 02 00 01 00 00 00 01 02 11 07",
    "c1 03 c1 01 00 00 00 01 02 11 07",
    "c1 04 c1 02 00 01 00 00 60 32 1f ff 02 00 00 01 00 00 61 61 00 ff 02 00 02 11 08 11 65",
    "c1 05 c1 02 00 01 00 00 60 32 1f ff 02 00 00 01 00 00 61 61 00 ff 02 00 01 00 00 00 01 05 02 11 08 11 65",
    "c3 01 c1 00 09 00 00 0a 00 01 ff 01 01 12 00 05",
    "c3 02 c1 00 00 00 01",
    "c3 03 c1 02 00 09 00 00 0a 00 01 ff 01 00 09 00 00 0a 00 01 ff 02 02 12 00 05 00",
    "c3 04 c1 00 09 00 00 0a 00 01 ff 01 01 00 00 00 01 03 12 00 05",
    "c3 05 c1 01 00 09 00 00 0a 00 01 ff 01 01 00 00 00 01 04 01 12 00 05",
    "c3 06 c1 01 00 00 00 01 03 12 00 05",
};

enum { REQUESTS = sizeof requests / sizeof requests[0] };

static void a_cut_request_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < REQUESTS; i++) {
        uint8_t apdu[64];
        size_t size = hex(apdu, requests[i]);
        struct sample before = sample;
        for (size_t cut = 1; cut < size; cut++) {
            const uint8_t *response;
            size_t answered = ask(apdu, cut, &response);
            assert_int_equal(answered, 3);
            assert_memory_equal(response, "\xd8\x01\x02", 3);
            assert_memory_equal(&sample, &before, sizeof sample);
        }
        apdu[size] = 0; /* one octet too many */
        const uint8_t *response;
        assert_int_equal(ask(apdu, size + 1, &response), 3);
        assert_memory_equal(&sample, &before, sizeof sample);
    }
}

/* Whether an answer has the form of one to this request. */
static bool allowed(uint8_t tag, uint8_t id, const uint8_t *response, size_t size)
{
    if (size == 3 && response[0] == 0xd8) {
        return response[1] == 1 && response[2] >= 1 && response[2] <= 4;
    }
    if (tag == 0x60 || tag == 0x62) {
        return size >= 5 && response[0] == tag + 1 && response[1] == size - 2;
    }
    if ((tag == 0xc0 || tag == 0xc1) && response[0] == tag + 4) {
        return size >= 4 && size <= COSEM_PDU_MAX && response[1] >= 1 && response[1] <= 5 && response[2] == id;
    }
    return tag == 0xc3 && response[0] == 0xc7 && size >= 4 && size <= COSEM_PDU_MAX && response[1] >= 1 &&
           response[1] <= 4 && response[2] == id;
}

static void any_octet_of_a_request_may_be_any_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < REQUESTS; i++) {
        uint8_t apdu[64];
        size_t size = hex(apdu, requests[i]);
        for (size_t at = 0; at < size; at++) {
            uint8_t right = apdu[at];
            for (unsigned octet = 0; octet < 256; octet++) {
                const uint8_t *response;
                apdu[at] = (uint8_t)octet;
                size_t answered = ask(apdu, size, &response);
                assert_true(allowed(apdu[0], apdu[2], response, answered));
                assert_true(sample.percent <= 100);
            }
            apdu[at] = right;
            if (server.association.type == NULL) { /* it became AARQ or RLRQ */
                sample_login(&server, SAMPLE_ADMINISTRATOR, SAMPLE_CONFORMANCE, 1024);
            }
        }
    }
}

static void what_is_longer_than_a_pdu_is_refused(void **state)
{
    (void)state;
    static uint8_t apdu[COSEM_PDU_MAX + 1];
    const uint8_t *response;
    struct sample before = sample;
    size_t head = hex(apdu, "c1 01 c1 00 01 00 00 80 00 00 ff 02 00 09 82");
    size_t octets = COSEM_PDU_MAX + 1 - head - 2;
    apdu[head] = (uint8_t)(octets >> 8);
    apdu[head + 1] = (uint8_t)octets;
    assert_int_equal(ask(apdu, sizeof apdu, &response), 3);
    assert_memory_equal(response, "\xd8\x01\x04", 3); /* pdu-too-long */
    assert_memory_equal(&sample, &before, sizeof sample);
    octets--;
    apdu[head + 1] = (uint8_t)octets;
    assert_int_equal(ask(apdu, COSEM_PDU_MAX, &response), 4);
    assert_int_equal(sample.octets_size, octets);
}

static void a_change_is_reported_once_in_an_association(void **state)
{
    (void)state;
    const uint8_t *response;
    ask_hex("c1 01 c1 00 01 00 00 60 32 1f ff 02 00 11 02", &response); /* the value that is there */
    assert_int_equal(response[3], 0);
    assert_int_equal(sample.changes, 0);
    ask_hex("c1 01 c1 00 01 00 00 60 32 1f ff 02 00 11 65", &response); /* refused */
    ask_hex("c1 01 c1 00 01 00 00 2a 00 00 ff 02 00 11 07", &response);
    ask_hex("c3 01 c1 00 09 00 00 0a 00 01 ff 02 00", &response); /* changes nothing */
    ask_hex("c3 01 c1 00 09 00 00 0a 00 01 ff 03 00", &response);
    assert_int_equal(sample.changes, 0);
    ask_hex("c1 01 c1 00 01 00 00 60 32 1f ff 02 00 11 07", &response);
    assert_int_equal(sample.changes, 1);
    ask_hex("c1 01 c1 00 01 00 00 60 32 1f ff 02 00 11 08", &response);
    ask_hex("c3 01 c1 00 09 00 00 0a 00 01 ff 01 01 12 00 05", &response);
    assert_int_equal(sample.changes, 1);

    sample_login(&server, SAMPLE_ADMINISTRATOR, SAMPLE_CONFORMANCE, 1024);
    ask_hex("c3 01 c1 00 09 00 00 0a 00 01 ff 01 01 12 00 05", &response);
    assert_int_equal(sample.changes, 2);
    sample_login(&server, SAMPLE_ADMINISTRATOR, SAMPLE_CONFORMANCE, 1024);
    ask_hex("c1 04 c1 02 00 01 00 00 60 32 1f ff 02 00 00 01 00 00 61 61 00 ff 02 00 02 11 65 11 09", &response);
    assert_int_equal(response[4], 0xfa);
    assert_int_equal(response[5], 0);
    assert_int_equal(sample.changes, 3);
}

static void rights_follow_the_letters_of_the_row(void **state)
{
    (void)state;
    static const struct cosem_class ic = { .id = 1, .attributes = 4, .methods = 2 };
    static const struct cosem_class plain = { .id = 1, .attributes = 2 };
    static const struct cosem_object o = { &ic, { 0 }, 0, { "r-wb/x-", "----/-x", NULL }, "" };
    static const struct cosem_object p = { &plain, { 0 }, 0, { "rb", NULL, NULL }, "" };
    static const bool get[] = { false, true, false, false, true, false };
    static const bool set[] = { false, false, false, true, true, false };
    static const bool call[] = { false, true, false, false };
    for (uint8_t n = 0; n < 6; n++) {
        assert_int_equal(cosem_may_access(&o, CLIENT_PUBLIC, n, RIGHT_GET), get[n]);
        assert_int_equal(cosem_may_access(&o, CLIENT_PUBLIC, n, RIGHT_SET), set[n]);
        assert_false(cosem_may_access(&o, CLIENT_READER, n, RIGHT_GET));
        assert_false(cosem_may_access(&o, CLIENT_ADMINISTRATOR, n, RIGHT_GET));
    }
    for (uint8_t n = 0; n < 4; n++) {
        assert_int_equal(cosem_may_call(&o, CLIENT_PUBLIC, n), call[n]);
        assert_int_equal(cosem_may_call(&o, CLIENT_READER, n), n == 2);
        assert_false(cosem_may_call(&o, CLIENT_ADMINISTRATOR, n));
        assert_false(cosem_may_call(&p, CLIENT_PUBLIC, n));
    }
    for (unsigned n = 6; n < 256; n++) {
        assert_false(cosem_may_access(&o, CLIENT_PUBLIC, (uint8_t)n, RIGHT_GET));
        assert_false(cosem_may_call(&o, CLIENT_PUBLIC, (uint8_t)n));
    }
    assert_true(cosem_listed(&o, CLIENT_READER));
    assert_false(cosem_listed(&o, CLIENT_ADMINISTRATOR));
}

/* Against a linear search, with tables of every size up to 70 and names that differ in any one place. */
static void objects_are_found_in_tables_of_any_size(void **state)
{
    (void)state;
    enum { MOST = 70 };
    static struct cosem_object rows[MOST];
    static const uint8_t steps[6] = { 0, 0, 1, 3, 0, 255 };
    uint8_t name[6] = { 0, 0, 250, 255, 254, 255 };
    for (unsigned i = 0; i < MOST; i++) {
        memcpy(rows[i].obis, name, 6);
        unsigned carry = i % 7 == 6 ? 0x300 : 1 + i % 3; /* grows in the last octets, now and then in others */
        for (unsigned k = 6; k-- > 0;) {
            carry += name[k] + (k == 3 && i % 11 == 10 ? steps[3] : 0u);
            name[k] = (uint8_t)carry;
            carry >>= 8;
        }
    }
    for (uint16_t count = 0; count <= MOST; count++) {
        const struct cosem_object_table table = { rows, count };
        for (unsigned i = 0; i < MOST; i++) {
            assert_ptr_equal(cosem_find(&table, rows[i].obis), i < count ? &rows[i] : NULL);
            for (unsigned k = 0; k < 6; k++) {
                for (int delta = -1; delta <= 1; delta += 2) {
                    const struct cosem_object *there = NULL;
                    memcpy(name, rows[i].obis, 6);
                    name[k] = (uint8_t)(name[k] + delta);
                    for (unsigned j = 0; j < count; j++) {
                        there = memcmp(rows[j].obis, name, 6) == 0 ? &rows[j] : there;
                    }
                    assert_ptr_equal(cosem_find(&table, name), there);
                }
            }
        }
    }
}

static void statuses_become_the_standards_codes(void **state)
{
    (void)state;
    static const struct {
        enum status status;
        int code; /* Data-Access-Result and Action-Result, DLMS UA 1000-2 clause 9.5 */
    } cases[] = { { STATUS_OK, 0 },           { STATUS_BUSY, 2 },  { STATUS_DENIED, 3 },     { STATUS_UNDEFINED, 4 },
                  { STATUS_INCONSISTENT, 9 }, { STATUS_TYPE, 12 }, { STATUS_MALFORMED, 12 }, { STATUS_RANGE, 250 },
                  { STATUS_SPACE, 250 },      { STATUS_FAILED, 1 } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(service_data_access_result(cases[i].status), cases[i].code);
        assert_int_equal(service_action_result(cases[i].status), cases[i].code);
    }
}

/* A handler that says there is more, though there is room, would be asked for ever. */
static enum status endless_get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                               struct axdr_writer *out)
{
    (void)o;
    (void)attribute;
    axdr_array(out, 2);
    r->more = true;
    return STATUS_OK;
}

/* One that writes more than an element past the end. */
static enum status overflowing_get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                                   struct axdr_writer *out)
{
    static const uint8_t octets[3000];
    (void)r;
    (void)o;
    (void)attribute;
    axdr_octet_string(out, octets, sizeof octets);
    return STATUS_OK;
}

static enum status no_set(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                          struct axdr_reader *in)
{
    (void)r;
    (void)o;
    (void)in;
    assert_int_not_equal(attribute, 1);
    return STATUS_OK;
}

static void rows_that_break_the_rules_give_no_right_to_a_logical_name(void **state)
{
    (void)state;
    static const struct cosem_class ic = { .id = 1, .attributes = 2, .set = no_set };
    static const struct cosem_object rows[] = { { &ic, { 0, 0, 1, 0, 0, 255 }, 0, { NULL, NULL, "bw" }, "" } };
    static const struct cosem_object_table table = { rows, 1 };
    const uint8_t *response;
    device.objects = &table;
    ask_hex("c1 01 c1 00 01 00 00 01 00 00 ff 02 00 00", &response);
    assert_int_equal(response[3], 0);
    ask_hex("c1 01 c1 00 01 00 00 01 00 00 ff 01 00 00", &response);
    assert_int_equal(response[3], 3);
}

static void handlers_that_break_the_rules_are_an_error_to_the_client(void **state)
{
    (void)state;
    static const struct cosem_class endless = { .id = 1, .attributes = 2, .get = endless_get };
    static const struct cosem_class overflowing = { .id = 1, .attributes = 2, .get = overflowing_get };
    static const struct cosem_object rows[] = {
        { &endless, { 0, 0, 1, 0, 0, 255 }, 0, { NULL, NULL, "rr" }, "" },
        { &overflowing, { 0, 0, 2, 0, 0, 255 }, 0, { NULL, NULL, "rr" }, "" },
    };
    static const struct cosem_object_table table = { rows, 2 };
    const uint8_t *response;
    device.objects = &table;
    assert_int_equal(ask_hex("c0 01 c1 00 01 00 00 01 00 00 ff 02 00", &response), 5);
    assert_memory_equal(response, "\xc4\x01\xc1\x01\xfa", 5);
    assert_int_equal(ask_hex("c0 01 c1 00 01 00 00 02 00 00 ff 02 00", &response), 5);
    assert_memory_equal(response, "\xc4\x01\xc1\x01\xfa", 5);
    assert_int_equal(ask_hex("c0 01 c1 00 01 00 00 02 00 00 ff 00 00", &response), 15);
    assert_memory_equal(response, "\xc4\x01\xc1\x00\x02\x02\x09\x06\x00\x00\x02\x00\x00\xff\x00", 15);
    assert_int_equal(ask_hex("c0 01 c1 00 01 00 00 01 00 00 ff 00 00", &response), 15);
    assert_memory_equal(response, "\xc4\x01\xc1\x00\x02\x02\x09\x06\x00\x00\x01\x00\x00\xff\x00", 15);
}

static void a_class_may_have_more_attributes_than_its_selective_mask(void **state)
{
    (void)state;
    static const struct cosem_class ic = {
        .id = 1, .attributes = 40, .get = endless_get, .selective = 0xffff, .selectors = 255
    };
    static const struct cosem_object rows[] = {
        { &ic, { 0, 0, 1, 0, 0, 255 }, 0, { NULL, NULL, "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr" }, "" },
    };
    static const struct cosem_object_table table = { rows, 1 };
    const uint8_t *response;
    device.objects = &table;
    assert_int_equal(ask_hex("c0 01 c1 00 01 00 00 01 00 00 ff 28 01 02 00", &response), 5);
    assert_int_equal(response[4], 13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_cut_request_is_refused_and_changes_nothing, new_meter),
        cmocka_unit_test_setup(any_octet_of_a_request_may_be_any_other, new_meter),
        cmocka_unit_test_setup(what_is_longer_than_a_pdu_is_refused, new_meter),
        cmocka_unit_test_setup(a_change_is_reported_once_in_an_association, new_meter),
        cmocka_unit_test(rights_follow_the_letters_of_the_row),
        cmocka_unit_test(objects_are_found_in_tables_of_any_size),
        cmocka_unit_test(statuses_become_the_standards_codes),
        cmocka_unit_test_setup(rows_that_break_the_rules_give_no_right_to_a_logical_name, new_meter),
        cmocka_unit_test_setup(a_class_may_have_more_attributes_than_its_selective_mask, new_meter),
        cmocka_unit_test_setup(handlers_that_break_the_rules_are_an_error_to_the_client, new_meter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
