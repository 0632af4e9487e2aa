import PosternModel

extension ReplyObject {
    /// The contract's `AttachmentSummary`.
    ///
    /// - Parameters:
    ///   - view: The file.
    ///   - options: Those of the message it is shown with; nil when it is shown by itself.
    init(attachment view: AttachmentView, of options: MessageOptions? = nil) {
        self = [
            "Guid": .guid(view.guid), "FileName": .text(view.name), "Type": .text(view.fileType),
            "FileSize": .number(view.size), "Status": view.complete ? "Complete" : "Uploading",
            "UploadDate": .date(view.since), "UploadedBy": .text(view.owner.description),
            "ChunkCount": .number(Int64(view.chunks)), "CanPreview": false,
            "AttachmentOptions": options.map {
                .object([
                    "FYEOType": .text($0.fyeoType.contractName),
                    "TrackingEnabled": .truth($0.allowTracking),
                    "TrackingShared": .truth($0.shareTracking),
                ])
            } ?? .absent,
            "Extensions": .list(of: "Extension", []), "ESignatureRequired": false,
            "ESignatureDeclined": false, "OriginalFileExtension": .text(view.fileType),
            "Labels": .list(of: "Label", []), "Shares": .list(of: "Share", []), "HasAccess": true,
        ]
    }

    /// The contract's `Attachment`: a summary, and what a type derived from it adds.
    init(details view: AttachmentView) {
        self = ReplyObject(attachment: view)
            .inherited(by: [
                "Recipients": .list(of: "User", []),
                "AdditionalDownloadInformation": .list(of: "AdditionalDownloadInformation", []),
            ])
            .inherited(by: [:])
    }

    /// Files that may now be uploaded.
    ///
    /// - Parameters:
    ///   - uploads: The files.
    ///   - base: The address every chunk's begins with, a slash at its end.
    init(placeholders uploads: [Upload], base: String) {
        self = [
            "AttachmentPlaceholders": .list(
                of: "AttachmentPlaceholder",
                uploads.map { upload in
                    .object([
                        "AttachmentGuid": .guid(upload.guid), "FileName": .text(upload.name),
                        "Chunks": .list(
                            of: "AttachmentPlaceholderChunk",
                            upload.chunks.map { number, range in
                                .object([
                                    "ChunkNumber": .number(Int64(number)),
                                    "BytesSize": .number(range.upperBound - range.lowerBound),
                                    "ByteStartIndex": .number(range.lowerBound),
                                    // Exclusive: the vendor's clients read end minus start bytes.
                                    "ByteEndIndex": .number(range.upperBound),
                                    "UploadUri": .text(
                                        "\(base)api/v1/attachments/\(upload.guid)/chunk/\(number)"),
                                ])
                            }),
                    ])
                })
        ]
    }

    /// How far uploads have come.
    init(progress uploads: [Upload]) {
        self = [
            "AttachmentProgresses": .list(
                of: "AttachmentProgress",
                uploads.map { upload in
                    let arrived = Set(upload.arrived)
                    let chunks = upload.chunks
                    let bytes = chunks.reduce(Int64(0)) { sum, chunk in
                        arrived.contains(chunk.number)
                            ? sum + chunk.range.upperBound - chunk.range.lowerBound : sum
                    }
                    return .object([
                        "AttachmentGuid": .guid(upload.guid), "FileName": .text(upload.name),
                        "Status": arrived.count == chunks.count ? "Complete" : "Uploading",
                        "TotalBytes": .number(upload.layout.size), "UploadedBytes": .number(bytes),
                        "ChunkProgresses": .list(
                            of: "ChunkProgress",
                            chunks.map { chunk in
                                .object([
                                    "AttachmentGuid": .guid(upload.guid),
                                    "ChunkNumber": .number(Int64(chunk.number)),
                                    "Status": arrived.contains(chunk.number)
                                        ? "Complete" : "Pending",
                                ])
                            }),
                    ])
                })
        ]
    }
}

extension Upload {
    /// The chunks with the bytes each holds, in order.
    fileprivate var chunks: [(number: Int, range: Range<Int64>)] {
        (1...layout.count).compactMap { number in
            layout.range(of: number).map { (number, $0) }
        }
    }
}

extension AttachmentView {
    /// What follows the last dot of the name, in lower case; empty without one.
    fileprivate var fileType: String {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
        return name[name.index(after: dot)...].lowercased()
    }
}
