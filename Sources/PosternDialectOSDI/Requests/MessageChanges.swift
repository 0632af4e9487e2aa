import PosternDialectKit
import PosternModel

/// What a client says of a message: members that are there change it, `null` clears, lists are replaced whole.
///
/// What only Postern can say is passed over: `status`, the dates of sending and scheduling, `total_targeted`,
/// `statistics`, links, and whatever else the specification does not give a message. The helpers are the only way to
/// send, and so past the policy nothing leads.
struct MessageChanges: Sendable {
    /// The most targets a message may have.
    static let mostTargets = 100
    /// The longest subject, in bytes.
    static let longestSubject = 1000

    private var subject: String?
    private var body: String?
    private var targets: [Target]?
    private var steps: [@Sendable (inout MessageExtras) -> Void] = []

    /// Reads a message's members.
    ///
    /// - Throws: A member of the wrong type, one that is too long, or a target that is none of this place's lists.
    init(_ object: JSONObject, _ links: Links) throws(BadRequest) {
        if object.has("subject") {
            subject = try object.line("subject", longest: Self.longestSubject) ?? ""
        }
        if object.has("body") { body = try object.text("body") ?? "" }
        if object.has("targets") {
            targets = try Self.targets(
                object.objects("targets", longest: Self.mostTargets), links)
        }
        try readExtras(object)
    }

    private static func targets(
        _ objects: [JSONObject], _ links: Links
    ) throws(BadRequest) -> [Target] {
        var targets: [Target] = []
        for object in objects {
            // An address elsewhere is never fetched, and a query is nothing Postern could run.
            guard let href = try object.text("href"), let list = links.list(at: href) else {
                throw BadRequest(
                    "Each of the targets must have the href of a list of this entry point's.",
                    at: "targets")
            }
            targets.append(.list(list))
        }
        return targets
    }

    private mutating func readExtras(_ object: JSONObject) throws(BadRequest) {
        if object.has("identifiers") {
            let identifiers = try MessageExtras.identifiers(object)
            steps.append { $0.identifiers = identifiers }
        }
        for text in MessageExtras.Text.allCases where object.has(text.rawValue) {
            let value = try object.line(text.rawValue, longest: text.longest)
            // A client that puts back what it got does not make Postern's own name its own.
            let isOwn = text == .originSystem && value == MessageExtras.originSystem
            steps.append { $0.texts[text] = isOwn || value == "" ? nil : value }
        }
        for hour in MessageExtras.Hour.allCases where object.has(hour.rawValue) {
            let value = try object.number(hour.rawValue, in: 0...24)
            steps.append { $0.hours[hour] = value }
        }
        if object.has("type") {
            let word = try object.text("type")
            let kind = word.flatMap(MessageExtras.Kind.init)
            guard word == nil || kind != nil else {
                throw BadRequest("type must be email or sms.", at: "type")
            }
            steps.append { $0.kind = kind }
        }
        if object.has("sections") {
            let sections = try MessageExtras.sections(object)
            steps.append { $0.sections = sections }
        }
    }

    /// Makes the changes.
    ///
    /// A body that is given anew, or a message that becomes another kind, is looked at for markup again: see
    /// ``PosternModel/BodyFormat`` for what that decides.
    func apply(to content: inout DraftContent) {
        if let subject { content.subject = subject }
        if let targets { content.targets = targets }
        var extras = MessageExtras(content.annex)
        let kind = extras.kind
        for step in steps { step(&extras) }
        if !steps.isEmpty { content.annex = extras.annex }
        if let body { content.body = body }
        if body != nil || extras.kind != kind {
            content.bodyFormat =
                extras.kind != .sms && Markup.isLikely(in: content.body) ? .html : .text
        }
    }
}
