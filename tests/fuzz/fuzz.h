/* What the fuzz targets share: a reader over the input, and a check that stops the program. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Like assert(), but in every build. */
#define FUZZ_CHECK(condition) ((condition) ? (void)0 : abort())

struct fuzz_input {
    const uint8_t *at;
    const uint8_t *end;
};

static inline size_t fuzz_left(const struct fuzz_input *in)
{
    return (size_t)(in->end - in->at);
}

/* The next octet; 0 after the end. */
static inline uint8_t fuzz_octet(struct fuzz_input *in)
{
    return in->at < in->end ? *in->at++ : 0;
}

/* The next `*size` octets in place; `*size` shrinks to what there is. */
static inline const uint8_t *fuzz_octets(struct fuzz_input *in, size_t *size)
{
    const uint8_t *octets = in->at;
    if (*size > fuzz_left(in)) {
        *size = fuzz_left(in);
    }
    in->at += *size;
    return octets;
}

#endif
