import ArgumentParser
import PosternCredentials
import PosternModel
import PosternSettings

/// What other units need to know of this one.
struct UnitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unit", abstract: "Join this unit with the units of others (Personium).",
        subcommands: [Key.self])

    /// Prints the public key, and makes one first where there is none.
    struct Key: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the public keys that partners verify this unit's cells by.",
            discussion: """
                Makes the private key in the data folder when there is none, readable by its owner alone. What is printed \
                is a JSON Web Key Set: give it to whoever runs the other unit, by a way on which nobody can change it.

                To change keys, move the file away and run this again; partners keep both keys in their file until \
                the gateway has been restarted with the new one.
                """)

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let file = UnitKeyFile(try options.read())
            do throws(UnitKeyFile.Trouble) {
                let key = if let key = try file.read() { key } else { try file.make() }
                print(key.publicKeys)
            } catch {
                printError(error.sentence)
                throw ExitCode.badSettings
            }
        }
    }
}
