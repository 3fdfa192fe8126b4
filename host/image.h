/* blathy image: makes keys and images, and tells what an image is. */
#ifndef HOST_IMAGE_H
#define HOST_IMAGE_H

#include "host/cli.h"

enum cli_exit image_command(const struct cli_image *options);

#endif
