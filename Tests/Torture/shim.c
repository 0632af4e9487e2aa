// Makes system calls on chosen files fail on order, while the program runs.
//
// Preloaded into the gateway; ordered about through a file that both sides map (see shim.py for its layout).
// With `drop` set, a sync that fails also takes back what was written since the last good one: that is what
// the page cache does with dirty pages whose write-back failed.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SYNC = 1, WRITE = 2 };

struct orders {
    int32_t armed;      // kinds of call that fail; 0 for none
    int32_t error;      // errno they fail with
    int32_t countdown;  // matching calls that still succeed
    int32_t remaining;  // calls to fail then; negative for all
    int32_t drop;       // take back what was not synced
    int32_t partial;    // the first failing write writes half
    int32_t matched;    // matching calls seen while armed
    int32_t failed;     // calls failed
    char folders[2][256];
    char last[256];     // the last file that failed
    double failedAt;    // CLOCK_MONOTONIC of the first failure
    char only[64];      // how the paths end of those that fail; empty for any
    int32_t spreads;    // once one has failed, those with other endings fail too
};

struct undo {
    struct undo *next;
    dev_t device;
    ino_t inode;
    off_t offset, size;
    size_t length;
    char bytes[];
};

static struct orders *orders;
static struct undo *undos;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static ssize_t (*realWrite)(int, const void *, size_t);
static ssize_t (*realPwrite)(int, const void *, size_t, off64_t);
static int (*realFsync)(int), (*realFdatasync)(int);
static int (*realTruncate)(int, off64_t);

__attribute__((constructor)) static void prepare(void) {
    realWrite = dlsym(RTLD_NEXT, "write");
    realPwrite = dlsym(RTLD_NEXT, "pwrite64");
    realFsync = dlsym(RTLD_NEXT, "fsync");
    realFdatasync = dlsym(RTLD_NEXT, "fdatasync");
    realTruncate = dlsym(RTLD_NEXT, "ftruncate64");
    const char *path = getenv("TORTURE_ORDERS");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0) return;
    void *map = mmap(NULL, sizeof *orders, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map != MAP_FAILED) orders = map;
    close(fd);
}

// The file's path when it lies in one of the folders.
static int chosen(int fd, char *path, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    for (int i = 0; i < 2; i++) {
        size_t prefix = strlen(orders->folders[i]);
        if (prefix && strncmp(path, orders->folders[i], prefix) == 0) return 1;
    }
    return 0;
}

// Whether this call fails now; half is set when a write is to write half first.
static int fails(int fd, int kind, int *half) {
    if (!orders || !(orders->armed & kind)) return 0;
    char path[512];
    int keep = errno;
    int mine = chosen(fd, path, sizeof path);
    errno = keep;
    size_t ending = strlen(orders->only), length = mine ? strlen(path) : 0;
    if (!mine) return 0;
    if ((length < ending || strcmp(path + length - ending, orders->only) != 0) &&
        !(orders->spreads && orders->failed)) return 0;
    pthread_mutex_lock(&lock);
    int failing = 0;
    orders->matched++;
    if (orders->countdown > 0) {
        orders->countdown--;
    } else if (orders->remaining != 0) {
        if (orders->remaining > 0) orders->remaining--;
        if (orders->failed++ == 0) {
            struct timespec now;
            clock_gettime(CLOCK_MONOTONIC, &now);
            orders->failedAt = now.tv_sec + now.tv_nsec / 1e9;
            if (half && orders->partial) *half = 1;
        }
        strncpy(orders->last, path, sizeof orders->last - 1);
        failing = 1;
    }
    pthread_mutex_unlock(&lock);
    if (failing) errno = orders->error;
    return failing;
}

static void remember(int fd, off_t offset, size_t length) {
    if (!orders || !orders->drop) return;
    char path[512];
    struct stat status;
    int keep = errno;
    if (chosen(fd, path, sizeof path) && !strstr(path, "-shm") && fstat(fd, &status) == 0) {
        struct undo *undo = malloc(sizeof *undo + length);
        if (undo) {
            // A descriptor for writing alone cannot be read, so the file is opened once more. Closing it would drop
            // SQLite's locks (POSIX), which are on files opened for both, so those are read as they are.
            ssize_t got = pread64(fd, undo->bytes, length, offset);
            if (got < 0) {
                char link[64];
                snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
                int again = open(link, O_RDONLY | O_CLOEXEC);
                got = again < 0 ? 0 : pread64(again, undo->bytes, length, offset);
                if (again >= 0) close(again);
            }
            undo->device = status.st_dev, undo->inode = status.st_ino;
            undo->offset = offset, undo->size = status.st_size;
            undo->length = got > 0 ? got : 0;
            pthread_mutex_lock(&lock);
            undo->next = undos, undos = undo;
            pthread_mutex_unlock(&lock);
        }
    }
    errno = keep;
}

// Forgets what a good sync kept, or takes back what a failed one lost, newest first.
static void settle(int fd, int lost) {
    if (!orders || !orders->drop) return;
    struct stat status;
    int keep = errno;
    if (fstat(fd, &status) != 0) return;
    pthread_mutex_lock(&lock);
    for (struct undo **at = &undos; *at;) {
        struct undo *undo = *at;
        if (undo->device != status.st_dev || undo->inode != status.st_ino) {
            at = &undo->next;
            continue;
        }
        if (lost) {
            // The size is the inode's and stays; the content of lost pages is what the disk has, or nothing.
            if (undo->length) realPwrite(fd, undo->bytes, undo->length, undo->offset);
            off_t from = undo->offset + undo->length;
            static const char zeros[65536];
            for (off_t end = status.st_size; undo->size <= from && from < end;) {
                size_t part = end - from < (off_t)sizeof zeros ? end - from : sizeof zeros;
                ssize_t done = realPwrite(fd, zeros, part, from);
                if (done <= 0) break;
                from += done;
            }
        }
        *at = undo->next;
        free(undo);
    }
    pthread_mutex_unlock(&lock);
    errno = keep;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    int half = 0;
    if (fails(fd, WRITE, &half)) return half && length > 1 ? realWrite(fd, bytes, length / 2) : -1;
    if (orders && orders->drop) {
        int keep = errno;
        off_t at = lseek64(fd, 0, SEEK_CUR);
        errno = keep;
        if (at >= 0) remember(fd, at, length);
    }
    return realWrite(fd, bytes, length);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    int half = 0;
    if (fails(fd, WRITE, &half))
        return half && length > 1 ? realPwrite(fd, bytes, length / 2, offset) : -1;
    remember(fd, offset, length);
    return realPwrite(fd, bytes, length, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    return pwrite64(fd, bytes, length, offset);
}

int ftruncate64(int fd, off64_t size) {
    struct stat status;
    // Making a file smaller needs no room.
    if (fstat(fd, &status) == 0 && size > status.st_size && fails(fd, WRITE, NULL)) return -1;
    return realTruncate(fd, size);
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int fsync(int fd) {
    if (fails(fd, SYNC, NULL)) { settle(fd, 1); return -1; }
    int result = realFsync(fd);
    if (result == 0) settle(fd, 0);
    return result;
}

int fdatasync(int fd) {
    if (fails(fd, SYNC, NULL)) { settle(fd, 1); return -1; }
    int result = realFdatasync(fd);
    if (result == 0) settle(fd, 0);
    return result;
}
