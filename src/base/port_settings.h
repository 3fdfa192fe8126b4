/* What a client can set of a serial port: classes 19 and 23 show it, the links read it.
 *
 * Speeds are coded as in IEC 62056-21 and both classes: 0 (300 baud), 1 (600) .. 5 (9600), 6 (19200).
 *
 * Source  DLMS UA 1000-1, class_id 19 version 1 and class_id 23 version 1; object-model.md 1.12, decisions 3 and 8.
 */
#ifndef BASE_PORT_SETTINGS_H
#define BASE_PORT_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

enum { PORT_SPEED_300 = 0, PORT_SPEED_9600 = 5, PORT_SPEED_MAX = 6 };

/* Class 23, IEC HDLC setup; its comm_speed is direct_speed below. */
struct hdlc_settings {
    uint8_t window_transmit;       /* 1..HDLC_WINDOW_MAX: the most that is offered */
    uint8_t window_receive;        /* 1..HDLC_WINDOW_MAX */
    uint16_t information_transmit; /* HDLC_INFORMATION_MIN..HDLC_INFORMATION_MAX octets */
    uint16_t information_receive;  /* likewise */
    uint16_t inter_octet_ms;       /* 20..6000 */
    uint16_t inactivity_s;         /* 0: never */
    uint16_t device_address;       /* lower (physical) address, 16..16381 */
    uint16_t serial_address;       /* a second lower address that is accepted, 0: none; not settable */
};

enum { PORT_PASSWORD_P1, PORT_PASSWORD_P2, PORT_PASSWORD_W5, PORT_PASSWORD_COUNT };

/* Class 19, IEC local port setup. */
struct local_port_settings {
    bool direct;           /* default_mode 1: HDLC at once, without a sign-on... */
    uint8_t direct_speed;  /* ...at this speed */
    uint8_t opening_speed; /* default_baud: where a sign-on begins */
    uint8_t offered_speed; /* prop_baud: the highest that a client may choose */
    bool fast;             /* response_time: 20 ms, not 200 ms */
    uint8_t device_address_size;
    char device_address[PORT_ADDRESS_MAX]; /* answered beside the empty one; 0-9 A-Z a-z and spaces */
    struct port_password {
        uint8_t size; /* 0: none opens the programming mode */
        char text[PORT_PASSWORD_MAX];
    } passwords[PORT_PASSWORD_COUNT];
};

#endif
