/// What a relay offers in its answer to EHLO.
///
/// 8BITMIME is not looked for: notification mails are 7-bit from end to end, so nothing would change.
struct SMTPCapabilities: Sendable, Equatable {
    /// It can go over to TLS (RFC 3207).
    var startTLS = false
    /// It takes commands in groups (RFC 2920).
    var pipelining = false
    /// It wants to know sizes beforehand (RFC 1870).
    var size = false
    /// Largest mail it takes, in bytes; nil when it names none.
    var largestMail: Int?
    /// SASL mechanisms, upper case.
    var mechanisms: Set<String> = []

    /// Nothing offered: a relay that knows HELO only.
    init() {}

    /// Reads the lines after the greeting's; what is not understood is passed over, as RFC 5321 asks.
    init(_ reply: SMTPReply) {
        for line in reply.lines.dropFirst() {
            // "AUTH=LOGIN" is an old spelling that some relays still send besides the right one.
            let words = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "=") }
                .map { String(decoding: $0, as: UTF8.self).uppercased() }
            switch words.first {
            case "STARTTLS": startTLS = true
            case "PIPELINING": pipelining = true
            case "AUTH": mechanisms.formUnion(words.dropFirst())
            case "SIZE":
                size = true
                if words.count > 1, let bytes = Int(words[1]), bytes > 0 { largestMail = bytes }
            default: break
            }
        }
    }
}
