import PosternModel

@testable import PosternCredentials

extension FuzzTarget {
    /// A presented token and stored password hashes, as text.
    static let token = FuzzTarget(name: "token", longest: 1024) { bytes in
        let text = FuzzInput(bytes).text
        let digest = TokenDigest(of: Secret(text))
        require(digest.bytes.count == 32, "a digest has 32 bytes")
        require(TokenDigest(bytes: digest.bytes) == digest, "a digest can be stored")
        require(
            (TokenDigest(bytes: bytes) != nil) == (bytes.count == 32), "and only 32 bytes are one")
        let credential = PresentedCredential(token: Secret(text))
        require(
            "\(credential)" == "\(PresentedCredential(token: Secret("")))", "a token is not printed"
        )
        if let hash = PasswordHash(phc: text) {
            require(hash.phc == text, "a hash is kept as it came")
            let parameters = hash.parameters
            require(
                Argon2Parameters(
                    memory: parameters.memory, passes: parameters.passes, lanes: parameters.lanes)
                    == parameters,
                "its parameters are within the ranges")
            require(Argon2Parameters(phcField: "\(parameters)") == parameters, "and can be written")
            if let (salt, tag) = hash.decoded {
                let written = PasswordHash(parameters: parameters, salt: salt, tag: tag)
                require(
                    written.decoded?.salt == salt && written.decoded?.tag == tag,
                    "so can the hash: \(written)")
                require(!"\(hash)".contains(UnpaddedBase64.encode(tag)), "a hash is not printed")
            }
        }
        if let decoded = UnpaddedBase64.decode(text) {
            require(UnpaddedBase64.encode(decoded) == text, "one text for the same bytes")
        }
        if let decoded = Base64URL.decode(text) {
            require(Base64URL.encode(decoded) == text, "one text for the same bytes")
            if let members = JSONMembers(decoded) { _ = members.text("iss") }
        }
        if let members = JSONMembers(bytes) {
            require(bytes.first == UInt8(ascii: "{"), "members are an object's")
            _ = JWTAlgorithm.allCases.map { JWTKey(members, for: $0) }
        }
        if let keys = try? JWTKeySet(bytes, for: Set(JWTAlgorithm.allCases)) {
            require(!keys.names.isEmpty, "a set has keys")
            let issuer = TokenIssuer(
                name: "i", audience: "a", account: "sub",
                algorithms: Set(JWTAlgorithm.allCases), keys: keys)
            let verdict = JWTVerifier([issuer]).verify(
                Secret(text), at: Instant(milliseconds: 0))
            require((try? verdict.get()) == nil, "no set of keys is a token")
            if let cell = CellURL("https://unit.example/ann/"),
                let account = EmailAddress("unit@example.org")
            {
                let list = ForeignUnitList([
                    ForeignUnit(url: cell.unit, keys: keys, account: account)
                ])
                let verdict = list.claims(
                    of: Secret(text), for: cell, at: Instant(milliseconds: 0))
                require((try? verdict.get()) == nil, "nor a foreign cell's")
            }
        }
        if let cell = CellURL(text) {
            require(CellURL(cell.description) == cell, "a cell has one spelling")
            require(cell.description.hasPrefix(cell.unit.description), "on its unit")
            require(
                (try? OutboundURL("\(cell)__message/port"))?.description.hasSuffix(
                    "/__message/port") == true, "where it can be called")
        }
        require(
            (try? JWTVerifier([]).verify(Secret(text), at: Instant(milliseconds: 0)).get()) == nil,
            "nobody is trusted unless they are named")
    }

    /// Addresses, and the names of messages, decisions and policies.
    static let address = FuzzTarget(name: "address", longest: 512) { bytes in
        let text = FuzzInput(bytes).text
        if let address = EmailAddress(text) {
            require(EmailAddress(address.description) == address, "an address reads back")
            require(
                "\(address.localPart)@\(address.domain)" == address.description, "and has two parts"
            )
            require(
                address.description.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "of plain ASCII")
            require(address.description.utf8.count == bytes.count, "nothing is repaired")
        }
        if let guid = MessageGUID(text) {
            require(
                guid.bytes.count == 16 && MessageGUID(guid.description) == guid, "a GUID reads back"
            )
        }
        if let id = DecisionID(text) {
            require(DecisionID(id.description) == id, "a decision's name reads back")
        }
        if let digest = PolicyDigest(text) {
            require(PolicyDigest(digest.description) == digest, "a digest reads back")
        }
        if let decoded = Hexadecimal.decode(text) {
            require(
                Hexadecimal.encode(decoded).utf8.count == bytes.count, "hexadecimal has one length")
        }
        let escaped = text.escapedForLine
        require(
            !escaped.utf8.contains { $0 < 0x20 || $0 == 0x7F }, "escaped text stays on its line")
    }
}
