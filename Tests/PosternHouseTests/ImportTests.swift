import Foundation
import Testing

/// Reads every `import` line of every module against the table in `Package.swift`.
@Suite struct ImportTests {
    private static let systemModules: Set<String> = [
        "Dispatch", "Foundation", "FoundationEssentials", "FoundationNetworking", "FoundationXML",
        "Glibc", "Synchronization", "Testing",
    ]

    @Test func `every module imports only what the table gives it`() throws {
        var surprises: [String] = []
        for target in try House.targets() {
            for (file, imported) in try House.imports(of: target)
            where !target.allowed.contains(imported) && !Self.systemModules.contains(imported) {
                surprises.append("\(file) imports \(imported), which \(target.name) may not use")
            }
        }
        #expect(surprises.isEmpty, "\(surprises.joined(separator: "\n"))")
    }

    @Test func `every use the table gives a module is used`() throws {
        var idle: [String] = []
        for target in try House.targets()
        where target.type == "regular" || target.type == "executable" {
            let imported = Set(try House.imports(of: target).map(\.imported))
            for allowed in target.allowed where !imported.contains(allowed) {
                idle.append("\(target.name) never imports \(allowed)")
            }
        }
        #expect(idle.isEmpty, "\(idle.joined(separator: "\n"))")
    }

    @Test func `no dialect can see the pipeline or another dialect`() throws {
        for target in try House.targets() where target.name.hasPrefix("PosternDialect") {
            if target.name.hasSuffix("Tests") { continue }
            #expect(!target.allowed.contains("PosternPipeline"))
            #expect(
                target.allowed.allSatisfy {
                    $0 == "PosternDialectKit" || !$0.hasPrefix("PosternDialect")
                })
        }
    }

    @Test func `nothing that ships uses what is for tests`() throws {
        for target in try House.targets()
        where target.type != "test" && target.name != "PosternTesting" {
            #expect(!target.allowed.contains("PosternTesting"), "\(target.name)")
        }
    }
}
