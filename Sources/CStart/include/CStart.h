// What is done once for the whole process, through functions of C that Swift cannot call: its module of the C library leaves
// their headers out, or they take a list of arguments of any length. The settings must be made before anything else.

#ifndef POSTERN_CSTART_H
#define POSTERN_CSTART_H

/// Bounds how many heaps threads may share.
///
/// By default there are eight for each processor, and each keeps what the busiest moment of its threads needed.
void cstart_limit_heaps(int count);

/// Lets every piece of memory of 128 KiB or more go back to the system when it is freed.
///
/// By default the first one freed decides that pieces of its size come from the heaps, where they stay and split them up.
void cstart_return_large_pieces(void);

/// Gives back the heap memory that nobody uses: reading a large policy takes far more than the policy keeps.
void cstart_trim_heaps(void);

/// Lets SQLite stop counting the memory it has.
///
/// Nobody asks for the count, and all threads that read or write would wait for one lock around it.
void cstart_leave_database_memory_uncounted(void);

/// Gives back the pages of code and constants that have been read so far; those that are needed again are mapped again.
///
/// Most of the program is read once, when something starts or is done for the first time, and serving needs a third of it.
/// The pages stay in the system's cache of files, where others may have their memory.
void cstart_forget_program(void);

#endif
