import ArgumentParser
import PosternModel
import PosternPipeline
import PosternSealing
import PosternSettings
import PosternStorage

/// The master keys that messages are sealed under.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Show, rotate and retire the master keys.",
        subcommands: [Show.self, Rotate.self, Retire.self])

    /// Lists the keys by name.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the master keys by name, the one that seals first.")

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let ring = try KeysCommand.ring(try options.read()).ring
            for (place, id) in ring.ids.enumerated() {
                print("\(id) \(place == 0 ? "current" : "older")")
            }
        }
    }

    /// Makes a new key and puts every message under it.
    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a new master key and seal every message's keys under it.",
            discussion: """
                A gateway may go on serving: it finds the new key by itself. The older keys stay in the file, because \
                backups made before need them; `postern keys retire` removes them. Where the settings hold the keys \
                themselves, none is made: put the new one first, then run this.
                """)

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let settings = try options.read()
            // Opened before anything changes: what cannot be opened now must not leave another key behind.
            let ledger = try Ledger.open(settings)
            if settings.keys.text == nil {
                let (file, ring) = try KeysCommand.ring(settings)
                do throws(MasterKeyFaults) {
                    try file.replace(with: ring.adding(.generate()))
                } catch { throw KeysCommand.trouble(error) }
            }
            let found = try await ledger.administer("rotated the master key") { store, entry in
                try await store.record(entry)
                return try await Rewrapping(store)
            }
            print("\(found.changed) messages and dispatches were put under the current key")
            try found.complain()
        }
    }

    /// Removes keys nothing is sealed under.
    struct Retire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Remove the older master keys, once nothing in the ledger is sealed under them.",
            discussion: "Backups made before the rotation cannot be read afterwards.")

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let settings = try options.read()
            let (file, ring) = try KeysCommand.ring(settings)
            let older = Set(ring.older.map(\.id))
            guard !older.isEmpty else {
                print("there is one master key, and it is current")
                return
            }
            let ledger = try Ledger.open(settings)
            let found = try await ledger.administer("retired older master keys") { store, entry in
                let found = try await Rewrapping(store)
                if found.unreadable == 0 { try await store.record(entry) }
                return found
            }
            // Whoever finds the missing key again may need an older one beside it.
            try found.complain()
            do throws(MasterKeyFaults) {
                try file.replace(with: ring.removing(olderThanCurrent: older))
            } catch { throw KeysCommand.trouble(error) }
            print("removed \(older.map(\.description).sorted().joined(separator: ", "))")
        }
    }

    /// What putting every message's keys under the current master key came to.
    private struct Rewrapping {
        var changed = 0
        var unreadable = 0

        /// Goes through the ledger until a round finds nothing left to do: others write meanwhile.
        init(_ store: SQLiteStore) async throws(Fault) {
            while true {
                let before = changed
                var start: Int64 = 0
                unreadable = 0
                while let portion = try await store.rewrapKeys(after: start, limit: 1000) {
                    start = portion.last
                    changed += portion.changed
                    unreadable += portion.unreadable
                }
                let dispatches = try await store.rewrapDispatchKeys()
                changed += dispatches.changed
                unreadable += dispatches.unreadable
                if changed == before { return }
            }
        }

        func complain() throws {
            guard unreadable > 0 else { return }
            printError(
                "\(unreadable) messages or dispatches cannot be opened with the master keys there are."
            )
            throw ExitCode.failure
        }
    }

    /// The file of keys and what is in it.
    private static func ring(_ settings: Settings) throws -> (
        file: MasterKeyFile, ring: MasterKeyring
    ) {
        guard settings.keys.text == nil else {
            printError(
                "The master keys come from the environment; rotate them where they are kept.")
            throw ExitCode.badSettings
        }
        let file = MasterKeyFile(
            path: settings.keys.file ?? SQLiteStore.masterKeys(in: settings.dataDirectory))
        let ring: MasterKeyring?
        do throws(MasterKeyFaults) { ring = try file.read() } catch { throw trouble(error) }
        guard let ring else {
            printError("There is no file of master keys at `\(file.path.escapedForLine)`.")
            throw ExitCode.noInput
        }
        return (file, ring)
    }

    private static func trouble(_ faults: MasterKeyFaults) -> ExitCode {
        printError(faults.description)
        return .badSettings
    }
}
