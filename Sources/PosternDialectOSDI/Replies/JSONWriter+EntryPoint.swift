import PosternDialectKit

extension JSONWriter {
    /// Writes the entry point: what there is, and where.
    mutating func entryPoint(_ links: Links) {
        member("motd", "Welcome to the OSDI API entry point.")
        member("vendor_name", "Postern")
        member("product_name", "Postern")
        member("osdi_version", "1.2.0")
        member("max_pagesize", Listing.most)
        member("namespace", Identifier.namespace)
        object("_links") { json in
            json.curies(links)
            json.link("self", links.root + "/", title: "This API entry point")
            json.link("osdi:messages", links.messages, title: "The collection of your messages")
            json.link("osdi:lists", links.lists, title: "The collection of your lists")
            json.link("osdi:people", links.people, title: "The collection of people you know")
            json.object("docs") {
                $0.member("href", Documentation.root)
                $0.member("title", "Documentation")
                $0.member("name", "Docs")
                $0.member("index", "index")
            }
        }
    }
}
