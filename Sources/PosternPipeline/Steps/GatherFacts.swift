import PosternContent
import PosternModel
import PosternPolicy

extension SendPipeline {
    /// Works the facts of a send out of what was loaded: everything but the password.
    func sendFacts(
        _ walk: Walk, _ principal: Principal, _ loaded: LoadedDraft
    ) throws(Fault) -> SendFacts {
        let draft = loaded.draft
        var facts = SendFacts(
            group: principal.group,
            recipients: RecipientFacts(
                to: draft.to.count, cc: draft.cc.count,
                bcc: draft.bcc.count + (loaded.targets?.emails.count ?? 0) + loaded.outsiders.count,
                classes: classes(of: loaded, for: principal.group, by: walk.policy)),
            action: draft.action,
            parent: loaded.parent.map { parent in
                ParentFacts(
                    recalled: parent.recalled, allowReply: parent.options.allowReply,
                    allowReplyAll: parent.options.allowReplyAll,
                    allowForward: parent.options.allowForward,
                    wasBlindCopied: parent.wasBlindCopied,
                    // Nobody outside has sent what is answered: telephones and cells are all others.
                    recipientsBesidesSender: loaded.recipients.count {
                        $0.address != parent.sender.address
                    } + loaded.outsiders.count,
                    sender: walk.policy.classify(parent.sender, for: principal.group))
            })
        facts.recalled = loaded.recalled
        facts.fyeo = draft.options.fyeoType
        facts.expiry = draft.expiry
        facts.passwordGiven = walk.intent.password.map { !$0.isEmpty } ?? false
        facts.passwordMustMatch = loaded.passwordHash != nil
        facts.inviteAsked = walk.intent.inviteNewUsers
        facts.challengeCodeGiven = walk.intent.challengeCode.map { !$0.isEmpty } ?? false
        facts.messagesUsed = loaded.used.messages
        facts.invitesUsed = loaded.used.invites
        facts.attempts = loaded.attempts
        facts.content = try walk.active.scanner.scan(
            subject: draft.subject, body: draft.body, format: draft.bodyFormat,
            attachmentNames: draft.attachmentNames, words: draft.words,
            lists: walk.policy.keywordListIDs(for: principal.group))
        return facts
    }

    private func classes(
        of loaded: LoadedDraft, for group: String, by policy: Policy
    ) -> [RecipientClass] {
        var classes: [RecipientClass] = []
        func add(_ one: RecipientClass) {
            // Few classes and few recipients: a scan is quicker than hashing.
            if let index = classes.firstIndex(where: { $0.isSameKind(as: one) }) {
                classes[index].count += 1
            } else {
                classes.append(one)
            }
        }
        for recipient in loaded.recipients { add(policy.classify(recipient, for: group)) }
        for outsider in loaded.outsiders { add(policy.classify(outsider, for: group)) }
        return classes
    }
}

extension RecipientClass {
    /// Whether another differs in nothing but its count.
    fileprivate func isSameKind(as other: RecipientClass) -> Bool {
        var counted = other
        counted.count = count
        return self == counted
    }
}
