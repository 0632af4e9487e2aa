import Foundation

/// The load files of tests that set up their own people.
enum People {
    /// An account of the small policy, with the token `token-NAME`.
    static func account(_ name: String, group: String = "people", _ more: String = "") -> String {
        """
          - {address: \(name)@house.example, group: \(group), tokens: [{token: token-\(name)}]\
        \(more.isEmpty ? "" : ", " + more)}

        """
    }

    /// A draft.
    static func draft(
        _ number: Int, from owner: String = "ann", to recipient: String = "bob",
        subject: String = "Hello", _ more: String = ""
    ) -> String {
        """
          - {guid: \(guid(number)), owner: \(owner)@house.example, to: [\(recipient)@house.example], \
        subject: \(subject), body: Hello.\(more.isEmpty ? "" : ", " + more)}

        """
    }

    /// A message's name.
    static func guid(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }

    /// A load file.
    static func file(_ accounts: [String], _ drafts: [String]) -> String {
        "version: 1\naccounts:\n\(accounts.joined())\n"
            + (drafts.isEmpty ? "" : "messages:\n\(drafts.joined())")
    }

    /// Ann, who writes to Bob, and drafts of hers with the numbers given.
    static func annAndBob(
        group: String = "people", drafts: some Sequence<Int>, _ more: String = ""
    ) -> String {
        file(
            [account("ann", group: group, "password: right password"), account("bob")],
            drafts.map { draft($0, more) })
    }
}

extension Request {
    /// Ann's send of one of her drafts.
    static func ann(_ number: Int, query: String = "", _ body: String = "{}") -> Request {
        .send(People.guid(number), "token-ann", query: query, body)
    }
}
