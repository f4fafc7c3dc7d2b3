import Digests
import KafkaBasics
import Log
import Messages
import Text

/// What is written: predictions, dead letters and metrics, in their formats, and the ledger of what has arrived.
///
/// The outputs of a batch stand between ``open()`` and ``close(positions:)``; metrics, between batches, open and close
/// for themselves.
final class OutputWriter {
    private let sink: any OutputSink
    private let clock: any StreamClock
    let ledger: DeliveryLedger
    private let configuration: Configuration
    private let logger: Logger
    /// What decodes the records, for the headers of dead letters.
    private let decoderName: String
    /// The ids of records that cannot be read, which never can be.
    private let unreadIdentifiers: NameUUID
    /// The ids of records that could not be used, which follows from what the state knew.
    private var refusalIdentifiers = NameUUID(prefix: "")
    private(set) var model = ModelReference(id: "", revision: 0, tracesLearned: 0, hash: "")
    private var identifiers = NameUUID(prefix: "")
    /// Whether the answers from now on may be others than those given to the same records before. Then they get other ids:
    /// one id never stands for two contents.
    var isAltered = false
    private let instance: StreamInstance

    private static let contentTypeJSON = [Header(name: "content-type", text: SampleFormat.json.contentType)]
    private static let contentTypeProtobuf = [
        Header(name: "content-type", text: SampleFormat.protobuf.contentType)
    ]

    /// Opens the sink.
    init(_ configuration: Configuration, decoderName: String, seams: Seams, logger: Logger) throws {
        self.configuration = configuration
        self.decoderName = decoderName
        self.logger = logger
        let ledger = DeliveryLedger()
        self.ledger = ledger
        unreadIdentifiers = NameUUID(prefix: "weir:dead-letter:\(configuration.stream)/")
        sink = try seams.sink(ledger)
        clock = seams.clock
        instance = seams.instance
    }

    /// Names the model that answers from now on.
    ///
    /// - Parameters:
    ///   - digests: those of all that never changes in it.
    ///   - state: the identity of the state that it is of. Another state knows other things: its answers to the same
    ///     records have other ids.
    func name(frozenDigests digests: [String], state: String) {
        var hash = digests.first ?? ""
        if digests.count > 1 {
            let all = SHA256()
            for digest in digests { all.update(digest) }
            hash = all.hexadecimal()
        }
        model = ModelReference(
            id: configuration.stream, revision: 0, tracesLearned: 0, hash: "sha256:\(hash)")
        identifiers = NameUUID(prefix: "weir:\(model.id)/\(state)/\(model.hash)/")
        refusalIdentifiers = NameUUID(prefix: "weir:dead-letter:\(model.id)/\(state)/")
    }

    /// Begins a batch's outputs.
    ///
    /// - Returns: the ticket that they are sent under.
    func open() -> Int { ledger.open() }

    /// What ids end with.
    private var identifierEnding: String { isAltered ? "/again/\(instance.id)" : "" }

    /// Ends a batch's outputs.
    ///
    /// - Parameter positions: what is answered when they have arrived.
    func close(positions: Offsets) { ledger.close(positions: positions) }

    /// Notes that these positions are reached when all before has arrived.
    func pass(positions: Offsets) {
        _ = ledger.open()
        ledger.close(positions: positions)
    }

    /// Sends an answer, under the key of its record.
    func send(
        _ reply: Reply, to asked: Chunk.Asked, of record: LogRecord, took: Duration, ticket: Int
    ) throws {
        let source = RecordSource(
            topic: record.place.topic, partition: record.place.partition, offset: record.offset)
        var model = model
        model.revision = reply.revision
        model.tracesLearned = reply.tracesLearned
        let prediction = Prediction(
            id: identifier(source, asked.place), sampleID: asked.sample.id, stream: configuration.stream,
            label: reply.label, confidence: reply.confidence, isCalibrated: reply.isCalibrated,
            topK: reply.ranked, codes: reply.codes, expected: asked.sample.label, isHoldout: reply.isHoldout,
            model: model, source: source, durationMicroseconds: took.microseconds,
            timestampMilliseconds: record.timestampMilliseconds ?? 0, candidate: reply.candidate,
            distance: reply.distance, reasons: reply.reasons, frame: asked.place)
        var bytes: [UInt8] = []
        let headers: [Header]
        switch configuration.predictions.format {
        case .json:
            bytes.reserveCapacity(640)
            prediction.encodeJSON(into: &bytes)
            headers = Self.contentTypeJSON
        case .protobuf:
            bytes = try prediction.encodeProtobuf()
            headers = Self.contentTypeProtobuf
        }
        ledger.expect(1)
        try bytes.withUnsafeBytes {
            try sink.send(
                topic: configuration.topics.predictions, key: record.key, value: $0, headers: headers,
                timestampMilliseconds: nil, ticket: ticket)
        }
    }

    private static func name(_ source: RecordSource) -> String {
        "\(source.topic)/\(source.partition)/\(source.offset)"
    }

    /// The id of the answer to a record, or to one of the frames in it.
    private func identifier(_ source: RecordSource, _ place: FramePlace?) -> String {
        let record = Self.name(source)
        let answer = place.map { "\(record)/\($0.session)/\($0.sequence)" } ?? record
        return identifiers.uuid(of: answer + identifierEnding)
    }

    /// Sends a record that cannot be used to the dead letters, as it was, with the reason.
    func reject(
        _ record: LogRecord, _ rejection: Rejection, stage: DeadLetter.Stage, ticket: Int
    ) throws {
        let source = RecordSource(
            topic: record.place.topic, partition: record.place.partition, offset: record.offset)
        let id =
            stage == .taskPut
            ? refusalIdentifiers.uuid(of: Self.name(source) + identifierEnding)
            : unreadIdentifiers.uuid(of: Self.name(source))
        let letter = DeadLetter(
            rejection, source: source, id: id,
            connectorName: configuration.consumer.group, stage: stage, className: decoderName)
        let headers = letter.headers(
            keeping: record.headers().map { MessageHeader(name: $0.name, value: $0.value) })
        ledger.expect(1)
        try sink.send(
            topic: configuration.topics.deadLetters, key: record.key, value: record.value,
            headers: headers.map { Header(name: $0.name, value: $0.value) },
            timestampMilliseconds: record.timestampMilliseconds, ticket: ticket)
        logger.debug(
            "dead letter: \(rejection)",
            LogField.place(record.place.topic, record.place.partition, record.offset))
    }

    /// Sends anew what did not arrive: what was larger than its topic takes is cut, if it is a dead letter.
    ///
    /// - Throws: ``StreamError`` for what cannot be cut.
    func resendUndelivered() throws {
        for message in ledger.takeUndelivered() {
            guard message.isTooLarge else {
                try send(message, message.value, message.headers)
                continue
            }
            if message.topic == configuration.topics.metrics {
                try resendMetrics(message)
                continue
            }
            let headers = message.headers.map { MessageHeader(name: $0.name, value: $0.value) }
            let letter = DeadLetter(headers: headers)
            guard message.topic == configuration.topics.deadLetters, let value = message.value,
                let cut = DeadLetter.cut(value, headers: headers)
            else {
                let place = letter.map {
                    "of \($0.source.topic)[\($0.source.partition)] offset \($0.source.offset) "
                }
                throw StreamError(
                    "a message \(place ?? "")with \(message.value?.count ?? 0) bytes is larger than the topic \(message.topic) takes. Raise the topic's max.message.bytes (`kafka-configs.sh --bootstrap-server \(configuration.brokers.shellWord) --alter --entity-type topics --entity-name \(message.topic) --add-config max.message.bytes=…`), or the brokers' message.max.bytes; nothing is lost, restart afterwards"
                )
            }
            if let source = letter?.source {
                logger.warning(
                    "a dead letter is larger than \(message.topic) takes (max.message.bytes of the topic): \(cut.value.count) of \(value.count) bytes of its value are sent",
                    LogField.place(source.topic, source.partition, source.offset))
            }
            try send(message, cut.value, cut.headers.map { Header(name: $0.name, value: $0.value) })
        }
    }

    private func send(_ message: UndeliveredMessage, _ value: [UInt8]?, _ headers: [Header]) throws {
        try Self.withBytes(message.key) { key in
            try Self.withBytes(value) {
                try sink.send(
                    topic: message.topic, key: key, value: $0, headers: headers,
                    timestampMilliseconds: message.timestampMilliseconds, ticket: message.ticket)
            }
        }
    }

    /// Metrics never end a stream: too large with the classes' figures, they are sent without; else they are left out.
    private func resendMetrics(_ refused: UndeliveredMessage) throws {
        let bytes = refused.value ?? []
        var message = try? bytes.withUnsafeBytes { try MetricsMessage(json: $0) }
        let isCut = !(message?.perClass.isEmpty ?? true)
        logger.warning(
            "metrics of \(bytes.count) bytes are larger than the topic \(refused.topic) takes (its max.message.bytes): \(isCut ? "they are sent without the classes' own" : "they are left out")"
        )
        guard isCut else { return ledger.settle(ticket: refused.ticket, error: nil) }
        message?.perClass = [:]
        var cut: [UInt8] = []
        message?.encodeJSON(into: &cut)
        try send(refused, cut, refused.headers)
    }

    private static func withBytes(
        _ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) throws -> Void
    ) rethrows {
        if let bytes { try bytes.withUnsafeBytes(body) } else { try body(nil) }
    }

    /// Sends metrics, between batches.
    func send(_ message: MetricsMessage) throws {
        var bytes: [UInt8] = []
        message.encodeJSON(into: &bytes)
        let ticket = ledger.open()
        ledger.expect(1)
        let key = Array("\(configuration.stream)/\(model.id)/stream".utf8)
        try key.withUnsafeBytes { key in
            try bytes.withUnsafeBytes {
                try sink.send(
                    topic: configuration.topics.metrics, key: key, value: $0, headers: Self.contentTypeJSON,
                    timestampMilliseconds: nil, ticket: ticket)
            }
        }
        ledger.close(positions: [:])
    }

    /// Waits until every output is with the broker.
    ///
    /// - Returns: whether all were in time.
    /// - Throws: the first failed delivery.
    func settle(within limit: Duration) throws -> Bool {
        let deadline = clock.now + limit
        while ledger.openTickets > 0 {
            try ledger.checkDeliveries()
            try resendUndelivered()
            guard clock.now < deadline else { return false }
            try sink.flush(within: .milliseconds(200))
        }
        return true
    }

    /// Outputs that have not arrived yet.
    var queued: Int { sink.queued }

    /// Lets go of the sink; what has not arrived comes again after a restart.
    func close() { sink.close() }
}
