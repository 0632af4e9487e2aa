import PosternDialectKit
import PosternModel

extension OperationReader {
    func reserveAttachments() throws(BadRequest) -> Operation {
        let name = "attachmentPlaceholders"
        let items = try parameters.list(name)
        guard (1...100).contains(items.count) else {
            throw parameters.wrongValue(name, "\(name) must hold 1 to 100 files.")
        }
        var plans: [FilePlan] = []
        for item in items {
            guard case .object(let members) = item else {
                throw parameters.wrongType(name, "a list of objects")
            }
            plans.append(try Self.plan(members))
        }
        return .reserveAttachments(try message(), plans)
    }

    private static func plan(_ members: JSONObject) throws(BadRequest) -> FilePlan {
        let file = Parameters(
            query: JSONObject(), body: members, prefix: "attachmentPlaceholders.")
        guard let name = try file.text("fileName"), (1...255).contains(name.utf8.count),
            name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else {
            throw file.wrongValue(
                "fileName",
                "A file's name must have 1 to 255 bytes, and no control characters.")
        }
        guard let size = try file.integer("totalBytesLength"), size >= 0 else {
            throw file.wrongValue("totalBytesLength", "A file's size must be 0 bytes or more.")
        }
        return FilePlan(name: name, size: size)
    }

    /// A chunk in a form with one file, which the contract calls `upload`, or by itself.
    func storeChunk() throws(BadRequest) -> Operation {
        .storeChunk(try attachment(), number: try chunkNumber(), try upload())
    }

    private func upload() throws(BadRequest) -> [UInt8] {
        let type = try Parameters.contentType(of: request, orThrow: .upload) ?? ""
        let media = MediaType(type)
        if media.essence == "application/octet-stream" { return request.body }
        guard media.isMultipartForm else {
            throw BadRequest(
                .upload, "A chunk must come in multipart/form-data or application/octet-stream.")
        }
        let form: MultipartForm
        do { form = try MultipartForm(strict: request.body, contentType: type) } catch {
            throw BadRequest(.serialization, "The body is not a readable form: \(error.clause).")
        }
        if let part = form["upload"] { return Array(part.content) }
        let files = form.parts.filter { $0.fileName != nil }
        guard files.count == 1, let part = files.first else {
            throw BadRequest(
                .argument, "The form must hold one file, named upload.", field: "upload")
        }
        return Array(part.content)
    }

    func describeUploads() throws(BadRequest) -> Operation {
        let name = "attachmentGuids"
        let texts = try parameters.texts(name)
        guard (1...100).contains(texts.count) else {
            throw parameters.wrongValue(name, "\(name) must name 1 to 100 files.")
        }
        return .describeUploads(texts.map { AttachmentGUID($0) })
    }
}
