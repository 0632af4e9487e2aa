import ArgumentParser
import Foundation
import PosternCredentials
import PosternModel
import PosternPipeline
import PosternSettings
import PosternStorage

/// Session tokens.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Mint, list and revoke session tokens.",
        subcommands: [Mint.self, List.self, Revoke.self])

    /// Makes a token and prints it, once.
    struct Mint: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a session token for an account and print it; it is shown only now.")

        @Flag(help: "It does not end for want of use; withdraw it when it is no longer needed.")
        var lasting = false
        @Flag(help: "It may look, and change or send nothing.") var readingOnly = false
        @OptionGroup var options: AccountOptions

        func run() async throws {
            let (ledger, account) = try options.open()
            let token = SessionToken.mint()
            try await ledger.administer("minted a token", to: account) { store, entry in
                try await store.addToken(
                    token.digest, of: account.id, lasting: lasting, readingOnly: readingOnly,
                    at: ledger.clock.now(), recording: entry)
            }
            token.text.withExposed { print($0) }
        }
    }

    /// Lists an account's tokens by digest.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List an account's tokens, by the digest that `revoke` takes.")

        @OptionGroup var options: AccountOptions
        @OptionGroup var format: OutputFormat

        private struct Row: Encodable {
            var digest: String
            var revoked: Bool
            var lasting: Bool
            var readingOnly: Bool
            var lastUsed: String
        }

        func run() async throws {
            let (ledger, account) = try options.open()
            for token in try ledger.store.tokens(of: account.id) {
                let row = Row(
                    digest: Hexadecimal.encode(token.digest.bytes), revoked: token.revoked,
                    lasting: token.lasting, readingOnly: token.readingOnly,
                    lastUsed: token.lastSeen.rfc3339)
                let state = row.revoked ? "revoked" : "good"
                let kind =
                    (row.lasting ? " lasting" : "") + (row.readingOnly ? " reading-only" : "")
                try format.show(row, as: "\(row.digest) \(state)\(kind) last used \(row.lastUsed)")
            }
            await ledger.store.close()
        }
    }

    /// Withdraws a token.
    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Withdraw a token; requests that show it are answered 811 from now on.")

        @Argument(help: "The token's digest, from `postern token list`.") var digest: String
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            guard let bytes = Hexadecimal.decode(digest), let token = TokenDigest(bytes: bytes)
            else { throw ValidationError("A digest has 64 hexadecimal digits.") }
            let ledger = try Ledger.open(options.read())
            let found = try await ledger.administer("revoked a token") { store, entry in
                try await store.revokeToken(token, recording: entry)
            }
            guard found else {
                printError("No such token was still good.")
                throw ExitCode.failure
            }
            print("revoked")
        }
    }
}

/// Accounts.
struct AccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account",
        abstract: "Show, name, disable, enable and unlock accounts, and forget people in the log.",
        subcommands: [
            Show.self, HandleCommand.self, Disable.self, Enable.self, Unlock.self, Mailbox.self,
            Forget.self,
        ])

    /// Prints one account.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show an account.")

        @OptionGroup var options: AccountOptions
        @OptionGroup var format: OutputFormat

        private struct Row: Encodable {
            var address: String
            var handle: String?
            var status: String
            var group: String
            var wrongPasswords: Int
        }

        func run() async throws {
            let (ledger, account) = try options.open()
            let row = Row(
                address: account.address.description, handle: account.handle?.description,
                status: account.status.rawValue, group: account.group,
                wrongPasswords: account.attempts)
            let handle = row.handle.map { " handle \($0)" } ?? ""
            try format.show(
                row,
                as:
                    "\(row.address)\(handle) \(row.status) group \(row.group.escapedForLine) wrong passwords \(row.wrongPasswords)"
            )
            await ledger.store.close()
        }
    }

    /// Gives an account a handle.
    struct HandleCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "handle",
            abstract: "Give an account the short name clients of some APIs know it by.")

        @OptionGroup var options: AccountOptions
        @Argument(
            help: "The name: letters, digits, - and _, the first a letter or digit; one account's.")
        var name: String

        func run() async throws {
            guard let handle = Handle(name) else {
                throw ValidationError(
                    "`\(name.escapedForLine)` is no handle: 1 to 128 letters a-z, digits, - and _, the first a letter or digit."
                )
            }
            let (ledger, account) = try options.open()
            let isFree = try await ledger.administer("named an account", to: account) {
                store, entry in
                try await store.setHandle(handle, of: account.id, recording: entry)
            }
            guard isFree else {
                printError("Another account has the handle `\(handle)`.")
                throw ExitCode.failure
            }
            print("\(handle)")
        }
    }

    /// Switches an account off.
    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Switch an account off: its sessions end, and nobody may write to it.")

        @OptionGroup var options: AccountOptions

        func run() async throws {
            try await options.set(.disabled, note: "disabled an account")
        }
    }

    /// Switches an account on.
    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Switch an account on.")

        @OptionGroup var options: AccountOptions

        func run() async throws {
            try await options.set(.active, note: "enabled an account")
        }
    }

    /// Forgets wrong passwords.
    struct Unlock: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget an account's wrong passwords, and its locks.")

        @OptionGroup var options: AccountOptions

        func run() async throws {
            let (ledger, account) = try options.open()
            let some = try await ledger.administer("unlocked an account", to: account) {
                store, entry in try await store.unlockAttempts(of: account.id, recording: entry)
            }
            print(some ? "unlocked" : "there was nothing to forget")
        }
    }

    /// Lists what lies in a mailbox.
    struct Mailbox: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what lies in an account's mailbox, newest first; never the messages.")

        @Option(help: "How many at most.") var limit = 50
        @OptionGroup var options: AccountOptions
        @OptionGroup var format: OutputFormat

        private struct Row: Encodable {
            var message: String
            var sender: String
            var deliveredAt: String
            var subject: String
        }

        func run() async throws {
            let (ledger, account) = try options.open()
            for item in try ledger.store.mailbox(of: account.id, limit: max(0, limit)) {
                let row = Row(
                    message: item.message.description, sender: item.sender.description,
                    deliveredAt: item.deliveredAt.rfc3339, subject: item.subject)
                try format.show(
                    row,
                    as:
                        "\(row.message) from \(row.sender) at \(row.deliveredAt): \(row.subject.escapedForLine)"
                )
            }
            await ledger.store.close()
        }
    }
}

extension AccountCommand {
    /// Has the audit log forget a person.
    struct Forget: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Destroy the key to what the audit log says of a person: an erasure request.",
            discussion: """
                The log stays as it is and verifies as before; whom its entries are about can no longer be opened. There is \
                no way back. The account stays, and so do its messages. Exits with 1 when there is nothing to forget.
                """)

        @OptionGroup var options: AccountOptions

        func run() async throws {
            let (ledger, account) = try options.open()
            let outcome = try await ledger.administer("forgot a person", to: account) {
                store, entry in
                try await store.destroySubjectKey(of: account.id, recording: entry)
            }
            guard outcome != .nothing else {
                printError(
                    "There is nothing to forget: no entry that can be opened is about `\(account.address)`."
                )
                throw ExitCode.failure
            }
            print(
                """
                forgot \(account.address)
                That the entries until now are about them can never be opened again. The log itself is unchanged.
                The account and its messages stay, and the ledger still knows which entry let each message leave.
                Entries about others may name the address as a recipient, and backups made before open everything.
                What comes after, beginning with this act, is sealed under a new key.
                """)
            guard outcome == .done else {
                printError(
                    "A program that reads the ledger keeps the old key in its write-ahead log. Start the gateway anew when that has ended: it empties the log."
                )
                throw ExitCode.unavailable
            }
        }
    }
}

/// The account a command is about.
struct AccountOptions: ParsableArguments {
    @Argument(help: "The account's address.") var address: String
    @OptionGroup var settings: SettingsOptions

    /// Opens the ledger and finds the account, or says why not and exits.
    func open() throws -> (Ledger, AccountSummary) {
        let ledger = try Ledger.open(settings.read())
        return (ledger, try ledger.account(address))
    }

    /// Switches the account, recorded.
    func set(_ status: AccountStatus, note: String) async throws {
        let (ledger, account) = try open()
        _ = try await ledger.administer(note, to: account) { store, entry in
            try await store.setStatus(status, of: account.id, recording: entry)
        }
        print(status.rawValue)
    }
}

/// Delivery work.
struct DeliveryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delivery", abstract: "Show delivery work and what was given up.",
        subcommands: [DeadLetters.self, Counts.self])

    /// Lists dead letters.
    struct DeadLetters: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List delivery work that was given up, with the reasons.")

        @Option(help: "How many at most.") var limit = 100
        @OptionGroup var options: SettingsOptions
        @OptionGroup var format: OutputFormat

        private struct Row: Encodable {
            var message: String
            var recipient: String
            var courier: String
            var attempts: Int
            var reason: String
        }

        func run() async throws {
            let ledger = try Ledger.open(options.read())
            for letter in try ledger.store.deadLetters(limit: max(0, limit)) {
                let row = Row(
                    message: letter.message.description, recipient: "\(letter.recipient)",
                    courier: letter.courier.rawValue, attempts: letter.attempts,
                    reason: letter.reason)
                try format.show(
                    row,
                    as:
                        "\(row.message) to \(row.recipient) by \(row.courier) after \(row.attempts) attempts: \(row.reason.escapedForLine)"
                )
            }
            await ledger.store.close()
        }
    }

    /// Counts what the ledger holds.
    struct Counts: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Count what the ledger holds, as JSON.")

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let ledger = try Ledger.open(options.read())
            let counts = try ledger.store.counts()
            print(String(decoding: try JSONEncoder.sorted.encode(counts), as: UTF8.self))
            await ledger.store.close()
        }
    }
}
