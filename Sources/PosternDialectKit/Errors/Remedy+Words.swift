import PosternModel

extension Remedy {
    /// Writes the remedy as members: `kind`, what belongs to it, and the sentence.
    func write(to json: inout JSONWriter) {
        switch self {
        case .signIn: json.member("kind", "signIn")
        case .removeRecipients(let count): Self.write("removeRecipients", count, to: &json)
        case .removeDisabledRecipients(let count):
            Self.write("removeDisabledRecipients", count, to: &json)
        case .removeForbiddenRecipients(let count):
            Self.write("removeForbiddenRecipients", count, to: &json)
        case .removeUninvitableRecipients(let count):
            Self.write("removeUninvitableRecipients", count, to: &json)
        case .removeChallengedRecipients(let count):
            Self.write("removeChallengedRecipients", count, to: &json)
        case .askToInvite: json.member("kind", "askToInvite")
        case .giveChallengeCode: json.member("kind", "giveChallengeCode")
        case .addressOnlyTheParentsSender: json.member("kind", "addressOnlyTheParentsSender")
        case .startNewMessage: json.member("kind", "startNewMessage")
        case .changeFYEO(let type):
            json.member("kind", "changeFYEO")
            json.member("to", type.rawValue)
        case .clearExpiry: json.member("kind", "clearExpiry")
        case .setExpiry(let earliest, let latest):
            json.member("kind", "setExpiry")
            json.member("notBefore", earliest.rfc3339)
            if let latest { json.member("notAfter", latest.rfc3339) }
        case .givePassword: json.member("kind", "givePassword")
        case .correctPassword: json.member("kind", "correctPassword")
        case .removeBannedText(let lists):
            json.member("kind", "removeBannedText")
            json.array("lists", of: lists) { $0.string($1) }
        case .waitUntil(let instant):
            json.member("kind", "waitUntil")
            json.member("instant", instant.rfc3339)
        }
        json.member("sentence", sentence)
    }

    private static func write(_ kind: String, _ count: Int, to json: inout JSONWriter) {
        json.member("kind", kind)
        json.member("count", count)
    }
}
