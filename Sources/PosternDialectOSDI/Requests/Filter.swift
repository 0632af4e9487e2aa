import PosternDialectKit
import PosternModel

/// A filter as OData writes it, as far as it goes here: comparisons with texts, joined by `and` or by `or`.
struct Filter {
    /// One comparison.
    struct Comparison {
        var field: String
        var relation: String
        var value: String
    }

    /// At most eight.
    private(set) var comparisons: [Comparison] = []
    /// They are joined by `or`.
    private(set) var isEither = false

    /// - Throws: What is no such filter.
    init(_ text: String) throws(BadRequest) {
        var words = try Self.words(text)[...]
        var joints: Set<String> = []
        while true {
            guard words.count >= 3, comparisons.count < 8 else { throw Self.unknown }
            let comparison = words.prefix(3).map(\.text)
            comparisons.append(
                Comparison(field: comparison[0], relation: comparison[1], value: comparison[2]))
            guard words.prefix(2).allSatisfy({ !$0.isQuoted }) else { throw Self.unknown }
            words = words.dropFirst(3)
            guard let joint = words.popFirst() else { break }
            guard !joint.isQuoted, joint.text == "and" || joint.text == "or" else {
                throw Self.unknown
            }
            joints.insert(joint.text)
        }
        guard joints.count <= 1 else { throw Self.unknown }
        isEither = joints == ["or"]
    }

    /// What cannot be read as a filter.
    static let unknown = BadRequest(
        "The filter is none that is known here: comparisons such as status eq 'sent', joined by and or by or.",
        at: "filter")

    /// Words divided by spaces; a value may stand between apostrophes, and one in it is written twice.
    private static func words(
        _ text: String
    ) throws(BadRequest) -> [(text: String, isQuoted: Bool)] {
        var words: [(text: String, isQuoted: Bool)] = []
        var rest = text[...]
        while true {
            rest = rest.drop { $0 == " " }
            guard let first = rest.first else { return words }
            guard first == "'" else {
                let word = rest.prefix { $0 != " " }
                words.append((String(word), false))
                rest = rest[word.endIndex...]
                continue
            }
            var value = ""
            rest.removeFirst()
            while true {
                guard let character = rest.popFirst() else { throw unknown }
                if character == "'" {
                    guard rest.first == "'" else { break }
                    rest.removeFirst()
                }
                value.append(character)
            }
            guard rest.isEmpty || rest.first == " " else { throw unknown }
            words.append((value, true))
        }
    }
}

extension OutgoingSearch {
    /// Reads which messages are asked for: by `status eq`, several joined by `or`; or by `status eq` and the comparisons of
    /// `created_date`, joined by `and`.
    ///
    /// - Throws: Any other filter: an answer that passed over a part of it would show more than was asked for.
    init(_ listing: Listing) throws(BadRequest) {
        self.init(window: listing.window)
        guard !listing.filter.isEmpty else { return }
        let filter = try Filter(listing.filter)
        for comparison in filter.comparisons {
            switch comparison.field {
            case "status" where comparison.relation == "eq" && (stages.isEmpty || filter.isEither):
                stages.formUnion(try Self.stages(comparison.value))
            case "created_date" where !filter.isEither: try narrow(comparison)
            default: throw Self.unknown
            }
        }
    }

    private static let unknown = BadRequest(
        "Messages can be filtered by status eq and by created_date with gt, ge, lt and le.",
        at: "filter")

    private static func stages(_ status: String) throws(BadRequest) -> Set<Stage> {
        switch status {
        case "draft": [.draft]
        case "scheduled": [.scheduled]
        case "sending": [.sending]
        case "sent": [.sent]
        case "stopped": [.stopped, .refused]
        default:
            throw BadRequest(
                "A status here is draft, scheduled, sending, sent or stopped.", at: "filter")
        }
    }

    /// Dates are shown in whole seconds, and compared as they are shown.
    private mutating func narrow(_ comparison: Filter.Comparison) throws(BadRequest) {
        guard let date = Instant(osdiText: comparison.value) else {
            throw BadRequest(
                "created_date is compared with a date in ISO 8601, such as 2026-11-28T10:11:12Z.",
                at: "filter")
        }
        let rest = date.milliseconds % 1000
        let second = date.advanced(by: .milliseconds(-(rest < 0 ? rest + 1000 : rest)))
        let next = second.advanced(by: .seconds(1))
        switch comparison.relation {
        case "ge" where from == nil: from = second == date ? second : next
        case "gt" where from == nil: from = next
        case "lt" where until == nil: until = second == date ? second : next
        case "le" where until == nil: until = next
        default: throw Self.unknown
        }
    }
}

extension ContactSearch {
    /// Reads which people are asked for: by one `email_address eq` or `phone_number eq`.
    ///
    /// - Throws: Any other filter.
    init(_ listing: Listing) throws(BadRequest) {
        self.init(window: listing.window)
        guard !listing.filter.isEmpty else { return }
        let filter = try Filter(listing.filter)
        guard filter.comparisons.count == 1, let comparison = filter.comparisons.first,
            comparison.relation == "eq"
        else { throw Self.unknown }
        switch comparison.field {
        case "email_address": address = EmailAddress(comparison.value).map { .email($0) }
        case "phone_number": address = PhoneNumber(comparison.value).map { .phone($0) }
        default: throw Self.unknown
        }
        guard address != nil else {
            throw BadRequest("The filter's value is no address.", at: "filter")
        }
    }

    private static let unknown = BadRequest(
        "People can be filtered by one email_address eq or phone_number eq.", at: "filter")
}
