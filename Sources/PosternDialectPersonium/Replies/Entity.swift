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
    /// Writes its own members, those after `__id`.
    func write(to json: inout JSONWriter)
}

extension Entity {
    /// Where it is read.
    func uri(in cellURL: String) -> String { "\(cellURL)__ctl/\(Self.set.rawValue)('\(guid)')" }

    /// Its tag, a weak one.
    var etag: String { "W/\"\(version)-\(updatedAt.milliseconds)\"" }

    /// The answer that gives it alone.
    ///
    /// - Parameters:
    ///   - cellURL: The cell whose it is.
    ///   - isNew: It was made this moment: its links are not written then.
    /// - Returns: The body.
    func reply(in cellURL: String, isNew: Bool) -> JSONWriter {
        var json = JSONWriter()
        json.object { json in
            json.object("d") { json in
                json.object("results") { members(to: &$0, in: cellURL, isNew: isNew) }
            }
        }
        return json
    }

    fileprivate func members(to json: inout JSONWriter, in cellURL: String, isNew: Bool) {
        let uri = uri(in: cellURL)
        json.object("__metadata") {
            $0.member("uri", uri)
            $0.member("etag", etag)
            $0.member("type", "CellCtl.\(Self.set.rawValue)")
        }
        json.member("__id", guid.description)
        write(to: &json)
        if isNew { return }
        for link in Self.links {
            json.object(link) { json in
                json.object("__deferred") { $0.member("uri", "\(uri)/\(link)") }
            }
        }
    }
}

extension Array where Element: Entity {
    /// The answer that gives all of them; with the length of the whole list, where that is wanted.
    func reply(in cellURL: String, count: Int?) -> JSONWriter {
        var json = JSONWriter()
        json.object { json in
            json.object("d") { json in
                json.array("results", of: self) { json, entity in
                    json.object { entity.members(to: &$0, in: cellURL, isNew: false) }
                }
                if let count { json.member("__count", "\(count)") }
            }
        }
        return json
    }
}

extension JSONWriter {
    /// Writes a text, or `null` without one: this API leaves nothing out.
    mutating func member(_ name: String, orNull text: String?) {
        if let text { member(name, text) } else { null(name) }
    }

    /// Writes an instant as OData's JSON does.
    mutating func member(_ name: String, _ instant: Instant) {
        member(name, "/Date(\(instant.milliseconds))/")
    }
}
