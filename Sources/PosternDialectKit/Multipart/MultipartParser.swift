/// One pass over a body, line by line in the heads and by a search for the boundary in between.
struct MultipartParser {
    private static let partLimit = 8
    private static let headLimit = 4096

    private let body: [UInt8]
    /// What ends a part: CR LF, two hyphens and the boundary; a body may begin with it, without the CR LF.
    private let delimiter: [UInt8]
    private var index = 0

    init(body: [UInt8], boundary: [UInt8]) {
        self.body = body
        delimiter = [0x0D, 0x0A, UInt8(ascii: "-"), UInt8(ascii: "-")] + boundary
    }

    mutating func parts() throws(MultipartProblem) -> [MultipartForm.Part] {
        var parts: [MultipartForm.Part] = []
        if body.starts(with: delimiter.dropFirst(2)) {
            index = delimiter.count - 2
        } else {
            _ = try content(from: 0)
        }
        while try !closes() {
            let start = index
            guard parts.count < Self.partLimit else { throw problem(.tooManyParts, at: start) }
            var part = try head()
            guard !parts.contains(where: { $0.name.equalsIgnoringCase(part.name) }) else {
                throw problem(.duplicateName, at: start)
            }
            part.content = try content(from: index - 2)
            parts.append(part)
        }
        return parts
    }

    /// Reads the rest of a boundary's line.
    ///
    /// - Returns: Whether it was the closing one.
    private mutating func closes() throws(MultipartProblem) -> Bool {
        let start = index - (delimiter.count - 2)
        let isLast = take("--")
        // Mail gateways used to pad lines (RFC 2046, `transport-padding`).
        while index < body.count, body[index] == 0x20 || body[index] == 0x09 { index += 1 }
        if take("\r\n") { return isLast }
        guard index == body.count else { throw problem(.badBoundary, at: start) }
        guard isLast else { throw problem(.endsEarly, at: index) }
        return true
    }

    /// Reads up to and past the next delimiter, looking from a place that may lie before the content: the line end that
    /// a part's content follows may be the delimiter's own.
    private mutating func content(from start: Int) throws(MultipartProblem) -> ArraySlice<UInt8> {
        let begin = index
        var at = start
        while at + delimiter.count <= body.count {
            // Most bytes are none of these, and need no slice.
            if body[at] == 0x0D, body[at + 1] == 0x0A, body[at + 2] == UInt8(ascii: "-"),
                body[at...].starts(with: delimiter)
            {
                index = at + delimiter.count
                return body[begin..<max(begin, at)]
            }
            at += 1
        }
        throw problem(.endsEarly, at: body.count)
    }

    /// Reads a part's fields up to and past the empty line.
    private mutating func head() throws(MultipartProblem) -> MultipartForm.Part {
        let start = index
        var disposition: FieldParameters?
        var contentType: String?
        while true {
            let begin = index
            let line = try line(ofHeadFrom: start)
            if line.isEmpty { break }
            let name = line.prefix { $0.isTokenCharacter }
            let value = line[name.endIndex...].dropFirst().trimmed
            guard !name.isEmpty, line[name.endIndex...].first == UInt8(ascii: ":"),
                value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }),
                let text = String(validating: value, as: UTF8.self)
            else { throw problem(.badHead, at: begin) }
            switch String(decoding: name.map(\.asciiLowercased), as: UTF8.self) {
            case "content-disposition":
                guard disposition == nil else { throw problem(.noName, at: start) }
                guard let read = FieldParameters(value) else { throw problem(.badHead, at: begin) }
                disposition = read
            case "content-type":
                guard contentType == nil else { throw problem(.badHead, at: begin) }
                let group = String(decoding: value.prefix(10), as: UTF8.self)
                guard !group.equalsIgnoringCase("multipart/") else {
                    throw problem(.nested, at: start)
                }
                contentType = text
            case "content-transfer-encoding":
                // Older senders say so about bytes that are as they are; RFC 7578 section 4.7 ended the field.
                guard ["binary", "8bit", "7bit"].contains(text.asciiLowercased()) else {
                    throw problem(.encoded, at: start)
                }
            default: break
            }
        }
        guard let disposition, disposition.value == "form-data", let name = disposition["name"],
            !name.isEmpty
        else { throw problem(.noName, at: start) }
        return MultipartForm.Part(
            name: name, fileName: disposition["filename"], contentType: contentType, content: [])
    }

    /// The next line of a head, without its end.
    private mutating func line(ofHeadFrom start: Int) throws(MultipartProblem) -> ArraySlice<UInt8>
    {
        let begin = index
        while index < body.count {
            guard index - start < Self.headLimit else { throw problem(.headTooLong, at: start) }
            let end = index
            if take("\r\n") { return body[begin..<end] }
            index += 1
        }
        throw problem(.endsEarly, at: body.count)
    }

    private mutating func take(_ text: StaticString) -> Bool {
        guard text.withUTF8Buffer({ body[index...].starts(with: $0) }) else { return false }
        index += text.utf8CodeUnitCount
        return true
    }

    private func problem(_ kind: MultipartProblem.Kind, at offset: Int) -> MultipartProblem {
        MultipartProblem(kind: kind, offset: offset)
    }
}
