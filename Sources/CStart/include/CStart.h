// One setting of the C library's allocator, whose header Swift's module of that library leaves out.

#ifndef POSTERN_CMALLOC_H
#define POSTERN_CMALLOC_H

/// Bounds how many heaps threads may share; call it before there are many threads.
///
/// By default there are eight for each processor, and each keeps what the busiest moment of its threads needed.
void cmalloc_limit_heaps(int count);

#endif
