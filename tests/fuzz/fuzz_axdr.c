/* A-XDR reader under any octets: the first ones say what is asked for, the rest is read.
 *
 * Checked besides the sanitizers: the place never passes the end, an error stays, counts never exceed what is left,
 * and a number that was read is written back as it was.
 */
#include "cosem/axdr.h"
#include "fuzz.h"

#include <string.h>

static void check_number(struct axdr_reader *r, enum axdr_tag tag)
{
    size_t from = r->at;
    uint8_t octets[9];
    struct axdr_writer w;
    axdr_writer_init(&w, octets, sizeof octets, sizeof octets);
    int64_t value = axdr_get_number(r, tag);
    if (axdr_failed(r)) {
        FUZZ_CHECK(value == 0);
        return;
    }
    axdr_number(&w, tag, value);
    FUZZ_CHECK(!w.overflow && w.used == r->at - from);
    /* TRUE has 255 encodings. */
    FUZZ_CHECK(tag == AXDR_BOOLEAN || memcmp(octets, r->data + from, w.used) == 0);
}

static void check_octet_string(struct axdr_reader *r)
{
    size_t size;
    uint8_t sum = 0;
    const uint8_t *octets = axdr_get_octet_string(r, &size);
    FUZZ_CHECK(!axdr_failed(r) || octets == NULL);
    for (size_t i = 0; octets != NULL && i < size; i++) {
        sum = (uint8_t)(sum + octets[i]);
    }
    FUZZ_CHECK(sum != 1 || size > 0);
}

static void step(struct axdr_reader *r, uint8_t what)
{
    size_t count = 0;
    switch (what & 7) {
    case 0:
        axdr_skip(r);
        break;
    case 1:
        count = axdr_get_array(r);
        break;
    case 2:
        count = axdr_get_structure(r);
        break;
    case 3:
        check_octet_string(r);
        break;
    case 4:
        axdr_get_length(r);
        break;
    case 5:
        check_number(r, (enum axdr_tag)axdr_peek(r));
        break;
    case 6:
        check_number(r, (enum axdr_tag)(what >> 3));
        break;
    default:
        axdr_get_octets(r, what >> 3);
        break;
    }
    FUZZ_CHECK(count <= axdr_left(r));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { STEPS_MAX = 16 };
    struct fuzz_input in = { data, data + size };
    uint8_t steps[STEPS_MAX];
    size_t count = fuzz_octet(&in) % STEPS_MAX;
    for (size_t i = 0; i < count; i++) {
        steps[i] = fuzz_octet(&in);
    }
    struct axdr_reader r;
    axdr_reader_init(&r, in.at, fuzz_left(&in));
    for (size_t i = 0; i < count; i++) {
        bool failed = axdr_failed(&r);
        size_t at = r.at;
        step(&r, steps[i]);
        FUZZ_CHECK(r.at >= at && r.at <= r.size);
        FUZZ_CHECK(!failed || (axdr_failed(&r) && r.at == at));
    }
    return 0;
}
