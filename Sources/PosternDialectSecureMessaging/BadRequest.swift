import HTTPTypes
import PosternDialectKit

/// A request that cannot be understood, or that this gateway will not take.
struct BadRequest: Error, Equatable {
    /// What kind of bad it is: the status, and the `errorCode` ServiceStack would give.
    enum Kind: Equatable {
        /// The body or query cannot be read.
        case serialization
        /// A parameter contradicts another, or stands where it may not.
        case argument
        /// The body is in a format nobody reads here.
        case mediaType
        /// A chunk of a file is in a format nobody reads here.
        case upload
        /// There is no such operation.
        case operation
        /// A page fetched in advance, which must not count as reading.
        case speculative
        /// What is named is not here.
        case notFound
    }

    var kind: Kind
    /// A whole sentence that repeats nothing the client sent.
    var message: String
    /// The parameter at fault, by its documented name.
    var field: String?

    init(_ kind: Kind, _ message: String, field: String? = nil) {
        self.kind = kind
        self.message = message
        self.field = field
    }

    var status: HTTPResponse.Status {
        switch kind {
        case .serialization, .argument: .badRequest
        case .mediaType, .upload: .unsupportedMediaType
        case .operation: .methodNotAllowed
        case .speculative: .forbidden
        case .notFound: .notFound
        }
    }

    /// ServiceStack names the exception's type.
    var errorCode: String {
        switch kind {
        case .serialization: "SerializationException"
        case .argument: "ArgumentException"
        case .mediaType, .upload: "UnsupportedMediaType"
        case .operation: "NotImplementedException"
        case .speculative: "UnauthorizedAccessException"
        case .notFound: "NotFound"
        }
    }

    var responseStatus: ResponseStatus {
        ResponseStatus(
            errorCode: errorCode, message: message,
            errors: field.map {
                [FieldError(errorCode: errorCode, fieldName: $0, message: message)]
            }
                ?? [])
    }
}
