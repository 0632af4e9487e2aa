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
        @OptionGroup var whose: Whose
        @OptionGroup var format: OutputFormat

        private struct Row: Encodable {
            var key: String
            var current: Bool
        }

        func run() async throws {
            let ring = try whose.place(options).ring().ring
            for (place, id) in ring.ids.enumerated() {
                let row = Row(key: "\(id)", current: place == 0)
                try format.show(row, as: "\(row.key) \(row.current ? "current" : "older")")
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
        @OptionGroup var whose: Whose

        func run() async throws {
            if whose.core { return try await rotateCore() }
            let settings = try options.read()
            // Opened before anything changes: what cannot be opened now must not leave another key behind.
            let ledger = try Ledger.open(settings)
            if settings.keys.text == nil { try Place(settings).addKey() }
            let found = try await ledger.administer("rotated the master key") { store, entry in
                try await store.record(entry)
                return try await Rewrapping(store)
            }
            print("\(found.changed) messages and dispatches were put under the current key")
            try found.complain()
        }

        private func rotateCore() async throws {
            let settings = try options.read(CoreServiceSettings.self)
            try await KeysCommand.administer(settings) { spool in
                if settings.keys.text == nil { try Place(settings).addKey() }
                try await KeysCommand.renew(spool)
            }
            print("what waits in the spool was put under the current key")
        }
    }

    /// Removes keys nothing is sealed under.
    struct Retire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Remove the older master keys, once nothing in the ledger is sealed under them.",
            discussion: "Backups made before the rotation cannot be read afterwards.")

        @OptionGroup var options: SettingsOptions
        @OptionGroup var whose: Whose

        func run() async throws {
            let (file, ring) = try whose.place(options).ring()
            let older = Set(ring.older.map(\.id))
            guard !older.isEmpty else {
                print("there is one master key, and it is current")
                return
            }
            if whose.core {
                try await KeysCommand.administer(try options.read(CoreServiceSettings.self)) {
                    try await KeysCommand.renew($0)
                }
            } else {
                try await renewLedger(try options.read())
            }
            do throws(MasterKeyFaults) {
                try file.replace(with: ring.removing(olderThanCurrent: older))
            } catch { throw KeysCommand.trouble(error) }
            print("removed \(older.map(\.description).sorted().joined(separator: ", "))")
        }

        private func renewLedger(_ settings: Settings) async throws {
            let ledger = try Ledger.open(settings)
            let found = try await ledger.administer("retired older master keys") { store, entry in
                let found = try await Rewrapping(store)
                if found.unreadable == 0 { try await store.record(entry) }
                return found
            }
            // Whoever finds the missing key again may need an older one beside it.
            try found.complain()
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

    /// Whose keys a command is about.
    struct Whose: ParsableArguments {
        @Flag(help: "The keys of a core's spool, by the settings of `postern core`.")
        var core = false

        /// Where they are.
        func place(_ options: SettingsOptions) throws -> Place {
            try core ? Place(options.read(CoreServiceSettings.self)) : Place(options.read())
        }
    }

    /// Where master keys are kept.
    struct Place {
        private let settings: KeySettings
        private let folder: String

        init(_ settings: Settings) {
            (self.settings, folder) = (settings.keys, settings.dataDirectory)
        }

        init(_ settings: CoreServiceSettings) {
            (self.settings, folder) = (settings.keys, settings.dataDirectory)
        }

        /// The file of keys and what is in it.
        func ring() throws -> (file: MasterKeyFile, ring: MasterKeyring) {
            guard settings.text == nil else {
                printError(
                    "The master keys come from the environment; rotate them where they are kept.")
                throw ExitCode.badSettings
            }
            let file = MasterKeyFile(
                path: settings.file ?? SQLiteStore.masterKeys(in: folder))
            let ring: MasterKeyring?
            do throws(MasterKeyFaults) { ring = try file.read() } catch {
                throw KeysCommand.trouble(error)
            }
            guard let ring else {
                printError(
                    "There is no file of master keys at `\(file.path.escapedForLine)`.")
                throw ExitCode.noInput
            }
            return (file, ring)
        }

        /// Makes a key that becomes the current one.
        func addKey() throws {
            let (file, ring) = try ring()
            do throws(MasterKeyFaults) {
                try file.replace(with: ring.adding(.generate()))
            } catch { throw KeysCommand.trouble(error) }
        }
    }

    /// Opens a core's spool, beside a serving core or without one, and does something with it.
    private static func administer(
        _ settings: CoreServiceSettings, _ act: (DeliverySpool) async throws -> Void
    ) async throws {
        do {
            let spool = try DeliverySpool(settings, mustExist: true)
            try await act(spool)
            await spool.close()
        } catch let trouble as StartTrouble {
            printError(trouble.description)
            throw trouble.code
        } catch let fault as Fault {
            printError("\(fault)\n\(fault.code.entry.operatorHint)")
            throw ExitCode.unavailable
        }
    }

    private static func renew(_ spool: DeliverySpool) async throws {
        let unreadable = try await spool.renewKeys()
        guard unreadable > 0 else { return }
        printError("\(unreadable) deliveries cannot be opened with the master keys there are.")
        throw ExitCode.failure
    }

    private static func trouble(_ faults: MasterKeyFaults) -> ExitCode {
        printError(faults.description)
        return .badSettings
    }
}
