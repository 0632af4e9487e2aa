import PosternModel

extension GroupText {
    /// What is settled for a group: its rules, and where each value comes from.
    struct Settled {
        var rules: GroupRules
        var values: [EffectiveValue]
    }

    /// Turns a group that has inherited all it can into rules; nil with faults when something is missing
    /// or contradicts itself.
    func settled(
        groups: [String], lists: [String], faults: FaultList
    ) -> Settled? {
        let before = faults.faults.count
        func required<Value>(_ setting: Setting<Value>?, _ key: String) -> Value? {
            if setting == nil, !unreadable.contains(key) {
                faults.add(
                    name.place,
                    "Neither the group `\(Quote.text(name.value))` nor a group it inherits from says `\(key)`."
                )
            }
            return setting?.value
        }
        // Each is asked for before any is judged, so that all that are missing are reported together.
        let dailyMessages = required(dailyMessages, "dailyMessages")
        let dailyInvites = required(dailyInvites, "dailyInvites")
        let recipientLimit = required(recipientLimit, "recipientLimit")
        let fyeo = required(fyeo, "fyeo")
        let confidential = required(confidential, "confidential")
        let reply = required(reply, "reply")
        let replyAll = required(replyAll, "replyAll")
        let forward = required(forward, "forward")
        let reach = required(mayWriteTo, "mayWriteTo").map { check($0, groups, faults) }
        let expiryAllowed = required(expiryAllowed, "expiry.allowed")
        let inviting = required(invitingAllowed, "inviting.allowed")
        let challenge = required(challengeRequired, "challenge.required")
        let applied = required(keywordLists, "keywordLists").map { check($0, lists, faults) }
        checkExpiry(faults)
        attachments.check(of: name, faults)
        guard faults.faults.count == before, let dailyMessages, let dailyInvites,
            let recipientLimit, let fyeo, let confidential, let reply, let replyAll, let forward,
            let reach, let expiryAllowed, let inviting, let challenge, let applied
        else { return nil }
        let rules = GroupRules(
            name: name.value, dailyMessages: dailyMessages, dailyInvites: dailyInvites,
            recipientLimit: recipientLimit, fyeo: fyeo, confidential: confidential, reply: reply,
            replyAll: replyAll, forward: forward, mayWriteTo: reach, phones: phones.rules,
            cells: cells.rules,
            expiryAllowed: expiryAllowed,
            expiryMinimum: (expiryMinimum?.value ?? nil) ?? .zero,
            expiryMaximum: expiryMaximum?.value ?? nil,
            expiryDefault: expiryDefault?.value ?? nil, inviting: inviting,
            invitedDomains: (invitingDomains?.value).map { DomainSet($0.map(\.value)) },
            deniedDomains: DomainSet((invitingDenied?.value ?? []).map(\.value)),
            challenge: challenge,
            unchallengedDomains: DomainSet((challengeExemptDomains?.value ?? []).map(\.value)),
            unchallengedAddresses: Set(
                (challengeExemptAddresses?.value ?? []).compactMap { EmailAddress($0.value) }),
            keywordLists: applied, recall: recall?.value ?? true,
            retention: retention?.value, attachments: attachments.rules)
        return Settled(rules: rules, values: values)
    }

    private func check(_ reach: ReachText, _ known: [String], _ faults: FaultList) -> Reach {
        guard case .some(let contacts, let groups) = reach else { return .anyone }
        for group in groups where !known.contains(group.value) {
            faults.add(
                group.place, "There is no group `\(Quote.text(group.value))`.",
                suggestion: Spelling.nearest(to: group.value, among: known))
        }
        return .some(contacts: contacts, groups: Set(groups.map(\.value)))
    }

    private func check(_ lists: ListsText, _ known: [String], _ faults: FaultList) -> Set<String> {
        guard case .some(let names) = lists else { return Set(known) }
        for list in names where !known.contains(list.value) {
            faults.add(
                list.place, "There is no keyword list `\(Quote.text(list.value))`.",
                suggestion: Spelling.nearest(to: list.value, among: known))
        }
        return Set(names.map(\.value))
    }

    private func checkExpiry(_ faults: FaultList) {
        let minimum = expiryMinimum.flatMap(\.value)
        let maximum = expiryMaximum.flatMap(\.value)
        let standard = expiryDefault.flatMap(\.value)
        // The fault belongs to the value written nearest to this group.
        func place(_ settings: Setting<Duration?>?...) -> Place {
            let written = settings.compactMap { $0 }
            return (written.first { $0.group == name.value } ?? written.first)?.place ?? name.place
        }
        if let minimum, let maximum, minimum > maximum {
            faults.add(
                place(expiryMinimum, expiryMaximum),
                "In the group `\(Quote.text(name.value))` the shortest expiry, \(DurationText.write(minimum)), is longer than the longest, \(DurationText.write(maximum))."
            )
        }
        if let standard,
            standard < minimum ?? .zero || standard == .zero
                || maximum.map({ standard > $0 }) ?? false
        {
            faults.add(
                place(expiryDefault, expiryMaximum, expiryMinimum),
                "In the group `\(Quote.text(name.value))` the default expiry, \(DurationText.write(standard)), lies outside what `minimum` and `maximum` allow."
            )
        }
        // Whoever may set an expiry would have to ask for one that is not kept.
        if expiryAllowed?.value == true, let minimum, let kept = retention?.value, kept < minimum {
            faults.add(
                place(retention, expiryMinimum),
                "In the group `\(Quote.text(name.value))` messages are erased after \(DurationText.write(kept)), which is sooner than the shortest expiry, \(DurationText.write(minimum))."
            )
        }
    }

    private var values: [EffectiveValue] {
        func line<Value>(
            _ key: String, _ setting: Setting<Value>?, _ absent: String, _ text: (Value) -> String
        )
            -> EffectiveValue
        { EffectiveValue(key, setting, of: name.value, absent: absent, text: text) }
        func flag(_ value: Bool) -> String { value ? "yes" : "no" }
        func number(_ value: Int) -> String { "\(value)" }
        func duration(_ value: Duration?) -> String { value.map(DurationText.write) ?? "never" }
        func names(_ value: [Located<String>]) -> String {
            "[" + value.map(\.value).joined(separator: ", ") + "]"
        }
        return [
            line("dailyMessages", dailyMessages, "", number),
            line("dailyInvites", dailyInvites, "", number),
            line("recipientLimit", recipientLimit, "", number),
            line("fyeo", fyeo, "", flag),
            line("confidential", confidential, "", flag),
            line("reply", reply, "", flag),
            line("replyAll", replyAll, "", flag),
            line("forward", forward, "", flag),
            line("recall", recall, "yes", flag),
            line("mayWriteTo", mayWriteTo, "") { reach in
                guard case .some(let contacts, let groups) = reach else { return "anyone" }
                return "contacts: \(flag(contacts)), groups: \(names(groups))"
            },
        ] + phones.values(of: name.value) + cells.values(of: name.value) + [
            line("expiry.allowed", expiryAllowed, "", flag),
            line("expiry.minimum", expiryMinimum, "0s", duration),
            line("expiry.maximum", expiryMaximum, "never", duration),
            line("expiry.default", expiryDefault, "never", duration),
            line("retention", retention, "forever") { $0.map(DurationText.write) ?? "forever" },
            line("inviting.allowed", invitingAllowed, "", flag),
            line("inviting.domains", invitingDomains, "any", names),
            line("inviting.deniedDomains", invitingDenied, "[]", names),
            line("challenge.required", challengeRequired, "", flag),
            line("challenge.exemptDomains", challengeExemptDomains, "[]", names),
            line("challenge.exemptAddresses", challengeExemptAddresses, "[]", names),
            line("keywordLists", keywordLists, "") { lists in
                guard case .some(let listed) = lists else { return "all" }
                return names(listed)
            },
        ] + attachments.values(of: name.value)
    }
}
