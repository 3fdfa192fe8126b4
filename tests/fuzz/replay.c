/* The main program of a fuzz target in a build without libFuzzer: runs it on each file named. */
#include <stdio.h>

#include "fuzz.h"

enum { INPUT_MAX = 1 << 20 };

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        uint8_t *data = malloc(INPUT_MAX);
        if (file == NULL || data == NULL) {
            fprintf(stderr, "cannot read %s\n", argv[i]);
            return 1;
        }
        size_t size = fread(data, 1, INPUT_MAX, file);
        uint8_t *exact = malloc(size > 0 ? size : 1); /* so that the sanitizer sees its end */
        if (exact == NULL) {
            return 1;
        }
        for (size_t k = 0; k < size; k++) {
            exact[k] = data[k];
        }
        LLVMFuzzerTestOneInput(exact, size);
        free(exact);
        free(data);
        fclose(file);
    }
    printf("%d inputs\n", argc - 1);
    return 0;
}
