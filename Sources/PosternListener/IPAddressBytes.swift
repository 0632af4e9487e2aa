internal import Foundation

/// IP addresses as bytes.
enum IPAddressBytes {
    /// 4 or 16 bytes for an address in numbers; nil for anything else.
    static func parse(_ text: String) -> [UInt8]? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            return withUnsafeBytes(of: four) { Array($0) }
        }
        var six = in6_addr()
        if inet_pton(AF_INET6, text, &six) == 1 {
            return withUnsafeBytes(of: six) { Array($0) }
        }
        return nil
    }
}
