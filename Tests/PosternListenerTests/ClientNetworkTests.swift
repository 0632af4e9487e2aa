import Testing

@testable import PosternListener

@Suite struct ClientNetworkTests {
    @Test(arguments: [
        ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.8", false),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", true),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", false), ("::1", "::2", true),
        // A socket that takes both kinds shows addresses of IPv4 so (RFC 4291 section 2.5.5.2).
        ("::ffff:192.0.2.7", "192.0.2.7", true), ("::ffff:192.0.2.7", "::ffff:192.0.2.8", false),
        ("unknown", "unknown", true), ("unknown", "192.0.2.7", false),
        // The same eight bytes, one of them a name.
        ("abcdefgh", "6162:6364:6566:6768::1", false),
    ])
    func `an address of IPv4 counts by itself, and 64 bits of IPv6 as one client`(
        one: String, other: String, together: Bool
    ) {
        #expect((ClientNetwork(of: one) == ClientNetwork(of: other)) == together)
    }
}
