/* What of associations takes more than a conversation (those are in tests/golden/apdu_association.txt and
 * apdu_refused.txt): time, links that go away, and every AARQ that is cut or spoilt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "sample_objects.h"

enum { ACCEPTED = 0, REJECTED = 1, BUSY = 2, NO_REASON = 1, AUTHENTICATION_FAILURE = 13, MINUTE_MS = 60000 };

static struct sample sample;
static struct cosem_device device;
static struct cosem_server link_a;
static struct cosem_server link_b;

static int new_meter(void **state)
{
    (void)state;
    sample_init(&sample, &device);
    cosem_server_init(&link_a, &device);
    cosem_server_init(&link_b, &device);
    return 0;
}

/* Sends an AARQ and returns result and diagnostic from the places where object-model.md 10.4 has them. */
static void associate(struct cosem_server *s, uint16_t sap, const char *password, uint32_t now_ms, int result,
                      int diagnostic)
{
    uint8_t apdu[64];
    const uint8_t *response;
    size_t size = sample_aarq(apdu, sap, SAMPLE_CONFORMANCE, 1024);
    if (password != NULL) {
        memcpy(apdu + 2 + 11 + 4 + 9 + 4, password, 8);
    }
    if (!s->link_open || s->link_sap != sap) {
        cosem_server_open(s, sap);
    }
    size = cosem_server_request(s, apdu, size, now_ms, &response);
    assert_true(size >= 25);
    assert_int_equal(response[0], 0x61);
    assert_int_equal(response[17], result);
    assert_int_equal(response[24], diagnostic);
}

static bool serves(struct cosem_server *s)
{
    static const uint8_t get[] = { 0xc0, 1, 0xc1, 0, 1, 0, 0, 42, 0, 0, 255, 2, 0 };
    const uint8_t *response;
    size_t size = cosem_server_request(s, get, sizeof get, 0, &response);
    return size > 3 && response[0] == 0xc4 && response[3] == 0;
}

static void five_wrong_passwords_lock_for_a_quarter_of_an_hour(void **state)
{
    (void)state;
    uint32_t now_ms = 0xfff00000u; /* the time wraps in between */
    for (unsigned i = 0; i < 4; i++) {
        associate(&link_a, SAMPLE_READER, "wrong___", now_ms, REJECTED, AUTHENTICATION_FAILURE);
        now_ms += 3 * MINUTE_MS;
    }
    assert_int_equal(sample.locks, 0);
    associate(&link_a, SAMPLE_READER, "wrong___", now_ms, REJECTED, AUTHENTICATION_FAILURE);
    assert_int_equal(sample.refusals, 5);
    assert_int_equal(sample.locks, 1);
    assert_int_equal(sample.refused, CLIENT_READER);

    /* The right password does not help, on no link; what is tried now is no further attempt. */
    associate(&link_a, SAMPLE_READER, NULL, now_ms, REJECTED, AUTHENTICATION_FAILURE);
    associate(&link_b, SAMPLE_READER, NULL, now_ms + 15 * MINUTE_MS - 1, REJECTED, AUTHENTICATION_FAILURE);
    associate(&link_b, SAMPLE_READER, "wrong___", now_ms + 15 * MINUTE_MS - 1, REJECTED, AUTHENTICATION_FAILURE);
    assert_int_equal(sample.refusals, 5);
    assert_false(serves(&link_b));
    /* Others are not concerned. */
    associate(&link_a, SAMPLE_ADMINISTRATOR, NULL, now_ms, ACCEPTED, 0);
    associate(&link_b, SAMPLE_READER, NULL, now_ms + 15 * MINUTE_MS, ACCEPTED, 0);
}

static void four_wrong_passwords_and_a_right_one_start_anew(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 4; i++) {
            associate(&link_a, SAMPLE_ALIAS, "00000001", 0, REJECTED, AUTHENTICATION_FAILURE);
        }
        associate(&link_a, SAMPLE_ADMINISTRATOR, NULL, 0, ACCEPTED, 0);
    }
    assert_int_equal(sample.refusals, 12);
    assert_int_equal(sample.locks, 0);
}

static void wrong_passwords_count_for_a_quarter_of_an_hour(void **state)
{
    (void)state;
    /* One every 4 minutes: never more than four within 15. */
    for (uint32_t i = 0; i < 20; i++) {
        associate(&link_a, SAMPLE_READER, "wrong___", i * 4 * MINUTE_MS, REJECTED, AUTHENTICATION_FAILURE);
    }
    assert_int_equal(sample.locks, 0);
    /* Then the fifth within 15 minutes, over what would be the edge of a fixed window. */
    uint32_t now_ms = 19 * 4 * MINUTE_MS;
    associate(&link_a, SAMPLE_READER, "wrong___", now_ms + 1 * MINUTE_MS, REJECTED, AUTHENTICATION_FAILURE);
    assert_int_equal(sample.locks, 1);
}

static void defects_of_the_form_are_no_attempts(void **state)
{
    (void)state;
    uint8_t apdu[64];
    const uint8_t *response;
    cosem_server_open(&link_a, SAMPLE_READER);
    for (unsigned i = 0; i < 10; i++) {
        size_t size = sample_aarq(apdu, SAMPLE_READER, SAMPLE_CONFORMANCE, 1024);
        apdu[2 + 11 + 3] = 0; /* the requirements bit */
        cosem_server_request(&link_a, apdu, size, 0, &response);
    }
    assert_int_equal(sample.refusals, 0);
    associate(&link_a, SAMPLE_READER, NULL, 0, ACCEPTED, 0);
}

static void an_association_without_secret_cannot_be_opened(void **state)
{
    (void)state;
    uint8_t apdu[64];
    const uint8_t *response;
    device.secrets[CLIENT_READER].size = 0;
    cosem_server_open(&link_a, SAMPLE_READER);
    size_t size = sample_aarq(apdu, SAMPLE_READER, SAMPLE_CONFORMANCE, 1024);
    /* An empty password: 8 octets less in every length around it. */
    memmove(apdu + 30, apdu + 38, size - 38);
    apdu[1] = (uint8_t)(apdu[1] - 8);
    apdu[27] = 2;
    apdu[29] = 0;
    size = cosem_server_request(&link_a, apdu, size - 8, 0, &response);
    assert_int_equal(response[17], REJECTED);
    assert_int_equal(response[24], AUTHENTICATION_FAILURE);
    associate(&link_a, SAMPLE_READER, NULL, 0, REJECTED, AUTHENTICATION_FAILURE);
}

static void secrets_of_every_length_are_compared_whole(void **state)
{
    (void)state;
    uint8_t apdu[80];
    const uint8_t *response;
    cosem_server_open(&link_a, SAMPLE_READER);
    for (uint8_t length = 1; length <= SECRET_MAX; length++) {
        struct cosem_secret *secret = &device.secrets[CLIENT_READER];
        secret->size = length;
        for (uint8_t tried = 1; tried <= SECRET_MAX + 2; tried++) {
            for (int wrong_at = -1; wrong_at < tried; wrong_at++) {
                uint8_t head[64];
                size_t size = sample_aarq(head, SAMPLE_READER, SAMPLE_CONFORMANCE, 1024);
                size_t tail = size - 38;
                for (unsigned i = 0; i < SECRET_MAX; i++) {
                    secret->octets[i] = (uint8_t)(i < length ? 'a' + i : 0xee);
                }
                memcpy(apdu, head, 30);
                for (int i = 0; i < tried; i++) {
                    apdu[30 + i] = (uint8_t)('a' + i + (i == wrong_at ? 128 : 0));
                }
                memcpy(apdu + 30 + tried, head + 38, tail);
                apdu[1] = (uint8_t)(28 + tried + tail);
                apdu[27] = (uint8_t)(tried + 2);
                apdu[29] = tried;
                device.lockouts[CLIENT_READER] = (struct lockout){ 0 };
                assert_true(cosem_server_request(&link_a, apdu, 30u + tried + tail, 0, &response) >= 25);
                bool right = tried == length && wrong_at < 0;
                assert_int_equal(response[17], right ? ACCEPTED : REJECTED);
                assert_int_equal(response[24], right ? 0 : AUTHENTICATION_FAILURE);
            }
        }
    }
}

static void the_writers_place_is_free_when_its_link_ends_in_any_way(void **state)
{
    (void)state;
    static const uint8_t release[] = { 0x62, 0 };
    const uint8_t *response;
    for (unsigned way = 0; way < 4; way++) {
        associate(&link_a, SAMPLE_ADMINISTRATOR, NULL, 0, ACCEPTED, 0);
        associate(&link_b, SAMPLE_ADMINISTRATOR, NULL, 0, BUSY, NO_REASON);
        assert_false(serves(&link_b));
        associate(&link_a, SAMPLE_ADMINISTRATOR, NULL, 0, ACCEPTED, 0); /* its own place is no obstacle */
        if (way == 0) {
            cosem_server_close(&link_a);
        } else if (way == 1) {
            cosem_server_open(&link_a, SAMPLE_PUBLIC);
        } else if (way == 2) {
            cosem_server_request(&link_a, release, sizeof release, 0, &response);
        } else {
            associate(&link_a, SAMPLE_ADMINISTRATOR, "wrong___", 0, REJECTED, AUTHENTICATION_FAILURE);
        }
        assert_false(serves(&link_a));
        associate(&link_b, SAMPLE_ALIAS, NULL, 0, ACCEPTED, 0);
        assert_ptr_equal(device.writer, &link_b.association);
        cosem_server_close(&link_b);
        assert_null(device.writer);
    }
}

static void a_link_that_is_not_open_says_nothing(void **state)
{
    (void)state;
    uint8_t apdu[64];
    const uint8_t *response = NULL;
    size_t size = sample_aarq(apdu, SAMPLE_PUBLIC, SAMPLE_CONFORMANCE, 1024);
    assert_int_equal(cosem_server_request(&link_a, apdu, size, 0, &response), 0);
    cosem_server_open(&link_a, SAMPLE_PUBLIC);
    assert_int_equal(cosem_server_request(&link_a, apdu, 0, 0, &response), 0);
    assert_true(cosem_server_request(&link_a, apdu, size, 0, &response) > 0);
    cosem_server_close(&link_a);
    assert_int_equal(cosem_server_request(&link_a, apdu, size, 0, &response), 0);
}

static void conformance_is_the_intersection(void **state)
{
    (void)state;
    for (uint32_t bit = 0; bit < 24; bit++) {
        uint8_t apdu[64];
        const uint8_t *response;
        uint32_t proposed = (uint32_t)1 << bit;
        cosem_server_open(&link_a, SAMPLE_READER);
        size_t size = sample_aarq(apdu, SAMPLE_READER, proposed, 1024);
        size = cosem_server_request(&link_a, apdu, size, 0, &response);
        if ((0x007e15u & proposed) != 0) { /* object-model.md 0: the Reader's */
            assert_int_equal(size, 43);
            assert_int_equal((uint32_t)response[36] << 16 | (uint32_t)response[37] << 8 | response[38], proposed);
        } else {
            assert_int_equal(size, 33);
            assert_int_equal(response[32], 2); /* incompatible-conformance */
        }
    }
}

/* Allowed answers to an AARQ that is none: an AARE that refuses. */
static void assert_refused(const uint8_t *response, size_t size)
{
    assert_true(size == 25 || size == 33);
    assert_int_equal(response[0], 0x61);
    assert_int_equal(response[1], size - 2);
    assert_int_not_equal(response[17], ACCEPTED);
}

static void a_cut_aarq_opens_nothing(void **state)
{
    (void)state;
    static const uint16_t saps[] = { SAMPLE_PUBLIC, SAMPLE_READER, SAMPLE_ADMINISTRATOR };
    for (unsigned i = 0; i < 3; i++) {
        uint8_t apdu[64];
        size_t size = sample_aarq(apdu, saps[i], SAMPLE_CONFORMANCE, 1024);
        cosem_server_open(&link_a, saps[i]);
        for (size_t cut = 1; cut < size; cut++) {
            for (unsigned adjust = 0; adjust < 2; adjust++) { /* with its old length, and with the right one */
                const uint8_t *response;
                uint8_t *exact = malloc(cut);
                memcpy(exact, apdu, cut);
                if (cut >= 2 && adjust == 1) {
                    exact[1] = (uint8_t)(cut - 2);
                }
                size_t answered = cosem_server_request(&link_a, exact, cut, 0, &response);
                free(exact);
                assert_refused(response, answered);
                assert_false(serves(&link_a));
                assert_null(device.writer);
            }
        }
    }
    assert_int_equal(sample.refusals, 0);
}

static void any_octet_of_an_aarq_may_be_any_other(void **state)
{
    (void)state;
    uint8_t apdu[64];
    const uint8_t *response;
    size_t size = sample_aarq(apdu, SAMPLE_ADMINISTRATOR, SAMPLE_CONFORMANCE, 1024);
    cosem_server_open(&link_a, SAMPLE_ADMINISTRATOR);
    for (size_t at = 1; at < size; at++) {
        for (unsigned octet = 0; octet < 256; octet++) {
            uint8_t right = apdu[at];
            apdu[at] = (uint8_t)octet;
            device.lockouts[CLIENT_ADMINISTRATOR] = (struct lockout){ 0 };
            size_t answered = cosem_server_request(&link_a, apdu, size, 0, &response);
            apdu[at] = right;
            assert_true(answered >= 25 && answered <= 64);
            assert_int_equal(response[0], 0x61);
            assert_int_equal(response[1], answered - 2);
            bool accepted = link_a.association.type != NULL;
            assert_int_equal(device.writer != NULL, accepted);
            assert_int_equal(serves(&link_a), accepted && (link_a.association.conformance & 0x10) != 0);
        }
    }
}

static void a_cut_rlrq_releases_nothing(void **state)
{
    (void)state;
    static const uint8_t rlrq[] = { 0x62, 0x15, 0x80, 1,    0, 0xbe, 0x10, 4,    0x0e, 1,    0,   0,
                                    0,    6,    0x5f, 0x1f, 4, 0,    0x20, 0x52, 0x5f, 0xff, 0xff };
    associate(&link_a, SAMPLE_ADMINISTRATOR, NULL, 0, ACCEPTED, 0);
    for (size_t cut = 1; cut < sizeof rlrq; cut++) {
        const uint8_t *response;
        uint8_t *exact = malloc(cut);
        memcpy(exact, rlrq, cut);
        assert_int_equal(cosem_server_request(&link_a, exact, cut, 0, &response), 3);
        free(exact);
        assert_memory_equal(response, "\xd8\x01\x02", 3);
        assert_true(serves(&link_a));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(five_wrong_passwords_lock_for_a_quarter_of_an_hour, new_meter),
        cmocka_unit_test_setup(four_wrong_passwords_and_a_right_one_start_anew, new_meter),
        cmocka_unit_test_setup(wrong_passwords_count_for_a_quarter_of_an_hour, new_meter),
        cmocka_unit_test_setup(defects_of_the_form_are_no_attempts, new_meter),
        cmocka_unit_test_setup(an_association_without_secret_cannot_be_opened, new_meter),
        cmocka_unit_test_setup(secrets_of_every_length_are_compared_whole, new_meter),
        cmocka_unit_test_setup(the_writers_place_is_free_when_its_link_ends_in_any_way, new_meter),
        cmocka_unit_test_setup(a_link_that_is_not_open_says_nothing, new_meter),
        cmocka_unit_test_setup(conformance_is_the_intersection, new_meter),
        cmocka_unit_test_setup(a_cut_aarq_opens_nothing, new_meter),
        cmocka_unit_test_setup(any_octet_of_an_aarq_may_be_any_other, new_meter),
        cmocka_unit_test_setup(a_cut_rlrq_releases_nothing, new_meter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
