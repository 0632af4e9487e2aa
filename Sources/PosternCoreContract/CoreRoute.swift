public import HTTPTypes
import PosternDialectKit

/// One thing a core can be asked, as a row of the table that its server routes by, its description is made from and a
/// gateway asks by.
public struct CoreRoute: Sendable, Equatable {
    /// What is asked.
    public enum Name: String, Sendable, CaseIterable {
        /// Hand over one delivery.
        case entrust = "EntrustDelivery"
        /// Ask what became of one.
        case readState = "GetDelivery"
        /// Keep one from leaving.
        case withdraw = "WithdrawDelivery"
        /// Ask what ended.
        case listEndings = "ListEndings"
        /// Read the description of all this.
        case describe = "GetDescription"
    }

    /// A part of a path.
    public enum Segment: Sendable, Equatable {
        /// This word.
        case word(String)
        /// A delivery's key.
        case key
    }

    /// An answer that is no problem.
    public struct Success: Sendable, Equatable {
        /// Its status.
        public let status: Int
        /// When it comes.
        public let description: String
    }

    /// What is asked.
    public let name: Name
    /// By which method; `GET` stands for `HEAD` as well.
    public let method: HTTPRequest.Method
    /// Where.
    public let path: [Segment]
    /// What is asked, in a few words.
    public let summary: String
    /// What must be known to ask for it.
    public let description: String
    /// The answers when it was done.
    public let successes: [Success]
    /// The problems that are particular to it; ``CoreRoute/problems`` has all.
    let ownProblems: [CoreProblem.Name]

    /// Every route there is.
    public static let all = [
        CoreRoute(
            name: .entrust, method: .put, path: delivery, summary: "Entrust one delivery.",
            description: """
                The delivery is on disk before this is answered. Asked again, it changes nothing and tells how the delivery \
                stands. After a delivery has ended and its ending was acknowledged, its content is not compared any more.
                """,
            successes: [
                Success(status: 201, description: "The delivery was taken now."),
                Success(
                    status: 200,
                    description:
                        "The key was known: nothing changed. A delivery withdrawn before it came is not carried."
                ),
            ], ownProblems: [.mediaType, .tooLarge, .otherContent, .noSuchCourier]),
        CoreRoute(
            name: .readState, method: .get, path: delivery,
            summary: "Tell how one delivery stands.", description: "",
            successes: [Success(status: 200, description: "How the delivery stands.")],
            ownProblems: [.unknownDelivery]),
        CoreRoute(
            name: .withdraw, method: .delete, path: delivery, summary: "Withdraw one delivery.",
            description: """
                Decided against the couriers in one order: `withdrawn` cannot leave any more; `waiting` with `withdrawing` \
                is in a courier's hands, and is not tried again should that fail; anything else came too late. A key that \
                nobody has entrusted is remembered, and a delivery that comes under it later is not carried.
                """,
            successes: [Success(status: 200, description: "How the delivery stands now.")],
            ownProblems: []),
        CoreRoute(
            name: .listEndings, method: .get, path: [.word("v1"), .word("endings")],
            summary: "List what ended after a number, and acknowledge all up to it.",
            description: """
                Endings are numbered in the order in which they became true. Their keys are remembered for seven days \
                after they were acknowledged. Another `spool` than before, or a `last` below `after`, means that this \
                core has lost what it was entrusted with: entrust all of it anew, and begin after 0.
                """,
            successes: [
                Success(
                    status: 200, description: "The next endings, in the order of their numbers.")
            ], ownProblems: []),
        CoreRoute(
            name: .describe, method: .get, path: [.word("openapi.json")],
            summary: "Read this description.", description: "It needs no key.",
            successes: [Success(status: 200, description: "This document.")], ownProblems: []),
    ]

    private static let delivery: [Segment] = [.word("v1"), .word("deliveries"), .key]

    /// Whether it is done for nobody without the key.
    public var needsKey: Bool { name != .describe }

    /// Whether it takes the spool to answer.
    public var asksSpool: Bool { name != .describe }

    /// Every problem it can be answered with, by status.
    public var problems: [CoreProblem.Name] {
        let common: [CoreProblem.Name] = [
            .unreadable, .tooSlow, .tooLarge, .targetTooLong, .expectationUnknown, .headTooLarge,
            .failed,
        ]
        let guarded: [CoreProblem.Name] = needsKey ? [.keyRefused, .unavailable] : []
        let all = Set(common + guarded + ownProblems)
        return CoreProblem.Name.allCases.filter(all.contains)
    }

    /// The path as OpenAPI writes it.
    public var template: String {
        path.reduce(into: "") { text, segment in
            switch segment {
            case .word(let word): text += "/\(word)"
            case .key: text += "/{key}"
            }
        }
    }

    /// The route of a name.
    public static func named(_ name: Name) -> CoreRoute {
        guard let route = all.first(where: { $0.name == name }) else {
            preconditionFailure("the table has a row for each name")
        }
        return route
    }

    /// The target of a request for it.
    ///
    /// - Parameters:
    ///   - key: What stands in the path, where it takes a key.
    ///   - query: What follows it.
    /// - Returns: Path and query.
    public func target(_ key: DeliveryKey? = nil, query: EndingsQuery? = nil) -> String {
        let path = path.reduce(into: "") { text, segment in
            switch segment {
            case .word(let word): text += "/\(word)"
            case .key: text += "/\(key?.description ?? "")"
            }
        }
        return query.map { "\(path)?\($0.text)" } ?? path
    }
}

extension CoreRoute {
    /// What a request's method and path come to.
    public enum Match: Sendable, Equatable {
        /// A route, and the key in its path; nil for a route without one.
        case route(CoreRoute, DeliveryKey?)
        /// A route whose key is none.
        case malformedKey(CoreRoute)
        /// A path whose methods are others.
        case methodNotAllowed([HTTPRequest.Method])
        /// A path there is not.
        case unknown
    }

    /// Finds the route of a request.
    ///
    /// Paths are taken as they are written, but for escapes: no segment is dropped, none is resolved.
    public static func match(_ method: HTTPRequest.Method, _ target: String) -> Match {
        let path = Array(target.utf8.prefix { $0 != UInt8(ascii: "?") })
        guard path.first == UInt8(ascii: "/") else { return .unknown }
        let segments = path.dropFirst().split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false
        ).map { PercentCoding.decode($0) }
        let here = all.filter { $0.isAt(segments) }
        guard !here.isEmpty else { return .unknown }
        let asked = method == .head ? .get : method
        guard let route = here.first(where: { $0.method == asked }) else {
            let methods = here.flatMap { $0.method == .get ? [.get, .head] : [$0.method] }
            return .methodNotAllowed(methods)
        }
        guard let place = route.path.firstIndex(of: .key) else { return .route(route, nil) }
        guard let text = segments[place], let key = DeliveryKey(text) else {
            return .malformedKey(route)
        }
        return .route(route, key)
    }

    private func isAt(_ segments: [String?]) -> Bool {
        segments.count == path.count
            && zip(segments, path).allSatisfy { segment, expected in
                switch expected {
                case .word(let word): segment == word
                case .key: true
                }
            }
    }
}
