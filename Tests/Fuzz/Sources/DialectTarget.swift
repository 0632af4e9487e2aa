import HTTPTypes
import PosternDialectKit
import PosternDialectOSDI
import PosternDialectPersonium
import PosternDialectRevicom
import PosternDialectSecureMessaging
import PosternDialectSendHub
import PosternModel

extension FuzzTarget {
    /// A request's translation, and the answers to it: each must be readable by our own strict readers.
    ///
    /// The input is written as a request is: a line, fields, an empty line, the body; lines end in LF.
    static let dialect = FuzzTarget(name: "dialect", longest: 4096) { bytes in
        var input = FuzzInput(bytes)
        let start = input.line().split(
            separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard let method = HTTPRequest.Method(String(start[0])) else { return }
        var head = HTTPRequest(
            method: method, scheme: "https", authority: "example.com",
            path: start.count == 2 ? String(start[1]) : "/")
        while !input.isEmpty {
            let line = input.line()
            if line.isEmpty { break }
            let field = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard field.count == 2, let name = HTTPField.Name(String(field[0])) else { return }
            head.headerFields.append(
                HTTPField(name: name, value: String(field[1].drop { $0 == " " })))
        }
        let request = DialectRequest(head: head, body: input.rest)
        for dialect in dialects { drive(dialect, request) }
    }

    /// Every dialect that is driven; each gets every input.
    private static let dialects: [any Dialect] = {
        let mount = Mount(baseURL: "https://example.com")
        return [
            SecureMessagingDialect(),
            OSDIDialect(mount: Mount(baseURL: mount.baseURL, isShared: false)),
            PersoniumDialect(mount: mount, units: AllUnits()),
            RevicomDialect(mount: mount, clock: StandingClock(), callbackHosts: ["example.com"]),
            SendHubDialect(mount: mount),
        ]
    }()

    private struct AllUnits: ForeignUnits {
        func contains(_ unit: UnitURL) -> Bool { true }
    }

    private struct StandingClock: PosternModel.Clock {
        func now() -> Instant { FuzzTarget.noon }
    }

    private static func drive(_ dialect: any Dialect, _ request: DialectRequest) {
        switch dialect.decode(request) {
        case .notMine: break
        case .methodNotAllowed(let methods):
            require(!methods.contains(request.head.method), "another method is wanted")
        case .answer(let response): check(response)
        case .send(let intent, let manner):
            check(intent.credential)
            for outcome in outcomes { check(dialect.encode(outcome, in: manner)) }
        case .sends(let intents, let manner):
            require((1...1000).contains(intents.count), "sends are bounded")
            for intent in intents { check(intent.credential) }
            for outcome in outcomes {
                check(dialect.encode(intents.map { _ in outcome }, in: manner))
            }
        case .operate(let request, let manner):
            check(request.credential)
            for outcome in operationOutcomes { check(dialect.encode(outcome, in: manner)) }
        }
        for problem in problems { check(dialect.encode(problem, for: request)) }
    }

    private static func check(_ credential: PresentedCredential?) {
        require(
            credential.map {
                $0.token.withExposed {
                    (1...PresentedCredential.longestToken).contains($0.utf8.count)
                }
            } ?? true,
            "a token has a bounded length")
    }

    private static func check(_ response: DialectResponse) {
        require((200...599).contains(response.head.status.code), "the status is a final one")
        let type = response.head.headerFields[.contentType] ?? ""
        if MediaType(type).isJSON {
            require((try? JSONValue(strict: response.body)) != nil, "a JSON answer is JSON")
        } else if MediaType(type).isXML {
            require((try? MarkupElement(strict: response.body)) != nil, "an XML answer is XML")
        } else {
            require(
                response.body.isEmpty || type.contains("javascript")
                    || response.body == Array("PONG".utf8),
                "an answer's type is known: \(type)")
        }
    }

    private static let noon = Instant(milliseconds: 43_200_000)

    private static let problems: [RequestProblem] = [
        .bodyTooLarge(limit: 65_536), .tooSlow, .unknownRoute, .methodNotAllowed([.put]),
        .fault(Fault(.overloaded), .make(at: noon)),
    ]

    private static let operationOutcomes: [OperationOutcome] = {
        guard let policy = PolicyDigest(bytes: [UInt8](repeating: 7, count: 32)) else { return [] }
        let stamp = OperationStamp(decision: .make(at: noon), policy: policy)
        return [
            .done(.done, stamp),
            .done(.session(token: Secret("a"), user: .init(rawValue: 1)), stamp),
            .refused(OperationRefusal(.own(.labelTaken), sentence: "No <more>."), stamp),
            .failed(
                Failure(decision: .make(at: noon), policy: policy, fault: Fault(.storageUnreadable))
            ),
        ]
    }()

    private static let outcomes: [SendOutcome] = {
        guard let policy = PolicyDigest(bytes: [UInt8](repeating: 7, count: 32)) else { return [] }
        let stamp = DecisionStamp(decision: .make(at: noon), policy: policy)
        let answer = StoredAnswer(
            decision: .make(at: noon), notificationSent: true,
            notificationText: "a \u{1} <b> & \r\n\u{2028}",
            notificationHTML: "<p title='\"'>]]></p>")
        return [
            .accepted(Acceptance(stamp: stamp, answer: answer, replayed: false)),
            .wouldAccept(Preview(stamp: stamp, passwordRequired: true)),
            .refused(
                Refusal(
                    stamp: stamp,
                    objections: [
                        Objection(
                            rule: "recipients.limit", code: .sessionInvalid, sentence: "No <more>.")
                    ],
                    remedies: [.signIn, .removeBannedText(lists: ["a\"b"])],
                    at: Instant(milliseconds: 0))),
            .failed(
                Failure(decision: .make(at: noon), policy: policy, fault: Fault(.storageUnreadable))
            ),
        ]
    }()
}
