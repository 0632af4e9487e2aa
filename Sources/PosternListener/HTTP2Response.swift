internal import HTTPTypes
internal import NIOHPACK

/// Words the head of a response as HTTP/2 sends it.
enum HTTP2Response {
    /// The fields, pseudo-fields first; informational statuses become 500.
    static func headers(of response: OutgoingResponse, date: String) -> HPACKHeaders {
        var headers = HPACKHeaders()
        headers.reserveCapacity(response.head.headerFields.count + 4)
        headers.add(name: ":status", value: String(response.finalStatus.code))
        headers.add(name: "date", value: date)
        for field in response.head.headerFields where !OwnFields.contains(field.name) {
            headers.add(
                name: field.name.canonicalName, value: field.value, indexing: field.indexing)
        }
        headers.add(name: "strict-transport-security", value: OwnFields.transportSecurity)
        if response.mayHaveBody {
            headers.add(name: "content-length", value: String(response.length))
        }
        return headers
    }
}

extension HTTPField {
    /// The strategy in the HTTP/2 library's words.
    fileprivate var indexing: HPACKIndexing {
        switch indexingStrategy {
        case .avoid: .nonIndexable
        case .disallow: .neverIndexed
        default: .indexable
        }
    }
}
