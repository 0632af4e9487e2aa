import PosternModel

// Objects that stand inside of requests. A test sends each member a value of the wrong type, and expects to be told.

extension ContractType {
    /// Every type that stands inside of requests.
    static let given = [
        ContractType(
            "GivenMessageOptions",
            .sometimes(
                .truth, "allowForward", "allowReply", "allowReplyAll", "allowTracking",
                "shareTracking"),
            .sometimes(.choice(FYEOType.allCases.map(\.contractName)), "fyeoType")),
        ContractType(
            "GivenAttachmentPlaceholder",
            .always(.text(atLeast: 1, atMost: 255), "fileName"),
            .always(.number(), "totalBytesLength")),
        ContractType(
            "MessageFilter",
            .sometimes(.list(.choice(MessageFolder.allCases.map(\.contractName))), "types"),
            .sometimes(.text(), "searchCriteria", note: "Looked for in subjects and people."),
            .sometimes(
                .list(.givenGUID, atMost: 25), "messageGuids", "senderGuids", "recipientGuids",
                "labelGuids")),
        ContractType(
            "MessageSort", .sometimes(.choice(["Date"]), "type"),
            .sometimes(.choice(["Asc", "Desc"]), "direction")),
        ContractType(
            "TrackingFilter", .sometimes(.list(.givenGUID, atMost: 25), "messageGuids"),
            .sometimes(.list(.choice(TrackingEvent.Kind.allCases.map(\.contractName))), "types"),
            .sometimes(.date, "startTime", "endTime")),
        ContractType(
            "TrackingSort", .sometimes(.choice(["TrackingDate"]), "type"),
            .sometimes(.choice(["Desc"]), "direction")),
    ]
}
