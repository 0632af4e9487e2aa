import Foundation
import PosternModel

/// The system's wall clock.
struct SystemClock: PosternModel.Clock {
    func now() -> Instant {
        Instant(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }
}
