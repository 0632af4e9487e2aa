// The few questions Postern asks of ICU, in types of C alone.
//
// Not a plain shim over ICU's headers, for two reasons: they rename each function to carry the library's version
// (`unorm2_normalize_72`), so Swift source written against them would build with one version only; and they define
// the same enumerations as the copy of ICU inside Foundation, which the compiler refuses to see in one program.

#ifndef POSTERN_CICU_H
#define POSTERN_CICU_H

#include <stdbool.h>
#include <stdint.h>

/// A bit for each property that `cicu_properties` reports.
enum {
    CICU_BOUNDARY_BEFORE = 1,
    CICU_WHITE_SPACE = 2,
    CICU_CONTROL = 4,
    CICU_JOINS_WORDS = 8,
    CICU_MARK = 16,
    CICU_LETTER = 32,
    CICU_LATIN = 64,
    CICU_KATAKANA = 128,
    CICU_EXTENDS = 256,
    /// It joins no words, and its normal form holds what does: `²`, `™`.
    CICU_JOINS_NORMALISED = 512,
};

/// The properties of a code point; 0 with `*failed` set when ICU has no data.
uint32_t cicu_properties(uint32_t code, bool *failed);

/// NFKC_Casefold of a run of UTF-16; the length of the result, or -1 on failure or lack of room.
int32_t cicu_nfkc_casefold(const uint16_t *run, int32_t length, uint16_t *result, int32_t capacity);

/// Simple case mappings.
uint32_t cicu_to_lower(uint32_t code);
uint32_t cicu_to_upper(uint32_t code);

/// Opens a checker for `cicu_skeleton`; NULL when ICU has no data.
void *cicu_spoof_open(void);
void cicu_spoof_close(void *checker);

/// The UTS #39 skeleton of a run of UTF-16; the length of the result, or -1 on failure or lack of room.
int32_t cicu_skeleton(
    const void *checker, const uint16_t *run, int32_t length, uint16_t *result, int32_t capacity);

/// The version of the Unicode tables and of ICU, such as "72.1".
const char *cicu_version(void);

#endif
