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
