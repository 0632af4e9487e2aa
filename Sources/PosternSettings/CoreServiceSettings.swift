public import Configuration
import PosternModel

/// All that can be set of a core in a process of its own; what a gateway has too has the same name here.
public struct CoreServiceSettings: CommandSettings {
    /// The listener that the gateway connects to.
    public var listener: ListenerSettings
    /// The operators' listener: health and metrics, plain HTTP.
    public var operations: OperationsSettings
    /// What every request must show.
    public var key: SecretPlace
    /// The folder of the spool.
    public var dataDirectory: String
    /// What deliveries are sealed under.
    public var keys: KeySettings
    /// The mail relay; nil when notifications are not carried.
    public var relay: RelaySettings?
    /// The webhook; nil when nothing is carried to telephones.
    public var webhook: WebhookSettings?
    /// Requests under way at once; more are answered 503.
    public var requestsInFlight: Int
    /// Threads that answer.
    public var threads: Int
    /// How much is logged.
    public var logLevel: Settings.LogLevel
    /// How long a stop waits for requests in flight.
    public var shutdownGrace: Duration

    /// Reads everything and reports every fault together.
    public init(from source: ConfigReader, processors: Int) throws(SettingFaults) {
        var reader = SettingsReader(source)
        self.init(&reader, processors: processors)
        if !reader.faults.isEmpty { throw SettingFaults(faults: reader.faults) }
    }

    /// Every setting there is, in reading order.
    public static func table(processors: Int) -> [Setting] {
        var reader = SettingsReader(ConfigReader(provider: InMemoryProvider(values: [:])))
        _ = CoreServiceSettings(&reader, processors: processors)
        return reader.table
    }

    private init(_ reader: inout SettingsReader, processors: Int) {
        listener = ListenerSettings(&reader, port: 8444)
        operations = OperationsSettings(&reader, port: 9465)
        let given = SecretPlace.readCoreKey(&reader)
        if given == nil {
            reader.object(
                "core.key",
                "A core needs `core.key` or `core.keyFile`: not everybody may have things carried.")
        }
        key = given ?? .given(Secret(""))
        dataDirectory = reader.text(
            "data.directory", default: "core", takes: "a folder", "Where the spool lives.")
        keys = KeySettings(&reader)
        let faults = reader.faults.count
        relay = RelaySettings.read(&reader)
        webhook = WebhookSettings.read(&reader)
        if relay == nil, webhook == nil, reader.faults.count == faults {
            reader.object(
                "relay.host", "A core carries nothing without `relay.host` or `webhook.url`.")
        }
        requestsInFlight = reader.number(
            "core.requestsInFlight", default: 256, in: 1...100_000,
            "Requests under way at once; more are answered 503.")
        threads = reader.number(
            "core.threads", default: max(2, processors), in: 1...256,
            "Threads that answer a gateway: they wait for the disk.")
        logLevel = reader.choice("log.level", default: .info, "How much is logged.")
        shutdownGrace = reader.duration(
            "core.shutdownGrace", default: "10s", upTo: "10m",
            "How long a stop waits for requests in flight and deliveries under way.")
    }
}
