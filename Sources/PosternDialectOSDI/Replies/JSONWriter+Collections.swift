import PosternDialectKit
import PosternModel

/// What can stand in a collection of HAL.
protocol HypertextResource {
    /// Its own address.
    func href(at links: Links) -> String
    /// Its `identifiers`.
    var identifiers: [String] { get }
    /// Writes its members, but identifiers and links.
    func write(to json: inout JSONWriter, at links: Links)
    /// Writes its links, but `self` and `curies`.
    func writeLinks(to json: inout JSONWriter, at links: Links)
}

extension JSONWriter {
    /// Writes a resource by itself.
    mutating func resource(
        _ resource: some HypertextResource, at links: Links, isBrief: Bool
    ) {
        array("identifiers", of: resource.identifiers) { $0.string($1) }
        if !isBrief { resource.write(to: &self, at: links) }
        object("_links") { json in
            json.curies(links)
            json.link("self", resource.href(at: links))
            resource.writeLinks(to: &json, at: links)
        }
    }

    /// Writes a page of resources: each is linked, and each is there whole.
    ///
    /// A page after the last has an empty list, never none at all: that is where one of OSDI's clients stops.
    mutating func collection<Item: HypertextResource>(
        _ relation: String, _ excerpt: Excerpt<Item>, _ listing: Listing, at links: Links
    ) {
        let pages = Page(
            items: [Item](), number: listing.page, size: listing.size, total: excerpt.total
        ).count
        member("total_pages", pages)
        member("per_page", listing.size)
        member("page", listing.page)
        member("total_records", excerpt.total)
        object("_links") { json in
            json.curies(links)
            json.link("self", listing.href(ofPage: listing.page))
            if listing.page < pages { json.link("next", listing.href(ofPage: listing.page + 1)) }
            if listing.page > 1, pages > 0 {
                json.link("previous", listing.href(ofPage: min(listing.page - 1, pages)))
            }
            json.array(relation, of: excerpt.items) { json, item in
                json.object { $0.member("href", item.href(at: links)) }
            }
        }
        object("_embedded") { json in
            json.array(relation, of: excerpt.items) { json, item in
                json.object { json in
                    json.array("identifiers", of: item.identifiers) { $0.string($1) }
                    item.write(to: &json, at: links)
                    json.object("_links") { json in
                        json.link("self", item.href(at: links))
                        item.writeLinks(to: &json, at: links)
                    }
                }
            }
        }
    }

    /// Writes where relations are explained: OSDI's in its own pages, Postern's in the catalogue of errors.
    mutating func curies(_ links: Links) {
        let curies = [
            ("osdi", "\(Documentation.root){rel}.html"),
            (Identifier.namespace, "\(links.errors)?about={rel}"),
        ]
        array("curies", of: curies) { json, curie in
            json.object {
                $0.member("name", curie.0)
                $0.member("href", curie.1)
                $0.member("templated", true)
            }
        }
    }

    /// Writes a link.
    mutating func link(_ relation: String, _ href: String, title: String? = nil) {
        object(relation) {
            $0.member("href", href)
            $0.member("title", ifPresent: title)
        }
    }
}

/// Where the specification can be read.
enum Documentation {
    static let root = "https://opensupporter.github.io/osdi-docs/"
}
