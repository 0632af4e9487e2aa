import Crypto
import Glibc
import PosternAudit

@testable import PosternTransparency

extension FuzzTarget {
    /// Everything that is read around a log: notes, keys, checkpoints, proofs, paths, bundles.
    static let note = FuzzTarget(name: "note", longest: 2048) { bytes in
        let text = FuzzInput(bytes).text
        if let note = try? SignedNote(bytes) {
            require((try? SignedNote(note.bytes)) == note, "a note reads back")
            require(
                (1...SignedNote.largestSignatureCount).contains(note.signatures.count),
                "it is signed")
            require(
                (try? note.verified(by: [signer.verifier])) == nil, "and not by a key nobody has")
        }
        if let checkpoint = Checkpoint(text: text) {
            require(checkpoint.text.utf8.elementsEqual(text.utf8), "a checkpoint has one spelling")
            let signed = try? checkpoint.signed(by: [signer])
            require(
                signed.flatMap {
                    try? Checkpoint.open(
                        $0.bytes, origin: checkpoint.origin, verifiers: [signer.verifier])
                } == checkpoint, "and can be signed and opened")
        }
        if let key = NoteVerifier(text: text) {
            require(key.text.utf8.elementsEqual(text.utf8), "so has a key")
        }
        if let proof = try? ProofFile(bytes) {
            require(proof.bytes == bytes, "so has a proof")
            require(
                (try? proof.verify(entry: [], origin: "fuzz", verifiers: [signer.verifier])) == nil,
                "which proves nothing unsigned")
        }
        if let tile = TileAddress(path: text) {
            require(tile.path.utf8.elementsEqual(text.utf8), "so has a tile's path")
            _ = HashTile(tile, bytes: bytes)
        }
        if let bundle = BundleAddress(path: text) {
            require(bundle.path.utf8.elementsEqual(text.utf8), "so has a bundle's path")
        }
        let width = Int(bytes.first ?? 0) + 1
        if let address = BundleAddress(index: 0, width: width),
            let entries = EntryBundle.decode(Array(bytes.dropFirst()), at: address)
        {
            require(entries.count == width, "a bundle has as many entries as it says")
            require(EntryBundle.encode(entries) == Array(bytes.dropFirst()), "and one spelling")
        }
    }

    /// The audit reader over files nobody has vouched for.
    ///
    /// Files stand after lines `=== path`; the first is the checkpoint's text, which is signed here so that
    /// sizes and roots of all kinds get past the signature.
    static let audit = FuzzTarget(name: "audit", longest: 8192) { bytes in
        var files = FuzzInput.files(bytes, first: "checkpoint")
        if let text = files["checkpoint"].flatMap({ String(validating: $0, as: UTF8.self) }),
            let note = try? SignedNote(text: text, signedBy: [signer])
        {
            files["checkpoint"] = note.bytes
        }
        let kept = files["kept"].map { [$0] } ?? []
        let report = AuditVerifier(key: signer.verifier, kept: kept).verify(Folder(files: files))
        check(report)
        if report.isSound {
            require(report.checkpoint != nil, "a sound log has a checkpoint")
            require(report.entries == report.checkpoint?.size, "and all its entries were read")
        }
    }

    /// A log as the writer keeps it is sound, and one that was changed is not.
    ///
    /// The input chooses one of a few logs, a file of it, and a change: how, where in two bytes, and a mask.
    static let tamper = FuzzTarget(name: "tamper", longest: 64) { bytes in
        var input = FuzzInput(bytes)
        let log = logs[input.number(below: logs.count)]
        let name = log.names[input.number(below: log.names.count)]
        let how = input.byte()
        var position = input.number(below: 65_536)
        let mask = input.byte()
        var folder = Folder(files: log.files)
        guard var file = folder.files[name] else { return }
        position %= max(1, file.count)
        switch how % 4 {
        case 0 where mask != 0 && !file.isEmpty: file[position] ^= mask
        case 1 where !file.isEmpty: file.removeSubrange(position...)
        case 2: file.insert(mask, at: position)
        case 3: folder.files[name] = nil
        default:
            let report = AuditVerifier(key: signer.verifier).verify(folder)
            require(
                report.isSound && report.entries == log.size,
                "untouched, the log is sound: \(report)")
            return
        }
        if how % 4 != 3 { folder.files[name] = file }
        if folder.files[name] == log.files[name] { return }
        let report = AuditVerifier(key: signer.verifier).verify(folder)
        check(report)
        require(!report.isSound, "a change to \(name) is found")
    }

    private static func check(_ report: AuditReport) {
        require(report.findings.count <= AuditVerifier.largestFindingCount, "findings are bounded")
        for finding in report.findings { _ = finding.description }
    }

    private static let signer: NoteSigner = {
        // The same key in every run, so that a corpus keeps its meaning; it signs nothing else.
        let seed = Base64.encode([1] + [UInt8](repeating: 7, count: 32))
        let key = try? Curve25519.Signing.PrivateKey(
            rawRepresentation: [UInt8](repeating: 7, count: 32))
        guard let key,
            let verifier = NoteVerifier(
                name: "example.com/fuzz", publicKey: Array(key.publicKey.rawRepresentation)),
            let signer = NoteSigner(
                exposedText:
                    "PRIVATE+KEY+example.com/fuzz+\(NoteName.digits(verifier.keyID))+\(seed)")
        else { fatalError("the fuzzing key is none") }
        return signer
    }()

    private struct Log: Sendable {
        var size: UInt64
        var files: [String: [UInt8]]
        var names: [String]
    }

    /// Logs of sizes around the edges of tiles, written with the writer's own parts.
    private static let logs: [Log] = [0, 1, 2, 3, 7, 256, 257].map { size in
        var appender = TileAppender()
        var files: [String: [UInt8]] = [:]
        let entries = (0..<size).map { Array(#"{"version":2,"number":\#($0)}"#.utf8) }
        for entry in entries {
            for tile in appender.append(.leaf(entry)) { files[tile.address.path] = tile.bytes }
        }
        for tile in appender.partialTiles { files[tile.address.path] = tile.bytes }
        for start in stride(from: 0, to: size, by: 256) {
            let part = entries[start..<min(size, start + 256)]
            guard let bundle = BundleAddress(index: UInt64(start / 256), width: part.count) else {
                continue
            }
            files[bundle.path] = EntryBundle.encode(part)
        }
        let checkpoint = Checkpoint(
            origin: signer.verifier.name, size: UInt64(size), root: appender.root)
        files["checkpoint"] = try? checkpoint?.signed(by: [signer]).bytes
        return Log(size: UInt64(size), files: files, names: files.keys.sorted())
    }
}

/// A log in memory.
private struct Folder: LogFolder {
    var files: [String: [UInt8]]

    func read(_ path: String, limit: Int) throws(FileFailure) -> [UInt8]? {
        guard let bytes = files[path] else { return nil }
        guard bytes.count <= limit else { throw FileFailure("read", path, number: EFBIG) }
        return bytes
    }

    func list(_ path: String) throws(FileFailure) -> [String] {
        files.keys.filter { $0.hasPrefix(path + "/") }
            .compactMap {
                $0.dropFirst(path.count + 1).split(separator: "/").first.map(String.init)
            }
    }
}
