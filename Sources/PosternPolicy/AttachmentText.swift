import PosternModel

/// A group's `attachments:` as written: what it does not say, it inherits.
struct AttachmentText {
    var allowed: Setting<Bool>?
    var maximumSize: Setting<Int64>?
    var maximumTotal: Setting<Int64>?
    var maximumCount: Setting<Int>?
    var deniedTypes: Setting<[String]>?
    /// A total is written that cannot be read: it has its fault, and no size is measured by another.
    private var isTotalUnreadable = false

    private static let standardSize: Int64 = 1 << 30
    private static let standardTotal: Int64 = 2 << 30
    private static let standardCount = 100

    /// Reads the mapping, if the group has one.
    init(_ group: Fields, name: String, faults: FaultList) {
        let keys = ["allowed", "maximumSize", "maximumTotal", "maximumCount", "deniedTypes"]
        guard let fields = group.fields("attachments", "`attachments`", known: keys) else { return }
        func setting<Value>(_ located: Located<Value>?) -> Setting<Value>? {
            Setting(located, of: name)
        }
        allowed = setting(fields.flag("allowed"))
        maximumSize = setting(fields.size("maximumSize"))
        maximumTotal = setting(fields.size("maximumTotal"))
        isTotalUnreadable = fields.has("maximumTotal") && maximumTotal == nil
        maximumCount = setting(fields.number("maximumCount", 1...10_000))
        deniedTypes = setting(Self.types(fields, "deniedTypes", faults))
    }

    /// Takes over whatever is not said here.
    mutating func inherit(from parent: AttachmentText) {
        allowed = allowed ?? parent.allowed
        maximumSize = maximumSize ?? parent.maximumSize
        maximumTotal = maximumTotal ?? parent.maximumTotal
        isTotalUnreadable = isTotalUnreadable || parent.isTotalUnreadable
        maximumCount = maximumCount ?? parent.maximumCount
        deniedTypes = deniedTypes ?? parent.deniedTypes
    }

    /// The rules, with what holds where nothing is written.
    var rules: AttachmentRules {
        AttachmentRules(
            allowed: allowed?.value ?? true, maximumSize: maximumSize?.value ?? unwrittenSize,
            maximumTotal: total, maximumCount: maximumCount?.value ?? Self.standardCount,
            deniedTypes: Set(deniedTypes?.value ?? []))
    }

    private var total: Int64 { maximumTotal?.value ?? Self.standardTotal }

    /// A limit nobody wrote gives way to one that somebody did.
    private var unwrittenSize: Int64 { min(Self.standardSize, total) }

    /// A file that may be larger than all files together is a mistake in one of the two numbers.
    func check(of group: Located<String>, _ faults: FaultList) {
        guard let size = maximumSize, size.value > total, !isTotalUnreadable else { return }
        let written = [size, maximumTotal].compactMap { $0 }
        faults.add(
            (written.first { $0.group == group.value } ?? size).place,
            "In the group `\(Quote.text(group.value))` one file may have \(SizeText.write(size.value)), which is more than all files of a message together, \(SizeText.write(total))."
        )
    }

    /// The values with the places they come from.
    func values(of group: String) -> [EffectiveValue] {
        [
            EffectiveValue("attachments.allowed", allowed, of: group, absent: "yes") {
                $0 ? "yes" : "no"
            },
            EffectiveValue(
                "attachments.maximumSize", maximumSize, of: group,
                absent: SizeText.write(unwrittenSize), text: SizeText.write),
            EffectiveValue(
                "attachments.maximumTotal", maximumTotal, of: group,
                absent: SizeText.write(Self.standardTotal), text: SizeText.write),
            EffectiveValue(
                "attachments.maximumCount", maximumCount, of: group,
                absent: "\(Self.standardCount)"
            ) { "\($0)" },
            EffectiveValue("attachments.deniedTypes", deniedTypes, of: group, absent: "[]") {
                "[" + $0.joined(separator: ", ") + "]"
            },
        ]
    }

    /// File name extensions in lower case, none twice in whatever case.
    private static func types(_ fields: Fields, _ key: String, _ faults: FaultList)
        -> Located<[String]>?
    {
        guard let words = fields.words(key) else { return nil }
        var types: [String] = []
        for word in words.value {
            guard isType(word.value) else {
                let bare =
                    word.value.hasPrefix("*.") ? word.value.dropFirst(2) : word.value.dropFirst()
                faults.add(
                    word.place,
                    "`\(Quote.text(word.value))` is not a file name extension such as `exe`: at most 64 visible ASCII characters, without a dot.",
                    suggestion: word.value.contains(".") && isType(bare) ? String(bare) : nil)
                continue
            }
            let type = word.value.lowercased()
            if types.contains(type) {
                faults.add(
                    word.place,
                    "`\(word.value)` stands twice in `\(key)`: extensions are compared without regard to case."
                )
            } else {
                types.append(type)
            }
        }
        return Located(value: types, place: words.place)
    }

    /// Whether a text is an extension that the name of a file could have.
    private static func isType(_ text: some StringProtocol) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x21...0x7E).contains($0) && !"./\\:;*?\"<>|".utf8.contains($0)
            }
    }
}
