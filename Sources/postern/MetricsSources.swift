import Foundation
import PosternAudit
import PosternCredentials
import PosternDelivery
import PosternGateway
import PosternListener
import PosternModel
import PosternPipeline
import PosternSettings
import PosternStorage

/// Everything the metrics page shows, asked when the page is.
struct MetricsSources: Sendable {
    let sends: SendMetrics
    let operations: OperationMetrics
    let listener: Listener
    let store: SQLiteStore
    let audit: AuditLogService
    let passwords: PasswordChecker
    let delivery: DeliveryCore
    let entrusted: Glance<Int>
    let policies: PolicyRegister

    /// The page as of now.
    var page: MetricsPage {
        var page = MetricsPage()
        sends.write(to: &page)
        operations.write(to: &page)
        Self.write(listener, to: &page)
        page.gauge(
            "postern_commits_waiting", "Units waiting for the ledger's writer.",
            Double(store.health().waiting))
        let log = audit.health
        page.counter(
            "postern_audit_entries_total", "Entries the newest checkpoint covers.",
            Int(clamping: log.integrated))
        page.gauge(
            "postern_audit_waiting", "Committed entries no checkpoint covers yet.",
            Double(log.waiting))
        let load = passwords.load
        page.gauge(
            "postern_password_checks_running", "Password checks under way.", Double(load.running))
        page.gauge(
            "postern_password_checks_waiting", "Password checks waiting.", Double(load.waiting))
        let gauges = delivery.gauges
        Self.write(
            OutboxRow.Courier.allCases.map { ($0.rawValue, gauges[$0]) }
                + [("callback", gauges.callbacks)], to: &page)
        writeEntrusted(&page)
        page.gauge(
            "postern_policy_stale", "1 while the policy folder cannot be loaded.",
            policies.trouble == nil ? 0 : 1)
        Self.writeProcess(to: &page)
        return page
    }

    static func writeProcess(to page: inout MetricsPage) {
        page.counter(
            "postern_log_lines_lost_total", "Log lines that nobody took in time.",
            LineOutput.log.lost)
        guard let bytes = residentBytes else { return }
        page.gauge("process_resident_memory_bytes", "Resident memory in bytes.", Double(bytes))
    }

    static func write(_ listener: Listener, to page: inout MetricsPage) {
        let seen = listener.snapshot
        page.gauge("postern_connections", "Open connections.", Double(seen.connections))
        page.counter("postern_connections_total", "Connections accepted.", seen.accepted)
        page.counter(
            "postern_connections_turned_away_total", "Connections over a limit.", seen.turnedAway)
        page.counter(
            "postern_connections_condemned_total", "Connections ended for what their clients did.",
            seen.connectionsCondemned)
        page.gauge(
            "postern_answer_bytes_waiting", "Answers clients have not taken, in bytes.",
            Double(seen.answerBytesWaiting))
        page.counter("postern_tls_handshakes_total", "Finished handshakes.", seen.handshakes)
        page.counter(
            "postern_tls_handshakes_failed_total", "Failed handshakes.", seen.handshakesFailed)
        page.counter(
            "postern_requests_total", "Whole requests by protocol.", seen.requestsHTTP1,
            ["protocol": "http/1"])
        page.counter(
            "postern_requests_total", "Whole requests by protocol.", seen.requestsHTTP2,
            ["protocol": "h2"])
        for (rule, count) in seen.refused.sorted(by: { $0.key < $1.key }) {
            page.counter(
                "postern_requests_refused_total", "Requests the listener refused.", count,
                ["rule": rule])
        }
        page.counter(
            "postern_certificate_reloads_failed_total", "Certificates that could not be used.",
            seen.certificateReloadsFailed)
    }

    /// Writes what couriers have done, each by its name.
    static func write(
        _ couriers: [(name: String, figures: DeliveryGauges.Figures)], to page: inout MetricsPage
    ) {
        for (name, help, count) in [
            (
                "postern_deliveries_total", "Delivered, by courier.",
                \DeliveryGauges.Figures.delivered
            ),
            ("postern_deliveries_delayed_total", "Put off, by courier.", \.delayed),
            ("postern_deliveries_dead_total", "Given up, by courier.", \.dead),
        ] {
            for (courier, figures) in couriers {
                page.counter(name, help, figures[keyPath: count], ["courier": courier])
            }
        }
    }

    private func writeEntrusted(_ page: inout MetricsPage) {
        let gauges = delivery.gauges
        page.gauge(
            "postern_deliveries_entrusted", "Deliveries that a delivery core elsewhere has.",
            Double(entrusted.take()))
        page.counter(
            "postern_core_losses_total",
            "Times a delivery core elsewhere had lost what it was entrusted with.",
            gauges.coreLosses)
        for courier in OutboxRow.Courier.allCases {
            page.counter(
                "postern_deliveries_entrusted_total",
                "Handed to a delivery core elsewhere, by courier.", gauges[courier].entrusted,
                ["courier": courier.rawValue])
        }
        for courier in OutboxRow.Courier.allCases {
            page.counter(
                "postern_deliveries_withdrawn_total",
                "Withdrawn from a delivery core elsewhere, by courier.",
                gauges[courier].withdrawn, ["courier": courier.rawValue])
        }
    }

    /// What the kernel says this process keeps in memory.
    private static var residentBytes: Int? {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .ascii),
            let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        return pages * Int(getpagesize())
    }
}

extension Installation {
    /// How each part is.
    func health(certificate listener: Listener? = nil) -> HealthBoard {
        let (store, audit, policies, delivery) = (store, audit, policies, delivery)
        let entrusted = entrusted
        let (hasCore, patience) = (settings.core != nil, settings.ledgerPatience)
        var checks: [HealthBoard.Check] = [
            (
                "ledger",
                {
                    // Nothing waits to be written on a gateway without clients, so that only reading tells of the disk.
                    _ = entrusted.take()
                    return store.health().state(looking: entrusted.standstill, after: patience)
                }
            ),
            (
                "audit",
                { audit.health.faults.first.map { .down($0.description) } ?? .good }
            ),
            ("policy", { policies.trouble.map { .degraded($0) } ?? .good }),
            (
                "delivery",
                {
                    delivery.health(
                        besides: hasCore ? nil : Self.orphanedDeliveries(entrusted.take()))
                }
            ),
        ]
        if let register = issuers?.register {
            checks.append(("issuers", { register.trouble.map { .degraded($0) } ?? .good }))
        }
        if let register = crossing?.register {
            checks.append(("units", { register.trouble.map { .degraded($0) } ?? .good }))
        }
        if let listener {
            let check = listener.certificateCheck(key: settings.listener.privateKey)
            checks.append(("certificate", check))
        }
        return HealthBoard(checks)
    }
}

extension StoreHealth {
    /// Down when nothing can be recorded, or nothing be read.
    ///
    /// - Parameters:
    ///   - standstill: For how long somebody has been looking into the file.
    ///   - patience: How long that, or a write, may take.
    /// - Returns: Down with the reason, or good.
    func state(looking standstill: Duration, after patience: Duration = .seconds(2)) -> HealthState
    {
        var health = self
        health.standstill = max(health.standstill, standstill)
        return health.complaint(after: patience).map { .down($0) } ?? .good
    }
}

extension DeliveryCore {
    /// What keeps couriers from working, if anything does.
    ///
    /// - Parameter trouble: What else is wrong with deliveries.
    /// - Returns: Degraded, with every reason, or good.
    func health(besides trouble: String? = nil) -> HealthState {
        let troubles = gauges.troubles + [trouble].compactMap(\.self)
        return troubles.isEmpty ? .good : .degraded(troubles.joined(separator: " "))
    }
}

extension Listener {
    /// What warns of files that are not in use, of a key that anybody may read, and 14 days before the certificate ends.
    func certificateCheck(key: String) -> @Sendable () -> HealthState {
        let isKeyOpen = Glance(false) {
            let attributes = try? FileManager.default.attributesOfItem(atPath: key)
            let mode = attributes?[.posixPermissions] as? NSNumber
            return (mode?.intValue ?? 0) & 0o007 != 0
        }
        return { [self] in certificateHealth(isKeyOpen: isKeyOpen.take()) }
    }

    private func certificateHealth(isKeyOpen: Bool) -> HealthState {
        if let trouble = certificateTrouble {
            return .degraded("The certificate on disk is not in use. \(trouble)")
        }
        if isKeyOpen {
            return .degraded("Every user of this machine can use the file of the private key.")
        }
        guard let expiry = certificateExpiry else { return .good }
        let left = expiry.timeIntervalSinceNow
        if left < 0 { return .degraded("The certificate has ended.") }
        if left < 14 * 86_400 {
            return .degraded("The certificate ends at \(expiry.formatted(.iso8601)).")
        }
        return .good
    }
}
