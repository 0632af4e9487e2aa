import PosternModel
import Yams

/// Reads a policy's main file and what it refers to, gathering every fault on the way.
struct PolicyReader {
    static let mainFile = "policy.yaml"
    private static let keys = [
        "version", "timeZone", "defaultGroup", "attempts", "login", "expiryGroups", "groups",
        "keywordLists", "rules",
    ]

    private let faults = FaultList()
    private let file = Self.mainFile
    /// The bytes of a file named relative to the policy folder, or a sentence saying why there are none.
    let read: (String) -> Result<[UInt8], FileRefusal>

    /// Why a file could not be read, as the end of a sentence.
    struct FileRefusal: Error {
        var reason: String
    }

    /// Reads everything.
    func policy() -> Result<Policy, PolicyFaults> { version().map(\.policy) }

    /// Reads everything, and hands back the files it was read from as well.
    func version() -> Result<PolicyVersion, PolicyFaults> {
        var files: [String: [UInt8]] = [:]
        var lists: [Located<KeywordList>] = []
        let policy = contents(&files, &lists)
        if faults.faults.isEmpty, let policy {
            return .success(PolicyVersion(policy: policy, files: files))
        }
        return .failure(PolicyFaults(faults.faults, keywordLists: lists.map(\.value)))
    }

    private func contents(
        _ files: inout [String: [UInt8]], _ lists: inout [Located<KeywordList>]
    ) -> Policy? {
        let start = Place(file: file, line: 1, column: 1)
        let bytes: [UInt8]
        switch read(file) {
        case .success(let found): bytes = found
        case .failure(let refusal):
            faults.add(start, "The policy's main file \(refusal.reason).")
            return nil
        }
        files[file] = bytes
        guard let root = YAMLText.compose(bytes, file: file, faults: faults),
            let fields = Fields(root, "the policy", known: Self.keys, file: file, faults: faults)
        else { return nil }

        if fields.requiredText("version") != nil { _ = fields.number("version", 1...1) }
        let days = fields.requiredText("timeZone").flatMap(zone)
        let attempts = attempts(fields)
        let login = LoginText(fields)
        let expiryGroups = expiryGroups(fields)
        lists = keywordLists(fields, &files)
        let groups = groups(fields)
        let names = groups.map(\.name.value)
        let settled = settle(groups, lists: lists.map(\.value.id))
        checkUse(of: lists, by: groups)
        let defaultGroup = fields.requiredText("defaultGroup")
        if let defaultGroup, !names.contains(defaultGroup.value), fields.has("groups") {
            faults.add(
                defaultGroup.place, "There is no group `\(Quote.text(defaultGroup.value))`.",
                suggestion: Spelling.nearest(to: defaultGroup.value, among: names))
        }
        let rules = rules(fields, groups: names, lists: lists.map(\.value.id), days: days)

        guard faults.faults.isEmpty, let days, let attempts, let defaultGroup,
            let fallback = settled[defaultGroup.value]?.rules
        else {
            if faults.faults.isEmpty { faults.add(start, "The policy is incomplete.") }
            return nil
        }
        return Policy(
            digest: PolicyFolder.digest(of: files), keywordLists: lists.map(\.value),
            attemptLimits: attempts, login: login, days: days, expiryGroups: expiryGroups,
            fallback: fallback,
            groups: settled.mapValues(\.rules), effective: settled.mapValues(\.values), rules: rules
        )
    }

    private func zone(_ text: Located<String>) -> DayTable? {
        if let days = DayTable(text.value) { return days }
        faults.add(
            text.place,
            "`\(Quote.text(text.value))` is not a time zone of the IANA list, such as `Europe/Zurich`.",
            suggestion: Spelling.nearest(to: text.value, among: DayTable.names))
        return nil
    }

    private func attempts(_ fields: Fields) -> AttemptLimits? {
        guard fields.has("attempts") else {
            fields.fault("attempts", "The key `attempts` is missing from the policy.")
            return nil
        }
        guard
            let inner = fields.fields(
                "attempts", "`attempts`", known: ["warnAfter", "lockAfter", "burnAfter"])
        else { return nil }
        for key in ["warnAfter", "lockAfter", "burnAfter"] where !inner.has(key) {
            inner.fault(key, "The key `\(key)` is missing from `attempts`.")
        }
        let warn = inner.number("warnAfter", 1...1000)
        let lock = inner.number("lockAfter", 1...1000)
        let never = inner.text("burnAfter")?.value == "never"
        let burn = never ? nil : inner.number("burnAfter", 1...100_000)
        guard let warn, let lock, never || burn != nil else { return nil }
        if warn.value > lock.value {
            faults.add(
                warn.place,
                "`warnAfter` is \(warn.value), which comes after `lockAfter`, \(lock.value)."
            )
        }
        if let burn, burn.value < lock.value {
            faults.add(
                burn.place,
                "`burnAfter` is \(burn.value), which comes before `lockAfter`, \(lock.value): one person's mistakes would destroy a message before they are locked out."
            )
        }
        return AttemptLimits(
            warnAfter: warn.value, lockAfter: lock.value, burnAfter: burn?.value)
    }

    private func expiryGroups(_ fields: Fields) -> [String: Duration] {
        guard let inner = fields.fields("expiryGroups", "`expiryGroups`", known: nil) else {
            return [:]
        }
        var groups: [String: Duration] = [:]
        for key in inner.keys where isName(key, "an expiry group") {
            guard let duration = inner.duration(key.value), let value = duration.value else {
                continue
            }
            if value == .zero {
                faults.add(duration.place, "An expiry group must last longer than nothing.")
            }
            groups[key.value] = value
        }
        return groups
    }

    private func groups(_ fields: Fields) -> [GroupText] {
        guard fields.has("groups") else {
            fields.fault("groups", "The key `groups` is missing from the policy.")
            return []
        }
        guard let inner = fields.fields("groups", "`groups`", known: nil) else { return [] }
        if inner.keys.isEmpty { fields.fault("groups", "A policy needs at least one group.") }
        if inner.keys.count > 1000 {
            fields.fault("groups", "A policy may define at most 1000 groups.")
            return []
        }
        return inner.keys.compactMap { key in
            guard isName(key, "a group"),
                let group = inner.fields(key.value, "a group", known: GroupText.keys)
            else { return nil }
            return GroupText(group, name: key, faults: faults)
        }
    }

    /// Lets every group inherit, then settles it; parents come before children, cycles are faults.
    private func settle(_ groups: [GroupText], lists: [String]) -> [String: GroupText.Settled] {
        let names = groups.map(\.name.value)
        let written = Dictionary(
            groups.map { ($0.name.value, $0) }, uniquingKeysWith: { first, _ in first })
        var settled: [String: GroupText.Settled] = [:]
        for group in groups {
            var whole = group
            var path = [group.name.value]
            var current = group
            var broken = false
            while let parent = current.inherits {
                guard let next = written[parent.value] else {
                    if current.name == group.name {
                        faults.add(
                            parent.place,
                            "The group `\(Quote.text(current.name.value))` inherits from `\(Quote.text(parent.value))`, which is not defined.",
                            suggestion: Spelling.nearest(to: parent.value, among: names))
                    }
                    broken = true
                    break
                }
                if path.contains(next.name.value) {
                    // Reported once, at the group that stands in the ring itself.
                    if next.name == group.name {
                        faults.add(
                            group.inherits?.place ?? group.name.place,
                            "The group `\(Quote.text(group.name.value))` inherits from itself: \((path + [next.name.value]).joined(separator: " → "))."
                        )
                    }
                    broken = true
                    break
                }
                path.append(next.name.value)
                whole.inherit(from: next)
                current = next
            }
            if broken { continue }
            settled[group.name.value] = whole.settled(groups: names, lists: lists, faults: faults)
        }
        return settled
    }

    private func checkUse(of lists: [Located<KeywordList>], by groups: [GroupText]) {
        var used: Set<String> = []
        for group in groups {
            guard let lists = group.keywordLists?.value else { continue }
            switch lists {
            case .all: return
            case .some(let names): used.formUnion(names.map(\.value))
            }
        }
        for list in lists where !used.contains(list.value.id) {
            faults.add(
                list.place, "The keyword list `\(list.value.id)` is never used: no group names it.")
        }
    }

    private func keywordLists(_ fields: Fields, _ files: inout [String: [UInt8]])
        -> [Located<KeywordList>]
    {
        guard let inner = fields.fields("keywordLists", "`keywordLists`", known: nil) else {
            return []
        }
        var lists: [Located<KeywordList>] = []
        var owners: [String: String] = [:]
        for key in inner.keys where isName(key, "a keyword list") {
            guard
                let list = inner.fields(
                    key.value, "a keyword list", known: ["file", "parts", "threshold"])
            else { continue }
            let parts = parts(list)
            let threshold = list.has("threshold") ? list.number("threshold", 1...1000)?.value : 1
            var entries: [KeywordList.Entry] = []
            let file = list.requiredText("file")
            if let name = file {
                if let owner = owners[name.value] {
                    faults.add(
                        name.place,
                        "`\(Quote.text(name.value))` belongs to the keyword list `\(owner)` already."
                    )
                } else {
                    owners[name.value] = key.value
                    entries = self.entries(name, &files)
                }
            }
            if let threshold, !entries.isEmpty, threshold > entries.count {
                list.fault(
                    "threshold",
                    "`threshold` is \(threshold), but the list has only \(Quote.count(entries.count, "entry", "entries"))."
                )
            }
            lists.append(
                Located(
                    value: KeywordList(
                        id: key.value, file: file?.value ?? "", parts: parts,
                        threshold: threshold ?? 1, entries: entries),
                    place: key.place))
        }
        return lists
    }

    private func parts(_ list: Fields) -> Set<MessagePart> {
        guard list.has("parts") else { return Set(MessagePart.allCases) }
        guard let words = list.words("parts") else { return [] }
        if words.value.isEmpty { list.fault("parts", "`parts` names no part of a message.") }
        return Set(
            words.value.compactMap { word in
                if let part = MessagePart(rawValue: word.value) { return part }
                let parts = MessagePart.allCases.map(\.rawValue)
                faults.add(
                    word.place,
                    "`parts` may name \(Quote.list(parts)), not `\(Quote.text(word.value))`.",
                    suggestion: Spelling.nearest(to: word.value, among: parts))
                return nil
            })
    }

    private func entries(_ name: Located<String>, _ files: inout [String: [UInt8]])
        -> [KeywordList.Entry]
    {
        guard FileName.isSafe(name.value), name.value.hasSuffix(".txt") else {
            faults.add(
                name.place,
                "`\(Quote.text(name.value))` must be a `.txt` file inside the policy folder, such as `keywords/terms.txt`."
            )
            return []
        }
        switch read(name.value) {
        case .success(let bytes):
            files[name.value] = bytes
            return KeywordFile.entries(bytes, file: name.value, faults: faults)
        case .failure(let refusal):
            faults.add(
                name.place, "The keyword file `\(Quote.text(name.value))` \(refusal.reason).")
            return []
        }
    }

    private func rules(_ fields: Fields, groups: [String], lists: [String], days: DayTable?)
        -> [RuleID: RuleSetting]
    {
        guard let inner = fields.fields("rules", "`rules`", known: nil) else { return [:] }
        let relaxable =
            Rule.allCases.filter { $0.mayBeRelaxed && $0 != .contentBanned }.map(
                \.entry.id.rawValue)
            + lists.map { Rule.contentBanned($0).rawValue }
        var rules: [RuleID: RuleSetting] = [:]
        for key in inner.keys {
            guard relaxable.contains(key.value) else {
                if Rule.allCases.contains(where: {
                    !$0.mayBeRelaxed && $0.entry.id.rawValue == key.value
                }) {
                    faults.add(
                        key.place,
                        "The rule `\(key.value)` always holds: it has no mode and no exceptions.")
                } else {
                    faults.add(
                        key.place, "There is no rule `\(Quote.text(key.value))`.",
                        suggestion: Spelling.nearest(to: key.value, among: relaxable))
                }
                continue
            }
            guard
                let rule = inner.fields(key.value, "a rule", known: ["mode", "exceptions"])
            else { continue }
            rules[RuleID(rawValue: key.value)] = RuleSetting(
                mode: rule.word("mode", RuleMode.self)?.value ?? .enforce,
                exceptions: exceptions(rule, groups: groups, days: days))
        }
        return rules
    }

    private func exceptions(_ rule: Fields, groups: [String], days: DayTable?) -> [RuleException] {
        guard let items = rule.items("exceptions") else { return [] }
        return items.value.compactMap { node in
            let keys = ["groups", "until", "owner", "ticket"]
            guard
                let fields = Fields(
                    node, "an exception", known: keys, file: file, faults: faults)
            else { return nil }
            for key in keys where !fields.has(key) {
                fields.fault(key, "The key `\(key)` is missing from an exception.")
            }
            let names = fields.words("groups")?.value ?? []
            if fields.has("groups"), names.isEmpty {
                fields.fault("groups", "An exception must name the groups it is for.")
            }
            for name in names where !groups.contains(name.value) {
                faults.add(
                    name.place, "There is no group `\(Quote.text(name.value))`.",
                    suggestion: Spelling.nearest(to: name.value, among: groups))
            }
            guard let until = until(fields, days), let owner = fields.text("owner"),
                let ticket = fields.text("ticket")
            else { return nil }
            return RuleException(
                groups: Set(names.map(\.value)), until: until, owner: owner.value,
                ticket: ticket.value, file: file, line: fields.place.line)
        }
    }

    /// A date holds to its end in the policy's time zone, a time to its very instant.
    private func until(_ fields: Fields, _ days: DayTable?) -> Instant? {
        guard let text = fields.text("until") else { return nil }
        if let date = CivilDate(text.value) {
            return days?.end(of: date)
        }
        if let instant = Instant(rfc3339: text.value) { return instant }
        faults.add(
            text.place,
            "`until` must be a date such as `2026-12-31` (to its end) or a time such as `2026-12-31T18:00:00+01:00`, not `\(Quote.text(text.value))`."
        )
        return nil
    }

    private func isName(_ key: Located<String>, _ what: String) -> Bool {
        let good =
            key.value.utf8.count <= 64
            && key.value.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
        if !good {
            faults.add(
                key.place,
                "`\(Quote.text(key.value))` cannot name \(what): use at most 64 letters, digits, `-` and `_`."
            )
        }
        return good
    }
}
