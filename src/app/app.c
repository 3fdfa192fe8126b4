#include "app/app.h"

#include "model/model.h"

/* What class 23 has at first: object-model.md 1.12, decisions 3 and 8. */
#define INTER_OCTET_MS 25
#define INACTIVITY_S   120
#define DEVICE_ADDRESS 16

#define SPEED_9600 5 /* as in class 19 and 23 */

/* The second address of the meter: serial number mod 10000, from 1000 up; letters do not count. */
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

static struct hdlc_settings hdlc_defaults(const struct meter *m)
{
    return (struct hdlc_settings){
        .window_transmit = HDLC_WINDOW_MAX,
        .window_receive = HDLC_WINDOW_MAX,
        .information_transmit = HDLC_INFORMATION_MAX,
        .information_receive = HDLC_INFORMATION_MAX,
        .inter_octet_ms = INTER_OCTET_MS,
        .inactivity_s = INACTIVITY_S,
        .device_address = DEVICE_ADDRESS,
        .serial_address = serial_address(m->identity.serial_number),
    };
}

/* The third letter is upper case: 200 ms of reaction time. "5" is 9600 baud, "\2" the binary mode. */
static struct sign_on_settings sign_on_defaults(const struct meter *m, enum board_port port)
{
    return (struct sign_on_settings){
        .identification = IDENTITY_FLAG "5\\2" IDENTITY_METER_TYPE,
        .device_address = "",
        .serial_number = m->identity.serial_number,
        .direct = port != BOARD_OPTICAL,
        .direct_speed = SPEED_9600,
    };
}

enum status app_init(struct app *a, struct board *board, const struct identity *identity,
                     const struct metrology_calibration *calibration, uint32_t rate_hz)
{
    enum status status = meter_init(&a->meter, board, identity, calibration, rate_hz);
    if (status != STATUS_OK) {
        return status;
    }
    model_init(&a->device, &a->meter);
    for (enum board_port port = 0; port < BOARD_PORT_COUNT; port++) {
        a->hdlc[port] = hdlc_defaults(&a->meter);
        a->sign_on[port] = sign_on_defaults(&a->meter, port);
        port_init(&a->ports[port], board, port, &a->device, &a->hdlc[port], &a->sign_on[port]);
    }
    return STATUS_OK;
}

bool app_step(struct app *a)
{
    bool moved = false;
    meter_step(&a->meter);
    for (enum board_port port = 0; port < BOARD_PORT_COUNT; port++) {
        moved |= port_step(&a->ports[port]);
    }
    return moved;
}
