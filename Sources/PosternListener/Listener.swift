public import Foundation
public import Logging
public import NIOCore
internal import NIOConcurrencyHelpers
internal import NIOPosix
internal import NIOSSL
internal import PosternModel
internal import Synchronization

/// Takes HTTP/1.1 and HTTP/2 requests, over TLS or plain, within limits, and hands them to a handler.
///
/// A listener is started once and shut down once. Its threads are those of the group given to it, which
/// it never stops.
public final class Listener: Sendable {
    private struct Running {
        var channel: any Channel
        var checks: RepeatedTask?
    }

    private let configuration: ListenerConfiguration
    private let group: any EventLoopGroup
    private let core: ListenerCore
    private let material: TLSMaterial?
    private let loops: [NIOLoopBoundBox<ListenerLoop?>]
    private let running = NIOLockedValueBox<Running?>(nil)
    private let peers = PeerCounts()

    /// Makes a listener and reads its certificates; nothing listens yet.
    ///
    /// - Parameters:
    ///   - configuration: Where and how to listen.
    ///   - handler: What answers.
    ///   - group: The event loops to use, kept alive by the caller until after ``shutdown(grace:)``.
    ///   - logger: Where events go, each kind at most once a second.
    /// - Throws: When the certificate, the key or the client authorities cannot be used. A certificate
    ///   that is not valid now is used all the same, so that a restart does not turn a warning into an outage.
    public init(
        configuration: ListenerConfiguration, handler: any RequestHandler,
        group: any EventLoopGroup, logger: Logger
    ) throws(CertificateError) {
        self.configuration = configuration
        self.group = group
        if let tls = configuration.tls {
            material = try TLSMaterial(tls)
        } else {
            material = nil
        }
        core = ListenerCore(
            handler: handler, limits: configuration.limits, secure: configuration.tls != nil,
            log: LogThrottle(logger))
        loops = group.makeIterator().map { .makeEmptyBox(eventLoop: $0) }
    }

    /// Starts to listen.
    ///
    /// - Returns: The address bound, with the port the system chose when 0 was asked for.
    /// - Throws: When the address cannot be bound.
    public func start() async throws -> SocketAddress {
        let core = core
        for (index, box) in loops.enumerated() {
            try await box.eventLoop.submit {
                let loop = ListenerLoop(core: core, eventLoop: box.eventLoop, index: index)
                box.value = loop
                loop.start()
            }.get()
        }
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Int32(clamping: configuration.backlog))
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.maxMessagesPerRead, value: 32)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPause(log: core.log))
                }
            }
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture { try setUp(channel) }
            }
            .bind(host: configuration.host, port: configuration.port).get()
        running.withLockedValue {
            $0 = Running(channel: channel, checks: scheduleCertificateChecks())
        }
        guard let address = channel.localAddress else { throw ChannelError.ioOnClosedChannel }
        return address
    }

    private func setUp(_ channel: any Channel) throws {
        guard
            let loop = loops.first(where: { $0.eventLoop === channel.eventLoop })?.value
        else { throw ChannelError.ioOnClosedChannel }
        PosternListener.add(1, to: core.counters.accepted)
        let peer = ConnectionPeer(address: channel.remoteAddress?.ipAddress ?? "unknown")
        let open = core.counters.connections.wrappingAdd(1, ordering: .relaxed).newValue
        let ofPeer = peers.add(peer.network)
        loop.channelOpened()
        channel.closeFuture.assumeIsolated().whenComplete { [core, peers] _ in
            PosternListener.add(-1, to: core.counters.connections)
            peers.remove(peer.network)
            loop.channelClosed()
        }
        guard open <= core.limits.connections, ofPeer <= core.limits.connectionsPerPeer else {
            PosternListener.add(1, to: core.counters.turnedAway)
            core.log.log(.warning, "too many connections", detail: peer.address)
            channel.close(promise: nil)
            return
        }
        // Here, because the bootstrap would make a future of it. TCP_NODELAY the library sets by itself.
        try channel.syncOptions?.setOption(.maxMessagesPerRead, value: 2)
        let pipeline = channel.pipeline.syncOperations
        if let material {
            let tls = NIOSSLServerHandler(context: material.context)
            try pipeline.addHandler(tls)
            try pipeline.addHandler(HandshakeHandler(loop: loop, tls: tls, peer: peer))
        } else {
            try HTTP1Connection.install(in: pipeline, loop: loop, peer: peer)
        }
    }

    // MARK: Certificates

    /// When the certificate in use stops being valid; nil without TLS.
    public var certificateExpiry: Date? { material?.expiry }

    /// Why the certificate files on disk are not what is in use; nil while they are.
    public var certificateTrouble: CertificateError? { material?.reloadTrouble }

    /// Reads the certificate files again and uses them for new connections; blocks on the disk.
    ///
    /// Connections that exist are not disturbed.
    /// - Throws: When the new files cannot be used; those in use stay.
    public func reloadCertificates() throws(CertificateError) {
        _ = try reload(onlyIfChanged: false)
    }

    /// Reads the certificate files again if they have changed; blocks on the disk.
    ///
    /// - Returns: Whether new ones are in use.
    /// - Throws: When the new files cannot be used; those in use stay.
    @discardableResult
    public func reloadCertificatesIfChanged() throws(CertificateError) -> Bool {
        try reload(onlyIfChanged: true)
    }

    private func reload(onlyIfChanged: Bool) throws(CertificateError) -> Bool {
        guard let material else { return false }
        do {
            let changed = try material.reload(onlyIfChanged: onlyIfChanged)
            if changed {
                PosternListener.add(1, to: core.counters.certificateReloads)
                core.log.log(.notice, "certificates reloaded")
            }
            return changed
        } catch {
            PosternListener.add(1, to: core.counters.certificateReloadsFailed)
            core.log.log(.error, "certificates not reloaded", detail: error.description)
            throw error
        }
    }

    private func scheduleCertificateChecks() -> RepeatedTask? {
        guard material != nil, let interval = configuration.certificateCheckInterval else {
            return nil
        }
        let delay = interval.timeAmount
        return group.next().scheduleRepeatedAsyncTask(initialDelay: delay, delay: delay) {
            [weak self, group] _ in
            let listener = self
            return NIOThreadPool.singleton.runIfActive(eventLoop: group.next()) {
                // What went wrong is logged and counted; the next check tries again.
                _ = try? listener?.reloadCertificatesIfChanged()
            }
        }
    }

    // MARK: Watching and ending

    /// What the listener has done and is doing.
    public var snapshot: ListenerSnapshot { core.counters.snapshot }

    /// Stops accepting, lets requests in flight finish, and closes.
    ///
    /// Idle connections close at once, HTTP/2 clients are told to go elsewhere, answers over HTTP/1.1 carry
    /// `Connection: close`.
    /// - Parameter grace: How long requests in flight may take; then connections are cut.
    public func shutdown(grace: Duration) async {
        let running = running.withLockedValue { running in
            let was = running
            running = nil
            return was
        }
        guard let running else { return }
        running.checks?.cancel()
        try? await running.channel.close().get()
        core.draining.store(true, ordering: .relaxed)
        await withTaskGroup(of: Void.self) { tasks in
            for box in loops {
                tasks.addTask {
                    let drained = box.eventLoop.flatSubmit {
                        guard let loop = box.value else {
                            return box.eventLoop.makeSucceededVoidFuture()
                        }
                        box.eventLoop.scheduleTask(in: grace.timeAmount) { box.value?.end() }
                        return loop.drain()
                    }
                    try? await drained.get()
                    try? await box.eventLoop.submit {
                        box.value?.stop()
                        box.value = nil
                    }.get()
                }
            }
        }
    }
}

/// How many connections each client has.
final class PeerCounts: Sendable {
    private let counts = NIOLockedValueBox<[ClientNetwork: Int]>([:])

    /// Counts one more and returns how many that makes.
    func add(_ network: ClientNetwork) -> Int {
        counts.withLockedValue { counts in
            counts[network, default: 0] += 1
            return counts[network, default: 0]
        }
    }

    func remove(_ network: ClientNetwork) {
        counts.withLockedValue { counts in
            guard let count = counts[network] else { return }
            counts[network] = count > 1 ? count - 1 : nil
        }
    }
}
