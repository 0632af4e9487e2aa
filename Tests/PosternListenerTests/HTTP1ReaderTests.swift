import HTTPTypes
import NIOCore
import Testing

@testable import PosternListener

@Suite struct `The HTTP/1 reader` {
    /// What a reader makes of bytes that come in pieces: each request, and the problem that ends them.
    private func read(_ pieces: some Sequence<ArraySlice<UInt8>>) -> [String] {
        var reader = HTTP1Reader(limits: ListenerLimits(), secure: true)
        var seen: [String] = []
        for piece in pieces {
            reader.feed(ByteBuffer(bytes: piece))
            steps: while true {
                let step = reader.next { _, length throws(ListenerProblem) in
                    let limit = ListenerLimits().body
                    if let length, length > limit { throw .bodyTooLarge(limit: limit) }
                    return limit
                }
                switch step {
                case .wait: break steps
                case .head: continue
                case .request(let head, let body):
                    if !isSound(head.request) { Issue.record("\(head.request) was handed on") }
                    let fields = head.request.headerFields.map { "\($0.name): \($0.value)" }
                    seen.append(
                        "\(head.request) \(head.version) \(head.keepsAlive) \(fields) \(body)")
                case .problem(let problem, let head):
                    return seen + ["\(problem.name) \(head?.path ?? "")"]
                }
            }
        }
        return seen
    }

    @Test func `what was read is not kept, wherever the pieces end`() {
        var reader = HTTP1Reader(limits: ListenerLimits(), secure: true)
        let request = Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        // Each piece is the rest of a request and the first byte of the next.
        let piece = request.dropFirst() + request.prefix(1)
        reader.feed(ByteBuffer(bytes: request.prefix(1)))
        var (requests, largest) = (0, 0)
        for _ in 0..<10_000 {
            reader.feed(ByteBuffer(bytes: piece))
            while case .request = reader.next({ _, _ in 0 }) { requests += 1 }
            largest = max(largest, reader.capacity)
        }
        #expect(requests == 10_000)
        #expect(largest <= 256)
    }

    /// Whatever was sent, what is handed on is unambiguous.
    private func isSound(_ request: HTTPRequest) -> Bool {
        let path = request.path ?? ""
        return path.utf8.first == UInt8(ascii: "/")
            && path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            && request.headerFields.allSatisfy { field in
                let name = field.name.canonicalName
                return !name.utf8.contains(UInt8(ascii: "_"))
                    && !["host", "content-length", "transfer-encoding", "connection"].contains(name)
                    && !field.value.utf8.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }
            } || path == "*" && request.method == .options
    }

    /// Bytes that two readers could take for different things.
    private static let odd: [UInt8] =
        [0, 10, 13, 32, 127, 128] + Array(",0:;_".utf8)

    @Test(arguments: HTTP1Case.sound + HTTP1Case.sequences.dropLast(3))
    func `a request with any byte damaged is read alike whole and in pieces`(_ input: HTTP1Case) {
        for index in input.bytes.indices {
            for byte in Self.odd {
                var bytes = input.bytes
                bytes[index] = byte
                let whole = read([bytes[...]])
                let cut = read([bytes[..<index], bytes[index...index], bytes[(index + 1)...]])
                if whole != cut { Issue.record("byte \(index) is \(byte): \(whole), \(cut)") }
            }
        }
    }

    @Test func `a bare CR does not end a body`() {
        let head = "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        let bytes = Array("\(head)0\r\n\rANYTHING: x\r\n".utf8)
        #expect(read([bytes[...]]) == ["malformed-framing /"])
    }

    @Test(arguments: HTTP1Case.sound)
    func `a request cut short anywhere is waited for`(_ input: HTTP1Case) throws {
        let whole = read([input.bytes[...]])
        try #require(!whole.isEmpty)
        guard input.statuses == [200] else { return }
        for end in input.bytes.indices {
            let cut = read([input.bytes[..<end], input.bytes[end...]])
            if cut != whole || !read([input.bytes[..<end]]).isEmpty {
                Issue.record("\(end) bytes: \(cut)")
            }
        }
    }
}
