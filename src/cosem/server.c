#include "cosem/server.h"

#include <string.h>

#include "cosem/service.h"

enum { AARQ = 0x60, RLRQ = 0x62, GET_REQUEST = 0xc0, SET_REQUEST = 0xc1, ACTION_REQUEST = 0xc3 };

/* Every service begins with its tag, the kind of request and invoke-id-and-priority. */
enum { TAG, TYPE, ID, BODY };

_Static_assert(COSEM_PDU_MAX <= COSEM_KEPT_MAX, "the descriptors of any request can be kept");
_Static_assert(COSEM_HEADER_MAX >= COSEM_VALUE_AT + 4, "an array header and its first element fit past a block");

void cosem_server_init(struct cosem_server *server, struct cosem_device *device)
{
    memset(server, 0, sizeof *server);
    server->association.device = device;
}

void cosem_server_open(struct cosem_server *server, uint16_t client_sap)
{
    cosem_server_close(server);
    server->link_sap = client_sap;
    server->link_open = true;
}

void cosem_server_close(struct cosem_server *server)
{
    association_end(&server->association);
    server->transfer.kind = TRANSFER_NONE;
    server->link_open = false;
}

static void serve_association(struct cosem_server *s, const uint8_t *apdu, size_t size, uint32_t now_ms)
{
    struct axdr_writer out;
    axdr_writer_init(&out, s->response, sizeof s->response, sizeof s->response);
    s->transfer.kind = TRANSFER_NONE;
    if (apdu[TAG] == AARQ) {
        association_request(&s->association, s->link_sap, apdu, size, now_ms, &out);
    } else if (association_release(&s->association, apdu, size, &out) != STATUS_OK) {
        service_exception(s, ERROR_SERVICE_NOT_SUPPORTED);
        return;
    }
    s->reply_at = 0;
    s->reply_size = out.used;
}

static void serve(struct cosem_server *s, const uint8_t *apdu, size_t size)
{
    enum cosem_transfer_kind running = s->transfer.kind;
    struct axdr_reader in;
    axdr_reader_init(&in, apdu + BODY, size - BODY);
    s->transfer.kind = TRANSFER_NONE; /* unless the service goes on with it */
    if (apdu[TAG] == GET_REQUEST) {
        service_get(s, apdu[TYPE], apdu[ID], &in, running);
    } else if (apdu[TAG] == SET_REQUEST) {
        service_set(s, apdu[TYPE], apdu[ID], &in, running);
    } else if (apdu[TAG] == ACTION_REQUEST) {
        service_action(s, apdu[TYPE], apdu[ID], &in, running);
    } else {
        service_exception(s, ERROR_SERVICE_NOT_SUPPORTED);
    }
}

static void refuse(struct cosem_server *s, enum service_error error)
{
    s->transfer.kind = TRANSFER_NONE;
    service_exception(s, error);
}

size_t cosem_server_request(struct cosem_server *server, const uint8_t *apdu, size_t size, uint32_t now_ms,
                            const uint8_t **response)
{
    if (!server->link_open || size == 0) {
        return 0;
    }
    if (size > COSEM_PDU_MAX) {
        refuse(server, ERROR_PDU_TOO_LONG);
    } else if (apdu[TAG] == AARQ || apdu[TAG] == RLRQ) {
        serve_association(server, apdu, size, now_ms);
    } else if (server->association.type == NULL || size < BODY) {
        refuse(server, ERROR_SERVICE_NOT_SUPPORTED);
    } else {
        serve(server, apdu, size);
    }
    *response = server->response + server->reply_at;
    return server->reply_size;
}
