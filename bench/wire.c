/* What reading the object_list of the reader costs on the line, for two settings of HDLC: octets, frames, efficiency.
 */
#include <stdio.h>

#include "bench/reader.h"

static const uint8_t get_object_list[] = { 0xC0, 0x01, 0xC1, 0x00, 0x0F, 0, 0, 40, 0, 0, 255, 2, 0 };

static void measure(const char *name, uint16_t information, uint8_t window)
{
    struct reader *t = reader_open(0, information, window);
    size_t payload = reader_get(t, get_object_list, sizeof get_object_list);
    printf("object_list, %s: %zu octets of value, %zu on the line to the meter, %zu from it, %zu frames; efficiency "
           "%.1f %%\n",
           name, payload, t->sent, t->received, t->frames, 100.0 * (double)payload / (double)(t->sent + t->received));
    reader_close(t);
}

int main(void)
{
    measure("128/1", 128, 1);
    measure("1030/7", 1030, 7);
    return 0;
}
