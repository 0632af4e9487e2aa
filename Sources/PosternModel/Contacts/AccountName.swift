/// What somebody outside calls an account: by its address or by its handle.
public enum AccountName: Hashable, Sendable {
    /// Its address.
    case address(EmailAddress)
    /// Its handle.
    case handle(Handle)

    /// Reads either; nil for anything else.
    ///
    /// No text is both: an address has an `@`, which no handle has.
    public init?(_ text: String) {
        if let address = EmailAddress(text) {
            self = .address(address)
        } else if let handle = Handle(text) {
            self = .handle(handle)
        } else {
            return nil
        }
    }
}
