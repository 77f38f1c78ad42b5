package import NIOCore
package import NIOHTTP1

/// The handler after the HTTP/1 decoder that refuses invalid heads, decides which connections stay open after a response, and ends the
/// others so that the client receives its response.
///
/// A refused head continues as a request without a body that carries a mark, so that it is logged, counted and answered like any other: see
/// `RefusalMiddleware`. The client's input after it is dropped.
package final class RequestGate: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias InboundOut = HTTPServerRequestPart
    package typealias OutboundIn = HTTPServerResponsePart
    package typealias OutboundOut = HTTPServerResponsePart

    /// An outbound event that asks for the request's body: a client that waits for `100 Continue` is sent that response.
    package struct WantsBody: Sendable { package init() {} }

    /// A request and its response.
    private final class Exchange {
        let isHTTP10: Bool
        let isHead: Bool
        var mustClose: Bool
        /// Remaining bytes of the body; `nil` if unknown.
        var bytesLeft: Int?
        var awaitsContinue: Bool
        var hasEnded = false
        var isAnswered = false
        /// Whether only the end of the stream marks the end of the response.
        var endsWithStream = false

        init(_ head: RequestHead) {
            isHTTP10 = head.isHTTP10
            isHead = head.head.method == .HEAD
            mustClose = !head.keepsAlive
            bytesLeft = head.bodyBytes
            awaitsContinue = head.expectsContinue
        }
    }

    /// Maximum number of unread body bytes that are dropped to keep the connection open.
    private static let leftover = 64 << 10

    private let stream: ConnectionStream
    private var context: ChannelHandlerContext?
    private var reading: Exchange?
    /// Requests whose responses are not complete, in order.
    private var owed: CircularBuffer<Exchange> = []
    /// Whether the client's further input is dropped.
    private var isDeaf = false
    /// Whether the last response has been written.
    private var isClosing = false
    private var isQuiescing = false

    package init(_ stream: ConnectionStream) { self.stream = stream }

    // MARK: Requests

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        stream.onHeadTimeout = { [weak self] in self?.headTimedOut() }
    }

    package func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDeaf else { return }
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context)
        case .body(let bytes):
            reading?.bytesLeft.map { reading?.bytesLeft = $0 - bytes.readableBytes }
            reading?.awaitsContinue = false
            context.fireChannelRead(data)
        case .end:
            reading?.hasEnded = true
            reading?.awaitsContinue = false
            // After the connection's last request, further requests would be executed but not answered.
            isDeaf = reading?.mustClose ?? true
            reading = nil
            stream.requestEnded()
            tellStream()
            context.fireChannelRead(data)
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        stream.headArrived()
        switch RequestHead.check(head) {
        case .success(let checked):
            let exchange = Exchange(checked)
            reading = exchange
            owed.append(exchange)
            tellStream()
            context.fireChannelRead(wrapInboundOut(.head(checked.head)))
        case .failure(let refusal): refuse(refusal, head, context)
        }
    }

    private func refuse(_ refusal: RequestRefusal, _ head: HTTPRequestHead?, _ context: ChannelHandlerContext) {
        isDeaf = true
        stream.headArrived()
        let marked = refusal.marked(head, line: stream.requestLineStart)
        let exchange = Exchange(RequestHead(head: marked, isHTTP10: head?.version == .http1_0, keepsAlive: false))
        let bringsBody = ["content-length", "transfer-encoding"].contains { head?.headers.contains(name: $0) ?? false }
        exchange.hasEnded = !bringsBody
        owed.append(exchange)
        tellStream()
        context.fireChannelRead(wrapInboundOut(.head(marked)))
        context.fireChannelRead(wrapInboundOut(.end(nil)))
        context.fireChannelReadComplete()
    }

    /// Tells the stream whether the server waits for its client.
    private func tellStream() {
        guard let current = owed.first else { return stream.expect(.request) }
        stream.expect(current === reading && !current.isAnswered ? .body : .nothing)
    }

    private func headTimedOut() {
        guard let context, !isDeaf, reading == nil else { return }
        refuse(.timeout, nil, context)
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isDeaf else { return }
        guard error is HTTPParserError else { return context.fireErrorCaught(error) }
        guard let reading else { return refuse(RequestRefusal(error, requestLineBytes: stream.requestLineBytes), nil, context) }
        // The body cannot be read to its end: its reader gets the error.
        isDeaf = true
        reading.mustClose = true
        context.fireErrorCaught(error)
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { isQuiescing = true }
        context.fireUserInboundEventTriggered(event)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        isDeaf = true
        isClosing = true
        owed = []
        context.fireChannelInactive()
    }

    // MARK: Responses

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isClosing, let exchange = owed.first else { promise?.fail(ChannelError.ioOnClosedChannel); return }
        switch unwrapOutboundIn(data) {
        case .head(let head) where head.status == .switchingProtocols:
            stream.retire()
            context.write(data, promise: promise)
        case .head(let head) where (100..<200).contains(head.status.code): context.write(data, promise: promise)
        case .head(let head):
            exchange.isAnswered = true
            tellStream()
            context.write(wrapOutboundOut(.head(framed(head, exchange))), promise: promise)
        case .body: context.write(data, promise: promise)
        case .end:
            owed.removeFirst()
            tellStream()
            // NIO's encoder does not know of `HEAD`: after a head without a length it would write the end of a chunked body.
            context.write(exchange.isHead ? wrapOutboundOut(.body(.byteBuffer(ByteBuffer()))) : data, promise: promise)
            if exchange.mustClose { finish(context, endsStream: exchange.hasEnded || exchange.endsWithStream) }
        }
    }

    /// Returns the head with the version and the fields that the connection requires.
    private func framed(_ head: HTTPResponseHead, _ exchange: Exchange) -> HTTPResponseHead {
        var head = head
        let hasLength = head.headers.contains(name: "content-length") || !head.status.mayHaveResponseBody
        exchange.endsWithStream = exchange.isHTTP10 && !hasLength && !exchange.isHead
        if !canContinue(after: exchange) || exchange.endsWithStream { exchange.mustClose = true }
        if exchange.isHTTP10 { head.version = .http1_0 }
        if exchange.mustClose {
            let tokens = head.headers["connection"].filter { $0 != "close" } + ["close"]
            head.headers.replaceOrAdd(name: "connection", value: tokens.joined(separator: ", "))
        } else if exchange.isHTTP10 {
            head.headers.replaceOrAdd(name: "connection", value: "keep-alive")
        }
        return head
    }

    /// Returns whether another request can be read after the response that is about to be written: the rest of the body is small or empty.
    private func canContinue(after exchange: Exchange) -> Bool {
        if exchange.mustClose || isQuiescing { return false }
        if exchange.hasEnded { return true }
        if exchange.awaitsContinue { return false }
        return exchange.bytesLeft.map { $0 <= Self.leftover } ?? false
    }

    package func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is WantsBody else { return context.triggerUserOutboundEvent(event, promise: promise) }
        promise?.succeed()
        guard let exchange = owed.first, exchange.awaitsContinue, !exchange.isAnswered, !isClosing else { return }
        exchange.awaitsContinue = false
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
    }

    // MARK: The end

    package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch mode {
        case .input:
            // The task that served the connection was cancelled.
            stream.closeSoon()
            context.close(mode: .input, promise: promise)
        case .output:
            finish(context, endsStream: true)
            promise?.succeed()
        case .all where isClosing && context.channel.isActive:
            context.channel.closeFuture.cascade(to: promise)
        case .all where owed.isEmpty && stream.hasUnsentBytes:
            finish(context, endsStream: true)
            context.channel.closeFuture.cascade(to: promise)
        case .all: context.close(mode: .all, promise: promise)
        }
    }

    /// Starts to linger after all written bytes have been sent.
    private func finish(_ context: ChannelHandlerContext, endsStream: Bool) {
        guard !isClosing else { return }
        isClosing = true
        isDeaf = true
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { [stream] _ in stream.linger(endsStream: endsStream) }
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer()))), promise: sent)
        stream.watchWrites()
    }
}
