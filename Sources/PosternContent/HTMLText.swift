/// HTML as the text its reader sees, for places that show none.
public enum HTMLText {
    /// The visible text of HTML: what styling hides is left out, and white space is put in order.
    ///
    /// Where elements are too deep inside each other to be followed, it ends.
    ///
    /// Lines and words end where blocks and words do; spaces in a row become one, empty lines in a row become one. Of links
    /// and pictures nothing is left but their words.
    public static func visible(in html: String) -> String {
        var html = html
        let output = MappedText(capacity: max(64, html.utf8.count))
        html.withUTF8 { bytes in
            _ = VisibleText.extract(bytes, .hidden, into: output)
        }
        let text = String(decoding: output.buffer, as: UTF8.self)
        var lines: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let words = line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            if !words.isEmpty || lines.last.map({ !$0.isEmpty }) ?? false { lines.append(words) }
        }
        if lines.last?.isEmpty ?? false { lines.removeLast() }
        return lines.joined(separator: "\n")
    }
}
