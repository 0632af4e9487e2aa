/// Where one client API is served.
public struct DialectSettings: Sendable, Equatable {
    /// Whether it is served at all.
    public var isOn: Bool
    /// The only host name it answers at, in lower case; nil for any.
    public var host: String?
    /// What its paths begin with, `/name` without a slash at the end; empty for nothing.
    public var prefix: String

    /// Whether it shares its place with other APIs.
    public var isShared: Bool { host == nil && prefix.isEmpty }

    private enum Switch: String, CaseIterable, Sendable {
        case on, off
    }

    init(_ reader: inout SettingsReader, _ key: String, called name: String) {
        isOn =
            reader.choice(
                "dialects.\(key).serve", default: Switch.on, "Whether the \(name) API is served.")
            == .on
        let host = reader.optionalText(
            "dialects.\(key).host", takes: "a host name",
            "The only host name the \(name) API answers at; without it, any.")
        self.host = host?.lowercased()
        prefix =
            reader.optionalText(
                "dialects.\(key).prefix", takes: "a path",
                "What the \(name) API's paths begin with, such as `/\(key)`; without it, nothing.")
            ?? ""
        if let host, !Self.isHost(host) {
            reader.object("dialects.\(key).host", "It must be a host name, without a port.")
        }
        if !prefix.isEmpty, !Self.isPrefix(prefix) {
            reader.object(
                "dialects.\(key).prefix",
                "It must begin with `/`, not end with one, and hold letters, digits, `-`, `_` and `/` alone."
            )
        }
    }

    static func isHost(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(isHostByte)
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        isNameByte(byte) || byte == UInt8(ascii: ".")
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isPrefix(_ text: String) -> Bool {
        text.utf8.first == UInt8(ascii: "/") && text.utf8.last != UInt8(ascii: "/")
            && !text.contains("//")
            && text.utf8.allSatisfy { isNameByte($0) || $0 == UInt8(ascii: "/") }
    }
}

/// Where each client API is served.
public struct DialectsSettings: Sendable, Equatable {
    /// Secure Messaging.
    public var secureMessaging: DialectSettings
    /// OSDI.
    public var osdi: DialectSettings
    /// Personium.
    public var personium: DialectSettings
    /// Revicom.
    public var revicom: DialectSettings
    /// The hosts that clients of Revicom may have called back, in lower case.
    public var revicomCallbackHosts: Set<String>
    /// Certificate authorities of those hosts, PEM; nil for the system's.
    public var revicomCallbackTrustRoots: String?
    /// SendHub.
    public var sendHub: DialectSettings

    init(_ reader: inout SettingsReader) {
        secureMessaging = DialectSettings(&reader, "secureMessaging", called: "Secure Messaging")
        osdi = DialectSettings(&reader, "osdi", called: "OSDI")
        personium = DialectSettings(&reader, "personium", called: "Personium")
        revicom = DialectSettings(&reader, "revicom", called: "Revicom")
        revicomCallbackHosts = Self.callbackHosts(&reader)
        revicomCallbackTrustRoots = reader.optionalText(
            "dialects.revicom.callbackTrustRoots", takes: "a PEM file",
            "Certificate authorities of those hosts; without it the system's.")
        sendHub = DialectSettings(&reader, "sendHub", called: "SendHub")
        let all = [secureMessaging, osdi, personium, revicom, sendHub]
        if !all.contains(where: \.isOn) {
            reader.object(
                "dialects.secureMessaging.serve", "At least one client API must be served.")
        }
    }

    private static func callbackHosts(_ reader: inout SettingsReader) -> Set<String> {
        let name = "dialects.revicom.callbackHosts"
        let text = reader.optionalText(
            name, takes: "host names with commas between them",
            "The hosts that clients of the Revicom API may have called back; without it, none.")
        let hosts = (text ?? "").split(separator: ",", omittingEmptySubsequences: false).map {
            $0.filter { $0 != " " }.lowercased()
        }
        guard text != nil else { return [] }
        if !hosts.allSatisfy(DialectSettings.isHost) {
            reader.object(name, "It must be host names without ports, with commas between them.")
        }
        return Set(hosts)
    }
}
