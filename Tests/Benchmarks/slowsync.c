/* Preloaded into a server, it makes every sync of a file take at least SLOWSYNC_MICROSECONDS: a slower disk, the
   same for Postern and its peers. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void pause_for_disk(void) {
    static long microseconds = -1;
    if (microseconds < 0) {
        const char *setting = getenv("SLOWSYNC_MICROSECONDS");
        microseconds = setting ? atol(setting) : 0;
    }
    struct timespec time = {microseconds / 1000000, microseconds % 1000000 * 1000};
    nanosleep(&time, NULL);
}

int fdatasync(int descriptor) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    pause_for_disk();
    return real(descriptor);
}

int fsync(int descriptor) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    pause_for_disk();
    return real(descriptor);
}
