import PosternDialectKit
import PosternModel

extension OperationReader {
    func search() throws(BadRequest) -> Operation {
        var search = MessageSearch()
        (search.page, search.pageSize) = try page()
        if let filter = try parameters.object("filter") {
            try filter.refuse([
                "campaignGuid", "searchExtensionNameCriteria", "searchExtensionValueCriteria",
            ])
            let folders: Set<MessageFolder> = try filter.choices("types", \.contractName)
            if !folders.isEmpty { search.folders = folders }
            search.text = try filter.text("searchCriteria") ?? ""
            search.messages = try filter.guids("messageGuids") { MessageGUID($0) }
            search.senders = try filter.accounts("senderGuids")
            search.recipients = try filter.accounts("recipientGuids")
            search.labels = try filter.guids("labelGuids") { LabelGUID($0) }
        }
        search.oldestFirst = try isAscending(by: "Date")
        return .search(search)
    }

    func searchTracking() throws(BadRequest) -> Operation {
        var search = TrackingSearch()
        (search.page, search.pageSize) = try page()
        if let filter = try parameters.object("filter") {
            try filter.refuse(["campaignGuid", "ownerUserGuid", "actorUserGuid"])
            search.messages = try filter.guids("messageGuids") { MessageGUID($0) }
            search.kinds = try filter.choices("types", \.contractName)
            search.after = try filter.date("startTime")
            search.before = try filter.date("endTime")
        }
        guard try !isAscending(by: "TrackingDate") else {
            throw parameters.wrongValue(
                "sort.direction", "Events come newest first and in no other order.")
        }
        return .searchTracking(search)
    }

    private func page() throws(BadRequest) -> (Int, Int) {
        let page = try parameters.integer("page", in: 1...1_000_000, default: 1)
        let size = try parameters.integer("pageSize", in: 1...1000, default: 25)
        return (Int(page), Int(size))
    }

    /// Whether the oldest are wanted first; another order than that of time is none there is.
    private func isAscending(by type: String) throws(BadRequest) -> Bool {
        guard let sort = try parameters.object("sort") else { return false }
        if let given = try sort.text("type"), !given.equalsIgnoringCase(type) {
            throw sort.wrongValue("type", "The only order there is is by \(type).")
        }
        let direction: SortDirection? = try sort.choice("direction", \.rawValue)
        return direction == .ascending
    }
}

private enum SortDirection: String, CaseIterable {
    case ascending = "Asc"
    case descending = "Desc"
}

extension Parameters {
    /// Refuses what would narrow a search and cannot: an answer that ignored it would show more than was asked for.
    fileprivate func refuse(_ names: [String]) throws(BadRequest) {
        for name in names where value(name) != nil {
            throw wrongValue(name, "\(fullName(name)) cannot be searched by.")
        }
    }

    /// People by their GUIDs; one that is nobody's stands for nobody, since leaving it out would find everybody's.
    fileprivate func accounts(_ name: String) throws(BadRequest) -> [AccountID] {
        let nobody = AccountID(rawValue: 0)
        return try guids(name) { text in
            MessageGUID(text).map { _ in AccountID(guid: text) ?? nobody }
        }
    }
}
