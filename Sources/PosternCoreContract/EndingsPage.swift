import PosternDialectKit
public import PosternModel

/// One delivery's end, as a core tells it.
public struct DeliveryEnding: Sendable, Equatable {
    /// Its place among all that ended; counted from 1, and never used twice by one spool.
    public var number: Int64
    /// The delivery.
    public var key: DeliveryKey
    /// How it ended: never ``DeliveryState/Standing/waiting``.
    public var standing: DeliveryState.Standing
    /// Why it was given up: a whole sentence for an operator.
    public var reason: String?
    /// When it ended.
    public var at: Instant

    /// Makes an ending.
    public init(
        number: Int64, key: DeliveryKey, standing: DeliveryState.Standing, reason: String? = nil,
        at: Instant
    ) {
        self.number = number
        self.key = key
        self.standing = standing
        self.reason = reason
        self.at = at
    }
}

/// What ended after a number, in the order of the numbers.
public struct EndingsPage: Sendable, Equatable {
    /// Whose numbers these are.
    ///
    /// Another name than before, or a ``last`` below the number asked after, means that the core has lost what it was
    /// entrusted with.
    public var spool: SpoolID
    /// The greatest number given so far; 0 for none.
    public var last: Int64
    /// The endings, at most as many as were asked for.
    public var endings: [DeliveryEnding]

    /// The most endings one page has.
    public static let longest = 1000

    /// Makes a page.
    public init(spool: SpoolID, last: Int64, endings: [DeliveryEnding]) {
        self.spool = spool
        self.last = last
        self.endings = endings
    }
}

extension EndingsPage {
    /// Reads the body of an answer.
    ///
    /// Members it does not know are passed over: a newer core may have more to say.
    ///
    /// - Throws: The first thing that is wrong; also for numbers that do not rise.
    public init(json bytes: [UInt8]) throws(ContractProblem) {
        var members = try ContractMembers(bytes)
        spool = try members.value("spool") { SpoolID($0) }
        last = try members.number("last", in: 0...Int64.max)
        endings = []
        for var item in try members.list("endings", most: Self.longest) {
            let ending = DeliveryEnding(
                number: try item.number("number", in: 1...Int64.max),
                key: try item.value("key") { DeliveryKey($0) },
                standing: try item.value("state") {
                    DeliveryState.Standing(rawValue: $0).flatMap { $0 == .waiting ? nil : $0 }
                },
                reason: try item.textIfPresent("reason"),
                at: try item.value("at") { Instant(contractText: $0) })
            guard ending.number > endings.last?.number ?? 0, ending.number <= last else {
                throw ContractProblem(
                    sentence: "The numbers of the member `endings` do not rise to `last`.")
            }
            endings.append(ending)
        }
    }

    /// The body of an answer.
    public var json: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("spool", spool.description)
            json.member("last", last)
            json.array("endings", of: endings) { json, ending in
                json.object { json in
                    json.member("number", ending.number)
                    json.member("key", ending.key.description)
                    json.member("state", ending.standing.rawValue)
                    json.member("reason", ifPresent: ending.reason)
                    json.member("at", ending.at.contractText)
                }
            }
        }
        return json.bytes
    }
}
