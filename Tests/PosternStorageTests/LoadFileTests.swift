import Foundation
import PosternCredentials
import PosternModel
import PosternPolicy
@testable import PosternPipeline
@_spi(Testing) import PosternStorage
import Testing

@Suite struct LoadFileTests {
    static let whole = """
        version: 1
        accounts:
          - address: Ann@Example.org
            name: Ann
            group: staff
            status: active
            password: correct horse
            contacts: [bob@example.org]
            tokens:
              - {token: ann-token, idleMinutes: 5}
              - {digest: "0000000000000000000000000000000000000000000000000000000000000000", revoked: true}
            challengePassed: true
            used: {2026-03-10: {messages: 3, invites: 1}}
            attempts: 2
          - {address: bob@example.org, group: guest, status: pending}
        messages:
          - {guid: 00000000-0000-0000-0000-00000000000a, owner: bob@example.org, to: [Ann@example.org],
             bcc: [ann@example.org], subject: Parent, sent: true, recalled: true,
             options: {allowReply: false}}
          - guid: 0000000000000000000000000000000b
            owner: ann@example.org
            action: reply
            parent: 0000000000000000000000000000000a
            to: [bob@example.org]
            subject: Re
            body: <p>x</p>
            format: html
            options: {allowForward: false, fyeoType: uniquePassword}
            expiryDate: 2026-12-31T12:00:00Z
            expiryGroup: quarter
            attachments: [{name: a.txt, size: 12}]
            password: sesame
            attempts: 1
        """

    @Sendable static func hash(_ secret: Secret) throws(Fault) -> PasswordHash {
        let text = secret.withExposed { $0.replacing(" ", with: "") }
        guard let hash = PasswordHash(phc: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$\(text)") else {
            throw Fault(.passwordUncheckable)
        }
        return hash
    }

    @Test(arguments: [1, 2])
    func `loading makes the ledger hold what the file says, again and again`(
        _ times: Int
    ) async throws {
        let bench = try await Workbench()
        let plan = try LoadFile.read(Self.whole)
        var report = LoadReport()
        for _ in 0..<times {
            report = try await bench.store.load(plan, at: Workbench.noon) {
                secret throws(Fault) in try Self.hash(secret)
            }
        }
        #expect(report.accounts == 2)
        #expect(report.tokens == 2)
        #expect(report.sent + report.untouched == 1)
        let guid = try #require(MessageGUID("0000000000000000000000000000000b"))
        guard case .found(let found) = try bench.store.load(guid, for: bench.ann, on: Workbench.day)
        else {
            Issue.record("not found")
            return
        }
        #expect(found.draft.action == .reply)
        #expect(found.draft.bodyFormat == .html)
        #expect(found.draft.options.fyeoType == .uniquePassword)
        #expect(found.draft.options.allowForward == false)
        #expect(found.draft.expiry.group == "quarter")
        #expect(found.draft.expiry.date == Instant(milliseconds: 1_798_718_400_000))
        #expect(found.draft.attachmentNames == ["a.txt"])
        #expect(found.passwordHash?.phc.hasSuffix("sesame") == true)
        #expect(found.used == QuotaUse(messages: 3, invites: 1))
        #expect(found.attempts == AttemptFacts(message: 1, principal: 2))
        let parent = try #require(found.parent)
        #expect(parent.sender.address.description == "bob@example.org")
        #expect(parent.recalled)
        #expect(!parent.options.allowReply)
        #expect(!parent.wasBlindCopied, "who stands in To as well was not copied blindly")
        #expect(
            try bench.store.session(TokenDigest(of: Secret("ann-token")))?.lastSeen
                == Workbench.noon.advanced(by: .seconds(-300)))
        #expect(try bench.store.mailbox(of: bench.ann, limit: 9).map(\.subject) == [""])
    }

    @Test func `the example in the article loads`() async throws {
        let article = try String(
            contentsOfFile: #filePath.replacing(
                "Tests/PosternStorageTests/LoadFileTests.swift",
                with: "Sources/PosternStorage/PosternStorage.docc/PosternStorage.md"),
            encoding: .utf8)
        let block = try #require(
            article.split(separator: "```yaml").last?.split(separator: "```").first)
        let bench = try await Workbench()
        let report = try await bench.store.load(
            try LoadFile.read(String(block)), at: Workbench.noon, hash: Self.hash)
        #expect(report.accounts == 2)
        #expect(report.drafts == 2)
    }

    @Test func `JSON is read like YAML`() throws {
        let plan = try LoadFile.read(
            #"{"accounts": [{"address": "a@b.c", "group": "g", "challengePassed": true}]}"#)
        #expect(plan.accounts.map(\.group) == ["g"])
        #expect(plan.accounts.first?.challengePassed == true)
    }

    static let mistakes: [(String, [String])] = [
        (
            "accounts: [{address: nonsense, group: g}]",
            ["1:22: `nonsense` is not an email address."]
        ),
        ("accounts: [{address: a@b.c}]", ["1:12: The key `group` is missing from an account."]),
        (
            "accounts:\n- {address: a@b.c, group: g, colour: red}\n- {address: a@b.c, group: g}",
            [
                "2:30: `colour` is not a key of an account. Known keys: address, name, group, status, password, passwordHash, contacts, tokens, challengePassed, used, attempts.",
                "3:13: The account `a@b.c` stands twice in this file.",
            ]
        ),
        ("version: 2", ["1:10: `version` must be 1."]),
        (
            "messages: [{guid: xyz, owner: a@b.c}]",
            ["1:19: A message's name must be 32 hexadecimal digits, dashed or not."]
        ),
        (
            "messages: [{guid: 0000000000000000000000000000000a, owner: a@b.c, action: reply, recalled: maybe}]",
            ["1:12: An answer needs a `parent`.", "1:92: `recalled` must be true or false."]
        ),
        (
            "accounts: [{address: a@b.c, group: g, tokens: [{}], attempts: -1}]",
            [
                "1:48: A token needs either `token` or `digest`.",
                "1:63: `attempts` must be a whole number, at least 0.",
            ]
        ),
        ("accounts: {", ["2:1: This is not well-formed YAML or JSON."]),
        // Found by fuzzing: as a mapping's key, aliases to aliases keep the YAML reader for ever.
        (
            "version: &é [&a 1]\naccounts: {? *a : 1}",
            ["2:14: Aliases (`*name`) are not allowed: write the value out."]
        ),
        ("- 1", ["1:1: Here the file is expected, as keys and values."]),
    ]

    @Test(arguments: mistakes) func `every mistake is reported with its place`(
        _ text: String, _ sentences: [String]
    ) {
        #expect {
            try LoadFile.read(text)
        } throws: { error in
            let found = (error as? LoadFileFaults)?.faults.map(\.description)
            #expect(found == sentences)
            return true
        }
    }

    @Test func `an unknown owner loads nothing`() async throws {
        let bench = try await Workbench()
        let plan = try LoadFile.read(
            """
            accounts: [{address: new@example.org, group: g}]
            messages: [{guid: 0000000000000000000000000000000a, owner: ghost@example.org}]
            """)
        await #expect(throws: Fault(.storageUnwritable)) {
            try await bench.store.load(plan, at: Workbench.noon) { secret throws(Fault) in
                try Self.hash(secret)
            }
        }
        let address = try #require(EmailAddress("new@example.org"))
        #expect(try bench.store.account(address) == nil)
    }
}
