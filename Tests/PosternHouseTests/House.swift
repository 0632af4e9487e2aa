import Foundation
import PosternTesting
import Testing

/// The checkout, as tests of the house see it.
enum House {
    /// One target of the package as the package manager describes it.
    struct Target {
        let name: String
        let type: String
        let folder: URL
        let allowed: Set<String>
    }

    /// The checkout's top folder.
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Every target with what it may import.
    static func targets() throws -> [Target] {
        let manifest = try manifest()
        let targets = try #require(manifest["targets"] as? [[String: Any]])
        return try targets.map { target in
            let name = try #require(target["name"] as? String)
            let type = try #require(target["type"] as? String)
            let dependencies = target["dependencies"] as? [[String: [Any]]] ?? []
            // A target by name, or a product by name and package: the name comes first in both.
            let names = dependencies.flatMap(\.values).compactMap { $0.first as? String }
            let parent = type == "test" ? "Tests" : "Sources"
            return Target(
                name: name, type: type,
                folder: root.appendingPathComponent("\(parent)/\(name)"), allowed: Set(names))
        }
    }

    /// Every import line of a target: the file and the module imported.
    static func imports(of target: Target) throws -> [(file: String, imported: String)] {
        try swiftFiles(under: target.folder).flatMap { file in
            try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
                .compactMap { line in
                    line.firstMatch(
                        of:
                            /^\s*(?:@\w+(?:\(\w+\))? )*(?:public |internal |private |fileprivate |package )?import (?:struct |class |enum |func |protocol |typealias |let |var )?([A-Za-z0-9_]+)/
                    ).map { (file.lastPathComponent, String($0.1)) }
                }
        }
    }

    /// Every Swift file under a folder.
    static func swiftFiles(under folder: URL) throws -> [URL] {
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        return (files?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
    }

    private static func manifest() throws -> [String: Any] {
        let scratch = FileManager.default.temporaryDirectory
            .appendingPathComponent("postern-house-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }
        let arguments = [
            "swift", "package", "--package-path", root.path, "--scratch-path", scratch.path,
            "dump-package",
        ]
        let (_, data) = try Process.finish("/usr/bin/env", arguments) {
            $0.standardError = FileHandle.nullDevice
        }
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }
}
