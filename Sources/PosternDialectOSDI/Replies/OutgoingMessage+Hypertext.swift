import PosternDialectKit
import PosternModel

extension OutgoingMessage: HypertextResource {
    func href(at links: Links) -> String { links.message(guid) }

    var identifiers: [String] { [guid.identifier] + MessageExtras(content.annex).identifiers }

    func write(to json: inout JSONWriter, at links: Links) {
        let extras = MessageExtras(content.annex)
        json.member("origin_system", extras.texts[.originSystem] ?? MessageExtras.originSystem)
        json.member("created_date", createdAt.rfc3339)
        json.member("modified_date", changedAt.rfc3339)
        json.member("name", ifPresent: extras.texts[.name])
        json.member("subject", content.subject)
        json.member("body", content.body)
        for text in [MessageExtras.Text.from, .replyTo, .administrativeURL, .browserURL] {
            json.member(text.rawValue, ifPresent: extras.texts[text])
        }
        json.member("type", (extras.kind ?? .email).rawValue)
        json.array("targets", of: targetedLists) { json, list in
            json.object { $0.member("href", links.list(list)) }
        }
        if otherRecipients > 0 { json.member("postern:other_recipients", otherRecipients) }
        if !extras.sections.isEmpty {
            json.array("sections", of: extras.sections) { json, section in
                json.object {
                    $0.member("keyword", section.keyword)
                    $0.member("auto_reply", section.autoReply)
                }
            }
        }
        json.member("total_targeted", progress.recipients)
        json.member("status", progress.state.status)
        if case .scheduled(let instant) = progress.state {
            json.member("scheduled_start_date", instant.rfc3339)
        }
        if let instant = progress.sentAt { json.member("sent_start_date", instant.rfc3339) }
        for hour in MessageExtras.Hour.allCases {
            if let value = extras.hours[hour] { json.member(hour.rawValue, value) }
        }
        writeStatistics(to: &json)
        if case .refused(let code) = progress.state {
            json.object("postern:refusal") {
                $0.member("error_code", "\(code.rawValue)")
                $0.member("description", code.entry.meaning)
                $0.member("href", "\(links.errors)/\(code.rawValue)")
            }
        }
    }

    func writeLinks(to json: inout JSONWriter, at links: Links) {
        let href = href(at: links)
        json.link("osdi:send_helper", href + "/send")
        json.link("osdi:schedule_helper", href + "/schedule")
    }

    /// The targets this API has addresses for.
    private var targetedLists: [ContactListID] {
        content.targets.compactMap { if case .list(let id) = $0 { id } else { nil } }
    }

    /// Whom else it is for by another API's word: a client must not send to people it is not told of.
    private var otherRecipients: Int {
        content.targets.count - targetedLists.count + content.to.count + content.cc.count
            + content.bcc.count
    }

    /// Before anything is on its way, nobody has it.
    private func writeStatistics(to json: inout JSONWriter) {
        let isUnderWay =
            switch progress.state {
            case .sending, .sent, .stopped: true
            case .draft, .scheduled, .refused: false
            }
        let delivered = isUnderWay ? progress.delivered : 0
        json.object("statistics") {
            $0.member("sent", delivered + progress.failed)
            $0.member("delivered", delivered)
            $0.member("failed", progress.failed)
        }
    }
}

extension DispatchProgress.State {
    /// The specification's word.
    ///
    /// DIVERGENCE: it has none for a message that was refused when its time came. Nothing more becomes of it, so it is
    /// `stopped`, and `postern:refusal` says why.
    fileprivate var status: String {
        switch self {
        case .draft: "draft"
        case .scheduled: "scheduled"
        case .sending: "sending"
        case .sent: "sent"
        case .stopped, .refused: "stopped"
        }
    }
}
