#include "CFold.h"

#include <string.h>

#include "versions.h"

enum { WIDTH = 32 };
typedef uint8_t block __attribute__((vector_size(WIDTH)));

// On x86-64 the loader picks the version for the processor at hand: AVX2 is two and a half times as fast as the SSE2
// that every one has.
IN_VERSIONS("avx2")
size_t cfold_ascii(const uint8_t *text, size_t length, uint8_t *result, bool *after_space) {
    size_t at = 0;
    // The last lane of the block before, as a mask: was it a space?
    block previous = {0};
    previous[WIDTH - 1] = *after_space ? 0xFF : 0;
    while (length - at >= WIDTH) {
        if (length - at > WIDTH && text[at + WIDTH] >= 0x80) break;
        block line;
        memcpy(&line, text + at, WIDTH);
        // Unsigned differences turn each range into one comparison.
        block breaks = (block)((line - 9) <= 4);
        line = (line & ~breaks) | (breaks & 0x20);
        block unusual = (block)((line - 0x20) > 0x5E);
        block spaces = (block)(line == 0x20);
        block shifted = __builtin_shufflevector(
            previous, spaces, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
            53, 54, 55, 56, 57, 58, 59, 60, 61, 62);
        if (__builtin_reduce_or(unusual | (spaces & shifted))) break;
        block capitals = (block)((line - 'A') <= 25);
        line |= capitals & 0x20;
        memcpy(result + at, &line, WIDTH);
        previous = spaces;
        at += WIDTH;
    }
    bool space = previous[WIDTH - 1] != 0;
    // What is left of the block or the text, up to the byte that needs the closer look.
    while (at < length && (length - at == 1 || text[at + 1] < 0x80)) {
        uint8_t byte = text[at];
        if ((uint8_t)(byte - 9) <= 4) byte = 0x20;
        if ((uint8_t)(byte - 0x20) > 0x5E || (byte == 0x20 && space)) break;
        space = byte == 0x20;
        result[at++] = (uint8_t)(byte - 'A') <= 25 ? byte | 0x20 : byte;
    }
    *after_space = space;
    return at;
}
