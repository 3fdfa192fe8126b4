#include "boards/linux/signature.h"

#include <bearssl.h>
#include <stdio.h>

bool signature_of_program(uint8_t digest[32])
{
    FILE *file = fopen("/proc/self/exe", "rb");
    if (file == NULL) {
        return false;
    }
    br_sha256_context context;
    br_sha256_init(&context);
    uint8_t octets[4096];
    size_t size;
    while ((size = fread(octets, 1, sizeof octets, file)) > 0) {
        br_sha256_update(&context, octets, size);
    }
    bool whole = ferror(file) == 0;
    fclose(file);
    br_sha256_out(&context, digest);
    return whole;
}
