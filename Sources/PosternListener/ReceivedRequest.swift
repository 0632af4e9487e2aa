public import HTTPTypes

/// One whole request, within every limit and free of the ambiguities HTTP allows.
///
/// A class, because it never changes and many hold it: to copy a head means to count references to each of its texts.
public final class ReceivedRequest: Sendable {
    /// The protocol a request arrived by.
    public enum Version: String, Sendable {
        /// HTTP/1.0; answered, then the connection closes.
        case http10 = "HTTP/1.0"
        /// HTTP/1.1.
        case http11 = "HTTP/1.1"
        /// HTTP/2.
        case http2 = "HTTP/2"
    }

    /// 32 hexadecimal digits, unique among all requests of all listeners; safe in a header, a log line and a file name.
    public let id: String
    /// Method, target and fields; `Host` is the authority and not among the fields, nor are the
    /// fields that frame the message on the wire.
    public let head: HTTPRequest
    /// The body, whole; empty when there is none.
    public let body: [UInt8]
    /// The client's address without its port.
    public let peer: String
    /// The protocol it arrived by.
    public let version: Version
    /// The subject of the client's certificate in RFC 4514 form, once checked against the configured authority; nil without one.
    public let clientCertificateSubject: String?

    /// Makes a request; the gateway's tests need no socket.
    public init(
        id: String, head: HTTPRequest, body: [UInt8] = [], peer: String = "127.0.0.1",
        version: Version = .http11, clientCertificateSubject: String? = nil
    ) {
        self.id = id
        self.head = head
        self.body = body
        self.peer = peer
        self.version = version
        self.clientCertificateSubject = clientCertificateSubject
    }
}
