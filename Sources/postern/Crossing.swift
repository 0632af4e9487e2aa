import Logging
import NIOCore
import PosternCredentials
import PosternDelivery
import PosternDialectPersonium
import PosternModel
import PosternPipeline
import PosternSettings
import PosternStorage

/// The exchange of messages with the units of others: whom with, and as whom.
struct Crossing {
    let register: UnitRegister
    let keeper: TrustKeeper<UnitRegister>
    let home: PersoniumPortCourier.Home

    /// Reads what the settings name; nil when there is no file of units.
    ///
    /// - Throws: ``StartTrouble``.
    init?(_ settings: Settings, logger: Logger) throws(StartTrouble) {
        guard let file = settings.dialects.crossing.unitsFile else { return nil }
        guard let unit = Dialects.unit(settings) else {
            throw Self.trouble(
                "The place of the Personium API is no address of a unit: set `dialects.personium.unit`."
            )
        }
        do throws(UnitKeyFile.Trouble) {
            let keyFile = UnitKeyFile(settings)
            guard let key = try keyFile.read() else {
                throw UnitKeyFile.Trouble(
                    sentence:
                        "There is no key at `\(keyFile.path.escapedForLine)`: `postern unit key` makes one."
                )
            }
            home = PersoniumPortCourier.Home(unit: unit, key: key)
        } catch { throw Self.trouble(error.sentence) }
        do throws(TrustTrouble) {
            let first = try LoadedTrust(unitsIn: file, besides: unit)
            let register = UnitRegister(first.value)
            self.register = register
            keeper = TrustKeeper(first, of: "units", register: register, logger: logger) {
                () throws(TrustTrouble) in
                try LoadedTrust(unitsIn: file, besides: unit)
            }
        } catch {
            throw StartTrouble(code: .badSettings, description: error.description)
        }
    }

    /// The courier to other units' cells, which words messages as Personium does, whatever API they were sent by.
    func courier(
        reading store: SQLiteStore, clock: any Clock, group: any EventLoopGroup
    ) -> PersoniumPortCourier {
        PersoniumPortCourier(
            home: home, units: { [register] in register.current },
            wording: { [home] letter, cell throws(Fault) in
                try PersoniumDialect.port(letter, to: cell, from: home.unit) {
                    name throws(Fault) in
                    try store.mailView { view throws(Fault) in
                        try view.incoming(.guid(name), for: letter.sender, at: clock.now())
                    }?.annex
                }
            }, clock: clock, group: group)
    }

    private static func trouble(_ sentence: String) -> StartTrouble {
        StartTrouble(code: .badSettings, description: "dialects.personium: \(sentence)")
    }
}
