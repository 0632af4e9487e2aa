import Crypto
import Foundation
import PosternModel
import PosternPipeline

/// Openings as they lie in the ledger: sealed with AES-GCM under a key that belongs to one person alone.
///
/// Destroying the key leaves bytes nobody can read and a log whose tree is whole. The entry's index is
/// authenticated along, so that openings cannot be moved between entries.
enum SealedOpenings {
    static func seal(
        _ openings: [Opening], index: Int64, key: SymmetricKey
    ) throws(Fault) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(512)
        func append(_ part: some Collection<UInt8>) {
            withUnsafeBytes(of: UInt32(part.count).bigEndian) { plain.append(contentsOf: $0) }
            plain.append(contentsOf: part)
        }
        for opening in openings {
            append(opening.field.utf8)
            append(opening.salt)
            append(opening.value.utf8)
        }
        guard
            let box = try? AES.GCM.seal(plain, using: key, authenticating: mark(index)),
            let sealed = box.combined
        else { throw Fault(.auditUnwritable, note: "the openings cannot be sealed") }
        return Array(sealed)
    }

    static func open(
        _ sealed: [UInt8], index: Int64, key: SymmetricKey
    ) throws(Fault) -> [Opening] {
        guard let box = try? AES.GCM.SealedBox(combined: sealed),
            let plain = try? AES.GCM.open(box, using: key, authenticating: mark(index))
        else { throw unreadable("openings") }
        var rest = Array(plain)[...]
        func part() throws(Fault) -> [UInt8] {
            guard rest.count >= 4 else { throw unreadable("openings") }
            let count = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            guard rest.count >= count else { throw unreadable("openings") }
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        var openings: [Opening] = []
        while !rest.isEmpty {
            let (field, salt, value) = (try part(), try part(), try part())
            openings.append(
                Opening(
                    field: String(decoding: field, as: UTF8.self), salt: salt,
                    value: String(decoding: value, as: UTF8.self)))
        }
        return openings
    }

    private static func mark(_ index: Int64) -> [UInt8] {
        withUnsafeBytes(of: index.bigEndian) { Array($0) }
    }
}
