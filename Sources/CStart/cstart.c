#include "CStart.h"

#include <malloc.h>
#include <sqlite3.h>

void cstart_limit_heaps(int count) { mallopt(M_ARENA_MAX, count); }

void cstart_leave_database_memory_uncounted(void) { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
