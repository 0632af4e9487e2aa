import Foundation
import Testing

/// A delivery core beside the gateway: a process of its own, with files of its own in the world's folder.
extension World {
    static let coreKey = "0123456789abcdefghijklmnopqrstuvwxyz-core"

    /// Writes the core's settings.
    ///
    /// - Parameters:
    ///   - port: Where it listens; 0 lets the system choose.
    ///   - changes: What differs from the tests' own settings: couriers, above all.
    /// - Throws: When the file cannot be written.
    func configureCore(port: Int = 0, _ changes: Settings) throws {
        let settings: Settings = [
            "listener.port": "\(port)", "operations.port": "0", "log.level": "debug",
            "data.directory": "core-data", "core.key": Self.coreKey,
        ].merging(changes) { $1 }
        let entries = settings.map { (path: $0.key.split(separator: ".")[...], value: $0.value) }
        try write(Self.yaml(entries), to: "core.yaml")
    }

    /// Starts the core and waits until it takes requests.
    func serveCore() async throws -> Gateway {
        try await start(["core", "--settings", "core.yaml"], saying: "core-stderr.log")
    }

    /// What makes a gateway hand its deliveries to the core at a port.
    func coreSettings(port: String) -> Settings {
        [
            "core.url": "https://localhost:\(port)/", "core.key": Self.coreKey,
            "core.trustRoots": "certs/ca.pem", "core.answerTime": "5s",
        ]
    }
}
