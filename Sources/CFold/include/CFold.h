// The one loop of Postern that is written in C: Swift's vector types compare lane by lane in places, and the
// pass over plain ASCII must not cost more than the search after it.

#ifndef POSTERN_CFOLD_H
#define POSTERN_CFOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Copies plain ASCII, capitals made small and line breaks and tabs made spaces.
///
/// It stops before the first byte that needs a closer look: anything but printable ASCII and white space, a white
/// space after another, and what stands before a byte that may begin a combining character.
///
/// `result` needs room for `length` bytes. `*after_space` says whether the text so far ends with a space, and is kept
/// up to date. Returns how many bytes were copied.
size_t cfold_ascii(const uint8_t *text, size_t length, uint8_t *result, bool *after_space);

#endif
