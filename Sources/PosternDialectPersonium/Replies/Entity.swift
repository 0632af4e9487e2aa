import PosternDialectKit
import PosternModel

/// What the entities of both sets have in common: a name, a link, a tag, and the frame around them.
protocol Entity {
    /// The set it is in.
    static var set: Route.EntitySet { get }
    /// What it is linked to; nothing is there.
    static var links: [String] { get }
    /// Its name.
    var guid: MessageGUID { get }
    /// 1, and more once it was changed.
    var version: Int { get }
    /// When it was last changed, as far as anybody knows.
    var updatedAt: Instant { get }
    /// Its own properties, those after `__id`, in their order.
    var properties: [(name: String, value: EntityValue)] { get }
}

/// What a property of an entity says.
enum EntityValue {
    /// A text, or `null` without one: this API leaves nothing out.
    case text(String?)
    case number(Int)
    case instant(Instant)
    case results([DeliveryResult])
}

extension Entity {
    /// Where it is read.
    func uri(in cellURL: String) -> String { "\(cellURL)__ctl/\(Self.set.rawValue)('\(guid)')" }

    /// Its tag, a weak one.
    var etag: String { "W/\"\(version)-\(updatedAt.milliseconds)\"" }

    /// The answer that gives it alone.
    ///
    /// - Parameters:
    ///   - manner: Whose cell it is of, and which members are wanted.
    ///   - isNew: It was made this moment: its links are not written then.
    /// - Returns: The body.
    func reply(in manner: PersoniumManner, isNew: Bool) -> JSONWriter {
        var json = JSONWriter()
        json.object { json in
            json.object("d") { json in
                json.object("results") { write(to: &$0, in: manner, isNew: isNew) }
            }
        }
        return json
    }

    fileprivate func write(to json: inout JSONWriter, in manner: PersoniumManner, isNew: Bool) {
        let uri = uri(in: manner.cellURL)
        json.object("__metadata") {
            $0.member("uri", uri)
            $0.member("etag", etag)
            $0.member("type", "CellCtl.\(Self.set.rawValue)")
        }
        json.member("__id", guid.description)
        for (name, value) in properties where manner.selection.contains(name) {
            json.member(name, value)
        }
        if isNew { return }
        // DIVERGENCE: Personium writes its links whatever is selected; see `Divergences.md`.
        for link in Self.links where manner.selection.contains(link) {
            json.object(link) { json in
                json.object("__deferred") { $0.member("uri", "\(uri)/\(link)") }
            }
        }
    }
}

extension Array where Element: Entity {
    /// The answer that gives all of them; with the length of the whole list, where that is wanted.
    func reply(in manner: PersoniumManner, count: Int?) -> JSONWriter {
        var json = JSONWriter()
        json.object { json in
            json.object("d") { json in
                json.array("results", of: self) { json, entity in
                    json.object { entity.write(to: &$0, in: manner, isNew: false) }
                }
                if let count { json.member("__count", "\(count)") }
            }
        }
        return json
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: String, _ value: EntityValue) {
        switch value {
        case .text(let text): member(name, orNull: text)
        case .number(let number): member(name, number)
        // As OData's JSON does.
        case .instant(let instant): member(name, "/Date(\(instant.milliseconds))/")
        case .results(let results):
            array(name, of: results) { json, result in
                json.object {
                    $0.member("To", result.to)
                    $0.member("Code", result.code)
                    $0.member("Reason", result.reason)
                }
            }
        }
    }

    /// Writes a text, or `null` without one.
    mutating func member(_ name: String, orNull text: String?) {
        if let text { member(name, text) } else { null(name) }
    }
}
