// Settings of C libraries that hold for the whole process and must be made before it does anything else. Swift's module of
// the C library leaves the allocator's header out, and SQLite's function takes a list of arguments of any length.

#ifndef POSTERN_CSTART_H
#define POSTERN_CSTART_H

/// Bounds how many heaps threads may share.
///
/// By default there are eight for each processor, and each keeps what the busiest moment of its threads needed.
void cstart_limit_heaps(int count);

/// Lets SQLite stop counting the memory it has.
///
/// Nobody asks for the count, and all threads that read or write would wait for one lock around it.
void cstart_leave_database_memory_uncounted(void);

#endif
