import GRDB
import PosternCredentials
import PosternModel
import PosternPipeline
import PosternStorage
import Testing

/// Hashes that are weaker than the settings ask for, and what becomes of them when their passwords come.
@Suite struct PasswordUpgradeTests {
    /// A way to show one's password, and what is said to a right one and to a wrong one.
    enum Way: CaseIterable {
        case send, signIn

        var yes: String { self == .send ? "accepted" : "done" }
        var no: String { self == .send ? "38" : "user.credentials-wrong" }
    }

    @Test(arguments: Way.allCases)
    func `a weak hash is replaced when its password comes, and then never again`(
        _ way: Way
    ) async throws {
        let house = try await Household()
        let weak = try Self.hash(Member.ann.password, memory: 8)
        try Self.put(weak, house)
        #expect(try await Self.show(Secret("wrong"), way, house) == way.no)
        #expect(try Self.stored(house) == weak)

        #expect(try await Self.show(Member.ann.password, way, house) == way.yes)
        let improved = try Self.stored(house)
        // What the household's checker is set to.
        #expect(improved.parameters == Argon2Parameters(memory: 64, passes: 1, lanes: 1))
        #expect(try await Self.show(Secret("wrong"), way, house) == way.no)
        #expect(try await Self.show(Member.ann.password, way, house) == way.yes)
        #expect(try Self.stored(house) == improved)
    }

    @Test func `a password that was changed since it was checked stays as it was set`()
        async throws
    {
        let house = try await Household()
        let checked = try Self.hash(Member.ann.password, memory: 8)
        let changed = try Self.hash(Secret("another"), memory: 8)
        try Self.put(changed, house)
        try await house.store.upgrade(
            checked, to: try Self.hash(Member.ann.password, memory: 64), of: house.account(.ann))
        #expect(try Self.stored(house) == changed)
    }

    /// Shows Ann's password, and says what came of it.
    private static func show(
        _ password: Secret, _ way: Way, _ house: Household
    ) async throws -> String {
        switch way {
        case .send:
            let content = DraftContent(
                to: [Member.bob.address], subject: "Subject", body: "Body",
                options: MessageOptions(fyeoType: .accountPassword))
            return await house.send(try await house.draft(content), password: password)
        case .signIn:
            let signIn = SignIn(address: Member.ann.address, password: password)
            return await house.perform(.signIn(signIn), showing: nil).word
        }
    }

    private static func hash(_ password: Secret, memory: UInt32) throws -> PasswordHash {
        var hasher = PasswordHasher()
        return try hasher.hash(
            password,
            parameters: #require(Argon2Parameters(memory: memory, passes: 1, lanes: 1)))
    }

    private static func put(_ hash: PasswordHash, _ house: Household) throws {
        try house.change(
            """
            UPDATE accounts SET password_hash = '\(hash.phc)'
            WHERE address = '\(Member.ann.address)'
            """)
    }

    private static func stored(_ house: Household) throws -> PasswordHash {
        let phc = try house.look {
            try String.fetchOne(
                $0, sql: "SELECT password_hash FROM accounts WHERE address = ?",
                arguments: ["\(Member.ann.address)"])
        }
        return try #require(phc.flatMap(PasswordHash.init(phc:)))
    }
}
