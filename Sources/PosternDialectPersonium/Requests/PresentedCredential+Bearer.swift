import HTTPTypes
import PosternDialectKit
import PosternModel

extension Secret {
    /// Finds the token that is shown.
    ///
    /// - Parameter fields: The effective fields.
    /// - Throws: `PR401-AU-…`, as Personium tells apart what is missing, of another scheme, or unreadable. Two fields are
    ///   unreadable: one of them would be judged and another logged.
    init(bearerIn fields: HTTPFields) throws(PersoniumProblem) {
        guard let field = fields.first(.authorization) else { throw .authorizationRequired }
        let scheme = field.prefix { $0 != " " }
        switch scheme {
        case "Bearer": break
        // The unit would take it for a unit's own tokens; a cell never does.
        case "Basic": throw .authorizationRequired
        default: throw .invalidScheme
        }
        let token = field.dropFirst(scheme.count).drop { $0 == " " }
        guard !fields.repeats(.authorization),
            (1...PresentedCredential.longestToken).contains(token.utf8.count),
            token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw .unreadableToken }
        self.init(String(token))
    }
}
