public import HTTPTypes
public import PosternModel

extension FaultCode {
    /// What a fault is in HTTP's words, whatever the API: the contracts have none for it.
    ///
    /// Nearly always that the service cannot be had now; never 500, which some clients repeat again and again. A new code
    /// stops the build here.
    public var status: HTTPResponse.Status {
        switch self {
        case .overloaded, .shuttingDown, .passwordQueueFull, .passwordUncheckable,
            .storageUnreadable, .storageUnwritable, .storageUnanswered, .auditTamperedWith,
            .auditUnwritable, .draftUnsettled, .contentUnscannable, .contentUnreadable,
            .deliveryDelayed, .deliveryRejected:
            .serviceUnavailable
        case .uploadsPending, .contentTooTangled: .conflict
        }
    }
}
