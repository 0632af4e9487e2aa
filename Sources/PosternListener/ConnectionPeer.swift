/// Who is at the other end of a connection.
struct ConnectionPeer {
    /// The address without its port.
    let address: String
    /// Whom it counts with.
    let network: ClientNetwork
    /// The subject of the client's certificate, once it was checked.
    var certificateSubject: String?

    init(address: String) {
        self.address = address
        network = ClientNetwork(of: address)
    }
}

/// Whom a client counts with where each gets so much: everybody at one IPv4 address, or at addresses of IPv6 whose first 64 bits
/// are the same.
///
/// Whoever is given an address of IPv6 is given at least all of those (RFC 6177 section 2, RFC 4291 section 2.5.1), and could
/// come from another one each time.
struct ClientNetwork: Hashable, Sendable {
    private enum Name: Hashable {
        case prefix([UInt8])
        case unreadable(String)
    }

    private let name: Name

    /// What cannot be read as an address is a network of that name.
    init(of address: String) {
        guard let bytes = IPAddressBytes.parse(address) else {
            name = .unreadable(address)
            return
        }
        // An address of IPv4 on a socket for both kinds (RFC 4291 section 2.5.5.2).
        let mapping: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]
        name = .prefix(
            bytes.starts(with: mapping)
                ? Array(bytes.dropFirst(mapping.count)) : Array(bytes.prefix(8)))
    }
}
