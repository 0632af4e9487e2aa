import PosternDialectKit
import PosternModel

/// The members of a message that only this API has: kept with it, shown again, and without effect on its sending.
///
/// INVARIANT: whatever changes are merged, the annex fits: with each bound reached and each byte escaped it has less
/// than ``PosternModel/Annex/largest`` bytes.
struct MessageExtras: Sendable, Equatable {
    /// Members of one line.
    enum Text: String, Sendable, CaseIterable {
        case originSystem = "origin_system"
        case name
        case from
        case replyTo = "reply_to"
        case administrativeURL = "administrative_url"
        case browserURL = "browser_url"

        /// The most bytes.
        var longest: Int {
            switch self {
            case .originSystem, .from: 200
            case .name, .replyTo: 320
            case .administrativeURL, .browserURL: 1000
            }
        }
    }

    /// Hours of the day.
    enum Hour: String, Sendable, CaseIterable {
        case start = "daily_start_hour"
        case stop = "daily_stop_hour"
    }

    /// What a message is called.
    enum Kind: String, Sendable {
        case email, sms
    }

    /// A word recipients may answer with, and what they are to be answered.
    struct Section: Sendable, Equatable {
        var keyword: String
        var autoReply: String
    }

    /// Where messages come from that do not say it.
    static let originSystem = "Postern"

    var identifiers: [String] = []
    var texts: [Text: String] = [:]
    var kind: Kind?
    var sections: [Section] = []
    var hours: [Hour: Int] = [:]

    /// Nothing.
    init() {}
}

extension MessageExtras {
    /// Reads the client's own names of a message; Postern's stay Postern's.
    static func identifiers(_ object: JSONObject) throws(BadRequest) -> [String] {
        var identifiers: [String] = []
        for value in try object.list("identifiers", longest: 16) {
            guard case .string(let text) = value, !text.isEmpty, text.isLine(longest: 128) else {
                throw BadRequest(
                    "identifiers must be texts such as system:id, of at most 128 bytes each.",
                    at: "identifiers")
            }
            if !text.hasPrefix(Identifier.prefix) { identifiers.append(text) }
        }
        return identifiers
    }

    /// Reads the answers to answers.
    static func sections(_ object: JSONObject) throws(BadRequest) -> [Section] {
        var sections: [Section] = []
        for section in try object.objects("sections", longest: 16) {
            sections.append(
                Section(
                    keyword: try section.line("keyword", longest: 40) ?? "",
                    autoReply: try section.line("auto_reply", longest: 500) ?? ""))
        }
        return sections
    }
}

// MARK: the annex

extension MessageExtras {
    private static let dialect = "osdi"

    /// Reads an annex; nothing for another dialect's.
    init(_ annex: Annex?) {
        guard let annex, annex.dialect == Self.dialect,
            case .object(let object)? = try? JSONValue(strict: annex.bytes)
        else { return }
        identifiers = (try? Self.identifiers(object)) ?? []
        sections = (try? Self.sections(object)) ?? []
        kind = (try? object.text("type")).flatMap { Kind(rawValue: $0) }
        for text in Text.allCases { texts[text] = try? object.text(text.rawValue) }
        for hour in Hour.allCases { hours[hour] = try? object.number(hour.rawValue, in: 0...24) }
    }

    /// The annex; nil when there is nothing to keep.
    var annex: Annex? {
        self == MessageExtras()
            ? nil : Annex(dialect: Self.dialect, bytes: Array("{\(members)}".utf8))
    }

    /// WHY NOT: the writer of answers, which makes six bytes of `<` and `&`; the bounds would have to be a third of what
    /// they are.
    private var members: String {
        var members: [String] = []
        if !identifiers.isEmpty {
            members.append(
                "\"identifiers\":[\(identifiers.map(Self.quoted).joined(separator: ","))]")
        }
        for text in Text.allCases {
            if let value = texts[text] {
                members.append("\"\(text.rawValue)\":\(Self.quoted(value))")
            }
        }
        if let kind { members.append("\"type\":\"\(kind.rawValue)\"") }
        if !sections.isEmpty {
            let written = sections.map {
                "{\"keyword\":\(Self.quoted($0.keyword)),\"auto_reply\":\(Self.quoted($0.autoReply))}"
            }
            members.append("\"sections\":[\(written.joined(separator: ","))]")
        }
        for hour in Hour.allCases {
            if let value = hours[hour] { members.append("\"\(hour.rawValue)\":\(value)") }
        }
        return members.joined(separator: ",")
    }

    /// A text without control characters as JSON writes it.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted.unicodeScalars.append("\\") }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }
}
