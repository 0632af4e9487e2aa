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
        options.sessionMemory = settings.sessionIdle + .seconds(7 * 86_400)
        var logger = Logger(label: "postern.storage")
        if opener == .command {
            options.patience = .seconds(15)
            logger = Logger(label: "postern.storage") { _ in SwiftLogNoOpLogHandler() }
        }
        do throws(Fault) {
            try self.init(
                folder: settings.dataDirectory, mustExist: mustExist,
                keys: try settings.keys.vault(), keyFile: settings.keys.file, options: options,
                logger: logger)
        } catch { throw StartTrouble.ifKeys(error) }
    }
}

extension StartTrouble {
    /// What is wrong with the keys, as a fault of the settings; any other fault as it is.
    static func ifKeys(_ fault: Fault) -> any Error {
        guard fault.code == .contentUnreadable else { return fault }
        return StartTrouble(
            code: .badSettings,
            description: "keys: \(fault.note)\n\(fault.code.entry.operatorHint)")
    }
}

extension KeySettings {
    /// The master keys that the settings hold themselves; nil where those of a file hold.
    func vault() throws(Fault) -> KeyVault? {
        guard let text else { return nil }
        do throws(MasterKeyFaults) { return KeyVault(try MasterKeyring(environment: text)) } catch {
            throw Fault(.contentUnreadable, note: "keys.text: \(error)")
        }
    }
}
