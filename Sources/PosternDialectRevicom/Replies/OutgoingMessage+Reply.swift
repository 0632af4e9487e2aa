import PosternDialectKit
import PosternModel

extension OutgoingMessage {
    /// Writes every member the contract lists; what Postern does not know is `null`.
    func write(to json: inout JSONWriter) {
        let annex = MessageAnnex(content.annex)
        json.member("createdTime", createdAt.rfc3339)
        json.member("channelType", orNull: annex?.channel.rawValue)
        // The vendor's own spelling, which clients read.
        json.member("sendingMethog", "API")
        for name in ["trafficType", "templateId"] { json.null(name) }
        if let dispatch {
            json.member("dispatchId", Int(dispatch.rawValue))
        } else {
            json.null("dispatchId")
        }
        json.member("messageUuid", guid.dashed)
        json.member("externalMessageId", orNull: externalID)
        json.null("trafficCenterId")
        json.member("senderName", orNull: annex?.senderName)
        json.member("destination", orNull: destination)
        for name in ["brand", "country", "region"] { json.null(name) }
        if annex?.contentIsObject == true {
            json.object("content") {
                $0.member("contentType", "text")
                $0.member("text", content.body)
            }
        } else {
            json.member("content", content.body)
        }
        write(annex, to: &json)
        json.null("totalParts")
        // Nothing costs anything here.
        json.object("price") {
            $0.member("totalPrice", 0)
            $0.member("currency", "XXX")
            $0.member("invoicedParts", 0)
            $0.member("final", true)
        }
        json.member("sentTime", orNull: progress.sentAt?.rfc3339)
        json.member("statusTime", changedAt.rfc3339)
        json.member("status", MessageStatus(progress).rawValue)
        json.member("cascadeMessageUuid", orNull: cascade?.root.dashed)
        if let cascade {
            json.member("cascadeStep", cascade.step)
        } else {
            json.null("cascadeStep")
        }
        if case .refused(let code) = progress.state {
            json.member("errorCode", code.rawValue)
        } else {
            json.null("errorCode")
        }
    }

    private func write(_ annex: MessageAnnex?, to json: inout JSONWriter) {
        json.array("tags", of: annex?.tags ?? []) { $0.string($1) }
        if let ttl = annex?.ttl { json.member("ttl", ttl) } else { json.null("ttl") }
        json.array("hours", of: annex?.sending.hours ?? []) { $0.number($1) }
        json.array("days", of: annex?.sending.days ?? []) { $0.number($1) }
        json.member("localSendTime", orNull: annex?.localSendTime)
        json.member("localCompletionTime", orNull: annex?.localCompletionTime)
        json.member("useLocalTime", annex?.useLocalTime ?? true)
        json.array("callbackEvents", of: annex?.callbackEvents ?? []) { $0.string($1) }
        // Never with the login and password it may hold.
        json.member("callbackUrl", orNull: annex?.callback?.shown)
    }

    /// The digits of the first telephone it is for.
    private var destination: String? {
        for case .address(.phone(let phone)) in content.targets { return String(phone.digits) }
        return nil
    }
}

extension JSONWriter {
    /// Writes a text under a name, or `null` without one: this API leaves nothing out.
    fileprivate mutating func member(_ name: String, orNull text: String?) {
        if let text { member(name, text) } else { null(name) }
    }
}
