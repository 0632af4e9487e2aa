import PosternModel

extension OperationOutcome {
    /// Reads an outcome to pretend: `done`, `refused user.unknown`, `refused 929`, `refused user.sign-ins-used-up later`,
    /// `refused contact.missing contact 9`, `failed storage.unreadable`.
    ///
    /// What `done` gives back is a sample of what the operation gives; words after it, and lines, ask for another sample.
    init?(transcript text: String, of operation: Operation, in dialect: String) {
        let sample = Sample.stamp
        var stamp = OperationStamp(decision: sample.decision, policy: sample.policy)
        let words = (text.split(separator: "\n").first ?? "").split(whereSeparator: \.isWhitespace)
            .map(String.init)
        switch words.first {
        case "done":
            let wishes = Set(words.dropFirst())
            let result =
                OperationResult(
                    dispatching: operation, words: wishes, lines: SampleLines(after: text),
                    dialect: dialect) ?? OperationResult(of: operation, words: wishes)
            guard let result else { return nil }
            self = .done(result, stamp)
        case "refused":
            guard words.count > 1 else { return nil }
            let code: OperationCode? =
                OperationCode.OwnCode(rawValue: words[1]).map { .own($0) }
                ?? Int(words[1]).flatMap(RefusalCode.init).map { .send($0) }
            guard let code else { return nil }
            if words.last == "later" { stamp.retryAt = Sample.midnight }
            self = .refused(
                OperationRefusal(code, targets: Sample.targets(in: words)), stamp)
        case "failed":
            guard words.count == 2, let code = FaultCode(rawValue: words[1]) else { return nil }
            self = .failed(
                Failure(
                    decision: stamp.decision, policy: stamp.policy,
                    fault: Fault(code, note: "secret note")))
        default: return nil
        }
    }
}

extension OperationResult {
    /// A sample of what an operation gives back.
    fileprivate init?(of operation: Operation, words: Set<String>) {
        switch operation {
        case .signIn, .signInByToken:
            self = .session(token: Secret("new-token"), user: AccountID(rawValue: 7))
        case .mintAuthenticationToken: self = .authenticationToken(Secret("new-key"))
        case .describeUser:
            self = .user(
                UserProfile(
                    person: words.contains("mononym") ? Sample.bob : Sample.alice,
                    group: "staff", since: Sample.noon, mayInvite: !words.contains("guest")))
        case .describeQuotas:
            self = .quotas(DayLeft(messages: 50, messagesLeft: 49, invites: 5, invitesLeft: 0))
        case .describeRights: self = .rights(Sample.rights)
        case .createDraft:
            guard let guid = Sample.message else { return nil }
            self = .draft(guid)
        case .reserveAttachments, .describeUploads:
            guard let upload = Sample.upload else { return nil }
            self = .uploads([upload])
        case .describeAttachment:
            guard let view = Sample.attachment else { return nil }
            self = .attachment(view)
        case .download:
            self = .content(
                FileContent(name: "résumé <1>.pdf", length: 700_000) { () throws(Fault) in [] })
        case .readMessage:
            guard let view = Sample.view(words) else { return nil }
            self = .message(view)
        case .search:
            guard var view = Sample.view(words) else { return nil }
            view.body = nil
            self = .messages(
                words.contains("none")
                    ? Page(items: [], number: 1, size: 25, total: 0)
                    : Page(items: [view], number: 2, size: 25, total: 26))
        case .searchTracking:
            self = .tracking(
                Page(items: Sample.events, number: 1, size: 25, total: Sample.events.count))
        case .labels(.createLabel), .labels(.renameLabel), .labels(.addLabel),
            .labels(.removeLabel):
            guard let label = Sample.label else { return nil }
            self = .label(label)
        case .labels(.listLabels): self = .labels(Sample.label.map { [$0] } ?? [])
        case .signOut, .revokeAuthenticationToken, .revokeAuthenticationTokens, .saveDraft,
            .addRecipients, .storeChunk, .removeAttachment, .linkAttachment, .deleteMessage,
            .recall, .labels(.deleteLabel):
            self = .done
        default: return nil
        }
    }
}
