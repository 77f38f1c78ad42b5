package import Memory
package import NIOCore

/// The handler that implements WebSocket on a former HTTP connection. It is used on the connection's event loop only.
///
/// It is placed before the HTTP decoder and consumes all input: behind it, the HTTP handlers wait until the connection ends. It is added
/// before the client is told that the protocol changes, so that no byte bypasses it.
///
/// It answers pings and the closing handshake, and enforces timeouts. While the client does not take the output, or too many messages wait
/// to be processed, nothing is read, so neither can exhaust the memory.
package final class WebSocketHandler: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    /// The application's callbacks, which are called on the event loop.
    package struct Observer: Sendable {
        /// Receives a message; the application calls `looked` when it has processed it.
        package var message: @Sendable (ByteBuffer) -> Void
        /// Signals the end of the messages; called once.
        package var ended: @Sendable () -> Void
        /// Returns whether a query is being answered: then a silent client is not idle.
        package var isBusy: @Sendable () -> Bool

        package init(
            message: @escaping @Sendable (ByteBuffer) -> Void, ended: @escaping @Sendable () -> Void, isBusy: @escaping @Sendable () -> Bool
        ) {
            (self.message, self.ended, self.isBusy) = (message, ended, isBusy)
        }
    }

    private enum State {
        case open
        /// The server has sent its close frame and waits for the client's.
        case closing
        case closed
    }

    private let limits: WebSocketLimits
    private let observer: Observer
    private var reader: WebSocketReader
    private var context: ChannelHandlerContext?
    private var state = State.open
    private var isAuthenticated = false
    private var hasEnded = false
    /// Sizes of the messages that have not been processed yet.
    private var unread: [Int] = []
    private let memory: MemoryReservation?
    private var isShortOfMemory = false
    private var isReadHeld = false
    private var unwritten = 0
    private var lastProgress = NIODeadline.distantPast
    /// Whether all input is dropped until the connection ends.
    private var isDeaf = false
    private var authentication: Scheduled<Void>?
    private var idleness: Scheduled<Void>?
    private var farewell: Scheduled<Void>?
    /// The timer that runs while a message is incomplete.
    private var slowness: Scheduled<Void>?

    /// Number of copies of a message in memory: its frames, and the assembled message.
    private static let copies = 2

    /// - Parameter memory: the reservation for messages that have not been processed; `nil` disables accounting.
    package init(_ limits: WebSocketLimits, _ observer: Observer, memory: MemoryReservation? = nil) {
        (self.limits, self.observer, self.memory) = (limits, observer, memory)
        reader = WebSocketReader(limits)
    }

    // MARK: For the application

    /// Records that the first message had a valid key.
    package func authenticated() { isAuthenticated = true }

    /// Records that a message has been processed.
    package func looked() {
        if !unread.isEmpty { unread.removeFirst() }
        count()
        readOn()
    }

    /// Sends a text message; the promise succeeds when the client's side has taken it.
    package func send(_ text: ByteBuffer, _ promise: EventLoopPromise<Void>?) {
        guard let context, state == .open else { promise?.fail(ChannelError.ioOnClosedChannel); return }
        write(WebSocketFrame(.text, text), context, promise)
    }

    /// Starts the closing handshake; nothing is sent after it.
    package func close(_ closing: WebSocketClosing) { close(closing, nil) }

    private func close(_ closing: WebSocketClosing, _ promise: EventLoopPromise<Void>?) {
        guard let context, state == .open else { promise?.fail(ChannelError.ioOnClosedChannel); return }
        state = .closing
        write(closing.frame, context, promise)
        farewell = after(limits.closeTimeout) { $0.finish() }
        end()
        readOn()
    }

    // MARK: In the pipeline

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        lastProgress = context.eventLoop.now
        authentication = after(limits.authenticationTimeout) { handler in
            if !handler.isAuthenticated { handler.close(.unauthenticated) }
        }
        idleness = after(limits.idleTimeout) { $0.lookForIdleness() }
    }

    package func handlerRemoved(context: ChannelHandlerContext) { over() }

    package func channelInactive(context: ChannelHandlerContext) {
        over()
        context.fireChannelInactive()
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish()
        context.fireErrorCaught(error)
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A client that closes its side without a close frame does not read answers either.
        if case .inputClosed? = event as? ChannelEvent { finish() }
        context.fireUserInboundEventTriggered(event)
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDeaf else { return }
        reader.append(unwrapInboundIn(data))
        do throws(WebSocketClosing) {
            while state != .closed, let event = try reader.next() { take(event, context) }
        } catch {
            // Input after a protocol violation cannot be parsed, not even a close frame: the server waits for the end of the client's side.
            isDeaf = true
            reader = WebSocketReader(limits)
            close(error)
            context.close(mode: .output, promise: nil)
        }
        watchSlowness(context)
        count()
    }

    package func read(context: ChannelHandlerContext) {
        isReadHeld = isHeldUp(context)
        if !isReadHeld { context.read() }
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        readOn()
        context.fireChannelWritabilityChanged()
    }

    // MARK: Inside

    private func take(_ event: WebSocketReader.Event, _ context: ChannelHandlerContext) {
        lastProgress = context.eventLoop.now
        switch (event, state) {
        case (.text(let text), .open):
            unread.append(text.readableBytes)
            slowness?.cancel()
            slowness = nil
            observer.message(text)
        case (.ping(let payload), .open): write(WebSocketFrame(.pong, payload), context, nil)
        case (.close(let closing), .open):
            // After this reply, both sides have sent a close frame.
            let answered = context.eventLoop.makePromise(of: Void.self)
            answered.futureResult.assumeIsolated().whenComplete { _ in self.finish() }
            close(closing, answered)
        case (.close, .closing): finish()
        default: break
        }
    }

    private func write(_ frame: WebSocketFrame, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { result in
            self.unwritten -= 1
            self.lastProgress = context.eventLoop.now
            promise?.completeWith(result)
        }
        unwritten += 1
        context.writeAndFlush(wrapOutboundOut(frame.bytes), promise: written)
    }

    /// Ends the connection, even if output is pending.
    private func finish() {
        guard let context, state != .closed else { return }
        over()
        context.close(promise: nil)
    }

    private func over() {
        state = .closed
        for timer in [authentication, idleness, farewell, slowness] { timer?.cancel() }
        (authentication, idleness, farewell, slowness) = (nil, nil, nil, nil)
        reader = WebSocketReader(limits)
        unread = []
        memory?.shrink(to: 0)
        end()
        context = nil
    }

    private func end() {
        guard !hasEnded else { return }
        hasEnded = true
        observer.ended()
    }

    // MARK: Reading

    private func isHeldUp(_ context: ChannelHandlerContext) -> Bool {
        // Input after the server's close frame is dropped; only the client's close frame is awaited.
        state == .open && (unread.count >= limits.unreadMessages || isShortOfMemory || !context.channel.isWritable)
    }

    private func readOn() {
        guard let context, isReadHeld, !isHeldUp(context) else { return }
        isReadHeld = false
        context.read()
    }

    // MARK: Memory

    /// Adjusts the reservation to the memory in use. While there is none, nothing is read.
    private func count() {
        guard let memory, let context, state != .closed, !isShortOfMemory else { return }
        let unfinished = reader.unfinishedBytes
        let expected = unfinished > limits.eagerBytes ? limits.messageBytes : unfinished
        let wanted = Self.copies * expected + unread.reduce(0, +)
        memory.shrink(to: wanted)
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        do throws(MemoryShortage) {
            isShortOfMemory = try !memory.grow(by: wanted - memory.held) { isGranted in
                handler.eventLoop.execute { handler.value.waited(isGranted) }
            }
        } catch { close(.overloaded) }
    }

    private func waited(_ isGranted: Bool) {
        isShortOfMemory = false
        guard isGranted else { return close(.overloaded) }
        count()
        readOn()
    }

    private func watchSlowness(_ context: ChannelHandlerContext) {
        guard reader.unfinishedBytes > 0 else {
            slowness?.cancel()
            slowness = nil
            return
        }
        if slowness == nil, state == .open { slowness = after(limits.messageTimeout) { $0.close(.slow) } }
    }

    // MARK: Time

    private func after(_ time: TimeAmount, _ body: @escaping (WebSocketHandler) -> Void) -> Scheduled<Void>? {
        context?.eventLoop.assumeIsolated().scheduleTask(in: time) { body(self) }
    }

    private func lookForIdleness() {
        guard let context, state == .open else { return }
        let left = lastProgress + limits.idleTimeout - context.eventLoop.now
        if left <= .zero {
            // A client that reads nothing would not read a close frame either.
            if unwritten > 0 { return finish() }
            if !observer.isBusy() { return close(.idle) }
        }
        idleness = after(left > .zero ? left : limits.idleTimeout) { $0.lookForIdleness() }
    }
}

extension WebSocketHandler: RemovableChannelHandler {}
