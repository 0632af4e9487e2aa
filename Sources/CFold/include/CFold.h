// The loops of Postern that are written in C: Swift's vector types compare lane by lane in places, and the passes
// over plain ASCII must not cost more than the search after them.

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

/// Copies plain ASCII as `cfold_ascii` does, white space of any length made one space.
///
/// Nobody is told what was left out: this is for texts in which nothing will be found. `result` needs room for
/// `length` and 64 bytes more. Returns how many bytes were written; -1 when the text holds anything but
/// printable ASCII and white space.
ptrdiff_t cfold_squeeze(const uint8_t *text, size_t length, uint8_t *result);

/// Which words a table holds: a set of hashes that sometimes says yes wrongly and never no.
struct cfold_filter {
    /// `1 << (64 - shift)` of them, at most 65,536; each hash has two bits in one.
    uint64_t *words;
    unsigned shift;
    /// The length of the shortest word entered, from 1 to 63.
    unsigned least;
};

/// A token that the filter lets through.
struct cfold_token {
    /// Where it begins.
    uint32_t start;
    /// The upper half of its number.
    uint32_t tag;
};

/// A number for a word of small ASCII letters and digits, 63 bytes at most.
///
/// 8 bytes must be readable whatever its length.
uint64_t cfold_hash(const uint8_t *word, size_t length);

/// Enters a word's number into a filter.
void cfold_enter(struct cfold_filter filter, uint64_t hash);

/// Looks for tokens, the longest runs of small ASCII letters and digits, that a filter lets through.
///
/// 128 bytes behind the end of the text must be readable. `*from` says where to begin, at first 0, and is moved to where
/// to go on; the text is done when it reaches `length`. Returns how many tokens were found, `room` of them at most, which
/// is no less than 32.
size_t cfold_tokens(
    const uint8_t *text, size_t length, size_t *from, struct cfold_filter filter, struct cfold_token *found,
    size_t room);

#endif
