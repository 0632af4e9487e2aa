import PosternDialectKit
public import PosternModel

extension RevicomDialect {
    /// What is posted to a message's callback address: a list in snake_case with an object for each event.
    ///
    /// `read`, `price` and `click` never come: nobody reports them.
    public static func callback(for event: DispatchEvent) -> [UInt8] {
        let annex = MessageAnnex(event.annex)
        var json = JSONWriter()
        json.array(of: event.kinds) { json, kind in
            json.object { json in
                json.member("message_uuid", event.message.dashed)
                if let annex {
                    json.member("channel_type", annex.channel.rawValue)
                } else {
                    json.null("channel_type")
                }
                if let cascade = event.cascade {
                    json.member("cascade_message_uuid", cascade.root.dashed)
                    json.member("cascade_step", cascade.step)
                } else {
                    json.null("cascade_message_uuid")
                    json.null("cascade_step")
                }
                json.member("callback_event", kind.revicomEvent)
                json.member("status", kind == .left ? "sent" : event.ending.rawValue)
                json.member("status_time", event.at.rfc3339)
                if let refusal = event.refusal {
                    json.member("error_code", refusal.rawValue)
                } else {
                    json.null("error_code")
                }
            }
        }
        return json.bytes
    }
}

extension DispatchEvent.Kind {
    /// Reads what a client calls it; nil for what Postern never learns.
    init?(revicom event: String) {
        guard let kind = Self.allCases.first(where: { $0.revicomEvent == event }) else {
            return nil
        }
        self = kind
    }

    fileprivate var revicomEvent: String {
        switch self {
        case .left: "sent"
        case .ended: "delivered"
        }
    }
}
