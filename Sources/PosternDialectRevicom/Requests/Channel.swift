/// The ways a message can go, by the names clients use.
enum Channel: String, CaseIterable {
    case sms = "SMS"
    case flashCall = "FLASHCALL"
    case voiceCode = "VOICECODE"
    case viber = "VIBER"
    case whatsApp = "WHATSAPP"
    case vk = "VK"
    case telegram = "TELEGRAM"

    /// How a channel's `content` may be written.
    struct Shapes: OptionSet {
        let rawValue: Int
        /// A text of its own.
        static let text = Shapes(rawValue: 1)
        /// An object with a `text`.
        static let object = Shapes(rawValue: 2)
    }

    /// How its `content` is written where it stands alone.
    var shapes: Shapes {
        switch self {
        case .sms, .flashCall, .vk: .text
        case .voiceCode, .whatsApp: .object
        // Written down nowhere; clients do either.
        case .viber, .telegram: [.text, .object]
        }
    }

    /// The longest text, in Unicode scalars.
    var longestText: Int {
        switch self {
        case .voiceCode: 1000
        case .vk: 2048
        case .flashCall: 4
        case .sms, .viber, .whatsApp, .telegram: 4096
        }
    }

    /// The shortest `ttl`, in seconds.
    var shortestLife: Int { self == .voiceCode ? 30 : 60 }
}
