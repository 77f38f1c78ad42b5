import JSON
import NIOCore
import NIOHTTP1

/// Handles one connection to the upstream.
final class UpstreamHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let ledger: UpstreamLedger
    private var body: [UInt8] = []

    init(_ ledger: UpstreamLedger) { self.ledger = ledger }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: body.removeAll(keepingCapacity: true)
        case .body(let part): body.append(contentsOf: part.readableBytesView)
        case .end: answer(context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(_ context: ChannelHandlerContext) {
        guard let request = try? JSONValue(parsing: body), let order = Order(request) else {
            return send(whole: #"{"error":{"message":"no order","code":null}}"#, .badRequest, context)
        }
        let attempt = ledger.begin(order.number)
        switch (order.behaviour, attempt) {
        case (.busyOnce, 1): send(whole: #"{"error":{"message":"busy"}}"#, .tooManyRequests, context)
        case (.failsOnce, 1), (.fails, _): send(whole: #"{"error":{"message":"failed"}}"#, .internalServerError, context)
        case (.refuses, _): send(whole: #"{"error":{"message":"refused"}}"#, .badRequest, context)
        case (.slow, _):
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            let isStream = request["stream"]?.boolValue == true
            context.eventLoop.scheduleTask(in: .milliseconds(20)) { bound.value.0.begin(order, isStream: isStream, bound.value.1) }
        default: begin(order, isStream: request["stream"]?.boolValue == true, context)
        }
    }

    private func begin(_ order: Order, isStream: Bool, _ context: ChannelHandlerContext) {
        let shapes = AnswerShapes(order)
        guard isStream else {
            ledger.sent(shapes.usage(words: order.words), for: order.number)
            return send(whole: "\(shapes.completion)", .ok, context)
        }
        let headers: HTTPHeaders = ["Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"]
        context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .ok, headers: headers))), promise: nil)
        next(0, shapes, context)
    }

    /// Sends the words from `place` on: all of them, or one now and the others later.
    private func next(_ place: Int, _ shapes: AnswerShapes, _ context: ChannelHandlerContext) {
        let order = shapes.order
        let isBroken = [.cut, .cutWithUsage, .stall].contains(order.behaviour)
        let end = isBroken ? order.words / 2 : order.words
        var place = place
        while place < end {
            place += 1
            write(word: place, shapes, context)
            guard order.gap > 0 else { continue }
            context.flush()
            let (bound, later) = (NIOLoopBound((self, context, shapes), eventLoop: context.eventLoop), place)
            context.eventLoop.scheduleTask(in: .microseconds(Int64(order.gap))) {
                bound.value.0.next(later, bound.value.2, bound.value.1)
            }
            return
        }
        switch order.behaviour {
        case .stall: context.flush()
        case .cut, .cutWithUsage:
            context.flush()
            context.close(promise: nil)
        default: finish(shapes, context)
        }
    }

    private func write(word: Int, _ shapes: AnswerShapes, _ context: ChannelHandlerContext) {
        let hasUsage = [.cutWithUsage, .usageInEach].contains(shapes.order.behaviour)
        let usage = hasUsage ? shapes.usage(words: word) : nil
        if let usage { ledger.sent(usage, for: shapes.order.number) }
        write(shapes.chunk("\(Clock.now()) ", usage: usage), context)
    }

    private func finish(_ shapes: AnswerShapes, _ context: ChannelHandlerContext) {
        let order = shapes.order
        let usage = shapes.usage(words: order.words)
        if order.behaviour != .noUsage { ledger.sent(usage, for: order.number) }
        let isInChoice = [.usageInChoice, .usageInEach].contains(order.behaviour)
        write(shapes.chunk(nil, isLast: true, usage: isInChoice ? usage : nil), context)
        if !isInChoice && order.behaviour != .noUsage { write(shapes.usageChunk(usage), context) }
        write(AnswerShapes.done, context)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: bytes)))), promise: nil)
    }

    private func send(whole text: String, _ status: HTTPResponseStatus, _ context: ChannelHandlerContext) {
        let headers: HTTPHeaders = ["Content-Type": "application/json", "Content-Length": "\(text.utf8.count)"]
        context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
        write(Array(text.utf8), context)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
