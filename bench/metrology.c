/* How fast the metrology core is. Prints samples per second and how much faster than real time that is, best of five
 * runs. With a number of samples it only feeds the core that many, so that instructions can be counted: bench/run.
 */
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "host/frontend.h"
#include "meter/metrology.h"

enum { RATE_HZ = 8000, SECONDS = 20, RUNS = 5 };

static struct board_sample samples[RATE_HZ];

static int64_t feed(struct metrology *m, size_t count)
{
    int64_t energy_nj = 0;
    for (size_t done = 0; done < count;) {
        size_t from = done % RATE_HZ;
        size_t left = count - done < RATE_HZ - from ? count - done : RATE_HZ - from;
        struct metrology_window w;
        bool ended;
        done += metrology_add(m, samples + from, left, &w, &ended);
        energy_nj += ended ? w.energy.active_import_nj : 0;
    }
    return energy_nj;
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int main(int argc, char **argv)
{
    struct frontend f;
    struct frontend_parameters p = frontend_nominal(RATE_HZ);
    struct frontend_signal signal = {
        .frequency_hz = 50, .voltage_v = 230, .current_a = 5, .neutral_a = 5, .phase_deg = 30
    };
    struct metrology m;
    frontend_init(&f, &p);
    frontend_set(&f, &signal);
    frontend_read(&f, samples, RATE_HZ); /* whole cycles: the second may be repeated */
    if (metrology_init(&m, &metrology_nominal, RATE_HZ) != STATUS_OK) {
        return 1;
    }
    if (argc > 1) {
        printf("%lld nJ\n", (long long)feed(&m, strtoul(argv[1], NULL, 10)));
        return 0;
    }
    double best_s = 1e9;
    int64_t energy_nj = 0;
    for (int run = 0; run < RUNS; run++) {
        double start_s = now_s();
        energy_nj += feed(&m, SECONDS * RATE_HZ);
        double spent_s = now_s() - start_s;
        best_s = spent_s < best_s ? spent_s : best_s;
    }
    printf("metrology: %.1f million samples/s, %.0f times real time at %d samples/s (%.1f ns a sample; %lld nJ)\n",
           SECONDS * RATE_HZ / best_s * 1e-6, SECONDS / best_s, RATE_HZ, best_s / (SECONDS * RATE_HZ) * 1e9,
           (long long)energy_nj);
    return 0;
}
