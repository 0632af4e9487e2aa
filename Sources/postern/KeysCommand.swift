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
            let place = try whose.place(options)
            try await place.whileHeld {
                try await whose.core ? rotateCore(place) : rotate(place)
            }
        }

        private func rotate(_ place: Place) async throws {
            // Opened before anything changes: what cannot be opened now must not leave another key behind.
            let ledger = try Ledger.open(try options.read())
            try place.addKey()
            let found = try await ledger.administer("rotated the master key") { store, entry in
                try await store.record(entry)
                return try await Rewrapping(store)
            }
            print("\(found.changed) messages and dispatches were put under the current key")
            try found.complain()
        }

        private func rotateCore(_ place: Place) async throws {
            let settings = try options.read(CoreServiceSettings.self)
            try await KeysCommand.administer(try DeliverySpool(settings, mustExist: true)) {
                try place.addKey()
                try await KeysCommand.renew($0)
            }
            print("what waits in the spool was put under the current key")
        }
    }

    /// Removes keys nothing is sealed under.
    struct Retire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove the older master keys, once nothing is sealed under them.",
            discussion: """
                Backups made before the rotation cannot be read afterwards. All that lies in the data folder is looked \
                through first, a ledger and a spool; where one of them needs an older key still, none is removed.
                """)

        @OptionGroup var options: SettingsOptions
        @OptionGroup var whose: Whose
        @Option(
            name: .customLong("data-folder"),
            help: ArgumentHelp(
                "A data folder that uses the same keys; with keys.file, name every one of them.",
                valueName: "folder"))
        var dataFolders: [String] = []

        func run() async throws {
            let place = try whose.place(options)
            try await place.whileHeld { try await retire(place) }
        }

        private func retire(_ place: Place) async throws {
            let (file, ring) = try place.ring()
            let older = Set(ring.older.map(\.id))
            guard !older.isEmpty else {
                print("there is one master key, and it is current")
                return
            }
            guard !place.isShared || !dataFolders.isEmpty else {
                throw ValidationError(
                    "Whose keys `\(file.path.escapedForLine)` holds, only you know. Name every data folder that uses it with --data-folder, this one (`\(place.folder.escapedForLine)`) as well."
                )
            }
            let folders = [place.folder] + dataFolders
            let kept: [String]
            do {
                for folder in folders { try expectData(in: folder) }
                kept =
                    if whose.core {
                        try await renewSpool(folders, without: older, file)
                    } else {
                        try await renewLedger(folders, without: older, file)
                    }
            } catch let fault as Fault { throw KeysCommand.trouble(fault) }
            guard kept.isEmpty else {
                printError(kept.joined(separator: "\n") + "\nNo key was removed.")
                throw ExitCode.failure
            }
            do throws(MasterKeyFaults) {
                try file.replace(ring, with: ring.removing(olderThanCurrent: older))
            } catch { throw KeysCommand.trouble(error) }
            print("removed \(older.map(\.description).sorted().joined(separator: ", "))")
        }

        /// A folder misspelt has nothing that needs a key.
        private func expectData(in folder: String) throws {
            if try SQLiteStore.masterKeysInUse(in: folder) != nil { return }
            if try DeliverySpool.masterKeysInUse(in: folder) != nil { return }
            printError("There is neither a ledger nor a spool in `\(folder.escapedForLine)`.")
            throw ExitCode.noInput
        }

        private func renewLedger(
            _ folders: [String], without older: Set<MasterKeyID>, _ file: MasterKeyFile
        ) async throws -> [String] {
            let ledger = try Ledger.open(try options.read())
            let (found, kept) = try await ledger.administer("retired older master keys") {
                store, entry in
                let found = try await Rewrapping(store)
                guard found.unreadable == 0 else { return (found, [String]()) }
                let kept = try await uses(of: older, in: folders, file)
                if kept.isEmpty { try await store.record(entry) }
                return (found, kept)
            }
            // Whoever finds the missing key again may need an older one beside it.
            try found.complain()
            return kept
        }

        private func renewSpool(
            _ folders: [String], without older: Set<MasterKeyID>, _ file: MasterKeyFile
        ) async throws -> [String] {
            let settings = try options.read(CoreServiceSettings.self)
            try await KeysCommand.administer(
                try DeliverySpool(settings, mustExist: true), KeysCommand.renew)
            return try await uses(of: older, in: folders, file)
        }

        /// Says what still needs one of some keys, once all spools are under the current one.
        ///
        /// A ledger is put under it by its own command alone, which records that.
        private func uses(
            of older: Set<MasterKeyID>, in folders: [String], _ file: MasterKeyFile
        ) async throws -> [String] {
            var sentences: [String] = []
            for folder in folders {
                if try DeliverySpool.masterKeysInUse(in: folder)?.isDisjoint(with: older) == false {
                    try await KeysCommand.administer(
                        try DeliverySpool(folder: folder, mustExist: true, keyFile: file.path),
                        KeysCommand.renew)
                }
                let found = [
                    ("ledger", try SQLiteStore.masterKeysInUse(in: folder)),
                    ("spool", try DeliverySpool.masterKeysInUse(in: folder)),
                ]
                sentences += found.compactMap { name, ids in
                    let kept = older.intersection(ids ?? []).map(\.description).sorted()
                    guard !kept.isEmpty else { return nil }
                    return
                        "The \(name) in `\(folder.escapedForLine)` still needs \(kept.joined(separator: ", ")): run `postern keys retire` with its own settings."
                }
            }
            return sentences
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
        /// The data folder they are for.
        let folder: String
        private let settings: KeySettings

        init(_ settings: Settings) {
            (self.settings, folder) = (settings.keys, settings.dataDirectory)
        }

        init(_ settings: CoreServiceSettings) {
            (self.settings, folder) = (settings.keys, settings.dataDirectory)
        }

        /// Whether others may be sealed under them as well.
        var isShared: Bool { settings.file != nil }

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

        /// Does something while no other command changes the keys; where the settings hold them, no command does.
        func whileHeld(_ act: () async throws -> Void) async throws {
            guard settings.text == nil else { return try await act() }
            let file = try ring().file
            let hold: MasterKeyFileHold?
            do throws(MasterKeyFaults) { hold = try MasterKeyFileHold(file) } catch {
                throw KeysCommand.trouble(error)
            }
            guard let hold else {
                printError(
                    "Another command is changing `\(file.path.escapedForLine)`; try again when it has ended."
                )
                throw ExitCode.unavailable
            }
            defer { hold.release() }
            try await act()
        }

        /// Makes a key that becomes the current one; none where the settings hold the keys.
        func addKey() throws {
            guard settings.text == nil else { return }
            let (file, ring) = try ring()
            do throws(MasterKeyFaults) {
                try file.replace(ring, with: ring.adding(.generate()))
            } catch { throw KeysCommand.trouble(error) }
        }
    }

    /// Opens a spool, beside a serving core or without one, and does something with it.
    private static func administer(
        _ open: @autoclosure () throws -> DeliverySpool,
        _ act: (DeliverySpool) async throws -> Void
    ) async throws {
        do {
            let spool = try open()
            try await act(spool)
            await spool.close()
        } catch let trouble as StartTrouble {
            printError(trouble.description)
            throw trouble.code
        } catch let fault as Fault {
            throw trouble(fault)
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

    private static func trouble(_ fault: Fault) -> ExitCode {
        printError("\(fault)\n\(fault.code.entry.operatorHint)")
        return .unavailable
    }
}
