import PosternModel

/// Data that is the same in every run.
enum Sample {
    /// Words in the shape of nonsense, all different, none of which stands in a body.
    static func keywords(_ count: Int) -> [String] {
        let (consonants, vowels) = (Array("bcdfgklmnprstvzx"), Array("aeiou"))
        var numbers = Numbers(seed: 17)
        var words: Set<String> = []
        var ordered: [String] = []
        while ordered.count < count {
            var word = ""
            for _ in 0..<Int.random(in: 3...5, using: &numbers) {
                word.append(consonants[Int.random(in: 0..<consonants.count, using: &numbers)])
                word.append(vowels[Int.random(in: 0..<vowels.count, using: &numbers)])
            }
            word.append(consonants[Int.random(in: 0..<consonants.count, using: &numbers)])
            if words.insert(word).inserted { ordered.append(word) }
        }
        return ordered
    }

    /// The subject of every draft.
    static let subject = "About our meeting on Tuesday"

    /// A plain English text of exactly so many ASCII bytes.
    static func body(bytes: Int) -> String { text(plain, bytes: bytes) }

    /// A text broken into lines as mail programs break them.
    static func wrapped(_ text: String) -> String {
        var column = 0
        return String(
            text.flatMap { letter -> String in
                column = letter == " " && column > 65 ? 0 : column + 1
                return column == 0 ? "\r\n" : String(letter)
            })
    }

    /// A text in several scripts of about so many bytes of UTF-8, composed and decomposed.
    static func unicodeBody(bytes: Int) -> String { text(plain + foreign, bytes: bytes) }

    private static func text(_ words: [String], bytes: Int) -> String {
        var numbers = Numbers(seed: 5)
        var text = ""
        text.reserveCapacity(bytes + 16)
        while text.utf8.count < bytes {
            text += words[Int.random(in: 0..<words.count, using: &numbers)]
            text += Int.random(in: 0..<12, using: &numbers) == 0 ? ".\n" : " "
        }
        while text.utf8.count > bytes { text.removeLast() }
        return text
    }

    private static let plain = """
        the patient was seen on Tuesday and the results of the test are attached please call me when you
        have read them so that we can talk about what to do next before the end of this week I have asked
        the laboratory for a second opinion and will write again as soon as it arrives Thank you for your
        help with this matter and for the notes from our last meeting which were very useful to everyone
        """.split(whereSeparator: \.isWhitespace).map(String.init)

    private static let foreign = """
        Grüße Übermorgen façade naïve cafe\u{301} re\u{301}sume\u{301} Łódź Žižkov Ελληνικά κείμενο
        Москва привет сообщение 東京 患者 결과 שלום مرحبا नमस्ते สวัสดี ﬁnal ﬂow ＦＵＬＬ ｗｉｄｔｈ
        """.split(whereSeparator: \.isWhitespace).map(String.init)

    /// The address of one account.
    static func address(_ account: Int) throws -> EmailAddress {
        guard let address = EmailAddress("user\(account)@bench.example") else {
            throw Trouble("The sample's addresses are no addresses.")
        }
        return address
    }

    /// The session token of one account.
    static func token(_ account: Int) -> String { "bench-session-token-of-account-\(account)" }

    /// The password of every account.
    static let password = "correct horse battery staple"

    /// The name of one draft: spread like random names, and the same in every run.
    static func guid(_ draft: Int) throws -> MessageGUID {
        var numbers = Numbers(seed: UInt64(draft) &* 0xD129_0DDF_53AA_D9B5)
        var bytes: [UInt8] = []
        for _ in 0..<2 { withUnsafeBytes(of: numbers.next()) { bytes.append(contentsOf: $0) } }
        guard let guid = MessageGUID(bytes: bytes) else {
            throw Trouble("The sample's names are no names.")
        }
        return guid
    }

    /// A policy that lets the sample's drafts through, after looking for so many keywords.
    static func policyFiles(keywords count: Int) -> [String: [UInt8]] {
        let policy = """
            version: 1
            timeZone: UTC
            defaultGroup: staff
            attempts: { warnAfter: 1000, lockAfter: 1000, burnAfter: never }
            expiryGroups: { month: 30d }
            keywordLists:
              banned: { file: keywords/banned.txt }
            groups:
              staff:
                dailyMessages: 1000000
                dailyInvites: 10
                recipientLimit: 25
                fyeo: yes
                confidential: yes
                reply: yes
                replyAll: yes
                forward: yes
                mayWriteTo: anyone
                expiry: { allowed: yes, minimum: 1h, maximum: 365d, default: 90d }
                inviting: { allowed: no }
                challenge: { required: no }
                keywordLists: [banned]

            """
        let words = keywords(count).joined(separator: "\n") + "\n"
        return ["policy.yaml": Array(policy.utf8), "keywords/banned.txt": Array(words.utf8)]
    }
}

/// A reproducible source of numbers (SplitMix64, Steele, Lea and Flood 2014).
struct Numbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
