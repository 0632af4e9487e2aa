import PosternDialectKit
import PosternModel

extension Address {
    /// Where the address is reached: a cell's address, and for those who have no cell `mailto:` (RFC 6068) or `tel:`
    /// (RFC 3966).
    var uri: String {
        switch self {
        case .phone(let number): return "tel:\(number)"
        case .cell(let cell): return cell.description
        case .email(let address):
            var uri = "mailto:"
            for byte in address.description.utf8 {
                let isPlain =
                    byte.isASCIILetter || byte.isASCIIDigit
                    || "-._~@+".utf8.contains(byte)
                if isPlain {
                    uri.unicodeScalars.append(Unicode.Scalar(byte))
                } else {
                    let digits = String(byte, radix: 16, uppercase: true)
                    uri += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
                }
            }
            return uri
        }
    }
}
