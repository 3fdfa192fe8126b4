/* SAP assignment, class_id 17, version 0: the one logical device of the meter. Its method, connect, is not offered. */
#include <string.h>

#include "model/model.h"

#define MANAGEMENT_LOGICAL_DEVICE 1

static enum status get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out)
{
    const struct meter *m = r->device;
    (void)o;
    (void)attribute; /* there is but one */
    axdr_array(out, 1);
    axdr_structure(out, 2);
    axdr_number(out, AXDR_LONG_UNSIGNED, MANAGEMENT_LOGICAL_DEVICE);
    axdr_octet_string(out, (const uint8_t *)m->logical_device_name, strlen(m->logical_device_name));
    return STATUS_OK;
}

const struct cosem_class class_sap_assignment = {
    .id = 17,
    .version = 0,
    .attributes = 2,
    .methods = 1,
    .name = "SAP assignment",
    .get = get,
};
