import Foundation
import PosternModel
@_spi(Testing) import PosternPolicy
import PosternStorage
import Testing

/// Policies that were in force, kept by digest.
@Suite struct PolicyArchiveTests {
    /// A data folder with a policy folder beside it.
    private final class Bench {
        let folder = NSTemporaryDirectory() + "postern-" + MessageGUID.random().description
        var data: String { folder + "/data" }
        var kept: String { data + "/policies" }

        init() throws {
            for name in ["data", "policy/keywords"] {
                try FileManager.default.createDirectory(
                    atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
            }
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        /// A policy with a daily limit and a word of its own.
        func version(_ limit: Int, word: String = "swordfish") throws -> PolicyVersion {
            let text = """
                version: 1
                timeZone: UTC
                defaultGroup: people
                attempts: {warnAfter: 3, lockAfter: 5, burnAfter: never}
                keywordLists: {secrets: {file: keywords/secrets.txt}}
                groups:
                  people:
                    dailyMessages: \(limit)
                    dailyInvites: 5
                    recipientLimit: 5
                    fyeo: yes
                    confidential: yes
                    reply: yes
                    replyAll: yes
                    forward: yes
                    mayWriteTo: anyone
                    expiry: {allowed: yes, minimum: 1h, maximum: 30d, default: 7d}
                    inviting: {allowed: yes}
                    challenge: {required: no}
                    keywordLists: all

                """
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/policy/policy.yaml"))
            try Data("\(word)\n".utf8).write(
                to: URL(filePath: "\(folder)/policy/keywords/secrets.txt"))
            return try PolicyFolder.version(at: "\(folder)/policy").get()
        }

        func names() throws -> Set<String> {
            Set(try FileManager.default.contentsOfDirectory(atPath: kept))
        }

        func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
    }

    @Test func `what was kept comes back to the byte, for its owner's eyes alone`() throws {
        let bench = try Bench()
        let archive = PolicyArchive(dataFolder: bench.data)
        let first = try bench.version(1)
        let second = try bench.version(2)
        for version in [first, second, first] { try archive.keep(version) }
        #expect(
            try bench.names() == [
                first.policy.digest.description, second.policy.digest.description,
            ]
        )
        for version in [first, second] {
            let found = try archive.version(version.policy.digest).get()
            #expect(found.files == version.files)
        }
        let place = archive.path(of: first.policy.digest)
        #expect(try bench.mode(bench.kept) == 0o700)
        #expect(try bench.mode("\(place)/keywords") == 0o700)
        #expect(try bench.mode("\(place)/keywords/secrets.txt") == 0o600)
    }

    @Test(arguments: ["cut", "gone", "added", "swapped"])
    func `a version that was changed is not taken for itself, and is mended by keeping it again`(
        _ damage: String
    ) throws {
        let bench = try Bench()
        let archive = PolicyArchive(dataFolder: bench.data)
        let version = try bench.version(1)
        try archive.keep(version)
        let place = archive.path(of: version.policy.digest)
        switch damage {
        case "cut": #expect(truncate("\(place)/policy.yaml", 40) == 0)
        case "gone": try FileManager.default.removeItem(atPath: "\(place)/keywords")
        case "added": try Data("x\n".utf8).write(to: URL(filePath: "\(place)/more.yaml"))
        default:
            let other = try bench.version(2)
            try archive.keep(other)
            try FileManager.default.removeItem(atPath: place)
            #expect(rename(archive.path(of: other.policy.digest), place) == 0)
        }
        guard case .failure(.damaged) = archive.version(version.policy.digest) else {
            Issue.record("it was taken")
            return
        }
        try archive.keep(version)
        #expect(try archive.version(version.policy.digest).get().files == version.files)
    }

    @Test func `a version that was never kept is absent`() throws {
        let bench = try Bench()
        let archive = PolicyArchive(dataFolder: bench.data)
        guard case .failure(.absent) = archive.version(try bench.version(1).policy.digest) else {
            Issue.record("it was found")
            return
        }
    }

    @Test func `the ones that were in force the longest ago make way, the newest never`() throws {
        let bench = try Bench()
        // A version takes four blocks: its folder, its policy, a folder in it and a list.
        let archive = PolicyArchive(dataFolder: bench.data, room: 3 * 16384)
        let versions = try (1...3).map { try bench.version($0) }
        for (index, version) in versions.enumerated() {
            try archive.keep(version)
            try age(archive.path(of: version.policy.digest), to: index)
        }
        // The first comes back into force, so the second is now the oldest.
        try archive.keep(versions[0])
        let fourth = try bench.version(4)
        try archive.keep(fourth)
        #expect(
            try bench.names()
                == Set([versions[0], versions[2], fourth].map(\.policy.digest.description)))

        let large = try bench.version(5, word: String(repeating: "word ", count: 20))
        let narrow = PolicyArchive(dataFolder: bench.data, room: 0)
        try narrow.keep(large)
        #expect(try bench.names() == [large.policy.digest.description])
    }

    private func age(_ path: String, to seconds: Int) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: Double(seconds))], ofItemAtPath: path)
    }

    @Test func `what an interrupted start left behind is no version and is cleared away`() throws {
        let bench = try Bench()
        let archive = PolicyArchive(dataFolder: bench.data)
        let version = try bench.version(1)
        let rest = "\(bench.kept)/.new-\(version.policy.digest)/keywords"
        try FileManager.default.createDirectory(atPath: rest, withIntermediateDirectories: true)
        try archive.keep(version)
        #expect(try bench.names() == [version.policy.digest.description])
    }

    @Test func `a version that cannot be kept is a fault, and leaves nothing of itself`() throws {
        let bench = try Bench()
        try Data().write(to: URL(filePath: bench.kept))
        let archive = PolicyArchive(dataFolder: bench.data)
        let version = try bench.version(1)
        #expect(throws: Fault(.storageUnwritable)) { try archive.keep(version) }
        try FileManager.default.removeItem(atPath: bench.kept)
        try archive.keep(version)
        #expect(try archive.version(version.policy.digest).get().files == version.files)
    }
}
