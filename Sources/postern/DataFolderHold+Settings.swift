import PosternModel
import PosternStorage

extension DataFolderHold {
    /// Takes the hold on a data folder, for a program that is about to serve from it.
    ///
    /// - Throws: ``StartTrouble`` while another has it, `Fault` when it cannot be had at all.
    static func take(_ folder: String, for service: Service) throws -> DataFolderHold {
        if let hold = try DataFolderHold(folder, for: service) { return hold }
        throw StartTrouble(
            code: .unavailable,
            description:
                "Another \(service.rawValue) serves from the data folder `\(folder.escapedForLine)`. Stop it first, or give this one a folder of its own."
        )
    }
}
