// The catalogue of the answers only operations get: a table, in the order of the codes.

extension OperationCode.OwnCode {
    /// The code's entry in the catalogue.
    public var entry: RefusalEntry {
        switch self {
        case .userUnknown:
            RefusalEntry(
                meaning: "Nobody has this address.", fixers: [.sender, .administrator],
                retry: .afterChange, advice: "Check the address.",
                example: "There is no account under this address.")
        case .signInsUsedUp:
            RefusalEntry(
                meaning:
                    "Too many wrong passwords were given for this account in a row; none is looked at for a while.",
                fixers: [.sender, .administrator], retry: .whenTold,
                advice: "Wait until the time in Retry-After, or ask an administrator to unlock.",
                example: "Too many wrong passwords were given. Try again later.")
        case .passwordExpired:
            RefusalEntry(
                meaning: "The password is right and older than the policy allows.",
                fixers: [.sender, .administrator], retry: .afterChange,
                advice: "Have the password changed.",
                example: "Your password has expired.")
        case .registrationPending:
            RefusalEntry(
                meaning: "The account was invited, and its owner has not registered.",
                fixers: [.sender], retry: .afterChange, advice: "Finish the registration.",
                example: "Your registration is not finished.")
        case .notRegistered:
            RefusalEntry(
                meaning: "The account exists and was never given a password.",
                fixers: [.administrator], retry: .afterChange,
                advice: "Ask an administrator for a password.",
                example: "Your account has no password yet.")
        case .credentialsWrong:
            RefusalEntry(
                meaning:
                    "The password is wrong, or the authentication token is unknown, expired or withdrawn.",
                fixers: [.sender], retry: .afterChange, advice: "Give the right one.",
                example: "The address and the password do not belong together.")
        case .userDisabled:
            RefusalEntry(
                meaning: "The account is switched off.", fixers: [.administrator],
                retry: .afterChange, advice: "Ask an administrator to switch it on.",
                example: "Your account is disabled.")
        case .userRestricted:
            RefusalEntry(
                meaning: "The policy keeps this address, or its domain, from signing in here.",
                fixers: [.administrator], retry: .afterChange,
                advice: "Ask an administrator, or use another portal.",
                example: "Your address may not sign in at this portal.")
        case .challengeUnanswered:
            RefusalEntry(
                meaning:
                    "The account was invited with a challenge code, which its owner has not entered.",
                fixers: [.sender, .administrator], retry: .afterChange,
                advice: "Enter the code the sender gave you.",
                example: "Enter the code you were given before you sign in.")
        case .parentForeign:
            RefusalEntry(
                meaning: "The parent exists, and the caller neither sent nor received it.",
                fixers: [.sender], retry: .afterChange,
                advice: "Answer a message of your own.",
                example: "The message you want to answer is not yours.")
        case .parentMissing:
            RefusalEntry(
                meaning: "There is no such parent, or it has expired.", fixers: [.sender],
                retry: .afterChange, advice: "Check the parent's GUID.",
                example: "The message you want to answer is not there.")
        case .invalid:
            RefusalEntry(
                meaning:
                    "The action is unknown, a reply or forward names no parent, or a new message names one.",
                fixers: [.sender], retry: .afterChange, advice: "Correct the request.",
                example: "A reply names the message it answers; a new message names none.")
        case .recallForbidden:
            RefusalEntry(
                meaning: "The sender's group may not take messages back.",
                fixers: [.administrator], retry: .afterChange, advice: "Ask for the right.",
                example: "Your group may not recall messages.")
        case .attachmentsForbidden:
            RefusalEntry(
                meaning: "The sender's group may not attach files.", fixers: [.administrator],
                retry: .afterChange, advice: "Send the message without files.",
                example: "Your group may not attach files.")
        case .attachmentType:
            RefusalEntry(
                meaning: "Files of this type may not be attached.",
                fixers: [.sender, .administrator], retry: .afterChange,
                advice: "Send the content in a file of another type.",
                example: "Files of the type `exe` may not be attached.")
        case .attachmentSize:
            RefusalEntry(
                meaning: "The file, or all files of the message together, are larger than allowed.",
                fixers: [.sender, .administrator], retry: .afterChange,
                advice: "Attach smaller files, or divide them among messages.",
                example: "A file may have 1 GiB, all files of a message 2 GiB.")
        case .attachmentCount:
            RefusalEntry(
                meaning: "The message would have more files than allowed.",
                fixers: [.sender, .administrator], retry: .afterChange,
                advice: "Divide the files among messages.",
                example: "A message may have 100 files.")
        case .attachmentMissing:
            RefusalEntry(
                meaning:
                    "There is no such file for this caller. A file of somebody else and a malformed name get the same answer.",
                fixers: [.sender], retry: .afterChange, advice: "Check the file's GUID.",
                example: "There is no file of yours under this name.")
        case .attachmentIncomplete:
            RefusalEntry(
                meaning: "Not all chunks of the file have arrived.", fixers: [.sender],
                retry: .afterChange,
                advice: "Upload the chunks that are missing; the progress lists those that came.",
                example: "The file has not arrived whole.")
        case .chunkMismatch:
            RefusalEntry(
                meaning:
                    "The chunk is longer or shorter than was announced, or the file has no chunk of that number.",
                fixers: [.sender], retry: .afterChange,
                advice: "Cut the file as the placeholder says.",
                example: "The chunk has another size than was announced.")
        case .chunkConflict:
            RefusalEntry(
                meaning: "The chunk has arrived before, with other content.", fixers: [.sender],
                retry: .afterChange,
                advice: "Remove the file and upload it anew if its content has changed.",
                example: "The chunk has arrived before, with other content.")
        case .labelMissing:
            RefusalEntry(
                meaning: "There is no such label for this caller.", fixers: [.sender],
                retry: .afterChange, advice: "Check the label's GUID.",
                example: "There is no label of yours under this name.")
        case .labelTaken:
            RefusalEntry(
                meaning: "The caller has a label of that name.", fixers: [.sender],
                retry: .afterChange, advice: "Choose another name.",
                example: "You have a label of that name already.")
        case .accessForbidden:
            RefusalEntry(
                meaning:
                    "The token was made for reading alone, and the request would change something.",
                fixers: [.administrator], retry: .afterChange,
                advice: "Use a token that may send.", example: "This token may only read.")
        case .userMismatch:
            RefusalEntry(
                meaning: "The token is good, and it is not of the account the request names.",
                fixers: [.sender], retry: .afterChange,
                advice: "Name the account whose token it is.",
                example: "This token belongs to another account.")
        case .contactMissing:
            RefusalEntry(
                meaning:
                    "There is no such entry in the caller's address book. Entries of others get the same answer.",
                fixers: [.sender], retry: .afterChange, advice: "Check the contact's number.",
                example: "There is no contact of yours under this number.")
        case .contactTaken:
            RefusalEntry(
                meaning: "The address book has an entry of that address.", fixers: [.sender],
                retry: .afterChange, advice: "Change the entry that is there.",
                example: "You have a contact of that address already.")
        case .contactListMissing:
            RefusalEntry(
                meaning:
                    "There is no such list of this caller. Lists of others get the same answer.",
                fixers: [.sender], retry: .afterChange,
                advice: "Check the list's number or name.",
                example: "There is no list of yours under this name.")
        case .contactListTaken:
            RefusalEntry(
                meaning: "The caller has a list of that name.", fixers: [.sender],
                retry: .afterChange, advice: "Choose another name.",
                example: "You have a list of that name already.")
        case .contactListEmpty:
            RefusalEntry(
                meaning: "The message is for a list that nobody is on.", fixers: [.sender],
                retry: .afterChange, advice: "Put somebody on the list first.",
                example: "Nobody is on the list you are writing to.")
        case .handleUnknown:
            RefusalEntry(
                meaning: "The message is for a handle that no account has.", fixers: [.sender],
                retry: .afterChange, advice: "Check the handle.",
                example: "There is no account of this name.")
        case .targetsTooMany:
            RefusalEntry(
                meaning: "The targets stand for more recipients than one message may have.",
                fixers: [.sender], retry: .afterChange,
                advice: "Divide the recipients among messages.",
                example: "A message may have 1,000 recipients.")
        case .phonesUnserved:
            RefusalEntry(
                meaning:
                    "The message is for a telephone, and no webhook is configured to reach one.",
                fixers: [.operator], retry: .afterChange,
                advice: "Ask whoever runs Postern to configure a webhook.",
                example: "Telephones cannot be reached from here.")
        case .cellsUnserved:
            RefusalEntry(
                meaning:
                    "The message is for a cell of a unit that is not on the list of units, or it is not one that can be carried to a cell.",
                fixers: [.sender, .operator], retry: .afterChange,
                advice:
                    "Take the cell out, or ask whoever runs Postern to put its unit on the list.",
                example: "The cell's unit cannot be reached from here.")
        case .messageIncomplete:
            RefusalEntry(
                meaning: "The message has no recipients, no subject or no text, and needs it.",
                fixers: [.sender], retry: .afterChange, advice: "Add what is missing.",
                example: "The message has no subject.")
        case .messageTaken:
            RefusalEntry(
                meaning: "There is a message of this name already.", fixers: [.sender],
                retry: .afterChange, advice: "Choose another name, or none.",
                example: "A message of this name exists already.")
        case .messageClosed:
            RefusalEntry(
                meaning:
                    "The message was sent, stopped or refused, or it waits for its time: it cannot be changed.",
                fixers: [.sender], retry: .afterChange,
                advice:
                    "Take a scheduled message off the schedule first; otherwise compose a new one.",
                example: "The message cannot be changed any more.")
        case .messageNotScheduled:
            RefusalEntry(
                meaning: "The message does not wait for a time.", fixers: [.sender],
                retry: .afterChange, advice: "Schedule it first.",
                example: "The message is not scheduled.")
        case .scheduleOutOfReach:
            RefusalEntry(
                meaning: "The time to send at is past, or more than a year away.",
                fixers: [.sender], retry: .afterChange,
                advice: "Choose a time within the coming year.",
                example: "The message cannot be sent at a time that is past.")
        case .scheduleLocked:
            RefusalEntry(
                meaning:
                    "A message under a password is sent with the password, which is never kept until later.",
                fixers: [.sender], retry: .afterChange,
                advice: "Send the message now, or take the password off.",
                example: "A message under a password cannot be scheduled.")
        case .messageAnswered:
            RefusalEntry(
                meaning: "The message makes no request, or its request was answered.",
                fixers: [.sender], retry: .afterChange, advice: "There is nothing more to do.",
                example: "The request was answered before.")
        case .messageRequest:
            RefusalEntry(
                meaning: "The message makes a request, which is answered and not marked as read.",
                fixers: [.sender], retry: .afterChange, advice: "Approve it or reject it.",
                example: "A request is answered, not marked as read.")
        case .requestUnanswerable:
            RefusalEntry(
                meaning:
                    "The request is for a list, or for somebody, that is not of this place: it can be rejected only.",
                fixers: [.sender], retry: .afterChange,
                advice: "Reject it, and ask its sender for one that can be approved.",
                example: "What the request asks for cannot be done here.")
        case .contactListLinked:
            RefusalEntry(
                meaning: "Whom the request would put on a list of the caller's is on it already.",
                fixers: [.sender], retry: .afterChange,
                advice: "Reject the request, or take the contact off the list first.",
                example: "The contact is on the list already.")
        case .contactListUnlinked:
            RefusalEntry(
                meaning: "Whom the request would take off a list of the caller's is not on it.",
                fixers: [.sender], retry: .afterChange, advice: "Reject the request.",
                example: "The contact is not on the list.")
        case .dispatchMissing:
            RefusalEntry(
                meaning:
                    "The caller has no dispatch of this number. One of somebody else gets the same answer.",
                fixers: [.sender, .administrator], retry: .afterChange,
                advice: "Check the number, or ask an administrator for a dispatch.",
                example: "There is no dispatch of yours under this number.")
        case .dispatchClosed:
            RefusalEntry(
                meaning:
                    "The dispatch was started or stopped before, or there is nothing of it to be stopped.",
                fixers: [.sender], retry: .afterChange, advice: "Use another dispatch.",
                example: "The dispatch does not stand where this can be done.")
        case .answerTooLarge:
            RefusalEntry(
                meaning:
                    "What was asked for at once holds more text than the \(ListBound.textBytes >> 20) MiB one answer may have, where every name counts \(ListBound.nameBytes) bytes more.",
                fixers: [.sender], retry: .afterChange,
                advice: "Ask for fewer at a time; one message by itself is always shown.",
                example:
                    "These messages hold too much text for one answer. Ask for fewer at a time.")
        }
    }
}
