import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A relay on loopback that behaves well, except where it is told not to.
final class ScriptedRelay: Sendable {
    /// What to do when a verb comes.
    enum Move: Sendable {
        /// Answer with these bytes.
        case say(String)
        /// Close without a word.
        case close
        /// Never answer.
        case hang
        /// Answer, then close.
        case sayAndClose(String)
    }

    private struct State {
        var moves: [String: [Move]]
        var verbs: [String] = []
        var mails: [String] = []
        var connections = 0
        var listeners: [(verb: String, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state: Mutex<State>
    private let channel: Mutex<(any Channel)?> = Mutex(nil)
    private let extensions: [String]
    private let tls: NIOSSLContext?

    /// Listens; `moves` says for each verb what to do the first, second … time.
    ///
    /// Verbs are the commands, `CONNECT` for the greeting and `.` for the end of a mail.
    init(
        _ moves: [String: [Move]] = [:], extensions: [String] = ["PIPELINING"],
        tls: NIOSSLContext? = nil
    ) async throws {
        state = Mutex(State(moves: moves))
        self.extensions = extensions
        self.tls = tls
        let bound = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(self))
                }
            }.bind(host: "127.0.0.1", port: 0).get()
        channel.withLock { $0 = bound }
    }

    var port: Int { channel.withLock { $0?.localAddress?.port ?? 0 } }
    var verbs: [String] { state.withLock { $0.verbs } }
    var mails: [String] { state.withLock { $0.mails } }
    var connections: Int { state.withLock { $0.connections } }

    /// Returns when a verb has come.
    func heard(_ verb: String) async {
        await withCheckedContinuation { continuation in
            let hasCome = state.withLock { state in
                if state.verbs.contains(verb) { return true }
                state.listeners.append((verb, continuation))
                return false
            }
            if hasCome { continuation.resume() }
        }
    }

    func close() async throws {
        let bound = channel.withLock { $0 }
        try await bound?.close()
    }

    private func move(for verb: String) -> Move {
        state.withLock { state in
            state.verbs.append(verb)
            for listener in state.listeners where listener.verb == verb {
                listener.continuation.resume()
            }
            state.listeners.removeAll { $0.verb == verb }
            if verb == "CONNECT" { state.connections += 1 }
            if state.moves[verb]?.isEmpty == false, let move = state.moves[verb]?.removeFirst() {
                return move
            }
            switch verb {
            case "CONNECT", "STARTTLS": return .say("220 relay\r\n")
            case "EHLO":
                return .say(
                    (["250-relay"] + extensions.map { "250-\($0)" } + ["250 HELP"]).map {
                        $0 + "\r\n"
                    }.joined())
            case "AUTH": return .say("235 welcome\r\n")
            case "DATA": return .say("354 go on\r\n")
            case "QUIT": return .sayAndClose("221 bye\r\n")
            default: return .say("250 2.0.0 ok\r\n")
            }
        }
    }

    private func keep(_ mail: String) { state.withLock { $0.mails.append(mail) } }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let relay: ScriptedRelay
        private var buffered = ""
        private var takesMail = false

        init(_ relay: ScriptedRelay) { self.relay = relay }

        func channelActive(context: ChannelHandlerContext) { perform("CONNECT", context) }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            buffered += String(buffer: unwrapInboundIn(data))
            while let end = buffered.range(of: takesMail ? "\r\n.\r\n" : "\r\n") {
                let line = String(buffered[..<end.lowerBound])
                buffered.removeSubrange(..<end.upperBound)
                if takesMail {
                    takesMail = false
                    // Without the end of DATA's line, which is one `Character`.
                    relay.keep(String(line.dropFirst()))
                    perform(".", context)
                } else {
                    perform(line.split(separator: " ").first.map(String.init) ?? "", context)
                }
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }

        private func perform(_ verb: String, _ context: ChannelHandlerContext) {
            switch relay.move(for: verb) {
            case .say(let text):
                say(text, context)
                takesMail = verb == "DATA" && text.hasPrefix("354")
                // The end of DATA's own line: a lone dot after it ends a mail of nothing.
                if takesMail { buffered = "\r\n" + buffered }
                if verb == "STARTTLS", text.hasPrefix("220"), let tls = relay.tls {
                    try? context.pipeline.syncOperations.addHandler(
                        NIOSSLServerHandler(context: tls), position: .first)
                }
            case .close: context.close(promise: nil)
            case .hang: break
            case .sayAndClose(let text):
                say(text, context)
                context.close(promise: nil)
            }
        }

        private func say(_ text: String, _ context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        }
    }
}
