#include "CICU.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/uspoof.h>
#include <unicode/utf16.h>
#include <unicode/uversion.h>

// How a character joins words, by UAX #29.
static uint32_t joining(UChar32 c) {
    switch (u_getIntPropertyValue(c, UCHAR_WORD_BREAK)) {
        case U_WB_ALETTER:
        case U_WB_HEBREW_LETTER:
        case U_WB_NUMERIC:
            return CICU_JOINS_WORDS;
        case U_WB_KATAKANA:
            return CICU_JOINS_WORDS | CICU_KATAKANA;
        case U_WB_EXTEND:
            // The colours of emoji extend too, and are no part of any word.
            return U_GET_GC_MASK(c) & U_GC_M_MASK ? CICU_JOINS_WORDS | CICU_EXTENDS : 0;
        default:
            return 0;
    }
}

// Whether the normal form of a character holds a letter or digit that joins words. A mark alone does not count: the
// Thai vowel U+0E33 becomes one with another vowel, and is no more of a boundary as it is written.
static bool joins_normalised(const UNormalizer2 *normalizer, UChar32 c) {
    // 18 units are the most (UAX #15, section 15).
    UChar normal[32];
    UErrorCode status = U_ZERO_ERROR;
    int32_t length = unorm2_getDecomposition(normalizer, c, normal, 32, &status);
    if (U_FAILURE(status)) return false;
    // The length is negative where the character is its own normal form.
    for (int32_t at = 0; at < length;) {
        UChar32 part;
        U16_NEXT(normal, at, length, part);
        if ((joining(part) & (CICU_JOINS_WORDS | CICU_EXTENDS)) == CICU_JOINS_WORDS) return true;
    }
    return false;
}

uint32_t cicu_properties(uint32_t code, bool *failed) {
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *normalizer = unorm2_getNFKCCasefoldInstance(&status);
    *failed = U_FAILURE(status);
    if (*failed) return 0;
    UChar32 c = (UChar32)code;
    uint32_t bits = 0;
    if (unorm2_hasBoundaryBefore(normalizer, c)) bits |= CICU_BOUNDARY_BEFORE;
    if (u_isUWhiteSpace(c)) bits |= CICU_WHITE_SPACE;
    int8_t category = u_charType(c);
    if (category == U_CONTROL_CHAR) bits |= CICU_CONTROL;
    if (category == U_NON_SPACING_MARK || category == U_ENCLOSING_MARK) {
        bits |= CICU_MARK;
    } else if (u_isUAlphabetic(c)) {
        bits |= CICU_LETTER;
    }
    uint32_t joins = joining(c);
    bits |= joins;
    if (!joins && joins_normalised(normalizer, c)) bits |= CICU_JOINS_NORMALISED;
    if (uscript_getScript(c, &status) == USCRIPT_LATIN) bits |= CICU_LATIN;
    return bits;
}

int32_t cicu_nfkc_casefold(const uint16_t *run, int32_t length, uint16_t *result, int32_t capacity) {
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *normalizer = unorm2_getNFKCCasefoldInstance(&status);
    int32_t count =
        unorm2_normalize(normalizer, (const UChar *)run, length, (UChar *)result, capacity, &status);
    return U_FAILURE(status) ? -1 : count;
}

uint32_t cicu_to_lower(uint32_t code) { return (uint32_t)u_tolower((UChar32)code); }
uint32_t cicu_to_upper(uint32_t code) { return (uint32_t)u_toupper((UChar32)code); }

void *cicu_spoof_open(void) {
    UErrorCode status = U_ZERO_ERROR;
    USpoofChecker *checker = uspoof_open(&status);
    return U_FAILURE(status) ? NULL : checker;
}

void cicu_spoof_close(void *checker) { uspoof_close(checker); }

int32_t cicu_skeleton(
    const void *checker, const uint16_t *run, int32_t length, uint16_t *result, int32_t capacity) {
    UErrorCode status = U_ZERO_ERROR;
    int32_t count = uspoof_getSkeleton(
        checker, 0, (const UChar *)run, length, (UChar *)result, capacity, &status);
    return U_FAILURE(status) ? -1 : count;
}

const char *cicu_version(void) { return U_ICU_VERSION; }
