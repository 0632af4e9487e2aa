/// When a row that could not be delivered is tried again, and when it is given up.
public struct RetrySchedule: Sendable, Equatable {
    /// The pause after the first attempt, before jitter.
    public var first: Duration
    /// The longest pause, before jitter.
    public var longest: Duration
    /// Attempts after which a row that the other side keeps putting off becomes a dead letter.
    ///
    /// A row is never given up for this reason when the other side could not be reached at all.
    public var mostAttempts: Int
    /// Age, counted from acceptance, after which every row becomes a dead letter.
    public var longestAge: Duration

    /// Makes a schedule; the default tries for five days (RFC 5321 section 4.5.4.1).
    public init(
        first: Duration = .seconds(30), longest: Duration = .seconds(3_600),
        mostAttempts: Int = 150, longestAge: Duration = .seconds(5 * 86_400)
    ) {
        self.first = first
        self.longest = longest
        self.mostAttempts = mostAttempts
        self.longestAge = longestAge
    }

    /// The pause after a number of failures in a row: doubled each time, then cut by chance to between half and all of it.
    ///
    /// The chance keeps rows that failed together from coming back together.
    ///
    /// - Parameters:
    ///   - failures: At least 1.
    ///   - chance: From 0 up to 1.
    /// - Returns: A pause of at most ``longest``.
    public func pause(afterFailures failures: Int, chance: Double) -> Duration {
        let doublings = min(max(failures - 1, 0), 30)
        let full = min(first * (1 << doublings), longest)
        return full * (0.5 + 0.5 * min(max(chance, 0), 1))
    }
}

/// How the delivery core works through the outbox.
public struct DeliverySettings: Sendable {
    /// Mailbox rows taken and delivered in one transaction.
    public var mailboxBatch: Int
    /// Rows for the world outside that are taken at a time.
    public var carrierBatch: Int
    /// Notifications under way at a time.
    public var mailsAtOnce: Int
    /// Webhook calls under way at a time.
    public var webhooksAtOnce: Int
    /// Calls to cells of other units under way at a time.
    public var cellsAtOnce: Int
    /// After a round that took all mailbox rows due, how long more may come together before the next.
    ///
    /// Under load a hundred messages then go into mailboxes with one transaction and share its pages; a quiet gateway
    /// delivers at once.
    public var mailboxGathering: Duration
    /// How long mailbox rows taken are ours; they come again after it if the process dies.
    public var mailboxLease: Duration
    /// How long rows taken for the world outside are ours.
    ///
    /// No row is begun after half of it, so the other half must outlast one attempt.
    public var carrierLease: Duration
    /// For rows that the world outside did not take, and the age at which every row is given up.
    public var retries: RetrySchedule
    /// Pauses while the outbox itself fails, a mailbox row with it, or the other side cannot be reached at all.
    public var outages: RetrySchedule
    /// How often to look for rows that nobody announced, such as another node's.
    public var lookout: Duration
    /// For calls back, and the age at which one is given up.
    public var callbackRetries: RetrySchedule
    /// How often to look for calls back that nobody announced, such as those of a message that was stopped.
    public var callbackLookout: Duration
    /// How often a delivery core elsewhere is asked what ended, while it has something of ours, and rows are looked for that it
    /// must withdraw.
    public var coreLookout: Duration
    /// How often it is asked while it has nothing of ours, so that its being away is noticed.
    public var coreGreeting: Duration
    /// Endings asked for at a time.
    public var coreEndings: Int

    /// Makes settings.
    public init(
        mailboxBatch: Int = 1024, mailboxGathering: Duration = .milliseconds(10),
        carrierBatch: Int = 64, mailsAtOnce: Int = 2, webhooksAtOnce: Int = 8, cellsAtOnce: Int = 8,
        mailboxLease: Duration = .seconds(60), carrierLease: Duration = .seconds(600),
        retries: RetrySchedule = RetrySchedule(),
        outages: RetrySchedule = RetrySchedule(first: .milliseconds(500), longest: .seconds(60)),
        lookout: Duration = .seconds(30),
        callbackRetries: RetrySchedule = RetrySchedule(
            first: .seconds(15), longest: .seconds(3_600), longestAge: .seconds(25 * 3_600)),
        callbackLookout: Duration = .seconds(5), coreLookout: Duration = .seconds(1),
        coreGreeting: Duration = .seconds(30), coreEndings: Int = 500
    ) {
        self.mailboxBatch = max(1, mailboxBatch)
        self.mailboxGathering = mailboxGathering
        self.carrierBatch = max(1, carrierBatch)
        self.mailsAtOnce = max(1, mailsAtOnce)
        self.webhooksAtOnce = max(1, webhooksAtOnce)
        self.cellsAtOnce = max(1, cellsAtOnce)
        self.mailboxLease = mailboxLease
        self.carrierLease = carrierLease
        self.retries = retries
        self.outages = outages
        self.lookout = lookout
        self.callbackRetries = callbackRetries
        self.callbackLookout = callbackLookout
        self.coreLookout = coreLookout
        self.coreGreeting = coreGreeting
        self.coreEndings = min(max(1, coreEndings), 1000)
    }
}
