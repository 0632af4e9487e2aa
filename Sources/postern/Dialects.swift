import PosternDialectKit
import PosternDialectOSDI
import PosternDialectPersonium
import PosternDialectRevicom
import PosternDialectSecureMessaging
import PosternDialectSendHub
import PosternGateway
import PosternModel
import PosternSettings

/// The client APIs that are served, each at its place.
struct Dialects {
    /// In the order in which they are asked whose a request is.
    ///
    /// Secure Messaging is asked last: where APIs share a path, the others take only what shows their credential.
    let mounted: [any Dialect]
    /// What describes them to machines.
    let descriptions: [FixedPage]
    /// By name, how those word what became of a message that promise to call back.
    static let callbackWordings = ["revicom": RevicomDialect.callback(for:)]

    /// Where this unit's cells are, as other units name it; nil where that is no address of a unit.
    static func unit(_ settings: Settings) -> UnitURL? {
        settings.dialects.crossing.unit
            ?? UnitURL(mount(settings.dialects.personium, settings).baseURL + "/")
    }

    private static func mount(_ place: DialectSettings, _ settings: Settings) -> Mount {
        let portal =
            settings.portal.hasSuffix("/") ? String(settings.portal.dropLast()) : settings.portal
        let origin = place.host.map { "https://\($0)" } ?? portal
        return Mount(baseURL: origin + place.prefix, isShared: place.isShared)
    }

    /// The place of Personium's API, which names itself as other units do.
    private static func personium(_ settings: Settings) -> Mount {
        var mount = mount(settings.dialects.personium, settings)
        if let unit = settings.dialects.crossing.unit {
            mount.baseURL = String(unit.description.dropLast())
        }
        return mount
    }

    /// Puts the client APIs in their places.
    ///
    /// - Parameters:
    ///   - settings: Where those are.
    ///   - units: The units of others, whose cells can be written to.
    init(_ settings: Settings, units: any ForeignUnits) {
        let places = settings.dialects
        let first = SecureMessagingDialect(service: ServiceDescription(settings))
        func mount(_ place: DialectSettings) -> Mount { Self.mount(place, settings) }
        let all: [(DialectSettings, any Dialect)] = [
            (places.osdi, OSDIDialect(mount: mount(places.osdi))),
            (
                places.revicom,
                RevicomDialect(
                    mount: mount(places.revicom), clock: SystemClock(),
                    callbackHosts: places.revicomCallbackHosts)
            ),
            (places.sendHub, SendHubDialect(mount: mount(places.sendHub))),
            (places.personium, PersoniumDialect(mount: Self.personium(settings), units: units)),
            (places.secureMessaging, first),
        ]
        let served = all.filter(\.0.isOn)
        // An API with a place of its own is asked before those that answer anywhere.
        mounted =
            served.filter { !$0.0.isShared }.map { place, dialect in
                MountedDialect(dialect, host: place.host, prefix: place.prefix)
            } + served.filter(\.0.isShared).map(\.1)
        descriptions = places.secureMessaging.isOn ? [first.openAPI] : []
    }
}
