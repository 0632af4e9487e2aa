import PosternModel

/// The relation or role that a request is for, as errors name it.
struct RequestedRelation {
    /// `Relation` or `Role`.
    let type: String
    /// Its key, as Java writes one.
    let keys: String

    /// Reads a list's name.
    init(list: String) {
        let isRole = list.hasPrefix(RoleName.prefix)
        type = isRole ? "Role" : "Relation"
        keys = "{Name=\(isRole ? String(list.dropFirst(RoleName.prefix.count)) : list)}"
    }
}

extension OperationRefusal {
    /// How a no to approving a request is worded; nil for one that has nothing to do with a relation.
    func requestProblem(on unit: Unit) -> PersoniumProblem? {
        guard case .own(let code) = code else { return nil }
        var list = ""
        var url = ""
        for target in targets {
            switch target {
            case .listNamed(let name): list = name
            case .handle(let cell): url = unit.url(of: cell)
            case .address(.cell(let cell)): url = cell.description
            case .contact, .list, .address: break
            }
        }
        switch code {
        case .contactListLinked: return .linked
        case .requestUnanswerable: return .missingBox(list)
        case .contactListMissing: return .missingRequested(RequestedRelation(list: list))
        case .contactListUnlinked: return .unlinked(RequestedRelation(list: list), url)
        case .contactMissing: return .missingTarget(url)
        // What is not of this unit has no handle, and brings its own sentence.
        case .handleUnknown:
            return url.isEmpty
                ? PersoniumProblem(409, "RM-0004", sentence) : .missingTarget(url)
        default: return nil
        }
    }
}
