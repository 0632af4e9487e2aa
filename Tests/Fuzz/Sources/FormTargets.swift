import PosternDialectKit

extension FuzzTarget {
    /// The multipart reader, given a line with the content's type and then the body: parts are disjoint views of the
    /// body, and what was read can be written and read again.
    static let multipart = FuzzTarget(name: "multipart", longest: 8192) { bytes in
        var input = FuzzInput(bytes)
        let type = input.line()
        let body = input.rest
        let form: MultipartForm
        do throws(MultipartProblem) {
            form = try MultipartForm(strict: body, contentType: type)
        } catch {
            require((0...body.count).contains(error.offset), "the problem's place is in the body")
            return
        }
        require(form.parts.count <= 8, "no more than eight parts")
        var end = 0
        for part in form.parts {
            require(part.content.startIndex >= end, "parts follow each other")
            end = part.content.endIndex
            require(part.content == body[part.content.indices], "a content is a view of the body")
            require(form[part.name] == part, "a part is found under its name")
            for text in [part.name, part.fileName ?? "", part.contentType ?? ""] {
                require(
                    !text.utf8.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }, "no controls")
            }
        }
        // Seventy characters that a content holds only on purpose, and quotes that make a head longer.
        let boundary = String(repeating: "'", count: 70)
        let canBeWritten = form.parts.allSatisfy {
            !String(decoding: $0.content, as: UTF8.self).contains("--" + boundary)
                && [$0.name, $0.fileName ?? "", $0.contentType ?? ""].joined().utf8.count < 1900
        }
        guard canBeWritten else { return }
        let again = try? MultipartForm(
            strict: written(form, boundary),
            contentType: "multipart/form-data; boundary=\(boundary)"
        )
        require(
            again?.parts.map { [$0.name, $0.fileName, $0.contentType] }
                == form.parts.map { [$0.name, $0.fileName, $0.contentType] }
                && again?.parts.map(\.content) == form.parts.map(\.content),
            "what was read can be written and read again")
    }

    private static func written(_ form: MultipartForm, _ boundary: String) -> [UInt8] {
        func quoted(_ text: String) -> String {
            "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        }
        var bytes: [UInt8] = []
        for part in form.parts {
            var head = "--\(boundary)\r\nContent-Disposition: form-data; name=\(quoted(part.name))"
            if let fileName = part.fileName { head += "; filename=\(quoted(fileName))" }
            if let type = part.contentType { head += "\r\nContent-Type: \(type)" }
            bytes += Array("\(head)\r\n\r\n".utf8) + part.content + [0x0D, 0x0A]
        }
        return bytes + Array("--\(boundary)--".utf8)
    }

    /// The JSV reader: bounded, no names are ambiguous, and JSON means what it means to the strict reader.
    static let jsv = FuzzTarget(name: "jsv", longest: 4096) { bytes in
        let text = FuzzInput(bytes).text
        let value: JSONValue
        do throws(JSVProblem) { value = try JSONValue(jsv: text) } catch {
            require(
                (0...text.utf8.count).contains(error.offset), "the problem's place is in the text")
            return
        }
        var items = 0
        func visit(_ value: JSONValue, _ depth: Int) {
            switch value {
            case .object(let object):
                require(depth < 8, "no more than 8 levels")
                var names: Set<[UInt8]> = []
                for member in object.members {
                    require(
                        names.insert(member.name.utf8.map(\.asciiLowercased)).inserted,
                        "names differ in more than case")
                    items += 1
                    visit(member.value, depth + 1)
                }
            case .array(let values):
                require(depth < 8, "no more than 8 levels")
                items += values.count
                for value in values { visit(value, depth + 1) }
            case .null, .boolean, .number, .string: break
            }
        }
        visit(value, 0)
        require(items <= 256, "no more than 256 members and items")
        switch try? JSONValue(strict: Array(text.utf8)) {
        case .object(let json)?: require(value == .object(json), "JSON is read as JSON")
        case .array(let json)?: require(value == .array(json), "JSON is read as JSON")
        default: break
        }
    }
}
