import HTTPTypes
import PosternDialectKit
import PosternModel

/// A response body of this API, before it is JSON or XML.
protocol Reply {
    /// The name of the vendor's type, which XML writes as the root element.
    var typeName: String { get }
    /// Writes the members, camelCase, absent ones left out.
    func write(to json: inout JSONWriter)
    /// Writes the elements, PascalCase, in alphabetical order as a DataContract has them.
    func write(to xml: inout MarkupWriter)
}

/// The answer to SendMessage.
struct SendMessageResponse: Reply {
    var typeName: String { "SendMessageResponse" }

    var notificationBodyText: String?
    var notificationBodyHTML: String?
    /// Always written: the vendor's type cannot be without it.
    var notificationSent = false
    /// Postern's own: what a dry run found.
    var preview: Preview?
    /// Left out of every success: the vendor's JavaScript client takes any for a failure.
    var responseStatus: ResponseStatus?

    func write(to json: inout JSONWriter) {
        if let notificationBodyText { json.member("notificationBodyText", notificationBodyText) }
        if let notificationBodyHTML { json.member("notificationBodyHtml", notificationBodyHTML) }
        json.member("notificationSent", notificationSent)
        if let preview {
            json.object("dryRun") {
                $0.member("wouldBeAccepted", true)
                $0.member("passwordRequired", preview.passwordRequired)
            }
        }
        responseStatus?.write(to: &json)
    }

    func write(to xml: inout MarkupWriter) {
        if let preview {
            xml.element("DryRun") {
                $0.element("PasswordRequired", preview.passwordRequired)
                $0.element("WouldBeAccepted", true)
            }
        }
        xml.element("NotificationBodyHtml", orNil: notificationBodyHTML)
        xml.element("NotificationBodyText", orNil: notificationBodyText)
        xml.element("NotificationSent", notificationSent)
        if let responseStatus {
            responseStatus.write(to: &xml)
        } else {
            xml.empty("ResponseStatus", [("i:nil", "true")])
        }
    }
}

/// The answer when no operation got as far as a type of its own.
struct ErrorResponse: Reply {
    var typeName: String { "ErrorResponse" }

    var responseStatus: ResponseStatus

    func write(to json: inout JSONWriter) { responseStatus.write(to: &json) }
    func write(to xml: inout MarkupWriter) { responseStatus.write(to: &xml) }
}

extension Reply {
    /// The whole response, in the manner asked for.
    func response(
        _ status: HTTPResponse.Status, in manner: SecureMessagingManner, fields: HTTPFields = [:]
    ) -> DialectResponse {
        switch manner.format {
        case .json:
            var json = JSONWriter()
            json.object { write(to: &$0) }
            guard let callback = manner.callback else {
                return .make(status, "application/json; charset=utf-8", json.bytes, fields)
            }
            // The contract's wrapping, to the byte: no semicolon and no space.
            let script = Array("\(callback.name)(".utf8) + json.bytes + [UInt8(ascii: ")")]
            return .make(status, "text/javascript; charset=utf-8", script, fields)
        case .xml:
            var xml = MarkupWriter(prologue: "<?xml version=\"1.0\" encoding=\"utf-8\"?>")
            xml.element(
                named: typeName,
                [
                    ("xmlns:i", "http://www.w3.org/2001/XMLSchema-instance"),
                    ("xmlns", "http://schemas.datacontract.org/2004/07/SecureMessaging"),
                ]
            ) { write(to: &$0) }
            return .make(status, "application/xml; charset=utf-8", xml.bytes, fields)
        }
    }
}

extension DialectResponse {
    /// A response with the fields every answer of this API carries.
    static func make(
        _ status: HTTPResponse.Status, _ type: String, _ body: [UInt8], _ fields: HTTPFields
    ) -> DialectResponse {
        var all = fields
        // Room for what every reply carries, so that the list grows once.
        all.reserveCapacity(12)
        all.append(HTTPField(name: .contentType, value: type))
        for field in common { all.append(field) }
        return DialectResponse(head: HTTPResponse(status: status, headerFields: all), body: body)
    }

    private static let common = [
        HTTPField(name: .vary, value: "Accept"), HTTPField(name: .cacheControl, value: "no-store"),
        HTTPField(name: .xContentTypeOptions, value: "nosniff"),
    ]
}
