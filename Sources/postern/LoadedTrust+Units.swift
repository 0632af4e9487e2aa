import PosternCredentials
import PosternDelivery
import PosternModel
import PosternSettings

extension UnitRegister: TrustRegister {}

extension LoadedTrust<ForeignUnitList> {
    /// Reads the file of units and every file it names.
    ///
    /// - Parameters:
    ///   - file: The file of units.
    ///   - home: This unit, which is foreign to itself in no list.
    /// - Throws: ``TrustTrouble`` with everything wrong with all of them.
    init(unitsIn file: String, besides home: UnitURL) throws(TrustTrouble) {
        var fingerprint = TrustFingerprint(of: [file])
        let named: [UnitSettings]
        do throws(SettingFaults) { named = try UnitsFile.read(file) } catch {
            throw TrustTrouble(error)
        }
        for path in named.flatMap({ [$0.keyFile, $0.trustRoots].compactMap(\.self) }) {
            fingerprint.look(at: path)
        }
        var lines: [String] = []
        var units: [ForeignUnit] = []
        for settings in named {
            if settings.unit == home {
                lines.append("\(file): `\(home)` is this unit, and not another.")
            }
            if let roots = settings.trustRoots,
                let trouble = PersoniumPortCourier.trouble(ofAuthorities: roots)
            {
                lines.append("\(roots): \(trouble)")
            }
            let authorities = settings.trustRoots.map {
                ForeignUnit.Authorities(file: $0, mark: fingerprint.looks[$0] ?? "")
            }
            do throws(TrustTrouble) {
                units.append(
                    ForeignUnit(
                        url: settings.unit,
                        keys: try JWTKeySet(
                            file: settings.keyFile, for: Set(JWTAlgorithm.allCases)),
                        account: settings.account, authorities: authorities))
            } catch {
                lines += error.lines
            }
        }
        if !lines.isEmpty { throw TrustTrouble(lines: lines) }
        self.init(
            value: ForeignUnitList(units),
            names: units.map {
                "\($0.url) as \($0.account): \($0.keys.names.joined(separator: " "))"
            },
            fingerprint: fingerprint)
    }
}
