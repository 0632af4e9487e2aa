import Foundation
import PosternModel
import PosternStorage
import Testing

@Suite struct DataFolderHoldTests {
    @Test(arguments: DataFolderHold.Service.allCases)
    func `one at a time holds a folder, and the next after it has let go`(
        _ service: DataFolderHold.Service
    ) throws {
        let folder = NSTemporaryDirectory() + "postern-hold-" + MessageGUID.random().description
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try #require(try DataFolderHold(folder, for: service))
        #expect(try DataFolderHold(folder, for: service) == nil)
        // Being refused takes nothing from the one who has it.
        #expect(try DataFolderHold(folder, for: service) == nil)
        first.release()
        let second = try #require(try DataFolderHold(folder, for: service))
        // Whoever has let go already lets go of nothing that is another's.
        first.release()
        #expect(try DataFolderHold(folder, for: service) == nil)
        second.release()
    }

    @Test func `a gateway, a core and commands stand in nobody's way`() async throws {
        let bench = try await Workbench()
        let gateway = try #require(try DataFolderHold(bench.folder, for: .gateway))
        let core = try #require(try DataFolderHold(bench.folder, for: .core))
        let command = try SQLiteStore(folder: bench.folder, mustExist: true)
        try await command.probe()
        try await bench.store.probe()
        let spool = try DeliverySpool(folder: bench.folder)
        #expect(try await spool.renewKeys() == 0)
        await spool.close()
        await command.close()
        // Files that were opened and closed meanwhile have not ended it.
        #expect(try DataFolderHold(bench.folder, for: .gateway) == nil)
        #expect(try DataFolderHold(bench.folder, for: .core) == nil)
        gateway.release()
        core.release()
    }

    @Test func `only its owner may read what it makes, and a link is not followed`() throws {
        let folder = NSTemporaryDirectory() + "postern-hold-" + MessageGUID.random().description
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let hold = try #require(try DataFolderHold(folder, for: .core))
        hold.release()
        for (path, mode) in [(folder, 0o700), (folder + "/core.lock", 0o600)] {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? NSNumber == NSNumber(value: mode))
        }
        try FileManager.default.createSymbolicLink(
            atPath: folder + "/gateway.lock", withDestinationPath: folder + "/core.lock")
        #expect(throws: Fault(.storageUnwritable)) { try DataFolderHold(folder, for: .gateway) }
        #expect(throws: Fault(.storageUnwritable)) {
            try DataFolderHold(folder + "/core.lock", for: .core)
        }
    }
}
