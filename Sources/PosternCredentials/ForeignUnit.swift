public import PosternModel

/// A unit of somebody else's with which cells here exchange messages.
public struct ForeignUnit: Sendable {
    /// Where it is.
    public var url: UnitURL
    /// What its cells' tokens are verified with.
    public var keys: JWTKeySet
    /// The account here that stands for it: what its cells send is judged and charged as that account's.
    public var account: EmailAddress
    /// The authorities its certificate may come from; nil for the system's.
    public var authorities: Authorities?

    /// A PEM file of authorities.
    public struct Authorities: Sendable, Hashable {
        /// Where it is.
        public var file: String
        /// Another one for each state of the file, so that an edit is told from what was read before.
        public var mark: String

        /// Names a file in one state.
        public init(file: String, mark: String) {
            self.file = file
            self.mark = mark
        }
    }

    /// Names a unit.
    public init(
        url: UnitURL, keys: JWTKeySet, account: EmailAddress, authorities: Authorities? = nil
    ) {
        self.url = url
        self.keys = keys
        self.account = account
        self.authorities = authorities
    }
}

/// What a foreign cell's token proves.
public struct CellClaims: Sendable, Equatable {
    /// Whose it is.
    public let cell: CellURL
    /// The account here that stands for the cell's unit.
    public let account: EmailAddress
}

/// Tells the tokens of foreign units' cells from all others.
public protocol ForeignTokens: Sendable {
    /// What a token proves to a cell of this unit.
    ///
    /// - Parameters:
    ///   - token: As it was shown.
    ///   - cell: The cell it must be for.
    ///   - now: The present instant.
    /// - Returns: Who wrote, or the first problem.
    func claims(
        of token: Secret, for cell: CellURL, at now: Instant
    ) -> Result<CellClaims, CellTokenProblem>
}

/// Some foreign units at one time: a value, with no clock and no files of its own.
public struct ForeignUnitList: Sendable {
    /// How long a token may be good for, from `iat` to `exp`.
    public static let longestLife = Duration.seconds(600)

    private let units: [UnitURL: ForeignUnit]

    /// Lists units; of two of one address, the first.
    public init(_ units: [ForeignUnit] = []) {
        self.units = Dictionary(units.map { ($0.url, $0) }) { first, _ in first }
    }

    /// The unit of an address; nil when it is not listed.
    public subscript(_ unit: UnitURL) -> ForeignUnit? { units[unit] }

    /// What a token proves to a cell.
    ///
    /// Before its signature is known to be good, nothing of a token is used but to find the unit and the key. `sub` must be
    /// `iss`: a cell that writes on behalf of another is none that anybody here could judge. `aud` is one cell alone, so that
    /// a token shown to one cannot be shown by that one to the next.
    public func claims(
        of token: Secret, for cell: CellURL, at now: Instant
    ) -> Result<CellClaims, CellTokenProblem> {
        do throws(JWTProblem) {
            return .success(
                try token.exposedBytes { bytes throws(JWTProblem) in
                    try claims(bytes, for: cell, at: now)
                })
        } catch {
            return .failure(CellTokenProblem(error))
        }
    }

    private func claims(
        _ bytes: [UInt8], for cell: CellURL, at now: Instant
    ) throws(JWTProblem) -> CellClaims {
        let token = try SignedToken(bytes)
        guard let issuer = token.claims.text("iss"), let sender = CellURL(issuer),
            sender.description == issuer, let unit = units[sender.unit]
        else { throw .unknownIssuer }
        try token.verify(with: unit.keys, signing: Set(JWTAlgorithm.allCases))
        switch token.claims["aud"] {
        // A longer list would make it good for several.
        case .text(cell.description), .texts([cell.description]): break
        default: throw .wrongAudience
        }
        _ = try token.checkTimes(at: now, longestLife: Self.longestLife)
        guard token.claims.text("sub") == issuer else { throw .nameless }
        guard let name = token.claims.text("jti"), (1...256).contains(name.utf8.count) else {
            throw .nameless
        }
        return CellClaims(cell: sender, account: unit.account)
    }
}

extension CellTokenProblem {
    /// What of a problem with a JWT its sender is told.
    init(_ problem: JWTProblem) {
        self =
            switch problem {
            case .malformed, .tooLong, .unsupported, .timeless, .notYet, .tooLongLived, .nameless:
                .unreadable
            case .unknownIssuer: .unknownUnit
            case .wrongAlgorithm, .unknownKey, .wrongSignature: .wrongSignature
            case .wrongAudience: .wrongAudience
            case .expired: .expired
            }
    }
}
