import Foundation
import Testing

/// Runs what `make demo` runs, without a terminal; each of its steps is checked by itself.
@Suite struct DemoTests {
    @Test(.timeLimit(.minutes(5)))
    func `the demonstration goes as it says and leaves nothing behind`() throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "postern-demo-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let result = try Program.shell(
            "TMPDIR='\(folder.path)' '\(House.root.path)/Tests/Scripts/demo' '\(Program.folder.path)/postern'",
            in: House.root)
        #expect(result.status == 0, "\(result.output)")
        #expect(result.output.contains("All as it should be"))
        #expect(!result.output.contains("\u{1B}["), "colours are for terminals")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test func `a demonstration that cannot begin says so and fails`() throws {
        let result = try Program.shell(
            "'\(House.root.path)/Tests/Scripts/demo' /bin/false", in: House.root)
        #expect(result.status == 1)
        #expect(result.output.contains("no certificate could be made"))
    }
}
