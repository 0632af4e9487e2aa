public import NIOCore
public import NIOPosix
internal import PosternModel
public import PosternPipeline

/// Carries notifications through one mail relay, over connections it keeps for a while.
///
/// At least once: when the answer to a mail is lost, the row is tried again with the same bytes and the
/// same `Message-ID`, by which mail programs recognise the copy.
public actor SMTPCourier: Carrier {
    private let settings: SMTPSettings
    private let tls: SMTPTransportSecurity?
    private let group: any EventLoopGroup
    private var kept: [SMTPConnection] = []
    private var isClosed = false

    /// Checks the settings and reads the authorities' file; opens nothing.
    ///
    /// - Parameters:
    ///   - settings: The relay.
    ///   - group: Event loops to work on; the process's own by default.
    /// - Throws: Every problem of the settings at once.
    public init(
        settings: SMTPSettings,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws(SMTPSettingsProblems) {
        var problems = settings.problems
        var tls: SMTPTransportSecurity?
        if settings.security != .plaintextOnLoopback {
            do throws(SMTPSettingsProblems) {
                tls = try SMTPTransportSecurity(
                    host: settings.host, authorityFile: settings.authorityFile)
            } catch {
                problems += error.sentences
            }
        }
        guard problems.isEmpty else { throw SMTPSettingsProblems(sentences: problems) }
        self.settings = settings
        self.tls = tls
        self.group = group
    }

    /// Tries once to hand one row's notification to the relay.
    ///
    /// A kept connection that the relay has closed meanwhile is replaced by a new one at once: that is no
    /// fault of the row, and no byte of the mail had been handed over.
    public func carry(_ row: OutboxRow) async -> Carriage {
        let mail: NotificationMail
        do throws(NotificationMail.Unwritable) {
            mail = try NotificationMail(
                row: row, sender: settings.sender, senderName: settings.senderName)
        } catch {
            return .refused(error.reason)
        }
        if let connection = takeKept() {
            let carriage = await hand(mail, to: connection)
            guard case .unreachable = carriage else { return carriage }
        }
        switch await SMTPConnection.open(settings, tls: tls, group: group) {
        case .failed(let reason): return .unreachable(reason)
        case .open(let connection): return await hand(mail, to: connection)
        }
    }

    /// Says goodbye on every kept connection.
    public func close() async {
        isClosed = true
        let connections = kept
        kept = []
        await withTaskGroup(of: Void.self) { group in
            for connection in connections { group.addTask { await connection.quit() } }
        }
    }

    private func hand(_ mail: NotificationMail, to connection: SMTPConnection) async -> Carriage {
        let handover = await connection.carry(mail)
        guard handover.isReusable else { return handover.carriage }
        var used = connection
        used.carried += 1
        if isClosed || kept.count >= settings.connections
            || used.carried >= settings.mailsPerConnection
        {
            used.quit(afterIdling: .zero)
        } else {
            kept.append(used)
            used.quit(afterIdling: settings.idleLimit)
        }
        return handover.carriage
    }

    // The one used last: the others can then fall idle and be closed.
    private func takeKept() -> SMTPConnection? {
        while let connection = kept.popLast() {
            if connection.isOpen { return connection }
        }
        return nil
    }
}
