import Foundation
import Testing

/// An administrator's commands, run as in a shell.
@Suite struct AdministrationTests {
    static let setUp = """
        cat > postern.yaml <<END
        data: {directory: data}
        audit: {directory: audit, origin: postern.hospital.example/audit}
        policy: {directory: "\(House.root.appending(path: "policies").path)"}
        END
        cat > people.yaml <<END
        accounts:
          - {address: ann@hospital.example, group: clinicians, handle: Ann}
          - {address: bob@hospital.example, group: staff}
        END
        postern load people.yaml --settings postern.yaml > /dev/null
        """

    static let commands: [(String, Int32, String)] = [
        ("account handle bob@hospital.example Bob-2", 0, "bob-2\n"),
        (
            "account handle bob@hospital.example ANN", 1,
            "Another account has the handle `ann`.\n"
        ),
        (
            "account handle bob@hospital.example b.b", 64,
            "`b.b` is no handle: 1 to 128 letters a-z, digits, - and _, the first a letter or digit.\n"
        ),
        (
            "account handle eve@hospital.example eve", 1,
            "There is no account `eve@hospital.example`.\n"
        ),
        (
            "account show ann@hospital.example", 0,
            "ann@hospital.example handle ann active group clinicians wrong passwords 0\n"
        ),
        (
            "account show bob@hospital.example", 0,
            "bob@hospital.example active group staff wrong passwords 0\n"
        ),
    ]

    @Test(arguments: commands) func `a handle is given, shown and refused with a sentence`(
        _ command: String, _ status: Int32, _ output: String
    ) throws {
        try inFolder { folder in
            let result = try Program.shell(
                "\(Self.setUp)\npostern \(command) --settings postern.yaml", in: folder)
            #expect(result.status == status)
            #expect(result.output.contains(output), "\(result.output)")
        }
    }

    @Test(arguments: [
        ("", "good last used"), (" --lasting", "good lasting last used"),
        (" --reading-only", "good reading-only last used"),
        (" --lasting --reading-only", "good lasting reading-only last used"),
    ]) func `a token is listed as it was minted`(_ flags: String, _ line: String) throws {
        try inFolder { folder in
            let result = try Program.shell(
                """
                \(Self.setUp)
                postern token mint ann@hospital.example\(flags) --settings postern.yaml > /dev/null
                postern token list ann@hospital.example --settings postern.yaml
                """, in: folder)
            #expect(result.status == 0)
            #expect(result.output.contains(" \(line) "), "\(result.output)")
        }
    }

    private func inFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "postern-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }
}
