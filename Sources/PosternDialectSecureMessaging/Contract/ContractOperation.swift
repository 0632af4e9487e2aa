import HTTPTypes
import PosternModel

/// What is said of one operation beside its row of ``RouteTable``.
struct ContractOperation: Sendable {
    /// The vendor's name of the request.
    let name: String
    /// What it does, in a sentence.
    let summary: String
    /// What is given: in the query of a GET or DELETE, else in the body.
    let given: [ContractMember]
    /// Whether the password of a message may be given in a field of its own.
    let takesPassword: Bool
    /// The refusals it can meet, 811 left aside.
    let refusals: [OperationCode]

    init(
        _ name: String, _ summary: String, given: [ContractMember]..., takesPassword: Bool = false,
        refusals: [RefusalCode] = [], own: [OperationCode.OwnCode] = []
    ) {
        self.name = name
        self.summary = summary
        self.given = given.flatMap(\.self)
        self.takesPassword = takesPassword
        self.refusals = refusals.map { .send($0) } + own.map { .own($0) }
    }
}

/// Operations about one thing.
struct ContractSubject: Sendable {
    let name: String
    let description: String
    let operations: [ContractOperation]
}
