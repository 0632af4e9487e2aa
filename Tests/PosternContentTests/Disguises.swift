import Testing

/// One way to write the banned word `banned` or the banned phrase `secret plan` so that a plain
/// search misses it.
struct Disguise: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    var testDescription: String { name }

    init(_ name: String, _ text: String) {
        self.name = name
        self.text = text
    }

    /// Disguises for every part of a message.
    static let ofText: [Disguise] = [
        Disguise("capitals", "BaNNeD"),
        Disguise("fullwidth letters", "ｂａｎｎｅｄ"),
        Disguise("mathematical bold", "𝐛𝐚𝐧𝐧𝐞𝐝"),
        Disguise("mathematical script and fraktur", "𝓫𝔞𝓷𝔫𝓮𝔡"),
        Disguise("mathematical double-struck", "𝕓𝕒𝕟𝕟𝕖𝕕"),
        Disguise("mathematical monospace capitals", "𝙱𝙰𝙽𝙽𝙴𝙳"),
        Disguise("circled letters", "ⓑⓐⓝⓝⓔⓓ"),
        Disguise("parenthesised capitals squared", "🄱🄰🄽🄽🄴🄳"),
        Disguise("negative squared letters", "🅱🅰🅽🅽🅴🅳"),
        Disguise("negative circled letters", "🅑🅐🅝🅝🅔🅓"),
        Disguise("regional indicators", "🇧🇦🇳🇳🇪🇩"),
        Disguise("superscript letters", "ᵇᵃⁿⁿᵉᵈ"),
        Disguise("small capitals", "ʙᴀɴɴᴇᴅ"),
        Disguise("zero width space", "ban\u{200B}ned"),
        Disguise("zero width joiner and non-joiner", "b\u{200D}an\u{200C}ned"),
        Disguise("soft hyphen", "ban\u{AD}ned"),
        Disguise("word joiner and byte order mark", "ba\u{2060}nn\u{FEFF}ed"),
        Disguise("bidirectional marks", "ba\u{200E}nn\u{200F}ed"),
        Disguise("bidirectional override and isolate", "\u{202D}ban\u{202C}\u{2066}ned\u{2069}"),
        Disguise("variation selectors", "b\u{FE0F}anned\u{E0100}"),
        Disguise("tag characters", "ban\u{E0061}\u{E007F}ned"),
        Disguise("combining grapheme joiner", "ba\u{34F}nned"),
        Disguise("Mongolian vowel separator", "ban\u{180E}ned"),
        Disguise("Hangul fillers", "ban\u{3164}ned"),
        Disguise("invisible mathematics", "ba\u{2062}nn\u{2063}ed"),
        Disguise("control characters", "ba\u{1}nn\u{7F}ed\u{85}"),
        Disguise("stroke overlays", "b\u{336}a\u{336}n\u{336}n\u{336}e\u{336}d\u{336}"),
        Disguise(
            "piled marks",
            "b\u{34C}\u{316}a\u{301}\u{489}n\u{334}n\u{30A}\u{321}e\u{301}\u{353}d\u{31B}"),
        Disguise("one Cyrillic letter", "b\u{430}nned"),
        Disguise("Cyrillic letters", "b\u{430}nn\u{435}d"),
        Disguise("Cyrillic capitals", "\u{412}\u{410}NN\u{415}D"),
        Disguise("Greek capitals", "\u{392}\u{391}\u{39D}\u{39D}\u{395}D"),
        Disguise("Greek small letters", "b\u{3B1}\u{3B7}\u{3B7}ed"),
        Disguise("Cherokee and Armenian letters", "b\u{13AA}\u{578}\u{578}\u{435}d"),
        Disguise("an accent beside a Cyrillic letter", "b\u{430}nn\u{E9}d"),
        Disguise("Latin alpha of phonetics", "b\u{251}nned"),
        Disguise("capital I with dot and friends", "SECRET PLAN"),
        Disguise("no-break space in a phrase", "secret\u{A0}plan"),
        Disguise("ideographic and thin spaces in a phrase", "secret\u{3000}\u{2009}plan"),
        Disguise("Braille blank in a phrase", "secret\u{2800}plan"),
        Disguise("line break in a phrase", "secret\r\n\t plan"),
        Disguise("line separators in a phrase", "secret\u{2028}\u{2029}plan"),
        Disguise("ligature in quotes", "“banned”"),
        Disguise("emphasis by underscores", "_banned_"),
        Disguise("possessive", "banned\u{2019}s"),
        Disguise("punctuation around", "(banned)!"),
        Disguise("emoji around", "😀banned😀"),
        Disguise("emoji of a colour before", "👍🏿banned"),
        Disguise("emoji of a colour around", "🏿banned👍🏿"),
        Disguise("acute accents by themselves", "´banned´"),
        Disguise("other accents by themselves", "¨banned¯"),
        Disguise("cedilla and tilde by themselves", "¸banned˜"),
        Disguise("marks on nothing", " \u{301}\u{316}banned"),
        Disguise("Katakana around", "パスワードbannedパスワード"),
        Disguise("a voiced sound mark by itself", "゛banned"),
    ]

    /// Disguises that only HTML offers.
    static let ofHTML: [Disguise] = [
        Disguise("inline tags", "ba<b>n</b>ned"),
        Disguise("inline tags in capitals with attributes", "b<SPAN CLASS='x>y'>anned</SPAN>"),
        Disguise("word break opportunity", "ban<wbr>ned"),
        Disguise("an image", "ban<img src=x>ned"),
        Disguise("a tag never opened", "ban</i>ned"),
        Disguise("an unknown element", "ban<x-y/>ned"),
        Disguise("a comment", "ban<!-- harmless -->ned"),
        Disguise("an empty comment", "ban<!-->ned"),
        Disguise("a comment closed oddly", "ban<!-- x --!>ned"),
        Disguise("a declaration", "ban<!DOCTYPE x>ned"),
        Disguise("a processing instruction", "ban<?php echo 1?>ned"),
        Disguise("a CDATA section", "ban<![CDATA[x]]>ned"),
        Disguise("an end tag without a name", "ban</ >ned"),
        Disguise("decimal references", "&#98;&#97;&#110;&#110;&#101;&#100;"),
        Disguise("hexadecimal references", "&#x62;&#X61;nned"),
        Disguise("references without semicolons", "&#98&#97nned"),
        Disguise("references with leading zeros", "&#00000000000000000098;anned"),
        Disguise("a soft hyphen by name", "ban&shy;ned"),
        Disguise("a soft hyphen without semicolon", "ban&shyned"),
        Disguise("zero width space by name", "ban&ZeroWidthSpace;ned"),
        Disguise("zero width joiner by name", "ban&zwj;ned"),
        Disguise("direction mark by name", "ban&lrm;ned"),
        Disguise("mathematical letters by name", "&bopf;&aopf;&nopf;&nopf;&eopf;&dopf;"),
        Disguise("Cyrillic by name", "b&acy;nned"),
        Disguise("reference to fullwidth", "&#xFF42;anned"),
        Disguise("no-break space by name in a phrase", "secret&nbsp;plan"),
        Disguise("no-break space without semicolon", "secret&nbspplan"),
        Disguise("line break tag in a phrase", "secret<br/>plan"),
        Disguise("blocks in a phrase", "<p>secret</p><p>plan</p>"),
        Disguise("table cells in a phrase", "<td>secret</td>\n<td>plan"),
        Disguise("a style element", "ban<style>x{}</style>ned"),
        Disguise("a script with tags in it", "ban<script>'</i>' < 1</script >ned"),
        Disguise("hidden by style", "ban<span style='display: none'>xyz</span>ned"),
        Disguise("hidden by attribute", "ban<i hidden>x<i>y</i></i>ned"),
        Disguise("hidden by size", "ban<font style=\"font-size:0px\">x</font>ned"),
        Disguise("a template", "ban<template>x</template>ned"),
        Disguise("seemingly hidden", "<p style='display:none;display:block'>banned</p>"),
        Disguise("after a less-than sign", "1 < 2 banned"),
        Disguise("after an ampersand", "Q&A & banned"),
    ]
}
