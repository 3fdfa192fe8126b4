/* Block transfers of any block size: what arrives is what was there, whole, in full blocks. The client here is
 * written from the standard's APDUs (DLMS UA 1000-2 clause 9.5); values come from sample_rows(). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "sample_objects.h"

enum { VALUE_MAX = 100000, PDU_MIN = 12, OCTETS_MAX_KEPT = 1500 };

static struct sample sample;
static struct cosem_device device;
static struct cosem_server server;
static uint8_t got[VALUE_MAX];
static uint8_t expected[VALUE_MAX];

static void login(unsigned pdu)
{
    sample_login(&server, SAMPLE_ADMINISTRATOR, SAMPLE_CONFORMANCE, (uint16_t)pdu);
}

static int new_meter(void **state)
{
    (void)state;
    sample_init(&sample, &device);
    cosem_server_init(&server, &device);
    return 0;
}

/* The request as an allocation of its own, which is gone when the answer is looked at. */
static size_t ask(const uint8_t *apdu, size_t size, const uint8_t **response)
{
    uint8_t *exact = malloc(size);
    memcpy(exact, apdu, size);
    size_t answered = cosem_server_request(&server, exact, size, 0, response);
    memset(exact, 0xee, size);
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

/* The most octets that fit behind `overhead` and their own length: by trying. */
static size_t fullest(size_t pdu, size_t overhead)
{
    size_t best = 0;
    for (size_t n = 1; n < pdu; n++) {
        size_t length = n < 128 ? 1 : n < 256 ? 2 : 3;
        if (overhead + length + n <= pdu) {
            best = n;
        }
    }
    return best;
}

static uint32_t number_at(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Takes the raw data of a block: `p` stands at its length. Returns how many octets it has. */
static size_t take_raw(const uint8_t *p, const uint8_t *end, size_t used)
{
    size_t raw = *p++;
    if (raw > 127) {
        unsigned octets = (unsigned)raw - 128;
        raw = 0;
        for (; octets > 0; octets--) {
            raw = raw << 8 | *p++;
        }
    }
    assert_int_equal(raw, end - p);
    assert_true(used + raw <= VALUE_MAX);
    memcpy(got + used, p, raw);
    return raw;
}

struct transfer {
    size_t used;     /* octets in `got` */
    unsigned blocks; /* 0: it came in a normal response, whose octets behind the invoke-id are in `got` */
    int failed;      /* data-access-result that ended it, 0: none */
};

/* A GET or ACTION to its end. `get`: the tags and forms of GET, otherwise of ACTION. */
static struct transfer fetch(const uint8_t *apdu, size_t size, size_t pdu, bool get)
{
    struct transfer t = { 0 };
    size_t overhead = get ? 9 : 8;
    const uint8_t *response;
    size_t answered = ask(apdu, size, &response);
    assert_true(answered >= 3 && answered <= pdu);
    assert_int_equal(response[0], get ? 0xc4 : 0xc7);
    assert_int_equal(response[2], 0xc1);
    if (response[1] != 2) {
        t.used = answered - 3;
        memcpy(got, response + 3, t.used);
        return t;
    }
    for (;;) {
        uint8_t next[] = { get ? 0xc0 : 0xc3, 2, 0xc1, 0, 0, 0, 0 };
        bool last = response[3] != 0;
        assert_true(answered > overhead && answered <= pdu);
        assert_int_equal(number_at(response + 4), ++t.blocks);
        if (get && response[8] == 1) {
            assert_true(last);
            assert_int_equal(answered, 10);
            t.failed = response[9];
            return t;
        }
        size_t raw = take_raw(response + overhead, response + answered, t.used);
        t.used += raw;
        if (last) {
            assert_true(raw > 0 && raw <= fullest(pdu, overhead));
            return t;
        }
        assert_int_equal(raw, fullest(pdu, overhead));
        memcpy(next + 3, response + 4, 4);
        answered = ask(next, sizeof next, &response);
        assert_int_equal(response[1], 2);
    }
}

static void assert_got(const struct transfer *t, size_t from, size_t size)
{
    assert_int_equal(t->failed, 0);
    assert_int_equal(t->used - from, size);
    assert_memory_equal(got + from, expected, size);
}

/* A GET of the whole array with every PDU: 30 rows of 14 to 255 octets, 3.9 kB. */
static void a_long_value_arrives_whole_with_every_pdu(void **state)
{
    uint8_t get[32];
    size_t size = hex(get, "c0 01 c1 00 07 00 00 63 62 00 ff 02 00");
    for (unsigned pdu = PDU_MIN; pdu <= COSEM_PDU_MAX; pdu++) {
        new_meter(state);
        login(pdu);
        sample.clock = pdu;
        struct transfer t = fetch(get, size, pdu, true);
        assert_true(t.blocks > 1);
        assert_got(&t, 0, sample_rows(expected, 1, 30, pdu));
    }
}

/* The selector is asked for again with every block, long after its request is gone. */
static void selected_rows_arrive_whole_with_every_pdu(void **state)
{
    uint8_t get[64];
    size_t size = hex(get, "c0 01 c1 00 07 00 00 63 62 00 ff 02 01 02 02 02 06 00 00 00 07 06 00 00 00 0d");
    for (unsigned pdu = PDU_MIN; pdu <= COSEM_PDU_MAX; pdu++) {
        new_meter(state);
        login(pdu);
        struct transfer t = fetch(get, size, pdu, true);
        size_t whole = sample_rows(expected, 7, 13, 0);
        assert_int_equal(t.blocks > 0, whole + 4 > pdu);
        assert_got(&t, t.blocks > 0 ? 0 : 1, whole);
    }
}

/* Values of all sizes around what fits in a normal response, in one block and in two. */
static void the_border_between_one_response_and_blocks(void **state)
{
    uint8_t get[32];
    size_t size = hex(get, "c0 01 c1 00 01 00 00 80 00 00 ff 02 00");
    static const uint16_t pdus[] = { 12, 13, 40, 138, 139, 140, 141, 265, 266, 267, 268, 269, 270, 1000, 1024 };
    for (size_t i = 0; i < sizeof pdus / sizeof pdus[0]; i++) {
        for (uint16_t octets = 0; octets < 1270 && octets < pdus[i] * 3; octets++) {
            new_meter(state);
            login(pdus[i]);
            sample.octets_size = octets;
            memset(sample.octets, (uint8_t)octets, octets);
            size_t n = 0;
            expected[n++] = 9;
            if (octets > 255) {
                expected[n++] = 0x82;
                expected[n++] = (uint8_t)(octets >> 8);
            } else if (octets > 127) {
                expected[n++] = 0x81;
            }
            expected[n++] = (uint8_t)octets;
            memset(expected + n, (uint8_t)octets, octets);
            n += octets;
            struct transfer t = fetch(get, size, pdus[i], true);
            assert_int_equal(t.blocks > 0, n + 4 > pdus[i]);
            assert_got(&t, t.blocks > 0 ? 0 : 1, n);
        }
    }
}

static void put(size_t *used, const void *octets, size_t size)
{
    memcpy(expected + *used, octets, size);
    *used += size;
}

/* A list with short values, errors, attribute 0, two long values and one of them by entry. */
static void a_list_arrives_whole_with_every_pdu(void **state)
{
    uint8_t get[200];
    size_t size = hex(get, "c0 03 c1 08"
                           " 00 03 01 00 01 08 00 ff 02 00"
                           " 00 07 00 00 63 62 00 ff 02 00"
                           " 00 03 01 00 01 08 00 fe 02 00"
                           " 00 07 00 00 63 62 00 ff 00 00"
                           " 00 07 00 00 63 62 00 ff 02 01 02 02 02 06 00 00 00 05 06 00 00 00 0a"
                           " 00 07 00 00 63 62 00 ff 02 01 02 02 02 06 00 00 00 00 06 00 00 00 0a"
                           " 00 01 00 00 61 61 00 ff 02 00"
                           " 00 01 00 00 80 01 00 ff 02 00");
    for (unsigned pdu = PDU_MIN; pdu <= COSEM_PDU_MAX; pdu += pdu < 300 ? 1u : 7u) {
        new_meter(state);
        login(pdu);
        struct transfer t = fetch(get, size, pdu, true);
        /* The clock of each value is that of its first call: look where it must be. */
        size_t n = 0;
        uint32_t clocks[3];
        static const uint32_t from[] = { 1, 1, 5 };
        static const uint32_t to[] = { 30, 30, 10 };
        static const char *const before[] = { "\x08\x00\x06\x00\x00\x04\xd2\x00",
                                              "\x01\x04\x00\x02\x04\x09\x06\x00\x00\x63\x62\x00\xff",
                                              "\x12\x00\x03\x12\x00\x04\x00" };
        static const size_t before_size[] = { 8, 13, 7 };
        for (unsigned i = 0; i < 3; i++) {
            put(&n, before[i], before_size[i]);
            clocks[i] = number_at(got + n + 10);
            assert_true(i == 0 || clocks[i] > clocks[i - 1]);
            n += sample_rows(expected + n, from[i], to[i], clocks[i]);
        }
        put(&n,
            "\x01\xfa\x01\x03\x00\x0a\x03"
            "DEF",
            10);
        assert_got(&t, 0, n);
    }
}

/* As many items as a request holds, which is more than the list of any client. */
static void a_list_may_fill_its_request(void **state)
{
    (void)state;
    static uint8_t get[COSEM_PDU_MAX];
    for (uint8_t count = 95; count <= 101; count++) {
        size_t size = hex(get, "c0 03 c1");
        get[size++] = count;
        size_t n = 0;
        put(&n, &count, 1);
        for (unsigned i = 0; i < count; i++) {
            size += hex(get + size, "00 03 01 00 01 08 00 ff 02 00");
            put(&n, "\x00\x06\x00\x00\x04\xd2", 6);
        }
        login(100);
        struct transfer t = fetch(get, size, 100, true);
        assert_got(&t, 0, n);
    }
}

/* What is sent says which row failed: rows before it have been sent, then comes long-get-aborted. */
static void an_error_in_the_middle_ends_the_transfer(void **state)
{
    (void)state;
    uint8_t get[32];
    uint8_t next[] = { 0xc0, 2, 0xc1, 0, 0, 0, 9 };
    const uint8_t *response;
    size_t size = hex(get, "c0 01 c1 00 07 00 00 63 62 00 ff 02 00");
    login(100);
    sample.fails_at = 20;
    struct transfer t = fetch(get, size, 100, true);
    assert_int_equal(t.failed, 15);
    assert_true(t.blocks > 2);
    size_t whole = sample_rows(expected, 1, 30, 0);
    assert_true(t.used < whole);
    assert_memory_equal(got, expected, t.used);
    size_t up_to_19 = sample_rows(expected, 1, 19, 0);
    assert_true(t.used <= up_to_19);
    assert_int_equal(ask(next, sizeof next, &response), 10);
    assert_int_equal(response[9], 16); /* it has ended */

    sample.fails_at = 1; /* at the first call it is an ordinary answer */
    t = fetch(get, size, 100, true);
    assert_int_equal(t.blocks, 0);
    assert_memory_equal(got, "\x01\xfa", 2);
}

/* SET ------------------------------------------------------------------------- */

/* Sends `value` in blocks of the sizes that `sizes` gives in turn. Returns the size of the last answer. */
static size_t send_blocks(const uint8_t *first, size_t first_size, const uint8_t *value, size_t size,
                          const size_t *sizes, size_t count, const uint8_t **response)
{
    uint8_t apdu[COSEM_PDU_MAX];
    size_t sent = 0;
    size_t answered = 0;
    bool get = first[0] == 0xc1; /* SET, else ACTION */
    for (uint32_t number = 1; sent < size; number++) {
        size_t raw = sizes[number % count];
        raw = raw < size - sent ? raw : size - sent;
        size_t n = 0;
        if (number == 1) {
            memcpy(apdu, first, first_size);
            n = first_size;
        } else {
            n = hex(apdu, get ? "c1 03 c1" : "c3 06 c1");
        }
        apdu[n++] = sent + raw == size ? 0xff : 0; /* any octet but 00 is TRUE */
        apdu[n++] = (uint8_t)(number >> 24);
        apdu[n++] = (uint8_t)(number >> 16);
        apdu[n++] = (uint8_t)(number >> 8);
        apdu[n++] = (uint8_t)number;
        apdu[n++] = 0x82;
        apdu[n++] = (uint8_t)(raw >> 8);
        apdu[n++] = (uint8_t)raw;
        memcpy(apdu + n, value + sent, raw);
        sent += raw;
        answered = ask(apdu, n + raw, response);
        if (sent < size) {
            const uint8_t acknowledged[] = {
                get ? 0xc5 : 0xc7,      get ? 2 : 4,    0xc1, (uint8_t)(number >> 24), (uint8_t)(number >> 16),
                (uint8_t)(number >> 8), (uint8_t)number
            };
            if (answered != sizeof acknowledged || memcmp(*response, acknowledged, answered) != 0) {
                return answered;
            }
        }
    }
    return answered;
}

static size_t octet_string(uint8_t *p, size_t octets, uint8_t first)
{
    p[0] = 9;
    p[1] = 0x82;
    p[2] = (uint8_t)(octets >> 8);
    p[3] = (uint8_t)octets;
    for (size_t i = 0; i < octets; i++) {
        p[4 + i] = (uint8_t)(first + i * 7);
    }
    return octets + 4;
}

static void a_value_can_be_set_in_blocks_of_any_size(void **state)
{
    static const size_t all_sizes[][3] = { { 1, 1, 1 }, { 2, 3, 5 }, { 100, 1, 50 }, { 900, 900, 900 }, { 0, 7, 0 } };
    static uint8_t value[SAMPLE_OCTETS_MAX + 4];
    uint8_t first[32];
    const uint8_t *response;
    size_t first_size = hex(first, "c1 02 c1 00 01 00 00 80 00 00 ff 02 00");
    for (size_t i = 0; i < 5; i++) {
        for (size_t octets = 0; octets <= SAMPLE_OCTETS_MAX; octets += 175) {
            new_meter(state);
            login(40);
            size_t size = octet_string(value, octets, (uint8_t)i);
            size_t answered = send_blocks(first, first_size, value, size, all_sizes[i], 3, &response);
            assert_int_equal(answered, 8);
            assert_int_equal(response[1], 3);
            assert_int_equal(response[3], 0);
            assert_int_equal(sample.octets_size, octets);
            assert_memory_equal(sample.octets, value + 4, octets);
            assert_int_equal(sample.changes, 1);
        }
    }
}

static void a_value_too_long_to_be_kept_changes_nothing(void **state)
{
    (void)state;
    static const size_t sizes[] = { 100 };
    static uint8_t value[4000];
    uint8_t first[32];
    const uint8_t *response;
    size_t first_size = hex(first, "c1 02 c1 00 01 00 00 80 00 00 ff 02 00");
    login(1024);
    struct sample before = sample;
    size_t size = octet_string(value, 3000, 1);
    assert_int_equal(send_blocks(first, first_size, value, size, sizes, 1, &response), 8);
    assert_int_equal(response[1], 3);
    assert_int_equal(response[3], 17); /* long-set-aborted */
    assert_memory_equal(&sample, &before, sizeof sample);
    first_size = hex(first, "c3 04 c1 00 09 00 00 0a 00 01 ff 01");
    assert_int_equal(send_blocks(first, first_size, value, size, sizes, 1, &response), 5);
    assert_memory_equal(response, "\xc7\x01\xc1\x0f\x00", 5);
    assert_memory_equal(&sample, &before, sizeof sample);
}

static void a_transfer_that_breaks_off_changes_nothing(void **state)
{
    (void)state;
    static const size_t sizes[] = { 10 };
    static uint8_t value[100];
    uint8_t first[32];
    const uint8_t *response;
    size_t first_size = hex(first, "c1 02 c1 00 01 00 00 80 00 00 ff 02 00");
    login(1024);
    struct sample before = sample;
    size_t size = octet_string(value, 60, 1);
    for (unsigned way = 0; way < 3; way++) {
        /* All blocks but the last: the value is longer than what is sent. */
        uint8_t cut[10];
        size_t n = hex(cut, "c1 03 c1 01 00 00 00 02 00");
        memcpy(first + first_size, "\x00\x00\x00\x00\x01\x0a", 6);
        memcpy(first + first_size + 6, value, 10);
        assert_int_equal(ask(first, first_size + 16, &response), 7);
        if (way == 0) {
            cosem_server_close(&server);
            login(1024);
        } else if (way == 1) {
            login(1024);
        }
        assert_int_equal(ask(cut, n, &response), 8);
        assert_int_equal(response[3], way == 2 ? 12 : 18); /* way 2: its end comes too early, the value is none */
        assert_memory_equal(&sample, &before, sizeof sample);
    }
    assert_int_equal(send_blocks(first, first_size, value, size, sizes, 1, &response), 8);
    assert_int_equal(sample.octets_size, 60);
}

/* ACTION ---------------------------------------------------------------------- */

static void return_parameters_arrive_whole_with_every_pdu(void **state)
{
    uint8_t act[64];
    for (unsigned pdu = PDU_MIN; pdu <= COSEM_PDU_MAX; pdu += pdu < 150 ? 1u : 13u) {
        for (uint16_t octets = 0; octets <= 1250; octets += 125) {
            new_meter(state);
            login(pdu);
            sample.returned = octets;
            size_t n = 0;
            expected[n++] = 9;
            if (octets > 255) {
                expected[n++] = 0x82;
                expected[n++] = (uint8_t)(octets >> 8);
            } else if (octets > 127) {
                expected[n++] = 0x81;
            }
            expected[n++] = (uint8_t)octets;
            for (uint16_t i = 0; i < octets; i++) {
                expected[n++] = (uint8_t)i;
            }
            size_t size = hex(act, "c3 01 c1 00 09 00 00 0a 00 01 ff 02 00");
            struct transfer t = fetch(act, size, pdu, false);
            assert_int_equal(t.blocks > 0, n + 6 > pdu);
            if (t.blocks == 0) {
                assert_memory_equal(got, "\x00\x01\x00", 3);
            }
            assert_got(&t, t.blocks > 0 ? 0 : 3, n);
            assert_int_equal(sample.calls, 1);
        }
    }
}

static void a_list_of_methods_tells_every_result(void **state)
{
    uint8_t act[128];
    for (unsigned pdu = 24; pdu <= COSEM_PDU_MAX; pdu += pdu < 150 ? 1u : 13u) {
        new_meter(state);
        login(pdu);
        sample.returned = 900; /* two of them fill the value area, the third is lost */
        size_t size = hex(act, "c3 03 c1 05"
                               " 00 09 00 00 0a 00 01 ff 01 00 09 00 00 0a 00 01 ff 02"
                               " 00 09 00 00 0a 00 01 ff 02 00 09 00 00 0a 00 01 ff 03 00 09 00 00 0a 00 01 ff 01"
                               " 05 12 00 05 00 00 00 12 00 06");
        struct transfer t = fetch(act, size, pdu, false);
        size_t n = 0;
        put(&n, "\x05\x00\x00\x00\x01\x00\x09\x82\x03\x84", 10);
        for (unsigned i = 0; i < 900; i++) {
            expected[n++] = (uint8_t)i;
        }
        put(&n, "\x00\x01\x01\xfa\x02\x00\x00\x00", 8);
        assert_got(&t, 0, n);
        assert_int_equal(sample.sum, 11);
        assert_int_equal(sample.calls, 4);
    }
}

/* However much the first method returns, the results of the twenty others have their place. */
static void what_one_method_returns_leaves_room_for_the_others(void **state)
{
    uint8_t act[400];
    bool kept = false;
    bool lost = false;
    for (uint16_t octets = 1100; octets <= 1290; octets++) {
        new_meter(state);
        login(1024);
        sample.returned = octets;
        size_t size = hex(act, "c3 03 c1 15 00 09 00 00 0a 00 01 ff 02");
        for (unsigned i = 0; i < 20; i++) {
            size += hex(act + size, "00 09 00 00 0a 00 01 ff 04");
        }
        size += hex(act + size, "15 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
        struct transfer t = fetch(act, size, 1024, false);
        size_t n = 0;
        if (t.blocks > 0) {
            kept = true;
            assert_false(lost); /* the longer, the less likely */
            put(&n, "\x15\x00\x01\x00\x09\x82", 6);
            expected[n++] = (uint8_t)(octets >> 8);
            expected[n++] = (uint8_t)octets;
            for (unsigned i = 0; i < octets; i++) {
                expected[n++] = (uint8_t)i;
            }
        } else {
            lost = true;
            put(&n, "\x15\x00\x01\x01\xfa", 5);
        }
        memset(expected + n, 0, 40);
        assert_got(&t, 0, n + 40);
        assert_int_equal(sample.calls, 21);
    }
    assert_true(kept && lost);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_long_value_arrives_whole_with_every_pdu, new_meter),
        cmocka_unit_test_setup(selected_rows_arrive_whole_with_every_pdu, new_meter),
        cmocka_unit_test_setup(the_border_between_one_response_and_blocks, new_meter),
        cmocka_unit_test_setup(a_list_arrives_whole_with_every_pdu, new_meter),
        cmocka_unit_test_setup(a_list_may_fill_its_request, new_meter),
        cmocka_unit_test_setup(an_error_in_the_middle_ends_the_transfer, new_meter),
        cmocka_unit_test_setup(a_value_can_be_set_in_blocks_of_any_size, new_meter),
        cmocka_unit_test_setup(a_value_too_long_to_be_kept_changes_nothing, new_meter),
        cmocka_unit_test_setup(a_transfer_that_breaks_off_changes_nothing, new_meter),
        cmocka_unit_test_setup(return_parameters_arrive_whole_with_every_pdu, new_meter),
        cmocka_unit_test_setup(a_list_of_methods_tells_every_result, new_meter),
        cmocka_unit_test_setup(what_one_method_returns_leaves_room_for_the_others, new_meter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
