#include "CFold.h"

#include <string.h>

#include "versions.h"

enum { WIDTH = 64 };
typedef uint8_t block __attribute__((ext_vector_type(WIDTH)));
typedef bool lanes __attribute__((ext_vector_type(WIDTH)));

// Blocks are passed by address: as values they would need one instruction set throughout.
#define INLINE static inline __attribute__((always_inline))

INLINE uint64_t unusual_in(const block *line) {
    lanes found = __builtin_convertvector(*line - 0x20 > 0x5E, lanes);
    uint64_t mask;
    memcpy(&mask, &found, sizeof mask);
    return mask;
}

INLINE uint64_t spaces_in(const block *line) {
    lanes found = __builtin_convertvector(*line == 0x20, lanes);
    uint64_t mask;
    memcpy(&mask, &found, sizeof mask);
    return mask;
}

INLINE void make_breaks_spaces(block *line) { *line = (*line - 9 <= 4) ? (block)0x20 : *line; }

INLINE void make_small(block *line) { *line |= (*line - 'A' <= 25) ? (block)0x20 : (block)0; }

IN_VERSIONS("arch=x86-64-v4", "arch=x86-64-v3")
ptrdiff_t cfold_squeeze(const uint8_t *text, size_t length, uint8_t *result) {
    size_t at = 0, out = 0;
    uint64_t after_space = 0;
    // So many blocks are taken one by one: where one has something to leave out, the next often has.
    unsigned alone = 0;
    while (at < length) {
        // Two blocks with nothing to leave out, the usual case.
        while (!alone && length - at >= 2 * WIDTH) {
            block first, second;
            memcpy(&first, text + at, WIDTH);
            memcpy(&second, text + at + WIDTH, WIDTH);
            make_breaks_spaces(&first);
            make_breaks_spaces(&second);
            uint64_t spaces = spaces_in(&first), more = spaces_in(&second);
            if (unusual_in(&first) | unusual_in(&second) | (spaces & (spaces << 1 | after_space)) |
                (more & (more << 1 | spaces >> 63)))
                break;
            make_small(&first);
            make_small(&second);
            memcpy(result + out, &first, WIDTH);
            memcpy(result + out + WIDTH, &second, WIDTH);
            after_space = more >> 63;
            at += 2 * WIDTH;
            out += 2 * WIDTH;
        }
        size_t size = length - at < WIDTH ? length - at : WIDTH;
        block line = 'a';
        if (size == WIDTH) {
            memcpy(&line, text + at, WIDTH);
        } else {
            memcpy(&line, text + at, size);
        }
        make_breaks_spaces(&line);
        if (unusual_in(&line)) return -1;
        uint64_t spaces = spaces_in(&line);
        make_small(&line);
        memcpy(result + out, &line, WIDTH);
        uint64_t needless = spaces & (spaces << 1 | after_space);
        if (!needless) {
            after_space = spaces >> 63;
            at += size;
            out += size;
            if (alone) alone--;
            continue;
        }
        // What stands behind the needless spaces is copied anew, over what was copied too far to the right.
        unsigned kept = (unsigned)__builtin_ctzll(needless);
        uint64_t rest = ~(needless >> kept);
        at += kept + (rest ? (unsigned)__builtin_ctzll(rest) : WIDTH);
        out += kept;
        after_space = 1;
        alone = 4;
    }
    return (ptrdiff_t)out;
}
