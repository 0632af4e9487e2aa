/// A body of the type `multipart/form-data`, read: RFC 7578, by the grammar of RFC 2046 section 5.1.
public struct MultipartForm: Sendable, Equatable {
    /// One part: a form's field, or a file in it.
    public struct Part: Sendable, Equatable {
        /// The field's name.
        public var name: String
        /// The file's name, as the sender gave it: anything but control characters, folders and dots included; nil for
        /// a field that is no file.
        public var fileName: String?
        /// What the part says its content is, unchecked; nil when it says nothing.
        public var contentType: String?
        /// The content: a view of the body, which it keeps alive, with the body's own indices.
        public var content: ArraySlice<UInt8>
    }

    /// The parts in order, at most eight; a form without fields has none.
    public let parts: [Part]

    /// The part of a name in any case; nil when there is none.
    public subscript(name: String) -> Part? { parts.first { $0.name.equalsIgnoringCase(name) } }

    /// Takes a body apart without copying what its parts hold.
    ///
    /// What precedes the first boundary and follows the closing one is passed over, as RFC 2046 asks. Lines end in CR
    /// LF only. Refused beyond the grammar is what two readers could understand differently: a line that begins with
    /// the boundary and is none, folded fields, names that come twice or in two spellings, nested parts and
    /// encodings. `filename*` is ignored, as RFC 7578 section 4.2 asks for.
    ///
    /// - Parameters:
    ///   - body: The whole body.
    ///   - contentType: The value of the request's `Content-Type`.
    /// - Throws: The first thing that is wrong, with its place.
    public init(strict body: [UInt8], contentType: String) throws(MultipartProblem) {
        guard let boundary = Self.boundary(of: contentType) else {
            throw MultipartProblem(kind: .noBoundary, offset: 0)
        }
        var parser = MultipartParser(body: body, boundary: boundary)
        parts = try parser.parts()
    }

    private static func boundary(of contentType: String) -> [UInt8]? {
        guard let type = FieldParameters(Array(contentType.utf8)[...].trimmed),
            type.value == "multipart/form-data",
            let boundary = type["boundary"].map({ Array($0.utf8) }),
            (1...70).contains(boundary.count), boundary.allSatisfy(isLegal), boundary.last != 0x20
        else { return nil }
        return boundary
    }

    /// `bchars` of RFC 2046 section 5.1.1.
    private static func isLegal(_ byte: UInt8) -> Bool {
        if byte.isASCIILetter || byte.isASCIIDigit { return true }
        return switch Unicode.Scalar(byte) {
        case "'", "(", ")", "+", "_", ",", "-", ".", "/", ":", "=", "?", " ": true
        default: false
        }
    }
}
