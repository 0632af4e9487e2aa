import ArgumentParser
import Logging
import PosternModel
import PosternSealing
import PosternSettings
import PosternStorage

extension SQLiteStore {
    /// Who opens the ledger.
    enum Opener {
        /// The gateway, which reports its troubles itself.
        case gateway
        /// An administrator's command: it prints what it is thrown, and waits its turn beside a gateway under load.
        case command
    }

    /// Opens the ledger where the settings say, with the master keys they name.
    ///
    /// - Throws: ``StartTrouble`` with every fault of the keys, `Fault` for all else.
    convenience init(
        _ settings: Settings, for opener: Opener, mustExist: Bool = false
    ) throws {
        var options = Options()
        var logger = Logger(label: "postern.storage")
        if opener == .command {
            options.patience = .seconds(15)
            logger = Logger(label: "postern.storage") { _ in SwiftLogNoOpLogHandler() }
        }
        do throws(Fault) {
            try self.init(
                folder: settings.dataDirectory, mustExist: mustExist,
                keys: try Self.keys(settings), keyFile: settings.keys.file, options: options,
                logger: logger)
        } catch {
            guard error.code == .contentUnreadable else { throw error }
            throw StartTrouble(
                code: .badSettings,
                description: "keys: \(error.note)\n\(error.code.entry.operatorHint)")
        }
    }

    /// The master keys that the settings hold themselves; nil where those of a file hold.
    private static func keys(_ settings: Settings) throws(Fault) -> KeyVault? {
        guard let text = settings.keys.text else { return nil }
        do throws(MasterKeyFaults) { return KeyVault(try MasterKeyring(environment: text)) } catch {
            throw Fault(.contentUnreadable, note: "keys.text: \(error)")
        }
    }
}
