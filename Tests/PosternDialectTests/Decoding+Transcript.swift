import HTTPTypes
import PosternDialectKit
import PosternModel

extension Decoding {
    /// The decoding as a transcript writes it; secrets are shown, since these are made up.
    var transcript: String {
        switch self {
        case .notMine: "not mine"
        case .methodNotAllowed(let methods):
            "method not allowed: \(methods.map(\.rawValue).joined(separator: ", "))"
        case .answer: "answered at once"
        case .send(let intent, _): intent.transcript
        case .sends(let intents, _): intents.map(\.transcript).joined(separator: "\n\n")
        case .operate(let request, _):
            (["token: \(request.credential.shown)"] + request.operation.transcript)
                .joined(separator: "\n")
        }
    }
}

extension SendIntent {
    /// A draft's send has the eight lines of the first dialect's; what others add stands below.
    fileprivate var transcript: String {
        var lines = ["token: \(credential.shown)"]
        switch subject {
        case .draft(let guid): lines.append("draft: \(guid.shown)")
        case .composed(let composition):
            lines.append("composed:")
            lines += composition.parts.map { "  \($0.0): \($0.1)" }
        case .cascade(let cascade):
            lines.append("cascade:")
            lines += cascade.root.parts.map { "  \($0.0): \($0.1)" }
            for step in cascade.steps {
                lines.append("then, \(step.condition) within \(step.wait):")
                lines += step.composition.parts.map { "  \($0.0): \($0.1)" }
            }
        }
        lines += [
            "password: \(password?.shown ?? "none")", "inviteNewUsers: \(inviteNewUsers)",
            "sendEmailNotification: \(sendEmailNotification)",
            "craCode: \(challengeCode?.shown ?? "none")",
            "notificationFormats: "
                + notificationFormats.map(\.rawValue).sorted().joined(separator: ", "),
            "dryRun: \(dryRun)",
        ]
        if let at { lines.append("at: \(at.rfc3339)") }
        if !requirements.isEmpty {
            lines.append(
                "requires: " + requirements.map(\.rawValue).sorted().joined(separator: ", "))
        }
        return lines.joined(separator: "\n")
    }
}

extension Composition {
    /// Its name is left out where it was drawn by chance.
    fileprivate var parts: [(String, String)] {
        [("externalID", externalID ?? "none"), ("passesOver", "\(passesOverUnknownHandles)")]
            + (mayRepeat ? [("named", "\(guid), and may repeat")] : []) + content.parts
    }
}

extension Optional<PresentedCredential> {
    fileprivate var shown: String {
        guard let self else { return "none" }
        return self.token.shown + (self.claimedUser.map { " of \($0)" } ?? "")
            + (self.crossing.map { " from \($0.from) to \($0.to)" } ?? "")
    }
}

extension Operation {
    /// The operation as a transcript writes it: its name, then what belongs to it.
    fileprivate var transcript: [String] {
        ["operation: \(name)"] + parts.map { "\($0.0): \($0.1)" }
    }

    private var parts: [(String, String)] {
        switch self {
        case .signIn(let signIn):
            [
                ("address", signIn.address?.description ?? "none"),
                ("password", signIn.password.shown),
            ]
        case .signInByToken(let token), .revokeAuthenticationToken(let token):
            [("authenticationToken", token.shown)]
        case .mintAuthenticationToken(let days): [("days", "\(days)")]
        case .signOut, .revokeAuthenticationTokens, .describeUser, .describeQuotas,
            .describeRights, .labels(.listLabels):
            []
        case .createDraft(let beginning):
            [
                ("action", beginning.action.rawValue), ("parent", "\(beginning.parent)"),
                ("password", beginning.password?.shown ?? "none"),
                ("externalID", beginning.externalID ?? "none"),
            ]
        case .saveDraft(let guid, let content):
            [("message", guid.shown)] + content.parts
        case .addRecipients(let id, let to, let cc, let bcc):
            [("externalID", id), ("to", to.shown), ("cc", cc.shown), ("bcc", bcc.shown)]
        case .reserveAttachments(let guid, let plans):
            [("message", guid.shown)]
                + plans.map { ("file", "`\($0.name)` of \($0.size) bytes") }
        case .storeChunk(let guid, let number, let bytes):
            [
                ("attachment", guid.shown), ("chunk", "\(number)"),
                ("bytes", "`\(String(decoding: bytes, as: UTF8.self))`"),
            ]
        case .describeUploads(let guids): guids.map { ("attachment", $0.shown) }
        case .removeAttachment(let message, let attachment):
            [("message", message.shown), ("attachment", attachment.shown)]
        case .linkAttachment(let message, let attachment, let password):
            [
                ("message", message.shown), ("attachment", attachment.shown),
                ("password", password?.shown ?? "none"),
            ]
        case .describeAttachment(let guid): [("attachment", guid.shown)]
        case .download(let guid, let chunk, let password):
            [
                ("attachment", guid.shown), ("chunk", chunk.map { "\($0)" } ?? "none"),
                ("password", password?.shown ?? "none"),
            ]
        case .readMessage(let guid, let withBody, let password):
            [
                ("message", guid.shown), ("withBody", "\(withBody)"),
                ("password", password?.shown ?? "none"),
            ]
        case .search(let search):
            [
                ("page", "\(search.page) of \(search.pageSize)"),
                ("folders", search.folders.map(\.rawValue).sorted().joined(separator: ", ")),
                ("text", "`\(search.text)`"), ("messages", search.messages.shown),
                ("senders", search.senders.map { "\($0.rawValue)" }.joined(separator: ", ")),
                ("recipients", search.recipients.map { "\($0.rawValue)" }.joined(separator: ", ")),
                ("labels", search.labels.shown), ("oldestFirst", "\(search.oldestFirst)"),
            ]
        case .searchTracking(let search):
            [
                ("page", "\(search.page) of \(search.pageSize)"),
                ("messages", search.messages.shown),
                ("kinds", search.kinds.map(\.rawValue).sorted().joined(separator: ", ")),
                ("after", search.after?.rfc3339 ?? "none"),
                ("before", search.before?.rfc3339 ?? "none"),
            ]
        case .deleteMessage(let guid): [("message", guid.shown)]
        case .recall(let guid, let recalling):
            [
                ("message", guid.shown), ("reason", "`\(recalling.reason)`"),
                ("recipients", recalling.recipients?.shown ?? "all"),
                ("withAttachments", "\(recalling.withAttachments)"),
            ]
        case .labels(.createLabel(let name)): [("name", "`\(name)`")]
        case .labels(.renameLabel(let guid, let name)):
            [("label", guid.shown), ("name", "`\(name)`")]
        case .labels(.deleteLabel(let guid)): [("label", guid.shown)]
        case .labels(.addLabel(let label, let message)),
            .labels(.removeLabel(let label, let message)):
            [("label", label.shown), ("message", message.shown)]
        case .contacts(.listContacts(let search)):
            [
                ("window", search.window.shown), ("name", search.name ?? "any"),
                ("address", search.address?.description ?? "any"),
                ("list", search.list.map { "\($0.rawValue)" } ?? "any"),
            ]
        case .contacts(.readContact(let id)), .contacts(.deleteContact(let id)):
            [("contact", "\(id.rawValue)")]
        case .contacts(.createContact(let content)): content.parts
        case .contacts(.amendContact(let id, let amendment)):
            [("contact", "\(id.rawValue)")] + ContactContent.amended(by: amendment)
        case .contactLists(.listContactLists(let window)): [("window", window.shown)]
        case .contactLists(.readContactList(let id)), .contactLists(.deleteContactList(let id)):
            [("list", "\(id.rawValue)")]
        case .contactLists(.createContactList(let content)): content.parts
        case .contactLists(.amendContactList(let id, let amendment)):
            [("list", "\(id.rawValue)")] + ContactListContent.amended(by: amendment)
        case .contactLists(.changeMembers(let id, let add, let remove)):
            [
                ("list", "\(id.rawValue)"),
                ("add", add.map { "\($0.rawValue)" }.joined(separator: ", ")),
                ("remove", remove.map { "\($0.rawValue)" }.joined(separator: ", ")),
            ]
        case .dispatch(.compose(let composition)): composition.parts
        case .dispatch(.amendDraft(let name, let amendment)):
            [("message", "\(name)")] + DraftContent.amended(by: amendment)
        case .dispatch(.readOutgoing(let name)), .dispatch(.unschedule(let name)),
            .incoming(.readEither(let name)):
            [("message", "\(name)")]
        case .incoming(.readIncoming(let name, let withBody)):
            [("message", "\(name)")] + (withBody ? [] : [("withBody", "false")])
        case .dispatch(.listOutgoing(let search)):
            [
                ("window", search.window.shown),
                ("stages", search.stages.map(\.rawValue).sorted().joined(separator: ", ")),
                ("messages", search.messages.shown), ("from", search.from?.rfc3339 ?? "none"),
                ("until", search.until?.rfc3339 ?? "none"),
                ("recipient", search.recipient?.description ?? "any"),
                ("oldestFirst", "\(search.oldestFirst)"),
            ] + wished("isRequest", search.isRequest)
                + wished("cascade", search.cascade) + wished("isRoot", search.isRoot)
                + search.dispatches.map(\.rawValue).sorted().map { ("dispatch", "\($0)") }
                + wished("isOfDispatch", search.isOfDispatch)
                + search.subject.map { ("subject", "\($0)") }
        case .dispatch(.stop(let names)): names.map { ("message", "\($0)") }
        case .dispatch(.addToDispatch(let id, let filling)):
            [("dispatch", id.shown)]
                + (filling(Sample.dispatch) ?? []).flatMap { $0.parts }
        case .dispatch(.startDispatch(let id)), .dispatch(.stopDispatch(let id)):
            [("dispatch", id.shown)]
        case .incoming(.listIncoming(let search)):
            [("window", search.window.shown), ("oldestFirst", "\(search.oldestFirst)")]
                + wished("isRequest", search.isRequest) + wished("isRead", search.isRead)
                + wished("answer", search.answer?.rawValue)
                + search.messages.map { ("message", "\($0)") }
                + wished("sender", search.sender) + search.subject.map { ("subject", "\($0)") }
                + (search.withBodies ? [] : [("withBodies", "false")])
        case .incoming(.markIncoming(let name, let mark)):
            [("message", "\(name)"), ("mark", mark.shown)]
        }
    }
}

extension Optional<DispatchID> {
    fileprivate var shown: String { map { "\($0.rawValue)" } ?? "none" }
}

extension IncomingMark {
    fileprivate var shown: String {
        switch self {
        case .read(let isRead): isRead ? "read" : "not read"
        case .answered(let answer, let effect):
            answer.rawValue + (effect == nil ? "" : ", with an effect")
        }
    }
}

/// What narrows a search; nothing where it is not asked for.
private func wished(_ name: String, _ wish: (some CustomStringConvertible)?) -> [(String, String)] {
    wish.map { [(name, $0.description)] } ?? []
}

extension Window {
    fileprivate var shown: String { "\(limit) after \(offset)" }
}

extension ContactContent {
    /// What an amendment makes of an entry, in the parts that it changes.
    fileprivate static func amended(by amendment: ContactAmendment) -> [(String, String)] {
        let before = ContactContent(name: "Before Now", address: .email(Sample.bob.address))
        var after = before
        amendment(&after)
        return after.parts.changed(from: before.parts)
    }

    fileprivate var parts: [(String, String)] {
        [("name", "`\(name)`"), ("address", address.description)]
    }
}

extension ContactListContent {
    /// What an amendment makes of a list, in the parts that it changes.
    fileprivate static func amended(by amendment: ContactListAmendment) -> [(String, String)] {
        let before = ContactListContent(name: "before")
        var after = before
        amendment(&after)
        return after.parts.changed(from: before.parts)
    }

    fileprivate var parts: [(String, String)] {
        [("name", "`\(name)`"), ("annex", annex.shown)]
    }
}

extension Optional<Annex> {
    fileprivate var shown: String {
        map {
            "\($0.dialect) `\(String(decoding: $0.bytes, as: UTF8.self))`"
                + ($0.words.isEmpty ? "" : " shows `\($0.words.joined(separator: "`, `"))`")
        } ?? "none"
    }
}

extension Target {
    fileprivate var shown: String {
        switch self {
        case .contact(let id): "contact \(id.rawValue)"
        case .list(let id): "list \(id.rawValue)"
        case .listNamed(let name): "list `\(name)`"
        case .handle(let handle): "handle \(handle)"
        case .address(let address): address.description
        }
    }
}

extension DraftContent {
    /// What an amendment makes of a draft that says little, in the parts that it changes.
    fileprivate static func amended(by amendment: Amendment) -> [(String, String)] {
        var before = DraftContent(subject: "before", body: "before")
        before.targets = [.contact(ContactID(rawValue: 1))]
        var after = before
        amendment(&after)
        return after.parts.changed(from: before.parts)
    }

    fileprivate var parts: [(String, String)] {
        let switches: [(String, Bool)] = [
            ("forward", options.allowForward), ("reply", options.allowReply),
            ("replyAll", options.allowReplyAll), ("tracking", options.allowTracking),
            ("shareTracking", options.shareTracking),
        ]
        let allowed = switches.filter(\.1).map(\.0).joined(separator: ", ")
        return [
            ("to", to.shown), ("cc", cc.shown), ("bcc", bcc.shown), ("subject", "`\(subject)`"),
            ("body", "`\(body)` as \(bodyFormat.rawValue)"), ("allowed", allowed),
            ("fyeo", options.fyeoType.rawValue),
            ("expiry", "\(expiry.date?.rfc3339 ?? "none"), group \(expiry.group ?? "none")"),
        ] + dispatchParts
    }
}

extension DraftContent {
    /// What the first dialect has none of.
    private var dispatchParts: [(String, String)] {
        guard !targets.isEmpty || annex != nil else { return [] }
        return [
            ("targets", targets.map(\.shown).joined(separator: ", ")), ("annex", annex.shown),
        ] + (isRequest ? [("isRequest", "true")] : [])
    }
}

extension [(String, String)] {
    fileprivate func changed(from before: [(String, String)]) -> [(String, String)] {
        let said = Dictionary(uniqueKeysWithValues: before)
        return filter { said[$0.0] != $0.1 }
    }
}

extension Secret {
    fileprivate var shown: String { withExposed { "`\($0)`" } }
}

extension Optional where Wrapped: CustomStringConvertible {
    fileprivate var shown: String { map(\.description) ?? "none" }
}

extension Array where Element: CustomStringConvertible {
    fileprivate var shown: String { map(\.description).joined(separator: ", ") }
}
