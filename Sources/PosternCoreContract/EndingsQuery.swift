import PosternDialectKit

/// What a gateway asks of the endings: those after a number, so many of them.
public struct EndingsQuery: Sendable, Equatable {
    /// Endings up to this one are settled and need not be kept; 0 for none.
    public var after: Int64
    /// How many, at most.
    public var limit: Int

    /// Asks for endings after one.
    public init(after: Int64 = 0, limit: Int = EndingsPage.longest) {
        self.after = after
        self.limit = limit
    }

    /// Reads a query; `after` is 0 and `limit` is 1000 where they are not given.
    ///
    /// - Throws: For a parameter that is unknown, comes twice, or is no whole number within its range.
    public init(query: ArraySlice<UInt8>?) throws(ContractProblem) {
        self.init()
        let parameters: JSONObject
        do throws(JSONObject.ParameterProblem) {
            parameters = try JSONObject(parameters: query ?? [])
        } catch {
            let what =
                switch error {
                case .badEncoding: "is not percent-encoded UTF-8"
                case .duplicate: "names a parameter twice, or in two spellings"
                case .tooMany: "has too many parameters"
                }
            throw ContractProblem(sentence: "The query \(what).")
        }
        for parameter in parameters.members {
            guard case .string(let text) = parameter.value else { continue }
            switch parameter.name {
            case "after": after = try Self.number(text, "after", in: 0...Int64.max)
            case "limit":
                limit = Int(try Self.number(text, "limit", in: 1...Int64(EndingsPage.longest)))
            default: throw ContractProblem(unknown: parameter.name, "parameter")
            }
        }
    }

    private static func number(
        _ text: String, _ name: String, in range: ClosedRange<Int64>
    ) throws(ContractProblem) -> Int64 {
        guard text.utf8.allSatisfy(\.isASCIIDigit), let number = Int64(text),
            range.contains(number)
        else {
            throw ContractProblem(
                sentence:
                    "The parameter `\(name)` must be a whole number from \(range.lowerBound) to \(range.upperBound)."
            )
        }
        return number
    }

    /// The query as a gateway sends it.
    public var text: String { "after=\(after)&limit=\(limit)" }
}
