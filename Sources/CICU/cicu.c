#include "CICU.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/uspoof.h>
#include <unicode/uversion.h>

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
    switch (u_getIntPropertyValue(c, UCHAR_WORD_BREAK)) {
        case U_WB_ALETTER:
        case U_WB_HEBREW_LETTER:
        case U_WB_NUMERIC:
            bits |= CICU_JOINS_WORDS;
            break;
        case U_WB_KATAKANA:
            bits |= CICU_JOINS_WORDS | CICU_KATAKANA;
            break;
        case U_WB_EXTEND:
            // The colours of emoji extend too, and are no part of any word.
            if (U_GET_GC_MASK(c) & U_GC_M_MASK) bits |= CICU_JOINS_WORDS | CICU_EXTENDS;
            break;
    }
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
