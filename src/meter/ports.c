#include "meter/ports.h"

#define INTER_OCTET_MS 25
#define INACTIVITY_S   120
#define DEVICE_ADDRESS 16

/* Serial number mod 10000, from 1000 up, as one family of clients has it; letters do not count. */
static uint16_t serial_address(const char *serial_number)
{
    uint32_t number = 0;
    for (; *serial_number != '\0'; serial_number++) {
        if (*serial_number >= '0' && *serial_number <= '9') {
            number = (number * 10 + (uint32_t)(*serial_number - '0')) % 10000;
        }
    }
    return (uint16_t)(number + 1000);
}

void ports_init(struct ports *p, const char *serial_number)
{
    const struct hdlc_settings hdlc = {
        .window_transmit = HDLC_WINDOW_MAX,
        .window_receive = HDLC_WINDOW_MAX,
        .information_transmit = HDLC_INFORMATION_MAX,
        .information_receive = HDLC_INFORMATION_MAX,
        .inter_octet_ms = INTER_OCTET_MS,
        .inactivity_s = INACTIVITY_S,
        .device_address = DEVICE_ADDRESS,
        .serial_address = serial_address(serial_number),
    };
    const struct local_port_settings local = {
        .direct_speed = PORT_SPEED_9600,
        .opening_speed = PORT_SPEED_300,
        .offered_speed = PORT_SPEED_9600,
    };
    for (unsigned port = 0; port < BOARD_PORT_COUNT; port++) {
        p->hdlc[port] = hdlc;
        p->local[port] = local;
        p->local[port].direct = port != BOARD_OPTICAL; /* Bluetooth has no sign-on */
    }
}
