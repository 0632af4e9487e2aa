import PosternDialectKit

/// The answer to an operation: what it gives back, or why not.
struct OperationReply: Reply {
    var typeName: String
    var object: ReplyObject = [:]
    /// Left out of every success, as in ``SendMessageResponse``.
    var responseStatus: ResponseStatus?

    func write(to json: inout JSONWriter) {
        object.write(to: &json)
        responseStatus?.write(to: &json)
    }

    func write(to xml: inout MarkupWriter) {
        object.write(
            to: &xml,
            last: (
                "ResponseStatus",
                { xml in
                    if let responseStatus {
                        responseStatus.write(to: &xml)
                    } else {
                        xml.absent(named: "ResponseStatus")
                    }
                }
            ))
    }
}
