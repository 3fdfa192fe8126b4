/* Image transfer, class_id 18, version 0. What the meter does with an image is meter/image.h. */
#include <string.h>

#include "model/model.h"

enum {
    BLOCK_SIZE = 2,
    TRANSFERRED_BLOCKS = 3,
    FIRST_NOT_TRANSFERRED = 4,
    ENABLED = 5,
    TRANSFER_STATUS = 6,
    TO_ACTIVATE = 7
};
enum { INITIATE = 1, BLOCK_TRANSFER = 2, VERIFY = 3, ACTIVATE = 4 };
enum { BITMAP_PIECE = 64 /* octets */, SERIAL = 0 /* the note */ };

/* Piece by piece, as far as there is room; the cursor counts them. A new transfer has another bitmap. */
static enum status put_bitmap(struct cosem_request *r, const struct image *image, struct axdr_writer *out)
{
    uint32_t blocks = image_block_count(image);
    uint32_t octets = (blocks + 7) / 8;
    uint32_t serial = image->slots->record.serial;
    if (r->cursor == 0) {
        r->notes[SERIAL] = serial;
        axdr_put_u8(out, AXDR_BIT_STRING);
        axdr_put_length(out, blocks);
    } else if (r->notes[SERIAL] != serial) {
        return STATUS_BUSY;
    }
    for (uint32_t at = r->cursor * BITMAP_PIECE; at < octets; at += BITMAP_PIECE) {
        uint8_t piece[BITMAP_PIECE];
        uint32_t size = octets - at < BITMAP_PIECE ? octets - at : (uint32_t)BITMAP_PIECE;
        if (r->cursor > 0 && !axdr_room(out)) {
            r->more = true;
            break;
        }
        image_bitmap(image, (uint16_t)at, piece, (uint16_t)size);
        axdr_put_octets(out, piece, size);
        r->cursor++;
    }
    return STATUS_OK;
}

static enum status put_to_activate(struct image *image, struct axdr_writer *out)
{
    struct image_header header;
    uint8_t signature[ECDSA_SIGNATURE_SIZE];
    enum status status = image_to_activate(image, &header, signature);
    if (status == STATUS_UNDEFINED) {
        axdr_array(out, 0);
        return STATUS_OK;
    }
    if (status != STATUS_OK) {
        return STATUS_FAILED;
    }
    axdr_array(out, 1);
    axdr_structure(out, 3);
    axdr_number(out, AXDR_DOUBLE_LONG_UNSIGNED, image_size(image));
    axdr_octet_string(out, (const uint8_t *)header.identifier, strlen(header.identifier));
    axdr_octet_string(out, signature, sizeof signature);
    return STATUS_OK;
}

static enum status get(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute,
                       struct axdr_writer *out)
{
    struct image *image = &((struct meter *)r->device)->firmware.image;
    (void)o;
    switch (attribute) {
    case BLOCK_SIZE:
        axdr_number(out, AXDR_DOUBLE_LONG_UNSIGNED, IMAGE_BLOCK_SIZE);
        break;
    case TRANSFERRED_BLOCKS:
        return put_bitmap(r, image, out);
    case FIRST_NOT_TRANSFERRED:
        axdr_number(out, AXDR_DOUBLE_LONG_UNSIGNED, image_first_missing(image));
        break;
    case ENABLED:
        axdr_boolean(out, image_enabled(image));
        break;
    case TRANSFER_STATUS:
        axdr_number(out, AXDR_ENUM, image_status(image));
        break;
    case TO_ACTIVATE:
        return put_to_activate(image, out);
    default:
        return STATUS_UNDEFINED;
    }
    return STATUS_OK;
}

static enum status set(struct cosem_request *r, const struct cosem_object *o, uint8_t attribute, struct axdr_reader *in)
{
    struct image *image = &((struct meter *)r->device)->firmware.image;
    (void)o;
    if (attribute != ENABLED) {
        return STATUS_DENIED;
    }
    bool enabled = axdr_get_boolean(in);
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    r->unchanged = enabled == image_enabled(image);
    return image_enable(image, enabled);
}

static enum status initiate(struct image *image, struct axdr_reader *in)
{
    size_t identifier_size = 0;
    size_t members = axdr_get_structure(in);
    const uint8_t *identifier = axdr_get_octet_string(in, &identifier_size);
    uint32_t size = (uint32_t)axdr_get_number(in, AXDR_DOUBLE_LONG_UNSIGNED);
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    return members == 2 ? image_initiate(image, identifier, identifier_size, size) : STATUS_TYPE;
}

static enum status take_block(struct image *image, struct axdr_reader *in)
{
    size_t size = 0;
    size_t members = axdr_get_structure(in);
    uint32_t number = (uint32_t)axdr_get_number(in, AXDR_DOUBLE_LONG_UNSIGNED);
    const uint8_t *octets = axdr_get_octet_string(in, &size);
    if (axdr_failed(in)) {
        return axdr_status(in);
    }
    return members == 2 ? image_block(image, number, octets, size) : STATUS_TYPE;
}

/* The meter restarts after an activation, when its answer has gone. An image that was refused is no fault of the
 * request's types: other-reason. */
static enum status act(struct cosem_request *r, const struct cosem_object *o, uint8_t method, struct axdr_reader *in,
                       struct axdr_writer *out)
{
    struct image *image = &((struct meter *)r->device)->firmware.image;
    (void)o;
    (void)out;
    r->unchanged = true; /* no parameter */
    if (method == INITIATE) {
        return initiate(image, in);
    }
    if (method == BLOCK_TRANSFER) {
        return take_block(image, in);
    }
    enum status status = model_get_zero(in);
    if (status == STATUS_OK && method == VERIFY) {
        status = image_verify(image);
        return status == STATUS_MALFORMED ? STATUS_RANGE : status;
    }
    return status == STATUS_OK ? image_activate(image) : status;
}

const struct cosem_class class_image_transfer = {
    .id = 18,
    .version = 0,
    .attributes = 7,
    .methods = 4,
    .name = "Image transfer",
    .get = get,
    .set = set,
    .act = act,
};
