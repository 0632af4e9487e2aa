import HTTPTypes
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import NIOHPACK

@testable import PosternListener

extension FuzzTarget {
    /// Bytes of an HTTP/1 connection through the reader and the head's checks.
    static let http1 = FuzzTarget(name: "http1", longest: 4096) { bytes in
        check(bytes, after: []) { pipeline, loop, peer throws in
            try HTTP1Connection.install(in: pipeline, loop: loop, peer: peer)
        }
    }

    /// Frames of an HTTP/2 connection, after its preface.
    static let http2 = FuzzTarget(name: "http2", longest: 4096) { bytes in
        check(bytes, after: Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)) {
            pipeline, loop, peer throws in
            try HTTP2Connection.install(in: pipeline, loop: loop, peer: peer)
        }
    }

    /// The fields of an HTTP/2 request: `name` `:` `value` a line, a leading colon being part of the name.
    static let http2Head = FuzzTarget(name: "http2-head", longest: 2048) { bytes in
        var input = FuzzInput(bytes)
        var block = ByteBuffer()
        // Literals without indexing, RFC 7541 section 6.2.2: what a client can put on the wire at all.
        func write(_ text: ArraySlice<UInt8>) {
            if text.count < 127 {
                block.writeInteger(UInt8(text.count))
            } else {
                block.writeInteger(UInt8(127))
                block.writeInteger(UInt8((text.count - 127) & 127 | 128))
                block.writeInteger(UInt8((text.count - 127) >> 7))
            }
            block.writeBytes(text)
        }
        while !input.isEmpty {
            let line = input.upTo(UInt8(ascii: "\n"))
            let colon = line.dropFirst().firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
            block.writeInteger(UInt8(0))
            write(line[..<colon])
            write(line[colon...].dropFirst())
        }
        var decoder = HPACKDecoder(allocator: ByteBufferAllocator())
        guard let headers = try? decoder.decodeHeaders(from: &block),
            let head = try? HTTP2Head.check(headers, limits: ListenerLimits())
        else { return }
        check(head.request, [])
        require(
            head.request.authority != nil && head.request.scheme == "https", "it has an authority")
    }

    /// However the bytes are cut into reads, the same requests must come out; the first byte says where to cut.
    private static func check(_ bytes: [UInt8], after preface: [UInt8], install: Connection.Install)
    {
        var input = FuzzInput(bytes)
        let step = Int(input.byte()) + 1
        let wire = preface + input.rest
        let whole = Connection().requests(in: [wire[...]], install: install)
        for request in whole { check(request.head, request.body) }
        let pieces = stride(from: 0, to: wire.count, by: step).map {
            wire[$0..<min($0 + step, wire.count)]
        }
        let dripped = Connection().requests(in: pieces, install: install)
        require(
            whole.map(\.summary) == dripped.map(\.summary),
            "the same requests whole and in pieces of \(step)")
    }

    private static func check(_ head: HTTPRequest, _ body: [UInt8]) {
        let path = head.path ?? ""
        require(
            path.utf8.first == UInt8(ascii: "/") || (path == "*" && head.method == .options),
            "the target is a path: \(path)")
        require(
            path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") },
            "and plain: \(path)")
        require(head.method != .connect && head.method != .trace, "the method is one of ours")
        var seen: Set<String> = []
        for field in head.headerFields {
            let name = field.name.canonicalName
            require(
                !["host", "content-length", "transfer-encoding", "connection", "upgrade"].contains(
                    name),
                "\(name) stays with the listener")
            require(
                KnownFields.shared.find(name.utf8.span)?.once ?? 0 == 0
                    || seen.insert(name).inserted,
                "\(name) comes once")
            require(
                !field.value.utf8.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F },
                "no controls in a field")
        }
        require(body.count <= ListenerLimits().body, "the body is within its limit")
    }
}

/// A connection without a socket, whose handler answers at once.
private struct Connection {
    private let channel = EmbeddedChannel()
    private let handler = Recorder()

    typealias Install =
        (ChannelPipeline.SynchronousOperations, ListenerLoop, ConnectionPeer) throws -> Void

    func requests(in pieces: [ArraySlice<UInt8>], install: Install) -> [ReceivedRequest] {
        let core = ListenerCore(
            handler: handler, limits: ListenerLimits(), secure: true,
            log: LogThrottle(Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }))
        let loop = ListenerLoop(core: core, eventLoop: channel.eventLoop, index: 0)
        let peer = ConnectionPeer(address: "127.0.0.1")
        do {
            try install(channel.pipeline.syncOperations, loop, peer)
            try channel.connect(to: SocketAddress(unixDomainSocketPath: "/fuzz")).wait()
            for piece in pieces {
                channel.pipeline.fireChannelRead(channel.allocator.buffer(bytes: piece))
                channel.pipeline.fireChannelReadComplete()
                channel.embeddedEventLoop.run()
                while try channel.readOutbound(as: IOData.self) != nil {}
            }
            _ = try channel.finish(acceptAlreadyClosed: true)
        } catch {
            require(error is ChannelError, "nothing is thrown at the socket: \(error)")
        }
        return handler.requests.withLockedValue { $0 }
    }
}

private final class Recorder: RequestHandler {
    let requests = NIOLockedValueBox<[ReceivedRequest]>([])

    func handle(_ request: ReceivedRequest, reply: Reply) {
        requests.withLockedValue { $0.append(request) }
        reply(OutgoingResponse(head: HTTPResponse(status: .ok), body: Array("ok".utf8)))
    }
}

extension ReceivedRequest {
    /// Everything but the id.
    fileprivate var summary: String {
        let fields = head.headerFields.map { "\($0.name.rawName): \($0.value)" }.joined(
            separator: "\n")
        return
            "\(head.method) \(head.authority ?? "") \(head.path ?? "") \(version)\n\(fields)\n\(body)"
    }
}
