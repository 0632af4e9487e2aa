#include "CMalloc.h"

#include <malloc.h>

void cmalloc_limit_heaps(int count) { mallopt(M_ARENA_MAX, count); }
