#include "CFold.h"

#include <string.h>

#include "versions.h"

enum { WIDTH = 64 };
typedef uint8_t block __attribute__((ext_vector_type(WIDTH)));
typedef bool lanes __attribute__((ext_vector_type(WIDTH)));

static inline uint64_t load(const uint8_t *bytes) {
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    return value;
}

// The first eight bytes and the last eight tell nearly all words apart; the table compares whole words anyway.
static inline uint64_t hash_of(const uint8_t *token, size_t length) {
    size_t behind = length < 8 ? 8 : length;
    uint64_t mask = ~(uint64_t)0 >> (behind - length) * 8;
    uint64_t first = load(token) & mask;
    uint64_t last = load(token + behind - 8) & mask;
    return (first ^ (last << 23 | last >> 41) ^ length) * 0x9E3779B97F4A7C15u;
}

// Two bits of one word. The best bits of a product are its high ones: the first 16 at most choose the word.
static inline uint64_t bits_of(uint64_t hash) {
    return (uint64_t)1 << (hash >> 42 & 63) | (uint64_t)1 << (hash >> 36 & 63);
}

uint64_t cfold_hash(const uint8_t *word, size_t length) { return hash_of(word, length); }

void cfold_enter(struct cfold_filter filter, uint64_t hash) { filter.words[hash >> filter.shift] |= bits_of(hash); }

// A bit for each of 64 bytes: is it a small letter or a digit?
static inline __attribute__((always_inline)) uint64_t word_bytes(const uint8_t *text) {
    block line;
    memcpy(&line, text, WIDTH);
    lanes joined = __builtin_convertvector((line - 'a' <= 25) | (line - '0' <= 9), lanes);
    uint64_t mask;
    memcpy(&mask, &joined, sizeof mask);
    return mask;
}

IN_VERSIONS("arch=x86-64-v4", "arch=x86-64-v3")
size_t cfold_tokens(
    const uint8_t *text, size_t length, size_t *from, struct cfold_filter filter, struct cfold_token *found,
    size_t room) {
    size_t at = *from;
    size_t count = 0;
    // Blocks begin at multiples of their width, so going on sees the same ones.
    uint64_t before = at > 0 ? word_bytes(text + at - WIDTH) >> 63 : 0;
    uint64_t joined = word_bytes(text + at);
    for (; at < length && room - count >= WIDTH / 2; at += WIDTH) {
        uint64_t next = word_bytes(text + at + WIDTH);
        if (length - at < WIDTH) joined &= ((uint64_t)1 << (length - at)) - 1;
        if (length - at < 2 * WIDTH) next &= length - at <= WIDTH ? 0 : ((uint64_t)1 << (length - at - WIDTH)) - 1;
        uint64_t starts = joined & ~(joined << 1 | before);
        // Most words of a text are shorter than any word of a list.
        for (unsigned byte = 1; byte < filter.least; byte++) starts &= joined >> byte | next << (WIDTH - byte);
        // A token that reaches the next block goes on there; one that fills that as well is no word, and a part of it
        // is as good as all of it.
        unsigned behind = ~next ? (unsigned)__builtin_ctzll(~next) : WIDTH;
        while (starts) {
            unsigned place = (unsigned)__builtin_ctzll(starts);
            uint64_t rest = ~(joined >> place);
            unsigned size = rest ? (unsigned)__builtin_ctzll(rest) : WIDTH;
            if (place + size == WIDTH) size += behind;
            starts &= starts - 1;
            uint64_t hash = hash_of(text + at + place, size);
            uint64_t wanted = bits_of(hash);
            if (__builtin_expect((filter.words[hash >> filter.shift] & wanted) == wanted, 0))
                found[count++] = (struct cfold_token){(uint32_t)(at + place), (uint32_t)(hash >> 32)};
        }
        before = joined >> 63;
        joined = next;
    }
    *from = at < length ? at : length;
    return count;
}
