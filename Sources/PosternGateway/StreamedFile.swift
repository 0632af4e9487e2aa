import PosternListener
import PosternModel

/// A file on its way out, read on threads that may wait for a disk.
struct StreamedFile: BodySource {
    let content: FileContent
    let executor: CorridorExecutor

    func next() async throws -> [UInt8] {
        try await withTaskExecutorPreference(executor) { try await content.next() }
    }
}
