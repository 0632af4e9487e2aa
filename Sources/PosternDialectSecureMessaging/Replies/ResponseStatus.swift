import PosternDialectKit

/// ServiceStack's error part, in the member order of its contract.
struct ResponseStatus: Equatable {
    /// A refusal's decimal number, or the name of an exception; a text either way, as clients compare it.
    var errorCode: String
    var message: String
    /// Which parameters are at fault.
    var errors: [FieldError] = []

    func write(to json: inout JSONWriter) {
        json.object("responseStatus") { json in
            json.member("errorCode", errorCode)
            json.member("message", message)
            guard !errors.isEmpty else { return }
            json.array("errors", of: errors) { json, error in
                json.object {
                    $0.member("errorCode", error.errorCode)
                    $0.member("fieldName", error.fieldName)
                    $0.member("message", error.message)
                }
            }
        }
    }

    func write(to xml: inout MarkupWriter) {
        xml.element("ResponseStatus", [("xmlns:d2p1", "http://schemas.servicestack.net/types")]) {
            xml in
            xml.element("d2p1:ErrorCode", errorCode)
            xml.element("d2p1:Message", message)
            xml.empty("d2p1:StackTrace", [("i:nil", "true")])
            guard !errors.isEmpty else { return }
            xml.element("d2p1:Errors") { xml in
                for error in errors {
                    xml.element("d2p1:ResponseError") {
                        $0.element("d2p1:ErrorCode", error.errorCode)
                        $0.element("d2p1:FieldName", error.fieldName)
                        $0.element("d2p1:Message", error.message)
                    }
                }
            }
        }
    }
}

/// One parameter's fault.
struct FieldError: Equatable {
    var errorCode: String
    var fieldName: String
    var message: String
}
