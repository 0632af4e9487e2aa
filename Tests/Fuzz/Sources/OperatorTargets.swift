import Foundation
import PosternModel
import PosternSettings
import PosternStorage

extension FuzzTarget {
    /// A load file: read whole, or refused with the place of each mistake.
    static let load = FuzzTarget(name: "load", longest: 4096) { bytes in
        let text = FuzzInput(bytes).text
        let lines =
            text.utf8.count { $0 == 0x0A || $0 == 0x0D }
            + text.unicodeScalars.count { $0.value > 0x7F } + 2
        do throws(LoadFileFaults) {
            let plan = try LoadFile.read(text)
            require(
                Set(plan.accounts.map(\.address)).count == plan.accounts.count,
                "an account stands once")
            require(
                Set(plan.messages.map(\.draft.guid)).count == plan.messages.count,
                "a message stands once")
        } catch {
            require(!error.faults.isEmpty, "a refusal says why")
            for fault in error.faults {
                require(
                    (0...lines).contains(fault.line) && !fault.sentence.isEmpty,
                    "and where: \(fault)")
            }
        }
    }

    /// Settings from flags, variables and a file: read, or refused with every fault.
    ///
    /// Lines that begin with `--` are flags and lines that begin with `$` variables; the first other line
    /// begins the file.
    static let settings = FuzzTarget(name: "settings", longest: 2048) { bytes in
        var input = FuzzInput(bytes)
        var flags: [String] = []
        var environment: [String: String] = [:]
        while let first = input.rest.first {
            if first == UInt8(ascii: "-"), input.rest.starts(with: "--".utf8) {
                flags += input.line().split(separator: " ").map(String.init)
            } else if first == UInt8(ascii: "$") {
                let pair = input.line().dropFirst().split(separator: "=", maxSplits: 1)
                if pair.count == 2 { environment[String(pair[0])] = String(pair[1]) }
            } else {
                break
            }
        }
        let file =
            "\(NSTemporaryDirectory())/postern-fuzz-\(ProcessInfo.processInfo.processIdentifier).yaml"
        defer { try? FileManager.default.removeItem(atPath: file) }
        let isThere =
            !input.isEmpty
            && FileManager.default.createFile(atPath: file, contents: Data(input.rest))
        do throws(SettingFaults) {
            let settings = try SettingsSources.read(
                file: isThere ? file : nil, environment: environment, flags: flags, processors: 2)
            require(
                (0...65_535).contains(settings.listener.port), "what is read is within its range")
        } catch {
            require(!error.faults.isEmpty, "a refusal says why")
            for fault in error.faults { require(!fault.message.isEmpty, "in words") }
        }
    }
}
