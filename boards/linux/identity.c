#include "boards/linux/identity.h"

#include <bearssl_hash.h>
#include <stdio.h>
#include <string.h>

/* FLAG letters and meter type, in front of the last digits of the serial number (object-model.md 1.1, decision 14). */
#define DEVICE_NAME_PREFIX "BLY1"

bool identity_hash_program(uint8_t digest[32])
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

void identity_name(struct identity *identity, const char *serial_number)
{
    const size_t room = sizeof identity->logical_device_name - sizeof DEVICE_NAME_PREFIX; /* octets after the prefix */
    size_t size = strlen(serial_number);
    const char *last = size > room ? serial_number + size - room : serial_number;
    snprintf(identity->serial_number, sizeof identity->serial_number, "%s", serial_number);
    snprintf(identity->logical_device_name, sizeof identity->logical_device_name, DEVICE_NAME_PREFIX "%s", last);
}
