import PosternModel
import Testing

@Suite struct RemedyTests {
    @Test func `every remedy has a sentence`() {
        let at = Instant(milliseconds: 1_773_144_000_000)
        let remedies: [Remedy] = [
            .signIn, .removeRecipients(count: 1), .removeDisabledRecipients(count: 2),
            .removeForbiddenRecipients(count: 1), .removeUninvitableRecipients(count: 1),
            .removeChallengedRecipients(count: 1), .askToInvite, .giveChallengeCode,
            .addressOnlyTheParentsSender, .startNewMessage, .changeFYEO(to: .disabled),
            .changeFYEO(to: .accountPassword), .changeFYEO(to: .uniquePassword), .clearExpiry,
            .setExpiry(notBefore: at, notAfter: nil), .setExpiry(notBefore: at, notAfter: at),
            .givePassword, .correctPassword, .removeBannedText(lists: ["secrets"]), .waitUntil(at),
        ]
        #expect(
            remedies.allSatisfy { $0.sentence.hasSuffix(".") && !$0.sentence.contains("secrets") })
        #expect(
            Remedy.waitUntil(at).sentence == "Send it again at 2026-03-10T12:00:00Z or later.")
        #expect(
            Remedy.removeDisabledRecipients(count: 2).sentence
                == "Remove the 2 recipients whose accounts are disabled.")
    }
}
