#include "CFold.h"

#include <string.h>

enum { WIDTH = 64 };
typedef uint8_t block __attribute__((ext_vector_type(WIDTH)));
typedef bool lanes __attribute__((ext_vector_type(WIDTH)));

static inline uint64_t bits(lanes lanes) {
    uint64_t mask;
    memcpy(&mask, &lanes, sizeof mask);
    return mask;
}

#if defined(__x86_64__)
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
ptrdiff_t cfold_squeeze(const uint8_t *text, size_t length, uint8_t *result) {
    size_t at = 0, out = 0;
    uint64_t after_space = 0;
    while (at < length) {
        block line;
        if (length - at >= WIDTH) {
            memcpy(&line, text + at, WIDTH);
        } else {
            line = 'a';
            memcpy(&line, text + at, length - at);
        }
        // Unsigned differences turn each range into one comparison.
        line = (line - 9 <= 4) ? (block)0x20 : line;
        if (__builtin_reduce_max(line - 0x20) > 0x5E) return -1;
        uint64_t spaces = bits(__builtin_convertvector(line == 0x20, lanes));
        line |= (line - 'A' <= 25) ? (block)0x20 : (block)0;
        memcpy(result + out, &line, WIDTH);
        uint64_t needless = spaces & (spaces << 1 | after_space);
        if (!needless) {
            size_t size = length - at < WIDTH ? length - at : WIDTH;
            after_space = size == WIDTH ? spaces >> 63 : 0;
            at += size;
            out += size;
            continue;
        }
        // What stands behind the needless spaces is copied anew, over what was copied too far to the right.
        unsigned kept = (unsigned)__builtin_ctzll(needless);
        uint64_t rest = ~(needless >> kept);
        unsigned left_out = rest ? (unsigned)__builtin_ctzll(rest) : WIDTH;
        at += kept + left_out;
        out += kept;
        after_space = 1;
    }
    return (ptrdiff_t)out;
}
