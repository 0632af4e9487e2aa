import HTTPTypes
import PosternDialectKit
import PosternModel

extension OSDIDialect {
    /// Words what an operation gives back.
    func response(
        to result: OperationResult, _ stamp: OperationStamp, in manner: OSDIManner
    ) -> DialectResponse {
        let isBrief = manner.isBrief
        switch (manner.reply, result) {
        case (.message, .outgoing(let message)):
            return .hypertext { $0.resource(message, at: links, isBrief: isBrief) }
        case (.messages(let listing), .outgoings(let excerpt)):
            return .hypertext { json in
                json.collection("osdi:messages", excerpt, listing, at: links)
            }
        case (.person, .contact(let contact)):
            return .hypertext { $0.resource(contact, at: links, isBrief: isBrief) }
        case (.people(let listing), .contacts(let excerpt)):
            return .hypertext { $0.collection("osdi:people", excerpt, listing, at: links) }
        case (.list, .contactList(let list)):
            return .hypertext { $0.resource(list, at: links, isBrief: isBrief) }
        case (.lists(let listing), .contactLists(let excerpt)):
            return .hypertext { $0.collection("osdi:lists", excerpt, listing, at: links) }
        case (.items(let list, let listing), .contacts(let excerpt)):
            let items = Excerpt(
                items: excerpt.items.map { ListItem(list: list, person: $0.id) },
                window: excerpt.window, total: excerpt.total)
            return .hypertext { $0.collection("osdi:items", items, listing, at: links) }
        case (.item(let list, let person), .contactList):
            return .hypertext {
                $0.resource(ListItem(list: list, person: person), at: links, isBrief: isBrief)
            }
        case (.item(let list, let person), .contact(let contact)):
            // The address book has them, and the list may not.
            guard contact.lists.contains(list) else {
                let refusal = OperationRefusal(
                    .own(.contactMissing), sentence: "Nobody of this number is on the list.")
                return OSDIError(refusal, stamp, of: manner.resource)
                    .response(manner)
            }
            return .hypertext {
                $0.resource(ListItem(list: list, person: person), at: links, isBrief: isBrief)
            }
        case (.stop, .stops(let endings)):
            return response(to: endings.first ?? .missing, stamp, in: manner)
        case (.unschedule, _): return .notice("Your message scheduling has been canceled.")
        case (.deletion(let thing), _):
            return .notice("This \(thing) was successfully deleted.")
        // No operation gives back what another one was asked for.
        default: return .hypertext { _ in }
        }
    }

    private func response(
        to ending: StopEnding, _ stamp: OperationStamp, in manner: OSDIManner
    ) -> DialectResponse {
        switch ending {
        // A courier may have the last of it in hand; nothing more follows, which is all that can be asked for.
        case .stopped, .stopping: return .notice("Your message has been stopped.")
        case .tooLate:
            return OSDIError(
                .conflict, of: manner.resource, code: "message.out",
                "The message is out: it cannot be stopped any more.", stamp.decision
            ).response(manner)
        case .missing:
            return OSDIError(
                .notFound, of: manner.resource, code: OperationCode.send(.messageNotFound).name,
                "There is no message of yours under this name that was sent or scheduled.",
                stamp.decision
            ).response(manner)
        }
    }
}
