package import NIOCore

/// The handler of a connection's bytes: closes it when a request head takes too long to arrive, when it is idle or the client reads nothing
/// of a response, and ends it so that the client can read the last response.
///
/// It is placed before the HTTP decoder. `RequestGate` tells it where requests begin and end.
package final class ConnectionStream: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = IOData
    package typealias OutboundOut = IOData

    /// An outbound event that closes the connection at once, to make room for another.
    package struct Evict: Sendable { package init() {} }

    private enum Phase {
        /// A request head is awaited: when the wait began (`nil` while idle between requests), and how many bytes arrived.
        case head(since: NIODeadline?, bytes: Int)
        case request
        /// Nothing more is sent, and input is dropped until `bytesLeft` more bytes have been read.
        case lingering(bytesLeft: Int)
        /// Another protocol is in use, or the connection has ended.
        case unwatched
    }

    /// The bytes of the client for which the server waits. Only while it waits is a connection idle: a request that the server works on
    /// keeps its connection, even if no bytes pass.
    package enum Wait: Sendable {
        /// The next request, or the rest of the last one's body, which nobody reads.
        case request
        /// Bytes of a body that is not answered yet.
        case body
        /// Nothing: the server is at work, or the body's reader has a timeout of its own (`BodyWait`).
        case nothing
    }

    private let limits: ConnectionLimits
    private var wait = Wait.nothing
    /// The time since which the client has kept the server waiting.
    private var idleSince = NIODeadline.now()
    private var idleTimer: Scheduled<Void>?
    /// Whether the connection is being read: while it is not, the client cannot send.
    private var isReading = false
    private var phase = Phase.head(since: nil, bytes: 0)
    private var context: ChannelHandlerContext?
    private var isInputClosed = false
    private var headTimer: Scheduled<Void>?
    private var lingerTimer: Scheduled<Void>?
    private var stallTimer: Scheduled<Void>?
    private var bytesWritten = 0
    /// Bytes that had been sent at the last check of the client's progress.
    private var bytesSent = 0

    /// Bytes of the request line received since the last request.
    package private(set) var requestLineBytes = 0
    /// The first bytes of that request line: they tell the path of a head that never arrives in full.
    package private(set) var requestLineStart: [UInt8] = []
    private static let keptLineBytes = 64
    private var hasRequestLine = false
    /// A function that is called when a head that has begun takes too long, and that ends the connection.
    package var onHeadTimeout: () -> Void = {}

    package init(_ limits: ConnectionLimits) { self.limits = limits }

    // MARK: For the gate

    package func headArrived() {
        phase = .request
        headTimer?.cancel()
        headTimer = nil
    }

    package func requestEnded() {
        guard case .request = phase else { return }
        phase = .head(since: nil, bytes: 0)
        (requestLineBytes, hasRequestLine) = (0, false)
        requestLineStart.removeAll(keepingCapacity: true)
    }

    /// Declares what the server waits for from now on.
    package func expect(_ wait: Wait) {
        if case .unwatched = phase { return }
        self.wait = wait
        guard wait != .nothing, let context else { return }
        idleSince = context.eventLoop.now
        watchIdleness(.seconds(Int64(limits.idleSeconds)))
    }

    /// Stops watching, because another protocol is used from now on.
    package func retire() {
        phase = .unwatched
        cancelTimers()
    }

    /// Ends the connection after all output has been sent: the client has `lingerSeconds` to read and to close, and its further input is
    /// dropped. Closing a connection with unread input would reset it, and the client could lose the response.
    ///
    /// - Parameter endsStream: whether to close the output at once. Some clients that are still sending a body treat that as the end of the
    ///   connection, and lose a response that they already received.
    package func linger(endsStream: Bool) {
        guard let context else { return }
        if case .lingering = phase { return }
        guard !isInputClosed else { return context.close(promise: nil) }
        phase = .lingering(bytesLeft: limits.lingerBytes)
        cancelTimers()
        if endsStream { context.close(mode: .output, promise: nil) }
        closeSoon()
        readOn(context)
    }

    /// Closes the connection after `lingerSeconds`, whatever happens.
    package func closeSoon() {
        guard lingerTimer == nil else { return }
        lingerTimer = after(.seconds(Int64(limits.lingerSeconds))) { $0.context?.close(promise: nil) }
    }

    /// Closes the connection when the client reads nothing of the pending output for `idleSeconds`.
    package func watchWrites() {
        guard stallTimer == nil, let context else { return }
        if case .unwatched = phase { return }
        bytesSent = sent(context)
        stallTimer = after(.seconds(Int64(limits.idleSeconds))) { $0.lookForProgress() }
    }

    package var hasUnsentBytes: Bool { context.map { buffered($0) > 0 } ?? false }

    // MARK: In the pipeline

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin(context) }
    }

    package func handlerRemoved(context: ChannelHandlerContext) { over() }

    package func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        over()
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch phase {
        case .head(let since, let bytes):
            let buffer = unwrapInboundIn(data)
            phase = .head(since: since ?? context.eventLoop.now, bytes: bytes + buffer.readableBytes)
            if !hasRequestLine { countRequestLine(buffer.readableBytesView) }
        case .lingering(let bytesLeft):
            phase = .lingering(bytesLeft: bytesLeft - unwrapInboundIn(data).readableBytes)
            return
        case .request:
            if wait == .body { idleSince = context.eventLoop.now }
        case .unwatched: break
        }
        context.fireChannelRead(data)
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        switch phase {
        case .head(.some, _): if headTimer == nil { watchHead() }
        case .lingering: readOn(context)
        default: break
        }
        context.fireChannelReadComplete()
    }

    package func read(context: ChannelHandlerContext) {
        if case .lingering(let bytesLeft) = phase, bytesLeft <= 0 { return }
        if !isReading, wait == .body { idleSince = context.eventLoop.now }
        isReading = true
        context.read()
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        bytesWritten += unwrapOutboundIn(data).readableBytes
        context.write(data, promise: promise)
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        if !context.channel.isWritable { watchWrites() }
        context.fireChannelWritabilityChanged()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent {
            isInputClosed = true
            if case .lingering = phase { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    package func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is Evict else { return context.triggerUserOutboundEvent(event, promise: promise) }
        context.close(promise: promise)
    }

    // MARK: Inside

    private func begin(_ context: ChannelHandlerContext) {
        guard case .head(nil, 0) = phase else { return }
        phase = .head(since: context.eventLoop.now, bytes: 0)
        watchHead()
    }

    private func countRequestLine(_ bytes: ByteBufferView) {
        let end = bytes.firstIndex(of: UInt8(ascii: "\n"))
        let part = bytes[..<(end ?? bytes.endIndex)]
        requestLineBytes += part.count
        requestLineStart += part.prefix(Self.keptLineBytes - requestLineStart.count)
        hasRequestLine = end != nil
    }

    private func readOn(_ context: ChannelHandlerContext) {
        if case .lingering(let bytesLeft) = phase, bytesLeft > 0 { context.read() }
    }

    private func watchHead() {
        guard let context, case .head(.some(let since), let bytes) = phase else { return }
        let left = since + allowance(bytes) - context.eventLoop.now
        guard left <= .zero else {
            headTimer = after(left) { stream in
                stream.headTimer = nil
                stream.watchHead()
            }
            return
        }
        if bytes == 0 { context.close(promise: nil) } else { onHeadTimeout() }
    }

    /// Returns the time allowed for a head of which `bytes` have arrived.
    private func allowance(_ bytes: Int) -> TimeAmount {
        .seconds(Int64(min(max(limits.headSeconds, limits.longestHeadSeconds), limits.headSeconds + bytes / limits.headBytesPerSecond)))
    }

    private func watchIdleness(_ left: TimeAmount) {
        guard idleTimer == nil else { return }
        idleTimer = after(left) { stream in
            stream.idleTimer = nil
            stream.lookForIdleness()
        }
    }

    private func lookForIdleness() {
        guard let context, wait != .nothing else { return }
        let limit = TimeAmount.seconds(Int64(limits.idleSeconds))
        let left = idleSince + limit - context.eventLoop.now
        guard left <= .zero else { return watchIdleness(left) }
        // The time limit of heads applies to a head that has begun; nobody waits for bytes of a body while it is not read.
        if case .head(.some, _) = phase { return watchIdleness(limit) }
        if wait == .body, !isReading { return watchIdleness(limit) }
        // The end of a response is still on its way; the limits of clients that read apply.
        if buffered(context) > 0 { return watchIdleness(limit) }
        context.close(promise: nil)
    }

    private func lookForProgress() {
        stallTimer = nil
        guard let context, buffered(context) > 0 else { return }
        guard sent(context) > bytesSent else { return context.close(promise: nil) }
        watchWrites()
    }

    private func sent(_ context: ChannelHandlerContext) -> Int { bytesWritten - buffered(context) }

    private func buffered(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    private func after(_ time: TimeAmount, _ body: @escaping (ConnectionStream) -> Void) -> Scheduled<Void>? {
        context?.eventLoop.assumeIsolated().scheduleTask(in: time) { body(self) }
    }

    private func cancelTimers() {
        for timer in [headTimer, stallTimer, lingerTimer, idleTimer] { timer?.cancel() }
        (headTimer, stallTimer, lingerTimer, idleTimer) = (nil, nil, nil, nil)
        wait = .nothing
    }

    private func over() {
        retire()
        onHeadTimeout = {}
        context = nil
    }
}
