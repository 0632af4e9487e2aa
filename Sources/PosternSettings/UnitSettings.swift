public import PosternModel

/// A foreign unit whose cells exchange messages with cells here, as the file of units names it.
public struct UnitSettings: Sendable, Equatable {
    /// Where it is; nothing else is ever called.
    public var unit: UnitURL
    /// The file of its public keys, a JSON Web Key Set.
    public var keyFile: String
    /// The account here that stands for it.
    public var account: EmailAddress
    /// Certificate authorities of the unit, PEM; nil for the system's.
    public var trustRoots: String?

    /// Names each.
    public init(
        unit: UnitURL, keyFile: String, account: EmailAddress, trustRoots: String? = nil
    ) {
        self.unit = unit
        self.keyFile = keyFile
        self.account = account
        self.trustRoots = trustRoots
    }
}

/// How this unit takes part in Personium's exchange of messages between units.
public struct CrossingSettings: Sendable, Equatable {
    /// Where this unit is, as others name it; nil for the place that the API is served at.
    public var unit: UnitURL?
    /// The file of the private key that its cells' tokens are signed with; nil for `unit.key` in the data folder.
    public var keyFile: String?
    /// The file of foreign units; nil for none.
    public var unitsFile: String?

    init(_ reader: inout SettingsReader) {
        let address = reader.optionalText(
            "dialects.personium.unit", takes: "an https address",
            "Where this unit is as others name it; without it, the place the Personium API is served at."
        )
        unit = address.flatMap { UnitURL($0) }
        if address != nil, unit == nil {
            reader.object(
                "dialects.personium.unit",
                "It must be an address such as `https://unit.example/`: a host in lower case, a port other than 443 if any, and a slash at the end."
            )
        }
        keyFile = reader.optionalText(
            "dialects.personium.key", takes: "a file",
            "The private key that cells' tokens are signed with; without one, `unit.key` in the data folder."
        )
        unitsFile = reader.optionalText(
            "dialects.personium.units", takes: "a YAML file",
            "The units of others that cells exchange messages with; without it, none.")
    }
}
