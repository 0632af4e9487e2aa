internal import AsyncHTTPClient
public import NIOCore
public import NIOPosix
public import PosternCredentials
public import PosternModel
public import PosternPipeline
internal import Synchronization

/// Hands messages to cells of other units, each to its cell's `__message/port`, with a token that the sender's cell signs.
///
/// At least once: when an answer is lost, the message is handed over again under the same `__id`, by which its receiver knows
/// the copy. A dead unit holds up its own messages and nobody else's.
///
/// INVARIANT: only units on the list are ever called, at the very address the list has; the list is asked at each attempt, no
/// redirect is followed, no proxy is used.
public final class PersoniumPortCourier: Carrier {
    /// This unit, as others know it.
    public struct Home: Sendable {
        /// Where its cells are.
        public var unit: UnitURL
        /// What their tokens are signed with.
        public var key: UnitKey

        /// Names both.
        public init(unit: UnitURL, key: UnitKey) {
            self.unit = unit
            self.key = key
        }
    }

    /// Words a message as the API of the cell it is carried to reads it.
    public typealias Wording = @Sendable (CellMessage, CellURL) throws(Fault) -> [UInt8]

    /// How long calls may take.
    public struct Limits: Sendable {
        /// For connecting, the TLS handshake included.
        public var connect: Duration
        /// For a whole call, from its beginning to the end of the answer.
        public var answer: Duration

        /// Names both.
        public init(connect: Duration = .seconds(5), answer: Duration = .seconds(15)) {
            self.connect = connect
            self.answer = answer
        }
    }

    private let home: Home
    private let units: @Sendable () -> ForeignUnitList
    private let wording: Wording
    private let limits: Limits
    private let clock: any Clock
    private let group: any EventLoopGroup
    /// A line for each file of authorities in each of its states, and one for the system's.
    private let lines = Mutex<[ForeignUnit.Authorities?: HTTPLine]>([:])

    /// Opens nothing.
    ///
    /// - Parameters:
    ///   - home: This unit.
    ///   - units: The units that may be called, as of now.
    ///   - wording: Words messages.
    ///   - limits: How long calls may take.
    ///   - clock: The present, for tokens.
    ///   - group: Event loops to work on; the process's own by default.
    public init(
        home: Home, units: @escaping @Sendable () -> ForeignUnitList, wording: @escaping Wording,
        limits: Limits = Limits(), clock: any Clock,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.home = home
        self.units = units
        self.wording = wording
        self.limits = limits
        self.clock = clock
        self.group = group
    }

    /// Says what is wrong with a PEM file of authorities; nil when nothing is.
    public static func trouble(ofAuthorities file: String) -> String? {
        do {
            _ = try HTTPLine(
                authorityFile: file, connectLimit: .seconds(1),
                group: MultiThreadedEventLoopGroup.singleton)
            return nil
        } catch {
            return "The authorities cannot be read: \(RelayWords.shortened("\(error)"))."
        }
    }

    /// Tries once to hand one message over.
    public func carry(_ row: OutboxRow) async -> Carriage {
        if let reason = row.withheld { return .refused(reason) }
        guard case .cell(let cell) = row.recipient, let letter = row.letter else {
            return .refused("The outbox row holds no message to a cell.")
        }
        guard let unit = units()[cell.unit] else {
            return .refused("The unit \(cell.unit) is not on the list of units.")
        }
        let call: HTTPClient.Request
        let line: HTTPLine
        do {
            line = try self.line(unit.authorities)
            let body = try wording(letter, cell)
            guard let request = request(cell, from: letter.senderHandle, saying: body) else {
                return .refused("The cell's address cannot be called.")
            }
            call = request
        } catch let fault as Fault {
            return .delayed("The message cannot be read at present: \(fault.code.rawValue).")
        } catch {
            return .delayed(
                "The authorities of \(cell.unit) cannot be read: \(RelayWords.shortened("\(error)"))."
            )
        }
        switch await line.call(
            call, within: limits.answer, keepingBodyUpTo: HTTPExchange.longestBody)
        {
        case .answered(let answer): return PortAnswer(answer).carriage
        // Not `unreachable`, which would let the messages to all other units wait as well.
        case .notSent(let words): return .delayed("No connection to \(cell.unit): \(words).")
        case .unanswered(let words):
            return .uncertain("\(cell.unit) was called, and no answer came: \(words).")
        case .closed: return .unreachable("The courier has been closed.")
        }
    }

    /// Closes every connection.
    public func close() async {
        for line in lines.withLock({ Array($0.values) }) { await line.close() }
    }

    private func request(
        _ cell: CellURL, from sender: Handle, saying body: [UInt8]
    ) -> HTTPClient.Request? {
        guard let url = try? OutboundURL("\(cell)__message/port") else { return nil }
        let token = home.key.token(
            from: CellURL(sender, on: home.unit), to: cell, at: clock.now())
        return HTTPLine.request(
            url,
            headers: [
                ("Content-Type", "application/json"), ("Accept", "application/json"),
                ("User-Agent", "Postern"),
                ("Authorization", token.withExposed { "Bearer \($0)" }),
            ], body: body)
    }

    /// The line for some authorities; those of a file that was edited stay open beside the new one until all are closed.
    private func line(_ authorities: ForeignUnit.Authorities?) throws -> HTTPLine {
        try lines.withLock { lines in
            if let line = lines[authorities] { return line }
            let line = try HTTPLine(
                authorityFile: authorities?.file, connectLimit: limits.connect, group: group)
            lines[authorities] = line
            return line
        }
    }
}
