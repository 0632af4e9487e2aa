#define _GNU_SOURCE
#include "CStart.h"

#include <link.h>
#include <malloc.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <unistd.h>

void cstart_trim_heaps(void) { malloc_trim(0); }

void cstart_limit_heaps(int count) { mallopt(M_ARENA_MAX, count); }

// What the library starts with, said as a setting: it then no longer raises it.
void cstart_return_large_pieces(void) { mallopt(M_MMAP_THRESHOLD, 128 * 1024); }

void cstart_leave_database_memory_uncounted(void) { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

// Only what was never writable is given back: what the loader wrote to and then protected would come back unwritten.
static int forget(struct dl_phdr_info *object, size_t size, void *ignored) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || part->p_flags & PF_W) continue;
        uintptr_t start = object->dlpi_addr + part->p_vaddr;
        uintptr_t end = start + part->p_memsz;
        start = (start + page - 1) & ~(page - 1);
        end &= ~(page - 1);
        if (start < end) madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 0;
}

void cstart_forget_program(void) { dl_iterate_phdr(forget, NULL); }
