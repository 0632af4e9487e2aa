import PosternDialectKit
import PosternModel

extension EntrustedDelivery {
    /// Reads the body of a request that entrusts a delivery.
    ///
    /// Every member is named as the contract names it, once, and nothing else is there: what one side would overlook, the
    /// other may have meant.
    ///
    /// - Throws: The first thing that is wrong.
    public init(json bytes: [UInt8]) throws(ContractProblem) {
        var members = try ContractMembers(bytes)
        let courier = try members.value("courier") { Courier(rawValue: $0) }
        message = try members.value("message") { MessageGUID($0) }
        acceptedAt = try members.value("acceptedAt") { Instant(contractText: $0) }
        switch courier {
        case .smtp:
            let address = try members.value("to") { EmailAddress($0) }
            var mail = try members.members("notification")
            content = .mail(
                EntrustedMail(
                    subject: try mail.text("subject"), text: try mail.text("text"),
                    html: try mail.text("html")), to: address)
            try mail.end()
        case .webhook:
            content = .text(
                try members.text("text"), to: try members.value("to") { PhoneNumber($0) },
                from: try members.value("from") { EmailAddress($0) })
        }
        try members.end()
    }

    /// The body as a gateway sends it: the same delivery always has the same bytes.
    public var json: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("courier", courier.rawValue)
            json.member("message", message.description)
            json.member("acceptedAt", acceptedAt.contractText)
            switch content {
            case .mail(let mail, let address):
                json.member("to", address.description)
                json.object("notification") { json in
                    json.member("subject", mail.subject)
                    json.member("text", mail.text)
                    json.member("html", mail.html)
                }
            case .text(let text, let phone, let sender):
                json.member("to", phone.description)
                json.member("from", sender.description)
                json.member("text", text)
            }
        }
        return json.bytes
    }
}
