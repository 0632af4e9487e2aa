import Foundation
import Logging
import PosternCredentials
import PosternModel
import PosternSettings
import ServiceLifecycle

/// Everything wrong with a file that says whom to trust and with the files it names, a line each.
struct TrustTrouble: Error, CustomStringConvertible {
    let lines: [String]

    var description: String { lines.joined(separator: "\n") }
}

extension TrustTrouble {
    /// What is wrong with the file itself.
    init(_ faults: SettingFaults) { self.init(lines: faults.faults.map(\.description)) }
}

extension JWTKeySet {
    /// Reads a file of public keys.
    ///
    /// - Throws: ``TrustTrouble`` with everything wrong with it, each line beginning with its name.
    init(file: String, for algorithms: Set<JWTAlgorithm>) throws(TrustTrouble) {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw TrustTrouble(lines: ["\(file): The file does not exist or cannot be read."])
        }
        do throws(JWTKeySetFaults) { try self.init(Array(data), for: algorithms) } catch {
            throw TrustTrouble(lines: error.sentences.map { "\(file): \($0)" })
        }
    }
}

/// Whom to trust, and the files that was read from.
struct LoadedTrust<Value: Sendable>: Sendable {
    let value: Value
    /// Each by name, for the log.
    let names: [String]
    /// What the files looked like before they were read: an edit made meanwhile differs from it.
    let fingerprint: TrustFingerprint
}

/// How a file and those it names look from outside; an edit that keeps number, size and time goes unseen.
struct TrustFingerprint: Equatable, Sendable {
    private(set) var looks: [String: String] = [:]

    init(of paths: some Sequence<String>) { for path in paths { look(at: path) } }

    mutating func look(at path: String) {
        let found = try? FileManager.default.attributesOfItem(atPath: path)
        let changed = (found?[.modificationDate] as? Date)?.timeIntervalSinceReferenceDate
        looks[path] =
            found.map { "\($0[.systemFileNumber] ?? 0) \($0[.size] ?? 0) \(changed ?? 0)" }
            ?? "missing"
    }
}

/// Holds whom is trusted now.
protocol TrustRegister: Sendable {
    associatedtype Value: Sendable
    /// Why the files on disk are not what is trusted; nil while they are.
    var trouble: String? { get }
    /// Trusts others from now on.
    func activate(_ next: Value)
    /// Keeps to the present ones although the files have changed, and says why.
    func keepDespite(trouble: String)
}

/// Keeps whom Postern trusts in step with a file and those it names.
///
/// Nothing is fetched: whoever runs Postern has the files put there, by rename. A good edit is trusted as one value; a bad
/// one keeps the last good value, and health and the log say so until the files are good again.
final class TrustKeeper<Register: TrustRegister>: Service {
    private let first: LoadedTrust<Register.Value>
    /// Who is trusted, in the log's words: `issuers`, say.
    private let what: String
    private let register: Register
    private let load: @Sendable () throws(TrustTrouble) -> LoadedTrust<Register.Value>
    private let logger: Logger

    /// How often the files are looked at: as often as the certificate is.
    private static var interval: Duration { .seconds(2) }

    init(
        _ first: LoadedTrust<Register.Value>, of what: String, register: Register, logger: Logger,
        load: @escaping @Sendable () throws(TrustTrouble) -> LoadedTrust<Register.Value>
    ) {
        self.first = first
        self.what = what
        self.register = register
        self.load = load
        self.logger = logger
    }

    /// Looks at the files again and again until the program stops.
    func run() async {
        await cancelWhenGracefulShutdown {
            var seen = self.first.fingerprint
            self.say(self.first)
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.interval)
                let found = TrustFingerprint(of: seen.looks.keys)
                // While there is trouble, it may lie in a file that was not known before.
                guard found != seen || self.register.trouble != nil else { continue }
                do throws(TrustTrouble) {
                    let next = try self.load()
                    self.register.activate(next.value)
                    seen = next.fingerprint
                    self.say(next)
                } catch {
                    self.say(error.description)
                }
            }
        }
    }

    private func say(_ loaded: LoadedTrust<Register.Value>) {
        logger.notice(
            "\(what) trusted",
            metadata: ["\(what)": "\(loaded.names.joined(separator: "; ").escapedForLine)"])
    }

    /// Is loud about files that are not trusted, once for each reason.
    private func say(_ trouble: String) {
        guard register.trouble != trouble else { return }
        register.keepDespite(trouble: trouble)
        logger.error(
            "\(what) refused; the last good ones stay trusted", metadata: ["faults": "\(trouble)"])
    }
}
